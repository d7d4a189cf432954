/* SPDX-License-Identifier: MIT
 *
 * Where the reserved region loses in a run: each table, options, heap and size, and each figure of the table of
 * results, in which another allocator is told apart better than it. Pure: no I/O.
 *
 * Not harness/commands/losses.h, which measures what regions are known to be bad at. Here is what a run found.
 *
 * Told apart: memory by 2 %; times as summary_times_differ() does, and of two stalls the longer one must be ten times
 * the machine's own hiccups. Left out: moves, which the region has none of; yardsticks, broken profiles, and times of
 * an earlier run. A region that died where another came to its end has lost there, whatever its figures.
 */
#ifndef GROWBENCH_REGION_LOSSES_H
#define GROWBENCH_REGION_LOSSES_H

#include "harness/results/results.h"

enum { REGION_LOSSES_TEXT_BYTES = 600 };

struct region_loss {
    const struct result *own, *winner; /* a record of each cell */
    char metric[48];                   /* "longest stall", "inserts / s"; "completes" when the region died */
    enum counter counter;              /* COUNTER_COUNT when it died */
    double own_value, winner_value;    /* NaN when it died */
    double factor;                     /* how many times worse, above 1; NaN when it died */
    char text[REGION_LOSSES_TEXT_BYTES]; /* one line without an end */
};

struct region_losses {
    size_t
        contest_count; /* figures in which the region and another were there to compare; 0: nothing to say */
    size_t
        mute_count; /* of these, where the region's figure is under ten hiccups of the machine: it cannot lose */
    bool has_single; /* some are times of one process: told apart by a factor of 2 only */
    size_t count;
    struct region_loss *items;              /* tables as in the table of results; the worst of each first */
    char summary[REGION_LOSSES_TEXT_BYTES]; /* "nowhere here: ..." or "in 3 of 24 figures ..." */
};

/* Of all workloads. `results` must outlive it. Returns 0 or ENOMEM. */
int region_losses_make(const struct results *results, struct region_losses *losses);
void region_losses_free(struct region_losses *losses);

#endif
