/* SPDX-License-Identifier: MIT
 *
 * The meter measures one table while a workload drives it, and writes what it sees into the record.
 *
 * Memory: an interval ends at the latest when the entries have grown by 1/64, and before and after every
 * operation with a large block event, so the peak of a growth stands alone and is compared with what was
 * resident just before it. "Before" is the moment the operation's first such event reaches the recording
 * layer.
 *
 * Time: everything the meter does itself is taken out of the workload's clock, also when it happens inside an
 * operation. What remains in a latency is one reading of the clock (timer_overhead_ns).
 */
#ifndef GROWBENCH_METER_H
#define GROWBENCH_METER_H

#include "harness/busy.h"
#include "harness/clock.h"
#include "harness/keys.h"
#include "harness/memory.h"
#include "harness/record.h"
#include "harness/recorder.h"
#include "tables/table.h"

enum { METER_TRACKED_COUNT = 4096 };

struct meter {
    struct record *record;
    struct recorder recorder;
    struct memory_probe probe;
    struct busy *busy; /* NULL unless the heap is to be busy; owned */
    const struct table *table;
    void *self; /* the table's state; owned */
    struct keys keys;

    long start_minor_faults, start_major_faults;
    uint64_t start_ticks;
    uint64_t excluded_ticks;           /* spent on measuring since start_ticks */
    uint64_t operation_excluded_ticks; /* of these, inside the operation that runs now */
    uint64_t next_interval_entries, next_tracked_entries;
    bool watches_migration;
    uint64_t checkpoint_migrated_entries;
    struct table_stats stats; /* when the table was last looked at, between two operations */
    const void *tracked[METER_TRACKED_COUNT];
};

/* Opens the probes, notes start_rss_bytes, makes the heap busy if the cell asks for it. `inner` stays the
 * caller's. Returns 0 or an errno value; meter_close is owed either way. */
int meter_open(struct meter *meter, struct record *record, struct heap *inner, const struct table *table);

/* What a cell asks of each of its tables. */
struct table_options meter_table_options(const struct cell *cell);

/* Creates the table and starts the workload's clock. Returns 0 or ENOMEM. */
int meter_start(struct meter *meter);

/* After an operation in latency mode (one entry), from start_ticks to end_ticks. */
void meter_end_operation(struct meter *meter, uint64_t start_ticks, uint64_t end_ticks);

/* True while the table may be moving entries a few at a time, when each operation may be a growth: from a
 * block event on, until a checkpoint finds that none was moved since the last one. */
static inline bool meter_migrates(const struct meter *meter)
{
    return meter->watches_migration;
}

/* After a batch in throughput mode that logged an event or may have migrated: with an event, the growth runs
 * from the first one on. */
void meter_end_batch(struct meter *meter, uint64_t start_ticks, uint64_t end_ticks);

/* True when meter_checkpoint is due: a comparison, so that loops can ask every time. */
static inline bool meter_is_due(const struct meter *meter)
{
    uint64_t entries = meter->record->entries_done;
    return entries >= meter->next_interval_entries || entries >= meter->next_tracked_entries;
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

/* After the last operation: the last interval, and what is counted once at the end. */
void meter_stop(struct meter *meter);

/* Destroys the table (timed), the busy blocks and the probes. */
void meter_close(struct meter *meter);

#endif
