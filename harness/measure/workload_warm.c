/* SPDX-License-Identifier: MIT
 *
 * Warming the heap: the same tables with the same options, keys and turns, before the meter starts.
 */
#include "harness/measure/turns.h"
#include "harness/measure/workload_parts.h"

#include <errno.h>

static void ignore_event(void *context)
{
    (void)context;
}

static void note_refusal(void *context, uint64_t bytes)
{
    struct record *r = context;
    r->refused_bytes = bytes;
}

/* As workload_fill: any number into the table whose turn it is. */
static int insert_batch(struct workload *w, uint64_t done, size_t *n)
{
    struct meter *m = w->meter;
    const struct cell *cell = &m->record->cell;
    uint64_t keys[TABLE_BATCH_MAX], added;
    *n = (size_t)workload_smaller(cell->entries - done, cell->batch);
    *n = (size_t)workload_smaller(*n, turns_left(cell, done));
    meter_choose(m, turns_table(cell, done));
    keys_generate(&m->keys, m->at->inserted, *n, keys);
    int error = w->table->insert(m->self, keys, m->at->inserted, *n, &added);
    m->at->inserted += *n;
    return error;
}

int workload_warm(struct workload *w)
{
    static const struct recorder_hooks hooks = {ignore_event, note_refusal, NULL};
    struct meter *m = w->meter;
    struct record *r = m->record;
    struct recorder recorder;
    recorder_init(&recorder, m->recorder.inner, r->cell.thp, &hooks, r);
    int error = 0;
    for (uint64_t i = 0; !error && i < r->cell.count; i++) {
        const struct table_options options = meter_options_of(m, &m->tables[i]);
        m->tables[i].self = w->table->create(&recorder.heap, &options);
        error = m->tables[i].self ? 0 : ENOMEM;
    }
    size_t n;
    for (uint64_t done = 0; !error && done < r->cell.entries; done += n) {
        error = insert_batch(w, done, &n);
        recorder_clear(&recorder);
        if (!error)
            r->refused_bytes = 0;
    }
    for (uint64_t i = 0; i < r->cell.count; i++) {
        w->table->destroy(m->tables[i].self);
        m->tables[i].self = NULL;
        m->tables[i].inserted = 0;
    }
    meter_choose(m, 0);
    return error;
}
