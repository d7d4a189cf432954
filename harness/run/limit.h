/* SPDX-License-Identifier: MIT
 *
 * The search for the smallest memory limit under which something completes: where to try next, and when it is
 * found. Pure: whether it completes under a limit is asked of the caller (limit_trials.h starts processes).
 *
 * From the first guess outwards in steps of 2, 4, 8, 16 % (each the square of the one before) until one limit
 * fails and one completes, then to the geometric middle, so a good guess costs two trials and one that is off
 * by a thousand about twenty. The answer completed twice: near the threshold it is not the same every time
 * (charges come in batches for each CPU, pages of files may be reclaimed), and what completes only sometimes
 * is nothing to set a container to.
 *
 * Rejected: plain halving between a page and the budget, which costs ten trials at any size; and the peak
 * that the cgroup has seen, which may hold what could have been reclaimed.
 */
#ifndef GROWBENCH_LIMIT_H
#define GROWBENCH_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

enum { LIMIT_TRIALS_MAX = 64 };

/* How far the answer may lie above a limit that failed. */
extern const double limit_precision; /* 1.02 */

/* How the limit of a record was found, if it was asked for. */
enum limit_found_by { LIMIT_NOT_SOUGHT, LIMIT_BISECTION, LIMIT_ESTIMATE };

extern const char *const limit_found_by_names[]; /* of the latter two, by value; NULL-ended */

enum limit_answer {
    LIMIT_FAILS,
    LIMIT_COMPLETES,
    LIMIT_STOPPED /* no answer, and no further questions */
};

struct limit_search {
    uint64_t guess_bytes;   /* asked first, if within what follows */
    uint64_t lowest_bytes;  /* nothing below is asked; at least 1 */
    uint64_t highest_bytes; /* nothing above is asked */
    uint64_t step_bytes;    /* limits are multiples of it (but for the highest): the size of a page */
    enum limit_answer (*ask)(void *context, uint64_t limit_bytes);
    void *context;
};

struct limit_answered {
    bool found, stopped;
    uint64_t needed_bytes; /* completed twice */
    uint64_t failed_bytes; /* the largest below it that failed: within limit_precision and a step; 0: none, it
                            * completes at the lowest */
    unsigned trial_count;  /* at most LIMIT_TRIALS_MAX */
};

/* Not found: it does not complete at the highest, or its answers contradict each other for too long. */
struct limit_answered limit_find(const struct limit_search *search);

#endif
