/* SPDX-License-Identifier: MIT
 *
 * Ratios of made-up runs, against intervals worked out by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/ratios.h"
#include "harness/testing/results.h"

#include <errno.h>
#include <stdlib.h>

struct fixture {
    struct made_up run;
    struct results results;
    struct ratios ratios;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (f)
        made_up_begin(&f->run);
    return f ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ratios_free(&f->ratios);
    made_up_end(&f->run);
    free(f);
    return 0;
}

static struct result *add(struct fixture *f, const char *id, enum counter counter, double value)
{
    struct result *r = made_up_add(&f->run, id);
    assert_non_null(r);
    r->allocator_is_malloc = strcmp(r->cell.allocator, "mremap") != 0;
    r->counters[counter] = value;
    r->counters[COUNTER_hiccup_max_ns] = 1e4;
    return r;
}

static const struct ratio *compare(struct fixture *f, enum ratios_metric metric)
{
    ratios_free(&f->ratios);
    f->results = made_up_results(&f->run);
    assert_int_equal(ratios_make(&f->results, NULL, &f->ratios), 0);
    assert_int_equal(f->ratios.count, 1);
    return &f->ratios.items[0].metrics[metric];
}

#define SPEED(name) "fill/t/" name "/entries:5/mode:throughput"
#define STALL(name) "fill/t/" name "/entries:5/mode:latency"

static void assert_near(double value, double expected)
{
    if (!(fabs(value - expected) <= 1e-4 * expected))
        fail_msg("%.8g instead of %.8g", value, expected);
}

/* Ratios 2, 4 and 8: logarithms log 2 x (1, 2, 3), deviation log 2, error log 2 / sqrt 3, t of 2 degrees 4.30265. */
static void test_the_interval_of_three_pairs(void **state)
{
    struct fixture *f = *state;
    static const double own[] = {2, 8, 24}, theirs[] = {1, 2, 3};
    for (int i = 0; i < 3; i++)
        add(f, SPEED("glibc"), COUNTER_items_per_second, theirs[i]);
    for (int i = 0; i < 3; i++)
        add(f, SPEED("mremap"), COUNTER_items_per_second, own[i]);
    const struct ratio *ratio = compare(f, RATIOS_SPEED);
    const double half = 4.302653 * 0.6931472 / 1.7320508;
    assert_int_equal(ratio->count, 3);
    assert_near(ratio->mean, 4);
    assert_near(ratio->low, 4 * exp(-half));
    assert_near(ratio->high, 4 * exp(half));
    assert_int_equal(ratio->verdict, RATIOS_NOT_APART); /* 0.71 to 22 */
    char text[RATIOS_TEXT_BYTES];
    assert_string_equal(ratios_format(ratio, text), "4.00 (0.71 to 22.4), not told apart");
}

static void test_sizes_are_pairs_and_a_clear_one_is_more(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/t/glibc/entries:5/mode:throughput", COUNTER_items_per_second, 10);
    add(f, "fill/t/glibc/entries:6/mode:throughput", COUNTER_items_per_second, 1000);
    add(f, "fill/t/mremap/entries:5/mode:throughput", COUNTER_items_per_second, 20);
    add(f, "fill/t/mremap/entries:6/mode:throughput", COUNTER_items_per_second, 2010);
    const struct ratio *ratio = compare(f, RATIOS_SPEED);
    assert_int_equal(ratio->count, 2);
    assert_int_equal(ratio->verdict, RATIOS_MORE);
    assert_int_equal(f->ratios.items[0].any->cell.entries, 6);
}

static void test_one_pair_has_no_interval_and_no_verdict(void **state)
{
    struct fixture *f = *state;
    add(f, SPEED("glibc"), COUNTER_items_per_second, 1);
    add(f, SPEED("mremap"), COUNTER_items_per_second, 50);
    const struct ratio *ratio = compare(f, RATIOS_SPEED);
    char text[RATIOS_TEXT_BYTES];
    assert_false(ratio->has_interval);
    assert_int_equal(ratio->verdict, RATIOS_NOT_APART);
    assert_string_equal(ratios_format(ratio, text), "50.0, one process each");
    assert_int_equal(f->ratios.items[0].metrics[RATIOS_STALL].verdict, RATIOS_ABSENT);
}

static void test_memory_repeats_and_one_pair_speaks(void **state)
{
    struct fixture *f = *state;
    add(f, SPEED("glibc"), COUNTER_limit_estimate_bytes, 200);
    struct result *own = add(f, SPEED("mremap"), COUNTER_limit_estimate_bytes, 100);
    char text[RATIOS_TEXT_BYTES];
    assert_int_equal(compare(f, RATIOS_MEMORY)->verdict, RATIOS_LESS);
    own->counters[COUNTER_limit_estimate_bytes] = 201;
    assert_string_equal(ratios_format(compare(f, RATIOS_MEMORY), text), "1.00, not told apart");
    /* A limit of one side alone: peaks instead. */
    own->counters[COUNTER_limit_estimate_bytes] = NAN;
    own->counters[COUNTER_worst_rss_ratio] = 1;
    f->run.items[0].counters[COUNTER_worst_rss_ratio] = 3;
    assert_int_equal(compare(f, RATIOS_MEMORY)->counter, COUNTER_worst_rss_ratio);
    assert_near(f->ratios.items[0].metrics[RATIOS_MEMORY].mean, 1. / 3);
}

/* Ten times at one size, a tenth more at the other: the mean is uncertain, the direction is not. */
static void test_memory_that_depends_on_the_size(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/t/glibc/entries:5/mode:throughput", COUNTER_limit_estimate_bytes, 100);
    add(f, "fill/t/glibc/entries:6/mode:throughput", COUNTER_limit_estimate_bytes, 100);
    add(f, "fill/t/mremap/entries:5/mode:throughput", COUNTER_limit_estimate_bytes, 110);
    struct result *large =
        add(f, "fill/t/mremap/entries:6/mode:throughput", COUNTER_limit_estimate_bytes, 1000);
    assert_true(compare(f, RATIOS_MEMORY)->low < 1);
    assert_int_equal(f->ratios.items[0].metrics[RATIOS_MEMORY].verdict, RATIOS_MORE);
    large->counters[COUNTER_limit_estimate_bytes] = 90;
    assert_int_equal(compare(f, RATIOS_MEMORY)->verdict, RATIOS_NOT_APART);
}

/* The larger of both modes, of each repetition. */
static void test_memory_joins_modes(void **state)
{
    struct fixture *f = *state;
    add(f, STALL("glibc"), COUNTER_limit_estimate_bytes, 100);
    add(f, SPEED("glibc"), COUNTER_limit_estimate_bytes, 200);
    add(f, STALL("mremap"), COUNTER_limit_estimate_bytes, 600);
    add(f, SPEED("mremap"), COUNTER_limit_estimate_bytes, 100);
    const struct ratio *ratio = compare(f, RATIOS_MEMORY);
    assert_int_equal(ratio->count, 1);
    assert_near(ratio->mean, 3);
}

static void test_a_bound_says_only_what_a_bound_allows(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++)
        add(f, STALL("glibc"), COUNTER_stall_max_ns, 9e4); /* below ten hiccups */
    for (int i = 0; i < 3; i++)
        add(f, STALL("mremap"), COUNTER_stall_max_ns, 1e4 + 10 * i);
    const struct ratio *ratio = compare(f, RATIOS_STALL);
    assert_true(ratio->has_interval && ratio->high < 1);
    assert_true(ratio->own_unresolved && ratio->reference_unresolved);
    assert_int_equal(ratio->verdict, RATIOS_NOT_APART);
    for (int i = 0; i < 3; i++)
        f->run.items[i].counters[COUNTER_stall_max_ns] = 1e6;
    assert_int_equal(compare(f, RATIOS_STALL)->verdict, RATIOS_LESS);
}

static void test_times_of_references_are_left_out(void **state)
{
    struct fixture *f = *state;
    add(f, SPEED("glibc"), COUNTER_items_per_second, 1)->is_reference = true;
    add(f, SPEED("mremap"), COUNTER_items_per_second, 50);
    assert_int_equal(compare(f, RATIOS_SPEED)->count, 0);
}

static void test_who_died_makes_no_pair_and_is_said(void **state)
{
    struct fixture *f = *state;
    add(f, SPEED("glibc"), COUNTER_items_per_second, 1)->status = RECORD_OOM;
    add(f, SPEED("mremap"), COUNTER_items_per_second, 50);
    assert_int_equal(compare(f, RATIOS_SPEED)->count, 0);
    assert_non_null(f->ratios.items[0].reference_bad);
    assert_null(f->ratios.items[0].bad);
}

static void test_the_reference_may_be_chosen(void **state)
{
    struct fixture *f = *state;
    add(f, SPEED("jemalloc"), COUNTER_items_per_second, 4);
    add(f, SPEED("mremap"), COUNTER_items_per_second, 2);
    compare(f, RATIOS_SPEED);
    assert_string_equal(f->ratios.reference, "jemalloc");
    ratios_free(&f->ratios);
    assert_int_equal(ratios_make(&f->results, "mremap", &f->ratios), 0);
    assert_near(f->ratios.items[0].metrics[RATIOS_SPEED].mean, 2);
    ratios_free(&f->ratios);
    assert_int_equal(ratios_make(&f->results, "nobody", &f->ratios), ENOENT);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_the_interval_of_three_pairs),
        TEST(test_sizes_are_pairs_and_a_clear_one_is_more),
        TEST(test_one_pair_has_no_interval_and_no_verdict),
        TEST(test_memory_repeats_and_one_pair_speaks),
        TEST(test_memory_that_depends_on_the_size),
        TEST(test_memory_joins_modes),
        TEST(test_a_bound_says_only_what_a_bound_allows),
        TEST(test_times_of_references_are_left_out),
        TEST(test_who_died_makes_no_pair_and_is_said),
        TEST(test_the_reference_may_be_chosen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
