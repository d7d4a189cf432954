/* SPDX-License-Identifier: MIT
 *
 * A virtual machine's first touch of a page may fault in the host too, and cost many times a later one:
 * whoever runs first would pay for all who follow. So the pages that the largest cell may need are touched
 * once before the first cell - where a trial shows that it matters.
 */
#ifndef GROWBENCH_PRETOUCH_H
#define GROWBENCH_PRETOUCH_H

#include "harness/run/progress.h"

struct pretouch {
    double
        first_to_later_ratio; /* mean cost of the touches here over that of a second touch; 0 = not tried */
    uint64_t touched_bytes;
};

/* Touches up to `bytes` in a child of its own; stops early when signal_fd becomes readable. The caller sees
 * to it that so much memory is available. */
void pretouch_run(struct pretouch *pretouch, uint64_t bytes, int signal_fd, struct progress *progress);

#endif
