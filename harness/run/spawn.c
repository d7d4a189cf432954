/* SPDX-License-Identifier: MIT */
#include "harness/run/spawn.h"

#include "harness/common/clock.h"
#include "harness/common/units.h"
#include "harness/measure/memory.h"
#include "harness/measure/workload.h"
#include "harness/run/lifeline.h"
#include "harness/run/settings.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the child's side of fork ---- */

/* From the last CPU downwards, as CPU 0 gets most of the interrupts: one for each of the cell's threads, one for
 * the spin loop, and with several threads one for the thread of theirs that looks on (crew.h). Where there are
 * too few for the threads they may use all. */
static void choose_cpus(struct spawned *s, const struct cell *cell)
{
    cpu_set_t allowed;
    CPU_ZERO(&s->child_cpus);
    s->other_cpu = -1;
    if (sched_getaffinity(0, sizeof allowed, &allowed))
        return;
    uint64_t wanted = cell->threads;
    bool wants_other = cell->mode == CELL_LATENCY, wants_onlooker = cell->threads > 1;
    for (int cpu = CPU_SETSIZE - 1; cpu >= 0; cpu--) {
        if (!CPU_ISSET((unsigned)cpu, &allowed))
            continue;
        if (!wanted && wants_other) {
            s->other_cpu = cpu;
            wants_other = false;
        } else if (wanted || wants_onlooker) {
            CPU_SET((unsigned)cpu, &s->child_cpus);
            wants_onlooker &= wanted > 0;
            wanted -= wanted > 0;
        }
    }
}

static void confine(const struct spawned *s)
{
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL); /* the parent ignores it, which exec would pass on */
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (CPU_COUNT(&s->child_cpus))
        sched_setaffinity(0, sizeof s->child_cpus, &s->child_cpus);
    if (budget_join(&s->budget))
        _exit(126); /* never run without the limit that the record will name */
}

static bool put_settings(const struct allocator *allocator, enum page_policy policy)
{
    struct settings settings;
    bool put = !settings_compose(&settings, allocator, policy);
    for (size_t i = 0; put && i < settings.count; i++) {
        char *value = strchr(settings.items[i], '=');
        *value = 0;
        put = !setenv(settings.items[i], value + 1, 1);
    }
    return put;
}

/* Settings of the user's shell must not reach a measured process unseen. */
static void clear_settings(void)
{
    static const char *const prefixes[] = {
        "LD_PRELOAD=", "LD_AUDIT=", "GLIBC_TUNABLES=", "MALLOC_", "MIMALLOC_",
        "JE_MALLOC_",  "TCMALLOC_", "TBB_MALLOC_",     NULL};
    for (char **variable = environ; *variable;) {
        const char *const *prefix = prefixes;
        while (*prefix && strncmp(*variable, *prefix, strlen(*prefix)))
            prefix++;
        char name[256];
        size_t length = strcspn(*variable, "=");
        if (*prefix && length < sizeof name) {
            memcpy(name, *variable, length);
            name[length] = 0;
            unsetenv(name); /* moves the next one here */
        } else {
            variable++;
        }
    }
}

bool spawn_prepare_exec(const struct allocator *allocator, const struct cell *cell, const char *preload)
{
    if (!cell->aslr)
        personality(ADDR_NO_RANDOMIZE); /* where it is forbidden the record says aslr_active */
    if (cell->thp == PAGE_POLICY_NEVER)
        prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    clear_settings();
    return put_settings(allocator, cell->thp) && (!preload || !setenv("LD_PRELOAD", preload, 1));
}

static void become_child(const struct spawned *s, const struct cell *cell, int socket_fd, int output_fd)
{
    confine(s);
    /* First out of the way of the fixed numbers, then onto them. */
    int high_record = fcntl(s->record_fd, F_DUPFD, 10), high_socket = fcntl(socket_fd, F_DUPFD, 10);
    int high_output = fcntl(output_fd, F_DUPFD, 10), null_fd = open("/dev/null", O_RDONLY);
    int keys_fd = s->options->setup->keys_fd; /* a high one */
    dup2(null_fd, STDIN_FILENO);
    dup2(high_output, STDOUT_FILENO);
    dup2(high_output, STDERR_FILENO);
    dup2(high_record, CHILD_RECORD_FD);
    dup2(high_socket, CHILD_SOCKET_FD);
    if (keys_fd)
        dup2(keys_fd, CHILD_KEYS_FD);
    syscall(SYS_close_range, (keys_fd ? CHILD_KEYS_FD : CHILD_SOCKET_FD) + 1, ~0u, 0);
    static const char *const child_arguments[] = {"growbench", "child", NULL};
    const struct spawn_options *options = s->options;
    const char *const *arguments = options->program ? options->arguments : child_arguments;
    const char *preload = options->setup->allocator_preloaded ? options->setup->allocator_library : NULL;
    if (spawn_prepare_exec(options->allocator, cell, preload))
        execv(options->program ? options->program : "/proc/self/exe", (char *const *)(uintptr_t)arguments);
    _exit(127);
}

/* ---- the parent's side ---- */

static struct record *share_record(int *fd)
{
    *fd = memfd_create("growbench-record", MFD_CLOEXEC);
    if (*fd < 0 || ftruncate(*fd, sizeof(struct record)))
        return NULL;
    void *record = mmap(NULL, sizeof(struct record), PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
    return record == MAP_FAILED ? NULL : record;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int spawn_start(struct spawned *s, const struct cell *cell, const struct spawn_options *options)
{
    int sockets[2] = {-1, -1}, outputs[2] = {-1, -1};
    *s = (struct spawned){
        .options = options, .pid = -1, .record_fd = -1, .socket_fd = -1, .output_fd = -1, .pid_fd = -1};
    choose_cpus(s, cell);
    s->record = share_record(&s->record_fd);
    if (!s->record || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) ||
        pipe2(outputs, O_CLOEXEC | O_NONBLOCK))
        goto failed;
    fcntl(outputs[1], F_SETFL, 0); /* only the reading end must not block */
    s->cell = *cell;
    struct stat keys;
    if (options->setup->keys_fd && !fstat(options->setup->keys_fd, &keys))
        s->keys_bytes = (uint64_t)keys.st_size;
    record_init(s->record, cell);
    s->record->setup = *options->setup;
    budget_open(&s->budget, options->budget_root, options->budget_bytes);
    s->deadline_seconds = clock_seconds() + (double)options->timeout_seconds +
                          (cell->workload == CELL_DRAIN ? WORKLOAD_IDLE_SECONDS : 0);

    s->pid = lifeline_fork();
    if (s->pid < 0)
        goto failed;
    if (!s->pid)
        become_child(s, cell, sockets[1], outputs[1]);
    close_fd(&sockets[1]);
    close_fd(&outputs[1]);
    s->socket_fd = sockets[0];
    s->output_fd = outputs[0];
    sockets[0] = outputs[0] = -1; /* theirs now, also when what follows fails */
    s->pid_fd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    if (s->pid_fd >= 0)
        return 0;

failed:;
    int error = errno;
    budget_close(&s->budget);
    for (int i = 0; i < 2; i++) {
        close_fd(&sockets[i]);
        close_fd(&outputs[i]);
    }
    spawn_close(s);
    return error;
}

static void drain_output(struct spawned *s)
{
    char scrap[4096];
    for (int reads = 0; s->output_fd >= 0 && reads < 64; reads++) {
        size_t room = SPAWN_OUTPUT_BYTES - s->output_bytes;
        ssize_t got =
            read(s->output_fd, room ? s->output + s->output_bytes : scrap, room ? room : sizeof scrap);
        if (got <= 0) {
            if (got == 0)
                close_fd(&s->output_fd);
            return;
        }
        if (room)
            s->output_bytes += (size_t)got;
        else
            s->output_dropped_bytes += (size_t)got;
    }
}

static const char *format_place(const struct record *r, char *place, size_t size)
{
    if (r->warming_round)
        snprintf(place, size, "in round %u of warming the heap", r->warming_round);
    else
        snprintf(place, size, "at %" PRIu64 " of %" PRIu64 " entries", r->entries_done, r->cell.entries);
    return place;
}

/* The peak of the interval in which it died is known from outside only. */
static void note_lost_peak(struct spawned *s)
{
    struct record *r = s->record;
    r->peak_is_lower_bound = true;
    if (r->is_measuring && s->peak_rss_bytes > r->start_rss_bytes + r->busy_live_bytes)
        record_note_peak(r, (int64_t)(s->peak_rss_bytes - r->start_rss_bytes - r->busy_live_bytes),
                         r->growth_interval == r->interval_count);
}

enum { PLACE_BYTES = 80 };

static void note_oom(struct spawned *s)
{
    char limit[UNITS_TEXT_BYTES], place[PLACE_BYTES];
    record_fail(s->record, RECORD_OOM, "exceeded %s %s",
                units_format_bytes(limit, (double)s->budget.limit_bytes),
                format_place(s->record, place, sizeof place));
}

/* Once the child is gone. False, and said in the record, when it wrote over it. */
static bool can_trust_record(struct spawned *s)
{
    bool whole = record_repair(s->record, &s->cell, s->options->setup);
    if (!whole)
        record_fail(s->record, RECORD_CRASH, "the process wrote over the harness's record");
    return whole;
}

/* The child is gone without a reply, or after its last: why? */
static void note_death(struct spawned *s)
{
    struct record *r = s->record;
    int status = 0;
    char place[PLACE_BYTES];
    waitpid(s->pid, &status, 0);
    kill(-s->pid, SIGKILL); /* whatever it left running */
    s->pid = -1;
    if (!can_trust_record(s) || r->status != RECORD_RUNNING)
        return;
    note_lost_peak(s);
    format_place(r, place, sizeof place);
    if (budget_is_exceeded(&s->budget, s->last_rss_bytes))
        note_oom(s);
    else if (r->refused_bytes) /* C++ and Rust tables abort or throw when they get NULL */
        record_fail(r, RECORD_OOM, "refused %" PRIu64 " bytes %s, then ended", r->refused_bytes, place);
    else if (WIFSIGNALED(status))
        record_fail(r, RECORD_CRASH, "signal %d (%s) %s", WTERMSIG(status), strsignal(WTERMSIG(status)),
                    place);
    else
        record_fail(r, RECORD_CRASH, "exited with %d %s", WEXITSTATUS(status), place);
}

static void kill_child(struct spawned *s)
{
    if (s->pid <= 0)
        return;
    kill(-s->pid, SIGKILL); /* its group: a table may have forked */
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
    s->pid = -1;
    can_trust_record(s);
}

/* Looks at the clock and the child's memory. True when that ended the child. */
static bool watch(struct spawned *s)
{
    struct record *r = s->record;
    double now_seconds = clock_seconds();
    s->last_rss_bytes = memory_rss_of_bytes(s->pid);
    if (s->last_rss_bytes > s->keys_bytes) /* the list of a key file is the parent's */
        s->last_rss_bytes -= s->keys_bytes;
    /* A peak belongs to the interval that runs now; older ones have their own, exact. */
    if (r->interval_count != s->peak_interval || s->last_rss_bytes > s->peak_rss_bytes)
        s->peak_rss_bytes = s->last_rss_bytes;
    s->peak_interval = r->interval_count;
    bool late = now_seconds > s->deadline_seconds;
    bool large = s->budget.kind == BUDGET_WATCHDOG && budget_is_exceeded(&s->budget, s->last_rss_bytes);
    if (late || large) {
        kill_child(s);
        note_lost_peak(s);
        char place[PLACE_BYTES];
        if (large)
            note_oom(s);
        else
            record_fail(r, RECORD_TIMEOUT, "not done after %" PRIu64 " s, %s", s->options->timeout_seconds,
                        format_place(r, place, sizeof place));
        return true;
    }
    if (s->options->progress && now_seconds >= s->next_progress_seconds) {
        s->options->progress(s->options->context, &s->cell, r->entries_done, s->last_rss_bytes);
        s->next_progress_seconds = now_seconds + 0.1;
    }
    return false;
}

static enum spawn_result wait_reply(struct spawned *s, struct child_reply *reply)
{
    /* The watchdog must see growth of some GiB a second in time; a cgroup needs no hurry. */
    int interval_ms = s->budget.kind == BUDGET_WATCHDOG ? 5 : 50;
    for (;;) {
        struct pollfd polls[] = {{s->socket_fd, POLLIN, 0},
                                 {s->pid_fd, POLLIN, 0},
                                 {s->output_fd, POLLIN, 0},
                                 {s->options->signal_fd, POLLIN, 0}};
        poll(polls, 4, interval_ms);
        drain_output(s);
        if (polls[3].revents)
            return SPAWN_INTERRUPTED;
        if (polls[0].revents & POLLIN && recv(s->socket_fd, reply, sizeof *reply, 0) == sizeof *reply)
            return reply->goes_on ? SPAWN_REPLIED : SPAWN_ENDED;
        if (polls[1].revents) {
            note_death(s);
            return SPAWN_ENDED;
        }
        if (polls[0].revents) /* it closed its end: dying, or only rude; the time limit holds either way */
            close_fd(&s->socket_fd);
        if (watch(s))
            return SPAWN_ENDED;
    }
}

enum spawn_result spawn_command(struct spawned *s, struct child_command command, struct child_reply *reply)
{
    if (s->socket_fd < 0 || send(s->socket_fd, &command, sizeof command, MSG_NOSIGNAL) != sizeof command)
        close_fd(&s->socket_fd);
    return wait_reply(s, reply);
}

enum spawn_result spawn_run_whole(struct spawned *s)
{
    static const struct child_command commands[] = {
        {CHILD_OPEN, 0}, {CHILD_RUN, UINT64_MAX}, {CHILD_FINISH, 0}};
    struct child_reply reply;
    enum spawn_result result = SPAWN_REPLIED;
    for (int i = 0; i < 3 && result == SPAWN_REPLIED; i++) {
        bool beside = commands[i].verb == CHILD_RUN && s->record->cell.mode == CELL_LATENCY;
        if (beside)
            hiccup_start(&s->hiccup, s->other_cpu, (uint64_t)(1e6 / s->record->setup.ns_per_tick));
        result = spawn_command(s, commands[i], &reply);
        if (beside && hiccup_stop(&s->hiccup)) {
            s->record->hiccup_max_ns = (uint64_t)((double)s->hiccup.max_ticks * s->record->setup.ns_per_tick);
            s->record->hiccup_over_1ms_count = s->hiccup.long_count;
        }
    }
    return result;
}

void spawn_end(struct spawned *s)
{
    /* A child whose work is done exits by itself; give its last output a moment. */
    if (s->pid > 0 && s->record->status != RECORD_RUNNING && s->pid_fd >= 0)
        poll(&(struct pollfd){s->pid_fd, POLLIN, 0}, 1, 2000);
    kill_child(s);
    drain_output(s);
    record_finish(s->record);
    budget_close(&s->budget);
}

void spawn_close(struct spawned *s)
{
    kill_child(s);
    close_fd(&s->record_fd);
    close_fd(&s->socket_fd);
    close_fd(&s->output_fd);
    close_fd(&s->pid_fd);
    if (s->record)
        munmap(s->record, sizeof *s->record);
    s->record = NULL;
}
