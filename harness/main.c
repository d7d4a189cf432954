/* SPDX-License-Identifier: MIT
 *
 * growbench: compares memory allocators on huge, growing hash tables.
 */
#include "harness/claims/probe.h"
#include "harness/commands/commands.h"
#include "harness/run/child.h"

#include "build_version.h"

#include <argp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

struct command {
    const char *name, *arguments, *summary;
    enum exit_code (*execute)(int argc, char **argv);
    bool explains_itself; /* has a --help of its own */
};

static const struct command commands[] = {
    {"list", "[allocators|tables|workloads] [--json]", "what there is, what is missing and why", command_list,
     false},
    {"run", "[OPTION...]", "measure, print the table, write results/, draw", command_run, true},
    {"cell", "ID [--alloc=NAME=path] [--table=NAME=path] [--keys=file:PATH]",
     "one cell in this process, its record on standard output", command_cell, false},
    {"plot", "DIR... [--terminal]", "charts of stored runs again (and their tables)", command_plot, false},
    {"report", "DIR... [--out=DIR] [--reference=NAME]",
     "report.html and report.md of stored runs, for a review", command_report, true},
    {"duel", "--base=SPEC [--candidate=SPEC] [--minutes=N] [OPTION...]",
     "both sides take turns within one run: the gate", command_duel, true},
    {"claims", "[--budget=SIZE] [--out=DIR] [--json]", "tests every claim of the story on this machine",
     command_claims, false},
    {"tax", "[--pairs=N] [--entries=N]", "what the harness itself costs, against a bare loop", command_tax,
     false},
    {"losses", "[--alloc=LIST] [--bytes=N] [--reps=N] [--threads=N]",
     "where the region loses, against the others", command_losses, false},
    {"compare", "OLD NEW [--force] [--all] [--json] [--out=FILE]", "what changed between two stored runs",
     command_compare, true},
    {"baseline", "[OPTION...]", "what identical processes repeat on this machine: what compare judges by",
     command_baseline, true},
    {"history", "[DIR] [--rebuild] [--nights=N] [--machine=FINGERPRINT]", "what changed over the last nights",
     command_history, false},
};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void print_command(const struct command *command, FILE *out)
{
    fprintf(out, "  growbench %-8s %-62s %s\n", command->name, command->arguments, command->summary);
}

static void print_usage(FILE *out)
{
    fprintf(out, "usage: growbench COMMAND ...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        print_command(&commands[i], out);
    fprintf(
        out,
        "\nExit codes: 0 fine, 1 regressed, or a cell ended WRONG or CRASH, 2 usage, 3 not comparable "
        "(a run that\ncannot be resumed here), 4 inconclusive, 5 the harness itself failed, 130 interrupted. "
        "OOM, SKIP and TIMEOUT are results. 'growbench run --help' lists the options.\n");
}

int main(int argc, char **argv)
{
    argp_err_exit_status = EXIT_USAGE;
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "child"))
        return child_serve();
    if (!strcmp(name, "probe"))
        return claims_probe_run(argc - 2, argv + 2);
    if (!strcmp(name, "side"))
        return (int)command_side(argc - 1, argv + 1);
    if (!strcmp(name, "--help") || !strcmp(name, "help")) {
        print_usage(stdout);
        return EXIT_FINE;
    }
    if (!strcmp(name, "--version")) {
        printf("growbench %s (%s)\n", GROWBENCH_VERSION, GROWBENCH_REVISION);
        return EXIT_FINE;
    }
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(name, commands[i].name))
            continue;
        if (argc == 3 && !strcmp(argv[2], "--help") && !commands[i].explains_itself) {
            print_command(&commands[i], stdout);
            return EXIT_FINE;
        }
        return (int)commands[i].execute(argc - 1, argv + 1);
    }
    if (*name)
        fprintf(stderr, "growbench: unknown command '%s'\n\n", name);
    print_usage(stderr);
    return EXIT_USAGE;
}
