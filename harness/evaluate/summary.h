/* SPDX-License-Identifier: MIT
 *
 * The comparison table that a person reads at the end of a run.
 */
#ifndef GROWBENCH_SUMMARY_H
#define GROWBENCH_SUMMARY_H

#include "harness/results/results.h"

#include <stdio.h>

/* One table a workload, size and page policy: rows joined over modes, medians over repetitions. */
void summary_print(const struct results *results, FILE *out);

#endif
