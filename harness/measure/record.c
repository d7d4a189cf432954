/* SPDX-License-Identifier: MIT */
#include "harness/measure/record.h"

#include "tables/table.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const record_status_names[] = {"RUNNING", "OK", "SKIP", "OOM", "TIMEOUT", "CRASH", "WRONG", NULL};

void record_init(struct record *record, const struct cell *cell)
{
    memset(record, 0, sizeof *record);
    record->cell = *cell;
    record->pause_floor_ns = UTILISATION_PAUSE_NS;
    for (int i = 0; i < COUNTER_COUNT; i++)
        record->counters[i] = NAN;
    utilisation_start(&record->utilisation_1ms, 1000000);
    utilisation_start(&record->utilisation_100ms, 100000000);
}

void record_set(struct record *record, enum counter counter, double value)
{
    record->counters[counter] = value;
}

double record_get(const struct record *record, enum counter counter)
{
    return record->counters[counter];
}

/* Ratios to the payload say something once the table is past its first megabytes. */
static const uint64_t ratio_entries = 1u << 20;

void record_begin_phase(struct record *r, enum record_phase phase)
{
    r->phase_growth_count = r->growth_count;
    r->phase_peak_rss_bytes = 0;
    if (phase == RECORD_CHURNING || phase == RECORD_DRAINING)
        r->growth_max_ns = 0; /* what came before was timed in batches */
    r->phase = phase;
}

void record_note_peak(struct record *r, int64_t peak_bytes, bool ends_growth)
{
    if (peak_bytes > r->peak_rss_bytes)
        r->peak_rss_bytes = peak_bytes;
    if (peak_bytes > r->phase_peak_rss_bytes)
        r->phase_peak_rss_bytes = peak_bytes;
    bool payload_stays = r->phase == RECORD_FILLING || r->phase == RECORD_CHURNING;
    if (payload_stays && r->interval_entries >= ratio_entries) {
        double ratio = (double)peak_bytes / (double)(r->interval_entries * r->cell.entry_bytes);
        if (ratio > r->worst_rss_ratio) {
            r->worst_rss_ratio = ratio;
            r->worst_rss_entries = r->interval_entries;
        }
    }
    if (ends_growth && r->growth_entries >= ratio_entries && r->growth_rss_bytes > 0) {
        double ratio = (double)peak_bytes / (double)r->growth_rss_bytes;
        if (ratio > r->growth_overlap_ratio)
            r->growth_overlap_ratio = ratio;
    }
}

static bool ends(const char *text, size_t size)
{
    return memchr(text, 0, size) != NULL;
}

bool record_repair(struct record *r, const struct cell *cell, const struct record_setup *setup)
{
    bool whole = !memcmp(&r->cell, cell, sizeof *cell) && !memcmp(&r->setup, setup, sizeof *setup) &&
                 r->series_count <= RECORD_SERIES_ROWS && r->growth_rows <= RECORD_GROWTH_ROWS &&
                 r->pause_rows <= RECORD_PAUSE_ROWS && r->stop_rows <= CELL_STOPS_MAX &&
                 r->status < RECORD_STATUS_COUNT && ends(r->message, sizeof r->message) &&
                 ends(r->allocator_path, sizeof r->allocator_path) &&
                 ends(r->allocator_version, sizeof r->allocator_version) &&
                 ends(r->table_version, sizeof r->table_version);
    if (!whole) {
        record_init(r, cell);
        r->setup = *setup;
    }
    return whole;
}

void record_fail(struct record *record, enum record_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(record->message, sizeof record->message, format, arguments);
    va_end(arguments);
    record->status = status;
}

void record_add_series(struct record *record, const struct record_series_row *row)
{
    if (record->series_count == RECORD_SERIES_ROWS) {
        /* Every second row tells the same story; the last row's peak must not get lost. */
        for (uint64_t i = 0; i < RECORD_SERIES_ROWS / 2; i++) {
            const struct record_series_row *a = &record->series[2 * i], *b = a + 1;
            int64_t peak = a->interval_peak_rss_bytes > b->interval_peak_rss_bytes
                               ? a->interval_peak_rss_bytes
                               : b->interval_peak_rss_bytes;
            record->series[i] = *b;
            record->series[i].interval_peak_rss_bytes = peak;
        }
        record->series_count /= 2;
    }
    record->series[record->series_count] = *row;
    record->series_count++;
}

void record_add_growth(struct record *record, const struct record_growth_row *row)
{
    if (record->growth_rows == RECORD_GROWTH_ROWS) {
        record->growth_rows_dropped++;
        return;
    }
    record->growth[record->growth_rows] = *row;
    record->growth_rows++;
}

void record_note_growth(struct record *record, uint64_t duration_ns)
{
    record->growth_count++;
    record->growth_total_ns += duration_ns;
    if (duration_ns > record->growth_max_ns)
        record->growth_max_ns = duration_ns;
}

void record_note_block(struct record *record, const struct record_growth_row *row)
{
    if (row->kind == RECORDER_MOVE || row->kind == RECORDER_REPLACE) {
        record->base_moves++;
        record->base_moved_bytes += row->old_bytes;
    }
    record_add_growth(record, row);
}

void record_note_resize(struct record *record, uint64_t resize_ns)
{
    record->resize_total_ns += resize_ns;
    if (resize_ns > record->resize_max_ns)
        record->resize_max_ns = resize_ns;
}

/* By a quarter, but never above the longest, which must not get lost. */
static void raise_pause_floor(struct record *record)
{
    uint64_t longest_ns = 0, kept = 0, floor_ns = record->pause_floor_ns / 4 * 5;
    for (uint64_t i = 0; i < record->pause_rows; i++)
        if (record->pauses[i].duration_ns > longest_ns)
            longest_ns = record->pauses[i].duration_ns;
    record->pause_floor_ns = floor_ns < longest_ns ? floor_ns : longest_ns;
    for (uint64_t i = 0; i < record->pause_rows; i++)
        if (record->pauses[i].duration_ns >= record->pause_floor_ns)
            record->pauses[kept++] = record->pauses[i];
    record->pause_rows = kept;
}

void record_add_pause(struct record *record, const struct record_pause_row *row)
{
    record->slow_operations++;
    if (record->pause_rows == RECORD_PAUSE_ROWS)
        raise_pause_floor(record);
    if (record->pause_rows == RECORD_PAUSE_ROWS) /* all are as long as the longest */
        return;
    if (row->duration_ns < record->pause_floor_ns)
        return;
    record->pauses[record->pause_rows] = *row;
    record->pause_rows++;
}

static void set_latencies(struct record *record, const struct latency *latency, enum counter p50,
                          enum counter p99, enum counter max)
{
    if (!latency->count)
        return;
    double ns = record->setup.ns_per_tick;
    record_set(record, p50, (double)latency_quantile_ticks(latency, 0.5) * ns);
    record_set(record, p99, (double)latency_quantile_ticks(latency, 0.99) * ns);
    record_set(record, max, (double)latency->max_ticks * ns);
}

static void set_rate(struct record *r, enum counter counter, uint64_t operations, uint64_t ns)
{
    if (ns && operations)
        record_set(r, counter, (double)operations * 1e9 / (double)ns);
}

/* Operations count once their time is known: those of a child that was killed are not, nor their rate.
 *
 * What operation_ns is the time of: making the table and the inserts of a fill; erases and inserts of churn, and its snapshot's fork;
 * of drain the erases (erase_ns of it) and the inserts that fill it again. */
static void finish_rates(struct record *r)
{
    switch (r->cell.workload) {
    case CELL_FIND:
        set_rate(r, COUNTER_items_per_second, r->find_count[0] + r->find_count[1],
                 r->find_ns[0] + r->find_ns[1]);
        set_rate(r, COUNTER_hit_items_per_second, r->find_count[0], r->find_ns[0]);
        set_rate(r, COUNTER_miss_items_per_second, r->find_count[1], r->find_ns[1]);
        return;
    case CELL_DRAIN:
        set_rate(r, COUNTER_erase_items_per_second, r->erases_done, r->erase_ns);
        set_rate(r, COUNTER_refill_items_per_second, r->timed_operations - r->erases_done,
                 r->operation_ns - r->erase_ns);
        break;
    default:
        break;
    }
    set_rate(r, COUNTER_items_per_second, r->timed_operations, r->operation_ns);
}

static void finish_single_operations(struct record *r)
{
    const double ns = r->setup.ns_per_tick;
    set_latencies(r, &r->hit, COUNTER_hit_p50_ns, COUNTER_hit_p99_ns, COUNTER_hit_max_ns);
    set_latencies(r, &r->miss, COUNTER_miss_p50_ns, COUNTER_miss_p99_ns, COUNTER_miss_max_ns);
    set_latencies(r, &r->erase, COUNTER_erase_p50_ns, COUNTER_erase_p99_ns, COUNTER_erase_max_ns);
    set_latencies(r, &r->insert, COUNTER_insert_p50_ns, COUNTER_insert_p99_ns, COUNTER_insert_max_ns);
    if (r->hiccup_max_ns) {
        record_set(r, COUNTER_hiccup_max_ns, (double)r->hiccup_max_ns);
        record_set(r, COUNTER_hiccup_over_1ms_count, (double)r->hiccup_over_1ms_count);
    }
    if (r->insert.count) {
        record_set(r, COUNTER_insert_p999_ns, (double)latency_quantile_ticks(&r->insert, 0.999) * ns);
        record_set(r, COUNTER_insert_over_1ms_count, (double)r->insert_over_1ms_count);
    }
    if (!r->insert.count && !r->erase.count)
        return;
    uint64_t longest_ticks =
        r->insert.max_ticks > r->erase.max_ticks ? r->insert.max_ticks : r->erase.max_ticks;
    record_set(r, COUNTER_stall_max_ns, fmax((double)longest_ticks * ns, (double)r->other_stall_max_ns));
    record_set(r, COUNTER_slow_operations_ratio,
               (double)r->slow_operations / (double)(r->insert.count + r->erase.count));
    record_set(r, COUNTER_utilisation_1ms_ratio, utilisation_ratio(&r->utilisation_1ms, r->elapsed_ns));
    record_set(r, COUNTER_utilisation_100ms_ratio, utilisation_ratio(&r->utilisation_100ms, r->elapsed_ns));
    record_set(r, COUNTER_fault_count, (double)r->fault_count);
    record_set(r, COUNTER_fault_total_ns, (double)r->fault_total_ns);
    record_set(r, COUNTER_fault_max_ns, (double)r->fault_max_ns);
}

static void finish_times(struct record *r)
{
    if (r->cell.workload == CELL_FIND ? r->find_count[0] : r->timed_operations)
        record_set(r, COUNTER_timed_ns,
                   (double)(r->cell.workload == CELL_FIND ? r->find_ns[0] + r->find_ns[1] : r->operation_ns));
    if (r->cell.mode == CELL_LATENCY)
        finish_single_operations(r);
    else
        finish_rates(r);
}

/* What the recording layer sees in a table's blocks: of a table that calls malloc itself it sees nothing, and
 * nothing seen is not the same as nothing there. Nor is then known when to look where entries are. */
static void finish_growth(struct record *r)
{
    bool was_timed_alone = r->insert.count || r->erase.count;
    if (r->migrated_entries)
        record_set(r, COUNTER_migrated_entries, (double)r->migrated_entries);
    if (r->migrated_entries && was_timed_alone)
        record_set(r, COUNTER_migrated_max_entries, (double)r->migrated_max_entries);
    bool blocks_are_seen = !(r->table_properties & TABLE_OWN_MALLOC);
    bool moves_are_seen = blocks_are_seen || r->table_properties & TABLE_STABLE_ADDRESS;
    if (r->tracked_entries && !r->addresses_are_unknown && moves_are_seen)
        record_set(r, COUNTER_moves_per_entry, (double)r->tracked_moves / (double)r->tracked_entries);
    if (!blocks_are_seen)
        return;
    if (r->growth_overlap_ratio > 0 && r->peaks_are_exact)
        record_set(r, COUNTER_growth_overlap_ratio, r->growth_overlap_ratio);
    record_set(r, COUNTER_growth_count, (double)r->growth_count);
    record_set(r, COUNTER_growth_total_ns, (double)r->growth_total_ns);
    if (r->phase == RECORD_CHURNING)
        record_set(r, COUNTER_churn_growth_count, (double)(r->growth_count - r->phase_growth_count));
    if (r->cell.mode == CELL_LATENCY && r->insert.count)
        record_set(r, COUNTER_growth_max_ns, (double)r->growth_max_ns);
    record_set(r, COUNTER_resize_max_ns, (double)r->resize_max_ns);
    record_set(r, COUNTER_resize_total_ns, (double)r->resize_total_ns);
    record_set(r, COUNTER_base_moves, (double)r->base_moves);
    record_set(r, COUNTER_base_moved_bytes, (double)r->base_moved_bytes);
}

/* Both ratios are to the payload when it ended. */
static void set_limit(struct record *r, enum counter bytes_counter, enum counter ratio_counter, double bytes)
{
    double payload_bytes = (double)cell_payload_bytes(&r->cell);
    record_set(r, bytes_counter, bytes);
    record_set(r, ratio_counter, bytes / payload_bytes);
}

void record_set_limit(struct record *r, double bytes)
{
    set_limit(r, COUNTER_limit_needed_bytes, COUNTER_limit_needed_ratio, bytes);
}

/* All that was resident at the peak, and page tables: largest figures of possibly different moments, but page
 * tables are seen at the ends of intervals only, not beside an old block that is freed within one. What was
 * resident at the start has the harness, program, libraries and the record in it, more than is charged to a
 * container whose files others have read before. A snapshot's copied pages are another process's. */
static void estimate_limit(struct record *r)
{
    set_limit(r, COUNTER_limit_estimate_bytes, COUNTER_limit_estimate_ratio,
              (double)r->start_rss_bytes + (double)r->busy_live_bytes +
                  fmax((double)r->peak_rss_bytes, record_get(r, COUNTER_snapshot_peak_bytes)) +
                  (double)r->page_table_bytes);
}

void record_finish(struct record *r)
{
    if (!r->is_measuring) /* it never came to the first operation */
        return;
    double payload_bytes = (double)(r->entries_done * r->cell.entry_bytes);
    record_set(r, COUNTER_entries, (double)r->entries_done);
    record_set(r, COUNTER_payload_bytes, payload_bytes);
    record_set(r, COUNTER_start_rss_bytes, (double)r->start_rss_bytes);
    /* Where it cannot be reset, VmHWM still holds the warm rounds' peak. */
    bool has_peak = r->peaks_are_exact || r->cell.heap == CELL_COLD;
    if (has_peak)
        record_set(r, COUNTER_peak_rss_bytes, (double)r->peak_rss_bytes);
    /* Once it was full, the payload is that of all entries, whatever was erased since. */
    uint64_t most_entries = r->phase == RECORD_FILLING ? r->entries_done : r->cell.entries;
    if (most_entries && has_peak)
        record_set(r, COUNTER_peak_rss_ratio,
                   (double)r->peak_rss_bytes / (double)(most_entries * r->cell.entry_bytes));
    if (r->phase == RECORD_CHURNING && r->peaks_are_exact)
        record_set(r, COUNTER_churn_peak_rss_bytes, (double)r->phase_peak_rss_bytes);
    if (r->phase == RECORD_REFILLING && r->peaks_are_exact)
        record_set(r, COUNTER_refill_peak_rss_bytes, (double)r->phase_peak_rss_bytes);
    /* A yardstick has its final size from the start: its ratio to few entries says nothing. */
    if (r->worst_rss_ratio > 0 && r->peaks_are_exact && !(r->table_properties & TABLE_YARDSTICK)) {
        record_set(r, COUNTER_worst_rss_ratio, r->worst_rss_ratio);
        record_set(r, COUNTER_worst_rss_entries, (double)r->worst_rss_entries);
    }
    record_set(r, COUNTER_peak_virtual_bytes, (double)r->peak_virtual_bytes);
    record_set(r, COUNTER_page_table_bytes, (double)r->page_table_bytes);
    record_set(r, COUNTER_interval_count, (double)r->interval_count);
    if (has_peak)
        estimate_limit(r); /* of a killed one: a lower bound */
    finish_growth(r);
    finish_times(r);
}
