/* SPDX-License-Identifier: MIT */
#include "harness/workload.h"

#include "harness/keys.h"

#include <errno.h>
#include <inttypes.h>

struct batch {
    uint64_t first_ordinal;
    size_t n;
    uint64_t sum; /* of the values that must be found */
    uint64_t keys[WORKLOAD_BATCH];
};

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static bool is_verified(const struct workload *w)
{
    return w->table->properties & TABLE_VERIFIED;
}

static bool note_wrong(struct record *r, const char *what, uint64_t got, uint64_t expected)
{
    record_fail(r, RECORD_WRONG, "%s %" PRIu64 " of %" PRIu64 " in a batch at %" PRIu64 " entries", what, got,
                expected, r->entries_done);
    return false;
}

static bool note_no_memory(struct record *r)
{
    if (r->refused_bytes)
        record_fail(r, RECORD_OOM, "refused %" PRIu64 " bytes at %" PRIu64 " of %" PRIu64 " entries",
                    r->refused_bytes, r->entries_done, r->cell.entries);
    else
        record_fail(r, RECORD_OOM, "the table ran out of room at %" PRIu64 " of %" PRIu64 " entries",
                    r->entries_done, r->cell.entries);
    return false;
}

/* Accounts for a batch of inserts that ended. */
static bool accept_inserts(struct workload *w, int error, uint64_t added, size_t n)
{
    struct record *r = w->meter->record;
    r->entries_done += added;
    r->operations_done += n;
    if (error)
        return note_no_memory(r);
    r->refused_bytes = 0; /* the table could do without */
    return added == n || note_wrong(r, "added", added, n);
}

static bool insert_batches(struct workload *w, uint64_t n)
{
    struct meter *m = w->meter;
    struct record *r = m->record;
    uint64_t keys[WORKLOAD_BATCH];
    while (n) {
        size_t batch = (size_t)smaller(n, WORKLOAD_BATCH);
        uint64_t first_ordinal = r->entries_done, added = 0;
        keys_generate(&m->keys, first_ordinal, batch, keys);
        uint64_t start_ticks = meter_migrates(m) ? clock_ticks() : 0;
        int error = w->table->insert(m->self, keys, first_ordinal, batch, &added);
        uint64_t end_ticks = start_ticks || m->recorder.began ? clock_ticks() : 0;
        bool accepted = accept_inserts(w, error, added, batch);
        if (end_ticks)
            meter_end_batch(m, start_ticks, end_ticks);
        if (!accepted)
            return false;
        if (meter_is_due(m))
            meter_checkpoint(m);
        n -= batch;
    }
    return true;
}

static bool insert_timed(struct workload *w, uint64_t n)
{
    struct meter *m = w->meter;
    struct record *r = m->record;
    for (; n; n--) {
        uint64_t ordinal = r->entries_done, key = keys_at(&m->keys, ordinal), added = 0;
        uint64_t start_ticks = clock_ticks();
        int error = w->table->insert(m->self, &key, ordinal, 1, &added);
        uint64_t end_ticks = clock_ticks();
        bool accepted = accept_inserts(w, error, added, 1);
        meter_end_operation(m, start_ticks, end_ticks);
        if (!accepted)
            return false;
        if (meter_is_due(m))
            meter_checkpoint(m);
    }
    return true;
}

/* A batch of look-ups, numbers `index` and up of the find phase. A record table finds neighbours. */
static void prepare_finds(const struct workload *w, bool missing, uint64_t index, struct batch *batch)
{
    const struct record *r = w->meter->record;
    bool keyed = w->table->properties & TABLE_KEYED;
    uint64_t span = keyed ? r->entries_done : r->entries_done - batch->n + 1;
    uint64_t draw_seed = ~r->cell.seed;
    batch->sum = 0;
    for (size_t i = 0; i < batch->n; i++) {
        uint64_t ordinal =
            keyed || !i ? keys_random_below(draw_seed, index + i, span) : batch->first_ordinal + i;
        if (missing)
            ordinal |= KEYS_MISSING_ORDINAL;
        if (!i)
            batch->first_ordinal = ordinal;
        batch->keys[i] = keys_at(&w->meter->keys, ordinal);
        batch->sum += ordinal;
    }
}

static bool find_batch(struct workload *w, bool missing, const struct batch *batch)
{
    uint64_t sum = 0;
    uint64_t hits = w->table->find(w->meter->self, batch->keys, batch->first_ordinal, batch->n, &sum);
    uint64_t expected = missing ? 0 : batch->n;
    if (!is_verified(w) || (hits == expected && (missing || sum == batch->sum)))
        return true;
    struct record *r = w->meter->record;
    if (hits != expected)
        return note_wrong(r, "found", hits, expected);
    record_fail(r, RECORD_WRONG,
                "values of a batch sum to %" PRIu64 " instead of %" PRIu64 " at %" PRIu64 " entries", sum,
                batch->sum, r->entries_done);
    return false;
}

static bool find_some(struct workload *w, bool missing, uint64_t n)
{
    struct record *r = w->meter->record;
    bool timed = r->cell.mode == CELL_LATENCY;
    struct latency *latency = missing ? &r->miss : &r->hit;
    uint64_t start_ticks = clock_ticks();
    for (struct batch batch; n; n -= batch.n) {
        batch.n = timed ? 1 : (size_t)smaller(smaller(n, WORKLOAD_BATCH), r->entries_done);
        prepare_finds(w, missing, r->find_count[missing], &batch);
        uint64_t operation_ticks = timed ? clock_ticks() : 0;
        if (!find_batch(w, missing, &batch))
            return false;
        if (timed)
            latency_add(latency, clock_ticks() - operation_ticks);
        r->find_count[missing] += batch.n;
        r->operations_done += batch.n;
    }
    r->find_ns[missing] += (uint64_t)((double)(clock_ticks() - start_ticks) * r->setup.ns_per_tick);
    return true;
}

static bool insert_some(struct workload *w, uint64_t n)
{
    struct meter *m = w->meter;
    struct record *r = m->record;
    uint64_t start_ticks = clock_ticks(), excluded_ticks = m->excluded_ticks;
    bool timed = r->cell.mode == CELL_LATENCY && r->cell.workload == CELL_FILL;
    bool fine = timed ? insert_timed(w, n) : insert_batches(w, n);
    uint64_t ticks = clock_ticks() - start_ticks - (m->excluded_ticks - excluded_ticks);
    r->operation_ns += (uint64_t)((double)ticks * r->setup.ns_per_tick);
    return fine && r->status == RECORD_RUNNING;
}

bool workload_run(struct workload *w, uint64_t n)
{
    const struct record *r = w->meter->record;
    const uint64_t phase_ends[] = {r->cell.entries, r->cell.entries + w->find_count, w->total_operations};
    for (int phase = 0; phase < 3; phase++) {
        if (r->operations_done >= phase_ends[phase] || !n)
            continue;
        uint64_t part = smaller(n, phase_ends[phase] - r->operations_done);
        if (!(phase ? find_some(w, phase == 2, part) : insert_some(w, part)))
            return false;
        n -= part;
    }
    return true;
}

bool workload_verify(struct workload *w)
{
    const struct record *r = w->meter->record;
    if (!is_verified(w))
        return true;
    struct batch batch;
    for (uint64_t ordinal = 0; ordinal < r->entries_done; ordinal += batch.n) {
        batch.first_ordinal = ordinal;
        batch.n = (size_t)smaller(r->entries_done - ordinal, WORKLOAD_BATCH);
        keys_generate(&w->meter->keys, ordinal, batch.n, batch.keys);
        batch.sum = batch.n * ordinal + batch.n * (batch.n - 1) / 2;
        if (!find_batch(w, false, &batch))
            return false;
    }
    batch.first_ordinal = KEYS_MISSING_ORDINAL;
    batch.n = WORKLOAD_BATCH;
    keys_generate(&w->meter->keys, KEYS_MISSING_ORDINAL, batch.n, batch.keys);
    return find_batch(w, true, &batch);
}

static void ignore_event(void *context)
{
    (void)context;
}

static void note_refusal(void *context, uint64_t bytes)
{
    struct record *r = context;
    r->refused_bytes = bytes;
}

/* One fill and destroy on the bare heap: what an earlier table of the same program leaves behind. */
static int warm_round(struct workload *w)
{
    static const struct recorder_hooks hooks = {ignore_event, note_refusal};
    struct meter *m = w->meter;
    struct record *r = m->record;
    struct recorder recorder;
    recorder_init(&recorder, m->recorder.inner, r->cell.thp, &hooks, r);
    const struct table_options options = meter_table_options(&r->cell);
    void *self = w->table->create(&recorder.heap, &options);
    int error = self ? 0 : ENOMEM;
    uint64_t keys[WORKLOAD_BATCH], added;
    for (uint64_t ordinal = 0; !error && ordinal < r->cell.entries; ordinal += WORKLOAD_BATCH) {
        size_t n = (size_t)smaller(r->cell.entries - ordinal, WORKLOAD_BATCH);
        keys_generate(&m->keys, ordinal, n, keys);
        error = w->table->insert(self, keys, ordinal, n, &added);
        recorder_clear(&recorder);
        if (!error)
            r->refused_bytes = 0;
    }
    w->table->destroy(self);
    return error;
}

int workload_start(struct workload *w, struct meter *meter)
{
    const struct record *r = meter->record;
    *w = (struct workload){.meter = meter, .table = meter->table, .total_operations = r->cell.entries};
    if (r->cell.workload == CELL_FIND) {
        w->find_count = smaller(r->cell.entries, WORKLOAD_FIND_LIMIT);
        w->total_operations += 2 * w->find_count;
    }
    for (uint32_t round = 1; r->cell.heap != CELL_COLD && round <= WORKLOAD_WARM_ROUNDS; round++) {
        meter->record->warming_round = round;
        if (warm_round(w)) {
            record_fail(meter->record, RECORD_OOM, "round %u of warming the heap got no memory", round);
            return ENOMEM;
        }
    }
    meter->record->warming_round = 0;
    return meter_start(meter);
}
