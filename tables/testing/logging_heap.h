/* SPDX-License-Identifier: MIT
 *
 * A checked heap that keeps a list of what it is asked for, for tests of when and how a table allocates.
 */
#ifndef GROWBENCH_LOGGING_HEAP_H
#define GROWBENCH_LOGGING_HEAP_H

#include "tables/testing/checked_heap.h"

enum { LOGGED_MAX = 256 };

enum logged_kind { LOGGED_ALLOC, LOGGED_RESIZE };

struct logged_call {
    enum logged_kind kind;
    size_t bytes;
    size_t align;
    bool zeroed;
};

struct logging_heap {
    struct checked_heap checked; /* first */
    size_t least_bytes;          /* of calls that are kept */
    uint64_t peak_bytes;         /* between calls: a resize counts as the new size only */
    unsigned call_count;
    struct logged_call calls[LOGGED_MAX];
};

static inline void logging_note(struct logging_heap *self, const struct logged_call *call)
{
    if (self->checked.live_bytes > self->peak_bytes)
        self->peak_bytes = self->checked.live_bytes;
    if (call->bytes < self->least_bytes)
        return;
    checked_assert(self->call_count < LOGGED_MAX, "more calls than the log has room for");
    self->calls[self->call_count++] = *call;
}

static inline void *logging_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    void *block = checked_alloc(heap, bytes, align, flags);
    logging_note((struct logging_heap *)heap,
                 &(struct logged_call){LOGGED_ALLOC, bytes, align, (flags & HEAP_ZEROED) != 0});
    return block;
}

static inline void *logging_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                   size_t align, unsigned flags)
{
    void *moved = checked_resize(heap, block, old_bytes, new_bytes, align, flags);
    logging_note((struct logging_heap *)heap,
                 &(struct logged_call){LOGGED_RESIZE, new_bytes, align, (flags & HEAP_ZEROED) != 0});
    return moved;
}

static inline void logging_heap_init(struct logging_heap *self, size_t least_bytes)
{
    static const struct heap_ops ops = {
        .alloc = logging_alloc,
        .resize = logging_resize,
        .free = checked_free,
        .stats = checked_stats,
    };
    *self = (struct logging_heap){.checked = checked_heap(1, 0), .least_bytes = least_bytes};
    self->checked.heap.ops = &ops;
}

#endif
