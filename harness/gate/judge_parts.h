/* SPDX-License-Identifier: MIT
 *
 * What the parts of the judge share: judge.c (families, looks), judge_values.c (exact values, memory, modes) and
 * judge_times.c (what takes turns).
 */
#ifndef GROWBENCH_JUDGE_PARTS_H
#define GROWBENCH_JUDGE_PARTS_H

#include "harness/gate/judge.h"

/* The values of one side that are there. */
struct judge_side {
    size_t count;
    double *values; /* sorted, except of pairs */
    double low, high, median, mean;
};

/* A series at work. */
struct judge_work {
    const struct gate_series *series;
    struct gate_finding *finding;
    struct judge_side sides[GATE_SIDES];
    double *pairs; /* room for one value a pair */
    double floor;  /* in the metric's unit */
    /* Whether its p-value is one of the family's, and the verdict if Holm's procedure rejects it: never by the
     * finding's own verdict, which holds if it does not. */
    bool in_family;
    enum gate_verdict if_rejected;
};

/* Each decides at once or leaves a p-value for the family. Both sides have values. */
void judge_values(struct judge_work *work);
void judge_times(struct judge_work *work);

/* Larger is worse. */
enum gate_verdict judge_direction(double change);

/* Writes the reason: the metric's name, where it was, and the sentence. */
void judge_say(const struct judge_work *work, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A value in its metric's unit, into `text` (UNITS_TEXT_BYTES), which it returns. */
const char *judge_format(char *text, const struct gate_metric *metric, double value);

#endif
