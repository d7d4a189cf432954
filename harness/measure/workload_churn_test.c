/* SPDX-License-Identifier: MIT
 *
 * Churn and drain, whole cells in this process: the figures that each has, where they can be known, and what is
 * WRONG.
 *
 * GROWBENCH_TEST_LIBRARIES names the folder of the faulty tables (tables/testing/faulty.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "harness/measure/workload_parts.h"
#include "harness/testing/cells.h"
#include "tables/table.h"

/* No power of two and no multiple of a batch. */
enum { ENTRIES = 50021 };

static const enum counter churn_counters[] = {COUNTER_churn_start_rss_bytes, COUNTER_churn_peak_rss_bytes,
                                              COUNTER_churn_growth_count, COUNTER_rss_drift_ratio,
                                              COUNTER_rss_settled_drift_ratio};
static const enum counter drain_counters[] = {COUNTER_drained_rss_bytes, COUNTER_drained_1s_rss_bytes,
                                              COUNTER_drained_10s_rss_bytes, COUNTER_refill_peak_rss_bytes};
static const enum counter drain_rates[] = {COUNTER_erase_items_per_second, COUNTER_refill_items_per_second};
static const enum counter singles[] = {COUNTER_insert_p50_ns, COUNTER_insert_max_ns, COUNTER_erase_p50_ns,
                                       COUNTER_erase_p99_ns,  COUNTER_erase_max_ns,  COUNTER_stall_max_ns,
                                       COUNTER_fault_count,   COUNTER_fault_total_ns};
static const enum counter always[] = {COUNTER_entries, COUNTER_create_ns, COUNTER_timed_ns,
                                      COUNTER_resize_total_ns, COUNTER_peak_rss_ratio};

#define ASSERT_THERE(r, list, present) cells_assert_presence(r, list, sizeof(list) / sizeof *(list), present)

/* Intervals end at least every 1/64 of the entries, in operations. */
static void check_rows(const struct record *r)
{
    uint64_t rows_after = 0;
    for (uint64_t i = 1; i < r->series_count; i++) {
        assert_true(r->series[i].time_ns >= r->series[i - 1].time_ns);
        assert_true(r->series[i].entries <= r->cell.entries);
        rows_after += r->series[i].entries >= r->cell.entries - 32;
    }
    if (r->cell.workload == CELL_CHURN)
        assert_true(rows_after >= 64 * 2 * r->cell.rounds * 9 / 10); /* steps are longer than the rest */
}

static void check_cell(const struct record *r)
{
    const bool latency = r->cell.mode == CELL_LATENCY, churn = r->cell.workload == CELL_CHURN;
    const uint64_t n = r->cell.entries, inserts = churn ? n * r->cell.rounds : n;
    ASSERT_THERE(r, always, true);
    ASSERT_THERE(r, churn_counters, churn);
    ASSERT_THERE(r, drain_counters, !churn);
    ASSERT_THERE(r, drain_rates, !churn && !latency);
    ASSERT_THERE(r, singles, latency);
    assert_int_equal(isnan(cells_get(r, COUNTER_items_per_second)), latency);
    cells_assert_near(r, COUNTER_entries, (double)n, 0);
    assert_true(r->operations_done == n + 2 * inserts && r->timed_operations == 2 * inserts);
    assert_true(r->insert.count == (latency ? inserts : 0) && r->erase.count == r->insert.count);
    check_rows(r);
    if (latency) {
        const double stall_ns = cells_get(r, COUNTER_stall_max_ns);
        assert_true(stall_ns >= cells_get(r, COUNTER_insert_max_ns));
        assert_true(stall_ns >= cells_get(r, COUNTER_erase_max_ns));
        assert_true((r->insert.total_ticks + r->erase.total_ticks) * r->setup.ns_per_tick <=
                    cells_get(r, COUNTER_timed_ns));
    } else {
        cells_assert_near(r, COUNTER_items_per_second,
                          2 * (double)inserts * 1e9 / cells_get(r, COUNTER_timed_ns), 1);
    }
    if (!churn)
        assert_true(r->erases_done == n && r->erase_ns < r->operation_ns);
}

static void test_figures(void **state)
{
    static const char *const tables[] = {"linear_rebuild", "linear_inplace"};
    static const char *const allocators[] = {"null", "mremap"}; /* others reuse what earlier tests left */
    for (int t = 0; t < 2; t++)
        for (int a = 0; a < 2; a++)
            for (int w = CELL_CHURN; w <= CELL_DRAIN; w++)
                for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
                    const struct cell cell = cells_cell((enum cell_workload)w, tables[t], allocators[a],
                                                        ENTRIES, (enum cell_mode)m);
                    check_cell(cells_run_fine(*state, &cell));
                }
}

/* The smallest runs: no batch, no interval need fit. */
static void test_tiny_runs(void **state)
{
    static const uint64_t sizes[] = {1, 2, 3, 31, 32, 33, 65, 257};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int w = CELL_CHURN; w <= CELL_DRAIN; w++)
            for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++)
                for (uint64_t rounds = 1; rounds <= (w == CELL_CHURN ? 3u : 1u); rounds++) {
                    struct cell cell = cells_cell((enum cell_workload)w, "linear_inplace", "glibc", sizes[s],
                                                  (enum cell_mode)m);
                    cell.rounds = rounds;
                    const struct record *r = cells_run_fine(*state, &cell);
                    cells_assert_near(r, COUNTER_entries, (double)sizes[s], 0);
                    assert_true(r->timed_operations == (w == CELL_CHURN ? rounds : 1) * 2 * sizes[s]);
                }
}

/* linear_inplace keeps its block: 2^17 slots of 16 bytes for 2^16 entries, all touched when it was spread.
 * Nothing drifts by a page of it, and draining gives nothing back. */
static void test_a_table_that_keeps_its_memory(void **state)
{
    enum { SLOTS_BYTES = 2 << 20 };
    const double slack = 256 << 10; /* the program's own code comes in as it runs */
    struct cell cell = cells_cell(CELL_CHURN, "linear_inplace", "mremap", 1 << 16, CELL_THROUGHPUT);
    const struct record *r = cells_run_fine(*state, &cell);
    cells_assert_near(r, COUNTER_churn_start_rss_bytes, SLOTS_BYTES, slack);
    cells_assert_near(r, COUNTER_rss_drift_ratio, 1, slack / SLOTS_BYTES);
    cells_assert_near(r, COUNTER_rss_settled_drift_ratio, 1, slack / SLOTS_BYTES);
    cells_assert_near(r, COUNTER_churn_growth_count, 0, 0);
    cell.workload = CELL_DRAIN;
    r = cells_run_fine(*state, &cell);
    cells_assert_near(r, COUNTER_drained_rss_bytes, SLOTS_BYTES, slack);
    cells_assert_near(r, COUNTER_drained_10s_rss_bytes, cells_get(r, COUNTER_drained_rss_bytes), slack);
    cells_assert_near(r, COUNTER_refill_peak_rss_bytes, SLOTS_BYTES, 2 * slack); /* counted less exactly */
}

/* Of one round there is no later one to settle. */
static void test_one_round(void **state)
{
    struct cell cell = cells_cell(CELL_CHURN, "linear_inplace", "mremap", ENTRIES, CELL_THROUGHPUT);
    cell.rounds = 1;
    const struct record *r = cells_run_fine(*state, &cell);
    assert_true(isnan(cells_get(r, COUNTER_rss_settled_drift_ratio)));
    assert_true(!isnan(cells_get(r, COUNTER_rss_drift_ratio)));
}

/* Idling is in no time: a thousandth of 10 s is 10 ms here. */
static void test_idling_is_in_no_time(void **state)
{
    const struct cell cell = cells_cell(CELL_DRAIN, "linear_inplace", "mremap", 1000, CELL_THROUGHPUT);
    double timed_ns = INFINITY, elapsed_ns = INFINITY;
    const double start_seconds = clock_seconds();
    for (int i = 0; i < 3; i++) {
        const struct record *r = cells_run_fine(*state, &cell);
        timed_ns = fmin(timed_ns, cells_get(r, COUNTER_timed_ns));
        elapsed_ns = fmin(elapsed_ns, (double)r->elapsed_ns);
    }
    assert_true(clock_seconds() - start_seconds >= 0.03);
    assert_true(timed_ns < 5e6 && elapsed_ns < 5e6);
}

/* Ratios to the payload are of the first fill in drain: the same as of a fill alone. */
static void test_ratios_of_drain(void **state)
{
    struct cell cell =
        cells_cell(CELL_FILL, "linear_rebuild", "mremap", (1 << 20) + (1 << 19), CELL_THROUGHPUT);
    const double fill_ratio = cells_get(cells_run_fine(*state, &cell), COUNTER_worst_rss_ratio);
    cell.workload = CELL_DRAIN;
    const struct record *r = cells_run_fine(*state, &cell);
    cells_assert_near(r, COUNTER_worst_rss_ratio, fill_ratio, 0.03 * fill_ratio);
}

/* ---- stopped midway ---- */

struct live {
    struct meter meter;
    struct workload workload;
    struct heap *heap;
};

static const struct table *registered_table(const char *name)
{
    const struct table *const *row = table_registry;
    while (strcmp((*row)->name, name))
        row++;
    return *row;
}

static void start(struct live *live, struct record *r)
{
    live->heap = allocator_registry[0]->open(&(struct allocator_options){0});
    assert_int_equal(meter_open(&live->meter, r, live->heap, registered_table(r->cell.table)), 0);
    assert_int_equal(workload_start(&live->workload, &live->meter), 0);
}

static void end(struct live *live)
{
    workload_stop(&live->workload);
    meter_close(&live->meter);
    live->heap->ops->close(live->heap);
    free(live);
}

/* At any moment it is known who lives: as many as there are entries, and verifying agrees. In turns of any
 * length it comes to the same end. */
static void test_who_lives_is_known_at_any_time(void **state)
{
    for (int w = CELL_CHURN; w <= CELL_DRAIN; w++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            const struct cell cell =
                cells_cell((enum cell_workload)w, "linear_inplace", "glibc", 3001, (enum cell_mode)m);
            struct live *live = calloc(1, sizeof *live);
            assert_non_null(live);
            struct record *r = cells_record(*state, &cell);
            start(live, r);
            for (uint64_t turn = 1; !workload_is_done(&live->workload); turn = turn * 7 % 1009) {
                assert_true(workload_run(&live->workload, turn));
                uint64_t alive_count = 0;
                for (uint64_t ordinal = 0; ordinal < live->meter.at->inserted; ordinal++)
                    alive_count += workload_is_alive(&live->workload, ordinal);
                assert_true(alive_count == r->entries_done);
                assert_true(workload_verify(&live->workload));
            }
            assert_true(r->entries_done == 3001);
            assert_true(live->meter.at->inserted == (w == CELL_CHURN ? 3 : 2) * 3001);
            end(live);
        }
}

/* What the parent does between two commands is in no time. */
static void test_waiting_for_a_turn_is_in_no_time(void **state)
{
    const struct cell cell = cells_cell(CELL_FILL, "linear_inplace", "glibc", 2000, CELL_LATENCY);
    uint64_t elapsed_ns = UINT64_MAX;
    for (int i = 0; i < 3; i++) {
        struct live *live = calloc(1, sizeof *live);
        assert_non_null(live);
        struct record *r = cells_record(*state, &cell);
        start(live, r);
        while (!workload_is_done(&live->workload)) {
            usleep(10000);
            assert_true(workload_run(&live->workload, 1000));
        }
        usleep(10000);
        end(live);
        elapsed_ns = r->elapsed_ns < elapsed_ns ? r->elapsed_ns : elapsed_ns;
    }
    assert_true(elapsed_ns < 10000000);
}

/* ---- wrong ---- */

static const char *faulty_library(const char *fault, char *path, size_t size)
{
    const char *folder = getenv("GROWBENCH_TEST_LIBRARIES");
    if (!folder) {
        print_message("GROWBENCH_TEST_LIBRARIES names no folder\n");
        skip();
    }
    snprintf(path, size, "%s/faulty%s.so", folder, fault);
    return path;
}

static void test_erasing_wrongly_is_wrong(void **state)
{
    static const struct {
        const char *fault, *message;
        enum record_status status;
    } rows[] = {{"", "", RECORD_OK},
                {"_erases_nothing", "erased ", RECORD_WRONG},
                {"_keeps_erased", "found 1 of 0", RECORD_WRONG}};
    char path[RECORD_PATH_BYTES];
    for (int i = 0; i < 3; i++)
        for (int w = CELL_CHURN; w <= CELL_DRAIN; w++)
            for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
                const struct cell cell =
                    cells_cell((enum cell_workload)w, "faulty", "glibc", 20000, (enum cell_mode)m);
                const struct record *r =
                    cells_run(*state, &cell, faulty_library(rows[i].fault, path, sizeof path));
                assert_string_equal(record_status_names[r->status], record_status_names[rows[i].status]);
                assert_non_null(strstr(r->message, rows[i].message));
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CELLS_TEST(test_figures),
        CELLS_TEST(test_tiny_runs),
        CELLS_TEST(test_a_table_that_keeps_its_memory),
        CELLS_TEST(test_one_round),
        CELLS_TEST(test_idling_is_in_no_time),
        CELLS_TEST(test_ratios_of_drain),
        CELLS_TEST(test_who_lives_is_known_at_any_time),
        CELLS_TEST(test_waiting_for_a_turn_is_in_no_time),
        CELLS_TEST(test_erasing_wrongly_is_wrong),
    };
    return cmocka_run_group_tests_name("workload_churn", tests, NULL, NULL);
}
