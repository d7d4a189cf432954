/* SPDX-License-Identifier: MIT
 *
 * Is everything there? Looks up every entry of a fill once more, and some keys that were never in it. Takes as
 * long as a find of all: never inside a clock.
 */
#ifndef GROWBENCH_VERIFY_H
#define GROWBENCH_VERIFY_H

#include "harness/keys.h"
#include "tables/table.h"

#include <stdbool.h>

enum { VERIFY_BATCH = 32, VERIFY_SENTENCE_BYTES = 160 };

/* Ordinals 0 to entries - 1 of `keys` must be there with their values, others not. Returns false, with a
 * sentence without its end, at the first batch that is not so; a table that cannot be verified is taken as
 * it is. */
bool verify_fill(const struct table *table, void *self, const struct keys *keys, uint64_t entries,
                 char *sentence);

#endif
