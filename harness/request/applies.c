/* SPDX-License-Identifier: MIT */
#include "harness/request/applies.h"

#include "tables/table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

static bool fail(char *reason, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool fail(char *reason, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, APPLIES_REASON_BYTES, format, arguments);
    va_end(arguments);
    return false;
}

/* Axes that a table has to follow. */
static bool table_follows(const struct cell *cell, uint64_t properties, char *reason)
{
    static const struct {
        enum cell_axis axis;
        enum table_property taken;
        const char *why;
    } rows[] = {
        {CELL_AXIS_growth, TABLE_TAKES_GROWTH, "grows in its own way only"},
        {CELL_AXIS_load, TABLE_TAKES_LOAD, "has a load of its own only"},
        {CELL_AXIS_entry_bytes, TABLE_TAKES_ENTRY_BYTES, "has entries of 16 bytes only"},
        {CELL_AXIS_reserve, TABLE_TAKES_RESERVE, "cannot make room beforehand"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t value = cell_get(cell, rows[i].axis);
        char text[CELL_VALUE_BYTES];
        if (value != cell_axes[rows[i].axis].standing && !(properties & rows[i].taken))
            return fail(reason, "%s %s: %s %s does not apply", cell->table, rows[i].why,
                        cell_axes[rows[i].axis].key, cell_format_value(rows[i].axis, value, text));
    }
    bool erases = cell->workload == CELL_CHURN || cell->workload == CELL_DRAIN;
    if (erases && !(properties & TABLE_ERASES))
        return fail(reason, "%s erases nothing: there is no %s", cell->table,
                    cell_workload_names[cell->workload]);
    return true;
}

uint64_t applies_keys_an_entry(const struct cell *cell)
{
    if (cell->workload == CELL_CHURN)
        return cell->rounds < UINT64_MAX ? cell->rounds + 1 : cell->rounds;
    return cell->workload == CELL_DRAIN ? 2 : 1;
}

/* Axes that mean something beside certain others only. */
static bool axes_agree(const struct cell *cell, const struct applies_to *to, char *reason)
{
    uint64_t keys_an_entry = applies_keys_an_entry(cell);
    if (cell->entries > to->key_count / keys_an_entry)
        return fail(reason,
                    "the key stream has %" PRIu64 " distinct keys only, %s takes %" PRIu64 " an entry",
                    to->key_count, cell_workload_names[cell->workload], keys_an_entry);
    if (cell->workload != CELL_CHURN && cell->snapshot != CELL_NO_SNAPSHOT)
        return fail(reason, "a snapshot is taken during churn only");
    if (cell->workload != CELL_CHURN && cell->rounds != CELL_ROUNDS_DEFAULT)
        return fail(reason, "rounds are counted in churn only");
    if (cell->workload != CELL_FIND && cell->stops > 1)
        return fail(reason, "only look-ups stop on the way");
    if (cell->stops > 1 && cell->stops > cell->entries / 4)
        return fail(reason, "too few entries for so many stops");
    if (cell->count > cell->entries || cell->threads > cell->entries)
        return fail(reason, "fewer entries than tables");
    if (cell->batch != CELL_BATCH_DEFAULT && cell->mode == CELL_LATENCY)
        return fail(reason, "latency mode times each operation alone: there is no batch");
    if (cell->batch > CELL_BATCH_DEFAULT && cell->count > 1)
        return fail(reason, "many tables grow in turns of %d operations: there is no larger batch",
                    CELL_BATCH_DEFAULT);
    if (cell->count > 1 && cell->workload != CELL_FILL)
        return fail(reason, "many tables are filled only");
    if (cell->threads == 1)
        return true;
    if (!(to->allocator_properties & ALLOCATOR_THREADS))
        return fail(reason, "%s serves one thread at a time", cell->allocator);
    if (to->table_properties & TABLE_ONE_THREAD)
        return fail(reason, "tables of %s share state: they serve one thread at a time", cell->table);
    if (cell->workload != CELL_FILL || cell->count > 1 || cell->heap != CELL_COLD)
        return fail(reason, "threads fill one table each, on a cold heap");
    return true;
}

bool applies_cell(const struct cell *cell, const struct applies_to *to, char *reason)
{
    return table_follows(cell, to->table_properties, reason) && axes_agree(cell, to, reason);
}
