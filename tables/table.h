/* SPDX-License-Identifier: MIT
 *
 * The table seam: a map from 64-bit keys to 64-bit values in entries of 16 bytes unless asked, driven in batches.
 *
 * A table is one file that ends in one or more `const struct table`, and one line each in registry.c;
 * or a shared library that exports one as `growbench_table_v1`.
 *
 * The stream: operation number o (its *ordinal*, from 0) brings key keys[o - first_ordinal], and the value
 * stored under it is the ordinal itself. All keys of a fill differ; every 64-bit key is allowed, 0 too. The
 * harness knows the right counts and sums, so a table that loses or invents an entry ends as WRONG.
 *
 * Batches: `n` is 1 (an operation timed alone) to TABLE_BATCH_MAX. A table loops, hashes and prefetches
 * inside its own code: one indirect call a batch, none a key.
 *
 * A table that stands on a library says so in its head comment, in a line that scripts/table-libraries reads:
 *     Needs: DEBIAN-PACKAGE (pkg-config NAME | header FILE | command NAME)
 * Where that is there, WITH_<FILE NAME> is its version in table_libraries.h; where not, the file ends in rows
 * that say TABLE_MISSING. A missing library is a SKIP, never a failed build.
 *
 * Threads: one per table, from `create` to `destroy`; tables of different threads work at the same time, but
 * for those that are TABLE_ONE_THREAD. Ownership: a table allocates from `heap` only and gives everything back
 * in `destroy`; the harness owns heap and keys.
 */
#ifndef GROWBENCH_TABLE_H
#define GROWBENCH_TABLE_H

#include "allocators/allocator.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TABLE_BATCH_MAX = 64 };

enum table_property {
    TABLE_KEYED = 1u << 0,          /* finds by key; else a record table, which finds by ordinal */
    TABLE_VERIFIED = 1u << 1,       /* counts and sums can be checked */
    TABLE_ERASES = 1u << 2,         /* `erase` is there */
    TABLE_STABLE_ADDRESS = 1u << 3, /* an entry never moves while it lives */
    TABLE_FAILS_CLEANLY = 1u << 4,  /* after ENOMEM the table is whole and usable */
    TABLE_YARDSTICK = 1u << 5,      /* a bound to compare with, not a table: never called best */
    TABLE_OWN_MALLOC = 1u << 6,     /* allocates by malloc(3) and not from `heap`: only mallocs apply, and
                                     * the recording layer sees none of its blocks */
    TABLE_SPLIT_ENTRIES = 1u << 7,  /* key and value are not two adjacent words, or a hash stands for the
                                     * key: entry_address tells where an entry's first part lives */
    /* Which of its options below a table follows. It is never given one that it does not. */
    TABLE_TAKES_GROWTH = 1u << 8,
    TABLE_TAKES_LOAD = 1u << 9,
    TABLE_TAKES_ENTRY_BYTES = 1u << 10,
    TABLE_TAKES_RESERVE = 1u << 11,
    TABLE_ONE_THREAD = 1u << 12, /* tables of several threads must not work at once */
};

enum { TABLE_ENTRY_BYTES = 16, TABLE_ENTRY_BYTES_MAX = 64 };

struct table_options {
    uint64_t seed; /* of the table's hash */
    /* Entries the fill ends with. For yardsticks and variants that say so only: a growing table must not
     * look. */
    uint64_t expected_entries;

    /* 0 in each: the table's own way. */
    uint64_t growth_permille;   /* capacity after a growth over that before: 1010 to 16000; 2000 doubles */
    uint64_t growth_step_bytes; /* or, instead: so many bytes more, and at least one entry */
    uint64_t load_permille;     /* share of the slots that may be taken: 200 to 950 */
    uint64_t entry_bytes;       /* 16, 32 or 64: key, value, and a rest that every insert writes, with
                                 * anything, and every growth moves along */
    uint64_t reserve_entries;   /* `create` makes room for so many: no growth before */
};

struct table_stats {
    uint64_t entries;
    uint64_t capacity_bytes;   /* bytes of blocks the table holds now */
    uint64_t migrated_entries; /* moved so far by tables that grow a little at a time; 0 elsewhere */
};

struct table {
    const char *name; /* [a-z0-9_]+, with an optional ":variant" */
    const char *summary;
    unsigned properties; /* enum table_property */

    /* NULL = out of memory. The caller destroys. */
    void *(*create)(struct heap *heap, const struct table_options *options);

    /* Inserts in order; a key already there keeps one entry and takes the new value. Returns 0 or ENOMEM;
     * *added = entries that are new, which on ENOMEM came from a prefix of the batch. */
    int (*insert)(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added);

    /* Returns the hits among the batch; *sum = the sum of their values modulo 2^64. A record table finds
     * ordinals first_ordinal .. first_ordinal + n - 1 and must compare the stored key with keys[i]. */
    uint64_t (*find)(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum);

    /* Returns the entries erased. NULL unless TABLE_ERASES. */
    uint64_t (*erase)(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n);

    /* Where the entry lives now (for counting moves); NULL = not there, or not known. */
    const void *(*entry_address)(void *self, uint64_t key, uint64_t ordinal);

    void (*stats)(void *self, struct table_stats *stats);
    void (*destroy)(void *self); /* accepts NULL */

    /* Of the library behind it, in that library's own words; NULL = it is this project's own. */
    const char *version;
    /* Why it was not built in, as a sentence (TABLE_MISSING); NULL = it was. The operations are NULL then. */
    const char *missing;
};

extern const struct table *const table_registry[]; /* NULL-ended */

/* The row of a table whose library, of this Debian package, was not there when the program was built. */
#define TABLE_MISSING(row_name, row_summary, package)                                                        \
    {                                                                                                        \
        .name = (row_name), .summary = (row_summary),                                                        \
        .missing = "built without " package ": 'make deps-all' installs it, then build again",               \
    }

#define TABLE_PLUGIN_SYMBOL "growbench_table_v1"

#ifdef __cplusplus
}
#endif

#endif
