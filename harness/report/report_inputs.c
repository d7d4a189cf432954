/* SPDX-License-Identifier: MIT
 *
 * What a folder holds for a report: a run, and beside it what a night, a duel or the claims left there.
 */
#include "harness/common/stored.h"
#include "harness/report/report_parts.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NIGHTS_SHOWN = 30 };

static bool holds(const char *folder, const char *file)
{
    char path[RESULTS_PATH_BYTES];
    snprintf(path, sizeof path, "%.1000s/%s", folder, file);
    return !access(path, F_OK);
}

/* NULL: it is not there, or damaged: then `error` has a sentence. */
static json_t *load_optional(const char *folder, const char *file, char *error)
{
    char path[RESULTS_PATH_BYTES], clause[SENTENCE_BYTES];
    json_t *json = NULL;
    snprintf(path, sizeof path, "%.1000s/%s", folder, file);
    if (access(path, F_OK))
        return NULL;
    int failed = stored_load(path, &json, clause);
    if (!failed && !json_is_object(json))
        failed = sentence_fail(clause, EBADMSG, "it is no object");
    if (!failed)
        return json;
    json_decref(json);
    sentence_fail(error, failed, "'%.1000s' is damaged: %.400s", path, clause);
    return NULL;
}

/* The last part of its real path: "results/latest" has the name of what it points at. Of a night or a duel that is the
 * folder that was given, and not run/ in it. */
static void name_run(const char *folder, char *name)
{
    char *real = realpath(folder, NULL);
    snprintf(name, REPORT_NAME_BYTES, "%.*s", REPORT_NAME_BYTES - 1,
             basename(real ? real : (char *)(uintptr_t)folder));
    free(real);
}

/* True: each of the runs has a name of its own. */
static bool names_differ(const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < i; j++)
            if (!strcmp(report->runs[i].name, report->runs[j].name))
                return false;
    return true;
}

/* "a/run" of ".../a/run". */
static void name_with_parent(struct report_run *run)
{
    char *real = realpath(run->given, NULL), *slash = real ? strrchr(real, '/') : NULL;
    while (slash && slash > real && slash[-1] != '/')
        slash--;
    if (slash)
        snprintf(run->name, sizeof run->name, "%.*s", REPORT_NAME_BYTES - 1, slash);
    free(real);
}

void report_inputs_name(struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        snprintf(report->runs[i].letter, sizeof report->runs[i].letter, "%c", (int)('A' + i % 26));
    if (names_differ(report))
        return;
    for (size_t i = 0; i < report->count; i++)
        name_with_parent(&report->runs[i]);
}

/* results/history.sqlite stands beside results/nights/ and beside ordinary runs. */
static void load_history(const char *folder, bool is_night, struct report_run *run)
{
    char path[RESULTS_PATH_BYTES];
    const char *fingerprint = NULL;
    snprintf(path, sizeof path, "%.1000s/%s", folder, is_night ? "../.." : "..");
    if (!holds(path, "history.sqlite"))
        return;
    if (run->items.count)
        fingerprint = json_string_value(json_object_get(run->items.items[0].context, "machine_fingerprint"));
    const struct history_request request = {
        .results_folder = path, .fingerprint = fingerprint, .nights = NIGHTS_SHOWN};
    if (!history_index_ask(&request, &run->history, stderr, run->history_error))
        *run->history_error = 0;
}

int report_input_load(const char *folder, struct report_run *run, char *error)
{
    *run = (struct report_run){0};
    const bool is_night = holds(folder, "run/run.json") && holds(folder, "begun.json");
    const bool is_duel = !is_night && holds(folder, "duel.json") && holds(folder, "candidate/run.json");
    if (strlen(folder) + 16 > sizeof run->folder)
        return sentence_fail(error, ENAMETOOLONG, "the path of '%.500s' is too long", folder);
    snprintf(run->given, sizeof run->given, "%s", folder);
    snprintf(run->folder, sizeof run->folder, "%.1000s%s", folder,
             is_night  ? "/run"
             : is_duel ? "/candidate"
                       : "");
    name_run(folder, run->name);
    char duel[RESULTS_FOLDER_BYTES];
    snprintf(duel, sizeof duel, "%.1000s%s", folder, is_night ? "/duel" : "");
    if (holds(folder, "claims.json") && !holds(run->folder, "cells"))
        return sentence_fail(
            error, ENOENT,
            "'%.1000s' holds claims and no run: read its claims.md, or write claims into a run's folder "
            "(growbench claims --out=DIR)",
            folder);
    int failed = results_load(run->folder, &run->items, error);
    if (!failed) {
        run->duel = load_optional(duel, "duel.json", run->duel_error);
        run->claims = load_optional(folder, "claims.json", run->claims_error);
        char problem[SENTENCE_BYTES] = "";
        run->run = load_optional(run->folder, "run.json", problem);
        failed = *problem ? sentence_fail(error, EBADMSG, "%s", problem) : 0;
    }
    if (!failed && answers_make(&run->items, &run->answers))
        failed = sentence_fail(error, ENOMEM, "no memory for the answer of '%.500s'", folder);
    if (!failed)
        load_history(folder, is_night, run);
    return failed;
}

void report_input_free(struct report_run *run)
{
    history_index_release(&run->history);
    answers_free(&run->answers);
    results_free(&run->items);
    json_decref(run->duel);
    json_decref(run->claims);
    json_decref(run->run);
    *run = (struct report_run){0};
}

const char *report_prefix(const struct report *report, const struct report_run *run, char *text)
{
    if (report->count > 1)
        snprintf(text, REPORT_NAME_BYTES + 8, "%s, %s: ", run->letter, run->name);
    else
        *text = 0;
    return text;
}
