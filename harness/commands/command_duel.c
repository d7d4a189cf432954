/* SPDX-License-Identifier: MIT
 *
 * `growbench duel`: two sides take turns within one run, and the gate says which is better.
 */
#include "harness/commands/commands.h"
#include "harness/common/clock.h"
#include "harness/common/stored.h"
#include "harness/duel/duel.h"
#include "harness/duel/duel_request.h"
#include "harness/duel/duel_side.h"
#include "harness/gate/baseline.h"
#include "harness/gate/condition.h"
#include "harness/run/environment.h"
#include "harness/run/interrupt.h"
#include "harness/run/progress.h"
#include "harness/run/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
    struct duel_request request;
    struct duel_side sides[GATE_SIDES];
    struct environment environment;
    struct progress progress;
    struct duel duel;
    json_t *degraded;             /* sentences on the state of the machine when it began; owned */
    struct gate_samples baseline; /* of this machine; empty where there is none */
    char folder[RESULTS_FOLDER_BYTES], started[32];
    uint64_t budget_bytes; /* of both sides together */
    double start_seconds;
};

static const char *const roles[] = {"base", "candidate", "control"};

/* ---- the sides ---- */

static int start_contender(struct command *c, int which, char *error)
{
    const struct duel_side *side = &c->sides[which == DUEL_CONTROL ? GATE_BASE : which];
    char budget[40],
        timeout[40]; /* each gets half of it; who waits for the other one's turns grows old meanwhile */
    const char *options[DUEL_OPTIONS_MAX + 5];
    int count = 0;
    for (; count < c->request.option_count; count++)
        options[count] = c->request.options[count];
    if (*side->option)
        options[count++] = side->option;
    snprintf(budget, sizeof budget, "--budget=%" PRIu64, c->budget_bytes / 2);
    snprintf(timeout, sizeof timeout, "--timeout=%" PRIu64, 2 * c->request.spec.timeout_seconds);
    options[count++] = budget;
    options[count++] = timeout;
    options[count] = NULL;
    char folder[RESULTS_FOLDER_BYTES];
    snprintf(folder, sizeof folder, "%.900s/%s", c->folder, roles[which]);
    struct contender *contender = &c->duel.contenders[which];
    int failed = contender_start(contender, side->program, options, folder, c->duel.signal_fd);
    return failed && *contender->error ? sentence_fail(error, failed, "%s", contender->error) : failed;
}

/* ---- the outcome ---- */

static json_t *thresholds_json(void)
{
    json_t *list = json_array();
    for (size_t i = 0; i < gate_metric_count; i++) {
        const struct gate_metric *m = &gate_metrics[i];
        json_array_append_new(list,
                              json_pack("{s:s,s:s,s:b,s:f,s:f}", "name", m->name, "class",
                                        gate_class_names[m->class], "decides", m->decides, "floor_ratio",
                                        m->floor_ratio, "floor_absolute", m->floor_absolute));
    }
    return list;
}

static json_t *duel_json(const struct command *c, const struct gate_cell *cells, size_t count,
                         enum exit_code code)
{
    json_t *list = json_array(), *options = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, gate_report_cell_json(&cells[i]));
    for (int i = 0; i < c->request.option_count; i++)
        json_array_append_new(options, json_string(c->request.options[i]));
    json_t *json = json_pack("{s:i,s:o,s:o,s:o,s:s,s:f,s:s,s:O,s:s,s:s,s:i,s:i,s:f,s:o,s:O,s:o}", "schema", 1,
                             "base", duel_side_json(&c->sides[GATE_BASE]), "candidate",
                             duel_side_json(&c->sides[GATE_CANDIDATE]), "arguments", options, "started",
                             c->started, "seconds", clock_seconds() - c->start_seconds, "machine_fingerprint",
                             c->environment.fingerprint, "context", c->environment.context, "verdict",
                             gate_verdict_names[c->duel.verdict], "why", c->duel.why, "exit_code", code,
                             "looks", (int)c->duel.looks, "alpha", gate_alpha, "thresholds",
                             thresholds_json(), "degraded", c->degraded, "cells", list);
    return json;
}

static void print_verdict(const struct command *c, enum exit_code code)
{
    for (size_t i = 0; i < json_array_size(c->degraded); i++)
        printf("degraded: %s\n", json_string_value(json_array_get(c->degraded, i)));
    printf("\n%c %s", gate_report_sign(c->duel.verdict), gate_verdict_names[c->duel.verdict]);
    if (*c->duel.why)
        printf(": %s", c->duel.why);
    printf("\n");
    if (c->request.advisory && gate_report_exit_code(c->duel.verdict) != code)
        printf("  advisory: exit code %d instead of %d\n", code, gate_report_exit_code(c->duel.verdict));
    printf("  duel      %s/   (duel.json; base/, candidate/: runs of their own)\n", c->folder);
}

static enum exit_code conclude(struct command *c)
{
    enum { AGAIN_BYTES = 4096 };
    const struct duel *duel = &c->duel;
    struct gate_cell *cells = calloc(duel->cell_count + 1, sizeof *cells);
    char(*again)[AGAIN_BYTES] = calloc(duel->cell_count + 1, sizeof *again);
    if (!cells || !again)
        return EXIT_HARNESS;
    for (size_t i = 0; i < duel->cell_count; i++) {
        duel_side_format_again(&c->sides[GATE_BASE], &c->sides[GATE_CANDIDATE], &duel->cells[i].cell,
                               &c->request.spec, again[i], AGAIN_BYTES);
        cells[i] = duel_gate_cell(&duel->cells[i], again[i]);
    }
    enum exit_code code = c->request.advisory ? EXIT_FINE : gate_report_exit_code(duel->verdict);
    json_t *json = duel_json(c, cells, duel->cell_count, code);
    int failed = json ? results_write_json(c->folder, "duel.json", json) : EILSEQ;
    if (c->request.json && json) {
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        gate_report_print(cells, duel->cell_count, c->request.all, stdout);
        print_verdict(c, code);
    }
    if (failed)
        fprintf(stderr, "growbench: '%s/duel.json' cannot be written: %s\n", c->folder, strerror(failed));
    json_decref(json);
    free(cells);
    free(again);
    return failed ? EXIT_HARNESS : code;
}

/* ---- the duel ---- */

static void tell(void *context, const struct duel *duel, const struct duel_cell *cell)
{
    struct command *c = context;
    size_t open = 0;
    for (size_t i = 0; i < duel->cell_count; i++)
        open += !duel->cells[i].decided;
    double left_seconds = duel->deadline_seconds - clock_seconds();
    progress_note(&c->progress, "pair %u of %s%s; %zu of %zu cells open, at most %.0f s left", cell->pairs,
                  cell->control ? "the control " : "", cell->ids[GATE_BASE], open, duel->cell_count,
                  left_seconds > 0 ? left_seconds : 0);
}

static enum exit_code fail(const char *error, enum exit_code code)
{
    if (*error)
        fprintf(stderr, "growbench: %s\n", error);
    return code;
}

static void choose_folder(struct command *c)
{
    char stamp[32];
    clock_format_utc(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ");
    if (*c->request.spec.out)
        snprintf(c->folder, sizeof c->folder, "%s", c->request.spec.out);
    else
        snprintf(c->folder, sizeof c->folder, "results/%s-duel", stamp);
}

/* What identical processes showed here, if that was ever asked. */
static int load_baseline(struct command *c, char *error)
{
    char path[RESULTS_FOLDER_BYTES];
    snprintf(path, sizeof path, "results/baseline/%s/%s", c->environment.fingerprint, baseline_file_name);
    if (access(path, F_OK))
        return 0;
    int failed = baseline_load(path, &c->baseline, error);
    c->duel.baseline = failed ? NULL : &c->baseline;
    return failed;
}

static enum exit_code interrupted(const struct command *c)
{
    fprintf(stderr, "growbench: interrupted: no verdict; what was run is in '%s'\n", c->folder);
    return EXIT_INTERRUPTED;
}

static json_t *load_context(const struct command *c, int which)
{
    char path[RESULTS_FOLDER_BYTES], error[SENTENCE_BYTES];
    json_t *run = NULL;
    snprintf(path, sizeof path, "%.900s/%s/run.json", c->folder, roles[which]);
    if (stored_load(path, &run, error))
        return NULL;
    json_t *context = json_incref(json_object_get(run, "context"));
    json_decref(run);
    return context;
}

/* A build with other flags would be compared, not a revision. What only one of them knows of is passed over: it may be
 * older. Returns 0, or EXDEV with a sentence. */
static int check_builds(const struct command *c, char *error)
{
    json_t *base = load_context(c, DUEL_BASE), *candidate = load_context(c, DUEL_CANDIDATE);
    int failed = 0;
    for (const char *const *key = environment_identity_keys; *key && !failed; key++) {
        json_t *one = json_object_get(base, *key), *other = json_object_get(candidate, *key);
        if (!one || !other || json_equal(one, other))
            continue;
        char *then = json_dumps(one, JSON_ENCODE_ANY), *now = json_dumps(other, JSON_ENCODE_ANY);
        failed =
            sentence_fail(error, EXDEV, "NOT COMPARABLE: the base's %s is %.300s, the candidate's %.300s",
                          *key, then ? then : "?", now ? now : "?");
        free(then);
        free(now);
    }
    json_decref(base);
    json_decref(candidate);
    return failed;
}

/* Exit codes of what goes wrong before the first pair. */
static enum exit_code start(struct command *c, char *error)
{
    struct duel *duel = &c->duel;
    choose_folder(c);
    if (load_baseline(c, error))
        return EXIT_USAGE;
    c->budget_bytes =
        c->request.spec.budget_bytes ? c->request.spec.budget_bytes : c->environment.default_budget_bytes;
    duel->signal_fd = interrupt_open();
    duel->has_control = true;
    int failed = 0;
    for (int which = 0; which < DUEL_CONTENDERS && !failed; which++)
        failed = start_contender(c, which, error);
    if (failed)
        return failed == EINTR ? interrupted(c) : EXIT_USAGE;
    failed = check_builds(c, error);
    if (!failed)
        failed = duel_pair_cells(duel, error);
    if (failed)
        return failed == EINTR ? interrupted(c) : failed == EXDEV ? EXIT_NOT_COMPARABLE : EXIT_HARNESS;
    double minutes = c->request.minutes > 0 ? c->request.minutes : (double)duel->cell_count;
    duel->deadline_seconds = clock_seconds() + minutes * 60;
    progress_start(&c->progress, stderr, c->request.spec.quiet, duel->cell_count);
    progress_say(&c->progress, "%zu cells, controls among them, for at most %.3g minutes, results in %s/",
                 duel->cell_count, minutes, c->folder);
    return EXIT_FINE;
}

/* For a duel in which nothing is run: else the sides see to it that the folder is nobody's. */
static int make_folder(const char *folder, char *error)
{
    char earlier[RESULTS_PATH_BYTES];
    snprintf(earlier, sizeof earlier, "%s/duel.json", folder);
    if (!access(earlier, F_OK))
        return sentence_fail(error, EEXIST, "'%s' holds a duel already: choose another --out=", folder);
    int failed = files_make_folders(folder);
    return failed ? sentence_fail(error, failed, "the output folder '%s' cannot be made: %s", folder,
                                  strerror(failed))
                  : 0;
}

/* Where nothing is run nobody else finds out that a name is misspelt. */
static int check_names(const struct spec *spec, char *error)
{
    struct session *session = calloc(1, sizeof *session);
    if (!session)
        return sentence_fail(error, ENOMEM, "there is not enough memory");
    session_init(session);
    session->spec = *spec;
    int failed = session_choose(session, error);
    session_free(session);
    free(session);
    return failed;
}

static enum exit_code execute(struct command *c)
{
    char error[SENTENCE_BYTES] = "";
    struct duel *duel = &c->duel;
    if (duel_side_same(&c->sides[GATE_BASE], &c->sides[GATE_CANDIDATE]) && !c->request.even_identical) {
        choose_folder(c);
        duel->verdict = GATE_UNCHANGED;
        snprintf(duel->why, sizeof duel->why,
                 "both sides are the same program, library and settings (sha256 %.12s...): nothing was run",
                 c->sides[GATE_BASE].program_sha256);
        int failed = check_names(&c->request.spec, error);
        if (!failed)
            failed = make_folder(c->folder, error);
        return failed ? fail(error, EXIT_USAGE) : conclude(c);
    }
    enum exit_code code = start(c, error);
    if (code)
        return fail(error, code);
    duel->tell = tell;
    duel->context = c;
    duel->seed = (uint64_t)(c->start_seconds * 1e6);
    int failed = duel_run(duel, error);
    progress_end(&c->progress);
    for (int which = 0; which < DUEL_CONTENDERS; which++)
        contender_close(&duel->contenders[which]);
    if (failed == EINTR)
        return interrupted(c);
    if (failed && !*error)
        sentence_fail(error, failed, "the duel cannot go on: %s", strerror(failed));
    return failed ? fail(error, EXIT_HARNESS) : conclude(c);
}

enum exit_code command_duel(int argc, char **argv)
{
    struct command *c = calloc(1, sizeof *c);
    char error[SENTENCE_BYTES] = "";
    if (!c)
        return EXIT_HARNESS;
    for (int i = 0; i < DUEL_CONTENDERS; i++)
        c->duel.contenders[i] = (struct contender){.pid = -1, .socket_fd = -1};
    c->start_seconds = clock_seconds();
    clock_format_utc(c->started, sizeof c->started, "%Y-%m-%dT%H:%M:%SZ");
    int failed = duel_request_parse(&c->request, argc, argv, error);
    for (int which = 0; which < GATE_SIDES && !failed; which++)
        failed = duel_side_prepare(&c->sides[which], c->request.texts[which], roles[which], &c->request.spec,
                                   error);
    if (!failed)
        failed = duel_side_match(&c->sides[GATE_BASE], &c->sides[GATE_CANDIDATE], error);
    if (!failed)
        failed = environment_collect(&c->environment, c->request.spec.axes[CELL_AXIS_seed].items[0],
                                     c->request.spec.axes[CELL_AXIS_aslr].items[0] != 0);
    c->degraded = json_array();
    if (!failed)
        condition_append("the duel", c->environment.context, c->degraded);
    enum exit_code code = failed == ECANCELED ? EXIT_FINE : failed ? fail(error, EXIT_USAGE) : execute(c);
    for (int i = 0; i < DUEL_CONTENDERS; i++)
        contender_close(&c->duel.contenders[i]);
    duel_free(&c->duel);
    gate_samples_free(&c->baseline);
    environment_release(&c->environment);
    json_decref(c->degraded);
    free(c);
    return code;
}
