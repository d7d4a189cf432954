/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary_threads.h"

#include "harness/common/units.h"

#include <math.h>
#include <string.h>

static double value_of(const struct results *results, const struct summary_row *row, enum cell_mode mode,
                       enum counter counter)
{
    struct cell cell = row->any->cell;
    cell.mode = mode;
    return results_median(results, &cell, counter, NULL);
}

/* How much faster than the same row with one thread. */
static double speedup_of(const struct results *results, const struct summary_rows *rows,
                         const struct summary_row *row)
{
    double alone = NAN;
    for (size_t i = 0; i < rows->count; i++) {
        const struct cell *cell = &rows->items[i].any->cell;
        if (cell->threads == 1 &&
            cell_same_but(cell, &row->any->cell, 1u << CELL_AXIS_threads | 1u << CELL_AXIS_mode))
            alone = value_of(results, &rows->items[i], CELL_THROUGHPUT, COUNTER_items_per_second);
    }
    return value_of(results, row, CELL_THROUGHPUT, COUNTER_items_per_second) / alone;
}

static const char *duration(char *text, double ns)
{
    if (isnan(ns))
        snprintf(text, UNITS_TEXT_BYTES, "-");
    else
        units_format_duration(text, ns);
    return text;
}

static const char *ratio(char *text, const char *format, double value)
{
    if (isnan(value))
        snprintf(text, UNITS_TEXT_BYTES, "-");
    else
        snprintf(text, UNITS_TEXT_BYTES, format, value);
    return text;
}

static void print_row(const struct results *results, const struct summary_rows *rows,
                      const struct summary_row *row, FILE *out)
{
    const struct cell *cell = &row->any->cell;
    char label[2 * CELL_NAME_BYTES], texts[5][UNITS_TEXT_BYTES];
    snprintf(label, sizeof label, "%s %s", cell->table, cell->allocator);
    const double blocked = value_of(results, row, CELL_THROUGHPUT, COUNTER_blocked_ns) /
                           value_of(results, row, CELL_THROUGHPUT, COUNTER_timed_ns) / (double)cell->threads;
    const double fault_ns = value_of(results, row, CELL_LATENCY, COUNTER_fault_total_ns) /
                            value_of(results, row, CELL_LATENCY, COUNTER_fault_count);
    fprintf(out, "    %-28s %3u threads %9s %11s %9s %10s %9s\n", label, (unsigned)cell->threads,
            ratio(texts[0], "%.2f x", speedup_of(results, rows, row)),
            duration(texts[1], value_of(results, row, CELL_LATENCY, COUNTER_resize_total_ns)),
            duration(texts[2], value_of(results, row, CELL_LATENCY, COUNTER_resize_max_ns)),
            duration(texts[3], fault_ns), ratio(texts[4], "%.0f %%", 100 * blocked));
}

void summary_threads_print(const struct results *results, const struct summary_rows *rows, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < rows->count; i++)
        any |= rows->items[i].any->cell.threads > 1 && !rows->items[i].bad;
    if (!any)
        return;
    fprintf(
        out,
        "  threads: speed over one; calls for large blocks, all and the longest; an insert that faults, on "
        "average; waiting\n"
        "    %-28s %11s %9s %11s %9s %10s %9s\n",
        "", "", "speed", "resizes", "longest", "a fault", "waiting");
    for (size_t i = 0; i < rows->count; i++)
        if (!rows->items[i].bad)
            print_row(results, rows, &rows->items[i], out);
    fputs("    (waiting: for mmap_lock, or for a CPU that others use; share of the threads' time)\n", out);
}
