/* SPDX-License-Identifier: MIT
 *
 * Is what a table says right? A batch of look-ups against what it must find, for who times look-ups too; and
 * a whole table: every entry that must live is looked up once more, or those of VERIFY_SAMPLE numbers; of those that
 * were erased all or so many, and some keys that were never in it; then the table is asked how many it has, which
 * covers what is beyond the sample. That takes as long as a find of all: never inside a clock.
 */
#ifndef GROWBENCH_VERIFY_H
#define GROWBENCH_VERIFY_H

#include "harness/request/keys.h"
#include "tables/table.h"

#include <stdbool.h>

enum { VERIFY_BATCH = 32, VERIFY_SAMPLE = 1 << 22, VERIFY_SENTENCE_BYTES = 160 };

/* Ordinals of a record table are neighbours. */
struct verify_batch {
    uint64_t first_ordinal; /* 0 for keyed tables: no answer can be made of it */
    size_t n;
    uint64_t sum; /* of the values that must be found */
    uint64_t keys[TABLE_BATCH_MAX];
};

struct verify_found {
    uint64_t hits, sum;
};

static inline void verify_add(struct verify_batch *batch, const struct keys *keys, uint64_t ordinal)
{
    if (!batch->n)
        batch->first_ordinal = ordinal;
    batch->keys[batch->n++] = keys_at(keys, ordinal);
    batch->sum += ordinal;
}

/* True when all are there with their values, or with `missing` none is. Inline: look-ups are timed with it. */
static inline bool verify_find(const struct table *table, void *self, const struct verify_batch *batch,
                               bool missing, struct verify_found *found)
{
    found->sum = 0;
    found->hits = table->find(self, batch->keys, batch->first_ordinal, batch->n, &found->sum);
    return missing ? !found->hits : found->hits == batch->n && found->sum == batch->sum;
}

/* Why verify_find was false: a sentence without its end (VERIFY_SENTENCE_BYTES). */
void verify_say(const struct verify_batch *batch, bool missing, const struct verify_found *found,
                char *sentence);

/* Of ordinals 0 to inserted - 1: all from first_alive on live but those that is_alive denies. */
struct verify_content {
    uint64_t inserted, first_alive;
    uint64_t gone_end; /* none from here on was erased */
    uint64_t alive_count;
    bool (*is_alive)(const void *context, uint64_t ordinal); /* NULL: nothing was erased */
    const void *context;
    uint64_t seed; /* of the samples */
    bool samples_live;
};

/* False, with a sentence without its end, at the first batch that is not so, or for a wrong count. A table
 * that cannot be verified is taken as it is. */
bool verify_table(const struct table *table, void *self, const struct keys *keys,
                  const struct verify_content *content, char *sentence);

#endif
