/* SPDX-License-Identifier: MIT
 *
 * A workload: a stream of operations that can be run in one go or in turns, chunk by chunk.
 *
 *   fill   inserts `entries` distinct keys; of many tables, in turns (turns.h).
 *   find   fills (always in batches), then looks up keys that are there and keys that are not, at random; with
 *          stops also on the way, at sizes of the last octave: a row each (workload_stop_entries).
 *   churn  fills (in batches), then replaces every entry `rounds` times: each step erases some and inserts as
 *          many, so that the size stays. Round r erases the entries of round r - 1 in a random order: an
 *          entry lives from 0 to 2 rounds, and which is next depends on nothing (workload_churn.c).
 *   drain  fills (in batches), erases all in a random order, idles, and fills again with new keys.
 *
 * In throughput mode operations come in batches of the cell's and the clock is read once a chunk; in
 * latency mode one at a time, each timed. The making of the tables is timed in every one. Keys of a fill are made
 * within the clock (1 to 2 ns each); what is erased is drawn outside. Every count and sum is checked against
 * what the key stream implies; at the end every entry is looked up once more, and some of those that were
 * erased, outside the clock.
 */
#ifndef GROWBENCH_WORKLOAD_H
#define GROWBENCH_WORKLOAD_H

#include "harness/measure/meter.h"
#include "harness/measure/permutation.h"

enum {
    WORKLOAD_FIND_LIMIT = 1 << 22,
    WORKLOAD_WARM_ROUNDS = 2,
    WORKLOAD_PHASES = 3 * CELL_STOPS_MAX,
    WORKLOAD_IDLE_SECONDS = 10 /* of drain, in all: no share of a cell's time limit */
};

struct workload {
    struct meter *meter;
    const struct table *table;
    uint64_t total_operations;
    struct workload_phase {
        uint64_t operations; /* of all phases up to its end */
        void (*begin)(struct workload *workload);
        bool (*run)(struct workload *workload, uint64_t n);
        void (*end)(struct workload *workload);
    } phases[WORKLOAD_PHASES];
    unsigned phase_count, phase;
    bool phase_has_begun;
    uint64_t left_ticks; /* when the parent's turn began, which is in no time */

    /* Which entries are gone: all below `erasing_from`, and of the `entries` ordinals from there those at
     * the first `erased` places of the order. */
    struct permutation order;
    uint64_t erasing_from, erased;
    int64_t churn_start_rss_bytes, churn_round_rss_bytes; /* when it began; at the end of its first round */
};

/* Warms the heap if the cell asks for it, then creates the tables. Returns 0 or ENOMEM. */
int workload_start(struct workload *workload, struct meter *meter);

/* Runs n more operations, or one step of churn more than that. A false return ends the run: the record's
 * status says why. */
bool workload_run(struct workload *workload, uint64_t n);

/* meter_stop, after the last run, whatever came of it. */
void workload_stop(struct workload *workload);

static inline bool workload_is_done(const struct workload *workload)
{
    return workload->meter->record->operations_done >= workload->total_operations;
}

/* Looks up every entry of every table. Returns false and notes WRONG when one is not as it should be. */
bool workload_verify(struct workload *workload);

#endif
