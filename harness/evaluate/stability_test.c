/* SPDX-License-Identifier: MIT
 *
 * The class of stability from counters that say so, and from counters that are not there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/stability.h"

#include <math.h>

static enum stability of(double moves_per_entry, double base_moves, bool is_keyed)
{
    struct result result = {.table_is_keyed = is_keyed};
    result.counters[COUNTER_moves_per_entry] = moves_per_entry;
    result.counters[COUNTER_base_moves] = base_moves;
    return stability_of(&result);
}

static void test_classes(void **state)
{
    (void)state;
    assert_int_equal(of(0, 0, true), STABILITY_ENTRY);
    assert_int_equal(of(0, 7, true), STABILITY_ENTRY); /* nodes stay, the array of buckets is replaced */
    assert_int_equal(of(0, NAN, true), STABILITY_ENTRY);
    assert_int_equal(of(2.5, 0, true), STABILITY_BASE);
    assert_int_equal(of(0.003, 0, false), STABILITY_ENTRY); /* an array's first 64 KiB moved while small */
    assert_int_equal(of(0.003, 1, false), STABILITY_OFFSET);
    assert_int_equal(of(0.03, 0, true), STABILITY_BASE);
    assert_int_equal(of(NAN, 0, true), STABILITY_BASE);
    assert_int_equal(of(2.5, 1, false), STABILITY_OFFSET);
    assert_int_equal(of(2.5, 1, true), STABILITY_NONE);
    assert_int_equal(of(NAN, 1, true), STABILITY_NONE);
    assert_int_equal(of(NAN, NAN, true), STABILITY_UNKNOWN);
    assert_int_equal(of(NAN, NAN, false), STABILITY_UNKNOWN);
}

static void test_the_weaker_counts(void **state)
{
    (void)state;
    assert_int_equal(stability_weaker(STABILITY_ENTRY, STABILITY_NONE), STABILITY_NONE);
    assert_int_equal(stability_weaker(STABILITY_BASE, STABILITY_ENTRY), STABILITY_BASE);
    assert_int_equal(stability_weaker(STABILITY_UNKNOWN, STABILITY_ENTRY), STABILITY_ENTRY);
    for (int i = 0; i < STABILITY_COUNT; i++)
        assert_true(*stability_names[i] && *stability_meanings[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_the_weaker_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
