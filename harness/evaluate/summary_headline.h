/* SPDX-License-Identifier: MIT
 *
 * The short answer below a table of results: the reserved region against each peer at its best. Another
 * allocator has a best profile for each figure, and they are seldom the same; the one that is meant stands
 * beside the figure. Yardsticks, rows that went wrong and broken profiles are left out.
 */
#ifndef GROWBENCH_SUMMARY_HEADLINE_H
#define GROWBENCH_SUMMARY_HEADLINE_H

#include "harness/evaluate/summary_rows.h"

#include <stdio.h>

/* Prints nothing unless the table has the region and a peer with profiles. */
void summary_headline_print(const struct results *results, const struct summary_rows *rows, FILE *out);

#endif
