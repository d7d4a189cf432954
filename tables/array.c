/* SPDX-License-Identifier: MIT
 *
 * array: the record table. Entries are appended to one block that doubles, from 4 entries on, as Rust's Vec
 * does for elements of this size (RawVec's minimum capacity). Found by ordinal, with the stored key compared;
 * it hashes nothing and erases nothing, so what remains is the cost of the block's growth.
 */
#include <assert.h>
#include <errno.h>

#include "tables/table.h"

enum { ARRAY_FIRST_CAPACITY = 4, ARRAY_ALIGN_BYTES = 16, ENTRIES_PER_LINE = 4 };

struct entry {
    uint64_t key;
    uint64_t value;
};

struct array {
    struct heap *heap;
    struct entry *entries;
    uint64_t entry_count;
    uint64_t capacity_count;
};

static void *array_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    struct array *self = heap_alloc(heap, sizeof(*self), _Alignof(struct array), HEAP_ZEROED);
    if (self)
        self->heap = heap;
    return self;
}

static int grow(struct array *self)
{
    const uint64_t old_count = self->capacity_count;
    const uint64_t new_count = old_count ? 2 * old_count : ARRAY_FIRST_CAPACITY;
    const size_t new_bytes = new_count * sizeof(struct entry);
    struct entry *entries = old_count
                                ? heap_resize(self->heap, self->entries, old_count * sizeof(struct entry),
                                              new_bytes, ARRAY_ALIGN_BYTES, 0)
                                : heap_alloc(self->heap, new_bytes, ARRAY_ALIGN_BYTES, 0);
    if (!entries)
        return ENOMEM;
    self->entries = entries;
    self->capacity_count = new_count;
    return 0;
}

static int array_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct array *self = table;
    assert(first_ordinal == self->entry_count);
    *added = 0;
    while (*added < n) {
        if (self->entry_count == self->capacity_count && grow(self) != 0)
            return ENOMEM;
        const uint64_t room_count = self->capacity_count - self->entry_count;
        const uint64_t left_count = n - *added;
        const uint64_t step_count = left_count < room_count ? left_count : room_count;
        struct entry *to = self->entries + self->entry_count;
        for (uint64_t i = 0; i < step_count; i++)
            to[i] = (struct entry){keys[*added + i], self->entry_count + i};
        self->entry_count += step_count;
        *added += step_count;
    }
    return 0;
}

static uint64_t array_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    const struct array *self = table;
    uint64_t hit_count = 0;
    *sum = 0;
    if (first_ordinal >= self->entry_count)
        return 0;
    const struct entry *entries = self->entries + first_ordinal;
    const uint64_t stored_count = self->entry_count - first_ordinal;
    if (n > stored_count)
        n = stored_count;
    for (size_t i = 0; i < n; i += ENTRIES_PER_LINE)
        __builtin_prefetch(&entries[i], 0);
    for (size_t i = 0; i < n; i++) {
        const uint64_t hit = entries[i].key == keys[i];
        hit_count += hit;
        *sum += hit ? entries[i].value : 0;
    }
    return hit_count;
}

static const void *array_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    const struct array *self = table;
    if (ordinal >= self->entry_count || self->entries[ordinal].key != key)
        return NULL;
    return &self->entries[ordinal];
}

static void array_stats(void *table, struct table_stats *stats)
{
    const struct array *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->capacity_count * sizeof(struct entry),
    };
}

static void array_destroy(void *table)
{
    struct array *self = table;
    if (!self)
        return;
    if (self->entries)
        heap_free(self->heap, self->entries, self->capacity_count * sizeof(struct entry));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_array = {
    .name = "array",
    .summary = "entries appended to one block that doubles; found by ordinal",
    .properties = TABLE_VERIFIED | TABLE_FAILS_CLEANLY,
    .create = array_create,
    .insert = array_insert,
    .find = array_find,
    .entry_address = array_entry_address,
    .stats = array_stats,
    .destroy = array_destroy,
};
