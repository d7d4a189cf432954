/* SPDX-License-Identifier: MIT
 *
 * Intervals against values worked out by hand, and what they promise: to hold the truth 95 times in 100.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "harness/common/statistics.h"
#include "harness/request/keys.h"

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

/* The sum of 12 uniform numbers less 6 is as good as normal. 4,000 trials: 95 % with sigma 0.34 %. */
static void test_intervals_hold_the_truth_as_often_as_they_say(void **state)
{
    (void)state;
    enum { TRIALS = 4000, VALUES = 10 };
    uint64_t draw = 0;
    int held = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double values[VALUES];
        for (int i = 0; i < VALUES; i++) {
            values[i] = -6;
            for (int u = 0; u < 12; u++)
                values[i] += (double)keys_random_below(9, draw++, 1u << 30) * 0x1p-30;
        }
        const struct statistics_interval interval = statistics_mean_interval(values, VALUES);
        held += interval.low <= 0 && 0 <= interval.high;
    }
    assert_near((double)held / TRIALS, 0.95, 4 * 0.0034);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mean_by_hand),
        cmocka_unit_test(test_two_values),
        cmocka_unit_test(test_equal_values_leave_no_width),
        cmocka_unit_test(test_degrees_of_freedom),
        cmocka_unit_test(test_ratios_are_geometric),
        cmocka_unit_test(test_intervals_hold_the_truth_as_often_as_they_say),
        cmocka_unit_test(test_median),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
