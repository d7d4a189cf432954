/* SPDX-License-Identifier: MIT */
#include "harness/results.h"

#include "harness/files.h"
#include "tables/table.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SCHEMA = 1 };

/* ---- the folder ---- */

/* Paths are as long as --out allows plus what stands here: nothing is cut. */
static void join(char *path, size_t size, const char *folder, const char *name)
{
    int length = snprintf(path, size, "%s/%s", folder, name);
    assert(length >= 0 && (size_t)length < size);
}

static bool holds_run(const char *folder)
{
    char path[RESULTS_PATH_BYTES];
    join(path, sizeof path, folder, "run.json");
    if (!access(path, F_OK))
        return true;
    join(path, sizeof path, folder, "cells");
    return !access(path, F_OK);
}

int results_open(struct results_run *run, const char *folder, bool resume, char *error)
{
    *run = (struct results_run){.lock_fd = -1};
    if (strlen(folder) >= RESULTS_FOLDER_BYTES)
        return sentence_fail(error, ENAMETOOLONG,
                             "the name of the output folder is too long: at most %d bytes",
                             RESULTS_FOLDER_BYTES - 1);
    snprintf(run->folder, sizeof run->folder, "%s", folder);
    if (resume && !holds_run(folder))
        return sentence_fail(error, ENOENT,
                             "'%s' holds no run to resume: leave out --resume, or name the folder of one",
                             folder);
    int number = files_make_folders(folder);
    if (number)
        return sentence_fail(error, number, "cannot make the output folder '%s': %s", folder,
                             strerror(number));
    run->lock_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (run->lock_fd < 0)
        return sentence_fail(error, errno, "cannot open the output folder '%s': %s", folder, strerror(errno));
    if (flock(run->lock_fd, LOCK_EX | LOCK_NB)) {
        results_close(run);
        return sentence_fail(error, EWOULDBLOCK,
                             "another run is writing to '%s': wait for it, or choose another --out", folder);
    }
    if (!resume && holds_run(folder)) {
        results_close(run);
        return sentence_fail(
            error, EEXIST, "'%s' already holds a run: choose another --out, or add --resume to go on with it",
            folder);
    }
    return 0;
}

void results_close(struct results_run *run)
{
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    run->lock_fd = -1;
}

static void cell_folder(char *path, size_t size, const char *folder, const struct cell *cell, int repetition)
{
    char name[CELL_ID_BYTES], inner[CELL_ID_BYTES + 32];
    snprintf(inner, sizeof inner, "cells/%s/%d", cell_format_folder(cell, name), repetition);
    join(path, size, folder, inner);
}

/* ---- writing ---- */

static json_t *property_words(uint64_t properties, const char *const *words)
{
    json_t *list = json_array();
    for (int i = 0; words[i]; i++)
        if (properties >> i & 1)
            json_array_append_new(list, json_string(words[i]));
    return list;
}

static void add_settings(json_t *list, const char *const *settings)
{
    for (; settings && *settings; settings++)
        json_array_append_new(list, json_string(*settings));
}

/* What the environment of the measured process was given. */
static json_t *settings_json(const struct record *record, const struct allocator *allocator)
{
    json_t *list = json_array();
    if (allocator)
        add_settings(list, allocator->environment);
    if (allocator && record->cell.thp == PAGE_POLICY_ALWAYS)
        add_settings(list, allocator->huge_environment);
    return list;
}

static json_t *counter_json(double value)
{
    bool whole = value == floor(value) && fabs(value) < 0x1p53;
    return whole ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *counters_json(const struct record *record)
{
    json_t *counters = json_object();
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (!isnan(record->counters[i]))
            json_object_set_new(counters, counter_names[i], counter_json(record->counters[i]));
    }
    return counters;
}

static void set_cell(json_t *json, const struct cell *cell)
{
    char id[CELL_ID_BYTES];
    json_object_set_new(json, "id", json_string(cell_format_id(cell, id)));
    json_object_set_new(json, "workload", json_string(cell_workload_names[cell->workload]));
    json_object_set_new(json, "table", json_string(cell->table));
    json_object_set_new(json, "allocator", json_string(cell->allocator));
    json_object_set_new(json, "entries", json_integer((json_int_t)cell->entries));
    json_object_set_new(json, "mode", json_string(cell_mode_names[cell->mode]));
    json_object_set_new(json, "heap", json_string(cell_heap_names[cell->heap]));
    json_object_set_new(json, "thp", json_string(cell_thp_names[cell->thp]));
    json_object_set_new(json, "seed", json_integer((json_int_t)cell->seed));
}

static json_t *text_json(const char *text)
{
    json_t *json = json_string(text);
    return json ? json : json_string("(not UTF-8)");
}

json_t *results_record_json(const struct record *record, const struct results_extra *extra)
{
    static const char *const table_words[] = {"KEYED",         "VERIFIED",  "ERASES", "STABLE_ADDRESS",
                                              "FAILS_CLEANLY", "YARDSTICK", NULL};
    static const char *const allocator_words[] = {"GROWS_IN_PLACE", "LAZY_ZERO", "CAN_DISCARD", "THREADS",
                                                  "YARDSTICK",      "IS_MALLOC", NULL};
    json_t *json = json_object();
    json_object_set_new(json, "schema", json_integer(SCHEMA));
    set_cell(json, &record->cell);
    json_object_set_new(json, "repetition", json_integer(extra->repetition));
    json_object_set_new(json, "order", json_real(extra->order));
    json_object_set_new(json, "status", json_string(record_status_names[record->status]));
    json_object_set_new(json, "message", text_json(record->message));
    json_object_set_new(json, "counters", counters_json(record));
    json_object_set_new(json, "lower_bounds",
                        record->peak_is_lower_bound ? json_pack("[s]", "peak_rss_bytes") : json_array());
    json_object_set_new(json, "allocator_library",
                        json_pack("{s:o,s:o,s:s}", "path", text_json(record->allocator_path), "version",
                                  text_json(record->allocator_version), "sha256", extra->allocator_sha256));
    json_object_set_new(json, "table_library",
                        json_pack("{s:o,s:s}", "path", text_json(record->setup.table_library), "sha256",
                                  extra->table_library_sha256));
    json_object_set_new(json, "table_properties", property_words(record->table_properties, table_words));
    json_object_set_new(json, "allocator_properties",
                        property_words(record->allocator_properties, allocator_words));
    json_object_set_new(json, "allocator_settings", settings_json(record, extra->allocator));
    json_object_set_new(json, "aslr", json_boolean(record->cell.aslr));
    json_object_set_new(json, "aslr_active", json_boolean(record->aslr_active));
    json_object_set_new(json, "budget_bytes", json_integer((json_int_t)extra->budget_bytes));
    json_object_set_new(json, "budget_enforced_by", json_string(extra->enforced_by));
    json_object_set_new(json, "timeout_seconds", json_integer((json_int_t)extra->timeout_seconds));
    json_object_set_new(json, "refused_bytes", json_integer((json_int_t)record->refused_bytes));
    json_object_set_new(json, "growth_rows_dropped", json_integer((json_int_t)record->growth_rows_dropped));
    json_object_set_new(json, "pause_floor_ns", json_integer((json_int_t)record->pause_floor_ns));
    json_object_set_new(json, "started", json_string(extra->started));
    json_object_set_new(json, "wall_seconds", json_real(extra->wall_seconds));
    json_object_set(json, "context", extra->context);
    return json;
}

/* What one of a repetition's files holds. */
struct part {
    const char *name;
    void (*write)(const struct record *record, const struct results_extra *extra, FILE *out);
};

static void write_series(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tseconds\trss_bytes\tinterval_peak_rss_bytes\tvirtual_bytes\tcapacity_bytes\n");
    for (uint64_t i = 0; i < r->series_count; i++) {
        const struct record_series_row *row = &r->series[i];
        fprintf(out, "%" PRIu64 "\t%.6f\t%" PRId64 "\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\n", row->entries,
                (double)row->time_ns * 1e-9, row->rss_bytes, row->interval_peak_rss_bytes, row->virtual_bytes,
                row->capacity_bytes);
    }
}

static void write_growth(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tstart_ns\tduration_ns\tkind\tresize_ns\told_bytes\tnew_bytes\n");
    for (uint64_t i = 0; i < r->growth_rows; i++) {
        const struct record_growth_row *row = &r->growth[i];
        fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
                row->entries, row->start_ns, row->duration_ns,
                recorder_kind_names[row->kind % RECORDER_KIND_COUNT], row->resize_ns, row->old_bytes,
                row->new_bytes);
    }
}

static void write_pauses(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tstart_ns\tduration_ns\n");
    for (uint64_t i = 0; i < r->pause_rows; i++)
        fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", r->pauses[i].entries, r->pauses[i].start_ns,
                r->pauses[i].duration_ns);
}

static void write_insert_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->insert, r->setup.ns_per_tick, out);
}

static void write_hit_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->hit, r->setup.ns_per_tick, out);
}

static void write_miss_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->miss, r->setup.ns_per_tick, out);
}

static void write_output(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)r;
    fwrite(extra->output, 1, extra->output_bytes, out);
    if (extra->output_dropped_bytes)
        fprintf(out, "\n[%" PRIu64 " bytes more were not kept]\n", extra->output_dropped_bytes);
}

static int write_part(const char *folder, const struct part *part, const struct record *record,
                      const struct results_extra *extra)
{
    char path[RESULTS_PATH_BYTES];
    join(path, sizeof path, folder, part->name);
    struct files_output output;
    int error = files_begin(&output, path);
    if (error)
        return error;
    part->write(record, extra, output.stream);
    return files_commit(&output);
}

int results_write_json(const char *folder, const char *name, const json_t *value)
{
    char path[RESULTS_PATH_BYTES];
    join(path, sizeof path, folder, name);
    struct files_output output;
    int error = files_begin(&output, path);
    if (error)
        return error;
    /* A failed write shows in the stream, which the commit looks at. */
    json_dumpf(value, output.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', output.stream);
    return files_commit(&output);
}

int results_write(const struct results_run *run, const struct record *r, const struct results_extra *extra)
{
    const struct part parts[] = {
        {"series.tsv", write_series},
        {"growth.tsv", write_growth},
        {"pauses.tsv", r->insert.count ? write_pauses : NULL},
        {"latency.hgrm", r->insert.count ? write_insert_latency : NULL},
        {"hit.hgrm", r->hit.count ? write_hit_latency : NULL},
        {"miss.hgrm", r->miss.count ? write_miss_latency : NULL},
        {"stderr.txt", write_output},
    };
    char folder[RESULTS_PATH_BYTES];
    cell_folder(folder, sizeof folder, run->folder, &r->cell, extra->repetition);
    int error = files_make_folders(folder);
    for (size_t i = 0; !error && i < sizeof parts / sizeof *parts; i++)
        if (parts[i].write)
            error = write_part(folder, &parts[i], r, extra);
    if (error)
        return error;
    json_t *json = results_record_json(r, extra);
    error = results_write_json(folder, "record.json", json);
    json_decref(json);
    return error;
}

/* ---- reading ---- */

static bool take_text(const json_t *json, const char *key, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(json, key));
    if (!value || strlen(value) >= size)
        return false;
    memcpy(text, value, strlen(value) + 1);
    return true;
}

static bool has_word(const json_t *list, const char *word)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i,
                       item) if (json_is_string(item) && !strcmp(json_string_value(item), word)) return true;
    return false;
}

static void take_counters(const json_t *counters, struct result *result)
{
    for (int i = 0; i < COUNTER_COUNT; i++) {
        const json_t *value = json_object_get(counters, counter_names[i]);
        result->counters[i] = json_is_number(value) ? json_number_value(value) : NAN;
    }
}

/* Returns NULL, or what is wrong with it. */
static const char *take_record(const json_t *json, struct result *result)
{
    if (!json_is_object(json) || json_integer_value(json_object_get(json, "schema")) != SCHEMA)
        return "it is not of schema 1";
    if (!take_text(json, "id", result->id, sizeof result->id) || cell_parse_id(result->id, &result->cell))
        return "its id is no cell id";
    char status[32];
    if (!take_text(json, "status", status, sizeof status))
        return "it has no status";
    int word = cell_find_word(record_status_names, status, strlen(status));
    if (word <= RECORD_RUNNING)
        return "its status is unknown";
    result->status = (enum record_status)word;
    const json_t *counters = json_object_get(json, "counters"), *context = json_object_get(json, "context");
    const json_t *library = json_object_get(json, "allocator_library");
    const json_t *repetition = json_object_get(json, "repetition");
    if (!json_is_object(counters) || !json_is_object(context) || !json_is_integer(repetition))
        return "counters, context or repetition are missing";
    if (!take_text(json, "message", result->message, sizeof result->message) ||
        !take_text(library, "version", result->allocator_version, sizeof result->allocator_version) ||
        !take_text(library, "path", result->allocator_path, sizeof result->allocator_path) ||
        !take_text(library, "sha256", result->allocator_sha256, sizeof result->allocator_sha256))
        return "message or allocator_library are missing";
    result->repetition = (int)json_integer_value(repetition);
    take_counters(counters, result);
    result->order = json_number_value(json_object_get(json, "order"));
    result->budget_bytes = (uint64_t)json_integer_value(json_object_get(json, "budget_bytes"));
    const json_t *table_words = json_object_get(json, "table_properties");
    result->table_is_yardstick = has_word(table_words, "YARDSTICK");
    result->table_is_keyed = has_word(table_words, "KEYED");
    result->allocator_is_malloc = has_word(json_object_get(json, "allocator_properties"), "IS_MALLOC");
    result->allocator_is_yardstick = has_word(json_object_get(json, "allocator_properties"), "YARDSTICK");
    result->context = json_incref(json_object_get(json, "context"));
    return NULL;
}

static int read_record(const char *folder, struct result *result, char *error)
{
    char path[RESULTS_PATH_BYTES], expected[CELL_ID_BYTES + 32], name[CELL_ID_BYTES];
    join(path, sizeof path, folder, "record.json");
    *result = (struct result){.status = RECORD_RUNNING};
    snprintf(result->folder, sizeof result->folder, "%s", folder);
    json_error_t where;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    const char *wrong = json ? take_record(json, result) : where.text;
    if (!wrong) {
        snprintf(expected, sizeof expected, "/cells/%s/%d", cell_format_folder(&result->cell, name),
                 result->repetition);
        size_t length = strlen(folder), tail = strlen(expected);
        if (length < tail || strcmp(folder + length - tail, expected))
            wrong = "it is the record of another cell";
    }
    int number = 0;
    if (wrong) {
        results_release(result);
        number = sentence_fail(
            error, EBADMSG,
            "'%s' is damaged (%s): remove its folder and run again with --resume to measure it anew", path,
            wrong);
    }
    json_decref(json);
    return number;
}

bool results_find(const struct results_run *run, const struct cell *cell, int repetition,
                  struct result *result)
{
    char folder[RESULTS_PATH_BYTES], error[SENTENCE_BYTES];
    cell_folder(folder, sizeof folder, run->folder, cell, repetition);
    return !read_record(folder, result, error);
}

void results_release(struct result *result)
{
    json_decref(result->context);
    result->context = NULL;
}

static int append(struct results *results, const struct result *result)
{
    if ((results->count & (results->count - 1)) == 0) {
        struct result *larger =
            realloc(results->items, (results->count ? 2 * results->count : 1) * sizeof *larger);
        if (!larger)
            return ENOMEM;
        results->items = larger;
    }
    results->items[results->count++] = *result;
    return 0;
}

static int load_repetitions(const char *cell_path, struct results *results, char *error)
{
    DIR *folder = opendir(cell_path);
    if (!folder)
        return 0;
    int failed = 0;
    for (const struct dirent *entry = readdir(folder); entry && !failed; entry = readdir(folder)) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        char path[RESULTS_PATH_BYTES], file[RESULTS_PATH_BYTES];
        join(path, sizeof path, cell_path, entry->d_name);
        join(file, sizeof file, path, "record.json");
        if (access(file, F_OK)) /* a repetition that never came to its end */
            continue;
        struct result result;
        failed = read_record(path, &result, error);
        if (!failed)
            failed = append(results, &result);
    }
    closedir(folder);
    return failed;
}

static int compare_results(const void *left, const void *right)
{
    const struct result *a = left, *b = right;
    int order = strcmp(a->id, b->id);
    return order ? order : a->repetition - b->repetition;
}

int results_load(const char *run_folder, struct results *results, char *error)
{
    *results = (struct results){0};
    char cells[RESULTS_PATH_BYTES];
    DIR *folder = NULL;
    if (strlen(run_folder) < RESULTS_FOLDER_BYTES) {
        join(cells, sizeof cells, run_folder, "cells");
        folder = opendir(cells);
    }
    if (!folder && strlen(run_folder) < RESULTS_FOLDER_BYTES && holds_run(run_folder))
        return 0; /* begun, and interrupted before the first record */
    if (!folder)
        return sentence_fail(error, ENOENT, "'%s' holds no run: it has no folder cells/", run_folder);
    int failed = 0;
    for (const struct dirent *entry = readdir(folder); entry && !failed; entry = readdir(folder)) {
        char path[RESULTS_PATH_BYTES];
        join(path, sizeof path, cells, entry->d_name);
        if (entry->d_name[0] != '.')
            failed = load_repetitions(path, results, error);
    }
    closedir(folder);
    if (failed) {
        results_free(results);
        return failed;
    }
    if (results->count)
        qsort(results->items, results->count, sizeof *results->items, compare_results);
    return 0;
}

void results_free(struct results *results)
{
    for (size_t i = 0; i < results->count; i++)
        results_release(&results->items[i]);
    free(results->items);
    *results = (struct results){0};
}

/* ---- derived ---- */

static json_t *benchmark_row(const struct result *r, int repetitions)
{
    double timed_ns = isnan(r->counters[COUNTER_timed_ns]) ? 0 : r->counters[COUNTER_timed_ns];
    json_t *row =
        json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:f,s:f,s:s}", "name", r->id, "run_name", r->id, "run_type",
                  "iteration", "repetitions", repetitions, "repetition_index", r->repetition, "threads", 1,
                  "iterations", 1, "real_time", timed_ns, "cpu_time", timed_ns, "time_unit", "ns");
    for (int i = 0; i < COUNTER_COUNT; i++)
        if (!isnan(r->counters[i]))
            json_object_set_new(row, counter_names[i], counter_json(r->counters[i]));
    if (r->status != RECORD_OK) {
        char message[RECORD_MESSAGE_BYTES + 16];
        snprintf(message, sizeof message, "%s: %s", record_status_names[r->status], r->message);
        json_object_set_new(row, "error_occurred", json_true());
        json_object_set_new(row, "error_message", text_json(message));
    }
    return row;
}

int results_write_benchmark(const char *folder, const struct results *results)
{
    json_t *rows = json_array();
    json_t *context = results->count ? json_deep_copy(results->items[0].context) : json_object();
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        int repetitions = 0;
        for (size_t j = 0; j < results->count; j++)
            repetitions += !strcmp(results->items[j].id, r->id);
        json_array_append_new(rows, benchmark_row(r, repetitions));
        char key[CELL_NAME_BYTES + 16];
        snprintf(key, sizeof key, "allocator_%s", r->cell.allocator);
        json_object_set_new(context, key,
                            json_pack("{s:s,s:s,s:s}", "path", r->allocator_path, "version",
                                      r->allocator_version, "sha256", r->allocator_sha256));
    }
    json_t *whole = json_pack("{s:o,s:o}", "context", context, "benchmarks", rows);
    int error = results_write_json(folder, "benchmark.json", whole);
    json_decref(whole);
    return error;
}

enum counter results_memory_counter(bool table_is_yardstick)
{
    return table_is_yardstick ? COUNTER_peak_rss_ratio : COUNTER_worst_rss_ratio;
}

static int compare_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double results_median(const struct results *results, const struct cell *cell, enum counter counter,
                      double *spread)
{
    double values[1000];
    size_t count = 0;
    for (size_t i = 0; i < results->count && count < 1000; i++) {
        const struct result *r = &results->items[i];
        if (cell_same_row(&r->cell, cell) && r->cell.mode == cell->mode && r->status == RECORD_OK &&
            !isnan(r->counters[counter]))
            values[count++] = r->counters[counter];
    }
    if (spread)
        *spread = NAN;
    if (!count)
        return NAN;
    qsort(values, count, sizeof *values, compare_doubles);
    double median = (values[(count - 1) / 2] + values[count / 2]) / 2;
    if (spread)
        *spread = median > 0 ? (values[count - 1] - values[0]) / median : 0;
    return median;
}
