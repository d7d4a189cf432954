/* SPDX-License-Identifier: MIT */
#include "harness/measure/snapshot.h"

#include "harness/common/clock.h"
#include "harness/measure/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Holds none of the harness's descriptors: the other side must see the parent's end when it comes. */
static void wait_for_end(int pipe_fd, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before it could be heard */
        _exit(0);
    dup2(pipe_fd, 0);
    syscall(SYS_close_range, 1, ~0u, 0);
    char end;
    while (read(0, &end, 1) < 0 && errno == EINTR)
        continue;
    _exit(0);
}

int snapshot_begin(struct snapshot *s)
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC))
        return errno;
    pid_t parent = getpid();
    s->start_ticks = clock_ticks();
    pid_t pid = fork();
    s->end_ticks = clock_ticks();
    int error = errno;
    if (!pid)
        wait_for_end(fds[0], parent);
    close(fds[0]);
    if (pid < 0) {
        close(fds[1]);
        return error;
    }
    s->pid = pid;
    s->pipe_fd = fds[1];
    return 0;
}

int snapshot_count_own(const struct snapshot *s, uint64_t *bytes)
{
    return memory_count_private_of(s->pid, bytes);
}

int snapshot_end(struct snapshot *s)
{
    int status = 0;
    if (!s->pid)
        return 0;
    close(s->pipe_fd);
    while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    s->pid = 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}
