/* SPDX-License-Identifier: MIT
 *
 * From values of two sides to verdicts. Pure: the same values give the same verdict, in a duel, in a comparison
 * of stored runs and in the studies of the gate itself.
 *
 *   exact         both sides repeat one value each: a difference is REGRESSED or IMPROVED. A candidate whose
 *                 processes differ among themselves where the base's do not has changed too: REGRESSED when its mean
 *                 is larger, else IMPROVED.
 *   tolerance     medians; REGRESSED when they differ by more than the larger floor and the ranges do not overlap;
 *                 where they overlap, judged as a distribution.
 *   distribution  Mann-Whitney's test, in the family of the noisy ones; REGRESSED when it is significant there and the
 *                 medians differ by more than the floor. Else, when either side's range lies within the other's by
 *                 the floor, UNCHANGED: both show the same modes, whose shares are not told apart.
 *   noisy         paired values: Student's interval of the mean logarithm of the ratio over process pairs, for
 *                 ratios near 0 (slow_operations_ratio) of the difference. A one-sided p-value against the floor;
 *                 REGRESSED or IMPROVED when Holm's procedure over all cells rejects at the look's share of alpha,
 *                 UNCHANGED when the 95 % interval lies inside the floor, else INCONCLUSIVE.
 * Sources: R. Mann, D. Whitney (1947); S. Holm (1979).
 */
#ifndef GROWBENCH_GATE_JUDGE_H
#define GROWBENCH_GATE_JUDGE_H

#include "harness/gate/metrics.h"

#include <stdint.h>

/* From harmless to grave: the verdict of a cell or a session is the largest of its parts. */
enum gate_verdict {
    GATE_SKIPPED, /* nothing to judge: neither side runs it here */
    GATE_UNCHANGED,
    GATE_IMPROVED,
    GATE_INCONCLUSIVE,
    GATE_NOT_COMPARABLE,
    GATE_REGRESSED,
    GATE_ERROR,
    GATE_VERDICT_COUNT
};

extern const char
    *const gate_verdict_names[]; /* NULL-ended: "SKIPPED", "UNCHANGED", ... "NOT COMPARABLE" ... */

enum { GATE_BASE, GATE_CANDIDATE, GATE_SIDES };
enum { GATE_WHY_BYTES = 240 };

/* One metric of one cell. */
struct gate_series {
    const struct gate_metric *metric;
    uint64_t step_entries;      /* of growth_step_ns: at how many entries; else 0 */
    enum gate_class class;      /* by a baseline, by the base's own processes, or the metric's own */
    bool paired;                /* the i-th of either side took turns with one another */
    size_t count[GATE_SIDES];   /* equal if paired */
    double *values[GATE_SIDES]; /* one a process; NaN: it had none. Borrowed */
};

struct gate_finding {
    enum gate_verdict verdict;
    double base, candidate;  /* medians (exact: the value; noisy: means) */
    double ratio, low, high; /* candidate over base with its 95 % interval; NaN where there is none */
    double p;                /* of what Holm's procedure looked at; 1 where there is none */
    char why[GATE_WHY_BYTES];
};

/* The class that a metric's values in identical processes show. */
enum gate_class gate_class_of(const struct gate_metric *metric, const double *values, size_t count);

/* Judges `count` series together, at a look of the schedule (0 to GATE_LOOK_COUNT - 1). Returns 0 or ENOMEM. */
int gate_judge(const struct gate_series *series, size_t count, unsigned look, struct gate_finding *findings);

#endif
