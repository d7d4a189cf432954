/* SPDX-License-Identifier: MIT
 *
 * The budget: the watchdog's answers, and where cgroups can be made, that the kernel keeps one for real.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run/budget.h"

enum { MIB = 1 << 20, LIMIT_BYTES = 64 * MIB };

static void test_kinds_have_names(void **state)
{
    (void)state;
    assert_string_equal(budget_kind_names[BUDGET_WATCHDOG], "watchdog");
    assert_non_null(budget_kind_names[BUDGET_CGROUP1]);
    assert_non_null(budget_kind_names[BUDGET_CGROUP2]);
    assert_null(budget_kind_names[BUDGET_CGROUP2 + 1]);
}

static void test_the_watchdog(void **state)
{
    (void)state;
    struct budget_root root;
    memset(&root, 0xA5, sizeof root);
    budget_find_root(&root, true);
    assert_int_equal(root.kind, BUDGET_WATCHDOG);
    struct budget budget;
    memset(&budget, 0xA5, sizeof budget);
    budget_open(&budget, &root, LIMIT_BYTES);
    assert_int_equal(budget.kind, BUDGET_WATCHDOG);
    assert_string_equal(budget.path, "");
    assert_int_equal(budget_join(&budget), 0);
    assert_false(budget_is_exceeded(&budget, 0));
    assert_false(budget_is_exceeded(&budget, LIMIT_BYTES));
    assert_true(budget_is_exceeded(&budget, LIMIT_BYTES + 1));
    assert_int_equal(budget_peak_bytes(&budget), 0);
    budget_close(&budget);
    budget_close(&budget); /* twice is fine */
}

/* Where the place for groups is gone or not writable, a run goes on with the watchdog. */
static void test_a_group_that_cannot_be_made_falls_back(void **state)
{
    (void)state;
    static const enum budget_kind kinds[] = {BUDGET_CGROUP1, BUDGET_CGROUP2};
    for (int i = 0; i < 2; i++) {
        const struct budget_root root = {.kind = kinds[i], .path = "/proc/no-such-folder"};
        struct budget budget;
        budget_open(&budget, &root, LIMIT_BYTES);
        assert_int_equal(budget.kind, BUDGET_WATCHDOG);
        assert_string_equal(budget.path, "");
        assert_true(budget_is_exceeded(&budget, LIMIT_BYTES + 1));
        budget_close(&budget);
    }
}

/* A folder without a memory controller takes no limit, and nothing stays behind in it. */
static void test_a_folder_that_is_no_cgroup_falls_back(void **state)
{
    (void)state;
    struct budget_root root = {.kind = BUDGET_CGROUP2, .path = "/tmp/growbench-budget-XXXXXX"};
    assert_non_null(mkdtemp(root.path));
    struct budget budget;
    budget_open(&budget, &root, LIMIT_BYTES);
    assert_int_equal(budget.kind, BUDGET_WATCHDOG);
    budget_close(&budget);
    assert_int_equal(rmdir(root.path), 0);
}

static struct budget_root group_root_or_skip(void)
{
    struct budget_root root;
    budget_find_root(&root, false);
    if (root.kind == BUDGET_WATCHDOG) {
        print_message("no memory cgroup can be made here\n");
        skip();
    }
    return root;
}

/* Joins the budget, touches so many bytes; the status of its end. */
static int run_child(const struct budget *budget, size_t bytes)
{
    fflush(NULL);
    const pid_t child = fork();
    if (!child) {
        if (budget_join(budget))
            _exit(3);
        volatile char *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (block == MAP_FAILED)
            _exit(4);
        for (size_t i = 0; i < bytes; i += 4096)
            block[i] = 1;
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* In a process of its own, for who has joined a group stays there. */
static void test_the_limit_around_a_process_is_that_of_its_group(void **state)
{
    (void)state;
    const struct budget_root root = group_root_or_skip();
    const uint64_t outside_bytes = budget_around_bytes();
    struct budget budget;
    budget_open(&budget, &root, LIMIT_BYTES);
    fflush(NULL);
    const pid_t child = fork();
    if (!child)
        _exit(budget_join(&budget) ? 1 : budget_around_bytes() == LIMIT_BYTES ? 0 : 2);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    budget_close(&budget);
    assert_int_equal(status, 0);
    assert_int_equal(budget_around_bytes(), outside_bytes);
}

static void test_a_child_above_its_budget_is_killed(void **state)
{
    (void)state;
    const struct budget_root root = group_root_or_skip();
    struct budget budget;
    budget_open(&budget, &root, LIMIT_BYTES);
    assert_int_equal(budget.kind, root.kind);
    char path[sizeof budget.path];
    strcpy(path, budget.path);
    assert_int_equal(access(path, F_OK), 0);
    assert_false(budget_is_exceeded(&budget, UINT64_MAX)); /* the kernel decides, not the sample */

    const int status = run_child(&budget, 128 * MIB);
    const bool exceeded = budget_is_exceeded(&budget, 0);
    const uint64_t peak_bytes = budget_peak_bytes(&budget);
    budget_close(&budget);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_true(exceeded);
    /* memory.peak of v2 is there from kernel 5.19 on. */
    if (root.kind == BUDGET_CGROUP1 || peak_bytes)
        assert_in_range(peak_bytes, LIMIT_BYTES - MIB, LIMIT_BYTES);
    assert_int_equal(access(path, F_OK), -1);
    assert_string_equal(budget.path, "");
}

static void test_a_child_within_its_budget_lives(void **state)
{
    (void)state;
    const struct budget_root root = group_root_or_skip();
    struct budget budget;
    budget_open(&budget, &root, LIMIT_BYTES);
    char path[sizeof budget.path];
    strcpy(path, budget.path);
    const int status = run_child(&budget, 32 * MIB);
    const bool exceeded = budget_is_exceeded(&budget, UINT64_MAX);
    const uint64_t peak_bytes = budget_peak_bytes(&budget);
    budget_close(&budget);
    assert_int_equal(status, 0);
    assert_false(exceeded);
    if (root.kind == BUDGET_CGROUP1 || peak_bytes)
        assert_in_range(peak_bytes, 32 * MIB, 40 * MIB);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_two_budgets_of_a_process_are_two_groups(void **state)
{
    (void)state;
    const struct budget_root root = group_root_or_skip();
    struct budget a, b;
    budget_open(&a, &root, LIMIT_BYTES);
    budget_open(&b, &root, LIMIT_BYTES);
    const int status = run_child(&a, 128 * MIB);
    const bool a_exceeded = budget_is_exceeded(&a, 0), b_exceeded = budget_is_exceeded(&b, 0);
    const bool differ = strcmp(a.path, b.path);
    budget_close(&a);
    budget_close(&b);
    assert_true(differ);
    assert_true(WIFSIGNALED(status));
    assert_true(a_exceeded && !b_exceeded);
}

/* A process that nobody waits for, as a snapshot's whose parent was killed, may be gone later. */
static void test_a_group_waits_for_its_last_process(void **state)
{
    (void)state;
    const struct budget_root root = group_root_or_skip();
    struct budget budget;
    budget_open(&budget, &root, LIMIT_BYTES);
    char path[sizeof budget.path];
    strcpy(path, budget.path);
    int joined[2];
    char word;
    assert_int_equal(pipe(joined), 0);
    fflush(NULL);
    const pid_t child = fork();
    if (!child) {
        const int error = budget_join(&budget);
        if (write(joined[1], "", 1) == 1)
            usleep(400000);
        _exit(error ? 3 : 0);
    }
    assert_int_equal(read(joined[0], &word, 1), 1);
    budget_close(&budget);
    const bool gone = access(path, F_OK);
    int status = -1;
    waitpid(child, &status, 0);
    close(joined[0]);
    close(joined[1]);
    assert_int_equal(status, 0);
    assert_true(gone);
}

/* The same budget again, while the group that it had is still there. */
static void test_a_group_left_behind_is_in_nobodys_way(void **state)
{
    (void)state;
    const struct budget_root root = group_root_or_skip();
    struct budget budget, left;
    budget_open(&budget, &root, LIMIT_BYTES);
    left = budget;
    budget_open(&budget, &root, LIMIT_BYTES);
    const enum budget_kind kind = budget.kind;
    budget_close(&budget);
    budget_close(&left);
    assert_int_equal(kind, root.kind);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_have_names),
        cmocka_unit_test(test_the_watchdog),
        cmocka_unit_test(test_a_group_that_cannot_be_made_falls_back),
        cmocka_unit_test(test_a_folder_that_is_no_cgroup_falls_back),
        cmocka_unit_test(test_the_limit_around_a_process_is_that_of_its_group),
        cmocka_unit_test(test_a_child_above_its_budget_is_killed),
        cmocka_unit_test(test_a_child_within_its_budget_lives),
        cmocka_unit_test(test_two_budgets_of_a_process_are_two_groups),
        cmocka_unit_test(test_a_group_waits_for_its_last_process),
        cmocka_unit_test(test_a_group_left_behind_is_in_nobodys_way),
    };
    return cmocka_run_group_tests_name("budget", tests, NULL, NULL);
}
