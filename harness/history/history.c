/* SPDX-License-Identifier: MIT */
#include "harness/history/history.h"

#include "harness/common/statistics.h"
#include "harness/common/statistics_trend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void history_free(struct history *history)
{
    for (size_t i = 0; i < history->series_count; i++)
        free(history->series[i].values); /* and ratios, which lie behind them */
    free(history->series);
    free(history->nights);
    *history = (struct history){0};
}

/* Room for one more of `size` bytes; lists double. */
static int make_room(void **items, size_t count, size_t size)
{
    if (count & (count - 1))
        return 0;
    void *larger = realloc(*items, (count ? 2 * count : 1) * size);
    if (!larger)
        return ENOMEM;
    *items = larger;
    return 0;
}

int history_add_night(struct history *history, const struct history_night *night)
{
    void *items = history->nights;
    int error = make_room(&items, history->night_count, sizeof *night);
    history->nights = items;
    if (!error)
        history->nights[history->night_count++] = *night;
    return error;
}

static int add_series(struct history *history, const char *cell, const struct gate_metric *metric)
{
    void *items = history->series;
    int error = make_room(&items, history->series_count, sizeof *history->series);
    history->series = items;
    double *figures = error ? NULL : malloc(2 * history->night_count * sizeof *figures);
    if (!figures)
        return ENOMEM;
    for (size_t i = 0; i < 2 * history->night_count; i++)
        figures[i] = NAN;
    struct history_series *series = &history->series[history->series_count++];
    *series = (struct history_series){
        .metric = metric, .values = figures, .ratios = figures + history->night_count};
    snprintf(series->cell, sizeof series->cell, "%s", cell);
    return 0;
}

int history_add_figure(struct history *history, const char *cell, const struct gate_metric *metric,
                       size_t night, double value, double ratio)
{
    const struct history_series *last =
        history->series_count ? &history->series[history->series_count - 1] : NULL;
    if (!last || last->metric != metric || strcmp(last->cell, cell)) {
        int error = add_series(history, cell, metric);
        if (error)
            return error;
        last = &history->series[history->series_count - 1];
    }
    last->values[night] = value;
    last->ratios[night] = ratio;
    return 0;
}

/* ---- looking ---- */

/* The nights that have the figure: which, and its value there. */
struct known {
    size_t count;
    double *nights, *values, *sorted;
};

static void find_steps(const struct known *known, struct history_finding *finding)
{
    for (size_t i = 1; i < known->count; i++) {
        if (known->values[i] == known->values[i - 1])
            continue;
        if (finding->step_count >= HISTORY_STEPS_MAX)
            memmove(finding->steps, finding->steps + 1, (HISTORY_STEPS_MAX - 1) * sizeof *finding->steps);
        size_t at = finding->step_count < HISTORY_STEPS_MAX ? finding->step_count : HISTORY_STEPS_MAX - 1;
        finding->steps[at] =
            (struct history_step){(size_t)known->nights[i], known->values[i - 1], known->values[i]};
        finding->step_count++;
    }
    /* Twice by chance is rare where identical processes agree; every fifth night is not. */
    finding->varies = finding->step_count > 2 && finding->step_count * 5 > known->count;
}

static void find_trend(const struct known *known, const struct gate_metric *metric,
                       struct history_finding *finding)
{
    if (known->count < HISTORY_TREND_NIGHTS)
        return;
    static const double chance = 0.01;
    finding->p = statistics_mann_kendall(known->values, known->count);
    if (!(finding->p < chance))
        return;
    memcpy(known->sorted, known->values, known->count * sizeof *known->sorted);
    double median = statistics_median(known->sorted, known->count);
    double slope = statistics_theil_sen(known->nights, known->values, known->count);
    double floor = fabs(median) * metric->floor_ratio;
    if (!finding->is_ratio && metric->floor_absolute > floor)
        floor = metric->floor_absolute;
    double change = slope * (known->nights[known->count - 1] - known->nights[0]);
    finding->has_trend = median > 0 && slope != 0 && fabs(change) > floor;
    finding->slope_ratio = slope / median;
}

/* `night_count - 1` is the last night's place: only it is held against the fence. */
static void find_beyond_fence(const struct known *known, size_t night_count, const struct gate_metric *metric,
                              struct history_finding *finding)
{
    size_t before = known->count - 1;
    if (before < HISTORY_FENCE_NIGHTS || known->nights[before] < (double)(night_count - 1))
        return;
    memcpy(known->sorted, known->values, before * sizeof *known->sorted);
    struct statistics_quartiles q = statistics_quartiles(known->sorted, before);
    finding->fence_nights = before;
    finding->tonight = known->values[before];
    finding->fence = fmax(q.q3 + 3 * (q.q3 - q.q1), q.median * (1 + metric->floor_ratio));
    finding->is_beyond_fence = finding->tonight > finding->fence;
}

static void take_known(struct known *known, const double *shown, size_t night_count,
                       struct history_finding *finding)
{
    finding->low = INFINITY;
    finding->high = -INFINITY;
    for (size_t i = 0; i < night_count; i++) {
        if (isnan(shown[i]))
            continue;
        known->nights[known->count] = (double)i;
        known->values[known->count++] = shown[i];
        finding->low = fmin(finding->low, shown[i]);
        finding->high = fmax(finding->high, shown[i]);
    }
    finding->count = known->count;
}

bool history_look(const struct history_series *series, size_t night_count, struct history_finding *finding)
{
    const struct gate_metric *metric = series->metric;
    bool is_time = metric->class == GATE_NOISY, is_exact = metric->class == GATE_EXACT;
    *finding = (struct history_finding){
        .shown = is_time ? series->ratios : series->values, .is_ratio = is_time, .p = 1};
    double *room = malloc(3 * night_count * sizeof *room);
    if (!room)
        return false;
    struct known known = {0, room, room + night_count, room + 2 * night_count};
    take_known(&known, finding->shown, night_count, finding);
    if (known.count > 1) {
        if (is_exact)
            find_steps(&known, finding);
        if (!is_exact || finding->varies)
            find_trend(&known, metric, finding);
        if (is_time)
            find_beyond_fence(&known, night_count, metric, finding);
    }
    free(room);
    return finding->step_count || finding->has_trend || finding->is_beyond_fence;
}
