/* SPDX-License-Identifier: MIT
 *
 * The allocator seam: what a back end promises to the harness, and all that it may know of it.
 *
 * A back end is one file that ends in one or more `const struct allocator`, and one line each in
 * registry.c. Its `open` makes a heap; tables allocate from heaps only.
 *
 * Promises shared by every operation:
 *   sizes    are in bytes, at least 1; `bytes`, `old_bytes` repeat exactly what the block was last given;
 *   align    is a power of two from 1 to 2 MiB; a block keeps the alignment it was allocated with;
 *   failure  is NULL and nothing else: it means "out of memory", and an old block is still alive, unchanged;
 *   threads  one at a time, unless ALLOCATOR_THREADS is set: then any number on one open heap.
 * A caller's mistake (a foreign pointer, a wrong size) is undefined, as in malloc(3).
 */
#ifndef GROWBENCH_ALLOCATOR_H
#define GROWBENCH_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum allocator_property {
    ALLOCATOR_GROWS_IN_PLACE = 1u << 0, /* a block of 64 KiB or more keeps its address when it grows */
    ALLOCATOR_LAZY_ZERO = 1u << 1,      /* HEAP_ZEROED on a large block writes nothing: pages come zeroed */
    ALLOCATOR_CAN_DISCARD = 1u << 2,    /* heap_discard works */
    ALLOCATOR_THREADS = 1u << 3,        /* see above */
    ALLOCATOR_YARDSTICK = 1u << 4,      /* a bound to compare with, not something to use: never called best */
    ALLOCATOR_IS_MALLOC = 1u << 5,      /* large blocks are the process's malloc's: its version matters */
    ALLOCATOR_SERVES_PROCESS = 1u << 6, /* whoever calls malloc(3) gets the same: applies to every table */
    ALLOCATOR_DECAYS = 1u << 7, /* what is free may go back to the system by the clock, not by calls alone */
};

/* What may be huge. The harness never changes a system setting: ALWAYS is madvise(2), NEVER is prctl(2). */
enum page_policy { PAGE_POLICY_SYSTEM, PAGE_POLICY_ALWAYS, PAGE_POLICY_NEVER };

struct allocator_options {
    uint64_t largest_bytes; /* largest block expected; 0 = unknown, the honest default of a growing table */
    enum page_policy page_policy;
};

enum heap_flag {
    HEAP_ZEROED = 1u << 0, /* alloc: the whole block is zero; resize: the bytes past old_bytes are zero */
};

struct heap_stats {
    uint64_t live_bytes;   /* as requested; 0 where the back end does not count */
    uint64_t mremap_count; /* mremap(2) calls made by the back end itself */
};

/* An open heap. Back ends embed it as the first member of their own state. */
struct heap {
    const struct heap_ops *ops;
};

struct heap_ops {
    void *(*alloc)(struct heap *heap, size_t bytes, size_t align, unsigned flags);
    /* Keeps the first min(old_bytes, new_bytes) bytes. Shrinking never fails. */
    void *(*resize)(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                    unsigned flags);
    void (*free)(struct heap *heap, void *block, size_t bytes);
    /* Optional (NULL): the range reads as zero afterwards; whole pages inside it go back to the system. */
    void (*discard)(struct heap *heap, void *block, size_t offset, size_t bytes);
    void (*stats)(const struct heap *heap, struct heap_stats *stats);
    void (*close)(struct heap *heap); /* blocks still alive die with it or leak, as the back end likes */
};

struct allocator {
    const char *name;    /* as on the command line: [a-z0-9_]+, with an optional ":variant" */
    const char *summary; /* one line for `growbench list` */
    unsigned properties; /* enum allocator_property */

    /* Somebody else's malloc: the library (a file name that ld.so finds, or a path) that is preloaded into
     * the measured process, and a NULL-ended list of "NAME=value" settings. NULL = none. */
    const char *preload;
    const char *const *environment;
    /* Settings that this allocator documents for huge pages; added under PAGE_POLICY_ALWAYS, where madvise
     * from outside would come after a copying resize has touched the new block. */
    const char *const *huge_environment;

    /* NULL = not on this system or no memory. The caller closes the heap. */
    struct heap *(*open)(const struct allocator_options *options);
};

/* NULL-ended, in the order that `list` and the tables of results show. */
extern const struct allocator *const allocator_registry[];

/* A library given as ALLOC=name=path that exports this symbol is a back end;
 * one that does not, but exports malloc, is preloaded. */
#define ALLOCATOR_PLUGIN_SYMBOL "growbench_allocator_v1"

static inline void *heap_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    return heap->ops->alloc(heap, bytes, align, flags);
}

static inline void *heap_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                size_t align, unsigned flags)
{
    return heap->ops->resize(heap, block, old_bytes, new_bytes, align, flags);
}

static inline void heap_free(struct heap *heap, void *block, size_t bytes)
{
    heap->ops->free(heap, block, bytes);
}

#ifdef __cplusplus
}
#endif

#endif
