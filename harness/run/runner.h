/* SPDX-License-Identifier: MIT
 *
 * The runner: one child a repetition of a cell, in the order that Google Benchmark chooses, each kept as it
 * ends.
 */
#ifndef GROWBENCH_RUNNER_H
#define GROWBENCH_RUNNER_H

#include "harness/request/matrix.h"
#include "harness/results/results.h"
#include "harness/run/budget.h"
#include "harness/run/progress.h"
#include "harness/run/spawn.h"
#include "harness/run/warm_memory.h"

struct runner_cell; /* how far a cell's repetitions have come */

struct runner {
    /* Set by the caller; all borrowed. */
    const struct spec *spec;
    const struct catalog *catalog;
    const struct matrix *matrix;
    const struct results_run *folder;
    json_t *context;
    struct progress *progress;
    struct budget_root budget_root;
    uint64_t budget_bytes;
    double ns_per_tick;
    int signal_fd;

    /* What came of it. */
    bool interrupted; /* by the user, or because nothing more can be kept */
    bool failed;      /* a cell ended WRONG or CRASH */
    int error;        /* errno of what cannot be started or written; 0 = none */

    size_t order;
    struct warm_memory warm;
    struct runner_cell *cells;      /* one a cell of the matrix */
    double counters[COUNTER_COUNT]; /* of the last cell, for Google Benchmark */
    char message[RECORD_MESSAGE_BYTES + 16];
};

/* Runs the whole matrix, or until it is interrupted. */
void runner_run(struct runner *runner);

/* One repetition of a cell while somebody else says when its process runs. */
struct runner_child {
    size_t index; /* of the cell */
    struct warmth warmth;
    struct record_setup setup;
    struct spawn_options options;
    struct spawned spawned; /* its record: from runner_begin to runner_end, if that returned RECORD_RUNNING */
    char started[32];
    double start_seconds;
};

/* Before the first runner_begin and after the last runner_end. Returns 0 or ENOMEM. */
int runner_open(struct runner *runner);
void runner_close(struct runner *runner);

/* How many of a cell are kept. */
int runner_repetitions_done(const struct runner *runner, size_t index);

/* Starts the process of the cell's next repetition and makes its table. RECORD_RUNNING: it waits for a turn; any other
 * status is final and kept, and there is nothing to end. */
enum record_status runner_begin(struct runner *runner, size_t index, struct runner_child *child);

/* Lets it do up to so many operations. False: it has come to its end, with or without them all. */
bool runner_turn(struct runner *runner, struct runner_child *child, uint64_t operations);

/* Verifies, if all went well until now, and keeps the repetition. Returns its status. */
enum record_status runner_end(struct runner *runner, struct runner_child *child);

#endif
