/* SPDX-License-Identifier: MIT
 *
 * Promises kept and broken, and when nobody can tell.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/profiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_MAX = 32 };

struct fixture {
    struct results results;
    struct result items[RESULTS_MAX];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (f)
        f->results.items = f->items;
    return f ? 0 : -1;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static const char rest[] = "/entries:5/mode:latency";

/* Two or more repetitions of one cell, each with that value of the counter. */
static void add(struct fixture *f, const char *allocator, const char *conditions, enum counter counter,
                const double *values, int count)
{
    for (int i = 0; i < count; i++) {
        struct result *r = &f->items[f->results.count++];
        *r = (struct result){.status = RECORD_OK, .repetition = i};
        snprintf(r->id, sizeof r->id, "fill/t/%s%s", allocator, conditions);
        assert_int_equal(cell_parse_id(r->id, &r->cell), 0);
        for (int c = 0; c < COUNTER_COUNT; c++)
            r->counters[c] = NAN;
        r->counters[counter] = values[i];
    }
}

#define ADD(f, allocator, conditions, counter, ...)                                                          \
    add(f, allocator, conditions, counter, (const double[]){__VA_ARGS__},                                    \
        (int)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)))

static struct profile_check check(const struct fixture *f, const char *allocator, const char *conditions)
{
    char id[CELL_ID_BYTES];
    struct cell cell;
    snprintf(id, sizeof id, "fill/t/%s%s", allocator, conditions);
    assert_int_equal(cell_parse_id(id, &cell), 0);
    return profiles_check(&f->results, &cell);
}

static void assert_verdict(const struct fixture *f, const char *allocator, enum profile_verdict expected)
{
    assert_int_equal(check(f, allocator, rest).verdict, expected);
}

static void test_names(void **state)
{
    (void)state;
    char base[CELL_NAME_BYTES];
    assert_int_equal(profiles_kind("a:lean", base), PROFILE_LEAN);
    assert_string_equal(base, "a");
    assert_int_equal(profiles_kind("a:fast", base), PROFILE_FAST);
    assert_int_equal(profiles_kind("a", base), PROFILE_NONE);
    assert_int_equal(profiles_kind("a:faster", base), PROFILE_NONE);
    assert_int_equal(profiles_kind("a:other", base), PROFILE_NONE);
    assert_string_equal(base, "");
}

static void test_fast_by_time(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_growth_max_ns, 110, 120, 130);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 60, 50, 70);
    ADD(f, "b", rest, COUNTER_growth_max_ns, 110, 120, 130);
    ADD(f, "b:fast", rest, COUNTER_growth_max_ns, 131, 133, 140);
    struct profile_check kept = check(f, "a:fast", rest), broken = check(f, "b:fast", rest);
    assert_int_equal(kept.kind, PROFILE_FAST);
    assert_int_equal(kept.verdict, PROFILE_KEPT);
    assert_string_equal(kept.base, "a");
    assert_int_equal(broken.verdict, PROFILE_BROKEN);
    assert_true(broken.own.median == 133 && broken.base_range.median == 120);
    assert_true(broken.own.low == 131 && broken.base_range.high == 130);
    assert_int_equal(check(f, "a", rest).kind, PROFILE_NONE);
    assert_verdict(f, "a", PROFILE_UNCHECKED);
}

static void test_ranges_that_overlap_tell_nothing(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_growth_max_ns, 110, 120, 130);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 50, 60, 110);
    ADD(f, "b", rest, COUNTER_growth_max_ns, 110, 120, 130);
    ADD(f, "b:fast", rest, COUNTER_growth_max_ns, 130, 500, 600);
    assert_verdict(f, "a:fast", PROFILE_UNKNOWN);
    assert_verdict(f, "b:fast", PROFILE_UNKNOWN);
}

static void test_lean_by_memory_with_a_tolerance(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_worst_rss_ratio, 2, 2, 2);
    ADD(f, "a:lean", rest, COUNTER_worst_rss_ratio, 2.019, 2.019, 1.9);
    ADD(f, "b", rest, COUNTER_worst_rss_ratio, 2, 2);
    ADD(f, "b:lean", rest, COUNTER_worst_rss_ratio, 2.03, 2.03);
    ADD(f, "c", rest, COUNTER_worst_rss_ratio, 2, 3); /* ranges may overlap: medians decide */
    ADD(f, "c:lean", rest, COUNTER_worst_rss_ratio, 2, 2.2);
    assert_verdict(f, "a:lean", PROFILE_KEPT);
    assert_verdict(f, "b:lean", PROFILE_BROKEN);
    assert_verdict(f, "c:lean", PROFILE_KEPT);
    assert_int_equal(check(f, "b:lean", rest).counter, COUNTER_worst_rss_ratio);
}

static void test_each_is_judged_by_its_own_promise_only(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "a:lean", rest, COUNTER_growth_max_ns, 900, 900, 900);
    ADD(f, "b", rest, COUNTER_worst_rss_ratio, 1, 1);
    ADD(f, "b:fast", rest, COUNTER_worst_rss_ratio, 9, 9);
    assert_verdict(f, "a:lean", PROFILE_UNCHECKED);
    assert_verdict(f, "b:fast", PROFILE_UNCHECKED);
}

static void test_few_repetitions_tell_nothing(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_growth_max_ns, 100, 110);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 900, 910, 920);
    ADD(f, "c", rest, COUNTER_growth_max_ns, 100, 110, 120);
    ADD(f, "c:fast", rest, COUNTER_growth_max_ns, 50, 60);
    assert_verdict(f, "c:fast", PROFILE_UNCHECKED);
    ADD(f, "b", rest, COUNTER_worst_rss_ratio, 1, 1);
    ADD(f, "b:lean", rest, COUNTER_worst_rss_ratio, 9);
    assert_verdict(f, "a:fast", PROFILE_UNCHECKED);
    assert_verdict(f, "b:lean", PROFILE_UNCHECKED);
}

static void test_repetitions_that_failed_do_not_count(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 900, 900, 900);
    f->items[3].status = RECORD_OOM;
    assert_verdict(f, "a:fast", PROFILE_UNCHECKED);
}

static void test_the_base_must_be_of_the_same_cell(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", "/entries:5/mode:latency/heap:warm", COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "a", "/entries:6/mode:latency", COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "a", "/entries:5/mode:latency/thp:always", COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "aa", rest, COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 900, 900, 900);
    assert_verdict(f, "a:fast", PROFILE_UNCHECKED);
    ADD(f, "a", rest, COUNTER_growth_max_ns, 100, 100, 100);
    assert_verdict(f, "a:fast", PROFILE_BROKEN);
}

static void test_the_base_must_be_of_the_same_run(void **state)
{
    struct fixture *f = *state;
    ADD(f, "a", rest, COUNTER_growth_max_ns, 100, 100, 100);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 900, 900, 900);
    f->items[0].is_reference = f->items[1].is_reference = true;
    assert_verdict(f, "a:fast", PROFILE_UNCHECKED);
}

static void test_without_latency_mode_the_allocators_part_decides(void **state)
{
    struct fixture *f = *state;
    static const char throughput[] = "/entries:5/mode:throughput";
    ADD(f, "a", throughput, COUNTER_resize_max_ns, 100, 100, 100);
    ADD(f, "a:fast", throughput, COUNTER_resize_max_ns, 900, 900, 900);
    struct profile_check broken = check(f, "a:fast", rest);
    assert_int_equal(broken.verdict, PROFILE_BROKEN);
    assert_int_equal(broken.counter, COUNTER_resize_max_ns);
}

/* Memory is measured in both modes: broken in one is broken. */
static void test_lean_is_judged_in_both_modes(void **state)
{
    struct fixture *f = *state;
    static const char throughput[] = "/entries:5/mode:throughput";
    ADD(f, "a", rest, COUNTER_worst_rss_ratio, 2, 2);
    ADD(f, "a:lean", rest, COUNTER_worst_rss_ratio, 1, 1);
    assert_verdict(f, "a:lean", PROFILE_KEPT);
    ADD(f, "a", throughput, COUNTER_worst_rss_ratio, 2, 2);
    ADD(f, "a:lean", throughput, COUNTER_worst_rss_ratio, 3, 3);
    assert_verdict(f, "a:lean", PROFILE_BROKEN);
}

static void test_the_sentence(void **state)
{
    struct fixture *f = *state;
    char sentence[300];
    ADD(f, "a", rest, COUNTER_growth_max_ns, 110e6, 120e6, 130e6);
    ADD(f, "a:fast", rest, COUNTER_growth_max_ns, 131e6, 133e6, 140e6, 141e6);
    struct profile_check broken = check(f, "a:fast", rest);
    profiles_describe(&broken, &f->items[3].cell, sentence, sizeof sentence);
    assert_string_equal(sentence,
                        "a:fast is slower than a on t, cold heap: 136 ms (131 ms to 141 ms) against "
                        "120 ms (110 ms to 130 ms), 3 repetitions");
    ADD(f, "b", rest, COUNTER_worst_rss_ratio, 2, 2);
    ADD(f, "b:lean", rest, COUNTER_worst_rss_ratio, 3, 3);
    broken = check(f, "b:lean", rest);
    profiles_describe(&broken, &f->items[9].cell, sentence, sizeof sentence);
    assert_string_equal(sentence, "b:lean takes more memory than b on t, cold heap: 3.00 (3.00 to 3.00) "
                                  "against 2.00 (2.00 to 2.00), 2 repetitions");
    /* Which of the rows: they may differ in more. */
    struct cell cell = f->items[9].cell;
    cell.growth = 1250;
    cell.count = 12;
    profiles_describe(&broken, &cell, sentence, sizeof sentence);
    assert_non_null(strstr(sentence, "on t, cold heap, growth:1.25 count:12: 3.00"));
}

int main(void)
{
#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_names),
        UNIT_TEST(test_fast_by_time),
        UNIT_TEST(test_ranges_that_overlap_tell_nothing),
        UNIT_TEST(test_lean_by_memory_with_a_tolerance),
        UNIT_TEST(test_each_is_judged_by_its_own_promise_only),
        UNIT_TEST(test_few_repetitions_tell_nothing),
        UNIT_TEST(test_repetitions_that_failed_do_not_count),
        UNIT_TEST(test_the_base_must_be_of_the_same_cell),
        UNIT_TEST(test_the_base_must_be_of_the_same_run),
        UNIT_TEST(test_without_latency_mode_the_allocators_part_decides),
        UNIT_TEST(test_lean_is_judged_in_both_modes),
        UNIT_TEST(test_the_sentence),
    };
    return cmocka_run_group_tests_name("profiles", tests, NULL, NULL);
}
