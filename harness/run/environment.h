/* SPDX-License-Identifier: MIT
 *
 * The machine and the build, from one source: the context of every record, of benchmark.json and of the
 * report.
 */
#ifndef GROWBENCH_ENVIRONMENT_H
#define GROWBENCH_ENVIRONMENT_H

#include <jansson.h>
#include <stdint.h>

enum { ENVIRONMENT_FINGERPRINT_BYTES = 17 }; /* 16 hexadecimal digits */

/* Two runs that differ in one of these must not be compared (allocators are compared by version beside it).
 * NULL-ended. */
extern const char *const environment_identity_keys[];

struct environment {
    json_t *context;                                 /* owned; names as in the contract */
    char fingerprint[ENVIRONMENT_FINGERPRINT_BYTES]; /* of its identity */
    uint64_t available_bytes; /* what a child could have now: MemAvailable, cut by memory limits */
    uint64_t default_budget_bytes;
};

/* The same figure, now. */
uint64_t environment_available_bytes(void);

/* The identity alone of a context, new; and its fingerprint. */
json_t *environment_identity(const json_t *context);
void environment_format_fingerprint(const json_t *context, char *fingerprint);

/* Returns 0 or ENOMEM. */
int environment_collect(struct environment *environment, uint64_t seed, int aslr);
void environment_release(struct environment *environment);

#endif
