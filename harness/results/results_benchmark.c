/* SPDX-License-Identifier: MIT
 *
 * benchmark.json: the records of a run in Google Benchmark's format.
 */
#include "harness/results/results_parts.h"

#include <math.h>
#include <string.h>

static json_t *benchmark_row(const struct result *r, int repetitions)
{
    double timed_ns = isnan(r->counters[COUNTER_timed_ns]) ? 0 : r->counters[COUNTER_timed_ns];
    json_t *row = json_pack("{s:s,s:s,s:s,s:i,s:i,s:I,s:i,s:f,s:f,s:s}", "name", r->id, "run_name", r->id,
                            "run_type", "iteration", "repetitions", repetitions, "repetition_index",
                            r->repetition, "threads", (json_int_t)r->cell.threads, "iterations", 1,
                            "real_time", timed_ns, "cpu_time", timed_ns, "time_unit", "ns");
    if (*r->table_version)
        json_object_set_new(row, "table_version", results_text_json(r->table_version));
    if (r->limit_found_by)
        json_object_set_new(row, "limit_found_by", json_string(limit_found_by_names[r->limit_found_by]));
    for (int i = 0; i < COUNTER_COUNT; i++)
        if (!isnan(r->counters[i]))
            json_object_set_new(row, counter_names[i], results_counter_json(r->counters[i]));
    if (r->status != RECORD_OK) {
        char message[RECORD_MESSAGE_BYTES + 16];
        snprintf(message, sizeof message, "%s: %s", record_status_names[r->status], r->message);
        json_object_set_new(row, "error_occurred", json_true());
        json_object_set_new(row, "error_message", results_text_json(message));
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
