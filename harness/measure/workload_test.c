/* SPDX-License-Identifier: MIT
 *
 * Whole cells in this process, from opening the allocator to destroying the table: the figures that the
 * contract promises for each workload and mode are there, right where they can be known, and no others.
 *
 * GROWBENCH_TEST_LOSES names a table library that loses a key (tables/testing/faulty.c, -DFAULT_LOSES_KEY).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/testing/cells.h"
#include "tables/table.h"

/* One more than a power of two, so that the last insert grows an array; and no multiple of a batch. */
enum { ENTRIES = (1 << 17) + 1 };

static void assert_presence(const struct record *r, enum counter counter, bool present)
{
    cells_assert_presence(r, &counter, 1, present);
}

static void check_counters(const struct record *r)
{
    static const enum counter always[] = {COUNTER_entries,
                                          COUNTER_payload_bytes,
                                          COUNTER_start_rss_bytes,
                                          COUNTER_peak_rss_bytes,
                                          COUNTER_peak_rss_ratio,
                                          COUNTER_end_rss_bytes,
                                          COUNTER_peak_virtual_bytes,
                                          COUNTER_page_table_bytes,
                                          COUNTER_minor_faults,
                                          COUNTER_major_faults,
                                          COUNTER_growth_count,
                                          COUNTER_growth_total_ns,
                                          COUNTER_resize_max_ns,
                                          COUNTER_base_moves,
                                          COUNTER_base_moved_bytes,
                                          COUNTER_moves_per_entry,
                                          COUNTER_mremap_count,
                                          COUNTER_timer_overhead_ns,
                                          COUNTER_destroy_ns,
                                          COUNTER_interval_count,
                                          COUNTER_huge_page_bytes};
    static const enum counter inserts_timed[] = {
        COUNTER_insert_p50_ns,         COUNTER_insert_p99_ns,           COUNTER_insert_p999_ns,
        COUNTER_insert_max_ns,         COUNTER_insert_over_1ms_count,   COUNTER_growth_max_ns,
        COUNTER_utilisation_1ms_ratio, COUNTER_utilisation_100ms_ratio, COUNTER_slow_operations_ratio};
    static const enum counter finds_timed[] = {COUNTER_hit_p50_ns,  COUNTER_hit_p99_ns,  COUNTER_hit_max_ns,
                                               COUNTER_miss_p50_ns, COUNTER_miss_p99_ns, COUNTER_miss_max_ns};
    static const enum counter find_rates[] = {COUNTER_hit_items_per_second, COUNTER_miss_items_per_second};
    const bool latency = r->cell.mode == CELL_LATENCY, find = r->cell.workload == CELL_FIND;
    cells_assert_presence(r, always, sizeof always / sizeof *always, true);
    cells_assert_presence(r, inserts_timed, sizeof inserts_timed / sizeof *inserts_timed, latency && !find);
    cells_assert_presence(r, finds_timed, sizeof finds_timed / sizeof *finds_timed, latency && find);
    cells_assert_presence(r, find_rates, 2, !latency && find);
    assert_presence(r, COUNTER_items_per_second, !latency);
    assert_presence(r, COUNTER_hiccup_max_ns, false);   /* the parent's */
    assert_presence(r, COUNTER_worst_rss_ratio, false); /* from 2^20 entries on */
    assert_presence(r, COUNTER_growth_overlap_ratio, false);
}

static void check_figures(const struct record *r)
{
    const uint64_t entries = r->cell.entries;
    assert_true(cells_get(r, COUNTER_entries) == (double)entries);
    assert_true(cells_get(r, COUNTER_payload_bytes) == 16.0 * (double)entries);
    assert_true(cells_get(r, COUNTER_growth_count) >= 2);
    assert_true(cells_get(r, COUNTER_growth_total_ns) > 0);
    assert_true(cells_get(r, COUNTER_growth_total_ns) <= (double)r->elapsed_ns);
    assert_true(cells_get(r, COUNTER_interval_count) == (double)r->series_count);
    assert_true(r->series[r->series_count - 1].entries == entries);
    assert_true(r->tracked_entries == 4096);
    assert_true(r->growth_rows ==
                (uint64_t)cells_get(r, COUNTER_growth_count)); /* one block: one event a growth */
    assert_true(r->start_rss_bytes > 0);
    if (r->cell.workload == CELL_FIND) {
        assert_true(r->find_count[0] == entries && r->find_count[1] == entries);
        assert_true(r->operations_done == 3 * entries);
    } else {
        assert_true(r->operations_done == entries);
    }
    if (!isnan(cells_get(r, COUNTER_insert_p50_ns))) {
        assert_true(r->insert.count == entries);
        assert_true(cells_get(r, COUNTER_insert_p50_ns) <= cells_get(r, COUNTER_insert_p99_ns));
        assert_true(cells_get(r, COUNTER_insert_p99_ns) <= cells_get(r, COUNTER_insert_p999_ns));
        assert_true(cells_get(r, COUNTER_insert_p999_ns) <= cells_get(r, COUNTER_insert_max_ns));
        assert_true(cells_get(r, COUNTER_growth_max_ns) <= cells_get(r, COUNTER_insert_max_ns));
        assert_true(cells_get(r, COUNTER_insert_max_ns) <= (double)r->elapsed_ns);
        assert_true(cells_get(r, COUNTER_resize_max_ns) <= cells_get(r, COUNTER_growth_max_ns));
        assert_true(r->insert.total_ticks * r->setup.ns_per_tick <= (double)r->elapsed_ns);
    }
    if (!isnan(cells_get(r, COUNTER_hit_p50_ns)))
        assert_true(r->hit.count == entries && r->miss.count == entries);
}

/* What the table held right after an insert. */
static uint64_t capacity_after(const struct record *r, uint64_t entries)
{
    uint64_t capacity_bytes = 0;
    for (uint64_t i = 0; i < r->series_count; i++)
        if (r->series[i].entries == entries)
            capacity_bytes = r->series[i].capacity_bytes;
    return capacity_bytes;
}

/* Rows come in the order of time, and no interval is longer than 1/64 of the entries (or 256, and a batch).
 */
static void check_rows(const struct record *r)
{
    for (uint64_t i = 0; i < r->series_count; i++) {
        const struct record_series_row *row = &r->series[i];
        const uint64_t before = i ? row[-1].entries : 0, before_ns = i ? row[-1].time_ns : 0;
        assert_true(row->entries >= before && row->time_ns >= before_ns);
        assert_true(row->entries - before <= (before / 64 > 256 ? before / 64 : 256) + 32);
        assert_true(row->interval_peak_rss_bytes >= row->rss_bytes || i == 0);
    }
    uint64_t total_ns = 0;
    for (uint64_t i = 0; i < r->growth_rows; i++) {
        const struct record_growth_row *row = &r->growth[i];
        assert_true(row->resize_ns <= row->duration_ns);
        assert_true(!i || row->start_ns >= row[-1].start_ns + row[-1].duration_ns);
        assert_true(row->kind == RECORDER_ADD || row->new_bytes > row->old_bytes);
        assert_int_equal(capacity_after(r, row->entries), row->new_bytes); /* a table of one block */
        total_ns += row->duration_ns;
    }
    assert_true(total_ns == r->growth_total_ns);
    for (uint64_t i = 1; i < r->pause_rows; i++)
        assert_true(r->pauses[i].start_ns >= r->pauses[i - 1].start_ns + r->pauses[i - 1].duration_ns);
}

static void check_cells(struct cells_fixture *f, const char *table)
{
    static const char *const allocators[] = {"glibc", "null", "mremap", "copying"};
    for (int a = 0; a < 4; a++)
        for (int w = 0; w <= CELL_FIND; w++)
            for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
                struct cell cell = {CELL_STANDING, .workload = (enum cell_workload)w, .entries = ENTRIES,
                                    .mode = (enum cell_mode)m, .seed = 7};
                strcpy(cell.table, table);
                strcpy(cell.allocator, allocators[a]);
                const struct record *r = cells_run_fine(f, &cell);
                check_counters(r);
                check_figures(r);
                check_rows(r);
            }
}

static void test_array(void **state)
{
    check_cells(*state, "array");
}

static void test_linear_rebuild(void **state)
{
    check_cells(*state, "linear_rebuild");
}

static void test_linear_inplace(void **state)
{
    check_cells(*state, "linear_inplace");
}

static void test_moves(void **state)
{
    struct cells_fixture *f = *state;
    static const struct {
        const char *table, *allocator;
        bool moves;
    } rows[] = {
        {"array", "mremap", false}, {"linear_inplace", "mremap", false}, {"linear_rebuild", "mremap", true},
        {"array", "copying", true}, {"linear_inplace", "copying", true}, {"linear_rebuild", "copying", true},
        {"array", "null", false}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            struct cell cell = {CELL_STANDING, .entries = ENTRIES, .mode = (enum cell_mode)m, .seed = 1};
            strcpy(cell.table, rows[i].table);
            strcpy(cell.allocator, rows[i].allocator);
            const struct record *r = cells_run_fine(f, &cell);
            /* Blocks of 64 KiB to 1 MiB were replaced by ones twice as large, up to 2 or 4 MiB. */
            const uint64_t last_bytes = r->growth[r->growth_rows - 1].new_bytes;
            const uint64_t moves = rows[i].moves ? (uint64_t)__builtin_ctzll(last_bytes >> 16) : 0;
            assert_true(cells_get(r, COUNTER_base_moves) == (double)moves);
            assert_true(cells_get(r, COUNTER_base_moved_bytes) ==
                        (double)(moves ? last_bytes - (64 << 10) : 0));
        }
}

/* The address of an array's entry changes when its block moves. Below 64 KiB it may move under any allocator,
 * which is seen once at most, when the block gets there; 4,096 entries are in it then. */
static void test_moves_of_entries(void **state)
{
    struct cells_fixture *f = *state;
    enum { TRACKED = 4096, STEP = ENTRIES / 2 / TRACKED, EARLY = 4096 / STEP };
    struct cell cell = {CELL_STANDING,      .table = "array",     .allocator = "mremap",
                        .entries = ENTRIES, .mode = CELL_LATENCY, .seed = 1};
    assert_true(cells_get(cells_run_fine(f, &cell), COUNTER_moves_per_entry) <= (double)EARLY / TRACKED);
    strcpy(cell.allocator, "copying");
    const struct record *r = cells_run_fine(f, &cell);
    uint64_t expected = 0;
    for (uint64_t i = 0; i < r->growth_rows; i++)
        for (uint64_t t = 0; r->growth[i].kind == RECORDER_MOVE && t < TRACKED; t++)
            expected += t * STEP < r->growth[i].entries - 1; /* there before this insert */
    assert_true(expected > TRACKED);
    assert_in_range(r->tracked_moves, expected, expected + EARLY);
    assert_true(cells_get(r, COUNTER_moves_per_entry) == (double)r->tracked_moves / TRACKED);
}

static void test_other_seeds_and_heaps(void **state)
{
    struct cells_fixture *f = *state;
    static const char *const tables[] = {"array", "linear_rebuild", "linear_inplace"};
    for (int t = 0; t < 3; t++)
        for (int h = CELL_WARM; h <= CELL_BUSY; h++) {
            struct cell cell = {CELL_STANDING,
                                .workload = CELL_FIND,
                                .allocator = "glibc",
                                .entries = 50000,
                                .mode = CELL_THROUGHPUT,
                                .heap = (enum cell_heap)h,
                                .seed = 12345678901234567};
            strcpy(cell.table, tables[t]);
            assert_true(cells_get(cells_run_fine(f, &cell), COUNTER_entries) == 50000);
        }
}

/* The smallest runs: no batch, no interval, no tracked entry need fit. */
static void test_tiny_runs(void **state)
{
    struct cells_fixture *f = *state;
    static const char *const tables[] = {"array", "linear_rebuild", "linear_inplace"};
    static const uint64_t sizes[] = {1, 2, 31, 32, 33, 255, 257, 8191, 8192, 8193};
    for (int t = 0; t < 3; t++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int w = 0; w <= CELL_FIND; w++)
                for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
                    struct cell cell = {
                        CELL_STANDING,       .workload = (enum cell_workload)w, .allocator = "glibc",
                        .entries = sizes[s], .mode = (enum cell_mode)m,         .seed = 3};
                    strcpy(cell.table, tables[t]);
                    const struct record *r = cells_run_fine(f, &cell);
                    assert_true(cells_get(r, COUNTER_entries) == (double)sizes[s]);
                    assert_true(r->series[r->series_count - 1].entries == sizes[s]);
                    if (m == CELL_LATENCY && w == CELL_FILL)
                        assert_true(r->insert.count == sizes[s]);
                }
}

/* Each stop has its row, at the sizes of a sweep, and nothing else changes for it: the last is what a find has. */
static void test_stops(void **state)
{
    struct cells_fixture *f = *state;
    const uint64_t half = 17834;
    for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++)
        for (uint64_t stops = 1; stops <= 8; stops *= 8) {
            struct cell cell =
                cells_cell(CELL_FIND, "linear_inplace", "mremap", 2 * half + 1, (enum cell_mode)m);
            cell.stops = stops;
            const struct record *r = cells_run_fine(f, &cell);
            assert_int_equal(r->stop_rows, stops);
            uint64_t hit_count = 0, miss_count = 0, hit_ns = 0, miss_ns = 0;
            for (uint64_t i = 0; i < stops; i++) {
                const struct record_stop_row *row = &r->stops[i];
                const double exact = (double)half * pow(2, (double)(i + 1) / (double)stops);
                assert_true(fabs((double)row->entries - exact) <= 1);
                assert_int_equal(row->hit_count, row->entries);
                assert_int_equal(row->miss_count, row->entries);
                assert_true(row->hit_ns && row->miss_ns && row->fill_ns > (i ? row[-1].fill_ns : 0));
                hit_count += row->hit_count;
                miss_count += row->miss_count;
                hit_ns += row->hit_ns;
                miss_ns += row->miss_ns;
            }
            assert_int_equal(r->stops[stops - 1].entries, cell.entries);
            assert_true(hit_count == r->find_count[0] && miss_count == r->find_count[1]);
            assert_true(hit_ns == r->find_ns[0] && miss_ns == r->find_ns[1]);
            assert_int_equal(r->operations_done, cell.entries + hit_count + miss_count);
            assert_true(r->stops[stops - 1].fill_ns < r->elapsed_ns - hit_ns);
            assert_true(r->operation_ns == 0); /* the fill is in no rate */
            assert_int_equal(r->tracked_entries, 4096);
        }
}

/* The yardsticks run the same course, unverified. */
static void test_yardsticks(void **state)
{
    struct cells_fixture *f = *state;
    static const char *const tables[] = {"null", "floor"};
    for (int t = 0; t < 2; t++)
        for (int w = 0; w <= CELL_FIND; w++) {
            struct cell cell = {CELL_STANDING,      .workload = (enum cell_workload)w, .allocator = "null",
                                .entries = ENTRIES, .mode = CELL_THROUGHPUT,           .seed = 1};
            strcpy(cell.table, tables[t]);
            const struct record *r = cells_run_fine(f, &cell);
            assert_true(cells_get(r, COUNTER_entries) == ENTRIES);
            assert_true(r->table_properties & TABLE_YARDSTICK);
            assert_true(r->allocator_properties & ALLOCATOR_YARDSTICK);
        }
}

static void test_a_table_that_is_not_there(void **state)
{
    struct cells_fixture *f = *state;
    const struct record *r = cells_run(f,
                                       &(struct cell){CELL_STANDING, .table = "no_such", .allocator = "glibc",
                                                      .entries = 1, .mode = CELL_THROUGHPUT, .seed = 1},
                                       NULL);
    assert_int_equal(r->status, RECORD_CRASH);
    assert_non_null(strstr(r->message, "'no_such'"));
    for (int i = 0; i < COUNTER_COUNT; i++)
        assert_presence(r, (enum counter)i, false);
}

static void test_a_library_that_is_not_there(void **state)
{
    struct cells_fixture *f = *state;
    const struct cell cell = {CELL_STANDING, .table = "mine",         .allocator = "glibc",
                              .entries = 1,  .mode = CELL_THROUGHPUT, .seed = 1};
    cells_run(f, &cell, "/no/such/table.so");
    assert_int_equal(f->record->status, RECORD_CRASH);
    assert_non_null(strstr(f->record->message, "/no/such/table.so"));
}

/* It counts the key as added, so only looking all up again can find that it is not there. */
static void test_a_lost_key_is_wrong(void **state)
{
    struct cells_fixture *f = *state;
    const char *library = getenv("GROWBENCH_TEST_LOSES");
    if (!library) {
        print_message("GROWBENCH_TEST_LOSES names no table library\n");
        skip();
    }
    static const struct {
        uint64_t entries;
        enum record_status status;
    } rows[] = {{100000, RECORD_OK}, {100001, RECORD_WRONG}, {200000, RECORD_WRONG}};
    for (int i = 0; i < 3; i++)
        for (int w = 0; w <= CELL_FIND; w++)
            for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
                const struct cell cell = {CELL_STANDING,
                                          .workload = (enum cell_workload)w,
                                          .table = "faulty",
                                          .allocator = "glibc",
                                          .entries = rows[i].entries,
                                          .mode = (enum cell_mode)m,
                                          .seed = 1};
                cells_run(f, &cell, library);
                assert_string_equal(record_status_names[f->record->status],
                                    record_status_names[rows[i].status]);
                if (rows[i].status == RECORD_OK)
                    continue;
                assert_non_null(strstr(f->record->message, "found"));
                assert_presence(f->record, COUNTER_entries, true); /* the figures so far are there */
                assert_presence(f->record, COUNTER_peak_rss_bytes, true);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CELLS_TEST(test_array),
        CELLS_TEST(test_linear_rebuild),
        CELLS_TEST(test_linear_inplace),
        CELLS_TEST(test_moves),
        CELLS_TEST(test_moves_of_entries),
        CELLS_TEST(test_other_seeds_and_heaps),
        CELLS_TEST(test_tiny_runs),
        CELLS_TEST(test_stops),
        CELLS_TEST(test_yardsticks),
        CELLS_TEST(test_a_table_that_is_not_there),
        CELLS_TEST(test_a_library_that_is_not_there),
        CELLS_TEST(test_a_lost_key_is_wrong),
    };
    return cmocka_run_group_tests_name("workload", tests, NULL, NULL);
}
