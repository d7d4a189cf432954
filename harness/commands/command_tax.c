/* SPDX-License-Identifier: MIT
 *
 * `growbench tax`: what the harness itself costs.
 *
 * fill/linear_rebuild on glibc in the harness's child against the same loop in a bare main (harness/bare),
 * two processes that take turns in chunks, the order alternating. Chunks of one process are not independent,
 * so each pair of processes gives one ratio and the interval is taken over the pairs. Two figures a mode:
 *   whole     everything the child spends, its readings of memory included
 *   reported  what the child's own figures say the operations cost, readings taken out
 * And the time of an empty cell: spawn, set-up, tear-down.
 */
#include "harness/commands/commands.h"
#include "harness/common/clock.h"
#include "harness/common/files.h"
#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/run/spawn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 50000, PAIRS_MAX = 200, SPAWN_COUNT = 50 };

static const double tax_limit_ratio = 1.02, spawn_limit_ns = 20e6;

struct tax {
    uint64_t pairs, entries;
    double ns_per_tick;
    char bare_program[1024];
};

struct pair {
    double whole_ratio, reported_ratio;
};

static struct cell tax_cell(const char *table, const char *allocator, uint64_t entries, enum cell_mode mode)
{
    struct cell cell = {CELL_STANDING, .entries = entries, .mode = mode, .seed = CELL_SEED_DEFAULT};
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    return cell;
}

static struct spawn_options tax_options(const struct record_setup *setup, const struct budget_root *root)
{
    return (struct spawn_options){.allocator = allocator_registry[0],
                                  .setup = setup,
                                  .budget_root = root,
                                  .budget_bytes = (uint64_t)4 << 30,
                                  .timeout_seconds = 300,
                                  .signal_fd = -1};
}

/* One turn; false when that side has come to its end or died. */
static bool take_turn(struct spawned *side, uint64_t *ticks)
{
    struct child_reply reply = {0};
    bool goes_on = spawn_command(side, (struct child_command){CHILD_RUN, CHUNK}, &reply) == SPAWN_REPLIED;
    *ticks += reply.elapsed_ticks;
    return goes_on;
}

static int run_pair(const struct tax *tax, enum cell_mode mode, bool bare_first, struct pair *pair)
{
    const struct cell cell = tax_cell("linear_rebuild", "glibc", tax->entries, mode);
    const struct record_setup setup = {.ns_per_tick = tax->ns_per_tick};
    const struct budget_root root = {.kind = BUDGET_WATCHDOG};
    struct spawn_options options = tax_options(&setup, &root), bare_options = options;
    char entries[24];
    snprintf(entries, sizeof entries, "%" PRIu64, tax->entries);
    const char *const bare_arguments[] = {"growbench-bare", mode == CELL_LATENCY ? "single" : "batched",
                                          entries, NULL};
    bare_options.program = tax->bare_program;
    bare_options.arguments = bare_arguments;

    struct spawned *sides = calloc(2, sizeof *sides); /* [0] harness, [1] bare */
    if (!sides || spawn_start(&sides[0], &cell, &options) || spawn_start(&sides[1], &cell, &bare_options)) {
        free(sides);
        return EAGAIN;
    }
    struct child_reply reply;
    uint64_t ticks[2] = {0, 0}, chunks = tax->entries / CHUNK;
    bool fine = spawn_command(&sides[0], (struct child_command){CHILD_OPEN, 0}, &reply) == SPAWN_REPLIED;
    for (uint64_t chunk = 0; fine && chunk < chunks; chunk++) {
        int first = (chunk % 2 == 0) == bare_first;
        fine = take_turn(&sides[first], &ticks[first]) && take_turn(&sides[!first], &ticks[!first]);
    }
    pair->whole_ratio = (double)ticks[0] / (double)ticks[1];
    pair->reported_ratio = (double)sides[0].record->operation_ns / ((double)ticks[1] * tax->ns_per_tick);
    for (int i = 0; i < 2; i++) {
        spawn_end(&sides[i]);
        spawn_close(&sides[i]);
    }
    free(sides);
    return fine ? 0 : ECHILD;
}

static void print_interval(const char *mode, const char *what, const double *ratios, size_t count)
{
    struct statistics_interval i = statistics_ratio_interval(ratios, count);
    printf("  %-12s %-10s %+6.2f %%   95 %% interval %+6.2f to %+6.2f %%   (%zu process pairs)\n", mode, what,
           (i.mean - 1) * 100, (i.low - 1) * 100, (i.high - 1) * 100, count);
}

/* Returns the upper end of the interval of the whole cost, or a negative number when a pair failed. */
static double measure_mode(const struct tax *tax, enum cell_mode mode)
{
    double whole[PAIRS_MAX], reported[PAIRS_MAX];
    for (uint64_t i = 0; i < tax->pairs; i++) {
        struct pair pair;
        int error = run_pair(tax, mode, i % 2, &pair);
        if (error) {
            fprintf(stderr, "growbench: a pair of processes failed: %s\n", strerror(error));
            return -1;
        }
        whole[i] = pair.whole_ratio;
        reported[i] = pair.reported_ratio;
    }
    print_interval(cell_mode_names[mode], "whole", whole, tax->pairs);
    print_interval(cell_mode_names[mode], "reported", reported, tax->pairs);
    fflush(stdout);
    return statistics_ratio_interval(whole, tax->pairs).high;
}

static double spawn_median_ns(const struct tax *tax)
{
    const struct cell cell = tax_cell("null", "null", 1, CELL_THROUGHPUT);
    const struct record_setup setup = {.ns_per_tick = tax->ns_per_tick};
    struct budget_root root;
    budget_find_root(&root, false);
    const struct spawn_options options = tax_options(&setup, &root);
    struct spawned *child = malloc(sizeof *child);
    double values[SPAWN_COUNT];
    size_t count = 0;
    while (child && count < SPAWN_COUNT) {
        double start_seconds = clock_seconds();
        if (spawn_start(child, &cell, &options))
            break;
        spawn_run_whole(child);
        spawn_end(child);
        spawn_close(child);
        values[count++] = (clock_seconds() - start_seconds) * 1e9;
    }
    free(child);
    return statistics_median(values, count);
}

static enum exit_code parse(struct tax *tax, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        uint64_t *into = !strncmp(argv[i], "--pairs=", 8)      ? &tax->pairs
                         : !strncmp(argv[i], "--entries=", 10) ? &tax->entries
                                                               : NULL;
        if (!into || units_parse_count(strchr(argv[i], '=') + 1, into)) {
            fprintf(stderr, "growbench: tax takes --pairs=N and --entries=N, not '%s'\n", argv[i]);
            return EXIT_USAGE;
        }
    }
    if (tax->pairs < 2 || tax->pairs > PAIRS_MAX || tax->entries < 10 * CHUNK) {
        fprintf(stderr, "growbench: tax needs 2 to %d pairs and at least %d entries\n", PAIRS_MAX,
                10 * CHUNK);
        return EXIT_USAGE;
    }
    return EXIT_FINE;
}

enum exit_code command_tax(int argc, char **argv)
{
    struct tax tax = {.pairs = 12, .entries = ((uint64_t)1 << 23) + 1};
    enum exit_code code = parse(&tax, argc, argv);
    if (code)
        return code;
    char folder[900] = "";
    if (!files_program_folder(folder, sizeof folder))
        return EXIT_HARNESS;
    snprintf(tax.bare_program, sizeof tax.bare_program, "%s/growbench-bare", folder);
    if (access(tax.bare_program, X_OK)) {
        fprintf(stderr, "growbench: the control program '%s' is missing: 'make all' builds it\n",
                tax.bare_program);
        return EXIT_HARNESS;
    }
    tax.ns_per_tick = clock_calibrate_ns_per_tick();
    printf("harness against a bare loop: fill/linear_rebuild/glibc, %" PRIu64 " entries, turns of %d\n",
           tax.entries, CHUNK);
    fflush(stdout);
    double throughput = measure_mode(&tax, CELL_THROUGHPUT), latency = measure_mode(&tax, CELL_LATENCY);
    double spawn_ns = spawn_median_ns(&tax);
    char text[UNITS_TEXT_BYTES];
    printf("  an empty cell, from fork to the end of its record: median %s of %d\n",
           units_format_duration(text, spawn_ns), SPAWN_COUNT);
    if (throughput < 0 || latency < 0)
        return EXIT_HARNESS;
    bool cheap = throughput <= tax_limit_ratio, quick = spawn_ns <= spawn_limit_ns;
    printf("  throughput mode's upper end is %s 2 %%; an empty cell takes %s 20 ms\n",
           cheap ? "within" : "ABOVE", quick ? "at most" : "MORE THAN");
    return cheap && quick ? EXIT_FINE : EXIT_REGRESSED;
}
