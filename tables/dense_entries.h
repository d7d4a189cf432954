/* SPDX-License-Identifier: MIT
 *
 * Where the entries of `dense` live, and the lines of its index: a slab allocator. An entry has a record
 * number, and keeps it and its address until it is erased.
 *
 * Records are numbered from DENSE_FIRST_RECORD on, which makes the segment of a record a matter of its
 * highest bits, as in a floating-point number: 8 segments each time the number doubles, of 2 MiB at first:
 *
 *     segment  0              1..8                9..16
 *     records  2^20 - 2^8..   2^20.. 2^17 each    2^21.. 2^18 each   ...
 *
 * A segment is one block, allocated whole, touched slab by slab. So no block ever grows, and entries stay on
 * every allocator; the blocks are few (129 at 2^36 records), so that their directory stays in the first
 * cache; and what is allocated and not used yet is at most an eighth. Segment 0 is small, and of malloc's: a
 * table of a few entries is not to have a huge page.
 *
 * A slab is 64 KiB of a segment: entries, so many taken by counting up, and a list through those that were
 * erased; or lines. New entries take a slab with room in the lowest segment that has one in use. Only when
 * there is none do they begin another, as lines do always: one in the lowest segment that has some. So what
 * was erased leaves no more holes than it had, however often the index comes and goes. The last entry of a
 * slab gone, its pages go back, and the last slab of a segment gone, so does its block, but for one.
 *
 * Why lines are here too: huge pages. Whatever grows has on average half of one at its end that is not in use
 * yet, and at most all of it. Entries and two generations of the index in blocks of their own had three such
 * ends, and a fourth one where a generation was not a multiple of 2 MiB: 1.77 times the payload at 2^20
 * entries, where it is 16 MiB (1.50 with pages of 4 KiB). Here there is one: 1.58 at worst, 1.52 from 2^21
 * entries on.
 *
 * Invariants: a record below `fill` of its slab is live or in the slab's list; a slab of entries is in its
 * segment's list of those with room, if it has any, and a slab of lines is not; the empty ones come last in
 * it.
 */
#ifndef GROWBENCH_DENSE_ENTRIES_H
#define GROWBENCH_DENSE_ENTRIES_H

#include <stdbool.h>

#include "tables/entry.h"

enum {
    DENSE_SLAB_ENTRIES = 1 << 12,
    DENSE_SLAB_BYTES = DENSE_SLAB_ENTRIES * TABLE_ENTRY_BYTES,
    DENSE_FIRST_ENTRIES = 1 << 8, /* in segment 0 */
    DENSE_OCTAVE = 20,            /* segment 1 begins at record 2^20 */
    DENSE_OCTAVES = 20,           /* so far that a record has 40 bits */
    DENSE_SEGMENTS = 1 + 8 * DENSE_OCTAVES,
    DENSE_NO_RECORD = 0,
};

#define DENSE_FIRST_RECORD (((uint64_t)1 << DENSE_OCTAVE) - DENSE_FIRST_ENTRIES)
#define DENSE_NO_SLAB UINT32_MAX

struct dense_slab {
    uint32_t previous, next; /* with room; or DENSE_NO_SLAB */
    uint16_t live;
    uint16_t fill;
    uint16_t erased; /* the list's first + 1; 0 = none */
};

struct dense_segment {
    struct entry *entries; /* NULL = no block */
    struct dense_slab *slabs;
    uint64_t live;                  /* a slab of lines counts as a full one */
    uint32_t first_slab, last_slab; /* with room */
    uint32_t slab_count;            /* those behind were never touched */
};

struct dense_entries {
    struct heap *heap;
    uint64_t bytes;                  /* of all blocks */
    unsigned with_partial;           /* no segment before it has a slab in use with room */
    unsigned with_empty;             /* no segment before it has a slab not in use; or no block */
    uint64_t record_limit;           /* no segment may have any as large */
    unsigned spare;                  /* a segment without entries that was kept; 0 = none */
    uintptr_t bases[DENSE_SEGMENTS]; /* where record 0 would be */
    struct dense_segment segments[DENSE_SEGMENTS];
};

static inline unsigned dense_segment_of(uint64_t record)
{
    const unsigned top = 63 - (unsigned)__builtin_clzll(record);
    return top * 8 + (unsigned)(record >> (top - 3)) - (8 * DENSE_OCTAVE + 8) + 1;
}

ENTRY_INLINE struct entry *dense_entry(const struct dense_entries *self, uint64_t record)
{
    return (struct entry *)(self->bases[dense_segment_of(record)] + record * TABLE_ENTRY_BYTES);
}

/* Returns 0 or ENOMEM. */
int dense_entries_init(struct dense_entries *self, struct heap *heap);
void dense_entries_destroy(struct dense_entries *self);

/* Returns DENSE_NO_RECORD when out of memory. What is in the entry is anything. */
uint64_t dense_entries_take(struct dense_entries *self);
void dense_entries_give_back(struct dense_entries *self, uint64_t record);

/* DENSE_SLAB_BYTES of zeros, at a cache line; or NULL. */
void *dense_entries_take_slab(struct dense_entries *self);
void dense_entries_give_back_slab(struct dense_entries *self, void *slab);

/* No record of a live entry is as large. */
uint64_t dense_entries_end(const struct dense_entries *self);

#endif
