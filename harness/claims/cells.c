/* SPDX-License-Identifier: MIT */
#include "harness/claims/measure.h"

#include "harness/claims/parts.h"

/* Rows of the series stand before the first event of a growing operation and after its end. */
static const struct record_series_row *row_at(const struct record *r, uint64_t entries, int step)
{
    uint64_t count = r->series_count < RECORD_SERIES_ROWS ? r->series_count : RECORD_SERIES_ROWS;
    for (uint64_t i = 1; i < count; i++)
        if (r->series[i].entries >= entries)
            return &r->series[step < 0 ? i - 1 : i];
    return NULL;
}

static void read_largest_growth(const struct record *r, const struct record_growth_row *largest,
                                struct claims_cell *cell)
{
    const struct record_series_row *before = row_at(r, largest->entries, -1),
                                   *after = row_at(r, largest->entries, 0);
    if (!before || !after)
        return;
    cell->growth_entries = (double)largest->entries;
    cell->growth_ns = (double)largest->duration_ns;
    cell->block_bytes = (double)largest->old_bytes;
    cell->new_block_bytes = (double)largest->new_bytes;
    cell->before_bytes = (double)before->rss_bytes;
    cell->peak_bytes = (double)after->interval_peak_rss_bytes;
    cell->after_bytes = (double)after->rss_bytes;
    cell->virtual_before_bytes = (double)before->virtual_bytes;
    cell->virtual_peak_bytes = (double)r->peak_virtual_bytes;
}

static void count_growth(const struct record_growth_row *row, struct claims_cell *cell)
{
    double factor = (double)row->new_bytes / (double)row->old_bytes;
    cell->least_factor = cell->growths > 0 ? fmin(cell->least_factor, factor) : factor;
    cell->most_factor = cell->growths > 0 ? fmax(cell->most_factor, factor) : factor;
    cell->growths++;
    cell->replaced += row->kind == RECORDER_REPLACE;
    if (row->old_bytes >= 1 << 20) {
        cell->large_growths++;
        cell->large_moves += row->kind != RECORDER_GROW;
    }
}

static void read_growths(const struct record *r, struct claims_cell *cell)
{
    const struct record_growth_row *largest = NULL;
    cell->growths = cell->replaced = cell->large_growths = cell->large_moves = 0;
    for (uint64_t i = 0; i < r->growth_rows && i < RECORD_GROWTH_ROWS; i++) {
        const struct record_growth_row *row = &r->growth[i];
        bool grew =
            (row->kind == RECORDER_GROW || row->kind == RECORDER_MOVE || row->kind == RECORDER_REPLACE) &&
            row->new_bytes > row->old_bytes;
        if (!grew)
            continue;
        count_growth(row, cell);
        if (!largest || row->new_bytes > largest->new_bytes)
            largest = row;
    }
    if (largest)
        read_largest_growth(r, largest, cell);
}

/* Trapezoids between the rows past half of the final entries. */
static void read_last_octave(const struct record *r, struct claims_cell *cell)
{
    double span = 0, tail = 0, waste = 0;
    const struct record_series_row *last = NULL;
    for (uint64_t i = 0; i < r->series_count && i < RECORD_SERIES_ROWS; i++) {
        const struct record_series_row *row = &r->series[i];
        if (row->entries <= r->cell.entries / 2 || !row->capacity_bytes)
            continue;
        if (last) {
            double width = (double)(row->entries - last->entries);
            double capacity = (double)(row->capacity_bytes + last->capacity_bytes) / 2;
            double payload = (double)(row->entries + last->entries) / 2 * TABLE_ENTRY_BYTES;
            double resident = (double)(row->rss_bytes + last->rss_bytes) / 2;
            span += width;
            tail += width * (capacity - payload) / capacity;
            waste += width * (resident - payload) / capacity;
        }
        last = row;
    }
    if (span > 0) {
        cell->tail_ratio = tail / span;
        cell->waste_ratio = waste / span;
    }
}

void claims_read_record(const struct record *r, struct claims_cell *cell)
{
    cell->status = (enum record_status)r->status;
    memcpy(cell->message, r->message, sizeof cell->message);
    *cell->missing = 0;
    read_growths(r, cell);
    read_last_octave(r, cell);
}
