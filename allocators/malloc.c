/* SPDX-License-Identifier: MIT
 *
 * Whatever malloc the process has: the C library's, or one that is preloaded, which is how people deploy
 * them. Which mallocs there are is data, in malloc_rows.c.
 *
 * It promises no more than malloc(3): realloc may or may not move, and has no way to ask for zeros, so a
 * ZEROED resize writes them. Above 16 bytes of alignment there is no realloc at all: allocate, copy, free.
 */
#include "allocators/malloc.h"

#include <stdlib.h>
#include <string.h>

/* jemalloc and others align a block smaller than 16 bytes to its size only (their size class of 8). */
static int is_plain(size_t bytes, size_t align)
{
    return align <= 16 && align <= bytes;
}

/* mimalloc 2.0.9, which Debian 12 has, misaligns blocks of 256, 512 and 1,024 bytes (its issue #700), but
 * none of another size: hence the second try. */
static void *block_alloc_aligned(size_t bytes, size_t align)
{
    const size_t asked_align = align < sizeof(void *) ? sizeof(void *) : align;
    void *block;
    if (posix_memalign(&block, asked_align, bytes) != 0) {
        return NULL;
    }
    if (((uintptr_t)block & (align - 1)) == 0) {
        return block;
    }
    free(block);
    return posix_memalign(&block, asked_align, bytes + 1) == 0 ? block : NULL;
}

void *malloc_block_alloc(size_t bytes, size_t align, unsigned flags)
{
    if (is_plain(bytes, align)) {
        return (flags & HEAP_ZEROED) != 0 ? calloc(1, bytes) : malloc(bytes);
    }
    void *const block = block_alloc_aligned(bytes, align);
    if (block != NULL && (flags & HEAP_ZEROED) != 0) {
        memset(block, 0, bytes);
    }
    return block;
}

static void zero_new_part(void *block, size_t old_bytes, size_t new_bytes, unsigned flags)
{
    if ((flags & HEAP_ZEROED) != 0 && new_bytes > old_bytes) {
        memset((char *)block + old_bytes, 0, new_bytes - old_bytes);
    }
}

void *malloc_block_copy(void *block, size_t old_bytes, size_t new_bytes, size_t align, unsigned flags)
{
    const size_t kept_bytes = old_bytes < new_bytes ? old_bytes : new_bytes;
    /* calloc zeroes what is then overwritten, but for a large block its pages are fresh: it writes nothing.
     */
    const int grows_zeroed = (flags & HEAP_ZEROED) != 0 && new_bytes > old_bytes;
    const int callocs = grows_zeroed && is_plain(new_bytes, align);
    void *const fresh = malloc_block_alloc(new_bytes, align, callocs ? HEAP_ZEROED : 0);
    if (fresh == NULL) {
        /* Shrinking never fails; free(3) does not ask how large the block is. */
        return new_bytes <= old_bytes ? block : NULL;
    }
    memcpy(fresh, block, kept_bytes);
    if (!callocs) {
        zero_new_part(fresh, old_bytes, new_bytes, flags);
    }
    free(block);
    return fresh;
}

void *malloc_block_resize(void *block, size_t old_bytes, size_t new_bytes, size_t align, unsigned flags)
{
    if (!is_plain(new_bytes, align)) {
        return malloc_block_copy(block, old_bytes, new_bytes, align, flags);
    }
    void *const resized = realloc(block, new_bytes);
    if (resized == NULL) {
        return new_bytes <= old_bytes ? block : NULL;
    }
    zero_new_part(resized, old_bytes, new_bytes, flags);
    return resized;
}

struct heap *malloc_heap_open(const struct heap_ops *ops)
{
    struct heap *const heap = malloc(sizeof *heap);
    if (heap != NULL) {
        heap->ops = ops;
    }
    return heap;
}

void *malloc_heap_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    (void)heap;
    return malloc_block_alloc(bytes, align, flags);
}

static void *heap_resize_by_realloc(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                    size_t align, unsigned flags)
{
    (void)heap;
    return malloc_block_resize(block, old_bytes, new_bytes, align, flags);
}

void malloc_heap_free(struct heap *heap, void *block, size_t bytes)
{
    (void)heap;
    (void)bytes;
    free(block);
}

void malloc_heap_stats(const struct heap *heap, struct heap_stats *stats)
{
    (void)heap;
    *stats = (struct heap_stats){0};
}

void malloc_heap_close(struct heap *heap)
{
    free(heap);
}

static const struct heap_ops malloc_ops = {
    .alloc = malloc_heap_alloc,
    .resize = heap_resize_by_realloc,
    .free = malloc_heap_free,
    .stats = malloc_heap_stats,
    .close = malloc_heap_close,
};

struct heap *malloc_open(const struct allocator_options *options)
{
    (void)options;
    return malloc_heap_open(&malloc_ops);
}
