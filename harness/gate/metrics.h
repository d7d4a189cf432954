/* SPDX-License-Identifier: MIT
 *
 * What the gate looks at, and by which rule: metrics.c is the one file in which every threshold stands.
 *
 *   exact      whole numbers that identical processes repeat: any change is a verdict
 *   tolerance  memory and faults: medians of fresh processes, a floor, and whether the ranges overlap
 *   noisy      times: only of two sides that took turns in one session, by an interval over process pairs
 *
 * A baseline of identical processes may show that a metric of a cell is not what it is by default: what varies is
 * not exact, what has several values far apart is a distribution (classes.h).
 */
#ifndef GROWBENCH_GATE_METRICS_H
#define GROWBENCH_GATE_METRICS_H

#include "harness/measure/counters.h"

#include <stdbool.h>
#include <stddef.h>

enum gate_class { GATE_EXACT, GATE_TOLERANCE, GATE_DISTRIBUTION, GATE_NOISY, GATE_CLASS_COUNT };

extern const char *const gate_class_names[]; /* NULL-ended */

struct gate_metric {
    const char *name; /* of the counter, or of what only a duel measures; its last word is the unit */
    const char *what; /* for people */
    enum gate_class class;
    enum counter counter;  /* COUNTER_COUNT: measured turn by turn, or growth step by growth step */
    bool decides;          /* else shown only */
    double floor_ratio;    /* a change of at most this share of the base's median is none that matters */
    double floor_absolute; /* nor is one of at most this, in the metric's unit; the larger of both counts */
};

/* Less is better in all of them. */
extern const struct gate_metric gate_metrics[];
extern const size_t gate_metric_count;

/* NULL if there is none of that name. */
const struct gate_metric *gate_metric_find(const char *name);

/* Chance of a false alarm in a whole session of noisy metrics, split over the looks of the schedule. */
extern const double gate_alpha;

/* After how many process pairs in all the gate looks, and the share of gate_alpha that each look spends. */
struct gate_look {
    unsigned pairs;
    double alpha_share;
};

enum { GATE_LOOK_COUNT = 6, GATE_PAIRS_MAX = 384 };

extern const struct gate_look gate_looks[GATE_LOOK_COUNT];

/* Identical processes that make a class known, and fresh processes a side that a median needs. */
enum { GATE_BASELINE_PROCESSES = 20, GATE_EXACT_PROCESSES = 12, GATE_MEDIAN_PROCESSES = 3 };

/* Process pairs that took turns, or processes a side, below which times tell nothing. */
enum { GATE_PAIRS_MIN = 12 };

#endif
