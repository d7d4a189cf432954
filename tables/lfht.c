/* SPDX-License-Identifier: MIT
 *
 * lfht: liburcu's resizable hash table (cds_lfht) on its mmap memory back end. Entries are nodes of 32 bytes
 * from the heap, in one list ordered by bit-reversed hash (Shalev and Shavit, "Split-ordered lists", J. ACM
 * 53, 2006). Buckets are markers in that list: growth adds markers and moves no entry.
 *
 * Needs: liburcu-dev (pkg-config liburcu-cds liburcu-qsbr)
 *
 * The bucket table, 16 bytes a bucket, is the library's own mmap (src/rculfhash-mm-mmap.c of 0.13.2). It
 * reserves addresses for the largest table and maps memory over them order by order. No allocator gets in:
 * the recording layer sees nodes only, hence no growth and no overlap; resident memory and the longest insert
 * show all of it. Where the system refuses that mmap the library aborts.
 *
 * Resizing is ours: the insert that makes entries outnumber buckets doubles them. The library adds one marker
 * a bucket within that call, so the longest insert grows with the table. It splits the work among as many
 * threads as there are processors and joins them, even where they share one processor as here.
 * Rejected: CDS_LFHT_AUTO_RESIZE, whose worker resizes while inserts go on. In 0.13.2 the inserting thread
 * queues the work and then sets resize_initiated (__cds_lfht_resize_lazy_launch). A worker that is done by
 * then has cleared it already, so it stays set, and no resize comes again: pinned to one processor 8 runs of
 * 8 stayed at 2^15 buckets or fewer with 2^18 entries, and on four some did. Sources of July 2026 have the
 * same order.
 *
 * Flavour: qsbr, whose readers pay nothing. Others run a constructor in every process that they are linked
 * to. Erased nodes wait for a grace period, some at a time. The buckets never become fewer.
 * The library wants an empty table to destroy: every node is removed before, in list order, and each bucket
 * is visited twice more. That takes longer than filling did in other tables, and `destroy_ns` says so.
 */
#include "table_libraries.h"
#include "tables/table.h"

#ifdef WITH_LFHT

#include <assert.h>
#include <errno.h>
#include <urcu-qsbr.h>
#include <urcu/rculfhash.h>

#include "tables/hash.h"

/* At most 2^36 buckets, or 1 TiB of addresses. They are PROT_NONE: overcommit does not count them. */
#define LFHT_LARGEST_BUCKET_COUNT (1ul << 36)

/* A page of buckets, the least that the back end takes; and no batch can fill it twice. */
enum { LFHT_FIRST_BUCKET_COUNT = 256, LFHT_PENDING_MAX = 1024 };

struct entry {
    struct cds_lfht_node node;
    uint64_t key;
    union {
        uint64_t value;
        struct entry *next_pending; /* once erased: the library looks at `node` only */
    };
};

struct lfht {
    struct heap *heap;
    struct cds_lfht *list;
    uint64_t seed;
    uint64_t entry_count;
    uint64_t bucket_count;
    uint64_t pending_count;
    struct entry *pending; /* erased, to be freed after a grace period */
    struct entry *spare;   /* allocated for a key that was there already; or NULL */
};

/* RCU registers threads, not tables, and each once. */
static _Thread_local unsigned tables_of_thread;

static struct entry *entry_of(struct cds_lfht_node *node)
{
    return (struct entry *)node;
}
_Static_assert(offsetof(struct entry, node) == 0, "entry_of is a cast");

static int is_key(struct cds_lfht_node *node, const void *key)
{
    return entry_of(node)->key == *(const uint64_t *)key;
}

static void *lfht_create(struct heap *heap, const struct table_options *options)
{
    struct lfht *self = heap_alloc(heap, sizeof(*self), _Alignof(struct lfht), 0);
    if (!self)
        return NULL;
    struct cds_lfht *list =
        _cds_lfht_new(LFHT_FIRST_BUCKET_COUNT, LFHT_FIRST_BUCKET_COUNT, LFHT_LARGEST_BUCKET_COUNT, 0,
                      &cds_lfht_mm_mmap, &urcu_qsbr_flavor, NULL);
    if (!list) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    if (tables_of_thread++ == 0)
        urcu_qsbr_register_thread();
    *self = (struct lfht){
        .heap = heap, .list = list, .seed = options->seed, .bucket_count = LFHT_FIRST_BUCKET_COUNT};
    return self;
}

static int insert_one(struct lfht *self, uint64_t key, uint64_t value)
{
    if (!self->spare)
        self->spare = heap_alloc(self->heap, sizeof(struct entry), _Alignof(struct entry), 0);
    if (!self->spare)
        return ENOMEM;
    self->spare->key = key;
    struct entry *entry = entry_of(
        cds_lfht_add_unique(self->list, table_hash(key, self->seed), is_key, &key, &self->spare->node));
    entry->value = value;
    if (entry == self->spare) {
        self->spare = NULL;
        self->entry_count++;
    }
    return 0;
}

static int lfht_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct lfht *self = table;
    const uint64_t old_entry_count = self->entry_count;
    int error = 0;
    for (size_t i = 0; i < n && !error; i++)
        error = insert_one(self, keys[i], first_ordinal + i);
    urcu_qsbr_quiescent_state();
    if (self->entry_count > self->bucket_count && self->bucket_count < LFHT_LARGEST_BUCKET_COUNT) {
        self->bucket_count *= 2;
        cds_lfht_resize(self->list, self->bucket_count);
    }
    *added = self->entry_count - old_entry_count;
    return error;
}

static struct entry *look_up(const struct lfht *self, uint64_t key)
{
    struct cds_lfht_iter iterator;
    cds_lfht_lookup(self->list, table_hash(key, self->seed), is_key, &key, &iterator);
    return entry_of(cds_lfht_iter_get_node(&iterator));
}

static uint64_t lfht_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)first_ordinal;
    const struct lfht *self = table;
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct entry *entry = look_up(self, keys[i]);
        hit_count += entry != NULL;
        value_sum += entry ? entry->value : 0;
    }
    urcu_qsbr_quiescent_state();
    *sum = value_sum;
    return hit_count;
}

static void remove_entry(struct lfht *self, struct entry *entry)
{
    const int error = cds_lfht_del(self->list, &entry->node);
    assert(!error);
    (void)error;
    entry->next_pending = self->pending;
    self->pending = entry;
    self->pending_count++;
    self->entry_count--;
}

static void free_pending(struct lfht *self)
{
    urcu_qsbr_synchronize_rcu();
    while (self->pending) {
        struct entry *entry = self->pending;
        self->pending = entry->next_pending;
        heap_free(self->heap, entry, sizeof(*entry));
    }
    self->pending_count = 0;
}

static uint64_t lfht_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct lfht *self = table;
    const uint64_t old_entry_count = self->entry_count;
    for (size_t i = 0; i < n; i++) {
        struct entry *entry = look_up(self, keys[i]);
        if (entry)
            remove_entry(self, entry);
    }
    urcu_qsbr_quiescent_state();
    if (self->pending_count >= LFHT_PENDING_MAX)
        free_pending(self);
    return old_entry_count - self->entry_count;
}

static const void *lfht_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct entry *entry = look_up(table, key);
    return entry ? &entry->key : NULL;
}

static void lfht_stats(void *table, struct table_stats *stats)
{
    const struct lfht *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = (self->entry_count + self->pending_count) * sizeof(struct entry),
    };
}

static void lfht_destroy(void *table)
{
    struct lfht *self = table;
    if (!self)
        return;
    struct cds_lfht_iter iterator;
    struct cds_lfht_node *node;
    cds_lfht_for_each(self->list, &iterator, node) remove_entry(self, entry_of(node));
    free_pending(self);
    if (self->spare)
        heap_free(self->heap, self->spare, sizeof(*self->spare));
    const int error = cds_lfht_destroy(self->list, NULL);
    assert(!error);
    (void)error;
    if (--tables_of_thread == 0)
        urcu_qsbr_unregister_thread();
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_lfht = {
    .name = "lfht",
    .summary = "liburcu's split-ordered lists; nodes from the allocator, buckets by the library's mmap",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_STABLE_ADDRESS | TABLE_FAILS_CLEANLY,
    .create = lfht_create,
    .insert = lfht_insert,
    .find = lfht_find,
    .erase = lfht_erase,
    .entry_address = lfht_entry_address,
    .stats = lfht_stats,
    .destroy = lfht_destroy,
    .version = WITH_LFHT,
};

#else

const struct table table_lfht =
    TABLE_MISSING("lfht", "liburcu's split-ordered lists, buckets by mmap", "liburcu-dev");

#endif
