/* SPDX-License-Identifier: MIT
 *
 * The crew: T threads that fill a table each on one allocator at once, for cells with threads:T. In the place
 * of meter and workload: what those are to one table, worker and crew are to several.
 *
 *   entries   shared out evenly, the first workers take one more each; every worker has keys of its own
 *   CPUs      one each, from the last one that the process may use downwards, where there are as many; else
 *             all float, and waiting for a CPU is part of what is measured (blocked_ns)
 *   phases    create, fill, verify, destroy: each begins for all at once, and ends with the last. A table
 *             lives and dies in one thread
 *   clock     of rows: from the release of the fill on. A worker's own time is that of its create and its
 *             fill, what it spends on measuring taken out; the longest own time is timed_ns, by which
 *             items_per_second divides the entries of all. create_ns: the longest create
 *   failure   the first worker that gets no memory, or loses a key, ends the fill of all
 *
 * Memory is the process's. An interval ends when the entries of all have grown by 1/64; the first worker to
 * find that so ends it, outside its own clock, when it looks at its own table, which it does each time that has
 * grown by 1/128. Ending an interval writes to clear_refs, which takes mmap_lock for writing (Linux
 * fs/proc/task_mmu.c): for less than 1 us, after waiting for its turn like any other, some 64 times while the
 * entries grow e-fold. The others go on meanwhile.
 * The thread that called crew_run collects what the workers tell, every 5 ms. Where it has no CPU to itself it
 * takes its moments from a worker. Rejected: that it ends the intervals as well; where it had to wait for a CPU
 * the entries doubled before it looked, and worst_rss_ratio with them.
 * A growth has no peak of its own: those of others overlap it. There is no growth_overlap_ratio.
 *
 * blocked_ns is the wall clock less the thread's CPU time, from its first insert to its last, summed: waiting
 * for mmap_lock, for a CPU, or for the hypervisor. A writer that waits for mmap_lock spins first, while the
 * owner runs (rwsem): that is not blocked but in system_ns, which the kernel itself may know by sampling its
 * clock tick only. Both contain what the workers spend on measuring.
 */
#ifndef GROWBENCH_CREW_H
#define GROWBENCH_CREW_H

#include "harness/measure/memory.h"
#include "harness/measure/worker.h"

#include <pthread.h>
#include <sched.h>

/* In this order, from CREW_NONE on; some may be left out. */
enum crew_phase { CREW_NONE, CREW_SETTLE, CREW_CREATE, CREW_FILL, CREW_VERIFY, CREW_DESTROY };

struct crew;

struct crew_thread {
    pthread_t thread;
    struct crew *crew;
    struct worker *worker;
};

struct crew {
    struct record *record;
    struct heap *inner;
    const struct table *table;
    struct memory_probe probe;
    struct keys keys;
    struct worker *workers; /* mapped, resident before start_rss_bytes is read */
    unsigned count, started_count;
    uint64_t start_ticks, least_interval_entries;
    _Atomic uint64_t next_interval_entries;
    pthread_mutex_t writes; /* to the record, while they fill */
    cpu_set_t cpus;         /* of the thread that looks on, before it left the workers theirs */
    atomic_bool stop;
    const struct worker *failed; /* the first one that did */

    pthread_mutex_t mutex;
    pthread_cond_t begins, ends;
    enum crew_phase phase;
    unsigned done_count; /* workers that have come to its end */
    struct crew_thread threads[];
};

/* For cell.threads workers: starts them, notes start_rss_bytes, creates the tables. `inner` stays the caller's.
 * Returns NULL with an errno value in *error: ENOMEM where a table got no memory, EAGAIN where there are no
 * more threads. */
struct crew *crew_open(struct record *record, struct heap *inner, const struct table *table, int *error);

/* Fills all tables. False: one failed, the record's status says why. */
bool crew_run(struct crew *crew);

/* The last figures. */
void crew_stop(struct crew *crew);

/* Looks up every entry of every table. False and WRONG when one is not as it should be. */
bool crew_verify(struct crew *crew);

/* Destroys the tables (timed) and ends the threads. Accepts NULL. */
void crew_close(struct crew *crew);

#endif
