/* SPDX-License-Identifier: MIT
 *
 * The histogram against what it stands for: a sorted array of all values.
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

#include "harness/measure/latency.h"
#include "harness/request/keys.h"

static struct latency *latency_new(void)
{
    struct latency *latency = calloc(1, sizeof *latency);
    assert_non_null(latency);
    return latency;
}

/* What the histogram says for a lone value below a much larger one: its bucket's end. */
static uint64_t reported(struct latency *latency, uint64_t value)
{
    memset(latency, 0, sizeof *latency);
    latency_add(latency, value);
    latency_add(latency, UINT64_MAX);
    return latency_quantile_ticks(latency, 0.5);
}

static void test_small_values_are_exact(void **state)
{
    (void)state;
    struct latency *latency = latency_new();
    for (uint64_t value = 0; value < 256; value++)
        assert_true(reported(latency, value) == value);
    free(latency);
}

static void assert_error_is_bounded(struct latency *latency, uint64_t value)
{
    const uint64_t got = reported(latency, value);
    if (got < value || got - value > value / 128)
        fail_msg("%llu is reported as %llu", (unsigned long long)value, (unsigned long long)got);
}

static void test_the_error_is_bounded_on_all_scales(void **state)
{
    (void)state;
    struct latency *latency = latency_new();
    for (unsigned bit = 0; bit < 64; bit++)
        for (uint64_t i = 0; i < 50; i++) {
            const uint64_t power = (uint64_t)1 << bit;
            assert_error_is_bounded(latency, power);
            assert_error_is_bounded(latency, power - 1);
            assert_error_is_bounded(latency, power + keys_random_below(3, i, power));
        }
    assert_error_is_bounded(latency, UINT64_MAX);
    free(latency);
}

static void test_buckets_are_in_order_and_in_bounds(void **state)
{
    (void)state;
    unsigned last = 0;
    for (uint64_t value = 0; value < 1 << 20; value++) {
        const unsigned bucket = latency_bucket(value);
        assert_true(bucket == last || bucket == last + 1 || value == 0);
        last = bucket;
    }
    assert_true(latency_bucket(UINT64_MAX) == LATENCY_BUCKET_COUNT - 1);
}

static int compare(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

static uint64_t draw_uniform(uint64_t i)
{
    return keys_random_below(5, i, 1000000);
}

static uint64_t draw_log_uniform(uint64_t i)
{
    return (uint64_t)exp2((double)keys_random_below(5, i, 50000) / 1000);
}

/* What a table's inserts look like: two speeds, and one in 10,000 that grows. */
static uint64_t draw_table(uint64_t i)
{
    const uint64_t kind = keys_random_below(6, i, 10000);
    return kind == 0     ? 50000000 + keys_random_below(7, i, 50000000)
           : kind < 3000 ? 300 + kind
                         : 40 + kind % 20;
}

static uint64_t draw_constant(uint64_t i)
{
    (void)i;
    return 12345;
}

static void test_quantiles_against_a_sorted_array(void **state)
{
    (void)state;
    enum { COUNT = 100003 }; /* a prime: no quantile falls on a rank by chance */
    uint64_t (*const draws[])(uint64_t) = {draw_uniform, draw_log_uniform, draw_table, draw_constant};
    static const double quantiles[] = {0, 1e-6, 0.01, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 0.9999, 0.99999, 1};
    uint64_t *values = malloc(COUNT * sizeof *values);
    assert_non_null(values);
    for (size_t d = 0; d < sizeof draws / sizeof *draws; d++) {
        struct latency *latency = latency_new();
        double total = 0;
        for (uint64_t i = 0; i < COUNT; i++) {
            values[i] = draws[d](i);
            latency_add(latency, values[i]);
            total += (double)values[i];
        }
        qsort(values, COUNT, sizeof *values, compare);
        for (size_t q = 0; q < sizeof quantiles / sizeof *quantiles; q++) {
            const double rank = ceil(quantiles[q] * COUNT);
            const uint64_t exact = values[rank < 1 ? 0 : (size_t)rank - 1];
            const uint64_t got = latency_quantile_ticks(latency, quantiles[q]);
            assert_true(got >= exact && got - exact <= exact / 128);
        }
        assert_true(latency->count == COUNT);
        assert_true(latency->max_ticks == values[COUNT - 1]);
        assert_true(latency_quantile_ticks(latency, 1) == values[COUNT - 1]);
        assert_true(fabs(latency->total_ticks - total) <= 1e-9 * total);
        free(latency);
    }
    free(values);
}

/* One in ten is slow, so the 90th percentile is a fast one and the next value is not. */
static void test_ranks_are_exact(void **state)
{
    (void)state;
    struct latency *latency = latency_new();
    for (int i = 0; i < 90; i++)
        latency_add(latency, 10);
    for (int i = 0; i < 10; i++)
        latency_add(latency, 200);
    assert_true(latency_quantile_ticks(latency, 0.5) == 10);
    assert_true(latency_quantile_ticks(latency, 0.9) == 10);
    assert_true(latency_quantile_ticks(latency, 0.9000001) == 200);
    assert_true(latency_quantile_ticks(latency, 0.99) == 200);
    free(latency);
}

static void test_an_empty_histogram(void **state)
{
    (void)state;
    struct latency *latency = latency_new();
    assert_true(latency_quantile_ticks(latency, 0.5) == 0);
    assert_true(latency_quantile_ticks(latency, 1) == 0);
    char text[1000] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    latency_write_hgrm(latency, 1, out);
    fclose(out);
    assert_non_null(strstr(text, "Value"));
    assert_non_null(strstr(text, "#[Total count = 0]"));
    free(latency);
}

struct hgrm {
    unsigned rows;
    double last_value, last_percentile;
    unsigned long long last_count;
};

/* Reads the rows of a percentile text and checks each against the one before and against the histogram. */
static struct hgrm read_hgrm(FILE *in, const struct latency *latency, double us_per_tick)
{
    struct hgrm hgrm = {0};
    char line[200];
    assert_non_null(fgets(line, sizeof line, in));
    assert_non_null(strstr(line, "1/(1-Percentile)"));
    while (fgets(line, sizeof line, in) && *line != '#') {
        double value, percentile, inverse = 0;
        unsigned long long count;
        const int fields = sscanf(line, "%lf %lf %llu %lf", &value, &percentile, &count, &inverse);
        if (*line == '\n')
            continue;
        assert_true(fields == 4 || (fields == 3 && count == latency->count));
        assert_true(value >= hgrm.last_value && percentile >= hgrm.last_percentile &&
                    count > hgrm.last_count);
        assert_true(fabs(percentile - (double)count / (double)latency->count) < 1e-9);
        if (fields == 4)
            assert_true(fabs(inverse * (1 - percentile) - 1) < 0.01);
        const double quantile = (double)latency_quantile_ticks(latency, percentile - 1e-12) * us_per_tick;
        assert_true(fabs(value - quantile) <= 0.0006 + 1e-9 * quantile);
        hgrm = (struct hgrm){hgrm.rows + 1, value, percentile, count};
    }
    return hgrm;
}

static void test_hgrm_is_monotone_and_ends_with_the_maximum(void **state)
{
    (void)state;
    uint64_t (*const draws[])(uint64_t) = {draw_uniform, draw_log_uniform, draw_table, draw_constant};
    static const uint64_t counts[] = {1, 2, 10, 100003};
    static const double ns_per_tick = 0.4;
    for (size_t d = 0; d < sizeof draws / sizeof *draws; d++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            struct latency *latency = latency_new();
            for (uint64_t i = 0; i < counts[c]; i++)
                latency_add(latency, draws[d](i));
            FILE *file = tmpfile();
            assert_non_null(file);
            latency_write_hgrm(latency, ns_per_tick, file);
            rewind(file);
            const struct hgrm hgrm = read_hgrm(file, latency, ns_per_tick / 1e3);
            fclose(file);
            assert_true(hgrm.rows >= 1 && hgrm.rows < 200);
            assert_true(hgrm.last_count == counts[c]);
            assert_true(hgrm.last_percentile == 1);
            assert_true(fabs(hgrm.last_value - (double)latency->max_ticks * ns_per_tick / 1e3) < 0.0006);
            if (counts[c] > 1000 && draws[d] != draw_constant)
                assert_true(hgrm.rows > 20);
            free(latency);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_values_are_exact),
        cmocka_unit_test(test_the_error_is_bounded_on_all_scales),
        cmocka_unit_test(test_buckets_are_in_order_and_in_bounds),
        cmocka_unit_test(test_quantiles_against_a_sorted_array),
        cmocka_unit_test(test_ranks_are_exact),
        cmocka_unit_test(test_an_empty_histogram),
        cmocka_unit_test(test_hgrm_is_monotone_and_ends_with_the_maximum),
    };
    return cmocka_run_group_tests_name("latency", tests, NULL, NULL);
}
