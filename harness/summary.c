/* SPDX-License-Identifier: MIT */
#include "harness/summary.h"

#include "harness/units.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows: what both modes of a cell say, joined ---- */

enum column {
    COLUMN_WORST,
    COLUMN_OVERLAP,
    COLUMN_LONGEST,
    COLUMN_UTILISATION,
    COLUMN_MOVES,
    COLUMN_SPEED,
    COLUMN_MISSES,
    COLUMN_COUNT
};

struct column_row {
    const char *title, *subtitle;
    enum counter counter;
    enum cell_mode mode; /* where it is measured; CELL_BOTH: in both, the larger counts */
    bool larger_is_better;
    double tie_ratio; /* what lies this close to the best shares the sign; negative: nobody is best, since
                       * a bloated heap before a growth makes its overlap look small */
};

static const struct column_row fill_columns[COLUMN_COUNT] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"overlap", "at growth", COUNTER_growth_overlap_ratio, CELL_BOTH, false, -1},
    {"longest", "insert", COUNTER_insert_max_ns, CELL_LATENCY, false, 0.05},
    {"utilised", "of 100 ms", COUNTER_utilisation_100ms_ratio, CELL_LATENCY, true, 0.01},
    {"base", "moves", COUNTER_base_moves, CELL_BOTH, false, 0},
    {"inserts", "/ s", COUNTER_items_per_second, CELL_THROUGHPUT, true, 0.05},
    {"", "", COUNTER_COUNT, CELL_BOTH, false, 0},
};

static const struct column_row find_columns[COLUMN_COUNT] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"overlap", "at growth", COUNTER_growth_overlap_ratio, CELL_BOTH, false, -1},
    {"median", "hit", COUNTER_hit_p50_ns, CELL_LATENCY, false, 0.05},
    {"99 %", "hit", COUNTER_hit_p99_ns, CELL_LATENCY, false, 0.05},
    {"base", "moves", COUNTER_base_moves, CELL_BOTH, false, 0},
    {"hits", "/ s", COUNTER_hit_items_per_second, CELL_THROUGHPUT, true, 0.05},
    {"misses", "/ s", COUNTER_miss_items_per_second, CELL_THROUGHPUT, true, 0.05},
};

struct row {
    const struct result *any; /* a record of the row: its cell, version, yardstick */
    const struct result *bad; /* the first that is not OK */
    int process_count, bad_count;
    double values[COLUMN_COUNT];
    struct results_range ranges[COLUMN_COUNT]; /* of times */
    double hiccup_max_ns;
    bool best[COLUMN_COUNT];
};

struct rows {
    size_t count;
    struct row *items;
    const struct column_row *columns;
};

static bool same_table_of_results(const struct cell *a, const struct cell *b)
{
    return a->workload == b->workload && a->entries == b->entries && a->thp == b->thp && a->seed == b->seed &&
           a->aslr == b->aslr;
}

/* Memory and moves hardly vary and are the worse of both modes; times have a range. */
static double value_of(const struct results *results, struct cell cell, const struct column_row *column,
                       struct results_range *range)
{
    if (column->counter == COUNTER_COUNT)
        return NAN;
    if (column->mode == CELL_BOTH)
        return results_joined_median(results, &cell, column->counter);
    cell.mode = column->mode;
    *range = results_range(results, &cell, column->counter);
    return range->median;
}

static void fill_row(const struct results *results, const struct column_row *columns,
                     const struct result *any, struct row *row)
{
    *row = (struct row){.any = any};
    for (int c = 0; c < COLUMN_COUNT; c++) {
        row->values[c] = value_of(results, any->cell, &columns[c], &row->ranges[c]);
        /* Times of another session cannot be compared; exact counts and memory can. */
        if (any->is_reference && columns[c].mode != CELL_BOTH)
            row->values[c] = NAN;
    }
    const struct column_row memory = {.counter = results_memory_counter(any->table_is_yardstick),
                                      .mode = CELL_BOTH};
    row->values[COLUMN_WORST] = value_of(results, any->cell, &memory, NULL);
    struct cell latency = any->cell;
    latency.mode = CELL_LATENCY;
    row->hiccup_max_ns = results_median(results, &latency, COUNTER_hiccup_max_ns, NULL);
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!cell_same_row(&r->cell, &any->cell) ||
            !strncmp(r->message, RESULTS_NOT_REPEATED, strlen(RESULTS_NOT_REPEATED)))
            continue;
        row->process_count++;
        row->bad_count += r->status != RECORD_OK;
        if (!row->bad && r->status != RECORD_OK)
            row->bad = r;
    }
}

/* One row a cell, whatever its modes and repetitions. */
static struct rows collect_rows(const struct results *results, const struct cell *like)
{
    struct rows rows = {.items = calloc(results->count, sizeof *rows.items),
                        .columns = like->workload == CELL_FIND ? find_columns : fill_columns};
    for (size_t i = 0; rows.items && i < results->count; i++) {
        const struct result *r = &results->items[i];
        bool known = !same_table_of_results(&r->cell, like);
        for (size_t j = 0; j < rows.count && !known; j++)
            known = cell_same_row(&rows.items[j].any->cell, &r->cell);
        if (!known)
            fill_row(results, rows.columns, r, &rows.items[rows.count++]);
    }
    return rows;
}

/* ---- order: yardsticks last, then by table, allocator (as registered), heap ---- */

static size_t place_of_allocator(const char *name)
{
    size_t i = 0;
    while (allocator_registry[i] && strcmp(allocator_registry[i]->name, name))
        i++;
    return i;
}

static int compare_rows(const void *left, const void *right)
{
    const struct result *a = ((const struct row *)left)->any, *b = ((const struct row *)right)->any;
    if (a->table_is_yardstick != b->table_is_yardstick)
        return a->table_is_yardstick - b->table_is_yardstick;
    if (a->table_is_keyed != b->table_is_keyed)
        return a->table_is_keyed - b->table_is_keyed;
    int order = strcmp(a->cell.table, b->cell.table);
    if (order)
        return order;
    size_t place_a = place_of_allocator(a->cell.allocator), place_b = place_of_allocator(b->cell.allocator);
    if (place_a != place_b)
        return place_a < place_b ? -1 : 1;
    order = strcmp(a->cell.allocator, b->cell.allocator);
    return order ? order : (int)a->cell.heap - (int)b->cell.heap;
}

/* ---- the best ---- */

static bool may_be_best(const struct row *row)
{
    return !row->any->table_is_yardstick && !row->any->allocator_is_yardstick && !row->bad;
}

static bool is_resolved(const struct row *row)
{
    return row->values[COLUMN_LONGEST] >= 10 * row->hiccup_max_ns; /* unknown is not resolved */
}

static bool same_contest(const struct row *a, const struct row *b)
{
    return !strcmp(a->any->cell.table, b->any->cell.table) && a->any->cell.heap == b->any->cell.heap;
}

/* A maximum that is not resolved can be no smaller than what would have been. */
static double contest_value(const struct row *row, const struct column_row *column, int c)
{
    bool floored = column->counter == COUNTER_insert_max_ns && !is_resolved(row);
    return floored ? fmax(row->values[c], 10 * row->hiccup_max_ns) : row->values[c];
}

/* The same binary varies by up to a factor of two on a shared machine. */
static const double single_time_factor = 2;

/* True when this row cannot be told from the leader. Times are told apart when the ranges of their
 * repetitions do not touch. */
static bool is_tied(const struct row *row, const struct row *leader, const struct column_row *column, int c)
{
    double value = contest_value(row, column, c), best = contest_value(leader, column, c);
    double slack = fabs(best) * column->tie_ratio;
    if (column->larger_is_better ? value >= best - slack : value <= best + slack)
        return true;
    if (column->mode == CELL_BOTH)
        return false;
    const struct results_range *a = &row->ranges[c], *b = &leader->ranges[c];
    if (a->count < 2 || b->count < 2)
        return column->larger_is_better ? value * single_time_factor > best
                                        : value < best * single_time_factor;
    return a->low <= b->high && b->low <= a->high;
}

static const struct row *find_leader(const struct rows *rows, const struct row *like, int c)
{
    const struct column_row *column = &rows->columns[c];
    const struct row *leader = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *rival = &rows->items[i];
        double value = contest_value(rival, column, c);
        if (!may_be_best(rival) || !same_contest(like, rival) || isnan(value))
            continue;
        double best = leader ? contest_value(leader, column, c) : value;
        if (!leader || (column->larger_is_better ? value > best : value < best))
            leader = rival;
    }
    return leader;
}

/* Marks the best of each table and heap condition, and who cannot be told from it; nobody where all are
 * alike. */
static void mark_best(struct rows *rows, int c)
{
    const struct column_row *column = &rows->columns[c];
    for (size_t i = 0; i < rows->count && column->tie_ratio >= 0; i++) {
        struct row *row = &rows->items[i];
        const struct row *leader =
            may_be_best(row) && !isnan(row->values[c]) ? find_leader(rows, row, c) : NULL;
        bool differs = false;
        for (size_t j = 0; leader && j < rows->count; j++) {
            const struct row *rival = &rows->items[j];
            differs |= may_be_best(rival) && same_contest(row, rival) && !isnan(rival->values[c]) &&
                       !is_tied(rival, leader, column, c);
        }
        row->best[c] = differs && is_tied(row, leader, column, c);
    }
}

static const struct row *find_row(const struct rows *rows, const struct row *like, enum cell_heap heap)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct cell *cell = &rows->items[i].any->cell;
        if (cell->heap == heap && !strcmp(cell->table, like->any->cell.table) &&
            !strcmp(cell->allocator, like->any->cell.allocator))
            return &rows->items[i];
    }
    return NULL;
}

/* Best cold and warm, and under every other heap condition under which anybody was measured on this table. */
static bool best_everywhere(const struct rows *rows, const struct row *row, int c)
{
    if (!find_row(rows, row, CELL_COLD) || !find_row(rows, row, CELL_WARM))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        const struct cell *rival = &rows->items[i].any->cell;
        if (strcmp(rival->table, row->any->cell.table))
            continue;
        const struct row *own = find_row(rows, row, rival->heap);
        if (!own || !own->best[c])
            return false;
    }
    return row->best[c];
}

static bool is_cold_only(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        if (rows->items[i].any->cell.heap != CELL_COLD)
            return false;
    return true;
}

/* ---- printing ---- */

static void format_value(char *text, const struct row *row, const struct column_row *column, double value)
{
    const char *name = counter_names[column->counter];
    size_t length = strlen(name);
    if (isnan(value))
        snprintf(text, UNITS_TEXT_BYTES, "-");
    else if (length > 3 && !strcmp(name + length - 3, "_ns"))
        units_format_duration(text, value);
    else if (length > 6 && !strcmp(name + length - 6, "_ratio"))
        snprintf(text, UNITS_TEXT_BYTES, "%.2f", value);
    else
        units_format_count(text, value);
    bool needs_resolution =
        column->counter == COUNTER_insert_max_ns || column->counter == COUNTER_utilisation_100ms_ratio;
    if (needs_resolution && !isnan(value) && !is_resolved(row))
        strcat(text, "?");
}

static void print_row(const struct rows *rows, const struct row *row, bool cold_only, bool repeats_table,
                      FILE *out)
{
    const struct result *any = row->any;
    char allocator[CELL_NAME_BYTES + RECORD_VERSION_BYTES + 32];
    snprintf(allocator, sizeof allocator, "%s%s%s%s%s%s", any->cell.allocator,
             any->allocator_is_malloc ? " " : "", any->allocator_is_malloc ? any->allocator_version : "",
             any->cell.heap != CELL_COLD || !cold_only ? " " : "",
             any->cell.heap != CELL_COLD || !cold_only ? cell_heap_names[any->cell.heap] : "",
             any->is_reference ? " (ref)" : "");
    fprintf(out, "  %-16s %-24s", repeats_table ? "" : any->cell.table, allocator);
    if (row->bad) {
        fprintf(out, "  %s: %s", record_status_names[row->bad->status], row->bad->message);
        if (row->bad_count < row->process_count)
            fprintf(out, " (%d of %d processes)", row->bad_count, row->process_count);
        fputc('\n', out);
        return;
    }
    for (int c = 0; c < COLUMN_COUNT && rows->columns[c].counter != COUNTER_COUNT; c++) {
        char text[UNITS_TEXT_BYTES];
        format_value(text, row, &rows->columns[c], row->values[c]);
        const char *sign = best_everywhere(rows, row, c) ? "*" : row->best[c] ? "+" : " ";
        fprintf(out, " %9s%s", text, sign);
    }
    fputc('\n', out);
}

static void print_heading(const struct rows *rows, const struct cell *cell, FILE *out)
{
    char payload[UNITS_TEXT_BYTES];
    fprintf(out, "\n%s of %llu entries (%s of payload)%s%s\n\n", cell_workload_names[cell->workload],
            (unsigned long long)cell->entries,
            units_format_bytes(payload, (double)cell->entries * RECORD_ENTRY_BYTES),
            cell->thp == PAGE_POLICY_SYSTEM ? "" : ", huge pages ",
            cell->thp == PAGE_POLICY_SYSTEM ? "" : cell_thp_names[cell->thp]);
    fprintf(out, "  %-16s %-24s", "table", "allocator, version");
    for (int c = 0; c < COLUMN_COUNT && rows->columns[c].counter != COUNTER_COUNT; c++)
        fprintf(out, " %9s ", rows->columns[c].title);
    fprintf(out, "\n  %-16s %-24s", "", "");
    for (int c = 0; c < COLUMN_COUNT && rows->columns[c].counter != COUNTER_COUNT; c++)
        fprintf(out, " %9s ", rows->columns[c].subtitle);
    fputc('\n', out);
}

static void print_footnotes(const struct rows *rows, bool cold_only, FILE *out)
{
    bool marked = false, unresolved = false, reference = false, small = false;
    for (size_t i = 0; i < rows->count; i++) {
        for (int c = 0; c < COLUMN_COUNT; c++)
            marked |= rows->items[i].best[c];
        unresolved |= !isnan(rows->items[i].values[COLUMN_LONGEST]) && !rows->items[i].bad &&
                      rows->columns == fill_columns && !is_resolved(&rows->items[i]);
        reference |= rows->items[i].any->is_reference;
        small |= !rows->items[i].bad && isnan(rows->items[i].values[COLUMN_WORST]);
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
        fputs("    (told apart: memory by 1 %, times when the ranges of their repetitions do not touch, or "
              "by a factor of 2\n"
              "    with one repetition)\n",
              out);
    if (small)
        fputs("  - no growth from 2^20 entries on, where ratios begin to say something: ENTRIES=2^21 and "
              "more\n",
              out);
    if (unresolved)
        fputs(
            "  ? an upper bound: under ten times the longest hiccup that the machine itself had meanwhile\n",
            out);
    if (reference)
        fputs("  (ref) from an earlier run on this machine; times are not compared across runs\n", out);
}

static void print_table(const struct results *results, const struct cell *like, FILE *out)
{
    struct rows rows = collect_rows(results, like);
    if (!rows.items)
        return;
    qsort(rows.items, rows.count, sizeof *rows.items, compare_rows);
    for (int c = 0; c < COLUMN_COUNT; c++)
        if (rows.columns[c].counter != COUNTER_COUNT)
            mark_best(&rows, c);
    bool cold_only = is_cold_only(&rows);
    print_heading(&rows, like, out);
    const char *table = "";
    bool yardsticks = false;
    for (size_t i = 0; i < rows.count; i++) {
        const struct result *any = rows.items[i].any;
        if (any->table_is_yardstick && !yardsticks)
            fprintf(out, "  -- yardsticks: bounds to compare with, not tables; memory is their peak over the "
                         "final payload --\n");
        yardsticks = any->table_is_yardstick;
        print_row(&rows, &rows.items[i], cold_only, !strcmp(table, any->cell.table), out);
        table = any->cell.table;
    }
    print_footnotes(&rows, cold_only, out);
    free(rows.items);
}

void summary_print(const struct results *results, FILE *out)
{
    for (size_t i = 0; i < results->count; i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = same_table_of_results(&results->items[i].cell, &results->items[j].cell);
        if (!seen)
            print_table(results, &results->items[i].cell, out);
    }
}
