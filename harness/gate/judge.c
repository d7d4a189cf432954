/* SPDX-License-Identifier: MIT
 *
 * Which values there are, which rule each series falls under, and the family over all of them: see judge.h. The rules
 * themselves are in judge_values.c and judge_times.c; the latter says why means of times are trimmed.
 */
#include "harness/gate/judge.h"

#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/gate/judge_parts.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const gate_verdict_names[] = {"SKIPPED",        "UNCHANGED", "IMPROVED", "INCONCLUSIVE",
                                          "NOT COMPARABLE", "REGRESSED", "ERROR",    NULL};

enum gate_verdict judge_direction(double change)
{
    return change > 0 ? GATE_REGRESSED : GATE_IMPROVED;
}

void judge_say(const struct judge_work *work, const char *format, ...)
{
    const struct gate_series *series = work->series;
    char *why = work->finding->why;
    int written = snprintf(why, GATE_WHY_BYTES, "%s", series->metric->name);
    if (series->step_entries)
        written += snprintf(why + written, GATE_WHY_BYTES - (size_t)written, " at %llu entries",
                            (unsigned long long)series->step_entries);
    written += snprintf(why + written, GATE_WHY_BYTES - (size_t)written, ": ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(why + written, GATE_WHY_BYTES - (size_t)written, format, arguments);
    va_end(arguments);
}

static bool ends_with(const char *name, const char *end)
{
    const size_t length = strlen(name), end_length = strlen(end);
    return length >= end_length && !strcmp(name + length - end_length, end);
}

const char *judge_format(char *text, const struct gate_metric *metric, double value)
{
    /* Of an exact figure the last digit counts. */
    const bool exact = metric->class == GATE_EXACT;
    if (ends_with(metric->name, "_ns"))
        return units_format_duration(text, value);
    if (ends_with(metric->name, "_bytes") && !exact)
        return units_format_bytes(text, value);
    snprintf(text, UNITS_TEXT_BYTES, "%.*g%s", exact ? 15 : 6, value,
             ends_with(metric->name, "_bytes") ? " bytes" : "");
    return text;
}

enum gate_class gate_class_of(const struct gate_metric *metric, const double *values, size_t count)
{
    double low = INFINITY, high = -INFINITY;
    bool whole = true;
    for (size_t i = 0; i < count; i++) {
        whole = whole && isfinite(values[i]);
        low = fmin(low, values[i]);
        high = fmax(high, values[i]);
    }
    if (metric->class == GATE_NOISY || low > high)
        return metric->class;
    if (metric->class == GATE_EXACT)
        return whole && high - low <= 0 ? GATE_EXACT : GATE_DISTRIBUTION;
    return high - low <= fmax(metric->floor_ratio * fabs(low), metric->floor_absolute) ? metric->class
                                                                                       : GATE_DISTRIBUTION;
}

static void describe(struct judge_side *side)
{
    double sum = 0;
    side->low = INFINITY;
    side->high = -INFINITY;
    for (size_t i = 0; i < side->count; i++) {
        sum += side->values[i];
        side->low = fmin(side->low, side->values[i]);
        side->high = fmax(side->high, side->values[i]);
    }
    side->mean = side->count ? sum / (double)side->count : NAN;
}

/* Copies what is there; of pairs only whole ones. `room` holds twice the longer side. */
static void gather(struct judge_work *work, bool in_pairs, double *room, size_t longest)
{
    const struct gate_series *series = work->series;
    for (int s = 0; s < GATE_SIDES; s++) {
        struct judge_side *side = &work->sides[s];
        side->values = room + (size_t)s * longest;
        side->count = 0;
        for (size_t i = 0; i < series->count[s]; i++)
            if (isfinite(series->values[s][i]) && (!in_pairs || isfinite(series->values[!s][i])))
                side->values[side->count++] = series->values[s][i];
        describe(side);
    }
}

static bool is_absent(const struct gate_series *series, int side)
{
    for (size_t i = 0; i < series->count[side]; i++)
        if (isfinite(series->values[side][i]))
            return false;
    return true;
}

static void judge_series(struct judge_work *work, double *room, size_t longest)
{
    const struct gate_series *series = work->series;
    const bool absent[] = {is_absent(series, GATE_BASE), is_absent(series, GATE_CANDIDATE)};
    struct gate_finding *finding = work->finding;
    *finding =
        (struct gate_finding){.base = NAN, .candidate = NAN, .ratio = NAN, .low = NAN, .high = NAN, .p = 1};
    if (absent[GATE_BASE] && absent[GATE_CANDIDATE]) {
        finding->verdict = GATE_SKIPPED;
        judge_say(work, "no process of either side has it");
        return;
    }
    const bool noisy = series->class == GATE_NOISY;
    gather(work, noisy && series->paired && !absent[GATE_BASE] && !absent[GATE_CANDIDATE], room, longest);
    if (absent[GATE_BASE] || absent[GATE_CANDIDATE]) {
        const int present = absent[GATE_BASE] ? GATE_CANDIDATE : GATE_BASE;
        finding->verdict = GATE_INCONCLUSIVE;
        *(present == GATE_BASE ? &finding->base : &finding->candidate) = work->sides[present].mean;
        judge_say(work, "%zu %s processes have it, no %s process does", work->sides[present].count,
                  present == GATE_BASE ? "base" : "candidate", present == GATE_BASE ? "candidate" : "base");
        return;
    }
    work->pairs = room + 2 * longest;
    if (noisy)
        judge_times(work);
    else
        judge_values(work);
}

static void judge_family(struct judge_work *works, size_t count, unsigned look, double *p, bool *rejected)
{
    size_t family = 0;
    for (size_t i = 0; i < count; i++)
        if (works[i].in_family)
            p[family++] = works[i].finding->p;
    statistics_holm(p, family, gate_alpha * gate_looks[look].alpha_share, rejected);
    family = 0;
    for (size_t i = 0; i < count; i++)
        if (works[i].in_family && rejected[family++])
            works[i].finding->verdict = works[i].if_rejected;
}

int gate_judge(const struct gate_series *series, size_t count, unsigned look, struct gate_finding *findings)
{
    assert(look < GATE_LOOK_COUNT);
    size_t longest = 1;
    for (size_t i = 0; i < count; i++)
        for (int s = 0; s < GATE_SIDES; s++)
            longest = series[i].count[s] > longest ? series[i].count[s] : longest;
    struct judge_work *works = calloc(count + 1, sizeof *works);
    double *room = malloc(3 * longest * sizeof *room), *p = calloc(count + 1, sizeof *p);
    bool *rejected = malloc(count + 1);
    const int error = works && room && p && rejected ? 0 : ENOMEM;
    if (!error) {
        for (size_t i = 0; i < count; i++) {
            assert(!series[i].paired || series[i].count[GATE_BASE] == series[i].count[GATE_CANDIDATE]);
            works[i].series = &series[i];
            works[i].finding = &findings[i];
            judge_series(&works[i], room, longest);
        }
        judge_family(works, count, look, p, rejected);
    }
    free(rejected);
    free(p);
    free(room);
    free(works);
    return error;
}
