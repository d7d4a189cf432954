/* SPDX-License-Identifier: MIT
 *
 * What the judges share. For claims*.c only.
 */
#ifndef GROWBENCH_CLAIMS_PARTS_H
#define GROWBENCH_CLAIMS_PARTS_H

#include "harness/claims/claims.h"
#include "harness/common/units.h"

#include <math.h>
#include <string.h>

typedef void claims_judge_function(const struct claims_evidence *e, struct claims_verdict *v);

/* Of growing tables: tables.c. */
claims_judge_function claims_judge_lacking, claims_judge_threefold, claims_judge_copying, claims_judge_page,
    claims_judge_address, claims_judge_doubling, claims_judge_tails;

/* Of malloc and the kernel: system.c. */
claims_judge_function claims_judge_handing, claims_judge_calls, claims_judge_program, claims_judge_lazy,
    claims_judge_zeroed, claims_judge_zero_page, claims_judge_first_write, claims_judge_refusal,
    claims_judge_tebibyte;

/* Appends a line of evidence; what does not fit is cut. */
void claims_say(struct claims_verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What the verdict depends on, here. */
void claims_depend(struct claims_verdict *v, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* HOLDS when all of `total` do, DOES_NOT_HOLD when none does, else DEPENDS; NOT_TESTABLE for a total of 0. */
enum claims_outcome claims_share(double count, double total);

static inline bool claims_near(double value, double target, double tolerance_ratio)
{
    return fabs(value - target) <= target * tolerance_ratio;
}

struct claims_text {
    char text[UNITS_TEXT_BYTES];
};

/* A size for a sentence; by value, so that one line can hold several. */
static inline struct claims_text claims_bytes(double bytes)
{
    struct claims_text t = {"unknown"};
    if (!isnan(bytes))
        units_format_bytes(t.text, bytes < 0 ? 0 : bytes); /* a counter's batches may make nothing negative */
    return t;
}

#endif
