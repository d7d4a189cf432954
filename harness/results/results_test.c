/* SPDX-License-Identifier: MIT
 *
 * The run folder: what is written comes back, what is damaged is named, and no two runs write to one folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/results/results.h"
#include "harness/testing/folder.h"
#include "tables/table.h"

static void assert_text_in_cell(const struct folder_fixture *f, const char *file, const char *expected)
{
    char path[300];
    folder_path(f, file, path, sizeof path);
    char *text = folder_read_text(path);
    if (!expected) {
        assert_null(text);
        return;
    }
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void assert_same_value(enum counter counter, double got, double expected)
{
    if (isnan(expected) ? !isnan(got) : !(fabs(got - expected) <= 1e-11 * fabs(expected)))
        fail_msg("%s is %.17g instead of %.17g", counter_names[counter], got, expected);
}

/* ---- round trips ---- */

static json_t *load_benchmark(struct folder_fixture *f);

static double value_of(int counter)
{
    static const double values[] = {0, 1, 1.0 / 3, 8388609, 0x1p52 + 1, -4096, 1e-9, 12345678.9, -9.2e18};
    return values[counter % (int)(sizeof values / sizeof *values)];
}

static void test_every_counter_comes_back(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    for (int i = 0; i < COUNTER_COUNT; i++)
        record_set(f->record, (enum counter)i, value_of(i));
    folder_write_record(f);
    folder_load(f);
    assert_int_equal(f->results.count, 1);
    for (int i = 0; i < COUNTER_COUNT; i++)
        assert_same_value((enum counter)i, f->results.items[0].counters[i], value_of(i));
}

/* Each alone: no counter stands in for another, and what is absent stays absent. */
static void test_a_counter_alone_comes_back_alone(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    for (int i = 0; i < COUNTER_COUNT; i++) {
        record_init(f->record, &folder_cell);
        f->record->status = RECORD_OK;
        record_set(f->record, (enum counter)i, 42.5);
        json_t *json = results_record_json(f->record, &f->extra);
        const json_t *counters = json_object_get(json, "counters");
        assert_int_equal(json_object_size(counters), 1);
        assert_true(json_real_value(json_object_get(counters, counter_names[i])) == 42.5);
        json_decref(json);
    }
    folder_write_record(f);
    struct result result;
    assert_true(results_find(&f->run, &folder_cell, 0, &result));
    for (int i = 0; i < COUNTER_COUNT; i++)
        assert_same_value((enum counter)i, result.counters[i], i == COUNTER_COUNT - 1 ? 42.5 : NAN);
    results_release(&result);
}

static void test_every_status_comes_back(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    for (int status = RECORD_OK; status < RECORD_STATUS_COUNT; status++) {
        f->extra.repetition = status;
        record_fail(f->record, (enum record_status)status, "message %d with \"quotes\",\nlines and \xc3\xa9",
                    status);
        folder_write_record(f);
        struct result result;
        assert_true(results_find(&f->run, &folder_cell, status, &result));
        assert_int_equal(result.status, status);
        assert_string_equal(result.message, f->record->message);
        results_release(&result);
    }
    folder_load(f);
    assert_int_equal(f->results.count, RECORD_STATUS_COUNT - 1);
    for (int i = 0; i < RECORD_STATUS_COUNT - 1; i++)
        assert_int_equal(f->results.items[i].status, i + 1);
}

static void test_everything_else_comes_back(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = f->record;
    r->cell = (struct cell){.workload = CELL_FIND,
                            .table = "rune_soa:lazy",
                            .allocator = "mine",
                            .entries = (uint64_t)1 << 40,
                            .mode = CELL_THROUGHPUT,
                            .heap = CELL_BUSY,
                            .thp = PAGE_POLICY_NEVER,
                            .growth = CELL_GROWTH_STEP | 4096,
                            .load = 875,
                            .entry_bytes = 32,
                            .reserve = CELL_DOUBLE,
                            .count = 12,
                            .threads = 1,
                            .keys = 2,
                            .rounds = 2,
                            .batch = 1,
                            .stops = 1,
                            .seed = INT64_MAX,
                            .aslr = true};
    strcpy(r->allocator_path, "/lib/libmine.so.2");
    strcpy(r->allocator_version, "2.0.9");
    strcpy(r->table_version, "20220623");
    r->table_properties = TABLE_KEYED | TABLE_YARDSTICK;
    r->allocator_properties = ALLOCATOR_YARDSTICK;
    f->extra.malloc_sha256 = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    f->extra.repetition = 12;
    folder_write_record(f);
    folder_load(f);
    const struct result *result = &f->results.items[0];
    assert_true(cell_same_row(&result->cell, &r->cell));
    assert_int_equal(result->cell.mode, CELL_THROUGHPUT);
    assert_int_equal(result->repetition, 12);
    assert_string_equal(result->allocator_path, r->allocator_path);
    assert_string_equal(result->allocator_version, "2.0.9");
    assert_string_equal(result->table_version, "20220623");
    assert_string_equal(result->allocator_sha256, f->extra.malloc_sha256);
    assert_true(result->table_is_keyed && result->table_is_yardstick && result->allocator_is_yardstick);
    assert_false(result->is_reference);
    assert_int_equal(result->budget_bytes, 1 << 30);
    assert_true(result->order == 3);
    assert_string_equal(json_string_value(json_object_get(result->context, "kernel")), "6.1");
    char id[CELL_ID_BYTES];
    assert_string_equal(result->id, cell_format_id(&r->cell, id));
    assert_int_equal(access(result->folder, F_OK), 0);
}

/* Records from before there was a table_version are read as before. */
static void test_how_a_limit_was_found_comes_back(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    json_t *json = results_record_json(f->record, &f->extra);
    assert_null(json_object_get(json, "limit_found_by"));
    assert_null(json_object_get(json, "limit_trials"));
    json_decref(json);
    struct limit_report limit = {.found_by = LIMIT_NOT_SOUGHT};
    f->extra.limit = &limit;
    json = results_record_json(f->record, &f->extra);
    assert_null(json_object_get(json, "limit_found_by"));
    json_decref(json);

    limit = (struct limit_report){.found_by = LIMIT_BISECTION,
                                  .needed_bytes = 102000,
                                  .trial_count = 2,
                                  .trials = {{102000, RECORD_OK, 1.5}, {100000, RECORD_OOM, 0.25}}};
    json = results_record_json(f->record, &f->extra);
    const json_t *trials = json_object_get(json, "limit_trials");
    assert_int_equal(json_array_size(trials), 2);
    const json_t *second = json_array_get(trials, 1);
    assert_int_equal(json_integer_value(json_object_get(second, "limit_bytes")), 100000);
    assert_string_equal(json_string_value(json_object_get(second, "status")), "OOM");
    assert_true(json_real_value(json_object_get(second, "seconds")) == 0.25);
    json_decref(json);

    static const enum limit_found_by ways[] = {LIMIT_BISECTION, LIMIT_ESTIMATE, LIMIT_NOT_SOUGHT};
    for (int i = 0; i < 3; i++) {
        limit.found_by = ways[i];
        f->extra.repetition = i;
        folder_write_record(f);
    }
    folder_load(f);
    for (int i = 0; i < 3; i++)
        assert_int_equal(f->results.items[i].limit_found_by, ways[i]);
    assert_int_equal(results_write_benchmark(f->folder, &f->results), 0);
    json = load_benchmark(f);
    const json_t *rows = json_object_get(json, "benchmarks");
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 1), "limit_found_by")),
                        "estimate");
    assert_null(json_object_get(json_array_get(rows, 2), "limit_found_by"));
    json_decref(json);
}

static void test_a_row_says_its_threads(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    f->record->cell.threads = 4;
    folder_write_record(f);
    folder_load(f);
    assert_int_equal(results_write_benchmark(f->folder, &f->results), 0);
    json_t *json = load_benchmark(f);
    const json_t *row = json_array_get(json_object_get(json, "benchmarks"), 0);
    assert_int_equal(json_integer_value(json_object_get(row, "threads")), 4);
    json_decref(json);
}

static void test_a_record_without_a_table_version(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    folder_load(f);
    assert_string_equal(f->results.items[0].table_version, "");
    char path[300];
    folder_path(f, "record.json", path, sizeof path);
    json_t *json = results_record_json(f->record, &f->extra);
    assert_int_equal(json_object_del(json, "table_version"), 0);
    assert_int_equal(json_dump_file(json, path, 0), 0);
    json_decref(json);
    folder_load(f);
    assert_string_equal(f->results.items[0].table_version, "");
}

/* What the process was given: settings of one NAME joined, once. */
static void test_settings_are_recorded_as_given(void **state)
{
    struct folder_fixture *f = *state;
    static const char *const own[] = {"MALLOC_CONF=narenas:1", NULL}, *const huge[] = {
                                                                          "MALLOC_CONF=thp:always", NULL};
    const struct allocator row = {.name = "row", .environment = own, .huge_environment = huge};
    f->extra.allocator = &row;
    f->record->cell.thp = PAGE_POLICY_ALWAYS;
    json_t *json = results_record_json(f->record, &f->extra);
    const json_t *settings = json_object_get(json, "allocator_settings");
    assert_int_equal(json_array_size(settings), 1);
    assert_string_equal(json_string_value(json_array_get(settings, 0)), "MALLOC_CONF=narenas:1,thp:always");
    json_decref(json);
}

static void test_a_lower_bound_is_marked(void **state)
{
    struct folder_fixture *f = *state;
    json_t *json = results_record_json(f->record, &f->extra);
    assert_int_equal(json_array_size(json_object_get(json, "lower_bounds")), 0);
    json_decref(json);
    f->record->peak_is_lower_bound = true;
    record_set(f->record, COUNTER_peak_rss_bytes, 1);
    record_set(f->record, COUNTER_insert_p50_ns, 1);
    record_set(f->record, COUNTER_limit_estimate_bytes, 1);
    json = results_record_json(f->record, &f->extra);
    const json_t *bounds = json_object_get(json, "lower_bounds");
    assert_int_equal(json_array_size(bounds), 2);
    assert_string_equal(json_string_value(json_array_get(bounds, 0)), "peak_rss_bytes");
    assert_string_equal(json_string_value(json_array_get(bounds, 1)), "limit_estimate_bytes");
    json_decref(json);
}

/* A library's path, its version and a child's message are not ours: whatever bytes they are, the record is
 * written. */
static void test_text_that_is_not_utf8_does_no_harm(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    strcpy(f->record->message, "\xff\xfe");
    strcpy(f->record->allocator_path, "/lib/\xff.so");
    strcpy(f->record->setup.table_library, "/lib/\xff.so");
    folder_write_record(f);
    folder_load(f);
    assert_int_equal(f->results.count, 1);
}

static void test_the_other_files(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = f->record;
    record_add_series(r, &(struct record_series_row){256, 1500000000, -4096, 8192, 1 << 20, 65536});
    record_add_growth(r,
                      &(struct record_growth_row){512, 7, 8, RECORDER_REPLACE, 9, 65536, 131072, 3, 17, 5});
    record_add_pause(r, &(struct record_pause_row){512, 70000, 80000});
    r->stops[0] = (struct record_stop_row){100, 1, 2, 3, 4, 5};
    r->stop_rows = 1;
    for (int i = 0; i < 1000; i++)
        latency_add(&r->insert, 100);
    f->extra.output = "two\nlines";
    f->extra.output_bytes = 5;
    f->extra.output_dropped_bytes = 4;
    folder_write_record(f);
    assert_text_in_cell(
        f, "series.tsv",
        "entries\tseconds\trss_bytes\tinterval_peak_rss_bytes\tvirtual_bytes\tcapacity_bytes\n"
        "256\t1.500000\t-4096\t8192\t1048576\t65536\n");
    assert_text_in_cell(f, "growth.tsv",
                        "entries\tstart_ns\tduration_ns\tkind\tresize_ns\told_bytes\tnew_bytes\tfree_"
                        "ns\ttable_faults\ttable_system_ns\n"
                        "512\t7\t8\treplace\t9\t65536\t131072\t3\t17\t5\n");
    assert_text_in_cell(f, "pauses.tsv", "entries\tstart_ns\tduration_ns\n512\t70000\t80000\n");
    assert_text_in_cell(f, "stops.tsv",
                        "entries\tfill_ns\thit_count\thit_ns\tmiss_count\tmiss_ns\n100\t1\t2\t3\t4\t5\n");
    assert_text_in_cell(f, "stderr.txt", "two\nl\n[4 bytes more were not kept]\n");
    assert_text_in_cell(f, "hit.hgrm", NULL);
    assert_text_in_cell(f, "miss.hgrm", NULL);
    char path[300];
    folder_path(f, "latency.hgrm", path, sizeof path);
    char *text = folder_read_text(path);
    assert_non_null(text);
    assert_non_null(strstr(text, "0.050")); /* 100 ticks of half a nanosecond, in microseconds */
    assert_non_null(strstr(text, "1000"));
    free(text);
}

static void test_a_record_is_replaced_whole(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    record_set(f->record, COUNTER_entries, 1);
    folder_write_record(f);
    record_set(f->record, COUNTER_entries, 2);
    folder_write_record(f);
    folder_load(f);
    assert_int_equal(f->results.count, 1);
    assert_true(f->results.items[0].counters[COUNTER_entries] == 2);
}

static void test_results_are_sorted(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    static const char *const tables[] = {"c", "a", "b"};
    static const int repetitions[] = {10, 2, 0, 1};
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < 4; i++) {
            strcpy(f->record->cell.table, tables[t]);
            f->extra.repetition = repetitions[i];
            folder_write_record(f);
        }
    folder_load(f);
    assert_int_equal(f->results.count, 12);
    static const int sorted[] = {0, 1, 2, 10};
    for (int i = 0; i < 12; i++) {
        assert_int_equal(f->results.items[i].cell.table[0], 'a' + i / 4);
        assert_int_equal(f->results.items[i].repetition, sorted[i % 4]);
    }
}

static void test_what_was_not_run_is_not_found(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    struct result result;
    assert_false(results_find(&f->run, &folder_cell, 1, &result));
    struct cell other = folder_cell;
    other.mode = CELL_THROUGHPUT;
    assert_false(results_find(&f->run, &other, 0, &result));
}

/* On disk '_' stands for '/', so two cells can have one folder. The matrix refuses such names in one run; a
 * record that another run left there must not pass for this cell's. */
static void test_a_record_of_a_cell_with_the_same_folder_is_not_found(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct cell a = folder_cell, b = folder_cell;
    strcpy(a.table, "array");
    strcpy(a.allocator, "my_mremap");
    strcpy(b.table, "array_my");
    strcpy(b.allocator, "mremap");
    f->record->cell = a;
    folder_write_record(f);
    struct result result;
    const bool found = results_find(&f->run, &b, 0, &result);
    if (found)
        results_release(&result);
    assert_false(found);
    assert_true(results_find(&f->run, &a, 0, &result));
    results_release(&result);
}

/* As deep as --out allows, with the longest names. */
static void test_a_long_path_loses_nothing(void **state)
{
    struct folder_fixture *f = *state;
    char folder[RESULTS_PATH_BYTES];
    int length = snprintf(folder, sizeof folder, "%s", f->base);
    while (length < 600)
        length += snprintf(folder + length, sizeof folder - (size_t)length, "/%.*s",
                           620 - length < 50 ? 620 - length : 50,
                           "dddddddddddddddddddddddddddddddddddddddddddddddddddd");
    assert_int_equal(results_open(&f->run, folder, false, f->error), 0);
    memset(f->record->cell.table, 't', CELL_NAME_BYTES - 1);
    memset(f->record->cell.allocator, 'a', CELL_NAME_BYTES - 1);
    folder_write_record(f);
    assert_int_equal(results_load(folder, &f->results, f->error), 0);
    assert_int_equal(f->results.count, 1);
}

/* Longer ones are refused whole, never cut. */
static void test_a_path_that_is_too_long(void **state)
{
    struct folder_fixture *f = *state;
    char folder[2 * RESULTS_PATH_BYTES];
    int length = snprintf(folder, sizeof folder, "%s", f->base);
    while (length < RESULTS_PATH_BYTES)
        length += sprintf(folder + length, "/dddddddddddddddddddddddddddddd");
    assert_int_equal(results_open(&f->run, folder, false, f->error), ENAMETOOLONG);
    assert_int_not_equal(results_load(folder, &f->results, f->error), 0);
    assert_int_equal(rmdir(f->base), 0); /* nothing was made */
}

/* ---- damage ---- */

/* Replaces record.json by `text`; then the folder cannot be loaded, and the sentence has the file's path. */
static void assert_damaged(struct folder_fixture *f, const char *text, size_t length)
{
    char path[300];
    folder_path(f, "record.json", path, sizeof path);
    folder_write_text(path, text, length);
    results_free(&f->results);
    *f->error = 0;
    const int error = results_load(f->folder, &f->results, f->error);
    if (error != EBADMSG)
        fail_msg("error %d for a record.json of '%.*s'", error, (int)length, text);
    if (!strstr(f->error, path))
        fail_msg("the path is not in: %s", f->error);
    assert_int_equal(f->results.count, 0);
    struct result result;
    assert_false(results_find(&f->run, &folder_cell, 0, &result));
}

static void test_a_truncated_record_is_damaged(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    record_set(f->record, COUNTER_entries, 1000);
    folder_write_record(f);
    char path[300];
    folder_path(f, "record.json", path, sizeof path);
    char *text = folder_read_text(path);
    const size_t length = strlen(text);
    for (size_t kept = 0; kept + 2 < length; kept += kept < 20 ? 1 : 17) /* the last two are "}\n" */
        assert_damaged(f, text, kept);
    folder_write_text(path, text, length); /* whole again */
    free(text);
    folder_load(f);
    assert_int_equal(f->results.count, 1);
}

static void test_what_is_no_record_is_damaged(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    static const char *const texts[] = {"",
                                        "\n",
                                        "{}",
                                        "[]",
                                        "null",
                                        "42",
                                        "\"schema\"",
                                        "{\"schema\": 2}",
                                        "{\"schema\": 1}",
                                        "not json",
                                        "{\"schema\": 1, \"schema\": 1}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_damaged(f, texts[i], strlen(texts[i]));
}

/* A record with one key taken away or changed. NULL: taken away. */
static void test_a_record_without_its_parts_is_damaged(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    static const struct {
        const char *key, *json;
    } changes[] = {
        {"schema", "7"},
        {"schema", NULL},
        {"id", "\"fill\""},
        {"id", NULL},
        {"id", "7"},
        {"status", "\"RUNNING\""},
        {"status", "\"GOOD\""},
        {"status", NULL},
        {"counters", NULL},
        {"counters", "[]"},
        {"context", NULL},
        {"repetition", NULL},
        {"repetition", "\"0\""},
        {"message", NULL},
        {"message", "7"},
        {"allocator_library", NULL},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        json_t *json = results_record_json(f->record, &f->extra);
        if (changes[i].json)
            json_object_set_new(json, changes[i].key, json_loads(changes[i].json, JSON_DECODE_ANY, NULL));
        else
            json_object_del(json, changes[i].key);
        char *text = json_dumps(json, 0);
        assert_damaged(f, text, strlen(text));
        free(text);
        json_decref(json);
    }
}

/* A record that was copied here from another cell's or repetition's folder would count twice. */
static void test_a_record_in_the_wrong_folder_is_damaged(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    struct cell cell = folder_cell;
    cell.entries = 2000;
    f->record->cell = cell;
    json_t *json = results_record_json(f->record, &f->extra);
    char *text = json_dumps(json, 0);
    assert_damaged(f, text, strlen(text));
    free(text);
    json_decref(json);
}

static void test_a_repetition_without_a_record_did_not_happen(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    char path[300];
    folder_path(f, "record.json", path, sizeof path);
    assert_int_equal(unlink(path), 0);
    folder_load(f);
    assert_int_equal(f->results.count, 0);
    struct result result;
    assert_false(results_find(&f->run, &folder_cell, 0, &result));
}

static void test_a_folder_without_a_run(void **state)
{
    struct folder_fixture *f = *state;
    assert_int_equal(results_load(f->base, &f->results, f->error), ENOENT);
    assert_non_null(strstr(f->error, f->base));
    assert_int_equal(results_load("/no/such/folder", &f->results, f->error), ENOENT);
    assert_non_null(strstr(f->error, "/no/such/folder"));
}

/* ---- opening ---- */

static void test_a_folder_is_opened_once(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct results_run second;
    assert_int_equal(results_open(&second, f->folder, false, f->error), EWOULDBLOCK);
    assert_non_null(strstr(f->error, f->folder));
    assert_true(second.lock_fd < 0);
    results_close(&f->run);
    assert_int_equal(results_open(&second, f->folder, false, f->error), 0);
    results_close(&second);
}

/* The lock is the kernel's: it goes with the process that had it, however that ended. */
static void test_the_lock_of_a_killed_process_is_gone(void **state)
{
    struct folder_fixture *f = *state;
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (!child) {
        char byte = results_open(&f->run, f->folder, false, f->error) ? 'x' : 'k';
        if (write(ready[1], &byte, 1) == 1)
            pause();
        _exit(0);
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    struct results_run second;
    const int while_locked = results_open(&second, f->folder, true, f->error);
    const int while_locked_new = results_open(&second, f->folder, false, f->error);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(byte, 'k');
    assert_int_equal(while_locked, ENOENT); /* there is no run yet to resume */
    assert_int_equal(while_locked_new, EWOULDBLOCK);
    folder_open(f);
}

static void test_a_run_is_not_overwritten(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    struct results_run second;
    assert_int_equal(results_open(&second, f->folder, true, f->error), EWOULDBLOCK);
    results_close(&f->run);
    assert_int_equal(results_open(&second, f->folder, false, f->error), EEXIST);
    assert_non_null(strstr(f->error, f->folder));
    assert_non_null(strstr(f->error, "--resume"));
    assert_true(second.lock_fd < 0);
    assert_int_equal(results_open(&f->run, f->folder, true, f->error), 0);
    folder_load(f);
    assert_int_equal(f->results.count, 1);
}

/* Interrupted before its first record. */
static void test_a_run_without_a_cell_can_be_resumed(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    json_t *json = json_object();
    assert_int_equal(results_write_json(f->folder, "run.json", json), 0);
    json_decref(json);
    results_close(&f->run);
    struct results_run second;
    assert_int_equal(results_open(&second, f->folder, false, f->error), EEXIST);
    assert_int_equal(results_open(&f->run, f->folder, true, f->error), 0);
    folder_load(f);
    assert_int_equal(f->results.count, 0);
}

static void test_there_is_nothing_to_resume(void **state)
{
    struct folder_fixture *f = *state;
    assert_int_equal(results_open(&f->run, f->folder, true, f->error), ENOENT);
    assert_non_null(strstr(f->error, f->folder));
    assert_int_equal(access(f->folder, F_OK), -1); /* nor was it made */
    assert_int_equal(mkdir(f->folder, 0777), 0);
    assert_int_equal(results_open(&f->run, f->folder, true, f->error), ENOENT);
}

/* The tests may run as root, whom no permission stops: files in the way, and a file system that takes
 * nothing. */
static void test_a_folder_that_cannot_be_written(void **state)
{
    struct folder_fixture *f = *state;
    char path[160];
    folder_write_text(f->folder, "x", 1);
    assert_int_not_equal(results_open(&f->run, f->folder, false, f->error), 0);
    assert_non_null(strstr(f->error, f->folder));
    snprintf(path, sizeof path, "%s/deeper", f->folder);
    assert_int_not_equal(results_open(&f->run, path, false, f->error), 0);
    assert_int_not_equal(results_open(&f->run, "/proc/growbench", false, f->error), 0);
    assert_non_null(strstr(f->error, "/proc/growbench"));
    assert_int_not_equal(results_open(&f->run, "/dev/full", false, f->error), 0);
    assert_true(f->run.lock_fd < 0);
}

static void test_a_cell_that_cannot_be_written(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    char path[160];
    snprintf(path, sizeof path, "%s/cells", f->folder);
    folder_write_text(path, "x", 1);
    assert_int_not_equal(results_write(&f->run, f->record, &f->extra), 0);
}

/* ---- what is derived ---- */

static json_t *load_benchmark(struct folder_fixture *f)
{
    folder_load(f);
    assert_int_equal(results_write_benchmark(f->folder, &f->results), 0);
    char path[160];
    snprintf(path, sizeof path, "%s/benchmark.json", f->folder);
    json_error_t where;
    json_t *json = json_load_file(path, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        fail_msg("benchmark.json: %s", where.text);
    return json;
}

static void test_benchmark_json(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    strcpy(f->record->table_version, "1.2");
    record_set(f->record, COUNTER_entries, 1000);
    record_set(f->record, COUNTER_peak_rss_bytes, 17592186044417.0); /* 16 TiB and a byte */
    record_set(f->record, COUNTER_insert_max_ns, 12.5);
    folder_write_record(f);
    f->extra.repetition = 1;
    record_fail(f->record, RECORD_OOM, "refused 4096 bytes at 900 of 1000 entries");
    record_set(f->record, COUNTER_entries, 900);
    folder_write_record(f);
    json_t *json = load_benchmark(f);
    const json_t *context = json_object_get(json, "context"), *rows = json_object_get(json, "benchmarks");
    assert_int_equal(json_integer_value(json_object_get(context, "cpu_count")), 4);
    assert_true(json_is_object(json_object_get(context, "allocator_mremap")));
    assert_int_equal(json_array_size(rows), 2);
    for (int i = 0; i < 2; i++) {
        const json_t *row = json_array_get(rows, (size_t)i);
        assert_string_equal(json_string_value(json_object_get(row, "name")),
                            "fill/array/mremap/entries:1000/mode:latency");
        assert_string_equal(json_string_value(json_object_get(row, "run_type")), "iteration");
        assert_string_equal(json_string_value(json_object_get(row, "table_version")), "1.2");
        assert_string_equal(json_string_value(json_object_get(row, "time_unit")), "ns");
        assert_int_equal(json_integer_value(json_object_get(row, "repetition_index")), i);
        assert_int_equal(json_integer_value(json_object_get(row, "repetitions")), 2);
        assert_int_equal(json_integer_value(json_object_get(row, "iterations")), 1);
        assert_true(json_number_value(json_object_get(row, "entries")) == (i ? 900 : 1000));
        assert_true(json_number_value(json_object_get(row, "peak_rss_bytes")) == 17592186044417.0);
        assert_true(json_number_value(json_object_get(row, "insert_max_ns")) == 12.5);
        assert_null(json_object_get(row, "items_per_second"));
    }
    const json_t *fine = json_array_get(rows, 0), *failed = json_array_get(rows, 1);
    assert_null(json_object_get(fine, "error_occurred"));
    assert_null(json_object_get(fine, "error_message"));
    assert_true(json_is_true(json_object_get(failed, "error_occurred")));
    assert_string_equal(json_string_value(json_object_get(failed, "error_message")),
                        "OOM: refused 4096 bytes at 900 of 1000 entries");
    json_decref(json);
}

/* real_time is the time of the operations that items_per_second counts: for find those are the look-ups. */
static void test_real_time(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = f->record;
    r->start_rss_bytes = 1;
    r->is_measuring = r->peaks_are_exact = 1;
    r->cell.mode = CELL_THROUGHPUT;
    r->entries_done = r->timed_operations = 1000;
    r->operation_ns = 50000;
    record_finish(r);
    folder_write_record(f);
    r->cell.workload = CELL_FIND;
    r->find_count[0] = r->find_count[1] = 1000;
    r->find_ns[0] = r->find_ns[1] = 30000;
    record_finish(r);
    folder_write_record(f);
    json_t *json = load_benchmark(f);
    const json_t *rows = json_object_get(json, "benchmarks");
    const double fill_ns = json_number_value(json_object_get(json_array_get(rows, 0), "real_time"));
    const double find_ns = json_number_value(json_object_get(json_array_get(rows, 1), "real_time"));
    json_decref(json);
    assert_true(fabs(fill_ns - 50000) < 1);
    assert_true(fabs(find_ns - 60000) < 1);
}

static void test_benchmark_json_of_nothing(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    assert_int_equal(results_write_benchmark(f->folder, &f->results), 0);
    char path[160];
    snprintf(path, sizeof path, "%s/benchmark.json", f->folder);
    json_t *json = json_load_file(path, 0, NULL);
    assert_int_equal(json_array_size(json_object_get(json, "benchmarks")), 0);
    json_decref(json);
}

static int look_for_partial(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return strstr(path, ".partial") != NULL;
}

static void test_nothing_partial_is_left(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    json_decref(load_benchmark(f));
    assert_int_equal(nftw(f->base, look_for_partial, 16, FTW_PHYS), 0);
    /* Nor after a failure: a folder stands where the file should go. */
    char path[160];
    snprintf(path, sizeof path, "%s/in-the-way.json", f->folder);
    assert_int_equal(mkdir(path, 0777), 0);
    json_t *json = json_object();
    assert_int_not_equal(results_write_json(f->folder, "in-the-way.json", json), 0);
    json_decref(json);
    assert_int_equal(nftw(f->base, look_for_partial, 16, FTW_PHYS), 0);
}

static void add_value(struct folder_fixture *f, const struct cell *cell, enum record_status status,
                      double value)
{
    record_init(f->record, cell);
    f->record->status = status;
    record_set(f->record, COUNTER_insert_max_ns, value);
    folder_write_record(f);
    f->extra.repetition++;
}

static void test_medians(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct cell other_mode = folder_cell, other_seed = folder_cell;
    other_mode.mode = CELL_THROUGHPUT;
    other_seed.seed = 2;
    add_value(f, &folder_cell, RECORD_OK, 9);
    add_value(f, &folder_cell, RECORD_OK, 2);
    add_value(f, &folder_cell, RECORD_OOM, 1000);
    add_value(f, &folder_cell, RECORD_OK, NAN);
    add_value(f, &other_mode, RECORD_OK, 500);
    add_value(f, &other_seed, RECORD_OK, 600);
    add_value(f, &folder_cell, RECORD_OK, 4);
    folder_load(f);
    double spread;
    assert_true(results_median(&f->results, &folder_cell, COUNTER_insert_max_ns, &spread) == 4);
    assert_true(spread == (9.0 - 2) / 4);
    assert_true(results_median(&f->results, &other_mode, COUNTER_insert_max_ns, NULL) == 500);
    assert_true(isnan(results_median(&f->results, &folder_cell, COUNTER_entries, &spread)));
    assert_true(isnan(spread));
    add_value(f, &folder_cell, RECORD_OK, 6);
    folder_load(f);
    assert_true(results_median(&f->results, &folder_cell, COUNTER_insert_max_ns, &spread) == 5); /* of four */
    const struct cell not_there = {.table = "paged", .allocator = "mremap", .entries = 1000, .seed = 1};
    assert_true(isnan(results_median(&f->results, &not_there, COUNTER_insert_max_ns, NULL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_every_counter_comes_back),
        FOLDER_TEST(test_a_counter_alone_comes_back_alone),
        FOLDER_TEST(test_every_status_comes_back),
        FOLDER_TEST(test_everything_else_comes_back),
        FOLDER_TEST(test_how_a_limit_was_found_comes_back),
        FOLDER_TEST(test_a_row_says_its_threads),
        FOLDER_TEST(test_a_record_without_a_table_version),
        FOLDER_TEST(test_settings_are_recorded_as_given),
        FOLDER_TEST(test_a_lower_bound_is_marked),
        FOLDER_TEST(test_text_that_is_not_utf8_does_no_harm),
        FOLDER_TEST(test_the_other_files),
        FOLDER_TEST(test_a_record_is_replaced_whole),
        FOLDER_TEST(test_results_are_sorted),
        FOLDER_TEST(test_what_was_not_run_is_not_found),
        FOLDER_TEST(test_a_record_of_a_cell_with_the_same_folder_is_not_found),
        FOLDER_TEST(test_a_long_path_loses_nothing),
        FOLDER_TEST(test_a_path_that_is_too_long),
        FOLDER_TEST(test_a_truncated_record_is_damaged),
        FOLDER_TEST(test_what_is_no_record_is_damaged),
        FOLDER_TEST(test_a_record_without_its_parts_is_damaged),
        FOLDER_TEST(test_a_record_in_the_wrong_folder_is_damaged),
        FOLDER_TEST(test_a_repetition_without_a_record_did_not_happen),
        FOLDER_TEST(test_a_folder_without_a_run),
        FOLDER_TEST(test_a_folder_is_opened_once),
        FOLDER_TEST(test_the_lock_of_a_killed_process_is_gone),
        FOLDER_TEST(test_a_run_is_not_overwritten),
        FOLDER_TEST(test_a_run_without_a_cell_can_be_resumed),
        FOLDER_TEST(test_there_is_nothing_to_resume),
        FOLDER_TEST(test_a_folder_that_cannot_be_written),
        FOLDER_TEST(test_a_cell_that_cannot_be_written),
        FOLDER_TEST(test_benchmark_json),
        FOLDER_TEST(test_real_time),
        FOLDER_TEST(test_benchmark_json_of_nothing),
        FOLDER_TEST(test_nothing_partial_is_left),
        FOLDER_TEST(test_medians),
    };
    return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
