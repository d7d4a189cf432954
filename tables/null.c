/* SPDX-License-Identifier: MIT
 *
 * null: a yardstick that stores nothing and says yes. It runs the whole pipeline in no time, and what it
 * measures is the harness itself.
 */
#include "tables/table.h"

struct null {
    struct heap *heap;
    uint64_t entry_count;
};

static void *null_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    struct null *self = heap_alloc(heap, sizeof(*self), _Alignof(struct null), 0);
    if (self)
        *self = (struct null){.heap = heap};
    return self;
}

static int null_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    (void)keys, (void)first_ordinal;
    struct null *self = table;
    self->entry_count += n;
    *added = n;
    return 0;
}

static uint64_t null_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)table, (void)keys, (void)first_ordinal;
    *sum = 0;
    return n;
}

static const void *null_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)table, (void)key, (void)ordinal;
    return NULL;
}

static void null_stats(void *table, struct table_stats *stats)
{
    const struct null *self = table;
    *stats = (struct table_stats){.entries = self->entry_count};
}

static void null_destroy(void *table)
{
    struct null *self = table;
    if (self)
        heap_free(self->heap, self, sizeof(*self));
}

const struct table table_null = {
    .name = "null",
    .summary = "yardstick: stores nothing; the harness's own cost",
    .properties = TABLE_KEYED | TABLE_YARDSTICK,
    .create = null_create,
    .insert = null_insert,
    .find = null_find,
    .entry_address = null_entry_address,
    .stats = null_stats,
    .destroy = null_destroy,
};
