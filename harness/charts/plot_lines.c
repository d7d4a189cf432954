/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_lines.h"

#include "harness/charts/plot_thin.h"

#include <math.h>
#include <stdlib.h>

/* About as many as there are pixels to tell them apart. */
enum { GROWTHS_MANY = 64, GROWTH_MARKS = 48, PAUSES_PER_OCTAVE = 24, PAUSES_ON_CLOCK = 320 };

/* Half a pixel of a panel, as a share of its height. */
static const double not_seen = 1.0 / 450;

bool plot_lines_add(struct plot_points *points, struct plot_point point)
{
    if ((points->count & (points->count - 1)) == 0) {
        size_t room = points->count ? 2 * points->count : 1;
        struct plot_point *larger = realloc(points->items, room * sizeof *larger);
        if (!larger)
            return false;
        points->items = larger;
    }
    points->items[points->count++] = point;
    return true;
}

/* ---- memory ---- */

/* x is seconds until use_entries. */
static bool take_series(void *context, const double *row)
{
    return plot_lines_add(context,
                          (struct plot_point){.entries = row[0], .x = row[1], .y = row[2], .peak = row[3]});
}

/* y is when it started, in nanoseconds: several rows of one operation share it; peak is how long it took, and x
 * the seconds at its end. */
static struct plot_point operation(const double *row, bool is_growth)
{
    return (struct plot_point){.entries = row[0],
                               .y = row[1],
                               .peak = row[2],
                               .x = (row[1] + row[2]) * 1e-9,
                               .is_growth = is_growth};
}

static bool take_growth(void *context, const double *row)
{
    return plot_lines_add(context, operation(row, true));
}

static bool take_pause(void *context, const double *row)
{
    return plot_lines_add(context, operation(row, false));
}

bool plot_lines_by_seconds(enum cell_workload workload)
{
    return workload == CELL_CHURN || workload == CELL_DRAIN;
}

static void use_entries(struct plot_points *points)
{
    for (size_t i = 0; i < points->count; i++)
        points->items[i].x = points->items[i].entries;
}

static bool take_end(void *context, const double *row)
{
    *(struct plot_point *)context = (struct plot_point){.entries = row[0], .x = row[1]};
    return true;
}

int plot_lines_read_end(const struct result *result, struct plot_point *end, char *error)
{
    *end = (struct plot_point){0};
    return results_each_row(result, RESULTS_SERIES, take_end, end, error);
}

/* A growth operation ends an interval, whose row has the same number of entries or, to the microsecond that is
 * written there, the same time. */
static void mark_growth(struct plot_points *series, const struct plot_points *growth)
{
    for (size_t i = 0, j = 0; i < growth->count; i++) {
        while (j < series->count && series->items[j].x < growth->items[i].x - 1e-6)
            j++;
        if (j == series->count)
            return;
        series->items[j].is_growth = true;
    }
}

/* More growths than a table that multiplies its size can have. */
static bool grows_all_the_time(const struct plot_points *points)
{
    size_t count = 0;
    for (size_t i = 0; i < points->count; i++)
        count += points->items[i].is_growth;
    return count > GROWTHS_MANY;
}

/* A table that adds a page at a time grows thousands of times: the highest few marks tell it, and those that stand
 * on the line itself tell nothing. */
static void thin_marks(struct plot_points *points, size_t marks_max)
{
    const bool many = grows_all_the_time(points);
    for (size_t i = 0; many && i < points->count; i++)
        points->items[i].is_growth &= points->items[i].peak > 1.02 * points->items[i].y;
    double step = points->items[points->count - 1].x / (double)marks_max;
    struct plot_point *top = NULL;
    for (size_t i = 0; i < points->count; i++) {
        struct plot_point *point = &points->items[i];
        if (!point->is_growth)
            continue;
        if (top && floor(top->x / step) == floor(point->x / step)) {
            struct plot_point *lower = point->peak > top->peak ? top : point;
            lower->is_growth = false;
            if (lower == point)
                continue;
        }
        top = point;
    }
}

/* A third of the points for marks leaves two for the corners of each step. */
static size_t marks_of(size_t points_max)
{
    size_t marks = points_max / 3;
    return !points_max || marks > GROWTH_MARKS ? GROWTH_MARKS : marks ? marks : 1;
}

int plot_lines_read_memory(const struct result *result, size_t points_max, struct plot_points *points,
                           char *error)
{
    struct plot_points growth = {0};
    int failed = results_each_row(result, RESULTS_SERIES, take_series, points, error);
    if (!failed)
        failed = results_each_row(result, RESULTS_GROWTH, take_growth, &growth, error);
    if (failed) {
        free(growth.items);
        return failed;
    }
    if (!plot_lines_by_seconds(result->cell.workload)) {
        use_entries(points);
        use_entries(&growth);
    }
    mark_growth(points, &growth);
    free(growth.items);
    if (!points->count || points_max == PLOT_POINTS_ALL)
        return 0;
    thin_marks(points, marks_of(points_max));
    plot_thin_line(points, PLOT_THIN_LINEAR, not_seen, points_max);
    return 0;
}

/* ---- pauses ---- */

static int compare_starts(const void *left, const void *right)
{
    const struct plot_point *a = left, *b = right;
    if (a->y != b->y)
        return a->y < b->y ? -1 : 1;
    return b->is_growth - a->is_growth;
}

static int compare_entries(const void *left, const void *right)
{
    const struct plot_point *a = left, *b = right;
    if (a->is_growth != b->is_growth)
        return a->is_growth - b->is_growth;
    return (a->x > b->x) - (a->x < b->x);
}

/* Growth operations stand in both files: the first of those that start together is the growth. */
static void drop_doubles(struct plot_points *points)
{
    qsort(points->items, points->count, sizeof *points->items, compare_starts);
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++)
        if (!kept || points->items[i].y != points->items[kept - 1].y)
            points->items[kept++] = points->items[i];
    points->count = kept;
}

/* Now y is the duration. Returns how many stay with so many steps an octave, or in all on the clock; `kept` (NULL:
 * only counted) gets them. */
static size_t keep_longest(const struct plot_points *points, bool by_seconds, double steps,
                           struct plot_point *kept)
{
    size_t count = 0;
    double last_step = NAN, end = 0;
    struct plot_point last = {0};
    for (size_t i = 0; i < points->count; i++)
        end = fmax(end, points->items[i].x);
    for (size_t i = 0; i < points->count; i++) {
        const struct plot_point point = points->items[i];
        double step = floor((by_seconds ? point.x / end : log2(point.x)) * steps);
        bool is_near = count && last.is_growth == point.is_growth && last_step == step;
        count += !is_near;
        if (is_near && point.y <= last.y)
            continue;
        last = point;
        last_step = step;
        if (kept)
            kept[count - 1] = point;
    }
    return count;
}

/* Where growths are that many, short ones are no pauses: they would be a floor of marks, and stretch everybody's
 * axis. */
static void drop_small_growths(struct plot_points *points)
{
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++)
        if (!points->items[i].is_growth || points->items[i].y >= UTILISATION_PAUSE_NS)
            points->items[kept++] = points->items[i];
    points->count = kept;
}

static void thin_pauses(struct plot_points *points, bool by_seconds, size_t points_max)
{
    if (grows_all_the_time(points))
        drop_small_growths(points);
    qsort(points->items, points->count, sizeof *points->items, compare_entries);
    double steps = by_seconds ? PAUSES_ON_CLOCK : PAUSES_PER_OCTAVE;
    while (points_max && steps > 0.25 && keep_longest(points, by_seconds, steps, NULL) > points_max)
        steps *= 0.8;
    points->count = keep_longest(points, by_seconds, steps, points->items);
}

int plot_lines_read_pauses(const struct result *result, size_t points_max, struct plot_points *points,
                           char *error)
{
    int failed = results_each_row(result, RESULTS_PAUSES, take_pause, points, error);
    if (!failed)
        failed = results_each_row(result, RESULTS_GROWTH, take_growth, points, error);
    if (failed || !points->count)
        return failed;
    drop_doubles(points);
    const bool by_seconds = plot_lines_by_seconds(result->cell.workload);
    if (!by_seconds)
        use_entries(points);
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++)
        if (points->items[i].x > 0 && points->items[i].peak > 0) /* the axes are logarithmic */
            points->items[kept++] = (struct plot_point){
                .x = points->items[i].x, .y = points->items[i].peak, .is_growth = points->items[i].is_growth};
    points->count = kept;
    if (points_max != PLOT_POINTS_ALL)
        thin_pauses(points, by_seconds, points_max);
    return 0;
}

/* ---- latency ---- */

/* Microseconds, the percentile as a share of 1, how many there are up to it. */
static bool take_percentile(void *context, const double *row)
{
    if (!(row[0] > 0 && row[2] > 0)) /* the axes are logarithmic */
        return true;
    return plot_lines_add(
        context, (struct plot_point){.x = row[1] < 1 ? 1 / (1 - row[1]) : row[2], .y = row[0] * 1e3});
}

int plot_lines_read_latency(const struct result *result, size_t points_max, struct plot_points *points,
                            char *error)
{
    int failed = results_each_row(result, RESULTS_LATENCY, take_percentile, points, error);
    if (!failed && points_max != PLOT_POINTS_ALL)
        plot_thin_line(points, PLOT_THIN_LOGARITHMIC, not_seen, points_max);
    return failed;
}
