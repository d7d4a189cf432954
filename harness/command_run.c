/* SPDX-License-Identifier: MIT */
#include "harness/commands.h"

#include "harness/clock.h"
#include "harness/environment.h"
#include "harness/files.h"
#include "harness/gbench.h"
#include "harness/matrix.h"
#include "harness/plot.h"
#include "harness/pretouch.h"
#include "harness/reference.h"
#include "harness/results.h"
#include "harness/spawn.h"
#include "harness/summary.h"
#include "harness/units.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Everything of one run. */
struct run {
    struct spec spec;
    struct catalog catalog;
    struct matrix matrix;
    struct environment environment;
    struct results_run folder;
    struct results reference; /* rows of an earlier run */
    struct budget_root budget_root;
    struct progress progress;
    uint64_t budget_bytes;
    double ns_per_tick, start_seconds;
    int signal_fd;
    bool interrupted;
    int write_error; /* errno of the first record that could not be written */
    bool failed;     /* a cell ended WRONG or CRASH */
    size_t resumed_count;
    size_t order;
    json_t *stored_arguments; /* of the run that is resumed; owns texts in arguments */
    int argument_count;
    char *arguments[1024]; /* as they apply: stored ones, then those given now */
    struct cell_state {
        int repetitions_done;
        enum record_status stopped; /* OOM or TIMEOUT: further repetitions are not run */
    } * states;                     /* one a cell of the matrix */
    double counters[COUNTER_COUNT]; /* of the last cell, for Google Benchmark */
    char message[RECORD_MESSAGE_BYTES + 16];
};

/* ---- one repetition of one cell ---- */

static void report_progress(void *context, const struct record *record, uint64_t rss_bytes)
{
    struct run *run = context;
    progress_tick(&run->progress, record, rss_bytes);
}

static void utc_now(char *text, size_t size, const char *format)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, size, format, &utc);
}

static void note_outcome(struct run *run, enum record_status status, const char *message,
                         const double *counters, struct gbench_outcome *outcome)
{
    memcpy(run->counters, counters, sizeof run->counters);
    double timed_ns = counters[COUNTER_timed_ns];
    /* Google Benchmark divides by it: an error row's time is not shown, but must not be zero. */
    outcome->seconds = timed_ns > 0 ? timed_ns * 1e-9 : 1e-9;
    outcome->counters = run->counters;
    if (status != RECORD_OK) {
        snprintf(run->message, sizeof run->message, "%s: %s", record_status_names[status], message);
        outcome->error = run->message;
    }
    run->failed |= status == RECORD_WRONG || status == RECORD_CRASH;
}

static void keep_record(struct run *run, const struct record *record, const struct spawned *child,
                        const struct results_extra *like)
{
    struct results_extra extra = *like;
    const struct catalog_allocator *allocator = catalog_allocator_of(&run->catalog, record->cell.allocator);
    const struct catalog_table *table = catalog_table_of(&run->catalog, record->cell.table);
    extra.order = (double)run->order++;
    extra.budget_bytes = run->budget_bytes;
    extra.timeout_seconds = run->spec.timeout_seconds;
    extra.allocator = &allocator->row;
    extra.allocator_sha256 = !strcmp(allocator->path, record->allocator_path) ? allocator->sha256 : "";
    extra.table_library_sha256 = table->sha256;
    extra.context = run->environment.context;
    extra.output = child ? child->output : "";
    extra.output_bytes = child ? child->output_bytes : 0;
    extra.output_dropped_bytes = child ? child->output_dropped_bytes : 0;
    extra.enforced_by = budget_kind_names[child ? child->budget.kind : run->budget_root.kind];
    int error = results_write(&run->folder, record, &extra);
    if (error && !run->write_error) {
        run->write_error = error;
        run->interrupted = true; /* nothing more can be kept: stop here */
    }
}

static bool must_skip(const struct run *run, const struct cell_state *state, struct record *record)
{
    if (catalog_must_skip(&run->catalog, record, run->budget_bytes))
        return true;
    if (state->stopped)
        record_fail(record, RECORD_SKIP, "not repeated: an earlier repetition ended as %s",
                    record_status_names[state->stopped]);
    return state->stopped;
}

static void skip_cell(struct run *run, const struct cell *cell, struct cell_state *state,
                      struct record *record, struct gbench_outcome *outcome)
{
    char started[32];
    utc_now(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ");
    const struct results_extra extra = {.repetition = state->repetitions_done, .started = started};
    keep_record(run, record, NULL, &extra);
    progress_done(&run->progress, cell, record->status, record->message, record->counters);
    note_outcome(run, record->status, record->message, record->counters, outcome);
}

static void run_child(struct run *run, const struct cell *cell, struct cell_state *state,
                      struct spawned *child, struct gbench_outcome *outcome)
{
    struct record_setup setup = catalog_setup(&run->catalog, cell, run->ns_per_tick);
    const struct spawn_options options = {.allocator =
                                              &catalog_allocator_of(&run->catalog, cell->allocator)->row,
                                          .setup = &setup,
                                          .budget_root = &run->budget_root,
                                          .budget_bytes = run->budget_bytes,
                                          .timeout_seconds = run->spec.timeout_seconds,
                                          .signal_fd = run->signal_fd,
                                          .progress = report_progress,
                                          .context = run};
    char started[32];
    utc_now(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ");
    double start_seconds = clock_seconds();
    int error = spawn_start(child, cell, &options);
    if (error) {
        snprintf(run->message, sizeof run->message, "cannot start a process: %s", strerror(error));
        outcome->error = run->message;
        run->write_error = error;
        run->interrupted = true;
        return;
    }
    if (spawn_run_whole(child) == SPAWN_INTERRUPTED) {
        run->interrupted = true;
        outcome->error = "interrupted";
        outcome->seconds = 1e-9;
        spawn_close(child);
        budget_close(&child->budget);
        return;
    }
    spawn_end(child);
    const struct results_extra extra = {.repetition = state->repetitions_done,
                                        .started = started,
                                        .wall_seconds = clock_seconds() - start_seconds};
    const struct record *record = child->record;
    keep_record(run, record, child, &extra);
    progress_done(&run->progress, cell, record->status, record->message, record->counters);
    note_outcome(run, record->status, record->message, record->counters, outcome);
    if (record->status == RECORD_OOM || record->status == RECORD_TIMEOUT)
        state->stopped = record->status;
    spawn_close(child);
}

static bool take_stored(struct run *run, const struct cell *cell, struct cell_state *state,
                        struct gbench_outcome *outcome)
{
    struct result stored;
    bool found = run->spec.resume && results_find(&run->folder, cell, state->repetitions_done, &stored);
    if (!run->spec.resume || !found)
        return false;
    note_outcome(run, stored.status, stored.message, stored.counters, outcome);
    if (stored.status == RECORD_OOM || stored.status == RECORD_TIMEOUT)
        state->stopped = stored.status;
    run->progress.done++;
    run->resumed_count++;
    results_release(&stored);
    return true;
}

static void measure(void *context, size_t index, struct gbench_outcome *outcome)
{
    struct run *run = context;
    const struct cell *cell = &run->matrix.cells[index];
    struct cell_state *state = &run->states[index];
    outcome->seconds = 1e-9;
    if (run->interrupted) {
        outcome->error = "interrupted";
        return;
    }
    if (!take_stored(run, cell, state, outcome)) {
        struct record *record = malloc(sizeof *record);
        struct spawned *child = malloc(sizeof *child);
        if (record && child) {
            record_init(record, cell);
            if (must_skip(run, state, record))
                skip_cell(run, cell, state, record, outcome);
            else
                run_child(run, cell, state, child, outcome);
        } else {
            run->write_error = ENOMEM;
            run->interrupted = true;
        }
        free(record);
        free(child);
    }
    state->repetitions_done++;
}

/* ---- before ---- */

static enum exit_code usage(const char *sentence)
{
    if (*sentence)
        fprintf(stderr, "growbench: %s\n", sentence);
    return EXIT_USAGE;
}

/* With one allocator alone the question is: compared with what? */
static int add_references(struct run *run, char *error)
{
    size_t usable = 0;
    for (size_t i = 0; i < run->catalog.allocator_count; i++)
        usable += run->catalog.allocators[i].available;
    if (!run->spec.reference || usable != 1 || run->catalog.allocator_count != 1)
        return 0;
    char parent[SPEC_PATH_BYTES] = "results";
    if (*run->spec.out)
        snprintf(parent, sizeof parent, "%.900s/..", run->spec.out);
    if (!run->spec.resume &&
        (reference_find("results", &run->matrix, &run->catalog, run->environment.context, &run->reference) ||
         (*run->spec.out &&
          reference_find(parent, &run->matrix, &run->catalog, run->environment.context, &run->reference))))
        return 0;
    struct spec_names names = {0};
    for (size_t i = 0; i < run->catalog.allocator_count; i++) {
        struct spec_name *item = &names.items[names.count++];
        memcpy(item->name, run->catalog.allocators[i].name, sizeof item->name);
    }
    for (const char *const *name = reference_allocators; *name; name++) {
        if (catalog_allocator_of(&run->catalog, *name))
            continue;
        struct catalog more;
        struct spec_names one = {1, {{.name = ""}}}, none = {1, {{.name = "null"}}};
        snprintf(one.items[0].name, sizeof one.items[0].name, "%s", *name);
        if (catalog_choose(&more, &one, &none, error) || catalog_probe(&more, error))
            return EINVAL;
        run->catalog.allocators[run->catalog.allocator_count++] = more.allocators[0];
    }
    matrix_free(&run->matrix);
    return matrix_build(&run->matrix, &run->spec, &run->catalog, error);
}

static void choose_folder(struct run *run, char *folder, size_t size)
{
    char stamp[32];
    utc_now(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ");
    if (*run->spec.out) {
        snprintf(folder, size, "%s", run->spec.out);
        return;
    }
    const struct catalog *c = &run->catalog;
    snprintf(folder, size, "results/%s-%s-%s", stamp, cell_workload_names[run->spec.workloads.items[0]],
             c->allocator_count == 1 ? c->allocators[0].name
             : c->table_count == 1   ? c->tables[0].name
                                     : "matrix");
}

static int store_arguments(const struct run *run)
{
    json_t *list = json_array();
    for (int i = 1; i < run->argument_count; i++)
        if (strncmp(run->arguments[i], "--out", 5) && strcmp(run->arguments[i], "--resume"))
            json_array_append_new(list, json_string(run->arguments[i]));
    json_t *whole =
        json_pack("{s:i,s:o,s:O}", "schema", 1, "arguments", list, "context", run->environment.context);
    int error = whole ? results_write_json(run->folder.folder, "run.json", whole) : EILSEQ;
    json_decref(whole);
    return error;
}

/* The arguments of the run that is resumed come first, so that those given now can override them. */
static int load_arguments(struct run *run, char *error)
{
    char path[SPEC_PATH_BYTES + 16];
    snprintf(path, sizeof path, "%s/run.json", run->spec.out);
    json_error_t where;
    run->stored_arguments = json_load_file(path, 0, &where);
    const json_t *list = json_object_get(run->stored_arguments, "arguments");
    if (!json_is_array(list) || json_array_size(list) > 500) {
        snprintf(error, SPEC_ERROR_BYTES,
                 "'%.300s' holds no run to resume: its run.json is missing or damaged", run->spec.out);
        return EINVAL;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (text)
            run->arguments[run->argument_count++] = (char *)(uintptr_t)text;
    }
    return 0;
}

static int parse_arguments(struct run *run, int argc, char **argv, char *error)
{
    spec_init(&run->spec);
    int failed = spec_parse(&run->spec, argc, argv, error);
    run->arguments[run->argument_count++] = argv[0];
    if (!failed && run->spec.resume)
        failed = load_arguments(run, error);
    for (int i = 1; i < argc && run->argument_count < 1023; i++)
        run->arguments[run->argument_count++] = argv[i];
    if (failed || !run->spec.resume)
        return failed;
    spec_init(&run->spec);
    return spec_parse(&run->spec, run->argument_count, run->arguments, error);
}

static void pretouch_largest(struct run *run)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < run->matrix.count; i++)
        if (strcmp(run->matrix.cells[i].table, "null") && run->matrix.cells[i].entries * 64 > bytes)
            bytes = run->matrix.cells[i].entries * 64; /* 4 x payload: a table that rehashes at load 3/4 */
    if (bytes > run->budget_bytes)
        bytes = run->budget_bytes;
    struct pretouch pretouch = {0};
    if (bytes >= 64 << 20)
        pretouch_run(&pretouch, bytes, &run->progress);
    json_object_set_new(run->environment.context, "first_touch_ratio",
                        json_real(pretouch.first_to_later_ratio));
    json_object_set_new(run->environment.context, "pretouched_bytes",
                        json_integer((json_int_t)pretouch.touched_bytes));
    char touched[UNITS_TEXT_BYTES];
    if (pretouch.touched_bytes)
        progress_say(&run->progress,
                     "touched %s once before the first cell: that cost %.1f times what a second touch costs",
                     units_format_bytes(touched, (double)pretouch.touched_bytes),
                     pretouch.first_to_later_ratio);
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* ---- after ---- */

static int append_reference(struct results *results, const struct results *reference)
{
    if (!reference->count)
        return 0;
    struct result *larger = realloc(results->items, (results->count + reference->count) * sizeof *larger);
    if (!larger)
        return ENOMEM;
    results->items = larger;
    for (size_t i = 0; i < reference->count; i++) {
        results->items[results->count] = reference->items[i];
        json_incref(reference->items[i].context);
        results->count++;
    }
    return 0;
}

static void link_latest(const char *folder)
{
    const char *slash = strrchr(folder, '/');
    if (strncmp(folder, "results/", 8) || slash != folder + 7)
        return;
    unlink("results/latest");
    if (symlink(slash + 1, "results/latest"))
        perror("growbench: results/latest");
}

static void draw(const struct run *run)
{
    char scripts[RESULTS_PATH_BYTES], error[RESULTS_ERROR_BYTES] = "";
    const char *folder = run->folder.folder;
    if (run->spec.no_plot)
        return;
    const struct plot_options options = {.script_folder = scripts};
    if (!plot_find_scripts(scripts, sizeof scripts))
        fprintf(stderr, "growbench: no charts: the folder plots/ with the gnuplot scripts was not found\n");
    else if (plot_draw(&folder, 1, &options, NULL, error))
        fprintf(stderr, "growbench: no charts: %s\n", error);
    else if (!run->spec.quiet)
        printf("  charts    %s/plots/\n", folder);
}

static int write_derived(struct run *run)
{
    char error[RESULTS_ERROR_BYTES] = "";
    struct results results;
    int failed = results_load(run->folder.folder, &results, error);
    if (failed) {
        fprintf(stderr, "growbench: %s\n", error);
        return failed;
    }
    failed = results_write_benchmark(run->folder.folder, &results);
    if (!failed)
        failed = append_reference(&results, &run->reference);
    FILE *out = run->spec.gbench_prints ? stderr : stdout; /* standard output is Google Benchmark's then */
    if (!failed) {
        summary_print(&results, out);
        fprintf(out, "\n  results   %s/   (record.json of every process, benchmark.json)\n",
                run->folder.folder);
    }
    fflush(out);
    results_free(&results);
    return failed;
}

static enum exit_code conclude(struct run *run, const char *program)
{
    progress_end(&run->progress);
    int failed = write_derived(run);
    if (!failed && !run->interrupted)
        draw(run);
    link_latest(run->folder.folder);
    if (run->write_error || failed) {
        int error = run->write_error ? run->write_error : failed;
        fprintf(stderr,
                "growbench: stopped, '%s' cannot be written: %s. What is there is whole; resume with "
                "--resume --out=%s\n",
                run->folder.folder, strerror(error), run->folder.folder);
        return EXIT_HARNESS;
    }
    if (run->interrupted) {
        fprintf(stderr, "growbench: interrupted after %zu of %zu; go on with: %s run --resume --out=%s\n",
                run->progress.done, run->progress.total, program, run->folder.folder);
        return EXIT_INTERRUPTED;
    }
    return run->failed ? EXIT_REGRESSED : EXIT_FINE;
}

static void run_matrix(struct run *run)
{
    const char **names = calloc(run->matrix.count, sizeof *names);
    char(*ids)[CELL_ID_BYTES] = calloc(run->matrix.count, sizeof *ids);
    run->states = calloc(run->matrix.count, sizeof *run->states);
    if (names && ids && run->states) {
        for (size_t i = 0; i < run->matrix.count; i++)
            names[i] = cell_format_id(&run->matrix.cells[i], ids[i]);
        const struct gbench_plan plan = {.count = run->matrix.count,
                                         .names = names,
                                         .repetitions = (int)run->spec.repetitions,
                                         .shuffle = run->spec.shuffle,
                                         .print = run->spec.gbench_prints,
                                         .counter_count = COUNTER_COUNT,
                                         .counter_names = counter_names,
                                         .argument_count = run->spec.gbench_argument_count,
                                         .arguments = run->spec.gbench_arguments,
                                         .measure = measure,
                                         .context = run};
        gbench_run(&plan);
    }
    free(names);
    free(ids);
}

/* Names, cells, machine: everything that can be wrong with the request itself. */
static int prepare(struct run *run, char *error)
{
    int failed = environment_collect(&run->environment, run->spec.seed, run->spec.aslr);
    if (!failed)
        failed = catalog_choose(&run->catalog, &run->spec.allocators, &run->spec.tables, error);
    if (!failed)
        failed = catalog_probe(&run->catalog, error);
    if (!failed)
        failed = matrix_build(&run->matrix, &run->spec, &run->catalog, error);
    if (!failed)
        failed = add_references(run, error);
    run->budget_bytes =
        run->spec.budget_bytes ? run->spec.budget_bytes : run->environment.default_budget_bytes;
    budget_find_root(&run->budget_root, run->spec.watchdog_only);
    run->ns_per_tick = clock_calibrate_ns_per_tick();
    return failed;
}

static enum exit_code execute(struct run *run, char *error)
{
    char folder[SPEC_PATH_BYTES], sentence[RESULTS_ERROR_BYTES] = "";
    if (prepare(run, error))
        return usage(error);
    choose_folder(run, folder, sizeof folder);
    if (results_open(&run->folder, folder, run->spec.resume, sentence))
        return usage(sentence);
    int failed = store_arguments(run);
    if (failed) {
        fprintf(stderr, "growbench: cannot write to the output folder '%s': %s\n", folder, strerror(failed));
        return EXIT_USAGE;
    }
    progress_start(&run->progress, stderr, run->spec.quiet, run->matrix.count * run->spec.repetitions);
    char budget[UNITS_TEXT_BYTES];
    progress_say(&run->progress, "%zu processes, each within %s (%s), results in %s/", run->progress.total,
                 units_format_bytes(budget, (double)run->budget_bytes),
                 budget_kind_names[run->budget_root.kind], folder);
    run->signal_fd = open_signals();
    pretouch_largest(run);
    run->progress.start_seconds = clock_seconds();
    run_matrix(run);
    return conclude(run, "build/growbench");
}

enum exit_code command_run(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return EXIT_HARNESS;
    run->folder.lock_fd = run->signal_fd = -1;
    char error[SPEC_ERROR_BYTES] = "";
    int failed = parse_arguments(run, argc, argv, error);
    enum exit_code code = failed == ECANCELED ? EXIT_FINE : failed ? usage(error) : execute(run, error);
    matrix_free(&run->matrix);
    results_free(&run->reference);
    environment_release(&run->environment);
    results_close(&run->folder);
    json_decref(run->stored_arguments);
    free(run->states);
    free(run);
    return code;
}
