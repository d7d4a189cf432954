/* SPDX-License-Identifier: MIT */
#include "harness/history/history_night.h"

#include "harness/common/stored.h"
#include "harness/results/results.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NIGHT_SCHEMA = 1, NAME_BYTES = RESULTS_PATH_BYTES + 300 };

/* Text from a file goes to terminals: what could steer one is replaced. */
static bool take_text(const json_t *json, const char *key, bool is_needed, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(json, key));
    if (is_needed && (!value || !*value || strlen(value) >= size))
        return false;
    snprintf(text, size, "%s", value ? value : "");
    for (char *c = text; *c; c++)
        if (iscntrl((unsigned char)*c))
            *c = '?';
    return true;
}

static const char *take_night(const json_t *json, struct history_night *night)
{
    const json_t *code = json_object_get(json, "exit_code");
    if (!json_is_object(json) || json_integer_value(json_object_get(json, "schema")) != NIGHT_SCHEMA)
        return "it is not of schema 1";
    if (!take_text(json, "started", true, night->started, sizeof night->started) ||
        !take_text(json, "revision", true, night->revision, sizeof night->revision) ||
        !take_text(json, "verdict", true, night->verdict, sizeof night->verdict) ||
        !take_text(json, "machine_fingerprint", true, night->fingerprint, sizeof night->fingerprint))
        return "started, revision, machine_fingerprint or verdict are missing or too long";
    if (!json_is_integer(code) || json_integer_value(code) < 0 || json_integer_value(code) > 255)
        return "its exit_code is none";
    take_text(json, "what", false, night->what, sizeof night->what);
    night->exit_code = (int)json_integer_value(code);
    return NULL;
}

int history_take_night(const json_t *json, struct history_night *night, char *error)
{
    const char *wrong = take_night(json, night);
    return wrong ? sentence_fail(error, EBADMSG, "%s", wrong) : 0;
}

/* ---- figures ---- */

/* Which counter a metric's value is worked out from, by what a process alone measured. */
static double value_of(const struct results *results, const struct cell *cell,
                       const struct gate_metric *metric)
{
    static const struct {
        const char *name;
        enum counter a_second;
    } rates[] = {{"operation_ns", COUNTER_items_per_second},
                 {"hit_ns", COUNTER_hit_items_per_second},
                 {"miss_ns", COUNTER_miss_items_per_second},
                 {"erase_ns", COUNTER_erase_items_per_second}};
    if (metric->counter != COUNTER_COUNT)
        return results_median(results, cell, metric->counter, NULL);
    for (size_t i = 0; cell->mode == CELL_THROUGHPUT && i < sizeof rates / sizeof *rates; i++)
        if (!strcmp(metric->name, rates[i].name)) {
            double rate = results_median(results, cell, rates[i].a_second, NULL);
            return rate > 0 ? 1e9 / rate : NAN;
        }
    return NAN;
}

static int add_figure(struct history_record *record, const struct history_figure *figure)
{
    if ((record->count & (record->count - 1)) == 0) {
        struct history_figure *larger =
            realloc(record->figures, (record->count ? 2 * record->count : 1) * sizeof *larger);
        if (!larger)
            return ENOMEM;
        record->figures = larger;
    }
    record->figures[record->count++] = *figure;
    return 0;
}

static int add_cell(struct history_record *record, const struct results *results, const struct result *result)
{
    struct cell glibc = result->cell;
    snprintf(glibc.allocator, sizeof glibc.allocator, "glibc");
    int failed = 0;
    for (size_t m = 0; m < gate_metric_count && !failed; m++) {
        struct history_figure figure = {.metric = &gate_metrics[m]};
        figure.value = value_of(results, &result->cell, figure.metric);
        if (!isfinite(figure.value))
            continue;
        double beside = value_of(results, &glibc, figure.metric);
        figure.ratio = beside > 0 ? figure.value / beside : NAN;
        memcpy(figure.cell, result->id, sizeof figure.cell);
        failed = add_figure(record, &figure);
    }
    return failed;
}

/* Records of another machine in a night's folder would be compared with nights of this one. */
static bool is_of_machine(const struct result *result, const struct history_night *night)
{
    const char *fingerprint = json_string_value(json_object_get(result->context, "machine_fingerprint"));
    return fingerprint && !strcmp(fingerprint, night->fingerprint);
}

static int read_figures(const char *run_folder, struct history_record *record, char *error)
{
    struct results results;
    int failed = results_load(run_folder, &results, error);
    for (size_t i = 0; i < results.count && !failed; i++) {
        const struct result *result = &results.items[i];
        if (!is_of_machine(result, &record->night))
            failed = sentence_fail(
                error, EBADMSG,
                "'%.1000s' is damaged: night.json is of machine %s, a record of '%.500s' is not", run_folder,
                record->night.fingerprint, result->id);
        else if (!i || strcmp(result->id, results.items[i - 1].id)) { /* sorted by id */
            failed = add_cell(record, &results, result);
            if (failed)
                sentence_fail(error, failed, "'%.1000s': %s", run_folder, strerror(failed));
        }
    }
    results_free(&results);
    return failed;
}

int history_read_night(const char *nights_folder, const char *name, struct history_record *record,
                       char *error)
{
    char path[NAME_BYTES], run[NAME_BYTES];
    *record = (struct history_record){0};
    snprintf(path, sizeof path, "%s/%s/night.json", nights_folder, name);
    snprintf(run, sizeof run, "%s/%s/run", nights_folder, name);
    if (strlen(name) >= HISTORY_NAME_BYTES || strlen(nights_folder) >= RESULTS_FOLDER_BYTES)
        return sentence_fail(error, ENAMETOOLONG, "'%.1000s/%.300s' has too long a name for a night",
                             nights_folder, name);
    struct stat status;
    if (stat(path, &status))
        return ENOENT;
    char clause[SENTENCE_BYTES];
    json_t *json;
    int failed = stored_load(path, &json, clause);
    if (!failed)
        failed = history_take_night(json, &record->night, clause);
    if (failed)
        sentence_fail(error, failed, "'%s' is damaged: %.600s", path, clause);
    snprintf(record->night.name, sizeof record->night.name, "%s", name);
    json_decref(json);
    if (!failed && strcmp(record->night.verdict, "ABANDONED"))
        failed = read_figures(run, record, error);
    if (failed)
        history_release_night(record);
    return failed;
}

void history_release_night(struct history_record *record)
{
    free(record->figures);
    record->figures = NULL;
    record->count = 0;
}
