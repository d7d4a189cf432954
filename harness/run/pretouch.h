/* SPDX-License-Identifier: MIT
 *
 * A virtual machine's first touch of a page may fault in the host too, and cost many times a later one: who
 * runs first would pay for all who follow. And hosts take back what is free, some within seconds, so that who
 * runs after a pause would pay too. So what a process may need is touched right before it starts - all of it
 * where a trial shows that it matters. There, what a process first needs after some seconds may be cold again.
 */
#ifndef GROWBENCH_PRETOUCH_H
#define GROWBENCH_PRETOUCH_H

#include "harness/run/progress.h"

struct pretouch {
    /* Mean cost of the touches here over that of a second touch; 0 = not tried. */
    double first_to_later_ratio;
    uint64_t touched_bytes;
};

/* The ratio above which memory is touched beyond the trial: that of noise is mostly below. */
#define PRETOUCH_SLOW_RATIO 1.5

/* Touches up to `bytes` in a child of its own; stops early when signal_fd becomes readable. The caller sees
 * to it that so much memory is available. */
void pretouch_run(struct pretouch *pretouch, uint64_t bytes, int signal_fd, struct progress *progress);

#endif
