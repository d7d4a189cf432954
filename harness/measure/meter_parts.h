/* SPDX-License-Identifier: MIT
 *
 * What the files of the meter share: meter.c (beginning and end), meter_memory.c (intervals), meter_growth.c
 * (operations and events), meter_tracked.c (addresses), meter_snapshot.c.
 */
#ifndef GROWBENCH_METER_PARTS_H
#define GROWBENCH_METER_PARTS_H

#include "harness/measure/meter.h"

extern const struct recorder_hooks meter_hooks;

static inline uint64_t meter_ns(const struct meter *m, uint64_t ticks)
{
    return (uint64_t)((double)ticks * m->record->setup.ns_per_tick);
}

/* The workload's clock at a reading of the time-stamp counter, if nothing was excluded since. */
static inline uint64_t meter_clock_ns(const struct meter *m, uint64_t ticks)
{
    return meter_ns(m, ticks - m->start_ticks - m->excluded_ticks);
}

/* Looks at a table, and at all of them. */
void meter_look_at(struct meter *meter, struct meter_table *table);
void meter_look_at_all(struct meter *meter);

/* When the next interval ends, from now on. */
void meter_plan_interval(struct meter *meter);
void meter_plan(struct meter *meter);

/* Returns the resident bytes now, net. May run inside the table's own operation: does not call the table. */
int64_t meter_close_interval(struct meter *meter, uint64_t time_ns, bool ends_growth);

/* Net of what was there before, and of the busy heap's own growth. */
int64_t meter_net_bytes(const struct meter *meter, uint64_t rss_bytes);

/* A timed operation of UTILISATION_PAUSE_NS or more. */
void meter_note_pause(struct meter *meter, uint64_t start_ns, uint64_t duration_ns);

/* The allocator's part in the operation that ended. */
void meter_note_resizes(struct meter *meter);

/* Notes the addresses of the tracked entries that were inserted since; compares those of a table, or of all
 * (NULL), with what they were. */
void meter_note_tracked(struct meter *meter);
void meter_compare_tracked(struct meter *meter, const struct meter_table *table);

#endif
