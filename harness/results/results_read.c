/* SPDX-License-Identifier: MIT */
#include "harness/results/results_parts.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Joined by spaces. What is too long is cut: nobody can ask for so much. */
static void take_settings(const json_t *list, char *text, size_t size)
{
    size_t i, used = 0;
    json_t *item;
    *text = 0;
    json_array_foreach((json_t *)(uintptr_t)list, i, item)
    {
        if (json_is_string(item) && used < size)
            used +=
                (size_t)snprintf(text + used, size - used, "%s%s", used ? " " : "", json_string_value(item));
    }
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
    if (!json_is_object(json) || json_integer_value(json_object_get(json, "schema")) != RESULTS_SCHEMA)
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
    take_text(json, "table_version", result->table_version, sizeof result->table_version); /* since later */
    take_text(json_object_get(json, "table_library"), "sha256", result->table_sha256,
              sizeof result->table_sha256);
    take_settings(json_object_get(json, "allocator_settings"), result->allocator_settings,
                  sizeof result->allocator_settings);
    result->repetition = (int)json_integer_value(repetition);
    take_counters(counters, result);
    const char *found_by = json_string_value(json_object_get(json, "limit_found_by"));
    int way = found_by ? cell_find_word(limit_found_by_names, found_by, strlen(found_by)) : 0;
    result->limit_found_by = way > 0 ? (enum limit_found_by)way : LIMIT_NOT_SOUGHT;
    result->order = json_number_value(json_object_get(json, "order"));
    result->budget_bytes = (uint64_t)json_integer_value(json_object_get(json, "budget_bytes"));
    result->timeout_seconds = (uint64_t)json_integer_value(json_object_get(json, "timeout_seconds"));
    const json_t *table_words = json_object_get(json, "table_properties");
    result->table_is_yardstick = has_word(table_words, "YARDSTICK");
    result->table_is_keyed = has_word(table_words, "KEYED");
    result->allocator_is_malloc = has_word(json_object_get(json, "allocator_properties"), "IS_MALLOC");
    result->allocator_decays = has_word(json_object_get(json, "allocator_properties"), "DECAYS");
    result->allocator_is_yardstick = has_word(json_object_get(json, "allocator_properties"), "YARDSTICK");
    result->context = json_incref(json_object_get(json, "context"));
    return NULL;
}

int results_read_record(const char *folder, struct result *result, char *error)
{
    char path[RESULTS_PATH_BYTES], expected[CELL_ID_BYTES + 32], name[CELL_ID_BYTES];
    results_join(path, sizeof path, folder, "record.json");
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
    char folder[RESULTS_PATH_BYTES], error[SENTENCE_BYTES], id[CELL_ID_BYTES];
    results_cell_folder(folder, sizeof folder, run->folder, cell, repetition);
    if (results_read_record(folder, result, error))
        return false;
    if (!strcmp(result->id, cell_format_id(cell, id)))
        return true;
    results_release(result);
    return false;
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
        results_join(path, sizeof path, cell_path, entry->d_name);
        results_join(file, sizeof file, path, "record.json");
        if (access(file, F_OK)) /* a repetition that never came to its end */
            continue;
        struct result result;
        failed = results_read_record(path, &result, error);
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
        results_join(cells, sizeof cells, run_folder, "cells");
        folder = opendir(cells);
    }
    if (!folder && strlen(run_folder) < RESULTS_FOLDER_BYTES && results_holds_run(run_folder))
        return 0; /* begun, and interrupted before the first record */
    if (!folder)
        return sentence_fail(error, ENOENT, "'%s' holds no run: it has no folder cells/", run_folder);
    int failed = 0;
    for (const struct dirent *entry = readdir(folder); entry && !failed; entry = readdir(folder)) {
        char path[RESULTS_PATH_BYTES];
        results_join(path, sizeof path, cells, entry->d_name);
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
