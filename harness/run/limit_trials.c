/* SPDX-License-Identifier: MIT */
#include "harness/run/limit_trials.h"

#include "harness/common/clock.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

/* No child gets through exec, the loader and its own start with less. */
static const uint64_t lowest_bytes = 256 << 10;

struct trials {
    const struct limit_request *request;
    struct limit_report *report;
    struct spawn_options options;
    struct spawned *child;
    bool unlimited; /* a group could not be made: nothing more can be learnt */
    int error;
};

static enum limit_answer stop(struct trials *t, int error)
{
    t->error = error;
    return LIMIT_STOPPED;
}

static enum limit_answer run_trial(void *context, uint64_t limit_bytes)
{
    struct trials *t = context;
    const struct limit_request *request = t->request;
    t->options.budget_bytes = limit_bytes;
    double start_seconds = clock_seconds();
    int error = spawn_start(t->child, request->cell, &t->options);
    if (error)
        return stop(t, error);
    t->unlimited = t->child->budget.kind == BUDGET_WATCHDOG;
    bool interrupted = !t->unlimited && spawn_run_whole(t->child) == SPAWN_INTERRUPTED;
    spawn_end(t->child);
    struct limit_trial trial = {limit_bytes, (enum record_status)t->child->record->status,
                                clock_seconds() - start_seconds};
    spawn_close(t->child);
    if (interrupted || t->unlimited)
        return stop(t, interrupted ? EINTR : 0);
    t->report->trials[t->report->trial_count++] = trial;
    if (request->tell)
        request->tell(request->context, request->cell, &trial);
    return trial.status == RECORD_OK ? LIMIT_COMPLETES : LIMIT_FAILS;
}

static uint64_t trial_timeout_seconds(const struct limit_request *request)
{
    uint64_t seconds = (uint64_t)ceil(10 * request->wall_seconds) + 60;
    uint64_t most_seconds = request->options->timeout_seconds;
    return seconds < most_seconds ? seconds : most_seconds;
}

int limit_run_trials(const struct limit_request *request, struct limit_report *report)
{
    *report = (struct limit_report){.found_by = LIMIT_ESTIMATE};
    if (request->options->budget_root->kind == BUDGET_WATCHDOG)
        return 0;
    struct trials trials = {.request = request,
                            .report = report,
                            .options = *request->options,
                            .child = malloc(sizeof *trials.child)};
    if (!trials.child)
        return ENOMEM;
    trials.options.timeout_seconds = trial_timeout_seconds(request);
    const struct limit_search search = {.guess_bytes = request->guess_bytes,
                                        .lowest_bytes = lowest_bytes,
                                        .highest_bytes = request->options->budget_bytes,
                                        .step_bytes = (uint64_t)sysconf(_SC_PAGESIZE),
                                        .ask = run_trial,
                                        .context = &trials};
    const struct limit_answered answered = limit_find(&search);
    free(trials.child);
    if (answered.found) {
        report->found_by = LIMIT_BISECTION;
        report->needed_bytes = answered.needed_bytes;
    }
    return trials.error;
}
