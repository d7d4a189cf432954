/* SPDX-License-Identifier: MIT
 *
 * What a run needs from its request to its first process, whoever says when each process runs: `growbench run`
 * in the order of Google Benchmark, or a duel turn by turn.
 */
#ifndef GROWBENCH_SESSION_H
#define GROWBENCH_SESSION_H

#include "harness/run/environment.h"
#include "harness/run/runner.h"

struct session {
    struct spec spec; /* set by the caller */
    struct keys_file keys;
    struct catalog catalog;
    struct matrix matrix;
    struct environment environment;
    struct results_run folder;
    struct progress progress;
    struct runner runner;
    const json_t *resumed; /* run.json of the run that goes on; borrowed; NULL: a new one */
};

/* Everything empty, so that session_free is safe. */
void session_init(struct session *session);
void session_free(struct session *session);

/* The keys of a file, and what is known of the machine: nothing of the user's is opened but the keys. Returns 0 or an
 * errno value with a sentence in `error`. */
int session_collect(struct session *session, char *error);

/* The same, then the names, what they stand for, and the cells: all that can be wrong with the request itself. Again after a change
 * of the spec's lists. Return 0 or an errno value with a sentence in `error`. */
int session_choose(struct session *session, char *error);
int session_choose_cells(struct session *session, char *error);

/* Opens the folder and stores the request in it. Returns 0 or an errno value with a sentence. */
int session_open_folder(struct session *session, const char *folder, char *error);

/* Makes the runner ready. From here on the user's signals are the runner's. */
void session_arm(struct session *session);

#endif
