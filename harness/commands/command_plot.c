/* SPDX-License-Identifier: MIT
 *
 * `growbench plot DIR... [--terminal]`: the charts of stored runs, from files alone; on the terminal with the
 * table.
 */
#include "harness/charts/plot.h"
#include "harness/commands/commands.h"
#include "harness/evaluate/summary.h"

#include <stdio.h>
#include <string.h>

static int print_tables(const char *const *folders, size_t count, char *error)
{
    for (size_t i = 0; i < count; i++) {
        struct results results;
        int failed = results_load(folders[i], &results, error);
        if (failed)
            return failed;
        printf("%s\n", folders[i]);
        summary_print(&results, stdout);
        results_free(&results);
    }
    putchar('\n');
    fflush(stdout);
    return 0;
}

enum exit_code command_plot(int argc, char **argv)
{
    enum { FOLDERS_MAX = 64 };
    const char *folders[FOLDERS_MAX];
    size_t count = 0;
    struct plot_options options = {.terminal = false};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--terminal"))
            options.terminal = true;
        else if (argv[i][0] == '-' || count == FOLDERS_MAX) {
            fprintf(stderr, "growbench: plot takes up to %d run folders and --terminal, not '%s'\n",
                    FOLDERS_MAX, argv[i]);
            return EXIT_USAGE;
        } else
            folders[count++] = argv[i];
    }
    if (!count) {
        fprintf(stderr, "growbench: plot needs a run folder, such as results/latest\n");
        return EXIT_USAGE;
    }
    char scripts[RESULTS_PATH_BYTES], error[SENTENCE_BYTES] = "";
    options.script_folder = scripts;
    if (!plot_find_scripts(scripts, sizeof scripts)) {
        fprintf(stderr,
                "growbench: the folder plots/ with the gnuplot scripts was not found beside the program\n");
        return EXIT_HARNESS;
    }
    if ((options.terminal && print_tables(folders, count, error)) ||
        plot_draw(folders, count, &options, stdout, NULL, error)) {
        fprintf(stderr, "growbench: %s\n", error);
        return EXIT_USAGE;
    }
    if (!options.terminal)
        printf("drawn into %s/plots/\n", folders[0]);
    return EXIT_FINE;
}
