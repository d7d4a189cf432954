/* SPDX-License-Identifier: MIT
 *
 * The numbers below a size in an order that looks random, without a list of them: a bijection of k bits by
 * seeded odd multiplications and folding shifts, walked on until it lands below the size (cycle walking:
 * Black and Rogaway, CT-RSA 2002), at most two steps on average. It can be asked both ways. No cryptography.
 */
#ifndef GROWBENCH_PERMUTATION_H
#define GROWBENCH_PERMUTATION_H

#include <stdint.h>

enum { PERMUTATION_STEPS = 3 };

struct permutation {
    uint64_t size, mask, offset;
    unsigned shift;
    uint64_t factors[PERMUTATION_STEPS], inverses[PERMUTATION_STEPS];
};

/* `size` from 1 to 2^63. */
void permutation_init(struct permutation *permutation, uint64_t size, uint64_t seed);

/* The number at a place, and the place of a number; both below `size`. */
uint64_t permutation_at(const struct permutation *permutation, uint64_t place);
uint64_t permutation_place_of(const struct permutation *permutation, uint64_t number);

#endif
