/* SPDX-License-Identifier: MIT
 *
 * Gathers the evidence of the claims: cells by the ordinary machinery, and probes in processes of their own.
 *
 * Every process starts afresh and has a memory limit. Sizes follow from the budget; nothing is taken over
 * from an earlier run.
 */
#ifndef GROWBENCH_CLAIMS_MEASURE_H
#define GROWBENCH_CLAIMS_MEASURE_H

#include "harness/claims/claims.h"
#include "harness/request/catalog.h"
#include "harness/run/budget.h"

#include <jansson.h>
#include <stdio.h>

/* Below this the limits of the probes would not hold what they need. */
#define CLAIMS_LEAST_BUDGET_BYTES ((uint64_t)256 << 20)

struct claims_options {
    const struct catalog *catalog; /* everything, probed */
    const json_t *context;         /* of harness/run/environment.h */
    const struct budget_root *budget_root;
    uint64_t budget_bytes;
    double ns_per_tick;
    int signal_fd;  /* readable = the user interrupts */
    FILE *progress; /* a line for each measurement */
};

/* The old block of the table that rehashes: the largest power of two whose threefold fits the budget. */
uint64_t claims_block_bytes(uint64_t budget_bytes);

/* Returns 0, ECANCELED (interrupted) or another errno value (no process can be started). What could not be
 * measured stays NaN. */
int claims_measure(const struct claims_options *options, struct claims_evidence *evidence);

/* What a finished record tells of its growth. Pure. */
void claims_read_record(const struct record *record, struct claims_cell *cell);

#endif
