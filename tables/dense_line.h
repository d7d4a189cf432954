/* SPDX-License-Identifier: MIT
 *
 * A line of the index of `dense`: 64 bytes, one cache line, one miss.
 *
 *     | 12 tags of 1 byte | overflow, 4 bytes | 12 words of 4 bytes, or 9 of 5 |
 *
 * A tag is 8 bits of the key's hash, 0 in a free slot. A word is the record number, and above it, in the bits
 * that the largest record leaves, some of the hash. The overflow word tells of guests: which slots here hold
 * keys that are at home elsewhere; and of the keys at home here that are guests elsewhere their number, the
 * number of probes that finds all of them, and a filter of their tags, all of it until the last of them goes.
 * A home without any ends the search. Where number or reach are at their highest they mean "or more".
 *
 * Tags and overflow make 16 bytes, for one SSE2 comparison; the portable one takes two words of them.
 * Rejected: slots of 5 bytes each, tag and word together: twelve loads, shifts and comparisons a line.
 */
#ifndef GROWBENCH_DENSE_LINE_H
#define GROWBENCH_DENSE_LINE_H

#include <stdint.h>
#include <string.h>

#include "tables/tags.h"

enum {
    DENSE_LINE_BYTES = 64,
    DENSE_LINE_SLOTS = 12, /* at most */
    DENSE_WORDS_OFFSET = 16,
    DENSE_WORDS_BYTES = 48,
};

struct dense_line {
    uint8_t tags[DENSE_LINE_SLOTS];
    uint32_t overflow;
    uint8_t words[DENSE_WORDS_BYTES];
};

_Static_assert(sizeof(struct dense_line) == DENSE_LINE_BYTES, "a line is a cache line");

/* The overflow word, from its low end. */
enum {
    DENSE_FILTER_BITS = 8,
    DENSE_REACH_SHIFT = DENSE_FILTER_BITS,
    DENSE_REACH_MAX = (1 << 6) - 1,
    DENSE_COUNT_SHIFT = DENSE_REACH_SHIFT + 6,
    DENSE_COUNT_MAX = (1 << 6) - 1,
    DENSE_GUESTS_SHIFT = DENSE_COUNT_SHIFT + 6,
    DENSE_AWAY_MASK = (1 << DENSE_GUESTS_SHIFT) - 1,
};

static inline uint32_t dense_filter_bit(uint8_t tag)
{
    return 1u << (tag & (DENSE_FILTER_BITS - 1));
}

static inline uint32_t dense_overflow_reach(uint32_t overflow)
{
    return overflow >> DENSE_REACH_SHIFT & DENSE_REACH_MAX;
}

static inline uint32_t dense_guests(const struct dense_line *line)
{
    return line->overflow >> DENSE_GUESTS_SHIFT;
}

static inline uint32_t dense_guest_bit(unsigned slot)
{
    return 1u << (DENSE_GUESTS_SHIFT + slot);
}

/* A key at home here found its place with probe number `reach`. */
static inline void dense_add_away(struct dense_line *home, uint64_t reach, uint8_t tag)
{
    uint32_t word = home->overflow | dense_filter_bit(tag);
    if ((word >> DENSE_COUNT_SHIFT & DENSE_COUNT_MAX) < DENSE_COUNT_MAX)
        word += 1u << DENSE_COUNT_SHIFT;
    if (reach > dense_overflow_reach(word)) {
        word &= ~((uint32_t)DENSE_REACH_MAX << DENSE_REACH_SHIFT);
        word |= (reach < DENSE_REACH_MAX ? (uint32_t)reach : DENSE_REACH_MAX) << DENSE_REACH_SHIFT;
    }
    home->overflow = word;
}

static inline void dense_remove_away(struct dense_line *home)
{
    const uint32_t count = home->overflow >> DENSE_COUNT_SHIFT & DENSE_COUNT_MAX;
    if (count == 1)
        home->overflow &= ~(uint32_t)DENSE_AWAY_MASK;
    else if (count < DENSE_COUNT_MAX)
        home->overflow -= 1u << DENSE_COUNT_SHIFT;
}

/* Which of the 12 tags are this one, a bit each. */
static inline uint32_t dense_match(const struct dense_line *line, uint8_t tag)
{
    return tags_equal_16(line, tag) & ((1u << DENSE_LINE_SLOTS) - 1);
}

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the words of a line are read as little-endian ones"
#endif

/* A slot's word of `bytes` bytes, as the top of the 8 bytes that end with it, none of which is past the
 * line. */
static inline uint64_t dense_word(const struct dense_line *line, unsigned slot, unsigned bytes)
{
    uint64_t word;
    memcpy(&word, (const char *)line + DENSE_WORDS_OFFSET + (slot + 1) * bytes - sizeof(word), sizeof(word));
    return word >> (64 - 8 * bytes);
}

static inline void dense_set_word(struct dense_line *line, unsigned slot, unsigned bytes, uint64_t value)
{
    if (bytes == sizeof(uint32_t)) {
        memcpy(line->words + slot * sizeof(uint32_t), &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
        return;
    }
    char *at = (char *)line + DENSE_WORDS_OFFSET + (slot + 1) * bytes - sizeof(uint64_t);
    uint64_t word;
    memcpy(&word, at, sizeof(word));
    word = (word & (((uint64_t)1 << (64 - 8 * bytes)) - 1)) | value << (64 - 8 * bytes);
    memcpy(at, &word, sizeof(word));
}

#endif
