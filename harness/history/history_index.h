/* SPDX-License-Identifier: MIT
 *
 * results/history.sqlite: the nights' figures in one file, so that a month need not be read again from ten thousand
 * records. Only an index: it holds what the folders results/nights/NAME/ hold and can be made anew from them at any
 * time; a night whose folder is gone is forgotten. Other programs may read it:
 *
 *   nights (night, stamp, started, revision, machine_fingerprint, verdict, exit_code, what)
 *   figures (night, cell, metric, value, ratio)
 *
 * One process at a time brings it up to date, in one transaction, under a lock beside it. A file of that name that
 * is damaged or somebody else's is moved aside, not deleted.
 */
#ifndef GROWBENCH_GATE_HISTORY_INDEX_H
#define GROWBENCH_GATE_HISTORY_INDEX_H

#include "harness/common/sentence.h"
#include "harness/history/history.h"

#include <stdbool.h>

enum { HISTORY_MACHINES_MAX = 16 };

struct history_machine {
    char fingerprint[HISTORY_NAME_BYTES], last[HISTORY_NAME_BYTES]; /* its last night */
    size_t nights;
};

struct history_request {
    const char *results_folder;
    const char *fingerprint; /* NULL: the newest night's */
    size_t nights;           /* at most, the newest */
    bool rebuild;
};

struct history_answer {
    struct history history;
    size_t damaged, unfinished; /* folders that were passed over */
    size_t machine_count;       /* with nights, the newest first */
    struct history_machine machines[HISTORY_MACHINES_MAX];
};

/* Brings the index up to date and reads the last nights from it. A sentence for each folder that is passed over goes
 * to `says`. Returns 0, or an errno value with a sentence in `error` (SENTENCE_BYTES); ENOSYS: built without SQLite.
 * The answer is to be released in any case. */
int history_index_ask(const struct history_request *request, struct history_answer *answer, FILE *says,
                      char *error);
void history_index_release(struct history_answer *answer);

#endif
