/* SPDX-License-Identifier: MIT
 *
 * The charts, in the order of the questions of a review, and how to read each.
 */
#include "harness/common/files.h"
#include "harness/report/report_parts.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A table of numbers has some sixty rows. */
static const size_t numbers_bytes_max = (size_t)1 << 20;

enum { COLUMNS_MAX = 24, ROWS_MAX = 2000 };

/* By name, in the order in which they stand. */
static const struct chart {
    const char *name; /* of the figure */
    enum report_charts part;
    const char *how;
} charts[] = {
    {"decision", REPORT_DECISION,
     "Lower left is best: across is the memory limit to set over the payload, up is the longest stall. "
     "Colour is the allocator, the letter the table, the shape what stays put. "
     "A box spans all sizes of the run, its mark is their mean (of stalls the geometric one). "
     "Filled is a cold heap, hollow and dashed a warm or busy one. "
     "Grey: below ten times the longest pause of an idle loop in the median process, so not resolved. "
     "Red: out of memory under the budget of this run, at its largest size. "
     "Where marks crowd, some have no letter."},
    {"memory", REPORT_MEMORY,
     "Resident memory while entries come: the line is what stays, the band goes up to the exact peak of each "
     "interval, a stalk with a mark is the peak during one growth, the dotted line is the payload. A stalk "
     "three "
     "times as high as the line below it is the old block and one twice its size."},
    {"sweep_memory", REPORT_MEMORY,
     "Peak over payload by the size at which the fill ends; dotted the memory limit. A table that doubles is "
     "at its worst just behind the size at which it does (a power of two times its load factor) and at its "
     "best just before it."},
    {"pauses", REPORT_PAUSES,
     "Each operation of 50 us and more, at the number of entries at which it came, log, one scale for all "
     "tables; "
     "growths are marked. What grows in proportion to the table stands on a rising line."},
    {"utilisation", REPORT_PAUSES,
     "The smallest share of any window of that length that was left for operations shorter than 50 us. A "
     "curve that "
     "is 0 up to one second had a pause of one second; many small pauses in a row pull it down likewise."},
    {"latency", REPORT_PAUSES,
     "Percentiles of single inserts on HdrHistogram's axis: each step to the right is one nine more. The "
     "mark at the "
     "end is the longest of all."},
    {"growth", REPORT_PAUSES,
     "Where the time of the longest growth goes: the allocator (getting or enlarging the block, with what it "
     "copies, zeroes and faults in meanwhile), "
     "giving the old block back, page faults in the table's own part, and the rehash itself."},
    {"sweep_stalls", REPORT_PAUSES, "The longest stall by the size at which the fill ends."},
    {"moves", REPORT_MOVES,
     "How often a block of 64 KiB and more changed its address. Entry-stable: pointers to entries stay good. "
     "Base-stable: the block stays, entries move inside it. Offset-stable: blocks move, an entry keeps its "
     "number. "
     "Else only the key finds an entry again."},
    {"bars", REPORT_SPEED,
     "Worst memory over payload, longest insert and speed of each cell side by side, one scale a figure."},
    {"ratios", REPORT_RATIOS,
     "Each allocator over the reference on the same table, options and heap; left of 1 is less. The whiskers "
     "are the 95 % interval of the mean over sizes and repetitions; hollow marks have one process a side and "
     "no "
     "interval. An interval across 1 tells nothing apart, but for memory, which repeats: it is told apart "
     "where every size and repetition is on one side by more than 2 %. Of twenty intervals one misses by "
     "chance."},
};

/* ---- the numbers behind a chart ---- */

struct numbers {
    char *text; /* cut into cells */
    struct page_column columns[COLUMNS_MAX];
    struct page_cell *cells;
    struct page_table table;
};

/* Ends the cell at `at` and returns the next one's begin; *ends_row at a line's end. */
static char *cut(char *at, bool *ends_row)
{
    at += strcspn(at, "\t\n");
    *ends_row = *at != '\t';
    if (*at)
        *at++ = 0;
    return at;
}

static void take_heading(struct numbers *numbers, char **at)
{
    bool ends_row = false;
    while (!ends_row && numbers->table.column_count < COLUMNS_MAX) {
        numbers->columns[numbers->table.column_count++].title = *at;
        *at = cut(*at, &ends_row);
    }
}

static void take_row(struct numbers *numbers, char **at)
{
    bool ends_row = false;
    const size_t columns = numbers->table.column_count, first = numbers->table.row_count * columns;
    for (size_t i = 0; i < columns; i++) {
        struct page_cell *cell = &numbers->cells[first + i];
        *cell = (struct page_cell){.text = ends_row ? "" : *at};
        if (!ends_row)
            *at = cut(*at, &ends_row);
        if (!numbers->table.row_count)
            numbers->columns[i].is_number = isdigit((unsigned char)*cell->text);
    }
    while (!ends_row)
        *at = cut(*at, &ends_row);
    numbers->table.row_count++;
}

/* False: there is none. */
static bool read_numbers(const struct report *report, const struct plot_drawn *drawn, struct numbers *numbers)
{
    char path[RESULTS_PATH_BYTES], clause[SENTENCE_BYTES];
    size_t length;
    *numbers = (struct numbers){0};
    snprintf(path, sizeof path, "%.900s/plots/data/%.80s.table.tsv", report->folder, drawn->name);
    if (files_read_stored(path, numbers_bytes_max, &numbers->text, &length, clause))
        return false;
    char *at = numbers->text;
    take_heading(numbers, &at);
    numbers->cells = calloc((size_t)ROWS_MAX * numbers->table.column_count, sizeof *numbers->cells);
    while (numbers->cells && *at && numbers->table.row_count < ROWS_MAX)
        take_row(numbers, &at);
    numbers->table.caption = drawn->title;
    numbers->table.columns = numbers->columns;
    numbers->table.cells = numbers->cells;
    numbers->table.is_of_figure = true;
    return numbers->cells && numbers->table.row_count;
}

/* ---- figures ---- */

static void put_chart(const struct report *report, const struct plot_drawn *drawn, const struct chart *chart,
                      struct page *page)
{
    struct numbers numbers;
    const bool has_numbers = read_numbers(report, drawn, &numbers);
    const struct page_figure figure = {.name = drawn->name,
                                       .script = plot_figure_names[drawn->figure],
                                       .title = drawn->title,
                                       .subtitle = drawn->subtitle,
                                       .how = chart->how,
                                       .folder = report->folder,
                                       .panel_count = drawn->panel_count,
                                       .has_narrow = drawn->figure == PLOT_DECISION,
                                       .data = has_numbers ? &numbers.table : NULL};
    page->ops->figure(page, &figure);
    free(numbers.cells);
    free(numbers.text);
}

/* Bars say again what the tables of cells say. */
static bool is_in(const struct report *report, const struct chart *chart, const struct plot_drawn *drawn)
{
    return !strcmp(plot_figure_names[drawn->figure], chart->name) &&
           !(report->is_crowded && drawn->figure == PLOT_BARS);
}

size_t report_put_charts(const struct report *report, enum report_charts part, struct page *page)
{
    size_t count = 0;
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++)
        for (size_t j = 0; j < report->drawn.count && charts[i].part == part; j++)
            if (is_in(report, &charts[i], &report->drawn.items[j])) {
                put_chart(report, &report->drawn.items[j], &charts[i], page);
                count++;
            }
    return count;
}

bool report_has_charts(const struct report *report, enum report_charts part)
{
    for (size_t i = 0; i < sizeof charts / sizeof *charts; i++)
        for (size_t j = 0; j < report->drawn.count && charts[i].part == part; j++)
            if (is_in(report, &charts[i], &report->drawn.items[j]))
                return true;
    return false;
}
