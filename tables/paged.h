/* SPDX-License-Identifier: MIT
 *
 * What paged.c (operations), paged_memory.c (segments) and paged_growth.c (growth, shrinking) share: the
 * layout of `paged`.
 *
 * A group is eight cache lines: 30 entries, a tag of 8 bits each, and how many entries went past it because
 * it was full. The homes of the hashes are groups in a row that is laid out as a spiral (spiral.h); an entry
 * lives in its home or, if that was full, in the first group behind it that was not. The row is cut into
 * segments of 64 KiB which lie in one block, the pool, in any order; the directory of a generation tells
 * where. While the border goes through the old generation, the segments that it leaves become those of the
 * next one: what is resident is what is in use.
 *
 *     hashes     0 ........ border ................................ 2^64
 *     next       [dddddddddd|eee...                                      homes of hashes before the border
 *     old         - - - - - |aaaaaaaabbbbbbbbcccccccc]                   of the others, from `front` on
 *     pool       [ d | b | a | e | d | c | free | never used ...
 *
 * Invariants, between operations:
 *   - a hash below `border` lives in generations[1], any other in generations[0];
 *   - each group from an entry's home up to the one before its place counts it in `passed`: so a search ends
 *     at the first group that nothing has passed;
 *   - an entry lives less than REACH_GROUPS behind its home, or less than twice that after a migration;
 *   - tags are 0 in every group that holds nothing, also in segments that are free;
 *   - the segments of all homes in use are there, and those of MARGIN_GROUPS behind the last home.
 */
#ifndef GROWBENCH_PAGED_H
#define GROWBENCH_PAGED_H

#include <stdbool.h>

#include "tables/entry.h"
#include "tables/hash.h"
#include "tables/spiral.h"
#include "tables/table.h"
#include "tables/tags.h"

enum {
    GROUP_ENTRIES = 30,
    ALL_ENTRIES = (1 << GROUP_ENTRIES) - 1,
    SEGMENT_GROUP_BITS = 7,
    SEGMENT_GROUPS = 1 << SEGMENT_GROUP_BITS,
    REACH_GROUPS = 192,
    MARGIN_GROUPS = 2 * REACH_GROUPS + 32,
};

/* The bijective hash of the key stands for it: it says the same, and nothing is hashed again on the way. */
struct paged_entry {
    uint64_t hash;
    uint64_t value;
};

struct group {
    uint8_t tags[GROUP_ENTRIES]; /* 0 = free */
    uint16_t passed;
    struct paged_entry entries[GROUP_ENTRIES];
};

struct segment {
    struct group groups[SEGMENT_GROUPS];
};

struct generation {
    uint32_t *segments; /* NULL = there is no such generation; number in the pool + 1, or 0 = not there */
    uint64_t segment_count;
    uint64_t home_count; /* groups; there are MARGIN_GROUPS more behind them */
    uint64_t front;      /* homes before it are left */
    uint64_t end;        /* groups from here on are empty, and homes of no hash yet */
    unsigned number;
    double first_load, last_load; /* share of the entries at the border that may be taken, there and there */
    struct spiral spiral;
};

struct paged {
    struct generation generations[2]; /* the old one, and the next */
    struct segment *pool;
    uint64_t border;
    uint64_t seed;
    uint64_t entry_count;
    uint64_t grow_at;   /* so many entries are room for none more */
    uint64_t shrink_at; /* fewer are reason to shrink */
    uint64_t pool_count;
    uint64_t used_count; /* segments from here on were never used, or are back in that state */
    uint64_t *taken;     /* a bit a segment of the pool */
    uint64_t first_free; /* none before it is free */
    uint64_t migrated_entries;
    struct heap *heap;
};

bool paged_open(struct paged *self);
void paged_close(struct paged *self);

/* Return false when there was no memory, and then nothing has changed. */
bool paged_grow(struct paged *self);
bool paged_shrink(struct paged *self);

/* For an entry that is not there yet, in a group that is not full and not before its home. */
struct paged_entry *paged_place(struct paged *self, struct generation *generation, uint64_t home,
                                uint64_t place, uint64_t hash);
/* Of an entry that is there. */
void paged_remove(struct paged *self, struct generation *generation, uint64_t place, unsigned index);

static inline struct generation *generation_of(struct paged *self, uint64_t hash)
{
    return &self->generations[hash < self->border];
}

static inline struct group *group_at(const struct paged *self, const struct generation *generation,
                                     uint64_t place)
{
    const uint32_t number = generation->segments[place >> SEGMENT_GROUP_BITS] - 1;
    return &self->pool[number].groups[place % SEGMENT_GROUPS];
}

/* A bit for each entry of the group with this tag. Homes follow from the hash's high bits, tags from low
 * ones. */
ENTRY_INLINE unsigned tags_equal(const struct group *group, uint8_t tag)
{
    const char *bytes = (const char *)group;
    return (tags_equal_16(bytes, tag) | tags_equal_16(bytes + 16, tag) << 16) & ALL_ENTRIES;
}

static inline unsigned entries_taken(const struct group *group)
{
    return ~tags_equal(group, 0) & ALL_ENTRIES;
}

static inline unsigned lowest_bit(unsigned bits)
{
    return (unsigned)__builtin_ctz(bits);
}

#endif
