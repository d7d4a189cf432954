/* SPDX-License-Identifier: MIT
 *
 * `growbench report DIR...`: report.html and report.md from stored runs, and the answer on the terminal.
 */
#include "harness/charts/plot.h"
#include "harness/commands/commands.h"
#include "harness/report/report.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { FOLDERS_MAX = 16, KEY_OUT = 1000, KEY_REFERENCE };

struct request {
    const char *folders[FOLDERS_MAX];
    size_t count;
    struct report_options options;
};

static const struct argp_option known[] = {
    {"out", KEY_OUT, "DIR", 0, "folder of the report: else DIR; of several a new one beside the first", 0},
    {"reference", KEY_REFERENCE, "NAME", 0, "allocator that ratios are to: else glibc", 0},
    {0}};

static error_t take(int key, char *value, struct argp_state *state)
{
    struct request *request = state->input;
    switch (key) {
    case KEY_OUT:
        if (strlen(value) > 5 && !strcmp(value + strlen(value) - 5, ".html"))
            argp_error(state, "--out='%s' is to be a folder: report.html is written into it", value);
        request->options.out = value;
        break;
    case KEY_REFERENCE:
        request->options.reference = value;
        break;
    case ARGP_KEY_ARG:
        if (request->count == FOLDERS_MAX)
            argp_error(state, "a report lays up to %d runs side by side, '%s' is one more", FOLDERS_MAX,
                       value);
        request->folders[request->count++] = value;
        break;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a report needs a run folder, such as results/latest");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    return 0;
}

enum exit_code command_report(int argc, char **argv)
{
    static const struct argp parser = {
        .options = known,
        .parser = take,
        .args_doc = "DIR...",
        .doc =
            "The report for a design review: report.html (one file without script or network), report.md, "
            "charts "
            "with data and scripts in plots/, and the answer on the terminal. DIR is a run, a night or a "
            "duel; "
            "several are laid side by side."
            "\vExit codes: 0 written, 2 no such run or a damaged one, 5 it could not be drawn or written."};
    struct request request = {0};
    char scripts[RESULTS_PATH_BYTES], folder[RESULTS_FOLDER_BYTES], error[SENTENCE_BYTES] = "";
    static char name[] = "growbench report"; /* argp takes it for what was called */
    argv[0] = name;
    argp_err_exit_status = EXIT_USAGE;
    if (argp_parse(&parser, argc, argv, 0, NULL, &request))
        return EXIT_USAGE;
    request.options.script_folder = scripts;
    if (!plot_find_scripts(scripts, sizeof scripts)) {
        fprintf(stderr,
                "growbench: the folder plots/ with the gnuplot scripts was not found beside the program\n");
        return EXIT_HARNESS;
    }
    const int failed = report_write(request.folders, request.count, &request.options, stdout, folder, error);
    if (failed) {
        fprintf(stderr, "growbench: %s\n", error);
        return failed == EIO ? EXIT_HARNESS : EXIT_USAGE;
    }
    return EXIT_FINE;
}
