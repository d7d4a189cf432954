/* SPDX-License-Identifier: MIT */
#include "harness/pretouch.h"

#include "harness/clock.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK_BYTES = 128 << 20, PAGE_BYTES = 4096 };

/* The ratio above which the rest is touched too: noise of a shared machine stays below it. */
static const double slow_ratio = 1.5;

static double touch_seconds(char *start, uint64_t bytes)
{
    double start_seconds = clock_seconds();
    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES)
        ((volatile char *)start)[at] = 1;
    return clock_seconds() - start_seconds;
}

/* Shared with the child that does the touching. */
struct state {
    volatile uint64_t touched_bytes;
    volatile double ratio;
};

/* The trial is every first chunk of a GiB: the memory is not touched or untouched as a whole. */
static void touch_all(struct state *state, uint64_t bytes)
{
    char *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        _exit(0);
    madvise(memory, bytes, MADV_NOHUGEPAGE);
    uint64_t first_bytes = bytes < CHUNK_BYTES ? bytes : CHUNK_BYTES;
    double first_seconds = touch_seconds(memory, first_bytes);
    madvise(memory, first_bytes, MADV_DONTNEED);
    double later_seconds = touch_seconds(memory, first_bytes);
    state->ratio = first_seconds / later_seconds;
    state->touched_bytes = first_bytes;
    for (uint64_t at = first_bytes; at < bytes; at += CHUNK_BYTES) {
        uint64_t chunk_bytes = bytes - at < CHUNK_BYTES ? bytes - at : CHUNK_BYTES;
        double seconds = touch_seconds(memory + at, chunk_bytes);
        double ratio = seconds / (double)chunk_bytes / (later_seconds / (double)first_bytes);
        if (ratio > state->ratio)
            state->ratio = ratio;
        state->touched_bytes = at + chunk_bytes;
        /* A GiB without a slow chunk: the host has these pages already. */
        if (at >= (uint64_t)1 << 30 && state->ratio < slow_ratio)
            break;
    }
    _exit(0);
}

void pretouch_run(struct pretouch *pretouch, uint64_t bytes, struct progress *progress)
{
    *pretouch = (struct pretouch){0};
    struct state *state =
        mmap(NULL, sizeof *state, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        return;
    pid_t pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        touch_all(state, bytes);
    }
    while (pid > 0 && waitpid(pid, NULL, WNOHANG) == 0) {
        usleep(50000);
        if (state->touched_bytes > CHUNK_BYTES)
            progress_share(progress, "touching memory once, because first touches are slow here",
                           state->touched_bytes, bytes);
    }
    pretouch->first_to_later_ratio = state->ratio;
    pretouch->touched_bytes = state->touched_bytes;
    munmap(state, sizeof *state);
}
