/* SPDX-License-Identifier: MIT
 *
 * Data of the figure `utilisation`: minimum mutator utilisation over the length of the window, a line a contender.
 *
 *   block 1  panel, title, yardstick, note
 *   block 3 and on  as plot_data.c's lines: seconds of the window, share of it that was left for work
 *
 * The lines are exact where all pauses of 50 us and more were kept. A process that had too many of them kept the
 * longest: its line is an upper bound, and the note of the panel says whose.
 */
#include "harness/charts/plot_table_parts.h"

#include "harness/evaluate/window_utilisation.h"
#include "harness/measure/utilisation.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WINDOWS_PER_DECADE = 16, WINDOWS_PER_DECADE_MIN = 4 };

static const double first_window_ns = 100e3;

/* What a line is made of. */
struct stopped {
    struct window_pauses pauses;
    double elapsed_ns, longest_ns;
};

/* ---- pauses ---- */

static bool take_pause(void *context, const double *row)
{
    return plot_lines_add(context, (struct plot_point){.x = row[1], .y = row[1] + row[2]});
}

/* Workers of a crew pause beside each other, each by its own clock: their rows are no one's pauses. */
static bool is_known(const struct result *result)
{
    return result->cell.mode != CELL_THROUGHPUT && result->cell.threads == 1 &&
           !isnan(result->counters[COUNTER_utilisation_1ms_ratio]);
}

static int read_stopped(const struct result *result, struct stopped *stopped, char *error)
{
    struct plot_points rows = {0};
    struct plot_point end;
    *stopped = (struct stopped){0};
    int failed = results_each_row(result, RESULTS_PAUSES, take_pause, &rows, error);
    if (!failed)
        failed = plot_lines_read_end(result, &end, error);
    if (!failed && !(stopped->pauses.items = calloc(rows.count + 1, sizeof *stopped->pauses.items)))
        failed = ENOMEM;
    if (!failed) {
        struct window_pauses *pauses = &stopped->pauses;
        for (size_t i = 0; i < rows.count; i++)
            pauses->items[pauses->count++] =
                (struct window_pause){.start_ns = rows.items[i].x, .end_ns = rows.items[i].y};
        window_pauses_order(pauses);
        for (size_t i = 0; i < pauses->count; i++)
            stopped->longest_ns =
                fmax(stopped->longest_ns, pauses->items[i].end_ns - pauses->items[i].start_ns);
        /* The series is written to the microsecond. */
        stopped->elapsed_ns = fmax(end.x * 1e9, pauses->count ? pauses->items[pauses->count - 1].end_ns : 0);
    }
    free(rows.items);
    if (failed) {
        free(stopped->pauses.items);
        *stopped = (struct stopped){0};
    }
    return failed;
}

/* ---- lines ---- */

static bool is_level(const struct plot_point *a, const struct plot_point *b)
{
    return fabs(a->y - b->y) < 1e-9;
}

/* Where the line stays level its ends tell it. */
static bool add_window(struct plot_points *points, const struct stopped *stopped, double window_ns)
{
    const struct plot_point point = {
        .x = window_ns * 1e-9, .y = window_utilisation(&stopped->pauses, window_ns, stopped->elapsed_ns)};
    const size_t count = points->count;
    if (count > 1 && is_level(&points->items[count - 1], &point) &&
        is_level(&points->items[count - 2], &point)) {
        points->items[count - 1] = point;
        return true;
    }
    return plot_lines_add(points, point);
}

/* As long as the longest pause is one of the windows: there the line leaves 0. */
static bool add_windows(struct plot_points *points, const struct stopped *stopped, double per_decade)
{
    const double longest_ns = stopped->longest_ns;
    double before_ns = first_window_ns;
    bool added = true;
    for (int i = 0; before_ns < stopped->elapsed_ns && added; i++) {
        const double window_ns = fmin(first_window_ns * pow(10, i / per_decade), stopped->elapsed_ns);
        if (before_ns < longest_ns && longest_ns < window_ns)
            added = add_window(points, stopped, longest_ns);
        added = added && add_window(points, stopped, window_ns);
        before_ns = window_ns;
    }
    return added;
}

/* Whole numbers, so that windows of 1 ms, 10 ms, ... stay among them. */
static double windows_per_decade(const struct stopped *stopped, size_t points_max)
{
    const double decades = log10(fmax(stopped->elapsed_ns / first_window_ns, 10));
    const double most = points_max ? floor((double)points_max / decades) : WINDOWS_PER_DECADE;
    return fmax(fmin(most, WINDOWS_PER_DECADE), WINDOWS_PER_DECADE_MIN);
}

static int read_line(const struct result *result, size_t points_max, struct plot_points *points, char *error)
{
    struct stopped stopped;
    if (!is_known(result))
        return 0;
    int failed = read_stopped(result, &stopped, error);
    if (!failed && !add_windows(points, &stopped, windows_per_decade(&stopped, points_max)))
        failed = ENOMEM;
    free(stopped.pauses.items);
    return failed;
}

static void print_line(const struct plot_points *points, double entry_bytes, FILE *out)
{
    (void)entry_bytes;
    fprintf(out, "# window_seconds\tutilisation\n");
    for (size_t i = 0; i < points->count; i++)
        fprintf(out, "%.6g\t%.5f\n", points->items[i].x, points->items[i].y);
}

/* ---- panels ---- */

static bool is_bound(const struct result *result)
{
    return result && is_known(result) && result->pause_floor_ns > UTILISATION_PAUSE_NS;
}

static void write_note(const struct plot_group *group, size_t table, FILE *out)
{
    struct plot_names names = {.left_out = 0};
    for (size_t i = 0; i < group->contender_count; i++)
        if (is_bound(plot_group_cell(group, table, i)->first[CELL_LATENCY]))
            plot_names_add(&names, &group->contenders[i]);
    plot_names_put(&names, *names.text ? "\tupper bound: " : "\tNaN", out);
}

static void write_panels(const struct plot_group *group, FILE *out)
{
    fprintf(out, "# panel\ttitle\tyardstick\tnote\n");
    for (size_t i = 0; i < group->table_count; i++) {
        char name[PLOT_TEXT_BYTES + 40];
        plot_name_table(group, i, name, sizeof name);
        fprintf(out, "%zu\t%s\t%d", i + 1, name, group->tables[i].is_yardstick);
        write_note(group, i, out);
        fprintf(out, "\n");
    }
    fprintf(out, "\n\n");
}

/* ---- in numbers ---- */

static const char *format_share(char *text, double share)
{
    snprintf(text, UNITS_TEXT_BYTES, "%.3g %%", share * 100);
    return text;
}

static void put_windows(const struct plot_sheet *sheet, const struct stopped *stopped)
{
    static const double windows_ns[] = {1e6, 10e6, 100e6, 1e9, INFINITY};
    for (size_t i = 0; i < sizeof windows_ns / sizeof *windows_ns; i++) {
        const bool is_there = windows_ns[i] < stopped->elapsed_ns || isinf(windows_ns[i]);
        plot_sheet_put(
            sheet, is_there ? window_utilisation(&stopped->pauses, windows_ns[i], stopped->elapsed_ns) : NAN,
            format_share);
    }
}

int plot_put_utilisation(struct plot_sheet *sheet, const struct plot_group *group)
{
    fputs("table\tallocator\tlongest pause\tleft for work of any 1 ms\tof any 10 ms\tof any 100 ms\tof any "
          "1 s\tof the whole run\tpauses kept\tfrom\n",
          sheet->stream);
    for (size_t i = 0; i < group->table_count * group->contender_count; i++) {
        const struct result *result = plot_choose(&group->cells[i]);
        struct stopped stopped;
        if (!result || !is_known(result) || !plot_sheet_begin_row(sheet))
            continue;
        int failed = read_stopped(result, &stopped, sheet->error);
        if (failed)
            return failed;
        plot_sheet_put_names(sheet, group, i / group->contender_count, i % group->contender_count);
        plot_sheet_put(sheet, stopped.longest_ns, units_format_duration);
        put_windows(sheet, &stopped);
        fprintf(sheet->stream, "\t%zu", stopped.pauses.count);
        plot_sheet_put(sheet, (double)result->pause_floor_ns, units_format_duration);
        fprintf(sheet->stream, "%s\n", is_bound(result) ? " (shares are upper bounds)" : "");
        free(stopped.pauses.items);
    }
    return 0;
}

/* ---- the file ---- */

int plot_write_utilisation(const struct plot_group *group, struct plot_blocks *blocks)
{
    write_panels(group, blocks->stream);
    plot_write_contenders(group, blocks->stream);
    return plot_write_lines(group, &(struct plot_line_figure){read_line, print_line}, blocks);
}
