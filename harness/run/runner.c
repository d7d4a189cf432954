/* SPDX-License-Identifier: MIT */
#include "harness/run/runner.h"

#include "harness/common/clock.h"
#include "harness/common/units.h"
#include "harness/run/gbench.h"
#include "harness/run/limit_trials.h"
#include "harness/run/spawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct runner_cell {
    int repetitions_done;
    enum record_status stopped; /* OOM or TIMEOUT: further repetitions are not run */
};

static void report_progress(void *context, const struct cell *cell, uint64_t entries, uint64_t rss_bytes)
{
    struct runner *runner = context;
    progress_tick(runner->progress, cell, entries, rss_bytes);
}

static void note_outcome(struct runner *runner, struct runner_cell *state, enum record_status status,
                         const char *message, const double *counters, struct gbench_outcome *outcome)
{
    memcpy(runner->counters, counters, sizeof runner->counters);
    double timed_ns = counters[COUNTER_timed_ns];
    /* Google Benchmark divides by it: an error row's time is not shown, but must not be zero. */
    outcome->seconds = timed_ns > 0 ? timed_ns * 1e-9 : 1e-9;
    outcome->counters = runner->counters;
    if (status != RECORD_OK) {
        snprintf(runner->message, sizeof runner->message, "%s: %s", record_status_names[status], message);
        outcome->error = runner->message;
    }
    runner->failed |= status == RECORD_WRONG || status == RECORD_CRASH;
    if (status == RECORD_OOM || status == RECORD_TIMEOUT)
        state->stopped = status;
}

/* A repetition has come to its end, run or not (then without a child): keeps it, shows it, hands it on. */
static void end_repetition(struct runner *runner, struct runner_cell *state, const struct record *record,
                           const struct spawned *child, struct results_extra extra,
                           struct gbench_outcome *outcome)
{
    extra.repetition = state->repetitions_done;
    const struct catalog_allocator *allocator = catalog_allocator_of(runner->catalog, record->cell.allocator);
    const struct catalog_table *table = catalog_table_of(runner->catalog, record->cell.table);
    extra.order = (double)runner->order++;
    extra.budget_bytes = runner->budget_bytes;
    extra.timeout_seconds = runner->spec->timeout_seconds;
    extra.allocator = &allocator->row;
    extra.malloc_sha256 = !strcmp(allocator->path, record->allocator_path) ? allocator->sha256 : "";
    extra.allocator_library_sha256 = allocator->library_sha256;
    extra.table_library_sha256 = table->sha256;
    extra.keys = runner->catalog->keys;
    extra.context = runner->context;
    extra.output = child ? child->output : "";
    extra.output_bytes = child ? child->output_bytes : 0;
    extra.output_dropped_bytes = child ? child->output_dropped_bytes : 0;
    extra.enforced_by = budget_kind_names[child ? child->budget.kind : runner->budget_root.kind];
    int error = results_write(runner->folder, record, &extra);
    if (error && !runner->error) {
        runner->error = error;
        runner->interrupted = true; /* nothing more can be kept: stop here */
    }
    progress_done(runner->progress, &record->cell, record->status, record->message, record->counters);
    note_outcome(runner, state, record->status, record->message, record->counters, outcome);
}

static bool must_skip(const struct runner *runner, const struct runner_cell *state, struct record *record)
{
    if (catalog_must_skip(runner->catalog, record, runner->budget_bytes))
        return true;
    if (state->stopped)
        record_fail(record, RECORD_SKIP, RESULTS_NOT_REPEATED " an earlier repetition ended as %s",
                    record_status_names[state->stopped]);
    return state->stopped;
}

/* The limit is found for each cell's first repetition; of the two modes of a row for throughput, which is
 * done sooner. */
static bool seeks_limit(const struct runner *runner, const struct cell *cell, int repetition)
{
    if (!runner->spec->find_limit || repetition)
        return false;
    struct cell other = *cell;
    other.mode = CELL_THROUGHPUT;
    bool has_other = false;
    for (size_t i = 0; i < runner->matrix->count && cell->mode != CELL_THROUGHPUT && !has_other; i++)
        has_other = cell_same_but(&runner->matrix->cells[i], &other, 0);
    return !has_other;
}

static void tell_trial(void *context, const struct cell *cell, const struct limit_trial *trial)
{
    struct runner *runner = context;
    char limit[UNITS_TEXT_BYTES], id[CELL_ID_BYTES];
    progress_say(runner->progress, "limit %s: %s | %s", units_format_bytes(limit, (double)trial->limit_bytes),
                 record_status_names[trial->status], cell_format_id(cell, id));
}

/* Returns 0, or why nothing more can be run: EINTR for an interrupt. */
static int find_limit(struct runner *runner, struct spawned *child, uint64_t group_peak_bytes,
                      double wall_seconds, struct limit_report *report)
{
    struct record *record = child->record;
    const struct limit_request request = {.cell = &record->cell,
                                          .options = child->options,
                                          .guess_bytes = group_peak_bytes,
                                          .wall_seconds = wall_seconds,
                                          .tell = tell_trial,
                                          .context = runner};
    int error = limit_run_trials(&request, report);
    if (!error)
        record_set_limit(record, report->found_by == LIMIT_BISECTION
                                     ? (double)report->needed_bytes
                                     : record_get(record, COUNTER_limit_estimate_bytes));
    return error;
}

/* Neither this repetition nor anything after it is kept. */
static void give_up(struct runner *runner, struct gbench_outcome *outcome, int error)
{
    runner->interrupted = true;
    outcome->error = "interrupted";
    outcome->seconds = 1e-9;
    if (error == EINTR)
        return;
    snprintf(runner->message, sizeof runner->message, "cannot start a process: %s", strerror(error));
    outcome->error = runner->message;
    runner->error = error;
}

static int start_child(struct runner *runner, size_t index, struct runner_child *child)
{
    const struct cell *cell = &runner->matrix->cells[index];
    child->index = index;
    child->setup = catalog_setup(runner->catalog, cell, runner->ns_per_tick);
    child->setup.verifies_sample = runner->spec->verifies_sample;
    child->options =
        (struct spawn_options){.allocator = &catalog_allocator_of(runner->catalog, cell->allocator)->row,
                               .setup = &child->setup,
                               .budget_root = &runner->budget_root,
                               .budget_bytes = runner->budget_bytes,
                               .timeout_seconds = runner->spec->timeout_seconds,
                               .signal_fd = runner->signal_fd,
                               .progress = report_progress,
                               .context = runner};
    clock_format_utc(child->started, sizeof child->started, "%Y-%m-%dT%H:%M:%SZ");
    child->start_seconds = clock_seconds();
    return spawn_start(&child->spawned, cell, &child->options);
}

static void drop_child(struct spawned *spawned)
{
    spawn_close(spawned);
    budget_close(&spawned->budget);
}

/* The process has done what it could: its limit, if that is asked for, and its files. */
static void keep_child(struct runner *runner, struct runner_child *child, struct gbench_outcome *outcome)
{
    struct runner_cell *state = &runner->cells[child->index];
    struct spawned *spawned = &child->spawned;
    uint64_t group_peak_bytes = budget_peak_bytes(&spawned->budget);
    spawn_end(spawned);
    struct limit_report limit = {.found_by = LIMIT_NOT_SOUGHT};
    struct results_extra extra = {.started = child->started,
                                  .wall_seconds = clock_seconds() - child->start_seconds,
                                  .first_touch_ratio = child->warmth.first_touch_ratio,
                                  .held_bytes = child->warmth.held_bytes,
                                  .limit = &limit};
    int error = 0;
    if (spawned->record->status == RECORD_OK && seeks_limit(runner, &spawned->cell, state->repetitions_done))
        error = find_limit(runner, spawned, group_peak_bytes, extra.wall_seconds, &limit);
    if (error)
        give_up(runner, outcome, error);
    else
        end_repetition(runner, state, spawned->record, spawned, extra, outcome);
}

/* What a process of the cell may take into use: what a table does that rehashes at load 3/4, or, of a yardstick,
 * one that knows its size; and nothing. */
static uint64_t needed_bytes(const struct runner *runner, const struct cell *cell)
{
    if (!strcmp(cell->table, "null"))
        return 0;
    const bool knows_size = catalog_table_of(runner->catalog, cell->table)->properties & TABLE_YARDSTICK;
    const uint64_t bytes = cell_payload_bytes(cell) * (knows_size ? 2 : 4);
    return bytes < runner->budget_bytes ? bytes : runner->budget_bytes;
}

static void run_child(struct runner *runner, size_t index, struct runner_child *child,
                      struct gbench_outcome *outcome)
{
    child->warmth = warm_memory_prepare(&runner->warm, needed_bytes(runner, &runner->matrix->cells[index]));
    int error = start_child(runner, index, child);
    if (error) {
        give_up(runner, outcome, error);
        return;
    }
    if (spawn_run_whole(&child->spawned) == SPAWN_INTERRUPTED) {
        give_up(runner, outcome, EINTR);
        drop_child(&child->spawned);
        return;
    }
    keep_child(runner, child, outcome);
    spawn_close(&child->spawned);
}

/* The same libraries served it: what another build left there is measured anew, and what was skipped for want
 * of a library that has come. */
static bool same_libraries(const struct runner *runner, const struct result *stored)
{
    const struct catalog_allocator *allocator = catalog_allocator_of(runner->catalog, stored->cell.allocator);
    const struct catalog_table *table = catalog_table_of(runner->catalog, stored->cell.table);
    const char *now = *allocator->library_sha256 ? allocator->library_sha256 : allocator->sha256;
    return !strcmp(stored->allocator_sha256, now) && !strcmp(stored->table_version, table->version) &&
           !strcmp(stored->table_sha256, table->sha256);
}

/* A limit is asked for that was not when the cell was measured, or that can be found better by now. */
static bool lacks_limit(const struct runner *runner, const struct result *stored)
{
    enum limit_found_by best = runner->budget_root.kind == BUDGET_WATCHDOG ? LIMIT_ESTIMATE : LIMIT_BISECTION;
    return stored->status == RECORD_OK && stored->limit_found_by != LIMIT_BISECTION &&
           stored->limit_found_by != best && seeks_limit(runner, &stored->cell, stored->repetition);
}

static bool take_stored(struct runner *runner, const struct cell *cell, struct runner_cell *state,
                        struct gbench_outcome *outcome)
{
    struct result stored;
    if (!runner->spec->resume || !results_find(runner->folder, cell, state->repetitions_done, &stored))
        return false;
    bool taken = same_libraries(runner, &stored) && !lacks_limit(runner, &stored);
    if (taken) {
        note_outcome(runner, state, stored.status, stored.message, stored.counters, outcome);
        runner->progress->done++;
    }
    results_release(&stored);
    return taken;
}

/* Keeps a repetition that is not to be run. False: it is. */
static bool skip_child(struct runner *runner, size_t index, struct gbench_outcome *outcome)
{
    const struct cell *cell = &runner->matrix->cells[index];
    struct runner_cell *state = &runner->cells[index];
    struct record *record = malloc(sizeof *record);
    bool skipped = false;
    if (record) {
        char started[32];
        clock_format_utc(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ");
        record_init(record, cell);
        record->setup = catalog_setup(runner->catalog, cell, runner->ns_per_tick);
        skipped = must_skip(runner, state, record);
        if (skipped)
            end_repetition(runner, state, record, NULL, (struct results_extra){.started = started}, outcome);
    }
    free(record);
    return skipped;
}

static void measure(void *context, size_t index, struct gbench_outcome *outcome)
{
    struct runner *runner = context;
    const struct cell *cell = &runner->matrix->cells[index];
    struct runner_cell *state = &runner->cells[index];
    outcome->seconds = 1e-9;
    if (runner->interrupted) {
        outcome->error = "interrupted";
        return;
    }
    if (!take_stored(runner, cell, state, outcome)) {
        struct runner_child *child = malloc(sizeof *child);
        if (!child) {
            runner->error = ENOMEM;
            runner->interrupted = true;
        } else if (!skip_child(runner, index, outcome)) {
            run_child(runner, index, child, outcome);
        }
        free(child);
    }
    state->repetitions_done++;
}

int runner_open(struct runner *runner)
{
    runner->warm = (struct warm_memory){
        .context = runner->context, .progress = runner->progress, .signal_fd = runner->signal_fd};
    runner->cells = calloc(runner->matrix->count, sizeof *runner->cells);
    return runner->cells ? 0 : ENOMEM;
}

void runner_close(struct runner *runner)
{
    warm_memory_release(&runner->warm);
    free(runner->cells);
    runner->cells = NULL;
}

/* ---- in turns ---- */

int runner_repetitions_done(const struct runner *runner, size_t index)
{
    return runner->cells[index].repetitions_done;
}

enum record_status runner_begin(struct runner *runner, size_t index, struct runner_child *child)
{
    struct gbench_outcome outcome;
    runner->cells[index].stopped = RECORD_RUNNING; /* who gives the turns says what is repeated */
    if (skip_child(runner, index, &outcome)) {
        runner->cells[index].repetitions_done++;
        return RECORD_SKIP;
    }
    child->warmth = (struct warmth){0}; /* it shares the machine with others from now on */
    int error = start_child(runner, index, child);
    if (error) {
        give_up(runner, &outcome, error);
        return RECORD_CRASH;
    }
    struct child_reply reply;
    switch (spawn_command(&child->spawned, (struct child_command){CHILD_OPEN, 0}, &reply)) {
    case SPAWN_REPLIED:
        return RECORD_RUNNING;
    case SPAWN_ENDED:
        return runner_end(runner, child);
    case SPAWN_INTERRUPTED:
        break;
    }
    give_up(runner, &outcome, EINTR);
    drop_child(&child->spawned);
    return RECORD_CRASH;
}

bool runner_turn(struct runner *runner, struct runner_child *child, uint64_t operations)
{
    struct child_reply reply;
    struct gbench_outcome outcome;
    const struct record *record = child->spawned.record;
    const uint64_t before = record->operations_done;
    enum spawn_result result =
        spawn_command(&child->spawned, (struct child_command){CHILD_RUN, operations}, &reply);
    if (result == SPAWN_INTERRUPTED)
        give_up(runner, &outcome, EINTR);
    return result == SPAWN_REPLIED && record->operations_done - before >= operations;
}

enum record_status runner_end(struct runner *runner, struct runner_child *child)
{
    struct gbench_outcome outcome;
    struct child_reply reply;
    if (child->spawned.record->status == RECORD_RUNNING && !runner->interrupted)
        spawn_command(&child->spawned, (struct child_command){CHILD_FINISH, 0}, &reply);
    enum record_status status = RECORD_CRASH;
    if (runner->interrupted) {
        drop_child(&child->spawned);
    } else {
        keep_child(runner, child, &outcome);
        status = (enum record_status)child->spawned.record->status;
        spawn_close(&child->spawned);
    }
    runner->cells[child->index].repetitions_done++;
    return status;
}

/* ---- in Google Benchmark's order ---- */

void runner_run(struct runner *runner)
{
    const char **names = calloc(runner->matrix->count, sizeof *names);
    char(*ids)[CELL_ID_BYTES] = calloc(runner->matrix->count, sizeof *ids);
    if (names && ids && !runner_open(runner)) {
        for (size_t i = 0; i < runner->matrix->count; i++)
            names[i] = cell_format_id(&runner->matrix->cells[i], ids[i]);
        const struct gbench_plan plan = {.count = runner->matrix->count,
                                         .names = names,
                                         .repetitions = (int)runner->spec->repetitions,
                                         .shuffle = runner->spec->shuffle,
                                         .print = runner->spec->gbench_prints,
                                         .counter_count = COUNTER_COUNT,
                                         .counter_names = counter_names,
                                         .argument_count = runner->spec->gbench_argument_count,
                                         .arguments = runner->spec->gbench_arguments,
                                         .measure = measure,
                                         .context = runner};
        gbench_run(&plan);
    }
    free(names);
    free(ids);
    runner_close(runner);
}
