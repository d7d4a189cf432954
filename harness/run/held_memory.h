/* SPDX-License-Identifier: MIT
 *
 * Free memory that is kept from the host of a virtual machine: a child of its own touches it, as huge pages, and
 * holds it, but for some at any time; as free memory is taken it lets go of more, block after block. Used by one
 * thread.
 */
#ifndef GROWBENCH_HELD_MEMORY_H
#define GROWBENCH_HELD_MEMORY_H

#include "harness/run/progress.h"

#include <sys/types.h>

struct held_memory_state;

struct held_memory {
    uint64_t touched_bytes;      /* 0 = nothing is held */
    double first_to_later_ratio; /* what a touch cost in the mean, over touching the same memory again */

    pid_t pid; /* who holds it; 0 = nobody */
    struct held_memory_state *state;
};

/* Returns when `bytes` (in whole blocks of huge-page size) have been touched, or signal_fd (or -1) has become
 * readable. The caller sees to it that so much is available. Nothing is held if that was so, or where there is
 * no process or no memory for it. */
void held_memory_open(struct held_memory *held, uint64_t bytes, int signal_fd, struct progress *progress);

/* Right for zeros too. */
void held_memory_close(struct held_memory *held);

/* The n-th of `count` blocks to be let go: of two neighbours one, and the others only when these are gone. Alone a
 * block does not become part of a larger one: those are taken last, and the smaller ones would be cold by then. */
uint64_t held_memory_place(uint64_t n, uint64_t count);

#endif
