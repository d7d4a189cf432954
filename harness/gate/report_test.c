/* SPDX-License-Identifier: MIT
 *
 * Findings as lines and as JSON: the gravest first, what cannot be known as null, times of separate sessions as
 * something that never decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/gate/report.h"

static double values[] = {8, NAN};

static struct gate_series series_of(const char *name, bool paired)
{
    const struct gate_metric *metric = gate_metric_find(name);
    assert_non_null(metric);
    return (struct gate_series){.metric = metric,
                                .class = metric->class,
                                .paired = paired,
                                .count = {2, 1},
                                .values = {values, values}};
}

static struct gate_finding finding_of(enum gate_verdict verdict, const char *why)
{
    struct gate_finding finding = {
        .verdict = verdict, .base = 8, .candidate = 9, .ratio = 1.125, .low = NAN, .high = NAN, .p = 1};
    snprintf(finding.why, sizeof finding.why, "%s", why);
    return finding;
}

static char *printed(const struct gate_cell *cells, size_t count, bool all)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    gate_report_print(cells, count, all, out);
    fclose(out);
    return text;
}

static void a_cell_is_what_the_gravest_deciding_finding_is(void **state)
{
    (void)state;
    const struct gate_series series[] = {series_of("growth_count", false), series_of("base_moves", false),
                                         series_of("growth_total_ns", false),
                                         series_of("insert_p99_ns", true)};
    const struct gate_finding findings[] = {
        finding_of(GATE_UNCHANGED, "the same"), finding_of(GATE_INCONCLUSIVE, "who knows"),
        finding_of(GATE_REGRESSED, "of another session"), finding_of(GATE_REGRESSED, "a tail")};
    struct gate_cell cell = {.id = "a", .series = series, .findings = findings, .count = 4};
    gate_report_conclude(&cell);
    assert_int_equal(cell.verdict, GATE_INCONCLUSIVE);
    assert_string_equal(cell.why, "who knows");
    cell.verdict = GATE_REGRESSED; /* by its status */
    strcpy(cell.why, "OK then, CRASH now");
    gate_report_conclude(&cell);
    assert_int_equal(cell.verdict, GATE_REGRESSED);
    assert_string_equal(cell.why, "OK then, CRASH now");
}

static void times_decide_only_where_sides_took_turns(void **state)
{
    (void)state;
    struct gate_series series = series_of("growth_total_ns", true);
    assert_true(gate_report_decides(&series));
    series.paired = false;
    assert_false(gate_report_decides(&series));
    series = series_of("insert_p99_ns", true); /* a tail never does */
    assert_false(gate_report_decides(&series));
    series = series_of("base_moves", false);
    assert_true(gate_report_decides(&series));
}

static void verdicts_have_signs_and_exit_codes(void **state)
{
    (void)state;
    static const struct {
        enum gate_verdict verdict;
        char sign;
        int code;
    } rows[] = {{GATE_SKIPPED, '.', 0},      {GATE_UNCHANGED, '=', 0},      {GATE_IMPROVED, '+', 0},
                {GATE_INCONCLUSIVE, '?', 4}, {GATE_NOT_COMPARABLE, '!', 3}, {GATE_REGRESSED, '-', 1},
                {GATE_ERROR, '!', 5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(gate_report_sign(rows[i].verdict), rows[i].sign);
        assert_int_equal(gate_report_exit_code(rows[i].verdict), rows[i].code);
    }
}

static void a_control_does_not_count(void **state)
{
    (void)state;
    const struct gate_cell cells[] = {{.id = "a", .verdict = GATE_UNCHANGED},
                                      {.id = "b", .verdict = GATE_REGRESSED, .control = true}};
    assert_int_equal(gate_report_verdict(cells, 2), GATE_UNCHANGED);
    assert_int_equal(gate_report_verdict(cells, 0), GATE_SKIPPED);
}

static void the_gravest_is_printed_first_and_the_unchanged_counted(void **state)
{
    (void)state;
    const struct gate_series series[] = {series_of("growth_count", false), series_of("base_moves", false)};
    const struct gate_finding findings[] = {finding_of(GATE_UNCHANGED, "no change"),
                                            finding_of(GATE_REGRESSED, "8 and 9")};
    const struct gate_cell cells[] = {
        {.id = "quiet", .verdict = GATE_UNCHANGED, .series = series, .findings = findings, .count = 1},
        {.id = "unknown", .verdict = GATE_INCONCLUSIVE, .why = "nobody knows"},
        {.id = "moved",
         .verdict = GATE_REGRESSED,
         .series = series,
         .findings = findings,
         .count = 2,
         .reproduce = "growbench run moved"},
    };
    char *text = printed(cells, 3, false);
    const char *moved = strstr(text, "- REGRESSED  moved\n"),
               *unknown = strstr(text, "? INCONCLUSIVE  unknown\n");
    assert_non_null(moved);
    assert_non_null(unknown);
    assert_true(moved < unknown);
    assert_null(strstr(text, "quiet"));
    assert_non_null(strstr(text, "8 -> 9 "));
    assert_non_null(strstr(text, "x1.1250"));
    assert_non_null(strstr(text, "      8 and 9\n"));
    assert_non_null(strstr(text, "      nobody knows\n"));
    assert_non_null(strstr(text, "= 1 more metric unchanged"));
    assert_non_null(strstr(text, "again: growbench run moved\n"));
    assert_non_null(strstr(text, "3 cells: 1 REGRESSED, 1 INCONCLUSIVE, 1 UNCHANGED\n"));
    free(text);
    text = printed(cells, 3, true);
    assert_non_null(strstr(text, "= UNCHANGED  quiet\n"));
    free(text);
}

static void json_has_null_for_what_is_not_known(void **state)
{
    (void)state;
    const struct gate_series series = series_of("base_moves", false);
    const struct gate_finding finding = finding_of(GATE_REGRESSED, "why");
    const struct gate_cell cell = {
        .id = "a", .series = &series, .findings = &finding, .count = 1, .verdict = GATE_REGRESSED};
    json_t *json = gate_report_cell_json(&cell);
    const json_t *metric = json_array_get(json_object_get(json, "metrics"), 0);
    assert_string_equal(json_string_value(json_object_get(json, "candidate_id")), "a");
    assert_true(json_is_null(json_object_get(json, "reproduce")));
    assert_true(json_is_null(json_object_get(metric, "low")));
    assert_int_equal(json_integer_value(json_object_get(metric, "base_value")), 8);
    assert_int_equal(json_array_size(json_object_get(metric, "base")), 2);
    assert_true(json_is_null(json_array_get(json_object_get(metric, "base"), 1)));
    assert_int_equal(json_array_size(json_object_get(metric, "candidate")), 1);
    assert_string_equal(json_string_value(json_object_get(metric, "class")), "exact");
    assert_true(json_is_true(json_object_get(metric, "decides")));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cell_is_what_the_gravest_deciding_finding_is),
        cmocka_unit_test(times_decide_only_where_sides_took_turns),
        cmocka_unit_test(verdicts_have_signs_and_exit_codes),
        cmocka_unit_test(a_control_does_not_count),
        cmocka_unit_test(the_gravest_is_printed_first_and_the_unchanged_counted),
        cmocka_unit_test(json_has_null_for_what_is_not_known),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
