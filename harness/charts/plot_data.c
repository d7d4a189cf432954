/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_data_parts.h"

#include "harness/common/files.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const plot_figure_names[] = {"memory",       "pauses",   "latency", "bars",
                                         "utilisation",  "growth",   "moves",   "sweep_memory",
                                         "sweep_stalls", "decision", "ratios",  NULL};

/* A figure, with what comes before it. The C library would write "nan" or "-nan". */
void plot_put(FILE *out, const char *before, double value)
{
    fputs(before, out);
    if (isnan(value))
        fputs("NaN", out);
    else
        fprintf(out, "%.9g", value);
}

static void write_titles(const struct plot_group *group, enum plot_figure figure, FILE *out)
{
    const bool by_seconds = plot_lines_by_seconds(group->workload);
    const char *const titles[] = {by_seconds ? "Resident memory" : "Resident memory while the table grows",
                                  by_seconds ? "Pauses, on one scale"
                                             : "Pauses while the table grows, on one scale",
                                  "Time of one insert, by percentile",
                                  "Memory, time and speed",
                                  "Share of the time left for work, in the worst window",
                                  "Where the time of the longest growth goes",
                                  "Blocks that moved"};
    static const char *const notes[] = {"one repetition",
                                        "one repetition, inserts timed one by one",
                                        "one repetition, inserts timed one by one",
                                        "medians of the repetitions; hollow: yardsticks",
                                        "one repetition; work: operations below 50 us, timed one by one",
                                        "one repetition; growths of blocks of 64 KiB and more",
                                        "one repetition; blocks of 64 KiB and more"};
    char count[32];
    fprintf(out, "# growbench: data of the figure \"%s\"\n# title, subtitle, axis\n",
            plot_figure_names[figure]);
    fprintf(out, "%s: %s, %s entries\n", titles[figure], cell_workload_names[group->workload],
            units_format_whole(count, group->entries));
    fprintf(out, "%s; %s%s\n%s\n\n\n", group->machine, notes[figure],
            figure == PLOT_BARS && group->condition_count > 1 ? "; pale: heaps and options after the first"
                                                              : "",
            by_seconds ? "seconds" : "entries");
}

void plot_name_table(const struct plot_group *group, size_t table, char *name, size_t size)
{
    bool by_ordinal = false;
    for (size_t i = 0; i < group->contender_count; i++) {
        const struct plot_cell *cell = plot_group_cell(group, table, i);
        for (int mode = 0; mode < CELL_MODE_COUNT; mode++)
            by_ordinal |= cell->first[mode] && cell->first[mode]->status == RECORD_OK &&
                          !cell->first[mode]->table_is_keyed;
    }
    const struct plot_table *t = &group->tables[table];
    snprintf(name, size, "%s%s", t->name,
             t->is_yardstick ? " (yardstick)"
             : by_ordinal    ? " (by number, not key)"
                             : "");
}

void plot_write_tables(const struct plot_group *group, FILE *out)
{
    fprintf(out, "# panel\ttitle\tyardstick\n");
    for (size_t i = 0; i < group->table_count; i++) {
        char name[PLOT_TEXT_BYTES + 40];
        plot_name_table(group, i, name, sizeof name);
        fprintf(out, "%zu\t%s\t%d\n", i + 1, name, group->tables[i].is_yardstick);
    }
    fprintf(out, "\n\n");
}

void plot_write_contenders(const struct plot_group *group, FILE *out)
{
    fprintf(out, "# contender\tstyle\tcondition\tyardstick\tname\thue\n");
    for (size_t i = 0; i < group->contender_count; i++) {
        const struct plot_contender *c = &group->contenders[i];
        fprintf(out, "%zu\t%zu\t%zu\t%d\t%s\t%zu\n", i + 1, c->style, c->condition_number, c->is_yardstick,
                c->name, c->hue);
    }
    fprintf(out, "\n\n");
}

/* ---- lines: one a table and contender, from the files of one repetition ---- */

static void print_memory(const struct plot_points *points, double entry_bytes, FILE *out)
{
    fprintf(
        out,
        "# entries or seconds\trss_bytes\tinterval_peak_rss_bytes\tgrowth_peak_rss_bytes\tpayload_bytes\n");
    for (size_t i = 0; i < points->count; i++) {
        const struct plot_point *p = &points->items[i];
        fprintf(out, "%.9g\t%.0f\t%.0f", p->x, p->y, p->peak);
        plot_put(out, "\t", p->is_growth ? p->peak : NAN);
        fprintf(out, "\t%.0f\n", p->entries * entry_bytes);
    }
}

static void print_pauses(const struct plot_points *points, double entry_bytes, FILE *out)
{
    (void)entry_bytes;
    fprintf(out, "# entries or seconds\tduration_ms\tis_growth\n");
    for (size_t i = 0; i < points->count; i++) {
        const struct plot_point *p = &points->items[i];
        fprintf(out, "%.9g\t%.6f\t%d\n", p->x, p->y / 1e6, p->is_growth);
    }
}

static void print_latency(const struct plot_points *points, double entry_bytes, FILE *out)
{
    (void)entry_bytes;
    fprintf(out, "# 1/(1-percentile)\tlatency_ns\n");
    for (size_t i = 0; i < points->count; i++)
        fprintf(out, "%.6g\t%.3f\n", points->items[i].x, points->items[i].y);
}

const struct result *plot_choose(const struct plot_cell *cell)
{
    return cell->first[CELL_LATENCY]      ? cell->first[CELL_LATENCY]
           : cell->first[CELL_THROUGHPUT] ? cell->first[CELL_THROUGHPUT]
                                          : cell->first[CELL_BOTH];
}

/* Latency mode is preferred: its files are the complete ones. */
int plot_read_line(plot_line_reader *read, const struct plot_cell *cell, size_t points_max,
                   struct plot_points *points, const struct result **result, char *error)
{
    static const enum cell_mode order[] = {CELL_LATENCY, CELL_THROUGHPUT, CELL_BOTH};
    int failed = 0;
    *points = (struct plot_points){0};
    *result = NULL;
    for (size_t i = 0; i < sizeof order / sizeof *order && !failed && !*result; i++)
        if (cell->first[order[i]]) {
            failed = read(cell->first[order[i]], points_max, points, error);
            if (points->count)
                *result = cell->first[order[i]];
        }
    return failed;
}

/* The share of one line. */
static size_t points_of_line(const struct plot_group *group, size_t points_max)
{
    size_t lines = 0;
    for (size_t i = 0; i < group->table_count * group->contender_count; i++) {
        const struct plot_cell *cell = &group->cells[i];
        lines += cell->first[CELL_LATENCY] || cell->first[CELL_THROUGHPUT] || cell->first[CELL_BOTH];
    }
    return points_max > lines && lines ? points_max / lines : points_max ? 1 : 0;
}

int plot_write_lines(const struct plot_group *group, const struct plot_line_figure *figure,
                     struct plot_blocks *blocks)
{
    const size_t points_max = points_of_line(group, blocks->wish->points_max);
    char *text = NULL;
    size_t size;
    FILE *series = open_memstream(&text, &size);
    if (!series)
        return ENOMEM;
    fprintf(blocks->stream,
            "# panel\tcontender\tstatus\tlast_x\tlast_y; block 4 is of the first line, and so on\n");
    int failed = 0;
    for (size_t cell = 0; cell < group->table_count * group->contender_count && !failed; cell++) {
        struct plot_points points;
        const struct result *result;
        failed =
            plot_read_line(figure->read, &group->cells[cell], points_max, &points, &result, blocks->error);
        if (result && !failed) {
            const struct plot_point *last = &points.items[points.count - 1];
            fprintf(blocks->stream, "%zu\t%zu\t%s\t%.9g\t%.12g\n", cell / group->contender_count + 1,
                    cell % group->contender_count + 1, record_status_names[result->status], last->x, last->y);
            fprintf(series, "\n\n");
            figure->print(&points, (double)result->cell.entry_bytes, series);
            blocks->marks++;
        }
        free(points.items);
    }
    if (fclose(series) && !failed)
        failed = errno;
    if (!failed)
        fputs(text, blocks->stream);
    free(text);
    return failed;
}

static int write_memory(const struct plot_group *group, struct plot_blocks *blocks)
{
    plot_write_tables(group, blocks->stream);
    plot_write_contenders(group, blocks->stream);
    return plot_write_lines(group, &(struct plot_line_figure){plot_lines_read_memory, print_memory}, blocks);
}

static int write_pauses(const struct plot_group *group, struct plot_blocks *blocks)
{
    plot_write_tables(group, blocks->stream);
    plot_write_contenders(group, blocks->stream);
    return plot_write_lines(group, &(struct plot_line_figure){plot_lines_read_pauses, print_pauses}, blocks);
}

static int write_latency(const struct plot_group *group, struct plot_blocks *blocks)
{
    plot_write_tables(group, blocks->stream);
    plot_write_contenders(group, blocks->stream);
    return plot_write_lines(group, &(struct plot_line_figure){plot_lines_read_latency, print_latency},
                            blocks);
}

/* ---- the file ---- */

static int commit(const char *path, const char *text)
{
    struct files_output output;
    int error = files_begin(&output, path);
    if (error)
        return error;
    fputs(text, output.stream);
    return files_commit(&output);
}

/* Figures over all sizes write their own titles. */
static int write_spans(const struct plot_group *groups, size_t count, enum plot_figure figure,
                       struct plot_blocks *blocks)
{
    static int (*const writers[])(const struct plot_group *, size_t, const struct plot_spans *,
                                  struct plot_blocks *) = {plot_write_sweep_memory, plot_write_sweep_stalls,
                                                           plot_write_decision, plot_write_ratios};
    struct plot_spans spans;
    int error = plot_spans_make(groups, count, &spans);
    if (error)
        return error;
    error = writers[figure - PLOT_SIZE_FIGURE_COUNT](groups, count, &spans, blocks);
    plot_spans_free(&spans);
    return error;
}

static int write_size(const struct plot_group *group, enum plot_figure figure, struct plot_blocks *blocks)
{
    static int (*const writers[])(const struct plot_group *, struct plot_blocks *) = {
        write_memory,           write_pauses,      write_latency,   plot_write_bars,
        plot_write_utilisation, plot_write_growth, plot_write_moves};
    write_titles(group, figure, blocks->stream);
    return writers[figure](group, blocks);
}

int plot_data_write(const struct plot_group *groups, size_t count, enum plot_figure figure,
                    const struct plot_wish *wish, const char *path, bool *is_empty, char *sentence)
{
    char *text = NULL;
    size_t size;
    struct plot_blocks blocks = {.stream = open_memstream(&text, &size), .wish = wish, .error = sentence};
    *sentence = 0;
    if (!blocks.stream)
        return sentence_fail(sentence, ENOMEM, "no memory for '%s'", path);
    int error = figure < PLOT_SIZE_FIGURE_COUNT ? write_size(groups, figure, &blocks)
                                                : write_spans(groups, count, figure, &blocks);
    if (fclose(blocks.stream) && !error)
        error = errno;
    *is_empty = !blocks.marks;
    if (!error && blocks.marks)
        error = commit(path, text);
    free(text);
    return error && !*sentence
               ? sentence_fail(sentence, error, "cannot write '%s': %s", path, strerror(error))
               : error;
}

/* The first two lines that are no comments. */
void plot_data_titles(const char *path, char *title, size_t title_size, char *subtitle, size_t subtitle_size)
{
    char *text = files_read(path);
    const char *line = text ? text : "";
    while (*line == '#')
        line += strcspn(line, "\n") + 1;
    size_t length = strcspn(line, "\n");
    snprintf(title, title_size, "%.*s", (int)length, line);
    line += length + (line[length] == '\n');
    snprintf(subtitle, subtitle_size, "%.*s", (int)strcspn(line, "\n"), line);
    free(text);
}

bool plot_data_is_sweep(const struct plot_group *groups, size_t count)
{
    struct plot_spans spans;
    if (plot_spans_make(groups, count, &spans))
        return false;
    bool is_sweep = plot_spans_are_sweep(&spans);
    plot_spans_free(&spans);
    return is_sweep;
}
