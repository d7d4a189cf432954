/* SPDX-License-Identifier: MIT
 *
 * An entry of 16, 32 or 64 bytes, for the tables that take `entry_bytes`: key, value, and a rest.
 *
 * The size is the last argument of every function that needs it. They are inlined always, so that it is a
 * constant in a caller that BY_ENTRY_BYTES called; a caller for which speed matters less passes a variable.
 * Rejected: one code for all sizes, as its multiplications and copies of unknown length cost the entry of 16
 * bytes, which nearly everybody measures; and three copies of a file made by #include, which nobody can read.
 */
#ifndef GROWBENCH_ENTRY_H
#define GROWBENCH_ENTRY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "tables/table.h"

#define ENTRY_INLINE static inline __attribute__((always_inline))

struct entry {
    uint64_t key;
    uint64_t value;
    uint64_t rest[];
};

/* function(..., size), with each size as a constant. Evaluates its arguments once. */
#define BY_ENTRY_BYTES(entry_bytes, function, ...)                                                           \
    ((entry_bytes) == TABLE_ENTRY_BYTES ? function(__VA_ARGS__, TABLE_ENTRY_BYTES)                           \
     : (entry_bytes) == 32              ? function(__VA_ARGS__, 32)                                          \
                                        : function(__VA_ARGS__, 64))

static inline size_t entry_bytes_of(const struct table_options *options)
{
    return options->entry_bytes ? options->entry_bytes : TABLE_ENTRY_BYTES;
}

ENTRY_INLINE struct entry *entry_at(const void *entries, uint64_t i, size_t entry_bytes)
{
    return (struct entry *)((uintptr_t)entries + i * entry_bytes);
}

/* The rest could be anything; that it follows from the key lets a test see whether growth moved it along. */
ENTRY_INLINE void entry_write(struct entry *entry, uint64_t key, uint64_t value, size_t entry_bytes)
{
    entry->key = key;
    entry->value = value;
    for (size_t i = 0; i < (entry_bytes - sizeof(*entry)) / sizeof(entry->rest[0]); i++)
        entry->rest[i] = key + i + 1;
}

ENTRY_INLINE void entry_copy(struct entry *to, const struct entry *from, size_t entry_bytes)
{
    memcpy(to, from, entry_bytes);
}

#endif
