/* SPDX-License-Identifier: MIT */
#include "harness/common/statistics.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static double squares_around(double mean, const double *values, size_t count)
{
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return squares;
}

static double plain_mean(const double *values, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return sum / (double)count;
}

struct statistics_estimate statistics_mean(const double *values, size_t count)
{
    assert(count >= 2);
    const double mean = plain_mean(values, count), degrees = (double)(count - 1);
    return (struct statistics_estimate){
        mean, sqrt(squares_around(mean, values, count) / degrees / (double)count), degrees};
}

struct statistics_estimate statistics_trimmed_mean(double *values, size_t count, double share)
{
    const size_t cut = (size_t)(share * (double)count), left = count - 2 * cut;
    assert(2 * cut < count && left >= 2);
    qsort(values, count, sizeof *values, compare);
    const double *kept = values + cut;
    const double outer = (double)cut * (kept[0] + kept[left - 1]);
    const double winsorised = (plain_mean(kept, left) * (double)left + outer) / (double)count;
    const double below = kept[0] - winsorised, above = kept[left - 1] - winsorised;
    const double squares =
        squares_around(winsorised, kept, left) + (double)cut * (below * below + above * above);
    const double degrees = (double)(left - 1);
    return (struct statistics_estimate){plain_mean(kept, left), sqrt(squares / degrees / (double)left),
                                        degrees};
}

struct statistics_estimate statistics_difference(const double *left, size_t left_count, const double *right,
                                                 size_t right_count)
{
    const struct statistics_estimate a = statistics_mean(left, left_count),
                                     b = statistics_mean(right, right_count);
    const double of_a = a.error * a.error, of_b = b.error * b.error, both = of_a + of_b;
    const double spread = of_a * of_a / a.degrees + of_b * of_b / b.degrees;
    return (struct statistics_estimate){b.mean - a.mean, sqrt(both),
                                        spread > 0 ? both * both / spread : a.degrees + b.degrees};
}

struct statistics_interval statistics_interval(struct statistics_estimate estimate, double level)
{
    const double half =
        estimate.error > 0 ? estimate.error * statistics_t_quantile((1 - level) / 2, estimate.degrees) : 0;
    return (struct statistics_interval){estimate.mean, estimate.mean - half, estimate.mean + half};
}

double statistics_p_above(struct statistics_estimate estimate, double floor)
{
    if (!(estimate.error > 0))
        return estimate.mean > floor ? 0 : 1;
    return statistics_t_tail((estimate.mean - floor) / estimate.error, estimate.degrees);
}

struct statistics_interval statistics_mean_interval(const double *values, size_t count)
{
    return statistics_interval(statistics_mean(values, count), 0.95);
}

struct statistics_interval statistics_ratio_interval(const double *ratios, size_t count)
{
    double *logarithms = malloc(count * sizeof *logarithms);
    if (!logarithms)
        return (struct statistics_interval){NAN, NAN, NAN};
    for (size_t i = 0; i < count; i++)
        logarithms[i] = log(ratios[i]);
    struct statistics_interval interval = statistics_mean_interval(logarithms, count);
    free(logarithms);
    return (struct statistics_interval){exp(interval.mean), exp(interval.low), exp(interval.high)};
}

double statistics_median(double *values, size_t count)
{
    if (!count)
        return NAN;
    qsort(values, count, sizeof *values, compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
