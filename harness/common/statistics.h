/* SPDX-License-Identifier: MIT
 *
 * What a handful of processes tells of all of them: estimates of a mean with their intervals and p-values, ranks,
 * shares. Pure functions without allocation but where said.
 *
 * A `tail` is the chance of more than that: small chances are passed as they are, for 1 less 1e-12 would have lost
 * its digits. Scipy gives the same numbers to 1e-6 and better (scripts/check-statistics).
 */
#ifndef GROWBENCH_STATISTICS_H
#define GROWBENCH_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>

struct statistics_interval {
    double mean, low, high;
};

/* A mean, its standard error, and the degrees of freedom of Student's t that (mean - truth) / error follows. */
struct statistics_estimate {
    double mean, error, degrees;
};

/* `values` has at least 2. Assumes that they are independent, which holds for means of process pairs and not for
 * chunks of one process. */
struct statistics_estimate statistics_mean(const double *values, size_t count);

/* Without the floor(share x count) smallest and as many of the largest values: what a machine's stall did to one
 * process in ten then does not count. The error is that of the Winsorised values, with the degrees of freedom of
 * what is left (J. Tukey, D. McLaughlin 1963; K. Yuen 1974). Sorts `values`; 2 or more must be left. */
struct statistics_estimate statistics_trimmed_mean(double *values, size_t count, double share);

/* The difference of two unpaired means, right less left (B. Welch 1947). Each side has at least 2. */
struct statistics_estimate statistics_difference(const double *left, size_t left_count, const double *right,
                                                 size_t right_count);

/* The confidence interval; `level` is 0.95 for 95 %. Both ends are the mean when there is no error. */
struct statistics_interval statistics_interval(struct statistics_estimate estimate, double level);

/* The chance of such a mean or a larger one if the truth were `floor`: 1 or 0 when there is no error. */
double statistics_p_above(struct statistics_estimate estimate, double floor);

/* Student's 95 % confidence interval of the mean. `values` has at least 2. */
struct statistics_interval statistics_mean_interval(const double *values, size_t count);

/* The same of a ratio: each value is one pair's ratio; the mean is geometric. Values are above 0. Allocates: NaN
 * when there is no memory. */
struct statistics_interval statistics_ratio_interval(const double *ratios, size_t count);

/* Sorts `values`. NaN for none. */
double statistics_median(double *values, size_t count);

/* ---- distributions (statistics_t.c) ---- */

/* Chance that Student's t with so many degrees of freedom (above 0, not only whole ones; infinite: the normal
 * distribution) exceeds `t`. Relative error below 1e-9 up to a million degrees, for chances down to 1e-300. */
double statistics_t_tail(double t, double degrees);

/* What it exceeds with chance `tail`, above 0 and below 1. */
double statistics_t_quantile(double tail, double degrees);

/* The regularised incomplete beta function I_x(a, b) for a, b > 0; `complement` is 1 - x, passed apart so that
 * neither loses digits when the other is near 1. */
double statistics_beta(double a, double b, double x, double complement);

/* One-sided exact bounds of an event's chance that was seen so often (C. Clopper, E. Pearson 1934); `level` is 0.95
 * for 95 %. */
double statistics_share_upper(size_t events, size_t trials, double level);
double statistics_share_lower(size_t events, size_t trials, double level);

/* ---- ranks and families (statistics_ranks.c) ---- */

/* H. Mann, D. Whitney (1947): the two-sided chance of samples that lie as far apart if both sides are alike.
 * Counted out when there are no ties and at most STATISTICS_EXACT_RANKS values a side, or when the sides
 * are wholly apart; else the normal approximation with corrections for ties and continuity. 1 when a side is empty or all values are the same. */
enum { STATISTICS_EXACT_RANKS = 20 };
double statistics_mann_whitney(const double *left, size_t left_count, const double *right,
                               size_t right_count);

/* S. Holm (1979): which of a family are rejected so that the chance of even one false rejection is at most `alpha`,
 * however they depend on one another. */
void statistics_holm(const double *p, size_t count, double alpha, bool *rejected);

#endif
