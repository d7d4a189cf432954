/* SPDX-License-Identifier: MIT */
#include "harness/stability.h"

#include <math.h>

const char *const stability_names[STABILITY_COUNT] = {
    [STABILITY_UNKNOWN] = "not known",      [STABILITY_ENTRY] = "entry-stable",
    [STABILITY_BASE] = "base-stable",       [STABILITY_OFFSET] = "offset-stable",
    [STABILITY_NONE] = "nothing stays put",
};

const char *const stability_meanings[STABILITY_COUNT] = {
    [STABILITY_UNKNOWN] = "its blocks are not seen",
    [STABILITY_ENTRY] = "no entry moved",
    [STABILITY_BASE] = "no block of 64 KiB or more moved, entries did",
    [STABILITY_OFFSET] = "blocks move, an entry keeps its number",
    [STABILITY_NONE] = "blocks and entries move",
};

enum stability stability_of(const struct result *result)
{
    const double base_moves = result->counters[COUNTER_base_moves];
    if (result->counters[COUNTER_moves_per_entry] == 0)
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
