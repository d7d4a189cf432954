/* SPDX-License-Identifier: MIT */
#include "harness/run/budget.h"

#include "harness/common/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CLOSE_WAIT_MS = 10000, NAMES_TRIED = 1000 };

const char *const budget_kind_names[] = {"watchdog", "cgroup v1", "cgroup v2", NULL};

struct control_files {
    const char *limit, *swap_limit, *peak, *events, *killed_word;
};

static const struct control_files *control_files(enum budget_kind kind)
{
    static const struct control_files v1 = {"memory.limit_in_bytes", "memory.memsw.limit_in_bytes",
                                            "memory.max_usage_in_bytes", "memory.oom_control", "oom_kill "};
    static const struct control_files v2 = {"memory.max", "memory.swap.max", "memory.peak", "memory.events",
                                            "oom_kill "};
    return kind == BUDGET_CGROUP1 ? &v1 : &v2;
}

static int write_control(const struct budget *budget, const char *file, uint64_t value)
{
    char path[448], text[32];
    snprintf(path, sizeof path, "%s/%s", budget->path, file);
    int length = snprintf(text, sizeof text, "%" PRIu64, value);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = write(fd, text, (size_t)length) == length ? 0 : errno;
    close(fd);
    return error;
}

static int make_group(struct budget *budget)
{
    if (mkdir(budget->path, 0755))
        return errno;
    const struct control_files *files = control_files(budget->kind);
    int error = write_control(budget, files->limit, budget->limit_bytes);
    if (error) {
        rmdir(budget->path);
        return error;
    }
    /* No swapping past the limit. Without swap accounting the file is missing; v1 can then still keep the
     * group's own pages from being swapped. */
    bool v1 = budget->kind == BUDGET_CGROUP1;
    if (write_control(budget, files->swap_limit, v1 ? budget->limit_bytes : 0) && v1)
        write_control(budget, "memory.swappiness", 0);
    return 0;
}

/* Made and joined: a group may be there and yet refuse members. */
static bool can_make_group(const struct budget_root *root)
{
    struct budget trial;
    budget_open(&trial, root, 64 << 20);
    bool made = trial.kind != BUDGET_WATCHDOG;
    pid_t pid = made ? fork() : -1;
    if (!pid)
        _exit(budget_join(&trial) ? 1 : 0);
    int status = 1;
    if (pid > 0)
        waitpid(pid, &status, 0);
    budget_close(&trial);
    return made && status == 0;
}

/* Groups of runs that were killed before they could remove them: their name has the dead process's number. */
static void sweep_groups(const struct budget_root *root)
{
    DIR *folder = opendir(root->path);
    for (const struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        int pid;
        char path[600];
        snprintf(path, sizeof path, "%s/%s", root->path, entry->d_name);
        if (sscanf(entry->d_name, "growbench-%d-", &pid) == 1 && kill(pid, 0) && errno == ESRCH)
            rmdir(path); /* refused while somebody is still in it */
    }
    if (folder)
        closedir(folder);
}

/* Joins the mount point of a hierarchy with this process's place in it. */
static bool find_hierarchy(const char *mounts, const char *groups, enum budget_kind kind, char *path,
                           size_t size)
{
    bool v1 = kind == BUDGET_CGROUP1;
    for (const char *line = mounts; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        char mount[200], type[32], options[200];
        if (sscanf(line, "%*s %199s %31s %199s", mount, type, options) != 3 ||
            strcmp(type, v1 ? "cgroup" : "cgroup2"))
            continue;
        if (v1 && !strstr(options, ",memory"))
            continue;
        const char *mine = strstr(groups, v1 ? ":memory:" : "0::");
        if (!mine)
            return false;
        mine = strchr(strchr(mine, ':') + 1, ':') + 1;
        int length = (int)strcspn(mine, "\n");
        return snprintf(path, size, "%s%.*s", mount, length == 1 ? 0 : length, mine) < (int)size;
    }
    return false;
}

static uint64_t least_limit(uint64_t least_bytes, const char *group, const char *file)
{
    char path[320];
    snprintf(path, sizeof path, "%s/%s", group, file);
    char *text = files_read(path);
    const uint64_t bytes = text ? strtoull(text, NULL, 10) : 0; /* "max" is 0 */
    free(text);
    const bool is_limit = bytes && bytes < (uint64_t)1 << 60;
    return is_limit && (!least_bytes || bytes < least_bytes) ? bytes : least_bytes;
}

uint64_t budget_around_bytes(void)
{
    uint64_t least_bytes = 0;
    char *mounts = files_read("/proc/self/mounts"), *groups = files_read("/proc/self/cgroup");
    for (enum budget_kind kind = BUDGET_CGROUP2; mounts && groups && kind > BUDGET_WATCHDOG; kind--) {
        char group[256];
        if (!find_hierarchy(mounts, groups, kind, group, sizeof group))
            continue;
        do { /* up to the file system's root: above the hierarchy's there is no such file */
            least_bytes = least_limit(least_bytes, group, control_files(kind)->limit);
            least_bytes = least_limit(least_bytes, group, "memory.high");
            *strrchr(group, '/') = 0;
        } while (*group);
    }
    free(mounts);
    free(groups);
    return least_bytes;
}

void budget_find_root(struct budget_root *root, bool watchdog_only)
{
    *root = (struct budget_root){.kind = BUDGET_WATCHDOG};
    char *mounts = watchdog_only ? NULL : files_read("/proc/self/mounts");
    char *groups = mounts ? files_read("/proc/self/cgroup") : NULL;
    for (enum budget_kind kind = BUDGET_CGROUP2; groups && kind > BUDGET_WATCHDOG; kind--) {
        struct budget_root trial = {.kind = kind};
        if (!find_hierarchy(mounts, groups, kind, trial.path, sizeof trial.path))
            continue;
        bool made = can_make_group(&trial);
        if (!made && kind == BUDGET_CGROUP2 && strrchr(trial.path, '/')) {
            /* A v2 group with processes in it has no controllers for children: try beside it. */
            *strrchr(trial.path, '/') = 0;
            made = can_make_group(&trial);
        }
        if (made) {
            sweep_groups(&trial);
            *root = trial;
            break;
        }
    }
    free(mounts);
    free(groups);
}

void budget_open(struct budget *budget, const struct budget_root *root, uint64_t limit_bytes)
{
    *budget = (struct budget){.kind = root->kind, .limit_bytes = limit_bytes};
    if (root->kind == BUDGET_WATCHDOG)
        return;
    /* The number tells apart several of one process, at once or left behind. */
    int error = EEXIST;
    for (int number = 0; error == EEXIST && number < NAMES_TRIED; number++) {
        snprintf(budget->path, sizeof budget->path, "%s/growbench-%d-%d", root->path, (int)getpid(), number);
        error = make_group(budget);
    }
    if (error) {
        budget->kind = BUDGET_WATCHDOG;
        *budget->path = 0;
    }
}

int budget_join(const struct budget *budget)
{
    if (budget->kind == BUDGET_WATCHDOG)
        return 0;
    return write_control(budget, "cgroup.procs", 0); /* 0 = the writer */
}

static uint64_t read_control(const struct budget *budget, const char *file, const char *word)
{
    char path[448];
    snprintf(path, sizeof path, "%s/%s", budget->path, file);
    char *text = files_read(path);
    const char *at = text && word ? strstr(text, word) : text;
    uint64_t value = at ? strtoull(at + (word ? strlen(word) : 0), NULL, 10) : 0;
    free(text);
    return value;
}

bool budget_is_exceeded(const struct budget *budget, uint64_t rss_bytes)
{
    if (budget->kind == BUDGET_WATCHDOG)
        return rss_bytes > budget->limit_bytes;
    const struct control_files *files = control_files(budget->kind);
    return read_control(budget, files->events, files->killed_word) > 0;
}

uint64_t budget_peak_bytes(const struct budget *budget)
{
    return budget->kind == BUDGET_WATCHDOG ? 0
                                           : read_control(budget, control_files(budget->kind)->peak, NULL);
}

void budget_close(struct budget *budget)
{
    /* A group is busy until its last process is gone, and a killed one, such as a snapshot, that nobody here
     * can wait for, gives its memory back first. */
    for (int waited_ms = 0;
         *budget->path && rmdir(budget->path) && errno == EBUSY && waited_ms < CLOSE_WAIT_MS; waited_ms++)
        usleep(1000);
    *budget->path = 0;
}
