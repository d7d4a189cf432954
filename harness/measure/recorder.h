/* SPDX-License-Identifier: MIT
 *
 * The recording layer: a heap around a heap, the same for every table, that sees each block of 64 KiB and
 * more.
 *
 * Smaller blocks pass through at the cost of one comparison. For a large one it keeps what happened, when and
 * how long; an operation of the table that had such an event is a growth operation. Events are classed when
 * the operation ends, because whether a freed block was replaced is only known then:
 *   grow     resized, same address
 *   move     resized, another address
 *   replace  freed after the same operation allocated a larger one
 *   add      allocated
 *   free     freed otherwise
 */
#ifndef GROWBENCH_RECORDER_H
#define GROWBENCH_RECORDER_H

#include "allocators/allocator.h"

#include <stdbool.h>

enum { RECORDER_TRACKED_BYTES = 64 << 10, RECORDER_EVENT_COUNT = 512 };

enum recorder_kind {
    RECORDER_GROW,
    RECORDER_MOVE,
    RECORDER_REPLACE,
    RECORDER_ADD,
    RECORDER_FREE,
    RECORDER_KIND_COUNT
};

extern const char *const recorder_kind_names[];

/* What the kernel did for this thread. Its time may be known by clock ticks only. */
struct recorder_usage {
    uint64_t minor_faults, system_ns;
};

struct recorder_event {
    enum recorder_kind kind;
    uint64_t duration_ticks, free_ticks; /* the whole; of these, giving a block back */
    struct recorder_usage usage;         /* meanwhile; 0 where nobody asks */
    uint64_t old_bytes, new_bytes;
    const void *old_block, *new_block;
};

struct recorder_hooks {
    void (*before_event)(void *context);            /* the first of an operation; nothing has happened yet */
    void (*refused)(void *context, uint64_t bytes); /* about to return NULL */
    /* So far; asked around each event. NULL: not of interest. */
    struct recorder_usage (*read_usage)(void *context);
};

struct recorder {
    struct heap heap; /* what the table gets */
    struct heap *inner;
    enum page_policy page_policy;
    uint64_t page_bytes, huge_page_bytes; /* of this system; 0 = it has no huge ones */

    const struct recorder_hooks *hooks; /* NULL: nobody listens */
    void *context;

    uint64_t first_event_ticks;
    struct recorder_usage first_event_usage,
        event_usage;      /* when the first one, and the one that runs, began */
    bool began;           /* this operation has asked for something large, be it refused */
    unsigned event_count; /* of this operation; 0 = not a growth operation */
    unsigned dropped_count;
    uint64_t live_bytes;
    struct recorder_event events[RECORDER_EVENT_COUNT];
};

void recorder_init(struct recorder *recorder, struct heap *inner, enum page_policy page_policy,
                   const struct recorder_hooks *hooks, void *context);

/* Classes the events of the operation that ended: what was `add` and `free` may become `replace`. */
void recorder_classify(struct recorder *recorder);

/* The kernel's counts never fall. */
static inline struct recorder_usage recorder_usage_since(struct recorder_usage now,
                                                         struct recorder_usage then)
{
    return (struct recorder_usage){now.minor_faults - then.minor_faults, now.system_ns - then.system_ns};
}

/* Forgets them: the next operation begins. */
static inline void recorder_clear(struct recorder *recorder)
{
    recorder->event_count = 0;
    recorder->began = false;
}

#endif
