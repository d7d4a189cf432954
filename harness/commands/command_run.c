/* SPDX-License-Identifier: MIT
 *
 * `growbench run`: from a spec to a run folder, a table on the terminal and an exit code.
 */
#include "harness/charts/plot.h"
#include "harness/commands/commands.h"
#include "harness/common/clock.h"
#include "harness/common/stored.h"
#include "harness/common/units.h"
#include "harness/evaluate/summary.h"
#include "harness/report/report.h"
#include "harness/request/spec_keys.h"
#include "harness/request/spec_stored.h"
#include "harness/run/reference.h"
#include "harness/run/session.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 1024 };

/* Everything of one run. */
struct run {
    struct session session;
    struct results reference; /* rows of an earlier run */
    json_t *stored;           /* run.json of the run that is resumed; owns texts in arguments */
    int argument_count;
    char *arguments[ARGUMENTS_MAX]; /* as they apply: stored ones, then those given now */
};

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
    if (!run->session.spec.reference || run->session.catalog.allocator_count != 1)
        return 0;
    run->session.spec.reference = false;      /* settled: a resumed run must not settle it anew */
    char beside[SPEC_PATH_BYTES] = "results"; /* the other runs: beside this one */
    if (*run->session.spec.out) {
        snprintf(beside, sizeof beside, "%s", run->session.spec.out);
        char *slash = strrchr(beside, '/');
        snprintf(slash ? slash : beside, 2, "%s", slash ? "" : ".");
    }
    if (!run->session.spec.resume && reference_find(beside, &run->session.matrix, &run->session.catalog,
                                                    run->session.environment.context, &run->reference))
        return 0;
    for (const char *const *name = reference_allocators; *name; name++)
        if (!catalog_allocator_of(&run->session.catalog, *name))
            snprintf(run->session.spec.allocators.items[run->session.spec.allocators.count++].name,
                     CELL_NAME_BYTES, "%s", *name);
    return session_choose_cells(&run->session, error);
}

static void choose_folder(struct run *run, char *folder, size_t size)
{
    char stamp[32];
    clock_format_utc(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ");
    if (*run->session.spec.out) {
        snprintf(folder, size, "%s", run->session.spec.out);
        return;
    }
    const struct catalog *c = &run->session.catalog;
    int length = snprintf(folder, size, "results/%s-%s-%s", stamp,
                          cell_workload_names[run->session.spec.axes[CELL_AXIS_workload].items[0]],
                          c->allocator_count == 1 ? c->allocators[0].name
                          : c->table_count == 1   ? c->tables[0].name
                                                  : "matrix");
    for (int twin = 2; !access(folder, F_OK); twin++) /* begun in the same second */
        snprintf(folder + length, size - (size_t)length, "-%d", twin);
}

/* A run is of one machine and one build, or its rows could not stand in one table. */
static int check_resumed(const struct run *run, char *error)
{
    static const char *const keys[] = {"machine_fingerprint", "git_revision", NULL};
    const json_t *stored = json_object_get(run->stored, "context");
    for (const char *const *key = keys; *key; key++) {
        const char *then = json_string_value(json_object_get(stored, *key));
        const char *now = json_string_value(json_object_get(run->session.environment.context, *key));
        if (!then || strcmp(then, now))
            return sentence_fail(error, EXDEV,
                                 "'%.600s' cannot be resumed here: its %s is %.80s, here it is %.80s",
                                 run->session.spec.out, *key, then ? then : "missing", now);
    }
    return spec_check_stored_keys(json_object_get(run->stored, "keys_file"), &run->session.keys, error);
}

/* The arguments of the run that is resumed come first, so that those given now can override them. */
static int load_arguments(struct run *run, char *error)
{
    char path[SPEC_PATH_BYTES + 16], clause[SENTENCE_BYTES];
    snprintf(path, sizeof path, "%s/run.json", run->session.spec.out);
    int failed = stored_load(path, &run->stored, clause);
    if (failed == ENOENT)
        return sentence_fail(error, EINVAL, "'%.600s' holds no run to resume: it has no run.json",
                             run->session.spec.out);
    int count = 0;
    if (!failed)
        failed = spec_take_stored(run->stored, run->arguments + run->argument_count, &count, clause);
    run->argument_count += count;
    return failed ? sentence_fail(error, EINVAL,
                                  "'%.600s' holds no run to resume: its run.json is damaged (%.600s)",
                                  run->session.spec.out, clause)
                  : 0;
}

static int parse_arguments(struct run *run, int argc, char **argv, char *error)
{
    spec_init(&run->session.spec);
    int failed = spec_parse(&run->session.spec, argc, argv, error);
    run->arguments[run->argument_count++] = argv[0];
    if (!failed && run->session.spec.resume)
        failed = load_arguments(run, error);
    run->session.resumed = run->stored;
    for (int i = 1; i < argc && run->argument_count < ARGUMENTS_MAX - 1; i++)
        run->arguments[run->argument_count++] = argv[i];
    if (failed || !run->session.spec.resume)
        return failed;
    spec_init(&run->session.spec);
    return spec_parse(&run->session.spec, run->argument_count, run->arguments, error);
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

static void draw(const struct run *run)
{
    char scripts[RESULTS_PATH_BYTES], written[RESULTS_FOLDER_BYTES], error[SENTENCE_BYTES] = "";
    const char *folder = run->session.folder.folder;
    if (run->session.spec.no_plot)
        return;
    const struct report_options options = {.script_folder = scripts};
    if (!plot_find_scripts(scripts, sizeof scripts))
        fprintf(stderr, "growbench: no charts: the folder plots/ with the gnuplot scripts was not found\n");
    else if (report_write(&folder, 1, &options, NULL, written, error))
        fprintf(stderr, "growbench: no charts: %s\n", error);
    else if (!run->session.spec.quiet)
        printf("  charts    %s/plots/\n  report    %s/report.html, report.md\n", folder, folder);
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

static int write_derived(struct run *run)
{
    char error[SENTENCE_BYTES] = "";
    struct results results;
    int failed = results_load(run->session.folder.folder, &results, error);
    if (failed) {
        fprintf(stderr, "growbench: %s\n", error);
        return failed;
    }
    failed = results_write_benchmark(run->session.folder.folder, &results);
    bool any = results.count > 0; /* of its own */
    if (any)
        link_latest(run->session.folder.folder);
    if (!failed && any)
        failed = append_reference(&results, &run->reference);
    FILE *out =
        run->session.spec.gbench_prints ? stderr : stdout; /* standard output is Google Benchmark's then */
    if (!failed && any) {
        summary_print(&results, out);
        fprintf(out, "\n  results   %s/   (record.json of every process, benchmark.json)\n",
                run->session.folder.folder);
    }
    fflush(out);
    results_free(&results);
    return failed;
}

static enum exit_code conclude(struct run *run)
{
    const struct runner *runner = &run->session.runner;
    progress_end(&run->session.progress);
    int failed = write_derived(run);
    if (!failed && !runner->interrupted)
        draw(run);
    bool stopped = runner->error || failed;
    if (stopped)
        fprintf(stderr, "growbench: stopped: %s. What is in '%s' is whole",
                strerror(runner->error ? runner->error : failed), run->session.folder.folder);
    else if (runner->interrupted)
        fprintf(stderr, "growbench: interrupted after %zu of %zu", run->session.progress.done,
                run->session.progress.total);
    if (stopped || runner->interrupted) {
        fprintf(stderr, "; go on with: %s run --resume --out=%s\n", program_invocation_name,
                run->session.folder.folder);
        return stopped ? EXIT_HARNESS : EXIT_INTERRUPTED;
    }
    return runner->failed ? EXIT_REGRESSED : EXIT_FINE;
}

static enum exit_code execute(struct run *run)
{
    char folder[SPEC_PATH_BYTES], error[SENTENCE_BYTES] = "";
    if (session_collect(&run->session, error))
        return usage(error);
    /* Before the libraries are opened that it names: those of another machine's run are not this one's. */
    if (run->session.spec.resume && check_resumed(run, error)) {
        usage(error);
        return EXIT_NOT_COMPARABLE;
    }
    if (session_choose_cells(&run->session, error) || add_references(run, error))
        return usage(error);
    choose_folder(run, folder, sizeof folder);
    if (session_open_folder(&run->session, folder, error))
        return usage(error);
    session_arm(&run->session);
    progress_start(&run->session.progress, stderr, run->session.spec.quiet,
                   run->session.matrix.count * run->session.spec.repetitions);
    char budget[UNITS_TEXT_BYTES];
    progress_say(&run->session.progress, "%zu process%s within %s each (%s), results in %s/",
                 run->session.progress.total, run->session.progress.total == 1 ? "" : "es",
                 units_format_bytes(budget, (double)run->session.runner.budget_bytes),
                 budget_kind_names[run->session.runner.budget_root.kind], folder);
    if (run->session.keys.fd)
        progress_say(
            &run->session.progress,
            "%" PRIu64 " keys from %" PRIu64 " lines of %s (%" PRIu64 " repeated, %" PRIu64 " empty)",
            run->session.keys.distinct_count, run->session.keys.line_count, run->session.keys.path,
            run->session.keys.line_count - run->session.keys.empty_count - run->session.keys.distinct_count,
            run->session.keys.empty_count);
    run->session.progress.start_seconds = clock_seconds();
    runner_run(&run->session.runner);
    return conclude(run);
}

enum exit_code command_run(int argc, char **argv)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return EXIT_HARNESS;
    session_init(&run->session);
    char error[SENTENCE_BYTES] = "";
    int failed = parse_arguments(run, argc, argv, error);
    enum exit_code code = failed == ECANCELED ? EXIT_FINE : failed ? usage(error) : execute(run);
    results_free(&run->reference);
    session_free(&run->session);
    json_decref(run->stored);
    free(run);
    return code;
}
