/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/stability.h"

#include <math.h>

const char *const stability_names[STABILITY_COUNT] = {
    [STABILITY_UNKNOWN] = "not known",      [STABILITY_ENTRY] = "entry-stable",
    [STABILITY_BASE] = "base-stable",       [STABILITY_OFFSET] = "offset-stable",
    [STABILITY_NONE] = "nothing stays put",
};

const char *const stability_meanings[STABILITY_COUNT] = {
    [STABILITY_UNKNOWN] = "its blocks are not seen",
    [STABILITY_ENTRY] = "no entry of a block of 64 KiB or more moved",
    [STABILITY_BASE] = "no block of 64 KiB or more moved, entries did",
    [STABILITY_OFFSET] = "blocks move, an entry keeps its number",
    [STABILITY_NONE] = "blocks and entries move",
};

/* Entries of the first 64 KiB move a dozen times before their block is large enough to stay. They are no more
 * than one tracked entry in a thousand once there are some millions. */
static const double small_block_moves = 0.02;

enum stability stability_of(const struct result *result)
{
    const double base_moves = result->counters[COUNTER_base_moves];
    const double moves_per_entry = result->counters[COUNTER_moves_per_entry];
    if (moves_per_entry == 0 || (base_moves == 0 && moves_per_entry < small_block_moves))
        return STABILITY_ENTRY;
    if (isnan(base_moves))
        return STABILITY_UNKNOWN;
    if (base_moves == 0)
        return STABILITY_BASE;
    return result->table_is_keyed ? STABILITY_NONE : STABILITY_OFFSET;
}

/* The enum runs from unknown over the strongest to the weakest. */
enum stability stability_weaker(enum stability a, enum stability b)
{
    return a > b ? a : b;
}
