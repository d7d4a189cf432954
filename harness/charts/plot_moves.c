/* SPDX-License-Identifier: MIT
 *
 * Data of the figure `moves`: blocks of 64 KiB and more that moved or were replaced, counted over entries.
 *
 *   block 1            panel, title, yardstick, moves_max, group_count
 *   block 3 and on     as plot_data.c's lines: entries or seconds, moves so far; a step at each point
 *   last but one block  line, rank, of: contenders whose lines are the same stand beside each other
 *   last block         panel, row, text: who ended with how many moves, most first
 */
#include "harness/charts/plot_table_parts.h"

#include "harness/evaluate/stability.h"

#include "harness/measure/recorder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A table that grows by pages of its own moves thousands of times: as many steps as there are pixels will do. */
enum { STEPS_PER_OCTAVE = 16, STEPS_BY_TIME = 240, LISTED_MAX = 6 };

/* ---- lines ---- */

struct counting {
    struct plot_points steps; /* x, y moves so far, peak their bytes */
    bool by_seconds;
};

static bool take_move(void *context, const double *row)
{
    struct counting *counting = context;
    struct plot_points *steps = &counting->steps;
    if (row[RESULTS_GROWTH_KIND] != RECORDER_MOVE && row[RESULTS_GROWTH_KIND] != RECORDER_REPLACE)
        return true;
    const struct plot_point last =
        steps->count ? steps->items[steps->count - 1] : (struct plot_point){.x = 0};
    const double seconds = (row[RESULTS_GROWTH_START_NS] + row[RESULTS_GROWTH_DURATION_NS]) * 1e-9;
    struct plot_point point = {
        .x = fmax(last.x, counting->by_seconds ? seconds : row[RESULTS_GROWTH_ENTRIES]), .y = last.y + 1};
    if (steps->count && point.x == last.x) {
        steps->items[steps->count - 1] = point;
        return true;
    }
    return plot_lines_add(steps, point);
}

/* Of steps too near to be told apart the last one tells all. */
static void thin(struct plot_points *points, bool by_seconds, double end, size_t points_max)
{
    double steps = by_seconds ? STEPS_BY_TIME : STEPS_PER_OCTAVE;
    const double most = (double)points_max / (by_seconds ? 1 : log2(fmax(end, 2)));
    if (points_max && most < steps)
        steps = most;
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++) {
        const double x = points->items[i].x, before = kept ? points->items[kept - 1].x : -1;
        const bool is_near = by_seconds ? floor(x / end * steps) == floor(before / end * steps)
                                        : before > 0 && floor(log2(x) * steps) == floor(log2(before) * steps);
        points->items[is_near ? kept - 1 : kept++] = points->items[i];
    }
    points->count = kept;
}

/* From nothing to the end of the run. What the counter knows and the rows, of which there is an end, do not, is at the
 * end. No points where blocks are not seen. */
static int read_line(const struct result *result, size_t points_max, struct plot_points *points, char *error)
{
    const double moves = result->counters[COUNTER_base_moves];
    struct counting counting = {.by_seconds = plot_lines_by_seconds(result->cell.workload)};
    struct plot_point end;
    if (isnan(moves))
        return 0;
    int failed = plot_lines_read_end(result, &end, error);
    if (!failed)
        failed = results_each_row(result, RESULTS_GROWTH, take_move, &counting, error);
    const double x = counting.by_seconds ? end.x : end.entries;
    if (!failed && x > 0) {
        thin(&counting.steps, counting.by_seconds, x, points_max);
        bool added = plot_lines_add(points, (struct plot_point){.x = 0});
        for (size_t i = 0; i < counting.steps.count && added; i++)
            added = plot_lines_add(points, counting.steps.items[i]);
        const double last_x = points->count ? points->items[points->count - 1].x : 0;
        added = added &&
                plot_lines_add(points,
                               (struct plot_point){.x = fmax(x, last_x), .y = moves, .entries = end.entries});
        failed = added ? 0 : ENOMEM;
    }
    free(counting.steps.items);
    return failed;
}

static void print_line(const struct plot_points *points, double entry_bytes, FILE *out)
{
    (void)entry_bytes;
    fprintf(out, "# entries or seconds\tmoves\n");
    for (size_t i = 0; i < points->count; i++)
        fprintf(out, "%.9g\t%.0f\n", points->items[i].x, points->items[i].y);
}

static const struct plot_line_figure line_figure = {read_line, print_line};

/* ---- lines on top of each other ---- */

/* A line of a panel. */
struct line {
    const struct plot_contender *contender; /* NULL: none of this cell */
    struct plot_points points;
    double moves;     /* in the end */
    size_t rank, of;  /* among those that run where it runs; rank from 0 */
    size_t like, end; /* the first of those, and of those that end with as many */
};

struct sheet {
    size_t count;
    struct line *lines; /* a cell each */
};

/* Modes count the entries of a growth at its operation or its batch's end: that is no difference to see. */
static const double same_x = 0.04;

static bool is_at(double x, double other)
{
    return fabs(x - other) <= same_x * fmax(x, other);
}

/* As far as the shorter one goes: a line ends early where the cell died. */
static bool goes_along(const struct plot_points *shorter, const struct plot_points *longer)
{
    const size_t last = shorter->count - 1;
    if (shorter->count > longer->count)
        return false;
    for (size_t i = 0; i < last; i++)
        if (!is_at(shorter->items[i].x, longer->items[i].x) || shorter->items[i].y != longer->items[i].y)
            return false;
    const double end = shorter->items[last].x, next = longer->items[last].x;
    const double moves = longer->items[shorter->count == longer->count ? last : last - 1].y;
    return shorter->items[last].y == moves && (is_at(end, next) || end < next);
}

static bool are_same(const struct plot_points *a, const struct plot_points *b)
{
    return goes_along(a, b) || goes_along(b, a);
}

/* Finds for each line of a panel those that it hides. */
static void rank_lines(struct line *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        lines[i].like = lines[i].end = i;
        for (size_t j = i; j-- > 0;) {
            if (!lines[i].contender || !lines[j].contender)
                continue;
            if (are_same(&lines[i].points, &lines[j].points))
                lines[i].like = lines[j].like;
            if (lines[i].moves == lines[j].moves)
                lines[i].end = lines[j].end;
        }
        lines[i].rank = lines[lines[i].like].of++;
    }
    for (size_t i = 0; i < count; i++)
        lines[i].of = lines[lines[i].like].of;
}

static int read_sheet(const struct plot_group *group, struct sheet *sheet, char *error)
{
    sheet->count = group->table_count * group->contender_count;
    sheet->lines = calloc(sheet->count + 1, sizeof *sheet->lines);
    int failed = sheet->lines ? 0 : ENOMEM;
    for (size_t i = 0; i < sheet->count && !failed; i++) {
        struct line *line = &sheet->lines[i];
        const struct result *result;
        failed = plot_read_line(read_line, &group->cells[i], 0, &line->points, &result, error);
        if (!result || failed)
            continue;
        line->contender = &group->contenders[i % group->contender_count];
        line->moves = line->points.items[line->points.count - 1].y;
    }
    for (size_t i = 0; i < group->table_count && !failed; i++)
        rank_lines(&sheet->lines[i * group->contender_count], group->contender_count);
    return failed;
}

static void free_sheet(struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->count && sheet->lines; i++)
        free(sheet->lines[i].points.items);
    free(sheet->lines);
}

/* ---- blocks ---- */

/* The line, first of its kind, with the most moves below `below`; NULL: none. */
static const struct line *next_below(const struct line *lines, size_t count, double below)
{
    const struct line *next = NULL;
    for (size_t i = 0; i < count; i++)
        if (lines[i].contender && lines[i].end == i && lines[i].moves < below &&
            (!next || lines[i].moves > next->moves))
            next = &lines[i];
    return next;
}

static size_t count_ends(const struct line *lines, size_t count)
{
    size_t ends = 0;
    for (size_t i = 0; i < count; i++)
        ends += lines[i].contender && lines[i].end == i;
    return ends;
}

static void write_panels(const struct plot_group *group, const struct sheet *sheet, FILE *out)
{
    fprintf(out, "# panel\ttitle\tyardstick\tmoves_max\tlisted\n");
    for (size_t i = 0; i < group->table_count; i++) {
        const struct line *lines = &sheet->lines[i * group->contender_count];
        const struct line *most = next_below(lines, group->contender_count, INFINITY);
        const size_t ends = count_ends(lines, group->contender_count);
        char name[PLOT_TEXT_BYTES + 40];
        plot_name_table(group, i, name, sizeof name);
        fprintf(out, "%zu\t%s\t%d\t%.0f\t%zu\n", i + 1, name, group->tables[i].is_yardstick,
                most ? most->moves : 0, ends < LISTED_MAX ? ends : LISTED_MAX);
    }
    fprintf(out, "\n\n");
}

static void write_ranks(const struct sheet *sheet, FILE *out)
{
    fprintf(out, "\n\n# line\trank\tof\n");
    for (size_t i = 0, line = 0; i < sheet->count; i++)
        if (sheet->lines[i].contender)
            fprintf(out, "%zu\t%zu\t%zu\n", ++line, sheet->lines[i].rank + 1, sheet->lines[i].of);
}

static void write_ends(const struct plot_group *group, const struct sheet *sheet, FILE *out)
{
    fprintf(out, "\n\n# panel\trow\ttext\n");
    for (size_t i = 0; i < group->table_count; i++) {
        const size_t count = group->contender_count;
        const struct line *lines = &sheet->lines[i * count], *line;
        size_t row = 0;
        for (double below = INFINITY; (line = next_below(lines, count, below)); below = line->moves) {
            struct plot_names names = {.left_out = 0};
            if (++row > LISTED_MAX)
                break;
            for (size_t j = 0; j < count; j++)
                if (lines[j].contender && lines[j].end == (size_t)(line - lines))
                    plot_names_add(&names, lines[j].contender);
            fprintf(out, "%zu\t%zu\t%.0f", i + 1, row, line->moves);
            if (names.left_out && count_ends(lines, count) == 1)
                fputs(": all", out);
            else
                plot_names_put(&names, ": ", out);
            fprintf(out, "\n");
        }
    }
}

int plot_write_moves(const struct plot_group *group, struct plot_blocks *blocks)
{
    struct sheet sheet = {0};
    int failed = read_sheet(group, &sheet, blocks->error);
    if (!failed) {
        write_panels(group, &sheet, blocks->stream);
        plot_write_contenders(group, blocks->stream);
        failed = plot_write_lines(group, &line_figure, blocks);
    }
    if (!failed) {
        write_ranks(&sheet, blocks->stream);
        write_ends(group, &sheet, blocks->stream);
    }
    free_sheet(&sheet);
    return failed;
}

/* ---- in numbers ---- */

static const char *format_number(char *text, double value)
{
    snprintf(text, UNITS_TEXT_BYTES, "%.4g", value);
    return text;
}

static void put_line(const struct plot_sheet *sheet, const struct result *result,
                     const struct plot_points *points)
{
    const enum stability class = stability_of(result);
    plot_sheet_put(sheet, result->counters[COUNTER_base_moves], units_format_count);
    plot_sheet_put(sheet, result->counters[COUNTER_base_moved_bytes], units_format_bytes);
    plot_sheet_put(sheet, result->counters[COUNTER_moves_per_entry], format_number);
    fprintf(sheet->stream, "\t%s: %s", stability_names[class], stability_meanings[class]);
    plot_sheet_put_end(sheet, result, &points->items[points->count - 1]);
}

int plot_put_moves(struct plot_sheet *sheet, const struct plot_group *group)
{
    fputs("table\tallocator\tblocks moved\tbytes moved\tmoves of an entry, mean\twhat stays put\tended\n",
          sheet->stream);
    return plot_sheet_put_lines(sheet, group, read_line, put_line);
}
