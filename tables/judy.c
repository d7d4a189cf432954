/* SPDX-License-Identifier: MIT
 *
 * judy: JudyL of libJudy 1.0.5, Doug Baskins's digital tree from words to words: no hash and no table, but
 * what people used instead of one. It grows node by node, so there is no rehash, no doubling and no long
 * insert.
 *
 * Needs: libjudy-dev (library Judy Judy.h)
 *
 * A node has up to 256 branches, compressed to the ones in use, and is replaced by one of the next size when
 * it is full; values live in arrays beside the leaves. So an entry moves often, though never far, and its key
 * is spread over the path to it. The shape depends on the keys: random ones, as here, are its middling case,
 * dense ones its best.
 *
 * Allocation: the library calls JudyMalloc and JudyFree, documented for a program to replace; in the archive
 * they are a member of their own, which the definitions below keep out. They know no context, so the table
 * of the call under way stands in a variable of its thread.
 *
 * No memory: Judy.h does not promise that a call that fails leaks nothing, and it does leak. What such a call
 * allocated is remembered, and what the tree then does not give back is freed in `destroy`. Whether the tree
 * is whole is not promised either, so nothing more is inserted or erased: an erase after one that found no
 * memory has given a block back with a wrong size.
 */
#include "table_libraries.h"
#include "tables/table.h"

#ifdef WITH_JUDY

#include <errno.h>
#include <stdbool.h>

#include <Judy.h>

enum { JUDY_RECENT_MAX = 1024 }; /* blocks of one call: a leaf that splits makes up to some 300 */

struct block {
    Pvoid_t address;
    Word_t word_count;
};

struct judy {
    struct heap *heap;
    Pvoid_t tree;
    uint64_t entry_count;
    bool has_failed;
    size_t recent_count;
    struct block
        recent[JUDY_RECENT_MAX]; /* allocated by this call, or by the one that failed; not yet freed */
};

/* See above. Set by each operation that may allocate or free; tables of several threads may work at once. */
static _Thread_local struct judy *table_of_call;

static void begin_call(struct judy *self)
{
    table_of_call = self;
    if (!self->has_failed)
        self->recent_count = 0;
}

Word_t JudyMalloc(Word_t word_count)
{
    struct judy *self = table_of_call;
    Pvoid_t address = heap_alloc(self->heap, word_count * sizeof(Word_t), 2 * sizeof(Word_t), 0);
    if (address && self->recent_count < JUDY_RECENT_MAX)
        self->recent[self->recent_count++] = (struct block){address, word_count};
    return (Word_t)address;
}

void JudyFree(Pvoid_t address, Word_t word_count)
{
    struct judy *self = table_of_call;
    for (size_t i = 0; i < self->recent_count; i++)
        if (self->recent[i].address == address)
            self->recent[i--] = self->recent[--self->recent_count];
    heap_free(self->heap, address, word_count * sizeof(Word_t));
}

/* For blocks that may be swapped out, a distinction without a difference here. */
Word_t JudyMallocVirtual(Word_t word_count)
{
    return JudyMalloc(word_count);
}

void JudyFreeVirtual(Pvoid_t block, Word_t word_count)
{
    JudyFree(block, word_count);
}

static void *judy_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    struct judy *self = heap_alloc(heap, sizeof(*self), _Alignof(struct judy), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap = heap;
    return self;
}

/* JudyLIns does not tell a new entry from an old one whose value is 0; ordinals are stored plus one. */
static int judy_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct judy *self = table;
    uint64_t new_count = 0;
    for (size_t i = 0; i < n && !self->has_failed; i++) {
        begin_call(self);
        PWord_t value = (PWord_t)JudyLIns(&self->tree, keys[i], PJE0);
        if (value == (PWord_t)PPJERR) {
            self->has_failed = true;
            break;
        }
        new_count += *value == 0;
        *value = first_ordinal + i + 1;
    }
    self->entry_count += new_count;
    *added = new_count;
    return self->has_failed ? ENOMEM : 0;
}

static uint64_t judy_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)first_ordinal;
    const struct judy *self = table;
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const Word_t *value = (PWord_t)JudyLGet(self->tree, keys[i], PJE0);
        hit_count += value != NULL;
        value_sum += value ? *value - 1 : 0;
    }
    *sum = value_sum;
    return hit_count;
}

static uint64_t judy_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct judy *self = table;
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n && !self->has_failed; i++) {
        begin_call(self);
        const int outcome =
            JudyLDel(&self->tree, keys[i], PJE0); /* allocates, to replace a node by a smaller */
        self->has_failed = outcome == JERR;
        erased_count += outcome == 1;
    }
    self->entry_count -= erased_count;
    return erased_count;
}

/* Where the value lives. */
static const void *judy_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct judy *self = table;
    return JudyLGet(self->tree, key, PJE0);
}

static void judy_stats(void *table, struct table_stats *stats)
{
    const struct judy *self = table;
    *stats = (struct table_stats){.entries = self->entry_count, .capacity_bytes = JudyLMemUsed(self->tree)};
}

static void judy_destroy(void *table)
{
    struct judy *self = table;
    if (!self)
        return;
    begin_call(self);
    JudyLFreeArray(&self->tree, PJE0);
    for (size_t i = 0; i < self->recent_count; i++)
        heap_free(self->heap, self->recent[i].address, self->recent[i].word_count * sizeof(Word_t));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_judy = {
    .name = "judy",
    .summary = "JudyL: a digital tree of small nodes, grown node by node; hashes nothing",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_SPLIT_ENTRIES,
    .create = judy_create,
    .insert = judy_insert,
    .find = judy_find,
    .erase = judy_erase,
    .entry_address = judy_entry_address,
    .stats = judy_stats,
    .destroy = judy_destroy,
    .version = WITH_JUDY,
};

#else

const struct table table_judy = TABLE_MISSING("judy", "JudyL: a digital tree of small nodes", "libjudy-dev");

#endif
