/* SPDX-License-Identifier: MIT
 *
 * Answers of made-up runs: every step of the rule, who cannot be chosen, and what is said of the usual choice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/answer.h"
#include "harness/testing/results.h"

#include <stdlib.h>

struct fixture {
    struct made_up run;
    struct results results;
    struct answers answers;
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
    answers_free(&f->answers);
    made_up_end(&f->run);
    free(f);
    return 0;
}

/* What a process of either mode has. */
struct figures {
    double limit_ratio, stall_ns, base_moves, speed;
};

static const double hiccup_ns = 1e4;

static struct result *add_mode(struct fixture *f, const char *start, const char *mode, struct figures figures)
{
    char id[CELL_ID_BYTES];
    snprintf(id, sizeof id, "%s/mode:%s", start, mode);
    struct result *r = made_up_add(&f->run, id);
    assert_non_null(r);
    r->allocator_is_malloc = strcmp(r->cell.allocator, "mremap") != 0;
    r->counters[COUNTER_limit_estimate_bytes] = figures.limit_ratio * (double)cell_payload_bytes(&r->cell);
    r->counters[COUNTER_start_rss_bytes] = 4096;
    r->counters[COUNTER_base_moves] = figures.base_moves;
    r->counters[COUNTER_moves_per_entry] = 3;
    return r;
}

/* `start`: "fill/t/a/entries:N", without its mode. Returns the record of latencies. */
static struct result *add(struct fixture *f, const char *start, struct figures figures)
{
    add_mode(f, start, "throughput", figures)->counters[COUNTER_items_per_second] = figures.speed;
    struct result *latency = add_mode(f, start, "latency", figures);
    latency->counters[COUNTER_stall_max_ns] = figures.stall_ns;
    latency->counters[COUNTER_hiccup_max_ns] = hiccup_ns;
    return latency;
}

static void add_bad(struct fixture *f, const char *start, enum record_status status, const char *message)
{
    struct result *r = add_mode(f, start, "latency", (struct figures){NAN, NAN, NAN, NAN});
    r->status = status;
    snprintf(r->message, sizeof r->message, "%s", message);
}

static const struct answers *answer_all(struct fixture *f)
{
    answers_free(&f->answers);
    f->results = made_up_results(&f->run);
    assert_int_equal(answers_make(&f->results, &f->answers), 0);
    return &f->answers;
}

static const struct answer *answer(struct fixture *f)
{
    assert_int_equal(answer_all(f)->count, 1);
    return f->answers.items;
}

static bool has_line(const struct answer_lines *lines, const char *part)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strstr(lines->items[i], part))
            return true;
    return false;
}

static void assert_part(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in \"%s\"", part, text);
}

#define A(name) "fill/t/" name "/entries:67108865"

static const struct figures usual = {4.0, 2e9, 20, 1e6};

/* ---- the steps ---- */

static void test_memory_comes_first(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){2.0, 1e6, 0, 9e6});
    add(f, A("mremap"), (struct figures){1.05, 1e9, 9, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: mremap");
    assert_int_equal(a->chosen_count, 1);
    assert_part(a->limit, "1.05x the payload: 1.05 GiB for 1.00 GiB (an estimate)");
    assert_part(a->usual_cost, "glibc 2.36: 2.00x the payload, 1.90 times as much");
    assert_part(a->usual_cost, "1,000 times shorter");
    assert_true(has_line(&a->caveats, "its price: 9.00 times slower than glibc"));
}

/* An estimate has the program in it; a process that came to its end needs no more than it was given. */
static void test_no_limit_is_above_the_budget_that_was_enough(void **state)
{
    struct fixture *f = *state;
    add(f, A("mremap"), (struct figures){1.20, 1e6, 0, 1e6});
    assert_part(answer(f)->limit, "1.20x the payload: 1.20 GiB for 1.00 GiB");
    for (size_t i = 0; i < f->run.count; i++)
        f->run.items[i].budget_bytes = (uint64_t)1 << 30;
    assert_part(answer(f)->limit, "1.00x the payload: 1.00 GiB for 1.00 GiB");
}

static void test_memory_within_a_tenth_is_alike_and_stall_decides(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){1.00, 2e9, 20, 1e6});
    add(f, A("mimalloc"), (struct figures){1.09, 5e6, 20, 1e6});
    add(f, A("mremap"), (struct figures){1.11, 1e6, 0, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->contenders[0].any->cell.allocator, "mimalloc");
    assert_int_equal(a->chosen_count, 1);
    assert_true(has_line(&a->reasons,
                         "memory limit over payload: glibc 2.36 (1.00x); within 10 %: mimalloc 2.36 "
                         "(1.09x); more: mremap (1.11x)"));
    assert_true(has_line(&a->reasons, "longest stall: mimalloc 2.36 (5.00 ms); longer: glibc 2.36 (2.00 s)"));
    assert_part(a->usual_cost, "400 times as long");
}

static void test_what_is_hidden_by_hiccups_is_not_longer(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){1.0, 9e4, 20, 1e6}); /* below ten hiccups */
    add(f, A("mimalloc"), (struct figures){1.0, 2e4, 20, 1e6});
    const struct answer *a = answer(f);
    assert_int_equal(a->chosen_count, 2);
    assert_string_equal(a->headline, "t: glibc 2.36 or mimalloc 2.36: not told apart");
    assert_part(a->stall, "not resolved: below ten times");
    assert_part(a->usual_cost, "is not told apart from the others");
    assert_true(has_line(&a->reasons,
                         "longest stall: not told apart: mimalloc 2.36 (20.0 us?), glibc 2.36 (90.0 us?)"));
    /* Resolved, and it is. */
    f->run.items[1].counters[COUNTER_stall_max_ns] = 1.1e5;
    assert_string_equal(answer(f)->headline, "t: mimalloc 2.36");
}

/* The bound of the shorter one is enough. */
static void test_a_bound_is_said_to_be_one(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){1.0, 1e8, 20, 1e6});
    add(f, A("mimalloc"), (struct figures){1.0, 5e4, 20, 1e6});
    assert_part(answer(f)->usual_cost, "at least 2,000 times as long");
}

static void test_a_factor_of_two_of_single_processes(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){1.0, 1.9e9, 20, 1e6});
    add(f, A("mimalloc"), (struct figures){1.0, 1e9, 20, 1e6});
    const struct answer *a = answer(f);
    assert_int_equal(a->chosen_count, 2);
    assert_true(has_line(&f->answers.caveats, "one process a cell"));
    assert_true(has_line(&a->caveats, "the numbers are those of glibc 2.36: no step tells the 2 apart"));
}

static void test_ranges_that_touch_are_not_told_apart(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++)
        add(f, A("glibc"), (struct figures){1.0, (10 + i) * 1e8, 20, 1e6});
    for (int i = 0; i < 3; i++)
        add(f, A("mimalloc"), (struct figures){1.0, (7 + i) * 1e8, 20, 1e6});
    assert_string_equal(answer(f)->headline, "t: mimalloc 2.36");
    assert_part(f->answers.items->stall, "800 ms (700 ms to 900 ms in 3 processes)");
    for (size_t i = 0; i < f->run.count; i++) {
        double *stall = &f->run.items[i].counters[COUNTER_stall_max_ns];
        *stall = *stall >= 8.9e8 && *stall <= 9.1e8 ? 1e9 : *stall;
    }
    assert_int_equal(answer(f)->chosen_count, 2);
    assert_true(has_line(&f->answers.caveats, "once in ten"));
}

static void test_then_what_stays_put_then_moves_then_speed(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){1.0, 1e9, 20, 1e6});
    struct result *stays = add(f, A("mremap"), (struct figures){1.0, 1e9, 0, 1e6});
    assert_string_equal(answer(f)->headline, "t: mremap");
    assert_part(f->answers.items->moves, "0 (blocks of 64 KiB or more; an entry 3.00 times), base-stable");
    assert_part(f->answers.items->usual_cost, "longest stall 1.00 s, not told apart");
    stays->counters[COUNTER_base_moves] = 10;
    assert_string_equal(answer(f)->headline, "t: mremap");
    assert_true(
        has_line(&f->answers.items->reasons, "moves of large blocks: mremap (10); more: glibc 2.36 (20)"));
    stays->counters[COUNTER_base_moves] = 19;
    assert_int_equal(answer(f)->chosen_count, 2);
    for (size_t i = 0; i < f->run.count; i++)
        if (!strcmp(f->run.items[i].cell.allocator, "mremap"))
            f->run.items[i].counters[COUNTER_items_per_second] *= 2.1;
    assert_string_equal(answer(f)->headline, "t: mremap");
}

/* ---- over sizes and heaps ---- */

static void test_the_worst_of_sizes_and_heaps_counts(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/t/glibc/entries:1000000", (struct figures){1.0, 1e9, 20, 1e6});
    add(f, "fill/t/glibc/entries:2000000", (struct figures){1.5, 1e9, 20, 1e6});
    add(f, "fill/t/glibc/entries:2000000/heap:warm", (struct figures){3.0, 4e9, 20, 1e6});
    add(f, "fill/t/mremap/entries:1000000", (struct figures){2.0, 1e9, 20, 1e6});
    add(f, "fill/t/mremap/entries:2000000", (struct figures){2.0, 1e9, 20, 1e6});
    add(f, "fill/t/mremap/entries:2000000/heap:warm", (struct figures){2.0, 1e9, 20, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: mremap");
    assert_part(a->usual_cost,
                "3.00x the payload, 1.50 times as much; longest stall 4.00 s, 4.00 times as long");
    assert_string_equal(f->answers.scope,
                        "fill, 2 sizes from 1,000,000 to 2,000,000 entries, cold and warm heaps");
    assert_false(has_line(&f->answers.caveats, "cold heaps only"));
    assert_true(has_line(&f->answers.caveats, "few sizes"));
    assert_int_equal(a->usual->limit_heap, CELL_WARM);
}

/* Nobody is better for the heaps it was spared. */
static void test_compared_is_where_all_were_measured(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){2.0, 1e9, 20, 1e6});
    add(f, A("glibc") "/heap:warm", (struct figures){4.0, 1e9, 20, 1e6});
    add(f, A("mremap"), (struct figures){3.0, 1e6, 0, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: glibc 2.36 (from 2 of 4 cells)");
    assert_part(a->limit, "2.00x the payload");
    assert_true(has_line(&a->caveats, "compared in the 2 of 4 cells in which all of them were measured"));
    assert_ptr_equal(a->contenders[0].any, &f->results.items[0]);
}

static void test_who_was_hardly_measured_is_left_out(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), usual);
    add(f, A("glibc") "/heap:warm", usual);
    add_mode(f, A("mremap"), "latency", (struct figures){1.0, 1e6, 0, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: glibc 2.36");
    assert_true(has_line(&a->reasons, "left out: mremap: measured in 1 of 4 cells"));
    assert_int_equal(a->contenders[0].place_count, 2);
}

static void test_nothing_in_common_is_no_answer(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), usual);
    add(f, A("mremap") "/heap:warm", usual);
    assert_string_equal(answer(f)->headline, "t: no answer: nobody was measured where the others were");
}

static void test_growth_factors_are_contenders_and_said(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){3.0, 1e9, 20, 1e6});
    add(f, A("glibc") "/growth:1.5", (struct figures){2.5, 1e9, 20, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: glibc 2.36 growth:1.5");
    assert_part(a->usual_cost, "glibc 2.36 growth:2: 3.00x the payload");
}

/* What cannot be chosen makes a question of its own. */
static void test_entry_sizes_are_questions_apart(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), usual);
    add(f, A("glibc") "/entry-bytes:64", usual);
    assert_int_equal(answer_all(f)->count, 2);
    assert_string_equal(f->answers.items[1].headline, "t entry-bytes:64: glibc 2.36");
}

/* ---- who cannot be chosen ---- */

static void test_who_died_is_not_chosen_and_the_usual_choice_says_how(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/t/glibc/entries:1000000", (struct figures){1.0, 1e6, 0, 9e6});
    add_bad(f, "fill/t/glibc/entries:2000000", RECORD_OOM, "exceeded 4.00 GiB at 1500000 of 2000000 entries");
    add(f, "fill/t/mremap/entries:1000000", (struct figures){2.0, 1e9, 20, 1e6});
    add(f, "fill/t/mremap/entries:2000000", (struct figures){2.0, 1e9, 20, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: mremap");
    assert_part(a->usual_cost,
                "glibc 2.36 did not complete: OOM: exceeded 4.00 GiB at 1500000 of "
                "2000000 entries (1 of 3 processes); where it came to its end: 1.00x the payload");
    assert_true(has_line(&a->reasons, "left out: glibc 2.36: OOM: exceeded"));
    assert_int_equal(a->contenders[1].bar, ANSWER_DIED);
}

static void test_wrong_and_crashed_are_not_chosen(void **state)
{
    static const enum record_status statuses[] = {RECORD_WRONG, RECORD_CRASH, RECORD_TIMEOUT};
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        struct fixture *f = *state;
        f->run.count = 0;
        add(f, A("glibc"), usual);
        add(f, A("mremap"), (struct figures){1.0, 1e6, 0, 1e6});
        add_bad(f, A("mremap"), statuses[i], "something");
        assert_string_equal(answer(f)->headline, "t: glibc 2.36");
        assert_part(f->answers.items->usual_cost, "glibc 2.36 is the answer");
    }
}

static void test_only_skipped_rows_have_no_answer(void **state)
{
    struct fixture *f = *state;
    add_bad(f, A("glibc"), RECORD_SKIP, "needs more memory than there is");
    const struct answer *a = answer(f);
    assert_int_equal(a->chosen_count, 0);
    assert_string_equal(a->headline, "t: no answer: nothing could be measured");
    assert_part(a->usual_cost, "could not be measured: SKIP: needs more memory");
    assert_string_equal(a->limit, "");
}

/* A profile for less memory that needs more: out, whatever else it is good at. */
static void test_broken_profiles_are_not_chosen(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++)
        add(f, A("jemalloc"), usual)->counters[COUNTER_worst_rss_ratio] = 2.0;
    for (int i = 0; i < 2; i++)
        add(f, A("jemalloc:lean"), (struct figures){1.0, 1e6, 0, 9e6})->counters[COUNTER_worst_rss_ratio] =
            3.0;
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: jemalloc 2.36");
    assert_true(has_line(&a->reasons, "left out: jemalloc:lean 2.36: a profile that makes worse"));
    assert_part(a->usual_cost, "no glibc in this run; jemalloc 2.36 is the answer");
}

static void test_a_reserve_is_said(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), usual);
    add(f, A("glibc") "/reserve:exact", (struct figures){1.0, 1e6, 0, 9e6});
    assert_true(has_line(&answer(f)->caveats, "it was told the number of entries before"));
    assert_string_equal(f->answers.items->headline, "t: glibc 2.36 reserve:exact");
}

static void test_all_died(void **state)
{
    struct fixture *f = *state;
    add_bad(f, A("glibc"), RECORD_OOM, "exceeded");
    add_bad(f, A("mremap"), RECORD_OOM, "exceeded");
    assert_string_equal(answer(f)->headline,
                        "t: no answer: nothing came to its end at every size and on every heap");
}

static void test_yardsticks_are_left_out(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), usual);
    add(f, A("null"), (struct figures){0.5, 1e3, 0, 9e9});
    for (size_t i = 2; i < 4; i++)
        f->run.items[i].allocator_is_yardstick = true;
    add(f, "fill/floor/glibc/entries:67108865", (struct figures){0.5, 1e3, 0, 9e9});
    for (size_t i = 4; i < 6; i++)
        f->run.items[i].table_is_yardstick = true;
    assert_string_equal(answer(f)->headline, "t: glibc 2.36");
}

static void test_no_results(void **state)
{
    assert_int_equal(answer_all(*state)->count, 0);
}

static void test_a_single_row_is_its_own_answer(void **state)
{
    struct fixture *f = *state;
    add(f, A("mremap"), usual);
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: mremap");
    assert_part(a->usual_cost, "no malloc was measured here");
    assert_int_equal(a->reasons.count, 0);
}

/* Times of another session say nothing; its memory does. */
static void test_references_have_no_times(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){1.0, 1e3, 20, 9e9});
    add(f, A("mimalloc"), (struct figures){1.0, 9e9, 20, 1e3});
    f->run.items[0].is_reference = f->run.items[1].is_reference = true;
    const struct answer *a = answer(f);
    assert_int_equal(a->chosen_count, 2);
    assert_string_equal(a->stall, "not measured in this run");
    assert_true(has_line(&f->answers.caveats, "times from an earlier run are left out"));
}

/* ---- beside the choice ---- */

static void test_a_shorter_stall_for_more_memory_is_offered(void **state)
{
    struct fixture *f = *state;
    add(f, A("glibc"), (struct figures){3.0, 1e6, 20, 1e6});
    add(f, A("jemalloc"), (struct figures){2.0, 1.1e6, 20, 1e6}); /* not told from it, for less memory */
    add(f, A("mremap"), (struct figures){1.0, 132e6, 0, 1e6});
    const struct answer *a = answer(f);
    assert_string_equal(a->headline, "t: mremap");
    assert_string_equal(a->alternative_text,
                        "jemalloc 2.36 stalls 120 times shorter (1.10 ms against 132 ms) for "
                        "2.00 times the memory (2.00x the payload)");
    f->run.items[3].counters[COUNTER_stall_max_ns] = 131e6;
    f->run.items[1].counters[COUNTER_stall_max_ns] = 131e6;
    assert_null(answer(f)->alternative);
}

static void test_ways_of_growing_are_compared_by_kind(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/rebuild/glibc/entries:67108865", (struct figures){4.0, 1e9, 20, 1e6});
    add(f, "fill/inplace/mremap/entries:67108865", (struct figures){2.0, 1e9, 0, 1e6});
    for (size_t i = 0; i < 4; i++)
        f->run.items[i].table_is_keyed = true;
    add(f, "fill/array/mremap/entries:67108865", (struct figures){1.0, 1e5, 0, 1e6});
    const struct answers *answers = answer_all(f);
    assert_int_equal(answers->count, 3);
    assert_string_equal(answers->items[0].headline, "array: mremap");
    assert_int_equal(answers->ways.count, 1);
    assert_string_equal(
        answers->ways.items[0],
        "if the way of growing is yours to choose, of 2 keyed tables: inplace with mremap (2.00x the "
        "payload, longest stall 1.00 s, "
        "base-stable) before rebuild with glibc 2.36 (4.00x the payload, longest stall 1.00 s, "
        "nothing stays put)");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_memory_comes_first),
        TEST(test_no_limit_is_above_the_budget_that_was_enough),
        TEST(test_memory_within_a_tenth_is_alike_and_stall_decides),
        TEST(test_what_is_hidden_by_hiccups_is_not_longer),
        TEST(test_a_bound_is_said_to_be_one),
        TEST(test_a_factor_of_two_of_single_processes),
        TEST(test_ranges_that_touch_are_not_told_apart),
        TEST(test_then_what_stays_put_then_moves_then_speed),
        TEST(test_the_worst_of_sizes_and_heaps_counts),
        TEST(test_compared_is_where_all_were_measured),
        TEST(test_who_was_hardly_measured_is_left_out),
        TEST(test_nothing_in_common_is_no_answer),
        TEST(test_growth_factors_are_contenders_and_said),
        TEST(test_entry_sizes_are_questions_apart),
        TEST(test_who_died_is_not_chosen_and_the_usual_choice_says_how),
        TEST(test_wrong_and_crashed_are_not_chosen),
        TEST(test_only_skipped_rows_have_no_answer),
        TEST(test_broken_profiles_are_not_chosen),
        TEST(test_a_reserve_is_said),
        TEST(test_all_died),
        TEST(test_yardsticks_are_left_out),
        TEST(test_no_results),
        TEST(test_a_single_row_is_its_own_answer),
        TEST(test_references_have_no_times),
        TEST(test_a_shorter_stall_for_more_memory_is_offered),
        TEST(test_ways_of_growing_are_compared_by_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
