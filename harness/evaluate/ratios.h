/* SPDX-License-Identifier: MIT
 *
 * Ratios to a reference allocator on the same table, options and heap, with what they can bear. Pure: no I/O.
 *
 * Pairs are of the same size, seed and repetition. Their mean is geometric, its 95 % interval Student's t on the
 * logarithms: over several sizes that is an interval of the mean over sizes, which widens where the ratio depends on
 * the size. One pair has no interval, and says nothing but for memory, which repeats: where every pair
 * differs by 2 % to one side, that is told apart. Of twenty intervals one misses
 * by chance: a forest of them is to look at, `compare` and `duel` judge.
 *
 * A stall below ten times the machine's own hiccups is a bound: the ratio is then one, too, and only what a bound
 * allows is said. Rows of an earlier run have no times.
 */
#ifndef GROWBENCH_RATIOS_H
#define GROWBENCH_RATIOS_H

#include "harness/results/results.h"

enum ratios_metric {
    RATIOS_MEMORY, /* memory limit, found or estimated; worst_rss_ratio where a side has none */
    RATIOS_STALL,  /* stall_max_ns */
    RATIOS_SPEED,  /* items_per_second; of find hits, of drain erases a second */
    RATIOS_GROWTH, /* growth_total_ns of throughput mode */
    RATIOS_METRICS
};

enum ratios_verdict {
    RATIOS_ABSENT, /* not measured on both sides */
    RATIOS_NOT_APART,
    RATIOS_LESS,
    RATIOS_MORE
};

struct ratio {
    size_t count;           /* pairs */
    double mean, low, high; /* NaN = absent; low and high without an interval, too */
    bool has_interval;
    bool is_exact;                             /* memory: it repeats, and one pair may speak */
    bool own_unresolved, reference_unresolved; /* in one pair at least */
    enum counter counter;                      /* what was compared */
    enum ratios_verdict verdict;
};

struct ratios_row {
    const struct result *any, *reference;     /* at the largest size */
    const struct result *bad, *reference_bad; /* the first that did not end OK: pairs are of those that did */
    struct ratio metrics[RATIOS_METRICS];
};

struct ratios {
    char reference[CELL_NAME_BYTES]; /* the allocator; empty: the run has none */
    enum cell_workload workload;
    size_t count;
    struct ratios_row
        *items; /* by table and allocator as in the table of results, the reference and yardsticks left
                               * out */
};

extern const char *const ratios_metric_names[RATIOS_METRICS]; /* "memory limit", ... */
extern const bool ratios_larger_is_better[RATIOS_METRICS];
extern const char *const ratios_verdict_names[]; /* "", "not told apart", "less", "more" */

enum { RATIOS_TEXT_BYTES = 160 };

/* "0.48 (0.45 to 0.51), less"; "1.9, one process each". Returns `text` (RATIOS_TEXT_BYTES). */
const char *ratios_format(const struct ratio *ratio, char *text);
/* Without the verdict. */
const char *ratios_format_figures(const struct ratio *ratio, char *text);

/* Of one workload. `reference`: an allocator's name; NULL: glibc, else the first
 * malloc there is, else the first. `results` must outlive it. Returns 0, ENOMEM, or ENOENT: nothing has that name, or
 * there is nobody to compare with. */
int ratios_make_of(const struct results *results, enum cell_workload workload, const char *reference,
                   struct ratios *ratios);

/* Of the workload fill, else of the first there is. */
int ratios_make(const struct results *results, const char *reference, struct ratios *ratios);
void ratios_free(struct ratios *ratios);

#endif
