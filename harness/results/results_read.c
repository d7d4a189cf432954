/* SPDX-License-Identifier: MIT */
#include "harness/results/results_parts.h"

#include "harness/common/files.h"
#include "harness/common/stored.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int results_fail_damaged(const char *path, int number, const char *clause, char *error)
{
    return sentence_fail(
        error, number,
        number == EBADMSG
            ? "'%s' is damaged (%.600s): remove its folder and run again with --resume to measure it anew"
            : "'%s' cannot be read: %.600s",
        path, clause);
}

/* A record that was copied here from another cell's or repetition's folder would count twice. */
static int check_place(const char *folder, const struct result *result, char *clause)
{
    char expected[CELL_ID_BYTES + 32], name[CELL_ID_BYTES];
    snprintf(expected, sizeof expected, "/cells/%s/%d", cell_format_folder(&result->cell, name),
             result->repetition);
    size_t length = strlen(folder), tail = strlen(expected);
    if (length >= tail && !strcmp(folder + length - tail, expected))
        return 0;
    return sentence_fail(clause, EBADMSG, "it is the record of another cell: %.300s, repetition %d",
                         result->id, result->repetition);
}

int results_read_record(const char *folder, struct result *result, char *error)
{
    char path[RESULTS_PATH_BYTES], clause[SENTENCE_BYTES], *text;
    size_t length;
    *result = (struct result){.status = RECORD_RUNNING};
    results_join(path, sizeof path, folder, "record.json");
    int failed = files_read_stored(path, STORED_BYTES_MAX, &text, &length, clause);
    if (failed)
        return results_fail_damaged(path, failed, clause, error);
    failed = results_take_record(text, length, result, clause);
    free(text);
    snprintf(result->folder, sizeof result->folder, "%s", folder);
    if (!failed)
        failed = check_place(folder, result, clause);
    if (!failed)
        return 0;
    results_release(result);
    return results_fail_damaged(path, failed, clause, error);
}

bool results_find(const struct results_run *run, const struct cell *cell, int repetition,
                  struct result *result)
{
    char folder[RESULTS_PATH_BYTES], error[SENTENCE_BYTES], id[CELL_ID_BYTES];
    results_cell_folder(folder, sizeof folder, run->folder, cell, repetition);
    if (results_read_record(folder, result, error))
        return false;
    if (!strcmp(result->id, cell_format_id(cell, id)))
        return true;
    results_release(result);
    return false;
}

void results_release(struct result *result)
{
    json_decref(result->context);
    result->context = NULL;
}

static int append(struct results *results, const struct result *result)
{
    if ((results->count & (results->count - 1)) == 0) {
        struct result *larger =
            realloc(results->items, (results->count ? 2 * results->count : 1) * sizeof *larger);
        if (!larger)
            return ENOMEM;
        results->items = larger;
    }
    results->items[results->count++] = *result;
    return 0;
}

static int load_repetitions(const char *cell_path, struct results *results, char *error)
{
    DIR *folder = opendir(cell_path);
    if (!folder && errno == ENOTDIR) /* a file beside the cells is nobody's */
        return 0;
    if (!folder)
        return results_fail_damaged(cell_path, errno, strerror(errno), error);
    int failed = 0;
    for (const struct dirent *entry = readdir(folder); entry && !failed; entry = readdir(folder)) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
            continue;
        char path[RESULTS_PATH_BYTES], file[RESULTS_PATH_BYTES];
        results_join(path, sizeof path, cell_path, entry->d_name);
        results_join(file, sizeof file, path, "record.json");
        if (access(file, F_OK) &&
            (errno == ENOENT || errno == ENOTDIR)) /* a repetition that never came to its end */
            continue;
        struct result result;
        failed = results_read_record(path, &result, error);
        if (!failed)
            failed = append(results, &result);
    }
    closedir(folder);
    return failed;
}

static int compare_results(const void *left, const void *right)
{
    const struct result *a = left, *b = right;
    int order = strcmp(a->id, b->id);
    return order ? order : a->repetition - b->repetition;
}

int results_load(const char *run_folder, struct results *results, char *error)
{
    *results = (struct results){0};
    char cells[RESULTS_PATH_BYTES];
    DIR *folder = NULL;
    int number = ENAMETOOLONG;
    if (strlen(run_folder) < RESULTS_FOLDER_BYTES) {
        results_join(cells, sizeof cells, run_folder, "cells");
        folder = opendir(cells);
        number = folder ? 0 : errno;
    }
    if (number && number != ENAMETOOLONG && results_holds_run(run_folder)) {
        if (number == ENOENT)
            return 0; /* begun, and interrupted before the first record */
        return results_fail_damaged(cells, number, strerror(number), error);
    }
    if (number)
        return sentence_fail(error, ENOENT, "'%s' holds no run: it has no folder cells/", run_folder);
    int failed = 0;
    for (const struct dirent *entry = readdir(folder); entry && !failed; entry = readdir(folder)) {
        char path[RESULTS_PATH_BYTES];
        results_join(path, sizeof path, cells, entry->d_name);
        if (entry->d_name[0] != '.')
            failed = load_repetitions(path, results, error);
    }
    closedir(folder);
    if (failed) {
        results_free(results);
        return failed;
    }
    if (results->count)
        qsort(results->items, results->count, sizeof *results->items, compare_results);
    return 0;
}

void results_free(struct results *results)
{
    for (size_t i = 0; i < results->count; i++)
        results_release(&results->items[i]);
    free(results->items);
    *results = (struct results){0};
}
