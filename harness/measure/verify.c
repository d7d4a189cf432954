/* SPDX-License-Identifier: MIT */
#include "harness/measure/verify.h"

#include <inttypes.h>
#include <stdio.h>

struct verifier {
    const struct table *table;
    void *self;
    const struct keys *keys;
    const struct verify_content *content;
    char *sentence;
};

void verify_say(const struct verify_batch *batch, bool missing, const struct verify_found *found,
                char *sentence)
{
    const uint64_t expected = missing ? 0 : batch->n;
    if (found->hits != expected)
        snprintf(sentence, VERIFY_SENTENCE_BYTES, "found %" PRIu64 " of %" PRIu64 " in a batch", found->hits,
                 expected);
    else
        snprintf(sentence, VERIFY_SENTENCE_BYTES, "values of a batch sum to %" PRIu64 " instead of %" PRIu64,
                 found->sum, batch->sum);
}

/* Looks up what was gathered, if it is a batch or the rest. */
static bool find_gathered(const struct verifier *v, struct verify_batch *batch, bool missing, bool rest)
{
    struct verify_found found;
    if (batch->n < VERIFY_BATCH && !(rest && batch->n))
        return true;
    if (v->table->properties & TABLE_KEYED)
        batch->first_ordinal = 0;
    const bool fine = verify_find(v->table, v->self, batch, missing, &found);
    if (!fine)
        verify_say(batch, missing, &found, v->sentence);
    batch->n = 0;
    batch->sum = 0;
    return fine;
}

static bool is_alive(const struct verifier *v, uint64_t ordinal)
{
    return !v->content->is_alive || v->content->is_alive(v->content->context, ordinal);
}

static bool verify_live_from(const struct verifier *v, uint64_t ordinal, uint64_t end)
{
    struct verify_batch batch = {.n = 0};
    bool fine = true;
    for (; fine && ordinal < end; ordinal++) {
        if (is_alive(v, ordinal))
            verify_add(&batch, v->keys, ordinal);
        fine = find_gathered(v, &batch, false, false);
    }
    return fine && find_gathered(v, &batch, false, true);
}

/* Of a sample whole batches, since the ordinals of a record table are neighbours. */
static bool verify_live(const struct verifier *v)
{
    const uint64_t first = v->content->first_alive, span = v->content->inserted - first;
    if (!v->content->samples_live || span <= VERIFY_SAMPLE)
        return verify_live_from(v, first, v->content->inserted);
    bool fine = true;
    for (uint64_t i = 0; fine && i < VERIFY_SAMPLE / VERIFY_BATCH; i++) {
        const uint64_t from = first + keys_random_below(v->content->seed, i, span - VERIFY_BATCH + 1);
        fine = verify_live_from(v, from, from + VERIFY_BATCH);
    }
    return fine;
}

static bool verify_erased(const struct verifier *v)
{
    struct verify_batch batch = {.n = 0};
    const uint64_t span = v->content->gone_end;
    bool fine = true;
    for (uint64_t i = 0; fine && i < VERIFY_SAMPLE && i < span; i++) {
        const uint64_t ordinal = span <= VERIFY_SAMPLE ? i : keys_random_below(v->content->seed, i, span);
        if (!is_alive(v, ordinal))
            verify_add(&batch, v->keys, ordinal);
        fine = find_gathered(v, &batch, true, false);
    }
    return fine && find_gathered(v, &batch, true, true);
}

static bool verify_missing(const struct verifier *v)
{
    struct verify_batch batch = {.n = 0};
    while (batch.n < VERIFY_BATCH)
        verify_add(&batch, v->keys, KEYS_MISSING_ORDINAL + batch.n);
    return find_gathered(v, &batch, true, true);
}

static bool verify_count(const struct verifier *v)
{
    struct table_stats stats = {0};
    v->table->stats(v->self, &stats);
    if (stats.entries != v->content->alive_count)
        snprintf(v->sentence, VERIFY_SENTENCE_BYTES,
                 "the table says it has %" PRIu64 " entries instead of %" PRIu64, stats.entries,
                 v->content->alive_count);
    return stats.entries == v->content->alive_count;
}

bool verify_table(const struct table *table, void *self, const struct keys *keys,
                  const struct verify_content *content, char *sentence)
{
    const struct verifier v = {table, self, keys, content, sentence};
    return !(table->properties & TABLE_VERIFIED) ||
           (verify_live(&v) && verify_erased(&v) && verify_missing(&v) && verify_count(&v));
}
