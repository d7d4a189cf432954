/* SPDX-License-Identifier: MIT
 *
 * The meter and the operations it times: growths, pauses, faults.
 */
#include "harness/measure/meter_parts.h"

#include <sys/resource.h>

static void before_event(void *context)
{
    struct meter *m = context;
    if (!m->record->is_measuring) /* a table is being created: no interval has begun */
        return;
    uint64_t paused = meter_pause();
    m->record->growth_entries = m->record->entries_done;
    m->record->growth_rss_bytes = meter_close_interval(m, meter_clock_ns(m, paused), false);
    m->record->growth_interval = m->record->interval_count;
    uint64_t spent_ticks = clock_ticks() - paused;
    m->excluded_ticks += spent_ticks;
    m->operation_excluded_ticks += spent_ticks;
    m->asked_ticks = 0;
}

static void refused(void *context, uint64_t bytes)
{
    struct meter *m = context;
    m->record->refused_entries = m->record->entries_done;
    m->record->refused_bytes = bytes;
}

static struct recorder_usage thread_usage(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (struct recorder_usage){(uint64_t)usage.ru_minflt, (uint64_t)usage.ru_stime.tv_sec * 1000000000 +
                                                                  (uint64_t)usage.ru_stime.tv_usec * 1000};
}

long meter_thread_faults(void)
{
    return (long)thread_usage().minor_faults;
}

static struct recorder_usage read_usage(void *context)
{
    struct meter *m = context;
    if (!m->record->is_measuring)
        return (struct recorder_usage){0};
    uint64_t paused = meter_pause();
    struct recorder_usage usage = thread_usage();
    uint64_t spent_ticks = clock_ticks() - paused;
    m->excluded_ticks += spent_ticks;
    m->operation_excluded_ticks += spent_ticks;
    m->asked_ticks += spent_ticks;
    return usage;
}

const struct recorder_hooks meter_hooks = {before_event, refused, read_usage};

void meter_note_resizes(struct meter *m)
{
    recorder_classify(&m->recorder); /* a replacement is one: the new block's time and the old one's */
    for (unsigned i = 0; i < m->recorder.event_count; i++)
        record_note_resize(m->record, meter_ns(m, m->recorder.events[i].duration_ticks));
}

/* During the growth that ended, but for the allocator's calls. */
static struct recorder_usage table_usage(const struct meter *m)
{
    struct recorder_usage usage = recorder_usage_since(thread_usage(), m->recorder.first_event_usage);
    for (unsigned i = 0; i < m->recorder.event_count; i++)
        usage = recorder_usage_since(usage, m->recorder.events[i].usage);
    return usage;
}

static void log_events(struct meter *m, uint64_t start_ns, uint64_t duration_ns, struct recorder_usage table)
{
    struct record *r = m->record;
    for (unsigned i = 0; i < m->recorder.event_count; i++) {
        const struct recorder_event *event = &m->recorder.events[i];
        record_note_block(r, &(struct record_growth_row){.entries = r->entries_done,
                                                         .start_ns = start_ns,
                                                         .duration_ns = duration_ns,
                                                         .kind = event->kind,
                                                         .resize_ns = meter_ns(m, event->duration_ticks),
                                                         .old_bytes = event->old_bytes,
                                                         .new_bytes = event->new_bytes,
                                                         .free_ns = meter_ns(m, event->free_ticks),
                                                         .table_faults = table.minor_faults,
                                                         .table_system_ns = table.system_ns});
    }
}

/* A growth operation ended; its times are on the workload's clock. Runs with the clock stopped. */
static void end_growth(struct meter *m, uint64_t start_ns, uint64_t duration_ns)
{
    struct record *r = m->record;
    struct recorder_usage table = table_usage(m); /* before anything below has its own */
    bool has_events = m->recorder.event_count, refused_only = m->recorder.began && !has_events;
    m->operation_excluded_ticks = 0;
    if (!refused_only)
        record_note_growth(r, duration_ns);
    if (has_events) {
        meter_look_at(m, m->at);
        meter_note_resizes(m);
        log_events(m, start_ns, duration_ns, table);
        meter_close_interval(m, start_ns + duration_ns, true);
        meter_compare_tracked(m, m->at);
    }
    recorder_clear(&m->recorder);
    bool replaced = !has_events || !m->busy || !busy_replace(m->busy);
    r->busy_live_bytes = busy_live_bytes(m->busy);
    if (!replaced)
        record_fail(r, RECORD_OOM, "the busy heap got no memory at %llu entries",
                    (unsigned long long)r->entries_done);
}

/* Tables that grow a little at a time say so by moving entries, mostly without a block event. */
static bool has_migrated(struct meter *m)
{
    uint64_t before_entries = m->at->stats.migrated_entries;
    meter_look_at(m, m->at);
    uint64_t moved_entries = m->at->stats.migrated_entries - before_entries;
    if (moved_entries > m->record->migrated_max_entries)
        m->record->migrated_max_entries = moved_entries;
    return moved_entries;
}

void meter_note_pause(struct meter *m, uint64_t start_ns, uint64_t duration_ns)
{
    struct record *r = m->record;
    utilisation_add_pause(&r->utilisation_1ms, start_ns, duration_ns);
    utilisation_add_pause(&r->utilisation_100ms, start_ns, duration_ns);
    record_add_pause(r, &(struct record_pause_row){r->entries_done, start_ns, duration_ns});
}

/* An operation that was no growth: was it the kernel? */
static void ask_for_faults(struct meter *m, uint64_t duration_ns)
{
    struct record *r = m->record;
    long faults = meter_thread_faults();
    if (faults != m->seen_faults) {
        r->fault_count++;
        r->fault_total_ns += duration_ns;
        if (duration_ns > r->fault_max_ns)
            r->fault_max_ns = duration_ns;
    }
    m->seen_faults = faults;
}

void meter_end_operation(struct meter *m, enum meter_operation kind, uint64_t start_ticks, uint64_t end_ticks)
{
    struct record *r = m->record;
    uint64_t inside_ticks = m->operation_excluded_ticks;
    uint64_t duration_ticks = end_ticks - start_ticks - inside_ticks;
    bool single = kind == METER_INSERT || kind == METER_ERASE;
    if (single)
        latency_add(kind == METER_INSERT ? &r->insert : &r->erase, duration_ticks);
    if (duration_ticks > m->longest_ticks)
        m->longest_ticks = duration_ticks;
    bool is_watched = meter_watches(r->migrated_entries, r->operations_done);
    if (!m->recorder.began && !is_watched && duration_ticks < m->suspect_ticks && single)
        return;
    uint64_t paused = meter_pause(), duration_ns = meter_ns(m, duration_ticks);
    bool migrated = single && is_watched && has_migrated(m), began = single && m->recorder.began;
    /* What was excluded so far includes what was excluded inside, which lies after the start. */
    uint64_t start_ns = meter_clock_ns(m, start_ticks + inside_ticks);
    if (duration_ns >= UTILISATION_PAUSE_NS) {
        meter_note_pause(m, start_ns, duration_ns);
        r->insert_over_1ms_count += kind == METER_INSERT && duration_ns > 1000000;
    }
    if (!single && duration_ns > r->other_stall_max_ns)
        r->other_stall_max_ns = duration_ns;
    if (began)
        end_growth(m, start_ns, duration_ns);
    else if (migrated)
        record_note_growth(r, duration_ns);
    if (began || !single)
        m->seen_faults = meter_thread_faults(); /* whosever they were */
    else if (duration_ticks >= m->suspect_ticks)
        ask_for_faults(m, duration_ns);
    meter_resume(m, paused);
}

void meter_end_batch(struct meter *m, uint64_t end_ticks)
{
    uint64_t paused = meter_pause(), start_ticks = m->recorder.first_event_ticks + m->asked_ticks;
    end_growth(m, meter_clock_ns(m, start_ticks), meter_ns(m, end_ticks - start_ticks));
    meter_resume(m, paused);
}
