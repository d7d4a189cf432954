/* SPDX-License-Identifier: MIT
 *
 * How often would the gate have cried wolf? Reads the duel.json files of live duels of a program with itself, puts
 * sessions together from their process pairs, and judges those as a duel does.
 *
 *     gate-resample [--sessions=1000] [--seed=1] FOLDER|duel.json...
 *
 * Each cell draws whole process pairs, with all their figures, with replacement from all pairs of that cell in all
 * files, and swaps the sides of each by the toss of a coin: whatever comes out as a change is a false alarm. The look
 * schedule is the duel's (schedule.h); controls are left out, which can only make it cry more.
 * The bound it prints is that of the draws. That few live sessions stand for all that a machine can do is not in it;
 * what a session has in common, drift between its pairs or a bad hour, is lost when pairs are mixed: therefore the
 * live sessions are counted apart and come first.
 */
#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/testing/draws.h"
#include "harness/testing/schedule.h"

#include <jansson.h>
#include <stdio.h>
#include <sys/stat.h>

enum { CELLS_MAX = 256, PATH_BYTES = 4096, EXIT_FINE = 0, EXIT_USAGE = 2, EXIT_ERROR = 5 };

/* All pairs of one figure of a cell; NaN where a pair has none. */
struct pool_series {
    const struct gate_metric *metric;
    uint64_t step_entries;
    double *values[GATE_SIDES];
};

struct pool {
    char *id;
    size_t pairs, capacity, series_count;
    struct pool_series *series;
    double (*drawn)[GATE_SIDES][GATE_PAIRS_MAX]; /* of the session at work, for each series */
};

struct study {
    size_t files, cell_count;
    struct pool pools[CELLS_MAX];
    struct schedule_cell cells[CELLS_MAX];
    struct draws draws;
    size_t sessions, alarms, exact_alarms, inconclusive;
    double pairs;
    size_t *alarms_of, *inconclusive_of; /* sessions, by metric */
};

static void *must(void *memory)
{
    if (!memory) {
        fprintf(stderr, "gate-resample: out of memory\n");
        exit(EXIT_ERROR);
    }
    return memory;
}

static void refuse(const char *path, const char *what)
{
    fprintf(stderr, "gate-resample: %s: %s\n", path, what);
    exit(EXIT_USAGE);
}

/* ---- reading ---- */

static struct pool *find_pool(struct study *study, const char *path, const char *id)
{
    for (size_t i = 0; i < study->cell_count; i++)
        if (!strcmp(study->pools[i].id, id))
            return &study->pools[i];
    if (study->cell_count == CELLS_MAX)
        refuse(path, "more than 256 cells");
    struct pool *pool = &study->pools[study->cell_count++];
    pool->id = must(strdup(id));
    return pool;
}

static struct pool_series *find_series(struct pool *pool, const struct gate_metric *metric,
                                       uint64_t step_entries)
{
    for (size_t i = 0; i < pool->series_count; i++)
        if (pool->series[i].metric == metric && pool->series[i].step_entries == step_entries)
            return &pool->series[i];
    pool->series = must(realloc(pool->series, (pool->series_count + 1) * sizeof *pool->series));
    struct pool_series *series = &pool->series[pool->series_count++];
    *series = (struct pool_series){.metric = metric, .step_entries = step_entries};
    for (int side = 0; side < GATE_SIDES; side++) {
        series->values[side] = must(malloc((pool->capacity + 1) * sizeof(double)));
        for (size_t i = 0; i < pool->capacity; i++)
            series->values[side][i] = NAN;
    }
    return series;
}

static void make_room(struct pool *pool, size_t pairs)
{
    for (size_t i = 0; i < pool->series_count; i++)
        for (int side = 0; side < GATE_SIDES; side++) {
            double **values = &pool->series[i].values[side];
            *values = must(realloc(*values, (pairs + 1) * sizeof **values));
            for (size_t pair = pool->capacity; pair < pairs; pair++)
                (*values)[pair] = NAN;
        }
    pool->capacity = pairs;
}

static void read_metric(const char *path, struct pool *pool, const json_t *json, size_t pairs)
{
    static const char *const sides[] = {"base", "candidate"};
    const char *name = json_string_value(json_object_get(json, "name"));
    const struct gate_metric *metric = name ? gate_metric_find(name) : NULL;
    if (!metric)
        refuse(path, "a metric that the gate does not know");
    struct pool_series *series =
        find_series(pool, metric, (uint64_t)json_integer_value(json_object_get(json, "step_entries")));
    for (int side = 0; side < GATE_SIDES; side++) {
        const json_t *values = json_object_get(json, sides[side]);
        if (!json_is_array(values) || json_array_size(values) != pairs)
            refuse(path, "a metric with other than one value a pair");
        for (size_t i = 0; i < pairs; i++) {
            const json_t *value = json_array_get(values, i);
            series->values[side][pool->pairs + i] = json_is_number(value) ? json_number_value(value) : NAN;
        }
    }
}

static void read_cell(struct study *study, const char *path, const json_t *json)
{
    const char *id = json_string_value(json_object_get(json, "id"));
    const json_t *metrics = json_object_get(json, "metrics"), *metric;
    const json_int_t pairs = json_integer_value(json_object_get(json, "pairs"));
    if (!id || !json_is_array(metrics) || pairs < 0 || pairs > GATE_PAIRS_MAX)
        refuse(path, "a cell without id, metrics, or a number of pairs up to 384");
    if (!pairs || json_is_true(json_object_get(json, "control")))
        return;
    struct pool *pool = find_pool(study, path, id);
    make_room(pool, pool->pairs + (size_t)pairs);
    size_t i;
    json_array_foreach(metrics, i, metric) read_metric(path, pool, metric, (size_t)pairs);
    pool->pairs += (size_t)pairs;
}

static void read_file(struct study *study, const char *argument)
{
    char path[PATH_BYTES];
    struct stat status;
    const bool folder = !stat(argument, &status) && S_ISDIR(status.st_mode);
    snprintf(path, sizeof path, "%s%s", argument, folder ? "/duel.json" : "");
    json_error_t error;
    json_t *json = json_load_file(path, 0, &error);
    if (!json)
        refuse(path, error.text);
    const json_t *cells = json_object_get(json, "cells"), *cell;
    if (!json_is_array(cells))
        refuse(path, "no \"cells\": not a duel.json");
    size_t i;
    json_array_foreach(cells, i, cell) read_cell(study, path, cell);
    json_decref(json);
    study->files++;
}

/* ---- sessions ---- */

static void open_cells(struct study *study)
{
    for (size_t c = 0; c < study->cell_count; c++) {
        struct pool *pool = &study->pools[c];
        struct schedule_cell *cell = &study->cells[c];
        cell->series_count = pool->series_count;
        cell->series = must(calloc(pool->series_count + 1, sizeof *cell->series));
        cell->findings = must(calloc(pool->series_count + 1, sizeof *cell->findings));
        pool->drawn = must(calloc(pool->series_count + 1, sizeof *pool->drawn));
        for (size_t s = 0; s < pool->series_count; s++)
            cell->series[s] =
                (struct gate_series){.metric = pool->series[s].metric,
                                     .step_entries = pool->series[s].step_entries,
                                     .class = pool->series[s].metric->class,
                                     .paired = true,
                                     .values = {pool->drawn[s][GATE_BASE], pool->drawn[s][GATE_CANDIDATE]}};
    }
}

static void draw_pair(void *context, struct schedule_cell *cell, size_t pair)
{
    struct study *study = context;
    struct pool *pool = &study->pools[cell - study->cells];
    const size_t from = draws_below(&study->draws, pool->pairs), swap = draws_below(&study->draws, 2);
    for (size_t s = 0; s < pool->series_count; s++)
        for (size_t side = 0; side < GATE_SIDES; side++)
            pool->drawn[s][side][pair] = pool->series[s].values[side ^ swap][from];
}

static void count_session(struct study *study, bool *alarm_of, bool *open_of)
{
    memset(alarm_of, 0, gate_metric_count);
    memset(open_of, 0, gate_metric_count);
    bool alarm = false, exact = false, open = false;
    for (size_t c = 0; c < study->cell_count; c++) {
        const struct schedule_cell *cell = &study->cells[c];
        study->pairs += (double)cell->pairs;
        for (size_t s = 0; s < cell->series_count; s++) {
            const struct gate_series *series = &cell->series[s];
            const bool change = schedule_is_change(&cell->findings[s]),
                       unclear = cell->findings[s].verdict == GATE_INCONCLUSIVE;
            const size_t metric = (size_t)(series->metric - gate_metrics);
            if (!series->metric->decides)
                continue;
            exact |= change && series->class == GATE_EXACT;
            alarm |= change && series->class != GATE_EXACT;
            open |= unclear;
            alarm_of[metric] |= change;
            open_of[metric] |= unclear;
        }
    }
    study->alarms += alarm;
    study->exact_alarms += exact;
    study->inconclusive += open && !alarm && !exact;
    for (size_t m = 0; m < gate_metric_count; m++) {
        study->alarms_of[m] += alarm_of[m];
        study->inconclusive_of[m] += open_of[m];
    }
}

static int run_sessions(struct study *study, uint64_t seed)
{
    bool *flags = must(calloc(2 * gate_metric_count, sizeof *flags));
    study->alarms_of = must(calloc(2 * gate_metric_count, sizeof *study->alarms_of));
    study->inconclusive_of = study->alarms_of + gate_metric_count;
    int error = 0;
    for (size_t i = 0; i < study->sessions && !error; i++) {
        study->draws = (struct draws){.seed = keys_random(seed, i)};
        for (size_t c = 0; c < study->cell_count; c++) {
            study->cells[c].pairs = study->cells[c].found_pairs = 0;
            study->cells[c].decided = false;
        }
        error = schedule_run(study->cells, study->cell_count, draw_pair, study);
        count_session(study, flags, flags + gate_metric_count);
    }
    free(flags);
    return error;
}

/* ---- the answer ---- */

static void print_share(const char *what, size_t events, size_t trials)
{
    printf("%-16s %zu of %zu (%.2f %%, upper 95 %% bound %.2f %%)\n", what, events, trials,
           100. * (double)events / (double)trials, 100 * statistics_share_upper(events, trials, 0.95));
}

static void print(const struct study *study)
{
    size_t pairs = 0;
    for (size_t c = 0; c < study->cell_count; c++)
        pairs += study->pools[c].pairs;
    printf(
        "sessions         %zu of %zu cells, drawn from %zu process pairs in %zu files; %.1f pairs a cell\n",
        study->sessions, study->cell_count, pairs, study->files,
        study->pairs / (double)study->sessions / (double)study->cell_count);
    print_share("false alarms", study->alarms, study->sessions);
    print_share("by exact metrics", study->exact_alarms, study->sessions);
    print_share("inconclusive", study->inconclusive, study->sessions);
    for (size_t m = 0; m < gate_metric_count; m++)
        if (study->alarms_of[m] || study->inconclusive_of[m])
            printf("  %-24s %zu false alarms, %zu inconclusive\n", gate_metrics[m].name, study->alarms_of[m],
                   study->inconclusive_of[m]);
}

static void close_study(struct study *study)
{
    for (size_t c = 0; c < study->cell_count; c++) {
        struct pool *pool = &study->pools[c];
        for (size_t s = 0; s < pool->series_count; s++)
            for (int side = 0; side < GATE_SIDES; side++)
                free(pool->series[s].values[side]);
        free(pool->series);
        free(pool->drawn);
        free(pool->id);
        free(study->cells[c].series);
        free(study->cells[c].findings);
    }
    free(study->alarms_of);
    free(study);
}

int main(int argc, char **argv)
{
    struct study *study = must(calloc(1, sizeof *study));
    uint64_t sessions = 1000, seed = 1;
    for (int i = 1; i < argc; i++) {
        uint64_t *into = !strncmp(argv[i], "--sessions=", 11) ? &sessions
                         : !strncmp(argv[i], "--seed=", 7)    ? &seed
                                                              : NULL;
        if (into && units_parse_count(strchr(argv[i], '=') + 1, into))
            refuse(argv[i], "not a number above 0");
        if (!into && argv[i][0] == '-')
            refuse(argv[i], "there is --sessions=N and --seed=N");
        if (!into)
            read_file(study, argv[i]);
    }
    if (!study->cell_count)
        refuse("no cells", "give the folders of duels of a program with itself");
    study->sessions = sessions;
    open_cells(study);
    const int error = run_sessions(study, seed);
    if (!error)
        print(study);
    else
        fprintf(stderr, "gate-resample: %s\n", strerror(error));
    close_study(study);
    return error ? EXIT_ERROR : EXIT_FINE;
}
