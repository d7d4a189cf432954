/* SPDX-License-Identifier: MIT
 *
 * What goes together and what does not: each rule with a cell that keeps it and one that breaks it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "harness/request/applies.h"
#include "tables/table.h"

enum { ALL_TAKEN = TABLE_TAKES_GROWTH | TABLE_TAKES_LOAD | TABLE_TAKES_ENTRY_BYTES | TABLE_TAKES_RESERVE };

static const struct applies_to everything = {ALL_TAKEN | TABLE_ERASES | TABLE_KEYED, ALLOCATOR_THREADS,
                                             CELL_ENTRIES_MAX};

static struct cell cell_of(enum cell_axis axis, uint64_t value)
{
    struct cell cell = cell_default();
    strcpy(cell.table, "table_of_test");
    strcpy(cell.allocator, "allocator_of_test");
    cell.entries = 1000;
    cell_set(&cell, axis, value);
    return cell;
}

static void assert_applies(const struct cell *cell, const struct applies_to *to)
{
    char reason[APPLIES_REASON_BYTES] = "", id[CELL_ID_BYTES];
    if (!applies_cell(cell, to, reason))
        fail_msg("%s: %s", cell_format_id(cell, id), reason);
}

static void assert_skipped(const struct cell *cell, const struct applies_to *to, const char *word)
{
    char reason[APPLIES_REASON_BYTES] = "", id[CELL_ID_BYTES];
    if (applies_cell(cell, to, reason) || !strstr(reason, word))
        fail_msg("%s: '%s' lacks '%s'", cell_format_id(cell, id), reason, word);
}

static void test_a_table_is_asked_only_for_what_it_takes(void **state)
{
    (void)state;
    static const struct {
        enum cell_axis axis;
        uint64_t value;
        unsigned taken;
        const char *word;
    } rows[] = {
        {CELL_AXIS_growth, 1500, TABLE_TAKES_GROWTH, "growth 1.5 does not apply"},
        {CELL_AXIS_growth, CELL_GROWTH_STEP | 4096, TABLE_TAKES_GROWTH, "growth +4096"},
        {CELL_AXIS_load, 500, TABLE_TAKES_LOAD, "load 0.5"},
        {CELL_AXIS_entry_bytes, 32, TABLE_TAKES_ENTRY_BYTES, "16 bytes only"},
        {CELL_AXIS_reserve, CELL_EXACT, TABLE_TAKES_RESERVE, "reserve exact"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cell cell = cell_of(rows[i].axis, rows[i].value);
        struct applies_to to = everything;
        assert_applies(&cell, &to);
        to.table_properties = ALL_TAKEN & ~rows[i].taken;
        assert_skipped(&cell, &to, rows[i].word);
        assert_skipped(&cell, &to, "table_of_test");
    }
    const struct cell plain = cell_of(CELL_AXIS_growth, CELL_GROWTH_DEFAULT);
    assert_applies(&plain, &(struct applies_to){0, 0, 1000});
}

static void test_erasing_workloads_need_erase(void **state)
{
    (void)state;
    static const enum cell_workload workloads[] = {CELL_CHURN, CELL_DRAIN};
    for (int i = 0; i < 2; i++) {
        const struct cell cell = cell_of(CELL_AXIS_workload, workloads[i]);
        struct applies_to to = everything;
        assert_applies(&cell, &to);
        to.table_properties &= ~(uint64_t)TABLE_ERASES;
        assert_skipped(&cell, &to, cell_workload_names[workloads[i]]);
    }
}

static void test_churn_alone_has_rounds_and_snapshots(void **state)
{
    (void)state;
    struct cell cell = cell_of(CELL_AXIS_snapshot, CELL_FORK);
    assert_skipped(&cell, &everything, "snapshot");
    cell.workload = CELL_CHURN;
    assert_applies(&cell, &everything);
    cell = cell_of(CELL_AXIS_rounds, 3);
    assert_skipped(&cell, &everything, "rounds");
    cell.workload = CELL_CHURN;
    assert_applies(&cell, &everything);
}

static void test_batches_are_of_throughput(void **state)
{
    (void)state;
    struct cell cell = cell_of(CELL_AXIS_batch, 1);
    cell.mode = CELL_THROUGHPUT;
    assert_applies(&cell, &everything);
    cell.mode = CELL_LATENCY;
    assert_skipped(&cell, &everything, "there is no batch");
    cell.batch = CELL_BATCH_DEFAULT;
    assert_applies(&cell, &everything);
    cell.mode = CELL_THROUGHPUT;
    cell.count = 2;
    for (cell.batch = 1; cell.batch <= CELL_BATCH_DEFAULT; cell.batch++)
        assert_applies(&cell, &everything);
    assert_skipped(&cell, &everything, "no larger batch");
}

static void test_only_finds_stop(void **state)
{
    (void)state;
    struct cell cell = cell_of(CELL_AXIS_stops, 16);
    assert_skipped(&cell, &everything, "look-ups");
    cell.workload = CELL_FIND;
    assert_applies(&cell, &everything);
    cell.entries = 64;
    assert_applies(&cell, &everything);
    cell.entries = 63;
    assert_skipped(&cell, &everything, "too few entries");
}

static void test_keys_must_suffice(void **state)
{
    (void)state;
    const struct cell cell = cell_of(CELL_AXIS_entries, 1000);
    struct applies_to to = everything;
    to.key_count = 1000;
    assert_applies(&cell, &to);
    to.key_count = 999;
    assert_skipped(&cell, &to, "999 distinct keys");
}

/* Whatever is erased, another key comes for it: of churn once a round, of drain once. */
static void test_keys_must_suffice_for_those_that_follow(void **state)
{
    (void)state;
    struct cell cell = cell_of(CELL_AXIS_entries, 1000);
    struct applies_to to = everything;
    cell.workload = CELL_CHURN;
    for (cell.rounds = 1; cell.rounds <= 5; cell.rounds++) {
        to.key_count = 1000 * (cell.rounds + 1);
        assert_applies(&cell, &to);
        to.key_count--;
        assert_skipped(&cell, &to, "churn takes");
    }
    cell.rounds = UINT64_MAX;
    assert_skipped(&cell, &everything, "distinct keys");
    cell.rounds = CELL_ROUNDS_DEFAULT;
    cell.workload = CELL_DRAIN;
    to.key_count = 2000;
    assert_applies(&cell, &to);
    to.key_count = 1999;
    assert_skipped(&cell, &to, "drain takes 2 an entry");
}

static void test_many_tables(void **state)
{
    (void)state;
    struct cell cell = cell_of(CELL_AXIS_count, 1000);
    assert_applies(&cell, &everything);
    cell.count = 1001;
    assert_skipped(&cell, &everything, "fewer entries");
    cell.count = 2;
    cell.workload = CELL_FIND;
    assert_skipped(&cell, &everything, "filled only");
}

static void test_threads(void **state)
{
    (void)state;
    struct cell cell = cell_of(CELL_AXIS_threads, 4);
    struct applies_to to = everything;
    assert_applies(&cell, &to);
    to.allocator_properties = 0;
    assert_skipped(&cell, &to, "allocator_of_test");
    to = everything;
    to.table_properties |= TABLE_ONE_THREAD;
    assert_skipped(&cell, &to, "tables of table_of_test share state");
    cell.count = 2;
    assert_skipped(&cell, &everything, "one table each");
    cell.count = 1;
    cell.heap = CELL_WARM;
    assert_skipped(&cell, &everything, "cold heap");
    cell.heap = CELL_COLD;
    cell.workload = CELL_FIND;
    assert_skipped(&cell, &everything, "one table each");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_table_is_asked_only_for_what_it_takes),
        cmocka_unit_test(test_erasing_workloads_need_erase),
        cmocka_unit_test(test_churn_alone_has_rounds_and_snapshots),
        cmocka_unit_test(test_batches_are_of_throughput),
        cmocka_unit_test(test_only_finds_stop),
        cmocka_unit_test(test_keys_must_suffice),
        cmocka_unit_test(test_keys_must_suffice_for_those_that_follow),
        cmocka_unit_test(test_many_tables),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests_name("applies", tests, NULL, NULL);
}
