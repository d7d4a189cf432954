/* SPDX-License-Identifier: MIT
 *
 * The one strong seeded hash that all tables use by default, so that tables are compared and not hashes.
 *
 * Two rounds of xor-shift-multiply after the seed is mixed in; a bijection of the key for each seed.
 * Multipliers are those published by Pelle Evensen as "moremur" (mostlymangling.blogspot.com, 2019), which
 * improve the finaliser of MurmurHash3. All 64 bits are usable; tables here index by the high ones.
 */
#ifndef GROWBENCH_HASH_H
#define GROWBENCH_HASH_H

#include <stdint.h>

static inline uint64_t table_hash(uint64_t key, uint64_t seed)
{
    uint64_t x = key ^ seed;
    x ^= x >> 27;
    x *= 0x3C79AC492BA7B653u;
    x ^= x >> 33;
    x *= 0x1C69B3F74AC4AE35u;
    return x ^ (x >> 27);
}

/* The upper half of the product: of a hash and a count, the place that the hash has among so many. It ascends
 * with the hash. */
static inline uint64_t high_product(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

#endif
