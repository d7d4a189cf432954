/* SPDX-License-Identifier: MIT
 *
 * Names: what they stand for, and what is refused before anything is run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/catalog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct fixture {
    struct catalog catalog;
    struct spec spec;
    char error[SENTENCE_BYTES];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (!f)
        return -1;
    spec_init(&f->spec);
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static int choose(struct fixture *f, const char *allocators, const char *tables)
{
    assert_int_equal(spec_set(&f->spec, "alloc", allocators, f->error), 0);
    assert_int_equal(spec_set(&f->spec, "table", tables, f->error), 0);
    return catalog_choose(&f->catalog, &f->spec.allocators, &f->spec.tables, f->error);
}

static void test_defaults(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(catalog_choose(&f->catalog, &f->spec.allocators, &f->spec.tables, f->error), 0);
    assert_non_null(catalog_allocator_of(&f->catalog, "mremap"));
    assert_null(catalog_allocator_of(&f->catalog, "null"));
    assert_non_null(catalog_table_of(&f->catalog, "floor"));
    assert_null(catalog_table_of(&f->catalog, "null"));
}

static void test_all_and_more(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "all,glibc,null", "all,null"), 0);
    size_t registered = 0, named = 0;
    while (allocator_registry[registered])
        registered++;
    assert_int_equal(f->catalog.allocator_count, registered);
    for (size_t i = 0; i < f->catalog.allocator_count; i++)
        named += !strcmp(f->catalog.allocators[i].name, "glibc");
    assert_int_equal(named, 1);
}

static void test_the_nearest_name_is_told(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "jemaloc", "array"), EINVAL);
    assert_non_null(strstr(f->error, "'jemaloc'"));
    assert_non_null(strstr(f->error, "'jemalloc'"));
    assert_int_equal(choose(f, "glibc", "aray"), EINVAL);
    assert_non_null(strstr(f->error, "'array'"));
}

static void test_libraries(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "mine=/nowhere/lib.so", "array"), EINVAL);
    assert_non_null(strstr(f->error, "/nowhere/lib.so"));
    assert_int_equal(choose(f, "jemalloc=/proc/self/exe", "array"), EINVAL);
    assert_int_equal(choose(f, "glibc", "array=/proc/self/exe"), EINVAL);
    assert_int_equal(choose(f, "mine=/proc/self/exe", "theirs=/proc/self/exe"), 0);
    assert_true(catalog_allocator_of(&f->catalog, "mine")->library[0] == '/');
}

/* On disk a cell's '/' is '_': table a_b with c and table a with b_c would share a folder. */
static void test_names_that_would_share_a_folder(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "c=/proc/self/exe,b_c=/proc/self/exe", "a=/proc/self/exe,a_b=/proc/self/exe"),
                     EINVAL);
    assert_non_null(strstr(f->error, "share a results folder"));
    assert_int_equal(choose(f, "c=/proc/self/exe", "a=/proc/self/exe,a_b=/proc/self/exe"), 0);
}

static void test_what_cannot_fit_is_skipped(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "glibc", "array,null"), 0);
    f->catalog.allocators[0].available = true;
    struct record *record = malloc(sizeof *record);
    assert_non_null(record);
    struct cell cell = {.entries = CELL_ENTRIES_MAX, .table = "array", .allocator = "glibc"};
    record_init(record, &cell);
    assert_true(catalog_must_skip(&f->catalog, record, (uint64_t)1 << 34));
    assert_int_equal(record->status, RECORD_SKIP);
    assert_non_null(strstr(record->message, "281474976710656 entries x 16 B"));
    strcpy(cell.table, "null");
    record_init(record, &cell);
    assert_false(catalog_must_skip(&f->catalog, record, (uint64_t)1 << 34));
    free(record);
}

int main(void)
{
#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_defaults),
        UNIT_TEST(test_all_and_more),
        UNIT_TEST(test_the_nearest_name_is_told),
        UNIT_TEST(test_libraries),
        UNIT_TEST(test_names_that_would_share_a_folder),
        UNIT_TEST(test_what_cannot_fit_is_skipped),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
