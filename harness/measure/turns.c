/* SPDX-License-Identifier: MIT */
#include "harness/measure/turns.h"

#include "harness/measure/meter.h"

void turns_share_out(const struct cell *cell, struct meter_table *tables)
{
    if (cell->count == 1) {
        tables->share = cell->entries;
        return;
    }
    for (uint64_t done = 0; done < cell->entries; done += TURNS_OPERATIONS) {
        uint64_t left = cell->entries - done;
        tables[turns_table(cell, done)].share += left < TURNS_OPERATIONS ? left : TURNS_OPERATIONS;
    }
}
