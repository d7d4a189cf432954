/* SPDX-License-Identifier: MIT
 *
 * Where the region loses in made-up runs, and where it does not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/region_losses.h"
#include "harness/testing/results.h"

#include <stdlib.h>

struct fixture {
    struct made_up run;
    struct results results;
    struct region_losses losses;
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
    region_losses_free(&f->losses);
    made_up_end(&f->run);
    free(f);
    return 0;
}

static struct result *add(struct fixture *f, const char *id, double worst, double stall_ns)
{
    struct result *r = made_up_add(&f->run, id);
    assert_non_null(r);
    r->counters[COUNTER_worst_rss_ratio] = worst;
    r->counters[COUNTER_stall_max_ns] = stall_ns;
    r->counters[COUNTER_hiccup_max_ns] = 1e4;
    r->counters[COUNTER_base_moves] = r->cell.allocator[0] == 'm' ? 9 : 1;
    return r;
}

static const struct region_losses *look(struct fixture *f)
{
    region_losses_free(&f->losses);
    f->results = made_up_results(&f->run);
    assert_int_equal(region_losses_make(&f->results, &f->losses), 0);
    return &f->losses;
}

#define T(name) "fill/t/" name "/entries:5/mode:latency"

#define SINGLE "; times of a single process are told apart by a factor of 2 only"

static void test_no_loss_says_nowhere(void **state)
{
    struct fixture *f = *state;
    add(f, T("glibc"), 1.0, 1e9);
    add(f, T("mremap"), 1.019, 1.9e9); /* neither 2 % nor a factor of 2; moves never count */
    assert_int_equal(look(f)->count, 0);
    assert_int_equal(f->losses.contest_count, 2);
    assert_string_equal(f->losses.summary,
                        "nowhere here: in none of 2 figures is another allocator told apart better" SINGLE);
}

static void test_losses_say_who_and_by_how_much(void **state)
{
    struct fixture *f = *state;
    add(f, T("glibc"), 1.0, 1e9);
    add(f, T("jemalloc"), 2.0, 0.5e9);
    add(f, T("mremap"), 1.03, 2e9);
    assert_int_equal(look(f)->count, 2);
    assert_string_equal(f->losses.items[0].text,
                        "t, fill of 5 entries, cold heap: longest stall 2.00 s against "
                        "500 ms of jemalloc, 4.0 times worse");
    assert_string_equal(f->losses.items[1].text,
                        "t, fill of 5 entries, cold heap: worst mem / payload 1.03 against "
                        "1.00 of glibc, 3 % worse");
    assert_string_equal(f->losses.items[1].winner->cell.allocator, "glibc");
    assert_string_equal(f->losses.summary, "in 2 of 2 figures another allocator is told apart better" SINGLE);
}

/* 90 us is below ten of the machine's hiccups of 10 us. */
static void test_an_unresolved_stall_is_no_loss(void **state)
{
    struct fixture *f = *state;
    add(f, T("glibc"), 1.0, 1e4);
    struct result *own = add(f, T("mremap"), 1.0, 9e4);
    assert_int_equal(look(f)->count, 0);
    assert_int_equal(f->losses.mute_count, 1);
    own->counters[COUNTER_stall_max_ns] = 1.1e5;
    assert_int_equal(look(f)->count, 1);
    assert_int_equal(f->losses.mute_count, 0);
}

static void test_other_heaps_sizes_and_tables_are_other_contests(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/t/glibc/entries:5/mode:latency/heap:warm", 1.0, 1e9);
    add(f, "fill/t/glibc/entries:6/mode:latency", 1.0, 1e9);
    add(f, "fill/u/glibc/entries:5/mode:latency", 1.0, 1e9);
    add(f, "fill/t/glibc/entries:5/mode:latency/growth:1.5", 1.0, 1e9);
    add(f, T("mremap"), 3.0, 9e9);
    assert_int_equal(look(f)->contest_count, 0);
    assert_string_equal(f->losses.summary, "not asked here: no region with another allocator beside it");
}

static void test_who_died_wins_nothing_and_yardsticks_neither(void **state)
{
    struct fixture *f = *state;
    add(f, T("glibc"), 1.0, 1e9)->status = RECORD_OOM;
    add(f, T("null"), 0.5, 1e6)->allocator_is_yardstick = true;
    add(f, T("mremap"), 3.0, 9e9);
    assert_int_equal(look(f)->contest_count, 0);
}

static void test_a_region_that_died_has_lost(void **state)
{
    struct fixture *f = *state;
    add(f, T("glibc"), 1.0, 1e9);
    struct result *own = add(f, T("mremap"), 3.0, 9e9);
    own->status = RECORD_CRASH;
    snprintf(own->message, sizeof own->message, "signal 11");
    assert_int_equal(look(f)->count, 1);
    assert_string_equal(f->losses.items[0].metric, "completes");
    assert_string_equal(f->losses.items[0].text,
                        "t, fill of 5 entries, cold heap: CRASH: signal 11; glibc came to "
                        "its end");
    own->status = RECORD_SKIP;
    assert_int_equal(look(f)->count, 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_no_loss_says_nowhere),
        TEST(test_losses_say_who_and_by_how_much),
        TEST(test_an_unresolved_stall_is_no_loss),
        TEST(test_other_heaps_sizes_and_tables_are_other_contests),
        TEST(test_who_died_wins_nothing_and_yardsticks_neither),
        TEST(test_a_region_that_died_has_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
