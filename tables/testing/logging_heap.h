/* SPDX-License-Identifier: MIT
 *
 * A checked heap that keeps a list of what it is asked for, for tests of when and how a table allocates.
 */
#ifndef GROWBENCH_LOGGING_HEAP_H
#define GROWBENCH_LOGGING_HEAP_H

#include "tables/table.h"
#include "tables/testing/checked_heap.h"

enum { LOGGED_CALL_MAX = 1000 };

struct logged_call {
    char *block; /* what it returned */
    size_t bytes;
    size_t align;
    bool is_resize;
    bool is_zeroed;
};

struct logging_heap {
    struct checked_heap checked; /* first */
    uint64_t peak_bytes;         /* live ones between calls: of a resize only the new size counts */
    uint64_t freed_count;        /* resizes are no frees */
    uint64_t forgotten_bytes;
    size_t call_count;
    struct logged_call calls[LOGGED_CALL_MAX];
};

static inline uint64_t logging_live_bytes(const struct logging_heap *self)
{
    return self->checked.live_bytes - self->forgotten_bytes;
}

static inline void *logging_note(struct logging_heap *self, struct logged_call call)
{
    checked_assert(self->call_count < LOGGED_CALL_MAX, "more calls than there is room for in the log");
    self->calls[self->call_count++] = call;
    if (logging_live_bytes(self) > self->peak_bytes)
        self->peak_bytes = logging_live_bytes(self);
    return call.block;
}

static inline void *logging_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    void *block = checked_alloc(heap, bytes, align, flags);
    return logging_note((struct logging_heap *)heap,
                        (struct logged_call){block, bytes, align, false, (flags & HEAP_ZEROED) != 0});
}

static inline void *logging_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                   size_t align, unsigned flags)
{
    void *resized = checked_resize(heap, block, old_bytes, new_bytes, align, flags);
    return logging_note((struct logging_heap *)heap,
                        (struct logged_call){resized, new_bytes, align, true, (flags & HEAP_ZEROED) != 0});
}

static inline void logging_free(struct heap *heap, void *block, size_t bytes)
{
    ((struct logging_heap *)heap)->freed_count++;
    checked_free(heap, block, bytes);
}

/* A table that took a block for itself first; of that block the log then knows nothing. */
static inline void *logged_table_create(struct logging_heap *self, const struct table *row,
                                        const struct table_options *options)
{
    static const struct heap_ops ops = {
        .alloc = logging_alloc,
        .resize = logging_resize,
        .free = logging_free,
        .stats = checked_stats,
    };
    *self = (struct logging_heap){.checked = checked_heap(1, 0)};
    self->checked.heap.ops = &ops;
    void *table = row->create(&self->checked.heap, options);
    checked_assert(table && self->call_count > 0 && self->calls[0].block == table, "no table of its own");
    self->forgotten_bytes = self->calls[0].bytes;
    self->call_count--;
    memmove(self->calls, self->calls + 1, self->call_count * sizeof(self->calls[0]));
    self->peak_bytes = logging_live_bytes(self);
    return table;
}

static inline const struct table *row_named(const char *name)
{
    const struct table *const *row = table_registry;
    while (*row && strcmp((*row)->name, name) != 0)
        row++;
    checked_assert(*row != NULL, "no such row");
    return *row;
}

#endif
