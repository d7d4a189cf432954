/* SPDX-License-Identifier: MIT
 *
 * What the back ends share that stand on the process's malloc: its calls, with alignment and zeroing as
 * allocator.h promises them. Blocks are malloc's own: free(3) takes each of them, whatever its alignment.
 */
#ifndef GROWBENCH_ALLOCATORS_MALLOC_H
#define GROWBENCH_ALLOCATORS_MALLOC_H

#include "allocators/allocator.h"

/* The row of a library that the user names: the harness copies it and fills in name and preload. */
extern const struct allocator allocator_malloc_preloaded;

/* glibc's own setting for huge pages (glibc manual, 39.3 "Memory Allocation Tunables"). */
extern const char *const malloc_glibc_huge[];

/* The heap that the rows of malloc_rows.c open. */
struct heap *malloc_open(const struct allocator_options *options);

/* All three: any thread; NULL is out of memory, and an old block is still alive then. */
void *malloc_block_alloc(size_t bytes, size_t align, unsigned flags);
void *malloc_block_resize(void *block, size_t old_bytes, size_t new_bytes, size_t align, unsigned flags);

/* The same, but always allocate, copy, free: never realloc. */
void *malloc_block_copy(void *block, size_t old_bytes, size_t new_bytes, size_t align, unsigned flags);

/* A heap that is nothing but its operations; malloc_heap_close is what closes it. */
struct heap *malloc_heap_open(const struct heap_ops *ops);
void *malloc_heap_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags);
void malloc_heap_free(struct heap *heap, void *block, size_t bytes);
void malloc_heap_stats(const struct heap *heap, struct heap_stats *stats);
void malloc_heap_close(struct heap *heap);

#endif
