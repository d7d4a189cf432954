/* SPDX-License-Identifier: MIT */
#include "harness/measure/permutation.h"

#include "harness/request/keys.h"

/* Of an odd number modulo 2^64, by Newton's iteration: the correct low bits double from 3. */
static uint64_t inverse_of(uint64_t odd)
{
    uint64_t inverse = odd;
    for (int bits = 3; bits < 64; bits *= 2)
        inverse *= 2 - odd * inverse;
    return inverse;
}

void permutation_init(struct permutation *p, uint64_t size, uint64_t seed)
{
    unsigned bits = size > 1 ? 64 - (unsigned)__builtin_clzll(size - 1) : 0;
    p->size = size;
    p->mask = ((uint64_t)1 << bits) - 1;
    p->offset = keys_random(seed, 0);
    p->shift = bits > 2 ? (bits + 1) / 2 : 1; /* half the bits or more: folding twice undoes it */
    for (int i = 0; i < PERMUTATION_STEPS; i++) {
        p->factors[i] = keys_random(seed, (uint64_t)i + 1) | 1;
        p->inverses[i] = inverse_of(p->factors[i]);
    }
}

static uint64_t step(const struct permutation *p, uint64_t x)
{
    x = (x + p->offset) & p->mask;
    for (int i = 0; i < PERMUTATION_STEPS; i++) {
        x = (x * p->factors[i]) & p->mask;
        x ^= x >> p->shift;
    }
    return x;
}

static uint64_t step_back(const struct permutation *p, uint64_t x)
{
    for (int i = PERMUTATION_STEPS - 1; i >= 0; i--) {
        x ^= x >> p->shift;
        x = (x * p->inverses[i]) & p->mask;
    }
    return (x - p->offset) & p->mask;
}

uint64_t permutation_at(const struct permutation *p, uint64_t place)
{
    do
        place = step(p, place);
    while (place >= p->size);
    return place;
}

uint64_t permutation_place_of(const struct permutation *p, uint64_t number)
{
    do
        number = step_back(p, number);
    while (number >= p->size);
    return number;
}
