/* SPDX-License-Identifier: MIT */
#include "harness/measure/crew.h"

#include "harness/common/clock.h"
#include "harness/measure/last_figures.h"
#include "harness/request/keys_file.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_TOUCHED_BYTES = 64 << 10, STACK_STEP_BYTES = 4096 };

static const long look_ns = 5000000;

static uint64_t to_ns(const struct crew *c, uint64_t ticks)
{
    return (uint64_t)((double)ticks * c->record->setup.ns_per_tick);
}

/* ---- the workers' side ---- */

/* A thread's stack would become resident while its table is measured. */
static void touch_stack(void)
{
    volatile char room[STACK_TOUCHED_BYTES];
    for (size_t i = 0; i < sizeof room; i += STACK_STEP_BYTES)
        room[i] = 0;
}

static enum crew_phase await_after(struct crew *c, enum crew_phase last)
{
    pthread_mutex_lock(&c->mutex);
    while (c->phase == last)
        pthread_cond_wait(&c->begins, &c->mutex);
    enum crew_phase phase = c->phase;
    pthread_mutex_unlock(&c->mutex);
    return phase;
}

static void report_end(struct crew *c)
{
    pthread_mutex_lock(&c->mutex);
    if (++c->done_count == c->started_count)
        pthread_cond_signal(&c->ends);
    pthread_mutex_unlock(&c->mutex);
}

static void work_phase(struct worker *w, enum crew_phase phase)
{
    switch (phase) {
    case CREW_NONE:
        break;
    case CREW_SETTLE:
        touch_stack();
        break;
    case CREW_CREATE:
        worker_create(w);
        break;
    case CREW_FILL:
        worker_fill(w);
        break;
    case CREW_VERIFY:
        worker_verify(w);
        break;
    case CREW_DESTROY:
        worker_destroy(w);
        break;
    }
}

static void *work(void *argument)
{
    const struct crew_thread *thread = argument;
    struct crew *c = thread->crew;
    struct worker *w = thread->worker;
    enum crew_phase phase = CREW_NONE;
    while (phase != CREW_DESTROY) {
        phase = await_after(c, phase);
        work_phase(w, phase);
        if (w->is_first_to_fail)
            c->failed = w;
        report_end(c);
    }
    return NULL;
}

/* ---- memory, and what the workers tell ---- */

static int64_t net_bytes(const struct crew *c, uint64_t rss_bytes)
{
    return (int64_t)(rss_bytes - c->record->start_rss_bytes);
}

/* Returns the resident bytes now, net. */
static int64_t close_interval(struct crew *c, uint64_t entries, uint64_t time_ns)
{
    struct record *r = c->record;
    struct memory_sample sample;
    if (memory_probe_read(&c->probe, &sample))
        return 0;
    r->peaks_are_exact &= memory_probe_reset_peak(&c->probe);
    const int64_t peak_bytes = net_bytes(c, sample.peak_rss_bytes),
                  rss_bytes = net_bytes(c, sample.rss_bytes);
    uint64_t capacity_bytes = 0;
    for (unsigned i = 0; i < c->count; i++)
        capacity_bytes += atomic_load_explicit(&c->workers[i].capacity_bytes, memory_order_relaxed);
    record_note_peak(r, peak_bytes, false);
    r->peak_virtual_bytes = sample.peak_virtual_bytes;
    if (sample.page_table_bytes > r->page_table_bytes)
        r->page_table_bytes = sample.page_table_bytes;
    r->interval_count++;
    record_add_series(r, &(struct record_series_row){.entries = entries,
                                                     .time_ns = time_ns,
                                                     .rss_bytes = rss_bytes,
                                                     .interval_peak_rss_bytes = peak_bytes,
                                                     .virtual_bytes = sample.virtual_bytes,
                                                     .capacity_bytes = capacity_bytes});
    r->interval_entries = entries;
    atomic_store(&c->next_interval_entries,
                 entries +
                     (entries / 64 > c->least_interval_entries ? entries / 64 : c->least_interval_entries));
    return rss_bytes;
}

static void hear(struct crew *c, const struct worker_news *news)
{
    struct record *r = c->record;
    const struct record_growth_row *row = &news->row;
    switch (news->kind) {
    case WORKER_PAUSED:
        record_add_pause(r, &(struct record_pause_row){row->entries, row->start_ns, row->duration_ns});
        r->insert_over_1ms_count += row->duration_ns > 1000000;
        break;
    case WORKER_GREW:
        record_note_growth(r, row->duration_ns);
        break;
    case WORKER_BLOCK:
        record_note_resize(r, row->resize_ns);
        record_note_block(r, row);
        break;
    }
}

/* Called by workers while they fill. Whoever finds another one at it goes on; but no further than by a second
 * interval, for the other may have lost its CPU. */
static void end_interval_if_due(void *context)
{
    struct crew *c = context;
    const uint64_t next = atomic_load(&c->next_interval_entries),
                   found = worker_total_entries(c->workers, c->count);
    if (found < next ||
        (pthread_mutex_trylock(&c->writes) && (found < next + next / 64 || pthread_mutex_lock(&c->writes))))
        return;
    const uint64_t entries = worker_total_entries(c->workers, c->count);
    if (entries >= atomic_load(&c->next_interval_entries))
        close_interval(c, entries, to_ns(c, clock_ticks() - c->start_ticks));
    pthread_mutex_unlock(&c->writes);
}

/* Everything in the record that is known while they run. */
static void look(struct crew *c)
{
    struct record *r = c->record;
    const uint64_t entries = worker_total_entries(c->workers, c->count);
    pthread_mutex_lock(&c->writes);
    __atomic_store_n(&r->entries_done, entries, __ATOMIC_RELAXED); /* a worker that is refused does, too */
    r->operations_done = r->timed_operations = entries;
    r->operation_ns = r->elapsed_ns = to_ns(c, clock_ticks() - c->start_ticks);
    struct worker_news news;
    for (unsigned i = 0; i < c->count; i++)
        while (worker_take_news(&c->workers[i], &news))
            hear(c, &news);
    pthread_mutex_unlock(&c->writes);
}

/* ---- phases ---- */

static struct timespec next_look(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_nsec += look_ns;
    at.tv_sec += at.tv_nsec / 1000000000;
    at.tv_nsec %= 1000000000;
    return at;
}

/* From its release to its last worker's end. */
static void run_phase(struct crew *c, enum crew_phase phase)
{
    pthread_mutex_lock(&c->mutex);
    c->phase = phase;
    c->done_count = 0;
    if (phase == CREW_FILL)
        for (unsigned i = 0; i < c->count; i++)
            c->workers[i].start_ticks = c->start_ticks = i ? c->start_ticks : clock_ticks();
    pthread_cond_broadcast(&c->begins);
    while (c->done_count < c->started_count) {
        if (phase != CREW_FILL) {
            pthread_cond_wait(&c->ends, &c->mutex);
            continue;
        }
        const struct timespec at = next_look();
        pthread_cond_timedwait(&c->ends, &c->mutex, &at);
        pthread_mutex_unlock(&c->mutex);
        look(c);
        pthread_mutex_lock(&c->mutex);
    }
    pthread_mutex_unlock(&c->mutex);
}

/* The workers' CPUs, from the last one downwards; the thread that looks on keeps the others if there are any.
 * False: too few, nobody is pinned. */
static bool choose_cpus(struct crew *c, int *cpus)
{
    if (sched_getaffinity(0, sizeof c->cpus, &c->cpus)) {
        CPU_ZERO(&c->cpus);
        return false;
    }
    if ((unsigned)CPU_COUNT(&c->cpus) < c->count)
        return false;
    cpu_set_t left = c->cpus;
    unsigned found = 0;
    for (int cpu = CPU_SETSIZE - 1; found < c->count; cpu--)
        if (CPU_ISSET((unsigned)cpu, &left)) {
            cpus[found++] = cpu;
            CPU_CLR((unsigned)cpu, &left);
        }
    if (CPU_COUNT(&left))
        sched_setaffinity(0, sizeof left, &left);
    return true;
}

static int start_threads(struct crew *c)
{
    int cpus[CPU_SETSIZE], error = 0;
    const bool are_pinned = choose_cpus(c, cpus);
    for (unsigned i = 0; i < c->count && !error; i++) {
        c->threads[i] = (struct crew_thread){.crew = c, .worker = &c->workers[i]};
        error = pthread_create(&c->threads[i].thread, NULL, work, &c->threads[i]);
        c->started_count += !error;
        if (!error && are_pinned) {
            cpu_set_t set;
            CPU_ZERO(&set);
            CPU_SET((unsigned)cpus[i], &set);
            pthread_setaffinity_np(c->threads[i].thread, sizeof set, &set);
        }
    }
    return error;
}

static struct crew *make(struct record *record, struct heap *inner, const struct table *table)
{
    const unsigned count = (unsigned)record->cell.threads;
    struct crew *c = calloc(1, sizeof *c + count * sizeof *c->threads);
    struct worker *workers = mmap(NULL, count * sizeof *workers, PROT_READ | PROT_WRITE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (!c || workers == MAP_FAILED) {
        free(c);
        return NULL;
    }
    *c = (struct crew){.record = record, .inner = inner, .table = table, .workers = workers, .count = count};
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&c->mutex, NULL);
    pthread_mutex_init(&c->writes, NULL);
    pthread_cond_init(&c->begins, NULL);
    pthread_cond_init(&c->ends, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return c;
}

static int open_workers(struct crew *c)
{
    const struct cell *cell = &c->record->cell;
    const int error = keys_open(&c->keys, cell, &c->probe);
    if (error)
        return error;
    c->least_interval_entries =
        (uint64_t)sysconf(_SC_PAGESIZE) / cell->entry_bytes; /* shorter ones see nothing */
    for (unsigned i = 0; i < c->count; i++) {
        struct worker *w = &c->workers[i];
        w->all = c->workers;
        w->count = c->count;
        w->number = i;
        w->stop = &c->stop;
        w->looked = end_interval_if_due;
        w->context = c;
        worker_init(w, c->record, c->inner, c->table, &c->keys);
    }
    return 0;
}

static void note_create_blocks(struct crew *c)
{
    for (unsigned i = 0; i < c->count; i++) {
        const struct worker *w = &c->workers[i];
        c->record->resize_total_ns += w->create_resize_total_ns;
        if (w->create_resize_max_ns > c->record->resize_max_ns)
            c->record->resize_max_ns = w->create_resize_max_ns;
    }
}

struct crew *crew_open(struct record *record, struct heap *inner, const struct table *table, int *error)
{
    struct crew *c = make(record, inner, table);
    *error = c ? memory_probe_open(&c->probe) : ENOMEM;
    if (!c)
        return NULL;
    if (!*error)
        *error = open_workers(c);
    if (!*error)
        *error = start_threads(c);
    struct memory_sample sample;
    if (!*error) {
        run_phase(c, CREW_SETTLE);
        *error = memory_probe_read(&c->probe, &sample);
    }
    if (!*error) {
        record->start_rss_bytes = sample.rss_bytes;
        record->peaks_are_exact = memory_probe_reset_peak(&c->probe);
        run_phase(c, CREW_CREATE);
        note_create_blocks(c);
        *error = c->failed ? ENOMEM : 0;
    }
    if (*error) {
        crew_close(c);
        return NULL;
    }
    atomic_store(&c->next_interval_entries, c->least_interval_entries);
    record->is_measuring = 1;
    return c;
}

static void note_failure(struct crew *c)
{
    const struct worker *w = c->failed;
    struct record *r = c->record;
    if (w->outcome == RECORD_WRONG)
        record_fail(r, RECORD_WRONG, "thread %u: %s at %" PRIu64 " of its %" PRIu64 " entries", w->number,
                    w->sentence, atomic_load(&w->entries_done), w->share.entries);
    else if (w->refused_bytes)
        record_fail(r, RECORD_OOM, "refused %" PRIu64 " bytes at %" PRIu64 " of %" PRIu64 " entries",
                    w->refused_bytes, r->entries_done, r->cell.entries);
    else
        record_fail(r, RECORD_OOM,
                    "the table of thread %u ran out of room at %" PRIu64 " of %" PRIu64 " entries", w->number,
                    r->entries_done, r->cell.entries);
}

bool crew_run(struct crew *c)
{
    run_phase(c, CREW_FILL);
    look(c); /* the last worker may have ended after the last look */
    uint64_t longest_ticks = 0;
    for (unsigned i = 0; i < c->count; i++)
        if (worker_own_ticks(&c->workers[i]) > longest_ticks)
            longest_ticks = worker_own_ticks(&c->workers[i]);
    c->record->operation_ns = to_ns(c, longest_ticks);
    if (c->failed)
        note_failure(c);
    return !c->failed;
}

bool crew_verify(struct crew *c)
{
    run_phase(c, CREW_VERIFY);
    if (c->failed)
        note_failure(c);
    return !c->failed;
}

/* ---- the last figures ---- */

static void add_latency(struct latency *sum, const struct latency *part)
{
    for (unsigned i = 0; i < LATENCY_BUCKET_COUNT; i++)
        sum->buckets[i] += part->buckets[i];
    sum->count += part->count;
    sum->total_ticks += part->total_ticks;
    if (part->max_ticks > sum->max_ticks)
        sum->max_ticks = part->max_ticks;
}

/* Of the worker that was held up most: the smallest ratio. */
static void take_worst(struct utilisation *worst, const struct utilisation *own)
{
    if (own->worst_held_up_ns > worst->worst_held_up_ns)
        worst->worst_held_up_ns = own->worst_held_up_ns;
}

static uint64_t blocked_ns(const struct crew *c, const struct worker *w)
{
    const uint64_t wall_ns = to_ns(c, w->ended.ticks - w->begun.ticks),
                   cpu_ns = w->ended.cpu_ns - w->begun.cpu_ns;
    return wall_ns > cpu_ns ? wall_ns - cpu_ns : 0;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void sum_up(struct crew *c)
{
    struct record *r = c->record;
    uint64_t blocked = 0, system = 0, minor_faults = 0, major_faults = 0, create_max_ns = 0;
    for (unsigned i = 0; i < c->count; i++) {
        const struct worker *w = &c->workers[i];
        add_latency(&r->insert, &w->insert);
        take_worst(&r->utilisation_1ms, &w->utilisation_1ms);
        take_worst(&r->utilisation_100ms, &w->utilisation_100ms);
        r->events_dropped += w->recorder.dropped_count;
        r->tracked_entries += w->tracked_count;
        r->tracked_moves += w->tracked_moves;
        r->addresses_are_unknown |= w->addresses_are_unknown;
        blocked += blocked_ns(c, w);
        system += w->ended.system_ns - w->begun.system_ns;
        minor_faults += w->ended.minor_faults - w->born.minor_faults;
        major_faults += w->ended.major_faults - w->born.major_faults;
        create_max_ns = larger(create_max_ns, to_ns(c, w->create_ticks));
        r->migrated_entries += w->migrated_entries;
        r->migrated_max_entries = larger(r->migrated_max_entries, w->migrated_max_entries);
        r->growth_count += w->step_count;
        r->growth_total_ns += w->step_total_ns;
        r->growth_max_ns = larger(r->growth_max_ns, w->step_max_ns);
        r->fault_count += w->fault_count;
        r->fault_total_ns += w->fault_total_ns;
        r->fault_max_ns = larger(r->fault_max_ns, w->fault_max_ns);
    }
    record_set(r, COUNTER_minor_faults, (double)minor_faults);
    record_set(r, COUNTER_major_faults, (double)major_faults);
    record_set(r, COUNTER_create_ns, (double)create_max_ns);
    record_set(r, COUNTER_blocked_ns, (double)blocked);
    record_set(r, COUNTER_system_ns, (double)system);
    r->other_stall_max_ns = create_max_ns;
}

static int by_growth_start(const void *a, const void *b)
{
    const struct record_growth_row *x = a, *y = b;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

static int by_pause_start(const void *a, const void *b)
{
    const struct record_pause_row *x = a, *y = b;
    return (x->start_ns > y->start_ns) - (x->start_ns < y->start_ns);
}

void crew_stop(struct crew *c)
{
    struct record *r = c->record;
    const int64_t end_rss_bytes = close_interval(c, r->entries_done, r->elapsed_ns);
    sum_up(c);
    record_set(r, COUNTER_end_rss_bytes, (double)end_rss_bytes);
    last_figures_note(r, &c->probe, c->inner);
    /* Each worker's came in order; sorting may take memory, which nobody measures any more. */
    qsort(r->growth, r->growth_rows, sizeof *r->growth, by_growth_start);
    qsort(r->pauses, r->pause_rows, sizeof *r->pauses, by_pause_start);
}

void crew_close(struct crew *c)
{
    if (!c)
        return;
    const uint64_t start_ticks = clock_ticks();
    run_phase(c, CREW_DESTROY);
    if (c->record->is_measuring)
        record_set(c->record, COUNTER_destroy_ns, (double)to_ns(c, clock_ticks() - start_ticks));
    for (unsigned i = 0; i < c->started_count; i++)
        pthread_join(c->threads[i].thread, NULL);
    if (CPU_COUNT(&c->cpus))
        sched_setaffinity(0, sizeof c->cpus, &c->cpus);
    memory_probe_close(&c->probe);
    keys_close(&c->keys);
    munmap(c->workers, c->count * sizeof *c->workers);
    pthread_mutex_destroy(&c->mutex);
    pthread_mutex_destroy(&c->writes);
    pthread_cond_destroy(&c->begins);
    pthread_cond_destroy(&c->ends);
    free(c);
}
