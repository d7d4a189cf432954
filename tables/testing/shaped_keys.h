/* SPDX-License-Identifier: MIT
 *
 * Keys whose hashes a good hash never gives, for tests that choose where a key's home is: table_hash backwards, and
 * crowds of homes that grow, wrap and spill over at the worst places.
 */
#ifndef GROWBENCH_SHAPED_KEYS_H
#define GROWBENCH_SHAPED_KEYS_H

#include "tables/testing/random.h"

/* The x with x * factor = 1 modulo 2^64, for an odd factor: Newton, doubling the right bits from 3 on. */
static inline uint64_t inverse_factor(uint64_t factor)
{
    uint64_t x = factor;
    for (unsigned right_bits = 3; right_bits < 64; right_bits *= 2)
        x *= 2 - factor * x;
    return x;
}

static inline uint64_t key_with_hash(uint64_t hash, uint64_t seed)
{
    uint64_t x = hash ^ (hash >> 27) ^ (hash >> 54);
    x *= inverse_factor(0x1C69B3F74AC4AE35u);
    x ^= x >> 33;
    x *= inverse_factor(0x3C79AC492BA7B653u);
    x ^= (x >> 27) ^ (x >> 54);
    return x ^ seed;
}

/* Homes on a grid of 2^grid_bits: one of up to four centres, and up to `spread` above it, with wrap. */
struct shape {
    unsigned grid_bits;
    uint64_t centre_count;
    uint64_t centres[4];
    uint64_t spread;
};

static inline struct shape random_shape(uint64_t *state)
{
    struct shape shape = {.grid_bits = 4 + (unsigned)random_below(state, 5)};
    const uint64_t grid = UINT64_C(1) << shape.grid_bits;
    shape.centre_count = 1 + random_below(state, 4);
    for (uint64_t i = 0; i < shape.centre_count; i++) {
        const uint64_t special[] = {0, 1, grid - 1, grid - 2, grid / 2, grid / 2 - 1};
        const uint64_t choice = random_below(state, 12);
        shape.centres[i] = choice < 6 ? special[choice] : random_below(state, grid);
    }
    const uint64_t spreads[] = {1, 1, 2, 3, 5, grid / 4, grid / 2, grid};
    shape.spread = spreads[random_below(state, 8)];
    return shape;
}

static inline uint64_t shaped_key(const struct shape *shape, uint64_t *state, uint64_t seed)
{
    const uint64_t centre = shape->centres[random_below(state, shape->centre_count)];
    const uint64_t home = centre + random_below(state, shape->spread);
    const uint64_t low_bits = random_next(state) >> shape->grid_bits;
    return key_with_hash(home << (64 - shape->grid_bits) | low_bits, seed);
}

#endif
