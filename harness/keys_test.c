/* SPDX-License-Identifier: MIT
 *
 * The key stream: what the harness takes for granted when it calls a table WRONG.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/keys.h"

enum { KEY_COUNT = 1 << 20 };

static int compare_keys(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t *sorted_keys(size_t count)
{
    uint64_t *keys = malloc(count * sizeof *keys);
    assert_non_null(keys);
    return keys;
}

static void assert_all_differ(uint64_t *keys, size_t count)
{
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1; i < count; i++)
        assert_true(keys[i - 1] < keys[i]);
}

static void test_keys_of_a_stream_differ(void **state)
{
    (void)state;
    uint64_t *keys = sorted_keys(KEY_COUNT);
    for (uint64_t seed = 0; seed < 3; seed++) {
        keys_generate(seed, 0, KEY_COUNT, keys);
        assert_all_differ(keys, KEY_COUNT);
    }
    free(keys);
}

static void test_missing_keys_are_not_in_the_fill(void **state)
{
    (void)state;
    uint64_t *keys = sorted_keys(2 * KEY_COUNT);
    keys_generate(1, 0, KEY_COUNT, keys);
    keys_generate(1, KEYS_MISSING_ORDINAL, KEY_COUNT, keys + KEY_COUNT);
    assert_all_differ(keys, 2 * KEY_COUNT);
    free(keys);
}

/* Else two fills with two seeds would be one experiment. Two random streams of 2^20 share a key by a chance
 * of 2^-24. */
static void test_seeds_give_other_streams(void **state)
{
    (void)state;
    uint64_t *keys = sorted_keys(2 * KEY_COUNT);
    keys_generate(1, 0, KEY_COUNT, keys);
    keys_generate(2, 0, KEY_COUNT, keys + KEY_COUNT);
    assert_all_differ(keys, 2 * KEY_COUNT);
    free(keys);
}

static void test_batches_are_parts_of_one_stream(void **state)
{
    (void)state;
    uint64_t keys[100];
    keys_generate(7, 1000, 100, keys);
    for (uint64_t i = 0; i < 100; i++)
        assert_true(keys[i] == keys_at(7, 1000 + i));
}

/* Every bit of a key is set about half the time: tables take home slots from either end. 6 sigma. */
static void test_bits_are_balanced(void **state)
{
    (void)state;
    unsigned set_count[64] = {0};
    for (uint64_t i = 0; i < KEY_COUNT; i++)
        for (int bit = 0; bit < 64; bit++)
            set_count[bit] += (unsigned)(keys_at(1, i) >> bit & 1);
    for (int bit = 0; bit < 64; bit++)
        assert_true(fabs((double)set_count[bit] - KEY_COUNT / 2) < 6 * sqrt(KEY_COUNT / 4.0));
}

static void test_random_numbers_stay_below_their_limit(void **state)
{
    (void)state;
    static const uint64_t limits[] = {1, 2, 3, 1000, (uint64_t)1 << 40, UINT64_MAX};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++)
        for (uint64_t i = 0; i < 10000; i++)
            assert_true(keys_random_below(~(uint64_t)1, i, limits[l]) < limits[l]);
}

/* Chi-squared over 1,000 cells with 1,000 expected each: mean 999, sigma 45; within 6 sigma either way, as a
 * sequence that is too even is no random one. */
static void test_random_numbers_are_uniform(void **state)
{
    (void)state;
    enum { CELLS = 1000, EACH = 1000 };
    unsigned *counts = calloc(CELLS, sizeof *counts);
    assert_non_null(counts);
    for (uint64_t i = 0; i < (uint64_t)CELLS * EACH; i++)
        counts[keys_random_below(~(uint64_t)1, i, CELLS)]++;
    double chi_squared = 0;
    for (int c = 0; c < CELLS; c++)
        chi_squared += ((double)counts[c] - EACH) * ((double)counts[c] - EACH) / EACH;
    free(counts);
    assert_true(fabs(chi_squared - (CELLS - 1)) < 6 * sqrt(2.0 * (CELLS - 1)));
}

/* Look-ups must not follow the order of insertion: neighbours in the sequence are not neighbours in the fill.
 */
static void test_random_numbers_are_no_walk(void **state)
{
    (void)state;
    unsigned near_count = 0;
    for (uint64_t i = 1; i < 10000; i++) {
        const int64_t step = (int64_t)(keys_random_below(~(uint64_t)1, i, 1 << 20) -
                                       keys_random_below(~(uint64_t)1, i - 1, 1 << 20));
        near_count += step > -1000 && step < 1000;
    }
    assert_true(near_count < 60); /* 19 expected */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys_of_a_stream_differ),
        cmocka_unit_test(test_missing_keys_are_not_in_the_fill),
        cmocka_unit_test(test_seeds_give_other_streams),
        cmocka_unit_test(test_batches_are_parts_of_one_stream),
        cmocka_unit_test(test_bits_are_balanced),
        cmocka_unit_test(test_random_numbers_stay_below_their_limit),
        cmocka_unit_test(test_random_numbers_are_uniform),
        cmocka_unit_test(test_random_numbers_are_no_walk),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
