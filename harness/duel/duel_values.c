/* SPDX-License-Identifier: MIT */
#include "harness/duel/duel.h"

#include "harness/duel/turns.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum contender_clock clock;
} turn_metrics[] = {{"operation_ns", CONTENDER_OPERATION},
                    {"hit_ns", CONTENDER_HIT},
                    {"miss_ns", CONTENDER_MISS},
                    {"erase_ns", CONTENDER_ERASE}};

static const char step_metric[] = "growth_step_ns";

/* The index of a new one. */
static size_t add_series(struct duel_cell *cell, const struct gate_metric *metric, uint64_t step_entries)
{
    size_t i = cell->series_count++;
    struct duel_values *values = &cell->values[i];
    cell->series[i] = (struct gate_series){.metric = metric,
                                           .step_entries = step_entries,
                                           .class = metric->class,
                                           .paired = true,
                                           .values = {values->of[GATE_BASE], values->of[GATE_CANDIDATE]}};
    /* Not judged yet. */
    cell->findings[i] =
        (struct gate_finding){.base = NAN, .candidate = NAN, .ratio = NAN, .low = NAN, .high = NAN, .p = 1};
    for (int side = 0; side < GATE_SIDES; side++)
        for (int pair = 0; pair < GATE_PAIRS_MAX; pair++)
            values->of[side][pair] = NAN;
    return i;
}

int duel_values_open(struct duel_cell *cell)
{
    const size_t most = gate_metric_count + DUEL_STEPS_MAX;
    cell->series_count = 0;
    cell->series = calloc(most, sizeof *cell->series);
    cell->findings = calloc(most, sizeof *cell->findings);
    cell->values = calloc(most, sizeof *cell->values);
    if (!cell->series || !cell->findings || !cell->values)
        return ENOMEM;
    for (size_t i = 0; i < gate_metric_count; i++)
        if (strcmp(gate_metrics[i].name, step_metric))
            add_series(cell, &gate_metrics[i], 0);
    return 0;
}

void duel_values_close(struct duel_cell *cell)
{
    free(cell->series);
    free(cell->findings);
    free(cell->values);
}

/* series_count: there is none. */
static size_t find_series(const struct duel_cell *cell, const char *name, uint64_t step_entries)
{
    size_t i = 0;
    while (i < cell->series_count &&
           (strcmp(cell->series[i].metric->name, name) || cell->series[i].step_entries != step_entries))
        i++;
    return i;
}

static void add_step(struct duel_cell *cell, int side, uint64_t entries, double duration_ns)
{
    size_t i = find_series(cell, step_metric, entries);
    if (i == gate_metric_count + DUEL_STEPS_MAX)
        return;
    if (i == cell->series_count)
        add_series(cell, gate_metric_find(step_metric), entries);
    double *value = &cell->values[i].of[side][cell->pairs];
    *value =
        fmax(duration_ns, isnan(*value) ? 0 : *value); /* several blocks of one growth: each has its time */
}

/* Growth operations by the number of entries at which they came: the same on both sides where nothing changed. */
static void add_steps(struct duel_cell *cell, int side, const char *folder)
{
    char path[RESULTS_PATH_BYTES + 16], line[512];
    snprintf(path, sizeof path, "%s/growth.tsv", folder);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file)) {
        uint64_t entries, start_ns, duration_ns;
        if (sscanf(line, "%" SCNu64 " %" SCNu64 " %" SCNu64, &entries, &start_ns, &duration_ns) == 3 &&
            entries)
            add_step(cell, side, entries, (double)duration_ns);
    }
    if (file)
        fclose(file);
}

static void add_turns(struct duel_cell *cell, const struct duel_turns *turns, uint64_t operations)
{
    for (size_t i = 0; i < sizeof turn_metrics / sizeof *turn_metrics; i++) {
        struct duel_values *values = &cell->values[find_series(cell, turn_metrics[i].name, 0)];
        enum contender_clock clock = turn_metrics[i].clock;
        double mean_ns[GATE_SIDES];
        turns_mean(turns->ns[GATE_BASE][clock], turns->ns[GATE_CANDIDATE][clock], turns->count, mean_ns);
        for (int side = 0; side < GATE_SIDES; side++)
            values->of[side][cell->pairs] = mean_ns[side] / (double)operations;
    }
}

void duel_values_add(struct duel_cell *cell, const struct result results[GATE_SIDES],
                     const struct duel_turns *turns, uint64_t operations)
{
    const struct cell *c = &cell->cell;
    for (int side = 0; side < GATE_SIDES; side++) {
        for (size_t i = 0; i < cell->series_count; i++) {
            const struct gate_metric *metric = cell->series[i].metric;
            /* Times of single operations are latency mode's; a growth inside a batch is too rough. */
            if (metric->counter != COUNTER_COUNT && (metric->class != GATE_NOISY || c->mode == CELL_LATENCY))
                cell->values[i].of[side][cell->pairs] = results[side].counters[metric->counter];
        }
        if (c->mode == CELL_LATENCY && c->count == 1 && c->threads == 1)
            add_steps(cell, side, results[side].folder);
    }
    if (c->mode == CELL_THROUGHPUT)
        add_turns(cell, turns, operations);
    cell->pairs++;
    for (size_t i = 0; i < cell->series_count; i++)
        cell->series[i].count[GATE_BASE] = cell->series[i].count[GATE_CANDIDATE] = cell->pairs;
}
