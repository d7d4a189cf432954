/* SPDX-License-Identifier: MIT
 *
 * The statistics of paired processes.
 */
#ifndef GROWBENCH_STATISTICS_H
#define GROWBENCH_STATISTICS_H

#include <stddef.h>

struct statistics_interval {
    double mean, low, high;
};

/* Student's 95 % confidence interval of the mean. `values` has at least 2. Assumes independent pairs, which
 * holds for means of process pairs and not for chunks of one process. */
struct statistics_interval statistics_mean_interval(const double *values, size_t count);

/* The same of a ratio: each value is one pair's ratio; the mean is geometric. Values are above 0. */
struct statistics_interval statistics_ratio_interval(const double *ratios, size_t count);

/* Sorts `values`. NaN for none. */
double statistics_median(double *values, size_t count);

#endif
