/* SPDX-License-Identifier: MIT
 *
 * The invariants of dense_index.h, line by line, in a table that grows and shrinks; also in the layout for
 * 2^32 records and more, by including the index with another border between the layouts. What every table
 * that grows without a pause must do is tested elsewhere (gradual_*_test.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint64_t narrow_end;
#define DENSE_NARROW_END narrow_end

/* clang-format off */
#include "tables/dense_generation.c"
#include "tables/dense_index.c"
#include "tables/dense.c"
/* clang-format on */

#include "tables/testing/gradual.h"
#include "tables/testing/model.h"

enum { SCALE = IS_SANITIZED ? 10 : 1, SMALL_IDS = 3000, LARGE_IDS = 1300000 / SCALE, ROUNDS = 3 };

static const uint64_t TEST_SEED = 0x5EEDu;

extern const struct allocator allocator_mremap;

static void test_failed(void)
{
    fail();
}

/* Of what lives in this slot. Counts it at its home, if it is a guest. */
static void check_slot(const struct dense *self, const struct dense_generation *generation, uint64_t at,
                       unsigned slot, uint32_t *away)
{
    const struct dense_line *line = dense_line_at(generation, at);
    const struct entry *entry = dense_entry(&self->entries, dense_record(generation, line, slot));
    const uint64_t hash = table_hash(entry->key, self->seed);
    assert_ptr_equal(dense_generation_of(&self->index, hash), generation);
    const uint8_t tag = tag_of(hash >> generation->tag_shift);
    assert_int_equal(line->tags[slot], tag);
    const uint64_t home = dense_home(generation, hash);
    if (generation->tells_homes) {
        uint64_t last = 0;
        const uint64_t line_hash = dense_first_hash(generation, home);
        const uint64_t least = hash_told(generation, line, slot, line_hash, &last);
        assert_true(least <= hash && hash <= last);
    }
    assert_int_equal(dense_guests(line) >> slot & 1, home != at);
    if (home == at)
        return;
    away[home]++;
    assert_true(dense_line_at(generation, home)->overflow & dense_filter_bit(tag));
    assert_in_range(at >= home ? at - home : at + generation->line_count - home, 1, generation->farthest);
    uint64_t probe = 1;
    while (dense_probe(generation, home, probe) != at)
        probe++;
    assert_in_range(probe, 1, dense_reach(generation, dense_line_at(generation, home)));
}

static void check_generation(const struct dense *self, const struct dense_generation *generation)
{
    uint32_t *away = calloc(generation->line_count, sizeof(*away));
    assert_non_null(away);
    uint64_t entry_count = 0;
    uint64_t slot_total = 0;
    for (uint64_t i = 0; i < generation->line_count; i++) {
        const struct dense_line *line = dense_line_or_null(generation, i);
        if (!line)
            continue;
        slot_total += generation->slot_count;
        const uint32_t taken = ~dense_match(line, 0) & ((1u << DENSE_LINE_SLOTS) - 1);
        assert_int_equal(taken & ~generation->slot_mask, 0);
        assert_int_equal(dense_guests(line) & ~taken, 0);
        for (uint32_t left = taken; left; left &= left - 1, entry_count++)
            check_slot(self, generation, i, (unsigned)__builtin_ctz(left), away);
    }
    assert_int_equal(entry_count, generation->entry_count);
    assert_int_equal(slot_total, generation->slot_total);
    for (uint64_t i = 0; i < generation->line_count; i++) {
        const struct dense_line *line = dense_line_or_null(generation, i);
        const uint32_t overflow = line ? line->overflow : 0;
        assert_int_equal(overflow >> DENSE_COUNT_SHIFT & DENSE_COUNT_MAX, away[i]);
        assert_true(away[i] || !(overflow & DENSE_AWAY_MASK));
    }
    free(away);
}

static void check_invariants(const struct model *m)
{
    const struct dense *self = m->table;
    uint64_t entry_count = 0;
    for (unsigned i = 0; i < 2; i++) {
        const struct dense_generation *generation = &self->index.generations[i];
        if (generation->slabs)
            check_generation(self, generation);
        entry_count += generation->entry_count;
    }
    assert_int_equal(entry_count, self->index.entry_count);
    assert_in_range(entry_count, 0, self->index.entry_limit);
}

/* Grows to all ids and shrinks to none, a few times, with a look at every 1/16 of the way. */
static void check_rounds(uint64_t id_end, unsigned rounds, uint64_t end_of_narrow)
{
    narrow_end = end_of_narrow;
    struct heap *heap = allocator_mremap.open(&(struct allocator_options){0});
    assert_non_null(heap);
    uint64_t *keys = malloc(id_end * sizeof(*keys));
    assert_non_null(keys);
    for (uint64_t id = 0; id < id_end; id++)
        keys[id] = model_key(id, TEST_SEED);
    struct model m = model_of(&table_dense, heap, test_failed, keys, id_end);
    assert_true(model_create(&m, TEST_SEED));
    for (unsigned round = 0; round < 2 * rounds; round++) {
        uint64_t next_check = 0;
        for (uint64_t id = 0; id < id_end; id++) {
            if (round % 2 == 0)
                assert_int_equal(model_insert(&m, &id, 1), 0);
            else
                model_erase(&m, &id, 1);
            if (id < next_check)
                continue;
            check_invariants(&m);
            next_check += id_end / 16;
        }
        check_invariants(&m);
        model_check_all(&m);
    }
    model_destroy(&m);
    heap->ops->close(heap);
    free(keys);
}

static void test_narrow(void **state)
{
    (void)state;
    check_rounds(SMALL_IDS, ROUNDS, (uint64_t)1 << 32);
    check_rounds(LARGE_IDS, 1, (uint64_t)1 << 32);
}

/* Narrow generations and wide ones, one after the other, both ways. */
static void test_wide(void **state)
{
    (void)state;
    check_rounds(SMALL_IDS, ROUNDS, (uint64_t)1 << DENSE_OCTAVE);
    check_rounds(LARGE_IDS, 1, (uint64_t)1 << DENSE_OCTAVE);
    check_rounds(LARGE_IDS, 1, (uint64_t)9 << (DENSE_OCTAVE - 3));
    check_rounds(LARGE_IDS, 1, (uint64_t)2 << DENSE_OCTAVE); /* lines of a wide neighbour among the narrow */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_wide),
    };
    return cmocka_run_group_tests_name("dense", tests, NULL, NULL);
}
