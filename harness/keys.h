/* SPDX-License-Identifier: MIT
 *
 * The key stream, made on the fly: storing 2^30 keys would cost 8 GiB of the memory that is measured.
 *
 * Key number o is a bijection of o (the finaliser of SplitMix64: Steele, Lea, Flood, OOPSLA 2014), so all
 * keys of a stream differ and every 64-bit value can occur. Ordinals from KEYS_MISSING_ORDINAL on belong to
 * no fill: their keys are known to be absent.
 */
#ifndef GROWBENCH_KEYS_H
#define GROWBENCH_KEYS_H

#include <stddef.h>
#include <stdint.h>

#define KEYS_MISSING_ORDINAL ((uint64_t)1 << 63)

static inline uint64_t keys_mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

static inline uint64_t keys_at(uint64_t seed, uint64_t ordinal)
{
    return keys_mix((ordinal + keys_mix(seed)) * 0x9E3779B97F4A7C15u);
}

/* A uniform number in [0, limit), the index-th of the seed's sequence (multiply-shift; bias below limit /
 * 2^64). */
static inline uint64_t keys_random_below(uint64_t seed, uint64_t index, uint64_t limit)
{
    return (uint64_t)((unsigned __int128)keys_at(seed, index) * limit >> 64);
}

static inline void keys_generate(uint64_t seed, uint64_t first_ordinal, size_t n, uint64_t *keys)
{
    for (size_t i = 0; i < n; i++)
        keys[i] = keys_at(seed, first_ordinal + i);
}

#endif
