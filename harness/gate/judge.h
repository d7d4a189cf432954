/* SPDX-License-Identifier: MIT
 *
 * From values of two sides to verdicts. Pure: the same values give the same verdict, in a duel, in a comparison
 * of stored runs and in the studies of the gate itself.
 *
 *   exact         both sides repeat one value each: a difference is REGRESSED or IMPROVED. So it is when half of the
 *                 candidate's processes or more differ from what every one of the base's shows, by their mean; fewer
 *                 strays could be the base's too (a figure that strays in one process of 20 would be a false alarm
 *                 every fourth night): Mann-Whitney's test as below, else INCONCLUSIVE. When the base's own processes
 *                 differ it is a distribution.
 *   tolerance     medians; REGRESSED when they differ by more than the larger floor and the ranges do not overlap;
 *                 where they overlap, judged as a distribution. All values within the floor are UNCHANGED.
 *   distribution  Mann-Whitney's test, in the family of the noisy ones; REGRESSED when it is significant there and the
 *                 medians differ by more than the floor. When either side's values are all among the other's by the
 *                 floor, both show the same modes: then its p-value counts a hundredfold, and what is above 0.01 by
 *                 itself is UNCHANGED.
 *   noisy         paired values: Student's interval of the mean logarithm of the ratio over process pairs, from 20
 *                 pairs on of the trimmed mean (judge_times.c says why); for ratios near 0 (slow_operations_ratio), and
 *                 where a value is 0, of the difference. One-sided p-values against the floor, the smaller one twice;
 *                 REGRESSED or IMPROVED when Holm's procedure over all cells rejects at the look's share of alpha,
 *                 UNCHANGED when the 95 % interval lies inside the floor, else INCONCLUSIVE.
 * The floor of a change by a ratio is log(1 + floor_ratio) both ways: 1 % more, or 1/1.01. Floors of other figures:
 * the larger of floor_ratio x |the base's median| and floor_absolute.
 * What does not decide, and times that did not take turns, are no part of the family; their verdict follows their own
 * interval (their own p-value at 5 %) and is for display.
 * NaN and infinity are no values. Neither side has one: SKIPPED. One side has: INCONCLUSIVE. Of pairs only whole ones
 * count. Fewer than GATE_MEDIAN_PROCESSES values a side (exact: none; times: 3 pairs): INCONCLUSIVE.
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
    double base,
        candidate; /* medians (exact: the value, or mean; noisy: means, geometric where ratios are judged) */
    double ratio, low,
        high; /* candidate over base with its 95 % interval, unadjusted; NaN where there is none */
    double p; /* of what Holm's procedure looked at; 1 where there is none */
    char why[GATE_WHY_BYTES]; /* one sentence that begins with the metric's name */
};

/* The class that a metric's values in identical processes show: an exact one that varies is a distribution, and so is
 * one whose range exceeds its floor. Few values show little: GATE_EXACT_PROCESSES are wanted. */
enum gate_class gate_class_of(const struct gate_metric *metric, const double *values, size_t count);

/* Judges `count` series together, at a look of the schedule (0 to GATE_LOOK_COUNT - 1). Returns 0 or ENOMEM. */
int gate_judge(const struct gate_series *series, size_t count, unsigned look, struct gate_finding *findings);

#endif
