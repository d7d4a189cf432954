/* SPDX-License-Identifier: MIT
 *
 * Data of the figure of bars: three figures a contender, as medians of the repetitions.
 */
#include "harness/charts/plot_data_parts.h"

#include "harness/common/units.h"

#include <math.h>
#include <string.h>

/* NaN if no mode has one. */
static double median(const struct plot_group *group, size_t table, size_t contender, enum counter counter)
{
    const struct plot_cell *cell = plot_group_cell(group, table, contender);
    const struct result *any =
        cell->first[CELL_LATENCY] ? cell->first[CELL_LATENCY] : cell->first[CELL_THROUGHPUT];
    return any ? results_joined_median(&group->contenders[contender].run->results, &any->cell, counter) : NAN;
}

static bool is_time(enum counter counter)
{
    return counter == COUNTER_insert_max_ns || counter == COUNTER_hit_p99_ns;
}

static bool is_speed(enum counter counter)
{
    return counter == COUNTER_items_per_second || counter == COUNTER_hit_items_per_second;
}

static void format_value(char *text, enum counter counter, double value)
{
    if (is_time(counter))
        units_format_duration(text, value);
    else if (is_speed(counter))
        snprintf(text + strlen(units_format_count(text, value)), UNITS_TEXT_BYTES, "/s");
    else
        snprintf(text, UNITS_TEXT_BYTES, "%.2f x", value);
}

static enum counter bar_counter(const struct plot_group *group, size_t table, size_t bar)
{
    const bool is_find = group->workload == CELL_FIND;
    const enum counter counters[PLOT_BAR_COUNT] = {results_memory_counter(group->tables[table].is_yardstick),
                                                   is_find ? COUNTER_hit_p99_ns : COUNTER_insert_max_ns,
                                                   is_find ? COUNTER_hit_items_per_second
                                                           : COUNTER_items_per_second};
    return counters[bar];
}

bool plot_has_bars(const struct plot_group *group, size_t table, size_t contender)
{
    const struct plot_cell *cell = plot_group_cell(group, table, contender);
    return cell->first[CELL_LATENCY] || cell->first[CELL_THROUGHPUT];
}

double plot_bar_value(const struct plot_group *group, size_t table, size_t contender, size_t bar, char *text)
{
    const enum counter counter = bar_counter(group, table, bar);
    const double value = median(group, table, contender, counter);
    const struct plot_cell *cell = plot_group_cell(group, table, contender);
    const struct result *failed =
        cell->failed[CELL_LATENCY] ? cell->failed[CELL_LATENCY] : cell->failed[CELL_THROUGHPUT];
    snprintf(text, PLOT_BAR_TEXT_BYTES, "%s", failed ? record_status_names[failed->status] : "not measured");
    if (!isnan(value)) {
        format_value(text, counter, value);
        if (failed)
            snprintf(text + strlen(text), 32, ", also %s", record_status_names[failed->status]);
    }
    return is_time(counter) || is_speed(counter) ? value * 1e-6 : value; /* ns to ms, 1/s to millions */
}

int plot_write_bars(const struct plot_group *group, struct plot_blocks *blocks)
{
    plot_write_tables(group, blocks->stream);
    plot_write_contenders(group, blocks->stream);
    fprintf(blocks->stream, "# panel\trow\tcontender\tmemory_ratio\ttext\ttime_ms\ttext"
                            "\tmillion_items_per_second\ttext\n");
    for (size_t table = 0; table < group->table_count; table++)
        for (size_t i = 0, row = 0; i < group->contender_count; i++) {
            if (!plot_has_bars(group, table, i))
                continue;
            fprintf(blocks->stream, "%zu\t%zu\t%zu", table + 1, ++row, i + 1);
            for (size_t bar = 0; bar < PLOT_BAR_COUNT; bar++) {
                char text[PLOT_BAR_TEXT_BYTES];
                const double value = plot_bar_value(group, table, i, bar, text);
                plot_put(blocks->stream, "\t", value);
                fprintf(blocks->stream, "\t%s", text);
                blocks->marks += isnan(value) ? 0 : 1;
            }
            fprintf(blocks->stream, "\n");
        }
    return 0;
}
