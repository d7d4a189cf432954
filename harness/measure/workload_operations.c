/* SPDX-License-Identifier: MIT
 *
 * Inserts and erases, single and timed or in batches. The heart of what is measured: whatever is added here
 * must show in `make tax`.
 */
#include "harness/measure/turns.h"
#include "harness/measure/workload_parts.h"

#include <inttypes.h>

bool workload_note_wrong(struct record *r, const char *what, uint64_t got, uint64_t expected)
{
    record_fail(r, RECORD_WRONG, "%s %" PRIu64 " of %" PRIu64 " in a batch at %" PRIu64 " entries", what, got,
                expected, r->entries_done);
    return false;
}

bool workload_note_no_memory(struct record *r)
{
    if (r->refused_bytes)
        record_fail(r, RECORD_OOM, "refused %" PRIu64 " bytes at %" PRIu64 " of %" PRIu64 " entries",
                    r->refused_bytes, r->entries_done, r->cell.entries);
    else
        record_fail(r, RECORD_OOM, "the table ran out of room at %" PRIu64 " of %" PRIu64 " entries",
                    r->entries_done, r->cell.entries);
    return false;
}

/* Accounts for inserts that ended. */
static bool accept_inserts(struct workload *w, int error, uint64_t added, size_t n)
{
    struct record *r = w->meter->record;
    w->meter->at->inserted += n;
    r->entries_done += added;
    r->operations_done += n;
    if (error)
        return workload_note_no_memory(r);
    r->refused_bytes = 0; /* the table could do without */
    return added == n || workload_note_wrong(r, "added", added, n);
}

static bool accept_erases(struct workload *w, uint64_t gone, size_t n)
{
    struct record *r = w->meter->record;
    r->entries_done -= workload_smaller(gone, r->entries_done);
    r->operations_done += n;
    return gone == n || !workload_is_verified(w) || workload_note_wrong(r, "erased", gone, n);
}

static bool insert_batch(struct workload *w, const uint64_t *keys, size_t n)
{
    struct meter *m = w->meter;
    uint64_t added = 0;
    int error = w->table->insert(m->self, keys, m->at->inserted, n, &added);
    uint64_t end_ticks = m->recorder.began ? clock_ticks() : 0;
    bool accepted = accept_inserts(w, error, added, n);
    if (end_ticks)
        meter_end_batch(m, end_ticks);
    return accepted;
}

static bool erase_batch(struct workload *w, const uint64_t *keys, size_t n)
{
    struct meter *m = w->meter;
    uint64_t gone = w->table->erase(m->self, keys, 0, n);
    uint64_t end_ticks = m->recorder.began ? clock_ticks() : 0;
    bool accepted = accept_erases(w, gone, n);
    if (end_ticks)
        meter_end_batch(m, end_ticks);
    return accepted;
}

static bool insert_single(struct workload *w, uint64_t key)
{
    struct meter *m = w->meter;
    uint64_t ordinal = m->at->inserted, added = 0;
    uint64_t start_ticks = clock_ticks();
    int error = w->table->insert(m->self, &key, ordinal, 1, &added);
    uint64_t end_ticks = clock_ticks();
    bool accepted = accept_inserts(w, error, added, 1);
    meter_end_operation(m, METER_INSERT, start_ticks, end_ticks);
    return accepted;
}

static bool erase_single(struct workload *w, uint64_t key)
{
    struct meter *m = w->meter;
    uint64_t start_ticks = clock_ticks();
    uint64_t gone = w->table->erase(m->self, &key, 0, 1);
    uint64_t end_ticks = clock_ticks();
    bool accepted = accept_erases(w, gone, 1);
    meter_end_operation(m, METER_ERASE, start_ticks, end_ticks);
    return accepted;
}

bool workload_insert(struct workload *w, const uint64_t *keys, size_t n, bool single)
{
    if (!single)
        return insert_batch(w, keys, n);
    bool fine = true;
    for (size_t i = 0; fine && i < n; i++)
        fine = insert_single(w, keys[i]);
    return fine;
}

bool workload_erase(struct workload *w, const uint64_t *keys, size_t n, bool single)
{
    if (!single)
        return erase_batch(w, keys, n);
    bool fine = true;
    for (size_t i = 0; fine && i < n; i++)
        fine = erase_single(w, keys[i]);
    return fine;
}

/* Keys are made for many at once: between short operations on them the processor has several under way. */
bool workload_fill(struct workload *w, uint64_t n, bool single)
{
    struct meter *m = w->meter;
    const struct cell *cell = &m->record->cell;
    uint64_t keys[TABLE_BATCH_MAX];
    const size_t largest = single ? 1 : cell->batch;
    const size_t keys_at_once = TABLE_BATCH_MAX / largest * largest;
    while (n) {
        size_t key_count = (size_t)workload_smaller(n, keys_at_once);
        if (cell->count > 1) {
            meter_choose(m, turns_table(cell, m->record->operations_done));
            key_count = (size_t)workload_smaller(key_count, turns_left(cell, m->record->operations_done));
        }
        keys_generate(&m->keys, m->at->inserted, key_count, keys);
        for (size_t i = 0; i < key_count; i += largest) {
            const size_t batch = (size_t)workload_smaller(key_count - i, largest);
            if (!(single ? insert_single(w, keys[i]) : insert_batch(w, keys + i, batch)))
                return false;
            if (meter_is_due(m))
                meter_checkpoint(m);
        }
        n -= key_count;
    }
    return true;
}

/* ---- what is to be erased ---- */

void workload_begin_erasing(struct workload *w, uint64_t from)
{
    const struct cell *cell = &w->meter->record->cell;
    const uint64_t seed = keys_mix(cell->seed ^ 0x6572617365000001u); /* a draw of its own */
    permutation_init(&w->order, cell->entries, keys_random(seed, from));
    w->erasing_from = from;
    w->erased = 0;
}

void workload_draw_erases(struct workload *w, size_t n, uint64_t *keys)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t ordinal = w->erasing_from + permutation_at(&w->order, w->erased++);
        keys[i] = keys_at(&w->meter->keys, ordinal);
    }
}

bool workload_is_alive(const struct workload *w, uint64_t ordinal)
{
    if (ordinal < w->erasing_from)
        return false;
    uint64_t number = ordinal - w->erasing_from;
    return number >= w->order.size || permutation_place_of(&w->order, number) >= w->erased;
}
