/* SPDX-License-Identifier: MIT
 *
 * Spec times catalog: how many cells, in which order, and which pass a filter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/common/clock.h"
#include "harness/request/matrix.h"

struct fixture {
    struct spec spec;
    struct catalog catalog;
    struct matrix matrix;
    char error[SENTENCE_BYTES];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    spec_init(&f->spec);
    static const char *const tables[] = {"array", "linear_rebuild", "floor"}, *const allocators[] = {
                                                                                  "glibc", "mremap"};
    f->catalog.table_count = 3;
    f->catalog.allocator_count = 2;
    for (int i = 0; i < 3; i++)
        strcpy(f->catalog.tables[i].name, tables[i]);
    for (int i = 0; i < 2; i++)
        strcpy(f->catalog.allocators[i].name, allocators[i]);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    matrix_free(&f->matrix);
    free(f);
    return 0;
}

static void build(struct fixture *f, const char *filter)
{
    strcpy(f->spec.filter, filter);
    if (matrix_build(&f->matrix, &f->spec, &f->catalog, f->error))
        fail_msg("%s", f->error);
}

static void assert_id(const struct fixture *f, size_t i, const char *expected)
{
    char id[CELL_ID_BYTES];
    assert_true(i < f->matrix.count);
    assert_string_equal(cell_format_id(&f->matrix.cells[i], id), expected);
}

static void test_mode_both_is_one_cell_of_each(void **state)
{
    struct fixture *f = *state;
    build(f, "");
    assert_int_equal(f->matrix.count, 3 * 2 * 2);
    static const char *const ids[] = {
        "fill/array/glibc/entries:8388609/mode:throughput",
        "fill/array/glibc/entries:8388609/mode:latency",
        "fill/array/mremap/entries:8388609/mode:throughput",
        "fill/array/mremap/entries:8388609/mode:latency",
        "fill/linear_rebuild/glibc/entries:8388609/mode:throughput",
        "fill/linear_rebuild/glibc/entries:8388609/mode:latency",
    };
    for (size_t i = 0; i < 6; i++)
        assert_id(f, i, ids[i]);
}

static void test_one_mode(void **state)
{
    struct fixture *f = *state;
    f->spec.axes[CELL_AXIS_mode].items[0] = CELL_LATENCY;
    build(f, "");
    assert_int_equal(f->matrix.count, 3 * 2);
    for (size_t i = 0; i < f->matrix.count; i++)
        assert_int_equal(f->matrix.cells[i].mode, CELL_LATENCY);
}

/* A batch of one's own is of throughput mode alone, unless latency mode is asked for: that is a SKIP then. */
static void test_batches_have_one_mode(void **state)
{
    struct fixture *f = *state;
    f->spec.axes[CELL_AXIS_batch] = (struct spec_numbers){2, {1, CELL_BATCH_DEFAULT}};
    build(f, "array/glibc");
    assert_int_equal(f->matrix.count, 3);
    assert_id(f, 0, "fill/array/glibc/entries:8388609/mode:throughput/batch:1");
    assert_id(f, 1, "fill/array/glibc/entries:8388609/mode:throughput");
    assert_id(f, 2, "fill/array/glibc/entries:8388609/mode:latency");
    matrix_free(&f->matrix);
    f->spec.axes[CELL_AXIS_mode].items[0] = CELL_LATENCY;
    build(f, "array/glibc");
    assert_int_equal(f->matrix.count, 2);
    assert_id(f, 0, "fill/array/glibc/entries:8388609/mode:latency/batch:1");
}

static void test_all_axes_multiply_and_nothing_comes_twice(void **state)
{
    struct fixture *f = *state;
    f->spec.axes[CELL_AXIS_workload] = (struct spec_numbers){2, {CELL_FIND, CELL_FILL}};
    f->spec.axes[CELL_AXIS_entries] = (struct spec_numbers){3, {30, 10, 20}};
    f->spec.axes[CELL_AXIS_heap] = (struct spec_numbers){3, {CELL_COLD, CELL_WARM, CELL_BUSY}};
    f->spec.axes[CELL_AXIS_thp] = (struct spec_numbers){2, {PAGE_POLICY_NEVER, PAGE_POLICY_ALWAYS}};
    f->spec.axes[CELL_AXIS_seed].items[0] = 7;
    f->spec.axes[CELL_AXIS_aslr].items[0] = true;
    build(f, "");
    assert_int_equal(f->matrix.count, 2 * 3 * 2 * 3 * 3 * 2 * 2);
    char a[CELL_ID_BYTES], b[CELL_ID_BYTES];
    for (size_t i = 0; i < f->matrix.count; i++) {
        cell_format_id(&f->matrix.cells[i], a);
        assert_non_null(strstr(a, "/seed:7/aslr:on"));
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(a, cell_format_id(&f->matrix.cells[j], b));
    }
    /* The order in which the user gave them; the last axis turns fastest. */
    assert_id(f, 0, "find/array/glibc/entries:30/mode:throughput/thp:never/seed:7/aslr:on");
    assert_id(f, 1, "find/array/glibc/entries:30/mode:latency/thp:never/seed:7/aslr:on");
    assert_id(f, 2, "find/array/glibc/entries:30/mode:throughput/thp:always/seed:7/aslr:on");
    assert_id(f, 4, "find/array/glibc/entries:30/mode:throughput/heap:warm/thp:never/seed:7/aslr:on");
    assert_id(f, 12, "find/array/glibc/entries:10/mode:throughput/thp:never/seed:7/aslr:on");
    assert_id(f, f->matrix.count - 1,
              "fill/floor/mremap/entries:20/mode:latency/heap:busy/thp:always/seed:7/aslr:on");
}

static void test_a_filter(void **state)
{
    struct fixture *f = *state;
    build(f, "(array|floor)/mremap.*mode:latency$");
    assert_int_equal(f->matrix.count, 2);
    assert_id(f, 0, "fill/array/mremap/entries:8388609/mode:latency");
    assert_id(f, 1, "fill/floor/mremap/entries:8388609/mode:latency");
}

static void test_a_negated_filter(void **state)
{
    struct fixture *f = *state;
    build(f, "-glibc|latency");
    assert_int_equal(f->matrix.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(f->matrix.cells[i].allocator, "mremap");
        assert_int_equal(f->matrix.cells[i].mode, CELL_THROUGHPUT);
    }
}

static void test_a_filter_that_matches_nothing(void **state)
{
    struct fixture *f = *state;
    static const char *const filters[] = {"nowhere", "-.", "^array"};
    for (int i = 0; i < 3; i++) {
        strcpy(f->spec.filter, filters[i]);
        assert_int_equal(matrix_build(&f->matrix, &f->spec, &f->catalog, f->error), EINVAL);
        assert_non_null(strstr(f->error, filters[i]));
        assert_int_equal(f->matrix.count, 0);
        assert_null(f->matrix.cells);
    }
}

/* As in Google Benchmark, where "all" is the same as ".". */
static void test_the_filter_all(void **state)
{
    struct fixture *f = *state;
    build(f, "all");
    assert_int_equal(f->matrix.count, 3 * 2 * 2);
}

static void test_a_bad_expression(void **state)
{
    struct fixture *f = *state;
    static const char *const filters[] = {"(", "[a", "a{2,1}"};
    for (int i = 0; i < 3; i++) {
        strcpy(f->spec.filter, filters[i]);
        assert_int_equal(matrix_build(&f->matrix, &f->spec, &f->catalog, f->error), EINVAL);
        assert_non_null(strstr(f->error, filters[i]));
        assert_non_null(strstr(f->error, "regular expression"));
    }
}

/* Every axis at once, as large as anyone would ask: no wait. */
static void test_a_large_matrix(void **state)
{
    struct fixture *f = *state;
    f->catalog.table_count = 20;
    f->catalog.allocator_count = 15;
    for (int i = 0; i < 20; i++)
        snprintf(f->catalog.tables[i].name, CELL_NAME_BYTES, "table%d", i);
    for (int i = 0; i < 15; i++)
        snprintf(f->catalog.allocators[i].name, CELL_NAME_BYTES, "allocator%d", i);
    f->spec.axes[CELL_AXIS_workload] = (struct spec_numbers){2, {CELL_FILL, CELL_FIND}};
    f->spec.axes[CELL_AXIS_heap] = (struct spec_numbers){3, {CELL_COLD, CELL_WARM, CELL_BUSY}};
    f->spec.axes[CELL_AXIS_thp] =
        (struct spec_numbers){3, {PAGE_POLICY_SYSTEM, PAGE_POLICY_ALWAYS, PAGE_POLICY_NEVER}};
    const double start_seconds = clock_seconds();
    build(f, "");
    assert_int_equal(f->matrix.count, 20 * 15 * 2 * 9 * 2);
    assert_true(clock_seconds() - start_seconds < 5);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_mode_both_is_one_cell_of_each),
        UNIT_TEST(test_one_mode),
        UNIT_TEST(test_batches_have_one_mode),
        UNIT_TEST(test_all_axes_multiply_and_nothing_comes_twice),
        UNIT_TEST(test_a_filter),
        UNIT_TEST(test_a_negated_filter),
        UNIT_TEST(test_a_filter_that_matches_nothing),
        UNIT_TEST(test_the_filter_all),
        UNIT_TEST(test_a_bad_expression),
        UNIT_TEST(test_a_large_matrix),
    };
    return cmocka_run_group_tests_name("matrix", tests, NULL, NULL);
}
