/* SPDX-License-Identifier: MIT
 *
 * What linear_gradual.c (operations) and linear_gradual_growth.c (growth and shrinking) share: the layout.
 *
 * A line is a bucket of 4 slots, 64 bytes, and stands for a cache line. A slot holds the hash of a key and its
 * value; the hash is a bijection of the key, so no key is stored, and entries move without being hashed again.
 * Hash 0 marks a free slot; the one entry whose hash is 0 is kept aside. Lines fill up from their first slot
 * on, without gaps.
 *
 * Two layouts lie in the block at once. The small one has `home_count` homes, the wide one twice as many: a hash
 * is a fraction x of all hashes, and its homes are floor(x home_count) and floor(x 2 home_count), so that small
 * home i becomes wide home 2i or 2i + 1. Small homes below the border are laid out small, the rest wide:
 *
 *     0            border           2 border                  2 home_count          line_count
 *     | small homes | gap            | wide homes               | slack              |
 *
 * While nothing grows or shrinks the border is home_count: all is small, and behind it is slack only.
 *
 * Invariants:
 *   (1) from an entry's home to its line all lines before that line are full: a search ends at the first line with a
 *       free slot;
 *   (2) what has a small home lies below line 2 border, and line 2 border - 1 is not full;
 *   (3) the last line of the block is not full.
 * With (2) and (3) every search ends. As there is no wrap, line numbers along a search only rise.
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
    GRADUAL_FIRST_HOMES = 81,  /* see linear_gradual_growth.c */
    GRADUAL_ROOM_LINES = 16,   /* that a batch fills at most */
    GRADUAL_SLACK_LINES = 192, /* at first */
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
    uint64_t home_count; /* of the small layout */
    uint64_t border;
    uint64_t line_count;
    uint64_t slack_count;
    uint64_t entry_count; /* with the one aside */
    uint64_t migrated_count;
    bool is_growing; /* which way the border moves */
    bool has_zero;
    uint64_t zero_value;
};

/* Before `n` entries are inserted. Returns whether they fit, without a further call; if not, the table is as
 * good as before. */
bool gradual_make_room(struct gradual *self, uint64_t n);

/* Before `n` entries are erased. */
void gradual_note_erase(struct gradual *self, uint64_t n);

static inline uint64_t gradual_high_product(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

static inline uint64_t gradual_home(const struct gradual *self, uint64_t hash)
{
    const uint64_t wide = gradual_high_product(hash, 2 * self->home_count);
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
