/* SPDX-License-Identifier: MIT
 *
 * The meter measures one table, or many on one heap, while a workload drives them, and writes what it sees
 * into the record.
 *
 * Memory: an interval ends at the latest when the entries have grown by 1/64 (once the table is full: when
 * 1/64 of it was erased or inserted), and before and after every operation with a large block event, so the
 * peak of a growth stands alone and is compared with what was resident just before it. "Before" is the moment
 * the operation's first such event reaches the recording layer.
 *
 * Time: everything the meter does itself is taken out of the workload's clock, also when it happens inside an
 * operation. What remains in a latency is one reading of the clock (timer_overhead_ns).
 *
 * Faults: a single insert or erase that took METER_SUSPECT_NS or longer and was no growth is followed by one
 * question to the kernel, outside the clock; when this thread's minor faults have risen since the last
 * question, the operation counts as one with faults, with all of its time. It errs twice: an operation below
 * METER_SUSPECT_NS is not asked after, so that its fault is found at the next one that is, and counted there
 * with that one's time; and that time is not the fault's alone.
 *
 * Growths: around each block event the kernel is asked, outside the clock, for the thread's minor faults and its time
 * in the kernel; what a growth had of them outside the allocator's calls is the table's, above all the first touches of
 * a new block. That time may be counted in clock ticks (some ms): of a growth of a few ticks it says nothing.
 *
 * Migration: a table that moves entries a little at a time says so in its stats, which are read after every
 * operation that is timed alone, outside the clock: during the first METER_WATCHED_COUNT operations, and for good
 * once it has moved any. A table that begins later and without a block event is seen from the next interval on.
 *
 * Addresses: 4,096 entries, spread over the first half of the first fill, are looked up after each growth of
 * their table, of many tables also at each interval's end, for small ones grow unseen. What is erased later
 * has no address: nothing is compared after the fill.
 */
#ifndef GROWBENCH_METER_H
#define GROWBENCH_METER_H

#include "harness/common/clock.h"
#include "harness/measure/busy.h"
#include "harness/measure/memory.h"
#include "harness/measure/record.h"
#include "harness/measure/recorder.h"
#include "harness/measure/snapshot.h"
#include "harness/request/keys.h"
#include "tables/table.h"

enum { METER_TRACKED_COUNT = 4096 };

/* Shorter operations had no fault: on one machine 10 of 4,096 faults were shorter, 275 shorter than 1 us. Of
 * meter and worker alike. */
enum { METER_SUSPECT_NS = 500 };

/* By then a table that grows a little at a time has begun to. Of meter and worker alike. */
enum { METER_WATCHED_COUNT = 1 << 16 };

enum meter_operation { METER_INSERT, METER_ERASE, METER_CREATE, METER_FORK };

/* One of the cell's tables. Their list is the harness's memory and resident before start_rss_bytes is read. */
struct meter_table {
    void *self; /* owned */
    uint64_t seed;
    uint64_t share;           /* entries of the cell that will be its own */
    uint64_t inserted;        /* the ordinal of its next insert */
    struct table_stats stats; /* when it was last looked at, between two operations */
};

struct meter {
    struct record *record;
    struct recorder recorder;
    struct memory_probe probe;
    struct busy *busy; /* NULL unless the heap is to be busy; owned */
    struct snapshot snapshot;
    const struct table *table;

    struct meter_table *tables; /* cell.count of them; owned */
    struct meter_table *at;     /* the one that is worked on: its state and its keys follow */
    void *self;
    struct keys keys;

    long start_minor_faults, start_major_faults, seen_faults;
    uint64_t start_exact_rss_bytes; /* 0: the page tables cannot be walked */
    uint64_t start_ticks;
    uint64_t excluded_ticks;           /* spent on measuring since start_ticks */
    uint64_t operation_excluded_ticks; /* of these, inside the operation that runs now */
    uint64_t asked_ticks;              /* of these, since its first block event: asking the kernel */
    uint64_t suspect_ticks;            /* METER_SUSPECT_NS */
    uint64_t longest_ticks;            /* single operation since the snapshot was made */
    uint64_t least_interval;           /* operations: entries that fill a page */
    uint64_t next_interval, next_tracked, next_due; /* in operations */
    uint64_t capacity_bytes;                        /* of all tables' stats */
    struct meter_tracked {
        const void *address;
        uint64_t table, ordinal;
    } tracked[METER_TRACKED_COUNT];
};

/* Opens the probes, notes start_rss_bytes, makes the heap busy if the cell asks for it. `inner` stays the
 * caller's. Returns 0 or an errno value; meter_close is owed either way. */
int meter_open(struct meter *meter, struct record *record, struct heap *inner, const struct table *table);

/* What a cell asks of each of its tables. */
struct table_options meter_table_options(const struct cell *cell);

/* The same for one of them, which knows its share. */
struct table_options meter_options_of(const struct meter *meter, const struct meter_table *table);

/* Starts the workload's clock and creates the tables, each a timed operation: create_ns. Returns 0 or ENOMEM.
 */
int meter_start(struct meter *meter);

/* Goes on with another of the tables. */
static inline void meter_choose(struct meter *meter, uint64_t index)
{
    meter->at = &meter->tables[index];
    meter->self = meter->at->self;
    meter->keys.seed = meter->at->seed;
}

/* After a single operation, from start_ticks to end_ticks. */
void meter_end_operation(struct meter *meter, enum meter_operation kind, uint64_t start_ticks,
                         uint64_t end_ticks);

/* After a batch that logged an event: the growth runs from the first one on. Growth without an event is not
 * asked after here, because the loop would have to read the clock for it. */
void meter_end_batch(struct meter *meter, uint64_t end_ticks);

/* Whether a table's stats are to be read after an operation that was timed alone. */
static inline bool meter_watches(uint64_t migrated_entries, uint64_t operations)
{
    return migrated_entries || operations <= METER_WATCHED_COUNT;
}

/* True when meter_checkpoint is due: a comparison, so that loops can ask after every batch. */
static inline bool meter_is_due(const struct meter *meter)
{
    return meter->record->operations_done >= meter->next_due;
}

void meter_checkpoint(struct meter *meter);

/* Begins and ends a stretch that does not count as the workload's time. */
static inline uint64_t meter_pause(void)
{
    return clock_ticks();
}

static inline void meter_resume(struct meter *meter, uint64_t paused_ticks)
{
    meter->excluded_ticks += clock_ticks() - paused_ticks;
}

/* Ends the interval and returns what is resident, net, by a walk of the page tables: the counters that
 * intervals read lag behind by some tens of pages a CPU, which a drift of 1 % could drown in. All of it outside
 * the clock. */
int64_t meter_settle(struct meter *meter);

/* The same, and what follows is another phase. */
int64_t meter_begin_phase(struct meter *meter, enum record_phase phase);

/* A snapshot child, and its end with what it cost. False and said in the record when it failed. */
bool meter_begin_snapshot(struct meter *meter);
bool meter_end_snapshot(struct meter *meter);

/* After the last operation: the last interval, and what is counted once at the end. */
void meter_stop(struct meter *meter);

/* Destroys the tables (timed), the busy blocks and the probes. */
void meter_close(struct meter *meter);

/* Minor faults of this thread so far: what the question above asks, of a worker (worker.h) too. */
long meter_thread_faults(void);

#endif
