/* SPDX-License-Identifier: MIT */
#include "harness/measure/workload_parts.h"

#include "harness/measure/turns.h"

#include <errno.h>

_Static_assert((int)TURNS_OPERATIONS == (int)CELL_BATCH_DEFAULT, "a turn has room for a batch");
_Static_assert((int)TABLE_BATCH_MAX == (int)CELL_BATCH_MAX, "a table takes any batch");

bool workload_spend(struct workload *w, bool (*run)(struct workload *, uint64_t), uint64_t n, uint64_t *ns)
{
    struct meter *m = w->meter;
    uint64_t start_ticks = clock_ticks(), excluded_ticks = m->excluded_ticks;
    bool fine = run(w, n);
    uint64_t ticks = clock_ticks() - start_ticks - (m->excluded_ticks - excluded_ticks);
    *ns += (uint64_t)((double)ticks * m->record->setup.ns_per_tick);
    return fine;
}

bool workload_time(struct workload *w, bool (*run)(struct workload *, uint64_t), uint64_t n, uint64_t *ns)
{
    struct record *r = w->meter->record;
    uint64_t operations = r->operations_done, spent_ns = 0;
    bool fine = workload_spend(w, run, n, &spent_ns);
    r->operation_ns += spent_ns;
    r->timed_operations += r->operations_done - operations;
    if (ns)
        *ns += spent_ns;
    return fine;
}

static bool fill_single(struct workload *w, uint64_t n)
{
    return workload_fill(w, n, true);
}

static bool fill_batches(struct workload *w, uint64_t n)
{
    return workload_fill(w, n, false);
}

/* The whole of workload fill. */
static bool run_fill(struct workload *w, uint64_t n)
{
    bool single = w->meter->record->cell.mode == CELL_LATENCY;
    return workload_time(w, single ? fill_single : fill_batches, n, NULL);
}

static struct workload_phase *add_phase(struct workload *w, uint64_t operations,
                                        void (*begin)(struct workload *),
                                        bool (*run)(struct workload *, uint64_t))
{
    struct workload_phase *phase = &w->phases[w->phase_count++];
    w->total_operations += operations;
    *phase = (struct workload_phase){.operations = w->total_operations, .begin = begin, .run = run};
    return phase;
}

static void plan_finds(struct workload *w)
{
    const struct cell *cell = &w->meter->record->cell;
    for (uint64_t stop = 1, before = 0; stop <= cell->stops; stop++) {
        const uint64_t entries = workload_stop_entries(cell, stop),
                       find_count = workload_smaller(entries, WORKLOAD_FIND_LIMIT);
        add_phase(w, entries - before, NULL, workload_fill_to_find);
        add_phase(w, find_count, NULL, workload_find_present);
        add_phase(w, find_count, NULL, workload_find_missing)->end = workload_note_stop;
        before = entries;
    }
}

static void plan_phases(struct workload *w)
{
    const struct cell *cell = &w->meter->record->cell;
    if (cell->workload == CELL_FIND) {
        plan_finds(w);
        return;
    }
    add_phase(w, cell->entries, NULL, cell->workload == CELL_FILL ? run_fill : fill_batches);
    if (cell->workload == CELL_CHURN) {
        add_phase(w, 2 * cell->rounds * cell->entries, workload_begin_churn, workload_churn);
    } else if (cell->workload == CELL_DRAIN) {
        add_phase(w, cell->entries, workload_begin_drain, workload_drain);
        add_phase(w, cell->entries, workload_begin_refill, workload_refill);
    }
}

static bool run_phases(struct workload *w, uint64_t n)
{
    const struct record *r = w->meter->record;
    while (n && w->phase < w->phase_count) {
        const struct workload_phase *phase = &w->phases[w->phase];
        if (!w->phase_has_begun && phase->begin)
            phase->begin(w);
        w->phase_has_begun = true;
        uint64_t before = r->operations_done;
        if (!phase->run(w, workload_smaller(n, phase->operations - before)) || r->status != RECORD_RUNNING)
            return false;
        n -= workload_smaller(n, r->operations_done - before);
        if (r->operations_done < phase->operations)
            continue;
        if (phase->end)
            phase->end(w);
        w->phase++;
        w->phase_has_begun = false;
    }
    return true;
}

bool workload_run(struct workload *w, uint64_t n)
{
    meter_resume(w->meter, w->left_ticks);
    const bool fine = run_phases(w, n);
    w->left_ticks = meter_pause();
    return fine;
}

void workload_stop(struct workload *w)
{
    meter_resume(w->meter, w->left_ticks);
    meter_stop(w->meter);
}

int workload_start(struct workload *w, struct meter *meter)
{
    struct record *r = meter->record;
    *w = (struct workload){.meter = meter, .table = meter->table};
    plan_phases(w);
    permutation_init(&w->order, r->cell.entries, 0);
    for (uint32_t round = 1; r->cell.heap != CELL_COLD && round <= WORKLOAD_WARM_ROUNDS; round++) {
        r->warming_round = round;
        if (workload_warm(w)) {
            record_fail(r, RECORD_OOM, "round %u of warming the heap got no memory", round);
            return ENOMEM;
        }
    }
    r->warming_round = 0;
    int error = meter_start(meter);
    if (!error && r->cell.workload == CELL_FILL)
        r->operation_ns = (uint64_t)record_get(r, COUNTER_create_ns);
    w->left_ticks = meter_pause();
    return error;
}
