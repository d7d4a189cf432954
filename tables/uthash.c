/* SPDX-License-Identifier: MIT
 *
 * uthash: Troy Hanson's hash table of macros (uthash.h 2.3.0), as C programs embed it. Entries are nodes of
 * 72 bytes from the heap: key and value, then 56 bytes of handle, for chains and for a list in insertion
 * order.
 *
 * Needs: uthash-dev (header uthash.h)
 *
 * Growth (HASH_EXPAND_BUCKETS): when a chain reaches 10 entries, a new array of twice the buckets is
 * allocated and zeroed, every node is relinked, and the old array is freed; 16 bytes a bucket, and no entry
 * moves. So the array peaks at 1.5 times its new size, and nodes are most of the memory. The insert that
 * grows visits all nodes in bucket order, at a cache miss each.
 *
 * Hashes are of 32 bits: the upper half of table_hash, through the *_BYHASHVALUE macros, which need no state
 * for the seed. It offers no way to prefetch. Built with HASH_NONFATAL_OOM, it refuses an entry whose growth
 * finds no memory and stays whole.
 */
#include "table_libraries.h"
#include "tables/table.h"

#ifdef WITH_UTHASH

#include <errno.h>
#include <string.h>

/* Each function that uses its macros has the table at hand as `self`. */
#define uthash_malloc(bytes) heap_alloc(self->heap, (bytes), UTHASH_ALIGN_BYTES, 0)
#define uthash_free(block, bytes) heap_free(self->heap, (block), (bytes))
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(refused) (is_refused = true)

#include <stdbool.h>
#include <uthash.h>

#include "tables/hash.h"

enum { UTHASH_ALIGN_BYTES = 16 };

struct entry {
    uint64_t key;
    uint64_t value;
    UT_hash_handle hh; /* the name that uthash expects */
};

struct uthash {
    struct heap *heap;
    uint64_t seed;
    struct entry *head; /* first of the list, by which uthash knows its table; NULL = empty */
};

static inline unsigned hash_of(const struct uthash *self, uint64_t key)
{
    return (unsigned)(table_hash(key, self->seed) >> 32);
}

static void *uthash_create(struct heap *heap, const struct table_options *options)
{
    struct uthash *self = heap_alloc(heap, sizeof(*self), _Alignof(struct uthash), 0);
    if (self)
        *self = (struct uthash){.heap = heap, .seed = options->seed};
    return self;
}

static struct entry *look_up(const struct uthash *self, uint64_t key, unsigned hash)
{
    struct entry *entry;
    HASH_FIND_BYHASHVALUE(hh, self->head, &key, sizeof(key), hash, entry);
    return entry;
}

static int add(struct uthash *self, uint64_t key, unsigned hash, uint64_t value)
{
    struct entry *entry = heap_alloc(self->heap, sizeof(*entry), _Alignof(struct entry), 0);
    if (!entry)
        return ENOMEM;
    entry->key = key;
    entry->value = value;
    bool is_refused = false;
    HASH_ADD_BYHASHVALUE(hh, self->head, key, sizeof(key), hash, entry);
    if (is_refused)
        heap_free(self->heap, entry, sizeof(*entry));
    return is_refused ? ENOMEM : 0;
}

static uint64_t entry_count_of(const struct uthash *self)
{
    return HASH_COUNT(self->head);
}

static int uthash_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct uthash *self = table;
    const uint64_t old_entry_count = entry_count_of(self);
    int error = 0;
    for (size_t i = 0; i < n && !error; i++) {
        const unsigned hash = hash_of(self, keys[i]);
        struct entry *entry = look_up(self, keys[i], hash);
        if (entry)
            entry->value = first_ordinal + i;
        else
            error = add(self, keys[i], hash, first_ordinal + i);
    }
    *added = entry_count_of(self) - old_entry_count;
    return error;
}

static uint64_t uthash_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                            uint64_t *sum)
{
    (void)first_ordinal;
    const struct uthash *self = table;
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = look_up(self, keys[i], hash_of(self, keys[i]));
        hit_count += entry != NULL;
        value_sum += entry ? entry->value : 0;
    }
    *sum = value_sum;
    return hit_count;
}

static uint64_t uthash_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct uthash *self = table;
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++) {
        struct entry *entry = look_up(self, keys[i], hash_of(self, keys[i]));
        if (!entry)
            continue;
        HASH_DEL(self->head, entry);
        heap_free(self->heap, entry, sizeof(*entry));
        erased_count++;
    }
    return erased_count;
}

static const void *uthash_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct entry *entry = look_up(table, key, hash_of(table, key));
    return entry ? &entry->key : NULL;
}

static void uthash_stats(void *table, struct table_stats *stats)
{
    const struct uthash *self = table;
    const uint64_t entry_count = entry_count_of(self);
    /* HASH_OVERHEAD is in unsigned int, too small from 2^32 bytes on. */
    const uint64_t bucket_bytes =
        self->head ? self->head->hh.tbl->num_buckets * sizeof(UT_hash_bucket) + sizeof(UT_hash_table) : 0;
    *stats = (struct table_stats){
        .entries = entry_count,
        .capacity_bytes = entry_count * sizeof(struct entry) + bucket_bytes,
    };
}

static void uthash_destroy(void *table)
{
    struct uthash *self = table;
    if (!self)
        return;
    struct entry *entry = self->head;
    HASH_CLEAR(hh, self->head);
    while (entry) {
        struct entry *next = entry->hh.next;
        heap_free(self->heap, entry, sizeof(*entry));
        entry = next;
    }
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_uthash = {
    .name = "uthash",
    .summary = "uthash: chained nodes; doubles its bucket array and relinks every node",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_STABLE_ADDRESS | TABLE_FAILS_CLEANLY,
    .create = uthash_create,
    .insert = uthash_insert,
    .find = uthash_find,
    .erase = uthash_erase,
    .entry_address = uthash_entry_address,
    .stats = uthash_stats,
    .destroy = uthash_destroy,
    .version = WITH_UTHASH,
};

#else

const struct table table_uthash =
    TABLE_MISSING("uthash", "uthash: chained nodes, bucket array that doubles", "uthash-dev");

#endif
