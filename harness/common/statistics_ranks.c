/* SPDX-License-Identifier: MIT
 *
 * Mann and Whitney's test and Holm's procedure. Both compare every value with every other one instead of sorting:
 * samples here are tens of processes and families hundreds of figures, and nothing need be allocated.
 */
#include "harness/common/statistics.h"

#include <math.h>
#include <string.h>

/* How often a left value lies above a right one; ties count half. */
static double wins_of(const double *left, size_t left_count, const double *right, size_t right_count)
{
    double wins = 0;
    for (size_t i = 0; i < left_count; i++)
        for (size_t j = 0; j < right_count; j++)
            wins += left[i] > right[j] ? 1 : left[i] < right[j] ? 0 : 0.5;
    return wins;
}

/* Sum of t^3 - t over groups of t equal values: each value adds t^2 - 1. */
static double ties_of(const double *left, size_t left_count, const double *right, size_t right_count)
{
    const size_t count = left_count + right_count;
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        const double value = i < left_count ? left[i] : right[i - left_count];
        double same = 0;
        for (size_t j = 0; j < count; j++)
            same += (j < left_count ? left[j] : right[j - left_count]) == value;
        sum += same * same - 1;
    }
    return sum;
}

/* Chance of at most `wins` when every order is equally likely. The largest value of all is a left one with chance
 * m / (m + n) and then wins n times; else the right side is one shorter. */
static double chance_of_at_most(size_t left_count, size_t right_count, size_t wins)
{
    enum { SIDE = STATISTICS_EXACT_RANKS, WINS = SIDE * SIDE + 1 };
    double chance[SIDE + 1]
                 [WINS]; /* of exactly so many wins; by right_count, for one left_count after the other */
    for (size_t n = 0; n <= right_count; n++)
        memset(chance[n], 0, sizeof chance[n]);
    for (size_t n = 0; n <= right_count; n++)
        chance[n][0] = 1;
    for (size_t m = 1; m <= left_count; m++)
        for (size_t n = 1; n <= right_count; n++) /* with none on the right there is 1 way: 0 wins */
            for (size_t u = m * n + 1; u-- > 0;) {
                const double as_left = u >= n ? chance[n][u - n] : 0, as_right = chance[n - 1][u];
                chance[n][u] = ((double)m * as_left + (double)n * as_right) / (double)(m + n);
            }
    double sum = 0;
    for (size_t u = 0; u <= wins; u++)
        sum += chance[right_count][u];
    return sum;
}

double statistics_mann_whitney(const double *left, size_t left_count, const double *right, size_t right_count)
{
    if (!left_count || !right_count)
        return 1;
    const double wins = wins_of(left, left_count, right, right_count), m = (double)left_count,
                 n = (double)right_count, count = m + n;
    const double fewer = fmin(wins, m * n - wins), ties = ties_of(left, left_count, right, right_count);
    if (fewer <= 0) { /* wholly apart: one order of all, ties within a side or not */
        double orders = 1;
        for (size_t i = 1; i <= left_count; i++)
            orders *= (n + (double)i) / (double)i;
        return fmin(1, 2 / orders);
    }
    if (ties == 0 && left_count <= STATISTICS_EXACT_RANKS && right_count <= STATISTICS_EXACT_RANKS)
        return fmin(1, 2 * chance_of_at_most(left_count, right_count, (size_t)fewer));
    const double variance = m * n / 12 * (count + 1 - ties / (count * (count - 1)));
    if (!(variance > 0))
        return 1;
    return fmin(1, erfc((m * n / 2 - fewer - 0.5) / sqrt(variance) / sqrt(2)));
}

void statistics_holm(const double *p, size_t count, double alpha, bool *rejected)
{
    memset(rejected, 0, count * sizeof *rejected);
    for (size_t left = count; left > 0; left--) {
        size_t least = count;
        for (size_t i = 0; i < count; i++)
            if (!rejected[i] && (least == count || p[i] < p[least]))
                least = i;
        if (!(p[least] <= alpha / (double)left))
            return;
        rejected[least] = true;
    }
}
