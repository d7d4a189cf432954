/* SPDX-License-Identifier: MIT
 *
 * What makes oak_pool what it is, beyond what every back end promises: pools of whole frames, resident at
 * once, never extended and never returned; blocks that are reused, dirty; and growth that always copies.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "allocators/allocator.h"

#define MIB ((size_t)1 << 20)

extern const struct allocator allocator_oak_pool;

static struct heap *open_heap(void)
{
    const struct allocator_options options = {.largest_bytes = 0};
    struct heap *heap = allocator_oak_pool.open(&options);
    assert_non_null(heap);
    return heap;
}

/* Without malloc, so that only the heap under test changes it. */
static size_t mapped_bytes(void)
{
    char text[256] = "";
    FILE *file = fopen("/proc/self/statm", "re");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof text, file));
    (void)fclose(file);
    return strtoul(text, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

/* Pages of the range that hold memory, in bytes. */
static size_t resident_bytes(char *from, size_t bytes)
{
    static unsigned char pages[128 * MIB / 4096];
    const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    char *const start = from - ((uintptr_t)from & (page_bytes - 1));
    const size_t count = ((size_t)(from + bytes - start) + page_bytes - 1) / page_bytes;
    assert_in_range(count, 1, sizeof pages);
    assert_int_equal(mincore(start, count * page_bytes, pages), 0);
    size_t resident_count = 0;
    for (size_t i = 0; i < count; i++) {
        resident_count += pages[i] & 1;
    }
    return resident_count == count ? bytes : resident_count * page_bytes;
}

/* Header, sentinel and the step of the lists (1/64 of a power of two) come on top, then whole frames. */
static void test_pools_are_whole_frames(void **state)
{
    (void)state;
    static const struct {
        size_t bytes;
        size_t align;
        size_t pool_bytes;
    } cases[] = {
        {1, 1, 2 * MIB},
        {2 * MIB - 32768, 16, 2 * MIB},
        {2 * MIB - 48, 16, 4 * MIB}, /* all but the sentinel of a frame would do; its list does not hold it */
        {2 * MIB, 16, 4 * MIB},
        {1, 2 * MIB, 4 * MIB},
        {64 * MIB, 16, 66 * MIB},
        {256 * MIB, 16, 262 * MIB}, /* 256 + 4 + 32 bytes */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct heap *const heap = open_heap();
        const size_t start_bytes = mapped_bytes();
        assert_non_null(heap_alloc(heap, cases[i].bytes, cases[i].align, 0));
        assert_int_equal(mapped_bytes() - start_bytes, cases[i].pool_bytes);
        heap->ops->close(heap);
        assert_true(mapped_bytes() <= start_bytes);
    }
}

static void test_resident_at_once_and_for_good(void **state)
{
    (void)state;
    struct heap *const heap = open_heap();
    char *const block = heap_alloc(heap, 64 * MIB, 16, 0);
    assert_non_null(block);
    /* With the rest of the pool, which nobody has asked for. */
    char *const frame = block - ((uintptr_t)block & (2 * MIB - 1));
    assert_int_equal(resident_bytes(frame, 66 * MIB), 66 * MIB);
    const size_t full_bytes = mapped_bytes();
    heap_free(heap, block, 64 * MIB);
    assert_int_equal(mapped_bytes(), full_bytes);
    assert_int_equal(resident_bytes(frame, 66 * MIB), 66 * MIB);
    heap->ops->close(heap);
    assert_true(mapped_bytes() + 66 * MIB <= full_bytes);
}

static void test_freed_blocks_are_reused_dirty(void **state)
{
    (void)state;
    struct heap *const heap = open_heap();
    char *const block = heap_alloc(heap, 8 * MIB, 16, 0);
    assert_non_null(block);
    const size_t full_bytes = mapped_bytes();
    for (unsigned i = 0; i < 3; i++) {
        memset(block, 0xaa, 8 * MIB);
        heap_free(heap, block, 8 * MIB);
        char *const again = heap_alloc(heap, 8 * MIB, 16, i == 2 ? HEAP_ZEROED : 0);
        assert_ptr_equal(again, block);
        assert_int_equal(mapped_bytes(), full_bytes);
        /* A free block's own links lie in its first 32 bytes, 16 of them past the header. */
        for (size_t offset = 16; offset < 8 * MIB; offset++) {
            if ((unsigned char)again[offset] != (i == 2 ? 0 : 0xaa)) {
                fail_msg("round %u, byte %zu: %#x", i, offset, (unsigned char)again[offset]);
            }
        }
    }
    heap->ops->close(heap);
}

/* The block is the only one, with room behind it in its pool: it moves nevertheless, also to shrink. */
static void test_resizing_always_copies(void **state)
{
    (void)state;
    struct heap *const heap = open_heap();
    char *const block = heap_alloc(heap, 4096, 16, 0);
    assert_non_null(block);
    memset(block, 0x55, 4096);
    const size_t start_bytes = mapped_bytes();
    char *const grown = heap_resize(heap, block, 4096, 8192, 16, HEAP_ZEROED);
    assert_non_null(grown);
    assert_ptr_not_equal(grown, block);
    assert_true(grown[4095] == 0x55 && grown[4096] == 0 && grown[8191] == 0);
    char *const shrunk = heap_resize(heap, grown, 8192, 100, 16, 0);
    assert_non_null(shrunk);
    assert_ptr_not_equal(shrunk, grown);
    assert_true(shrunk[99] == 0x55);
    assert_int_equal(mapped_bytes(), start_bytes);
    heap_free(heap, shrunk, 100);
    heap->ops->close(heap);
}

/* No memory for a pool: growth fails, shrinking stays where it is. */
static void test_resizing_without_memory(void **state)
{
    (void)state;
    struct heap *const heap = open_heap();
    char *const block = heap_alloc(heap, 8 * MIB, 16, 0);
    assert_non_null(block);
    memset(block, 0x55, 8 * MIB);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_DATA, &before), 0);
    /* Not 0: the kernel lets that pass (mm/mmap.c, may_expand_vm). */
    const struct rlimit none = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_DATA, &none), 0);
    char *const grown = heap_resize(heap, block, 8 * MIB, 9 * MIB, 16, 0);
    char *const shrunk = heap_resize(heap, block, 8 * MIB, 7 * MIB, 16, 0);
    assert_int_equal(setrlimit(RLIMIT_DATA, &before), 0);
    assert_null(grown);
    assert_ptr_equal(shrunk, block);
    /* What it was cut off is dirty when it grows again. */
    char *const again = heap_resize(heap, block, 7 * MIB, 8 * MIB, 16, HEAP_ZEROED);
    assert_non_null(again);
    assert_true(again[7 * MIB - 1] == 0x55 && again[7 * MIB] == 0 && again[8 * MIB - 1] == 0);
    heap_free(heap, again, 8 * MIB);
    struct heap_stats stats;
    heap->ops->stats(heap, &stats);
    assert_int_equal(stats.live_bytes, 0);
    heap->ops->close(heap);
}

/* Doubling: what was freed never adds up to what comes next, as pools are not merged. */
static void test_doubling_needs_new_pools(void **state)
{
    (void)state;
    struct heap *const heap = open_heap();
    const size_t start_bytes = mapped_bytes();
    size_t pool_bytes = 0;
    char *block = heap_alloc(heap, 4 * MIB, 16, 0);
    for (size_t bytes = 4 * MIB; bytes <= 64 * MIB; bytes *= 2) {
        assert_non_null(block);
        pool_bytes += bytes + 2 * MIB;
        assert_int_equal(mapped_bytes() - start_bytes, pool_bytes);
        block = bytes < 64 * MIB ? heap_resize(heap, block, bytes, 2 * bytes, 16, 0) : block;
    }
    heap->ops->close(heap);
}

/* Blocks of all sizes and alignments go in an order that leaves holes everywhere; then the pool is one again.
 */
static void test_free_neighbours_merge(void **state)
{
    (void)state;
    enum { COUNT = 2000 };
    struct heap *const heap = open_heap();
    char *const whole = heap_alloc(heap, 64 * MIB, 16, 0);
    assert_non_null(whole);
    const size_t full_bytes = mapped_bytes();
    for (size_t round = 0; round < 4; round++) {
        heap_free(heap, whole, 64 * MIB);
        char *blocks[COUNT];
        for (size_t i = 0; i < COUNT; i++) {
            blocks[i] = heap_alloc(heap, 1 + i * i % 30011, (size_t)1 << (i * 7 + round) % 13, 0);
            assert_non_null(blocks[i]);
            memset(blocks[i], (int)i, 1 + i * i % 30011);
        }
        /* 1,999 is prime: each i comes once. */
        heap_free(heap, blocks[COUNT - 1], 1 + (COUNT - 1) * (COUNT - 1) % 30011);
        for (size_t i = 0; i < COUNT - 1; i++) {
            const size_t chosen = (i * 613 + round) % (COUNT - 1);
            assert_true(blocks[chosen][chosen * chosen % 30011] == (char)chosen);
            heap_free(heap, blocks[chosen], 1 + chosen * chosen % 30011);
        }
        assert_ptr_equal(heap_alloc(heap, 64 * MIB, 16, 0), whole);
        assert_int_equal(mapped_bytes(), full_bytes);
    }
    heap->ops->close(heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pools_are_whole_frames),
        cmocka_unit_test(test_resident_at_once_and_for_good),
        cmocka_unit_test(test_freed_blocks_are_reused_dirty),
        cmocka_unit_test(test_resizing_always_copies),
        cmocka_unit_test(test_resizing_without_memory),
        cmocka_unit_test(test_doubling_needs_new_pools),
        cmocka_unit_test(test_free_neighbours_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
