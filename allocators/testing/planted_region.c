/* SPDX-License-Identifier: MIT
 *
 * The region (`mremap`) with a planted regression, for tests and studies of the gate: wraps the program's own row and
 * has its properties. Build it as a shared library; both sides of a duel run this wrapper.
 *
 *     PLANT_NONE        the wrapper alone
 *     PLANT_ONE_MREMAP  one more call of mremap(2) a heap, when a block first becomes large: of a page beside the heap,
 *                       which becomes two and goes
 */
#include "allocators/allocator.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LARGE_BYTES = 64 << 10 };

/* volatile, so that the compiler makes the same code for all. */
#if defined(PLANT_NONE)
static const volatile unsigned planted_calls = 0;
#elif defined(PLANT_ONE_MREMAP)
static const volatile unsigned planted_calls = 1;
#else
#error "which plant?"
#endif

extern const struct allocator allocator_mremap; /* the program's */

struct planted {
    struct heap heap; /* first: a heap pointer is one to this */
    struct heap *inner;
    atomic_bool has_called;
    atomic_uint call_count;
};

static bool call_mremap(void)
{
    const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    void *pages = mremap(page, page_bytes, 2 * page_bytes, MREMAP_MAYMOVE);
    if (pages == MAP_FAILED)
        munmap(page, page_bytes);
    else
        munmap(pages, 2 * page_bytes);
    return true;
}

static void note_size(struct planted *self, size_t bytes)
{
    if (bytes >= LARGE_BYTES && !atomic_exchange(&self->has_called, true))
        for (unsigned i = 0; i < planted_calls; i++)
            atomic_fetch_add(&self->call_count, call_mremap());
}

static void *planted_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct planted *self = (struct planted *)heap;
    note_size(self, bytes);
    return heap_alloc(self->inner, bytes, align, flags);
}

static void *planted_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                            unsigned flags)
{
    struct planted *self = (struct planted *)heap;
    note_size(self, new_bytes);
    return heap_resize(self->inner, block, old_bytes, new_bytes, align, flags);
}

static void planted_free(struct heap *heap, void *block, size_t bytes)
{
    heap_free(((struct planted *)heap)->inner, block, bytes);
}

static void planted_discard(struct heap *heap, void *block, size_t offset, size_t bytes)
{
    struct heap *inner = ((struct planted *)heap)->inner;
    inner->ops->discard(inner, block, offset, bytes);
}

static void planted_stats(const struct heap *heap, struct heap_stats *stats)
{
    const struct planted *self = (const struct planted *)heap;
    self->inner->ops->stats(self->inner, stats);
    stats->mremap_count += atomic_load(&self->call_count);
}

static void planted_close(struct heap *heap)
{
    struct planted *self = (struct planted *)heap;
    self->inner->ops->close(self->inner);
    free(self);
}

static const struct heap_ops planted_ops = {
    .alloc = planted_alloc,
    .resize = planted_resize,
    .free = planted_free,
    .discard = planted_discard,
    .stats = planted_stats,
    .close = planted_close,
};

static struct heap *planted_open(const struct allocator_options *options)
{
    struct planted *self = calloc(1, sizeof *self);
    struct heap *inner = self ? allocator_mremap.open(options) : NULL;
    if (!inner) {
        free(self);
        return NULL;
    }
    self->heap.ops = &planted_ops;
    self->inner = inner;
    return &self->heap;
}

const struct allocator growbench_allocator_v1 = {
    .name = "planted_region",
    .summary = "the region with a planted regression, for tests of the gate",
    .properties = ALLOCATOR_GROWS_IN_PLACE | ALLOCATOR_LAZY_ZERO | ALLOCATOR_CAN_DISCARD | ALLOCATOR_THREADS,
    .open = planted_open,
};
