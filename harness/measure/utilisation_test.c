/* SPDX-License-Identifier: MIT
 *
 * Minimum mutator utilisation against brute force: every window of a run, on a coarse grid of time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "harness/measure/utilisation.h"
#include "harness/request/keys.h"

/* All times are multiples of a step, so windows that begin between steps cannot be worse. */
enum { STEP_NS = 25000, RUN_STEPS = 4000 };

struct fixture {
    struct utilisation utilisation;
    bool held_up[RUN_STEPS]; /* what brute force looks at */
};

static struct fixture *fixture_new(uint64_t window_steps)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    memset(&f->utilisation, 0xA5, sizeof f->utilisation); /* start must set all that it needs */
    utilisation_start(&f->utilisation, window_steps * STEP_NS);
    return f;
}

static void add_pause(struct fixture *f, uint64_t start, uint64_t steps)
{
    utilisation_add_pause(&f->utilisation, start * STEP_NS, steps * STEP_NS);
    memset(f->held_up + start, true, steps * sizeof *f->held_up);
}

static double worst_by_brute_force(const struct fixture *f, uint64_t window, uint64_t elapsed)
{
    if (window > elapsed)
        window = elapsed;
    uint64_t worst = 0;
    for (uint64_t start = 0; start + window <= elapsed; start++) {
        uint64_t held_up = 0;
        for (uint64_t i = start; i < start + window; i++)
            held_up += f->held_up[i];
        if (held_up > worst)
            worst = held_up;
    }
    return 1 - (double)worst / (double)window;
}

static void assert_near(double got, double expected)
{
    if (fabs(got - expected) > 1e-12)
        fail_msg("got %.15g, expected %.15g", got, expected);
}

static void test_random_pauses_against_brute_force(void **state)
{
    (void)state;
    static const uint64_t windows[] = {40, 4, 100, 1000, 3999, 4000};
    static const uint64_t gaps[] = {3, 20, 200, 2000}, lengths[] = {1, 5, 60, 1500};
    uint64_t draw = 0, not_trivial = 0;
    for (int round = 0; round < 400; round++) {
        const uint64_t window = windows[round % 6], gap = gaps[round / 6 % 4],
                       length = lengths[round / 24 % 4];
        struct fixture *f = fixture_new(window);
        uint64_t at = keys_random_below(1, draw++, gap);
        while (at < RUN_STEPS) {
            const uint64_t steps = 2 + keys_random_below(1, draw++, length); /* from 50 us on */
            if (at + steps > RUN_STEPS)
                break;
            add_pause(f, at, steps);
            at += steps + keys_random_below(1, draw++, gap); /* 0: back to back */
        }
        const double expected = worst_by_brute_force(f, window, RUN_STEPS);
        assert_near(utilisation_ratio(&f->utilisation, (uint64_t)RUN_STEPS * STEP_NS), expected);
        not_trivial += expected > 0 && expected < 1;
        free(f);
    }
    assert_true(not_trivial > 100);
}

static void test_no_pause_is_1(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(40);
    assert_near(utilisation_ratio(&f->utilisation, 0), 1);
    assert_near(utilisation_ratio(&f->utilisation, 1), 1);
    assert_near(utilisation_ratio(&f->utilisation, 3600ull * 1000000000), 1);
    free(f);
}

static void test_known_cases(void **state)
{
    (void)state;
    const uint64_t second = 1000000000, ms = 1000000;
    struct utilisation *u = malloc(sizeof *u);
    assert_non_null(u);
    utilisation_start(u, ms);
    utilisation_add_pause(u, 10 * ms, ms / 4);
    assert_near(utilisation_ratio(u, second), 0.75);
    utilisation_add_pause(u, 10 * ms + ms / 2, ms / 4); /* both in one window */
    assert_near(utilisation_ratio(u, second), 0.5);
    utilisation_add_pause(u, 20 * ms, ms / 4); /* alone: the worst stays */
    assert_near(utilisation_ratio(u, second), 0.5);
    utilisation_add_pause(u, 30 * ms, ms); /* fills a window */
    assert_near(utilisation_ratio(u, second), 0);

    utilisation_start(u, 100 * ms);
    utilisation_add_pause(u, 500 * ms, 20 * ms);
    assert_near(utilisation_ratio(u, second), 0.8);
    utilisation_add_pause(u, 600 * ms, 500 * ms); /* longer than the window */
    assert_near(utilisation_ratio(u, 2 * second), 0);

    /* Half of the second pause lies before the window that ends with the third. */
    utilisation_start(u, 10 * ms);
    utilisation_add_pause(u, 0, 2 * ms);
    utilisation_add_pause(u, 10 * ms, 4 * ms);
    utilisation_add_pause(u, 20 * ms, 2 * ms);
    assert_near(utilisation_ratio(u, second), 1 - 0.4);
    free(u);
}

/* Twenty pauses of 50 us in each ms: what smearing looks like. */
static void test_smeared_pauses_show(void **state)
{
    (void)state;
    struct utilisation *u = malloc(sizeof *u);
    assert_non_null(u);
    utilisation_start(u, 100000000);
    uint64_t at = 0;
    for (int i = 0; i < 100000; i++) {
        utilisation_add_pause(u, at, UTILISATION_PAUSE_NS);
        at += UTILISATION_PAUSE_NS + UTILISATION_PAUSE_NS / 4;
    }
    assert_near(utilisation_ratio(u, at), 0.2);
    free(u);
}

/* The ring at its fullest: nothing but pauses of the least length, back to back. */
static void test_back_to_back_pauses_fill_the_ring(void **state)
{
    (void)state;
    struct utilisation *u = malloc(sizeof *u);
    assert_non_null(u);
    utilisation_start(u, 100000000);
    for (uint64_t i = 0; i < 1000; i++)
        utilisation_add_pause(u, i * UTILISATION_PAUSE_NS, UTILISATION_PAUSE_NS);
    assert_near(utilisation_ratio(u, 1000000000), 0.5);
    for (uint64_t i = 1000; i < 10000; i++)
        utilisation_add_pause(u, i * UTILISATION_PAUSE_NS, UTILISATION_PAUSE_NS);
    assert_near(utilisation_ratio(u, 1000000000), 0);
    free(u);
}

static void test_a_run_shorter_than_the_window_is_one_window(void **state)
{
    (void)state;
    struct utilisation *u = malloc(sizeof *u);
    assert_non_null(u);
    utilisation_start(u, 100000000);
    utilisation_add_pause(u, 1000000, 1000000);
    utilisation_add_pause(u, 7000000, 1000000);
    assert_near(utilisation_ratio(u, 10000000), 0.8);
    assert_near(utilisation_ratio(u, 200000000), 0.98);
    free(u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_pauses_against_brute_force),
        cmocka_unit_test(test_no_pause_is_1),
        cmocka_unit_test(test_known_cases),
        cmocka_unit_test(test_smeared_pauses_show),
        cmocka_unit_test(test_back_to_back_pauses_fill_the_ring),
        cmocka_unit_test(test_a_run_shorter_than_the_window_is_one_window),
    };
    return cmocka_run_group_tests_name("utilisation", tests, NULL, NULL);
}
