/* SPDX-License-Identifier: MIT
 *
 * The oak_lookup rows beside Oak's own table: the same hashes, the same calls for memory in the same order,
 * the same bytes in what these returned, and the same peak but for a few small blocks
 * (see oak_lookup_original.h).
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

/* Bit for bit: every entry is where the original has it, and all keys and values. */
static void check_digests(const struct original_run *run, const struct logging_heap *heap)
{
    const struct logged_call *last[2] = {NULL, NULL};
    for (size_t i = 0; i < heap->call_count; i++)
        if (heap->calls[i].bytes >= ORIGINAL_LEAST_BYTES)
            last[heap->calls[i].is_zeroed] = &heap->calls[i];
    assert_true(last[false] && last[true]);
    assert_true(original_digest(last[false]->block, last[false]->bytes) == run->index_digest);
    assert_true(original_digest(last[true]->block, last[true]->bytes) == run->chunk_digest);
}

static void check_run(const struct original_run *run)
{
    struct logging_heap heap;
    const struct table *row = row_named(run->row);
    const struct table_options options = {.seed = ORIGINAL_SEED, .expected_entries = run->entries};
    void *table = logged_table_create(&heap, row, &options);
    fill_and_find(row, table, run->entries);
    check_digests(run, &heap);
    row->destroy(table);
    assert_int_equal(heap.checked.live_bytes, 0);

    const struct original_blocks *blocks = run->blocks;
    unsigned times = 0;
    for (size_t i = 0; i < heap.call_count; i++) {
        const struct logged_call *call = &heap.calls[i];
        if (call->bytes < ORIGINAL_LEAST_BYTES)
            continue;
        if (call->bytes != blocks->bytes || call->is_zeroed != blocks->zeroed || call->is_resize)
            fail_msg("%s to %ju entries: a call for %zu bytes, zeroed %d; the original's: %ju, %d", run->row,
                     (uintmax_t)run->entries, call->bytes, call->is_zeroed, (uintmax_t)blocks->bytes,
                     blocks->zeroed);
        if (++times == blocks->times) {
            times = 0;
            blocks++;
        }
    }
    assert_int_equal(blocks->times, 0);
    /* The original's manager counts, with its locks; what holds our table together does not. */
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
    struct logging_heap heap;
    const struct table *row = row_named("oak_lookup");
    void *table = logged_table_create(&heap, row, &(struct table_options){.seed = ORIGINAL_SEED});
    const uint64_t key = 7;
    for (uint64_t ordinal = 0; ordinal < 3; ordinal++) {
        uint64_t added = 0;
        assert_int_equal(row->insert(table, &key, ordinal, 1, &added), 0);
        assert_int_equal(added, ordinal == 0);
        uint64_t sum = 0;
        assert_int_equal(row->find(table, &key, 0, 1, &sum), 1);
        assert_int_equal(sum, ordinal);
    }
    /* 2 entries of 6 bytes, a chunk, the list of chunks, and for the second insert 4 entries. */
    assert_int_equal(heap.call_count, 4);
    assert_int_equal(heap.calls[0].bytes, 2 * 6);
    assert_int_equal(heap.calls[1].bytes, 2 << 20);
    assert_int_equal(heap.calls[3].bytes, 4 * 6);
    /* Byte 0 of the chunk is never used; then each key and value behind its length. */
    const char *const third = heap.calls[1].block + 1 + 2 * 18;
    assert_ptr_equal(row->entry_address(table, key, 0), third + 1);
    assert_memory_equal(third, "\x08\x07\0\0\0\0\0\0\0\x08\x02\0\0\0\0\0\0\0", 18);
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
