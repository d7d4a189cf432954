/* SPDX-License-Identifier: MIT
 *
 * A table of your own, as a shared library: linear probing, the plain way. tables/table.h is the contract.
 *
 *     cc -O2 -shared -fPIC -I. -o build/probing.so tables/examples/probing.c
 *     make bench TABLE=probing=build/probing.so
 */
#include "tables/hash.h"
#include "tables/table.h"

#include <errno.h>

struct slot {
    uint64_t key, value_plus_one; /* 0: empty. Values are ordinals, so adding 1 never overflows. */
};

struct probing {
    struct heap *heap; /* all memory comes from here: it is what is measured */
    uint64_t seed, entries, capacity;
    struct slot *slots;
};

static struct slot *find_slot(const struct probing *t, uint64_t key)
{
    uint64_t i = table_hash(key, t->seed);
    while (t->slots[i & (t->capacity - 1)].value_plus_one && t->slots[i & (t->capacity - 1)].key != key)
        i++;
    return &t->slots[i & (t->capacity - 1)];
}

static int grow(struct probing *t)
{
    struct probing larger = *t;
    larger.capacity = t->capacity ? 2 * t->capacity : 16;
    larger.slots = heap_alloc(t->heap, larger.capacity * sizeof *larger.slots, 16, HEAP_ZEROED);
    if (!larger.slots)
        return ENOMEM; /* nothing has happened yet: the table fails cleanly */
    for (uint64_t i = 0; i < t->capacity; i++)
        if (t->slots[i].value_plus_one)
            *find_slot(&larger, t->slots[i].key) = t->slots[i];
    if (t->slots)
        heap_free(t->heap, t->slots, t->capacity * sizeof *t->slots);
    *t = larger;
    return 0;
}

static int probing_insert(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct probing *t = self;
    *added = 0;
    for (size_t i = 0; i < n; i++) {
        if (t->entries >= t->capacity / 4 * 3 && grow(t))
            return ENOMEM;
        struct slot *slot = find_slot(t, keys[i]);
        *added += !slot->value_plus_one;
        t->entries += !slot->value_plus_one;
        *slot = (struct slot){keys[i], first_ordinal + i + 1};
    }
    return 0;
}

static uint64_t probing_find(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                             uint64_t *sum)
{
    (void)first_ordinal; /* for tables that find by number */
    uint64_t hits = 0;
    *sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint64_t value_plus_one = find_slot(self, keys[i])->value_plus_one;
        hits += value_plus_one != 0;
        *sum += value_plus_one ? value_plus_one - 1 : 0;
    }
    return hits;
}

static void probing_stats(void *self, struct table_stats *stats)
{
    const struct probing *t = self;
    *stats = (struct table_stats){.entries = t->entries, .capacity_bytes = t->capacity * sizeof *t->slots};
}

static const void *probing_entry_address(void *self, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct slot *slot = find_slot(self, key);
    return slot->value_plus_one ? slot : NULL;
}

static void probing_destroy(void *self)
{
    struct probing *t = self;
    if (!t)
        return;
    if (t->slots)
        heap_free(t->heap, t->slots, t->capacity * sizeof *t->slots);
    heap_free(t->heap, t, sizeof *t);
}

static void *probing_create(struct heap *heap, const struct table_options *options)
{
    struct probing *t = heap_alloc(heap, sizeof *t, 16, 0);
    if (!t)
        return NULL;
    *t = (struct probing){.heap = heap, .seed = options->seed};
    if (!grow(t)) /* to its first slots */
        return t;
    probing_destroy(t);
    return NULL;
}

const struct table growbench_table_v1 = {
    .name = "probing",
    .summary = "linear probing: an example of your own table",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_FAILS_CLEANLY,
    .create = probing_create,
    .insert = probing_insert,
    .find = probing_find,
    .entry_address = probing_entry_address,
    .stats = probing_stats,
    .destroy = probing_destroy,
};
