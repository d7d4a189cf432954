/* SPDX-License-Identifier: MIT
 *
 * What this machine does to a program that only looks at the clock: the longest gap of a spin loop on another
 * CPU while a cell runs. A pause that is not much longer than this cannot be blamed on an allocator.
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
    _Atomic uint64_t max_ticks;
};

/* Starts the loop on `cpu`; with cpu < 0 (there is no other) it does nothing. */
void hiccup_start(struct hiccup *hiccup, int cpu);

/* Ends it and returns the longest gap in ticks; 0 = not measured. */
uint64_t hiccup_stop(struct hiccup *hiccup);

#endif
