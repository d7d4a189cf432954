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
enum { LOOK_MICROSECONDS = 3000, LEAD_BYTES = 1 << 30, COOLING_BYTES_PER_SECOND = 64 << 20 };

enum { WAIT_MILLISECONDS = 5, BLOCKS_BETWEEN_LOOKS = 16 };

/* What is touched again, to learn what that costs: more than fits into a cache. */
enum { LATER_TOUCHES = 4, LATER_BYTES = 256 << 20 };

/* Shared with the child: first what the parent writes, then what the child does. */
struct held_memory_state {
    _Atomic uint64_t wanted_bytes; /* 0: it is to be let go */
    _Atomic uint64_t left_bytes;
    _Atomic unsigned order_number; /* of what the parent has asked for last */
    _Atomic unsigned done_number;  /* the last order that has been carried out; of letting go: begun */
    _Atomic uint64_t held_bytes;
    _Atomic double ratio;
};

/* The child's. */
struct holder {
    struct held_memory_state *state;
    char *memory;
    bool *is_held; /* block by block */
    uint64_t block_bytes, block_count;
    double later_seconds; /* a block */
};

static double touch_block(const struct holder *h, uint64_t i)
{
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    volatile char *block = h->memory + i * h->block_bytes;
    double start_seconds = clock_seconds();
    for (uint64_t at = 0; at < h->block_bytes; at += page_bytes)
        block[at] = 1;
    return clock_seconds() - start_seconds;
}

/* The quickest of some rounds: what comes back can be other pages, as cold as the first. */
static double measure_later_seconds(const struct holder *h, uint64_t block_count)
{
    double least_seconds = INFINITY;
    for (int round = 0; round < LATER_TOUCHES; round++) {
        double seconds = 0;
        madvise(h->memory, block_count * h->block_bytes, MADV_DONTNEED);
        for (uint64_t i = 0; i < block_count; i++)
            seconds += touch_block(h, i);
        least_seconds = fmin(least_seconds, seconds / (double)block_count);
    }
    return least_seconds;
}

static void take(struct holder *h, unsigned order_number)
{
    struct held_memory_state *state = h->state;
    double seconds = 0;
    uint64_t touched = 0;
    state->ratio = 0;
    for (uint64_t i = 0; i < h->block_count && state->held_bytes < state->wanted_bytes; i++) {
        if (h->is_held[i])
            continue;
        if (state->order_number != order_number)
            return;
        if (touched % BLOCKS_BETWEEN_LOOKS == 0 &&
            free_blocks_count_bytes(h->block_bytes) <= state->left_bytes)
            break;
        seconds += touch_block(h, i);
        h->is_held[i] = true;
        state->held_bytes += h->block_bytes;
        touched++;
    }
    if (!touched)
        return;
    const uint64_t later_count = LATER_BYTES / h->block_bytes;
    if (h->later_seconds == 0) /* the first taking, which is without gaps */
        h->later_seconds =
            measure_later_seconds(h, touched < later_count || !later_count ? touched : later_count);
    state->ratio = seconds / (double)touched / h->later_seconds;
}

static void let_go_of_block(struct holder *h, uint64_t i)
{
    madvise(h->memory + i * h->block_bytes, h->block_bytes, MADV_DONTNEED);
    h->is_held[i] = false;
    h->state->held_bytes -= h->block_bytes;
}

/* Until there is another order. */
static void let_go(struct holder *h, unsigned order_number)
{
    struct held_memory_state *state = h->state;
    const uint64_t start_bytes = free_blocks_count_bytes(h->block_bytes);
    const double start_seconds = clock_seconds();
    for (uint64_t n = 0; state->order_number == order_number; usleep(LOOK_MICROSECONDS)) {
        const double cooled_bytes = (clock_seconds() - start_seconds) * COOLING_BYTES_PER_SECOND;
        const uint64_t wanted_bytes = start_bytes + LEAD_BYTES + (uint64_t)cooled_bytes;
        uint64_t free_bytes = state->held_bytes ? free_blocks_count_bytes(h->block_bytes) : wanted_bytes;
        for (; n < h->block_count && free_bytes < wanted_bytes; n++) {
            const uint64_t i = held_memory_place(n, h->block_count);
            if (h->is_held[i]) {
                let_go_of_block(h, i);
                free_bytes += h->block_bytes;
            }
        }
        state->done_number = order_number;
    }
}

static void carry_out_orders(struct holder *h)
{
    for (unsigned done_number = 0;; usleep(LOOK_MICROSECONDS)) {
        const unsigned order_number = h->state->order_number;
        if (order_number == done_number)
            continue;
        if (h->state->wanted_bytes)
            take(h, order_number);
        else
            let_go(h, order_number);
        h->state->done_number = done_number = order_number;
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

static void run_child(struct held_memory_state *state, uint64_t most_bytes)
{
    close_files();
    move_to_first_cpu();
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE), huge_bytes = memory_huge_page_size_bytes();
    struct holder h = {.state = state, .block_bytes = huge_bytes ? huge_bytes : page_bytes};
    h.block_count = most_bytes / h.block_bytes;
    h.memory = mmap(NULL, (h.block_count + 1) * h.block_bytes, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    h.is_held = calloc(h.block_count + 1, sizeof *h.is_held);
    if (h.memory == MAP_FAILED || !h.is_held)
        return;
    h.memory += -(uintptr_t)h.memory & (h.block_bytes - 1);
    /* Whole pages of the host; and free ones that small pages leave alone. */
    madvise(h.memory, h.block_count * h.block_bytes, MADV_HUGEPAGE);
    carry_out_orders(&h);
}

void held_memory_open(struct held_memory *held, uint64_t most_bytes)
{
    *held = (struct held_memory){0};
    struct held_memory_state *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        return;
    held->state = state;
    held->pid = lifeline_fork();
    if (!held->pid) {
        run_child(state, most_bytes);
        _exit(0);
    }
    if (held->pid < 0)
        held_memory_close(held);
}

static bool is_alive(const struct held_memory *held)
{
    siginfo_t ended = {0};
    return !waitid(P_PID, (id_t)held->pid, &ended, WEXITED | WNOHANG | WNOWAIT) && !ended.si_pid;
}

/* False when the child is no more, or somebody interrupts. */
static bool give_order(struct held_memory *held, uint64_t wanted_bytes, uint64_t left_bytes, int signal_fd,
                       struct progress *progress)
{
    struct held_memory_state *state = held->state;
    state->wanted_bytes = wanted_bytes;
    state->left_bytes = left_bytes;
    const unsigned order_number = ++state->order_number;
    while (state->done_number != order_number) {
        if (poll(&(struct pollfd){signal_fd, POLLIN, 0}, 1, WAIT_MILLISECONDS) > 0 || !is_alive(held))
            return false;
        if (wanted_bytes)
            progress_share(progress, "touching what processes may need", state->held_bytes, wanted_bytes);
    }
    return true;
}

struct held_memory_taken held_memory_take(struct held_memory *held, uint64_t wanted_bytes,
                                          uint64_t left_bytes, int signal_fd, struct progress *progress)
{
    if (held->pid && !give_order(held, wanted_bytes, left_bytes, signal_fd, progress))
        held_memory_close(held);
    if (!held->pid)
        return (struct held_memory_taken){0};
    return (struct held_memory_taken){held->state->held_bytes, held->state->ratio};
}

void held_memory_give(struct held_memory *held)
{
    if (held->pid && !give_order(held, 0, 0, -1, NULL))
        held_memory_close(held);
}

uint64_t held_memory_bytes(const struct held_memory *held)
{
    return held->pid ? held->state->held_bytes : 0;
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
