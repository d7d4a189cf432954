/* SPDX-License-Identifier: MIT
 *
 * Free memory that is kept from the host of a virtual machine: a child of its own touches it, as huge pages, and
 * holds it. While a measured process runs it lets go of block after block, as free ones are taken; what that
 * process has given back it takes again for the next one. Used by one thread.
 */
#ifndef GROWBENCH_HELD_MEMORY_H
#define GROWBENCH_HELD_MEMORY_H

#include "harness/run/progress.h"

#include <sys/types.h>

struct held_memory_state;

struct held_memory {
    pid_t pid; /* who holds it; 0 = nobody */
    struct held_memory_state *state;
};

/* Up to `most_bytes` can be held from now on. Where there is no process or no address space for it, nothing will be. */
void held_memory_open(struct held_memory *held, uint64_t most_bytes);

struct held_memory_taken {
    uint64_t held_bytes; /* in all, in whole blocks of huge-page size */
    double
        first_to_later_ratio; /* what a touch cost now, in the mean, over touching the same memory again; 0 = none */
};

/* Until `wanted_bytes` are held, or no more than `left_bytes` are free; or signal_fd (or -1) becomes readable: then,
 * and if the child comes to its end, all is let go. */
struct held_memory_taken held_memory_take(struct held_memory *held, uint64_t wanted_bytes,
                                          uint64_t left_bytes, int signal_fd, struct progress *progress);

/* From now on, and until more is to be taken, it is let go as free memory falls. */
void held_memory_give(struct held_memory *held);

/* Now. */
uint64_t held_memory_bytes(const struct held_memory *held);

/* Lets go of all. Right for zeros too. */
void held_memory_close(struct held_memory *held);

/* The n-th of `count` blocks to be let go: of two neighbours one, and the others only when these are gone. Alone a
 * block does not become part of a larger one: those are taken last, and the smaller ones would be cold by then. */
uint64_t held_memory_place(uint64_t n, uint64_t count);

#endif
