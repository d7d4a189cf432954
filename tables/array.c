/* SPDX-License-Identifier: MIT
 *
 * array: the record table. Entries are appended to one block that doubles, from 4 entries on, as Rust's Vec
 * does for elements of this size (RawVec's minimum capacity). Found by ordinal, with the stored key compared;
 * it hashes nothing and erases nothing, so what remains is the cost of the block's growth.
 *
 * It takes growth, entry bytes, reserve, and a load: the share of its block that it fills before it grows. By
 * itself that is all of it; less is how a program makes room ahead of time.
 */
#include <assert.h>
#include <errno.h>

#include "tables/entry.h"
#include "tables/growth.h"
#include "tables/table.h"

enum { ARRAY_FIRST_CAPACITY = 4, ARRAY_ALIGN_BYTES = 16, LINE_BYTES = 64 };

struct array {
    struct heap *heap;
    void *entries; /* of entry_bytes each; NULL = no block yet */
    uint64_t entry_count;
    uint64_t capacity_count;
    uint64_t entry_limit; /* of them, before it grows */
    uint64_t load_permille;
    size_t entry_bytes;
    struct growth growth;
};

static uint64_t limit_of(const struct array *self, uint64_t capacity_count)
{
    return (uint64_t)((unsigned __int128)capacity_count * self->load_permille / 1000);
}

/* The fewest entries' room that holds so many without growth; 0 = no block can. */
static uint64_t capacity_for(const struct array *self, uint64_t entry_count)
{
    const unsigned __int128 count =
        ((unsigned __int128)entry_count * 1000 + self->load_permille - 1) / self->load_permille;
    return count <= self->growth.count_max ? (uint64_t)count : 0;
}

/* Returns 0 or ENOMEM, with nothing changed then. */
static int set_capacity(struct array *self, uint64_t new_count)
{
    if (new_count == 0 || new_count > self->growth.count_max)
        return ENOMEM;
    const size_t old_bytes = self->capacity_count * self->entry_bytes;
    const size_t new_bytes = new_count * self->entry_bytes;
    void *entries = self->entries
                        ? heap_resize(self->heap, self->entries, old_bytes, new_bytes, ARRAY_ALIGN_BYTES, 0)
                        : heap_alloc(self->heap, new_bytes, ARRAY_ALIGN_BYTES, 0);
    if (!entries)
        return ENOMEM;
    self->entries = entries;
    self->capacity_count = new_count;
    self->entry_limit = limit_of(self, new_count);
    return 0;
}

static void *array_create(struct heap *heap, const struct table_options *options)
{
    struct array *self = heap_alloc(heap, sizeof(*self), _Alignof(struct array), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap = heap;
    self->entry_bytes = entry_bytes_of(options);
    self->load_permille = options->load_permille ? options->load_permille : 1000;
    self->growth = growth_of(options, self->entry_bytes);
    if (options->reserve_entries && set_capacity(self, capacity_for(self, options->reserve_entries)) != 0) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    return self;
}

static int grow(struct array *self)
{
    uint64_t new_count =
        self->entries ? growth_next(&self->growth, self->capacity_count) : ARRAY_FIRST_CAPACITY;
    while (new_count && limit_of(self, new_count) <= self->entry_count)
        new_count = growth_next(&self->growth, new_count);
    return set_capacity(self, new_count);
}

ENTRY_INLINE void append(struct array *self, const uint64_t *keys, uint64_t n, size_t entry_bytes)
{
    void *to = entry_at(self->entries, self->entry_count, entry_bytes);
    for (uint64_t i = 0; i < n; i++)
        entry_write(entry_at(to, i, entry_bytes), keys[i], self->entry_count + i, entry_bytes);
    self->entry_count += n;
}

static int array_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct array *self = table;
    assert(first_ordinal == self->entry_count);
    *added = 0;
    while (*added < n) {
        if (self->entry_count == self->entry_limit && grow(self) != 0)
            return ENOMEM;
        const uint64_t room_count = self->entry_limit - self->entry_count;
        const uint64_t left_count = n - *added;
        const uint64_t step_count = left_count < room_count ? left_count : room_count;
        BY_ENTRY_BYTES(self->entry_bytes, append, self, keys + *added, step_count);
        *added += step_count;
    }
    return 0;
}

ENTRY_INLINE uint64_t find_batch(const void *entries, const uint64_t *keys, size_t n, uint64_t *sum,
                                 size_t entry_bytes)
{
    uint64_t hit_count = 0;
    *sum = 0;
    for (size_t i = 0; i < n; i += LINE_BYTES / entry_bytes)
        __builtin_prefetch(entry_at(entries, i, entry_bytes), 0);
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = entry_at(entries, i, entry_bytes);
        const uint64_t hit = entry->key == keys[i];
        hit_count += hit;
        *sum += hit ? entry->value : 0;
    }
    return hit_count;
}

static uint64_t array_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    const struct array *self = table;
    *sum = 0;
    if (first_ordinal >= self->entry_count)
        return 0;
    const uint64_t stored_count = self->entry_count - first_ordinal;
    if (n > stored_count)
        n = stored_count;
    const void *entries = entry_at(self->entries, first_ordinal, self->entry_bytes);
    return BY_ENTRY_BYTES(self->entry_bytes, find_batch, entries, keys, n, sum);
}

static const void *array_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    const struct array *self = table;
    if (ordinal >= self->entry_count)
        return NULL;
    const struct entry *entry = entry_at(self->entries, ordinal, self->entry_bytes);
    return entry->key == key ? entry : NULL;
}

static void array_stats(void *table, struct table_stats *stats)
{
    const struct array *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->capacity_count * self->entry_bytes,
    };
}

static void array_destroy(void *table)
{
    struct array *self = table;
    if (!self)
        return;
    if (self->entries)
        heap_free(self->heap, self->entries, self->capacity_count * self->entry_bytes);
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_array = {
    .name = "array",
    .summary = "entries appended to one block that doubles; found by ordinal",
    .properties = TABLE_VERIFIED | TABLE_FAILS_CLEANLY | TABLE_TAKES_GROWTH | TABLE_TAKES_LOAD |
                  TABLE_TAKES_ENTRY_BYTES | TABLE_TAKES_RESERVE,
    .create = array_create,
    .insert = array_insert,
    .find = array_find,
    .entry_address = array_entry_address,
    .stats = array_stats,
    .destroy = array_destroy,
};
