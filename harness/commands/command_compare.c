/* SPDX-License-Identifier: MIT
 *
 * `growbench compare OLD NEW`: two stored runs, or a baseline and a run (harness/gate/compare.h).
 */
#include "harness/commands/commands.h"
#include "harness/common/statistics.h"
#include "harness/gate/baseline.h"
#include "harness/gate/compare.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OLD, NEW, SIDES, LISTED_MAX = 8 };

struct compare {
    const char *paths[SIDES], *out;
    bool force, json, all;
    struct gate_samples samples[SIDES], baseline;
    char baseline_path[RESULTS_PATH_BYTES]; /* empty: none is beside */
    struct comparison comparison;
};

static const char help[] =
    "usage: growbench compare OLD NEW [--force] [--all] [--json] [--out=FILE]\n\n"
    "What changed between two stored runs. OLD and NEW are each a run's folder (results/latest), or a "
    "baseline's\n"
    "(results/baseline/FINGERPRINT), whose classes then say which figures repeat exactly. Exact figures and "
    "memory\n"
    "decide; times are shown and never do: growbench duel is for them.\n\n"
    "  --force     compare even what differs in machine, kernel, settings or libraries, under a banner\n"
    "  --all       list what is unchanged, too\n"
    "  --json      the verdicts as JSON on standard output\n"
    "  --out=FILE  the same into a file\n\n"
    "Exit codes: 0 nothing got worse, 1 regressed, 2 usage or a damaged run, 3 not comparable, 4 "
    "inconclusive,\n"
    "5 the harness itself failed.\n";

static enum exit_code fail(enum exit_code code, const char *sentence)
{
    fprintf(stderr, "growbench: %s\n", sentence);
    return code;
}

static enum exit_code parse(struct compare *compare, int argc, char **argv)
{
    static const char usage[] =
        "compare takes OLD and NEW, each the folder of a run or of a baseline, --force, --all, "
        "--json and --out=FILE";
    char sentence[SENTENCE_BYTES];
    int count = 0;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--force"))
            compare->force = true;
        else if (!strcmp(argv[i], "--json"))
            compare->json = true;
        else if (!strcmp(argv[i], "--all"))
            compare->all = true;
        else if (!strncmp(argv[i], "--out=", 6) && argv[i][6])
            compare->out = argv[i] + 6;
        else if (argv[i][0] != '-' && *argv[i] && strlen(argv[i]) < RESULTS_FOLDER_BYTES - 64 &&
                 count < SIDES)
            compare->paths[count++] = argv[i];
        else {
            sentence_fail(sentence, EINVAL, "%s, not '%.1000s'", usage, argv[i]);
            return fail(EXIT_USAGE, sentence);
        }
    }
    return count == SIDES ? EXIT_FINE : fail(EXIT_USAGE, usage);
}

/* ---- what is compared ---- */

static int load_side(const char *path, struct gate_samples *samples, char *error)
{
    char file[RESULTS_PATH_BYTES];
    struct stat status;
    if (!stat(path, &status) && !S_ISDIR(status.st_mode))
        return baseline_load(path, samples, error);
    snprintf(file, sizeof file, "%s/%s", path, baseline_file_name);
    if (!access(file, F_OK))
        return baseline_load(file, samples, error);
    struct results results;
    char reason[SENTENCE_BYTES];
    int failed = results_load(path, &results, error);
    if (failed)
        return failed;
    failed = gate_samples_gather(&results, samples, reason);
    results_free(&results);
    return failed ? sentence_fail(error, failed, "'%.1000s' cannot be compared: %.1400s", path, reason) : 0;
}

static bool try_baseline(struct compare *compare, const char *folder, int length)
{
    const char *fingerprint =
        json_string_value(json_object_get(compare->samples[OLD].context, "machine_fingerprint"));
    if (!fingerprint || strlen(fingerprint) != 16 || strspn(fingerprint, "0123456789abcdef") != 16)
        return false;
    snprintf(compare->baseline_path, sizeof compare->baseline_path, "%.*s/baseline/%s/%s", length, folder,
             fingerprint, baseline_file_name);
    if (!access(compare->baseline_path, F_OK))
        return true;
    *compare->baseline_path = 0;
    return false;
}

/* Beside either run, or among the results here. */
static int load_baseline(struct compare *compare, char *error)
{
    if (compare->samples[OLD].is_baseline)
        return 0;
    bool found = false;
    for (int side = 0; side < SIDES && !found; side++) {
        const char *path = compare->paths[side];
        size_t length = strlen(path);
        while (length > 1 && path[length - 1] == '/')
            length--;
        while (length && path[length - 1] != '/')
            length--;
        found = length ? try_baseline(compare, path, (int)length - 1) : try_baseline(compare, ".", 1);
    }
    if (!found && !try_baseline(compare, "results", (int)strlen("results")))
        return 0;
    return baseline_load(compare->baseline_path, &compare->baseline, error);
}

static enum exit_code load(struct compare *compare)
{
    char error[SENTENCE_BYTES] = "";
    int failed = 0;
    for (int side = 0; side < SIDES && !failed; side++)
        failed = load_side(compare->paths[side], &compare->samples[side], error);
    if (!failed)
        failed = load_baseline(compare, error);
    return !failed            ? EXIT_FINE
           : failed == EXDEV  ? fail(EXIT_NOT_COMPARABLE, error)
           : failed == ENOMEM ? fail(EXIT_HARNESS, error)
                              : fail(EXIT_USAGE, error);
}

/* ---- output ---- */

static json_t *side_json(const struct compare *compare, int side)
{
    const struct gate_samples *samples = &compare->samples[side];
    json_t *json = json_pack("{s:s,s:s}", "path", compare->paths[side], "kind",
                             samples->is_baseline ? "baseline" : "run");
    static const char *const keys[] = {"machine_fingerprint", "growbench_version", "git_revision", "date",
                                       NULL};
    for (const char *const *key = keys; json && *key; key++) {
        json_t *value = json_object_get(samples->context, *key);
        json_object_set_new(json, *key, value ? json_incref(value) : json_null());
    }
    return json ? json : json_null(); /* a path that is no UTF-8 */
}

static json_t *whole_json(const struct compare *compare)
{
    json_t *json = json_object();
    json_object_set_new(json, "schema", json_integer(1));
    json_object_set_new(json, "kind", json_string("compare"));
    json_object_set_new(json, "old", side_json(compare, OLD));
    json_object_set_new(json, "new", side_json(compare, NEW));
    json_object_set_new(json, "baseline",
                        *compare->baseline_path ? json_string(compare->baseline_path) : json_null());
    json_object_set_new(json, "forced", json_boolean(compare->force));
    json_t *comparison = compare_json(&compare->comparison);
    json_object_update(json, comparison);
    json_decref(comparison);
    return json;
}

static int write_file(const struct compare *compare, const json_t *json)
{
    const char *slash = strrchr(compare->out, '/');
    char folder[RESULTS_PATH_BYTES] = ".";
    if (strlen(compare->out) > RESULTS_FOLDER_BYTES)
        return ENAMETOOLONG;
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", slash == compare->out ? 1 : (int)(slash - compare->out),
                 compare->out);
    return results_write_json(folder, slash ? slash + 1 : compare->out, json);
}

static void print_side(const struct compare *compare, int side)
{
    const struct gate_samples *samples = &compare->samples[side];
    const char *revision = json_string_value(json_object_get(samples->context, "git_revision"));
    const char *date = json_string_value(json_object_get(samples->context, "date"));
    char text[200];
    snprintf(text, sizeof text, "%.60s of %.60s", revision ? revision : "unknown", date ? date : "unknown");
    sentence_defuse(text);
    printf("%s  %s  (%s, revision %s)\n", side == OLD ? "OLD" : "NEW", compare->paths[side],
           samples->is_baseline ? "baseline" : "run", text);
}

static void print_differences(const struct compare *compare)
{
    const json_t *list = compare->comparison.differences;
    if (!json_array_size(list))
        return;
    if (compare->comparison.refused)
        printf("\n! NOT COMPARABLE: the runs differ in\n");
    else if (compare->force)
        printf("\n!!! FORCED: what follows compares things that are not comparable. They differ in\n");
    else
        return; /* each of those cells says it */
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i), *cell = json_object_get(item, "cell");
        const size_t flags = JSON_ENCODE_ANY | JSON_ENSURE_ASCII;
        char *old = json_dumps(json_object_get(item, "old"), flags),
             *new = json_dumps(json_object_get(item, "new"), flags);
        printf("    %-22s OLD %s, NEW %s%s%s\n", json_string_value(json_object_get(item, "field")),
               old ? old : "?", new ? new : "?", json_is_string(cell) ? "  in " : "",
               json_is_string(cell) ? json_string_value(cell) : "");
        free(old);
        free(new);
    }
    if (compare->comparison.refused)
        printf("  --force compares all the same\n");
}

static void print_missing(const struct compare *compare, const char *side, const json_t *ids)
{
    size_t count = json_array_size(ids), listed = compare->all || count <= LISTED_MAX ? count : LISTED_MAX;
    if (!count)
        return;
    printf("only in %s: %zu cell%s\n", side, count, count == 1 ? "" : "s");
    for (size_t i = 0; i < listed; i++)
        printf("    %s\n", json_string_value(json_array_get(ids, i)));
    if (listed < count)
        printf("    and %zu more (--all)\n", count - listed);
}

/* How times went over all cells: no verdict, and worth a look. */
static void print_times(const struct comparison *c)
{
    double *ratios = malloc((c->series_count + 1) * sizeof *ratios);
    bool any = false;
    for (size_t m = 0; ratios && m < gate_metric_count; m++) {
        size_t count = 0;
        for (size_t i = 0; i < c->series_count; i++)
            if (c->series[i].metric == &gate_metrics[m] && c->series[i].class == GATE_NOISY &&
                isfinite(c->findings[i].ratio))
                ratios[count++] = c->findings[i].ratio;
        if (!count)
            continue;
        if (!any)
            printf("times, shown only (growbench duel decides them):\n");
        any = true;
        double median = statistics_median(ratios, count); /* sorts */
        printf("    %-24s x%.3f  (median of %zu cell%s, x%.3f to x%.3f)\n", gate_metrics[m].name, median,
               count, count == 1 ? "" : "s", ratios[0], ratios[count - 1]);
    }
    free(ratios);
}

static void print(const struct compare *compare)
{
    const struct comparison *c = &compare->comparison;
    print_side(compare, OLD);
    print_side(compare, NEW);
    if (*compare->baseline_path)
        printf("classes of %s\n", compare->baseline_path);
    for (size_t i = 0; i < json_array_size(c->degraded); i++)
        printf("degraded: %s\n", json_string_value(json_array_get(c->degraded, i)));
    print_differences(compare);
    if (c->refused)
        return;
    print_missing(compare, "OLD", c->only_old);
    print_missing(compare, "NEW", c->only_new);
    printf("\n");
    gate_report_print(c->cells, c->count, compare->all, stdout);
    print_times(c);
    if (c->classes_unknown)
        printf(
            "no baseline shows which metrics identical processes repeat: make one with growbench baseline\n");
    enum gate_verdict verdict = compare_verdict(c);
    printf("\n%c %s\n", gate_report_sign(verdict), gate_verdict_names[verdict]);
}

static enum exit_code conclude(const struct compare *compare)
{
    json_t *json = whole_json(compare);
    char sentence[SENTENCE_BYTES];
    int failed = compare->out ? write_file(compare, json) : 0;
    if (compare->json) {
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        printf("\n");
    } else {
        print(compare);
    }
    fflush(stdout);
    json_decref(json);
    if (failed) {
        sentence_fail(sentence, failed, "cannot write '%.1000s': %s", compare->out, strerror(failed));
        return fail(EXIT_USAGE, sentence);
    }
    return gate_report_exit_code(compare_verdict(&compare->comparison));
}

static enum exit_code execute(struct compare *compare)
{
    enum exit_code code = load(compare);
    if (code)
        return code;
    const struct compare_request request = {.old = &compare->samples[OLD],
                                            .new = &compare->samples[NEW],
                                            .baseline = *compare->baseline_path ? &compare->baseline : NULL,
                                            .old_path = compare->paths[OLD],
                                            .force = compare->force};
    if (compare_samples(&request, &compare->comparison))
        return fail(EXIT_HARNESS, "there is not enough memory to compare so many records");
    const struct comparison *c = &compare->comparison;
    if (!c->refused && !c->count) {
        char sentence[SENTENCE_BYTES];
        sentence_fail(sentence, EXDEV, "OLD and NEW have no cell in common: OLD has %.400s, NEW has %.400s",
                      compare->samples[OLD].cells[0].id, compare->samples[NEW].cells[0].id);
        return fail(EXIT_NOT_COMPARABLE, sentence);
    }
    return conclude(compare);
}

enum exit_code command_compare(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], "--help")) {
        fputs(help, stdout);
        return EXIT_FINE;
    }
    struct compare compare = {.out = NULL};
    enum exit_code code = parse(&compare, argc, argv);
    if (!code)
        code = execute(&compare);
    compare_free(&compare.comparison);
    gate_samples_free(&compare.samples[OLD]);
    gate_samples_free(&compare.samples[NEW]);
    gate_samples_free(&compare.baseline);
    return code;
}
