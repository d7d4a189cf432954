/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary_headline.h"

#include "harness/common/units.h"

#include <math.h>
#include <string.h>

static const char region_name[] = "mremap";

struct metric {
    const char *name; /* NULL: by workload */
    enum counter counter;
    enum cell_mode mode; /* CELL_BOTH: the larger of both counts */
    bool larger_is_better;
    char *(*format)(char *text, double value);
};

static char *format_ratio(char *text, double value)
{
    snprintf(text, UNITS_TEXT_BYTES, "%.2f", value);
    return text;
}

static char *format_duration(char *text, double value)
{
    units_format_duration(text, value);
    return text;
}

static char *format_count(char *text, double value)
{
    units_format_count(text, value);
    return text;
}

static const struct metric metrics[] = {
    {"memory", COUNTER_worst_rss_ratio, CELL_BOTH, false, format_ratio},
    {"longest growth", COUNTER_growth_max_ns, CELL_LATENCY, false, format_duration},
    {NULL, COUNTER_items_per_second, CELL_THROUGHPUT, true, format_count},
};

/* What items_per_second counts. */
static const char *const item_names[CELL_WORKLOAD_COUNT] = {
    [CELL_FILL] = "inserts/s",
    [CELL_FIND] = "look-ups/s",
    [CELL_CHURN] = "erases and inserts/s",
    [CELL_DRAIN] = "erases and inserts/s",
};

static double value_of(const struct results *results, const struct summary_row *row,
                       const struct metric *metric)
{
    if (metric->mode == CELL_BOTH)
        return results_joined_median(results, &row->any->cell, metric->counter);
    struct cell cell = row->any->cell;
    cell.mode = metric->mode;
    return row->any->is_reference ? NAN : results_median(results, &cell, metric->counter, NULL);
}

static bool is_told_apart(const struct results *results, const struct summary_row *a,
                          const struct summary_row *b, const struct metric *metric)
{
    struct cell left = a->any->cell, right = b->any->cell;
    if (metric->mode == CELL_BOTH)
        return true; /* memory repeats: what is printed differs, or not */
    left.mode = right.mode = metric->mode;
    const struct results_range x = results_range(results, &left, metric->counter),
                               y = results_range(results, &right, metric->counter);
    return summary_times_differ(&x, &y);
}

/* The headline is about allocators: rows that differ in how the table grows are left out. */
static bool is_of_table(const struct summary_row *row, const char *table)
{
    const unsigned same_axes = 1u << CELL_AXIS_mode | 1u << CELL_AXIS_heap;
    char options[CELL_ID_BYTES];
    return !strcmp(row->any->cell.table, table) &&
           !*cell_format_options(&row->any->cell, SUMMARY_ROW_AXES & ~same_axes, options, sizeof options);
}

/* The peer itself or one of its profiles. */
static bool is_of_peer(const struct summary_row *row, const char *peer)
{
    const char *name = row->any->cell.allocator;
    return !strcmp(name, peer) || (row->profile.kind != PROFILE_NONE && !strcmp(row->profile.base, peer));
}

/* ":fast", or "default" for the peer itself. */
static const char *profile_of(const struct summary_row *row)
{
    const char *colon = strchr(row->any->cell.allocator, ':');
    return colon ? colon : "default";
}

static const struct summary_row *find_region(const struct summary_rows *rows, const char *table,
                                             enum cell_heap heap)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i];
        if (is_of_table(row, table) && row->any->cell.heap == heap && summary_may_be_best(row) &&
            !strcmp(row->any->cell.allocator, region_name))
            return row;
    }
    return NULL;
}

static const struct summary_row *find_best(const struct results *results, const struct summary_rows *rows,
                                           const struct summary_row *region, const char *peer,
                                           const struct metric *metric)
{
    const struct summary_row *best = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i];
        double value = value_of(results, row, metric);
        if (!is_of_table(row, region->any->cell.table) || row->any->cell.heap != region->any->cell.heap ||
            !is_of_peer(row, peer) || !summary_may_be_best(row) || isnan(value))
            continue;
        double least = best ? value_of(results, best, metric) : value;
        if (!best || (metric->larger_is_better ? value > least : value < least))
            best = row;
    }
    return best;
}

/* "memory 1.02 against 2.03 (:lean), ...": false when there is no figure that both have. */
static bool format_figures(const struct results *results, const struct summary_rows *rows,
                           const struct summary_row *region, const char *peer, char *line, size_t size)
{
    size_t used = 0;
    for (size_t m = 0; m < sizeof metrics / sizeof *metrics; m++) {
        double own = value_of(results, region, &metrics[m]);
        const struct summary_row *best =
            isnan(own) ? NULL : find_best(results, rows, region, peer, &metrics[m]);
        if (!best || used >= size ||
            (own <= 0 && value_of(results, best, &metrics[m]) <= 0)) /* 0 ns: neither grew */
            continue;
        char ours[UNITS_TEXT_BYTES], theirs[UNITS_TEXT_BYTES];
        used += (size_t)snprintf(
            line + used, size - used, "%s%s %s against %s (%s%s)", used ? ", " : "",
            metrics[m].name ? metrics[m].name : item_names[region->any->cell.workload],
            metrics[m].format(ours, own), metrics[m].format(theirs, value_of(results, best, &metrics[m])),
            profile_of(best), is_told_apart(results, region, best, &metrics[m]) ? "" : "; not told apart");
    }
    return used;
}

/* Which of the peer's rows stand in the comparison: "default, lean, fast". */
static void format_profiles(const struct summary_rows *rows, const char *table, const char *peer, char *list,
                            size_t size)
{
    const char *last = "";
    size_t used = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i];
        /* The heaps of one allocator stand together. */
        if (!is_of_table(row, table) || !is_of_peer(row, peer) || !summary_may_be_best(row) ||
            !strcmp(last, row->any->cell.allocator) || used >= size)
            continue;
        const char *profile = profile_of(row);
        used +=
            (size_t)snprintf(list + used, size - used, "%s%s", used ? ", " : "", profile + (*profile == ':'));
        last = row->any->cell.allocator;
    }
}

static bool print_peer(const struct results *results, const struct summary_rows *rows, const char *table,
                       const char *peer, bool printed, FILE *out)
{
    bool headed = false;
    for (int heap = 0; heap < CELL_HEAP_COUNT; heap++) {
        char line[600], profiles[4 * CELL_NAME_BYTES];
        const struct summary_row *region = find_region(rows, table, (enum cell_heap)heap);
        if (!region || !format_figures(results, rows, region, peer, line, sizeof line))
            continue;
        if (!headed) {
            format_profiles(rows, table, peer, profiles, sizeof profiles);
            fprintf(out, "%s  %s: %s against the best of %s (%s)\n", printed ? "" : "\n", table, region_name,
                    peer, profiles);
        }
        headed = true;
        fprintf(out, "    %s: %s\n", cell_heap_names[heap], line);
    }
    return printed || headed;
}

/* The first row of a peer's first profile stands for the peer on this table. */
static bool is_first_of_peer(const struct summary_rows *rows, size_t index)
{
    const struct summary_row *row = &rows->items[index];
    if (!is_of_table(row, row->any->cell.table))
        return false;
    for (size_t i = 0; i < index; i++) {
        const struct summary_row *earlier = &rows->items[i];
        if (earlier->profile.kind != PROFILE_NONE && is_of_table(earlier, row->any->cell.table) &&
            !strcmp(earlier->profile.base, row->profile.base))
            return false;
    }
    return row->profile.kind != PROFILE_NONE;
}

void summary_headline_print(const struct results *results, const struct summary_rows *rows, FILE *out)
{
    bool printed = false;
    for (size_t i = 0; i < rows->count; i++)
        if (is_first_of_peer(rows, i))
            printed = print_peer(results, rows, rows->items[i].any->cell.table, rows->items[i].profile.base,
                                 printed, out);
}
