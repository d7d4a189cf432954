/* SPDX-License-Identifier: MIT
 *
 * tlsf.c against the allocator it stands for: the same operations were given to FlexTlsf<_, usize, usize, 64,
 * 64> of the Rust crate rlsf (0.2.1, github.com/yvt/rlsf), as Oak's heap.rs uses it, with a source of pools
 * in whole frames of 2 MiB. Pool by pool and block by block it answered the same: 24 pools and 200,076
 * blocks, kept here as a hash of every pool's size and of every block's pool and offset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>

#include "allocators/tlsf.h"

enum { OPERATION_COUNT = 400000, SLOT_COUNT = 300, POOL_MAX = 64 };

static const size_t frame_bytes = (size_t)2 << 20;

static const uint64_t rlsf_pool_count = 24;
static const uint64_t rlsf_block_count = 200076;
static const uint64_t rlsf_hash = 0xd304c371506251b0;

struct pools {
    struct tlsf tlsf;
    char *starts[POOL_MAX];
    size_t bytes[POOL_MAX];
    size_t count;
    uint64_t hash;
};

/* The multiplier is Knuth's (MMIX); its low bits are poor. */
static uint64_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* FNV-1a, a word at a time. */
static void hash_add(struct pools *pools, uint64_t word)
{
    pools->hash = (pools->hash ^ word) * 0x100000001b3u;
}

static void pool_add(struct pools *pools, size_t needed_bytes)
{
    assert_in_range(pools->count, 0, POOL_MAX - 1);
    assert_int_not_equal(needed_bytes, 0);
    const size_t bytes = (needed_bytes + frame_bytes - 1) & ~(frame_bytes - 1);
    char *const start = aligned_alloc(frame_bytes, bytes);
    assert_non_null(start);
    pools->starts[pools->count] = start;
    pools->bytes[pools->count++] = bytes;
    tlsf_add_pool(&pools->tlsf, start, bytes);
    hash_add(pools, bytes);
}

static void *alloc(struct pools *pools, size_t bytes, size_t align)
{
    char *block = tlsf_alloc(&pools->tlsf, bytes, align);
    if (block == NULL) {
        pool_add(pools, tlsf_pool_bytes(bytes, align));
        block = tlsf_alloc(&pools->tlsf, bytes, align);
    }
    assert_non_null(block);
    size_t i = 0;
    while (i < pools->count && !(block >= pools->starts[i] && block < pools->starts[i] + pools->bytes[i])) {
        i++;
    }
    assert_in_range(i, 0, pools->count - 1);
    hash_add(pools, i);
    hash_add(pools, (uint64_t)(block - pools->starts[i]));
    return block;
}

static void test_as_rlsf(void **state)
{
    (void)state;
    struct pools *const pools = calloc(1, sizeof *pools);
    assert_non_null(pools);
    void *slots[SLOT_COUNT] = {NULL};
    uint64_t block_count = 0;
    uint64_t random_state = 1;
    for (unsigned i = 0; i < OPERATION_COUNT; i++) {
        void **const slot = &slots[random_next(&random_state) % SLOT_COUNT];
        const size_t power = (size_t)1 << random_next(&random_state) % 21;
        const size_t bytes = power + random_next(&random_state) % power;
        const bool is_widely_aligned = random_next(&random_state) % 8 == 0;
        const size_t align = (size_t)1 << random_next(&random_state) % (is_widely_aligned ? 22 : 5);
        if (*slot != NULL) {
            tlsf_free(&pools->tlsf, *slot);
            *slot = NULL;
        } else {
            *slot = alloc(pools, bytes, align);
            block_count++;
        }
    }
    assert_int_equal(pools->count, rlsf_pool_count);
    assert_int_equal(block_count, rlsf_block_count);
    assert_int_equal(pools->hash, rlsf_hash);
    for (size_t i = 0; i < pools->count; i++) {
        free(pools->starts[i]);
    }
    free(pools);
}

static void test_too_large(void **state)
{
    (void)state;
    struct tlsf *const tlsf = calloc(1, sizeof *tlsf);
    assert_non_null(tlsf);
    for (size_t bytes = SIZE_MAX; bytes > SIZE_MAX - 200; bytes--) {
        assert_int_equal(tlsf_pool_bytes(bytes, 1), 0);
        assert_null(tlsf_alloc(tlsf, bytes, 1));
        assert_int_equal(tlsf_pool_bytes(bytes, frame_bytes), 0);
    }
    assert_null(tlsf_alloc(tlsf, 1, 1));
    free(tlsf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_rlsf),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
