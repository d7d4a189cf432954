/* SPDX-License-Identifier: MIT
 *
 * How large the next block is, for the tables that take growth_permille and growth_step_bytes.
 *
 * Counts are of entries or slots. The own way of the tables that use this is to double.
 */
#ifndef GROWBENCH_GROWTH_H
#define GROWBENCH_GROWTH_H

#include <stddef.h>
#include <stdint.h>

#include "tables/table.h"

struct growth {
    uint64_t permille;
    uint64_t step_count; /* 0 = by the factor */
    uint64_t count_max;  /* what a block can hold at all */
};

static inline struct growth growth_of(const struct table_options *options, size_t entry_bytes)
{
    struct growth growth = {
        .permille = options->growth_permille ? options->growth_permille : 2000,
        .step_count = options->growth_step_bytes / entry_bytes,
        .count_max = PTRDIFF_MAX / entry_bytes,
    };
    if (options->growth_step_bytes && growth.step_count == 0)
        growth.step_count = 1;
    return growth;
}

/* At least one more, or 0: no block can be that large. `count` is at most count_max. */
static inline uint64_t growth_next(const struct growth *growth, uint64_t count)
{
    unsigned __int128 next = (unsigned __int128)count + growth->step_count;
    if (!growth->step_count)
        next = (unsigned __int128)count * growth->permille / 1000;
    if (next <= count)
        next = (unsigned __int128)count + 1;
    return next <= growth->count_max ? (uint64_t)next : 0;
}

#endif
