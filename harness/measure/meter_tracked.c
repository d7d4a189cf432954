/* SPDX-License-Identifier: MIT
 *
 * Where entries live: noted right after their insert, compared later (meter.h).
 */
#include "harness/measure/meter_parts.h"

static uint64_t tracked_operation(const struct meter *m, uint64_t index)
{
    uint64_t half = m->record->cell.entries / 2;
    return half >= METER_TRACKED_COUNT ? index * (half / METER_TRACKED_COUNT) : index;
}

static const void *address_of(const struct meter *m, const struct meter_tracked *entry)
{
    const struct meter_table *table = &m->tables[entry->table];
    struct keys keys = m->keys;
    keys.seed = table->seed;
    return m->table->entry_address(table->self, keys_at(&keys, entry->ordinal), entry->ordinal);
}

/* Asked after every batch, so what is due came with the last one and went into the table at hand. */
void meter_note_tracked(struct meter *m)
{
    struct record *r = m->record;
    while (r->tracked_entries < METER_TRACKED_COUNT) {
        uint64_t operation = tracked_operation(m, r->tracked_entries);
        m->next_tracked = operation + 1;
        if (operation >= r->entries_done)
            return;
        struct meter_tracked *entry = &m->tracked[r->tracked_entries];
        entry->table = (uint64_t)(m->at - m->tables);
        entry->ordinal = m->at->inserted - (r->entries_done - operation);
        entry->address = address_of(m, entry);
        r->addresses_are_unknown |= !entry->address;
        r->tracked_entries++;
    }
    m->next_tracked = UINT64_MAX;
}

void meter_compare_tracked(struct meter *m, const struct meter_table *table)
{
    struct record *r = m->record;
    if (r->phase != RECORD_FILLING)
        return;
    for (uint64_t i = 0; i < r->tracked_entries; i++) {
        struct meter_tracked *entry = &m->tracked[i];
        if (table && table != &m->tables[entry->table])
            continue;
        const void *address = address_of(m, entry);
        if (address != entry->address) {
            entry->address = address;
            r->tracked_moves++;
        }
    }
}
