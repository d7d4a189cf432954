/* SPDX-License-Identifier: MIT */
#include "harness/run/held_memory.h"

#include "harness/common/clock.h"
#include "harness/measure/memory.h"
#include "harness/run/free_blocks.h"
#include "harness/run/lifeline.h"

#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* At two GiB a second a process takes 6 MiB between two looks. Of what is let go Linux (page_reporting.c) tells
 * the host 32 blocks of a size and more every 2 s, and puts these behind all others that are free; and page
 * tables are taken from where whole blocks are. So more is let go than is taken. */
enum {
    WAIT_MILLISECONDS = 20,
    LOOK_MICROSECONDS = 3000,
    LEAD_BYTES = 1 << 30,
    COOLING_BYTES_PER_SECOND = 64 << 20
};

/* What is touched again: more than fits into a cache. */
enum { LATER_TOUCHES = 4, LATER_BYTES = 256 << 20 };

/* Shared with the child, which writes it. */
struct held_memory_state {
    _Atomic uint64_t touched_bytes;
    _Atomic double ratio;
    _Atomic bool is_letting_go;
};

static double touch_seconds(volatile char *memory, uint64_t bytes)
{
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    double start_seconds = clock_seconds();
    for (uint64_t at = 0; at < bytes; at += page_bytes)
        memory[at] = 1;
    return clock_seconds() - start_seconds;
}

/* The quickest of some rounds: what comes back can be other pages, as cold as the first. */
static double later_touch_seconds(char *memory, uint64_t bytes)
{
    double least_seconds = INFINITY;
    for (int round = 0; round < LATER_TOUCHES; round++) {
        madvise(memory, bytes, MADV_DONTNEED);
        least_seconds = fmin(least_seconds, touch_seconds(memory, bytes));
    }
    return least_seconds;
}

/* What a later touch costs is learnt from the first step. */
static void touch_all(struct held_memory_state *state, char *memory, uint64_t bytes)
{
    double first_seconds = 0, later_seconds_per_byte = 0;
    uint64_t step_bytes = LATER_BYTES;
    for (uint64_t at = 0; at < bytes; at += step_bytes) {
        step_bytes = bytes - at < step_bytes ? bytes - at : step_bytes;
        first_seconds += touch_seconds(memory + at, step_bytes);
        if (!at)
            later_seconds_per_byte = later_touch_seconds(memory, step_bytes) / (double)step_bytes;
        state->touched_bytes = at + step_bytes;
        state->ratio = first_seconds / (double)(at + step_bytes) / later_seconds_per_byte;
    }
}

/* Until nothing is held any more. */
static void let_go(struct held_memory_state *state, char *memory, uint64_t bytes, uint64_t block_bytes)
{
    const uint64_t left_bytes = free_blocks_count_bytes(block_bytes), count = bytes / block_bytes;
    double start_seconds = clock_seconds();
    for (uint64_t n = 0; n < count;) {
        double cooled_bytes = (clock_seconds() - start_seconds) * COOLING_BYTES_PER_SECOND;
        uint64_t wanted_bytes = left_bytes + LEAD_BYTES + (uint64_t)cooled_bytes,
                 free_bytes = free_blocks_count_bytes(block_bytes);
        for (; n < count && free_bytes < wanted_bytes; n++, free_bytes += block_bytes)
            madvise(memory + held_memory_place(n, count) * block_bytes, block_bytes, MADV_DONTNEED);
        state->is_letting_go = true;
        usleep(LOOK_MICROSECONDS);
    }
}

/* What the parent has open stays its own: a lock on a folder, a pipe that somebody reads to its end. */
static void close_files(void)
{
    int null_fd = open("/dev/null", O_RDWR);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO && null_fd >= 0; fd++)
        dup2(null_fd, fd);
    close_range(STDERR_FILENO + 1, ~0u, 0);
}

/* Measured processes have the last ones (spawn.c). */
static void move_to_first_cpu(void)
{
    cpu_set_t cpus, first;
    CPU_ZERO(&first);
    if (sched_getaffinity(0, sizeof cpus, &cpus))
        return;
    for (unsigned cpu = 0; cpu < CPU_SETSIZE && !CPU_COUNT(&first); cpu++)
        if (CPU_ISSET(cpu, &cpus))
            CPU_SET(cpu, &first);
    sched_setaffinity(0, sizeof first, &first);
}

static void run_child(struct held_memory_state *state, uint64_t bytes)
{
    close_files();
    move_to_first_cpu();
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE), huge_bytes = memory_huge_page_size_bytes();
    const uint64_t block_bytes = huge_bytes ? huge_bytes : page_bytes;
    bytes -= bytes % block_bytes;
    char *memory = mmap(NULL, bytes + block_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        return;
    memory += -(uintptr_t)memory & (block_bytes - 1);
    /* Whole pages of the host; and free ones that small pages leave alone. */
    madvise(memory, bytes, MADV_HUGEPAGE);
    touch_all(state, memory, bytes);
    let_go(state, memory, bytes, block_bytes);
}

static bool is_touching(const struct held_memory *held)
{
    siginfo_t ended = {0};
    return !held->state->is_letting_go &&
           !waitid(P_PID, (id_t)held->pid, &ended, WEXITED | WNOHANG | WNOWAIT) && !ended.si_pid;
}

void held_memory_open(struct held_memory *held, uint64_t bytes, int signal_fd, struct progress *progress)
{
    *held = (struct held_memory){0};
    struct held_memory_state *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        return;
    held->state = state;
    held->pid = lifeline_fork();
    if (!held->pid) {
        run_child(state, bytes);
        _exit(0);
    }
    bool stopped = held->pid < 0;
    while (!stopped && is_touching(held)) {
        stopped = poll(&(struct pollfd){signal_fd, POLLIN, 0}, 1, WAIT_MILLISECONDS) > 0;
        progress_share(progress, "touching what a process may need", state->touched_bytes, bytes);
    }
    held->first_to_later_ratio = state->ratio;
    held->touched_bytes = state->touched_bytes;
    if (stopped || !state->is_letting_go)
        held_memory_close(held);
}

void held_memory_close(struct held_memory *held)
{
    if (held->pid > 0) {
        kill(held->pid, SIGKILL);
        waitpid(held->pid, NULL, 0);
    }
    if (held->state)
        munmap(held->state, sizeof *held->state);
    *held = (struct held_memory){0};
}

uint64_t held_memory_place(uint64_t n, uint64_t count)
{
    uint64_t odd_count = count / 2;
    return n < odd_count ? 2 * n + 1 : 2 * (n - odd_count);
}
