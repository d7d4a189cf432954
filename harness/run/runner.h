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
    struct runner_cell *cells;      /* one a cell of the matrix */
    double counters[COUNTER_COUNT]; /* of the last cell, for Google Benchmark */
    char message[RECORD_MESSAGE_BYTES + 16];
};

/* Runs the whole matrix, or until it is interrupted. */
void runner_run(struct runner *runner);

#endif
