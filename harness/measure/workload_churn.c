/* SPDX-License-Identifier: MIT
 *
 * Churn. Round r erases the ordinals of block [r N, (r + 1) N) in a random order, and inserts those of the next
 * block in theirs. So each entry is replaced once a round, and its life is as long as what was left of the
 * round in which it came and a uniform share of the next: N on average, 2 N at most.
 *
 * A step erases a batch of entries and inserts as many; in latency mode one and one. What resident memory
 * is when churn begins, at the end of its first round and at its end is counted exactly (meter_settle).
 *
 * A snapshot is made when a quarter of all was replaced and lives for half a round.
 */
#include "harness/measure/workload_parts.h"

#include <math.h>

static uint64_t replaced(const struct workload *w)
{
    return w->erasing_from + w->erased;
}

void workload_begin_churn(struct workload *w)
{
    w->churn_start_rss_bytes = meter_begin_phase(w->meter, RECORD_CHURNING);
    record_set(w->meter->record, COUNTER_churn_start_rss_bytes, (double)w->churn_start_rss_bytes);
    workload_begin_erasing(w, 0);
}

static bool tend_snapshot(struct workload *w)
{
    struct meter *m = w->meter;
    const struct cell *cell = &m->record->cell;
    const uint64_t first = cell->rounds * cell->entries / 4, done = replaced(w);
    if (cell->snapshot != CELL_FORK)
        return true;
    if (m->snapshot.pid)
        return done < first + cell->entries / 2 || meter_end_snapshot(m);
    return done < first || !isnan(record_get(m->record, COUNTER_fork_ns)) || meter_begin_snapshot(m);
}

static void end_round(struct workload *w)
{
    struct record *r = w->meter->record;
    const uint64_t rounds_done = replaced(w) / r->cell.entries;
    const bool last = rounds_done == r->cell.rounds;
    if (rounds_done == 1 || last) {
        int64_t rss_bytes = meter_settle(w->meter);
        if (rounds_done == 1)
            w->churn_round_rss_bytes = rss_bytes;
        else if (w->churn_round_rss_bytes > 0)
            record_set(r, COUNTER_rss_settled_drift_ratio,
                       (double)rss_bytes / (double)w->churn_round_rss_bytes);
        if (last && w->churn_start_rss_bytes > 0)
            record_set(r, COUNTER_rss_drift_ratio, (double)rss_bytes / (double)w->churn_start_rss_bytes);
    }
    if (!last)
        workload_begin_erasing(w, w->erasing_from + r->cell.entries);
}

static bool step(struct workload *w, bool single)
{
    struct meter *m = w->meter;
    uint64_t erased_keys[TABLE_BATCH_MAX], inserted_keys[TABLE_BATCH_MAX], paused = meter_pause();
    const uint64_t left = w->order.size - w->erased;
    const size_t n = single ? 1 : (size_t)workload_smaller(left, m->record->cell.batch);
    workload_draw_erases(w, n, erased_keys);
    keys_generate(&m->keys, m->at->inserted, n, inserted_keys);
    meter_resume(m, paused);
    if (!workload_erase(w, erased_keys, n, single) || !workload_insert(w, inserted_keys, n, single))
        return false;
    if (meter_is_due(m))
        meter_checkpoint(m);
    if (w->erased == w->order.size)
        end_round(w);
    return tend_snapshot(w);
}

static bool run_steps(struct workload *w, uint64_t n)
{
    const struct record *r = w->meter->record;
    const bool single = r->cell.mode == CELL_LATENCY;
    for (const uint64_t end = r->operations_done + n; r->operations_done < end;)
        if (!step(w, single))
            return false;
    return true;
}

bool workload_churn(struct workload *w, uint64_t n)
{
    return workload_time(w, run_steps, n, NULL);
}
