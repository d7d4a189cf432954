/* SPDX-License-Identifier: MIT
 *
 * Data of the figures of a sweep. Where ways of growing are compared: a panel for each table with each allocator, a
 * line for each way. Else a panel for each table, a line for each allocator.
 *
 *   block 1  panel, title, resolution_ms
 *   block 2  contender = growth, or allocator; heap and whatever else differs
 *   block 3  panel, contender of each line; blocks 4 and on: entries, values, a line each
 */
#include "harness/charts/plot_data_parts.h"

#include "harness/common/statistics.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void plot_write_span_titles(const struct plot_group *groups, size_t count, const char *figure,
                            const char *title, const char *note, FILE *out)
{
    char first[32], last[32], machine[PLOT_TEXT_BYTES];
    fprintf(out, "# growbench: data of the figure \"%s\"\n# title, subtitle\n%s: %s, ", figure, title,
            cell_workload_names[groups->workload]);
    units_format_whole(first, groups[0].entries);
    units_format_whole(last, groups[count - 1].entries);
    if (count > 1)
        fprintf(out, "%zu sizes from %s to %s entries\n", count, first, last);
    else
        fprintf(out, "%s entries\n", first);
    fprintf(out, "%s; %s\n\n\n", plot_groups_machine(groups, count, machine), note);
}

double plot_resolution_ms(const struct plot_spans *spans)
{
    size_t most = 1, count = 0;
    for (size_t i = 0; i < spans->count; i++)
        most += spans->items[i].count;
    double *hiccups = calloc(most, sizeof *hiccups);
    for (size_t i = 0; hiccups && i < spans->count; i++)
        for (size_t j = 0; j < spans->items[i].count; j++)
            if (!isnan(spans->items[i].points[j].hiccup_max_ns))
                hiccups[count++] = spans->items[i].points[j].hiccup_max_ns;
    double value = 10 * statistics_median(hiccups, count) / 1e6; /* NaN for none */
    free(hiccups);
    return value;
}

/* ---- lines ---- */

static bool compares_growths(const struct plot_spans *spans)
{
    for (size_t i = 1; i < spans->count; i++)
        if (plot_span_contender(&spans->items[i])->example->cell.growth !=
            plot_span_contender(&spans->items[0])->example->cell.growth)
            return true;
    return false;
}

/* "growth 1.5, warm, load:0.5", or "glibc 2.36 warm load:0.5": what is looked for is always said. */
static void name_line(const struct plot_spans *spans, const struct plot_contender *contender, char *name,
                      size_t size)
{
    const struct cell *cell = &contender->example->cell;
    char growth[CELL_VALUE_BYTES], rest[PLOT_TEXT_BYTES];
    struct cell like = *cell;
    if (!compares_growths(spans)) {
        snprintf(name, size, "%s", contender->name);
        return;
    }
    like.growth = CELL_GROWTH_DEFAULT;
    like.heap = CELL_COLD;
    plot_safe_text(
        rest, sizeof rest,
        cell_format_options(&like, ~(1u << CELL_AXIS_mode), (char[CELL_ID_BYTES]){0}, CELL_ID_BYTES));
    snprintf(name, size, "growth %s%s%s%.60s%s%.40s",
             cell_format_value(CELL_AXIS_growth, cell->growth, growth), cell->heap == CELL_COLD ? "" : ", ",
             cell->heap == CELL_COLD ? "" : cell_heap_names[cell->heap], rest,
             *contender->run->name ? ", " : "", contender->run->name);
}

static bool is_of_panel(const struct plot_spans *spans, const struct plot_span *a, const struct plot_span *b)
{
    return plot_span_table(a)->style == plot_span_table(b)->style &&
           (!compares_growths(spans) || plot_span_contender(a)->style == plot_span_contender(b)->style);
}

/* The first span that has the same name in its way, and so its number. */
static size_t first_like(const struct plot_spans *spans, size_t index, bool by_panel)
{
    const struct plot_span *span = &spans->items[index];
    char own[PLOT_TEXT_BYTES * 2], other[PLOT_TEXT_BYTES * 2];
    name_line(spans, plot_span_contender(span), own, sizeof own);
    for (size_t i = 0; i < index; i++) {
        const struct plot_span *earlier = &spans->items[i];
        if (!earlier->count) /* neither drawn nor numbered */
            continue;
        name_line(spans, plot_span_contender(earlier), other, sizeof other);
        if (by_panel ? is_of_panel(spans, span, earlier) : !strcmp(own, other))
            return i;
    }
    return index;
}

static size_t number_of(const struct plot_spans *spans, size_t index, bool by_panel)
{
    size_t first = first_like(spans, index, by_panel), number = 1;
    for (size_t i = 0; i < first; i++)
        number += spans->items[i].count && first_like(spans, i, by_panel) == i;
    return number;
}

static void write_line(const struct plot_spans *spans, size_t index, FILE *out)
{
    const struct plot_contender *contender = plot_span_contender(&spans->items[index]);
    const size_t number = number_of(spans, index, false);
    const bool is_cold = contender->example->cell.heap == CELL_COLD, by_growth = compares_growths(spans);
    char name[PLOT_TEXT_BYTES * 2];
    name_line(spans, contender, name, sizeof name);
    fprintf(out, "%zu\t%zu\t%zu\t%d\t%s\t%zu\n", number, by_growth ? number : contender->style,
            by_growth ? is_cold ? (size_t)1 : (size_t)2 : contender->condition_number,
            !by_growth && contender->is_yardstick, name, by_growth ? number : contender->hue);
}

static void write_panels(const struct plot_spans *spans, FILE *out)
{
    fprintf(out, "# panel\ttitle\tresolution_ms\n");
    for (size_t i = 0; i < spans->count; i++) {
        const struct plot_span *span = &spans->items[i];
        if (first_like(spans, i, true) != i || !span->count)
            continue;
        fprintf(out, "%zu\t%.70s", number_of(spans, i, true), plot_span_table(span)->name);
        if (compares_growths(spans))
            fprintf(out, ", %.70s", plot_span_contender(span)->allocator);
        plot_put(out, "\t", plot_resolution_ms(spans));
        fputs("\n", out);
    }
    fprintf(out, "\n\n# contender\tstyle\tcondition\tyardstick\tname\thue\n");
    for (size_t i = 0; i < spans->count; i++)
        if (first_like(spans, i, false) == i && spans->items[i].count)
            write_line(spans, i, out);
    fprintf(out, "\n\n");
}

static void write_lines(const struct plot_spans *spans, const enum sweep_figure *figures, size_t figure_count,
                        const char *columns, struct plot_blocks *blocks)
{
    fprintf(blocks->stream, "# panel\tcontender; block 4 is of the first line, and so on\n");
    for (size_t i = 0; i < spans->count; i++)
        if (spans->items[i].count)
            fprintf(blocks->stream, "%zu\t%zu\n", number_of(spans, i, true), number_of(spans, i, false));
    for (size_t i = 0; i < spans->count; i++) {
        const struct plot_span *span = &spans->items[i];
        if (!span->count)
            continue;
        fprintf(blocks->stream, "\n\n# entries\t%s\n", columns);
        for (size_t j = 0; j < span->count; j++) {
            fprintf(blocks->stream, "%" PRIu64, span->points[j].entries);
            for (size_t f = 0; f < figure_count; f++) {
                double value = span->points[j].values[figures[f]];
                plot_put(blocks->stream, "\t", figures[f] == SWEEP_STALL ? value / 1e6 : value);
                blocks->marks += isnan(value) ? 0 : 1;
            }
            fputs("\n", blocks->stream);
        }
    }
}

int plot_write_sweep_memory(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                            struct plot_blocks *blocks)
{
    if (!plot_spans_are_sweep(spans))
        return 0;
    plot_write_span_titles(groups, count, "sweep_memory", "Memory by final size",
                           "medians of the repetitions", blocks->stream);
    write_panels(spans, blocks->stream);
    write_lines(spans, (const enum sweep_figure[]){SWEEP_PEAK, SWEEP_LIMIT}, 2,
                "peak_rss_ratio\tlimit_needed_ratio or limit_estimate_ratio", blocks);
    return 0;
}

int plot_write_sweep_stalls(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                            struct plot_blocks *blocks)
{
    if (!plot_spans_are_sweep(spans))
        return 0;
    plot_write_span_titles(groups, count, "sweep_stalls", "Longest stall by final size",
                           "medians of the repetitions", blocks->stream);
    write_panels(spans, blocks->stream);
    write_lines(spans, (const enum sweep_figure[]){SWEEP_STALL}, 1, "stall_max_ms or insert_max_ms", blocks);
    return 0;
}
