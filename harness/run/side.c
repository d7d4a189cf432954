/* SPDX-License-Identifier: MIT */
#include "harness/run/side.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* What the operations of a cell have taken so far, by the child's own account: readings of memory and the like taken
 * out. */
enum { CLOCK_OPERATION, CLOCK_ERASE, CLOCK_HIT, CLOCK_MISS, CLOCK_COUNT };

struct side {
    struct runner *runner;
    struct runner_child *child;
    bool running; /* the child waits for a turn, or has done all of them */
    uint64_t clocks_ns[CLOCK_COUNT];
    int socket_fd;
};

void side_say(int socket_fd, const char *format, ...)
{
    char message[SIDE_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length >= (int)sizeof message)
        length = sizeof message - 1;
    send(socket_fd, message, (size_t)length, MSG_NOSIGNAL);
}

static void read_clocks(const struct record *r, uint64_t *clocks_ns)
{
    clocks_ns[CLOCK_OPERATION] = r->operation_ns - r->erase_ns;
    clocks_ns[CLOCK_ERASE] = r->erase_ns;
    clocks_ns[CLOCK_HIT] = r->find_ns[0];
    clocks_ns[CLOCK_MISS] = r->find_ns[1];
}

static void say_end(const struct side *s, size_t index, enum record_status status)
{
    char folder[CELL_ID_BYTES];
    side_say(s->socket_fd, "ended %s %s/%d", record_status_names[status],
             cell_format_folder(&s->runner->matrix->cells[index], folder),
             runner_repetitions_done(s->runner, index) - 1);
}

static bool begin(struct side *s, size_t index)
{
    if (s->running || index >= s->runner->matrix->count)
        return false;
    enum record_status status = runner_begin(s->runner, index, s->child);
    s->running = status == RECORD_RUNNING;
    if (s->runner->interrupted)
        return false;
    if (!s->running) {
        say_end(s, index, status);
        return true;
    }
    read_clocks(s->child->spawned.record, s->clocks_ns);
    side_say(s->socket_fd, "ready");
    return true;
}

static bool turn(struct side *s, uint64_t operations)
{
    if (!s->running || !operations)
        return false;
    bool goes_on = runner_turn(s->runner, s->child, operations);
    uint64_t before_ns[CLOCK_COUNT];
    memcpy(before_ns, s->clocks_ns, sizeof before_ns);
    read_clocks(s->child->spawned.record, s->clocks_ns);
    side_say(s->socket_fd, "%s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRIu64, goes_on ? "turned" : "last",
             s->clocks_ns[CLOCK_OPERATION] - before_ns[CLOCK_OPERATION],
             s->clocks_ns[CLOCK_ERASE] - before_ns[CLOCK_ERASE],
             s->clocks_ns[CLOCK_HIT] - before_ns[CLOCK_HIT],
             s->clocks_ns[CLOCK_MISS] - before_ns[CLOCK_MISS]);
    return !s->runner->interrupted;
}

static bool end(struct side *s)
{
    if (!s->running)
        return false;
    size_t index = s->child->index;
    enum record_status status = runner_end(s->runner, s->child);
    s->running = false;
    if (s->runner->interrupted)
        return false;
    say_end(s, index, status);
    return true;
}

static bool say_cell(const struct side *s, size_t index)
{
    char id[CELL_ID_BYTES];
    if (index >= s->runner->matrix->count)
        return false;
    side_say(s->socket_fd, "cell %s", cell_format_id(&s->runner->matrix->cells[index], id));
    return true;
}

static bool obey(struct side *s, const char *request)
{
    uint64_t number = 0;
    if (sscanf(request, "cell %" SCNu64, &number) == 1)
        return say_cell(s, number);
    if (sscanf(request, "begin %" SCNu64, &number) == 1)
        return begin(s, number);
    if (sscanf(request, "turn %" SCNu64, &number) == 1)
        return turn(s, number);
    return !strcmp(request, "end") && end(s);
}

int side_serve(struct session *session, int socket_fd)
{
    struct runner *runner = &session->runner;
    struct side side = {.runner = runner, .child = malloc(sizeof *side.child), .socket_fd = socket_fd};
    if (!side.child || runner_open(runner)) {
        free(side.child);
        return ENOMEM;
    }
    side_say(socket_fd, "side %d %zu", SIDE_VERSION, runner->matrix->count);
    char request[64];
    for (;;) {
        struct pollfd polls[] = {{socket_fd, POLLIN, 0}, {runner->signal_fd, POLLIN, 0}};
        poll(polls, 2, -1);
        ssize_t length = polls[1].revents ? 0 : recv(socket_fd, request, sizeof request - 1, 0);
        if (length <= 0)
            break;
        request[length] = 0;
        if (!obey(&side, request))
            break;
    }
    if (side.running) {
        runner->interrupted = true;
        runner_end(runner, side.child);
    }
    if (runner->error)
        side_say(socket_fd, "failed the side of '%.600s' cannot go on: %s", session->folder.folder,
                 strerror(runner->error));
    free(side.child);
    runner_close(runner);
    return runner->error;
}
