/* SPDX-License-Identifier: MIT */
#include "harness/verify.h"

#include <inttypes.h>
#include <stdio.h>

static bool find_batch(const struct table *table, void *self, const struct keys *keys, uint64_t ordinal,
                       size_t n, bool missing, char *sentence)
{
    uint64_t batch[VERIFY_BATCH], sum = 0;
    keys_generate(keys, ordinal, n, batch);
    const uint64_t hits = table->find(self, batch, ordinal, n, &sum), expected = missing ? 0 : n;
    const uint64_t expected_sum = n * ordinal + n * (n - 1) / 2;
    if (hits != expected)
        snprintf(sentence, VERIFY_SENTENCE_BYTES, "found %" PRIu64 " of %" PRIu64 " in a batch", hits,
                 expected);
    else if (!missing && sum != expected_sum)
        snprintf(sentence, VERIFY_SENTENCE_BYTES, "values of a batch sum to %" PRIu64 " instead of %" PRIu64,
                 sum, expected_sum);
    return hits == expected && (missing || sum == expected_sum);
}

bool verify_fill(const struct table *table, void *self, const struct keys *keys, uint64_t entries,
                 char *sentence)
{
    if (!(table->properties & TABLE_VERIFIED))
        return true;
    for (uint64_t ordinal = 0; ordinal < entries; ordinal += VERIFY_BATCH) {
        const size_t n = entries - ordinal < VERIFY_BATCH ? (size_t)(entries - ordinal) : VERIFY_BATCH;
        if (!find_batch(table, self, keys, ordinal, n, false, sentence))
            return false;
    }
    return find_batch(table, self, keys, KEYS_MISSING_ORDINAL, VERIFY_BATCH, true, sentence);
}
