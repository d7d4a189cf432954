/* SPDX-License-Identifier: MIT
 *
 * What a program may keep pointing at while the table grows. The class is seen in a run, not promised: it comes
 * from the counters of a cell that grew from empty, and belongs to table and allocator together.
 *
 * ENTRY   no entry of a block of 64 KiB or more moved: pointers stay good. moves_per_entry is 0, or base_moves
 *         is and moves_per_entry no more than what the first, smaller blocks moved
 * BASE    no block of 64 KiB or more moved (base_moves is 0), but entries did inside it, when a hash table spread
 *         them anew. A base address stays good once it is large
 * OFFSET  blocks move, but a record table finds by ordinal: numbers stay good, pointers do not
 * NONE    nothing stays good but the key
 */
#ifndef GROWBENCH_STABILITY_H
#define GROWBENCH_STABILITY_H

#include "harness/results/results.h"

enum stability {
    STABILITY_UNKNOWN, /* not measured: a table that calls malloc itself, or tells no addresses */
    STABILITY_ENTRY,
    STABILITY_BASE,
    STABILITY_OFFSET,
    STABILITY_NONE,
    STABILITY_COUNT
};

/* Of one repetition in either mode. */
enum stability stability_of(const struct result *result);

/* The weaker of two: of modes, repetitions and sizes, the worst counts. Unknown gives way to what is known. */
enum stability stability_weaker(enum stability a, enum stability b);

/* A word for labels, and what it means in one line. */
extern const char *const stability_names[STABILITY_COUNT];
extern const char *const stability_meanings[STABILITY_COUNT];

#endif
