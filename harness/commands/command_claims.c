/* SPDX-License-Identifier: MIT
 *
 * `growbench claims`: tests every claim of the seed document on this machine. Verdicts are results: whatever
 * they are, the exit code is 0.
 */
#include "harness/claims/measure.h"
#include "harness/claims/report.h"
#include "harness/commands/commands.h"
#include "harness/common/clock.h"
#include "harness/common/files.h"
#include "harness/common/units.h"
#include "harness/results/results.h"
#include "harness/run/environment.h"
#include "harness/run/interrupt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Enough for a block of 1 GiB, and some minutes; who has more time gives more. */
static const uint64_t default_budget_bytes = (uint64_t)4 << 30;

struct claims_run {
    bool as_json;
    uint64_t budget_bytes; /* 0 = not given */
    const char *budget_text;
    char folder[RESULTS_FOLDER_BYTES];
    struct catalog catalog;
    struct environment environment;
    struct budget_root budget_root;
    struct claims_evidence evidence;
    struct claims_verdict verdicts[CLAIMS_COUNT];
    double wall_seconds;
};

static bool starts(const char *text, const char *prefix)
{
    return !strncmp(text, prefix, strlen(prefix));
}

static int parse(struct claims_run *run, int argc, char **argv, char *error)
{
    for (int i = 1; i < argc; i++) {
        const char *value = strchr(argv[i], '=');
        value = value ? value + 1 : "";
        if (!strcmp(argv[i], "--json")) {
            run->as_json = true;
        } else if (starts(argv[i], "--budget=")) {
            run->budget_text = value;
            if (units_parse_count(value, &run->budget_bytes))
                return sentence_fail(error, EINVAL,
                                     "the budget '%.100s' is not a size: write for example --budget=1GiB",
                                     value);
        } else if (starts(argv[i], "--out=")) {
            if (!*value || strlen(value) >= sizeof run->folder - 32)
                return sentence_fail(
                    error, EINVAL,
                    "--out='%.100s' is not a folder's name: write for example --out=results/claims", value);
            snprintf(run->folder, sizeof run->folder, "%s", value);
        } else {
            return sentence_fail(error, EINVAL,
                                 "claims takes --json, --budget=SIZE and --out=DIR, not '%.100s'", argv[i]);
        }
    }
    return 0;
}

static int settle_budget(struct claims_run *run, char *error)
{
    char given[UNITS_TEXT_BYTES], available[UNITS_TEXT_BYTES];
    bool asked = run->budget_bytes;
    if (!asked)
        run->budget_bytes = run->environment.default_budget_bytes < default_budget_bytes
                                ? run->environment.default_budget_bytes
                                : default_budget_bytes;
    units_format_bytes(given, (double)run->budget_bytes);
    units_format_bytes(available, (double)run->environment.available_bytes);
    if (run->budget_bytes < CLAIMS_LEAST_BUDGET_BYTES)
        return sentence_fail(error, EINVAL,
                             "the budget '%.100s' is too small to measure in: give at least --budget=256MiB",
                             asked ? run->budget_text : given);
    if (run->budget_bytes > run->environment.available_bytes)
        return sentence_fail(error, EINVAL,
                             "the budget '%.100s' is more than the %s that are free here: give less",
                             asked ? run->budget_text : given, available);
    return 0;
}

/* Made now, so that a wrong name is told before minutes of measuring. */
static int settle_folder(struct claims_run *run, char *error)
{
    char path[RESULTS_PATH_BYTES];
    if (!*run->folder) {
        char stamp[32];
        clock_format_utc(stamp, sizeof stamp, "%Y-%m-%dT%H%M%SZ");
        int length = snprintf(run->folder, sizeof run->folder, "results/%s-claims", stamp);
        for (int twin = 2; !access(run->folder, F_OK); twin++)
            snprintf(run->folder + length, sizeof run->folder - (size_t)length, "-%d", twin);
    }
    snprintf(path, sizeof path, "%s/claims.json", run->folder);
    if (!access(path, F_OK))
        return sentence_fail(
            error, EEXIST,
            "'%.300s' already holds tested claims: name another folder with --out=", run->folder);
    int failed = files_make_folders(run->folder);
    if (failed)
        return sentence_fail(error, failed,
                             "cannot make the output folder '%.300s': %s; name another with --out=",
                             run->folder, strerror(failed));
    if (access(run->folder, W_OK))
        return sentence_fail(error, errno,
                             "cannot write to the output folder '%.300s': %s; name another with --out=",
                             run->folder, strerror(errno));
    return 0;
}

static struct claims_report report_of(const struct claims_run *run)
{
    return (struct claims_report){.verdicts = run->verdicts,
                                  .context = run->environment.context,
                                  .budget_bytes = run->budget_bytes,
                                  .block_bytes = claims_block_bytes(run->budget_bytes),
                                  .ram_bytes = run->evidence.ram_bytes,
                                  .wall_seconds = run->wall_seconds};
}

static int write_markdown(const struct claims_run *run, const struct claims_report *report)
{
    struct files_output output;
    char path[RESULTS_PATH_BYTES];
    snprintf(path, sizeof path, "%s/claims.md", run->folder);
    int error = files_begin(&output, path);
    if (error)
        return error;
    claims_report_write_markdown(report, output.stream);
    return files_commit(&output);
}

/* JSON last: a folder with claims.json is whole. */
static int conclude(struct claims_run *run)
{
    const struct claims_report report = report_of(run);
    json_t *json = claims_report_json(&report);
    int error = json ? write_markdown(run, &report) : ENOMEM;
    if (!error)
        error = results_write_json(run->folder, "claims.json", json);
    if (run->as_json && json) {
        json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        claims_report_print(&report, stdout);
    }
    json_decref(json);
    if (!error)
        fprintf(run->as_json ? stderr : stdout, "%s  %s/claims.md, claims.json\n",
                run->as_json ? "growbench: wrote" : "  results ", run->folder);
    return error;
}

static enum exit_code measure(struct claims_run *run)
{
    double start_seconds = clock_seconds();
    int signal_fd = interrupt_open();
    char error[SENTENCE_BYTES] = "";
    catalog_all(&run->catalog, error);
    catalog_probe(&run->catalog, error); /* registered ones that do not work are just not available */
    budget_find_root(&run->budget_root, false);
    const struct claims_options options = {.catalog = &run->catalog,
                                           .context = run->environment.context,
                                           .budget_root = &run->budget_root,
                                           .budget_bytes = run->budget_bytes,
                                           .ns_per_tick = clock_calibrate_ns_per_tick(),
                                           .signal_fd = signal_fd,
                                           .progress = stderr};
    int failed = claims_measure(&options, &run->evidence);
    if (signal_fd >= 0)
        close(signal_fd);
    if (failed) {
        rmdir(run->folder); /* does nothing where somebody else's files are */
        fprintf(stderr,
                failed == ECANCELED ? "growbench: interrupted; nothing was written\n"
                                    : "growbench: cannot start a process: %s\n",
                strerror(failed));
        return failed == ECANCELED ? EXIT_INTERRUPTED : EXIT_HARNESS;
    }
    for (int i = 0; i < CLAIMS_COUNT; i++)
        claims_judge(&claims_rows[i], &run->evidence, &run->verdicts[i]);
    run->wall_seconds = clock_seconds() - start_seconds;
    failed = conclude(run);
    if (failed)
        fprintf(stderr, "growbench: cannot write to the output folder '%s': %s\n", run->folder,
                strerror(failed));
    return failed ? EXIT_HARNESS : EXIT_FINE;
}

enum exit_code command_claims(int argc, char **argv)
{
    struct claims_run *run = calloc(1, sizeof *run);
    char error[SENTENCE_BYTES] = "";
    enum exit_code code = EXIT_HARNESS;
    if (run && !parse(run, argc, argv, error) &&
        !environment_collect(&run->environment, CELL_SEED_DEFAULT, 0) && !settle_budget(run, error) &&
        !settle_folder(run, error)) {
        code = measure(run);
    } else if (*error) {
        fprintf(stderr, "growbench: %s\n", error);
        code = EXIT_USAGE;
    }
    if (run)
        environment_release(&run->environment);
    free(run);
    return code;
}
