/* SPDX-License-Identifier: MIT
 *
 * The verdicts for people (terminal, Markdown) and for programs (JSON). Formats only; judges nothing.
 */
#ifndef GROWBENCH_CLAIMS_REPORT_H
#define GROWBENCH_CLAIMS_REPORT_H

#include "harness/claims/claims.h"

#include <jansson.h>
#include <stdio.h>

struct claims_report {
    const struct claims_verdict *verdicts; /* CLAIMS_COUNT of them */
    const json_t *context;                 /* of harness/run/environment.h */
    uint64_t budget_bytes, block_bytes;    /* block: the largest old block, which followed from the budget */
    double ram_bytes; /* as the kernel counts it; NaN: not known better than the context */
    double wall_seconds;
};

void claims_report_print(const struct claims_report *report, FILE *out);
void claims_report_write_markdown(const struct claims_report *report, FILE *out);

/* A new object. */
json_t *claims_report_json(const struct claims_report *report);

#endif
