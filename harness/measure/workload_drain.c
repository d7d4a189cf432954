/* SPDX-License-Identifier: MIT
 *
 * Drain: all entries erased in a random order, and what the table and the allocator keep of their memory: at
 * once, a second and ten seconds later. Nothing calls the allocator in between, so that what comes back by
 * itself is seen (of many allocators, nothing: they return pages when they are called the next time). Then
 * the table, as it was left, is filled again with new keys. Idling is in no time.
 */
#include "harness/measure/workload_parts.h"

#include <errno.h>
#include <time.h>

void workload_begin_drain(struct workload *w)
{
    meter_begin_phase(w->meter, RECORD_DRAINING);
    workload_begin_erasing(w, 0);
}

static bool erase_some(struct workload *w, uint64_t n)
{
    struct meter *m = w->meter;
    const bool single = m->record->cell.mode == CELL_LATENCY;
    for (uint64_t keys[TABLE_BATCH_MAX]; n;) {
        uint64_t paused = meter_pause();
        size_t batch = (size_t)workload_smaller(n, m->record->cell.batch);
        workload_draw_erases(w, batch, keys);
        meter_resume(m, paused);
        if (!workload_erase(w, keys, batch, single))
            return false;
        if (meter_is_due(m))
            meter_checkpoint(m);
        n -= batch;
    }
    return true;
}

bool workload_drain(struct workload *w, uint64_t n)
{
    struct record *r = w->meter->record;
    uint64_t before = r->operations_done;
    bool fine = workload_time(w, erase_some, n, &r->erase_ns);
    r->erases_done += r->operations_done - before;
    return fine;
}

static void idle(struct meter *m, uint64_t seconds)
{
    uint64_t divisor = m->record->setup.idle_divisor ? m->record->setup.idle_divisor : 1;
    uint64_t paused = meter_pause(), ns = seconds * 1000000000 / divisor;
    struct timespec left = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
    meter_resume(m, paused);
}

void workload_begin_refill(struct workload *w)
{
    struct meter *m = w->meter;
    record_set(m->record, COUNTER_drained_rss_bytes, (double)meter_settle(m));
    idle(m, 1);
    record_set(m->record, COUNTER_drained_1s_rss_bytes, (double)meter_settle(m));
    idle(m, WORKLOAD_IDLE_SECONDS - 1);
    record_set(m->record, COUNTER_drained_10s_rss_bytes, (double)meter_begin_phase(m, RECORD_REFILLING));
}

static bool fill_again(struct workload *w, uint64_t n)
{
    return workload_fill(w, n, w->meter->record->cell.mode == CELL_LATENCY);
}

bool workload_refill(struct workload *w, uint64_t n)
{
    return workload_time(w, fill_again, n, NULL);
}
