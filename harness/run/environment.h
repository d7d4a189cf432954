/* SPDX-License-Identifier: MIT
 *
 * The machine and the build, from one source: the context of every record, of benchmark.json and of the
 * report.
 */
#ifndef GROWBENCH_ENVIRONMENT_H
#define GROWBENCH_ENVIRONMENT_H

#include <jansson.h>
#include <stdint.h>

struct environment {
    json_t *context;          /* owned; names as in the contract */
    char fingerprint[17];     /* of what makes two machines incomparable, 16 hexadecimal digits */
    uint64_t available_bytes; /* what a child could have now: MemAvailable, cut by memory limits */
    uint64_t default_budget_bytes;
};

/* The same figure, now. */
uint64_t environment_available_bytes(void);

/* Returns 0 or ENOMEM. */
int environment_collect(struct environment *environment, uint64_t seed, int aslr);
void environment_release(struct environment *environment);

#endif
