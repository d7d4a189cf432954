/* SPDX-License-Identifier: MIT */
#include "harness/request/spec.h"

#include "harness/common/units.h"
#include "harness/request/keys.h"
#include "harness/request/spec_range.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One row an option: the command line and its help come from here. */
struct option_row {
    const char *name, *argument, *help;
    int (*set)(struct spec *spec, const char *value, char *error); /* NULL: the axis of that name */
    const char *given; /* value of an axis's option that takes none */
};

/* Calls `take` for each part of a comma-separated list. */
static int for_each_part(const char *list,
                         int (*take)(struct spec *spec, void *into, const char *part, char *error),
                         struct spec *spec, void *into, char *error)
{
    char part[SPEC_PATH_BYTES + CELL_NAME_BYTES];
    for (const char *at = list;; at++) {
        size_t length = strcspn(at, ",");
        if (!length)
            return sentence_fail(error, EINVAL,
                                 "'%.200s' has an empty item: give names separated by single commas", list);
        if (length >= sizeof part)
            return sentence_fail(error, EINVAL, "'%.60s...' is too long", at);
        memcpy(part, at, length);
        part[length] = 0;
        int failed = take(spec, into, part, error);
        if (failed)
            return failed;
        at += length;
        if (!*at)
            return 0;
    }
}

static int take_name(struct spec *spec, void *into, const char *part, char *error)
{
    (void)spec;
    struct spec_names *names = into;
    size_t length = strcspn(part, "=");
    if (!cell_is_name(part, length))
        return sentence_fail(error, EINVAL,
                             "'%.200s' is no name: use letters, digits, '_', '-', '.' and ':' (at most %d)",
                             part, CELL_NAME_BYTES - 1);
    if (part[length] && !part[length + 1])
        return sentence_fail(error, EINVAL, "'%.200s' has no path: write NAME=path/to/lib.so", part);
    for (size_t i = 0; i < names->count; i++)
        if (strlen(names->items[i].name) == length && !memcmp(names->items[i].name, part, length))
            return sentence_fail(error, EINVAL, "'%.*s' is named twice", (int)length, part);
    if (strlen(part + length) > SPEC_PATH_BYTES)
        return sentence_fail(error, EINVAL, "the path of '%.*s' is too long: at most %d bytes", (int)length,
                             part, SPEC_PATH_BYTES - 1);
    if (names->count == SPEC_LIST_MAX)
        return sentence_fail(error, EINVAL, "more than %d names in one list", SPEC_LIST_MAX);
    struct spec_name *item = &names->items[names->count++];
    *item = (struct spec_name){.name = ""};
    memcpy(item->name, part, length);
    if (part[length])
        snprintf(item->path, sizeof item->path, "%s", part + length + 1);
    return 0;
}

static int add_number(struct spec_numbers *numbers, uint64_t number, const char *part, char *error)
{
    for (size_t i = 0; i < numbers->count; i++)
        if (numbers->items[i] == number)
            return sentence_fail(error, EINVAL, "'%.60s' is named twice", part);
    if (numbers->count == SPEC_LIST_MAX)
        return sentence_fail(error, EINVAL, "more than %d items in one list", SPEC_LIST_MAX);
    numbers->items[numbers->count++] = number;
    return 0;
}

static int parse_count(const char *what, const char *text, uint64_t *value, char *error)
{
    int failed = units_parse_count(text, value);
    if (failed == ERANGE)
        return sentence_fail(error, EINVAL, "%s '%.60s' is too large: at most 2^63-1", what, text);
    if (failed)
        return sentence_fail(error, EINVAL,
                             "%s '%.60s' is not a positive number: write 8388609, 2^23+1, 8M or 1GiB", what,
                             text);
    return 0;
}

static int set_path(char *path, const char *what, const char *value, char *error)
{
    if (!*value || strlen(value) >= SPEC_PATH_BYTES - 400)
        return sentence_fail(error, EINVAL, "%s '%.60s' is no usable path of a file or folder", what, value);
    snprintf(path, SPEC_PATH_BYTES, "%s", value);
    return 0;
}

static int set_keys_path(struct spec *spec, const char *part, char *error)
{
    size_t prefix = strlen(keys_file_prefix);
    if (strncmp(part, keys_file_prefix, prefix))
        return sentence_fail(error, EINVAL,
                             "'%.60s' says which keys, not where they are: write --keys=%sPATH", part,
                             keys_file_prefix);
    if (*spec->keys_path)
        return sentence_fail(
            error, EINVAL,
            "'%.600s' is a second key file beside '%.600s': one at most, run the other by itself",
            part + prefix, spec->keys_path);
    return set_path(spec->keys_path, "keys", part + prefix, error);
}

/* What a list of an axis's values fills. */
struct axis_list {
    enum cell_axis axis;
    struct spec_numbers *numbers;
};

static int take_range(struct spec_numbers *numbers, const char *part, char *error)
{
    struct spec_numbers range;
    int failed = spec_range_parse(part, &range, error);
    for (size_t i = 0; !failed && i < range.count; i++)
        failed = add_number(numbers, range.items[i], part, error);
    return failed;
}

static int take_value(struct spec *spec, void *into, const char *part, char *error)
{
    const struct axis_list *list = into;
    if (list->axis == CELL_AXIS_entries && spec_range_is(part))
        return take_range(list->numbers, part, error);
    const char *const *words = cell_axes[list->axis].words;
    for (uint64_t i = 0; words && !strcmp(part, "all") && words[i]; i++)
        if (add_number(list->numbers, i, part, error))
            return EINVAL;
    if (words && !strcmp(part, "all"))
        return 0;
    uint64_t value;
    int failed = cell_parse_value(list->axis, part, &value, error);
    if (!failed && list->axis == CELL_AXIS_keys && keys_kind_of(value) == KEYS_FILE)
        failed = set_keys_path(spec, part, error);
    return failed ? failed : add_number(list->numbers, value, part, error);
}

static int set_axis(struct spec *spec, enum cell_axis axis, const char *value, char *error)
{
    struct axis_list list = {axis, &spec->axes[axis]};
    list.numbers->count = 0;
    if (axis == CELL_AXIS_keys)
        *spec->keys_path = 0;
    spec->entries_given |= axis == CELL_AXIS_entries;
    if (axis == CELL_AXIS_mode) { /* both is there for several */
        list.numbers->count = 1;
        return cell_parse_value(axis, value, &list.numbers->items[0], error);
    }
    return for_each_part(value, take_value, spec, &list, error);
}

static int set_alloc(struct spec *spec, const char *value, char *error)
{
    spec->allocators.count = 0;
    return for_each_part(value, take_name, spec, &spec->allocators, error);
}

static int set_table(struct spec *spec, const char *value, char *error)
{
    spec->tables.count = 0;
    return for_each_part(value, take_name, spec, &spec->tables, error);
}

static int set_environment(struct spec *spec, const char *value, char *error)
{
    return spec_add_settings(&spec->environment, value, error);
}

static int set_reps(struct spec *spec, const char *value, char *error)
{
    int failed = parse_count("repetitions", value, &spec->repetitions, error);
    if (!failed && spec->repetitions > 1000)
        return sentence_fail(error, EINVAL, "repetitions '%.60s' is too large: at most 1000", value);
    return failed;
}

static int set_budget(struct spec *spec, const char *value, char *error)
{
    int failed = parse_count("budget", value, &spec->budget_bytes, error);
    if (!failed && spec->budget_bytes < 64 << 20)
        return sentence_fail(error, EINVAL, "budget '%.60s' is too small for a process: at least 64MiB",
                             value);
    return failed;
}

static int set_timeout(struct spec *spec, const char *value, char *error)
{
    if (units_parse_seconds(value, &spec->timeout_seconds))
        return sentence_fail(error, EINVAL,
                             "timeout '%.60s' is not a time: write 90, 90s, 10m or 2h (at most 1000 days)",
                             value);
    return 0;
}

static int set_reference(struct spec *spec, const char *value, char *error)
{
    if (strcmp(value, "auto") && strcmp(value, "none"))
        return sentence_fail(error, EINVAL, "unknown reference '%.60s': there is auto, none", value);
    spec->reference = !strcmp(value, "auto");
    return 0;
}

static int set_out(struct spec *spec, const char *value, char *error)
{
    return set_path(spec->out, "out", value, error);
}

static int set_limit_by(struct spec *spec, const char *value, char *error)
{
    if (strcmp(value, "auto") && strcmp(value, "watchdog"))
        return sentence_fail(error, EINVAL, "unknown limit '%.60s': there is auto, watchdog", value);
    spec->watchdog_only = !strcmp(value, "watchdog");
    return 0;
}

static int set_find_limit(struct spec *spec, const char *value, char *error)
{
    (void)value, (void)error;
    spec->find_limit = true;
    return 0;
}

static int set_verify(struct spec *spec, const char *value, char *error)
{
    if (strcmp(value, "all") && strcmp(value, "sample"))
        return sentence_fail(error, EINVAL, "unknown verify '%.60s': there is all, sample", value);
    spec->verifies_sample = !strcmp(value, "sample");
    return 0;
}

static int set_resume(struct spec *spec, const char *value, char *error)
{
    (void)value, (void)error;
    spec->resume = true;
    return 0;
}

static int set_quiet(struct spec *spec, const char *value, char *error)
{
    (void)value, (void)error;
    spec->quiet = true;
    return 0;
}

static int set_no_plot(struct spec *spec, const char *value, char *error)
{
    (void)value, (void)error;
    spec->no_plot = true;
    return 0;
}

static const struct option_row option_rows[] = {
    {"alloc", "LIST",
     "allocators, or NAME=path/to/lib.so; all: every one but variants; NAME:all: NAME and its variants "
     "(NAME:lean, NAME:fast); all:all: everything (default: glibc,copying,mimalloc,jemalloc,mremap,"
     "mremap_move)",
     set_alloc, NULL},
    {"table", "LIST",
     "tables, or NAME=path/to/table.so; all, NAME:all and all:all likewise (default: array,"
     "linear_rebuild,linear_inplace,floor)",
     set_table, NULL},
    {"workload", "LIST", "fill, find, churn, drain or all (default: fill)", NULL, NULL},
    {"entries", "LIST",
     "entries inserted: 2^23+1, 64M, 8388609, or the range 2^21..2^22/16: 16 sizes with equal factors, the "
     "last "
     "one 2^22 (default: 2^23+1)",
     NULL, NULL},
    {"reps", "N", "repetitions of each cell (default: 1)", set_reps, NULL},
    {"mode", "MODE", "throughput, latency or both: one process each (default: both)", NULL, NULL},
    {"heap", "LIST",
     "cold, warm (third table of the process) or busy (beside 200,000 live blocks); (default: cold)", NULL,
     NULL},
    {"thp", "LIST", "transparent huge pages: system, always, never (default: system)", NULL, NULL},
    {"growth", "LIST",
     "how a table asks for more: a factor (2, 1.5, 1.25) or +BYTES (default: 2, or the table's own way)",
     NULL, NULL},
    {"load", "LIST", "share of its slots that a table fills before it grows: 0.5 (default: the table's own)",
     NULL, NULL},
    {"entry-bytes", "LIST", "size of an entry: 16, 32, 64 (default: 16)", NULL, NULL},
    {"reserve", "LIST",
     "room made before the first insert, timed: none, half, exact, double of the entries (default: none)",
     NULL, NULL},
    {"count", "LIST", "tables that share the entries and grow in seeded turns (default: 1)", NULL, NULL},
    {"threads", "LIST", "threads with a table each that grow at once on one allocator (default: 1)", NULL,
     NULL},
    {"keys", "LIST",
     "random, sequential, shared-high, shared-low (24 bits alike) or file:PATH, a line a key (default: "
     "random)",
     NULL, NULL},
    {"rounds", "LIST", "churn: how often every entry is replaced (default: 2)", NULL, NULL},
    {"snapshot", "LIST", "none, or fork: a snapshot child during churn, copy on write (default: none)", NULL,
     NULL},
    {"batch", "LIST",
     "operations that a table is given at once in throughput mode: 1 (each alone, and no clock between) to "
     "64 "
     "(default: 32)",
     NULL, NULL},
    {"stops", "LIST",
     "find: look up at so many sizes of the last octave, while one table grows, and not only at its end: 16 "
     "are "
     "those of 2^25..2^26/16 (default: 1)",
     NULL, NULL},
    {"find-limit", NULL,
     "find the smallest memory limit under which each cell completes: some ten more processes a cell",
     set_find_limit, NULL},
    {"budget", "SIZE", "memory of one process (default: 60 % of what is available, at most 16GiB)",
     set_budget, NULL},
    {"timeout", "TIME", "time of one process: 90, 10m (default: 10m)", set_timeout, NULL},
    {"verify", "WHICH",
     "when the clock has stopped, look up all entries once more, or a sample of 2^22 (default: all)",
     set_verify, NULL},
    {"seed", "LIST", "seed of keys and hashes (default: 1)", NULL, NULL},
    {"aslr", NULL, "leave address randomisation on in the measured processes", NULL, "on"},
    {"env", "NAME=VALUE",
     "environment variable of the measured processes; several: again, or with spaces between",
     set_environment, NULL},
    {"reference", "MODE", "auto: show glibc and copying beside a single allocator; none (default: auto)",
     set_reference, NULL},
    {"out", "DIR", "run folder (default: results/<UTC time>-<name>)", set_out, NULL},
    {"resume", NULL, "go on with the run in --out: cells that have a record are not run again", set_resume,
     NULL},
    {"limit-by", "MODE", "auto: memory cgroup where possible; watchdog (default: auto)", set_limit_by, NULL},
    {"no-plot", NULL, "draw no charts and write no report at the end", set_no_plot, NULL},
    {"quiet", NULL, "no progress", set_quiet, NULL},
};

enum { OPTION_COUNT = sizeof option_rows / sizeof *option_rows, OPTION_KEY = 0x200, OPTION_KEY_HELP = 0x100 };

void spec_init(struct spec *spec)
{
    *spec = (struct spec){.repetitions = 1, .timeout_seconds = 600, .reference = true, .shuffle = true};
    for (int axis = 0; axis < CELL_AXIS_COUNT; axis++)
        spec->axes[axis] = (struct spec_numbers){1, {cell_axes[axis].standing}};
    spec->axes[CELL_AXIS_entries].items[0] = ((uint64_t)1 << 23) + 1;
}

static int set_row(struct spec *spec, const struct option_row *row, const char *value, char *error)
{
    if (row->set)
        return row->set(spec, value, error);
    int axis = 0;
    while (strcmp(cell_axes[axis].key, row->name))
        axis++;
    return set_axis(spec, (enum cell_axis)axis, row->given ? row->given : value, error);
}

int spec_set(struct spec *spec, const char *option, const char *value, char *error)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (!strcmp(option_rows[i].name, option))
            return set_row(spec, &option_rows[i], value, error);
    return sentence_fail(error, EINVAL, "unknown option '%.60s'", option);
}

/* ---- Google Benchmark's own flags ---- */

static bool is_gbench(const char *argument)
{
    return !strncmp(argument, "--benchmark_", 12) || !strncmp(argument, "--v=", 4);
}

static const char *value_of(const char *argument, const char *flag)
{
    size_t length = strlen(flag);
    if (strncmp(argument, flag, length) || (argument[length] && argument[length] != '='))
        return NULL;
    return argument[length] ? argument + length + 1 : "true";
}

static int refuse_gbench(const char *argument, char *error)
{
    static const struct {
        const char *flag, *reason;
    } refused[] = {
        {"--benchmark_min_time", "a cell runs once to its size; choose --entries instead"},
        {"--benchmark_min_warmup_time", "a warm heap is --heap=warm"},
        {"--benchmark_perf_counters",
         "they would count the parent, not the measured process; run perf on 'growbench cell ID'"},
        {"--benchmark_out", "the run folder has benchmark.json; choose the folder with --out"},
        {"--benchmark_out_format", "the run folder has benchmark.json"},
        {"--benchmark_list_tests", "use 'growbench list'"},
        {"--benchmark_context", "the context is the environment"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (value_of(argument, refused[i].flag))
            return sentence_fail(error, EINVAL, "%s does not apply here: %s", refused[i].flag,
                                 refused[i].reason);
    return sentence_fail(error, EINVAL, "unknown Google Benchmark flag '%.100s'", argument);
}

static int take_gbench(struct spec *spec, const char *argument, char *error)
{
    static const char *const passed[] = {"--benchmark_report_aggregates_only",
                                         "--benchmark_display_aggregates_only",
                                         "--benchmark_color",
                                         "--benchmark_counters_tabular",
                                         "--benchmark_time_unit",
                                         "--v"};
    const char *value = value_of(argument, "--benchmark_filter");
    if (value && strlen(value) >= sizeof spec->filter)
        return sentence_fail(error, EINVAL, "the filter is too long: at most %zu bytes",
                             sizeof spec->filter - 1);
    if (value) {
        snprintf(spec->filter, sizeof spec->filter, "%s", value);
        return 0;
    }
    value = value_of(argument, "--benchmark_repetitions");
    if (value)
        return set_reps(spec, value, error);
    value = value_of(argument, "--benchmark_enable_random_interleaving");
    if (value) {
        spec->shuffle = strcmp(value, "false") && strcmp(value, "0");
        return 0;
    }
    bool known = value_of(argument, "--benchmark_format");
    spec->gbench_prints |= known;
    for (size_t i = 0; !known && i < sizeof passed / sizeof *passed; i++)
        known = value_of(argument, passed[i]);
    if (!known)
        return refuse_gbench(argument, error);
    if (spec->gbench_argument_count == SPEC_LIST_MAX - 1)
        return sentence_fail(error, EINVAL, "too many Google Benchmark flags");
    spec->gbench_arguments[spec->gbench_argument_count++] = argument;
    return 0;
}

bool spec_may_store(const char *argument)
{
    const size_t length = strcspn(argument, "=");
    if (is_gbench(argument))
        return true;
    if (strncmp(argument, "--", 2))
        return false;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_row *row = &option_rows[i];
        if (row->set == set_out || row->set == set_resume || strlen(row->name) != length - 2 ||
            memcmp(row->name, argument + 2, length - 2))
            continue;
        return (row->argument != NULL) == (argument[length] == '=');
    }
    return false;
}

/* ---- the command line ---- */

struct parse_input {
    struct spec *spec;
    char *error;
    bool helped;
};

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
    struct parse_input *input = state->input;
    if (key >= OPTION_KEY && key < OPTION_KEY + (int)OPTION_COUNT)
        return set_row(input->spec, &option_rows[key - OPTION_KEY], argument, input->error);
    switch (key) {
    case OPTION_KEY_HELP:
        argp_state_help(state, stdout,
                        ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC);
        input->helped = true;
        return ECANCELED;
    case ARGP_KEY_ARG:
        return sentence_fail(input->error, EINVAL, "'%.100s' is not an option: write --alloc=%.60s", argument,
                             argument);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int check_whole(struct spec *spec, char *error)
{
    if (spec->resume && !*spec->out)
        return sentence_fail(error, EINVAL, "--resume needs the folder of the run: --out=DIR");
    return 0;
}

int spec_parse(struct spec *spec, int argc, char **argv, char *error)
{
    struct argp_option options[OPTION_COUNT + 2] = {{0}};
    for (size_t i = 0; i < OPTION_COUNT; i++)
        options[i] = (struct argp_option){.name = option_rows[i].name,
                                          .key = OPTION_KEY + (int)i,
                                          .arg = option_rows[i].argument,
                                          .doc = option_rows[i].help,
                                          .group = 1};
    options[OPTION_COUNT] =
        (struct argp_option){.name = "help", .key = OPTION_KEY_HELP, .doc = "this list", .group = -1};
    const struct argp argp = {
        .options = options,
        .parser = parse_option,
        .doc = "Measures a matrix of workloads, tables and allocators, one fresh process each.\v"
               "Google Benchmark's --benchmark_filter, _repetitions, _enable_random_interleaving, _format "
               "and the "
               "display flags work too. Lists are separated by commas.",
    };

    /* Google Benchmark's flags are not argp's; the rest keeps its order. */
    char *kept[1024];
    int kept_count = 0;
    for (int i = 0; i < argc; i++) {
        if (i && is_gbench(argv[i])) {
            if (take_gbench(spec, argv[i], error))
                return EINVAL;
        } else if (kept_count < 1023) {
            kept[kept_count++] = argv[i];
        } else {
            return sentence_fail(error, EINVAL, "more than 1,022 arguments");
        }
    }
    kept[kept_count] = NULL;
    char name[] = "growbench run"; /* as getopt and argp call the program */
    kept[0] = name;
    struct parse_input input = {.spec = spec, .error = error};
    *error = 0;
    int failed = argp_parse(&argp, kept_count, kept, ARGP_NO_EXIT | ARGP_NO_HELP, NULL, &input);
    if (input.helped)
        return ECANCELED;
    return failed ? EINVAL : check_whole(spec, error);
}
