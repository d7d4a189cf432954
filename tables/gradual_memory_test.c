/* SPDX-License-Identifier: MIT
 *
 * What the tables that grow without a pause hold resident, as the kernel counts it, on the allocator that they are made
 * for: while they grow, from 2^18 entries on, no more than each of them claims; and after erasing everything, in any
 * order, no more than an empty table does, but for a floor; in blocks, too, on a heap that counts them. Pages of 4 KiB
 * only: a huge one is more than that floor.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/prctl.h>

#include "harness/measure/memory.h"
#include "tables/testing/checked_heap.h"
#include "tables/testing/gradual_suite.h"
#include "tables/testing/model.h"

enum {
    ENTRIES = 1 << 20,
    LEAST_ENTRIES = 1 << 18, /* below, what is empty counts for too much */
    BLOCK_ENTRIES = 1 << 17,
    FLOOR_BYTES = (256 + 64) << 10,
};

static const uint64_t TEST_SEED = 0x5EEDu;

extern const struct allocator allocator_mremap;

struct fixture {
    struct model model;
    const struct gradual *gradual;
    uint64_t start_bytes; /* with the reference, before the table */
    uint64_t empty_bytes; /* of the empty table */
};

static uint64_t resident_bytes(void)
{
    uint64_t bytes = 0;
    assert_int_equal(memory_count_anonymous(&bytes), 0);
    return bytes;
}

static uint64_t table_bytes(const struct fixture *f)
{
    const uint64_t bytes = resident_bytes();
    return bytes > f->start_bytes ? bytes - f->start_bytes : 0;
}

static struct fixture fixture_open(void **state)
{
    const struct table *row = suite_row(state);
    struct heap *heap = allocator_mremap.open(&(struct allocator_options){0});
    assert_non_null(heap);
    uint64_t *keys = suite_keys(ENTRIES, TEST_SEED);
    struct fixture f = {.model = model_of(row, heap, suite_failed, keys, ENTRIES), .gradual = *state};
    f.start_bytes = resident_bytes();
    f.start_bytes = resident_bytes();
    assert_true(model_create(&f.model, TEST_SEED));
    f.empty_bytes = table_bytes(&f);
    return f;
}

static void fixture_close(struct fixture *f)
{
    uint64_t *keys = f->model.keys;
    struct heap *heap = f->model.heap;
    model_destroy(&f->model);
    heap->ops->close(heap);
    free(keys);
}

/* At 64 moments of each doubling, and at the end. */
static void fill(struct fixture *f)
{
    uint64_t next_look = LEAST_ENTRIES;
    for (uint64_t id = 0; id < ENTRIES; id++) {
        assert_int_equal(model_insert(&f->model, &id, 1), 0);
        if (id + 1 < next_look && id + 1 < ENTRIES)
            continue;
        next_look += next_look / 64;
        const uint64_t bytes = table_bytes(f), payload_bytes = (id + 1) * TABLE_ENTRY_BYTES;
        assert_true(bytes > payload_bytes);
        if (f->gradual->rss_permille && bytes * 1000 > payload_bytes * f->gradual->rss_permille)
            fail_msg("%ju bytes are resident with %ju entries", (uintmax_t)bytes, (uintmax_t)(id + 1));
    }
}

/* In the order of the bijection `id * factor`, modulo a power of two: 1 is first in, first out. */
static void erase_all(struct model *m, uint64_t factor)
{
    for (uint64_t i = 0; i < m->id_end; i++) {
        const uint64_t id = i * factor % m->id_end;
        model_erase(m, &id, 1);
    }
    assert_int_equal(m->live_count, 0);
}

static void drain(struct fixture *f, uint64_t factor)
{
    erase_all(&f->model, factor);
    const uint64_t bytes = table_bytes(f);
    if (f->gradual->drained != DRAINED_KEEPS && bytes > f->empty_bytes + FLOOR_BYTES)
        fail_msg("%ju bytes are resident after erasing everything, %ju were at first", (uintmax_t)bytes,
                 (uintmax_t)f->empty_bytes);
}

static const uint64_t factors[] = {1, ENTRIES - 1, 0x9E375, 0};

static void test_resident(void **state)
{
    if (IS_SANITIZED)
        skip(); /* what the sanitizer keeps of blocks that are free is resident too */
    struct fixture f = fixture_open(state);
    for (size_t i = 0; factors[i]; i++) {
        fill(&f);
        drain(&f, factors[i]);
    }
    model_check_all(&f.model);
    fixture_close(&f);
}

static void test_blocks(void **state)
{
    const struct table *row = suite_row(state);
    if (((const struct gradual *)*state)->drained != DRAINED_FREES)
        skip();
    struct checked_heap heap = checked_heap(1, 0);
    uint64_t *keys = suite_keys(BLOCK_ENTRIES, TEST_SEED);
    struct model m = model_of(row, &heap.heap, suite_failed, keys, BLOCK_ENTRIES);
    assert_true(model_create(&m, TEST_SEED));
    const uint64_t empty_bytes = heap.live_bytes;
    for (size_t i = 0; factors[i]; i++) {
        for (uint64_t id = 0; id < BLOCK_ENTRIES; id++)
            assert_int_equal(model_insert(&m, &id, 1), 0);
        erase_all(&m, factors[i]);
        if (heap.live_bytes > empty_bytes + FLOOR_BYTES)
            fail_msg("blocks of %ju bytes are left after erasing everything, %ju were at first",
                     (uintmax_t)heap.live_bytes, (uintmax_t)empty_bytes);
    }
    model_destroy(&m);
    free(keys);
}

int main(void)
{
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    static const struct suite_kind kinds[] = {{"resident memory", test_resident}, {"blocks", test_blocks}};
    return suite_run("gradual_memory", kinds, sizeof kinds / sizeof *kinds);
}
