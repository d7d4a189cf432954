/* SPDX-License-Identifier: MIT
 *
 * Tags: a byte of a key's hash for each entry of a group, side by side, so that one comparison of 16 of them
 * tells which entries are worth a look (as in absl's Swiss tables and F14). 0 is the tag of a free place.
 */
#ifndef GROWBENCH_TAGS_H
#define GROWBENCH_TAGS_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* From bits that do not tell the group: its lowest 8. */
static inline uint8_t tag_of(uint64_t bits)
{
    const uint8_t tag = (uint8_t)bits;
    return tag ? tag : 1;
}

/* Which of the 16 bytes are this one, a bit each. They lie at a multiple of 16. */
#ifdef __SSE2__
static inline uint32_t tags_equal_16(const void *bytes, uint8_t tag)
{
    const __m128i equal = _mm_cmpeq_epi8(_mm_load_si128(bytes), _mm_set1_epi8((char)tag));
    return (uint32_t)_mm_movemask_epi8(equal);
}
#else
/* A bit for each byte that is 0, without a carry from one byte into the next. */
static inline uint32_t tags_zero_bytes(uint64_t word)
{
    const uint64_t low7 = 0x7F7F7F7F7F7F7F7Fu;
    const uint64_t zero = ~(((word & low7) + low7) | word | low7);
    return (uint32_t)((zero >> 7) * 0x0102040810204080u >> 56);
}

static inline uint32_t tags_equal_16(const void *bytes, uint8_t tag)
{
    uint64_t words[2];
    memcpy(words, bytes, sizeof(words));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    words[0] = __builtin_bswap64(words[0]);
    words[1] = __builtin_bswap64(words[1]);
#endif
    const uint64_t all = tag * 0x0101010101010101u;
    return tags_zero_bytes(words[0] ^ all) | tags_zero_bytes(words[1] ^ all) << 8;
}
#endif

#endif
