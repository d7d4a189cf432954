/* SPDX-License-Identifier: MIT
 *
 * The key stream, made on the fly: storing 2^30 keys would cost 8 GiB of the memory that is measured.
 *
 *   random       a bijection of the ordinal (the finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014):
 *                all keys of a stream differ, and every 64-bit value can occur
 *   sequential   the ordinal itself, from 0 on
 *   shared-high  the 24 high bits are the same in all; what differs is mixed
 *   shared-low   the 24 low bits are the same in all: multiples of 2^24 and a constant
 *   file         the distinct lines of the user's file, hashed to 63 bits, in its order (keys_file.h)
 *
 * Ordinals from KEYS_MISSING_ORDINAL on belong to no fill: their keys are known to be absent.
 */
#ifndef GROWBENCH_KEYS_H
#define GROWBENCH_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define KEYS_MISSING_ORDINAL ((uint64_t)1 << 63)

enum keys_kind { KEYS_RANDOM, KEYS_SEQUENTIAL, KEYS_SHARED_HIGH, KEYS_SHARED_LOW, KEYS_FILE };

enum { KEYS_SHARED_BITS = 24, KEYS_OWN_BITS = 64 - KEYS_SHARED_BITS };

/* The value of a cell's axis: the kind, and for a file the first 32 bits of its SHA-256. */
static inline uint64_t keys_of_file(uint32_t fingerprint)
{
    return KEYS_FILE | (uint64_t)fingerprint << 8;
}

static inline enum keys_kind keys_kind_of(uint64_t value)
{
    return (enum keys_kind)(value & 0xFF);
}

struct keys {
    enum keys_kind kind;
    uint64_t seed;
    const uint64_t *loaded; /* of a file; borrowed */
    uint64_t loaded_count;
};

static inline uint64_t keys_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

/* The random stream, and with it the harness's own draws. */
static inline uint64_t keys_random(uint64_t seed, uint64_t ordinal)
{
    return keys_mix((ordinal + keys_mix(seed)) * 0x9E3779B97F4A7C15u);
}

/* A uniform number in [0, limit), the index-th of the seed's sequence (multiply-shift; bias below limit /
 * 2^64). */
static inline uint64_t keys_random_below(uint64_t seed, uint64_t index, uint64_t limit)
{
    return (uint64_t)((unsigned __int128)keys_random(seed, index) * limit >> 64);
}

/* Any stream but the random one. */
uint64_t keys_special(const struct keys *keys, uint64_t ordinal);

static inline uint64_t keys_at(const struct keys *keys, uint64_t ordinal)
{
    return keys->kind == KEYS_RANDOM ? keys_random(keys->seed, ordinal) : keys_special(keys, ordinal);
}

static inline void keys_generate(const struct keys *keys, uint64_t first_ordinal, size_t n, uint64_t *at)
{
    if (keys->kind == KEYS_RANDOM)
        for (size_t i = 0; i < n; i++)
            at[i] = keys_random(keys->seed, first_ordinal + i);
    else
        for (size_t i = 0; i < n; i++)
            at[i] = keys_special(keys, first_ordinal + i);
}

/* How many distinct keys the stream has for a fill: entries beyond that cannot be had. */
uint64_t keys_limit(const struct keys *keys);

/* Values of the cell's axis to text and back: random, sequential, shared-high, shared-low, and for a file
 * file-XXXXXXXX, or file:PATH where its fingerprint is still to be found out (it is 0 then). */
int keys_parse(const char *text, uint64_t *value, char *error);
void keys_format(char *text, uint64_t value); /* CELL_VALUE_BYTES */

/* The words, NULL-ended, by kind. */
extern const char *const keys_kind_names[];
extern const char keys_file_prefix[]; /* "file:" */

#endif
