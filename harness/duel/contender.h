/* SPDX-License-Identifier: MIT
 *
 * One side of a duel, seen from the duel: a process of its own (`growbench side` of this or another revision, run/side.h)
 * that starts the measured processes and keeps their records.
 */
#ifndef GROWBENCH_CONTENDER_H
#define GROWBENCH_CONTENDER_H

#include "harness/common/sentence.h"
#include "harness/measure/record.h"
#include "harness/results/results.h"

#include <sys/types.h>

/* Whose time a turn took, as run/side.h tells it. */
enum contender_clock {
    CONTENDER_OPERATION,
    CONTENDER_ERASE,
    CONTENDER_HIT,
    CONTENDER_MISS,
    CONTENDER_CLOCK_COUNT
};

struct contender {
    pid_t pid; /* -1: none */
    int socket_fd, signal_fd;
    size_t cell_count;
    struct results_run folder; /* the side's; only read here */
    char error[SENTENCE_BYTES];
};

enum contender_answer {
    CONTENDER_READY, /* the process waits for its turn */
    CONTENDER_LAST,  /* it can do no more: contender_end */
    CONTENDER_ENDED, /* its repetition is kept */
    CONTENDER_FAILED /* the side is gone, or was interrupted (then `error` is empty) */
};

/* Starts `program` side with run's options, NULL-ended, into `folder`. signal_fd: readable when the user interrupts.
 * Returns 0, or an errno value with a sentence in contender->error; contender_close is due either way. */
int contender_start(struct contender *contender, const char *program, const char *const *options,
                    const char *folder, int signal_fd);

/* The id of a cell, into `id` (CELL_ID_BYTES). */
bool contender_cell(struct contender *contender, size_t index, char *id);

enum contender_answer contender_begin(struct contender *contender, size_t index, struct result *result);
enum contender_answer contender_turn(struct contender *contender, uint64_t operations,
                                     uint64_t clocks_ns[CONTENDER_CLOCK_COUNT]);
/* CONTENDER_ENDED with the stored result, for results_release; likewise where contender_begin says so. */
enum contender_answer contender_end(struct contender *contender, struct result *result);

/* Waits until the side has written its derived files; one that does not go is killed. */
void contender_close(struct contender *contender);

#endif
