/* SPDX-License-Identifier: MIT
 *
 * A heap of two tiers: blocks up to TIERS_SMALL_BYTES are the process's malloc's, larger ones the back
 * end's own pages. The size that the caller repeats tells which tier a block is of; a resize across the
 * border copies.
 *
 * Pages are those of the system, of 4 KiB to 64 KiB: sizes that divide 64 KiB.
 *
 * Shrinking across the border must not fail even if malloc does. Such a block stays where it is, "stranded",
 * and is remembered in a list whose nodes lie inside the blocks, past the caller's bytes. Hence the border
 * 4 KiB below 64 KiB: a stranded block has pages for 64 KiB, of which the caller owns 60 KiB at most.
 * Rejected: a node beside each block (memory for what never happens); telling the tier by the address
 * (malloc's blocks may be page-aligned too).
 */
#ifndef GROWBENCH_ALLOCATORS_TIERS_H
#define GROWBENCH_ALLOCATORS_TIERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "allocators/allocator.h"

#define TIERS_SMALL_BYTES ((size_t)60 << 10)

struct tiers;

/* The upper tier. Sizes are above TIERS_SMALL_BYTES. A block keeps this invariant: bytes past its size, up
 * to the end of the pages that the size needs, are zero. So growth is zeroed without being asked. */
struct large_ops {
    void *(*alloc)(struct tiers *tiers, size_t bytes, size_t align);
    /* NULL leaves the old block alive and unchanged. Never NULL when shrinking, or within one page. */
    void *(*resize)(struct tiers *tiers, void *block, size_t old_bytes, size_t new_bytes, size_t align);
    void (*free)(struct tiers *tiers, void *block, size_t bytes);
};

struct stranded;

/* Embedded as the first member of the back end's state. */
struct tiers {
    struct heap heap;
    const struct large_ops *large;
    size_t page_bytes;
    pthread_mutex_t lock; /* guards the list */
    struct stranded *stranded;
    atomic_size_t stranded_count; /* 0 nearly always: then nobody takes the lock */
    atomic_uint_fast64_t mremap_count;
};

void tiers_init(struct tiers *tiers, const struct heap_ops *ops, const struct large_ops *large);
void tiers_destroy(struct tiers *tiers);

/* The heap's operations. Any thread, if the upper tier allows it. */
void *tiers_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags);
void *tiers_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                   unsigned flags);
void tiers_free(struct heap *heap, void *block, size_t bytes);
void tiers_discard(struct heap *heap, void *block, size_t offset, size_t bytes);
void tiers_stats(const struct heap *heap, struct heap_stats *stats);

/* For upper tiers. */

/* The range reads as zero; whole pages inside go back to the system. Private anonymous memory only. */
void pages_zero(void *from, size_t bytes, size_t page_bytes);

/* munmap(2); where that is refused (splitting a mapping past vm.max_map_count) only the memory goes back. */
void pages_release(void *from, size_t bytes);

static inline size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) & ~(unit - 1);
}

#endif
