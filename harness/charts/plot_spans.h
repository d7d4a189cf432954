/* SPDX-License-Identifier: MIT
 *
 * What belongs in one picture over all sizes of a run: a span is a table with a contender, and its figures at
 * every size at which it came to its end. Pure, but for what plot_groups.h borrows.
 */
#ifndef GROWBENCH_PLOT_SPANS_H
#define GROWBENCH_PLOT_SPANS_H

#include "harness/charts/plot_groups.h"
#include "harness/evaluate/stability.h"
#include "harness/evaluate/sweep.h"

struct plot_span {
    const struct plot_group *group; /* where it is first seen: names and styles are the same in the others */
    size_t table, contender;        /* there */
    size_t size_count;              /* sizes that were asked for */
    size_t count;                   /* sizes with figures */
    struct sweep_point *points;     /* by size, rising */
    enum stability stability;       /* the weakest of any process */
    const struct result *died;      /* out of memory; of several the one that says most. NULL: none */
    size_t died_size_count;
    double died_ratio; /* it needed so much of its payload at least; NaN: not known */
};

struct plot_spans {
    size_t count;
    struct plot_span *items; /* by table, then by contender */
};

/* `groups` are those of one workload. Returns 0 or ENOMEM. */
int plot_spans_make(const struct plot_group *groups, size_t count, struct plot_spans *spans);
void plot_spans_free(struct plot_spans *spans);

const struct plot_table *plot_span_table(const struct plot_span *span);
const struct plot_contender *plot_span_contender(const struct plot_span *span);

/* Least, largest and mean over the sizes; the mean of stalls is geometric, as they are drawn on a log axis. */
struct plot_extent {
    double low, high, mean;
};

struct plot_extent plot_span_extent(const struct plot_span *span, enum sweep_figure figure);

/* Whether the groups of one workload make a sweep: one span with enough sizes. */
bool plot_spans_are_sweep(const struct plot_spans *spans);

#endif
