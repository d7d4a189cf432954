/* SPDX-License-Identifier: MIT
 *
 * A row's settings: none gets lost when its huge-page settings come on top.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/run/settings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static struct settings composed;

static int compose(const char *const *own, const char *const *huge, enum page_policy policy)
{
    const struct allocator row = {.name = "row", .environment = own, .huge_environment = huge};
    return settings_compose(&composed, &row, policy);
}

static void assert_settings(size_t count, const char *first, const char *second)
{
    assert_int_equal(composed.count, count);
    if (count > 0)
        assert_string_equal(composed.items[0], first);
    if (count > 1)
        assert_string_equal(composed.items[1], second);
}

static void test_nothing_asked_is_nothing_set(void **state)
{
    (void)state;
    assert_int_equal(compose(NULL, NULL, PAGE_POLICY_ALWAYS), 0);
    assert_settings(0, NULL, NULL);
}

static void test_huge_settings_come_with_always_only(void **state)
{
    (void)state;
    assert_int_equal(compose(LIST("A=1"), LIST("B=2"), PAGE_POLICY_SYSTEM), 0);
    assert_settings(1, "A=1", NULL);
    assert_int_equal(compose(LIST("A=1"), LIST("B=2"), PAGE_POLICY_NEVER), 0);
    assert_settings(1, "A=1", NULL);
    assert_int_equal(compose(LIST("A=1"), LIST("B=2"), PAGE_POLICY_ALWAYS), 0);
    assert_settings(2, "A=1", "B=2");
}

static void test_lists_are_joined(void **state)
{
    (void)state;
    assert_int_equal(compose(LIST("MALLOC_CONF=dirty_decay_ms:0,narenas:1"), LIST("MALLOC_CONF=thp:always"),
                             PAGE_POLICY_ALWAYS),
                     0);
    assert_settings(1, "MALLOC_CONF=dirty_decay_ms:0,narenas:1,thp:always", NULL);
    assert_int_equal(compose(LIST("GLIBC_TUNABLES=glibc.malloc.arena_max=1"),
                             LIST("GLIBC_TUNABLES=glibc.malloc.hugetlb=1"), PAGE_POLICY_ALWAYS),
                     0);
    assert_settings(1, "GLIBC_TUNABLES=glibc.malloc.arena_max=1:glibc.malloc.hugetlb=1", NULL);
}

static void test_the_same_twice_is_once(void **state)
{
    (void)state;
    assert_int_equal(compose(LIST("MALLOC_CONF=a:1,thp:always,b:2", "X=1"),
                             LIST("MALLOC_CONF=thp:always", "X=1"), PAGE_POLICY_ALWAYS),
                     0);
    assert_settings(2, "MALLOC_CONF=a:1,thp:always,b:2", "X=1");
    /* A part of an item is not the item. */
    assert_int_equal(
        compose(LIST("MALLOC_CONF=thp:always2"), LIST("MALLOC_CONF=thp:always"), PAGE_POLICY_ALWAYS), 0);
    assert_settings(1, "MALLOC_CONF=thp:always2,thp:always", NULL);
}

static void test_a_name_is_the_whole_name(void **state)
{
    (void)state;
    assert_int_equal(compose(LIST("MALLOC_CONF_X=1"), LIST("MALLOC_CONF=a:1"), PAGE_POLICY_ALWAYS), 0);
    assert_settings(2, "MALLOC_CONF_X=1", "MALLOC_CONF=a:1");
}

static void test_two_values_of_one_are_refused(void **state)
{
    (void)state;
    assert_int_equal(compose(LIST("X=1"), LIST("X=2"), PAGE_POLICY_ALWAYS), EINVAL);
    assert_int_equal(compose(LIST("X=1"), LIST("X=2"), PAGE_POLICY_SYSTEM), 0);
    assert_int_equal(compose(LIST("X"), NULL, PAGE_POLICY_SYSTEM), EINVAL);
}

static void test_what_does_not_fit_is_refused(void **state)
{
    (void)state;
    char names[SETTINGS_MAX + 1][16], longest[SETTING_BYTES + 1];
    const char *list[SETTINGS_MAX + 2] = {NULL};
    for (int i = 0; i <= SETTINGS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "N%d=1", i);
        list[i] = names[i];
    }
    assert_int_equal(compose(list, NULL, PAGE_POLICY_SYSTEM), E2BIG);
    memset(longest, 'x', sizeof longest);
    memcpy(longest, "MALLOC_CONF=", 12);
    longest[SETTING_BYTES] = 0;
    assert_int_equal(compose(LIST(longest), NULL, PAGE_POLICY_SYSTEM), E2BIG);
    longest[SETTING_BYTES - 1] = 0;
    assert_int_equal(compose(LIST(longest), NULL, PAGE_POLICY_SYSTEM), 0);
    assert_int_equal(compose(LIST(longest), LIST("MALLOC_CONF=a:1"), PAGE_POLICY_ALWAYS), E2BIG);
}

/* A row whose settings do not compose could not be started. */
static void test_every_registered_row_composes(void **state)
{
    (void)state;
    for (const struct allocator *const *row = allocator_registry; *row; row++)
        if (settings_compose(&composed, *row, PAGE_POLICY_ALWAYS))
            fail_msg("the settings of %s do not go together", (*row)->name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_asked_is_nothing_set),
        cmocka_unit_test(test_huge_settings_come_with_always_only),
        cmocka_unit_test(test_lists_are_joined),
        cmocka_unit_test(test_the_same_twice_is_once),
        cmocka_unit_test(test_a_name_is_the_whole_name),
        cmocka_unit_test(test_two_values_of_one_are_refused),
        cmocka_unit_test(test_what_does_not_fit_is_refused),
        cmocka_unit_test(test_every_registered_row_composes),
    };
    return cmocka_run_group_tests_name("settings", tests, NULL, NULL);
}
