/* SPDX-License-Identifier: MIT
 *
 * Statistics of a figure over the nights: is there a trend, how steep is it, and what is far outside. By ranks and
 * medians: one bad night must not make a trend, nor hide one.
 *
 * Sources: H. Theil (1950), P. K. Sen (1968); H. B. Mann (1945), M. G. Kendall (1975); R. J. Hyndman, Y. Fan,
 * "Sample Quantiles in Statistical Packages", The American Statistician 50 (1996).
 */
#ifndef GROWBENCH_STATISTICS_TREND_H
#define GROWBENCH_STATISTICS_TREND_H

#include <stddef.h>

/* Beyond it, chance is worked out by the normal approximation. */
enum { STATISTICS_EXACT_TREND_MAX = 50 };

struct statistics_quartiles {
    double q1, median, q3;
};

/* By linear interpolation between the sorted values (Hyndman and Fan's type 7: what R and numpy do). Sorts
 * `values`; all NaN for none. */
struct statistics_quartiles statistics_quartiles(double *values, size_t count);

/* Median of the slopes through all pairs with different x. NaN when there are none, or no memory. */
double statistics_theil_sen(const double *x, const double *y, size_t count);

/* Mann and Kendall's test, two-sided: how likely values in random order would rise or fall as clearly as these do
 * in theirs. Exact where no two are equal and there are at most STATISTICS_EXACT_TREND_MAX, else by the normal
 * approximation with corrections for ties and continuity. 1 for fewer than 3 or equal values. Assumes nights that
 * are independent but for the trend. */
double statistics_mann_kendall(const double *values, size_t count);

#endif
