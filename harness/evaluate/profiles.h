/* SPDX-License-Identifier: MIT
 *
 * Does a profile keep its promise? NAME:lean is NAME set for the least memory, NAME:fast for the shortest
 * growth of a huge block. A peer must be compared at its best, so a profile that makes it worse on this
 * machine or table has to be found out and kept out. Pure: no I/O.
 *
 * lean is judged by the counter worst_rss_ratio, and fast by growth_max_ns: the whole pause that somebody
 * who inserts sees. Rejected: resize_max_ns, the allocator's own part. It leaves out what the setting may
 * cost or save outside the call (first touches of fresh pages, the free of the old block). It stands in only
 * where the run has no latency mode, which alone measures growth_max_ns.
 *
 * Times need three repetitions a side, and ranges that do not touch: then a setting that does nothing is
 * called broken by chance once in 20 times. With two it is once in six. Memory repeats, and needs two.
 *
 * Both sides must come from the same run, where cells are interleaved at random: rows borrowed from another
 * run do not count.
 */
#ifndef GROWBENCH_PROFILES_H
#define GROWBENCH_PROFILES_H

#include "harness/results/results.h"

enum profile_kind { PROFILE_NONE, PROFILE_LEAN, PROFILE_FAST };

enum profile_verdict {
    PROFILE_UNCHECKED, /* NAME was not measured beside it, or a side has too few repetitions */
    PROFILE_UNKNOWN,   /* their times overlap */
    PROFILE_KEPT,
    PROFILE_BROKEN
};

struct profile_check {
    enum profile_kind kind;
    enum profile_verdict verdict;
    char base[CELL_NAME_BYTES];           /* NAME; empty for PROFILE_NONE */
    enum counter counter;                 /* what was compared */
    struct results_range own, base_range; /* of one mode; count 0 where that was not measured */
};

/* By the name of the allocator; `base` (CELL_NAME_BYTES) gets what stands before the colon. */
enum profile_kind profiles_kind(const char *allocator, char *base);

/* Of the row of `cell`, whatever its mode. */
struct profile_check profiles_check(const struct results *results, const struct cell *cell);

/* One sentence without an end on a BROKEN profile: who, where, both medians and ranges. */
void profiles_describe(const struct profile_check *check, const struct cell *cell, char *sentence,
                       size_t size);

#endif
