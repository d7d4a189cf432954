/* SPDX-License-Identifier: MIT
 *
 * The smallest memory limit under which a cell completes, found by running it: one process a trial, in a
 * memory cgroup with the limit tried.
 *
 * What the limit covers is what the kernel charges to the group: anonymous pages, page tables and kernel
 * stacks of its processes; pages of files (program, libraries) only where this group was the first to read
 * them, and those can be reclaimed. So it includes the blocks of a busy heap, and what the harness itself uses
 * in the child: some 0.6 MiB with glibc, which for tiny tables is most of it. The record shared with the
 * parent is not in it: the parent touched it first.
 *
 * A trial that the kernel kills for its limit has failed, one that ends in any other way but OK too: near the
 * limit a process may thrash on its own file pages for minutes, and a fork may be refused.
 */
#ifndef GROWBENCH_LIMIT_TRIALS_H
#define GROWBENCH_LIMIT_TRIALS_H

#include "harness/run/limit.h"
#include "harness/run/spawn.h"

struct limit_trial {
    uint64_t limit_bytes;
    enum record_status status;
    double seconds;
};

/* What came of it; kept with the record. */
struct limit_report {
    enum limit_found_by found_by;
    uint64_t needed_bytes; /* of a bisection */
    unsigned trial_count;
    struct limit_trial trials[LIMIT_TRIALS_MAX];
};

struct limit_request {
    const struct cell *cell;
    const struct spawn_options
        *options; /* of the run that completed; its budget is the highest limit tried */
    uint64_t guess_bytes;
    double wall_seconds; /* of that run: a trial may take ten times that and a minute, as another load of the
                          * machine must not pass for want of memory; but not more than options' timeout */
    void (*tell)(void *context, const struct cell *cell, const struct limit_trial *trial); /* or NULL */
    void *context;
};

/* Runs the trials. Where no cgroup can be made, or nothing was found, it is an estimate without
 * needed_bytes. Returns 0, EINTR if the user interrupts, or why no process can be started. */
int limit_run_trials(const struct limit_request *request, struct limit_report *report);

#endif
