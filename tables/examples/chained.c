/* SPDX-License-Identifier: MIT
 *
 * chained: an example of a table of your own, as a shared library. Separate chaining: one node an entry,
 * which never moves, and an array of chain heads that doubles. From the root of the repository:
 *
 *     cc -O2 -shared -fPIC -I. -o build/chained.so tables/examples/chained.c
 *     make bench TABLE=chained=build/chained.so
 *
 * tables/table.h has the contract. All memory comes from the heap that `create` is given: it is what is
 * measured.
 */
#include <errno.h>

#include "tables/hash.h"
#include "tables/table.h"

struct node {
    uint64_t key, value; /* the entry, first: its address is the node's */
    struct node *next;
};

struct chained {
    struct heap *heap;
    uint64_t seed, entry_count, head_count;
    struct node **heads;
};

/* The place that points to the key's node, or the NULL at the end of the chain where it belongs. */
static struct node **find_link(struct chained *self, uint64_t key)
{
    const int shift = 64 - __builtin_ctzll(self->head_count); /* an index is the high bits of the hash */
    struct node **link = &self->heads[table_hash(key, self->seed) >> shift];
    while (*link && (*link)->key != key)
        link = &(*link)->next;
    return link;
}

/* One more bit of the hash counts: chain i becomes 2i and 2i + 1. From the top down, no chain is in the way.
 */
static int double_heads(struct chained *self)
{
    const size_t old_bytes = self->head_count * sizeof(struct node *);
    struct node **heads = heap_resize(self->heap, self->heads, old_bytes, 2 * old_bytes, 16, HEAP_ZEROED);
    if (!heads)
        return ENOMEM; /* the old block is still alive, and so is the table */
    self->heads = heads;
    self->head_count *= 2;
    for (uint64_t i = self->head_count / 2; i-- > 0;) {
        struct node *node = heads[i];
        heads[i] = NULL;
        while (node) {
            struct node *const next = node->next;
            node->next = NULL;
            *find_link(self, node->key) = node;
            node = next;
        }
    }
    return 0;
}

static void *chained_create(struct heap *heap, const struct table_options *options)
{
    struct chained *self = heap_alloc(heap, sizeof(*self), 16, 0);
    if (!self)
        return NULL;
    *self = (struct chained){.heap = heap, .seed = options->seed, .head_count = 16};
    self->heads = heap_alloc(heap, self->head_count * sizeof(struct node *), 16, HEAP_ZEROED);
    if (self->heads)
        return self;
    heap_free(heap, self, sizeof(*self));
    return NULL;
}

static int chained_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                          uint64_t *added)
{
    struct chained *self = table;
    *added = 0;
    for (size_t i = 0; i < n; i++) {
        struct node **link = find_link(self, keys[i]);
        if (!*link) {
            if (self->entry_count == self->head_count) {
                if (double_heads(self) != 0)
                    return ENOMEM;
                link = find_link(self, keys[i]);
            }
            struct node *node = heap_alloc(self->heap, sizeof(*node), 16, 0);
            if (!node)
                return ENOMEM;
            *node = (struct node){.key = keys[i]};
            *link = node;
            self->entry_count++;
            ++*added;
        }
        (*link)->value = first_ordinal + i;
    }
    return 0;
}

static uint64_t chained_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                             uint64_t *sum)
{
    (void)first_ordinal;
    uint64_t hit_count = 0;
    *sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct node *node = *find_link(table, keys[i]);
        if (node) {
            hit_count++;
            *sum += node->value;
        }
    }
    return hit_count;
}

static uint64_t chained_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct chained *self = table;
    const uint64_t old_entry_count = self->entry_count;
    for (size_t i = 0; i < n; i++) {
        struct node **link = find_link(self, keys[i]);
        struct node *const node = *link;
        if (node) {
            *link = node->next;
            heap_free(self->heap, node, sizeof(*node));
            self->entry_count--;
        }
    }
    return old_entry_count - self->entry_count;
}

static const void *chained_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    return *find_link(table, key);
}

static void chained_stats(void *table, struct table_stats *stats)
{
    const struct chained *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->head_count * sizeof(struct node *) + self->entry_count * sizeof(struct node),
    };
}

static void chained_destroy(void *table)
{
    struct chained *self = table;
    if (!self)
        return;
    for (uint64_t i = 0; i < self->head_count; i++) {
        struct node *node = self->heads[i];
        while (node) {
            struct node *const next = node->next;
            heap_free(self->heap, node, sizeof(*node));
            node = next;
        }
    }
    heap_free(self->heap, self->heads, self->head_count * sizeof(struct node *));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table growbench_table_v1 = {
    .name = "chained",
    .summary = "separate chaining: a node an entry, an array of heads that doubles",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_STABLE_ADDRESS | TABLE_FAILS_CLEANLY,
    .create = chained_create,
    .insert = chained_insert,
    .find = chained_find,
    .erase = chained_erase,
    .entry_address = chained_entry_address,
    .stats = chained_stats,
    .destroy = chained_destroy,
};
