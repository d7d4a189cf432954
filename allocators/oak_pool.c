/* SPDX-License-Identifier: MIT
 *
 * Oak's enclave heap as an allocator: what a program has that runs on Oak's restricted kernel
 * (project-oak/oak: oak_enclave_runtime_support/src/heap.rs, oak_restricted_kernel/src/syscall/mmap.rs;
 * Rust's library/core/src/alloc/global.rs).
 *
 *   - Allocation is TLSF by the crate rlsf (here tlsf.c), behind one lock.
 *   - When no block is large enough, one more pool is mapped: as much as the request needs, in whole frames
 * of 2 MiB. A pool is never extended, merged with a neighbour or returned: the crate is told of no such call.
 *   - The kernel maps every frame of a pool at once and fills it with zeros, under its page tables' lock. So
 * a pool is resident from the start, and there is no page that comes by itself on first use.
 *   - GlobalAlloc has only alloc and dealloc there: realloc is the default, allocate, copy, free, be it to
 * shrink, and alloc_zeroed fills with zeros what the kernel has filled already.
 *
 * Differences. The kernel's frames are physical 2 MiB; here a pool is made of the pages that the page policy
 * says. When a shrinking resize finds no memory, the block stays where it is, for allocator.h forbids a
 * failure; Oak's would fail. Closing the heap unmaps the pools; Oak's heap lives as long as the program.
 */
#include "allocators/allocator.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "allocators/tiers.h"
#include "allocators/tlsf.h"

#define FRAME_BYTES ((size_t)2 << 20)

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23 /* Linux 5.14 */
#endif

/* At the end of each pool. */
struct pool {
    struct pool *next;
    size_t bytes;
};

_Static_assert(sizeof(struct pool) <= TLSF_TAIL_BYTES, "tlsf leaves no more room");

struct oak_heap {
    struct heap heap;
    enum page_policy page_policy;
    pthread_mutex_t lock; /* guards what follows */
    uint64_t live_bytes;
    struct pool *pools;
    struct tlsf tlsf;
};

/* Far above any machine, and far enough below SIZE_MAX that rounding up does not wrap. */
#define ABSURD_BYTES (SIZE_MAX / 4)

static bool populate(char *from, size_t bytes)
{
    if (madvise(from, bytes, MADV_POPULATE_WRITE) == 0) {
        return true;
    }
    if (errno != EINVAL) {
        return false;
    }
    /* An older kernel. */
    const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    for (size_t offset = 0; offset < bytes; offset += page_bytes) {
        *(volatile char *)(from + offset) = 0;
    }
    return true;
}

static char *frames_map(size_t bytes, enum page_policy page_policy)
{
    char *const mapping =
        mmap(NULL, bytes + FRAME_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapping == MAP_FAILED) {
        return NULL;
    }
    const size_t skipped_bytes = -(uintptr_t)mapping & (FRAME_BYTES - 1);
    char *const start = mapping + skipped_bytes;
    pages_release(mapping, skipped_bytes);
    pages_release(start + bytes, FRAME_BYTES - skipped_bytes);
    if (page_policy == PAGE_POLICY_ALWAYS) {
        (void)madvise(start, bytes, MADV_HUGEPAGE);
    }
    if (!populate(start, bytes)) {
        pages_release(start, bytes);
        return NULL;
    }
    return start;
}

static bool pool_add(struct oak_heap *oak, size_t needed_bytes)
{
    if (needed_bytes == 0 || needed_bytes > ABSURD_BYTES) {
        return false;
    }
    const size_t bytes = round_up(needed_bytes, FRAME_BYTES);
    char *const start = frames_map(bytes, oak->page_policy);
    if (start == NULL) {
        return false;
    }
    struct pool *const pool = (struct pool *)(void *)(start + bytes - sizeof *pool);
    *pool = (struct pool){oak->pools, bytes};
    oak->pools = pool;
    tlsf_add_pool(&oak->tlsf, start, bytes);
    return true;
}

static void *oak_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct oak_heap *const oak = (struct oak_heap *)heap;
    pthread_mutex_lock(&oak->lock);
    void *block = tlsf_alloc(&oak->tlsf, bytes, align);
    if (block == NULL && pool_add(oak, tlsf_pool_bytes(bytes, align))) {
        block = tlsf_alloc(&oak->tlsf, bytes, align);
    }
    oak->live_bytes += block != NULL ? bytes : 0;
    pthread_mutex_unlock(&oak->lock);
    if (block != NULL && (flags & HEAP_ZEROED) != 0) {
        memset(block, 0, bytes);
    }
    return block;
}

static void oak_free(struct heap *heap, void *block, size_t bytes)
{
    struct oak_heap *const oak = (struct oak_heap *)heap;
    pthread_mutex_lock(&oak->lock);
    oak->live_bytes -= bytes;
    tlsf_free(&oak->tlsf, block);
    pthread_mutex_unlock(&oak->lock);
}

static void *oak_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                        unsigned flags)
{
    struct oak_heap *const oak = (struct oak_heap *)heap;
    const bool grows = new_bytes > old_bytes;
    char *const fresh = oak_alloc(heap, new_bytes, align, 0);
    if (fresh == NULL && !grows) {
        pthread_mutex_lock(&oak->lock);
        oak->live_bytes -= old_bytes - new_bytes;
        pthread_mutex_unlock(&oak->lock);
        return block;
    }
    if (fresh == NULL) {
        return NULL;
    }
    memcpy(fresh, block, grows ? old_bytes : new_bytes);
    if (grows && (flags & HEAP_ZEROED) != 0) {
        memset(fresh + old_bytes, 0, new_bytes - old_bytes);
    }
    oak_free(heap, block, old_bytes);
    return fresh;
}

static void oak_stats(const struct heap *heap, struct heap_stats *stats)
{
    struct oak_heap *const oak = (struct oak_heap *)(uintptr_t)heap;
    pthread_mutex_lock(&oak->lock);
    *stats = (struct heap_stats){.live_bytes = oak->live_bytes};
    pthread_mutex_unlock(&oak->lock);
}

static void oak_close(struct heap *heap)
{
    struct oak_heap *const oak = (struct oak_heap *)heap;
    for (struct pool *pool = oak->pools; pool != NULL;) {
        struct pool *const next = pool->next;
        const size_t bytes = pool->bytes;
        pages_release((char *)(pool + 1) - bytes, bytes);
        pool = next;
    }
    pthread_mutex_destroy(&oak->lock);
    free(oak);
}

static const struct heap_ops oak_ops = {
    .alloc = oak_alloc,
    .resize = oak_resize,
    .free = oak_free,
    .stats = oak_stats,
    .close = oak_close,
};

static struct heap *oak_open(const struct allocator_options *options)
{
    struct oak_heap *const oak = calloc(1, sizeof *oak);
    if (oak == NULL) {
        return NULL;
    }
    oak->heap.ops = &oak_ops;
    oak->page_policy = options->page_policy;
    pthread_mutex_init(&oak->lock, NULL);
    return &oak->heap;
}

extern const struct allocator allocator_oak_pool;

const struct allocator allocator_oak_pool = {
    .name = "oak_pool",
    .summary = "Oak's enclave heap: TLSF over pools that are resident at once and never returned",
    .properties = ALLOCATOR_THREADS,
    .open = oak_open,
};
