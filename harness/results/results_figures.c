/* SPDX-License-Identifier: MIT
 *
 * Figures of a cell over its repetitions and modes.
 */
#include "harness/results/results.h"

#include "harness/common/statistics.h"

#include <math.h>

enum counter results_memory_counter(bool table_is_yardstick)
{
    return table_is_yardstick ? COUNTER_peak_rss_ratio : COUNTER_worst_rss_ratio;
}

struct results_range results_range(const struct results *results, const struct cell *cell,
                                   enum counter counter)
{
    double values[1000];
    struct results_range range = {0, NAN, NAN, NAN};
    for (size_t i = 0; i < results->count && range.count < 1000; i++) {
        const struct result *r = &results->items[i];
        if (cell_same_row(&r->cell, cell) && r->cell.mode == cell->mode && r->status == RECORD_OK &&
            !isnan(r->counters[counter]))
            values[range.count++] = r->counters[counter];
    }
    if (!range.count)
        return range;
    range.median = statistics_median(values, range.count); /* sorts them */
    range.low = values[0];
    range.high = values[range.count - 1];
    return range;
}

double results_median(const struct results *results, const struct cell *cell, enum counter counter,
                      double *spread)
{
    struct results_range range = results_range(results, cell, counter);
    if (spread)
        *spread = range.median > 0 ? (range.high - range.low) / range.median : range.count ? 0 : NAN;
    return range.median;
}

double results_joined_median(const struct results *results, const struct cell *cell, enum counter counter)
{
    struct cell throughput = *cell, latency = *cell;
    throughput.mode = CELL_THROUGHPUT;
    latency.mode = CELL_LATENCY;
    return fmax(results_median(results, &throughput, counter, NULL),
                results_median(results, &latency, counter, NULL));
}

double results_limit_bytes(const struct results *results, const struct cell *cell, bool *is_estimate)
{
    double found_bytes = NAN, estimate_bytes = NAN;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!cell_same_row(&r->cell, cell) || r->status != RECORD_OK)
            continue;
        if (r->limit_found_by == LIMIT_BISECTION)
            found_bytes = fmax(found_bytes, r->counters[COUNTER_limit_needed_bytes]);
        double own_bytes = r->counters[COUNTER_limit_estimate_bytes];
        if (r->budget_bytes && own_bytes > (double)r->budget_bytes)
            own_bytes = (double)r->budget_bytes; /* it came to its end within it */
        estimate_bytes = fmax(estimate_bytes, own_bytes);
    }
    *is_estimate = isnan(found_bytes);
    return isnan(found_bytes) ? estimate_bytes : found_bytes;
}
