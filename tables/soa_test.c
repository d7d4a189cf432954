/* SPDX-License-Identifier: MIT
 *
 * The structures of arrays against their originals: the same sizes in the same order, and the same peak, as
 * recorded from programs of Rune and DataDraw; and what each leaves in memory that it has not used yet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tables/table.h"
#include "tables/testing/logging_heap.h"
#include "tables/testing/soa_original.h"

enum { COLUMN_COUNT = 12, RUBBISH = 0xA5 };

struct fixture {
    const struct table *row;
    void *table;
    struct logging_heap heap;
    uint64_t entry_count;
};

static void fixture_start(struct fixture *f, const char *name)
{
    *f = (struct fixture){.row = row_named(name)};
    /* What holds the arrays together, and is left out, is a global variable in the originals. */
    f->table = logged_table_create(&f->heap, f->row, &(struct table_options){.seed = 1});
}

static void fixture_fill(struct fixture *f, uint64_t entry_count)
{
    uint64_t keys[TABLE_BATCH_MAX];
    while (f->entry_count < entry_count) {
        const uint64_t left_count = entry_count - f->entry_count;
        const size_t n = left_count < TABLE_BATCH_MAX ? (size_t)left_count : TABLE_BATCH_MAX;
        for (size_t i = 0; i < n; i++)
            keys[i] = UINT64_MAX - f->entry_count - i;
        uint64_t added = 0;
        assert_int_equal(f->row->insert(f->table, keys, f->entry_count, n, &added), 0);
        assert_int_equal(added, n);
        f->entry_count += n;
    }
}

static void fixture_end(struct fixture *f)
{
    f->row->destroy(f->table);
    assert_int_equal(f->heap.freed_count, COLUMN_COUNT + 1);
    assert_int_equal(f->heap.checked.live_bytes, 0);
}

static void compare_with_original(const char *name, const uint32_t *original_bytes,
                                  const struct soa_original *runs, size_t run_count)
{
    for (size_t i = 0; i < run_count; i++) {
        struct fixture f;
        fixture_start(&f, name);
        fixture_fill(&f, runs[i].entries);
        assert_int_equal(f.heap.call_count, runs[i].call_count);
        for (size_t call = 0; call < f.heap.call_count; call++)
            assert_int_equal(f.heap.calls[call].bytes, original_bytes[call]);
        const uint64_t peak_bytes = runs[i].peak_live_bytes;
        assert_in_range(f.heap.peak_bytes, peak_bytes - peak_bytes / 50, peak_bytes + peak_bytes / 50);
        fixture_end(&f);
    }
}

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static void test_rune(void **state)
{
    compare_with_original(*state, rune_original_bytes, rune_original_runs, COUNT_OF(rune_original_runs));
}

static void test_datadraw(void **state)
{
    compare_with_original(*state, datadraw_original_bytes, datadraw_original_runs,
                          COUNT_OF(datadraw_original_runs));
}

/* Just grown: all but one slot of the new half is unused. Bytes at the end that hold `byte`, over all arrays.
 */
static uint64_t untouched_bytes(const struct fixture *f, uint8_t byte, size_t skipped_bytes)
{
    uint64_t count = 0;
    for (size_t i = f->heap.call_count - COLUMN_COUNT; i < f->heap.call_count; i++) {
        const uint8_t *start = (const uint8_t *)f->heap.calls[i].block;
        const uint8_t *at = start + f->heap.calls[i].bytes - skipped_bytes;
        while (at > start && at[-1] == byte) {
            at--;
            count++;
        }
    }
    return count;
}

/* 4,096 entries and slot 0: Rune has 8,192 slots then. The heap fills what is new with rubbish. */
static void test_rune_zeroes(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, "rune_soa");
    fixture_fill(&f, 4096);
    /* Some columns hold zeros before that too. */
    assert_in_range(untouched_bytes(&f, 0, 0), 16 * (8192 - 4097), UINT64_MAX);
    fixture_end(&f);
}

static void test_rune_lazy_touches_nothing(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, "rune_soa:lazy");
    fixture_fill(&f, 4096);
    assert_int_equal(untouched_bytes(&f, RUBBISH, 0), 16 * (8192 - 4097));
    fixture_end(&f);
}

/* 2, 3, 4, 6, 9, ... 3,597, 5,395 slots, and room for one more; of each array the last byte alone is written.
 */
static void test_datadraw_touches_the_end(void **state)
{
    (void)state;
    struct fixture f;
    fixture_start(&f, "datadraw_soa");
    fixture_fill(&f, 3597);
    assert_int_equal(untouched_bytes(&f, RUBBISH, 0), 0);
    assert_int_equal(untouched_bytes(&f, RUBBISH, 1), 16 * (5395 + 1 - 3598) - COLUMN_COUNT);
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        {"rune_soa asks as Rune does", test_rune, NULL, NULL, "rune_soa"},
        {"rune_soa:lazy asks as Rune does", test_rune, NULL, NULL, "rune_soa:lazy"},
        {"datadraw_soa asks as DataDraw does", test_datadraw, NULL, NULL, "datadraw_soa"},
        cmocka_unit_test(test_rune_zeroes),
        cmocka_unit_test(test_rune_lazy_touches_nothing),
        cmocka_unit_test(test_datadraw_touches_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
