/* SPDX-License-Identifier: MIT
 *
 * Which combinations of axes, table and allocator mean something: the others are SKIP, with a reason. Pure.
 */
#ifndef GROWBENCH_APPLIES_H
#define GROWBENCH_APPLIES_H

#include "harness/request/cell.h"

enum { APPLIES_REASON_BYTES = 200 };

/* What a cell's combination depends on beside itself. */
struct applies_to {
    uint64_t table_properties;     /* enum table_property */
    uint64_t allocator_properties; /* enum allocator_property */
    uint64_t key_count;            /* distinct keys that its stream has */
};

/* False with a reason (a sentence without its end) when the cell cannot be what it says. */
bool applies_cell(const struct cell *cell, const struct applies_to *to, char *reason);

/* Distinct keys that each entry of the cell takes: where entries are erased, others come for them. */
uint64_t applies_keys_an_entry(const struct cell *cell);

#endif
