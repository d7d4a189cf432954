/* SPDX-License-Identifier: MIT
 *
 * A workload: a stream of operations that can be run in one go or in turns, chunk by chunk.
 *
 *   fill   inserts `entries` distinct keys.
 *   find   fills (always in batches), then looks up keys that are there and keys that are not, at random.
 *
 * In throughput mode operations come in batches of WORKLOAD_BATCH and the clock is read once a chunk; in
 * latency mode one at a time, each timed. Every count and sum is checked against what the key stream implies;
 * at the end every entry is looked up once more, outside the clock.
 */
#ifndef GROWBENCH_WORKLOAD_H
#define GROWBENCH_WORKLOAD_H

#include "harness/meter.h"

enum { WORKLOAD_BATCH = 32, WORKLOAD_FIND_LIMIT = 1 << 22, WORKLOAD_WARM_ROUNDS = 2 };

struct workload {
    struct meter *meter;
    const struct table *table;
    uint64_t total_operations, find_count; /* find_count of each kind */
};

/* Warms the heap if the cell asks for it, then creates the table. Returns 0 or ENOMEM. */
int workload_start(struct workload *workload, struct meter *meter);

/* Runs up to n more operations. A false return ends the run: the record's status says why. */
bool workload_run(struct workload *workload, uint64_t n);

static inline bool workload_is_done(const struct workload *workload)
{
    return workload->meter->record->operations_done >= workload->total_operations;
}

/* Looks up every entry. Returns false and notes WRONG when one is not as it should be. */
bool workload_verify(struct workload *workload);

#endif
