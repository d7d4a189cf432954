/* SPDX-License-Identifier: MIT
 *
 * A record's bytes to a struct result: no files, so that it can be fuzzed. What is damaged, foreign or made to do harm
 * is refused with the value that is wrong. What later versions added may be absent, and what is not known is passed
 * over: both are records of another version.
 */
#include "harness/common/stored.h"
#include "harness/results/results_parts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static bool has_word(const json_t *list, const char *word)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *item = json_string_value(json_array_get(list, i));
        if (item && !strcmp(item, word))
            return true;
    }
    return false;
}

/* An id is text for folders, labels and options: only as cell_format_id writes it. */
static int take_id(const json_t *json, struct result *result, char *error)
{
    char clause[SENTENCE_BYTES], shown[STORED_SHOWN_BYTES], canonical[CELL_ID_BYTES];
    int failed = stored_take_text(json, "id", result->id, sizeof result->id, error);
    if (failed)
        return failed;
    stored_show(json_object_get(json, "id"), shown);
    if (cell_explain_id(result->id, &result->cell, clause))
        return sentence_fail(error, EBADMSG, "its id %s is no cell id: %.200s", shown, clause);
    if (strcmp(result->id, cell_format_id(&result->cell, canonical)))
        return sentence_fail(error, EBADMSG, "its id %s is not as it is written: %.200s", shown, canonical);
    return 0;
}

static int take_status(const json_t *json, struct result *result, char *error)
{
    char status[32], shown[STORED_SHOWN_BYTES];
    int failed = stored_take_text(json, "status", status, sizeof status, error);
    if (failed)
        return failed;
    int word = cell_find_word(record_status_names, status, strlen(status));
    if (word <= RECORD_RUNNING)
        return sentence_fail(error, EBADMSG, "its status %s is unknown",
                             stored_show(json_object_get(json, "status"), shown));
    result->status = (enum record_status)word;
    return 0;
}

static int take_counters(const json_t *json, struct result *result, char *error)
{
    const json_t *counters;
    int failed = stored_take_object(json, "counters", &counters, error);
    for (int i = 0; i < COUNTER_COUNT && !failed; i++) {
        result->counters[i] = NAN;
        failed = stored_take_optional_number(counters, counter_names[i], &result->counters[i], error);
    }
    return failed;
}

static int take_limit(const json_t *json, struct result *result, char *error)
{
    char word[32] = "", shown[STORED_SHOWN_BYTES];
    int failed = stored_take_optional_text(json, "limit_found_by", word, sizeof word, error);
    result->limit_found_by = LIMIT_NOT_SOUGHT;
    if (failed || !*word)
        return failed;
    int way = cell_find_word(limit_found_by_names, word, strlen(word));
    if (way <= 0)
        return sentence_fail(error, EBADMSG, "its limit_found_by %s is unknown",
                             stored_show(json_object_get(json, "limit_found_by"), shown));
    result->limit_found_by = (enum limit_found_by)way;
    return 0;
}

static int take_numbers(const json_t *json, struct result *result, char *error)
{
    int64_t repetition = 0, budget_bytes = 0, timeout_seconds = 0, pause_floor_ns = 0;
    int failed = stored_take_integer(json, "repetition", 0, RESULTS_REPETITIONS_MAX - 1, &repetition, error);
    if (!failed)
        failed = stored_take_optional_number(json, "order", &result->order, error);
    if (!failed && json_object_get(json, "budget_bytes"))
        failed = stored_take_integer(json, "budget_bytes", 0, INT64_MAX, &budget_bytes, error);
    if (!failed && json_object_get(json, "timeout_seconds"))
        failed = stored_take_integer(json, "timeout_seconds", 0, INT64_MAX, &timeout_seconds, error);
    if (!failed && json_object_get(json, "pause_floor_ns"))
        failed = stored_take_integer(json, "pause_floor_ns", 0, INT64_MAX, &pause_floor_ns, error);
    result->pause_floor_ns = (uint64_t)pause_floor_ns;
    result->timeout_seconds = (uint64_t)timeout_seconds;
    result->repetition = (int)repetition;
    result->budget_bytes = (uint64_t)budget_bytes;
    return failed;
}

static int take_libraries(const json_t *json, struct result *result, char *error)
{
    const json_t *allocator, *table = json_object_get(json, "table_library");
    int failed = stored_take_object(json, "allocator_library", &allocator, error);
    if (!failed && table)
        failed = stored_take_object(json, "table_library", &table, error);
    const struct {
        const json_t *object;
        const char *key;
        char *text;
        size_t size;
        bool is_needed;
    } texts[] = {
        {json, "message", result->message, sizeof result->message, true},
        {allocator, "version", result->allocator_version, sizeof result->allocator_version, true},
        {allocator, "path", result->allocator_path, sizeof result->allocator_path, true},
        {allocator, "sha256", result->allocator_sha256, sizeof result->allocator_sha256, true},
        {json, "table_version", result->table_version, sizeof result->table_version, false},
        {table, "sha256", result->table_sha256, sizeof result->table_sha256, false},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts && !failed; i++)
        failed = (texts[i].is_needed ? stored_take_text : stored_take_optional_text)(
            texts[i].object, texts[i].key, texts[i].text, texts[i].size, error);
    sentence_defuse(result->allocator_version); /* stand in labels */
    sentence_defuse(result->table_version);
    return failed;
}

static int take_properties(const json_t *json, struct result *result, char *error)
{
    const json_t *table, *allocator;
    int failed = stored_take_optional_list(json, "table_properties", &table, error);
    if (!failed)
        failed = stored_take_optional_list(json, "allocator_properties", &allocator, error);
    if (failed)
        return failed;
    result->table_is_yardstick = has_word(table, "YARDSTICK");
    result->table_is_keyed = has_word(table, "KEYED");
    result->allocator_is_malloc = has_word(allocator, "IS_MALLOC");
    result->allocator_decays = has_word(allocator, "DECAYS");
    result->allocator_is_yardstick = has_word(allocator, "YARDSTICK");
    return 0;
}

/* Joined by spaces. */
static int take_settings(const json_t *json, struct result *result, char *error)
{
    const json_t *list;
    int failed = stored_take_optional_list(json, "allocator_settings", &list, error);
    if (failed)
        return failed;
    size_t used = 0;
    for (size_t i = 0; i < json_array_size(list) && !failed; i++) {
        const char *item = json_string_value(json_array_get(list, i));
        const size_t room = sizeof result->allocator_settings - used;
        if (!item || strlen(item) + 2 > room)
            return sentence_fail(error, EBADMSG, "its allocator_settings have %s",
                                 item ? "too much" : "what is no text");
        used += (size_t)snprintf(result->allocator_settings + used, room, "%s%s", used ? " " : "", item);
    }
    return failed;
}

static int take_parts(const json_t *json, struct result *result, char *error)
{
    static int (*const parts[])(const json_t *, struct result *,
                                char *) = {take_id,    take_status,    take_numbers,    take_counters,
                                           take_limit, take_libraries, take_properties, take_settings};
    int failed = stored_check_schema(json, RESULTS_SCHEMA, error);
    for (size_t i = 0; i < sizeof parts / sizeof *parts && !failed; i++)
        failed = parts[i](json, result, error);
    const json_t *context;
    if (!failed)
        failed = stored_take_object(json, "context", &context, error);
    if (!failed)
        result->context = json_incref(json_object_get(json, "context"));
    return failed;
}

int results_take_record(const char *text, size_t length, struct result *result, char *error)
{
    *result = (struct result){.status = RECORD_RUNNING};
    json_t *json = stored_parse(text, length, error);
    int failed = json ? take_parts(json, result, error) : EBADMSG;
    json_decref(json);
    return failed;
}
