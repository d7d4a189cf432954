/* SPDX-License-Identifier: MIT
 *
 * Many tables on one heap: who is whose turn, what each ends with, and whole cells of 1, 12 and 10,000.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/measure/turns.h"
#include "harness/measure/workload.h"
#include "harness/testing/cells.h"

static void test_one_table_has_every_turn(void **state)
{
    (void)state;
    const struct cell cell = cells_cell(CELL_FILL, "array", "glibc", 1000, CELL_LATENCY);
    struct meter_table table = {0};
    turns_share_out(&cell, &table);
    assert_true(table.share == 1000);
    for (uint64_t operation = 0; operation < 1000; operation++)
        assert_true(turns_table(&cell, operation) == 0 && turns_left(&cell, operation) > 1000);
    assert_true(turns_seed(&cell, 0) == cell.seed);
}

/* Turns are of 32, add up, come to all, and to each about as often. */
static void test_turns(void **state)
{
    (void)state;
    struct cell cell = cells_cell(CELL_FILL, "array", "glibc", 1000003, CELL_LATENCY);
    cell.count = 12;
    struct meter_table tables[12] = {{0}};
    turns_share_out(&cell, tables);
    uint64_t shares[12] = {0};
    for (uint64_t operation = 0; operation < cell.entries; operation++) {
        const uint64_t table = turns_table(&cell, operation);
        assert_true(table < 12);
        shares[table]++;
        assert_true(turns_left(&cell, operation) == 32 - operation % 32);
        if (operation % 32)
            assert_true(table == turns_table(&cell, operation - 1));
    }
    uint64_t sum = 0;
    for (int i = 0; i < 12; i++) {
        sum += tables[i].share;
        assert_true(shares[i] == tables[i].share);
        assert_in_range(shares[i], 1000003 / 12 - 8000, 1000003 / 12 + 8000);
        for (int j = 0; j < i; j++)
            assert_true(turns_seed(&cell, (uint64_t)i) != turns_seed(&cell, (uint64_t)j));
    }
    assert_true(sum == cell.entries);
    struct cell other = cell;
    other.seed = 2;
    unsigned same = 0;
    for (uint64_t turn = 0; turn < 1200; turn++)
        same += turns_table(&cell, 32 * turn) == turns_table(&other, 32 * turn);
    assert_in_range(same, 40, 200); /* a twelfth by chance */
}

static void check_counts(const struct cells_fixture *f, struct cell cell, uint64_t count)
{
    cell.count = count;
    const struct record *r = cells_run_fine(f, &cell);
    cells_assert_near(r, COUNTER_entries, (double)cell.entries, 0);
    assert_true(r->operations_done == cell.entries);
    assert_true(r->tracked_entries == METER_TRACKED_COUNT);
    assert_true(r->insert.count == (cell.mode == CELL_LATENCY ? cell.entries : 0));
    assert_true(cells_get(r, COUNTER_create_ns) > 0);
    /* All tables' blocks are in the last row. */
    const uint64_t capacity_bytes = r->series[r->series_count - 1].capacity_bytes;
    assert_in_range(capacity_bytes, 16 * cell.entries, 80 * cell.entries);
    if (count <= 12 && !strcmp(cell.allocator, "mremap")) { /* others reuse what earlier tests left */
        cells_assert_at_least(r, COUNTER_end_rss_bytes, 0.8 * 16 * (double)cell.entries);
        assert_true(cells_get(r, COUNTER_end_rss_bytes) < 1.3 * (double)capacity_bytes);
    }
}

static void test_cells(void **state)
{
    static const char *const tables[] = {"array", "linear_rebuild", "linear_inplace"};
    static const char *const allocators[] = {"copying", "mremap"}; /* glibc reuses what earlier tests left */
    for (int t = 0; t < 3; t++)
        for (int a = 0; a < 2; a++)
            for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
                const struct cell cell =
                    cells_cell(CELL_FILL, tables[t], allocators[a], (1 << 18) + 77, (enum cell_mode)m);
                check_counts(*state, cell, 1);
                check_counts(*state, cell, 12);
                if (t == 1 && !a)
                    check_counts(*state, cell, 10000);
            }
}

/* The allocator's large blocks are those of 12 tables. */
static void test_growths_of_all_are_seen(void **state)
{
    struct cell cell = cells_cell(CELL_FILL, "array", "copying", 1 << 18, CELL_THROUGHPUT);
    const double one_count = cells_get(cells_run_fine(*state, &cell), COUNTER_growth_count);
    cell.count = 12;
    const struct record *r = cells_run_fine(*state, &cell);
    /* To 64 KiB and on to 4 MiB is 7; to some 350 KiB, of 22,000 entries each, it is 4. */
    assert_true(one_count == 7);
    cells_assert_near(r, COUNTER_growth_count, 12 * 4, 0);
    cells_assert_near(r, COUNTER_base_moves, 12 * 3, 0);
    /* Tracked entries were there in the first half of the fill; each moved some times. */
    assert_true(cells_get(r, COUNTER_moves_per_entry) > 1.5);
    for (uint64_t i = 1; i < r->series_count; i++)
        assert_true(r->series[i].capacity_bytes >= r->series[i - 1].capacity_bytes);
}

/* Warmed by the same tables; busy beside them. */
static void test_heaps_that_are_not_cold(void **state)
{
    for (int h = CELL_WARM; h <= CELL_BUSY; h++) {
        struct cell cell = cells_cell(CELL_FILL, "linear_rebuild", "glibc", 50000, CELL_THROUGHPUT);
        cell.count = 12;
        cell.heap = (enum cell_heap)h;
        cells_assert_near(cells_run_fine(*state, &cell), COUNTER_entries, 50000, 0);
    }
}

/* More tables than turns: some stay empty. */
static void test_tables_without_a_turn(void **state)
{
    static const char *const tables[] = {"array", "linear_inplace", "floor"};
    for (int t = 0; t < 3; t++) {
        struct cell cell = cells_cell(CELL_FILL, tables[t], "glibc", 100, CELL_LATENCY);
        cell.count = 100;
        cells_assert_near(cells_run_fine(*state, &cell), COUNTER_entries, 100, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_table_has_every_turn),
        cmocka_unit_test(test_turns),
        CELLS_TEST(test_cells),
        CELLS_TEST(test_growths_of_all_are_seen),
        CELLS_TEST(test_heaps_that_are_not_cold),
        CELLS_TEST(test_tables_without_a_turn),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
