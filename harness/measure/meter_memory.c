/* SPDX-License-Identifier: MIT
 *
 * The meter's intervals, and what is resident between them.
 */
#include "harness/measure/meter_parts.h"

int64_t meter_net_bytes(const struct meter *m, uint64_t rss_bytes)
{
    return (int64_t)(rss_bytes - m->record->start_rss_bytes - m->record->busy_live_bytes);
}

void meter_look_at(struct meter *m, struct meter_table *table)
{
    struct table_stats stats = {0};
    m->table->stats(table->self, &stats);
    m->capacity_bytes += stats.capacity_bytes - table->stats.capacity_bytes;
    m->record->migrated_entries += stats.migrated_entries - table->stats.migrated_entries;
    table->stats = stats;
}

void meter_look_at_all(struct meter *m)
{
    for (uint64_t i = 0; i < m->record->cell.count; i++)
        meter_look_at(m, &m->tables[i]);
}

void meter_plan(struct meter *m)
{
    m->next_due = m->next_interval < m->next_tracked ? m->next_interval : m->next_tracked;
}

void meter_plan_interval(struct meter *m)
{
    const struct record *r = m->record;
    /* Entries come and go later, but the table's blocks stay those of all of them. */
    uint64_t entries = r->phase == RECORD_FILLING ? r->entries_done : r->cell.entries;
    uint64_t step = entries / 64 > m->least_interval ? entries / 64 : m->least_interval;
    m->next_interval = r->operations_done + step;
    meter_plan(m);
}

int64_t meter_close_interval(struct meter *m, uint64_t time_ns, bool ends_growth)
{
    struct record *r = m->record;
    struct memory_sample sample;
    if (memory_probe_read(&m->probe, &sample))
        return 0;
    r->peaks_are_exact &= memory_probe_reset_peak(&m->probe);
    int64_t peak_bytes = meter_net_bytes(m, sample.peak_rss_bytes);
    int64_t rss_bytes = meter_net_bytes(m, sample.rss_bytes);
    record_note_peak(r, peak_bytes, ends_growth);
    r->peak_virtual_bytes = sample.peak_virtual_bytes;
    if (sample.page_table_bytes > r->page_table_bytes)
        r->page_table_bytes = sample.page_table_bytes;
    r->interval_count++;
    r->elapsed_ns = time_ns;
    record_add_series(r, &(struct record_series_row){.entries = r->entries_done,
                                                     .time_ns = time_ns,
                                                     .rss_bytes = rss_bytes,
                                                     .interval_peak_rss_bytes = peak_bytes,
                                                     .virtual_bytes = sample.virtual_bytes,
                                                     .capacity_bytes = m->capacity_bytes});
    r->interval_entries = r->entries_done;
    meter_plan_interval(m);
    return rss_bytes;
}

void meter_checkpoint(struct meter *m)
{
    uint64_t paused = meter_pause();
    const struct record *r = m->record;
    if (r->operations_done >= m->next_tracked)
        meter_note_tracked(m);
    meter_plan(m);
    if (r->operations_done >= m->next_interval) {
        meter_look_at_all(m);
        meter_close_interval(m, meter_clock_ns(m, paused), false);
        if (r->cell.count > 1)
            meter_compare_tracked(m, NULL);
    }
    m->seen_faults = meter_thread_faults();
    meter_resume(m, paused);
}

int64_t meter_settle(struct meter *m)
{
    uint64_t paused = meter_pause();
    meter_look_at_all(m);
    int64_t rss_bytes = meter_close_interval(m, meter_clock_ns(m, paused), false);
    struct memory_exact exact;
    if (m->start_exact_rss_bytes && !memory_count_exactly(&m->probe, &exact))
        rss_bytes = (int64_t)(exact.rss_bytes - m->start_exact_rss_bytes - m->record->busy_live_bytes);
    m->seen_faults = meter_thread_faults();
    meter_resume(m, paused);
    return rss_bytes;
}

int64_t meter_begin_phase(struct meter *m, enum record_phase phase)
{
    uint64_t paused = meter_pause();
    if (m->record->phase == RECORD_FILLING) {
        meter_compare_tracked(m, NULL);
        m->next_tracked = UINT64_MAX;
    }
    meter_resume(m, paused);
    int64_t rss_bytes = meter_settle(m);
    record_begin_phase(m->record, phase);
    meter_plan_interval(m);
    return rss_bytes;
}
