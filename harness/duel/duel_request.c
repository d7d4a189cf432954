/* SPDX-License-Identifier: MIT */
#include "harness/duel/duel_request.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_help(void)
{
    printf("usage: growbench duel --base=SPEC [--candidate=SPEC] [OPTION...]\n\n"
           "Both sides run the same cells in pairs of fresh processes that take turns chunk by chunk, until "
           "each cell is\n"
           "decided or the time is up.\n\n"
           "SPEC is one of\n"
           "  mimalloc=path/to/old.so  a library: an allocator's, or a table's\n"
           "  mremap, jemalloc:lean    an allocator, a table or a variant by its name\n"
           "  'NAME=value NAME=value'  environment variables of the measured processes\n"
           "  HEAD~3, git:v1.2         a git revision of this project, built in a worktree\n"
           "  this                     this program (the candidate's default)\n\n"
           "  --minutes=N       time limit, 0.5 too (default: one a cell and mode); what is open then is "
           "INCONCLUSIVE\n"
           "  --advisory        report, and exit with 0 whatever the verdict\n"
           "  --even-identical  run although both sides are the same program, library and settings: a study "
           "of the gate\n"
           "  --all             show what is unchanged too\n"
           "  --json            print duel.json instead of lines\n"
           "and run's options: --table --alloc --workload --entries --mode --heap --thp --budget --timeout "
           "--out ...\n"
           "('growbench run --help'); the default size is 2^20+1. --budget is for both sides together: each "
           "gets half.\n\n"
           "Exit codes: 0 unchanged or improved, 1 regressed, 2 usage, 3 not comparable, 4 inconclusive, 5 "
           "error.\n");
}

static const char *value_of(const char *argument, const char *option)
{
    size_t length = strlen(option);
    return strncmp(argument, option, length) ? NULL : argument + length;
}

static int take_minutes(struct duel_request *r, const char *text, char *error)
{
    char *end;
    r->minutes = strtod(text, &end);
    if (end == text || *end || !(r->minutes > 0) || r->minutes > 100000)
        return sentence_fail(error, EINVAL, "minutes '%.60s' is not a time: write 30 or 0.5", text);
    return 0;
}

/* Duel's own option, or one for run. */
static int take_argument(struct duel_request *r, const char *argument, char *error)
{
    const char *value;
    static const char *const refused[] = {"--reps", "--resume", "--find-limit", "--benchmark_", NULL};
    for (const char *const *option = refused; *option; option++)
        if (!strncmp(argument, *option, strlen(*option)))
            return sentence_fail(error, EINVAL,
                                 "%.60s does not apply to a duel: it decides how often a cell is run",
                                 argument);
    if ((value = value_of(argument, "--base=")))
        r->texts[GATE_BASE] = value;
    else if ((value = value_of(argument, "--candidate=")))
        r->texts[GATE_CANDIDATE] = value;
    else if ((value = value_of(argument, "--minutes=")))
        return take_minutes(r, value, error);
    else if (!strcmp(argument, "--advisory"))
        r->advisory = true;
    else if (!strcmp(argument, "--even-identical"))
        r->even_identical = true;
    else if (!strcmp(argument, "--all"))
        r->all = true;
    else if (!strcmp(argument, "--json"))
        r->json = true;
    else if (r->option_count < DUEL_OPTIONS_MAX)
        r->options[r->option_count++] = argument;
    else
        return sentence_fail(error, EINVAL, "more than %d options", DUEL_OPTIONS_MAX);
    return 0;
}

/* Small enough for a dozen pairs in a quarter of a minute; past the first entries from which on memory counts. */
static const char standing_entries[] = "--entries=2^20+1";

/* Checks run's options by parsing them once; the sides parse them again. */
static int check_options(struct duel_request *r, char *error)
{
    char *arguments[DUEL_OPTIONS_MAX + 2];
    char name[] = "growbench duel";
    int count = 0;
    arguments[count++] = name;
    for (int i = 0; i < r->option_count; i++)
        arguments[count++] = (char *)(uintptr_t)r->options[i];
    arguments[count] = NULL;
    spec_init(&r->spec);
    int failed = spec_parse(&r->spec, count, arguments, error);
    /* However it was abbreviated. */
    if (!failed && (r->spec.repetitions != 1 || r->spec.resume || r->spec.find_limit))
        failed = sentence_fail(error, EINVAL,
                               "--reps, --resume and --find-limit do not apply to a duel: it decides how "
                               "often a cell is run");
    if (!failed && !r->spec.entries_given && !*r->spec.keys_path && r->option_count < DUEL_OPTIONS_MAX) {
        r->options[r->option_count++] = standing_entries;
        return check_options(r, error);
    }
    return failed;
}

int duel_request_parse(struct duel_request *r, int argc, char **argv, char *error)
{
    r->texts[GATE_CANDIDATE] = "this";
    int failed = 0;
    for (int i = 1; i < argc && !failed; i++) {
        if (!strcmp(argv[i], "--help")) {
            print_help();
            return ECANCELED;
        }
        failed = take_argument(r, argv[i], error);
    }
    if (!failed && !r->texts[GATE_BASE])
        failed = sentence_fail(error, EINVAL,
                               "a duel needs --base=SPEC: an allocator, a table, NAME=path/to/lib.so, "
                               "VARIABLE=value or a git revision; 'growbench duel --help' has examples");
    return failed ? failed : check_options(r, error);
}
