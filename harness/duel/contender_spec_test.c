/* SPDX-License-Identifier: MIT
 *
 * A SPEC of the duel's command line: each form, the option of run that it becomes, and what is wrong in its own words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/duel/contender_spec.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* That of a table, beside other tests of libraries. */
static const char *table_library(void)
{
    const char *folder = getenv("GROWBENCH_TEST_LIBRARIES");
    static char path[SPEC_PATH_BYTES]; /* tests run one after the other */
    snprintf(path, sizeof path, "%s/faulty.so", folder ? folder : "build/lib");
    return access(path, R_OK) ? NULL : path;
}

static struct contender_spec *take(const char *text, const char *role)
{
    struct contender_spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    char error[SENTENCE_BYTES] = "";
    memset(spec, 0x5A, sizeof *spec);
    if (contender_spec_parse(spec, text, role, error))
        fail_msg("'%s' is refused: %s", text, error);
    assert_ptr_equal(spec->text, text);
    return spec;
}

static void expect(const char *text, enum contender_kind kind, const char *option)
{
    struct contender_spec *spec = take(text, "base");
    char formatted[2 * SPEC_PATH_BYTES];
    assert_int_equal(spec->kind, kind);
    contender_spec_option(spec, formatted, sizeof formatted);
    assert_string_equal(formatted, option);
    free(spec);
}

static void expect_revision(const char *text, const char *revision)
{
    struct contender_spec *spec = take(text, "base");
    assert_int_equal(spec->kind, CONTENDER_REVISION);
    assert_string_equal(spec->revision, revision);
    free(spec);
    expect(text, CONTENDER_REVISION, "");
}

static void refuse(const char *text, const char *sentence)
{
    struct contender_spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    char error[SENTENCE_BYTES] = "";
    assert_int_equal(contender_spec_parse(spec, text, "candidate", error), EINVAL);
    assert_string_equal(error, sentence);
    free(spec);
}

static void test_names(void **state)
{
    (void)state;
    expect("mremap", CONTENDER_ALLOCATOR, "--alloc=mremap");
    expect("glibc", CONTENDER_ALLOCATOR, "--alloc=glibc");
    expect("array", CONTENDER_TABLE, "--table=array");
    expect("linear_inplace", CONTENDER_TABLE, "--table=linear_inplace");
    expect("this", CONTENDER_THIS, "");
}

static void test_libraries(void **state)
{
    (void)state;
    const char *library = table_library();
    char text[2 * SPEC_PATH_BYTES], option[2 * SPEC_PATH_BYTES];
    if (!library)
        skip();
    snprintf(text, sizeof text, "mine=%s", library);
    snprintf(option, sizeof option, "--table=mine=%s", library);
    expect(text, CONTENDER_TABLE, option);
    /* A file of any kind: whether it is an allocator is found out when it is probed. */
    expect("mine=/proc/self/exe", CONTENDER_ALLOCATOR, "--alloc=mine=/proc/self/exe");
}

/* It would be taken for the registered row. */
static void test_a_registered_name_gets_the_role(void **state)
{
    (void)state;
    expect("mremap=/proc/self/exe", CONTENDER_ALLOCATOR, "--alloc=mremap-base=/proc/self/exe");
    expect("array=/proc/self/exe", CONTENDER_ALLOCATOR, "--alloc=array-base=/proc/self/exe");
    struct contender_spec *spec = take("mremap=/proc/self/exe", "candidate");
    assert_string_equal(spec->name.name, "mremap-candidate");
    assert_string_equal(spec->name.path, "/proc/self/exe");
    free(spec);
}

static void test_environments(void **state)
{
    (void)state;
    expect("MALLOC_ARENA_MAX=1", CONTENDER_ENVIRONMENT, "--env=MALLOC_ARENA_MAX=1");
    expect("  A=1  B=x=y ", CONTENDER_ENVIRONMENT, "--env=  A=1  B=x=y ");
    expect("EMPTY=", CONTENDER_ENVIRONMENT, "--env=EMPTY=");
    expect("_RJEM_MALLOC_CONF=a:b", CONTENDER_ENVIRONMENT, "--env=_RJEM_MALLOC_CONF=a:b");
    struct contender_spec *spec = take("A=1 B=2 A=3", "base");
    assert_int_equal(spec->environment.count, 2);
    assert_string_equal(spec->environment.items[0], "A=3");
    assert_string_equal(spec->environment.items[1], "B=2");
    free(spec);
}

/* Whatever it is not else. */
static void test_revisions(void **state)
{
    (void)state;
    expect_revision("git:v1.2", "v1.2");
    expect_revision("git:array", "array");
    expect_revision("git:A=1", "A=1");
    expect_revision("HEAD~3", "HEAD~3");
    expect_revision("mimaloc", "mimaloc");
    expect_revision("this ", "this ");
    expect_revision("mremap=", "mremap=");
}

static void test_what_is_refused(void **state)
{
    (void)state;
    static const char empty[] = "--candidate= is empty: name an allocator, a table, NAME=path/to/lib.so, "
                                "VARIABLE=value, a git revision, or this";
    refuse("", empty);
    refuse("  ", empty);
    refuse("git:", "'git:' names no revision: write git:v1.2");
    refuse("=lib.so", "'=lib.so' lacks a name before its '=': write NAME=path/to/lib.so");
    refuse("a,b=/proc/self/exe",
           "'a,b=/proc/self/exe' has a comma: a side is one library, and its path has none");
    refuse("mine=/tmp/a,b.so",
           "'mine=/tmp/a,b.so' has a comma: a side is one library, and its path has none");
    refuse("mine=/none/lib.so", "the library '/none/lib.so' cannot be read: No such file or directory");
    refuse("Mine=lib.so", "'Mine=lib.so' is no environment variable: write NAME=value, in capitals");
    refuse("A=1 b=2", "'b=2' is no environment variable: write NAME=value, in capitals");
    refuse("LD_PRELOAD=x.so",
           "'LD_PRELOAD' is not for the environment: a library is given as --alloc=NAME=path");
}

static void test_long_ones(void **state)
{
    (void)state;
    char text[SPEC_PATH_BYTES + 100], name[CELL_NAME_BYTES + 8] = "";
    memset(name, 'n', CELL_NAME_BYTES);
    snprintf(text, sizeof text, "%s=/proc/self/exe", name);
    char sentence[SENTENCE_BYTES];
    snprintf(sentence, sizeof sentence, "'%.200s' is too long", text);
    refuse(text, sentence);

    memcpy(text, "mine=", 5);
    memset(text + 5, '/', SPEC_PATH_BYTES);
    memcpy(text + 5 + SPEC_PATH_BYTES - 4, "proc", 5);
    snprintf(sentence, sizeof sentence, "'%.200s' is too long", text);
    refuse(text, sentence);
    /* One less is a path. */
    memmove(text + 5, text + 6, SPEC_PATH_BYTES);
    struct contender_spec *spec = take(text, "base");
    assert_int_equal(strlen(spec->name.path), SPEC_PATH_BYTES - 1);
    free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_libraries),
        cmocka_unit_test(test_a_registered_name_gets_the_role),
        cmocka_unit_test(test_environments),
        cmocka_unit_test(test_revisions),
        cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_long_ones),
    };
    return cmocka_run_group_tests_name("contender_spec", tests, NULL, NULL);
}
