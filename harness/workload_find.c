/* SPDX-License-Identifier: MIT
 *
 * Look-ups: those that workload find times, and those that verify a table, which nobody times.
 */
#include "harness/workload_parts.h"

#include <inttypes.h>

enum { ABSENT_SAMPLE = 1 << 22 };

struct batch {
    uint64_t first_ordinal;
    size_t n;
    uint64_t sum; /* of the values that must be found */
    uint64_t keys[WORKLOAD_BATCH];
};

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
    if (!workload_is_verified(w) || (hits == expected && (missing || sum == batch->sum)))
        return true;
    struct record *r = w->meter->record;
    if (hits != expected)
        return workload_note_wrong(r, "found", hits, expected);
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
        batch.n = timed ? 1 : (size_t)workload_smaller(workload_smaller(n, WORKLOAD_BATCH), r->entries_done);
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

bool workload_find_present(struct workload *w, uint64_t n)
{
    return find_some(w, false, n);
}

bool workload_find_missing(struct workload *w, uint64_t n)
{
    return find_some(w, true, n);
}

/* ---- verifying ---- */

static void add_to_batch(const struct workload *w, struct batch *batch, uint64_t ordinal)
{
    if (!batch->n)
        batch->first_ordinal = ordinal;
    batch->keys[batch->n++] = keys_at(&w->meter->keys, ordinal);
    batch->sum += ordinal;
}

/* Looks up what was gathered, if it is a batch or the rest. */
static bool find_gathered(struct workload *w, bool missing, struct batch *batch, bool rest)
{
    if (batch->n < WORKLOAD_BATCH && !(rest && batch->n))
        return true;
    bool found = find_batch(w, missing, batch);
    batch->n = 0;
    batch->sum = 0;
    return found;
}

/* All that live in the table at hand: those of a record table, which erases nothing, are neighbours. */
static bool verify_live(struct workload *w)
{
    struct batch batch = {.n = 0};
    bool fine = true;
    for (uint64_t ordinal = w->erasing_from; fine && ordinal < w->meter->at->inserted; ordinal++) {
        if (workload_is_alive(w, ordinal))
            add_to_batch(w, &batch, ordinal);
        fine = find_gathered(w, false, &batch, false);
    }
    return fine && find_gathered(w, false, &batch, true);
}

/* Those that were erased, all or a sample of ABSENT_SAMPLE. */
static bool verify_erased(struct workload *w)
{
    struct batch batch = {.n = 0};
    bool fine = true;
    const uint64_t span = w->erasing_from + (w->erased ? w->order.size : 0);
    for (uint64_t i = 0; fine && i < ABSENT_SAMPLE && span; i++) {
        const uint64_t ordinal =
            span <= ABSENT_SAMPLE ? i % span : keys_random_below(w->meter->record->cell.seed, i, span);
        if (!workload_is_alive(w, ordinal))
            add_to_batch(w, &batch, ordinal);
        fine = find_gathered(w, true, &batch, false);
    }
    return fine && find_gathered(w, true, &batch, true);
}

static bool verify_missing(struct workload *w)
{
    struct batch batch = {.first_ordinal = KEYS_MISSING_ORDINAL, .n = WORKLOAD_BATCH};
    keys_generate(&w->meter->keys, KEYS_MISSING_ORDINAL, batch.n, batch.keys);
    return find_batch(w, true, &batch);
}

/* What a table says of itself: nothing is left of what was erased, beyond the sample. */
static bool verify_count(struct workload *w)
{
    struct record *r = w->meter->record;
    uint64_t expected = w->meter->at->inserted - w->erasing_from - w->erased;
    struct table_stats stats = {0};
    w->table->stats(w->meter->self, &stats);
    if (stats.entries != expected)
        record_fail(r, RECORD_WRONG, "the table says it has %" PRIu64 " entries, not %" PRIu64, stats.entries,
                    expected);
    return stats.entries == expected;
}

bool workload_verify(struct workload *w)
{
    const struct record *r = w->meter->record;
    bool fine = true;
    for (uint64_t i = 0; fine && workload_is_verified(w) && i < r->cell.count; i++) {
        meter_choose(w->meter, i);
        fine = verify_live(w) && verify_erased(w) && verify_missing(w) && verify_count(w);
    }
    return fine;
}
