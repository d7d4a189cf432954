/* SPDX-License-Identifier: MIT
 *
 * What std's containers ask the heap for, call by call: that they are what this project says they are, and
 * that their calls arrive at the heap as they were made (a realloc as a resize, an alignment as it is).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "tables/table.h"
#include "tables/testing/logging_heap.h"

enum { ENTRY_BYTES = 16, ENTRY_MAX = 100000 };

extern const struct table table_rust_vec, table_rust_vec_align64;
extern const struct table table_rust_hashbrown, table_rust_hashbrown_siphash;

static void *create(struct logging_heap *heap, const struct table *row)
{
    if (row->missing)
        skip();
    return logged_table_create(heap, row, &(struct table_options){.seed = 1});
}

static void destroy(struct logging_heap *heap, const struct table *row, void *table)
{
    row->destroy(table);
    assert_int_equal(heap->checked.live_bytes, 0);
}

static void insert_one(const struct table *row, void *table, uint64_t ordinal)
{
    const uint64_t key = table_hash(ordinal, 0xC0FFEEu);
    uint64_t added = 0;
    assert_int_equal(row->insert(table, &key, ordinal, 1, &added), 0);
    assert_int_equal(added, 1);
}

/* From 4 elements on, doubled by a resize, when and only when it is full. */
static void check_vec(const struct table *row, uint64_t entries_an_element, size_t align)
{
    struct logging_heap heap;
    void *table = create(&heap, row);
    uint64_t capacity_count = 0;
    for (uint64_t i = 0; i < ENTRY_MAX; i++) {
        insert_one(row, table, i);
        if (i == capacity_count) {
            const struct logged_call *call = &heap.calls[heap.call_count - 1];
            assert_int_equal(call->is_resize, i > 0);
            capacity_count = i == 0 ? 4 * entries_an_element : 2 * capacity_count;
            assert_int_equal(call->bytes, capacity_count * ENTRY_BYTES);
            assert_int_equal(call->align, align);
            assert_false(call->is_zeroed);
            assert_ptr_equal(row->entry_address(table, table_hash(0, 0xC0FFEEu), 0), call->block);
        }
    }
    uint64_t growth_count = 0;
    while (4 * entries_an_element << growth_count < capacity_count)
        growth_count++;
    assert_int_equal(heap.call_count, growth_count + 1);
    destroy(&heap, row, table);
}

static void test_vec(void **state)
{
    (void)state;
    check_vec(&table_rust_vec, 1, _Alignof(uint64_t));
}

static void test_vec_align64(void **state)
{
    (void)state;
    check_vec(&table_rust_vec_align64, 4, 64);
}

/* A new block of twice the buckets when 7/8 of them are taken: entries, then control bytes. Never resized. */
static void test_hashbrown(void **state)
{
    const struct table *row = *state;
    struct logging_heap heap;
    void *table = create(&heap, row);
    uint64_t bucket_count = 16; /* smaller blocks differ from version to version */
    for (uint64_t i = 0; i < ENTRY_MAX; i++) {
        const size_t old_call_count = heap.call_count;
        insert_one(row, table, i);
        if (i < 14)
            continue;
        const bool grows = i == bucket_count / 8 * 7;
        assert_int_equal(heap.call_count, old_call_count + grows);
        bucket_count <<= grows;
        const struct logged_call *call = &heap.calls[heap.call_count - 1];
        assert_false(call->is_resize);
        assert_int_equal(call->bytes, bucket_count * ENTRY_BYTES + bucket_count + 16);
        assert_int_equal(call->align, 16);
        assert_false(call->is_zeroed);
    }
    destroy(&heap, row, table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vec),
        cmocka_unit_test(test_vec_align64),
        cmocka_unit_test_prestate(test_hashbrown, (void *)(uintptr_t)&table_rust_hashbrown),
        cmocka_unit_test_prestate(test_hashbrown, (void *)(uintptr_t)&table_rust_hashbrown_siphash),
    };
    return cmocka_run_group_tests_name("rust", tests, NULL, NULL);
}
