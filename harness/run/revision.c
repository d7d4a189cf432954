/* SPDX-License-Identifier: MIT */
#include "harness/run/revision.h"

#include "build_version.h"
#include "harness/common/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 1200 };

const char *revision_of_this(void)
{
    return GROWBENCH_REVISION;
}

/* Its output, up to the line's end; the rest goes to our standard error. Returns its exit code, -1 for none. */
static int run_script(const char *script, const char *revision, char *line, size_t size)
{
    int ends[2];
    *line = 0;
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    pid_t pid = fork();
    if (!pid) {
        dup2(ends[1], STDOUT_FILENO);
        /* Built as this one was: other flags would be compared, not revisions. */
        setenv("CFLAGS", GROWBENCH_FLAGS, 1);
#ifdef __clang__
        setenv("CC", "clang", 0);
        setenv("CXX", "clang++", 0);
#endif
        execl(script, script, revision, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *output = fdopen(ends[0], "r");
    if (output && !fgets(line, (int)size, output))
        *line = 0;
    if (output)
        fclose(output);
    else
        close(ends[0]);
    line[strcspn(line, "\n")] = 0;
    int status = 0;
    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Of the checkout in whose build folder, at whatever depth, this program lies. */
static int find_script(char *script, size_t size, const char *revision, char *error)
{
    char folder[1000];
    if (!files_program_folder(folder, sizeof folder))
        return sentence_fail(error, EINVAL, "the folder of this program is unknown");
    static const char *const ways[] = {"..", "../..", "../../..", "../../../..", NULL};
    for (const char *const *way = ways; *way; way++) {
        snprintf(script, size, "%s/%s/scripts/build-revision", folder, *way);
        if (!access(script, X_OK))
            return 0;
    }
    return sentence_fail(
        error, EINVAL,
        "'%.200s' is no allocator, table, library or VARIABLE=value; as a git revision it needs "
        "the checkout of growbench, of which '%.600s' is no part",
        revision, folder);
}

int revision_build(const char *revision, char *program, size_t size, char *name, char *error)
{
    char script[PATH_BYTES];
    *error = 0;
    if (find_script(script, sizeof script, revision, error))
        return EINVAL;
    enum { SAID_WHY = 2 };
    const int code = run_script(script, revision, program, size);
    if (code == SAID_WHY)
        return EINVAL;
    if (code || *program != '/')
        return sentence_fail(error, EINVAL, "'%.600s' ended with %d and names no program of '%.200s'", script,
                             code, revision);
    /* The last one: this program may itself be such a revision. */
    const char *commit = NULL;
    for (const char *at = program; (at = strstr(at, "/revisions/"));)
        commit = at += strlen("/revisions/");
    snprintf(name, REVISION_BYTES, "%.12s", commit ? commit : revision);
    return 0;
}
