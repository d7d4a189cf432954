/* SPDX-License-Identifier: MIT
 *
 * The cases of `growbench losses` on heaps whose answers are known: that each case sets its own metrics and
 * no others, and counts what it says it counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "harness/commands/losses.h"
#include "harness/run/served.h"

enum { BYTES = 8 << 20 };

static const struct allocator *row_of(const char *name)
{
    const struct allocator *const *row = allocator_registry;
    while (strcmp((*row)->name, name))
        row++;
    return *row;
}

static void measure(enum losses_case what, const struct allocator *allocator, double *metrics)
{
    for (int m = 0; m < LOSSES_METRIC_COUNT; m++)
        metrics[m] = NAN;
    assert_int_equal(losses_measure(what, allocator, BYTES, 2, metrics), 0);
}

static void test_sets_its_own(void **state)
{
    (void)state;
    double metrics[LOSSES_METRIC_COUNT];
    for (int what = 0; losses_case_names[what]; what++) {
        measure((enum losses_case)what, row_of("mremap"), metrics);
        for (int m = 0; m < LOSSES_METRIC_COUNT; m++)
            assert_int_equal(!isnan(metrics[m]), losses_rows[m].of == (enum losses_case)what);
    }
}

/* The region gives its pages back with every block: each has to be faulted in again, once. */
static void test_counts_faults(void **state)
{
    (void)state;
    double metrics[LOSSES_METRIC_COUNT];
    if (served_is_sanitized())
        skip(); /* shadow memory faults too */
    measure(LOSSES_AGAIN, row_of("mremap"), metrics);
    assert_true(metrics[LOSSES_again_whole_faults] >= 1 && metrics[LOSSES_again_whole_faults] < 1.1);
    assert_true(metrics[LOSSES_again_growing_faults] >= 1 && metrics[LOSSES_again_growing_faults] < 1.1);
    measure(LOSSES_AGAIN, row_of("mremap_move"), metrics);
    assert_true(metrics[LOSSES_again_growing_faults] < 1.1);
    measure(LOSSES_AGAIN, row_of("copying"), metrics); /* the copy touches the new block's pages, too */
    assert_true(metrics[LOSSES_again_growing_faults] > 1.5);
}

static void test_counts_mappings(void **state)
{
    (void)state;
    double metrics[LOSSES_METRIC_COUNT];
    if (served_is_sanitized())
        skip(); /* its malloc maps and keeps memory of its own */
    measure(LOSSES_ARRAYS, row_of("mremap"), metrics);
    assert_true(metrics[LOSSES_arrays_mappings_count] > 1.5 && metrics[LOSSES_arrays_mappings_count] < 2.5);
    assert_true(metrics[LOSSES_arrays_rss_ratio] > 1.05 && metrics[LOSSES_arrays_rss_ratio] < 1.6);
    measure(LOSSES_ARRAYS, row_of("glibc"), metrics);
    assert_true(metrics[LOSSES_arrays_mappings_count] < 0.5);
}

static void test_one_thread_is_the_measure(void **state)
{
    (void)state;
    double metrics[LOSSES_METRIC_COUNT] = {0};
    assert_int_equal(losses_measure(LOSSES_THREADS, row_of("mremap"), BYTES, 1, metrics), 0);
    assert_true(metrics[LOSSES_threads_slowdown_ratio] > 0.1 && metrics[LOSSES_threads_slowdown_ratio] < 10);
    /* A write to a page that has to be faulted in takes longer than this on any machine. */
    assert_true(metrics[LOSSES_threads_page_ns] > 50);
}

static struct heap *open_nothing(const struct allocator_options *options)
{
    (void)options;
    return NULL;
}

static void test_says_what_it_cannot(void **state)
{
    (void)state;
    double metrics[LOSSES_METRIC_COUNT];
    const struct allocator closed = {.properties = ALLOCATOR_THREADS, .open = open_nothing};
    const struct allocator single = {.open = open_nothing};
    assert_int_equal(losses_measure(LOSSES_AGAIN, &closed, BYTES, 2, metrics), ENOMEM);
    assert_int_equal(losses_measure(LOSSES_THREADS, &single, BYTES, 2, metrics), ENOTSUP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sets_its_own),        cmocka_unit_test(test_counts_faults),
        cmocka_unit_test(test_counts_mappings),     cmocka_unit_test(test_one_thread_is_the_measure),
        cmocka_unit_test(test_says_what_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
