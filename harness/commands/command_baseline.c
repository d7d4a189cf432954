/* SPDX-License-Identifier: MIT
 *
 * `growbench baseline`: identical processes of each cell, and what they show, into
 * results/baseline/<machine_fingerprint>/baseline.json (harness/gate/baseline.h).
 *
 * The measuring is `growbench run` into a run folder beside it, one a revision of this program: what is there is not
 * measured again, so that a killed baseline goes on where it was and a second one with other options adds its cells.
 */
#include "harness/commands/commands.h"
#include "harness/common/stored.h"
#include "harness/gate/baseline.h"
#include "harness/request/spec.h"
#include "harness/run/environment.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 1000, EXCEPTIONS_MAX = 20, OWN_ARGUMENTS = 8 };

static const char help[] = "usage: growbench baseline [OPTION...]\n\n"
                           "Runs each cell in identical processes, 20 by default and at least, and writes "
                           "which of its metrics they repeat\n"
                           "(exact), keep within a floor (tolerance) or not (distribution) to "
                           "results/baseline/<machine_fingerprint>/\n"
                           "baseline.json, or to the folder that --out= names. growbench compare and the "
                           "nightly gate judge by it.\n\n"
                           "Takes the options of growbench run. The standing matrix takes 25 to 40 minutes "
                           "on 4 cores; fewer allocators,\n"
                           "tables or entries take less (--alloc=, --table=, --entries=). When killed, the "
                           "same command goes on. More cells\n"
                           "of the same revision are added; those of another revision begin anew.\n";

struct baseline {
    struct spec spec;
    struct environment environment;
    char folder[SPEC_PATH_BYTES], run_folder[SPEC_PATH_BYTES + 64];
    int count;
    char *arguments[ARGUMENTS_MAX + OWN_ARGUMENTS];
    char out[SPEC_PATH_BYTES + 80];
};

static enum exit_code fail(enum exit_code code, const char *sentence)
{
    if (*sentence)
        fprintf(stderr, "growbench: %s\n", sentence);
    return code;
}

static void add_argument(struct baseline *baseline, const char *argument)
{
    baseline->arguments[baseline->count++] =
        (char *)(uintptr_t)argument; /* argv is not const, nor written to */
}

static enum exit_code parse(struct baseline *baseline, int argc, char **argv)
{
    char error[SENTENCE_BYTES] = "";
    if (argc > ARGUMENTS_MAX)
        return fail(EXIT_USAGE, "baseline takes at most 1,000 arguments");
    add_argument(baseline, "run");
    add_argument(baseline, "--reps=20");
    for (int i = 1; i < argc; i++)
        add_argument(baseline, argv[i]);
    spec_init(&baseline->spec);
    if (spec_parse(&baseline->spec, baseline->count, baseline->arguments, error))
        return fail(EXIT_USAGE, error);
    if (baseline->spec.repetitions < GATE_BASELINE_PROCESSES) {
        sentence_fail(error, EINVAL,
                      "a baseline of %" PRIu64
                      " processes a cell would not show what varies: at least --reps=%d",
                      baseline->spec.repetitions, GATE_BASELINE_PROCESSES);
        return fail(EXIT_USAGE, error);
    }
    return EXIT_FINE;
}

static void choose_folders(struct baseline *baseline)
{
    const char *revision = json_string_value(json_object_get(baseline->environment.context, "git_revision"));
    if (*baseline->spec.out)
        snprintf(baseline->folder, sizeof baseline->folder, "%s", baseline->spec.out);
    else
        snprintf(baseline->folder, sizeof baseline->folder, "results/baseline/%s",
                 baseline->environment.fingerprint);
    snprintf(baseline->run_folder, sizeof baseline->run_folder, "%s/run-%.40s", baseline->folder, revision);
}

/* A run that is resumed begins with the options it was asked with; here only those of now count. */
static enum exit_code forget_options(const struct baseline *baseline, bool *resumes)
{
    char path[SPEC_PATH_BYTES + 80];
    snprintf(path, sizeof path, "%s/run.json", baseline->run_folder);
    *resumes = !access(path, F_OK);
    if (!*resumes)
        return EXIT_FINE;
    char sentence[SENTENCE_BYTES], clause[SENTENCE_BYTES];
    json_t *json;
    int failed = stored_load(path, &json, clause);
    if (!failed && json_object_set_new(json, "arguments", json_array()))
        failed = sentence_fail(clause, EBADMSG, "it is not an object");
    if (!failed && (failed = results_write_json(baseline->run_folder, "run.json", json)))
        sentence_fail(clause, failed, "%s", strerror(failed));
    json_decref(json);
    if (!failed)
        return EXIT_FINE;
    sentence_fail(sentence, failed,
                  "'%.1200s' cannot be gone on with (%.600s): remove its folder to begin anew", path, clause);
    return fail(EXIT_USAGE, sentence);
}

static enum exit_code measure(struct baseline *baseline)
{
    bool resumes;
    enum exit_code code = forget_options(baseline, &resumes);
    if (code)
        return code;
    snprintf(baseline->out, sizeof baseline->out, "--out=%s", baseline->run_folder);
    add_argument(baseline, "--reference=none");
    add_argument(baseline, "--no-plot");
    add_argument(baseline, baseline->out);
    if (resumes)
        add_argument(baseline, "--resume");
    if (!baseline->spec.quiet)
        fprintf(stderr,
                "baseline of this machine into %s/: each cell in %" PRIu64
                " processes; the standing matrix takes 25 to "
                "40 minutes on 4 cores\n",
                baseline->folder, baseline->spec.repetitions);
    return command_run(baseline->count, baseline->arguments);
}

/* What people take for exact and is not, here. */
static void print_classes(const struct gate_samples *samples)
{
    size_t counts[GATE_CLASS_COUNT] = {0}, exceptions = 0;
    for (size_t i = 0; i < samples->count; i++)
        for (size_t m = 0; m < samples->cells[i].metric_count; m++) {
            const struct gate_sample *sample = &samples->cells[i].metrics[m];
            counts[sample->class]++;
            if (sample->class == sample->metric->class || exceptions++ >= EXCEPTIONS_MAX)
                continue;
            printf("  not %s but %s: %s of %s\n", gate_class_names[sample->metric->class],
                   gate_class_names[sample->class], sample->metric->name, samples->cells[i].id);
        }
    if (exceptions > EXCEPTIONS_MAX)
        printf("  and %zu more\n", exceptions - EXCEPTIONS_MAX);
    printf("  classes   ");
    for (int class = 0; class < GATE_CLASS_COUNT; class ++)
        printf("%s%zu %s", class ? ", " : "", counts[class], gate_class_names[class]);
    printf(", of %zu cells\n", samples->count);
}

/* A baseline of hours must not go without a word. */
static void tell_replaced(const struct baseline *baseline, const struct gate_samples *samples)
{
    char path[RESULTS_PATH_BYTES], error[SENTENCE_BYTES];
    struct gate_samples old = {.count = 0};
    snprintf(path, sizeof path, "%s/%s", baseline->folder, baseline_file_name);
    if (baseline_load(path, &old, error))
        return;
    size_t gone = 0;
    for (size_t i = 0; i < old.count; i++)
        gone += !gate_samples_find(samples, old.cells[i].id);
    if (gone)
        printf("  replaces the baseline of another revision: %zu of its %zu cells are not in this one\n",
               gone, old.count);
    gate_samples_free(&old);
}

static enum exit_code derive(const struct baseline *baseline)
{
    char error[SENTENCE_BYTES] = "";
    struct results results;
    struct gate_samples samples = {.count = 0};
    int failed = results_load(baseline->run_folder, &results, error);
    if (!failed) {
        failed = gate_samples_gather(&results, &samples, error);
        results_free(&results);
    }
    if (!failed) {
        tell_replaced(baseline, &samples);
        json_t *json = baseline_json(&samples);
        failed = results_write_json(baseline->folder, baseline_file_name, json);
        json_decref(json);
        if (failed)
            sentence_fail(error, failed, "cannot write %s to '%.1000s': %s", baseline_file_name,
                          baseline->folder, strerror(failed));
    }
    if (failed)
        fail(EXIT_HARNESS, error);
    else
        print_classes(&samples);
    if (!failed)
        printf("  baseline  %s/%s\n", baseline->folder, baseline_file_name);
    gate_samples_free(&samples);
    return failed ? EXIT_HARNESS : EXIT_FINE;
}

static enum exit_code execute(struct baseline *baseline)
{
    if (environment_collect(&baseline->environment, 1, 0))
        return EXIT_HARNESS;
    choose_folders(baseline);
    enum exit_code measured = measure(baseline);
    if (measured != EXIT_FINE && measured != EXIT_REGRESSED) /* a cell that ends WRONG stands in it as that */
        return measured;
    enum exit_code derived = derive(baseline);
    return derived ? derived : measured;
}

enum exit_code command_baseline(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!strcmp(argv[i], "--help")) {
            printf("%s", help);
            return EXIT_FINE;
        }
    struct baseline *baseline = calloc(1, sizeof *baseline);
    if (!baseline)
        return EXIT_HARNESS;
    enum exit_code code = parse(baseline, argc, argv);
    if (!code)
        code = execute(baseline);
    environment_release(&baseline->environment);
    free(baseline);
    return code;
}
