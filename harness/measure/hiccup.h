/* SPDX-License-Identifier: MIT
 *
 * What this machine does to a program that only looks at the clock: the longest gap of a spin loop on another
 * CPU while a cell runs, and how many were long. A pause that is not much longer than this cannot be blamed on an
 * allocator, nor can long pauses that are not more.
 */
#ifndef GROWBENCH_HICCUP_H
#define GROWBENCH_HICCUP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct hiccup {
    pthread_t thread;
    bool running;
    int cpu;
    atomic_bool stop;
    /* The loop's own until it has been stopped. */
    uint64_t long_ticks, max_ticks, long_count;
};

/* Starts the loop on `cpu`; with cpu < 0 (there is no other) it does nothing. Gaps of long_ticks and more are
 * counted. */
void hiccup_start(struct hiccup *hiccup, int cpu, uint64_t long_ticks);

/* Ends it: the longest gap is in max_ticks, their number in long_count. False: nothing was measured. */
bool hiccup_stop(struct hiccup *hiccup);

#endif
