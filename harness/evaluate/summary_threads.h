/* SPDX-License-Identifier: MIT
 *
 * Below a table of results with threads: where their time went. What mmap_lock costs shows in the calls that take
 * it for writing (blocks that grow or move), in faults, which take it for reading if not a lock of their own, and in
 * time spent waiting.
 */
#ifndef GROWBENCH_SUMMARY_THREADS_H
#define GROWBENCH_SUMMARY_THREADS_H

#include "harness/evaluate/summary_rows.h"

#include <stdio.h>

/* Prints nothing where no row has threads. */
void summary_threads_print(const struct results *results, const struct summary_rows *rows, FILE *out);

#endif
