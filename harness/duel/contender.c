/* SPDX-License-Identifier: MIT */
#include "harness/duel/contender.h"

#include "harness/run/side.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Cells that a side may claim to have; and how long it may take to write its derived files, or to go when what it said
 * makes no sense. */
enum { OPTIONS_MAX = 600, CELLS_MAX = 1000000, CLOSE_MS = 120000, CLOSE_BAD_MS = 2000 };

static void become_side(const char *program, const char *const *options, const char *folder, int socket_fd)
{
    static char out[RESULTS_PATH_BYTES + 8];
    const char *arguments[OPTIONS_MAX + 8] = {"growbench", "side"};
    size_t count = 2;
    for (; *options && count < OPTIONS_MAX; options++)
        arguments[count++] = *options;
    snprintf(out, sizeof out, "--out=%s", folder);
    arguments[count++] = out;
    arguments[count++] = "--quiet";
    arguments[count++] = "--no-plot";
    arguments[count++] = "--reference=none";
    setpgid(0, 0); /* an interrupt at the terminal is the duel's */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int high = fcntl(socket_fd, F_DUPFD, 10);
    dup2(high, SIDE_SOCKET_FD);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execv(program, (char *const *)(uintptr_t)arguments);
    side_say(SIDE_SOCKET_FD, "failed '%s' cannot be run: %s", program, strerror(errno));
    _exit(127);
}

/* Waits for its end; false: it has not come in that time. */
static bool wait_end(struct contender *c, int timeout_ms, int *status)
{
    int pid_fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    struct pollfd end = {pid_fd, POLLIN, 0};
    bool ended = pid_fd < 0 || poll(&end, 1, timeout_ms) > 0;
    if (pid_fd >= 0)
        close(pid_fd);
    if (ended && waitpid(c->pid, status, 0) == c->pid)
        c->pid = -1;
    return ended;
}

/* It closed its end of the socket. */
static void note_death(struct contender *c)
{
    int status = 0;
    if (wait_end(c, CLOSE_BAD_MS, &status) && WIFSIGNALED(status))
        sentence_fail(c->error, ECHILD, "the side of '%.600s' ended by signal %d (%s)", c->folder.folder,
                      WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        sentence_fail(c->error, ECHILD, "the side of '%.600s' ended without a word", c->folder.folder);
}

/* Receives one answer. False: the side is gone, or the user interrupts. */
static bool receive(struct contender *c, char *answer)
{
    struct pollfd polls[] = {{c->socket_fd, POLLIN, 0}, {c->signal_fd, POLLIN, 0}};
    while (poll(polls, 2, -1) < 0 && errno == EINTR)
        ;
    if (polls[1].revents)
        return false;
    ssize_t length = recv(c->socket_fd, answer, SIDE_MESSAGE_BYTES - 1, MSG_TRUNC);
    if (length <= 0) {
        note_death(c);
        return false;
    }
    if (length >= SIDE_MESSAGE_BYTES) {
        sentence_fail(c->error, EPROTO,
                      "the side of '%.600s' sends %zd bytes at once: more than any answer has",
                      c->folder.folder, length);
        return false;
    }
    answer[length] = 0;
    if (strncmp(answer, "failed ", 7))
        return true;
    sentence_fail(c->error, ECHILD, "%s", answer[7] ? answer + 7 : "a side failed, and does not say why");
    return false;
}

static bool ask(struct contender *c, const char *request, uint64_t number, char *answer)
{
    side_say(c->socket_fd, request, number);
    return receive(c, answer);
}

static enum contender_answer misunderstood(struct contender *c, const char *answer)
{
    sentence_fail(c->error, EPROTO,
                  "the side of '%.600s' answers '%.100s', which is none of the protocol's words",
                  c->folder.folder, answer);
    return CONTENDER_FAILED;
}

int contender_start(struct contender *c, const char *program, const char *const *options, const char *folder,
                    int signal_fd)
{
    int sockets[2];
    *c = (struct contender){.pid = -1, .socket_fd = -1, .signal_fd = signal_fd, .folder = {.lock_fd = -1}};
    snprintf(c->folder.folder, sizeof c->folder.folder, "%s", folder);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets))
        return sentence_fail(c->error, errno, "no socket for a side: %s", strerror(errno));
    c->pid = fork();
    if (!c->pid)
        become_side(program, options, folder, sockets[1]);
    close(sockets[1]);
    c->socket_fd = sockets[0];
    if (c->pid < 0)
        return sentence_fail(c->error, errno, "no process for a side: %s", strerror(errno));
    char answer[SIDE_MESSAGE_BYTES];
    int version = 0;
    if (!receive(c, answer)) {
        if (strstr(c->error, "' ended without a word"))
            sentence_fail(c->error, ENOTSUP, "'%.600s' knows no side: its revision is older than the duel",
                          program);
        return *c->error ? EINVAL : EINTR;
    }
    if (sscanf(answer, "side %d", &version) == 1 && version != SIDE_VERSION)
        return sentence_fail(
            c->error, ENOTSUP,
            "'%.600s' speaks another version of the sides' protocol (%d, not %d): no duel between "
            "the two revisions",
            program, version, SIDE_VERSION);
    if (sscanf(answer, "side %*d %zu", &c->cell_count) == 1 && c->cell_count <= CELLS_MAX)
        return 0;
    misunderstood(c, answer);
    return EPROTO;
}

bool contender_cell(struct contender *c, size_t index, char *id)
{
    char answer[SIDE_MESSAGE_BYTES];
    if (!ask(c, "cell %" PRIu64, index, answer))
        return false;
    if (!strncmp(answer, "cell ", 5) && strlen(answer + 5) < CELL_ID_BYTES) {
        strcpy(id, answer + 5);
        return true;
    }
    misunderstood(c, answer);
    return false;
}

/* "ended STATUS PATH": PATH is the cell's folder and the repetition. */
static enum contender_answer take_end(struct contender *c, const char *answer, struct result *result)
{
    const char *path = strchr(answer, ' ');
    path = path ? strchr(path + 1, ' ') : NULL;
    if (strncmp(answer, "ended ", 6) || !path)
        return misunderstood(c, answer);
    char folder[RESULTS_PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/cells/%.900s", c->folder.folder, path + 1);
    return results_read_record(folder, result, c->error) ? CONTENDER_FAILED : CONTENDER_ENDED;
}

enum contender_answer contender_begin(struct contender *c, size_t index, struct result *result)
{
    char answer[SIDE_MESSAGE_BYTES];
    if (!ask(c, "begin %" PRIu64, index, answer))
        return CONTENDER_FAILED;
    return strcmp(answer, "ready") ? take_end(c, answer, result) : CONTENDER_READY;
}

enum contender_answer contender_turn(struct contender *c, uint64_t operations,
                                     uint64_t clocks_ns[CONTENDER_CLOCK_COUNT])
{
    char answer[SIDE_MESSAGE_BYTES], word[16];
    if (!ask(c, "turn %" PRIu64, operations, answer))
        return CONTENDER_FAILED;
    if (sscanf(answer, "%15s %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, word,
               &clocks_ns[CONTENDER_OPERATION], &clocks_ns[CONTENDER_ERASE], &clocks_ns[CONTENDER_HIT],
               &clocks_ns[CONTENDER_MISS]) != 5)
        return misunderstood(c, answer);
    return !strcmp(word, "turned") ? CONTENDER_READY
           : !strcmp(word, "last") ? CONTENDER_LAST
                                   : misunderstood(c, answer);
}

enum contender_answer contender_end(struct contender *c, struct result *result)
{
    char answer[SIDE_MESSAGE_BYTES];
    return ask(c, "end", 0, answer) ? take_end(c, answer, result) : CONTENDER_FAILED;
}

void contender_close(struct contender *c)
{
    if (c->socket_fd >= 0)
        close(c->socket_fd);
    if (c->pid > 0 && !wait_end(c, *c->error ? CLOSE_BAD_MS : CLOSE_MS, NULL)) {
        kill(-c->pid, SIGKILL); /* the group: what it started; its measured process dies with it */
        kill(c->pid, SIGKILL);
        waitpid(c->pid, NULL, 0);
    }
    c->socket_fd = c->pid = -1;
}
