/* SPDX-License-Identifier: MIT
 *
 * floor: a yardstick, not a table. What the memory itself costs: every page of the final block touched once,
 * then one prefetched random access of 16 bytes an operation. No probing, no compare, no growth; keys
 * overwrite one another, so nothing it returns can be verified. It is told the final size, which a growing
 * table never is.
 */
#include <assert.h>
#include <errno.h>

#include "tables/hash.h"
#include "tables/table.h"

enum { FLOOR_LEAST_CAPACITY = 16, FLOOR_ALIGN_BYTES = 16, PAGE_BYTES = 4096 };

struct slot {
    uint64_t key;
    uint64_t value;
};

struct floor {
    struct heap *heap;
    struct slot *slots; /* NULL until the first insert */
    uint64_t slot_count;
    unsigned shift;
    uint64_t seed;
    uint64_t entry_count;
};

static void *floor_create(struct heap *heap, const struct table_options *options)
{
    struct floor *self = heap_alloc(heap, sizeof(*self), _Alignof(struct floor), HEAP_ZEROED);
    if (!self)
        return NULL;
    assert(options->expected_entries <= UINT64_MAX / 4 / sizeof(struct slot));
    self->heap = heap;
    self->seed = options->seed;
    self->slot_count = FLOOR_LEAST_CAPACITY;
    while (self->slot_count / 4 * 3 < options->expected_entries)
        self->slot_count *= 2;
    self->shift = 64 - (unsigned)__builtin_ctzll(self->slot_count);
    return self;
}

static int allocate_and_touch(struct floor *self)
{
    const size_t bytes = self->slot_count * sizeof(struct slot);
    self->slots = heap_alloc(self->heap, bytes, FLOOR_ALIGN_BYTES, HEAP_ZEROED);
    if (!self->slots)
        return ENOMEM;
    volatile char *const block = (volatile char *)self->slots;
    for (size_t offset = 0; offset < bytes; offset += PAGE_BYTES)
        block[offset] = 0;
    block[bytes - 1] = 0; /* the block need not begin on a page */
    return 0;
}

static int floor_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct floor *self = table;
    *added = 0;
    if (!self->slots && allocate_and_touch(self) != 0)
        return ENOMEM;
    struct slot *homes[TABLE_BATCH_MAX];
    for (size_t i = 0; i < n; i++) {
        homes[i] = &self->slots[table_hash(keys[i], self->seed) >> self->shift];
        __builtin_prefetch(homes[i], 1);
    }
    for (size_t i = 0; i < n; i++)
        *homes[i] = (struct slot){keys[i], first_ordinal + i};
    self->entry_count += n;
    *added = n;
    return 0;
}

static uint64_t floor_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)first_ordinal;
    const struct floor *self = table;
    *sum = 0;
    if (!self->slots)
        return n;
    const struct slot *homes[TABLE_BATCH_MAX];
    for (size_t i = 0; i < n; i++) {
        homes[i] = &self->slots[table_hash(keys[i], self->seed) >> self->shift];
        __builtin_prefetch(homes[i], 0);
    }
    /* Both halves of what was read go into the sum, so that the compiler cannot drop a read. */
    uint64_t read_sum = 0;
    for (size_t i = 0; i < n; i++)
        read_sum += homes[i]->key ^ homes[i]->value;
    *sum = read_sum;
    return n;
}

static const void *floor_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)table, (void)key, (void)ordinal;
    return NULL;
}

static void floor_stats(void *table, struct table_stats *stats)
{
    const struct floor *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->slots ? self->slot_count * sizeof(struct slot) : 0,
    };
}

static void floor_destroy(void *table)
{
    struct floor *self = table;
    if (!self)
        return;
    if (self->slots)
        heap_free(self->heap, self->slots, self->slot_count * sizeof(struct slot));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_floor = {
    .name = "floor",
    .summary = "yardstick: touches the final block's pages, then one random access an operation",
    .properties = TABLE_KEYED | TABLE_YARDSTICK,
    .create = floor_create,
    .insert = floor_insert,
    .find = floor_find,
    .entry_address = floor_entry_address,
    .stats = floor_stats,
    .destroy = floor_destroy,
};
