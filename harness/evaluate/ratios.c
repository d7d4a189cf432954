/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/ratios.h"

#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/evaluate/answer.h"
#include "harness/evaluate/part.h"
#include "harness/evaluate/summary_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char usual_name[] = "glibc";

/* Memory repeats: what differs by less is not worth a word, however narrow its interval. */
static const double memory_apart = 1.02;

/* Sizes and seeds of a row are its pairs. */
static const unsigned row_axes = 1u << CELL_AXIS_entries | 1u << CELL_AXIS_mode | 1u << CELL_AXIS_seed;

const char *const ratios_metric_names[RATIOS_METRICS] = {
    [RATIOS_MEMORY] = "memory limit",
    [RATIOS_STALL] = "longest stall",
    [RATIOS_SPEED] = "speed",
    [RATIOS_GROWTH] = "growth time",
};

const bool ratios_larger_is_better[RATIOS_METRICS] = {[RATIOS_SPEED] = true};

const char *const ratios_verdict_names[] = {[RATIOS_ABSENT] = "",
                                            [RATIOS_NOT_APART] = "not told apart",
                                            [RATIOS_LESS] = "less",
                                            [RATIOS_MORE] = "more"};

/* ---- pairs ---- */

/* Where and how a metric is read. */
struct reading {
    enum counter counter;
    enum cell_mode mode; /* CELL_BOTH: the larger of both modes */
    bool is_time;
    bool is_found; /* limits found by trial only */
};

/* Of one repetition of a cell; NaN = absent. */
static double read_value(const struct results *results, const struct cell *cell, int repetition,
                         const struct reading *reading)
{
    double value = NAN;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!cell_same_row(&r->cell, cell) || r->repetition != repetition || r->status != RECORD_OK ||
            (reading->mode != CELL_BOTH && r->cell.mode != reading->mode) ||
            (reading->is_time && r->is_reference) ||
            (reading->is_found && r->limit_found_by != LIMIT_BISECTION))
            continue;
        value = fmax(value, r->counters[reading->counter]);
    }
    return value;
}

static struct cell cell_of_reference(const struct cell *cell, const char *reference)
{
    struct cell other = *cell;
    snprintf(other.allocator, sizeof other.allocator, "%s", reference);
    return other;
}

/* The first record of this cell and repetition, whatever its mode. */
static bool is_first(const struct results *results, const struct result *result)
{
    const struct result *r = results->items;
    while (r < result && !(r->repetition == result->repetition && cell_same_row(&r->cell, &result->cell)))
        r++;
    return r == result;
}

static bool is_unresolved(const struct results *results, const struct cell *cell, int repetition,
                          double stall_ns)
{
    const struct reading hiccups = {COUNTER_hiccup_max_ns, CELL_LATENCY, true, false};
    return !(stall_ns >= 10 * read_value(results, cell, repetition, &hiccups));
}

/* Writes the ratios of all pairs into `values` (as many as there are results). */
static struct ratio take_pairs(const struct results *results, const struct ratios_row *row,
                               const struct reading *reading, double *values)
{
    struct ratio ratio = {
        .mean = NAN, .low = NAN, .high = NAN, .is_exact = !reading->is_time, .counter = reading->counter};
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!cell_same_but(&r->cell, &row->any->cell, row_axes) || !is_first(results, r))
            continue;
        const struct cell other = cell_of_reference(&r->cell, row->reference->cell.allocator);
        const double own = read_value(results, &r->cell, r->repetition, reading),
                     theirs = read_value(results, &other, r->repetition, reading);
        if (!(own > 0 && theirs > 0))
            continue;
        /* A found limit is one a size, and stands for all modes and repetitions. */
        values[ratio.count++] = own / theirs;
        if (reading->counter != COUNTER_stall_max_ns)
            continue;
        ratio.own_unresolved |= is_unresolved(results, &r->cell, r->repetition, own);
        ratio.reference_unresolved |= is_unresolved(results, &other, r->repetition, theirs);
    }
    return ratio;
}

/* ---- what they say ---- */

static enum ratios_verdict judge(const struct ratio *ratio, double least, double most)
{
    if (!ratio->is_exact && !ratio->has_interval)
        return RATIOS_NOT_APART;
    /* The mean of several sizes may be uncertain where each of them is not. */
    if (ratio->is_exact && (most * memory_apart < 1 || least > memory_apart))
        return least > 1 ? RATIOS_MORE : RATIOS_LESS;
    if (ratio->is_exact && ratio->mean <= memory_apart && ratio->mean * memory_apart >= 1)
        return RATIOS_NOT_APART;
    /* The longer one has to be resolved. */
    if (ratio->has_interval && ratio->high < 1)
        return ratio->reference_unresolved ? RATIOS_NOT_APART : RATIOS_LESS;
    if (ratio->has_interval && ratio->low > 1)
        return ratio->own_unresolved ? RATIOS_NOT_APART : RATIOS_MORE;
    return RATIOS_NOT_APART;
}

static void finish(struct ratio *ratio, const double *values)
{
    if (!ratio->count)
        return;
    ratio->mean = values[0];
    if (ratio->count > 1) {
        const struct statistics_interval interval = statistics_ratio_interval(values, ratio->count);
        ratio->mean = interval.mean;
        ratio->low = interval.low;
        ratio->high = interval.high;
        ratio->has_interval = !isnan(interval.low);
    }
    double least = values[0], most = values[0];
    for (size_t i = 1; i < ratio->count; i++) {
        least = fmin(least, values[i]);
        most = fmax(most, values[i]);
    }
    ratio->verdict = judge(ratio, least, most);
}

static const struct reading memory_readings[] = {
    {COUNTER_limit_needed_bytes, CELL_BOTH, false, true},
    {COUNTER_limit_estimate_bytes, CELL_BOTH, false, false},
    {COUNTER_worst_rss_ratio, CELL_BOTH, false, false},
};

/* The first that has pairs. */
static struct ratio compare_memory(const struct results *results, const struct ratios_row *row,
                                   double *values)
{
    struct ratio ratio = {0};
    for (size_t i = 0; i < sizeof memory_readings / sizeof *memory_readings && !ratio.count; i++)
        ratio = take_pairs(results, row, &memory_readings[i], values);
    finish(&ratio, values);
    return ratio;
}

static enum counter speed_counter(enum cell_workload workload)
{
    return workload == CELL_FIND    ? COUNTER_hit_items_per_second
           : workload == CELL_DRAIN ? COUNTER_erase_items_per_second
                                    : COUNTER_items_per_second;
}

static void fill_row(const struct results *results, struct ratios_row *row, double *values)
{
    const struct reading times[RATIOS_METRICS] = {
        [RATIOS_STALL] = {COUNTER_stall_max_ns, CELL_LATENCY, true, false},
        [RATIOS_SPEED] = {speed_counter(row->any->cell.workload), CELL_THROUGHPUT, true, false},
        [RATIOS_GROWTH] = {COUNTER_growth_total_ns, CELL_THROUGHPUT, true, false},
    };
    row->metrics[RATIOS_MEMORY] = compare_memory(results, row, values);
    for (int m = RATIOS_MEMORY + 1; m < RATIOS_METRICS; m++) {
        row->metrics[m] = take_pairs(results, row, &times[m], values);
        finish(&row->metrics[m], values);
    }
}

/* ---- rows ---- */

static bool is_compared(const struct result *result, enum cell_workload workload)
{
    return result->cell.workload == workload && !result->table_is_yardstick &&
           !result->allocator_is_yardstick;
}

static const char *find_reference(const struct results *results, enum cell_workload workload,
                                  const char *wanted)
{
    const struct result *best = NULL;
    int best_rank = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!is_compared(r, workload))
            continue;
        const int rank = !strcmp(r->cell.allocator, wanted ? wanted : usual_name) ? 3
                         : wanted                                                 ? 0
                         : r->allocator_is_malloc                                 ? 2
                                                                                  : 1;
        if (rank > best_rank || (rank && rank == best_rank && summary_compare_names(r, best) < 0)) {
            best = r;
            best_rank = rank;
        }
    }
    return best ? best->cell.allocator : NULL;
}

static const struct result *find_bad(const struct results *results, const struct result *any)
{
    for (size_t i = 0; i < results->count; i++)
        if (cell_same_but(&results->items[i].cell, &any->cell, row_axes) &&
            results->items[i].status != RECORD_OK)
            return &results->items[i];
    return NULL;
}

/* Of a row, at its largest size; NULL: nothing like it. */
static const struct result *find_largest(const struct results *results, const struct cell *cell)
{
    const struct result *largest = NULL;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (cell_same_but(&r->cell, cell, row_axes) && (!largest || r->cell.entries > largest->cell.entries))
            largest = r;
    }
    return largest;
}

static int compare_rows(const void *left, const void *right)
{
    const struct result *a = ((const struct ratios_row *)left)->any,
                        *b = ((const struct ratios_row *)right)->any;
    int order = summary_compare_names(a, b);
    for (int axis = 0; !order && axis < CELL_AXIS_COUNT; axis++) {
        uint64_t x = cell_get(&a->cell, (enum cell_axis)axis), y = cell_get(&b->cell, (enum cell_axis)axis);
        if (!(row_axes >> axis & 1))
            order = (x > y) - (x < y);
    }
    return order;
}

static void add_row(const struct results *results, const struct result *result, struct ratios *ratios,
                    double *values)
{
    for (size_t i = 0; i < ratios->count; i++)
        if (cell_same_but(&ratios->items[i].any->cell, &result->cell, row_axes))
            return;
    const struct cell other = cell_of_reference(&result->cell, ratios->reference);
    const struct result *reference = find_largest(results, &other);
    if (!reference)
        return;
    struct ratios_row *row = &ratios->items[ratios->count++];
    *row = (struct ratios_row){.any = find_largest(results, &result->cell),
                               .reference = reference,
                               .bad = find_bad(results, result),
                               .reference_bad = find_bad(results, reference)};
    fill_row(results, row, values);
}

static bool is_first_of_table(const struct results *results, size_t index, enum cell_workload workload)
{
    for (size_t i = 0; i < index; i++)
        if (is_compared(&results->items[i], workload) &&
            !strcmp(results->items[i].cell.table, results->items[index].cell.table))
            return false;
    return is_compared(&results->items[index], workload);
}

static void add_table(const struct results *results, const char *table, struct part *part,
                      struct ratios *ratios, double *values)
{
    const size_t first = ratios->count;
    part->results.count = 0;
    for (size_t i = 0; i < results->count; i++)
        if (is_compared(&results->items[i], ratios->workload) && !strcmp(results->items[i].cell.table, table))
            part_add(part, &results->items[i]);
    for (size_t i = 0; i < part->results.count; i++)
        if (strcmp(part->results.items[i].cell.allocator, ratios->reference))
            add_row(&part->results, &part->results.items[i], ratios, values);
    for (size_t i = first; i < ratios->count; i++) {
        struct ratios_row *row = &ratios->items[i];
        row->any = part_owner(part, row->any);
        row->reference = part_owner(part, row->reference);
        row->bad = part_owner(part, row->bad);
        row->reference_bad = part_owner(part, row->reference_bad);
    }
}

int ratios_make_of(const struct results *results, enum cell_workload workload, const char *reference,
                   struct ratios *ratios)
{
    *ratios = (struct ratios){.workload = workload};
    const char *name = find_reference(results, workload, reference);
    if (!name)
        return ENOENT;
    snprintf(ratios->reference, sizeof ratios->reference, "%s", name);
    struct part part;
    double *values = calloc(results->count + 1, sizeof *values);
    ratios->items = calloc(results->count + 1, sizeof *ratios->items);
    const int error = part_open(&part, results) || !values || !ratios->items ? ENOMEM : 0;
    for (size_t i = 0; i < results->count && !error; i++)
        if (is_first_of_table(results, i, workload))
            add_table(results, results->items[i].cell.table, &part, ratios, values);
    if (error)
        ratios_free(ratios);
    else
        qsort(ratios->items, ratios->count, sizeof *ratios->items, compare_rows);
    free(values);
    part_free(&part);
    return error;
}

int ratios_make(const struct results *results, const char *reference, struct ratios *ratios)
{
    return ratios_make_of(results, answers_workload(results), reference, ratios);
}

void ratios_free(struct ratios *ratios)
{
    free(ratios->items);
    *ratios = (struct ratios){0};
}

/* ---- text ---- */

static const char *format_number(double value, char *text)
{
    if (value >= 999.5) {
        const double digit = pow(10, floor(log10(value)) - 2);
        snprintf(text, UNITS_TEXT_BYTES, "%.0f", round(fmin(value, 1e12) / digit) * digit);
        return text;
    }
    snprintf(text, UNITS_TEXT_BYTES, "%.*g", value < 0.0995 ? 2 : 3, value);
    if (value >= 0.0995)
        snprintf(text, UNITS_TEXT_BYTES, "%.*f", value < 9.995 ? 2 : value < 99.95 ? 1 : 0, value);
    return text;
}

const char *ratios_format_figures(const struct ratio *ratio, char *text)
{
    char mean[UNITS_TEXT_BYTES], low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    const char *const hint = ratio->own_unresolved || ratio->reference_unresolved ? "?" : "";
    if (!ratio->count) {
        snprintf(text, RATIOS_TEXT_BYTES, "-");
        return text;
    }
    snprintf(text, RATIOS_TEXT_BYTES, "%s%s", format_number(ratio->mean, mean), hint);
    if (!ratio->has_interval)
        return text;
    format_number(ratio->low, low);
    format_number(ratio->high, high);
    const size_t used = strlen(text);
    if (strcmp(low, mean) || strcmp(high, mean)) /* else it is narrower than what is shown */
        snprintf(text + used, RATIOS_TEXT_BYTES - used, " (%s to %s)", low, high);
    return text;
}

const char *ratios_format(const struct ratio *ratio, char *text)
{
    ratios_format_figures(ratio, text);
    const size_t used = strlen(text);
    const bool is_alone = !ratio->has_interval && !ratio->is_exact;
    if (ratio->count)
        snprintf(text + used, RATIOS_TEXT_BYTES - used, ", %s",
                 is_alone ? "one process each" : ratios_verdict_names[ratio->verdict]);
    return text;
}
