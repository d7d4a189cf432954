/* SPDX-License-Identifier: MIT */
#include "harness/run/pretouch.h"

#include "harness/common/clock.h"

#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHUNK_BYTES = 128 << 20, TRIAL_BYTES = 1 << 30, PAGE_BYTES = 4096, LATER_TOUCHES = 4 };

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

/* What a later touch costs is learnt from the first chunk, touched a second time. Memory is not touched or
 * untouched as a whole: the trial is the first GiB. */
static void touch_all(struct state *state, uint64_t bytes)
{
    char *memory =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        _exit(0);
    /* Whole pages of the host; and free ones that small pages leave alone. */
    madvise(memory, bytes, MADV_HUGEPAGE);
    double first_seconds = 0, later_seconds_per_byte = 0;
    for (uint64_t at = 0; at < bytes; at += CHUNK_BYTES) {
        uint64_t chunk_bytes = bytes - at < CHUNK_BYTES ? bytes - at : CHUNK_BYTES;
        first_seconds += touch_seconds(memory + at, chunk_bytes);
        if (!at) {
            double least_seconds = INFINITY; /* what comes back can be other pages, as cold as the first */
            for (int i = 0; i < LATER_TOUCHES; i++) {
                madvise(memory, chunk_bytes, MADV_DONTNEED);
                least_seconds = fmin(least_seconds, touch_seconds(memory, chunk_bytes));
            }
            later_seconds_per_byte = least_seconds / (double)chunk_bytes;
        }
        state->touched_bytes = at + chunk_bytes;
        state->ratio = first_seconds / (double)state->touched_bytes / later_seconds_per_byte;
        if (state->touched_bytes >= TRIAL_BYTES && state->ratio < PRETOUCH_SLOW_RATIO)
            break;
    }
    _exit(0);
}

void pretouch_run(struct pretouch *pretouch, uint64_t bytes, int signal_fd, struct progress *progress)
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
        if (poll(&(struct pollfd){signal_fd, POLLIN, 0}, 1, 50) > 0)
            kill(pid, SIGKILL);
        if (state->touched_bytes > TRIAL_BYTES)
            progress_share(progress, "touching memory, because first touches are slow here",
                           state->touched_bytes, bytes);
    }
    pretouch->first_to_later_ratio = state->ratio;
    pretouch->touched_bytes = state->touched_bytes;
    munmap(state, sizeof *state);
}
