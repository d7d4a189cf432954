/* SPDX-License-Identifier: MIT
 *
 * From the values of pairs to the duel's verdict: what is decided stays, and what a control, a clock or a machine that
 * swaps takes back. No process is run: the values are put where those of pairs go.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/duel/duel.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS_MAX = 3 };

/* Metrics of which a cell has values here; one of each class. */
static const char times[] = "operation_ns", memory[] = "peak_rss_bytes", exact[] = "growth_count";
static const double usual[] = {100, 1e8, 12};

static size_t index_of(const struct duel_cell *cell, const char *name, uint64_t step_entries)
{
    for (size_t i = 0; i < cell->series_count; i++)
        if (!strcmp(cell->series[i].metric->name, name) && cell->series[i].step_entries == step_entries)
            return i;
    fail_msg("no series of %s", name);
    return 0;
}

static struct gate_finding *found(struct duel_cell *cell, const char *name)
{
    return &cell->findings[index_of(cell, name, 0)];
}

/* Pairs of a metric: the base at `base`, the candidate at `ratio` times that, both with a jitter that is the same in
 * each test. */
static void put(struct duel_cell *cell, const char *name, double base, double ratio, double jitter)
{
    const size_t i = index_of(cell, name, 0);
    for (unsigned pair = 0; pair < cell->pairs; pair++) {
        cell->values[i].of[GATE_BASE][pair] = base * (1 + jitter * (pair % 3));
        cell->values[i].of[GATE_CANDIDATE][pair] = base * ratio * (1 + jitter * ((pair * 2) % 5));
    }
}

static void set_pairs(struct duel_cell *cell, unsigned pairs)
{
    cell->pairs = pairs;
    for (size_t i = 0; i < cell->series_count; i++)
        cell->series[i].count[GATE_BASE] = cell->series[i].count[GATE_CANDIDATE] = pairs;
}

/* 12 pairs of one and the same. */
static struct duel_cell *add(struct duel *duel, bool control)
{
    struct duel_cell *cell = &duel->cells[duel->cell_count];
    *cell = (struct duel_cell){.index = duel->cell_count++, .control = control};
    cell->cell.mode = CELL_THROUGHPUT;
    assert_int_equal(duel_values_open(cell), 0);
    set_pairs(cell, 12);
    put(cell, times, usual[0], 1, 0);
    put(cell, memory, usual[1], 1, 0);
    put(cell, exact, usual[2], 1, 0);
    return cell;
}

static int setup(void **state)
{
    struct duel *duel = calloc(1, sizeof *duel);
    if (duel)
        duel->cells = calloc(CELLS_MAX, sizeof *duel->cells);
    *state = duel;
    return !duel || !duel->cells;
}

static int teardown(void **state)
{
    duel_free(*state);
    free(*state);
    return 0;
}

static void judge(struct duel *duel, unsigned look)
{
    assert_int_equal(duel_judge(duel, look), 0);
    assert_int_equal(duel->looks, look + 1);
}

static void expect(const struct gate_finding *finding, enum gate_verdict verdict, const char *why)
{
    if (finding->verdict != verdict || !strstr(finding->why, why))
        fail_msg("%s because '%s', expected %s because '%s'", gate_verdict_names[finding->verdict],
                 finding->why, gate_verdict_names[verdict], why);
}

static void expect_session(const struct duel *duel, enum gate_verdict verdict, const char *why)
{
    if (duel->verdict != verdict || (*why ? !strstr(duel->why, why) : *duel->why != 0))
        fail_msg("the session is %s because '%s', expected %s because '%s'",
                 gate_verdict_names[duel->verdict], duel->why, gate_verdict_names[verdict], why);
}

/* ---- looks ---- */

static void test_the_same_is_unchanged(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    judge(duel, 0);
    assert_true(cell->decided && control->decided);
    duel_conclude(duel);
    assert_true(cell->verdict == GATE_UNCHANGED && control->verdict == GATE_UNCHANGED);
    expect_session(duel, GATE_UNCHANGED, "");
}

static void test_what_is_decided_stays_look_by_look(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *early = add(duel, false), *late = add(duel, false);
    put(late, times, 100, 1.03, 0.02); /* +3 %, but from 1 to 10 % of noise */
    judge(duel, 0);
    assert_true(early->decided);
    assert_false(late->decided);
    expect(found(late, times), GATE_INCONCLUSIVE, "over 12 process pairs");
    const struct gate_finding before = *found(early, times);

    /* Were it looked at again, it would come out otherwise. */
    put(early, times, 100, 1.5, 0.001);
    put(early, exact, 12, 2, 0);
    set_pairs(late, 24);
    put(late, times, 100, 1.2, 0.001);
    put(late, memory, usual[1], 1, 0);
    put(late, exact, usual[2], 1, 0);
    judge(duel, 1);
    assert_memory_equal(found(early, times), &before, sizeof before);
    expect(found(early, exact), GATE_UNCHANGED, "12 in every process");
    assert_true(early->decided && late->decided);
    expect(found(late, times), GATE_REGRESSED, "over 24 process pairs");
    duel_conclude(duel);
    assert_true(early->verdict == GATE_UNCHANGED && early->pairs == 12);
    expect_session(duel, GATE_REGRESSED, "operation_ns: +20");
}

/* More pairs cannot make REGRESSED anything else, whatever its times would turn out to be. */
static void test_what_has_regressed_is_decided(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *open = add(duel, false), *control = add(duel, true);
    put(cell, exact, 12, 2, 0);
    put(cell, times, 100, 1.03, 0.02);
    put(open, times, 100, 1.03, 0.02);
    put(control, times, 100, 1.005, 0.02);
    judge(duel, 0);
    expect(found(cell, exact), GATE_REGRESSED, "24 in every candidate process");
    expect(found(cell, times), GATE_INCONCLUSIVE, "");
    assert_true(cell->decided);
    assert_false(open->decided || control->decided);
    duel_conclude(duel);
    assert_true(cell->verdict == GATE_REGRESSED);
    assert_non_null(strstr(cell->why, "growth_count"));
}

/* Then the controls have nothing to say any more. */
static void test_a_session_that_has_regressed_ends_with_its_cells(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(cell, exact, 12, 2, 0);
    put(control, times, 100, 1.005, 0.02);
    judge(duel, 0);
    assert_true(cell->decided && control->decided);
    expect(found(control, times), GATE_INCONCLUSIVE, "");
}

static void test_what_is_shown_only_keeps_no_cell_open(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false);
    put(cell, "insert_p99_ns", 100, 1.08, 0.05);
    judge(duel, 0);
    expect(found(cell, "insert_p99_ns"), GATE_INCONCLUSIVE, "");
    assert_true(cell->decided);
}

static void test_no_pair_at_all(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *none = add(duel, false), *some = add(duel, false);
    set_pairs(none, 0);
    judge(duel, 0);
    duel_conclude(duel);
    assert_true(none->verdict == GATE_INCONCLUSIVE && some->verdict == GATE_UNCHANGED);
    assert_string_equal(none->why, "no pair of processes was run in the time");
    expect_session(duel, GATE_INCONCLUSIVE, "no pair of processes was run");
}

static void test_a_cell_that_was_stopped_keeps_its_word(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *stopped = add(duel, false);
    add(duel, false);
    put(stopped, exact, 12, 2, 0);
    stopped->stopped = stopped->decided = true;
    stopped->verdict = GATE_SKIPPED;
    strcpy(stopped->why, "both sides: SKIP");
    judge(duel, 0);
    expect(found(stopped, exact), GATE_SKIPPED, "");
    assert_true(isnan(found(stopped, exact)->base) && isnan(found(stopped, exact)->ratio));
    duel_conclude(duel);
    assert_true(stopped->verdict == GATE_SKIPPED);
    assert_string_equal(stopped->why, "both sides: SKIP");
    expect_session(duel, GATE_UNCHANGED, "");
}

/* ---- controls ---- */

enum { REGRESSES = 1, IMPROVES = -1 };

/* A cell in which all three regress, and a control in which one thing differs. */
static struct duel_cell *stand_against(struct duel *duel, const char *metric, double usual_value,
                                       int direction)
{
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(cell, times, usual[0], 1.2, 0.001);
    put(cell, memory, usual[1], 1.2, 0);
    put(cell, exact, usual[2], 2, 0);
    put(control, metric, usual_value, direction == REGRESSES ? 2 : 0.5, 0);
    judge(duel, 0);
    expect(found(cell, times), GATE_REGRESSED, "");
    expect(found(cell, memory), GATE_REGRESSED, "");
    expect(found(cell, exact), GATE_REGRESSED, "");
    duel_conclude(duel);
    return cell;
}

static const char differed[] = "the control differed as well: ";

static void test_times_take_back_times(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = stand_against(duel, times, usual[0], REGRESSES);
    expect(found(cell, times), GATE_INCONCLUSIVE, differed);
    expect(found(cell, memory), GATE_REGRESSED, "peak_rss_bytes");
    expect(found(cell, exact), GATE_REGRESSED, "24 in every candidate process");
    expect_session(duel, GATE_REGRESSED,
                   "the control, the base against itself, came out REGRESSED: operation_ns");
}

static void test_an_improvement_of_the_control_is_as_bad(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = stand_against(duel, times, usual[0], IMPROVES);
    expect(found(cell, times), GATE_INCONCLUSIVE, differed);
    expect_session(duel, GATE_REGRESSED, "came out IMPROVED: operation_ns");
}

static void test_memory_takes_back_memory(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = stand_against(duel, memory, usual[1], REGRESSES);
    expect(found(cell, times), GATE_REGRESSED, "operation_ns");
    expect(found(cell, memory), GATE_INCONCLUSIVE, differed);
    expect(found(cell, exact), GATE_REGRESSED, "24 in every candidate process");
}

/* An exact figure that varies between runs of the same is no time. */
static void test_exact_figures_take_back_no_times(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = stand_against(duel, exact, usual[2], REGRESSES);
    expect(found(cell, times), GATE_REGRESSED, "operation_ns");
    expect(found(cell, exact), GATE_REGRESSED, "24 in every candidate process");
    expect_session(duel, GATE_REGRESSED, "came out REGRESSED: growth_count");
}

static void test_a_change_of_times_alone_is_inconclusive(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(cell, times, usual[0], 1.2, 0.001);
    put(control, times, usual[0], 1.2, 0.001);
    judge(duel, 0);
    duel_conclude(duel);
    assert_true(cell->verdict == GATE_INCONCLUSIVE);
    expect_session(duel, GATE_INCONCLUSIVE, "came out REGRESSED");
}

static void test_what_does_not_decide_takes_nothing_back(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(cell, times, usual[0], 1.2, 0.001);
    put(control, "insert_p99_ns", 100, 2, 0.001);
    judge(duel, 0);
    expect(found(control, "insert_p99_ns"), GATE_REGRESSED, "");
    duel_conclude(duel);
    expect_session(duel, GATE_REGRESSED, "operation_ns: +20");
}

static void test_a_control_that_is_open_only_forbids_unchanged(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(control, times, usual[0], 1.005, 0.02);
    judge(duel, 0);
    expect(found(control, times), GATE_INCONCLUSIVE, "");
    duel_conclude(duel);
    assert_true(cell->verdict == GATE_UNCHANGED);
    expect_session(duel, GATE_INCONCLUSIVE, "came out INCONCLUSIVE: operation_ns");
}

static void test_a_control_that_is_open_leaves_what_was_found(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(cell, times, usual[0], 1.2, 0.001);
    put(control, times, usual[0], 1.005, 0.02);
    judge(duel, 0);
    duel_conclude(duel);
    assert_true(cell->verdict == GATE_REGRESSED);
    expect(found(cell, times), GATE_REGRESSED, "over 12 process pairs");
    expect_session(duel, GATE_REGRESSED, "came out INCONCLUSIVE: operation_ns");
}

/* Of several the one that differs is named, wherever it stands. */
static void test_the_worst_control_is_named(void **state)
{
    struct duel *duel = *state;
    add(duel, false);
    struct duel_cell *differs = add(duel, true), *open = add(duel, true);
    put(differs, exact, usual[2], 0.5, 0);
    put(open, times, usual[0], 1.005, 0.02);
    judge(duel, 0);
    duel_conclude(duel);
    expect_session(duel, GATE_INCONCLUSIVE, "came out IMPROVED: growth_count");
}

static void test_a_control_without_a_pair(void **state)
{
    struct duel *duel = *state;
    add(duel, false);
    set_pairs(add(duel, true), 0);
    judge(duel, 0);
    duel_conclude(duel);
    expect_session(duel, GATE_INCONCLUSIVE, "came out INCONCLUSIVE: no pair of processes was run");
}

/* ---- the machine, and clocks ---- */

static void test_major_faults(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *times_only = add(duel, false);
    put(cell, times, usual[0], 1.2, 0.001);
    put(cell, memory, usual[1], 0.8, 0);
    put(cell, exact, usual[2], 2, 0);
    put(times_only, times, usual[0], 1.2, 0.001);
    cell->disturbed = times_only->disturbed = true;
    judge(duel, 0);
    duel_conclude(duel);
    expect(found(cell, times), GATE_INCONCLUSIVE, "there were major faults: the machine swaps: ");
    expect(found(cell, memory), GATE_INCONCLUSIVE, "there were major faults: the machine swaps: ");
    expect(found(cell, exact), GATE_REGRESSED, "24 in every candidate process");
    assert_true(cell->verdict == GATE_REGRESSED && times_only->verdict == GATE_INCONCLUSIVE);
}

/* Nor does a control on a machine that swaps say anything against the others' memory. */
static void test_a_disturbed_control_takes_nothing_back(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *control = add(duel, true);
    put(cell, times, usual[0], 1.2, 0.001);
    put(control, times, usual[0], 1.2, 0.001);
    control->disturbed = true;
    judge(duel, 0);
    duel_conclude(duel);
    assert_true(control->verdict == GATE_INCONCLUSIVE && cell->verdict == GATE_REGRESSED);
}

static void test_what_needs_confirming(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false);
    judge(duel, 0);
    cell->decays = true;
    assert_false(duel_needs_confirming(cell)); /* nothing was found */
    found(cell, exact)->verdict = GATE_REGRESSED;
    assert_false(duel_needs_confirming(cell)); /* no clock changes that */
    found(cell, "insert_p99_ns")->verdict = GATE_REGRESSED;
    assert_false(duel_needs_confirming(cell)); /* shown only */
    found(cell, memory)->verdict = GATE_INCONCLUSIVE;
    assert_false(duel_needs_confirming(cell));
    found(cell, memory)->verdict = GATE_IMPROVED;
    assert_true(duel_needs_confirming(cell));
    found(cell, memory)->verdict = GATE_UNCHANGED;
    found(cell, times)->verdict = GATE_REGRESSED;
    assert_true(duel_needs_confirming(cell));
    cell->decays = false;
    assert_false(duel_needs_confirming(cell));
    cell->decays = cell->control = true;
    assert_false(duel_needs_confirming(cell));
    cell->control = false;
    cell->stopped = true;
    assert_false(duel_needs_confirming(cell));
}

static const char unconfirmed[] = "not shown by processes that ran undisturbed: ";

static void test_undisturbed_pairs_that_show_it(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *undisturbed = add(duel, false);
    put(cell, times, usual[0], 1.2, 0.001);
    put(cell, memory, usual[1], 0.8, 0);
    judge(duel, 0);
    put(undisturbed, times, 5 * usual[0], 1.02, 0); /* 2 % of whatever they take */
    put(undisturbed, memory, usual[1], 0.98, 0);
    duel_take_back(cell, undisturbed);
    expect(found(cell, times), GATE_REGRESSED, "operation_ns");
    expect(found(cell, memory), GATE_IMPROVED, "peak_rss_bytes");
}

static void test_undisturbed_pairs_that_do_not(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *undisturbed = add(duel, false);
    put(cell, times, usual[0], 1.2, 0.001);
    put(cell, memory, usual[1], 0.8, 0);
    put(cell, exact, usual[2], 2, 0);
    judge(duel, 0);
    put(undisturbed, times, usual[0], 1.005, 0); /* within the floor */
    put(undisturbed, memory, usual[1], 1.2, 0);  /* the other way */
    duel_take_back(cell, undisturbed);
    expect(found(cell, times), GATE_INCONCLUSIVE, unconfirmed);
    expect(found(cell, memory), GATE_INCONCLUSIVE, unconfirmed);
    expect(found(cell, exact), GATE_REGRESSED, "24 in every candidate process");
    duel_conclude(duel);
    assert_true(cell->verdict == GATE_REGRESSED);
}

static void test_no_undisturbed_pair(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *undisturbed = add(duel, false);
    put(cell, times, usual[0], 1.2, 0.001);
    judge(duel, 0);
    set_pairs(undisturbed, 0);
    duel_take_back(cell, undisturbed);
    expect(found(cell, times), GATE_INCONCLUSIVE, unconfirmed);
}

/* What a pair leaves out is no 0. */
static void test_undisturbed_pairs_without_a_value(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false), *undisturbed = add(duel, false);
    put(cell, times, usual[0], 1.2, 0.001);
    judge(duel, 0);
    put(undisturbed, times, usual[0], 1.02, 0);
    const size_t i = index_of(undisturbed, times, 0);
    for (int pair = 0; pair < 11; pair++)
        undisturbed->values[i].of[pair % 2][pair] = NAN;
    duel_take_back(cell, undisturbed);
    expect(found(cell, times), GATE_REGRESSED, "operation_ns");
}

/* ---- as reports have it ---- */

static void test_a_cell_for_reports(void **state)
{
    struct duel *duel = *state;
    struct duel_cell *cell = add(duel, false);
    strcpy(cell->ids[GATE_BASE], "fill/a");
    strcpy(cell->ids[GATE_CANDIDATE], "fill/b");
    judge(duel, 0);
    duel_conclude(duel);
    const struct gate_cell gate = duel_gate_cell(cell, "again");
    assert_string_equal(gate.id, "fill/a");
    assert_string_equal(gate.candidate_id, "fill/b");
    assert_string_equal(gate.reproduce, "again");
    assert_true(!gate.control && gate.pairs == 12 && gate.verdict == GATE_UNCHANGED);
    assert_true(gate.count == cell->series_count && gate.series == cell->series &&
                gate.findings == cell->findings);
    assert_string_equal(gate.why, cell->why);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_the_same_is_unchanged),
        UNIT_TEST(test_what_is_decided_stays_look_by_look),
        UNIT_TEST(test_what_has_regressed_is_decided),
        UNIT_TEST(test_a_session_that_has_regressed_ends_with_its_cells),
        UNIT_TEST(test_what_is_shown_only_keeps_no_cell_open),
        UNIT_TEST(test_no_pair_at_all),
        UNIT_TEST(test_a_cell_that_was_stopped_keeps_its_word),
        UNIT_TEST(test_times_take_back_times),
        UNIT_TEST(test_an_improvement_of_the_control_is_as_bad),
        UNIT_TEST(test_memory_takes_back_memory),
        UNIT_TEST(test_exact_figures_take_back_no_times),
        UNIT_TEST(test_a_change_of_times_alone_is_inconclusive),
        UNIT_TEST(test_what_does_not_decide_takes_nothing_back),
        UNIT_TEST(test_a_control_that_is_open_only_forbids_unchanged),
        UNIT_TEST(test_a_control_that_is_open_leaves_what_was_found),
        UNIT_TEST(test_the_worst_control_is_named),
        UNIT_TEST(test_a_control_without_a_pair),
        UNIT_TEST(test_major_faults),
        UNIT_TEST(test_a_disturbed_control_takes_nothing_back),
        UNIT_TEST(test_what_needs_confirming),
        UNIT_TEST(test_undisturbed_pairs_that_show_it),
        UNIT_TEST(test_undisturbed_pairs_that_do_not),
        UNIT_TEST(test_no_undisturbed_pair),
        UNIT_TEST(test_undisturbed_pairs_without_a_value),
        UNIT_TEST(test_a_cell_for_reports),
    };
    return cmocka_run_group_tests_name("duel_verdict", tests, NULL, NULL);
}
