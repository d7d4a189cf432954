/* SPDX-License-Identifier: MIT
 *
 * One of several threads that fill tables at once: its table, its recording layer around the heap that all
 * share, its figures. It starts no thread and knows of no other but for the sum of their entries; who does is
 * the crew (crew.h).
 *
 * While it fills, its owner may read what is atomic here and take its news; everything else is the worker's
 * until the owner has seen that it is done.
 *
 * Times. A latency runs from before the call of the table to after it. Growths and pauses carry the crew's
 * clock, which all workers share and which nothing is taken out of: what happened at once has the same time.
 * What the worker spends on measuring is kept in excluded_ticks: out of its own time (worker_own_ticks) and
 * out of its utilisation.
 *
 * Faults (latency mode): as the meter's (meter.h), by the thread's own count.
 */
#ifndef GROWBENCH_WORKER_H
#define GROWBENCH_WORKER_H

#include "harness/measure/record.h"
#include "harness/measure/recorder.h"
#include "harness/measure/verify.h"
#include "harness/request/keys.h"
#include "tables/table.h"

#include <stdatomic.h>

enum { WORKER_NEWS_COUNT = 512, WORKER_TRACKED_MAX = 4096, WORKER_LINE_BYTES = 64 };

/* The wall clock and what the kernel says of a thread. */
struct worker_usage {
    uint64_t ticks, cpu_ns, system_ns;
    uint64_t minor_faults, major_faults;
};

enum worker_news_kind {
    WORKER_PAUSED, /* row: entries, start_ns, duration_ns */
    WORKER_GREW,   /* the same: a growth operation */
    WORKER_BLOCK,  /* one of its block events: the whole row */
};

struct worker_news {
    enum worker_news_kind kind;
    struct record_growth_row row; /* entries: of all workers then */
};

struct worker {
    /* Read by others while it runs: a line of its own. */
    _Alignas(WORKER_LINE_BYTES) _Atomic uint64_t entries_done;
    _Atomic uint64_t capacity_bytes;
    _Atomic uint64_t news_put;
    /* Written by the owner. */
    _Alignas(WORKER_LINE_BYTES) _Atomic uint64_t news_taken;

    /* Given. */
    _Alignas(WORKER_LINE_BYTES) struct cell share; /* its part of the cell: entries and seed of its own */
    const struct table *table;
    struct record *record; /* for its setup, and to note a request that is refused */
    struct worker *all;    /* itself among them */
    unsigned count, number;
    atomic_bool *stop;             /* set: whoever fills ends soon */
    void (*looked)(void *context); /* called while it fills, at the latest when its entries have grown by
                                    * 1/128, outside its clock; may be NULL */
    void *context;
    uint64_t start_ticks; /* of the crew's clock */

    struct keys keys;
    struct recorder recorder;
    void *self;

    /* What came of it: RUNNING while nothing went wrong, or OOM, or WRONG with a sentence. */
    enum record_status outcome;
    bool is_first_to_fail;  /* of the crew */
    uint64_t refused_bytes; /* with OOM; 0 = the table ran out of room by itself */
    char sentence[VERIFY_SENTENCE_BYTES];

    uint64_t excluded_ticks, create_ticks;
    uint64_t create_resize_total_ns, create_resize_max_ns; /* the allocator's part of create */
    uint64_t fault_count, fault_total_ns, fault_max_ns;
    uint64_t step_count, step_total_ns, step_max_ns; /* growth operations without a block event */
    struct worker_usage born, begun, ended;          /* before create, before and after the fill */
    uint64_t tracked_moves, tracked_count, tracked_limit, next_look_entries;
    bool addresses_are_unknown;
    uint64_t migrated_entries, migrated_max_entries, seen_faults;
    const void *tracked[WORKER_TRACKED_MAX];
    struct latency insert;
    struct utilisation utilisation_1ms, utilisation_100ms;
    struct worker_news news[WORKER_NEWS_COUNT];
};

/* Makes `all[number]` ready; its memory is zeroed and resident. `inner` must be for threads. `keys` is the
 * cell's stream; the worker draws from it with a seed of its own. */
void worker_init(struct worker *worker, struct record *record, struct heap *inner, const struct table *table,
                 const struct keys *keys);

/* The rest is the worker's thread's, in this order; worker_fill only where the table was created. */
void worker_create(struct worker *worker);
void worker_fill(struct worker *worker);
void worker_verify(struct worker *worker);
void worker_destroy(struct worker *worker);

/* Of its create and its fill, measuring taken out: what it took its table's user. */
static inline uint64_t worker_own_ticks(const struct worker *worker)
{
    return worker->create_ticks + worker->ended.ticks - worker->start_ticks - worker->excluded_ticks;
}

static inline uint64_t worker_total_entries(const struct worker *all, unsigned count)
{
    uint64_t entries = 0;
    for (unsigned i = 0; i < count; i++)
        entries += atomic_load_explicit(&all[i].entries_done, memory_order_relaxed);
    return entries;
}

/* For its owner: copies the oldest news that was not taken. False: there is none. */
bool worker_take_news(struct worker *worker, struct worker_news *news);

#endif
