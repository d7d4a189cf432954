/* SPDX-License-Identifier: MIT
 *
 * A snapshot's own pages, against pages that were really written; and churn with one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "harness/measure/snapshot.h"
#include "harness/testing/cells.h"

enum { MIB = 1 << 20, BLOCK_BYTES = 64 * MIB, WRITTEN_BYTES = 20 * MIB, SLACK_BYTES = 512 << 10 };

static uint64_t own_bytes(const struct snapshot *s)
{
    uint64_t bytes = 0;
    assert_int_equal(snapshot_count_own(s, &bytes), 0);
    return bytes;
}

/* 64 MiB; 20 of them written to while it lives, 4 more given back, 4 only read. Sanitizers touch pages of their
 * own. */
static void check_pages(int advice)
{
    volatile char *block =
        mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(block != MAP_FAILED);
    madvise((void *)(uintptr_t)block, BLOCK_BYTES, advice);
    for (size_t i = 0; i < BLOCK_BYTES; i += 4096)
        block[i] = 1;
    struct snapshot s = {0};
    assert_int_equal(snapshot_begin(&s), 0);
    assert_true(s.end_ticks > s.start_ticks);
    usleep(20000);
    const uint64_t before_bytes = own_bytes(&s);
    assert_true(before_bytes < MIB);
    for (size_t i = 0; i < WRITTEN_BYTES; i += 4096)
        block[i] = 2;
    for (size_t i = WRITTEN_BYTES; i < WRITTEN_BYTES + 4 * MIB; i += 4096)
        (void)block[i];
    assert_in_range(own_bytes(&s) - before_bytes, WRITTEN_BYTES, WRITTEN_BYTES + SLACK_BYTES);
    munmap((void *)(uintptr_t)(block + BLOCK_BYTES - 4 * MIB), 4 * MIB);
    assert_in_range(own_bytes(&s) - before_bytes, WRITTEN_BYTES + 4 * MIB,
                    WRITTEN_BYTES + 4 * MIB + SLACK_BYTES);
    assert_int_equal(snapshot_end(&s), 0);
    assert_int_equal(s.pid, 0);
    assert_int_equal(snapshot_end(&s), 0); /* there is none */
    munmap((void *)(uintptr_t)block, BLOCK_BYTES - 4 * MIB);
}

static void test_small_pages(void **state)
{
    (void)state;
    check_pages(MADV_NOHUGEPAGE);
}

static void test_huge_pages(void **state)
{
    (void)state;
    check_pages(MADV_HUGEPAGE);
}

static void test_a_snapshot_that_was_killed(void **state)
{
    (void)state;
    struct snapshot s = {0};
    assert_int_equal(snapshot_begin(&s), 0);
    kill(s.pid, SIGKILL);
    assert_int_equal(snapshot_end(&s), SIGKILL);
}

static const enum counter snapshot_counters[] = {COUNTER_fork_ns, COUNTER_snapshot_copied_bytes,
                                                 COUNTER_snapshot_peak_bytes};

/* 2^17 entries in 4 MiB, half of which are replaced at random while it lives: every page is written to. */
static void test_churn_with_a_snapshot(void **state)
{
    enum { ENTRIES = 1 << 17, SLOTS_BYTES = 4 * MIB };
    for (uint64_t rounds = 1; rounds <= 2; rounds++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            struct cell cell = cells_cell(CELL_CHURN, "linear_inplace", "mremap", ENTRIES, (enum cell_mode)m);
            cell.rounds = rounds;
            cell.snapshot = CELL_FORK;
            const struct record *r = cells_run_fine(*state, &cell);
            cells_assert_presence(r, snapshot_counters, 3, true);
            const double copied_bytes = cells_get(r, COUNTER_snapshot_copied_bytes);
            assert_true(copied_bytes >= SLOTS_BYTES && copied_bytes < SLOTS_BYTES + 2 * MIB);
            cells_assert_near(r, COUNTER_snapshot_peak_bytes,
                              cells_get(r, COUNTER_churn_start_rss_bytes) + copied_bytes, MIB);
            assert_true(cells_get(r, COUNTER_fork_ns) > 0);
            if (m == CELL_LATENCY) {
                const double stall_ns = cells_get(r, COUNTER_snapshot_stall_max_ns);
                assert_true(stall_ns > 0 && stall_ns <= cells_get(r, COUNTER_stall_max_ns));
                assert_true(cells_get(r, COUNTER_stall_max_ns) >= cells_get(r, COUNTER_fork_ns));
                assert_true(cells_get(r, COUNTER_fault_count) >= SLOTS_BYTES / 4096 / 2);
            }
            cell.snapshot = CELL_NO_SNAPSHOT;
            cells_assert_presence(cells_run_fine(*state, &cell), snapshot_counters, 3, false);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small_pages),
        cmocka_unit_test(test_huge_pages),
        cmocka_unit_test(test_a_snapshot_that_was_killed),
        CELLS_TEST(test_churn_with_a_snapshot),
    };
    return cmocka_run_group_tests_name("snapshot", tests, NULL, NULL);
}
