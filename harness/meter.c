/* SPDX-License-Identifier: MIT */
#include "harness/meter.h"

#include "harness/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* A page holds 256 entries: shorter intervals cannot see anything. */
static const uint64_t least_interval_entries = 256;

static uint64_t to_ns(const struct meter *m, uint64_t ticks)
{
    return (uint64_t)((double)ticks * m->record->setup.ns_per_tick);
}

/* The workload's clock at a reading of the time-stamp counter, if nothing was excluded since. */
static uint64_t clock_ns(const struct meter *m, uint64_t ticks)
{
    return to_ns(m, ticks - m->start_ticks - m->excluded_ticks);
}

static uint64_t next_interval(uint64_t entries)
{
    return entries + (entries / 64 > least_interval_entries ? entries / 64 : least_interval_entries);
}

static uint64_t tracked_ordinal(const struct meter *m, uint64_t index)
{
    uint64_t half = m->record->cell.entries / 2;
    return half >= METER_TRACKED_COUNT ? index * (half / METER_TRACKED_COUNT) : index;
}

/* Net of what was there before, and of the busy heap's own growth. */
static int64_t net_bytes(const struct meter *m, uint64_t rss_bytes)
{
    return (int64_t)(rss_bytes - m->record->start_rss_bytes - m->record->busy_live_bytes);
}

static void refresh_stats(struct meter *m)
{
    m->stats = (struct table_stats){0};
    m->table->stats(m->self, &m->stats);
}

/* Returns the resident bytes now, net. May run inside the table's own operation: does not call the table. */
static int64_t close_interval(struct meter *m, uint64_t time_ns, bool ends_growth)
{
    struct record *r = m->record;
    struct memory_sample sample;
    if (memory_probe_read(&m->probe, &sample))
        return 0;
    r->peaks_are_exact &= memory_probe_reset_peak(&m->probe);
    int64_t peak_bytes = net_bytes(m, sample.peak_rss_bytes), rss_bytes = net_bytes(m, sample.rss_bytes);
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
                                                     .capacity_bytes = m->stats.capacity_bytes});
    r->interval_entries = r->entries_done;
    m->next_interval_entries = next_interval(r->entries_done);
    return rss_bytes;
}

static void before_event(void *context)
{
    struct meter *m = context;
    if (!m->self) /* the table is being created: the clock does not run yet */
        return;
    uint64_t paused = meter_pause();
    m->record->growth_entries = m->record->entries_done;
    m->record->growth_rss_bytes = close_interval(m, clock_ns(m, paused), false);
    uint64_t spent_ticks = clock_ticks() - paused;
    m->excluded_ticks += spent_ticks;
    m->operation_excluded_ticks += spent_ticks;
}

static void refused(void *context, uint64_t bytes)
{
    struct meter *m = context;
    m->record->refused_entries = m->record->entries_done;
    m->record->refused_bytes = bytes;
}

static void compare_tracked(struct meter *m)
{
    struct record *r = m->record;
    for (uint64_t i = 0; i < r->tracked_entries; i++) {
        uint64_t ordinal = tracked_ordinal(m, i);
        const void *address = m->table->entry_address(m->self, keys_at(&m->keys, ordinal), ordinal);
        if (address != m->tracked[i]) {
            m->tracked[i] = address;
            r->tracked_moves++;
        }
    }
}

static void note_tracked(struct meter *m)
{
    struct record *r = m->record;
    while (r->tracked_entries < METER_TRACKED_COUNT) {
        uint64_t ordinal = tracked_ordinal(m, r->tracked_entries);
        m->next_tracked_entries = ordinal + 1;
        if (ordinal >= r->entries_done)
            return;
        const void *address = m->table->entry_address(m->self, keys_at(&m->keys, ordinal), ordinal);
        r->addresses_are_unknown |= !address;
        m->tracked[r->tracked_entries++] = address;
    }
    m->next_tracked_entries = UINT64_MAX;
}

static void log_events(struct meter *m, uint64_t start_ns, uint64_t duration_ns)
{
    struct record *r = m->record;
    recorder_classify(&m->recorder);
    for (unsigned i = 0; i < m->recorder.event_count; i++) {
        const struct recorder_event *event = &m->recorder.events[i];
        uint64_t resize_ns = to_ns(m, event->duration_ticks);
        if (event->kind == RECORDER_MOVE || event->kind == RECORDER_REPLACE) {
            r->base_moves++;
            r->base_moved_bytes += event->old_bytes;
        }
        if (resize_ns > r->resize_max_ns)
            r->resize_max_ns = resize_ns;
        record_add_growth(r, &(struct record_growth_row){.entries = r->entries_done,
                                                         .start_ns = start_ns,
                                                         .duration_ns = duration_ns,
                                                         .kind = event->kind,
                                                         .resize_ns = resize_ns,
                                                         .old_bytes = event->old_bytes,
                                                         .new_bytes = event->new_bytes});
    }
}

/* A growth operation ended; its times are on the workload's clock. Runs with the clock stopped. */
static void end_growth(struct meter *m, uint64_t start_ns, uint64_t duration_ns)
{
    struct record *r = m->record;
    bool has_events = m->recorder.event_count, refused_only = m->recorder.began && !has_events;
    m->operation_excluded_ticks = 0;
    if (!refused_only) {
        r->growth_count++;
        r->growth_total_ns += duration_ns;
        if (duration_ns > r->growth_max_ns)
            r->growth_max_ns = duration_ns;
    }
    if (has_events) {
        refresh_stats(m);
        m->watches_migration = true;
        log_events(m, start_ns, duration_ns);
        close_interval(m, start_ns + duration_ns, true);
        compare_tracked(m);
    }
    recorder_clear(&m->recorder);
    bool replaced = !has_events || !m->busy || !busy_replace(m->busy);
    r->busy_live_bytes = busy_live_bytes(m->busy);
    if (!replaced)
        record_fail(r, RECORD_OOM, "the busy heap got no memory at %llu entries",
                    (unsigned long long)r->entries_done);
}

/* Tables that grow a little at a time say so by moving entries without a block event. */
static bool has_migrated(struct meter *m)
{
    uint64_t migrated_entries = m->stats.migrated_entries;
    refresh_stats(m);
    return m->stats.migrated_entries != migrated_entries;
}

static void note_pause(struct meter *m, uint64_t start_ns, uint64_t duration_ns)
{
    struct record *r = m->record;
    utilisation_add_pause(&r->utilisation_1ms, start_ns, duration_ns);
    utilisation_add_pause(&r->utilisation_100ms, start_ns, duration_ns);
    record_add_pause(r, &(struct record_pause_row){r->entries_done, start_ns, duration_ns});
    if (duration_ns > 1000000)
        r->insert_over_1ms_count++;
}

void meter_end_operation(struct meter *m, uint64_t start_ticks, uint64_t end_ticks)
{
    uint64_t inside_ticks = m->operation_excluded_ticks;
    uint64_t duration_ticks = end_ticks - start_ticks - inside_ticks;
    latency_add(&m->record->insert, duration_ticks);
    uint64_t duration_ns = to_ns(m, duration_ticks);
    if (!m->recorder.began && !meter_migrates(m) && duration_ns < UTILISATION_PAUSE_NS)
        return;
    uint64_t paused = meter_pause();
    bool grew = (meter_migrates(m) && has_migrated(m)) || m->recorder.began;
    /* What was excluded so far includes what was excluded inside, which lies after the start. */
    uint64_t start_ns = clock_ns(m, start_ticks + inside_ticks);
    if (duration_ns >= UTILISATION_PAUSE_NS)
        note_pause(m, start_ns, duration_ns);
    if (grew)
        end_growth(m, start_ns, duration_ns);
    meter_resume(m, paused);
}

void meter_end_batch(struct meter *m, uint64_t start_ticks, uint64_t end_ticks)
{
    uint64_t paused = meter_pause();
    bool migrated = meter_migrates(m) && has_migrated(m), began = m->recorder.began;
    /* Without an event the whole batch is the growth; nothing was excluded inside it then. */
    if (began)
        start_ticks = m->recorder.first_event_ticks;
    if (began || migrated)
        end_growth(m, clock_ns(m, start_ticks), to_ns(m, end_ticks - start_ticks));
    meter_resume(m, paused);
}

void meter_checkpoint(struct meter *m)
{
    uint64_t paused = meter_pause();
    if (m->record->entries_done >= m->next_tracked_entries)
        note_tracked(m);
    refresh_stats(m);
    if (m->record->entries_done >= m->next_interval_entries) {
        m->watches_migration = m->stats.migrated_entries != m->checkpoint_migrated_entries;
        m->checkpoint_migrated_entries = m->stats.migrated_entries;
        close_interval(m, clock_ns(m, paused), false);
    }
    meter_resume(m, paused);
}

static void read_faults(long *minor_faults, long *major_faults)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    *minor_faults = usage.ru_minflt;
    *major_faults = usage.ru_majflt;
}

static void set_faults(struct meter *m)
{
    long minor_faults, major_faults;
    read_faults(&minor_faults, &major_faults);
    record_set(m->record, COUNTER_minor_faults, (double)(minor_faults - m->start_minor_faults));
    record_set(m->record, COUNTER_major_faults, (double)(major_faults - m->start_major_faults));
}

int meter_open(struct meter *m, struct record *record, struct heap *inner, const struct table *table)
{
    static const struct recorder_hooks hooks = {before_event, refused};
    memset(m, 0, sizeof *m); /* touches it too: it must be resident before start_rss_bytes is read */
    m->record = record;
    m->table = table;
    m->keys = (struct keys){.kind = keys_kind_of(record->cell.keys), .seed = record->cell.seed};
    recorder_init(&m->recorder, inner, record->cell.thp, &hooks, m);
    int error = memory_probe_open(&m->probe);
    struct memory_sample sample;
    if (!error)
        error = memory_probe_read(&m->probe, &sample);
    if (error)
        return error;
    record->start_rss_bytes = sample.rss_bytes;
    if (record->cell.heap == CELL_BUSY) {
        m->busy = busy_create(inner, record->cell.seed);
        record->start_rss_bytes += busy_list_bytes();
    }
    return record->cell.heap == CELL_BUSY && !m->busy ? ENOMEM : 0;
}

struct table_options meter_table_options(const struct cell *cell)
{
    static const uint64_t reserve_halves[CELL_RESERVE_COUNT] = {0, 1, 2, 4};
    const uint64_t entries = cell->entries / cell->count;
    return (struct table_options){
        .seed = keys_mix(~cell->seed),
        .expected_entries = entries,
        .growth_permille =
            cell->growth == CELL_GROWTH_DEFAULT || cell->growth & CELL_GROWTH_STEP ? 0 : cell->growth,
        .growth_step_bytes = cell->growth & CELL_GROWTH_STEP ? cell->growth & ~CELL_GROWTH_STEP : 0,
        .load_permille = cell->load,
        .entry_bytes = cell->entry_bytes == CELL_ENTRY_BYTES_DEFAULT ? 0 : cell->entry_bytes,
        .reserve_entries = entries * reserve_halves[cell->reserve] / 2,
    };
}

int meter_start(struct meter *m)
{
    struct record *r = m->record;
    m->next_interval_entries = next_interval(0);
    r->busy_live_bytes = busy_live_bytes(m->busy);
    r->peaks_are_exact = memory_probe_reset_peak(&m->probe);
    read_faults(&m->start_minor_faults, &m->start_major_faults);
    m->start_ticks = clock_ticks();
    const struct table_options options = meter_table_options(&r->cell);
    m->self = m->table->create(&m->recorder.heap, &options);
    recorder_clear(&m->recorder);
    if (!m->self)
        return ENOMEM;
    uint64_t paused = meter_pause();
    refresh_stats(m);
    r->is_measuring = 1;
    meter_resume(m, paused);
    return 0;
}

void meter_stop(struct meter *m)
{
    struct record *r = m->record;
    set_faults(m);
    uint64_t end_ns = clock_ns(m, clock_ticks());
    refresh_stats(m);
    int64_t end_rss_bytes = close_interval(m, end_ns, false);
    compare_tracked(m);
    r->events_dropped = m->recorder.dropped_count;
    record_set(r, COUNTER_end_rss_bytes, (double)end_rss_bytes);
    uint64_t rss_bytes, huge_page_bytes;
    struct memory_sample sample;
    if (!memory_probe_read(&m->probe, &sample) && !memory_count_exactly(&rss_bytes, &huge_page_bytes)) {
        record_set(r, COUNTER_huge_page_bytes, (double)huge_page_bytes);
        double error_bytes = (double)rss_bytes - (double)sample.rss_bytes;
        record_set(r, COUNTER_rss_error_bytes, error_bytes < 0 ? -error_bytes : error_bytes);
    }
    struct heap_stats stats = {0};
    m->recorder.heap.ops->stats(&m->recorder.heap, &stats);
    record_set(r, COUNTER_mremap_count, (double)stats.mremap_count);
    record_set(r, COUNTER_timer_overhead_ns, clock_overhead_ns(r->setup.ns_per_tick));
}

void meter_close(struct meter *m)
{
    bool created = m->self;
    uint64_t start_ticks = clock_ticks();
    m->recorder.hooks = NULL; /* the last blocks' events belong to no interval */
    m->table->destroy(m->self);
    if (created)
        record_set(m->record, COUNTER_destroy_ns, (double)to_ns(m, clock_ticks() - start_ticks));
    m->self = NULL;
    busy_destroy(m->busy);
    m->busy = NULL;
    memory_probe_close(&m->probe);
}
