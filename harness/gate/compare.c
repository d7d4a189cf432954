/* SPDX-License-Identifier: MIT */
#include "harness/gate/compare.h"

#include "harness/gate/compare_parts.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- classes and verdicts of a metric ---- */

/* What the baseline beside knows of it; NULL: nothing, or too little. What another library does is no precedent. */
static const struct gate_sample *known_sample(const struct compare_request *request,
                                              const struct gate_sample_cell *old,
                                              const struct gate_metric *metric)
{
    const struct gate_sample_cell *cell = request->old->is_baseline || !request->baseline
                                              ? NULL
                                              : gate_samples_find(request->baseline, old->id);
    const struct gate_sample *known = cell && !strcmp(cell->allocator_version, old->allocator_version)
                                          ? gate_samples_metric(cell, metric)
                                          : NULL;
    return known && known->count >= GATE_EXACT_PROCESSES ? known : NULL;
}

static enum gate_class class_of(const struct compare_request *request, const struct gate_sample_cell *old,
                                const struct gate_sample *sample)
{
    const struct gate_sample *known = known_sample(request, old, sample->metric);
    if (known)
        return known->class;
    if (sample->count >= GATE_EXACT_PROCESSES)
        return sample->class;
    return sample->metric->class == GATE_EXACT ? GATE_DISTRIBUTION : sample->metric->class;
}

struct range {
    size_t count;
    double low, high;
};

static struct range range_of_values(const double *values, size_t count)
{
    struct range range = {0, INFINITY, -INFINITY};
    for (size_t i = 0; i < count; i++) {
        if (isnan(values[i]))
            continue;
        range.low = fmin(range.low, values[i]);
        range.high = fmax(range.high, values[i]);
        range.count++;
    }
    return range;
}

static struct range range_of(const struct gate_series *series, int side)
{
    return range_of_values(series->values[side], series->count[side]);
}

static bool lies_within(const struct range *inner, const struct range *outer, double floor)
{
    return inner->low >= outer->low - floor && inner->high <= outer->high + floor;
}

/* `known`: what identical processes showed of the same; empty: nothing is known. */
static void judge_few(const struct gate_series *series, const struct range *known,
                      struct gate_finding *finding)
{
    const struct gate_metric *metric = series->metric;
    const struct range old = range_of(series, GATE_BASE), new = range_of(series, GATE_CANDIDATE);
    if (finding->verdict != GATE_INCONCLUSIVE || series->class == GATE_NOISY || !old.count || !new.count ||
        (old.count >= GATE_MEDIAN_PROCESSES && new.count >= GATE_MEDIAN_PROCESSES))
        return;
    double floor = fmax(metric->floor_ratio * fabs(finding->base), metric->floor_absolute);
    if (lies_within(&old, &new, floor) || lies_within(&new, &old, floor)) {
        finding->verdict = GATE_UNCHANGED;
        snprintf(finding->why, sizeof finding->why,
                 "%s: the same%s in %zu process%s of OLD and %zu of NEW; so few cannot tell more",
                 metric->name, floor > 0 ? " within its floor" : "", old.count, old.count == 1 ? "" : "es",
                 new.count);
    } else if (known->count && lies_within(&old, known, floor) && lies_within(&new, known, floor)) {
        finding->verdict = GATE_UNCHANGED;
        snprintf(finding->why, sizeof finding->why,
                 "%s: both are among what the baseline's %zu identical processes showed", metric->name,
                 known->count);
    } else if (metric->class == GATE_EXACT) {
        snprintf(finding->why, sizeof finding->why,
                 "%s: differs, and is not known to be repeated by identical processes", metric->name);
    } else {
        snprintf(finding->why, sizeof finding->why,
                 "%s: differs by more than its floor, but %zu and %zu processes are too few: run --reps=%d "
                 "or more",
                 metric->name, old.count, new.count, GATE_MEDIAN_PROCESSES);
    }
}

static void judge_disturbed(const struct gate_series *series, const struct gate_sample_cell *old,
                            const struct gate_sample_cell *new, struct gate_finding *finding)
{
    bool of_new = !range_of(series, GATE_CANDIDATE).count && new->disturbed;
    if (finding->verdict == GATE_INCONCLUSIVE && series->metric->class == GATE_TOLERANCE &&
        (of_new || (!range_of(series, GATE_BASE).count && old->disturbed)))
        snprintf(finding->why, sizeof finding->why,
                 "%s: every process of %s had major faults: it swapped, or the program was read from disk "
                 "meanwhile",
                 series->metric->name, of_new ? "NEW" : "OLD");
}

/* ---- cells ---- */

/* The i-th of both sides in the cell's place. */
static void add_series(const struct compare_request *request, const struct gate_sample_cell *old,
                       const struct gate_sample_cell *new, struct comparison *c)
{
    struct gate_cell *cell = &c->cells[c->count];
    cell->series = c->series + c->series_count;
    cell->findings = c->findings + c->series_count;
    for (size_t m = 0; m < old->metric_count && cell->verdict < GATE_NOT_COMPARABLE; m++) {
        const struct gate_sample *base = &old->metrics[m],
                                 *candidate = gate_samples_metric(new, base->metric);
        if (!candidate)
            continue;
        c->series[c->series_count++] = (struct gate_series){.metric = base->metric,
                                                            .class = class_of(request, old, base),
                                                            .count = {base->processes, candidate->processes},
                                                            .values = {base->values, candidate->values}};
        cell->count++;
    }
}

static void add_cell(const struct compare_request *request, const struct gate_sample_cell *old,
                     const struct gate_sample_cell *new, struct comparison *c)
{
    struct gate_cell *cell = &c->cells[c->count];
    *cell = (struct gate_cell){.id = old->id, .reproduce = c->commands[c->count]};
    compare_format_command(request->old_path, &old->cell, c->commands[c->count]);
    compare_libraries(old, new, request->force, cell, c->differences);
    if (cell->verdict == GATE_SKIPPED)
        compare_statuses(old, new, cell);
    add_series(request, old, new, c);
    c->count++;
}

static int judge(const struct compare_request *request, struct comparison *c)
{
    int failed = gate_judge(c->series, c->series_count, GATE_LOOK_COUNT - 1, c->findings);
    if (failed)
        return failed;
    for (size_t i = 0; i < c->count; i++) {
        struct gate_cell *cell = &c->cells[i];
        const struct gate_sample_cell *old = gate_samples_find(request->old, cell->id),
                                      *new = gate_samples_find(request->new, cell->id);
        for (size_t m = 0; m < cell->count; m++) {
            struct gate_finding *finding = &c->findings[(size_t)(cell->series - c->series) + m];
            const struct gate_sample *sample = known_sample(request, old, cell->series[m].metric);
            const struct range known =
                range_of_values(sample ? sample->values : NULL, sample ? sample->processes : 0);
            judge_few(&cell->series[m], &known, finding);
            judge_disturbed(&cell->series[m], old, new, finding);
            c->classes_unknown |= finding->verdict == GATE_INCONCLUSIVE && !request->baseline &&
                                  !request->old->is_baseline && cell->series[m].metric->class == GATE_EXACT &&
                                  cell->series[m].count[GATE_BASE] < GATE_EXACT_PROCESSES;
        }
        gate_report_conclude(cell);
    }
    return 0;
}

static int allocate(struct comparison *c, size_t cells)
{
    size_t most = cells * GATE_SAMPLES_MAX + 1;
    c->differences = json_array();
    c->only_old = json_array();
    c->only_new = json_array();
    c->degraded = json_array();
    c->cells = calloc(cells + 1, sizeof *c->cells);
    c->commands = calloc(cells + 1, sizeof *c->commands);
    c->series = calloc(most, sizeof *c->series);
    c->findings = calloc(most, sizeof *c->findings);
    return c->differences && c->only_old && c->only_new && c->degraded && c->cells && c->commands &&
                   c->series && c->findings
               ? 0
               : ENOMEM;
}

static void list_missing(const struct gate_samples *of, const struct gate_samples *in, json_t *ids)
{
    for (size_t i = 0; i < of->count; i++)
        if (!gate_samples_find(in, of->cells[i].id))
            json_array_append_new(ids, json_string(of->cells[i].id));
}

int compare_samples(const struct compare_request *request, struct comparison *c)
{
    const struct gate_samples *old = request->old, *new = request->new;
    *c = (struct comparison){.count = 0};
    int failed = allocate(c, old->count);
    if (!failed) {
        compare_machines(old->context, new->context, c->differences);
        c->refused = json_array_size(c->differences) && !request->force;
        compare_conditions(old, new, c->degraded);
        list_missing(old, new, c->only_old);
        list_missing(new, old, c->only_new);
        for (size_t i = 0; i < old->count && !c->refused; i++) {
            const struct gate_sample_cell *other = gate_samples_find(new, old->cells[i].id);
            if (other)
                add_cell(request, &old->cells[i], other, c);
        }
        failed = judge(request, c);
    }
    if (failed)
        compare_free(c);
    return failed;
}

void compare_free(struct comparison *c)
{
    json_decref(c->differences);
    json_decref(c->only_old);
    json_decref(c->only_new);
    json_decref(c->degraded);
    free(c->cells);
    free(c->commands);
    free(c->series);
    free(c->findings);
    *c = (struct comparison){.count = 0};
}

enum gate_verdict compare_verdict(const struct comparison *c)
{
    return c->refused ? GATE_NOT_COMPARABLE : gate_report_verdict(c->cells, c->count);
}

json_t *compare_json(const struct comparison *c)
{
    enum gate_verdict verdict = compare_verdict(c);
    json_t *json = json_object(), *cells = json_array();
    for (size_t i = 0; i < c->count; i++)
        json_array_append_new(cells, gate_report_cell_json(&c->cells[i]));
    json_object_set_new(json, "verdict", json_string(gate_verdict_names[verdict]));
    json_object_set_new(json, "exit_code", json_integer(gate_report_exit_code(verdict)));
    json_object_set(json, "differences", c->differences);
    json_object_set(json, "degraded", c->degraded);
    json_object_set(json, "only_old", c->only_old);
    json_object_set(json, "only_new", c->only_new);
    json_object_set_new(json, "cells", cells);
    return json;
}
