/* SPDX-License-Identifier: MIT
 *
 * A yardstick: no allocator can be faster, none should need more. A pointer is bumped through one mapping of
 * twice the machine's memory, nothing is ever freed, and only the last block grows in place.
 *
 * Invariant: memory from `top` on was never written, so it is zero.
 */
#include "allocators/allocator.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAPPING_ALIGN_BYTES ((size_t)2 << 20)

struct null_heap {
    struct heap heap;
    char *mapping;
    size_t mapping_bytes;
    char *base; /* the part of the mapping that is used: its start aligned to 2 MiB, the largest alignment */
    size_t bytes;
    size_t top;  /* offset of the first byte never handed out */
    size_t last; /* offset of the last block, which ends at top whatever it was shrunk to */
};

static void *null_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    (void)flags;
    struct null_heap *const null = (struct null_heap *)heap;
    const size_t start = (null->top + align - 1) & ~(align - 1);
    if (start > null->bytes || bytes > null->bytes - start) {
        return NULL;
    }
    null->last = start;
    null->top = start + bytes;
    return null->base + start;
}

static void *null_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                         unsigned flags)
{
    struct null_heap *const null = (struct null_heap *)heap;
    if (new_bytes <= old_bytes) {
        return block;
    }
    if (block != null->base + null->last) {
        void *const fresh = null_alloc(heap, new_bytes, align, flags);
        return fresh == NULL ? NULL : memcpy(fresh, block, old_bytes);
    }
    if (new_bytes > null->bytes - null->last) {
        return NULL;
    }
    /* What the block had before it was shrunk is dirty; the rest is fresh. */
    const size_t used_bytes = null->top - null->last;
    if ((flags & HEAP_ZEROED) != 0 && used_bytes > old_bytes) {
        memset((char *)block + old_bytes, 0, (used_bytes < new_bytes ? used_bytes : new_bytes) - old_bytes);
    }
    if (new_bytes > used_bytes) {
        null->top = null->last + new_bytes;
    }
    return block;
}

static void null_free(struct heap *heap, void *block, size_t bytes)
{
    (void)heap;
    (void)block;
    (void)bytes;
}

static void null_stats(const struct heap *heap, struct heap_stats *stats)
{
    (void)heap;
    *stats = (struct heap_stats){0};
}

static void null_close(struct heap *heap)
{
    struct null_heap *const null = (struct null_heap *)heap;
    munmap(null->mapping, null->mapping_bytes);
    free(null);
}

static const struct heap_ops null_ops = {
    .alloc = null_alloc,
    .resize = null_resize,
    .free = null_free,
    .stats = null_stats,
    .close = null_close,
};

/* An address space limit, or strict overcommit accounting, may allow less than what is asked first. */
static bool null_map(struct null_heap *null, size_t wanted_bytes)
{
    for (size_t bytes = wanted_bytes; bytes >= 2 * MAPPING_ALIGN_BYTES; bytes /= 2) {
        char *const mapping =
            mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (mapping != MAP_FAILED) {
            const size_t skipped_bytes = -(uintptr_t)mapping & (MAPPING_ALIGN_BYTES - 1);
            null->mapping = mapping;
            null->mapping_bytes = bytes;
            null->base = mapping + skipped_bytes;
            null->bytes = bytes - skipped_bytes;
            return true;
        }
    }
    return false;
}

static struct heap *null_open(const struct allocator_options *options)
{
    struct null_heap *const null = calloc(1, sizeof *null);
    if (null == NULL) {
        return NULL;
    }
    const size_t memory_bytes = (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE);
    if (!null_map(null, 2 * memory_bytes + MAPPING_ALIGN_BYTES)) {
        free(null);
        return NULL;
    }
    if (options->page_policy == PAGE_POLICY_ALWAYS) {
        (void)madvise(null->mapping, null->mapping_bytes, MADV_HUGEPAGE);
    }
    null->heap.ops = &null_ops;
    return &null->heap;
}

extern const struct allocator allocator_null;

const struct allocator allocator_null = {
    .name = "null",
    .summary = "bumps a pointer and never frees: a yardstick",
    .properties = ALLOCATOR_LAZY_ZERO | ALLOCATOR_YARDSTICK,
    .open = null_open,
};
