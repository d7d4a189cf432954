/* SPDX-License-Identifier: MIT
 *
 * What keeps free memory from a host: that no more is held than was asked for, and that all of it comes back. Whether
 * it helps is a matter of the host; first_touch_ratio of every record tells.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/common/files.h"
#include "harness/measure/memory.h"
#include "harness/run/environment.h"
#include "harness/run/free_blocks.h"
#include "harness/run/warm_memory.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((uint64_t)1 << 20)

static struct progress quiet;

static void test_free_blocks_are_summed_from_the_size_on(void **state)
{
    (void)state;
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
    const char text[] = "Node 0, zone      DMA      1      0      2 \n"
                        "Node 1, zone   Normal     10    200   3000      4 \n";
    assert_int_equal(free_blocks_sum_bytes(text, page), page * (1 + 8 + 10 + 400 + 12000 + 32));
    assert_int_equal(free_blocks_sum_bytes(text, 4 * page), page * (8 + 12000 + 32));
    assert_int_equal(free_blocks_sum_bytes(text, 8 * page), page * 32);
    assert_int_equal(free_blocks_sum_bytes(text, 16 * page), 0);
}

static void test_a_strange_text_has_no_blocks(void **state)
{
    (void)state;
    const char *const texts[] = {"",    "zone", "zone ", "Node 0, zone Normal", "Node 0, zone Normal many",
                                 "\n\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_int_equal(free_blocks_sum_bytes(texts[i], 4096), 0);
}

static void test_every_block_has_its_place_and_odd_ones_come_first(void **state)
{
    (void)state;
    for (uint64_t count = 0; count < 9; count++) {
        uint64_t seen = 0;
        for (uint64_t n = 0; n < count; n++) {
            uint64_t place = held_memory_place(n, count);
            assert_true(place < count);
            assert_int_equal(place % 2, n < count / 2);
            seen |= (uint64_t)1 << place;
        }
        assert_int_equal(seen, ((uint64_t)1 << count) - 1);
    }
}

static uint64_t resident_bytes(pid_t pid)
{
    uint64_t bytes = 0;
    assert_int_equal(memory_count_private_of(pid, &bytes), 0);
    return bytes;
}

static void assert_no_child(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void skip_without_room(void)
{
    if (environment_available_bytes() >= 4096 * MIB)
        return;
    print_message("less than 4 GiB are available\n");
    skip();
}

static void test_held_memory_is_held_until_it_is_let_go(void **state)
{
    (void)state;
    skip_without_room();
    struct held_memory held;
    held_memory_open(&held, 1536 * MIB);
    struct held_memory_taken taken = held_memory_take(&held, 512 * MIB, 0, -1, &quiet);
    assert_in_range(taken.held_bytes, 512 * MIB, 1024 * MIB);
    assert_true(taken.first_to_later_ratio > 0);
    assert_true(resident_bytes(held.pid) >= taken.held_bytes);

    taken = held_memory_take(&held, UINT64_MAX, 0, -1, &quiet); /* more: all that may be */
    assert_in_range(taken.held_bytes, 1024 * MIB, 1536 * MIB);
    assert_true(held_memory_bytes(&held) == taken.held_bytes);
    assert_true(resident_bytes(held.pid) >= taken.held_bytes);
    const uint64_t all_bytes = taken.held_bytes;
    taken = held_memory_take(&held, all_bytes, 0, -1, &quiet); /* nothing is left to touch */
    assert_true(taken.held_bytes == all_bytes && taken.first_to_later_ratio == 0);

    held_memory_give(&held); /* a GiB at once */
    assert_true(held_memory_bytes(&held) <= all_bytes - 1016 * MIB);
    assert_true(resident_bytes(held.pid) <= all_bytes - 1000 * MIB);
    taken = held_memory_take(&held, all_bytes, 0, -1, &quiet); /* back again */
    assert_true(taken.held_bytes == all_bytes && taken.first_to_later_ratio > 0);
    held_memory_close(&held);
    assert_no_child();
    held_memory_close(&held);
}

static void test_nothing_is_taken_of_what_is_to_be_left(void **state)
{
    (void)state;
    struct held_memory held;
    held_memory_open(&held, 256 * MIB);
    const struct held_memory_taken taken = held_memory_take(&held, 256 * MIB, UINT64_MAX, -1, &quiet);
    assert_int_equal(taken.held_bytes, 0);
    held_memory_give(&held);
    held_memory_close(&held);
    assert_no_child();
}

static void test_taking_stops_when_told(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "", 1), 1);
    struct held_memory held;
    held_memory_open(&held, 2048 * MIB);
    const struct held_memory_taken taken = held_memory_take(&held, 2048 * MIB, 0, ends[0], &quiet);
    assert_int_equal(taken.held_bytes, 0);
    assert_no_child();
    held_memory_give(&held); /* nobody is there */
    assert_int_equal(held_memory_take(&held, 64 * MIB, 0, -1, &quiet).held_bytes, 0);
    close(ends[0]);
    close(ends[1]);
}

static void test_a_child_that_ends_holds_nothing(void **state)
{
    (void)state;
    struct held_memory held;
    held_memory_open(&held, 256 * MIB);
    assert_true(held.pid > 0);
    assert_int_equal(kill(held.pid, SIGKILL), 0);
    assert_int_equal(held_memory_take(&held, 256 * MIB, 0, -1, &quiet).held_bytes, 0);
    assert_no_child();
    assert_int_equal(held_memory_bytes(&held), 0);
}

static void test_a_balloon_says_whether_it_reports(void **state)
{
    (void)state;
    assert_true(warm_memory_is_reporting("0110010100\n"));
    assert_false(warm_memory_is_reporting("0110000100\n"));
    assert_false(warm_memory_is_reporting("01100"));
    assert_false(warm_memory_is_reporting("no sign1"));
    assert_false(warm_memory_is_reporting(""));
}

/* For some processes, on a machine with these properties where it is known that first touches are slow. */
static struct warmth prepare(uint64_t needed_bytes, json_t *context)
{
    struct warm_memory warm = {
        .context = context, .progress = &quiet, .signal_fd = -1, .is_tried = true, .holds = true};
    struct warmth warmth = warm_memory_prepare(&warm, needed_bytes);
    assert_int_equal(warm_memory_prepare(&warm, needed_bytes).held_bytes, warmth.held_bytes);
    assert_int_equal(warm_memory_prepare(&warm, 0).held_bytes, 0);
    warm_memory_release(&warm);
    assert_no_child();
    json_decref(context);
    return warmth;
}

static void test_nothing_is_held_where_it_would_do_harm(void **state)
{
    (void)state;
    assert_int_equal(prepare(128 * MIB, json_pack("{si}", "memory_limit_bytes", 1 << 30)).held_bytes, 0);
    assert_int_equal(prepare(128 * MIB, json_pack("{si}", "overcommit_memory", 2)).held_bytes, 0);
    assert_int_equal(prepare(63 * MIB, json_pack("{}")).held_bytes, 0);
}

static bool has_several_nodes(void)
{
    char *nodes = files_read("/sys/devices/system/node/online");
    const bool has_several = nodes && strpbrk(nodes, ",-");
    free(nodes);
    return has_several;
}

static void test_more_than_is_needed_is_held(void **state)
{
    (void)state;
    skip_without_room();
    if (memory_huge_page_size_bytes() > 64 * MIB || has_several_nodes()) {
        print_message("blocks of more than 64 MiB, or several NUMA nodes\n");
        skip();
    }
    struct warmth warmth = prepare(64 * MIB, json_pack("{si}", "overcommit_memory", 0));
    assert_int_equal(warmth.held_bytes, 512 * MIB);
    assert_true(warmth.first_touch_ratio > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_free_blocks_are_summed_from_the_size_on),
        cmocka_unit_test(test_a_strange_text_has_no_blocks),
        cmocka_unit_test(test_every_block_has_its_place_and_odd_ones_come_first),
        cmocka_unit_test(test_held_memory_is_held_until_it_is_let_go),
        cmocka_unit_test(test_nothing_is_taken_of_what_is_to_be_left),
        cmocka_unit_test(test_taking_stops_when_told),
        cmocka_unit_test(test_a_child_that_ends_holds_nothing),
        cmocka_unit_test(test_a_balloon_says_whether_it_reports),
        cmocka_unit_test(test_nothing_is_held_where_it_would_do_harm),
        cmocka_unit_test(test_more_than_is_needed_is_held),
    };
    return cmocka_run_group_tests_name("warm_memory", tests, NULL, NULL);
}
