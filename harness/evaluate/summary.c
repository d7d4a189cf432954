/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary.h"

#include "harness/evaluate/summary_headline.h"
#include "harness/evaluate/summary_octave.h"
#include "harness/evaluate/summary_pages.h"
#include "harness/evaluate/summary_text.h"
#include "harness/evaluate/summary_threads.h"
#include "harness/evaluate/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A worst ratio so far above that of the cold heap is not the table's. */
static const double kept_factor = 2;

static bool is_cold_only(const struct summary_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].any->cell.heap != CELL_COLD)
            return false;
    return true;
}

/* How the rows of this table are labelled. */
struct layout {
    bool cold_only; /* then the heap need not be said */
    int table_width, allocator_width;
};

static struct layout lay_out(const struct summary_rows *rows)
{
    struct layout layout = {.cold_only = is_cold_only(rows), .table_width = 16, .allocator_width = 19};
    for (size_t i = 0; i < rows->count; i++) {
        char label[SUMMARY_LABEL_BYTES];
        int table = (int)strlen(summary_text_table(rows->items[i].any, label));
        int allocator = (int)strlen(summary_text_allocator(rows->items[i].any, !layout.cold_only, label));
        layout.table_width = table > layout.table_width ? table : layout.table_width;
        layout.allocator_width = allocator > layout.allocator_width ? allocator : layout.allocator_width;
    }
    return layout;
}

static int column_width(const struct summary_column_row *column)
{
    size_t title = strlen(column->title), subtitle = strlen(column->subtitle), widest = 9;
    widest = title > widest ? title : widest;
    return (int)(subtitle > widest ? subtitle : widest);
}

static void print_row(const struct summary_rows *rows, const struct summary_row *row,
                      const struct layout *layout, bool repeats_table, FILE *out)
{
    char table[SUMMARY_LABEL_BYTES], allocator[SUMMARY_LABEL_BYTES];
    fprintf(out, "  %-*s %-*s", layout->table_width, repeats_table ? "" : summary_text_table(row->any, table),
            layout->allocator_width, summary_text_allocator(row->any, !layout->cold_only, allocator));
    if (row->bad) {
        fprintf(out, "  %s: ", record_status_names[row->bad->status]);
        sentence_put(row->bad->message, out);
        if (row->bad_count < row->process_count)
            fprintf(out, " (%d of %d processes)", row->bad_count, row->process_count);
        fputc('\n', out);
        return;
    }
    for (int c = 0; c < SUMMARY_COLUMNS && rows->columns[c].counter != COUNTER_COUNT; c++) {
        char text[UNITS_TEXT_BYTES];
        summary_text_value(row, &rows->columns[c], row->values[c], text);
        const char *sign = summary_best_everywhere(rows, row, c) ? "*" : row->best[c] ? "+" : " ";
        fprintf(out, " %*s%s", column_width(&rows->columns[c]), text, sign);
    }
    fputc('\n', out);
}

static void print_heading(const struct summary_rows *rows, const struct cell *cell,
                          const struct layout *layout, FILE *out)
{
    char payload[UNITS_TEXT_BYTES], options[CELL_ID_BYTES];
    cell_format_options(cell, ~(unsigned)SUMMARY_ROW_AXES, options, sizeof options);
    fprintf(out, "\n%s of %llu entries (%s of payload)%s%s\n\n", cell_workload_names[cell->workload],
            (unsigned long long)cell->entries, units_format_bytes(payload, (double)cell_payload_bytes(cell)),
            *options ? "," : "", options);
    fprintf(out, "  %-*s %-*s", layout->table_width, "table", layout->allocator_width, "allocator, version");
    for (int c = 0; c < SUMMARY_COLUMNS && rows->columns[c].counter != COUNTER_COUNT; c++)
        fprintf(out, " %*s ", column_width(&rows->columns[c]), rows->columns[c].title);
    fprintf(out, "\n  %-*s %-*s", layout->table_width, "", layout->allocator_width, "");
    for (int c = 0; c < SUMMARY_COLUMNS && rows->columns[c].counter != COUNTER_COUNT; c++)
        fprintf(out, " %*s ", column_width(&rows->columns[c]), rows->columns[c].subtitle);
    fputc('\n', out);
}

static void print_footnotes(const struct summary_rows *rows, bool cold_only, FILE *out)
{
    bool marked = false, unresolved = false, reference = false, small = false, estimate = false;
    bool shows_stall = false;
    for (int c = 0; c < SUMMARY_COLUMNS; c++)
        shows_stall |= rows->columns[c].counter == COUNTER_stall_max_ns;
    for (size_t i = 0; i < rows->count; i++) {
        for (int c = 0; c < SUMMARY_COLUMNS; c++)
            marked |= rows->items[i].best[c];
        unresolved |= shows_stall && !isnan(rows->items[i].stall_max_ns) && !rows->items[i].bad &&
                      !summary_is_resolved(&rows->items[i]);
        reference |= rows->items[i].any->is_reference;
        estimate |= rows->items[i].limit_is_estimate && !rows->items[i].bad &&
                    !isnan(rows->items[i].values[SUMMARY_LIMIT]);
        small |= !rows->items[i].bad && isnan(rows->items[i].values[SUMMARY_WORST]);
    }
    fputc('\n', out);
    if (marked && cold_only)
        fputs("  + leads its table on this heap, or is not told from who does; who is best needs "
              "HEAP=cold,warm\n",
              out);
    else if (marked)
        fputs("  * best of its table cold and warm, or not told from it    + leads on this heap, likewise\n",
              out);
    if (marked)
        fputs("    (told apart: memory by 1 %, limits by 2 %, times when the ranges of their repetitions do\n"
              "    not touch, or by a factor of 2 with one repetition)\n",
              out);
    if (small)
        fputs("  - no growth from 2^20 entries on, where ratios begin to say something: ENTRIES=2^21 and "
              "more\n",
              out);
    if (unresolved)
        fputs("  ? a bound only, perhaps the machine's doing: under ten times its own longest hiccup "
              "meanwhile\n",
              out);
    if (estimate)
        fputs("  ~ an estimate: resident at the start, peak and page tables; --find-limit measures it\n",
              out);
    if (reference)
        fputs("  (ref) from an earlier run on this machine; times are not compared across runs\n", out);
}

/* The worst ratio divides by the entries of its moment: what a heap kept of the tables before stands beside
 * the first million, and says little of this table. */
static void print_kept(const struct results *results, const struct summary_rows *rows, FILE *out)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i], *cold = summary_find_row(rows, row, CELL_COLD);
        if (row == cold || !cold || row->bad ||
            !(row->values[SUMMARY_WORST] > kept_factor * cold->values[SUMMARY_WORST]))
            continue;
        char options[CELL_ID_BYTES];
        cell_format_options(&row->any->cell, SUMMARY_ROW_OPTIONS, options, sizeof options);
        fprintf(out,
                "  %s, %s %s%s: its worst memory is that of the tables before, kept; the peak is %.2f of the "
                "final "
                "payload\n",
                row->any->cell.table, row->any->cell.allocator, cell_heap_names[row->any->cell.heap], options,
                results_joined_median(results, &row->any->cell, COUNTER_peak_rss_ratio));
    }
}

static void print_profiles(const struct summary_rows *rows, FILE *out)
{
    bool unchecked = false;
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i];
        char sentence[400];
        unchecked |= row->profile.verdict == PROFILE_UNCHECKED && row->profile.own.count && !row->bad;
        if (row->profile.verdict != PROFILE_BROKEN)
            continue;
        profiles_describe(&row->profile, &row->any->cell, sentence, sizeof sentence);
        fprintf(out, "  %s: kept out of the comparison\n", sentence);
    }
    if (unchecked)
        fputs("  profiles (:lean, :fast) that nothing here checked: do they keep their promise? NAME:all and "
              "REPS=3 tell\n",
              out);
}

static void print_table(const struct results *results, const struct cell *like, FILE *out)
{
    struct summary_rows rows = summary_collect(results, like);
    if (!rows.items)
        return;
    struct layout layout = lay_out(&rows);
    print_heading(&rows, like, &layout, out);
    const char *table = "";
    bool yardsticks = false;
    for (size_t i = 0; i < rows.count; i++) {
        const struct result *any = rows.items[i].any;
        if (any->table_is_yardstick && !yardsticks)
            fprintf(out, "  -- yardsticks: bounds to compare with, not tables; memory is their peak over the "
                         "final payload --\n");
        yardsticks = any->table_is_yardstick;
        print_row(&rows, &rows.items[i], &layout, !strcmp(table, any->cell.table), out);
        table = any->cell.table;
    }
    print_footnotes(&rows, layout.cold_only, out);
    summary_pages_print(results, &rows, out);
    summary_threads_print(results, &rows, out);
    print_kept(results, &rows, out);
    print_profiles(&rows, out);
    summary_headline_print(results, &rows, out);
    free(rows.items);
}

void summary_print(const struct results *results, FILE *out)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct cell *cell = &results->items[i].cell;
        if (!summary_is_first(results, i, summary_same_table))
            continue;
        if (!sweep_is(results, cell))
            print_table(results, cell, out);
        else if (summary_is_first(results, i, sweep_same))
            summary_octave_print(results, cell, out);
    }
}
