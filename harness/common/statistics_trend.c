/* SPDX-License-Identifier: MIT */
#include "harness/common/statistics_trend.h"

#include "harness/common/statistics.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static double quantile(const double *sorted, size_t count, double share)
{
    double at = share * (double)(count - 1);
    size_t below = (size_t)at;
    if (below + 1 >= count)
        return sorted[count - 1];
    return sorted[below] + (at - (double)below) * (sorted[below + 1] - sorted[below]);
}

struct statistics_quartiles statistics_quartiles(double *values, size_t count)
{
    double median = statistics_median(values, count); /* sorts them */
    if (!count)
        return (struct statistics_quartiles){NAN, NAN, NAN};
    return (struct statistics_quartiles){quantile(values, count, 0.25), median,
                                         quantile(values, count, 0.75)};
}

double statistics_theil_sen(const double *x, const double *y, size_t count)
{
    double *slopes = count > 1 ? malloc(count * (count - 1) / 2 * sizeof *slopes) : NULL;
    if (!slopes)
        return NAN;
    size_t slope_count = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (x[i] != x[k])
                slopes[slope_count++] = (y[k] - y[i]) / (x[k] - x[i]);
    double median = statistics_median(slopes, slope_count);
    free(slopes);
    return median;
}

/* Chance that a random order of `count` different values has at most `most` pairs that fall. The number of such
 * pairs is a sum of independent draws, evenly from 0 to i for the i-th value: convolved one by one. */
static double chance_of_falling_pairs(size_t count, size_t most)
{
    enum { PAIRS = STATISTICS_EXACT_TREND_MAX * (STATISTICS_EXACT_TREND_MAX - 1) / 2 + 1 };
    double chance[PAIRS] = {1}, next[PAIRS];
    size_t pairs = 0;
    for (size_t i = 1; i < count; i++) {
        double window = 0; /* of the last i + 1 chances */
        for (size_t k = 0; k <= pairs + i; k++) {
            window += k <= pairs ? chance[k] : 0;
            window -= k > i ? chance[k - i - 1] : 0;
            next[k] = window / (double)(i + 1);
        }
        pairs += i;
        for (size_t k = 0; k <= pairs; k++)
            chance[k] = next[k];
    }
    double sum = 0;
    for (size_t k = 0; k <= most; k++)
        sum += chance[k];
    return sum;
}

static int compare(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* What ties take from the variance of the score, times 18. NaN: no memory. */
static double tie_terms(const double *values, size_t count)
{
    double *sorted = malloc(count * sizeof *sorted), terms = 0;
    if (!sorted)
        return NAN;
    for (size_t i = 0; i < count; i++)
        sorted[i] = values[i];
    qsort(sorted, count, sizeof *sorted, compare);
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && sorted[end] == sorted[i];)
            end++;
        double equal = (double)(end - i);
        terms += equal * (equal - 1) * (2 * equal + 5);
    }
    free(sorted);
    return terms;
}

double statistics_mann_kendall(const double *values, size_t count)
{
    if (count < 3)
        return 1;
    size_t rising = 0, falling = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++) {
            rising += values[k] > values[i];
            falling += values[k] < values[i];
        }
    bool has_ties = rising + falling < count * (count - 1) / 2;
    size_t fewer = rising < falling ? rising : falling;
    if (!has_ties && count <= STATISTICS_EXACT_TREND_MAX)
        return fmin(1, 2 * chance_of_falling_pairs(count, fewer));
    double n = (double)count, score = fabs((double)rising - (double)falling);
    double variance = (n * (n - 1) * (2 * n + 5) - tie_terms(values, count)) / 18;
    if (!(variance > 0) || score <= 1)
        return 1;
    return erfc((score - 1) / sqrt(2 * variance));
}
