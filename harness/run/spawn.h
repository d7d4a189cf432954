/* SPDX-License-Identifier: MIT
 *
 * The parent's side of one child: starts it in a fresh address space, talks to it, watches it, ends it.
 *
 * Before exec the child gets: a process group of its own (an interrupt at the terminal must not hit it),
 * death with its parent, its CPUs, address randomisation off (unless asked for), the page policy `never`, the
 * preload library and its settings, a memory budget, the worst oom_score, the list of a key file. Its output is
 * kept up to a limit and never parsed.
 */
#ifndef GROWBENCH_SPAWN_H
#define GROWBENCH_SPAWN_H

#include "harness/measure/hiccup.h"
#include "harness/run/budget.h"
#include "harness/run/child.h"

#include <sched.h>

enum { SPAWN_OUTPUT_BYTES = 64 << 10 };

struct spawn_options {
    const struct allocator *allocator; /* its preload and environment */
    const struct record_setup *setup;
    const char *program;          /* NULL: this one, as `growbench child` */
    const char *const *arguments; /* of another program; NULL-ended */
    const struct budget_root *budget_root;
    uint64_t budget_bytes;
    uint64_t timeout_seconds;
    int signal_fd; /* readable = the user interrupts; -1 = none */
    void (*progress)(void *context, const struct cell *cell, uint64_t entries,
                     uint64_t rss_bytes); /* or NULL */
    void *context;
};

struct spawned {
    const struct spawn_options *options;
    struct cell cell;
    struct record *record; /* shared; mapped until spawn_close; to be trusted once the child is gone */
    pid_t pid;
    int record_fd, socket_fd, output_fd, pid_fd;
    cpu_set_t child_cpus; /* empty: wherever it likes */
    int other_cpu;        /* for the spin loop; -1: there is none */
    double deadline_seconds, next_progress_seconds;
    uint64_t last_rss_bytes, keys_bytes;
    uint64_t peak_rss_bytes, peak_interval; /* of the samples in the interval that runs */
    struct budget budget;
    struct hiccup hiccup;
    size_t output_bytes;
    uint64_t output_dropped_bytes;
    char output[SPAWN_OUTPUT_BYTES];
};

enum spawn_result {
    SPAWN_REPLIED,     /* the child waits for the next command */
    SPAWN_ENDED,       /* the record's status is final, whoever set it */
    SPAWN_INTERRUPTED, /* the user's signal is on signal_fd; the child still lives */
};

/* Starts a child for the cell. Returns 0 or an errno value. `options` must outlive it. */
int spawn_start(struct spawned *spawned, const struct cell *cell, const struct spawn_options *options);

/* Sends a command and waits for its reply, the child's end, the timeout or an interrupt. */
enum spawn_result spawn_command(struct spawned *spawned, struct child_command command,
                                struct child_reply *reply);

/* All of it: open, run, finish. Returns SPAWN_ENDED or SPAWN_INTERRUPTED. */
enum spawn_result spawn_run_whole(struct spawned *spawned);

/* Makes the process that is about to exec fit for a cell: address layout, page policy, the allocator's
 * settings and no others. NULL = no preload. */
bool spawn_prepare_exec(const struct allocator *allocator, const struct cell *cell, const char *preload);

/* Ends the child if it lives, fills in the record's last figures. The record can be read until spawn_close.
 */
void spawn_end(struct spawned *spawned);
void spawn_close(struct spawned *spawned);

#endif
