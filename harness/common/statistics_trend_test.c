/* SPDX-License-Identifier: MIT
 *
 * Trends and quartiles against values worked out by hand or published, and what they promise by simulation.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/common/statistics_trend.h"
#include "harness/request/keys.h"

static void assert_near(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("got %.12g, expected %.12g", got, expected);
}

/* R: quantile(c(7, 1, 4, 2), c(.25, .5, .75)) is 1.75, 3, 4.75. */
static void test_quartiles(void **state)
{
    (void)state;
    double four[] = {7, 1, 4, 2}, five[] = {50, 10, 40, 20, 30}, one[] = {42};
    struct statistics_quartiles q = statistics_quartiles(four, 4);
    assert_near(q.q1, 1.75, 1e-12);
    assert_near(q.median, 3, 1e-12);
    assert_near(q.q3, 4.75, 1e-12);
    q = statistics_quartiles(five, 5);
    assert_near(q.q1, 20, 0);
    assert_near(q.q3, 40, 0);
    q = statistics_quartiles(one, 1);
    assert_near(q.q1, 42, 0);
    assert_near(q.q3, 42, 0);
    assert_true(isnan(statistics_quartiles(one, 0).q3));
}

/* Slopes 1, -3/2 and -4 of three points; one far value among six does not move the median of slopes. */
static void test_slope_by_hand(void **state)
{
    (void)state;
    const double x[] = {0, 1, 2, 3, 4, 5};
    assert_near(statistics_theil_sen((const double[]){0, 1, 2}, (const double[]){1, 2, -2}, 3), -1.5, 1e-12);
    assert_near(statistics_theil_sen(x, (const double[]){1, 3, 5, 7, 9, 11}, 6), 2, 1e-12);
    assert_near(statistics_theil_sen(x, (const double[]){1, 3, 500, 7, 9, 11}, 6), 2, 1e-12);
    assert_near(statistics_theil_sen((const double[]){1, 1, 3}, (const double[]){9, 0, 10}, 3), 2.75, 1e-12);
    assert_true(isnan(statistics_theil_sen((const double[]){1, 1}, (const double[]){9, 0}, 2)));
    assert_true(isnan(statistics_theil_sen(x, x, 1)));
}

/* Of the n! orders one rises throughout and one falls: 2 / 5! and so on. Of 4 values, 1 order has no falling pair
 * and 3 have one: 2 * 4 / 24. */
static void test_exact_chances(void **state)
{
    (void)state;
    const double rising[] = {1, 2, 3, 4, 5, 6, 7, 8}, falling[] = {8, 7, 6, 5, 4, 3, 2, 1};
    assert_near(statistics_mann_kendall(rising, 5), 2.0 / 120, 1e-12);
    assert_near(statistics_mann_kendall(falling, 5), 2.0 / 120, 1e-12);
    assert_near(statistics_mann_kendall(rising, 8), 2.0 / 40320, 1e-12);
    assert_near(statistics_mann_kendall((const double[]){1, 3, 2, 4}, 4), 8.0 / 24, 1e-12);
    assert_near(statistics_mann_kendall((const double[]){2, 4, 1, 3}, 4), 1, 1e-12);
    /* Of 6 values, 1, 5, 14, 29 and 49 orders have 0 to 4. */
    assert_near(statistics_mann_kendall((const double[]){3, 2, 1, 5, 4, 6}, 6), 2.0 * 98 / 720, 1e-12);
    assert_near(statistics_mann_kendall(rising, 2), 1, 0);
    assert_near(statistics_mann_kendall((const double[]){7, 7, 7, 7}, 4), 1, 0);
}

/* 1 1 1 2 2 2: score 9, variance (6*5*17 - 2*3*2*11) / 18 = 21, z = 8 / sqrt(21) = 1.74574. */
static void test_ties(void **state)
{
    (void)state;
    assert_near(statistics_mann_kendall((const double[]){1, 1, 1, 2, 2, 2}, 6), 0.0808556, 1e-6);
}

/* Where the exact chances end, the approximation goes on with them. */
static void test_both_ways_agree(void **state)
{
    (void)state;
    enum { MOST = STATISTICS_EXACT_TREND_MAX };
    double values[MOST + 1];
    for (int i = 0; i <= MOST; i++)
        values[i] = i + 40 * sin(i * 12.9898);
    double exact = statistics_mann_kendall(values, MOST);
    assert_true(exact > 1e-6 && exact < 0.5);
    double swap = values[MOST - 1];
    values[MOST - 1] = values[MOST - 2]; /* a tie */
    double normal = statistics_mann_kendall(values, MOST);
    values[MOST - 1] = swap;
    assert_true(normal > 0.5 * exact && normal < 2 * exact);
}

static double draw_normal(uint64_t *draw)
{
    double sum = -6;
    for (int u = 0; u < 12; u++)
        sum += (double)keys_random_below(11, (*draw)++, 1u << 30) * 0x1p-30;
    return sum;
}

/* 4,000 trials of 30 nights: without a trend at most 1 in 100 (sigma 0.16 %), with one of a tenth of the spread a
 * night nearly always. */
static void test_false_alarms_and_power(void **state)
{
    (void)state;
    enum { TRIALS = 4000, NIGHTS = 30 };
    uint64_t draw = 0;
    int false_alarms = 0, found = 0;
    for (int trial = 0; trial < TRIALS; trial++) {
        double flat[NIGHTS], steep[NIGHTS];
        for (int i = 0; i < NIGHTS; i++) {
            flat[i] = draw_normal(&draw);
            steep[i] = flat[i] + 0.1 * i;
        }
        false_alarms += statistics_mann_kendall(flat, NIGHTS) < 0.01;
        found += statistics_mann_kendall(steep, NIGHTS) < 0.01;
    }
    assert_near((double)false_alarms / TRIALS, 0.01, 4 * 0.0016);
    assert_true(found > TRIALS * 0.9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quartiles),       cmocka_unit_test(test_slope_by_hand),
        cmocka_unit_test(test_exact_chances),   cmocka_unit_test(test_ties),
        cmocka_unit_test(test_both_ways_agree), cmocka_unit_test(test_false_alarms_and_power),
    };
    return cmocka_run_group_tests_name("statistics_trend", tests, NULL, NULL);
}
