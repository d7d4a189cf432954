/* SPDX-License-Identifier: MIT
 *
 * `growbench losses`: where the region loses, measured (harness/commands/losses.h).
 *
 * Every case of every allocator runs in a fresh process; allocators take turns within a repetition, so that
 * what drifts on the machine drifts for all. A process of this command measures when it is given --measure.
 */
#include "allocators/malloc.h"
#include "harness/commands/commands.h"
#include "harness/commands/losses.h"
#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/request/catalog.h"
#include "harness/run/spawn.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPETITIONS_MAX = 100, REPETITIONS_DEFAULT = 5, TIME_LIMIT_SECONDS = 300, THREADS_DEFAULT_MAX = 4 };

static const uint64_t smallest_bytes = 4 << 20, largest_bytes = (uint64_t)4 << 30;

struct losses {
    uint64_t bytes, repetitions, threads;
    struct spec_names allocators;
    const char *measured_case;
    struct catalog catalog;
    double (*values)[LOSSES_METRIC_COUNT][REPETITIONS_MAX]; /* by allocator; NaN = absent, infinity = OOM */
};

static enum exit_code usage(const char *sentence)
{
    fprintf(stderr, "growbench: %s\n", sentence);
    return EXIT_USAGE;
}

static enum exit_code parse(struct losses *losses, int argc, char **argv)
{
    static const char *const defaults[] = {"glibc",    "mimalloc", "jemalloc",
                                           "tcmalloc", "mremap",   "mremap_move"};
    char error[SENTENCE_BYTES] = "";
    struct spec *spec = calloc(1, sizeof *spec);
    if (!spec)
        return EXIT_HARNESS;
    enum exit_code code = EXIT_FINE;
    for (int i = 1; i < argc && !code; i++) {
        const char *value = strchr(argv[i], '=') ? strchr(argv[i], '=') + 1 : "";
        bool known = true;
        if (!strncmp(argv[i], "--bytes=", 8))
            known = !units_parse_count(value, &losses->bytes);
        else if (!strncmp(argv[i], "--reps=", 7))
            known = !units_parse_count(value, &losses->repetitions);
        else if (!strncmp(argv[i], "--threads=", 10))
            known = !units_parse_count(value, &losses->threads);
        else if (!strncmp(argv[i], "--measure=", 10))
            losses->measured_case = value;
        else if (!strncmp(argv[i], "--alloc=", 8))
            code = spec_set(spec, "alloc", value, error) ? usage(error) : EXIT_FINE;
        else
            known = false;
        if (!known) {
            fprintf(stderr, "growbench: losses takes --alloc=, --bytes=, --reps= and --threads=, not '%s'\n",
                    argv[i]);
            code = EXIT_USAGE;
        }
    }
    losses->allocators = spec->allocators;
    free(spec);
    for (size_t i = 0; !losses->allocators.count && i < sizeof defaults / sizeof *defaults; i++)
        snprintf(losses->allocators.items[i].name, CELL_NAME_BYTES, "%s", defaults[i]);
    if (!losses->allocators.count)
        losses->allocators.count = sizeof defaults / sizeof *defaults;
    if (code)
        return code;
    if (losses->bytes < smallest_bytes || losses->bytes > largest_bytes ||
        (losses->bytes & (losses->bytes - 1)))
        return usage("losses needs --bytes= to be a power of two from 4MiB to 4GiB");
    if (!losses->repetitions || losses->repetitions > REPETITIONS_MAX)
        return usage("losses needs --reps= from 1 to 100");
    if (!losses->threads || losses->threads > 64)
        return usage("losses needs --threads= from 1 to 64");
    return EXIT_FINE;
}

/* ---- the measured process ---- */

static const struct allocator *find_allocator(const char *name)
{
    for (const struct allocator *const *row = allocator_registry; *row; row++)
        if (!strcmp((*row)->name, name))
            return *row;
    return &allocator_malloc_preloaded;
}

static enum exit_code measure_here(const struct losses *losses)
{
    double metrics[LOSSES_METRIC_COUNT];
    int what = cell_find_word(losses_case_names, losses->measured_case, strlen(losses->measured_case));
    if (what < 0 || losses->allocators.count != 1)
        return usage("losses --measure= takes again, threads, arrays or snapshot, and one --alloc=");
    for (int m = 0; m < LOSSES_METRIC_COUNT; m++)
        metrics[m] = NAN;
    alarm(TIME_LIMIT_SECONDS);
    int error = losses_measure((enum losses_case)what, find_allocator(losses->allocators.items[0].name),
                               losses->bytes, (unsigned)losses->threads, metrics);
    for (int m = 0; m < LOSSES_METRIC_COUNT; m++) {
        if (losses_rows[m].of != (enum losses_case)what)
            continue;
        if (error == ENOMEM) /* a result: so many blocks, or so large ones, the allocator cannot give */
            metrics[m] = INFINITY;
        if (!isnan(metrics[m]))
            printf("%d %.17g\n", m, metrics[m]);
    }
    return EXIT_FINE;
}

/* ---- who asks ---- */

static void become_measured(const struct losses *losses, const struct catalog_allocator *allocator,
                            const char *what, int output_fd)
{
    char measure[40], alloc[CELL_NAME_BYTES + 16], bytes[48], threads[48];
    snprintf(measure, sizeof measure, "--measure=%s", what);
    snprintf(alloc, sizeof alloc, "--alloc=%s", allocator->name);
    if (allocator->preloaded && allocator->row.name == allocator_malloc_preloaded.name)
        snprintf(alloc, sizeof alloc, "--alloc=glibc"); /* by malloc(3), which is preloaded */
    snprintf(bytes, sizeof bytes, "--bytes=%" PRIu64, losses->bytes);
    snprintf(threads, sizeof threads, "--threads=%" PRIu64, losses->threads);
    char *const arguments[] = {
        (char *)(uintptr_t) "growbench", (char *)(uintptr_t) "losses", measure, alloc, bytes, threads, NULL};
    const struct cell cell = {CELL_STANDING, .entries = 1};
    dup2(output_fd, STDOUT_FILENO);
    if (spawn_prepare_exec(&allocator->row, &cell, allocator->preloaded ? allocator->library : NULL))
        execv("/proc/self/exe", arguments);
    _exit(127);
}

static int measure_once(struct losses *losses, size_t a, enum losses_case what, uint64_t repetition)
{
    int ends[2];
    if (pipe(ends))
        return errno;
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) {
        close(ends[0]);
        become_measured(losses, &losses->catalog.allocators[a], losses_case_names[what], ends[1]);
    }
    close(ends[1]);
    FILE *in = pid > 0 ? fdopen(ends[0], "r") : NULL;
    int metric, status = -1;
    double value;
    while (in && fscanf(in, "%d %lf", &metric, &value) == 2)
        if (metric >= 0 && metric < LOSSES_METRIC_COUNT)
            losses->values[a][metric][repetition] = value;
    if (in)
        fclose(in);
    else
        close(ends[0]);
    if (pid > 0)
        waitpid(pid, &status, 0);
    return status == 0 ? 0 : ECHILD;
}

struct spread {
    size_t count; /* processes that have the figure */
    double low, median, high;
};

static struct spread spread_of(const struct losses *losses, size_t a, int metric)
{
    double sorted[REPETITIONS_MAX];
    struct spread spread = {0};
    for (uint64_t r = 0; r < losses->repetitions; r++)
        if (!isnan(losses->values[a][metric][r]))
            sorted[spread.count++] = losses->values[a][metric][r];
    if (spread.count) {
        spread.median = statistics_median(sorted, spread.count); /* sorts */
        spread.low = sorted[0];
        spread.high = sorted[spread.count - 1];
    }
    return spread;
}

static void print_cell(const struct losses *losses, size_t a, int metric)
{
    const struct spread s = spread_of(losses, a, metric);
    char text[64] = "-";
    double farthest = s.median > 0 ? fmax(s.high - s.median, s.median - s.low) / s.median : 0;
    if (s.count && isinf(s.high))
        snprintf(text, sizeof text, "OOM");
    else if (s.count)
        snprintf(text, sizeof text, "%.*f +-%.0f%%", s.median < 100 ? 2 : 0, s.median, farthest * 100);
    printf(" %13s", text);
}

/* Where the region is more than a tenth above the best of the others, and their processes do not overlap. */
static void print_losses(const struct losses *losses)
{
    const struct catalog_allocator *region = catalog_allocator_of(&losses->catalog, "mremap");
    if (!region)
        return;
    printf("\n  less is better; mremap loses, by more than a tenth and more than the spread, in\n");
    bool any = false;
    for (int m = 0; m < LOSSES_METRIC_COUNT; m++) {
        const struct spread own = spread_of(losses, (size_t)(region - losses->catalog.allocators), m);
        struct spread best = {0};
        const char *name = "";
        for (size_t a = 0; a < losses->catalog.allocator_count; a++) {
            const struct spread other = spread_of(losses, a, m);
            if (&losses->catalog.allocators[a] == region || !other.count ||
                (best.count && other.median >= best.median))
                continue;
            best = other;
            name = losses->catalog.allocators[a].name;
        }
        if (!own.count || !best.count || own.low <= best.high || own.median <= 1.1 * best.median)
            continue;
        any = true;
        printf("    %s: %.3g against %.3g (%s)\n", losses_rows[m].text, own.median, best.median, name);
    }
    if (!any)
        printf("    nothing here\n");
}

static bool is_any_refused(const struct losses *losses)
{
    for (size_t a = 0; a < losses->catalog.allocator_count; a++)
        for (int m = 0; m < LOSSES_METRIC_COUNT; m++)
            for (uint64_t r = 0; r < losses->repetitions; r++)
                if (isinf(losses->values[a][m][r]))
                    return true;
    return false;
}

static void print_table(const struct losses *losses)
{
    char bytes[UNITS_TEXT_BYTES];
    printf("where the region loses: %s of payload, %" PRIu64 " threads; median and farthest of %" PRIu64
           " process(es) each, taking turns\n\n  %-55s",
           units_format_bytes(bytes, (double)losses->bytes), losses->threads, losses->repetitions, "");
    for (size_t a = 0; a < losses->catalog.allocator_count; a++)
        printf(" %13s", losses->catalog.allocators[a].name);
    printf("\n  %-55s", "");
    for (size_t a = 0; a < losses->catalog.allocator_count; a++) {
        const struct catalog_allocator *allocator = &losses->catalog.allocators[a];
        printf(" %13s", allocator->row.properties & ALLOCATOR_IS_MALLOC ? allocator->version : "");
    }
    printf("\n");
    for (int m = 0; m < LOSSES_METRIC_COUNT; m++) {
        printf("  %-55s", losses_rows[m].text);
        for (size_t a = 0; a < losses->catalog.allocator_count; a++)
            print_cell(losses, a, m);
        printf("\n");
    }
    if (is_any_refused(losses))
        printf("  OOM: refused memory, or one mapping more than vm.max_map_count, in at least one process\n");
    for (size_t a = 0; a < losses->catalog.allocator_count; a++)
        if (!losses->catalog.allocators[a].available)
            printf("  SKIP %s: %s\n", losses->catalog.allocators[a].name,
                   losses->catalog.allocators[a].reason);
}

static enum exit_code measure_all(struct losses *losses)
{
    const struct catalog *catalog = &losses->catalog;
    for (uint64_t r = 0; r < losses->repetitions; r++)
        for (int what = 0; what < LOSSES_CASE_COUNT; what++)
            for (size_t i = 0; i < catalog->allocator_count; i++) {
                size_t a = r % 2 ? catalog->allocator_count - 1 - i : i;
                if (!catalog->allocators[a].available)
                    continue;
                if (isatty(STDERR_FILENO))
                    fprintf(stderr, "\r%" PRIu64 " of %" PRIu64 ": %-10s %-24s", r + 1, losses->repetitions,
                            losses_case_names[what], catalog->allocators[a].name);
                int error = measure_once(losses, a, (enum losses_case)what, r);
                if (error) {
                    fprintf(stderr,
                            "\ngrowbench: the process of '%s' on %s ended badly; is %" PRIu64
                            " bytes too much for this machine? (--bytes=)\n",
                            losses_case_names[what], catalog->allocators[a].name, losses->bytes);
                    return EXIT_HARNESS;
                }
            }
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-60s\r", "");
    print_table(losses);
    print_losses(losses);
    return EXIT_FINE;
}

static enum exit_code prepare(struct losses *losses)
{
    char error[SENTENCE_BYTES] = "";
    if (catalog_choose(&losses->catalog, &losses->allocators, &(struct spec_names){0}, error) ||
        catalog_probe(&losses->catalog, error))
        return usage(error);
    for (size_t a = 0; a < losses->catalog.allocator_count; a++)
        if (*losses->catalog.allocators[a].library && !losses->catalog.allocators[a].preloaded)
            return usage("losses takes registered allocators and malloc libraries, no back end of yours");
    losses->values = malloc(losses->catalog.allocator_count * sizeof *losses->values);
    if (!losses->values)
        return EXIT_HARNESS;
    for (size_t a = 0; a < losses->catalog.allocator_count; a++)
        for (int m = 0; m < LOSSES_METRIC_COUNT; m++)
            for (int r = 0; r < REPETITIONS_MAX; r++)
                losses->values[a][m][r] = NAN;
    return EXIT_FINE;
}

/* Of the CPUs that this process may run on: threads that wait for a CPU would look like threads that wait for
 * a lock. */
static uint64_t default_threads(void)
{
    cpu_set_t allowed;
    int cpus = sched_getaffinity(0, sizeof allowed, &allowed) ? 1 : CPU_COUNT(&allowed);
    return cpus < THREADS_DEFAULT_MAX ? (uint64_t)cpus : THREADS_DEFAULT_MAX;
}

enum exit_code command_losses(int argc, char **argv)
{
    struct losses *losses = calloc(1, sizeof *losses);
    if (!losses)
        return EXIT_HARNESS;
    losses->bytes = 256 << 20;
    losses->repetitions = REPETITIONS_DEFAULT;
    losses->threads = default_threads();
    enum exit_code code = parse(losses, argc, argv);
    if (!code && losses->measured_case)
        code = measure_here(losses);
    else if (!code && !(code = prepare(losses)))
        code = measure_all(losses);
    free(losses->values);
    free(losses);
    return code;
}
