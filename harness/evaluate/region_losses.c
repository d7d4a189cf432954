/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/region_losses.h"

#include "harness/common/units.h"
#include "harness/evaluate/part.h"
#include "harness/evaluate/summary_rows.h"
#include "harness/evaluate/summary_text.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char region_name[] = "mremap";
static const double memory_apart = 1.02;

static bool is_region(const struct summary_row *row)
{
    return !strcmp(row->any->cell.allocator, region_name) && !row->any->table_is_yardstick;
}

/* The same but for the allocator, and it came to its end. */
static bool is_rival(const struct summary_row *row, const struct summary_row *own)
{
    struct cell like = own->any->cell;
    memcpy(like.allocator, row->any->cell.allocator, sizeof like.allocator);
    return row != own && summary_may_be_best(row) && !is_region(row) &&
           cell_same_but(&row->any->cell, &like, 1u << CELL_AXIS_mode);
}

/* A bloated heap makes its overlap look small: nobody is best by it. Moves the region has none of its own. */
static bool is_contested(const struct summary_column_row *column)
{
    return column->counter != COUNTER_COUNT && column->tie_ratio >= 0 &&
           column->counter != COUNTER_base_moves;
}

static bool is_better(double a, double b, const struct summary_column_row *column)
{
    return column->larger_is_better ? a > b : a < b;
}

static const struct summary_row *find_best_rival(const struct summary_rows *rows,
                                                 const struct summary_row *own, int c)
{
    const struct summary_row *best = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct summary_row *row = &rows->items[i];
        const bool is_alike = c != SUMMARY_LIMIT || row->limit_is_estimate == own->limit_is_estimate;
        if (is_rival(row, own) && is_alike && !isnan(row->values[c]) &&
            (!best || is_better(row->values[c], best->values[c], &rows->columns[c])))
            best = row;
    }
    return best;
}

static bool is_of_pauses(const struct summary_column_row *column)
{
    return column->counter == COUNTER_stall_max_ns || column->counter == COUNTER_utilisation_100ms_ratio;
}

static bool loses(const struct summary_row *own, const struct summary_row *rival,
                  const struct summary_column_row *column, int c)
{
    const double value = own->values[c], best = rival->values[c];
    if (!is_better(best, value, column))
        return false;
    if (column->mode == CELL_BOTH)
        return column->larger_is_better ? best > value * memory_apart : value > best * memory_apart;
    return (!is_of_pauses(column) || summary_is_resolved(own)) &&
           summary_times_differ(&own->ranges[c], &rival->ranges[c]);
}

/* ---- one loss ---- */

static size_t write_place(const struct cell *cell, char *text)
{
    char options[CELL_ID_BYTES];
    const unsigned said = 1u << CELL_AXIS_mode | 1u << CELL_AXIS_heap | 1u << CELL_AXIS_workload;
    cell_format_options(cell, ~said, options, sizeof options);
    return (size_t)snprintf(text, REGION_LOSSES_TEXT_BYTES,
                            "%s%.150s, %s of %" PRIu64 " entries, %s heap: ", cell->table, options,
                            cell_workload_names[cell->workload], cell->entries, cell_heap_names[cell->heap]);
}

static void write_figures(struct region_loss *loss, const struct summary_row *own,
                          const struct summary_row *rival, const struct summary_column_row *column, int c)
{
    char mine[UNITS_TEXT_BYTES], theirs[UNITS_TEXT_BYTES], factor[32];
    if (loss->factor < 1.495)
        snprintf(factor, sizeof factor, "%.0f %% worse", (loss->factor - 1) * 100);
    else
        snprintf(factor, sizeof factor, "%.*f times worse", loss->factor < 9.95 ? 1 : 0, loss->factor);
    const size_t used = write_place(&own->any->cell, loss->text);
    snprintf(loss->text + used, sizeof loss->text - used, "%s %s against %s of %s, %s", loss->metric,
             summary_text_value(own, column, own->values[c], mine),
             summary_text_value(rival, column, rival->values[c], theirs), loss->winner->cell.allocator,
             factor);
}

static void add_loss(struct region_losses *losses, const struct summary_row *own,
                     const struct summary_row *rival, const struct summary_column_row *column, int c)
{
    struct region_loss *loss = &losses->items[losses->count++];
    *loss = (struct region_loss){.own = own->any,
                                 .winner = rival->any,
                                 .counter = column->counter,
                                 .own_value = own->values[c],
                                 .winner_value = rival->values[c]};
    loss->factor = column->larger_is_better ? loss->winner_value / loss->own_value
                                            : loss->own_value / loss->winner_value;
    snprintf(loss->metric, sizeof loss->metric, "%s %s", column->title, column->subtitle);
    write_figures(loss, own, rival, column, c);
}

static void add_death(struct region_losses *losses, const struct summary_row *own,
                      const struct summary_row *rival)
{
    struct region_loss *loss = &losses->items[losses->count++];
    *loss = (struct region_loss){.own = own->bad,
                                 .winner = rival->any,
                                 .counter = COUNTER_COUNT,
                                 .own_value = NAN,
                                 .winner_value = NAN,
                                 .factor = NAN,
                                 .metric = "completes"};
    const size_t used = write_place(&own->any->cell, loss->text);
    snprintf(loss->text + used, sizeof loss->text - used, "%s: %.200s; %s came to its end",
             record_status_names[own->bad->status], own->bad->message, rival->any->cell.allocator);
}

/* ---- all ---- */

static void look_at_row(const struct summary_rows *rows, const struct summary_row *own,
                        struct region_losses *losses)
{
    if (own->bad && own->bad->status != RECORD_SKIP) {
        for (size_t i = 0; i < rows->count; i++)
            if (is_rival(&rows->items[i], own)) {
                losses->contest_count++;
                add_death(losses, own, &rows->items[i]);
                return;
            }
    }
    for (int c = 0; c < SUMMARY_COLUMNS && !own->bad; c++) {
        const struct summary_column_row *column = &rows->columns[c];
        const struct summary_row *rival =
            is_contested(column) && !isnan(own->values[c]) ? find_best_rival(rows, own, c) : NULL;
        if (!rival)
            continue;
        losses->contest_count++;
        losses->mute_count += is_of_pauses(column) && !summary_is_resolved(own);
        losses->has_single |=
            column->mode != CELL_BOTH && (own->ranges[c].count < 2 || rival->ranges[c].count < 2);
        if (loses(own, rival, column, c))
            add_loss(losses, own, rival, column, c);
    }
}

/* A death has no factor, and is the worst. */
static double weight_of(const struct region_loss *loss)
{
    return isnan(loss->factor) ? INFINITY : loss->factor;
}

static int compare_losses(const void *left, const void *right)
{
    const struct region_loss *a = left, *b = right;
    int order = summary_compare_names(a->own, b->own);
    return order ? order : (weight_of(a) < weight_of(b)) - (weight_of(a) > weight_of(b));
}

static bool same_name(const struct cell *a, const struct cell *b)
{
    return a->workload == b->workload && !strcmp(a->table, b->table);
}

/* All contests of the tables with one name. */
static int look_at_part(const struct part *part, struct region_losses *losses)
{
    const size_t first = losses->count;
    int error = 0;
    for (size_t i = 0; i < part->results.count && !error; i++) {
        if (!summary_is_first(&part->results, i, summary_same_table))
            continue;
        struct summary_rows rows = summary_collect(&part->results, &part->results.items[i].cell);
        error = rows.items ? 0 : ENOMEM;
        for (size_t j = 0; j < rows.count && !error; j++)
            if (is_region(&rows.items[j]))
                look_at_row(&rows, &rows.items[j], losses);
        free(rows.items);
    }
    for (size_t i = first; i < losses->count; i++) {
        losses->items[i].own = part_owner(part, losses->items[i].own);
        losses->items[i].winner = part_owner(part, losses->items[i].winner);
    }
    return error;
}

static void write_summary(struct region_losses *losses)
{
    char *text = losses->summary;
    if (!losses->contest_count)
        snprintf(text, sizeof losses->summary, "not asked here: no region with another allocator beside it");
    else if (!losses->count)
        snprintf(text, sizeof losses->summary,
                 "nowhere here: in none of %zu figures is another allocator told apart better",
                 losses->contest_count);
    else
        snprintf(text, sizeof losses->summary, "in %zu of %zu figures another allocator is told apart better",
                 losses->count, losses->contest_count);
    size_t used = strlen(text);
    if (losses->mute_count)
        snprintf(text + used, sizeof losses->summary - used,
                 "; %zu cannot tell: under ten hiccups of the machine", losses->mute_count);
    used = strlen(text);
    if (losses->has_single)
        snprintf(text + used, sizeof losses->summary - used,
                 "; times of a single process are told apart by a factor of 2 only");
}

int region_losses_make(const struct results *results, struct region_losses *losses)
{
    struct part part;
    *losses =
        (struct region_losses){.items = calloc(results->count * SUMMARY_COLUMNS + 1, sizeof *losses->items)};
    int error = part_open(&part, results) || !losses->items ? ENOMEM : 0;
    for (size_t i = 0; i < results->count && !error; i++) {
        if (!summary_is_first(results, i, same_name))
            continue;
        part.results.count = 0;
        for (size_t j = i; j < results->count; j++)
            if (same_name(&results->items[i].cell, &results->items[j].cell))
                part_add(&part, &results->items[j]);
        error = look_at_part(&part, losses);
    }
    part_free(&part);
    if (error) {
        region_losses_free(losses);
        return error;
    }
    qsort(losses->items, losses->count, sizeof *losses->items, compare_losses);
    write_summary(losses);
    return 0;
}

void region_losses_free(struct region_losses *losses)
{
    free(losses->items);
    *losses = (struct region_losses){0};
}
