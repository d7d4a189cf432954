/* SPDX-License-Identifier: MIT
 *
 * What linear_gradual.c (operations) and linear_gradual_growth.c (growth and shrinking) share: the layout.
 *
 * A line is a bucket of 4 slots and 64 bytes, meant to be a cache line. A slot holds the hash of a key, and
 * its value. The hash is a bijection of the key, so no key is stored, and entries move without being hashed
 * again. Hash 0 marks a free slot; the one entry whose hash is 0 is kept aside. A line fills up from its
 * first slot on: a free slot has only free ones behind it.
 *
 * Two layouts lie in the block at once. The small one has `home_count` homes, the wide one twice as many. A
 * hash is a fraction x of all hashes, its homes are floor(x home_count) and floor(x 2 home_count), so small
 * home i is split into wide homes 2i and 2i + 1. What has a small home below the border is laid out small,
 * the rest wide:
 *
 *     0             border     2 border                       2 home_count     line_count
 *     | small homes | gap      | wide homes                   | slack          |
 *
 * While nothing grows or shrinks, the border is home_count: all is small, and behind it comes the slack.
 *
 * An entry lies in the first line from its home on that had a free slot (linear probing by buckets:
 * Peterson, IBM J. Res. Dev. 1957; Knuth, TAOCP 3, 6.4). There is no wrap: what runs over goes up, small
 * homes' entries into the gap, wide ones' into the slack. Invariants, between operations:
 *   (1) the lines from an entry's home to the one before its own are full;
 *   (2) entries with small homes lie below line 2 border, those with wide homes above, as 2 border is the
 *       first;
 *   (3) line 2 border - 1 is not full while two layouts are there, and the last line of the block never is;
 *   (4) where no entry lies, hashes are 0: in the gap, in the slack and in what growth adds.
 *
 * So a search, which goes up line by line, meets a line with a free slot by (3), and by (1) it may end there.
 * During an insert, too: gradual_make_room has seen to it that the last 17 lines of either part are empty,
 * which 64 entries cannot fill.
 */
#ifndef GROWBENCH_LINEAR_GRADUAL_H
#define GROWBENCH_LINEAR_GRADUAL_H

#include <stdbool.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "tables/hash.h"
#include "tables/table.h"

enum {
    GRADUAL_SLOTS = 4,         /* a line */
    GRADUAL_FIRST_HOMES = 81,  /* why, see LOAD_PERMILLE */
    GRADUAL_ROOM_LINES = 16,   /* that a batch fills at most */
    GRADUAL_SLACK_LINES = 192, /* at first; longer than any run, but of hashes chosen with the seed known */
    GRADUAL_ALIGN_BYTES = 16,  /* as in linear.h: above it many allocators can only resize by a copy */
};

_Static_assert((int)GRADUAL_ROOM_LINES *GRADUAL_SLOTS == TABLE_BATCH_MAX, "room for a batch");

struct gradual_line {
    uint64_t hashes[GRADUAL_SLOTS];
    uint64_t values[GRADUAL_SLOTS];
};

struct gradual {
    struct heap *heap;
    struct gradual_line *lines;
    uint64_t seed;
    uint64_t home_count;  /* of the small layout */
    uint64_t border;      /* a small home */
    uint64_t line_count;  /* of the block: homes and slack at least */
    uint64_t slack_count; /* lines wanted behind the last home */
    uint64_t entry_count; /* with the one aside */
    uint64_t migrated_count;
    unsigned room_count; /* how many more single inserts there is room for */
    bool is_growing;     /* which way the border moves */
    bool has_zero;
    uint64_t zero_value;
};

/* Before `n` entries are inserted, at most TABLE_BATCH_MAX. Returns whether all of them fit if they are new.
 * If not, memory was short, and the table is whole. Lines and entries may have moved either way. */
bool gradual_make_room(struct gradual *self, uint64_t n);

/* Before `n` entries are erased; entries may move. */
void gradual_note_erase(struct gradual *self, uint64_t n);

static inline uint64_t gradual_home(const struct gradual *self, uint64_t hash)
{
    const uint64_t wide = high_product(hash, 2 * self->home_count);
    return wide / 2 < self->border ? wide / 2 : wide;
}

static inline bool gradual_is_full(const struct gradual_line *line)
{
    return line->hashes[GRADUAL_SLOTS - 1] != 0;
}

/* The slots that hold the hash; of 0, the free ones. Four bits a slot, of which at most the first is set. */
static inline unsigned gradual_slots_with(const struct gradual_line *line, uint64_t hash)
{
#ifdef __SSE2__
    /* Halves of 32 bits are compared, as SSE2 has no more, and their results packed to two bits each. */
    const __m128i *const hashes = (const __m128i *)(const void *)line->hashes;
    const __m128i wanted = _mm_set1_epi64x((long long)hash);
    const __m128i low = _mm_cmpeq_epi32(_mm_load_si128(hashes), wanted);
    const __m128i high = _mm_cmpeq_epi32(_mm_load_si128(hashes + 1), wanted);
    const unsigned halves = (unsigned)_mm_movemask_epi8(_mm_packs_epi32(low, high));
    return halves & halves >> 2 & 0x1111;
#else
    unsigned slots = 0;
    for (unsigned slot = 0; slot < GRADUAL_SLOTS; slot++)
        slots |= (unsigned)(line->hashes[slot] == hash) << 4 * slot;
    return slots;
#endif
}

static inline unsigned gradual_first_slot(unsigned slots)
{
    return (unsigned)__builtin_ctz(slots) / 4;
}

#endif
