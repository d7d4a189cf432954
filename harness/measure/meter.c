/* SPDX-License-Identifier: MIT
 *
 * The meter's beginning and end: what is there before the tables, their making, the last figures.
 */
#include "harness/measure/meter_parts.h"

#include "harness/measure/last_figures.h"
#include "harness/measure/turns.h"
#include "harness/request/keys_file.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

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

static int open_tables(struct meter *m)
{
    const struct cell *cell = &m->record->cell;
    m->tables = mmap(NULL, cell->count * sizeof *m->tables, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (m->tables == MAP_FAILED) {
        m->tables = NULL;
        return ENOMEM;
    }
    for (uint64_t i = 0; i < cell->count; i++)
        m->tables[i].seed = turns_seed(cell, i);
    turns_share_out(cell, m->tables);
    meter_choose(m, 0);
    return 0;
}

int meter_open(struct meter *m, struct record *record, struct heap *inner, const struct table *table)
{
    memset(m, 0, sizeof *m); /* touches it too: it must be resident before start_rss_bytes is read */
    m->record = record;
    m->table = table;
    m->suspect_ticks = (uint64_t)(METER_SUSPECT_NS / record->setup.ns_per_tick);
    m->least_interval =
        (uint64_t)sysconf(_SC_PAGESIZE) / record->cell.entry_bytes; /* shorter ones see nothing */
    recorder_init(&m->recorder, inner, record->cell.thp, &meter_hooks, m);
    int error = memory_probe_open(&m->probe);
    struct memory_sample sample;
    if (!error)
        error = keys_open(&m->keys, &record->cell, &m->probe);
    if (!error)
        error = open_tables(m);
    if (!error)
        error = memory_probe_read(&m->probe, &sample);
    if (error)
        return error;
    struct memory_exact exact;
    m->start_exact_rss_bytes = memory_count_exactly(&m->probe, &exact) ? 0 : exact.rss_bytes;
    record->start_rss_bytes = sample.rss_bytes;
    if (record->cell.heap == CELL_BUSY) {
        m->busy = busy_create(inner, record->cell.seed);
        record->start_rss_bytes += busy_list_bytes();
        m->start_exact_rss_bytes += m->start_exact_rss_bytes ? busy_list_bytes() : 0;
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

struct table_options meter_options_of(const struct meter *m, const struct meter_table *table)
{
    struct cell alone = m->record->cell;
    alone.count = 1;
    alone.seed = table->seed;
    alone.entries = table->share;
    return meter_table_options(&alone);
}

static void destroy_tables(struct meter *m)
{
    m->recorder.hooks = NULL; /* the last blocks' events belong to no interval */
    for (uint64_t i = 0; i < m->record->cell.count; i++) {
        m->table->destroy(m->tables[i].self);
        m->tables[i].self = NULL;
    }
    m->self = NULL;
}

/* Its blocks are no growth, but the allocator's time for them counts. */
static bool create_table(struct meter *m, struct meter_table *table, uint64_t *total_ticks)
{
    const struct table_options options = meter_options_of(m, table);
    uint64_t start_ticks = clock_ticks();
    table->self = m->table->create(&m->recorder.heap, &options);
    uint64_t end_ticks = clock_ticks();
    if (!table->self)
        return false;
    *total_ticks += end_ticks - start_ticks;
    meter_note_resizes(m);
    recorder_clear(&m->recorder);
    meter_end_operation(m, METER_CREATE, start_ticks, end_ticks);
    meter_look_at(m, table);
    /* All but create runs with the clock stopped. */
    m->excluded_ticks = clock_ticks() - m->start_ticks - *total_ticks;
    return true;
}

int meter_start(struct meter *m)
{
    struct record *r = m->record;
    meter_plan_interval(m);
    r->busy_live_bytes = busy_live_bytes(m->busy);
    r->peaks_are_exact = memory_probe_reset_peak(&m->probe);
    read_faults(&m->start_minor_faults, &m->start_major_faults);
    uint64_t create_ticks = 0;
    m->start_ticks = clock_ticks();
    for (uint64_t i = 0; i < r->cell.count; i++)
        if (!create_table(m, &m->tables[i], &create_ticks)) {
            destroy_tables(m);
            return ENOMEM;
        }
    meter_choose(m, 0);
    record_set(r, COUNTER_create_ns, (double)meter_ns(m, create_ticks));
    m->seen_faults = meter_thread_faults();
    r->is_measuring = 1;
    return 0;
}

void meter_stop(struct meter *m)
{
    struct record *r = m->record;
    snapshot_end(&m->snapshot);
    set_faults(m);
    uint64_t end_ns = meter_clock_ns(m, clock_ticks());
    meter_look_at_all(m);
    int64_t end_rss_bytes = meter_close_interval(m, end_ns, false);
    meter_compare_tracked(m, NULL);
    r->events_dropped = m->recorder.dropped_count;
    record_set(r, COUNTER_end_rss_bytes, (double)end_rss_bytes);
    last_figures_note(r, &m->probe, &m->recorder.heap);
}

void meter_close(struct meter *m)
{
    bool created = m->self;
    uint64_t start_ticks = clock_ticks();
    if (m->tables)
        destroy_tables(m);
    if (created)
        record_set(m->record, COUNTER_destroy_ns, (double)meter_ns(m, clock_ticks() - start_ticks));
    busy_destroy(m->busy);
    m->busy = NULL;
    if (m->tables)
        munmap(m->tables, m->record->cell.count * sizeof *m->tables);
    m->tables = NULL;
    memory_probe_close(&m->probe);
    keys_close(&m->keys);
}
