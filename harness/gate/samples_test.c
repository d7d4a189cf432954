/* SPDX-License-Identifier: MIT
 *
 * What is gathered from a run: the processes that count, and their values.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "harness/gate/samples.h"
#include "harness/testing/results.h"

static const char latency_id[] = "fill/array/glibc/entries:5/mode:latency";
static const char throughput_id[] = "fill/array/glibc/entries:5/mode:throughput";

struct fixture {
    struct made_up run;
    struct gate_samples samples;
    char error[SENTENCE_BYTES];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    made_up_begin(&f->run);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    gate_samples_free(&f->samples);
    made_up_end(&f->run);
    free(f);
    return 0;
}

static const struct gate_sample_cell *gather(struct fixture *f, const char *id)
{
    struct results results = made_up_results(&f->run);
    gate_samples_free(&f->samples);
    if (gate_samples_gather(&results, &f->samples, f->error))
        fail_msg("%s", f->error);
    const struct gate_sample_cell *cell = gate_samples_find(&f->samples, id);
    assert_non_null(cell);
    return cell;
}

static const struct gate_sample *metric_of(const struct gate_sample_cell *cell, const char *name)
{
    return gate_samples_metric(cell, gate_metric_find(name));
}

static void cells_and_modes_stand_apart(void **state)
{
    struct fixture *f = *state;
    made_up_add(&f->run, latency_id)->counters[COUNTER_growth_count] = 7;
    made_up_add(&f->run, latency_id)->counters[COUNTER_growth_count] = 8;
    made_up_add(&f->run, throughput_id)->counters[COUNTER_growth_count] = 9;
    const struct gate_sample_cell *cell = gather(f, latency_id);
    assert_int_equal(f->samples.count, 2);
    assert_int_equal(cell->statuses[RECORD_OK], 2);
    const struct gate_sample *sample = metric_of(cell, "growth_count");
    assert_non_null(sample);
    assert_int_equal(sample->count, 2);
    assert_float_equal(sample->values[0], 7, 0);
    assert_float_equal(sample->values[1], 8, 0);
    assert_int_equal(sample->class, GATE_DISTRIBUTION);
    assert_null(metric_of(cell, "base_moves"));
    assert_int_equal(metric_of(gather(f, throughput_id), "growth_count")->class, GATE_EXACT);
    assert_null(gate_samples_find(&f->samples, "fill/array/glibc/entries:6/mode:latency"));
}

static void only_processes_that_ended_well_have_values(void **state)
{
    struct fixture *f = *state;
    made_up_add(&f->run, latency_id)->counters[COUNTER_growth_count] = 7;
    struct result *r = made_up_add(&f->run, latency_id);
    r->counters[COUNTER_growth_count] = 3;
    r->status = RECORD_OOM;
    snprintf(r->message, sizeof r->message, "refused\x1b[2J");
    r->budget_bytes = 1 << 20;
    r = made_up_add(&f->run, latency_id);
    r->status = RECORD_SKIP;
    snprintf(r->message, sizeof r->message, RESULTS_NOT_REPEATED " an earlier one was");
    const struct gate_sample_cell *cell = gather(f, latency_id);
    assert_int_equal(cell->statuses[RECORD_OK], 1);
    assert_int_equal(cell->statuses[RECORD_SKIP], 0);
    assert_int_equal(cell->status, RECORD_OOM);
    assert_string_equal(cell->message, "refused?[2J");
    assert_int_equal(cell->budget_bytes, 1 << 20);
    assert_int_equal(metric_of(cell, "growth_count")->count, 1);
}

static void memory_of_a_process_with_major_faults_does_not_count(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        struct result *r = made_up_add(&f->run, latency_id);
        r->counters[COUNTER_peak_rss_bytes] = 1000;
        r->counters[COUNTER_growth_count] = 7;
        r->counters[COUNTER_major_faults] = i == 1;
    }
    const struct gate_sample_cell *cell = gather(f, latency_id);
    assert_int_equal(cell->disturbed, 1);
    assert_int_equal(metric_of(cell, "peak_rss_bytes")->count, 2);
    assert_true(isnan(metric_of(cell, "peak_rss_bytes")->values[1]));
    assert_int_equal(metric_of(cell, "growth_count")->count, 3);
    for (size_t i = 0; i < 3; i++)
        f->run.items[i].counters[COUNTER_major_faults] = 2;
    assert_int_equal(metric_of(gather(f, latency_id), "peak_rss_bytes")->count,
                     0); /* there, without a value */
}

static void rates_become_times_in_throughput_mode_alone(void **state)
{
    struct fixture *f = *state;
    made_up_add(&f->run, latency_id)->counters[COUNTER_items_per_second] = 1e8;
    made_up_add(&f->run, throughput_id)->counters[COUNTER_items_per_second] = 1e8;
    assert_null(metric_of(gather(f, latency_id), "operation_ns"));
    assert_float_equal(metric_of(gather(f, throughput_id), "operation_ns")->values[0], 10, 1e-9);
}

static void other_libraries_within_a_cell_are_seen(void **state)
{
    struct fixture *f = *state;
    made_up_add(&f->run, latency_id);
    made_up_add(&f->run, latency_id);
    assert_false(gather(f, latency_id)->is_mixed);
    f->run.items[1].allocator_sha256[0] = 'x';
    assert_true(gather(f, latency_id)->is_mixed);
    f->run.items[1].status = RECORD_CRASH; /* perhaps before it had any */
    assert_false(gather(f, latency_id)->is_mixed);
}

static void a_run_of_two_machines_or_of_none_is_refused(void **state)
{
    struct fixture *f = *state;
    struct results results = made_up_results(&f->run);
    assert_int_equal(gate_samples_gather(&results, &f->samples, f->error), ENOENT);
    assert_non_null(strstr(f->error, "no record yet"));
    made_up_add(&f->run, latency_id);
    json_t *other = made_up_context();
    json_object_set_new(other, "machine_fingerprint", json_string("fedcba9876543210"));
    made_up_add(&f->run, latency_id)->context = other;
    results = made_up_results(&f->run);
    assert_int_equal(gate_samples_gather(&results, &f->samples, f->error), EXDEV);
    assert_non_null(strstr(f->error, "machine_fingerprint"));
    json_object_del(f->run.context, "machine_fingerprint");
    json_object_del(other, "machine_fingerprint");
    assert_int_equal(gate_samples_gather(&results, &f->samples, f->error), EXDEV);
    json_decref(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cells_and_modes_stand_apart),
        TEST(only_processes_that_ended_well_have_values),
        TEST(memory_of_a_process_with_major_faults_does_not_count),
        TEST(rates_become_times_in_throughput_mode_alone),
        TEST(other_libraries_within_a_cell_are_seen),
        TEST(a_run_of_two_machines_or_of_none_is_refused),
    };
    return cmocka_run_group_tests_name("samples", tests, NULL, NULL);
}
