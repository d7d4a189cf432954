/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_spans.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct plot_table *plot_span_table(const struct plot_span *span)
{
    return &span->group->tables[span->table];
}

const struct plot_contender *plot_span_contender(const struct plot_span *span)
{
    return &span->group->contenders[span->contender];
}

static bool is_of(const struct plot_span *span, const struct plot_table *table,
                  const struct plot_contender *contender)
{
    const struct plot_contender *own = plot_span_contender(span);
    struct cell like = own->example->cell;
    memcpy(like.table, contender->example->cell.table, sizeof like.table);
    return !strcmp(plot_span_table(span)->key, table->key) && own->run == contender->run &&
           cell_same_but(&like, &contender->example->cell,
                         1u << CELL_AXIS_entries | 1u << CELL_AXIS_mode | 1u << CELL_AXIS_workload);
}

static struct plot_span *find_span(struct plot_spans *spans, const struct plot_group *group, size_t table,
                                   size_t contender)
{
    for (size_t i = 0; i < spans->count; i++)
        if (is_of(&spans->items[i], &group->tables[table], &group->contenders[contender]))
            return &spans->items[i];
    struct plot_span *span = &spans->items[spans->count++];
    *span = (struct plot_span){.group = group, .table = table, .contender = contender, .died_ratio = NAN};
    return span;
}

/* What it had when it was killed, over what it was to hold. */
static double died_ratio(const struct result *result)
{
    double bytes = result->counters[COUNTER_limit_estimate_bytes];
    return bytes / (double)cell_payload_bytes(&result->cell);
}

static void add_cell(struct plot_span *span, const struct plot_cell *cell, const struct results *results)
{
    const struct result *any = NULL;
    bool failed = false, died = false;
    for (int mode = 0; mode < CELL_MODE_COUNT; mode++) {
        const struct result *result = cell->first[mode], *bad = cell->failed[mode];
        any = any ? any : result;
        failed |= bad != NULL;
        if (result && result->status == RECORD_OK)
            span->stability = stability_weaker(span->stability, stability_of(result));
        if (!bad || bad->status != RECORD_OOM)
            continue;
        died = true;
        double ratio = died_ratio(bad);
        if (!span->died || ratio > span->died_ratio || isnan(span->died_ratio)) {
            span->died = bad;
            span->died_ratio = ratio;
        }
    }
    span->size_count += any != NULL;
    span->died_size_count += died;
    if (any && !failed && span->count < SWEEP_SIZES_MAX)
        span->points[span->count++] = sweep_point_of(results, &any->cell);
}

static int compare_spans(const void *left, const void *right)
{
    const struct plot_span *a = left, *b = right;
    size_t x = plot_span_table(a)->style, y = plot_span_table(b)->style;
    if (x == y) {
        x = plot_span_contender(a)->style;
        y = plot_span_contender(b)->style;
    }
    if (x == y) {
        x = plot_span_contender(a)->condition_number;
        y = plot_span_contender(b)->condition_number;
    }
    return (x > y) - (x < y);
}

int plot_spans_make(const struct plot_group *groups, size_t count, struct plot_spans *spans)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most += groups[i].table_count * groups[i].contender_count;
    *spans = (struct plot_spans){.items = calloc(most, sizeof *spans->items)};
    int error = spans->items ? 0 : ENOMEM;
    for (size_t i = 0; i < count && !error; i++)
        for (size_t cell = 0; cell < groups[i].table_count * groups[i].contender_count && !error; cell++) {
            size_t contender = cell % groups[i].contender_count;
            struct plot_span *span =
                find_span(spans, &groups[i], cell / groups[i].contender_count, contender);
            if (!span->points)
                span->points =
                    calloc(count < SWEEP_SIZES_MAX ? count : SWEEP_SIZES_MAX, sizeof *span->points);
            if (span->points)
                add_cell(span, &groups[i].cells[cell], &groups[i].contenders[contender].run->results);
            else
                error = ENOMEM;
        }
    if (error)
        plot_spans_free(spans);
    else
        qsort(spans->items, spans->count, sizeof *spans->items, compare_spans);
    return error;
}

void plot_spans_free(struct plot_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        free(spans->items[i].points);
    free(spans->items);
    *spans = (struct plot_spans){0};
}

struct plot_extent plot_span_extent(const struct plot_span *span, enum sweep_figure figure)
{
    struct plot_extent extent = {NAN, NAN, NAN};
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < span->count; i++) {
        double value = span->points[i].values[figure];
        if (!(value > 0))
            continue;
        extent.low = fmin(extent.low, value);
        extent.high = fmax(extent.high, value);
        sum += figure == SWEEP_STALL ? log(value) : value;
        count++;
    }
    if (count)
        extent.mean = figure == SWEEP_STALL ? exp(sum / (double)count) : sum / (double)count;
    return extent;
}

bool plot_spans_are_sweep(const struct plot_spans *spans)
{
    for (size_t i = 0; i < spans->count; i++)
        if (spans->items[i].size_count >= SWEEP_SIZES_MIN)
            return true;
    return false;
}
