/* SPDX-License-Identifier: MIT
 *
 * Look-ups: those that workload find times, and those that verify a table, which nobody times.
 */
#include "harness/measure/verify.h"
#include "harness/measure/workload_parts.h"

#include <inttypes.h>

/* A batch of look-ups, numbers `index` and up of the find phase. A record table finds neighbours. */
static void prepare_finds(const struct workload *w, bool missing, uint64_t index, struct verify_batch *batch)
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
    if (keyed)
        batch->first_ordinal = 0;
}

static bool note_wrong(struct record *r, const char *sentence)
{
    record_fail(r, RECORD_WRONG, "%s at %" PRIu64 " entries", sentence, r->entries_done);
    return false;
}

static bool find_batch(struct workload *w, bool missing, const struct verify_batch *batch)
{
    struct verify_found found;
    if (verify_find(w->table, w->meter->self, batch, missing, &found) || !workload_is_verified(w))
        return true;
    char sentence[VERIFY_SENTENCE_BYTES];
    verify_say(batch, missing, &found, sentence);
    return note_wrong(w->meter->record, sentence);
}

static bool find_some(struct workload *w, bool missing, uint64_t n)
{
    struct record *r = w->meter->record;
    bool timed = r->cell.mode == CELL_LATENCY;
    struct latency *latency = missing ? &r->miss : &r->hit;
    uint64_t index = r->find_count[missing];
    uint64_t start_ticks = clock_ticks();
    for (struct verify_batch batch; n; n -= batch.n) {
        batch.n = timed ? 1 : (size_t)workload_smaller(workload_smaller(n, r->cell.batch), r->entries_done);
        prepare_finds(w, missing, index, &batch);
        uint64_t operation_ticks = timed ? clock_ticks() : 0;
        if (!find_batch(w, missing, &batch))
            return false;
        if (timed)
            latency_add(latency, clock_ticks() - operation_ticks);
        index += batch.n;
        r->operations_done += batch.n;
    }
    r->find_count[missing] = index;
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

/* ---- stops ---- */

uint64_t workload_stop_entries(const struct cell *cell, uint64_t stop)
{
    if (stop == cell->stops)
        return cell->entries;
    return cell_entries_at(cell->entries / 2, 2, stop, cell->stops);
}

static bool fill(struct workload *w, uint64_t n)
{
    return workload_fill(w, n, false);
}

bool workload_fill_to_find(struct workload *w, uint64_t n)
{
    return workload_spend(w, fill, n, &w->meter->record->fill_ns);
}

void workload_note_stop(struct workload *w)
{
    struct record *r = w->meter->record;
    struct record_stop_row *row = &r->stops[r->stop_rows];
    *row = (struct record_stop_row){r->entries_done, r->fill_ns,       r->find_count[0],
                                    r->find_ns[0],   r->find_count[1], r->find_ns[1]};
    for (uint64_t i = 0; i < r->stop_rows; i++) {
        row->hit_count -= r->stops[i].hit_count;
        row->hit_ns -= r->stops[i].hit_ns;
        row->miss_count -= r->stops[i].miss_count;
        row->miss_ns -= r->stops[i].miss_ns;
    }
    r->stop_rows++;
}

/* ---- verifying ---- */

static bool is_alive(const void *context, uint64_t ordinal)
{
    return workload_is_alive(context, ordinal);
}

/* What must be in the table at hand. */
static struct verify_content content_of(const struct workload *w)
{
    const uint64_t inserted = w->meter->at->inserted, gone_count = w->erasing_from + w->erased;
    return (struct verify_content){.inserted = inserted,
                                   .first_alive = w->erasing_from,
                                   .gone_end = w->erasing_from + (w->erased ? w->order.size : 0),
                                   .alive_count = inserted - gone_count,
                                   .is_alive = gone_count ? is_alive : NULL,
                                   .context = w,
                                   .seed = w->meter->record->cell.seed,
                                   .samples_live = w->meter->record->setup.verifies_sample};
}

bool workload_verify(struct workload *w)
{
    struct record *r = w->meter->record;
    for (uint64_t i = 0; i < r->cell.count; i++) {
        char sentence[VERIFY_SENTENCE_BYTES];
        meter_choose(w->meter, i);
        const struct verify_content content = content_of(w);
        if (!verify_table(w->table, w->meter->self, &w->meter->keys, &content, sentence))
            return note_wrong(r, sentence);
    }
    return true;
}
