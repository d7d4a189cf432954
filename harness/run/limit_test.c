/* SPDX-License-Identifier: MIT
 *
 * The search for a limit against made-up processes: a threshold anywhere, none at all, one that wobbles.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/run/limit.h"

#include "harness/request/keys.h"

enum { PAGE = 4096, WRONG_ANSWER_NEVER = -1 };
#define LOWEST ((uint64_t)1 << 20)
#define HIGHEST ((uint64_t)16 << 30)

struct fake {
    uint64_t threshold_bytes;
    uint64_t wobble_bytes; /* the threshold lies up to so far above, anew each time */
    int lies_at;           /* the trial whose answer is the opposite */
    int stops_at;
    int asked;
    uint64_t last_bytes, last_completed_bytes, largest_failed_bytes;
};

static enum limit_answer answer(void *context, uint64_t limit_bytes)
{
    struct fake *fake = context;
    int trial = fake->asked++;
    assert_in_range(limit_bytes, LOWEST, HIGHEST);
    fake->last_bytes = limit_bytes;
    if (trial == fake->stops_at)
        return LIMIT_STOPPED;
    uint64_t threshold_bytes = fake->threshold_bytes;
    if (fake->wobble_bytes)
        threshold_bytes += keys_random_below(7, (uint64_t)trial + fake->threshold_bytes, fake->wobble_bytes);
    bool completes = (limit_bytes >= threshold_bytes) != (trial == fake->lies_at);
    if (completes)
        fake->last_completed_bytes = limit_bytes;
    else if (limit_bytes > fake->largest_failed_bytes)
        fake->largest_failed_bytes = limit_bytes;
    return completes ? LIMIT_COMPLETES : LIMIT_FAILS;
}

static struct limit_answered find(struct fake *fake, uint64_t guess_bytes)
{
    const struct limit_search search = {.guess_bytes = guess_bytes,
                                        .lowest_bytes = LOWEST,
                                        .highest_bytes = HIGHEST,
                                        .step_bytes = PAGE,
                                        .ask = answer,
                                        .context = fake};
    struct limit_answered found = limit_find(&search);
    assert_int_equal(found.trial_count, fake->asked);
    return found;
}

static struct fake honest(uint64_t threshold_bytes)
{
    return (struct fake){
        .threshold_bytes = threshold_bytes, .lies_at = WRONG_ANSWER_NEVER, .stops_at = WRONG_ANSWER_NEVER};
}

/* Within 2 % and a page above the threshold, between an answer of each kind. */
static void assert_right(struct limit_answered found, uint64_t threshold_bytes)
{
    assert_true(found.found && !found.stopped);
    assert_true(found.needed_bytes >= threshold_bytes);
    assert_true(found.failed_bytes < threshold_bytes);
    assert_true((double)found.needed_bytes <= 1.02 * (double)found.failed_bytes + PAGE);
    assert_int_equal(found.needed_bytes % PAGE, 0);
}

static void test_any_threshold_is_found_from_any_guess(void **state)
{
    (void)state;
    const uint64_t guesses[] = {1, LOWEST, 3 << 20, 200 << 20, HIGHEST / 3, HIGHEST, UINT64_MAX / 2};
    for (uint64_t i = 0; i < 400; i++) {
        uint64_t octave = LOWEST << (i % 14);
        uint64_t threshold_bytes = octave + 1 + keys_random_below(3, i, octave);
        for (size_t g = 0; g < sizeof guesses / sizeof *guesses; g++) {
            struct fake fake = honest(threshold_bytes);
            struct limit_answered found = find(&fake, guesses[g]);
            assert_right(found, threshold_bytes);
            assert_in_range(found.trial_count, 3, 24);
        }
    }
}

/* What the time of a run hangs on. */
static void test_a_good_guess_is_cheap(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 400; i++) {
        uint64_t threshold_bytes = (20 << 20) + i * 7654321;
        const struct {
            double guess_ratio;
            unsigned most_trials;
        } cases[] = {{1.001, 3}, {1.019, 3}, {0.99, 3}, {1.04, 5}, {0.95, 5}, {1.5, 14}, {0.5, 14}};
        for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
            struct fake fake = honest(threshold_bytes);
            struct limit_answered found =
                find(&fake, (uint64_t)((double)threshold_bytes * cases[c].guess_ratio));
            assert_right(found, threshold_bytes);
            assert_in_range(found.trial_count, 1, cases[c].most_trials);
        }
    }
}

static void test_what_never_completes_is_not_found(void **state)
{
    (void)state;
    const uint64_t guesses[] = {LOWEST, 200 << 20, HIGHEST};
    for (size_t g = 0; g < 3; g++) {
        struct fake fake = honest(UINT64_MAX);
        struct limit_answered found = find(&fake, guesses[g]);
        assert_false(found.found || found.stopped);
        assert_int_equal(found.needed_bytes, 0);
        assert_int_equal(found.failed_bytes, HIGHEST);
        assert_in_range(found.trial_count, 1, 12);
    }
}

static void test_what_completes_at_the_lowest(void **state)
{
    (void)state;
    for (uint64_t guess_bytes = LOWEST; guess_bytes <= HIGHEST; guess_bytes *= 2) {
        struct fake fake = honest(0);
        struct limit_answered found = find(&fake, guess_bytes);
        assert_true(found.found);
        assert_int_equal(found.needed_bytes, LOWEST);
        assert_int_equal(found.failed_bytes, 0);
        assert_in_range(found.trial_count, 2, 14);
    }
}

static void test_only_the_highest_completes(void **state)
{
    (void)state;
    struct fake fake = honest(HIGHEST);
    struct limit_answered found = find(&fake, 100 << 20);
    assert_true(found.found);
    assert_int_equal(found.needed_bytes, HIGHEST);
    /* And not the second time: there is nothing above to try. */
    struct fake once = honest(HIGHEST);
    once.lies_at = (int)found.trial_count - 1;
    assert_false(find(&once, 100 << 20).found);
    assert_int_equal(once.asked, found.trial_count);
}

/* Close to a page the precision is the page. */
static void test_small_limits_end(void **state)
{
    (void)state;
    for (uint64_t pages = 257; pages < 300; pages++) {
        struct fake fake = honest(pages * PAGE - 5);
        assert_right(find(&fake, 270 * PAGE), pages * PAGE - 5);
    }
}

/* The answer is one that completed twice in a row, and no further up than the wobble and the precision. */
static void test_a_threshold_that_wobbles(void **state)
{
    (void)state;
    for (uint64_t i = 1; i < 2000; i++) {
        struct fake fake = honest((50 << 20) + i * 54321);
        fake.wobble_bytes = fake.threshold_bytes / 33; /* 3 % */
        struct limit_answered found = find(&fake, fake.threshold_bytes);
        assert_true(found.found);
        assert_true(found.needed_bytes == fake.last_completed_bytes && found.needed_bytes == fake.last_bytes);
        assert_true(found.needed_bytes >= fake.threshold_bytes);
        assert_true((double)found.needed_bytes <= 1.03 * 1.021 * (double)fake.threshold_bytes);
        assert_in_range(found.trial_count, 3, 16);
    }
}

/* One wrong answer at any place: what it says it has really seen. */
static void test_one_wrong_answer(void **state)
{
    (void)state;
    for (int lies_at = 0; lies_at < 14; lies_at++) {
        struct fake fake = honest(333 << 20);
        fake.lies_at = lies_at;
        struct limit_answered found = find(&fake, 500 << 20);
        assert_true(found.found);
        assert_int_equal(found.needed_bytes, fake.last_completed_bytes);
        assert_true(found.needed_bytes >= fake.threshold_bytes);
        assert_true(found.failed_bytes < found.needed_bytes);
        assert_true(found.failed_bytes <= fake.largest_failed_bytes);
    }
}

static void test_an_interrupt_ends_it(void **state)
{
    (void)state;
    struct fake whole = honest(333 << 20);
    unsigned trial_count = find(&whole, 500 << 20).trial_count;
    for (unsigned stops_at = 0; stops_at < trial_count; stops_at++) {
        struct fake fake = honest(333 << 20);
        fake.stops_at = (int)stops_at;
        struct limit_answered found = find(&fake, 500 << 20);
        assert_true(found.stopped && !found.found);
        assert_int_equal(found.needed_bytes, 0);
        assert_int_equal(found.trial_count, stops_at + 1);
    }
}

/* Completes only above whatever it was asked before. */
static enum limit_answer never_twice(void *context, uint64_t limit_bytes)
{
    uint64_t *largest_bytes = context;
    if (limit_bytes <= *largest_bytes)
        return LIMIT_FAILS;
    *largest_bytes = limit_bytes;
    return LIMIT_COMPLETES;
}

static void test_answers_without_sense_end(void **state)
{
    (void)state;
    uint64_t largest_bytes = 0;
    const struct limit_search search = {.guess_bytes = 100 << 20,
                                        .lowest_bytes = LOWEST,
                                        .highest_bytes = UINT64_MAX / 2,
                                        .step_bytes = PAGE,
                                        .ask = never_twice,
                                        .context = &largest_bytes};
    struct limit_answered found = limit_find(&search);
    assert_false(found.found);
    assert_int_equal(found.trial_count, LIMIT_TRIALS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_threshold_is_found_from_any_guess),
        cmocka_unit_test(test_a_good_guess_is_cheap),
        cmocka_unit_test(test_what_never_completes_is_not_found),
        cmocka_unit_test(test_what_completes_at_the_lowest),
        cmocka_unit_test(test_only_the_highest_completes),
        cmocka_unit_test(test_small_limits_end),
        cmocka_unit_test(test_a_threshold_that_wobbles),
        cmocka_unit_test(test_one_wrong_answer),
        cmocka_unit_test(test_an_interrupt_ends_it),
        cmocka_unit_test(test_answers_without_sense_end),
    };
    return cmocka_run_group_tests_name("limit", tests, NULL, NULL);
}
