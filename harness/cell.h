/* SPDX-License-Identifier: MIT
 *
 * A cell: one thing to measure in one process. Plain data, no I/O.
 *
 * Its id is WORKLOAD/TABLE/ALLOCATOR/entries:N and then what is not default, in the order of the fields
 * below: fill/linear_rebuild/mremap/entries:8388609/mode:latency/heap:warm/thp:always/seed:7/aslr:on
 * A cell that is run has mode throughput or latency; mode both is a request for one of each.
 */
#ifndef GROWBENCH_CELL_H
#define GROWBENCH_CELL_H

#include "allocators/allocator.h"

#include <stdbool.h>

/* Beyond any address space; entries x 16 still fit 64 bits. */
#define CELL_ENTRIES_MAX ((uint64_t)1 << 48)

enum { CELL_NAME_BYTES = 64, CELL_ID_BYTES = 320, CELL_SEED_DEFAULT = 1 };

enum cell_workload { CELL_FILL, CELL_FIND, CELL_WORKLOAD_COUNT };
enum cell_mode { CELL_BOTH, CELL_THROUGHPUT, CELL_LATENCY, CELL_MODE_COUNT };
enum cell_heap { CELL_COLD, CELL_WARM, CELL_BUSY, CELL_HEAP_COUNT };
enum { CELL_THP_COUNT = PAGE_POLICY_NEVER + 1 };

struct cell {
    enum cell_workload workload;
    char table[CELL_NAME_BYTES];
    char allocator[CELL_NAME_BYTES];
    uint64_t entries;
    enum cell_mode mode;
    enum cell_heap heap;
    enum page_policy thp;
    uint64_t seed;
    bool aslr;
};

/* The words of each axis, NULL-ended, in the order of its enum. */
extern const char *const cell_workload_names[];
extern const char *const cell_workload_summaries[];
extern const char *const cell_mode_names[];
extern const char *const cell_heap_names[];
extern const char *const cell_thp_names[];

/* Index of `word` (its first `length` bytes) in a NULL-ended list, or -1. */
int cell_find_word(const char *const *words, const char *word, size_t length);

/* Writes the id into `id` (CELL_ID_BYTES) and returns it. */
const char *cell_format_id(const struct cell *cell, char *id);

/* The same with '_' for '/': the name of its folder. */
const char *cell_format_folder(const struct cell *cell, char *folder);

/* Reads an id; names are not looked up. Returns 0 or EINVAL. */
int cell_parse_id(const char *id, struct cell *cell);

/* True when both differ at most in their mode: they make one row of the table of results. */
bool cell_same_row(const struct cell *a, const struct cell *b);

#endif
