/* SPDX-License-Identifier: MIT */
#include "harness/results/results_parts.h"

#include "harness/common/files.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

void results_join(char *path, size_t size, const char *folder, const char *name)
{
    int length = snprintf(path, size, "%s/%s", folder, name);
    assert(length >= 0 && (size_t)length < size);
}

bool results_holds_run(const char *folder)
{
    char path[RESULTS_PATH_BYTES];
    results_join(path, sizeof path, folder, "run.json");
    if (!access(path, F_OK))
        return true;
    results_join(path, sizeof path, folder, "cells");
    return !access(path, F_OK);
}

int results_open(struct results_run *run, const char *folder, bool resume, char *error)
{
    *run = (struct results_run){.lock_fd = -1};
    if (strlen(folder) >= RESULTS_FOLDER_BYTES)
        return sentence_fail(error, ENAMETOOLONG,
                             "the name of the output folder is too long: at most %d bytes",
                             RESULTS_FOLDER_BYTES - 1);
    snprintf(run->folder, sizeof run->folder, "%s", folder);
    if (resume && !results_holds_run(folder))
        return sentence_fail(error, ENOENT,
                             "'%s' holds no run to resume: leave out --resume, or name the folder of one",
                             folder);
    int number = files_make_folders(folder);
    if (number)
        return sentence_fail(error, number, "cannot make the output folder '%s': %s", folder,
                             strerror(number));
    run->lock_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (run->lock_fd < 0)
        return sentence_fail(error, errno, "cannot open the output folder '%s': %s", folder, strerror(errno));
    if (flock(run->lock_fd, LOCK_EX | LOCK_NB)) {
        results_close(run);
        return sentence_fail(error, EWOULDBLOCK,
                             "another run is writing to '%s': wait for it, or choose another --out", folder);
    }
    if (!resume && results_holds_run(folder)) {
        results_close(run);
        return sentence_fail(
            error, EEXIST, "'%s' already holds a run: choose another --out, or add --resume to go on with it",
            folder);
    }
    return 0;
}

void results_close(struct results_run *run)
{
    if (run->lock_fd >= 0)
        close(run->lock_fd);
    run->lock_fd = -1;
}

void results_cell_folder(char *path, size_t size, const char *folder, const struct cell *cell, int repetition)
{
    char name[CELL_ID_BYTES], inner[CELL_ID_BYTES + 32];
    snprintf(inner, sizeof inner, "cells/%s/%d", cell_format_folder(cell, name), repetition);
    results_join(path, size, folder, inner);
}
