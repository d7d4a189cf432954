/* SPDX-License-Identifier: MIT
 *
 * What a program gets from an allocator that cannot resize: every growth allocates, copies and frees, as
 * the default method GlobalAlloc::realloc of Rust (library/core/src/alloc/global.rs) and std::allocator
 * do. During a growth both blocks are resident. The blocks are the C library's malloc's.
 */
#include "allocators/malloc.h"

static void *copying_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                            unsigned flags)
{
    (void)heap;
    return malloc_block_copy(block, old_bytes, new_bytes, align, flags);
}

static const struct heap_ops copying_ops = {
    .alloc = malloc_heap_alloc,
    .resize = copying_resize,
    .free = malloc_heap_free,
    .stats = malloc_heap_stats,
    .close = malloc_heap_close,
};

static struct heap *copying_open(const struct allocator_options *options)
{
    (void)options;
    return malloc_heap_open(&copying_ops);
}

extern const struct allocator allocator_copying;

const struct allocator allocator_copying = {
    .name = "copying",
    .summary = "allocate, copy, free: what Rust's GlobalAlloc does by default",
    .properties = ALLOCATOR_THREADS | ALLOCATOR_IS_MALLOC,
    .huge_environment = malloc_glibc_huge,
    .open = copying_open,
};
