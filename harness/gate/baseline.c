/* SPDX-License-Identifier: MIT */
#include "harness/gate/baseline.h"

#include "harness/common/files.h"
#include "harness/common/stored.h"
#include "harness/run/environment.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char baseline_file_name[] = "baseline.json";

enum { SCHEMA = 1, CELLS_MAX = 20000, VALUES_MAX = 10000, FILE_BYTES_MAX = 256 << 20 };

/* Of the context, beside the identity: noted, and none of a comparison's business or merely a condition. */
static const char *const context_keys[] = {
    "machine_fingerprint", "growbench_version", "git_revision", "aslr", "date", NULL};
static const char *const condition_keys[] = {"load_avg", "memory_pressure", "mem_available_bytes", NULL};

static void copy_keys(json_t *to, const json_t *from, const char *const *keys)
{
    for (; *keys; keys++)
        if (json_object_get(from, *keys))
            json_object_set(to, *keys, json_object_get(from, *keys));
}

/* ---- writing ---- */

static json_t *sample_json(const struct gate_sample *sample)
{
    json_t *values = json_array();
    for (size_t i = 0; i < sample->processes; i++)
        json_array_append_new(values, isfinite(sample->values[i]) ? results_counter_json(sample->values[i])
                                                                  : json_null());
    return json_pack("{s:s,s:s,s:o}", "name", sample->metric->name, "class", gate_class_names[sample->class],
                     "values", values);
}

static json_t *cell_json(const struct gate_sample_cell *cell)
{
    json_t *statuses = json_object(), *metrics = json_array();
    for (int s = RECORD_OK; s < RECORD_STATUS_COUNT; s++)
        if (cell->statuses[s])
            json_object_set_new(statuses, record_status_names[s],
                                json_integer((json_int_t)cell->statuses[s]));
    for (size_t m = 0; m < cell->metric_count; m++)
        json_array_append_new(metrics, sample_json(&cell->metrics[m]));
    return json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:I,s:o,s:s,s:I,s:b,s:o}", "id", cell->id, "allocator_version",
                     cell->allocator_version, "allocator_sha256", cell->allocator_sha256, "table_version",
                     cell->table_version, "allocator_settings", cell->allocator_settings, "budget_bytes",
                     (json_int_t)cell->budget_bytes, "timeout_seconds", (json_int_t)cell->timeout_seconds,
                     "statuses", statuses, "message", cell->message, "disturbed", (json_int_t)cell->disturbed,
                     "mixed", cell->is_mixed, "metrics", metrics);
}

json_t *baseline_json(const struct gate_samples *samples)
{
    json_t *json = json_pack("{s:i,s:s,s:o}", "schema", SCHEMA, "kind", "baseline", "identity",
                             environment_identity(samples->context));
    json_t *condition = json_object(), *cells = json_array();
    copy_keys(json, samples->context, context_keys);
    copy_keys(condition, samples->context, condition_keys);
    for (size_t i = 0; i < samples->count; i++)
        json_array_append_new(cells, cell_json(&samples->cells[i]));
    json_object_set_new(json, "condition", condition);
    json_object_set_new(json, "cells", cells);
    return json;
}

/* ---- reading: each returns NULL, or what is wrong ---- */

/* Text for the terminal: what a file says must not steer it. */
static const char *take_text(const json_t *json, const char *key, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(json, key));
    if (!value || strlen(value) >= size)
        return "a text is missing or too long";
    for (const char *c = value; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return "a text has control characters";
    snprintf(text, size, "%s", value);
    return NULL;
}

static const char *take_count(const json_t *json, const char *key, uint64_t *count)
{
    const json_t *value = json_object_get(json, key);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return "a whole number is missing or negative";
    *count = (uint64_t)json_integer_value(value);
    return NULL;
}

static const char *take_values(const json_t *list, size_t processes, struct gate_sample *sample)
{
    if (!json_is_array(list) || json_array_size(list) != processes)
        return "a metric has more or fewer values than processes that ended OK";
    sample->processes = processes;
    sample->values = malloc(processes * sizeof *sample->values + 1);
    if (!sample->values)
        return "it is too large for the memory there is";
    for (size_t i = 0; i < processes; i++) {
        const json_t *value = json_array_get(list, i);
        if (!json_is_number(value) && !json_is_null(value))
            return "a value is no number";
        sample->values[i] = json_is_null(value) ? NAN : json_number_value(value);
        if (isinf(sample->values[i]))
            return "a value is beyond all numbers";
        sample->count += !json_is_null(value);
    }
    return NULL;
}

static const char *take_metric(const json_t *json, struct gate_sample_cell *cell)
{
    char name[64], class[32];
    const char *wrong = take_text(json, "name", name, sizeof name);
    if (!wrong)
        wrong = take_text(json, "class", class, sizeof class);
    if (wrong)
        return wrong;
    const struct gate_metric *metric = gate_metric_find(name);
    int word = cell_find_word(gate_class_names, class, strlen(class));
    if (!metric || word < 0)
        return "a metric or its class is not known: it is of another version";
    if (gate_samples_metric(cell, metric) || cell->metric_count == GATE_SAMPLES_MAX)
        return "a cell has a metric twice";
    struct gate_sample *sample = &cell->metrics[cell->metric_count++];
    *sample = (struct gate_sample){.metric = metric, .class = (enum gate_class)word};
    return take_values(json_object_get(json, "values"), cell->statuses[RECORD_OK], sample);
}

static const char *take_statuses(const json_t *json, struct gate_sample_cell *cell)
{
    const char *name;
    json_t *value;
    if (!json_is_object(json))
        return "a cell has no statuses";
    json_object_foreach((json_t *)(uintptr_t)json, name, value)
    {
        int word = cell_find_word(record_status_names, name, strlen(name));
        if (word <= RECORD_RUNNING || !json_is_integer(value) || json_integer_value(value) < 1 ||
            json_integer_value(value) > VALUES_MAX)
            return "a cell's statuses are unknown, or no counts";
        cell->statuses[word] = (size_t)json_integer_value(value);
    }
    cell->status = gate_samples_gravest(cell->statuses);
    return NULL;
}

static const char *take_labels(const json_t *json, struct gate_sample_cell *cell)
{
    const struct {
        const char *key;
        char *text;
        size_t size;
    } texts[] = {
        {"message", cell->message, sizeof cell->message},
        {"allocator_version", cell->allocator_version, sizeof cell->allocator_version},
        {"allocator_sha256", cell->allocator_sha256, sizeof cell->allocator_sha256},
        {"table_version", cell->table_version, sizeof cell->table_version},
        {"allocator_settings", cell->allocator_settings, sizeof cell->allocator_settings},
    };
    uint64_t disturbed = 0;
    const struct {
        const char *key;
        uint64_t *count;
    } counts[] = {{"budget_bytes", &cell->budget_bytes},
                  {"timeout_seconds", &cell->timeout_seconds},
                  {"disturbed", &disturbed}};
    const char *wrong = NULL;
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !wrong; i++)
        wrong = take_text(json, texts[i].key, texts[i].text, texts[i].size);
    for (size_t i = 0; i < sizeof counts / sizeof *counts && !wrong; i++)
        wrong = take_count(json, counts[i].key, counts[i].count);
    if (!wrong && !json_is_boolean(json_object_get(json, "mixed")))
        wrong = "a cell does not say whether it is mixed";
    cell->disturbed = (size_t)disturbed;
    cell->is_mixed = json_is_true(json_object_get(json, "mixed"));
    return wrong;
}

static const char *take_cell(const json_t *json, struct gate_sample_cell *cell)
{
    char formatted[CELL_ID_BYTES];
    const char *wrong = take_text(json, "id", cell->id, sizeof cell->id);
    if (!wrong &&
        (cell_parse_id(cell->id, &cell->cell) || strcmp(cell_format_id(&cell->cell, formatted), cell->id)))
        wrong = "a cell's id is none";
    if (!wrong)
        wrong = take_statuses(json_object_get(json, "statuses"), cell);
    if (!wrong)
        wrong = take_labels(json, cell);
    const json_t *metrics = json_object_get(json, "metrics");
    if (!wrong && !json_is_array(metrics))
        wrong = "a cell has no metrics";
    for (size_t i = 0; i < json_array_size(metrics) && !wrong; i++)
        wrong = take_metric(json_array_get(metrics, i), cell);
    return wrong;
}

/* A context as a run's is. */
static const char *take_machine(const json_t *json, struct gate_samples *samples)
{
    const json_t *identity = json_object_get(json, "identity"),
                 *condition = json_object_get(json, "condition");
    char stored[ENVIRONMENT_FINGERPRINT_BYTES], fingerprint[ENVIRONMENT_FINGERPRINT_BYTES], text[128];
    if (!json_is_object(identity) || !json_is_object(condition))
        return "it does not say of which machine it is";
    const char *wrong = take_text(json, "machine_fingerprint", stored, sizeof stored);
    if (!wrong)
        wrong = take_text(json, "git_revision", text, sizeof text);
    if (!wrong)
        wrong = take_text(json, "growbench_version", text, sizeof text);
    if (wrong)
        return wrong;
    samples->context = json_object();
    copy_keys(samples->context, identity, environment_identity_keys);
    environment_format_fingerprint(samples->context, fingerprint);
    if (strcmp(stored, fingerprint))
        return "its identity does not belong to its machine_fingerprint: it is of another version, or was "
               "edited";
    copy_keys(samples->context, json, context_keys);
    copy_keys(samples->context, condition, condition_keys);
    return NULL;
}

static const char *take_cells(const json_t *list, struct gate_samples *samples)
{
    if (!json_is_array(list) || !json_array_size(list) || json_array_size(list) > CELLS_MAX)
        return "it has no cells, or too many";
    samples->cells = calloc(json_array_size(list), sizeof *samples->cells);
    if (!samples->cells)
        return "it is too large for the memory there is";
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct gate_sample_cell *cell = &samples->cells[samples->count++];
        const char *wrong = take_cell(json_array_get(list, i), cell);
        if (wrong)
            return wrong;
        if (i && strcmp(cell[-1].id, cell->id) >= 0)
            return "its cells are not in order, or one is there twice";
    }
    return NULL;
}

int baseline_take(const json_t *json, struct gate_samples *samples, char *error)
{
    *samples = (struct gate_samples){.is_baseline = true};
    const json_t *schema = json_object_get(json, "schema");
    const char *kind = json_string_value(json_object_get(json, "kind"));
    const char *wrong = NULL;
    if (!kind || strcmp(kind, "baseline") || !json_is_integer(schema) || json_integer_value(schema) != SCHEMA)
        wrong = "it is not of kind baseline, schema 1";
    if (!wrong)
        wrong = take_machine(json, samples);
    if (!wrong)
        wrong = take_cells(json_object_get(json, "cells"), samples);
    if (!wrong)
        return 0;
    gate_samples_free(samples);
    return sentence_fail(error, EBADMSG, "%s", wrong);
}

int baseline_load(const char *path, struct gate_samples *samples, char *error)
{
    char clause[SENTENCE_BYTES], *text;
    size_t length;
    *samples = (struct gate_samples){.is_baseline = true};
    int failed = files_read_stored(path, FILE_BYTES_MAX, &text, &length, clause);
    if (!failed) {
        json_t *json = stored_parse(text, length, clause);
        failed = json ? baseline_take(json, samples, clause) : EBADMSG;
        json_decref(json);
        free(text);
    }
    if (failed == EBADMSG)
        return sentence_fail(
            error, failed,
            "'%.1000s' is no whole baseline (%.200s): take it from version control again, or make "
            "it anew with growbench baseline",
            path, clause);
    return failed ? sentence_fail(error, failed, "'%.1000s' cannot be read: %.200s", path, clause) : 0;
}
