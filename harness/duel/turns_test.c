/* SPDX-License-Identifier: MIT
 *
 * The mean of a pair's turns: which turns count, and that both sides lose the same ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/duel/turns.h"

#include <math.h>

static void expect(const uint64_t *base_ns, const uint64_t *candidate_ns, size_t count, double base,
                   double candidate)
{
    double mean_ns[GATE_SIDES] = {-1, -1};
    assert_true(turns_mean(base_ns, candidate_ns, count, mean_ns));
    assert_float_equal(mean_ns[GATE_BASE], base, 1e-9);
    assert_float_equal(mean_ns[GATE_CANDIDATE], candidate, 1e-9);
}

static void expect_none(const uint64_t *base_ns, const uint64_t *candidate_ns, size_t count)
{
    double mean_ns[GATE_SIDES] = {-1, -1};
    assert_false(turns_mean(base_ns, candidate_ns, count, mean_ns));
    assert_true(isnan(mean_ns[GATE_BASE]) && isnan(mean_ns[GATE_CANDIDATE]));
}

static void test_few_turns_all_count(void **state)
{
    (void)state;
    expect((uint64_t[]){100}, (uint64_t[]){110}, 1, 100, 110);
    expect((uint64_t[]){100, 200, 300, 1000}, (uint64_t[]){110, 220, 330, 1}, 4, 400, 165.25);
    const uint64_t nine[] = {9, 9, 9, 9, 9, 9, 9, 9, 90};
    expect(nine, nine, 9, 18, 18);
}

/* The smallest and the largest ratio of ten go, whatever their size, with the turns beside them. */
static void test_a_tenth_goes_on_either_end(void **state)
{
    (void)state;
    const uint64_t base[] = {100, 100, 100, 100, 5000, 100, 100, 100, 100, 100};
    const uint64_t candidate[] = {100, 9000, 100, 100, 5000, 100, 100, 10, 100, 100};
    expect(base, candidate, 10, (7 * 100 + 5000) / 8., (7 * 100 + 5000) / 8.);
    expect(candidate, base, 10, (7 * 100 + 5000) / 8., (7 * 100 + 5000) / 8.);
}

static void test_two_of_twenty_go(void **state)
{
    (void)state;
    uint64_t base[29], candidate[29];
    for (int i = 0; i < 29; i++)
        base[i] = 100, candidate[i] = 200;
    candidate[3] = candidate[17] = 100000;
    base[5] = base[28] = 100000;
    expect(base, candidate, 29, 100, 200);
    candidate[11] = 300; /* a third one is too many */
    expect(base, candidate, 29, 100, (24 * 200 + 300) / 25.);
}

/* A side that took no time in a turn did something else in it, or nothing. */
static void test_turns_without_time_do_not_count(void **state)
{
    (void)state;
    expect((uint64_t[]){0, 100, 300, 0}, (uint64_t[]){50, 110, 0, 0}, 4, 100, 110);
    expect_none((uint64_t[]){0, 100}, (uint64_t[]){50, 0}, 2);
    expect_none((uint64_t[]){0}, (uint64_t[]){0}, 1);
}

static void test_no_turn(void **state)
{
    (void)state;
    expect_none(NULL, NULL, 0);
}

/* An hour in ns, squared, is more than 64 bits hold. */
static void test_long_turns(void **state)
{
    (void)state;
    uint64_t base[10], candidate[10];
    for (int i = 0; i < 10; i++)
        base[i] = candidate[i] = 3600000000000u + (uint64_t)i;
    candidate[4] *= 2;
    candidate[6] /= 2;
    expect(base, candidate, 10, 3600000000000. + 35 / 8., 3600000000000. + 35 / 8.);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_turns_all_count),
        cmocka_unit_test(test_a_tenth_goes_on_either_end),
        cmocka_unit_test(test_two_of_twenty_go),
        cmocka_unit_test(test_turns_without_time_do_not_count),
        cmocka_unit_test(test_no_turn),
        cmocka_unit_test(test_long_turns),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
