/* SPDX-License-Identifier: MIT
 *
 * Draws for simulations: the same on every machine up to the last digit of log and cos.
 */
#ifndef GROWBENCH_DRAWS_H
#define GROWBENCH_DRAWS_H

#include "harness/request/keys.h"

#include <math.h>

struct draws {
    uint64_t seed, index;
};

/* Between 0 and 1, neither of them. */
static inline double draws_uniform(struct draws *draws)
{
    return ((double)(keys_random(draws->seed, draws->index++) >> 11) + 0.5) * 0x1p-53;
}

/* Mean 0, standard deviation 1 (G. Box, M. Muller 1958). */
static inline double draws_normal(struct draws *draws)
{
    const double length = sqrt(-2 * log(draws_uniform(draws)));
    return length * cos(2 * acos(-1) * draws_uniform(draws));
}

/* Below `limit`. */
static inline uint64_t draws_below(struct draws *draws, uint64_t limit)
{
    return keys_random_below(draws->seed, draws->index++, limit);
}

#endif
