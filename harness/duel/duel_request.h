/* SPDX-License-Identifier: MIT
 *
 * What `growbench duel` was asked for: its own options, and run's for both sides.
 */
#ifndef GROWBENCH_DUEL_REQUEST_H
#define GROWBENCH_DUEL_REQUEST_H

#include "harness/gate/judge.h"
#include "harness/request/spec.h"

enum { DUEL_OPTIONS_MAX = 500 };

struct duel_request {
    const char *texts[GATE_SIDES]; /* --base, --candidate */
    double minutes;                /* 0: one a cell */
    bool advisory, even_identical, json, all;
    struct spec spec; /* of run's options, checked before anything is started */
    int option_count;
    const char *options[DUEL_OPTIONS_MAX + 1]; /* run's, for both sides; point into argv */
};

/* Into an empty request. Returns 0, EINVAL with a sentence in `error` (empty if it was printed), or ECANCELED when
 * --help was asked for and printed. */
int duel_request_parse(struct duel_request *request, int argc, char **argv, char *error);

#endif
