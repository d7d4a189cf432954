/* SPDX-License-Identifier: MIT
 *
 * Many tables on one heap: whose turn it is. The operations of a fill go in turns of TURNS_OPERATIONS to a table
 * that the seed draws, so that tables grow in no order, as those of a program do. Any operation's table can be
 * told without a list, and so can what each will have in the end: its share, around the mean as draws are
 * (of many small tables some get twice what others get). A single table gets all turns.
 *
 * Each table has keys and a hash seed of its own and counts its ordinals from 0; the first has the cell's, so
 * that one table alone is what it was without turns.
 */
#ifndef GROWBENCH_TURNS_H
#define GROWBENCH_TURNS_H

#include "harness/request/cell.h"
#include "harness/request/keys.h"

struct meter_table;

enum { TURNS_OPERATIONS = 32 };

/* Seeds of the harness's own draws; the keys' is the cell's, the look-ups' its complement. */
#define TURNS_DRAW_SEED(cell) keys_mix((cell)->seed ^ 0x7475726E73000001u)
#define TURNS_TABLE_SEED(cell) keys_mix((cell)->seed ^ 0x7475726E73000002u)

static inline uint64_t turns_seed(const struct cell *cell, uint64_t table)
{
    return table ? keys_random(TURNS_TABLE_SEED(cell), table) : cell->seed;
}

/* The table of an operation, counted from 0 over all tables. */
static inline uint64_t turns_table(const struct cell *cell, uint64_t operation)
{
    return cell->count == 1
               ? 0
               : keys_random_below(TURNS_DRAW_SEED(cell), operation / TURNS_OPERATIONS, cell->count);
}

/* Operations left of its turn. */
static inline uint64_t turns_left(const struct cell *cell, uint64_t operation)
{
    return cell->count == 1 ? UINT64_MAX : TURNS_OPERATIONS - operation % TURNS_OPERATIONS;
}

/* Sets the share of each of the cell's tables, by one walk over all turns: 1 ns an entry's 1/32. */
void turns_share_out(const struct cell *cell, struct meter_table *tables);

#endif
