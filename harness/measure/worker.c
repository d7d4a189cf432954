/* SPDX-License-Identifier: MIT */
#include "harness/measure/worker.h"

#include "harness/common/clock.h"
#include "harness/measure/meter.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>

/* Entries between two looks at the table, at least. */
static const uint64_t least_look_entries = 256;

static uint64_t to_ns(const struct worker *w, uint64_t ticks)
{
    return (uint64_t)((double)ticks * w->record->setup.ns_per_tick);
}

static void read_usage(struct worker_usage *usage)
{
    struct rusage thread;
    struct timespec cpu;
    getrusage(RUSAGE_THREAD, &thread);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
    *usage = (struct worker_usage){
        .ticks = clock_ticks(),
        .cpu_ns = (uint64_t)cpu.tv_sec * 1000000000u + (uint64_t)cpu.tv_nsec,
        .system_ns =
            (uint64_t)thread.ru_stime.tv_sec * 1000000000u + (uint64_t)thread.ru_stime.tv_usec * 1000u,
        .minor_faults = (uint64_t)thread.ru_minflt,
        .major_faults = (uint64_t)thread.ru_majflt,
    };
}

/* ---- news ---- */

/* Only outside what is timed: where its owner is late, it waits. */
static void tell(struct worker *w, enum worker_news_kind kind, struct record_growth_row row)
{
    uint64_t put = atomic_load_explicit(&w->news_put, memory_order_relaxed);
    while (put - atomic_load_explicit(&w->news_taken, memory_order_acquire) == WORKER_NEWS_COUNT)
        sched_yield();
    row.entries = worker_total_entries(w->all, w->count);
    w->news[put % WORKER_NEWS_COUNT] = (struct worker_news){kind, row};
    atomic_store_explicit(&w->news_put, put + 1, memory_order_release);
}

bool worker_take_news(struct worker *w, struct worker_news *news)
{
    uint64_t taken = atomic_load_explicit(&w->news_taken, memory_order_relaxed);
    if (taken == atomic_load_explicit(&w->news_put, memory_order_acquire))
        return false;
    *news = w->news[taken % WORKER_NEWS_COUNT];
    atomic_store_explicit(&w->news_taken, taken + 1, memory_order_release);
    return true;
}

/* ---- the recording layer ---- */

static void ignore_event(void *context)
{
    (void)context;
}

/* In the record at once: a table that aborts when it gets NULL leaves no other trace. */
static void note_refusal(void *context, uint64_t bytes)
{
    struct worker *w = context;
    w->refused_bytes = bytes;
    __atomic_store_n(&w->record->entries_done, worker_total_entries(w->all, w->count), __ATOMIC_RELAXED);
    __atomic_store_n(&w->record->refused_bytes, bytes, __ATOMIC_RELAXED);
}

static void forget_refusal(struct worker *w)
{
    if (!w->refused_bytes)
        return;
    w->refused_bytes = 0;
    __atomic_store_n(&w->record->refused_bytes, 0, __ATOMIC_RELAXED);
}

/* ---- the table, between two operations ---- */

/* Returns how many entries the table has moved by itself since the last look. */
static uint64_t refresh_stats(struct worker *w)
{
    struct table_stats stats = {0};
    w->table->stats(w->self, &stats);
    uint64_t moved_entries = stats.migrated_entries - w->migrated_entries;
    w->migrated_entries = stats.migrated_entries;
    atomic_store_explicit(&w->capacity_bytes, stats.capacity_bytes, memory_order_relaxed);
    return moved_entries;
}

static bool has_migrated(struct worker *w)
{
    uint64_t moved_entries = refresh_stats(w);
    if (moved_entries > w->migrated_max_entries)
        w->migrated_max_entries = moved_entries;
    return moved_entries;
}

/* Spread over the first half of the fill. */
static uint64_t tracked_ordinal(const struct worker *w, uint64_t index)
{
    uint64_t half = w->share.entries / 2;
    return half >= w->tracked_limit ? index * (half / w->tracked_limit) : index;
}

static const void *address_of(struct worker *w, uint64_t index)
{
    uint64_t ordinal = tracked_ordinal(w, index);
    return w->table->entry_address(w->self, keys_at(&w->keys, ordinal), ordinal);
}

static void compare_tracked(struct worker *w)
{
    for (uint64_t i = 0; i < w->tracked_count; i++) {
        const void *address = address_of(w, i);
        w->tracked_moves += address != w->tracked[i];
        w->tracked[i] = address;
    }
}

/* Due at next_look_entries. */
static void look(struct worker *w, uint64_t entries)
{
    while (w->tracked_count < w->tracked_limit && tracked_ordinal(w, w->tracked_count) < entries) {
        const void *address = address_of(w, w->tracked_count);
        w->addresses_are_unknown |= !address;
        w->tracked[w->tracked_count++] = address;
    }
    refresh_stats(w);
    uint64_t step = entries / 128 > least_look_entries ? entries / 128 : least_look_entries;
    w->next_look_entries = entries + step;
    if (w->tracked_count < w->tracked_limit &&
        tracked_ordinal(w, w->tracked_count) + 1 < w->next_look_entries)
        w->next_look_entries = tracked_ordinal(w, w->tracked_count) + 1;
}

/* ---- the end of an operation ---- */

static void tell_blocks(struct worker *w, uint64_t start_ns, uint64_t duration_ns)
{
    recorder_classify(&w->recorder);
    for (unsigned i = 0; i < w->recorder.event_count; i++) {
        const struct recorder_event *event = &w->recorder.events[i];
        uint64_t resize_ns = to_ns(w, event->duration_ticks);
        tell(w, WORKER_BLOCK,
             (struct record_growth_row){.start_ns = start_ns,
                                        .duration_ns = duration_ns,
                                        .kind = event->kind,
                                        .resize_ns = resize_ns,
                                        .old_bytes = event->old_bytes,
                                        .new_bytes = event->new_bytes});
    }
}

static void end_growth(struct worker *w, uint64_t start_ns, uint64_t duration_ns)
{
    tell(w, WORKER_GREW, (struct record_growth_row){.start_ns = start_ns, .duration_ns = duration_ns});
    tell_blocks(w, start_ns, duration_ns);
    refresh_stats(w);
    compare_tracked(w);
}

/* Too many to be told one by one. */
static void note_step(struct worker *w, uint64_t duration_ns)
{
    w->step_count++;
    w->step_total_ns += duration_ns;
    if (duration_ns > w->step_max_ns)
        w->step_max_ns = duration_ns;
}

static void note_fault(struct worker *w, uint64_t duration_ns)
{
    if (duration_ns < METER_SUSPECT_NS)
        return;
    uint64_t faults = (uint64_t)meter_thread_faults();
    if (faults == w->seen_faults)
        return;
    w->seen_faults = faults;
    w->fault_count++;
    w->fault_total_ns += duration_ns;
    if (duration_ns > w->fault_max_ns)
        w->fault_max_ns = duration_ns;
}

static void note_pause(struct worker *w, uint64_t start_ns, uint64_t duration_ns)
{
    uint64_t own_start_ns = start_ns - to_ns(w, w->excluded_ticks);
    utilisation_add_pause(&w->utilisation_1ms, own_start_ns, duration_ns);
    utilisation_add_pause(&w->utilisation_100ms, own_start_ns, duration_ns);
    tell(w, WORKER_PAUSED, (struct record_growth_row){.start_ns = start_ns, .duration_ns = duration_ns});
}

/* An insert that is timed, or a batch with an event: that lasted from its first one on. */
static void end_operation(struct worker *w, bool is_timed, uint64_t start_ticks, uint64_t end_ticks)
{
    uint64_t duration_ns = to_ns(w, end_ticks - start_ticks);
    uint64_t done = atomic_load_explicit(&w->entries_done, memory_order_relaxed);
    bool began = w->recorder.began, is_watched = is_timed && meter_watches(w->migrated_entries, done);
    if (is_timed)
        latency_add(&w->insert, end_ticks - start_ticks);
    if (!began && !is_watched && duration_ns < METER_SUSPECT_NS)
        return;
    uint64_t paused_ticks = clock_ticks();
    bool migrated = is_watched && has_migrated(w);
    if (!is_timed) {
        start_ticks = w->recorder.first_event_ticks;
        duration_ns = to_ns(w, end_ticks - start_ticks);
    }
    uint64_t start_ns = to_ns(w, start_ticks - w->start_ticks);
    if (is_timed && duration_ns >= UTILISATION_PAUSE_NS)
        note_pause(w, start_ns, duration_ns);
    if (w->recorder.event_count)
        end_growth(w, start_ns, duration_ns);
    else if (migrated)
        note_step(w, duration_ns);
    if (is_timed && !began)
        note_fault(w, duration_ns);
    if (began) /* its faults, and what came after it, are no insert's */
        w->seen_faults = (uint64_t)meter_thread_faults();
    recorder_clear(&w->recorder);
    w->excluded_ticks += clock_ticks() - paused_ticks;
}

/* The others are to stop at once. */
static void fail(struct worker *w, enum record_status outcome)
{
    w->outcome = outcome;
    w->is_first_to_fail = !atomic_exchange(w->stop, true);
}

/* Accounts for inserts that ended. False: they were the last. */
static bool accept(struct worker *w, int error, uint64_t added, size_t n, uint64_t *entries)
{
    *entries += added;
    atomic_store_explicit(&w->entries_done, *entries, memory_order_relaxed);
    if (error) {
        fail(w, RECORD_OOM);
        return false;
    }
    forget_refusal(w);
    if (added == n)
        return true;
    fail(w, RECORD_WRONG);
    snprintf(w->sentence, sizeof w->sentence, "added %llu of %zu in a batch", (unsigned long long)added, n);
    return false;
}

static void fill(struct worker *w)
{
    const bool is_timed = w->share.mode == CELL_LATENCY;
    uint64_t keys[TABLE_BATCH_MAX], entries = 0;
    bool goes_on = true;
    while (goes_on && entries < w->share.entries && !atomic_load_explicit(w->stop, memory_order_relaxed)) {
        const uint64_t left = w->share.entries - entries, ordinal = entries,
                       most = is_timed ? 1 : w->share.batch;
        const size_t n = (size_t)(left < most ? left : most);
        keys_generate(&w->keys, ordinal, n, keys);
        uint64_t added = 0, start_ticks = is_timed ? clock_ticks() : 0;
        int error = w->table->insert(w->self, keys, ordinal, n, &added);
        uint64_t end_ticks = start_ticks || w->recorder.began ? clock_ticks() : 0;
        goes_on = accept(w, error, added, n, &entries);
        if (end_ticks)
            end_operation(w, is_timed, start_ticks, end_ticks);
        if (entries >= w->next_look_entries) {
            uint64_t paused_ticks = clock_ticks();
            look(w, entries);
            if (w->looked)
                w->looked(w->context);
            w->excluded_ticks += clock_ticks() - paused_ticks;
        }
    }
}

/* ---- what the crew calls ---- */

void worker_init(struct worker *w, struct record *record, struct heap *inner, const struct table *table,
                 const struct keys *keys)
{
    static const struct recorder_hooks hooks = {ignore_event, note_refusal, NULL};
    const uint64_t entries = record->cell.entries;
    w->record = record;
    w->table = table;
    w->share = record->cell;
    w->share.entries = entries / w->count + (w->number < entries % w->count);
    w->share.threads = 1;
    w->share.seed = keys_random(record->cell.seed, w->number);
    w->keys = *keys;
    w->keys.seed = w->share.seed;
    w->tracked_limit = WORKER_TRACKED_MAX / w->count;
    utilisation_start(&w->utilisation_1ms, w->record->utilisation_1ms.window_ns);
    utilisation_start(&w->utilisation_100ms, w->record->utilisation_100ms.window_ns);
    recorder_init(&w->recorder, inner, record->cell.thp, &hooks, w);
}

/* They are no growth, but the allocator's time for them counts: a table may make room for all of its entries. */
static void note_create_blocks(struct worker *w)
{
    recorder_classify(&w->recorder);
    for (unsigned i = 0; i < w->recorder.event_count; i++) {
        uint64_t resize_ns = to_ns(w, w->recorder.events[i].duration_ticks);
        w->create_resize_total_ns += resize_ns;
        if (resize_ns > w->create_resize_max_ns)
            w->create_resize_max_ns = resize_ns;
    }
}

void worker_create(struct worker *w)
{
    const struct table_options options = meter_table_options(&w->share);
    read_usage(&w->born);
    uint64_t start_ticks = clock_ticks();
    w->self = w->table->create(&w->recorder.heap, &options);
    w->create_ticks = clock_ticks() - start_ticks;
    note_create_blocks(w);
    recorder_clear(&w->recorder);
    if (w->self)
        refresh_stats(w);
    else
        fail(w, RECORD_OOM);
}

void worker_fill(struct worker *w)
{
    read_usage(&w->begun);
    w->seen_faults = w->begun.minor_faults;
    fill(w);
    read_usage(&w->ended);
    compare_tracked(w);
}

void worker_verify(struct worker *w)
{
    const uint64_t entries = atomic_load(&w->entries_done);
    const struct verify_content content = {.inserted = entries,
                                           .alive_count = entries,
                                           .seed = w->share.seed,
                                           .samples_live = w->record->setup.verifies_sample};
    if (!verify_table(w->table, w->self, &w->keys, &content, w->sentence))
        fail(w, RECORD_WRONG);
}

void worker_destroy(struct worker *w)
{
    w->recorder.hooks = NULL;
    w->table->destroy(w->self);
    w->self = NULL;
}
