/* SPDX-License-Identifier: MIT
 *
 * A table beside a plain reference, for tests and the fuzzer: every operation is done on both, and every answer
 * compared. Keys are numbered from 0 (the *id*); the reference is an array that holds for each id its value, or
 * that it is not there, and knows nothing of hashing.
 *
 * Beyond counts and sums it checks, after every operation: `entries`; that `capacity_bytes` holds what is in and is
 * not more than the heap's; that `migrated_entries` never falls and rises by no more than `migrated_limit` an
 * operation. An entry of a TABLE_STABLE_ADDRESS never moves while it lives.
 *
 * After ENOMEM the new entries are those of a prefix. A known key of the rest may hold its old value or its new
 * one: table.h leaves that open, so the reference asks the table which.
 */
#ifndef GROWBENCH_TEST_MODEL_H
#define GROWBENCH_TEST_MODEL_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tables/table.h"
#include "tables/testing/shaped_keys.h"

static const uint64_t MODEL_ABSENT = UINT64_MAX;

struct model {
    const struct table *row;
    struct heap *heap;
    void *table;
    void (*failed)(void); /* what a check that does not hold ends with: never returns */
    uint64_t id_end;
    uint64_t *keys; /* by id, all different */
    struct model_entry {
        uint64_t value;      /* or MODEL_ABSENT */
        const void *address; /* where it was first seen; NULL = not yet */
    } * entries;             /* by id */
    uint64_t live_count;
    uint64_t next_ordinal;
    uint64_t operation_count; /* a key is one */
    uint64_t migrated_limit;
    uint64_t migrated_entries; /* when last looked at */
    uint64_t most_migrated;    /* by one operation; a batch's are shared out */
    uint64_t most_capacity_bytes;
    uint64_t batch[TABLE_BATCH_MAX]; /* keys of the operation under way */
};

static inline void model_check(const struct model *m, bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "%s: %s (operation %ju, %ju entries of %ju keys)\n", m->row->name, what,
            (uintmax_t)m->operation_count, (uintmax_t)m->live_count, (uintmax_t)m->id_end);
    m->failed();
    abort();
}

/* First the keys that a table may treat as special, then any: the hash is a bijection. All differ if the seed is a
 * large number. */
static inline uint64_t model_key(uint64_t id, uint64_t seed)
{
    const uint64_t special[] = {0, UINT64_MAX, key_with_hash(0, seed), key_with_hash(UINT64_MAX, seed),
                                1, 2,          key_with_hash(1, seed), UINT64_C(1) << 63};
    return id < sizeof special / sizeof *special ? special[id] : table_hash(id, 0xC0FFEEu);
}

/* `keys` stay the caller's. The table is made later. */
static inline struct model model_of(const struct table *row, struct heap *heap, void (*failed)(void),
                                    uint64_t *keys, uint64_t id_end)
{
    struct model m = {
        .row = row,
        .heap = heap,
        .failed = failed,
        .id_end = id_end,
        .keys = keys,
        .entries = malloc(id_end * sizeof(struct model_entry)),
        .migrated_limit = 1024,
    };
    if (!m.entries)
        abort();
    for (uint64_t id = 0; id < id_end; id++)
        m.entries[id] = (struct model_entry){.value = MODEL_ABSENT};
    return m;
}

/* False = out of memory, and nothing was left behind. */
static inline bool model_create(struct model *m, uint64_t seed)
{
    m->table = m->row->create(m->heap, &(struct table_options){.seed = seed});
    return m->table != NULL;
}

static inline void model_destroy(struct model *m)
{
    m->row->destroy(m->table);
    free(m->entries);
}

static inline bool model_has(const struct model *m, uint64_t id)
{
    return m->entries[id].value != MODEL_ABSENT;
}

static inline void model_check_stats(struct model *m, uint64_t operation_count)
{
    struct table_stats stats = {0};
    struct heap_stats heap = {0};
    m->row->stats(m->table, &stats);
    m->heap->ops->stats(m->heap, &heap);
    model_check(m, stats.entries == m->live_count, "stats: wrong number of entries");
    model_check(m, stats.capacity_bytes >= m->live_count * TABLE_ENTRY_BYTES, "stats: capacity is too small");
    model_check(m, heap.live_bytes == 0 || stats.capacity_bytes <= heap.live_bytes,
                "stats: capacity is more than the heap's");
    model_check(m, stats.migrated_entries >= m->migrated_entries, "stats: migrated entries fell");
    const uint64_t migrated = stats.migrated_entries - m->migrated_entries;
    model_check(m, migrated <= m->migrated_limit * operation_count, "too many entries migrated at once");
    if (operation_count > 0 && migrated / operation_count > m->most_migrated)
        m->most_migrated = migrated / operation_count;
    if (stats.capacity_bytes > m->most_capacity_bytes)
        m->most_capacity_bytes = stats.capacity_bytes;
    m->migrated_entries = stats.migrated_entries;
    m->operation_count += operation_count;
}

static inline void model_check_address(struct model *m, uint64_t id)
{
    const uint64_t *entry = m->row->entry_address(m->table, m->keys[id], m->entries[id].value);
    if (!model_has(m, id)) {
        model_check(m, entry == NULL, "an absent entry has an address");
        return;
    }
    model_check(m, entry != NULL, "an entry has no address");
    if (!(m->row->properties & TABLE_SPLIT_ENTRIES))
        model_check(m, entry[1] == m->entries[id].value, "another value stands at an entry's address");
    if (!m->entries[id].address)
        m->entries[id].address = entry;
    if (m->row->properties & TABLE_STABLE_ADDRESS)
        model_check(m, m->entries[id].address == (const void *)entry, "an entry moved");
}

/* Asks for the value of a key that stood behind the one that memory was too short for. */
static inline void model_settle(struct model *m, const uint64_t *ids, size_t i, size_t n,
                                uint64_t first_ordinal)
{
    const uint64_t id = ids[i];
    uint64_t sum = 0;
    const bool hit = m->row->find(m->table, &m->keys[id], m->next_ordinal, 1, &sum) == 1;
    model_check(m, hit == model_has(m, id), "after ENOMEM: not the entries of a prefix");
    if (!hit)
        return;
    const uint64_t later = sum - first_ordinal;
    model_check(m, sum == m->entries[id].value || (later >= i && later < n && ids[later] == id),
                "after ENOMEM: a value that was never given");
    m->entries[id].value = sum;
}

/* Returns what the table did: 0 or ENOMEM. */
static inline int model_insert(struct model *m, const uint64_t *ids, size_t n)
{
    for (size_t i = 0; i < n; i++)
        m->batch[i] = m->keys[ids[i]];
    const uint64_t first_ordinal = m->next_ordinal;
    uint64_t added = MODEL_ABSENT, new_count = 0;
    const int error = m->row->insert(m->table, m->batch, first_ordinal, n, &added);
    m->next_ordinal += n;
    model_check(m, error == 0 || error == ENOMEM, "insert: neither 0 nor ENOMEM");
    size_t i = 0;
    for (; i < n && (!error || new_count < added); i++) {
        if (!model_has(m, ids[i])) {
            new_count++;
            m->entries[ids[i]].address = NULL;
        }
        m->entries[ids[i]].value = first_ordinal + i;
    }
    model_check(m, added == new_count, "insert: wrong number of new entries");
    m->live_count += new_count;
    for (; i < n; i++)
        model_settle(m, ids, i, n, first_ordinal);
    if (m->row->properties & TABLE_STABLE_ADDRESS)
        for (i = 0; i < n; i++)
            model_check_address(m, ids[i]);
    model_check_stats(m, n);
    return error;
}

static inline void model_find(struct model *m, const uint64_t *ids, size_t n)
{
    uint64_t hit_count = 0, sum = 0, found_sum = MODEL_ABSENT;
    for (size_t i = 0; i < n; i++) {
        m->batch[i] = m->keys[ids[i]];
        hit_count += model_has(m, ids[i]);
        sum += model_has(m, ids[i]) ? m->entries[ids[i]].value : 0;
    }
    const uint64_t found_count = m->row->find(m->table, m->batch, m->next_ordinal, n, &found_sum);
    model_check(m, found_count == hit_count, "find: wrong number of hits");
    model_check(m, found_sum == sum, "find: wrong sum");
    model_check_stats(m, n);
}

/* Also when there is no memory. */
static inline void model_erase(struct model *m, const uint64_t *ids, size_t n)
{
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++) {
        m->batch[i] = m->keys[ids[i]];
        erased_count += model_has(m, ids[i]);
        m->entries[ids[i]].value = MODEL_ABSENT;
    }
    model_check(m, m->row->erase(m->table, m->batch, m->next_ordinal, n) == erased_count,
                "erase: wrong number of entries");
    m->live_count -= erased_count;
    model_check_stats(m, n);
}

/* Every id, there or not, and where it lives. */
static inline void model_check_all(struct model *m)
{
    uint64_t ids[TABLE_BATCH_MAX];
    size_t n = 0;
    for (uint64_t first = 0; first < m->id_end; first += n) {
        for (n = 0; n < TABLE_BATCH_MAX && first + n < m->id_end; n++) {
            ids[n] = first + n;
            model_check_address(m, ids[n]);
        }
        model_find(m, ids, n);
    }
}

/* The first that is there, or is not, from `id` on in steps of `step`, modulo id_end; `id` itself if there is none. */
static inline uint64_t model_next(const struct model *m, uint64_t id, bool there, uint64_t step)
{
    if (m->live_count == (there ? 0 : m->id_end))
        return id;
    while (model_has(m, id) != there) {
        id += step;
        id -= id >= m->id_end ? m->id_end : 0;
    }
    return id;
}

#endif
