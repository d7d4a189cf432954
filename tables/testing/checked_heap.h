/* SPDX-License-Identifier: MIT
 *
 * A heap over malloc for tests of tables: asserts that sizes given back are right, counts live bytes, fails
 * when told to (some calls by chance, or just the calls of certain numbers), fills what need not be zero with
 * rubbish, and moves a block at every resize, so that a sanitizer sees every pointer kept for too long.
 */
#ifndef GROWBENCH_CHECKED_HEAP_H
#define GROWBENCH_CHECKED_HEAP_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocators/allocator.h"
#include "tables/testing/random.h"

struct checked_heap {
    struct heap heap; /* first: a heap pointer is one to this */
    uint64_t live_bytes;
    uint64_t random_state;
    unsigned fail_percent; /* of calls that may fail */
    uint64_t call_count;   /* of calls that may fail: alloc, and resize to more */
    uint64_t fail_from;    /* calls of these numbers fail, the first is 0 */
    uint64_t fail_end;
    uint64_t failure_count;
    uint64_t freed_count; /* blocks given back or resized */
    void *last_block;     /* what alloc or resize returned last */
};

/* Stands right before the block. */
struct checked_header {
    void *base;
    size_t bytes;
    size_t align;
};

static inline struct checked_header *checked_header_of(void *block)
{
    return (struct checked_header *)(void *)((char *)block - sizeof(struct checked_header));
}

static inline void checked_assert(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "checked heap: %s\n", what);
    abort();
}

/* By its number; more may by chance. */
static inline bool checked_next_fails(const struct checked_heap *self)
{
    return self->call_count >= self->fail_from && self->call_count < self->fail_end;
}

static inline bool checked_fails(struct checked_heap *self)
{
    const bool fails =
        random_below(&self->random_state, 100) < self->fail_percent || checked_next_fails(self);
    self->call_count++;
    self->failure_count += fails;
    return fails;
}

static inline void *checked_new(struct checked_heap *self, size_t bytes, size_t align, unsigned flags)
{
    checked_assert(bytes > 0, "a block of 0 bytes");
    checked_assert(align > 0 && (align & (align - 1)) == 0, "alignment is no power of two");
    const size_t header_align =
        align > _Alignof(struct checked_header) ? align : _Alignof(struct checked_header);
    const size_t offset = (sizeof(struct checked_header) + header_align - 1) & ~(header_align - 1);
    char *base = NULL;
    if (posix_memalign((void **)&base, header_align, offset + bytes) != 0)
        abort();
    char *block = base + offset;
    memset(block, flags & HEAP_ZEROED ? 0 : 0xA5, bytes);
    *checked_header_of(block) = (struct checked_header){base, bytes, align};
    self->live_bytes += bytes;
    self->last_block = block;
    return block;
}

static inline void checked_free(struct heap *heap, void *block, size_t bytes)
{
    struct checked_heap *self = (struct checked_heap *)heap;
    checked_assert(block != NULL, "free of NULL");
    checked_assert(checked_header_of(block)->bytes == bytes, "free with a wrong size");
    self->live_bytes -= bytes;
    self->freed_count++;
    void *base = checked_header_of(block)->base;
    memset(block, 0x5A, bytes);
    free(base);
}

static inline void *checked_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct checked_heap *self = (struct checked_heap *)heap;
    return checked_fails(self) ? NULL : checked_new(self, bytes, align, flags);
}

static inline void *checked_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                   size_t align, unsigned flags)
{
    struct checked_heap *self = (struct checked_heap *)heap;
    checked_assert(block != NULL, "resize of NULL");
    checked_assert(checked_header_of(block)->bytes == old_bytes, "resize with a wrong old size");
    checked_assert(checked_header_of(block)->align == align, "resize with another alignment");
    if (new_bytes > old_bytes && checked_fails(self))
        return NULL;
    void *moved = checked_new(self, new_bytes, align, flags);
    memcpy(moved, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    checked_free(heap, block, old_bytes);
    return moved;
}

static inline void checked_discard(struct heap *heap, void *block, size_t offset, size_t bytes)
{
    (void)heap;
    const size_t block_bytes = checked_header_of(block)->bytes;
    checked_assert(offset <= block_bytes && bytes <= block_bytes - offset, "discard past a block's end");
    memset((char *)block + offset, 0, bytes);
}

static inline void checked_stats(const struct heap *heap, struct heap_stats *stats)
{
    *stats = (struct heap_stats){.live_bytes = ((const struct checked_heap *)heap)->live_bytes};
}

static inline struct checked_heap checked_heap(uint64_t seed, unsigned fail_percent)
{
    static const struct heap_ops ops = {
        .alloc = checked_alloc,
        .resize = checked_resize,
        .free = checked_free,
        .discard = checked_discard,
        .stats = checked_stats,
    };
    return (struct checked_heap){.heap.ops = &ops, .random_state = seed, .fail_percent = fail_percent};
}

/* As of a back end that has no such operation. */
static inline void checked_heap_without_discard(struct checked_heap *self)
{
    static const struct heap_ops ops = {
        .alloc = checked_alloc,
        .resize = checked_resize,
        .free = checked_free,
        .stats = checked_stats,
    };
    self->heap.ops = &ops;
}

#endif
