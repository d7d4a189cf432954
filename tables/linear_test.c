/* SPDX-License-Identifier: MIT
 *
 * Both linear tables with hashes that a good hash never gives: the test inverts table_hash to choose where
 * each key's home is, and checks after every growth, slot by slot, that no entry has an empty slot between
 * its home and its place.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "tables/table.h"
#include "tables/testing/checked_heap.h"

enum { SMALL_CASES = 100000, KEY_MAX = 4096, FIRST_CAPACITY = 16 };

struct slot {
    uint64_t key;
    uint64_t value;
};

struct fixture {
    const struct table *row;
    void *table;
    uint64_t seed;
    struct checked_heap heap;
    uint64_t random_state;
    uint64_t capacity_count;
    uint64_t key_count;
    uint64_t live_count;
    uint64_t keys[KEY_MAX]; /* by ordinal */
    bool live[KEY_MAX];
};

/* The x with x * factor = 1 modulo 2^64, for an odd factor: Newton, doubling the right bits from 3 on. */
static uint64_t inverse_factor(uint64_t factor)
{
    uint64_t x = factor;
    for (unsigned right_bits = 3; right_bits < 64; right_bits *= 2)
        x *= 2 - factor * x;
    return x;
}

static uint64_t key_with_hash(uint64_t hash, uint64_t seed)
{
    uint64_t x = hash ^ (hash >> 27) ^ (hash >> 54);
    x *= inverse_factor(0x1C69B3F74AC4AE35u);
    x ^= x >> 33;
    x *= inverse_factor(0x3C79AC492BA7B653u);
    x ^= (x >> 27) ^ (x >> 54);
    return x ^ seed;
}

static void fixture_open(struct fixture *f, const struct table *row, uint64_t seed)
{
    f->row = row;
    f->seed = seed;
    f->heap = checked_heap(seed, 0);
    f->random_state = seed << 32;
    f->key_count = 0;
    f->live_count = 0;
    f->capacity_count = FIRST_CAPACITY;
    f->table = row->create(&f->heap.heap, &(struct table_options){.seed = seed});
    assert_non_null(f->table);
}

static void fixture_close(struct fixture *f)
{
    f->row->destroy(f->table);
    assert_int_equal(f->heap.live_bytes, 0);
}

static uint64_t capacity_count(struct fixture *f)
{
    struct table_stats stats = {0};
    f->row->stats(f->table, &stats);
    assert_int_equal(stats.entries, f->live_count);
    return stats.capacity_bytes / sizeof(struct slot);
}

/* The block of slots is the last that the table took from its heap. */
static void check_invariant(struct fixture *f)
{
    const struct slot *slots = f->heap.last_block;
    const uint64_t mask = f->capacity_count - 1;
    const unsigned shift = 64 - (unsigned)__builtin_ctzll(f->capacity_count);
    uint64_t entry_count = 0;
    for (uint64_t i = 0; i <= mask; i++) {
        if (slots[i].key == 0)
            continue;
        entry_count++;
        for (uint64_t j = table_hash(slots[i].key, f->seed) >> shift; j != i; j = (j + 1) & mask)
            if (slots[j].key == 0)
                fail_msg("capacity %ju: slot %ju is empty on the path to slot %ju (seed %ju)",
                         (uintmax_t)f->capacity_count, (uintmax_t)j, (uintmax_t)i, (uintmax_t)f->seed);
    }
    assert_in_range(entry_count + 1, f->live_count, f->live_count + 1); /* key 0 lives aside */
}

static void check_lookups(struct fixture *f)
{
    for (uint64_t i = 0; i < f->key_count; i++) {
        const struct slot *slot = f->row->entry_address(f->table, f->keys[i], i);
        uint64_t sum = UINT64_MAX;
        const uint64_t hit_count = f->row->find(f->table, &f->keys[i], i, 1, &sum);
        if (hit_count != f->live[i] || sum != (f->live[i] ? i : 0) || (slot != NULL) != f->live[i])
            fail_msg("key %ju of %ju is lost (seed %ju)", (uintmax_t)i, (uintmax_t)f->key_count,
                     (uintmax_t)f->seed);
        if (slot && (slot->key != f->keys[i] || slot->value != i))
            fail_msg("entry_address of key %ju is wrong (seed %ju)", (uintmax_t)i, (uintmax_t)f->seed);
    }
}

static void insert_key(struct fixture *f, uint64_t key)
{
    const uint64_t ordinal = f->key_count++;
    const bool full = f->live_count == f->capacity_count / 4 * 3;
    uint64_t added = 0;
    f->keys[ordinal] = key;
    f->live[ordinal] = true;
    assert_int_equal(f->row->insert(f->table, &key, ordinal, 1, &added), 0);
    assert_int_equal(added, 1);
    f->live_count++;
    if (capacity_count(f) != f->capacity_count << full)
        fail_msg("capacity %ju after entry %ju", (uintmax_t)capacity_count(f), (uintmax_t)f->live_count);
    if (full) {
        f->capacity_count *= 2;
        check_invariant(f);
        check_lookups(f);
    }
}

static void erase_key(struct fixture *f, uint64_t ordinal)
{
    assert_int_equal(f->row->erase(f->table, &f->keys[ordinal], ordinal, 1), f->live[ordinal]);
    f->live_count -= f->live[ordinal];
    f->live[ordinal] = false;
}

/* Homes on a grid of 2^grid_bits: one of up to four centres, and up to `spread` above it, with wrap. */
struct shape {
    unsigned grid_bits;
    uint64_t centre_count;
    uint64_t centres[4];
    uint64_t spread;
};

static struct shape random_shape(uint64_t *state)
{
    struct shape shape = {.grid_bits = 4 + (unsigned)random_below(state, 5)};
    const uint64_t grid = UINT64_C(1) << shape.grid_bits;
    shape.centre_count = 1 + random_below(state, 4);
    for (uint64_t i = 0; i < shape.centre_count; i++) {
        const uint64_t special[] = {0, 1, grid - 1, grid - 2, grid / 2, grid / 2 - 1};
        const uint64_t choice = random_below(state, 12);
        shape.centres[i] = choice < 6 ? special[choice] : random_below(state, grid);
    }
    const uint64_t spreads[] = {1, 1, 2, 3, 5, grid / 4, grid / 2, grid};
    shape.spread = spreads[random_below(state, 8)];
    return shape;
}

static uint64_t shaped_key(struct fixture *f, const struct shape *shape)
{
    const uint64_t centre = shape->centres[random_below(&f->random_state, shape->centre_count)];
    const uint64_t home = centre + random_below(&f->random_state, shape->spread);
    const uint64_t low_bits = random_next(&f->random_state) >> shape->grid_bits;
    return key_with_hash(home << (64 - shape->grid_bits) | low_bits, f->seed);
}

static void test_inverse(void **state)
{
    (void)state;
    uint64_t random_state = 0;
    for (unsigned i = 0; i < 1000; i++) {
        const uint64_t hash = random_next(&random_state);
        assert_int_equal(table_hash(key_with_hash(hash, i), i), hash);
    }
}

static void test_small_cases(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    for (uint64_t seed = 0; seed < SMALL_CASES; seed++) {
        fixture_open(f, *state, seed);
        const struct shape shape = random_shape(&f->random_state);
        const uint64_t key_end = seed % 512 == 0 ? 700 : 13 + random_below(&f->random_state, 40);
        const uint64_t zero_at = random_below(&f->random_state, 2 * key_end);
        const bool erases = random_below(&f->random_state, 3) == 0;
        while (f->key_count < key_end) {
            insert_key(f, f->key_count == zero_at ? 0 : shaped_key(f, &shape));
            if (erases && random_below(&f->random_state, 3) == 0) {
                erase_key(f, random_below(&f->random_state, f->key_count));
                check_invariant(f);
            }
        }
        check_lookups(f);
        fixture_close(f);
    }
    free(f);
}

/* Homes all in one slot, the worst there is: growth must still end, and soon. */
static void test_one_home(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const uint64_t tops[] = {0, 1, 0x7FF, 0x800, 0xFFE, 0xFFF};
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
        fixture_open(f, *state, i);
        while (f->key_count < 1000)
            insert_key(f, key_with_hash(tops[i] << 52 | random_next(&f->random_state) >> 12, f->seed));
        fixture_close(f);
    }
    free(f);
}

static void test_no_memory_within_batch(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    fixture_open(f, *state, 1);
    for (uint64_t i = 0; i < TABLE_BATCH_MAX; i++)
        f->keys[i] = i;
    f->heap.fail_percent = 100;
    uint64_t added = 0;
    assert_int_equal(f->row->insert(f->table, f->keys, 0, TABLE_BATCH_MAX, &added), ENOMEM);
    assert_int_equal(added, FIRST_CAPACITY / 4 * 3);
    f->key_count = TABLE_BATCH_MAX;
    f->live_count = added;
    memset(f->live, true, added);
    check_lookups(f);
    check_invariant(f);
    assert_int_equal(f->row->insert(f->table, f->keys, 0, added, &added), 0); /* known keys need no memory */
    assert_int_equal(added, 0);
    f->heap.fail_percent = 0;
    assert_int_equal(f->row->insert(f->table, f->keys, 0, TABLE_BATCH_MAX, &added), 0);
    assert_int_equal(added, TABLE_BATCH_MAX - FIRST_CAPACITY / 4 * 3);
    f->live_count = TABLE_BATCH_MAX;
    memset(f->live, true, TABLE_BATCH_MAX);
    f->capacity_count = capacity_count(f);
    check_lookups(f);
    check_invariant(f);
    fixture_close(f);
    free(f);
}

extern const struct table table_linear_rebuild;
extern const struct table table_linear_inplace;

int main(void)
{
    void *const rebuild = (void *)(uintptr_t)&table_linear_rebuild;
    void *const inplace = (void *)(uintptr_t)&table_linear_inplace;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inverse),
        {"linear_rebuild: small cases", test_small_cases, NULL, NULL, rebuild},
        {"linear_inplace: small cases", test_small_cases, NULL, NULL, inplace},
        {"linear_rebuild: one home", test_one_home, NULL, NULL, rebuild},
        {"linear_inplace: one home", test_one_home, NULL, NULL, inplace},
        {"linear_rebuild: no memory within a batch", test_no_memory_within_batch, NULL, NULL, rebuild},
        {"linear_inplace: no memory within a batch", test_no_memory_within_batch, NULL, NULL, inplace},
    };
    return cmocka_run_group_tests_name("linear", tests, NULL, NULL) != 0;
}
