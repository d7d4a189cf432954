/* SPDX-License-Identifier: MIT */
#include "harness/gate/samples.h"

#include "harness/gate/judge.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A rate as the time that its metric has. What a duel measures turn by turn a whole process can show. Latency mode
 * reads the clock around each operation: its rates are none of the table's. */
static double time_of(const struct result *r, enum counter rate)
{
    return r->cell.mode == CELL_THROUGHPUT && r->counters[rate] > 0 ? 1e9 / r->counters[rate] : NAN;
}

static double value_of(const struct result *r, const struct gate_metric *metric)
{
    if (metric->class == GATE_TOLERANCE && r->counters[COUNTER_major_faults] > 0)
        return NAN;
    if (metric->counter != COUNTER_COUNT)
        return r->counters[metric->counter];
    bool inserts = r->cell.workload == CELL_FILL || r->cell.workload == CELL_CHURN;
    if (!strcmp(metric->name, "operation_ns"))
        return inserts ? time_of(r, COUNTER_items_per_second) : NAN;
    if (!strcmp(metric->name, "hit_ns"))
        return time_of(r, COUNTER_hit_items_per_second);
    if (!strcmp(metric->name, "miss_ns"))
        return time_of(r, COUNTER_miss_items_per_second);
    if (!strcmp(metric->name, "erase_ns"))
        return time_of(r, COUNTER_erase_items_per_second);
    return NAN;
}

/* A repetition that nobody ran. */
static bool is_process(const struct result *r)
{
    return r->status != RECORD_SKIP ||
           strncmp(r->message, RESULTS_NOT_REPEATED, strlen(RESULTS_NOT_REPEATED));
}

enum record_status gate_samples_gravest(const size_t *statuses)
{
    static const enum record_status by_gravity[] = {RECORD_WRONG, RECORD_CRASH, RECORD_TIMEOUT,
                                                    RECORD_OOM,   RECORD_SKIP,  RECORD_OK};
    for (size_t i = 0; i < sizeof by_gravity / sizeof *by_gravity; i++)
        if (statuses[by_gravity[i]])
            return by_gravity[i];
    return RECORD_RUNNING;
}

static int gather_metric(const struct result *first, size_t count, const struct gate_metric *metric,
                         struct gate_sample_cell *cell)
{
    size_t processes = cell->statuses[RECORD_OK], i = 0;
    if (!processes)
        return 0;
    assert(cell->metric_count < GATE_SAMPLES_MAX);
    struct gate_sample *sample = &cell->metrics[cell->metric_count];
    *sample = (struct gate_sample){
        .metric = metric, .processes = processes, .values = malloc(processes * sizeof *sample->values)};
    if (!sample->values)
        return ENOMEM;
    bool any = false; /* a disturbed process had it too */
    for (const struct result *r = first; r < first + count; r++) {
        if (r->status != RECORD_OK)
            continue;
        double value = value_of(r, metric);
        sample->values[i++] = value;
        sample->count += isnan(value) ? 0 : 1;
        any |= !isnan(value) || (metric->class == GATE_TOLERANCE && !isnan(r->counters[metric->counter]));
    }
    sample->class = gate_class_of(metric, sample->values, processes);
    if (any)
        cell->metric_count++;
    else
        free(sample->values);
    return 0;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static void take_text(char *text, size_t size, const char *stored)
{
    snprintf(text, size, "%s", stored);
    sentence_defuse(text);
}

static void take_process(const struct result *r, struct gate_sample_cell *cell)
{
    /* What never ran, or died early, may not have said which library it had. */
    bool says = r->status == RECORD_OK;
    if (says && !cell->statuses[RECORD_OK]) {
        take_text(cell->allocator_version, sizeof cell->allocator_version, r->allocator_version);
        take_text(cell->allocator_sha256, sizeof cell->allocator_sha256, r->allocator_sha256);
        take_text(cell->table_version, sizeof cell->table_version, r->table_version);
        take_text(cell->allocator_settings, sizeof cell->allocator_settings, r->allocator_settings);
    } else if (says) {
        cell->is_mixed |= strcmp(cell->allocator_version, r->allocator_version) ||
                          strcmp(cell->allocator_sha256, r->allocator_sha256) ||
                          strcmp(cell->table_version, r->table_version) ||
                          strcmp(cell->allocator_settings, r->allocator_settings);
    }
    cell->statuses[r->status]++;
    cell->budget_bytes = smaller(cell->budget_bytes, r->budget_bytes);
    cell->timeout_seconds = smaller(cell->timeout_seconds, r->timeout_seconds);
    cell->disturbed += says && r->counters[COUNTER_major_faults] > 0;
}

static int gather_cell(const struct result *first, size_t count, struct gate_sample_cell *cell)
{
    *cell = (struct gate_sample_cell){
        .cell = first->cell, .budget_bytes = UINT64_MAX, .timeout_seconds = UINT64_MAX};
    snprintf(cell->id, sizeof cell->id, "%s", first->id);
    for (const struct result *r = first; r < first + count; r++)
        if (is_process(r))
            take_process(r, cell);
    cell->status = gate_samples_gravest(cell->statuses);
    for (const struct result *r = first; r < first + count && !*cell->message; r++)
        if (is_process(r) && r->status == cell->status)
            take_text(cell->message, sizeof cell->message, r->message);
    int failed = 0;
    for (size_t m = 0; m < gate_metric_count && !failed; m++)
        failed = gather_metric(first, count, &gate_metrics[m], cell);
    return failed;
}

/* Records of another machine that were copied into the folder. */
static const struct result *find_foreign(const struct results *results)
{
    const json_t *fingerprint = json_object_get(results->items[0].context, "machine_fingerprint");
    for (size_t i = 0; i < results->count; i++)
        if (!json_is_string(fingerprint) ||
            !json_equal(json_object_get(results->items[i].context, "machine_fingerprint"), fingerprint))
            return &results->items[i];
    return NULL;
}

int gate_samples_gather(const struct results *results, struct gate_samples *samples, char *error)
{
    *samples = (struct gate_samples){0};
    if (!results->count)
        return sentence_fail(error, ENOENT, "the run has no record yet: go on with it by run --resume");
    const struct result *foreign = find_foreign(results);
    if (foreign)
        return sentence_fail(
            error, EXDEV,
            "its records do not name one machine: '%s' has another machine_fingerprint, or none",
            foreign->folder);
    samples->cells = calloc(results->count, sizeof *samples->cells);
    if (!samples->cells)
        return sentence_fail(error, ENOMEM, "there is not enough memory to compare so many records");
    samples->context = json_incref(results->items[0].context);
    for (size_t i = 0, next; i < results->count; i = next) {
        for (next = i + 1; next < results->count && !strcmp(results->items[next].id, results->items[i].id);
             next++)
            ;
        if (!gather_cell(&results->items[i], next - i, &samples->cells[samples->count++]))
            continue;
        gate_samples_free(samples);
        return sentence_fail(error, ENOMEM, "there is not enough memory to compare so many records");
    }
    return 0;
}

void gate_samples_free(struct gate_samples *samples)
{
    for (size_t i = 0; i < samples->count; i++)
        for (size_t m = 0; m < samples->cells[i].metric_count; m++)
            free(samples->cells[i].metrics[m].values);
    free(samples->cells);
    json_decref(samples->context);
    *samples = (struct gate_samples){0};
}

static int compare_to_cell(const void *id, const void *cell)
{
    return strcmp(id, ((const struct gate_sample_cell *)cell)->id);
}

const struct gate_sample_cell *gate_samples_find(const struct gate_samples *samples, const char *id)
{
    return samples->count
               ? bsearch(id, samples->cells, samples->count, sizeof *samples->cells, compare_to_cell)
               : NULL;
}

const struct gate_sample *gate_samples_metric(const struct gate_sample_cell *cell,
                                              const struct gate_metric *metric)
{
    for (size_t m = 0; m < cell->metric_count; m++)
        if (cell->metrics[m].metric == metric)
            return &cell->metrics[m];
    return NULL;
}
