/* SPDX-License-Identifier: MIT
 *
 * Below a table of results: what was in huge pages, row by row. --thp=always is a request, which an allocator
 * may not pass on and the kernel may not grant; only what it counted at the end is a fact.
 */
#ifndef GROWBENCH_SUMMARY_PAGES_H
#define GROWBENCH_SUMMARY_PAGES_H

#include "harness/evaluate/summary_rows.h"

#include <stdio.h>

/* Prints nothing where the page policy is the system's and no row had huge pages. */
void summary_pages_print(const struct results *results, const struct summary_rows *rows, FILE *out);

#endif
