/* SPDX-License-Identifier: MIT
 *
 * Some of a run's records, side by side: each figure is a search through all records there are, and a run of the whole
 * matrix has thousands. What is found in a part is led back to the run's own record, which stays.
 */
#ifndef GROWBENCH_PART_H
#define GROWBENCH_PART_H

#include "harness/results/results.h"

struct part {
    struct results results; /* copies; they own nothing */
    const struct result **owners;
};

/* Room for as many as the run has. Returns 0 or ENOMEM; part_free in any case. */
int part_open(struct part *part, const struct results *results);
void part_add(struct part *part, const struct result *result);
void part_free(struct part *part);

/* The run's own record of one in the part; NULL for NULL. */
const struct result *part_owner(const struct part *part, const struct result *result);

#endif
