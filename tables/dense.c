/* SPDX-License-Identifier: MIT
 *
 * dense: entries that never move, found through an index that grows a few lines at a time. For those who hold
 * pointers or record numbers; not the fastest table: a hit is two misses one after the other, the index's and
 * the entry's, where others have one.
 *
 *     hash -> line of the index (dense_index.h) -> record number -> entry (dense_entries.h)
 *
 * Batches hide both misses: all hashes and a prefetch of their lines; all lines and a prefetch of the entries
 * that they point at; then the keys are compared. What a tag pointed at in vain, or lives in another line
 * than its home, is found by a slow path of its own.
 *
 * Memory: 16 bytes an entry, and 64 / 12 of the index over its load, 0.753 on average: 1.44 times the
 * payload. With records of more than 32 bits, from some 2 G entries on, 64 / 9: 1.59. A record has at most 40
 * bits. Measured while it is filled, over the payload up to 1.6 % before: 1.50 at worst from 2^20 entries on
 * with pages of 4 KiB, 1.58 with huge ones, of which one is not all in use yet. Both are blocks from one
 * pool: dense_entries.h.
 *
 * Out of memory: lines for what moves and a new record are asked for before anything changes.
 *
 * Rejected, measured at 2^23 to 2^25 entries, 4 KiB pages, on a busy machine (trust the ratios):
 *   - entries in one block that grows: they would move wherever the allocator does not grow in place. Finding
 *     the segment costs a bit scan and a load from a table of 1 KiB: not seen beside the misses;
 *   - a generation twice as wide as the one before: half the moves, a fill in 0.65 of the time, but 1.53
 *     times the payload at every moment, past 1.58 with what comes on top. 1.68 times as wide: 1.55 at worst;
 *     1.19 times: 1.41, for twice the moves and 1.5 of the time.
 */
#include <errno.h>

#include "tables/dense_index.h"

struct dense {
    struct heap *heap;
    uint64_t seed;
    struct dense_index index;
    struct dense_entries entries;
};

/* The key's way through the table, as far as it is known before its lines are in the cache. */
struct probe {
    uint64_t hash;
    uint8_t tag;
    struct dense_generation *generation;
    uint64_t home_number;
    struct dense_line *home;
    struct entry *candidate; /* of the first tag that matches; anything where none does */
    uint32_t matches;
};

static void dense_destroy(void *table)
{
    struct dense *self = table;
    if (!self)
        return;
    dense_index_destroy(&self->index);
    dense_entries_destroy(&self->entries);
    heap_free(self->heap, self, sizeof(*self));
}

static void *dense_create(struct heap *heap, const struct table_options *options)
{
    struct dense *self = heap_alloc(heap, sizeof(*self), _Alignof(struct dense), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap = heap;
    self->seed = options->seed;
    if (dense_entries_init(&self->entries, heap) != 0 ||
        dense_index_init(&self->index, heap, &self->entries, options->seed) != 0) {
        dense_destroy(self);
        return NULL;
    }
    return self;
}

ENTRY_INLINE struct probe probe_begin(const struct dense *self, uint64_t key)
{
    struct probe probe;
    probe.hash = table_hash(key, self->seed);
    probe.generation = dense_generation_of(&self->index, probe.hash);
    probe.tag = tag_of(probe.hash >> probe.generation->tag_shift);
    probe.home_number = dense_home(probe.generation, probe.hash);
    probe.home = dense_line_at(probe.generation, probe.home_number);
    return probe;
}

/* Whether further lines may be looked into. */
ENTRY_INLINE bool is_elsewhere(const struct probe *probe, bool for_insert)
{
    if (for_insert && !(dense_match(probe->home, 0) & probe->generation->slot_mask))
        return true;
    return !probe->matches && (probe->home->overflow & dense_filter_bit(probe->tag));
}

/* Reads the home lines, and asks for the entries that they point at. */
ENTRY_INLINE void probe_lines(const struct dense *self, struct probe *probes, size_t n, bool for_insert)
{
    for (size_t i = 0; i < n; i++) {
        struct probe *probe = &probes[i];
        probe->matches = dense_match(probe->home, probe->tag);
        const unsigned slot = (unsigned)__builtin_ctz(probe->matches | 1u << 16) % 16; /* none: any */
        const uint64_t record = dense_record(probe->generation, probe->home, slot);
        probe->candidate = dense_entry(&self->entries, probe->matches ? record : DENSE_FIRST_RECORD);
        __builtin_prefetch(probe->candidate);
        if (is_elsewhere(probe, for_insert)) {
            const struct dense_generation *generation = probe->generation;
            for (uint64_t number = 1; number <= 2; number++)
                __builtin_prefetch(
                    dense_line_or_null(generation, dense_probe(generation, probe->home_number, number)));
        }
    }
}

ENTRY_INLINE void probe_batch(const struct dense *self, const uint64_t *keys, size_t n, struct probe *probes,
                              bool for_insert)
{
    for (size_t i = 0; i < n; i++) {
        probes[i] = probe_begin(self, keys[i]);
        __builtin_prefetch(probes[i].home, 1);
    }
    probe_lines(self, probes, n, for_insert);
}

/* The key's entry; or NULL. The home line may have changed since it was read. */
ENTRY_INLINE struct dense_slot find_again(const struct dense *self, uint64_t key, const struct probe *probe)
{
    const uint32_t matches = dense_match(probe->home, probe->tag);
    if (!matches && !(probe->home->overflow & dense_filter_bit(probe->tag)))
        return (struct dense_slot){NULL, 0};
    return dense_index_find(&self->index, probe->generation, probe->home_number, probe->tag, key);
}

static struct entry *entry_of(const struct dense *self, const struct probe *probe, struct dense_slot slot)
{
    return dense_entry(&self->entries, dense_record(probe->generation, slot.line, slot.slot));
}

ENTRY_INLINE int insert_one(struct dense *self, uint64_t key, const struct probe *probe, uint64_t value)
{
    const struct dense_slot found = find_again(self, key, probe);
    if (found.line) {
        entry_of(self, probe, found)->value = value;
        return 0;
    }
    if (self->index.entry_count >= self->index.entry_limit)
        return ENOMEM;
    const uint64_t record = dense_entries_take(&self->entries);
    if (record == DENSE_NO_RECORD)
        return ENOMEM;
    entry_write(dense_entry(&self->entries, record), key, value, TABLE_ENTRY_BYTES);
    dense_index_add(probe->generation, probe->home_number, probe->hash, record);
    self->index.entry_count++;
    return 0;
}

static int dense_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct dense *self = table;
    const uint64_t old_entry_count = self->index.entry_count;
    (void)dense_index_make_room(&self->index, n); /* else each of them asks */
    struct probe probes[TABLE_BATCH_MAX];
    probe_batch(self, keys, n, probes, true);
    int error = 0;
    for (size_t i = 0; i < n && !error; i++) {
        if (probes[i].generation->entry_count == probes[i].generation->slot_total) {
            error = dense_index_thin_out(&self->index, probes[i].generation) ? 0 : ENOMEM;
            probe_batch(self, keys + i, n - i, probes + i, true);
        }
        if (!error)
            error = insert_one(self, keys[i], &probes[i], first_ordinal + i);
    }
    *added = self->index.entry_count - old_entry_count;
    return error;
}

static uint64_t dense_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)first_ordinal;
    const struct dense *self = table;
    struct probe probes[TABLE_BATCH_MAX];
    probe_batch(self, keys, n, probes, false);
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct probe *probe = &probes[i];
        const struct entry *entry = probe->candidate;
        if (!probe->matches || entry->key != keys[i]) {
            const struct dense_slot found = find_again(self, keys[i], probe);
            if (!found.line)
                continue;
            entry = entry_of(self, probe, found);
        }
        hit_count++;
        value_sum += entry->value;
    }
    *sum = value_sum;
    return hit_count;
}

static uint64_t dense_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct dense *self = table;
    struct probe probes[TABLE_BATCH_MAX];
    probe_batch(self, keys, n, probes, false);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct probe *probe = &probes[i];
        const struct dense_slot found = find_again(self, keys[i], probe);
        if (!found.line)
            continue;
        const uint64_t record = dense_record(probe->generation, found.line, found.slot);
        dense_index_remove(&self->index, probe->generation, probe->home, found);
        dense_entries_give_back(&self->entries, record);
        erased_count++;
    }
    dense_index_shrink(&self->index, n);
    return erased_count;
}

static const void *dense_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct dense *self = table;
    const struct probe probe = probe_begin(self, key);
    const struct dense_slot found = find_again(self, key, &probe);
    return found.line ? entry_of(self, &probe, found) : NULL;
}

static void dense_stats(void *table, struct table_stats *stats)
{
    const struct dense *self = table;
    *stats = (struct table_stats){
        .entries = self->index.entry_count,
        .capacity_bytes = self->entries.bytes + self->index.bytes,
        .migrated_entries = self->index.moved_count,
    };
}

const struct table table_dense = {
    .name = "dense",
    .summary = "entries that never move; an index of 5 bytes an entry that grows a few lines at a time",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_STABLE_ADDRESS | TABLE_FAILS_CLEANLY,
    .create = dense_create,
    .insert = dense_insert,
    .find = dense_find,
    .erase = dense_erase,
    .entry_address = dense_entry_address,
    .stats = dense_stats,
    .destroy = dense_destroy,
};
