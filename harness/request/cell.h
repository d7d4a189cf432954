/* SPDX-License-Identifier: MIT
 *
 * A cell: one thing to measure in one process. Plain data, no I/O.
 *
 * Its id is WORKLOAD/TABLE/ALLOCATOR/entries:N and then what is not default, in the order of the axes below:
 *     fill/linear_rebuild/mremap/entries:8388609/mode:latency/heap:warm/growth:1.5/seed:7/aslr:on
 * A cell that is run has mode throughput or latency; mode both is a request for one of each.
 */
#ifndef GROWBENCH_CELL_H
#define GROWBENCH_CELL_H

#include "allocators/allocator.h"

#include <stdbool.h>

/* Beyond any address space; entries x 64 still fit 64 bits. */
#define CELL_ENTRIES_MAX ((uint64_t)1 << 48)

enum { CELL_NAME_BYTES = 64, CELL_ID_BYTES = 512, CELL_VALUE_BYTES = 64 };

enum cell_workload { CELL_FILL, CELL_FIND, CELL_CHURN, CELL_DRAIN, CELL_WORKLOAD_COUNT };
enum cell_mode { CELL_BOTH, CELL_THROUGHPUT, CELL_LATENCY, CELL_MODE_COUNT };
enum cell_heap { CELL_COLD, CELL_WARM, CELL_BUSY, CELL_HEAP_COUNT };
enum { CELL_THP_COUNT = PAGE_POLICY_NEVER + 1 };
enum cell_reserve { CELL_NO_RESERVE, CELL_HALF, CELL_EXACT, CELL_DOUBLE, CELL_RESERVE_COUNT };
enum cell_snapshot { CELL_NO_SNAPSHOT, CELL_FORK, CELL_SNAPSHOT_COUNT };

enum {
    CELL_SEED_DEFAULT = 1,
    CELL_GROWTH_DEFAULT = 2000,
    CELL_ENTRY_BYTES_DEFAULT = 16,
    CELL_ROUNDS_DEFAULT = 2,
    CELL_BATCH_DEFAULT = 32,
    CELL_BATCH_MAX = 64,
    CELL_STOPS_MAX = 64
};

/* In `growth`: the other bits are bytes to add, not thousandths to multiply by. */
#define CELL_GROWTH_STEP ((uint64_t)1 << 63)

/* X(name, type of the field): the id's parts, in its order. */
#define CELL_AXES(X)                                                                                         \
    X(workload, enum cell_workload)                                                                          \
    X(entries, uint64_t)                                                                                     \
    X(mode, enum cell_mode)                                                                                  \
    X(heap, enum cell_heap)                                                                                  \
    X(thp, enum page_policy)                                                                                 \
    X(growth, uint64_t) /* thousandths, or CELL_GROWTH_STEP + bytes; default: the table's own */             \
    X(load, uint64_t)   /* thousandths; 0: the table's own */                                                \
    X(entry_bytes, uint64_t)                                                                                 \
    X(reserve, enum cell_reserve)                                                                            \
    X(count, uint64_t)   /* tables that share the entries */                                                 \
    X(threads, uint64_t) /* one table each */                                                                \
    X(keys, uint64_t)    /* enum keys_kind; of a file also 32 bits of its hash (keys.h) */                   \
    X(rounds, uint64_t)  /* of churn: how often every entry is replaced */                                   \
    X(snapshot, enum cell_snapshot)                                                                          \
    X(batch, uint64_t) /* operations a call of the table, in throughput mode */                              \
    X(stops, uint64_t) /* of find: sizes of the last octave at which it looks up */                          \
    X(seed, uint64_t)                                                                                        \
    X(aslr, bool)

struct cell {
    char table[CELL_NAME_BYTES];
    char allocator[CELL_NAME_BYTES];
#define CELL_FIELD(name, type) type name;
    CELL_AXES(CELL_FIELD)
#undef CELL_FIELD
};

enum cell_axis {
#define CELL_AXIS(name, type) CELL_AXIS_##name,
    CELL_AXES(CELL_AXIS)
#undef CELL_AXIS
        CELL_AXIS_COUNT
};

/* What is known of an axis: enough to read, write and multiply its values without knowing which it is. */
struct cell_axis_row {
    const char *key;          /* in ids and options */
    const char *what;         /* in sentences */
    uint64_t standing;        /* the value that is left out of ids */
    const char *const *words; /* NULL-ended, by value; NULL: numbers */
    /* Returns 0 or EINVAL with a sentence in `error`; NULL where there are words. */
    int (*parse)(const char *text, uint64_t *value, char *error);
    void (*format)(char *text, uint64_t value); /* CELL_VALUE_BYTES; NULL: the word or the number */
};

extern const struct cell_axis_row cell_axes[CELL_AXIS_COUNT];

uint64_t cell_get(const struct cell *cell, enum cell_axis axis);
void cell_set(struct cell *cell, enum cell_axis axis, uint64_t value);

/* Reads a value of an axis. Returns 0, or EINVAL with a sentence in `error` (SENTENCE_BYTES). */
int cell_parse_value(enum cell_axis axis, const char *text, uint64_t *value, char *error);

/* Writes it into `text` (CELL_VALUE_BYTES) and returns it. */
const char *cell_format_value(enum cell_axis axis, uint64_t value, char *text);

/* A cell with every axis at its default; entries are 0. */
struct cell cell_default(void);

/* The same for initialisers: every axis whose default is not 0, but for the seed. */
#define CELL_STANDING                                                                                        \
    .growth = CELL_GROWTH_DEFAULT, .entry_bytes = CELL_ENTRY_BYTES_DEFAULT, .count = 1, .threads = 1,        \
    .rounds = CELL_ROUNDS_DEFAULT, .batch = CELL_BATCH_DEFAULT, .stops = 1

/* The words of some axes, NULL-ended, in the order of their enums. */
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

/* " key:value" for each axis of `axes` (bits 1 << enum cell_axis) that is not at its default, as labels of
 * rows and charts have it. Returns `text`. */
const char *cell_format_options(const struct cell *cell, unsigned axes, char *text, size_t size);

/* The same cell as options of `growbench run`: "--alloc=... --table=... --workload=... --entries=...", then
 * what is not default. Of a key file the path is not known: "PATH". Returns `text`. */
const char *cell_format_arguments(const struct cell *cell, char *text, size_t size);

/* Of a table or an allocator: letters, digits, '_', '-', '.' and ':', at most CELL_NAME_BYTES - 1. */
bool cell_is_name(const char *text, size_t length);

/* Reads an id; names are not looked up. Returns 0 or EINVAL. */
int cell_parse_id(const char *id, struct cell *cell);

/* The same with a sentence in `error` (SENTENCE_BYTES) that says what is wrong with it. */
int cell_explain_id(const char *id, struct cell *cell, char *error);

/* True when both are of the same table and allocator and differ at most in the axes of the set. */
bool cell_same_but(const struct cell *a, const struct cell *b, unsigned axes);

/* True when both differ at most in their mode: they make one row of the table of results. */
bool cell_same_row(const struct cell *a, const struct cell *b);

/* Bytes of what the table is for: entries x their size. */
uint64_t cell_payload_bytes(const struct cell *cell);

/* first x factor^(i / steps), in whole entries: sizes with equal factors between them. */
uint64_t cell_entries_at(uint64_t first, double factor, uint64_t i, uint64_t steps);

#endif
