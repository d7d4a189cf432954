/* SPDX-License-Identifier: MIT
 *
 * A virtual machine's first touch of a page may fault in the host too, and cost many times a later one: who
 * runs first would pay for all who follow. And some hosts take back what is free within seconds (Linux: free page
 * reporting): who runs after a pause would pay too, and who takes its memory into use slowly. Where that is so,
 * what the processes of a run may need is held for them (held_memory.h). Whether it is so is found once, before the
 * first of them. Nothing is held within a memory limit, which it would use up, nor without overcommit, nor with
 * several NUMA nodes.
 */
#ifndef GROWBENCH_WARM_MEMORY_H
#define GROWBENCH_WARM_MEMORY_H

#include "harness/run/held_memory.h"

#include <jansson.h>

struct warm_memory {
    /* Set by the caller; all borrowed. */
    const json_t *context; /* of the machine */
    struct progress *progress;
    int signal_fd;

    bool is_tried, holds;
    struct held_memory held;
};

/* What a process found. */
struct warmth {
    double
        first_touch_ratio; /* what the touches before it cost over later ones, in the mean; 0 = there were none */
    uint64_t held_bytes;
};

/* Before each process that has the machine for itself; `needed_bytes` is what it may take into use. */
struct warmth warm_memory_prepare(struct warm_memory *warm, uint64_t needed_bytes);

void warm_memory_release(struct warm_memory *warm);

/* True when the features of a virtio balloon ("0110...", a character a bit) have it report free pages. */
bool warm_memory_is_reporting(const char *features);

#endif
