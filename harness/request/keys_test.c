/* SPDX-License-Identifier: MIT
 *
 * The key stream: what the harness takes for granted when it calls a table WRONG.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/common/sentence.h"
#include "harness/request/cell.h"
#include "harness/request/keys.h"

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

/* Those that need no file. */
static const enum keys_kind made_kinds[] = {KEYS_RANDOM, KEYS_SEQUENTIAL, KEYS_SHARED_HIGH, KEYS_SHARED_LOW};
enum { MADE_KINDS = 4 };

static void test_keys_of_a_stream_differ(void **state)
{
    (void)state;
    uint64_t *keys = sorted_keys(KEY_COUNT);
    for (uint64_t seed = 0; seed < 3; seed++)
        for (int k = 0; k < MADE_KINDS; k++) {
            keys_generate(&(struct keys){made_kinds[k], seed, NULL, 0}, 0, KEY_COUNT, keys);
            assert_all_differ(keys, KEY_COUNT);
        }
    free(keys);
}

static void test_missing_keys_are_not_in_the_fill(void **state)
{
    (void)state;
    uint64_t *keys = sorted_keys(2 * KEY_COUNT);
    for (int k = 0; k < MADE_KINDS; k++) {
        const struct keys stream = {made_kinds[k], 1, NULL, 0};
        keys_generate(&stream, 0, KEY_COUNT, keys);
        keys_generate(&stream, KEYS_MISSING_ORDINAL, KEY_COUNT, keys + KEY_COUNT);
        assert_all_differ(keys, 2 * KEY_COUNT);
    }
    free(keys);
}

/* Else two fills with two seeds would be one experiment. Two random streams of 2^20 share a key by a chance
 * of 2^-24. */
static void test_seeds_give_other_streams(void **state)
{
    (void)state;
    uint64_t *keys = sorted_keys(2 * KEY_COUNT);
    keys_generate(&(struct keys){.seed = 1}, 0, KEY_COUNT, keys);
    keys_generate(&(struct keys){.seed = 2}, 0, KEY_COUNT, keys + KEY_COUNT);
    assert_all_differ(keys, 2 * KEY_COUNT);
    free(keys);
}

static void test_batches_are_parts_of_one_stream(void **state)
{
    (void)state;
    uint64_t keys[100];
    for (int k = 0; k < MADE_KINDS; k++) {
        const struct keys stream = {made_kinds[k], 7, NULL, 0};
        keys_generate(&stream, 1000, 100, keys);
        for (uint64_t i = 0; i < 100; i++)
            assert_true(keys[i] == keys_at(&stream, 1000 + i));
    }
}

/* Every bit of a key is set about half the time: tables take home slots from either end. 6 sigma. */
static void test_bits_are_balanced(void **state)
{
    (void)state;
    unsigned set_count[64] = {0};
    for (uint64_t i = 0; i < KEY_COUNT; i++)
        for (int bit = 0; bit < 64; bit++)
            set_count[bit] += (unsigned)(keys_random(1, i) >> bit & 1);
    for (int bit = 0; bit < 64; bit++)
        assert_true(fabs((double)set_count[bit] - KEY_COUNT / 2) < 6 * sqrt(KEY_COUNT / 4.0));
}

/* What is shared is the same in all, absent keys too, and what is not takes every value of some bits. */
static void test_shared_bits_are_shared(void **state)
{
    (void)state;
    const struct keys high = {KEYS_SHARED_HIGH, 3, NULL, 0}, low = {KEYS_SHARED_LOW, 3, NULL, 0};
    const uint64_t low_mask = ((uint64_t)1 << KEYS_SHARED_BITS) - 1;
    unsigned seen[256] = {0};
    for (uint64_t i = 0; i < 10000; i++) {
        const uint64_t ordinal = i % 2 ? i : i | KEYS_MISSING_ORDINAL;
        assert_true(keys_at(&high, ordinal) >> KEYS_OWN_BITS == keys_at(&high, 0) >> KEYS_OWN_BITS);
        assert_true((keys_at(&low, ordinal) & low_mask) == (keys_at(&low, 0) & low_mask));
        seen[keys_at(&high, ordinal) & 0xFF] = 1;
    }
    for (int i = 0; i < 256; i++)
        assert_int_equal(seen[i], 1);
    assert_true(keys_at(&(struct keys){.kind = KEYS_SEQUENTIAL}, 77) == 77);
}

static void test_streams_to_text_and_back(void **state)
{
    (void)state;
    static const char *const good[] = {"random", "sequential", "shared-high", "shared-low", "file-0a1b2c3d"};
    static const char *const bad[] = {"",       "file",   "file:",          "file-12", "file-0a1b2c3d4",
                                      "Random", "shared", "file-0a1b2c3dx", "random "};
    char error[SENTENCE_BYTES], text[CELL_VALUE_BYTES];
    uint64_t value;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(keys_parse(good[i], &value, error), 0);
        keys_format(text, value);
        assert_string_equal(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(keys_parse(bad[i], &value, error), EINVAL);
        assert_non_null(strstr(error, "shared-low"));
    }
    assert_int_equal(keys_parse("file:some/path", &value, error), 0);
    assert_int_equal(keys_kind_of(value), KEYS_FILE);
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
        cmocka_unit_test(test_shared_bits_are_shared),
        cmocka_unit_test(test_streams_to_text_and_back),
        cmocka_unit_test(test_random_numbers_stay_below_their_limit),
        cmocka_unit_test(test_random_numbers_are_uniform),
        cmocka_unit_test(test_random_numbers_are_no_walk),
    };
    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
