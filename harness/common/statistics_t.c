/* SPDX-License-Identifier: MIT
 *
 * Student's t and exact bounds of a share, both by the regularised incomplete beta function I_x(a, b).
 *
 * I_x is the continued fraction of DLMF 8.17.22 (https://dlmf.nist.gov/8.17), evaluated from the front as Lentz
 * (1976) does, on the side where it converges fast; the other side is 1 less that. The factor before it is taken
 * by logarithms, in which lgamma(a + b) - lgamma(a) of large a would lose what is asked for: from 32 on that
 * difference is Stirling's series term by term.
 * Rejected: a table of quantiles (was here: 30 rows, too wide by up to 4 % beyond, one level only), and quantiles by
 * Hill's approximation (1970): 1e-6 in the middle, worse in the tails that Holm's procedure asks for.
 */
#include "harness/common/statistics.h"

#include <assert.h>
#include <float.h>
#include <math.h>

static double stirling_rest(double x)
{
    const double y = 1 / (x * x);
    return (1. / 12 - y * (1. / 360 - y * (1. / 1260 - y * (1. / 1680 - y / 1188)))) / x;
}

/* log(Gamma(large + small) / Gamma(large)) */
static double log_gamma_ratio(double large, double small)
{
    if (large < 32)
        return lgamma(large + small) - lgamma(large);
    const double sum = large + small;
    return (large - 0.5) * log1p(small / large) + small * log(sum) - small + stirling_rest(sum) -
           stirling_rest(large);
}

static double log_beta(double a, double b)
{
    return a > b ? lgamma(b) - log_gamma_ratio(a, b) : lgamma(a) - log_gamma_ratio(b, a);
}

/* Lentz's method divides by what may be 0 for one step. */
static double not_zero(double value)
{
    return fabs(value) < 1e-300 ? 1e-300 : value;
}

/* Converges within a few times sqrt(max(a, b)) steps for x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double ratio = 1, inverse = 1 / not_zero(1 - (a + b) * x / (a + 1)), value = inverse;
    for (int step = 1; step < 1000000; step++) {
        const double m = step, even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
                     odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        inverse = 1 / not_zero(1 + even * inverse);
        ratio = not_zero(1 + even / ratio);
        value *= ratio * inverse;
        inverse = 1 / not_zero(1 + odd * inverse);
        ratio = not_zero(1 + odd / ratio);
        const double change = ratio * inverse;
        value *= change;
        if (fabs(change - 1) < 4 * DBL_EPSILON)
            break;
    }
    return value;
}

double statistics_beta(double a, double b, double x, double complement)
{
    if (x <= 0)
        return 0;
    if (complement <= 0)
        return 1;
    const double log_x = x < 0.5 ? log(x) : log1p(-complement),
                 log_complement = complement < 0.5 ? log(complement) : log1p(-x);
    const double factor = exp(a * log_x + b * log_complement - log_beta(a, b));
    if (x < (a + 1) / (a + b + 2))
        return factor * beta_fraction(a, b, x) / a;
    return 1 - factor * beta_fraction(b, a, complement) / b;
}

double statistics_t_tail(double t, double degrees)
{
    assert(degrees > 0);
    if (isnan(t))
        return t;
    if (isinf(degrees))
        return erfc(t / sqrt(2)) / 2;
    /* By the half that is below 1/2, so that small chances keep their digits. t^2 may overflow: then it is 0. */
    const double share = t * t / degrees;
    const double one_tail = statistics_beta(degrees / 2, 0.5, 1 / (1 + share), 1 / (1 + 1 / share)) / 2;
    return t > 0 ? one_tail : 1 - one_tail;
}

static double t_density(double t, double degrees)
{
    if (isinf(degrees))
        return exp(-t * t / 2) / sqrt(2 * acos(-1));
    return exp(-(degrees + 1) / 2 * log1p(t * t / degrees) - log_beta(degrees / 2, 0.5)) / sqrt(degrees);
}

/* Newton's method on the logarithm of the tail, which is nearly straight where the tail is small; held between
 * bounds that close in. */
double statistics_t_quantile(double tail, double degrees)
{
    assert(tail > 0 && tail < 1);
    if (tail >= 0.5 && tail <= 0.5)
        return 0;
    if (tail > 0.5)
        return -statistics_t_quantile(1 - tail, degrees);
    double low = 0, high = 1;
    while (statistics_t_tail(high, degrees) > tail && high < 1e300)
        low = high, high *= 2;
    double t = (low + high) / 2;
    for (int i = 0; i < 200 && high - low > 4 * DBL_EPSILON * high; i++) {
        const double got = statistics_t_tail(t, degrees);
        if (got > tail)
            low = t;
        else
            high = t;
        const double step = log(got / tail) * got / t_density(t, degrees);
        double next = t + step;
        if (!(next > low && next < high))
            next = (low + high) / 2;
        else if (fabs(step) < 2 * DBL_EPSILON * t)
            return next;
        t = next;
    }
    return t;
}

/* The share x at which at most `events` of the trials come with chance `chance`: I_x(events + 1, trials - events)
 * is 1 - chance. Bisected: nobody waits for it. */
static double share_with_chance(double a, double b, double chance)
{
    double low = 0, high = 1;
    for (int i = 0; i < 200 && high - low > DBL_EPSILON * high; i++) {
        const double x = (low + high) / 2;
        if (statistics_beta(a, b, x, 1 - x) < chance)
            low = x;
        else
            high = x;
    }
    return (low + high) / 2;
}

double statistics_share_upper(size_t events, size_t trials, double level)
{
    assert(events <= trials);
    return events == trials ? 1 : share_with_chance((double)events + 1, (double)(trials - events), level);
}

double statistics_share_lower(size_t events, size_t trials, double level)
{
    return 1 - statistics_share_upper(trials - events, trials, level);
}
