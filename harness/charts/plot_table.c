/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_table.h"

#include "harness/charts/plot_data_parts.h"
#include "harness/charts/plot_table_parts.h"
#include "harness/common/files.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- cells of the sheet ---- */

static const char *format_ratio(char *text, double value)
{
    snprintf(text, UNITS_TEXT_BYTES, "%.2f x", value);
    return text;
}

static const char *format_seconds(char *text, double value)
{
    snprintf(text, UNITS_TEXT_BYTES, "%.3g s", value);
    return text;
}

/* ---- lines ---- */

static const double checkpoints[] = {0.125, 0.25, 0.5, 0.75, 1};

/* Resident at x, and the highest peak until there. */
static void put_checkpoint(const struct plot_sheet *sheet, const struct plot_points *points, double x)
{
    double resident = NAN, peak = 0;
    bool is_reached = points->items[points->count - 1].x >= x * 0.999;
    for (size_t i = 0; i < points->count && points->items[i].x <= x; i++) {
        resident = points->items[i].y;
        peak = fmax(peak, points->items[i].peak);
    }
    char text[UNITS_TEXT_BYTES], peak_text[UNITS_TEXT_BYTES];
    if (!is_reached || isnan(resident))
        fputs("\t-", sheet->stream);
    else
        fprintf(sheet->stream, "\t%s, peak %s", units_format_bytes(text, resident),
                units_format_bytes(peak_text, peak));
}

static void put_memory_line(const struct plot_sheet *sheet, const struct result *result,
                            const struct plot_points *points)
{
    const struct plot_point *last = &points->items[points->count - 1], *top = points->items;
    const bool by_seconds = plot_lines_by_seconds(result->cell.workload);
    for (size_t i = 0; i < points->count; i++)
        top = points->items[i].peak > top->peak ? &points->items[i] : top;
    for (size_t i = 0; i < sizeof checkpoints / sizeof *checkpoints; i++)
        put_checkpoint(sheet, points, checkpoints[i] * (by_seconds ? last->x : (double)result->cell.entries));
    plot_sheet_put(sheet, top->peak, units_format_bytes);
    plot_sheet_put(sheet, top->x, by_seconds ? format_seconds : units_format_count);
    plot_sheet_put_end(sheet, result, last);
}

static int put_memory(struct plot_sheet *sheet, const struct plot_group *group)
{
    fputs("table\tallocator", sheet->stream);
    for (size_t i = 0; i < sizeof checkpoints / sizeof *checkpoints; i++)
        fprintf(sheet->stream, "\tat %g %% of the %s", checkpoints[i] * 100,
                plot_lines_by_seconds(group->workload) ? "time" : "entries");
    fprintf(sheet->stream, "\thighest peak\tat %s\tended\n",
            plot_lines_by_seconds(group->workload) ? "seconds" : "entries");
    return plot_sheet_put_lines(sheet, group, plot_lines_read_memory, put_memory_line);
}

/* Of the growths, or of the others that are long enough to be recorded. */
static void put_pauses_of(const struct plot_sheet *sheet, const struct plot_points *points, bool of_growth,
                          plot_sheet_format *format_x)
{
    const struct plot_point *longest = NULL;
    size_t count = 0;
    double sum = 0;
    for (size_t i = 0; i < points->count; i++) {
        const struct plot_point *p = &points->items[i];
        if (p->is_growth != of_growth)
            continue;
        count++;
        sum += p->y;
        longest = !longest || p->y > longest->y ? p : longest;
    }
    fprintf(sheet->stream, "\t%zu", count);
    plot_sheet_put(sheet, longest ? longest->y : NAN, units_format_duration);
    plot_sheet_put(sheet, longest ? longest->x : NAN, format_x);
    plot_sheet_put(sheet, longest ? sum : NAN, units_format_duration);
}

static void put_pauses_line(const struct plot_sheet *sheet, const struct result *result,
                            const struct plot_points *points)
{
    plot_sheet_format *format_x =
        plot_lines_by_seconds(result->cell.workload) ? format_seconds : units_format_count;
    put_pauses_of(sheet, points, true, format_x);
    put_pauses_of(sheet, points, false, format_x);
}

static int put_pauses(struct plot_sheet *sheet, const struct plot_group *group)
{
    const char *at = plot_lines_by_seconds(group->workload) ? "at seconds" : "at entries";
    fprintf(sheet->stream,
            "table\tallocator\tgrowths\tlongest\t%s\tin all\tothers of 50 us and more\tlongest\t%s\tin all\n",
            at, at);
    return plot_sheet_put_lines(sheet, group, plot_lines_read_pauses, put_pauses_line);
}

static const double nines[] = {2, 10, 100, 1e3, 1e4, 1e6};

/* The first that is no faster than so many. */
static void put_latency_line(const struct plot_sheet *sheet, const struct result *result,
                             const struct plot_points *points)
{
    (void)result;
    for (size_t i = 0; i < sizeof nines / sizeof *nines; i++) {
        double value = NAN;
        for (size_t j = 0; j < points->count && isnan(value); j++)
            if (points->items[j].x >= nines[i])
                value = points->items[j].y;
        plot_sheet_put(sheet, value, units_format_duration);
    }
    plot_sheet_put(sheet, points->items[points->count - 1].y, units_format_duration);
}

static int put_latency(struct plot_sheet *sheet, const struct plot_group *group)
{
    fputs("table\tallocator", sheet->stream);
    for (size_t i = 0; i < sizeof nines / sizeof *nines; i++)
        fprintf(sheet->stream, "\t%.6g %%", 100 * (1 - 1 / nines[i]));
    fputs("\tlongest\n", sheet->stream);
    return plot_sheet_put_lines(sheet, group, plot_lines_read_latency, put_latency_line);
}

/* ---- bars ---- */

static int put_bars(struct plot_sheet *sheet, const struct plot_group *group)
{
    const bool is_find = group->workload == CELL_FIND;
    fprintf(sheet->stream, "table\tallocator\tworst memory over payload\t%s\t%s a second\n",
            is_find ? "99 % of hits, one at a time" : "longest insert",
            is_find                        ? "hits"
            : group->workload == CELL_FILL ? "inserts"
                                           : "erases and inserts");
    for (size_t i = 0; i < group->table_count * group->contender_count; i++) {
        const size_t table = i / group->contender_count, contender = i % group->contender_count;
        if (!plot_has_bars(group, table, contender) || !plot_sheet_begin_row(sheet))
            continue;
        plot_sheet_put_names(sheet, group, table, contender);
        for (size_t bar = 0; bar < PLOT_BAR_COUNT; bar++) {
            char text[PLOT_BAR_TEXT_BYTES];
            plot_bar_value(group, table, contender, bar, text);
            fprintf(sheet->stream, "\t%s", text);
        }
        fputs("\n", sheet->stream);
    }
    return 0;
}

/* ---- over all sizes ---- */

static void put_extent(const struct plot_sheet *sheet, const struct plot_extent extent,
                       plot_sheet_format *format)
{
    char low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    plot_sheet_put(sheet, extent.mean, format);
    if (extent.high > extent.low)
        fprintf(sheet->stream, " (%s to %s)", format(low, extent.low), format(high, extent.high));
}

static void put_spans(struct plot_sheet *sheet, const struct plot_spans *spans,
                      const enum sweep_figure *figures, size_t figure_count)
{
    for (size_t i = 0; i < spans->count; i++) {
        const struct plot_span *span = &spans->items[i];
        if ((!span->count && !span->died) || !plot_sheet_begin_row(sheet))
            continue;
        plot_sheet_put_names(sheet, span->group, span->table, span->contender);
        for (size_t f = 0; f < figure_count; f++)
            put_extent(sheet, plot_span_extent(span, figures[f]),
                       figures[f] == SWEEP_STALL ? units_format_duration : format_ratio);
        fprintf(sheet->stream, "\t%s\t%zu", span->count ? stability_names[span->stability] : "-",
                span->count);
        if (span->died && span->died_ratio > 0)
            fprintf(sheet->stream, "\tOOM at %zu of %zu sizes, %.2f x or more", span->died_size_count,
                    span->size_count, span->died_ratio);
        else if (span->died)
            fprintf(sheet->stream, "\tOOM at %zu of %zu sizes", span->died_size_count, span->size_count);
        else
            fprintf(sheet->stream, "\t%s", span->count == span->size_count ? "OK" : "not at all sizes");
        fputs("\n", sheet->stream);
    }
}

static int put_all_sizes(struct plot_sheet *sheet, const struct plot_group *groups, size_t count,
                         enum plot_figure figure)
{
    static const struct {
        const char *heading;
        enum sweep_figure figures[2];
        size_t count;
    } kinds[] = {
        {"peak over payload, mean (range)\tmemory limit over payload, mean (range)",
         {SWEEP_PEAK, SWEEP_LIMIT},
         2},
        {"longest stall, mean (range)", {SWEEP_STALL}, 1},
        {"memory limit over payload, mean (range)\tlongest stall, mean (range)",
         {SWEEP_LIMIT, SWEEP_STALL},
         2},
    };
    struct plot_spans spans;
    int error = plot_spans_make(groups, count, &spans);
    if (error)
        return error;
    size_t kind = figure - PLOT_SIZE_FIGURE_COUNT;
    fprintf(sheet->stream, "table\tallocator\t%s\twhat stays put\tsizes\tended\n", kinds[kind].heading);
    put_spans(sheet, &spans, kinds[kind].figures, kinds[kind].count);
    plot_spans_free(&spans);
    return 0;
}

/* ---- the file ---- */

int plot_table_write(const struct plot_group *groups, size_t count, enum plot_figure figure,
                     const struct plot_wish *wish, const char *path, char *sentence)
{
    static int (*const writers[])(struct plot_sheet *,
                                  const struct plot_group *) = {[PLOT_MEMORY] = put_memory,
                                                                [PLOT_PAUSES] = put_pauses,
                                                                [PLOT_LATENCY] = put_latency,
                                                                [PLOT_BARS] = put_bars,
                                                                [PLOT_UTILISATION] = plot_put_utilisation,
                                                                [PLOT_GROWTH] = plot_put_growth,
                                                                [PLOT_MOVES] = plot_put_moves};
    struct files_output output;
    struct plot_sheet sheet = {.error = sentence};
    *sentence = 0;
    int error = files_begin(&output, path);
    if (!error) {
        sheet.stream = output.stream;
        error = figure < PLOT_SIZE_FIGURE_COUNT ? writers[figure](&sheet, groups)
                : figure == PLOT_RATIOS         ? plot_put_ratios(&sheet, groups, count, wish->reference)
                                                : put_all_sizes(&sheet, groups, count, figure);
        if (sheet.left_out)
            fprintf(output.stream, "and %zu more\n", sheet.left_out);
        if (error)
            files_abandon(&output);
        else
            error = files_commit(&output);
    }
    return error && !*sentence
               ? sentence_fail(sentence, error, "cannot write '%s': %s", path, strerror(error))
               : error;
}
