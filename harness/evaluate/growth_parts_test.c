/* SPDX-License-Identifier: MIT
 *
 * Known growths, and what they are split into.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "harness/evaluate/growth_parts.h"

#define MS 1e6
#define OLDER "entries\tstart_ns\tduration_ns\tkind\tresize_ns\told_bytes\tnew_bytes"
#define WHOLE OLDER "\tfree_ns\ttable_faults\ttable_system_ns"

static bool split(const char *text, struct growth_parts *parts)
{
    struct growth_longest growths = {0};
    char error[SENTENCE_BYTES];
    if (results_take_rows(RESULTS_GROWTH, text, strlen(text), growth_parts_take, &growths, error))
        fail_msg("%s", error);
    return growth_parts_split(&growths, parts);
}

static void assert_parts(const struct growth_parts *parts, double allocator_ns, double free_ns,
                         double faults_ns, double rehash_ns)
{
    const double got[] = {parts->allocator_ns, parts->free_ns, parts->faults_ns, parts->rehash_ns};
    const double expected[] = {allocator_ns, free_ns, faults_ns, rehash_ns};
    double sum_ns = 0;
    for (size_t i = 0; i < 4; i++) {
        if (isnan(expected[i]) ? !isnan(got[i]) : !(fabs(got[i] - expected[i]) < 0.5))
            fail_msg("part %zu is %.0f ns, not %.0f", i, got[i], expected[i]);
        sum_ns += isnan(got[i]) ? 0 : got[i];
    }
    assert_true(fabs(sum_ns - parts->total_ns) < 1);
}

static void test_a_replacement(void **state)
{
    (void)state;
    struct growth_parts parts;
    assert_true(split(WHOLE "\n9\t10\t500000\tadd\t100000\t0\t64\t0\t3\t0\n"
                            "1537\t20\t200000000\treplace\t18000000\t64\t128\t17000000\t65575\t125000000\n"
                            "1600\t250000000\t900000\tadd\t100000\t0\t64\t0\t3\t0\n",
                      &parts));
    assert_true(parts.entries == 1537 && parts.start_ns == 20 && parts.total_ns == 200 * MS &&
                parts.fault_count == 65575);
    assert_parts(&parts, 1 * MS, 17 * MS, 125 * MS, 57 * MS);
}

/* A row a block of the table; all have the operation's own figures. */
static void test_rows_of_an_operation_are_summed(void **state)
{
    (void)state;
    struct growth_parts parts;
    assert_true(split(WHOLE "\n7\t10\t100000000\tgrow\t10000000\t64\t128\t0\t500\t20000000\n"
                            "7\t10\t100000000\treplace\t7000000\t64\t128\t4000000\t500\t20000000\n"
                            "7\t10\t100000000\tfree\t2000000\t64\t0\t2000000\t500\t20000000\n"
                            "8\t200000000\t90000000\tfree\t2000000\t64\t0\t2000000\t500\t20000000\n",
                      &parts));
    assert_true(parts.entries == 7);
    assert_parts(&parts, 13 * MS, 6 * MS, 20 * MS, 61 * MS);
}

/* Ten ticks of the kernel's clock at least; and where nothing was touched first, none of it is for faults. */
static void test_a_short_growth_does_not_tell_its_faults(void **state)
{
    (void)state;
    struct growth_parts parts;
    assert_true(split(WHOLE "\n7\t1\t39999999\tgrow\t1000000\t64\t128\t0\t500\t20000000\n", &parts));
    assert_parts(&parts, 1 * MS, 0, NAN, 38999999);
    assert_true(parts.fault_count == 500);
    assert_true(split(WHOLE "\n7\t1\t40000000\tgrow\t1000000\t64\t128\t0\t500\t20000000\n", &parts));
    assert_parts(&parts, 1 * MS, 0, 20 * MS, 19 * MS);
    assert_true(split(WHOLE "\n7\t1\t50000000\tgrow\t1000000\t64\t128\t0\t0\t4000000\n", &parts));
    assert_parts(&parts, 1 * MS, 0, 0, 49 * MS);
    assert_true(split(WHOLE "\n7\t1\t30000\tmove\t20000\t64\t128\t0\t0\t0\n", &parts));
    assert_parts(&parts, 20000, 0, 0, 10000);
}

/* Ticks may say more than there was: nothing is less than nothing. */
static void test_parts_fit_the_whole(void **state)
{
    (void)state;
    struct growth_parts parts;
    assert_true(split(WHOLE "\n7\t1\t50000000\treplace\t30000000\t64\t128\t1000000\t9\t40000000\n", &parts));
    assert_parts(&parts, 29 * MS, 1 * MS, 20 * MS, 0);
    assert_true(split(WHOLE "\n7\t1\t50000000\treplace\t70000000\t64\t128\t80000000\t9\t40000000\n", &parts));
    assert_parts(&parts, 0, 50 * MS, 0, 0);
    assert_true(split(WHOLE "\n7\t1\t50000000\treplace\t-5\t64\t128\t-5\t9\t-5\n", &parts));
    assert_parts(&parts, 0, 0, 0, 50 * MS);
}

static void test_an_older_run(void **state)
{
    (void)state;
    struct growth_parts parts;
    assert_true(split(OLDER "\n7\t1\t50000000\treplace\t30000000\t64\t128\n", &parts));
    assert_parts(&parts, 30 * MS, NAN, NAN, 20 * MS);
    assert_true(isnan(parts.fault_count));
}

static void test_nothing_to_split(void **state)
{
    (void)state;
    struct growth_parts parts;
    assert_false(split(WHOLE "\n", &parts));
    assert_false(split(WHOLE "\n7\t1\t0\tadd\t0\t0\t64\t0\t0\t0\n", &parts));
    assert_false(split("entries\tstart_ns\tduration_ns\n7\t1\t900\n", &parts));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_replacement),
        cmocka_unit_test(test_rows_of_an_operation_are_summed),
        cmocka_unit_test(test_a_short_growth_does_not_tell_its_faults),
        cmocka_unit_test(test_parts_fit_the_whole),
        cmocka_unit_test(test_an_older_run),
        cmocka_unit_test(test_nothing_to_split),
    };
    return cmocka_run_group_tests_name("growth_parts", tests, NULL, NULL);
}
