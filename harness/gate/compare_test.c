/* SPDX-License-Identifier: MIT
 *
 * Verdicts of made-up runs: what decides, what is too little to decide, and what is not to be compared.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "harness/gate/compare.h"
#include "harness/testing/results.h"

static const char id[] = "fill/array/glibc/entries:5/mode:latency";
static const char later_id[] = "fill/array/mremap/entries:5/mode:latency";

enum { OLD, NEW, BASELINE, SIDES };

struct fixture {
    struct made_up runs[SIDES];
    struct gate_samples samples[SIDES];
    struct comparison comparison;
    bool force;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    for (int side = 0; side < SIDES; side++)
        made_up_begin(&f->runs[side]);
    *state = f;
    return 0;
}

static void forget(struct fixture *f)
{
    compare_free(&f->comparison);
    for (int side = 0; side < SIDES; side++)
        gate_samples_free(&f->samples[side]);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    forget(f);
    for (int side = 0; side < SIDES; side++)
        made_up_end(&f->runs[side]);
    free(f);
    return 0;
}

/* `count` processes of one value. */
static void add(struct fixture *f, int side, const char *cell, enum counter counter, double value, int count)
{
    for (int i = 0; i < count; i++) {
        struct result *r = made_up_add(&f->runs[side], cell);
        assert_non_null(r);
        r->counters[counter] = value;
    }
}

static enum gate_verdict compare(struct fixture *f)
{
    char error[SENTENCE_BYTES];
    forget(f);
    for (int side = 0; side < SIDES; side++) {
        struct results results = made_up_results(&f->runs[side]);
        if (results.count && gate_samples_gather(&results, &f->samples[side], error))
            fail_msg("%s", error);
    }
    f->samples[BASELINE].is_baseline = true;
    const struct compare_request request = {.old = &f->samples[OLD],
                                            .new = &f->samples[NEW],
                                            .baseline =
                                                f->runs[BASELINE].count ? &f->samples[BASELINE] : NULL,
                                            .old_path = "results/it's old",
                                            .force = f->force};
    assert_int_equal(compare_samples(&request, &f->comparison), 0);
    return compare_verdict(&f->comparison);
}

static void clear(struct fixture *f)
{
    for (int side = 0; side < SIDES; side++)
        f->runs[side].count = 0;
    f->force = false;
}

static const char *why(const struct fixture *f)
{
    return f->comparison.cells[0].why;
}

static void assert_said(const struct fixture *f, const char *text)
{
    if (!strstr(why(f), text))
        fail_msg("'%s' is not in '%s'", text, why(f));
}

/* ---- metrics ---- */

static void single_processes_that_agree_are_unchanged(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, id, COUNTER_base_moves, 8, 1);
    assert_int_equal(compare(f), GATE_UNCHANGED);
    clear(f);
    add(f, OLD, id, COUNTER_peak_rss_bytes, 1e9, 1);
    add(f, NEW, id, COUNTER_peak_rss_bytes, 1.005e9, 1); /* within 1 % */
    assert_int_equal(compare(f), GATE_UNCHANGED);
    assert_false(f->comparison.classes_unknown);
}

static void single_processes_that_differ_are_inconclusive(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, id, COUNTER_base_moves, 9, 1);
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
    assert_said(f, "not known to be repeated");
    assert_true(f->comparison.classes_unknown);
    clear(f);
    add(f, OLD, id, COUNTER_peak_rss_bytes, 1e9, 1);
    add(f, NEW, id, COUNTER_peak_rss_bytes, 1.02e9, 1);
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
    assert_said(f, "--reps=3");
    assert_false(f->comparison.classes_unknown);
}

static void a_baseline_makes_one_process_enough_for_an_exact_metric(void **state)
{
    struct fixture *f = *state;
    add(f, BASELINE, id, COUNTER_base_moves, 8, 20);
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, id, COUNTER_base_moves, 9, 1);
    assert_int_equal(compare(f), GATE_REGRESSED);
    f->runs[NEW].items[0].counters[COUNTER_base_moves] = 7;
    assert_int_equal(compare(f), GATE_IMPROVED);
    f->runs[BASELINE].items[3].counters[COUNTER_base_moves] = 9; /* now and then */
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
    assert_false(f->comparison.classes_unknown);
    f->runs[BASELINE].items[3].counters[COUNTER_base_moves] = 8;
    for (int i = 0; i < 20; i++)
        strcpy(f->runs[BASELINE].items[i].allocator_version, "2.37"); /* no precedent */
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
}

static void modes_that_a_baseline_shows_are_no_change(void **state)
{
    struct fixture *f = *state;
    add(f, BASELINE, id, COUNTER_peak_rss_bytes, 58e6, 12);
    add(f, BASELINE, id, COUNTER_peak_rss_bytes, 66e6, 8);
    add(f, OLD, id, COUNTER_peak_rss_bytes, 58e6, 1);
    add(f, NEW, id, COUNTER_peak_rss_bytes, 66e6, 1);
    assert_int_equal(compare(f), GATE_UNCHANGED);
    assert_said(f, "the baseline's 20 identical processes");
    f->runs[NEW].items[0].counters[COUNTER_peak_rss_bytes] = 70e6;
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
}

static void a_baseline_of_few_processes_knows_no_class(void **state)
{
    struct fixture *f = *state;
    add(f, BASELINE, id, COUNTER_base_moves, 8, GATE_EXACT_PROCESSES - 1);
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, id, COUNTER_base_moves, 9, 1);
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
}

static void twelve_processes_of_old_know_the_class_themselves(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, GATE_EXACT_PROCESSES);
    add(f, NEW, id, COUNTER_base_moves, 9, 1);
    assert_int_equal(compare(f), GATE_REGRESSED);
    f->runs[OLD].items[5].counters[COUNTER_base_moves] = 9;
    assert_int_equal(compare(f), GATE_UNCHANGED); /* one of its modes */
    f->runs[NEW].items[0].counters[COUNTER_base_moves] = 10;
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
}

static void memory_of_three_processes_a_side_decides(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_peak_rss_bytes, 1e9, 3);
    add(f, NEW, id, COUNTER_peak_rss_bytes, 1.02e9, 3);
    assert_int_equal(compare(f), GATE_REGRESSED);
    for (int i = 0; i < 3; i++)
        f->runs[NEW].items[i].counters[COUNTER_peak_rss_bytes] = 0.98e9;
    assert_int_equal(compare(f), GATE_IMPROVED);
}

static void memory_with_major_faults_is_inconclusive(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_peak_rss_bytes, 1e9, 3);
    add(f, NEW, id, COUNTER_peak_rss_bytes, 1e9, 3);
    for (int i = 0; i < 3; i++)
        f->runs[NEW].items[i].counters[COUNTER_major_faults] = 1;
    assert_int_equal(compare(f), GATE_INCONCLUSIVE);
    assert_said(f, "every process of NEW had major faults");
    assert_int_equal(json_array_size(f->comparison.degraded), 1);
}

static void times_are_shown_and_never_decide(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_growth_total_ns, 1e6, 20);
    add(f, NEW, id, COUNTER_growth_total_ns, 9e6, 20);
    assert_int_equal(compare(f), GATE_SKIPPED);
    assert_int_equal(f->comparison.series_count, 1);
    assert_true(f->comparison.findings[0].ratio > 8.9);
}

/* ---- how cells ended ---- */

static void end(struct fixture *f, int side, enum record_status status)
{
    struct result *r = made_up_add(&f->runs[side], id);
    r->status = status;
    r->counters[COUNTER_peak_rss_bytes] = 1e8;
}

static void how_a_cell_ends_is_a_verdict(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum record_status old, new;
        enum gate_verdict verdict;
    } rows[] = {
        {RECORD_OK, RECORD_OOM, GATE_REGRESSED},         {RECORD_OK, RECORD_TIMEOUT, GATE_REGRESSED},
        {RECORD_OK, RECORD_CRASH, GATE_REGRESSED},       {RECORD_OK, RECORD_WRONG, GATE_REGRESSED},
        {RECORD_OOM, RECORD_CRASH, GATE_REGRESSED},      {RECORD_OOM, RECORD_OK, GATE_IMPROVED},
        {RECORD_WRONG, RECORD_OK, GATE_IMPROVED},        {RECORD_OK, RECORD_SKIP, GATE_NOT_COMPARABLE},
        {RECORD_SKIP, RECORD_OK, GATE_SKIPPED},          {RECORD_SKIP, RECORD_SKIP, GATE_SKIPPED},
        {RECORD_OOM, RECORD_TIMEOUT, GATE_INCONCLUSIVE}, {RECORD_OOM, RECORD_OOM, GATE_UNCHANGED},
        {RECORD_TIMEOUT, RECORD_OK, GATE_IMPROVED},      {RECORD_OK, RECORD_OK, GATE_UNCHANGED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        clear(f);
        end(f, OLD, rows[i].old);
        end(f, NEW, rows[i].new);
        enum gate_verdict verdict = compare(f);
        if (verdict != rows[i].verdict)
            fail_msg("%s, then %s: %s, not %s", record_status_names[rows[i].old],
                     record_status_names[rows[i].new], gate_verdict_names[verdict],
                     gate_verdict_names[rows[i].verdict]);
    }
}

static void what_ended_badly_now_and_then_need_not_do_so_again(void **state)
{
    struct fixture *f = *state;
    end(f, OLD, RECORD_OK);
    end(f, OLD, RECORD_CRASH);
    end(f, NEW, RECORD_OK);
    assert_int_equal(compare(f), GATE_UNCHANGED);
    clear(f);
    end(f, OLD, RECORD_OK);
    end(f, NEW, RECORD_OK);
    end(f, NEW, RECORD_CRASH);
    assert_int_equal(compare(f), GATE_REGRESSED);
}

static void less_memory_or_time_is_no_regression(void **state)
{
    struct fixture *f = *state;
    end(f, OLD, RECORD_OK);
    end(f, NEW, RECORD_OOM);
    struct result *new = &f->runs[NEW].items[0];
    new->budget_bytes = (uint64_t)9e7; /* it needed 1e8 */
    assert_int_equal(compare(f), GATE_NOT_COMPARABLE);
    assert_said(f, "within 1.00 TiB then and 85.8 MiB now");
    new->budget_bytes = (uint64_t)2e8; /* less than it was, and enough */
    assert_int_equal(compare(f), GATE_REGRESSED);
    new->status = RECORD_TIMEOUT;
    assert_int_equal(compare(f), GATE_REGRESSED);
    new->timeout_seconds = 10;
    assert_int_equal(compare(f), GATE_NOT_COMPARABLE);
    new->timeout_seconds = 6000;
    assert_int_equal(compare(f), GATE_REGRESSED);
    f->runs[OLD].items[0].status = RECORD_TIMEOUT;
    new->status = RECORD_OK;
    assert_int_equal(compare(f), GATE_NOT_COMPARABLE); /* it was given more */
}

/* ---- what is not to be compared ---- */

static void machines_that_differ_are_refused_field_by_field(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 12);
    add(f, NEW, id, COUNTER_base_moves, 9, 12);
    json_object_set_new(f->runs[NEW].context, "kernel", json_string("another"));
    json_object_set_new(f->runs[NEW].context, "cpu_count", json_integer(8));
    json_object_del(f->runs[OLD].context, "libc");
    json_object_set_new(f->runs[NEW].context, "git_revision", json_string("may differ"));
    assert_int_equal(compare(f), GATE_NOT_COMPARABLE);
    assert_int_equal(f->comparison.count, 0);
    assert_int_equal(json_array_size(f->comparison.differences), 3);
    const json_t *cpus = json_array_get(f->comparison.differences, 0);
    assert_string_equal(json_string_value(json_object_get(cpus, "field")), "cpu_count");
    assert_int_equal(json_integer_value(json_object_get(cpus, "old")), 4);
    assert_int_equal(json_integer_value(json_object_get(cpus, "new")), 8);
    f->force = true;
    assert_int_equal(compare(f), GATE_REGRESSED);
    assert_int_equal(json_array_size(f->comparison.differences), 3);
}

static void cells_with_another_library_are_refused_alone(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 12);
    add(f, NEW, id, COUNTER_base_moves, 9, 12);
    add(f, OLD, later_id, COUNTER_base_moves, 8, 12);
    add(f, NEW, later_id, COUNTER_base_moves, 8, 12);
    for (int i = 0; i < 12; i++)
        strcpy(f->runs[NEW].items[i].allocator_version, "2.37");
    assert_int_equal(compare(f), GATE_NOT_COMPARABLE);
    assert_int_equal(f->comparison.cells[0].verdict, GATE_NOT_COMPARABLE);
    assert_int_equal(f->comparison.cells[1].verdict, GATE_UNCHANGED);
    assert_said(f, "allocator_version was 2.36 and is 2.37");
    f->force = true;
    assert_int_equal(compare(f), GATE_REGRESSED);
    f->force = false;
    for (int i = 0; i < 12; i++) {
        strcpy(f->runs[NEW].items[i].allocator_version, "2.36");
        strcpy(f->runs[NEW].items[i].allocator_settings, "MALLOC_ARENA_MAX=1");
    }
    assert_int_equal(compare(f), GATE_NOT_COMPARABLE);
    assert_said(f, "allocator_settings was none and is MALLOC_ARENA_MAX=1");
}

static void cells_that_only_one_has_are_listed(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, later_id, COUNTER_base_moves, 8, 1);
    assert_int_equal(compare(f), GATE_SKIPPED);
    assert_int_equal(f->comparison.count, 0);
    assert_string_equal(json_string_value(json_array_get(f->comparison.only_old, 0)), id);
    assert_string_equal(json_string_value(json_array_get(f->comparison.only_new, 0)), later_id);
}

static void conditions_are_noted_and_refuse_nothing(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, id, COUNTER_base_moves, 8, 1);
    json_t *context = f->runs[NEW].context;
    assert_int_equal(compare(f), GATE_UNCHANGED);
    assert_int_equal(json_array_size(f->comparison.degraded), 0);
    json_object_set_new(context, "load_avg", json_pack("[f,f,f]", 3.5, 0.1, 0.1));
    json_object_set_new(context, "memory_pressure", json_string("some avg10=12.30 avg60=0.00"));
    json_object_set_new(context, "mem_available_bytes", json_integer((json_int_t)1 << 30));
    assert_int_equal(compare(f), GATE_UNCHANGED);
    assert_int_equal(json_array_size(f->comparison.degraded), 3);
}

static void the_command_that_reproduces_is_one_for_a_shell(void **state)
{
    struct fixture *f = *state;
    add(f, OLD, id, COUNTER_base_moves, 8, 1);
    add(f, NEW, id, COUNTER_base_moves, 9, 1);
    compare(f);
    assert_string_equal(
        f->comparison.cells[0].reproduce,
        "growbench run --alloc=glibc --table=array --workload=fill --entries=5 --mode=latency "
        "--reps=3 --reference=none && growbench compare 'results/it'\\''s old' results/latest");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(single_processes_that_agree_are_unchanged),
        TEST(single_processes_that_differ_are_inconclusive),
        TEST(a_baseline_makes_one_process_enough_for_an_exact_metric),
        TEST(modes_that_a_baseline_shows_are_no_change),
        TEST(a_baseline_of_few_processes_knows_no_class),
        TEST(twelve_processes_of_old_know_the_class_themselves),
        TEST(memory_of_three_processes_a_side_decides),
        TEST(memory_with_major_faults_is_inconclusive),
        TEST(times_are_shown_and_never_decide),
        TEST(how_a_cell_ends_is_a_verdict),
        TEST(what_ended_badly_now_and_then_need_not_do_so_again),
        TEST(less_memory_or_time_is_no_regression),
        TEST(machines_that_differ_are_refused_field_by_field),
        TEST(cells_with_another_library_are_refused_alone),
        TEST(cells_that_only_one_has_are_listed),
        TEST(conditions_are_noted_and_refuse_nothing),
        TEST(the_command_that_reproduces_is_one_for_a_shell),
    };
    return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
