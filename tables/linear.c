/* SPDX-License-Identifier: MIT
 *
 * linear_rebuild and linear_inplace: one open-addressing table, two ways to grow it (linear_growth.c).
 *
 * Linear probing with wrap (Knuth, TAOCP 3, 6.4, algorithms L and R), erase by backward shift, no tombstones;
 * never shrinks. By itself it doubles from 16 slots on at a load of 3/4. An index is the upper half of hash
 * times capacity, as no power of two could follow every growth factor; and not the remainder of a division,
 * as homes would change their order with the capacity.
 *
 * Key 0 marks an empty slot, so the entry with key 0 is kept aside; it counts towards the load, so that
 * growth comes at the same entry whatever the keys.
 */
#include <assert.h>
#include <errno.h>

#include "tables/linear.h"

enum { LINEAR_FIRST_CAPACITY = 16, LINEAR_LOAD_PERMILLE = 750, LINE_BYTES = 64 };

/* The key's slot, or the empty one where it belongs. */
ENTRY_INLINE struct entry *probe(const struct linear *self, uint64_t key, uint64_t hash, size_t entry_bytes)
{
    uint64_t i = high_product(hash, self->slot_count);
    for (;;) {
        struct entry *slot = slot_at(self, i, entry_bytes);
        if (slot->key == key || slot->key == EMPTY_KEY)
            return slot;
        i = slot_after(self, i);
    }
}

/* The fewest from the first capacity on that hold `entry_count` entries without growth; 0 = no block can. */
static uint64_t slots_for(const struct linear *self, uint64_t entry_count)
{
    if (entry_count <= linear_limit(LINEAR_FIRST_CAPACITY, self->load_permille))
        return LINEAR_FIRST_CAPACITY;
    const unsigned __int128 slot_count =
        ((unsigned __int128)entry_count * 1000 + self->load_permille - 1) / self->load_permille;
    return slot_count <= self->growth.count_max ? (uint64_t)slot_count : 0;
}

static void *create(struct heap *heap, const struct table_options *options, int (*grow)(struct linear *self))
{
    assert(options->load_permille < 1000);
    struct linear *self = heap_alloc(heap, sizeof(*self), _Alignof(struct linear), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap = heap;
    self->seed = options->seed;
    self->grow = grow;
    self->entry_bytes = entry_bytes_of(options);
    self->load_permille = options->load_permille ? options->load_permille : LINEAR_LOAD_PERMILLE;
    self->growth = growth_of(options, self->entry_bytes);
    const uint64_t slot_count = slots_for(self, options->reserve_entries);
    void *slots = NULL;
    if (slot_count)
        slots = heap_alloc(heap, slot_count * self->entry_bytes, LINEAR_ALIGN_BYTES, HEAP_ZEROED);
    if (!slots) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    linear_adopt_slots(self, slots, slot_count);
    return self;
}

static void *linear_rebuild_create(struct heap *heap, const struct table_options *options)
{
    return create(heap, options, linear_grow_by_rebuild);
}

static void *linear_inplace_create(struct heap *heap, const struct table_options *options)
{
    return create(heap, options, linear_grow_in_place);
}

/* Two lines each: to prove absence at a high load, a probe often runs into the next, and a large entry may
 * straddle them. */
ENTRY_INLINE void hash_and_prefetch(const struct linear *self, const uint64_t *keys, size_t n,
                                    uint64_t *hashes, bool for_write, size_t entry_bytes)
{
    for (size_t i = 0; i < n; i++) {
        hashes[i] = table_hash(keys[i], self->seed);
        const uint64_t home = high_product(hashes[i], self->slot_count);
        const uint64_t next = home + LINE_BYTES / entry_bytes;
        const void *line = slot_at(self, home, entry_bytes);
        const void *next_line =
            slot_at(self, next < self->slot_count ? next : next - self->slot_count, entry_bytes);
        if (for_write) {
            __builtin_prefetch(line, 1);
            __builtin_prefetch(next_line, 1);
        } else {
            __builtin_prefetch(line, 0);
            __builtin_prefetch(next_line, 0);
        }
    }
}

static int insert_zero(struct linear *self, uint64_t value)
{
    if (!self->has_zero) {
        if (self->entry_count == self->entry_limit && self->grow(self) != 0)
            return ENOMEM;
        self->has_zero = true;
        self->entry_count++;
    }
    entry_write(&self->zero.entry, EMPTY_KEY, value, self->entry_bytes);
    return 0;
}

ENTRY_INLINE int insert_one(struct linear *self, uint64_t key, uint64_t hash, uint64_t value,
                            size_t entry_bytes)
{
    if (key == EMPTY_KEY)
        return insert_zero(self, value);
    struct entry *slot = probe(self, key, hash, entry_bytes);
    if (slot->key != key) {
        if (self->entry_count == self->entry_limit) {
            if (self->grow(self) != 0)
                return ENOMEM;
            slot = probe(self, key, hash, entry_bytes);
        }
        self->entry_count++;
    }
    entry_write(slot, key, value, entry_bytes);
    return 0;
}

ENTRY_INLINE int insert_batch(struct linear *self, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                              size_t entry_bytes)
{
    uint64_t hashes[TABLE_BATCH_MAX];
    hash_and_prefetch(self, keys, n, hashes, true, entry_bytes);
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = insert_one(self, keys[i], hashes[i], first_ordinal + i, entry_bytes);
    return error;
}

static int linear_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct linear *self = table;
    const uint64_t old_entry_count = self->entry_count;
    const int error = BY_ENTRY_BYTES(self->entry_bytes, insert_batch, self, keys, first_ordinal, n);
    *added = self->entry_count - old_entry_count;
    return error;
}

ENTRY_INLINE uint64_t find_batch(const struct linear *self, const uint64_t *keys, size_t n, uint64_t *sum,
                                 size_t entry_bytes)
{
    uint64_t hashes[TABLE_BATCH_MAX];
    hash_and_prefetch(self, keys, n, hashes, false, entry_bytes);
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const bool is_zero = keys[i] == EMPTY_KEY;
        const struct entry *slot = is_zero ? &self->zero.entry : probe(self, keys[i], hashes[i], entry_bytes);
        const bool hit = is_zero ? self->has_zero : slot->key == keys[i];
        hit_count += hit;
        value_sum += hit ? slot->value : 0;
    }
    *sum = value_sum;
    return hit_count;
}

static uint64_t linear_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                            uint64_t *sum)
{
    (void)first_ordinal;
    const struct linear *self = table;
    return BY_ENTRY_BYTES(self->entry_bytes, find_batch, self, keys, n, sum);
}

/* How far slot `to` is behind slot `from`, with wrap. */
static inline uint64_t distance(const struct linear *self, uint64_t from, uint64_t to)
{
    return to >= from ? to - from : to + self->slot_count - from;
}

/* Moves back each entry behind the gap that may live there, which leaves the gap in its old place. */
ENTRY_INLINE void close_gap(struct linear *self, uint64_t gap, size_t entry_bytes)
{
    for (uint64_t i = slot_after(self, gap); !is_empty(self, i, entry_bytes); i = slot_after(self, i)) {
        const struct entry *entry = slot_at(self, i, entry_bytes);
        if (distance(self, home_of(self, entry->key), i) >= distance(self, gap, i)) {
            entry_copy(slot_at(self, gap, entry_bytes), entry, entry_bytes);
            gap = i;
        }
    }
    slot_at(self, gap, entry_bytes)->key = EMPTY_KEY;
}

ENTRY_INLINE bool erase_one(struct linear *self, uint64_t key, uint64_t hash, size_t entry_bytes)
{
    if (key == EMPTY_KEY) {
        const bool erased = self->has_zero;
        self->has_zero = false;
        return erased;
    }
    const struct entry *slot = probe(self, key, hash, entry_bytes);
    if (slot->key != key)
        return false;
    close_gap(self, ((uintptr_t)slot - (uintptr_t)self->slots) / entry_bytes, entry_bytes);
    return true;
}

ENTRY_INLINE uint64_t erase_batch(struct linear *self, const uint64_t *keys, size_t n, size_t entry_bytes)
{
    uint64_t hashes[TABLE_BATCH_MAX];
    hash_and_prefetch(self, keys, n, hashes, true, entry_bytes);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++)
        erased_count += erase_one(self, keys[i], hashes[i], entry_bytes);
    return erased_count;
}

static uint64_t linear_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct linear *self = table;
    const uint64_t erased_count = BY_ENTRY_BYTES(self->entry_bytes, erase_batch, self, keys, n);
    self->entry_count -= erased_count;
    return erased_count;
}

static const void *linear_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct linear *self = table;
    if (key == EMPTY_KEY)
        return self->has_zero ? &self->zero.entry : NULL;
    const struct entry *slot = probe(self, key, table_hash(key, self->seed), self->entry_bytes);
    return slot->key == key ? slot : NULL;
}

static void linear_stats(void *table, struct table_stats *stats)
{
    const struct linear *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->slot_count * self->entry_bytes,
    };
}

static void linear_destroy(void *table)
{
    struct linear *self = table;
    if (!self)
        return;
    heap_free(self->heap, self->slots, self->slot_count * self->entry_bytes);
    heap_free(self->heap, self, sizeof(*self));
}

enum {
    LINEAR_PROPERTIES = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY |
                        TABLE_TAKES_GROWTH | TABLE_TAKES_LOAD | TABLE_TAKES_ENTRY_BYTES | TABLE_TAKES_RESERVE
};

const struct table table_linear_rebuild = {
    .name = "linear_rebuild",
    .summary = "linear probing; doubles by rehashing into a new block",
    .properties = LINEAR_PROPERTIES,
    .create = linear_rebuild_create,
    .insert = linear_insert,
    .find = linear_find,
    .erase = linear_erase,
    .entry_address = linear_entry_address,
    .stats = linear_stats,
    .destroy = linear_destroy,
};

const struct table table_linear_inplace = {
    .name = "linear_inplace",
    .summary = "linear probing; doubles by resizing its block and spreading entries inside it",
    .properties = LINEAR_PROPERTIES,
    .create = linear_inplace_create,
    .insert = linear_insert,
    .find = linear_find,
    .erase = linear_erase,
    .entry_address = linear_entry_address,
    .stats = linear_stats,
    .destroy = linear_destroy,
};
