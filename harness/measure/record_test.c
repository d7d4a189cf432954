/* SPDX-License-Identifier: MIT
 *
 * The record: what is absent stays absent, what follows from the rest is worked out, and full lists of rows
 * keep what matters.
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

#include "harness/measure/record.h"
#include "harness/request/keys.h"
#include "tables/table.h"

static const struct cell fill_cell = {CELL_STANDING,   .table = "array",        .allocator = "mremap",
                                      .entries = 1000, .mode = CELL_THROUGHPUT, .seed = 1};

static int setup(void **state)
{
    struct record *record = malloc(sizeof *record);
    if (!record)
        return 1;
    memset(record, 0xA5, sizeof *record);
    record_init(record, &fill_cell);
    record->setup.ns_per_tick = 0.5;
    *state = record;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void assert_counter(const struct record *r, enum counter counter, double expected)
{
    const double got = record_get(r, counter);
    if (isnan(expected) ? !isnan(got) : !(fabs(got - expected) <= 1e-12 * fabs(expected)))
        fail_msg("%s is %g instead of %g", counter_names[counter], got, expected);
}

static void assert_all_absent(const struct record *r)
{
    for (int i = 0; i < COUNTER_COUNT; i++)
        assert_counter(r, (enum counter)i, NAN);
}

static void test_counters_have_names(void **state)
{
    (void)state;
    for (int i = 0; i < COUNTER_COUNT; i++) {
        assert_int_equal(counter_find(counter_names[i]), i);
        assert_true(strlen(counter_meanings[i]) > 0);
    }
    assert_int_equal(counter_find("speed"), COUNTER_COUNT);
    assert_int_equal(counter_find(""), COUNTER_COUNT);
}

static void test_a_new_record_is_empty(void **state)
{
    struct record *r = *state;
    assert_all_absent(r);
    assert_int_equal(r->status, RECORD_RUNNING);
    assert_string_equal(r->message, "");
    assert_true(cell_same_row(&r->cell, &fill_cell));
    assert_int_equal(r->series_count + r->growth_rows + r->pause_rows + r->entries_done, 0);
    assert_int_equal(r->insert.count + r->hit.count + r->miss.count, 0);
    assert_true(r->utilisation_1ms.window_ns == 1000000 && r->utilisation_100ms.window_ns == 100000000);
}

static void test_counters_are_set_one_by_one(void **state)
{
    struct record *r = *state;
    for (int i = 0; i < COUNTER_COUNT; i++)
        record_set(r, (enum counter)i, i - 0.5);
    for (int i = 0; i < COUNTER_COUNT; i++)
        assert_counter(r, (enum counter)i, i - 0.5);
}

static void test_a_record_that_never_started_stays_empty(void **state)
{
    struct record *r = *state;
    record_fail(r, RECORD_CRASH, "it was killed");
    record_finish(r);
    assert_all_absent(r);
}

static void fill_in(struct record *r)
{
    r->start_rss_bytes = 5000000;
    r->is_measuring = r->peaks_are_exact = 1;
    r->entries_done = r->operations_done = 1000;
    r->peak_rss_bytes = 48000;
    r->peak_virtual_bytes = 1 << 20;
    r->page_table_bytes = 8192;
    r->timed_operations = 1000;
    r->operation_ns = 20000;
    r->elapsed_ns = 100000000;
    r->growth_count = 10;
    r->growth_total_ns = 7000;
    r->growth_max_ns = 5000;
    r->resize_max_ns = 4000;
    r->base_moves = 3;
    r->base_moved_bytes = 333;
    r->interval_count = 12;
    r->migrated_entries = 30;
    r->migrated_max_entries = 7;
    r->tracked_entries = 4;
    r->tracked_moves = 10;
    r->worst_rss_ratio = 4.5;
    r->growth_overlap_ratio = 3;
}

static void assert_common(const struct record *r)
{
    assert_counter(r, COUNTER_entries, 1000);
    assert_counter(r, COUNTER_payload_bytes, 16000);
    assert_counter(r, COUNTER_start_rss_bytes, 5000000);
    assert_counter(r, COUNTER_peak_rss_bytes, 48000);
    assert_counter(r, COUNTER_peak_rss_ratio, 3);
    assert_counter(r, COUNTER_worst_rss_ratio, 4.5);
    assert_counter(r, COUNTER_growth_overlap_ratio, 3);
    assert_counter(r, COUNTER_peak_virtual_bytes, 1 << 20);
    assert_counter(r, COUNTER_page_table_bytes, 8192);
    assert_counter(r, COUNTER_growth_count, 10);
    assert_counter(r, COUNTER_growth_total_ns, 7000);
    assert_counter(r, COUNTER_resize_max_ns, 4000);
    assert_counter(r, COUNTER_base_moves, 3);
    assert_counter(r, COUNTER_base_moved_bytes, 333);
    assert_counter(r, COUNTER_interval_count, 12);
    assert_counter(r, COUNTER_migrated_entries, 30);
    assert_counter(r, COUNTER_moves_per_entry, 2.5);
}

static void test_throughput(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->hiccup_max_ns = 99;
    record_finish(r);
    assert_common(r);
    assert_counter(r, COUNTER_items_per_second, 1000 / 20e-6);
    static const enum counter absent[] = {COUNTER_growth_max_ns,         COUNTER_insert_p50_ns,
                                          COUNTER_insert_p99_ns,         COUNTER_insert_p999_ns,
                                          COUNTER_insert_max_ns,         COUNTER_insert_over_1ms_count,
                                          COUNTER_utilisation_1ms_ratio, COUNTER_utilisation_100ms_ratio,
                                          COUNTER_hiccup_max_ns,         COUNTER_hiccup_over_1ms_count,
                                          COUNTER_migrated_max_entries,  COUNTER_hit_items_per_second,
                                          COUNTER_miss_items_per_second, COUNTER_hit_p50_ns};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++)
        assert_counter(r, absent[i], NAN);
}

/* Without the right to reset VmHWM an interval has no peak of its own. */
static void test_peaks_that_are_not_exact_are_absent(void **state)
{
    struct record *r = *state;
    r->start_rss_bytes = 1;
    r->is_measuring = 1;
    r->entries_done = 1000;
    r->worst_rss_ratio = r->growth_overlap_ratio = 2;
    r->peak_rss_bytes = 32000;
    record_finish(r);
    assert_counter(r, COUNTER_worst_rss_ratio, NAN);
    assert_counter(r, COUNTER_growth_overlap_ratio, NAN);
    assert_counter(r, COUNTER_peak_rss_ratio, 2); /* a cold process has only one */
}

static void test_a_limit_is_estimated(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->status = RECORD_OK;
    record_finish(r);
    assert_counter(r, COUNTER_limit_estimate_bytes, 5000000 + 48000 + 8192);
    assert_counter(r, COUNTER_limit_estimate_ratio, 5056192.0 / 16000);
    assert_counter(r, COUNTER_limit_needed_bytes, NAN); /* nobody sought it */
    r->busy_live_bytes = 700;
    record_finish(r);
    assert_counter(r, COUNTER_limit_estimate_bytes, 5056892);
    record_set(r, COUNTER_snapshot_peak_bytes, 58000);
    record_finish(r);
    assert_counter(r, COUNTER_limit_estimate_bytes, 5066892);
    record_set(r, COUNTER_snapshot_peak_bytes, 30000);
    record_finish(r);
    assert_counter(r, COUNTER_limit_estimate_bytes, 5056892);
    r->entries_done = 1; /* drained: the payload that it was for stays */
    record_set_limit(r, 160000);
    assert_counter(r, COUNTER_limit_needed_bytes, 160000);
    assert_counter(r, COUNTER_limit_needed_ratio, 10);
    assert_counter(r, COUNTER_limit_estimate_bytes, 5056892);
}

/* Where the peak of the table cannot be told from that of the warm rounds there is nothing to estimate from. */
static void test_no_peak_no_estimate(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->status = RECORD_OK;
    r->peaks_are_exact = 0;
    r->cell.heap = CELL_WARM;
    record_finish(r);
    assert_counter(r, COUNTER_limit_estimate_bytes, NAN);
    record_set_limit(r, NAN);
    assert_counter(r, COUNTER_limit_needed_ratio, NAN);
}

static void test_latency(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->cell.mode = CELL_LATENCY;
    r->hiccup_max_ns = 99;
    r->hiccup_over_1ms_count = 1;
    r->insert_over_1ms_count = 2;
    for (int i = 0; i < 998; i++)
        latency_add(&r->insert, 100);
    latency_add(&r->insert, 200);
    latency_add(&r->insert, 80000001);
    utilisation_add_pause(&r->utilisation_1ms, 5000000, 40000000);
    utilisation_add_pause(&r->utilisation_100ms, 5000000, 40000000);
    record_add_pause(r, &(struct record_pause_row){990, 5000000, 40000000});
    record_finish(r);
    assert_common(r);
    assert_counter(r, COUNTER_slow_operations_ratio, 1e-3);
    assert_counter(r, COUNTER_growth_max_ns, 5000);
    assert_counter(r, COUNTER_insert_p50_ns, 50); /* half a nanosecond a tick */
    assert_counter(r, COUNTER_insert_p99_ns, 50);
    assert_counter(r, COUNTER_insert_p999_ns, 100);
    assert_counter(r, COUNTER_insert_max_ns, 40000000.5);
    assert_counter(r, COUNTER_insert_over_1ms_count, 2);
    assert_counter(r, COUNTER_utilisation_1ms_ratio, 0);
    assert_counter(r, COUNTER_utilisation_100ms_ratio, 0.6);
    assert_counter(r, COUNTER_hiccup_max_ns, 99);
    assert_counter(r, COUNTER_hiccup_over_1ms_count, 1);
    assert_counter(r, COUNTER_migrated_max_entries, 7);
    assert_counter(r, COUNTER_items_per_second, NAN);
    assert_counter(r, COUNTER_hit_p50_ns, NAN);
}

/* Of a table that does not grow a little at a time, and of one without another CPU beside it, nothing is said. */
static void test_what_was_not_seen_is_absent(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->cell.mode = CELL_LATENCY;
    r->migrated_entries = r->migrated_max_entries = 0;
    latency_add(&r->insert, 1000);
    record_finish(r);
    assert_counter(r, COUNTER_migrated_entries, NAN);
    assert_counter(r, COUNTER_migrated_max_entries, NAN);
    assert_counter(r, COUNTER_hiccup_over_1ms_count, NAN);
    r->hiccup_max_ns = 99;
    record_finish(r);
    assert_counter(r, COUNTER_hiccup_over_1ms_count, 0);
}

/* The recording layer sees nothing of it: absent, not 0. */
static void test_a_table_that_calls_malloc_itself(void **state)
{
    static const enum counter unseen[] = {
        COUNTER_growth_count, COUNTER_growth_total_ns,  COUNTER_growth_max_ns,       COUNTER_resize_max_ns,
        COUNTER_base_moves,   COUNTER_base_moved_bytes, COUNTER_growth_overlap_ratio};
    struct record *r = *state;
    fill_in(r);
    r->cell.mode = CELL_LATENCY;
    r->table_properties = TABLE_OWN_MALLOC;
    latency_add(&r->insert, 1000);
    record_finish(r);
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        assert_counter(r, unseen[i], NAN);
    assert_counter(r, COUNTER_moves_per_entry, NAN); /* nobody knew when to look */
    assert_counter(r, COUNTER_worst_rss_ratio, 4.5);
    assert_counter(r, COUNTER_insert_max_ns, 500);
    r->table_properties = TABLE_OWN_MALLOC | TABLE_STABLE_ADDRESS;
    record_finish(r);
    assert_counter(r, COUNTER_moves_per_entry, 2.5);
    r->table_properties = 0;
    record_finish(r);
    for (size_t i = 0; i < sizeof unseen / sizeof *unseen; i++)
        assert_true(record_get(r, unseen[i]) > 0);
}

static void test_find(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->cell.workload = CELL_FIND;
    r->find_count[0] = 500;
    r->find_count[1] = 300;
    r->find_ns[0] = 10000;
    r->find_ns[1] = 40000;
    record_finish(r);
    assert_counter(r, COUNTER_hit_items_per_second, 500 / 10e-6);
    assert_counter(r, COUNTER_miss_items_per_second, 300 / 40e-6);
    assert_counter(r, COUNTER_items_per_second, 800 / 50e-6); /* of look-ups, not of the fill before */
}

static void test_find_latency(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->cell.workload = CELL_FIND;
    r->cell.mode = CELL_LATENCY;
    latency_add(&r->hit, 20);
    latency_add(&r->miss, 60);
    latency_add(&r->miss, 80);
    record_finish(r);
    assert_counter(r, COUNTER_hit_p50_ns, 10);
    assert_counter(r, COUNTER_hit_max_ns, 10);
    assert_counter(r, COUNTER_miss_p50_ns, 30);
    assert_counter(r, COUNTER_miss_p99_ns, 40);
    assert_counter(r, COUNTER_miss_max_ns, 40);
    assert_counter(r, COUNTER_insert_p50_ns, NAN); /* it was filled in batches */
    assert_counter(r, COUNTER_growth_max_ns, NAN);
    assert_counter(r, COUNTER_hit_items_per_second, NAN);
}

/* Killed while it filled: the time of making its table is known, that of what it inserted is not. */
static void test_no_rate_without_its_time(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->timed_operations = 0;
    r->operation_ns = 8433;
    record_finish(r);
    assert_counter(r, COUNTER_entries, 1000);
    assert_counter(r, COUNTER_items_per_second, NAN);
    assert_counter(r, COUNTER_timed_ns, NAN);
}

/* While a table is emptied, and while it is filled again, its peaks say nothing about the payload; they are
 * peaks all the same. */
static void test_phases_of_drain(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->cell.workload = CELL_DRAIN;
    r->worst_rss_ratio = 0;
    r->interval_entries = 1 << 21;
    record_note_peak(r, 100 << 20, false);
    r->interval_entries = 1 << 20;
    record_begin_phase(r, RECORD_DRAINING);
    record_note_peak(r, 90 << 20, false);
    record_begin_phase(r, RECORD_REFILLING);
    record_note_peak(r, 120 << 20, false);
    record_note_peak(r, 110 << 20, false);
    r->entries_done = 10; /* killed early in it */
    r->operation_ns = 3000;
    r->erase_ns = 1000;
    r->timed_operations = 1010;
    r->erases_done = 1000;
    record_finish(r);
    assert_counter(r, COUNTER_worst_rss_ratio, 100.0 / 32);
    assert_counter(r, COUNTER_peak_rss_bytes, 120 << 20);
    assert_counter(r, COUNTER_refill_peak_rss_bytes, 120 << 20);
    assert_counter(r, COUNTER_peak_rss_ratio, (120 << 20) / 16000.0);
    assert_counter(r, COUNTER_entries, 10);
    assert_counter(r, COUNTER_erase_items_per_second, 1e9);
    assert_counter(r, COUNTER_refill_items_per_second, 10 / 2e-6);
    assert_counter(r, COUNTER_items_per_second, 1010 / 3e-6);
    assert_counter(r, COUNTER_timed_ns, 3000);
    assert_counter(r, COUNTER_churn_peak_rss_bytes, NAN);
}

static void test_churn(void **state)
{
    struct record *r = *state;
    fill_in(r);
    r->cell.workload = CELL_CHURN;
    r->cell.mode = CELL_LATENCY;
    record_begin_phase(r, RECORD_CHURNING);
    r->growth_count += 3;
    r->growth_max_ns = 123;
    r->interval_entries = 1 << 20;
    record_note_peak(r, 160 << 20, false);
    r->other_stall_max_ns = 70;
    for (int i = 0; i < 100; i++)
        latency_add(&r->erase, 100);
    latency_add(&r->insert, 120);
    record_finish(r);
    assert_counter(r, COUNTER_churn_growth_count, 3);
    assert_counter(r, COUNTER_growth_max_ns, 123); /* of what was timed singly */
    assert_counter(r, COUNTER_churn_peak_rss_bytes, 160 << 20);
    assert_counter(r, COUNTER_worst_rss_ratio, 10);
    assert_counter(r, COUNTER_erase_p50_ns, 50);
    assert_counter(r, COUNTER_erase_max_ns, 50);
    assert_counter(r, COUNTER_insert_max_ns, 60);
    assert_counter(r, COUNTER_stall_max_ns, 70);
    assert_counter(r, COUNTER_items_per_second, NAN);
    assert_counter(r, COUNTER_refill_peak_rss_bytes, NAN);
}

/* Killed before its first entry, and before anything was large enough for a ratio. */
static void test_a_killed_record_says_what_it_can(void **state)
{
    struct record *r = *state;
    r->start_rss_bytes = 1;
    r->is_measuring = r->peaks_are_exact = 1;
    record_finish(r);
    assert_counter(r, COUNTER_entries, 0);
    assert_counter(r, COUNTER_payload_bytes, 0);
    assert_counter(r, COUNTER_peak_rss_ratio, NAN);
    assert_counter(r, COUNTER_worst_rss_ratio, NAN);
    assert_counter(r, COUNTER_growth_overlap_ratio, NAN);
    assert_counter(r, COUNTER_moves_per_entry, NAN);
    assert_counter(r, COUNTER_items_per_second, NAN);
    assert_counter(r, COUNTER_end_rss_bytes, NAN); /* only the child could tell */
    assert_counter(r, COUNTER_destroy_ns, NAN);
}

static void test_failures_have_a_message_that_fits(void **state)
{
    struct record *r = *state;
    record_fail(r, RECORD_OOM, "refused %d bytes", 42);
    assert_int_equal(r->status, RECORD_OOM);
    assert_string_equal(r->message, "refused 42 bytes");
    char text[2 * RECORD_MESSAGE_BYTES];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    record_fail(r, RECORD_WRONG, "%s", text);
    assert_int_equal(strlen(r->message), RECORD_MESSAGE_BYTES - 1);
    for (int i = 0; i < RECORD_STATUS_COUNT; i++)
        assert_non_null(record_status_names[i]);
    assert_null(record_status_names[RECORD_STATUS_COUNT]);
}

/* A spike in any row is still there after as many halvings as it takes, in its place. */
static void test_a_full_series_keeps_its_peaks(void **state)
{
    struct record *r = *state;
    enum { ROWS = 5 * RECORD_SERIES_ROWS + 1234 };
    for (uint64_t spike_at = 0; spike_at < ROWS; spike_at = spike_at * 3 + 1) {
        r->series_count = 0;
        for (uint64_t i = 0; i < ROWS; i++) {
            const int64_t peak = i == spike_at ? 1000000 : (int64_t)(i % 7);
            record_add_series(r, &(struct record_series_row){
                                     .entries = i + 1, .time_ns = 10 * i, .interval_peak_rss_bytes = peak});
        }
        assert_true(r->series_count >= RECORD_SERIES_ROWS / 2 && r->series_count <= RECORD_SERIES_ROWS);
        int spike_count = 0;
        for (uint64_t i = 0; i < r->series_count; i++) {
            const struct record_series_row *row = &r->series[i];
            assert_true(!i || (row->entries > row[-1].entries && row->time_ns > row[-1].time_ns));
            if (row->interval_peak_rss_bytes != 1000000)
                continue;
            spike_count++;
            /* In the interval that holds its place, and no other. */
            assert_true(row->entries >= spike_at + 1 && (!i || row[-1].entries <= spike_at));
        }
        assert_int_equal(spike_count, 1);
        assert_true(r->series[r->series_count - 1].entries == ROWS);
    }
}

/* Before the table's memory is there, net figures can be below 0. */
static void test_negative_peaks_survive_too(void **state)
{
    struct record *r = *state;
    for (int64_t i = 0; i <= RECORD_SERIES_ROWS; i++)
        record_add_series(r, &(struct record_series_row){.interval_peak_rss_bytes = -1000 - i});
    assert_true(r->series[0].interval_peak_rss_bytes == -1000);
}

static void test_growth_rows_beyond_the_last_are_counted(void **state)
{
    struct record *r = *state;
    for (uint64_t i = 0; i < RECORD_GROWTH_ROWS + 77; i++)
        record_add_growth(r, &(struct record_growth_row){.entries = i});
    assert_int_equal(r->growth_rows, RECORD_GROWTH_ROWS);
    assert_int_equal(r->growth_rows_dropped, 77);
    for (uint64_t i = 0; i < RECORD_GROWTH_ROWS; i++)
        assert_true(r->growth[i].entries == i);
}

/* Lengths from 50 us to 50 ms, short ones common: no pause at or above the floor is missing, all in order. */
static void test_pause_rows_keep_the_longest(void **state)
{
    struct record *r = *state;
    enum { PAUSES = 10 * RECORD_PAUSE_ROWS };
    uint64_t *lengths = malloc(PAUSES * sizeof *lengths);
    assert_non_null(lengths);
    for (uint64_t i = 0; i < PAUSES; i++) {
        lengths[i] =
            (uint64_t)(UTILISATION_PAUSE_NS * pow(1000, (double)keys_random_below(3, i, 1000001) / 1e6));
        record_add_pause(r, &(struct record_pause_row){.entries = i, .duration_ns = lengths[i]});
    }
    assert_true(r->pause_floor_ns > UTILISATION_PAUSE_NS && r->pause_rows <= RECORD_PAUSE_ROWS);
    uint64_t row = 0;
    for (uint64_t i = 0; i < PAUSES; i++) {
        if (lengths[i] < r->pause_floor_ns)
            continue;
        assert_true(row < r->pause_rows && r->pauses[row].entries == i);
        assert_true(r->pauses[row].duration_ns == lengths[i]);
        row++;
    }
    assert_int_equal(row, r->pause_rows);
    free(lengths);
}

/* All alike: the list cannot hold them all, but the longest must be among what it holds. */
static void test_the_longest_of_like_pauses_is_kept(void **state)
{
    struct record *r = *state;
    for (uint64_t i = 0; i < RECORD_PAUSE_ROWS + 1; i++)
        record_add_pause(r,
                         &(struct record_pause_row){.entries = i, .duration_ns = i == 5000 ? 90000 : 60000});
    uint64_t longest_ns = 0;
    for (uint64_t i = 0; i < r->pause_rows; i++)
        if (r->pauses[i].duration_ns > longest_ns)
            longest_ns = r->pauses[i].duration_ns;
    assert_int_equal(longest_ns, 90000);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_counters_have_names),
        UNIT_TEST(test_a_new_record_is_empty),
        UNIT_TEST(test_counters_are_set_one_by_one),
        UNIT_TEST(test_a_record_that_never_started_stays_empty),
        UNIT_TEST(test_throughput),
        UNIT_TEST(test_peaks_that_are_not_exact_are_absent),
        UNIT_TEST(test_a_limit_is_estimated),
        UNIT_TEST(test_no_peak_no_estimate),
        UNIT_TEST(test_latency),
        UNIT_TEST(test_what_was_not_seen_is_absent),
        UNIT_TEST(test_a_table_that_calls_malloc_itself),
        UNIT_TEST(test_find),
        UNIT_TEST(test_find_latency),
        UNIT_TEST(test_no_rate_without_its_time),
        UNIT_TEST(test_phases_of_drain),
        UNIT_TEST(test_churn),
        UNIT_TEST(test_a_killed_record_says_what_it_can),
        UNIT_TEST(test_failures_have_a_message_that_fits),
        UNIT_TEST(test_a_full_series_keeps_its_peaks),
        UNIT_TEST(test_negative_peaks_survive_too),
        UNIT_TEST(test_growth_rows_beyond_the_last_are_counted),
        UNIT_TEST(test_pause_rows_keep_the_longest),
        UNIT_TEST(test_the_longest_of_like_pauses_is_kept),
    };
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
