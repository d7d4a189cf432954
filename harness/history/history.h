/* SPDX-License-Identifier: MIT
 *
 * What changed over the nights. Advisory: it tells people where to look and never decides; that is what the duel
 * and the comparison with the baseline are for.
 *
 *   steps   an exact figure that stays, and then stays at another value; one that changes all the time varies
 *   trend   Mann and Kendall's test says that it rises or falls, and over the nights it does so by more than the
 *           metric's floor: Theil and Sen's slope. A time by its ratio to the glibc row of the same night
 *   fence   a time of the last night, as ratio to the glibc row of the same night, lies above Q3 + 3 IQR of the
 *           nights before. The rule of rustc-perf (perf.rust-lang.org), there over the last 30 artifacts
 *
 * Why ratios: stored times of a machine that others share wander by more than what is sought here, but those of two
 * cells of one night wander together. Nights of another machine fingerprint are another history.
 */
#ifndef GROWBENCH_GATE_HISTORY_H
#define GROWBENCH_GATE_HISTORY_H

#include "harness/gate/metrics.h"
#include "harness/request/cell.h"

#include <stdio.h>

enum { HISTORY_NAME_BYTES = 64, HISTORY_TEXT_BYTES = 240, HISTORY_NIGHTS_MAX = 400, HISTORY_STEPS_MAX = 4 };

/* Fewer nights than these tell nothing. */
enum { HISTORY_TREND_NIGHTS = 8, HISTORY_FENCE_NIGHTS = 8 };

struct history_night {
    char name[HISTORY_NAME_BYTES]; /* of its folder, a UTC time: the order of names is that of time */
    char started[HISTORY_NAME_BYTES], revision[HISTORY_NAME_BYTES], fingerprint[HISTORY_NAME_BYTES];
    char verdict[HISTORY_NAME_BYTES], what[HISTORY_TEXT_BYTES];
    int exit_code;
};

/* A figure of one cell over the nights of a history; NaN where a night has none. */
struct history_series {
    char cell[CELL_ID_BYTES];
    const struct gate_metric *metric;
    double *values; /* medians over the night's repetitions */
    double *ratios; /* over that of the cell on glibc in the same night */
};

/* The last nights of one machine. */
struct history {
    size_t night_count, series_count;
    struct history_night *nights; /* in order */
    struct history_series *series;
};

void history_free(struct history *history);

/* A copy at the end. Returns 0 or ENOMEM. All nights come before the first figure. */
int history_add_night(struct history *history, const struct history_night *night);

/* Figures of one series come in a row. Returns 0 or ENOMEM. */
int history_add_figure(struct history *history, const char *cell, const struct gate_metric *metric,
                       size_t night, double value, double ratio);

struct history_step {
    size_t night; /* the first with the new value */
    double from, to;
};

struct history_finding {
    const double *shown; /* what was looked at: the series' values or ratios */
    bool is_ratio;
    size_t count; /* nights that have it */
    double low, high;
    bool varies;       /* an exact figure with so many changes that each alone tells nothing */
    size_t step_count; /* all; of which the last HISTORY_STEPS_MAX are in `steps` */
    struct history_step steps[HISTORY_STEPS_MAX];
    bool has_trend;
    double slope_ratio, p; /* a night, as share of the median; of Mann and Kendall's test */
    bool is_beyond_fence;
    double tonight, fence;
    size_t fence_nights;
};

/* True if something changed. No memory looks like no change. */
bool history_look(const struct history_series *series, size_t night_count, struct history_finding *finding);

/* The nights, a line each, and what changed. */
void history_print(const struct history *history, FILE *out);

#endif
