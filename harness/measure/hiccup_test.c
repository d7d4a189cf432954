/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sched.h>

#include "harness/common/clock.h"
#include "harness/measure/hiccup.h"

static double ns_per_tick;

/* Pins this thread to the CPU it runs on, and returns that. */
static int stay_here(cpu_set_t *before)
{
    cpu_set_t here;
    const int cpu = sched_getcpu();
    assert_int_equal(sched_getaffinity(0, sizeof *before, before), 0);
    CPU_ZERO(&here);
    CPU_SET((unsigned)cpu, &here);
    assert_int_equal(sched_setaffinity(0, sizeof here, &here), 0);
    return cpu;
}

static void spin(double seconds)
{
    for (const double end = clock_seconds() + seconds; clock_seconds() < end;)
        continue;
}

/* Gaps of at least so many ns while two loops share a CPU for a fifth of a second, whose time slices are some
 * milliseconds. */
static struct hiccup share_a_cpu(double least_ns)
{
    cpu_set_t before;
    const int cpu = stay_here(&before);
    struct hiccup hiccup;
    hiccup_start(&hiccup, cpu, (uint64_t)(least_ns / ns_per_tick));
    spin(0.2);
    assert_true(hiccup_stop(&hiccup));
    sched_setaffinity(0, sizeof before, &before);
    return hiccup;
}

static void test_gaps_are_counted_by_their_length(void **state)
{
    (void)state;
    const struct hiccup hiccup = share_a_cpu(1e5);
    assert_true((double)hiccup.max_ticks * ns_per_tick > 1e5);
    assert_true(hiccup.long_count >= 1 && hiccup.long_count < 2000);
    assert_true(share_a_cpu(1).long_count > 2000); /* every turn of the loop */
    assert_int_equal(share_a_cpu(1e12).long_count, 0);
}

static void test_without_a_cpu_nothing_is_measured(void **state)
{
    (void)state;
    struct hiccup hiccup;
    hiccup_start(&hiccup, -1, 1);
    assert_false(hiccup_stop(&hiccup));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gaps_are_counted_by_their_length),
        cmocka_unit_test(test_without_a_cpu_nothing_is_measured),
    };
    ns_per_tick = clock_calibrate_ns_per_tick();
    return cmocka_run_group_tests_name("hiccup", tests, NULL, NULL);
}
