/* SPDX-License-Identifier: MIT
 *
 * `growbench history [DIR] [--rebuild] [--nights=N] [--machine=FINGERPRINT]`: what changed over the nights. Advisory:
 * what it finds is never an exit code.
 */
#include "harness/commands/commands.h"
#include "harness/common/units.h"
#include "harness/history/history_index.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NIGHTS_DEFAULT = 30 };

static enum exit_code usage(const char *argument)
{
    fprintf(stderr,
            "growbench: history takes a results folder, --rebuild, --nights=N (2 to %d) and "
            "--machine=FINGERPRINT, "
            "not '%s'\n",
            HISTORY_NIGHTS_MAX, argument);
    return EXIT_USAGE;
}

static enum exit_code parse(struct history_request *request, int argc, char **argv)
{
    bool has_folder = false;
    for (int i = 1; i < argc; i++) {
        uint64_t nights = 0;
        if (!strcmp(argv[i], "--rebuild"))
            request->rebuild = true;
        else if (!strncmp(argv[i], "--nights=", 9) && !units_parse_count(argv[i] + 9, &nights) &&
                 nights >= 2 && nights <= HISTORY_NIGHTS_MAX)
            request->nights = nights;
        else if (!strncmp(argv[i], "--machine=", 10) && argv[i][10])
            request->fingerprint = argv[i] + 10;
        else if (argv[i][0] != '-' && argv[i][0] && !has_folder) {
            request->results_folder = argv[i];
            has_folder = true;
        } else
            return usage(argv[i]);
    }
    return EXIT_FINE;
}

static void print_head(const struct history_request *request, const struct history_answer *answer)
{
    const struct history *history = &answer->history;
    printf("machine %s: the last %zu night%s of '%s/nights'\n", history->nights[0].fingerprint,
           history->night_count, history->night_count == 1 ? "" : "s", request->results_folder);
    for (size_t i = 0; i < answer->machine_count; i++) {
        const struct history_machine *machine = &answer->machines[i];
        if (strcmp(machine->fingerprint, history->nights[0].fingerprint))
            printf("kept apart: %zu night%s of another machine or setting (--machine=%s), the last %s\n",
                   machine->nights, machine->nights == 1 ? "" : "s", machine->fingerprint, machine->last);
    }
    printf("\n");
}

static enum exit_code print_answer(const struct history_request *request, const struct history_answer *answer)
{
    if (answer->history.night_count) {
        print_head(request, answer);
        history_print(&answer->history, stdout);
    }
    if (answer->damaged || answer->unfinished)
        printf("%zu damaged and %zu unfinished night%s passed over.\n", answer->damaged, answer->unfinished,
               answer->damaged + answer->unfinished == 1 ? " was" : "s were");
    if (answer->history.night_count)
        return EXIT_FINE;
    if (answer->machine_count && request->fingerprint) {
        fprintf(stderr, "growbench: no night of a machine '%s' in '%s/nights'; the newest is of %s\n",
                request->fingerprint, request->results_folder, answer->machines[0].fingerprint);
        return EXIT_USAGE;
    }
    printf("no night yet in '%s/nights': make nightly makes one.\n", request->results_folder);
    return answer->damaged ? EXIT_HARNESS : EXIT_FINE;
}

enum exit_code command_history(int argc, char **argv)
{
    struct history_request request = {.results_folder = "results", .nights = NIGHTS_DEFAULT};
    struct history_answer answer;
    struct stat status;
    char error[SENTENCE_BYTES] = "";
    enum exit_code code = parse(&request, argc, argv);
    if (code)
        return code;
    if (stat(request.results_folder, &status) || !S_ISDIR(status.st_mode)) {
        fprintf(stderr, "growbench: '%s' is no folder: name the one that has nights/, such as results\n",
                request.results_folder);
        return EXIT_USAGE;
    }
    if (history_index_ask(&request, &answer, stderr, error)) {
        fprintf(stderr, "growbench: %s\n", error);
        code = EXIT_HARNESS;
    } else
        code = print_answer(&request, &answer);
    history_index_release(&answer);
    return code;
}
