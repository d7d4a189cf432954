/* SPDX-License-Identifier: MIT
 *
 * The table of results of a run over many sizes: worst, best and mean of each figure over the sizes, and below
 * it in sentences which growth factor that speaks for.
 */
#ifndef GROWBENCH_SUMMARY_OCTAVE_H
#define GROWBENCH_SUMMARY_OCTAVE_H

#include "harness/results/results.h"

#include <stdio.h>

/* Of the rows that belong with `like`, for which sweep_is() is true. */
void summary_octave_print(const struct results *results, const struct cell *like, FILE *out);

#endif
