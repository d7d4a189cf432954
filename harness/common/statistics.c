/* SPDX-License-Identifier: MIT */
#include "harness/common/statistics.h"

#include <math.h>
#include <stdlib.h>

/* 97.5 % quantiles of Student's t for 1 to 30 degrees of freedom (NIST/SEMATECH e-Handbook, 1.3.6.7.2). */
static double t_quantile(size_t degrees)
{
    static const double table[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228,
                                   2.201,  2.179, 2.160, 2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086,
                                   2.080,  2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042};
    enum { TABLE_COUNT = sizeof table / sizeof *table };
    /* Beyond the table the last row is a safe upper bound: an interval may be too wide by 4 %. */
    return table[(degrees < TABLE_COUNT ? degrees : TABLE_COUNT) - 1];
}

struct statistics_interval statistics_mean_interval(const double *values, size_t count)
{
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    double half = t_quantile(count - 1) * sqrt(squares / (double)(count - 1) / (double)count);
    return (struct statistics_interval){mean, mean - half, mean + half};
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

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

double statistics_median(double *values, size_t count)
{
    if (!count)
        return NAN;
    qsort(values, count, sizeof *values, compare);
    return (values[(count - 1) / 2] + values[count / 2]) / 2;
}
