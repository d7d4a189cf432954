/* SPDX-License-Identifier: MIT
 *
 * Plain mremap(2): a large block is a mapping of its own, rounded up to whole pages, and grows by
 * MREMAP_MAYMOVE. Page-table entries move instead of bytes, the block's address changes whenever the space
 * above it is taken. Nothing is done to align or to spread the mappings: that is what is being measured.
 *
 * An alignment above the page size cannot be asked of mremap: growth in place is tried, then the block is
 * copied. So is a block that is no longer one mapping because the caller used madvise(2) on a part of it:
 * mremap says EFAULT (mm/mremap.c).
 */
#include "allocators/tiers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

struct mover {
    struct tiers tiers;
    enum page_policy page_policy;
};

/* Far above any machine, and far enough below SIZE_MAX that rounding up does not wrap. */
#define ABSURD_BYTES (SIZE_MAX / 4)

static void *mover_alloc(struct tiers *tiers, size_t bytes, size_t align)
{
    const struct mover *const mover = (const struct mover *)tiers;
    if (bytes > ABSURD_BYTES) {
        return NULL;
    }
    const size_t mapped_bytes = round_up(bytes, tiers->page_bytes);
    const size_t spare_bytes = align > tiers->page_bytes ? align - tiers->page_bytes : 0;
    char *const base =
        mmap(NULL, mapped_bytes + spare_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) {
        return NULL;
    }
    const size_t skipped_bytes = spare_bytes == 0 ? 0 : -(uintptr_t)base & (align - 1);
    char *const block = base + skipped_bytes;
    pages_release(base, skipped_bytes);
    pages_release(block + mapped_bytes, spare_bytes - skipped_bytes);
    if (mover->page_policy == PAGE_POLICY_ALWAYS) {
        (void)madvise(block, mapped_bytes, MADV_HUGEPAGE);
    }
    return block;
}

static void mover_free(struct tiers *tiers, void *block, size_t bytes)
{
    pages_release(block, round_up(bytes, tiers->page_bytes));
}

static void *mover_grow(struct tiers *tiers, void *block, size_t old_bytes, size_t new_bytes, size_t align)
{
    const size_t old_mapped_bytes = round_up(old_bytes, tiers->page_bytes);
    const size_t new_mapped_bytes = round_up(new_bytes, tiers->page_bytes);
    if (new_mapped_bytes == old_mapped_bytes) {
        return block;
    }
    const bool may_move = align <= tiers->page_bytes;
    atomic_fetch_add(&tiers->mremap_count, 1);
    void *const moved = mremap(block, old_mapped_bytes, new_mapped_bytes, may_move ? MREMAP_MAYMOVE : 0);
    if (moved != MAP_FAILED) {
        return moved;
    }
    if (may_move && errno != EFAULT) {
        return NULL;
    }
    void *const fresh = mover_alloc(tiers, new_bytes, align);
    if (fresh != NULL) {
        memcpy(fresh, block, old_bytes);
        mover_free(tiers, block, old_bytes);
    }
    return fresh;
}

static void *mover_resize(struct tiers *tiers, void *block, size_t old_bytes, size_t new_bytes, size_t align)
{
    if (new_bytes > ABSURD_BYTES) {
        return NULL;
    }
    if (new_bytes > old_bytes) {
        return mover_grow(tiers, block, old_bytes, new_bytes, align);
    }
    const size_t old_mapped_bytes = round_up(old_bytes, tiers->page_bytes);
    const size_t new_mapped_bytes = round_up(new_bytes, tiers->page_bytes);
    pages_release((char *)block + new_mapped_bytes, old_mapped_bytes - new_mapped_bytes);
    const size_t used_bytes = old_bytes < new_mapped_bytes ? old_bytes : new_mapped_bytes;
    memset((char *)block + new_bytes, 0, used_bytes - new_bytes);
    return block;
}

static void mover_close(struct heap *heap)
{
    tiers_destroy((struct tiers *)heap);
    free(heap);
}

static const struct large_ops mover_large_ops = {
    .alloc = mover_alloc,
    .resize = mover_resize,
    .free = mover_free,
};

static const struct heap_ops mover_ops = {
    .alloc = tiers_alloc,
    .resize = tiers_resize,
    .free = tiers_free,
    .discard = tiers_discard,
    .stats = tiers_stats,
    .close = mover_close,
};

static struct heap *mover_open(const struct allocator_options *options)
{
    struct mover *const mover = malloc(sizeof *mover);
    if (mover == NULL) {
        return NULL;
    }
    tiers_init(&mover->tiers, &mover_ops, &mover_large_ops);
    mover->page_policy = options->page_policy;
    return &mover->tiers.heap;
}

extern const struct allocator allocator_mremap_move;

const struct allocator allocator_mremap_move = {
    .name = "mremap_move",
    .summary = "plain mremap(2): pages move, not bytes, and the address may change",
    .properties = ALLOCATOR_LAZY_ZERO | ALLOCATOR_CAN_DISCARD | ALLOCATOR_THREADS,
    .open = mover_open,
};
