/* SPDX-License-Identifier: MIT
 *
 * The oak_lookup rows beside Oak's own table: the same hashes, the same calls for memory in the same order,
 * the same peak but for the few bytes of each table's own state (see oak_lookup_original.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "table_libraries.h"
#include "tables/table.h"
#include "tables/testing/logging_heap.h"
#include "tables/testing/oak_lookup_original.h"

#ifdef WITH_RUST

uint64_t growbench_rust_oak_hash(const uint8_t *bytes, size_t length, uint64_t secret);

static const struct table *row_named(const char *name)
{
    const struct table *const *row = table_registry;
    while (*row && strcmp((*row)->name, name) != 0)
        row++;
    assert_non_null(*row);
    return *row;
}

static void test_hashes(void **state)
{
    (void)state;
    for (uint64_t number = 0; number < sizeof(original_hashes) / sizeof(original_hashes[0]); number++) {
        const uint64_t length = number / ORIGINAL_HASHES_A_LENGTH;
        const uint64_t j = number % ORIGINAL_HASHES_A_LENGTH;
        uint8_t bytes[ORIGINAL_HASH_LENGTHS];
        for (uint64_t i = 0; i < length; i++)
            bytes[i] = (uint8_t)table_hash(i, 100 * length + j);
        const uint64_t hash = growbench_rust_oak_hash(bytes, length, table_hash(j, ORIGINAL_SEED));
        if (hash != original_hashes[number])
            fail_msg("hash %ju (of %ju bytes): %#jx, not %#jx", (uintmax_t)number, (uintmax_t)length,
                     (uintmax_t)hash, (uintmax_t)original_hashes[number]);
    }
}

static void fill_and_find(const struct table *row, void *table, uint64_t entry_count)
{
    uint64_t keys[TABLE_BATCH_MAX];
    for (unsigned finds = 0; finds < 2; finds++) {
        for (uint64_t first = 0; first < entry_count; first += TABLE_BATCH_MAX) {
            const uint64_t left_count = entry_count - first;
            const size_t n = left_count < TABLE_BATCH_MAX ? left_count : TABLE_BATCH_MAX;
            for (size_t i = 0; i < n; i++)
                keys[i] = table_hash(first + i, ORIGINAL_KEY_SEED);
            uint64_t result = 0;
            if (!finds)
                assert_int_equal(row->insert(table, keys, first, n, &result), 0);
            else
                assert_int_equal(row->find(table, keys, first, n, &result), n);
            assert_int_equal(result, finds ? n * first + n * (n - 1) / 2 : n);
        }
    }
}

static void check_run(const struct original_run *run)
{
    static struct logging_heap heap; /* as large as its log */
    logging_heap_init(&heap, ORIGINAL_LEAST_BYTES);
    const struct table *row = row_named(run->row);
    const struct table_options options = {.seed = ORIGINAL_SEED, .expected_entries = run->entries};
    void *table = row->create(&heap.checked.heap, &options);
    assert_non_null(table);
    fill_and_find(row, table, run->entries);
    row->destroy(table);
    assert_int_equal(heap.checked.live_bytes, 0);

    unsigned call_number = 0;
    for (const struct original_blocks *blocks = run->blocks; blocks->times > 0; blocks++) {
        for (unsigned i = 0; i < blocks->times; i++) {
            const struct logged_call *call = &heap.calls[call_number++];
            if (call->bytes != blocks->bytes || call->zeroed != blocks->zeroed || call->kind != LOGGED_ALLOC)
                fail_msg("%s to %ju entries: call %u is of %zu bytes, zeroed %d; the original's of %ju, %d",
                         run->row, (uintmax_t)run->entries, call_number, call->bytes, call->zeroed,
                         (uintmax_t)blocks->bytes, blocks->zeroed);
        }
    }
    assert_int_equal(heap.call_count, call_number);
    /* The original's manager counts its locks and shards, ours the block that holds the table. */
    assert_in_range(heap.peak_bytes, run->peak_bytes - run->peak_bytes / 500,
                    run->peak_bytes + run->peak_bytes / 500);
}

static void test_blocks(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(original_runs) / sizeof(original_runs[0]); i++)
        check_run(&original_runs[i]);
}

/* A key that is there already appends its data again, and grows a full index first. */
static void test_key_inserted_again(void **state)
{
    (void)state;
    static struct logging_heap heap;
    logging_heap_init(&heap, 1);
    const struct table *row = row_named("oak_lookup");
    void *table = row->create(&heap.checked.heap, &(struct table_options){.seed = ORIGINAL_SEED});
    const uint64_t key = 7;
    for (uint64_t ordinal = 0; ordinal < 3; ordinal++) {
        uint64_t added = 0;
        assert_int_equal(row->insert(table, &key, ordinal, 1, &added), 0);
        assert_int_equal(added, ordinal == 0);
        uint64_t sum = 0;
        assert_int_equal(row->find(table, &key, 0, 1, &sum), 1);
        assert_int_equal(sum, ordinal);
    }
    /* The table itself, 2 entries of 6 bytes, a chunk, the list of chunks, and for the second insert 4. */
    assert_int_equal(heap.call_count, 5);
    assert_int_equal(heap.calls[1].bytes, 2 * 6);
    assert_int_equal(heap.calls[2].bytes, 2 << 20);
    assert_int_equal(heap.calls[4].bytes, 4 * 6);
    row->destroy(table);
    assert_int_equal(heap.checked.live_bytes, 0);
}

#else

static void test_missing(void **state)
{
    (void)state;
    skip();
}

#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef WITH_RUST
        cmocka_unit_test(test_hashes),
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_key_inserted_again),
#else
        cmocka_unit_test(test_missing),
#endif
    };
    return cmocka_run_group_tests_name("oak_lookup", tests, NULL, NULL);
}
