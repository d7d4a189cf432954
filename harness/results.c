/* SPDX-License-Identifier: MIT */
#include "harness/results_parts.h"

#include "harness/files.h"
#include "harness/statistics.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* ---- the folder ---- */

void results_join(char *path, size_t size, const char *folder, const char *name)
{
    int length = snprintf(path, size, "%s/%s", folder, name);
    assert(length >= 0 && (size_t)length < size);
}

bool results_holds_run(const char *folder)
{
    char path[RESULTS_PATH_BYTES];
    results_join(path, sizeof path, folder, "run.json");
    if (!access(path, F_OK))
        return true;
    results_join(path, sizeof path, folder, "cells");
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
    if (resume && !results_holds_run(folder))
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
    if (!resume && results_holds_run(folder)) {
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

void results_cell_folder(char *path, size_t size, const char *folder, const struct cell *cell, int repetition)
{
    char name[CELL_ID_BYTES], inner[CELL_ID_BYTES + 32];
    snprintf(inner, sizeof inner, "cells/%s/%d", cell_format_folder(cell, name), repetition);
    results_join(path, size, folder, inner);
}

/* ---- derived ---- */

static json_t *benchmark_row(const struct result *r, int repetitions)
{
    double timed_ns = isnan(r->counters[COUNTER_timed_ns]) ? 0 : r->counters[COUNTER_timed_ns];
    json_t *row =
        json_pack("{s:s,s:s,s:s,s:i,s:i,s:i,s:i,s:f,s:f,s:s}", "name", r->id, "run_name", r->id, "run_type",
                  "iteration", "repetitions", repetitions, "repetition_index", r->repetition, "threads", 1,
                  "iterations", 1, "real_time", timed_ns, "cpu_time", timed_ns, "time_unit", "ns");
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

enum counter results_memory_counter(bool table_is_yardstick)
{
    return table_is_yardstick ? COUNTER_peak_rss_ratio : COUNTER_worst_rss_ratio;
}

struct results_range results_range(const struct results *results, const struct cell *cell,
                                   enum counter counter)
{
    double values[1000];
    struct results_range range = {0, NAN, NAN, NAN};
    for (size_t i = 0; i < results->count && range.count < 1000; i++) {
        const struct result *r = &results->items[i];
        if (cell_same_row(&r->cell, cell) && r->cell.mode == cell->mode && r->status == RECORD_OK &&
            !isnan(r->counters[counter]))
            values[range.count++] = r->counters[counter];
    }
    if (!range.count)
        return range;
    range.median = statistics_median(values, range.count); /* sorts them */
    range.low = values[0];
    range.high = values[range.count - 1];
    return range;
}

double results_median(const struct results *results, const struct cell *cell, enum counter counter,
                      double *spread)
{
    struct results_range range = results_range(results, cell, counter);
    if (spread)
        *spread = range.median > 0 ? (range.high - range.low) / range.median : range.count ? 0 : NAN;
    return range.median;
}

double results_joined_median(const struct results *results, const struct cell *cell, enum counter counter)
{
    struct cell throughput = *cell, latency = *cell;
    throughput.mode = CELL_THROUGHPUT;
    latency.mode = CELL_LATENCY;
    return fmax(results_median(results, &throughput, counter, NULL),
                results_median(results, &latency, counter, NULL));
}

double results_limit_bytes(const struct results *results, const struct cell *cell, bool *is_estimate)
{
    double found_bytes = NAN, estimate_bytes = NAN;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!cell_same_row(&r->cell, cell) || r->status != RECORD_OK)
            continue;
        if (r->limit_found_by == LIMIT_BISECTION)
            found_bytes = fmax(found_bytes, r->counters[COUNTER_limit_needed_bytes]);
        estimate_bytes = fmax(estimate_bytes, r->counters[COUNTER_limit_estimate_bytes]);
    }
    *is_estimate = isnan(found_bytes);
    return isnan(found_bytes) ? estimate_bytes : found_bytes;
}
