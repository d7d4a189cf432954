/* SPDX-License-Identifier: MIT
 *
 * What changed over made-up nights: steps, trends, the fence, and when there are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/history/history.h"
#include "harness/request/keys.h"

enum { NIGHTS = 30 };

static void assert_near(double got, double expected, double tolerance)
{
    if (!(fabs(got - expected) <= tolerance))
        fail_msg("got %.12g, expected %.12g", got, expected);
}

/* A figure's nights; what is not looked at is the opposite of quiet. */
struct nights {
    double shown[NIGHTS], other[NIGHTS];
    struct history_finding finding;
};

static bool look(struct nights *nights, const char *metric, size_t count)
{
    struct history_series series = {.cell = "fill/array/mremap/entries:1000/mode:throughput",
                                    .metric = gate_metric_find(metric)};
    bool is_time = series.metric->class == GATE_NOISY;
    for (size_t i = 0; i < NIGHTS; i++)
        nights->other[i] = (double)(i * i) + 1;
    series.values = is_time ? nights->other : nights->shown;
    series.ratios = is_time ? nights->shown : nights->other;
    return history_look(&series, count, &nights->finding);
}

/* 1 +- `spread`, the same for every run of the test. */
static double jitter(double spread, size_t i)
{
    return 1 + spread * (2 * (double)keys_random_below(5, i, 1u << 30) * 0x1p-30 - 1);
}

static void fill(struct nights *nights, double spread)
{
    for (size_t i = 0; i < NIGHTS; i++)
        nights->shown[i] = jitter(spread, i);
}

static void test_a_step(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = i < 17 ? 12 : 13;
    assert_true(look(&n, "base_moves", NIGHTS));
    assert_int_equal(n.finding.step_count, 1);
    assert_int_equal(n.finding.steps[0].night, 17);
    assert_near(n.finding.steps[0].from, 12, 0);
    assert_near(n.finding.steps[0].to, 13, 0);
    assert_false(n.finding.varies || n.finding.has_trend || n.finding.is_beyond_fence);
}

static void test_a_step_over_nights_without_the_figure(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = i < 10 ? 4 : i < 20 ? NAN : 3;
    assert_true(look(&n, "mremap_count", NIGHTS));
    assert_int_equal(n.finding.step_count, 1);
    assert_int_equal(n.finding.steps[0].night, 20);
    assert_int_equal(n.finding.count, 20);
}

static void test_the_last_steps_are_kept(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = (double)(i / 5); /* at 5, 10, 15, 20 and 25 */
    assert_true(look(&n, "growth_count", NIGHTS));
    assert_int_equal(n.finding.step_count, 5);
    assert_false(n.finding.varies);
    for (size_t i = 0; i < HISTORY_STEPS_MAX; i++)
        assert_int_equal(n.finding.steps[i].night, 10 + 5 * i);
}

static void test_what_changes_all_the_time_varies(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 12 + (double)keys_random_below(3, i, 3);
    assert_true(look(&n, "base_moves", NIGHTS));
    assert_true(n.finding.varies);
    assert_near(n.finding.low, 12, 0);
    assert_near(n.finding.high, 14, 0);
    assert_false(n.finding.has_trend);
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 12 + (double)i; /* a step each night is a trend */
    assert_true(look(&n, "base_moves", NIGHTS));
    assert_true(n.finding.has_trend);
    assert_near(n.finding.slope_ratio, 1 / 26.5, 1e-9);
}

static void test_a_steady_figure_is_quiet(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 5;
    assert_false(look(&n, "base_moves", NIGHTS));
    assert_false(look(&n, "peak_rss_bytes", NIGHTS));
    assert_false(look(&n, "operation_ns", NIGHTS));
    fill(&n, 0.02);
    assert_false(look(&n, "operation_ns", NIGHTS));
    assert_false(look(&n, "worst_rss_ratio", NIGHTS));
}

/* Half a percent a night under a noise of two. */
static void test_a_trend(void **state)
{
    (void)state;
    struct nights n;
    fill(&n, 0.02);
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] *= 1 + 0.005 * (double)i;
    assert_true(look(&n, "operation_ns", NIGHTS));
    assert_true(n.finding.has_trend && n.finding.is_ratio && n.finding.p < 0.01);
    assert_near(n.finding.slope_ratio, 0.005 / 1.0725, 0.001);
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 1 / n.shown[i];
    assert_true(look(&n, "operation_ns", NIGHTS));
    assert_true(n.finding.slope_ratio < -0.003);
    assert_false(look(&n, "operation_ns", HISTORY_TREND_NIGHTS - 1));
}

/* However certain, less than the floor over all nights is none that matters: 1 %, and 64 pages of a plain value. */
static void test_a_trend_below_the_floor(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 1e9 + 3e5 * (double)i; /* 0.87 % */
    assert_false(look(&n, "peak_rss_bytes", NIGHTS));
    assert_true(n.finding.p < 0.01);
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 1e9 + 4e5 * (double)i; /* 1.16 % */
    assert_true(look(&n, "peak_rss_bytes", NIGHTS));
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = 1e6 + 8e3 * (double)i; /* 232,000 bytes, below 64 pages */
    assert_false(look(&n, "peak_rss_bytes", NIGHTS));
}

/* Q1 = 1.0 and Q3 = 1.1 of the nights before: the fence is at 1.4. */
static void test_the_fence(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = i % 2 ? 1.1 : 1.0;
    n.shown[NIGHTS - 1] = 1.41;
    assert_true(look(&n, "operation_ns", NIGHTS));
    assert_true(n.finding.is_beyond_fence);
    assert_near(n.finding.fence, 1.4, 1e-9);
    assert_near(n.finding.tonight, 1.41, 0);
    assert_int_equal(n.finding.fence_nights, NIGHTS - 1);
    n.shown[NIGHTS - 1] = 1.39;
    assert_false(look(&n, "operation_ns", NIGHTS));
    n.shown[NIGHTS - 1] = 0.1; /* faster */
    assert_false(look(&n, "operation_ns", NIGHTS));
}

static void test_the_fence_is_for_tonight_and_for_times(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = i % 2 ? 1.1 : 1.0;
    n.shown[NIGHTS - 2] = 9;
    assert_false(look(&n, "operation_ns", NIGHTS));
    n.shown[NIGHTS - 1] = NAN; /* not measured tonight */
    assert_false(look(&n, "operation_ns", NIGHTS));
    n.shown[NIGHTS - 1] = 9;
    n.shown[NIGHTS - 2] = 1;
    assert_true(look(&n, "operation_ns", NIGHTS));
    look(&n, "worst_rss_ratio", NIGHTS);
    assert_false(n.finding.is_beyond_fence);
    n.shown[HISTORY_FENCE_NIGHTS - 1] = 9;
    look(&n, "operation_ns", HISTORY_FENCE_NIGHTS);
    assert_false(n.finding.is_beyond_fence);
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = i < NIGHTS - 1 ? 1 : 1.009; /* equal nights make no fence of no width */
    assert_false(look(&n, "operation_ns", NIGHTS));
    n.shown[NIGHTS - 1] = 1.011;
    assert_true(look(&n, "operation_ns", NIGHTS));
}

static void test_one_night_or_none(void **state)
{
    (void)state;
    struct nights n;
    for (size_t i = 0; i < NIGHTS; i++)
        n.shown[i] = NAN;
    assert_false(look(&n, "operation_ns", NIGHTS));
    n.shown[3] = 1;
    assert_false(look(&n, "operation_ns", NIGHTS));
    assert_false(look(&n, "base_moves", NIGHTS));
}

/* ---- printing ---- */

static void add_night(struct history *history, size_t i)
{
    struct history_night night = {.exit_code = 1, .verdict = "REGRESSED", .what = "duel REGRESSED fill/x"};
    snprintf(night.name, sizeof night.name, "2025-01-%02zuT020000Z", i + 1);
    snprintf(night.revision, sizeof night.revision, "abc%zu", i);
    assert_int_equal(history_add_night(history, &night), 0);
}

static char *print(const struct history *history)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    history_print(history, stream);
    fclose(stream);
    return text;
}

static void test_it_says_what_changed(void **state)
{
    (void)state;
    struct history history = {0};
    for (size_t i = 0; i < NIGHTS; i++)
        add_night(&history, i);
    for (size_t i = 0; i < NIGHTS; i++)
        assert_int_equal(history_add_figure(&history, "fill/array/mremap/entries:9",
                                            gate_metric_find("base_moves"), i, i < 9 ? 12 : 13, NAN),
                         0);
    for (size_t i = 0; i < NIGHTS; i++)
        assert_int_equal(history_add_figure(&history, "fill/array/mremap/entries:9",
                                            gate_metric_find("operation_ns"), i, 50, i < NIGHTS - 1 ? 1 : 2),
                         0);
    for (size_t i = 0; i < NIGHTS; i++)
        assert_int_equal(history_add_figure(&history, "fill/array/quiet/entries:9",
                                            gate_metric_find("base_moves"), i, 12, NAN),
                         0);
    char *text = print(&history);
    static const char *const expected[] = {
        "  2025-01-30T020000Z    abc29                 REGRESSED      1  duel",
        "step, worse: night 2025-01-10T020000Z, 12 -> 13 large blocks moved",
        "beyond the fence, advisory: 2, above 1.01 of the 29 nights before",
        "\u2581\u2588\n",
        "2 of 3 figures changed",
        NULL};
    for (size_t i = 0; expected[i]; i++)
        if (!strstr(text, expected[i]))
            fail_msg("lacks '%s':\n%s", expected[i], text);
    assert_null(strstr(text, "quiet"));
    free(text);
    history_free(&history);
}

static void test_few_nights_say_so(void **state)
{
    (void)state;
    struct history history = {0};
    add_night(&history, 0);
    char *text = print(&history);
    assert_non_null(strstr(text, "trends and the fence need 8 nights"));
    free(text);
    history_free(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step),
        cmocka_unit_test(test_a_step_over_nights_without_the_figure),
        cmocka_unit_test(test_the_last_steps_are_kept),
        cmocka_unit_test(test_what_changes_all_the_time_varies),
        cmocka_unit_test(test_a_steady_figure_is_quiet),
        cmocka_unit_test(test_a_trend),
        cmocka_unit_test(test_a_trend_below_the_floor),
        cmocka_unit_test(test_the_fence),
        cmocka_unit_test(test_the_fence_is_for_tonight_and_for_times),
        cmocka_unit_test(test_one_night_or_none),
        cmocka_unit_test(test_it_says_what_changed),
        cmocka_unit_test(test_few_nights_say_so),
    };
    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
