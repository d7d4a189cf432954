/* SPDX-License-Identifier: MIT
 *
 * Names: what they stand for, and what is refused before anything is run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/request/catalog.h"

#include <errno.h>
#include <stdio.h>
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

static void assert_names(const struct fixture *f, const char *allocators, const char *tables)
{
    char got[1000] = "";
    for (size_t i = 0; i < f->catalog.allocator_count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? "," : "",
                 f->catalog.allocators[i].name);
    assert_string_equal(got, allocators);
    *got = 0;
    for (size_t i = 0; i < f->catalog.table_count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? "," : "",
                 f->catalog.tables[i].name);
    assert_string_equal(got, tables);
}

/* A row more in a registry must not make everybody's run longer. */
static void test_nothing_asked_is_the_standing_set(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(catalog_choose(&f->catalog, &f->spec.allocators, &f->spec.tables, f->error), 0);
    assert_names(f, "glibc,copying,mimalloc,jemalloc,mremap,mremap_move",
                 "array,linear_rebuild,linear_inplace,floor");
}

/* What `all` and `all:all` must have: every registered row of which `wanted` says so. */
static void assert_every(const struct fixture *f, bool (*wanted)(const char *name))
{
    size_t allocators = 0, tables = 0;
    for (size_t i = 0; allocator_registry[i]; i++) {
        const char *name = allocator_registry[i]->name;
        allocators += wanted(name);
        assert_int_equal(catalog_allocator_of(&f->catalog, name) != NULL, wanted(name));
    }
    for (size_t i = 0; table_registry[i]; i++) {
        const char *name = table_registry[i]->name;
        tables += wanted(name);
        assert_int_equal(catalog_table_of(&f->catalog, name) != NULL, wanted(name));
    }
    assert_int_equal(f->catalog.allocator_count, allocators);
    assert_int_equal(f->catalog.table_count, tables);
}

static bool is_base(const char *name)
{
    return strcmp(name, "null") && !strchr(name, ':');
}

static bool is_anything(const char *name)
{
    return strcmp(name, "null");
}

static void test_groups(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "all", "all"), 0);
    assert_every(f, is_base);
    assert_int_equal(choose(f, "all:all", "all:all"), 0);
    assert_every(f, is_anything);
    assert_int_equal(choose(f, "jemalloc:all", "array:all"), 0);
    assert_names(f, "jemalloc,jemalloc:lean,jemalloc:fast", "array");
    assert_int_equal(choose(f, "glibc,jemalloc:fast,jemalloc:all,mremap:all", "array,array:all"), 0);
    assert_names(f, "glibc,jemalloc:fast,jemalloc,jemalloc:lean,mremap", "array");
}

static void test_all_and_more(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "all:all,glibc,null", "all:all,null"), 0);
    size_t registered = 0, named = 0;
    while (allocator_registry[registered])
        registered++;
    assert_int_equal(f->catalog.allocator_count, registered);
    for (size_t i = 0; i < f->catalog.allocator_count; i++)
        named += !strcmp(f->catalog.allocators[i].name, "glibc");
    assert_int_equal(named, 1);
}

static void test_everything_is_listed(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(catalog_all(&f->catalog, f->error), 0);
    assert_non_null(catalog_allocator_of(&f->catalog, "null"));
    assert_non_null(catalog_table_of(&f->catalog, "null"));
    assert_non_null(catalog_allocator_of(&f->catalog, "jemalloc:lean"));
}

static void test_the_nearest_name_is_told(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "jemaloc", "array"), EINVAL);
    assert_non_null(strstr(f->error, "'jemaloc'"));
    assert_non_null(strstr(f->error, "'jemalloc'"));
    assert_int_equal(choose(f, "glibc", "aray"), EINVAL);
    assert_non_null(strstr(f->error, "'array'"));
    assert_int_equal(choose(f, "jemalloc:leen", "array"), EINVAL);
    assert_non_null(strstr(f->error, "did you mean 'jemalloc:lean'"));
    assert_int_equal(choose(f, "jemaloc:all", "array"), EINVAL);
    assert_non_null(strstr(f->error, "unknown allocator 'jemaloc:all': did you mean 'jemalloc:all'"));
    assert_int_equal(choose(f, "glibc", "arai:all"), EINVAL);
    assert_non_null(strstr(f->error, "did you mean 'array:all'"));
    /* The beginning of "all" is not all. */
    assert_int_equal(choose(f, "al:all", "array"), EINVAL);
    assert_non_null(strstr(f->error, "unknown allocator 'al:all'"));
    assert_int_equal(choose(f, "glibc", "a:all"), EINVAL);
}

static void test_libraries(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(choose(f, "mine=/nowhere/lib.so", "array"), EINVAL);
    assert_non_null(strstr(f->error, "/nowhere/lib.so"));
    assert_int_equal(choose(f, "jemalloc=/proc/self/exe", "array"), EINVAL);
    assert_int_equal(choose(f, "glibc", "array=/proc/self/exe"), EINVAL);
    assert_int_equal(choose(f, "all=/proc/self/exe", "array"), EINVAL);
    assert_int_equal(choose(f, "mine:all=/proc/self/exe", "array"), EINVAL);
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

/* ---- what is skipped ---- */

/* Whether the cell is skipped; what the record says is in `message` (RECORD_MESSAGE_BYTES). */
static bool skips(const struct fixture *f, const char *table, const char *allocator, uint64_t entries,
                  char *message)
{
    struct record *record = malloc(sizeof *record);
    assert_non_null(record);
    struct cell cell = {CELL_STANDING, .entries = entries};
    strcpy(cell.table, table);
    strcpy(cell.allocator, allocator);
    record_init(record, &cell);
    bool skipped = catalog_must_skip(&f->catalog, record, (uint64_t)1 << 34);
    assert_int_equal(record->status, skipped ? RECORD_SKIP : RECORD_RUNNING);
    const struct catalog_table *row = catalog_table_of(&f->catalog, table);
    assert_string_equal(record->table_version, row->version);
    assert_int_equal(record->table_properties, row->properties);
    strcpy(message, record->message);
    free(record);
    return skipped;
}

static void test_what_cannot_fit_is_skipped(void **state)
{
    struct fixture *f = *state;
    char message[RECORD_MESSAGE_BYTES];
    assert_int_equal(choose(f, "glibc", "array,null"), 0);
    f->catalog.allocators[0].available = true;
    assert_true(skips(f, "array", "glibc", CELL_ENTRIES_MAX, message));
    assert_non_null(strstr(message, "281474976710656 entries x 16 B"));
    assert_false(skips(f, "null", "glibc", CELL_ENTRIES_MAX, message));
    assert_false(skips(f, "array", "glibc", 5, message));
}

/* As if its library had not been there when this was built. */
static void test_a_table_that_is_missing_is_skipped(void **state)
{
    struct fixture *f = *state;
    char message[RECORD_MESSAGE_BYTES];
    static const struct table missing = TABLE_MISSING("gone", "a table of somebody's", "libgone-dev");
    assert_int_equal(choose(f, "glibc", "array"), 0);
    f->catalog.allocators[0].available = true;
    assert_int_equal(catalog_add_table(&f->catalog, &missing, f->error), 0);
    const struct catalog_table *row = catalog_table_of(&f->catalog, "gone");
    assert_false(row->available);
    assert_string_equal(row->reason, missing.missing);
    assert_true(skips(f, "gone", "glibc", 5, message));
    assert_string_equal(message, missing.missing);
}

static void test_a_table_that_calls_malloc_itself(void **state)
{
    struct fixture *f = *state;
    char message[RECORD_MESSAGE_BYTES];
    static const struct table own = {
        .name = "own", .summary = "s", .properties = TABLE_OWN_MALLOC, .version = "1.2"};
    assert_int_equal(choose(f, "glibc,jemalloc,mremap", "array"), 0);
    for (size_t i = 0; i < f->catalog.allocator_count; i++)
        f->catalog.allocators[i].available = true;
    assert_int_equal(catalog_add_table(&f->catalog, &own, f->error), 0);
    assert_string_equal(catalog_table_of(&f->catalog, "own")->version, "1.2");
    assert_false(skips(f, "own", "glibc", 5, message));
    assert_false(skips(f, "own", "jemalloc", 5, message));
    assert_false(skips(f, "array", "mremap", 5, message));
    assert_true(skips(f, "own", "mremap", 5, message));
    assert_string_equal(message, "own allocates by malloc itself: only the process's own malloc or a "
                                 "preloaded one applies, not mremap");
}

int main(void)
{
#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_nothing_asked_is_the_standing_set),
        UNIT_TEST(test_groups),
        UNIT_TEST(test_everything_is_listed),
        UNIT_TEST(test_all_and_more),
        UNIT_TEST(test_the_nearest_name_is_told),
        UNIT_TEST(test_libraries),
        UNIT_TEST(test_names_that_would_share_a_folder),
        UNIT_TEST(test_what_cannot_fit_is_skipped),
        UNIT_TEST(test_a_table_that_is_missing_is_skipped),
        UNIT_TEST(test_a_table_that_calls_malloc_itself),
    };
    return cmocka_run_group_tests_name("catalog", tests, NULL, NULL);
}
