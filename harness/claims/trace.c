/* SPDX-License-Identifier: MIT */
#include "harness/claims/trace.h"

#include "harness/measure/memory.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the traced process reports; shared memory. */
struct traced {
    uint64_t resizes;
    double before_bytes, peak_bytes;
    bool complete;
};

static void touch(char *block, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i < to; i += 4096)
        ((volatile char *)block)[i] = 1;
}

/* The tracer sees this call; nothing else in here makes it. */
static void mark(void)
{
    syscall(SYS_getppid);
}

static void grow(uint64_t first_bytes, uint64_t last_bytes, uint64_t aged_by_bytes, struct traced *told)
{
    struct memory_probe probe;
    struct memory_sample sample = {0};
    if (memory_probe_open(&probe))
        return;
    if (aged_by_bytes) {
        char *volatile old = malloc(aged_by_bytes);
        free(old);
    }
    mark();
    char *volatile block = malloc(first_bytes);
    mark();
    if (!block)
        return;
    touch(block, 0, first_bytes);
    for (uint64_t bytes = first_bytes; bytes < last_bytes; bytes *= 2) {
        memory_probe_read(&probe, &sample);
        told->before_bytes = (double)sample.rss_bytes;
        memory_probe_reset_peak(&probe);
        mark();
        char *larger = realloc(block, 2 * bytes);
        mark();
        if (!larger)
            return;
        block = larger;
        memory_probe_read(&probe, &sample);
        told->peak_bytes = (double)sample.peak_rss_bytes;
        told->resizes++;
        touch(block, bytes, 2 * bytes);
    }
    told->complete = true;
}

static void count_call(uint64_t number, struct claims_trace *trace, bool *by_mremap)
{
    if (number == SYS_mmap)
        trace->mmaps++;
    if (number == SYS_mremap) {
        trace->mremaps++;
        *by_mremap = true;
    }
#ifdef SYS_mmap2
    if (number == SYS_mmap2)
        trace->mmap2s++;
#endif
#ifdef SYS_mremap2 /* in no kernel so far */
    if (number == SYS_mremap2)
        trace->mremap2s++;
#endif
}

/* Follows the process from call to call. Returns true when it ended by itself. */
static bool follow(pid_t pid, struct claims_trace *trace)
{
    int status, deliver = 0;
    bool inside = false, by_mremap = false;
    unsigned marks = 0;
    while (!ptrace(PTRACE_SYSCALL, pid, NULL, deliver) && waitpid(pid, &status, 0) == pid &&
           WIFSTOPPED(status)) {
        deliver = WSTOPSIG(status) == (SIGTRAP | 0x80) ? 0 : WSTOPSIG(status);
        struct __ptrace_syscall_info info;
        if (deliver || ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0 ||
            info.op != PTRACE_SYSCALL_INFO_ENTRY)
            continue;
        if (info.entry.nr != SYS_getppid) {
            if (inside)
                count_call(info.entry.nr, trace, &by_mremap);
            continue;
        }
        inside = !inside;
        if (!inside && marks++) /* the first pair is around malloc */
            trace->resizes_by_mremap += by_mremap;
        by_mremap = false;
    }
    return WIFEXITED(status) && !WEXITSTATUS(status);
}

int claims_trace_growth(uint64_t first_bytes, uint64_t last_bytes, uint64_t aged_by_bytes,
                        struct claims_trace *trace)
{
    *trace = (struct claims_trace){0};
    struct traced *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (told == MAP_FAILED)
        return errno;
    pid_t pid = fork();
    if (!pid) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
            _exit(1);
        raise(SIGSTOP);
        grow(first_bytes, last_bytes, aged_by_bytes, told);
        _exit(0);
    }
    int status = 0, error = pid < 0 ? errno : EPERM;
    if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
        if (ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)) {
            kill(pid, SIGKILL);
            waitpid(pid, NULL, 0);
        } else {
            error = follow(pid, trace) && told->complete ? 0 : ENOMEM;
        }
    }
    trace->resizes = (double)told->resizes;
    trace->before_bytes = told->before_bytes;
    trace->peak_bytes = told->peak_bytes;
    munmap(told, sizeof *told);
    return error;
}
