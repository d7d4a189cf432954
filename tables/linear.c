/* SPDX-License-Identifier: MIT
 *
 * linear_rebuild and linear_inplace: one open-addressing table, two ways to double it.
 *
 * Linear probing with wrap (Knuth, TAOCP 3, 6.4, algorithms L and R), power-of-two capacity, load at most
 * 3/4, erase by backward shift, no tombstones; never shrinks. Key 0 marks an empty slot, so the entry with
 * key 0 is kept aside; it counts towards the load, so that growth comes at the same entry whatever the keys.
 *
 * A slot's index is the high bits of the hash. Doubling adds a bit below them: home h becomes 2h or 2h + 1,
 * and the order of homes stays. So a rebuild reads and writes sequentially, and growth in place needs no
 * second block.
 *
 * Invariant: from an entry's home to its place, in the order of probing, no slot is empty.
 */
#include <errno.h>
#include <stdbool.h>

#include "tables/hash.h"
#include "tables/table.h"

/* 16, not a cache line: above it many allocators can only resize by a copy. Entries never straddle a line. */
enum {
    LINEAR_FIRST_CAPACITY = 16,
    LINEAR_ALIGN_BYTES = 16,
    EMPTY_KEY = 0,
    PAGE_SLOTS = 4096 / 16,
    LINE_SLOTS = 64 / 16
};

struct slot {
    uint64_t key;
    uint64_t value; /* stale where the slot is empty */
};

struct linear {
    struct heap *heap;
    struct slot *slots;
    uint64_t slot_count;
    uint64_t mask;
    unsigned shift;
    uint64_t seed;
    uint64_t entry_count; /* with the one aside */
    uint64_t entry_limit;
    int (*grow)(struct linear *self);
    bool has_zero;
    struct slot zero;
};

static inline uint64_t home_of(const struct linear *self, uint64_t key)
{
    return table_hash(key, self->seed) >> self->shift;
}

/* The key's slot, or the empty one where it belongs. */
static inline struct slot *probe(const struct linear *self, uint64_t key, uint64_t hash)
{
    struct slot *const slots = self->slots;
    const uint64_t mask = self->mask;
    uint64_t i = hash >> self->shift;
    while (slots[i].key != key && slots[i].key != EMPTY_KEY)
        i = (i + 1) & mask;
    return &slots[i];
}

static inline uint64_t first_empty(const struct linear *self, uint64_t i)
{
    while (self->slots[i].key != EMPTY_KEY)
        i = (i + 1) & self->mask;
    return i;
}

static void adopt_slots(struct linear *self, struct slot *slots, uint64_t slot_count)
{
    self->slots = slots;
    self->slot_count = slot_count;
    self->mask = slot_count - 1;
    self->shift = 64 - (unsigned)__builtin_ctzll(slot_count);
    self->entry_limit = slot_count / 4 * 3;
}

/* Slot order, from an empty slot on, so that what wrapped comes last.
 *
 * To read a fresh page and then write it faults twice: first the shared zero page is mapped, then copied.
 * Probing reads first, so each page gets a write of its own before. It must not hit an entry: while old slot
 * i is empty, all that has been moved came from slots below i without having wrapped, and lies below 2i
 * (fewer entries than slots, as in spread_clusters). */
static void rehash(const struct linear *self, const struct slot *old_slots, uint64_t old_count)
{
    struct slot *const slots = self->slots;
    uint64_t start = 0;
    while (old_slots[start].key != EMPTY_KEY)
        start++;
    uint64_t touched = 2 * start;
    for (uint64_t n = 0; n < old_count; n++) {
        const uint64_t i = (start + n) & (old_count - 1);
        if (old_slots[i].key != EMPTY_KEY) {
            slots[first_empty(self, home_of(self, old_slots[i].key))] = old_slots[i];
            continue;
        }
        for (; touched < 2 * i + PAGE_SLOTS && touched < self->slot_count; touched += PAGE_SLOTS)
            if (touched >= 2 * i)
                slots[touched].key = EMPTY_KEY;
    }
}

static int grow_by_rebuild(struct linear *self)
{
    struct slot *const old_slots = self->slots;
    const uint64_t old_count = self->slot_count;
    struct slot *slots =
        heap_alloc(self->heap, 2 * old_count * sizeof(struct slot), LINEAR_ALIGN_BYTES, HEAP_ZEROED);
    if (!slots)
        return ENOMEM;
    adopt_slots(self, slots, 2 * old_count);
    rehash(self, old_slots, old_count);
    heap_free(self->heap, old_slots, old_count * sizeof(struct slot));
    return 0;
}

/* Takes the entry out and puts it into the first empty slot from its home on: where it was, or earlier. */
static inline void reinsert(struct linear *self, uint64_t place)
{
    const struct slot entry = self->slots[place];
    self->slots[place].key = EMPTY_KEY;
    self->slots[first_empty(self, home_of(self, entry.key))] = entry;
}

/* Growth in place, first step: whole clusters, from the top of the old half down, to their new places.
 *
 * A cluster is a maximal run of occupied slots [start, end). As slot start - 1 is empty, homes of its entries
 * are at or above `start`, new homes at or above 2 start; if 2 start >= end, these lie above all that has not
 * been moved, so inserting is ordinary probing in a table that holds only moved entries. None of them wraps:
 * were slots y .. top full of entries with new homes >= y and one more to come, then 2 old_count - y + 1
 * entries would have had old homes >= y / 2, without having wrapped, in old_count - y / 2 slots: too few.
 *
 * Returns the end of the bottom, [0, end), whose topmost cluster is longer than the room below it. */
static uint64_t spread_clusters(struct linear *self, uint64_t old_count)
{
    uint64_t end = old_count;
    uint64_t touched = 2 * old_count;
    for (;;) {
        while (end > 0 && self->slots[end - 1].key == EMPTY_KEY)
            end--;
        uint64_t start = end;
        while (start > 0 && self->slots[start - 1].key != EMPTY_KEY)
            start--;
        if (start == 0 || 2 * start < end)
            return end;
        /* As in rehash: fresh pages are written before they are read. Nothing has landed this low yet. */
        for (; touched > 2 * start && touched >= old_count + PAGE_SLOTS; touched -= PAGE_SLOTS)
            self->slots[touched - PAGE_SLOTS].key = EMPTY_KEY;
        for (uint64_t i = start; i < end; i++)
            reinsert(self, i);
        end = start;
    }
}

/* Second step: one sweep over the bottom, and on to the first empty slot at or behind its end.
 *
 * An entry taken from place p lands at p or earlier on its path: ahead of the sweep only if its home is
 * ahead, and then without having wrapped. So behind the bottom no entry that the sweep meets has wrapped,
 * none lands ahead any more, and the sweep stops at the slot e that was the first empty one there when it
 * left the bottom; there is one, as the slots behind the bottom are more than all entries.
 *
 * One sweep is enough. Let it empty slot s on the path of an entry that was put at q. If s < q, slots s + 1
 * to q are occupied then, so it goes on to q and mends that. If s > q, the path wraps. The entry was put
 * there while the sweep was in the bottom, with all slots from its home to the top occupied. The home is
 * behind the bottom, or these would be more than all entries; so they were occupied still when the sweep left
 * the bottom, e is below the home, and the sweep never came to s. */
static void settle_bottom(struct linear *self, uint64_t bottom_end)
{
    for (uint64_t i = 0; i < bottom_end || self->slots[i].key != EMPTY_KEY; i++)
        if (self->slots[i].key != EMPTY_KEY)
            reinsert(self, i);
}

static int grow_in_place(struct linear *self)
{
    const uint64_t old_count = self->slot_count;
    struct slot *slots = heap_resize(self->heap, self->slots, old_count * sizeof(struct slot),
                                     2 * old_count * sizeof(struct slot), LINEAR_ALIGN_BYTES, HEAP_ZEROED);
    if (!slots)
        return ENOMEM;
    adopt_slots(self, slots, 2 * old_count);
    settle_bottom(self, spread_clusters(self, old_count));
    return 0;
}

static void *create(struct heap *heap, const struct table_options *options, int (*grow)(struct linear *self))
{
    struct linear *self = heap_alloc(heap, sizeof(*self), _Alignof(struct linear), HEAP_ZEROED);
    if (!self)
        return NULL;
    struct slot *slots =
        heap_alloc(heap, LINEAR_FIRST_CAPACITY * sizeof(struct slot), LINEAR_ALIGN_BYTES, HEAP_ZEROED);
    if (!slots) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    self->heap = heap;
    self->seed = options->seed;
    self->grow = grow;
    adopt_slots(self, slots, LINEAR_FIRST_CAPACITY);
    return self;
}

static void *linear_rebuild_create(struct heap *heap, const struct table_options *options)
{
    return create(heap, options, grow_by_rebuild);
}

static void *linear_inplace_create(struct heap *heap, const struct table_options *options)
{
    return create(heap, options, grow_in_place);
}

/* Two lines each: to prove absence at a high load, a probe often runs into the next. */
static inline void hash_and_prefetch(const struct linear *self, const uint64_t *keys, size_t n,
                                     uint64_t *hashes, bool for_write)
{
    for (size_t i = 0; i < n; i++) {
        hashes[i] = table_hash(keys[i], self->seed);
        const uint64_t home = hashes[i] >> self->shift;
        const struct slot *line = &self->slots[home];
        const struct slot *next_line = &self->slots[(home + LINE_SLOTS) & self->mask];
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
    self->zero.value = value;
    return 0;
}

static inline int insert_one(struct linear *self, uint64_t key, uint64_t hash, uint64_t value)
{
    if (key == EMPTY_KEY)
        return insert_zero(self, value);
    struct slot *slot = probe(self, key, hash);
    if (slot->key == key) {
        slot->value = value;
        return 0;
    }
    if (self->entry_count == self->entry_limit) {
        if (self->grow(self) != 0)
            return ENOMEM;
        slot = probe(self, key, hash);
    }
    *slot = (struct slot){key, value};
    self->entry_count++;
    return 0;
}

static int linear_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct linear *self = table;
    uint64_t hashes[TABLE_BATCH_MAX];
    hash_and_prefetch(self, keys, n, hashes, true);
    const uint64_t old_entry_count = self->entry_count;
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = insert_one(self, keys[i], hashes[i], first_ordinal + i);
    *added = self->entry_count - old_entry_count;
    return error;
}

static uint64_t linear_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                            uint64_t *sum)
{
    (void)first_ordinal;
    const struct linear *self = table;
    uint64_t hashes[TABLE_BATCH_MAX];
    hash_and_prefetch(self, keys, n, hashes, false);
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const bool is_zero = keys[i] == EMPTY_KEY;
        const struct slot *slot = is_zero ? &self->zero : probe(self, keys[i], hashes[i]);
        const bool hit = is_zero ? self->has_zero : slot->key == keys[i];
        hit_count += hit;
        value_sum += hit ? slot->value : 0;
    }
    *sum = value_sum;
    return hit_count;
}

/* Moves back each entry behind the gap that may live there, which leaves the gap in its old place. */
static void close_gap(struct linear *self, uint64_t gap)
{
    struct slot *const slots = self->slots;
    const uint64_t mask = self->mask;
    for (uint64_t i = (gap + 1) & mask; slots[i].key != EMPTY_KEY; i = (i + 1) & mask) {
        const uint64_t displacement = (i - home_of(self, slots[i].key)) & mask;
        if (displacement >= ((i - gap) & mask)) {
            slots[gap] = slots[i];
            gap = i;
        }
    }
    slots[gap].key = EMPTY_KEY;
}

static bool erase_one(struct linear *self, uint64_t key, uint64_t hash)
{
    if (key == EMPTY_KEY) {
        const bool erased = self->has_zero;
        self->has_zero = false;
        return erased;
    }
    const struct slot *slot = probe(self, key, hash);
    if (slot->key != key)
        return false;
    close_gap(self, (uint64_t)(slot - self->slots));
    return true;
}

static uint64_t linear_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct linear *self = table;
    uint64_t hashes[TABLE_BATCH_MAX];
    hash_and_prefetch(self, keys, n, hashes, true);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++)
        erased_count += erase_one(self, keys[i], hashes[i]);
    self->entry_count -= erased_count;
    return erased_count;
}

static const void *linear_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct linear *self = table;
    if (key == EMPTY_KEY)
        return self->has_zero ? &self->zero : NULL;
    const struct slot *slot = probe(self, key, table_hash(key, self->seed));
    return slot->key == key ? slot : NULL;
}

static void linear_stats(void *table, struct table_stats *stats)
{
    const struct linear *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->slot_count * sizeof(struct slot),
    };
}

static void linear_destroy(void *table)
{
    struct linear *self = table;
    if (!self)
        return;
    heap_free(self->heap, self->slots, self->slot_count * sizeof(struct slot));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_linear_rebuild = {
    .name = "linear_rebuild",
    .summary = "linear probing; doubles by rehashing into a new block",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY,
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
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY,
    .create = linear_inplace_create,
    .insert = linear_insert,
    .find = linear_find,
    .erase = linear_erase,
    .entry_address = linear_entry_address,
    .stats = linear_stats,
    .destroy = linear_destroy,
};
