/* SPDX-License-Identifier: MIT
 *
 * Estimates against values worked out by hand, and what they promise: to hold the truth 95 times in 100.
 *
 *     statistics_test --dump      lines of what was asked and what came out, for scripts/check-statistics
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/common/statistics.h"
#include "harness/testing/draws.h"

static void assert_near(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("got %.12g, expected %.12g", got, expected);
}

/* 1 to 5: mean 3, s^2 = 10/4, standard error sqrt(1/2), t(4) = 2.776445. */
static void test_mean_by_hand(void **state)
{
    (void)state;
    const struct statistics_interval i = statistics_mean_interval((const double[]){2, 5, 1, 4, 3}, 5);
    assert_near(i.mean, 3, 1e-12);
    assert_near(i.low, 3 - 2.7764451051978 * sqrt(0.5), 1e-9);
    assert_near(i.high, 3 + 2.7764451051978 * sqrt(0.5), 1e-9);
}

/* -1 and 1: s^2 = 2, standard error 1, t(1) = tan(0.475 pi). */
static void test_two_values(void **state)
{
    (void)state;
    const struct statistics_interval i = statistics_mean_interval((const double[]){-1, 1}, 2);
    assert_near(i.mean, 0, 1e-12);
    assert_near(i.low, -tan(0.475 * acos(-1)), 1e-9);
    assert_near(i.high, tan(0.475 * acos(-1)), 1e-9);
}

static void test_equal_values_leave_no_width(void **state)
{
    (void)state;
    const struct statistics_interval i = statistics_mean_interval((const double[]){7, 7, 7}, 3);
    assert_near(i.mean, 7, 0);
    assert_near(i.low, 7, 0);
    assert_near(i.high, 7, 0);
}

/* 0 and 1 in turn: of n (even), the standard error is sqrt(1/4 / (n - 1)). */
static void test_degrees_of_freedom(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        double t;
    } rows[] = {{4, 3.1824463052843},  {6, 2.5705818366147},  {10, 2.2621571628540}, {20, 2.0930240544083},
                {30, 2.0452296421327}, {32, 2.0395134463964}, {200, 1.9719565442518}};
    double values[200];
    for (int i = 0; i < 200; i++)
        values[i] = i % 2;
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        const struct statistics_interval i = statistics_mean_interval(values, rows[r].count);
        assert_near(i.mean, 0.5, 1e-12);
        assert_near(i.high - i.mean, rows[r].t * sqrt(0.25 / (double)(rows[r].count - 1)), 1e-9);
        assert_near(i.mean - i.low, i.high - i.mean, 1e-12);
    }
}

/* Ratios 1/2 and 2 are equally far from 1, in opposite directions. */
static void test_ratios_are_geometric(void **state)
{
    (void)state;
    struct statistics_interval i = statistics_ratio_interval((const double[]){0.5, 2, 0.5, 2}, 4);
    assert_near(i.mean, 1, 1e-12);
    assert_near(i.high, exp(3.1824463052843 * log(2) / sqrt(3)), 1e-9);
    assert_near(i.low * i.high, 1, 1e-12);
    i = statistics_ratio_interval((const double[]){1.1, 1.1, 1.1}, 3);
    assert_near(i.mean, 1.1, 1e-12);
    assert_near(i.low, 1.1, 1e-12);
    assert_near(i.high, 1.1, 1e-12);
}

/* 4,000 trials each: 95 % with sigma 0.34 %. */
static void test_intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    enum { TRIALS = 4000, VALUES = 10, MORE = 40 };
    struct draws draws = {.seed = 9};
    int plain = 0, trimmed = 0, wide = 0, difference = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double values[MORE];
        for (int i = 0; i < MORE; i++)
            values[i] = draws_normal(&draws);
        struct statistics_interval interval = statistics_mean_interval(values, VALUES);
        plain += interval.low <= 0 && 0 <= interval.high;
        interval = statistics_interval(statistics_mean(values, VALUES), 0.99);
        wide += interval.low <= 0 && 0 <= interval.high;
        for (int i = 0; i < VALUES; i++)
            values[i] *= 3; /* the sides need not spread alike */
        interval =
            statistics_interval(statistics_difference(values, VALUES, values + VALUES, MORE - VALUES), 0.95);
        difference += interval.low <= 0 && 0 <= interval.high;
        for (int i = 0; i < VALUES; i++)
            values[i] /= 3;
        values[17] += 1000, values[5] -= 1000; /* ruined */
        interval = statistics_interval(statistics_trimmed_mean(values, MORE, 0.15), 0.95);
        trimmed += interval.low <= 0 && 0 <= interval.high;
    }
    assert_near((double)plain / TRIALS, 0.95, 4 * 0.0034);
    assert_near((double)wide / TRIALS, 0.99, 4 * 0.0016);
    assert_near((double)difference / TRIALS, 0.95, 4 * 0.0034);
    assert_near((double)trimmed / TRIALS, 0.96, 6 * 0.0034); /* wider where values are ruined */
}

/* 0 to 9, one cut at each end: 1 to 8 remain, mean 4.5; Winsorised 1 1 2 3 4 5 6 7 8 8: squares 62.5. */
static void test_trimmed_by_hand(void **state)
{
    (void)state;
    double values[] = {9e9, 1, 8, 2, -9e9, 7, 3, 6, 4, 5};
    const struct statistics_estimate e = statistics_trimmed_mean(values, 10, 0.1);
    assert_near(e.mean, 4.5, 1e-12);
    assert_near(e.error, sqrt(66.5 / 7 / 8), 1e-12);
    assert_near(e.degrees, 7, 0);
    double few[] = {1, 2, 3};
    assert_near(statistics_trimmed_mean(few, 3, 0.3).error, statistics_mean(few, 3).error, 1e-15);
}

/* t(1) is Cauchy's, t(2) has a closed form, the normal distribution is the limit. */
static void test_student(void **state)
{
    (void)state;
    const double pi = acos(-1);
    for (double t = -8; t <= 8; t += 0.5) {
        assert_near(statistics_t_tail(t, 1), 0.5 - atan(t) / pi, 1e-15);
        assert_near(statistics_t_tail(t, 2), 0.5 - t / sqrt(2 + t * t) / 2, 1e-15);
        assert_near(statistics_t_tail(t, INFINITY), erfc(t / sqrt(2)) / 2, 1e-15);
    }
    assert_near(statistics_t_tail(1e6, 1) * pi * 1e6, 1, 1e-9);
    static const double degrees[] = {1, 2, 2.7, 11, 63.5, 64, 95, 1000, 1e6};
    for (size_t d = 0; d < sizeof degrees / sizeof *degrees; d++) {
        assert_near(statistics_t_quantile(0.5, degrees[d]), 0, 0);
        for (double tail = 1e-12; tail < 0.5; tail *= 7) {
            const double t = statistics_t_quantile(tail, degrees[d]);
            assert_near(statistics_t_tail(t, degrees[d]) / tail, 1, 1e-9);
            assert_near(statistics_t_quantile(1 - tail, degrees[d]), -t, 1e-4 * t);
        }
    }
    assert_true(isnan(statistics_t_tail(NAN, 3)));
    assert_near(statistics_t_tail(INFINITY, 3), 0, 0);
    assert_near(statistics_t_tail(-INFINITY, 3), 1, 0);
}

static void test_against_a_floor(void **state)
{
    (void)state;
    const struct statistics_estimate e = {3, 0.5, 11}, sure = {3, 0, 11};
    assert_near(statistics_p_above(e, 3), 0.5, 1e-15);
    assert_near(statistics_p_above(e, 2), statistics_t_tail(2, 11), 0);
    assert_near(statistics_p_above(sure, 2), 0, 0);
    assert_near(statistics_p_above(sure, 3), 1, 0);
    assert_near(statistics_interval(sure, 0.95).high, 3, 0);
}

/* No event in n: the bound is 1 - (1 - level)^(1/n); 300 nights without an alarm leave 1 in a hundred. */
static void test_bounds_of_a_share(void **state)
{
    (void)state;
    assert_near(statistics_share_upper(0, 300, 0.95), 1 - pow(0.05, 1. / 300), 1e-14);
    assert_near(statistics_share_upper(0, 1, 0.95), 0.95, 1e-14);
    assert_near(statistics_share_upper(7, 7, 0.95), 1, 0);
    assert_near(statistics_share_lower(7, 7, 0.95), pow(0.05, 1. / 7), 1e-14);
    assert_near(statistics_share_lower(0, 7, 0.95), 0, 0);
    assert_true(statistics_share_upper(19, 20, 0.95) > 0.99 && statistics_share_lower(19, 20, 0.95) < 0.79);
}

#define SAMPLE(...) (const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double)

static void test_mann_whitney(void **state)
{
    (void)state;
    /* Of C(6, 3) = 20 orders one has no wins, one has one. */
    assert_near(statistics_mann_whitney(SAMPLE(1, 2, 3), SAMPLE(4, 5, 6)), 2 / 20., 1e-15);
    assert_near(statistics_mann_whitney(SAMPLE(1, 2, 4), SAMPLE(3, 5, 6)), 4 / 20., 1e-15);
    assert_near(statistics_mann_whitney(SAMPLE(5, 3, 6), SAMPLE(4, 2, 1)), 4 / 20., 1e-15);
    assert_near(statistics_mann_whitney(SAMPLE(1, 3, 5), SAMPLE(2, 4)), 1, 1e-15);
    assert_near(statistics_mann_whitney(SAMPLE(1, 1), SAMPLE(2, 2, 2)), 2 / 10., 1e-15);
    assert_near(statistics_mann_whitney(SAMPLE(7, 7), SAMPLE(7, 7, 7)), 1, 0);
    assert_near(statistics_mann_whitney(NULL, 0, SAMPLE(7, 7, 7)), 1, 0);
    /* 2 wins of 16, sum of t^3 - t = 6: variance 16/12 (9 - 6/56). */
    assert_near(statistics_mann_whitney(SAMPLE(1, 2, 3, 5), SAMPLE(5, 6, 3.5, 8)),
                erfc((8 - 1.5 - 0.5) / sqrt(16. / 12 * (9 - 6. / 56)) / sqrt(2)), 1e-15);
}

/* 0.01 <= 0.05/4, 0.013 <= 0.05/3, 0.03 > 0.05/2: neither it nor any larger one. */
static void test_holm(void **state)
{
    (void)state;
    bool rejected[5];
    statistics_holm(SAMPLE(0.03, 0.01, 0.04, 0.013), 0.05, rejected);
    assert_true(!rejected[0] && rejected[1] && !rejected[2] && rejected[3]);
    statistics_holm(SAMPLE(0.0125, 0.0125, 0.0125, 0.0125), 0.05, rejected);
    assert_true(rejected[0] && rejected[1] && rejected[2] && rejected[3]);
    statistics_holm(SAMPLE(1, NAN, 0, 0.6), 0.05, rejected);
    assert_true(!rejected[0] && !rejected[1] && rejected[2] && !rejected[3]);
    statistics_holm(NULL, 0, 0.05, rejected);
}

static void test_median(void **state)
{
    (void)state;
    double odd[] = {9, -1, 5}, even[] = {4, 1, 3, 2}, one[] = {42};
    assert_near(statistics_median(odd, 3), 5, 0);
    assert_near(odd[0], -1, 0); /* sorted */
    assert_near(odd[2], 9, 0);
    assert_near(statistics_median(even, 4), 2.5, 0);
    assert_near(statistics_median(one, 1), 42, 0);
    assert_true(isnan(statistics_median(one, 0)));
}

static void print_all(const double *values, size_t count)
{
    printf("\t");
    for (size_t i = 0; i < count; i++)
        printf("%s%.17g", i ? "," : "", values[i]);
}

static void dump_estimate(const char *name, const double *values, size_t count, double more,
                          struct statistics_estimate e, double level)
{
    const struct statistics_interval i = statistics_interval(e, level);
    printf("%s", name);
    print_all(values, count);
    printf("\t%.17g\t%.17g\t%.17g\t%.17g\t%.17g\t%.17g\n", more, level, i.mean, i.low, i.high,
           statistics_p_above(e, 0));
}

static void dump_samples(void)
{
    enum { VALUES = 96 };
    struct draws draws = {.seed = 4};
    for (int trial = 0; trial < 60; trial++) {
        double a[VALUES], b[VALUES], sorted[VALUES];
        const size_t m = 3 + draws_below(&draws, trial % 2 ? 18 : 90), n = 3 + draws_below(&draws, 18);
        const double step = trial % 3 ? 0 : 0.25, shift = draws_uniform(&draws); /* a step makes ties */
        for (size_t i = 0; i < m; i++)
            a[i] = step > 0 ? step * rint(draws_normal(&draws) / step) : draws_normal(&draws);
        for (size_t i = 0; i < n; i++)
            b[i] = (step > 0 ? step * rint(2 * draws_normal(&draws) / step) : draws_normal(&draws)) + shift;
        const double level = 1 - pow(10, -1 - 5 * draws_uniform(&draws));
        dump_estimate("mean", a, m, 0, statistics_mean(a, m), level);
        memcpy(sorted, a, sizeof sorted);
        dump_estimate("trimmed", a, m, 0.15, statistics_trimmed_mean(sorted, m, 0.15), level);
        printf("welch");
        print_all(a, m);
        print_all(b, n);
        const struct statistics_estimate e = statistics_difference(a, m, b, n);
        printf("\t%.17g\nmann_whitney", 2 * statistics_t_tail(fabs(e.mean / e.error), e.degrees));
        print_all(a, m);
        print_all(b, n);
        printf("\t%.17g\n", statistics_mann_whitney(a, m, b, n));
    }
}

static int dump(void)
{
    static const double degrees[] = {1, 2, 2.7, 5, 11, 23, 47, 63.5, 64, 95, 1000, 1e6};
    for (size_t d = 0; d < sizeof degrees / sizeof *degrees; d++)
        for (double tail = 1e-12; tail < 0.9; tail *= 9) {
            const double t = statistics_t_quantile(tail, degrees[d]);
            printf("t_quantile\t%.17g\t%.17g\t%.17g\n", tail, degrees[d], t);
            printf("t_tail\t%.17g\t%.17g\t%.17g\n", rint(t * 4) / 4, degrees[d],
                   statistics_t_tail(rint(t * 4) / 4, degrees[d]));
        }
    dump_samples();
    struct draws draws = {.seed = 5};
    for (int trial = 0; trial < 40; trial++) {
        double p[30];
        bool rejected[30];
        const size_t count = 1 + draws_below(&draws, 30);
        for (size_t i = 0; i < count; i++)
            p[i] = pow(draws_uniform(&draws), 4);
        statistics_holm(p, count, 0.05, rejected);
        printf("holm");
        print_all(p, count);
        printf("\t0.05\t");
        for (size_t i = 0; i < count; i++)
            printf("%d", rejected[i]);
        const size_t trials = 1 + draws_below(&draws, 3000), events = draws_below(&draws, trials + 1);
        const double level = 0.9 + 0.0999 * draws_uniform(&draws);
        printf("\nshare\t%zu\t%zu\t%.17g\t%.17g\t%.17g\n", events, trials, level,
               statistics_share_lower(events, trials, level), statistics_share_upper(events, trials, level));
    }
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "--dump"))
        return dump();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_by_hand),
        cmocka_unit_test(test_two_values),
        cmocka_unit_test(test_equal_values_leave_no_width),
        cmocka_unit_test(test_degrees_of_freedom),
        cmocka_unit_test(test_ratios_are_geometric),
        cmocka_unit_test(test_intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(test_median),
        cmocka_unit_test(test_trimmed_by_hand),
        cmocka_unit_test(test_student),
        cmocka_unit_test(test_against_a_floor),
        cmocka_unit_test(test_bounds_of_a_share),
        cmocka_unit_test(test_mann_whitney),
        cmocka_unit_test(test_holm),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
