/* SPDX-License-Identifier: MIT
 *
 * What the files of the workloads share: workload.c (phases), workload_operations.c (insert, erase),
 * workload_find.c (look-ups, also those that verify), workload_churn.c, workload_drain.c, workload_warm.c.
 */
#ifndef GROWBENCH_WORKLOAD_PARTS_H
#define GROWBENCH_WORKLOAD_PARTS_H

#include "harness/measure/workload.h"

static inline uint64_t workload_smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline bool workload_is_verified(const struct workload *w)
{
    return w->table->properties & TABLE_VERIFIED;
}

/* Both return false. */
bool workload_note_wrong(struct record *record, const char *what, uint64_t got, uint64_t expected);
bool workload_note_no_memory(struct record *record);

/* The next n inserts of a fill, single and timed or in batches. */
bool workload_fill(struct workload *workload, uint64_t n, bool single);

/* Up to TABLE_BATCH_MAX inserts or erases into the table at hand, of keys that were made before. */
bool workload_insert(struct workload *workload, const uint64_t *keys, size_t n, bool single);
bool workload_erase(struct workload *workload, const uint64_t *keys, size_t n, bool single);

/* The next to be erased, which then count as gone; keys are made of their ordinals. */
void workload_draw_erases(struct workload *workload, size_t n, uint64_t *keys);

/* The order of the next block of entries to be erased. */
void workload_begin_erasing(struct workload *workload, uint64_t from);

bool workload_is_alive(const struct workload *workload, uint64_t ordinal);

/* Runs n operations of `run` and adds their time to operation_ns, and to *ns unless it is NULL. */
bool workload_time(struct workload *workload, bool (*run)(struct workload *workload, uint64_t n), uint64_t n,
                   uint64_t *ns);

/* The same, and adds it to *ns alone. */
bool workload_spend(struct workload *workload, bool (*run)(struct workload *workload, uint64_t n), uint64_t n,
                    uint64_t *ns);

/* How many entries a cell of find has at its stop, from 1: as ENTRIES=FROM..TO/STOPS of the last octave. */
uint64_t workload_stop_entries(const struct cell *cell, uint64_t stop);

/* The fill up to a stop; after its look-ups, the stop's row. */
bool workload_fill_to_find(struct workload *workload, uint64_t n);
void workload_note_stop(struct workload *workload);

bool workload_find_present(struct workload *workload, uint64_t n);
bool workload_find_missing(struct workload *workload, uint64_t n);

void workload_begin_churn(struct workload *workload);
bool workload_churn(struct workload *workload, uint64_t n);

void workload_begin_drain(struct workload *workload);
bool workload_drain(struct workload *workload, uint64_t n);
void workload_begin_refill(struct workload *workload);
bool workload_refill(struct workload *workload, uint64_t n);

/* One fill and destroy on the bare heap: what earlier tables of the same program leave behind. Returns 0 or
 * ENOMEM. */
int workload_warm(struct workload *workload);

#endif
