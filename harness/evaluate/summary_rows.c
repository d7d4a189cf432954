/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/summary_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct summary_column_row fill_columns[SUMMARY_COLUMNS] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"overlap", "at growth", COUNTER_growth_overlap_ratio, CELL_BOTH, false, -1},
    {"set the", "container to", COUNTER_limit_needed_bytes, CELL_BOTH, false, 0.02},
    {"longest", "stall", COUNTER_stall_max_ns, CELL_LATENCY, false, 0.05},
    {"utilised", "of 100 ms", COUNTER_utilisation_100ms_ratio, CELL_LATENCY, true, 0.01},
    {"base", "moves", COUNTER_base_moves, CELL_BOTH, false, 0},
    {"inserts", "/ s", COUNTER_items_per_second, CELL_THROUGHPUT, true, 0.05},
    {"", "", COUNTER_COUNT, CELL_BOTH, false, 0},
};

static const struct summary_column_row find_columns[SUMMARY_COLUMNS] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"overlap", "at growth", COUNTER_growth_overlap_ratio, CELL_BOTH, false, -1},
    {"set the", "container to", COUNTER_limit_needed_bytes, CELL_BOTH, false, 0.02},
    {"median", "hit", COUNTER_hit_p50_ns, CELL_LATENCY, false, 0.05},
    {"99 %", "hit", COUNTER_hit_p99_ns, CELL_LATENCY, false, 0.05},
    {"base", "moves", COUNTER_base_moves, CELL_BOTH, false, 0},
    {"hits", "/ s", COUNTER_hit_items_per_second, CELL_THROUGHPUT, true, 0.05},
    {"misses", "/ s", COUNTER_miss_items_per_second, CELL_THROUGHPUT, true, 0.05},
};

static const struct summary_column_row churn_columns[SUMMARY_COLUMNS] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"resident", "end/begin", COUNTER_rss_drift_ratio, CELL_BOTH, false, 0.01},
    {"set the", "container to", COUNTER_limit_needed_bytes, CELL_BOTH, false, 0.02},
    {"longest", "stall", COUNTER_stall_max_ns, CELL_LATENCY, false, 0.05},
    {"99 %", "insert", COUNTER_insert_p99_ns, CELL_LATENCY, false, 0.05},
    {"99 %", "erase", COUNTER_erase_p99_ns, CELL_LATENCY, false, 0.05},
    {"growths", "in churn", COUNTER_churn_growth_count, CELL_BOTH, false, 0},
    {"erases and", "inserts/s", COUNTER_items_per_second, CELL_THROUGHPUT, true, 0.05},
};

static const struct summary_column_row snapshot_columns[SUMMARY_COLUMNS] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"copied for", "snapshot", COUNTER_snapshot_copied_bytes, CELL_BOTH, false, 0.01},
    {"set the", "container to", COUNTER_limit_needed_bytes, CELL_BOTH, false, 0.02},
    {"longest", "stall", COUNTER_stall_max_ns, CELL_LATENCY, false, 0.05},
    {"fork", "alone", COUNTER_fork_ns, CELL_LATENCY, false, 0.05},
    {"longest", "beside it", COUNTER_snapshot_stall_max_ns, CELL_LATENCY, false, 0.05},
    {"growths", "in churn", COUNTER_churn_growth_count, CELL_BOTH, false, 0},
    {"erases and", "inserts/s", COUNTER_items_per_second, CELL_THROUGHPUT, true, 0.05},
};

static const struct summary_column_row drain_columns[SUMMARY_COLUMNS] = {
    {"worst mem", "/ payload", COUNTER_worst_rss_ratio, CELL_BOTH, false, 0.01},
    {"peak of", "refill", COUNTER_refill_peak_rss_bytes, CELL_BOTH, false, 0.01},
    {"set the", "container to", COUNTER_limit_needed_bytes, CELL_BOTH, false, 0.02},
    {"empty:", "held", COUNTER_drained_rss_bytes, CELL_BOTH, false, 0.01},
    {"held", "1 s on", COUNTER_drained_1s_rss_bytes, CELL_BOTH, false, 0.01},
    {"held", "10 s on", COUNTER_drained_10s_rss_bytes, CELL_BOTH, false, 0.01},
    {"erases", "/ s", COUNTER_erase_items_per_second, CELL_THROUGHPUT, true, 0.05},
    {"refilled", "/ s", COUNTER_refill_items_per_second, CELL_THROUGHPUT, true, 0.05},
};

static const struct summary_column_row *columns_of(const struct cell *cell)
{
    switch (cell->workload) {
    case CELL_FIND:
        return find_columns;
    case CELL_CHURN:
        return cell->snapshot == CELL_NO_SNAPSHOT ? churn_columns : snapshot_columns;
    case CELL_DRAIN:
        return drain_columns;
    default:
        return fill_columns;
    }
}

bool summary_same_table(const struct cell *a, const struct cell *b)
{
    struct cell like = *b;
    memcpy(like.table, a->table, sizeof like.table);
    memcpy(like.allocator, a->allocator, sizeof like.allocator);
    return cell_same_but(a, &like, SUMMARY_ROW_AXES);
}

bool summary_is_first(const struct results *results, size_t index,
                      bool (*is_same)(const struct cell *a, const struct cell *b))
{
    for (size_t i = 0; i < index; i++)
        if (is_same(&results->items[i].cell, &results->items[index].cell))
            return false;
    return true;
}

/* Memory and moves hardly vary and are the worse of both modes; times have a range. */
static double value_of(const struct results *results, struct cell cell,
                       const struct summary_column_row *column, struct results_range *range)
{
    if (column->counter == COUNTER_COUNT)
        return NAN;
    if (column->mode == CELL_BOTH)
        return results_joined_median(results, &cell, column->counter);
    cell.mode = column->mode;
    *range = results_range(results, &cell, column->counter);
    return range->median;
}

static void fill_row(const struct results *results, const struct summary_column_row *columns,
                     const struct result *any, struct summary_row *row)
{
    *row = (struct summary_row){.any = any};
    for (int c = 0; c < SUMMARY_COLUMNS; c++) {
        row->values[c] = value_of(results, any->cell, &columns[c], &row->ranges[c]);
        /* Times of another session cannot be compared; exact counts and memory can. */
        if (any->is_reference && columns[c].mode != CELL_BOTH)
            row->values[c] = NAN;
    }
    const struct summary_column_row memory = {.counter = results_memory_counter(any->table_is_yardstick),
                                              .mode = CELL_BOTH};
    row->values[SUMMARY_WORST] = value_of(results, any->cell, &memory, NULL);
    row->values[SUMMARY_LIMIT] = results_limit_bytes(results, &any->cell, &row->limit_is_estimate);
    row->profile = profiles_check(results, &any->cell);
    struct cell latency = any->cell;
    latency.mode = CELL_LATENCY;
    row->stall_max_ns = results_median(results, &latency, COUNTER_stall_max_ns, NULL);
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
static struct summary_rows collect_rows(const struct results *results, const struct cell *like)
{
    struct summary_rows rows = {.items = calloc(results->count, sizeof *rows.items),
                                .columns = columns_of(like)};
    for (size_t i = 0; rows.items && i < results->count; i++) {
        const struct result *r = &results->items[i];
        bool known = !summary_same_table(&r->cell, like);
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

int summary_compare_names(const struct result *a, const struct result *b)
{
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
    return strcmp(a->cell.allocator, b->cell.allocator);
}

static int compare_rows(const void *left, const void *right)
{
    const struct result *a = ((const struct summary_row *)left)->any,
                        *b = ((const struct summary_row *)right)->any;
    int order = summary_compare_names(a, b);
    for (int axis = 0; !order && axis < CELL_AXIS_COUNT; axis++) {
        uint64_t x = cell_get(&a->cell, (enum cell_axis)axis), y = cell_get(&b->cell, (enum cell_axis)axis);
        if (SUMMARY_ROW_AXES >> axis & 1 && axis != CELL_AXIS_mode)
            order = (x > y) - (x < y);
    }
    return order;
}

/* ---- the best ---- */

bool summary_may_be_best(const struct summary_row *row)
{
    return !row->any->table_is_yardstick && !row->any->allocator_is_yardstick && !row->bad &&
           row->profile.verdict != PROFILE_BROKEN;
}

bool summary_is_resolved(const struct summary_row *row)
{
    return row->stall_max_ns >= 10 * row->hiccup_max_ns; /* unknown is not resolved */
}

static bool same_contest(const struct summary_row *a, const struct summary_row *b)
{
    const struct cell *x = &a->any->cell, *y = &b->any->cell;
    return !strcmp(x->table, y->table) && x->heap == y->heap && x->count == y->count &&
           x->threads == y->threads;
}

/* The same binary varies by up to a factor of two on a shared machine. */
static const double single_time_factor = 2;

bool summary_times_differ(const struct results_range *a, const struct results_range *b)
{
    if (a->count < 2 || b->count < 2)
        return a->median >= b->median * single_time_factor || b->median >= a->median * single_time_factor;
    return a->low > b->high || b->low > a->high;
}

/* Who is ahead: the larger or the smaller one. Those at the other end are the worst. */
enum direction { SMALLER_LEADS, LARGER_LEADS };

/* True when this row cannot be told from the leader. What is not resolved is the machine's own hiccups, for
 * both alike. */
static bool is_tied(const struct summary_row *row, const struct summary_row *leader,
                    const struct summary_column_row *column, int c, enum direction direction)
{
    double value = row->values[c], best = leader->values[c];
    double slack = fabs(best) * column->tie_ratio;
    if (direction == LARGER_LEADS ? value >= best - slack : value <= best + slack)
        return true;
    if (column->mode == CELL_BOTH)
        return false;
    const bool is_of_pauses =
        column->counter == COUNTER_stall_max_ns || column->counter == COUNTER_utilisation_100ms_ratio;
    if (is_of_pauses && !summary_is_resolved(row) && !summary_is_resolved(leader))
        return true;
    return !summary_times_differ(&row->ranges[c], &leader->ranges[c]);
}

static bool competes(const struct summary_row *row, const struct summary_row *like, int c)
{
    /* An estimate has the program in it, which a cgroup is not charged for. */
    bool is_alike = c != SUMMARY_LIMIT || row->limit_is_estimate == like->limit_is_estimate;
    return summary_may_be_best(row) && same_contest(row, like) && is_alike && !isnan(row->values[c]);
}

static bool is_ahead(const struct summary_row *a, const struct summary_row *b, int c,
                     enum direction direction)
{
    return direction == LARGER_LEADS ? a->values[c] > b->values[c] : a->values[c] < b->values[c];
}

static const struct summary_row *find_leader(const struct summary_rows *rows, const struct summary_row *like,
                                             int c, enum direction direction)
{
    const struct summary_row *leader = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *rival = &rows->items[i];
        if (competes(rival, like, c) && (!leader || is_ahead(rival, leader, c, direction)))
            leader = rival;
    }
    return leader;
}

/* Whether the row leads its table and heap condition, or cannot be told from who does, but for those who stand
 * behind one that can; nobody does where all are alike. */
static bool leads(const struct summary_rows *rows, const struct summary_row *row, int c,
                  enum direction direction)
{
    const struct summary_column_row *column = &rows->columns[c];
    const struct summary_row *leader = competes(row, row, c) ? find_leader(rows, row, c, direction) : NULL;
    bool differs = false, is_behind = false;
    for (size_t i = 0; leader && i < rows->count; i++) {
        const struct summary_row *rival = &rows->items[i];
        bool is_other = competes(rival, row, c) && !is_tied(rival, leader, column, c, direction);
        differs |= is_other;
        is_behind |= is_other && is_ahead(rival, row, c, direction);
    }
    return differs && !is_behind && is_tied(row, leader, column, c, direction);
}

static void mark_ends(struct summary_rows *rows, int c)
{
    const struct summary_column_row *column = &rows->columns[c];
    for (size_t i = 0; i < rows->count && column->tie_ratio >= 0; i++) {
        struct summary_row *row = &rows->items[i];
        row->best[c] = leads(rows, row, c, column->larger_is_better ? LARGER_LEADS : SMALLER_LEADS);
        row->worst[c] =
            !row->best[c] && leads(rows, row, c, column->larger_is_better ? SMALLER_LEADS : LARGER_LEADS);
    }
}

const struct summary_row *summary_find_row(const struct summary_rows *rows, const struct summary_row *like,
                                           enum cell_heap heap)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct cell *cell = &rows->items[i].any->cell;
        if (cell->heap == heap &&
            cell_same_but(cell, &like->any->cell, 1u << CELL_AXIS_heap | 1u << CELL_AXIS_mode))
            return &rows->items[i];
    }
    return NULL;
}

bool summary_best_everywhere(const struct summary_rows *rows, const struct summary_row *row, int c)
{
    if (!summary_find_row(rows, row, CELL_COLD) || !summary_find_row(rows, row, CELL_WARM))
        return false;
    for (size_t i = 0; i < rows->count; i++) {
        const struct cell *rival = &rows->items[i].any->cell;
        if (strcmp(rival->table, row->any->cell.table))
            continue;
        const struct summary_row *own = summary_find_row(rows, row, rival->heap);
        if (!own || !own->best[c])
            return false;
    }
    return row->best[c];
}

struct summary_rows summary_collect(const struct results *results, const struct cell *like)
{
    struct summary_rows rows = collect_rows(results, like);
    if (!rows.items)
        return rows;
    qsort(rows.items, rows.count, sizeof *rows.items, compare_rows);
    for (int c = 0; c < SUMMARY_COLUMNS; c++)
        if (rows.columns[c].counter != COUNTER_COUNT)
            mark_ends(&rows, c);
    return rows;
}
