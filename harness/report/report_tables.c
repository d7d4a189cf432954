/* SPDX-License-Identifier: MIT
 *
 * Every cell: a table for each workload and size, rows as on the terminal. Of many sizes the largest is open.
 */
#include "harness/evaluate/stability.h"
#include "harness/evaluate/summary_text.h"
#include "harness/report/report_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = SUMMARY_COLUMNS + 3 };

/* Titles of two lines are one here. */
struct heads {
    struct page_column columns[COLUMNS_MAX];
    char texts[SUMMARY_COLUMNS][64];
    size_t count, figures;
};

static void make_heads(const struct summary_rows *rows, struct heads *heads)
{
    *heads = (struct heads){.count = 2};
    heads->columns[0] = (struct page_column){"table", false};
    heads->columns[1] = (struct page_column){"allocator", false};
    for (int c = 0; c < SUMMARY_COLUMNS && rows->columns[c].counter != COUNTER_COUNT; c++) {
        snprintf(heads->texts[c], sizeof heads->texts[c], "%s %s", rows->columns[c].title,
                 rows->columns[c].subtitle);
        heads->columns[heads->count++] = (struct page_column){heads->texts[c], true};
        heads->figures++;
    }
    heads->columns[heads->count++] = (struct page_column){"what stays put", false};
}

/* The weakest that any process of the row saw. */
static enum stability stability_of_row(const struct results *results, const struct summary_row *row)
{
    enum stability weakest = STABILITY_UNKNOWN;
    for (size_t i = 0; i < results->count; i++)
        if (cell_same_row(&results->items[i].cell, &row->any->cell) && results->items[i].status == RECORD_OK)
            weakest = stability_weaker(weakest, stability_of(&results->items[i]));
    return weakest;
}

/* "OOM: died at 58,720,256 of 67,108,864 entries; exceeded 4.00 GiB": where it was is what matters, and a message that
 * ends with it too need not say it again. */
static void add_bad(const struct summary_row *row, size_t columns, struct report_grid *grid)
{
    const struct result *bad = row->bad;
    const double entries = bad->counters[COUNTER_entries];
    const bool is_skip = bad->status == RECORD_SKIP, is_known = !is_skip && !isnan(entries);
    char at[UNITS_TEXT_BYTES], of[UNITS_TEXT_BYTES], died[2 * UNITS_TEXT_BYTES + 40] = "", share[64] = "",
                                                                                 tail[80];
    const int length =
        snprintf(tail, sizeof tail, " at %.0f of %" PRIu64 " entries", entries, bad->cell.entries);
    const size_t whole = strlen(bad->message);
    const bool repeats =
        is_known && whole > (size_t)length && !strcmp(bad->message + whole - (size_t)length, tail);
    if (is_known)
        snprintf(died, sizeof died, "%s at %s of %s entries; ",
                 bad->status == RECORD_WRONG ? "found" : "died", units_format_whole(at, (uint64_t)entries),
                 units_format_whole(of, bad->cell.entries));
    if (row->bad_count < row->process_count)
        snprintf(share, sizeof share, " (%d of %d processes)", row->bad_count, row->process_count);
    report_grid_add(grid, is_skip ? PAGE_MUTED : PAGE_BAD, columns, "%s: %s%.*s%s",
                    record_status_names[bad->status], died, (int)(repeats ? whole - (size_t)length : whole),
                    bad->message, share);
}

static void add_row(const struct results *results, const struct summary_rows *rows,
                    const struct summary_row *row, const struct heads *heads, bool says_cold,
                    struct report_grid *grid)
{
    char table[SUMMARY_LABEL_BYTES], allocator[SUMMARY_LABEL_BYTES];
    const char *kind = row->any->table_is_yardstick             ? " (yardstick)"
                       : row->profile.verdict == PROFILE_BROKEN ? " (profile does not keep its promise)"
                                                                : "";
    report_grid_add(grid, PAGE_PLAIN, 1, "%s", summary_text_table(row->any, table));
    report_grid_add(grid, PAGE_PLAIN, 1, "%s%s", summary_text_allocator(row->any, says_cold, allocator),
                    kind);
    if (row->bad) {
        add_bad(row, heads->count - 2, grid);
        return;
    }
    for (size_t c = 0; c < heads->figures; c++) {
        char text[UNITS_TEXT_BYTES];
        const enum page_mark mark = row->best[c]            ? PAGE_BEST
                                    : row->worst[c]         ? PAGE_WORST
                                    : isnan(row->values[c]) ? PAGE_MUTED
                                                            : PAGE_PLAIN;
        report_grid_add(grid, mark, 1, "%s",
                        summary_text_value(row, &rows->columns[c], row->values[c], text));
    }
    report_grid_add(grid, PAGE_PLAIN, 1, "%s", stability_names[stability_of_row(results, row)]);
}

static bool says_heap(const struct summary_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].any->cell.heap != CELL_COLD)
            return true;
    return false;
}

static void put_table(const struct results *results, const struct cell *like, const char *caption,
                      struct page *page)
{
    struct summary_rows rows = summary_collect(results, like);
    struct heads heads;
    struct report_grid grid;
    if (!rows.items) {
        if (!*page->error)
            sentence_fail(page->error, ENOMEM, "no memory for the tables of the report");
        return;
    }
    make_heads(&rows, &heads);
    report_grid_begin(&grid, heads.columns, heads.count);
    for (size_t i = 0; i < rows.count; i++)
        add_row(results, &rows, &rows.items[i], &heads, says_heap(&rows), &grid);
    report_grid_put(&grid, caption, page);
    free(rows.items);
}

static void write_caption(const char *prefix, const struct cell *cell, char *caption, size_t size)
{
    char entries[UNITS_TEXT_BYTES], payload[UNITS_TEXT_BYTES], options[CELL_ID_BYTES];
    cell_format_options(cell,
                        ~(unsigned)SUMMARY_ROW_AXES & ~(1u << CELL_AXIS_workload | 1u << CELL_AXIS_entries),
                        options, sizeof options);
    snprintf(caption, size, "%s%s of %s entries, %s of payload%s%s", prefix,
             cell_workload_names[cell->workload], units_format_count(entries, (double)cell->entries),
             units_format_bytes(payload, (double)cell_payload_bytes(cell)), *options ? "," : "", options);
}

/* A larger size of the same: then this one is closed at first. */
static bool has_larger(const struct results *results, const struct cell *cell)
{
    for (size_t i = 0; i < results->count; i++) {
        struct cell like = results->items[i].cell;
        const bool is_larger = like.entries > cell->entries;
        like.entries = cell->entries;
        if (is_larger && summary_same_table(&like, cell))
            return true;
    }
    return false;
}

static void put_run(const struct report *report, const struct report_run *run, struct page *page)
{
    char prefix[REPORT_NAME_BYTES + 8];
    report_prefix(report, run, prefix);
    for (int closed = 0; closed < 2; closed++)
        for (size_t i = 0; i < run->items.count; i++) {
            char caption[REPORT_NAME_BYTES + CELL_ID_BYTES + 160];
            const struct cell *cell = &run->items.items[i].cell;
            if (!summary_is_first(&run->items, i, summary_same_table) ||
                has_larger(&run->items, cell) != (closed == 1))
                continue;
            write_caption(prefix, cell, caption, sizeof caption);
            if (closed)
                page->ops->open_details(page, caption);
            put_table(&run->items, cell, caption, page);
            if (closed)
                page->ops->close_details(page);
        }
}

static void put_words(struct page *page)
{
    static const char *const words[] = {
        "worst mem / payload: largest resident peak over the payload just before, from 2^20 entries on",
        "... on a warm heap with what it kept of the tables before, which is much beside the first million",
        "overlap at growth: the peak during one growth over what was resident before it",
        "set the container to: the smallest limit under which it completes",
        "longest stall: the worst single operation, making the table too",
        "utilised of 100 ms: the smallest share of any 100 ms left for operations below 50 us",
        "base moves: how often a block of 64 KiB or more changed its address",
        "inserts / s: in batches of 32, by another process than the latencies",
        "yardstick: a bound to compare with, nothing to choose; - is not measured, or not in this mode",
        "resident end/begin: of churn, what it holds after it over what it held before",
        "copied for snapshot: pages that a forked child kept while the parent went on writing",
        "empty: held: resident when all was erased, at once, and 1 s and 10 s on",
    };
    page->ops->open_details(page, "What the columns are");
    page->ops->list(page, words, sizeof words / sizeof *words);
    page->ops->close_details(page);
}

void report_put_tables(const struct report *report, struct page *page)
{
    page->ops->paragraph(
        page,
        "+ best and \u2212 worst: of its table on the same heap, or not told apart from it (memory by 1 %, "
        "limits "
        "by 2 %, times where the ranges of the repetitions do not touch, or by a factor of 2 with one "
        "repetition). "
        "~ is an estimate from peak and page tables. ? is shorter than ten times the longest pause that the "
        "machine gave an idle loop meanwhile: a bound. \u00d7 did not come to its end.");
    put_words(page);
    for (size_t i = 0; i < report->count; i++)
        put_run(report, &report->runs[i], page);
}
