/* SPDX-License-Identifier: MIT
 *
 * What linear.c (operations) and linear_growth.c (growth) share: the layout of the two linear tables.
 *
 * Slots in one block, an entry each; key 0 marks an empty one. An entry's home is the upper half of its hash
 * times the number of slots: the order of homes is that of the hashes, whatever the number, and for a power
 * of two it is the high bits of the hash.
 *
 * Invariants: from an entry's home to its place, in the order of probing, no slot is empty. One slot at least
 * is empty.
 */
#ifndef GROWBENCH_LINEAR_H
#define GROWBENCH_LINEAR_H

#include <stdbool.h>

#include "tables/entry.h"
#include "tables/growth.h"
#include "tables/hash.h"
#include "tables/table.h"

/* 16, not a cache line: above it many allocators can only resize by a copy. So an entry of 16 bytes never
 * straddles a line, a larger one may. */
enum { LINEAR_ALIGN_BYTES = 16, EMPTY_KEY = 0 };

struct linear {
    struct heap *heap;
    void *slots; /* of entry_bytes each; where the key is EMPTY_KEY, the rest is stale */
    uint64_t slot_count;
    uint64_t seed;
    uint64_t entry_count; /* with the one aside */
    uint64_t entry_limit;
    size_t entry_bytes;
    uint64_t load_permille;
    struct growth growth;
    int (*grow)(struct linear *self);
    bool has_zero;
    union {
        struct entry entry;
        uint64_t words[TABLE_ENTRY_BYTES_MAX / sizeof(uint64_t)];
    } zero;
};

/* Return 0 with a limit that is higher, or ENOMEM with nothing changed. */
int linear_grow_by_rebuild(struct linear *self);
int linear_grow_in_place(struct linear *self);

static inline uint64_t linear_limit(uint64_t slot_count, uint64_t load_permille)
{
    const uint64_t limit = (uint64_t)((unsigned __int128)slot_count * load_permille / 1000);
    if (limit == 0)
        return 1;
    return limit < slot_count ? limit : slot_count - 1;
}

static inline void linear_adopt_slots(struct linear *self, void *slots, uint64_t slot_count)
{
    self->slots = slots;
    self->slot_count = slot_count;
    self->entry_limit = linear_limit(slot_count, self->load_permille);
}

static inline uint64_t home_of(const struct linear *self, uint64_t key)
{
    return high_product(table_hash(key, self->seed), self->slot_count);
}

static inline uint64_t slot_after(const struct linear *self, uint64_t i)
{
    return i + 1 == self->slot_count ? 0 : i + 1;
}

ENTRY_INLINE struct entry *slot_at(const struct linear *self, uint64_t i, size_t entry_bytes)
{
    return entry_at(self->slots, i, entry_bytes);
}

ENTRY_INLINE bool is_empty(const struct linear *self, uint64_t i, size_t entry_bytes)
{
    return slot_at(self, i, entry_bytes)->key == EMPTY_KEY;
}

#endif
