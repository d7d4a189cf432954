/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary_octave.h"

#include "harness/common/units.h"
#include "harness/evaluate/summary_rows.h"
#include "harness/evaluate/sweep.h"
#include "harness/evaluate/sweep_sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LABEL_BYTES = CELL_NAME_BYTES + RECORD_VERSION_BYTES + 240, CELL_WIDTH = 7 };

static const struct column {
    const char *title;
    enum sweep_figure figure;
    double scale;
} columns[] = {
    {"peak / payload", SWEEP_PEAK, 1},        {"limit / payload", SWEEP_LIMIT, 1},
    {"longest stall, ms", SWEEP_STALL, 1e-6}, {"growing, ns/entry", SWEEP_GROWTH, 1},
    {"millions/s", SWEEP_SPEED, 1e-6},        {"base moves", SWEEP_MOVES, 1},
};

enum { COLUMN_COUNT = sizeof columns / sizeof *columns };

/* Three digits or the whole number. */
static void print_value(enum sweep_figure figure, double value, FILE *out)
{
    if (isnan(value))
        fprintf(out, "%*s", CELL_WIDTH, "-");
    else
        fprintf(out, "%*.*f", CELL_WIDTH,
                figure == SWEEP_PEAK || figure == SWEEP_LIMIT ? 2
                : figure == SWEEP_MOVES || value >= 100       ? 0
                : value >= 10                                 ? 1
                                                              : 2,
                value);
}

static const char *format_label(const struct result *any, char *label)
{
    char options[CELL_ID_BYTES], growth[CELL_VALUE_BYTES];
    bool says_growth = any->cell.growth != CELL_GROWTH_DEFAULT;
    cell_format_options(&any->cell, SUMMARY_ROW_AXES & ~(1u << CELL_AXIS_mode | 1u << CELL_AXIS_growth),
                        options, sizeof options);
    snprintf(label, LABEL_BYTES, "%s%s%s%.150s%s%s%s", any->cell.allocator,
             any->allocator_is_malloc ? " " : "", any->allocator_is_malloc ? any->allocator_version : "",
             options, says_growth ? " growth:" : "",
             says_growth ? cell_format_value(CELL_AXIS_growth, any->cell.growth, growth) : "",
             any->is_reference ? " (ref)" : "");
    return label;
}

static int measure_labels(const struct sweep *sweep)
{
    int width = 20;
    for (size_t i = 0; i < sweep->count; i++) {
        char label[LABEL_BYTES];
        int length = (int)strlen(format_label(sweep->items[i].any, label));
        width = length > width ? length : width;
    }
    return width;
}

static void print_heading(const struct results *results, const struct sweep *sweep, int width, FILE *out)
{
    const struct cell *like = &sweep->items[0].any->cell;
    uint64_t least = UINT64_MAX, most = 0;
    size_t size_count = 0;
    for (size_t i = 0; i < results->count; i++)
        if (sweep_same(&results->items[i].cell, like)) {
            const struct cell *cell = &results->items[i].cell;
            least = cell->entries < least ? cell->entries : least;
            most = cell->entries > most ? cell->entries : most;
        }
    for (size_t i = 0; i < sweep->count; i++) {
        size_t own = sweep_size_count(results, &sweep->items[i].any->cell);
        size_count = own > size_count ? own : size_count;
    }
    char options[CELL_ID_BYTES];
    cell_format_options(like, ~(unsigned)SUMMARY_ROW_AXES, options, sizeof options);
    fprintf(out, "\n%s of %zu sizes from %llu to %llu entries%s%s: worst, best and mean of the sizes\n\n",
            cell_workload_names[like->workload], size_count, (unsigned long long)least,
            (unsigned long long)most, *options ? "," : "", options);
    fprintf(out, "  %-*s", width, "allocator, version");
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        fprintf(out, "  %*s%s", 3 * CELL_WIDTH, columns[c].title, c ? "" : " ");
    fprintf(out, "\n  %-*s", width, "");
    for (size_t c = 0; c < COLUMN_COUNT; c++)
        fprintf(out, "  %*s%*s%*s%s", CELL_WIDTH, "worst", CELL_WIDTH, "best", CELL_WIDTH, "mean",
                c ? "" : " ");
    fputc('\n', out);
}

/* "OOM at 3, SKIP at 1 of 16 sizes": what was not tried did not die. */
static void print_bad(const struct sweep_row *row, FILE *out)
{
    const char *before = "  ";
    for (int status = 0; status < RECORD_STATUS_COUNT; status++)
        if (row->bad_sizes[status]) {
            fprintf(out, "%s%s at %zu", before, record_status_names[status], row->bad_sizes[status]);
            before = ", ";
        }
    fprintf(out, " of %zu sizes: ", row->bad_size_count + row->count);
    sentence_put(row->bad->message, out);
    fputc('\n', out);
}

static void print_row(const struct sweep_row *row, int width, FILE *out)
{
    char label[LABEL_BYTES];
    fprintf(out, "  %-*s", width, format_label(row->any, label));
    if (row->bad) {
        print_bad(row, out);
        return;
    }
    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        const struct sweep_spread *spread = &row->spreads[columns[c].figure];
        fputs("  ", out);
        print_value(columns[c].figure, spread->worst * columns[c].scale, out);
        print_value(columns[c].figure, spread->best * columns[c].scale, out);
        print_value(columns[c].figure, spread->mean * columns[c].scale, out);
        if (!c)
            fputc(row->is_exact ? ' ' : '~', out);
    }
    fputc('\n', out);
}

static void print_rows(const struct sweep *sweep, int width, FILE *out)
{
    const char *table = "";
    for (size_t i = 0; i < sweep->count; i++) {
        const struct result *any = sweep->items[i].any;
        if (strcmp(table, any->cell.table))
            fprintf(out, "%s%s%s%s\n", any->cell.table, *any->table_version ? " " : "", any->table_version,
                    any->table_is_yardstick ? " (yardstick)" : "");
        table = any->cell.table;
        print_row(&sweep->items[i], width, out);
    }
}

static void print_footnotes(const struct sweep *sweep, FILE *out)
{
    const struct sweep_row *longest = NULL;
    bool is_estimate = false, is_reference = false;
    for (size_t i = 0; i < sweep->count; i++) {
        const struct sweep_row *row = &sweep->items[i];
        if (row->bad) /* shows no figures */
            continue;
        longest = !longest || row->count > longest->count ? row : longest;
        is_estimate |= row->limit_is_estimate;
        is_reference |= row->any->is_reference;
    }
    if (!longest)
        return;
    fputs("\n  peak: the table's. limit: what to set a container to", out);
    fputs(is_estimate ? ", an estimate: peak, page tables and the process itself\n" : ", found by trial\n",
          out);
    double step = sweep_step(longest);
    if (step > 0)
        fprintf(
            out,
            "  The mean is what to expect of a final size of which only this range is known (log-uniform). "
            "Worst and mean of\n  the peak are of every size of the range, from the way to the largest; "
            "the others, and where ~ stands, of the\n  sizes alone: one in between needs at most %.1f %% "
            "more memory than the larger one beside it.\n",
            (step - 1) * 100);
    if (is_reference)
        fputs("  (ref) from an earlier run on this machine; times are not compared across runs\n", out);
}

static void print_answers(const struct sweep *sweep, FILE *out)
{
    bool printed = false;
    for (size_t i = 0, count; i < sweep->count; i += count) {
        struct sweep_answer answer;
        count = sweep_decide(sweep, i, &answer);
        const struct result *any = sweep->items[i].any;
        if (!answer.count || any->table_is_yardstick)
            continue;
        struct result like = *answer.rivals[0]->any;
        like.cell.growth = CELL_GROWTH_DEFAULT;
        char label[LABEL_BYTES], text[SWEEP_SENTENCE_BYTES];
        fprintf(out, "%s  %s on %s: %s\n", printed ? "" : "\n", any->cell.table, format_label(&like, label),
                sweep_sentence(&answer, text));
        printed = true;
    }
    if (printed)
        fputs("\n  \"from\": peak over payload on the way to the largest size, octave by octave from 2^16 "
              "entries "
              "on. Told apart:\n  memory by 2 %, or by a step where ~ stands; times by a sign test over the "
              "sizes at 1 %\n",
              out);
}

/* ---- every size on the way ---- */

static bool take_point(void *way, const double *row)
{
    return sweep_way_add(way, row[0], row[3]);
}

/* Of the latency process: its intervals are never cut by a batch. What is damaged is said, and the row's figures then
 * are of its sizes alone. */
static void read_way(const struct results *results, struct sweep_row *row, FILE *out)
{
    const struct result *source = NULL;
    for (size_t i = 0; i < results->count; i++)
        if (cell_same_row(&results->items[i].cell, &row->any->cell) &&
            (!source || results->items[i].cell.mode == CELL_LATENCY))
            source = &results->items[i];
    char error[SENTENCE_BYTES];
    row->way.entry_bytes = (double)row->any->cell.entry_bytes;
    if (source && results_each_row(source, RESULTS_SERIES, take_point, &row->way, error)) {
        row->way.count = 0;
        fprintf(out, "\n  %s\n", error);
    }
}

void summary_octave_print(const struct results *results, const struct cell *like, FILE *out)
{
    struct sweep sweep = sweep_collect(results, like);
    for (size_t i = 0; i < sweep.count; i++)
        read_way(results, &sweep.items[i], out);
    sweep_use_ways(&sweep);
    if (sweep.count) {
        int width = measure_labels(&sweep);
        print_heading(results, &sweep, width, out);
        print_rows(&sweep, width, out);
        print_footnotes(&sweep, out);
        print_answers(&sweep, out);
    }
    sweep_free(&sweep);
}
