/* SPDX-License-Identifier: MIT */
#include "allocators/tiers.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators/malloc.h"

#define STRANDED_BYTES ((size_t)64 << 10) /* the size that the upper tier knows a stranded block by */

struct stranded {
    struct stranded *next;
};

static struct stranded *stranded_node(void *block)
{
    return (struct stranded *)(void *)((char *)block + TIERS_SMALL_BYTES);
}

static void stranded_add(struct tiers *tiers, void *block)
{
    struct stranded *const node = stranded_node(block);
    pthread_mutex_lock(&tiers->lock);
    node->next = tiers->stranded;
    tiers->stranded = node;
    pthread_mutex_unlock(&tiers->lock);
    atomic_fetch_add(&tiers->stranded_count, 1);
}

/* The link that points at this block's node. The caller holds the lock. */
static struct stranded **stranded_link(struct tiers *tiers, const void *block)
{
    struct stranded **link = &tiers->stranded;
    while (*link != NULL && (const char *)*link != (const char *)block + TIERS_SMALL_BYTES) {
        link = &(*link)->next;
    }
    return link;
}

static bool is_stranded(struct tiers *tiers, const void *block)
{
    if (atomic_load_explicit(&tiers->stranded_count, memory_order_relaxed) == 0) {
        return false;
    }
    pthread_mutex_lock(&tiers->lock);
    const bool is_found = *stranded_link(tiers, block) != NULL;
    pthread_mutex_unlock(&tiers->lock);
    return is_found;
}

static void stranded_remove(struct tiers *tiers, void *block)
{
    pthread_mutex_lock(&tiers->lock);
    struct stranded **const link = stranded_link(tiers, block);
    *link = (*link)->next;
    pthread_mutex_unlock(&tiers->lock);
    atomic_fetch_sub(&tiers->stranded_count, 1);
}

static void *strand(struct tiers *tiers, void *block, size_t old_bytes, size_t align)
{
    void *const shrunk = tiers->large->resize(tiers, block, old_bytes, STRANDED_BYTES, align);
    stranded_add(tiers, shrunk);
    return shrunk;
}

static void *stranded_resize(struct tiers *tiers, void *block, size_t old_bytes, size_t new_bytes,
                             size_t align)
{
    const size_t end_bytes = new_bytes <= TIERS_SMALL_BYTES ? new_bytes : STRANDED_BYTES;
    if (new_bytes > TIERS_SMALL_BYTES) {
        stranded_remove(tiers, block);
    }
    if (end_bytes > old_bytes) {
        memset((char *)block + old_bytes, 0, end_bytes - old_bytes);
    }
    if (new_bytes <= TIERS_SMALL_BYTES) {
        return block;
    }
    void *const resized = tiers->large->resize(tiers, block, STRANDED_BYTES, new_bytes, align);
    if (resized == NULL) {
        stranded_add(tiers, block);
    }
    return resized;
}

void tiers_init(struct tiers *tiers, const struct heap_ops *ops, const struct large_ops *large)
{
    tiers->heap.ops = ops;
    tiers->large = large;
    tiers->page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    pthread_mutex_init(&tiers->lock, NULL);
    tiers->stranded = NULL;
    atomic_init(&tiers->stranded_count, 0);
    atomic_init(&tiers->mremap_count, 0);
}

void tiers_destroy(struct tiers *tiers)
{
    pthread_mutex_destroy(&tiers->lock);
}

void *tiers_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct tiers *const tiers = (struct tiers *)heap;
    if (bytes <= TIERS_SMALL_BYTES) {
        return malloc_block_alloc(bytes, align, flags);
    }
    return tiers->large->alloc(tiers, bytes, align);
}

void tiers_free(struct heap *heap, void *block, size_t bytes)
{
    struct tiers *const tiers = (struct tiers *)heap;
    if (bytes > TIERS_SMALL_BYTES) {
        tiers->large->free(tiers, block, bytes);
    } else if (is_stranded(tiers, block)) {
        stranded_remove(tiers, block);
        tiers->large->free(tiers, block, STRANDED_BYTES);
    } else {
        malloc_heap_free(heap, block, bytes);
    }
}

void *tiers_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                   unsigned flags)
{
    struct tiers *const tiers = (struct tiers *)heap;
    const bool was_small = old_bytes <= TIERS_SMALL_BYTES;
    const bool is_small = new_bytes <= TIERS_SMALL_BYTES;
    if (!was_small && !is_small) {
        return tiers->large->resize(tiers, block, old_bytes, new_bytes, align);
    }
    if (was_small && is_stranded(tiers, block)) {
        return stranded_resize(tiers, block, old_bytes, new_bytes, align);
    }
    if (was_small && is_small) {
        return malloc_block_resize(block, old_bytes, new_bytes, align, flags);
    }
    void *const fresh = tiers_alloc(heap, new_bytes, align, 0);
    if (fresh == NULL) {
        return is_small ? strand(tiers, block, old_bytes, align) : NULL;
    }
    memcpy(fresh, block, is_small ? new_bytes : old_bytes);
    tiers_free(heap, block, old_bytes);
    return fresh;
}

void tiers_discard(struct heap *heap, void *block, size_t offset, size_t bytes)
{
    const struct tiers *const tiers = (const struct tiers *)heap;
    /* The size that would tell the tier is not given. A block of malloc's is private anonymous memory too,
     * and whole pages inside it hold nothing but the caller's bytes. */
    pages_zero((char *)block + offset, bytes, tiers->page_bytes);
}

void tiers_stats(const struct heap *heap, struct heap_stats *stats)
{
    const struct tiers *const tiers = (const struct tiers *)heap;
    *stats = (struct heap_stats){.mremap_count = atomic_load(&tiers->mremap_count)};
}

void pages_zero(void *from, size_t bytes, size_t page_bytes)
{
    char *const start = from;
    char *const end = start + bytes;
    char *const first = start + (-(uintptr_t)start & (page_bytes - 1));
    char *const last = end - ((uintptr_t)end & (page_bytes - 1));
    if (first >= last) {
        memset(start, 0, bytes);
        return;
    }
    memset(start, 0, (size_t)(first - start));
    memset(last, 0, (size_t)(end - last));
    /* Refused for locked pages: then they are at least zero. */
    if (madvise(first, (size_t)(last - first), MADV_DONTNEED) != 0) {
        memset(first, 0, (size_t)(last - first));
    }
}

void pages_release(void *from, size_t bytes)
{
    if (bytes != 0 && munmap(from, bytes) != 0) {
        (void)madvise(from, bytes, MADV_DONTNEED);
    }
}
