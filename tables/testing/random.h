/* SPDX-License-Identifier: MIT
 *
 * Random numbers for tests, the same in every run: the table hash of a counter.
 */
#ifndef GROWBENCH_TEST_RANDOM_H
#define GROWBENCH_TEST_RANDOM_H

#include "tables/hash.h"

static inline uint64_t random_next(uint64_t *state)
{
    return table_hash(table_hash((*state)++, 0x9E3779B97F4A7C15u), 0);
}

/* Uniform enough for a small bound. */
static inline uint64_t random_below(uint64_t *state, uint64_t bound)
{
    return random_next(state) % bound;
}

#endif
