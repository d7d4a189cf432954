/* SPDX-License-Identifier: MIT
 *
 * Both linear tables with hashes that a good hash never gives: the test inverts table_hash to choose where
 * each key's home is, and checks after every growth, slot by slot, that no entry has an empty slot between
 * its home and its place. With the tables' own options, and with any that they take.
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
#include "tables/testing/shaped_keys.h"

enum { SMALL_CASES = 40000, VARIED_CASES = 15000, KEY_MAX = 4096, FIRST_CAPACITY = 16 };

struct slot {
    uint64_t key;
    uint64_t value;
    uint64_t rest[];
};

struct fixture {
    const struct table *row;
    void *table;
    uint64_t seed;
    struct table_options options; /* with the table's own where the test asked for none */
    struct checked_heap heap;
    uint64_t random_state;
    uint64_t capacity_count;
    uint64_t key_count;
    uint64_t live_count;
    uint64_t keys[KEY_MAX]; /* by ordinal */
    bool live[KEY_MAX];
};

static uint64_t limit_of(const struct fixture *f, uint64_t capacity)
{
    const uint64_t limit = capacity * f->options.load_permille / 1000;
    return limit > 0 ? limit : 1;
}

/* One growth, by the option that is asked for. */
static uint64_t capacity_after(const struct fixture *f, uint64_t capacity)
{
    uint64_t next = capacity * f->options.growth_permille / 1000;
    if (f->options.growth_step_bytes)
        next = capacity + f->options.growth_step_bytes / f->options.entry_bytes;
    return next > capacity ? next : capacity + 1;
}

static void fixture_open(struct fixture *f, const struct table *row, uint64_t seed,
                         struct table_options options)
{
    f->row = row;
    f->seed = seed;
    f->heap = checked_heap(seed, 0);
    f->random_state = seed << 32;
    f->key_count = 0;
    f->live_count = 0;
    options.seed = seed;
    f->table = row->create(&f->heap.heap, &options);
    assert_non_null(f->table);
    if (!options.growth_permille)
        options.growth_permille = 2000;
    if (!options.load_permille)
        options.load_permille = 750;
    if (!options.entry_bytes)
        options.entry_bytes = 16;
    f->options = options;
    f->capacity_count = FIRST_CAPACITY;
    while (limit_of(f, f->capacity_count) < options.reserve_entries)
        f->capacity_count++;
    assert_int_equal(f->heap.live_bytes > f->capacity_count * options.entry_bytes, true);
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
    return stats.capacity_bytes / f->options.entry_bytes;
}

static const struct slot *slot_at(const struct fixture *f, uint64_t i)
{
    return (const struct slot *)(const void *)((const char *)f->heap.last_block + i * f->options.entry_bytes);
}

static bool rest_is_right(const struct fixture *f, const struct slot *slot)
{
    bool right = true;
    for (uint64_t i = 0; i < f->options.entry_bytes / 8 - 2; i++)
        right = right && slot->rest[i] == slot->key + i + 1;
    return right;
}

/* The block of slots is the last that the table took from its heap. */
static void check_invariant(struct fixture *f)
{
    uint64_t entry_count = 0;
    for (uint64_t i = 0; i < f->capacity_count; i++) {
        const uint64_t key = slot_at(f, i)->key;
        if (key == 0)
            continue;
        entry_count++;
        const uint64_t hash = table_hash(key, f->seed);
        uint64_t j = (uint64_t)((unsigned __int128)hash * f->capacity_count >> 64);
        for (; j != i; j = (j + 1) % f->capacity_count)
            if (slot_at(f, j)->key == 0)
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
        if (slot && (slot->key != f->keys[i] || slot->value != i || !rest_is_right(f, slot)))
            fail_msg("entry_address of key %ju is wrong (seed %ju)", (uintmax_t)i, (uintmax_t)f->seed);
    }
}

static void insert_key(struct fixture *f, uint64_t key)
{
    const uint64_t ordinal = f->key_count++;
    const uint64_t limit = limit_of(f, f->capacity_count);
    const bool full = f->live_count == limit;
    while (full && limit_of(f, f->capacity_count) == limit)
        f->capacity_count = capacity_after(f, f->capacity_count);
    uint64_t added = 0;
    f->keys[ordinal] = key;
    f->live[ordinal] = true;
    assert_int_equal(f->row->insert(f->table, &key, ordinal, 1, &added), 0);
    assert_int_equal(added, 1);
    f->live_count++;
    if (capacity_count(f) != f->capacity_count)
        fail_msg("capacity %ju and not %ju after entry %ju (seed %ju)", (uintmax_t)capacity_count(f),
                 (uintmax_t)f->capacity_count, (uintmax_t)f->live_count, (uintmax_t)f->seed);
    if (full) {
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

static void test_inverse(void **state)
{
    (void)state;
    uint64_t random_state = 0;
    for (unsigned i = 0; i < 1000; i++) {
        const uint64_t hash = random_next(&random_state);
        assert_int_equal(table_hash(key_with_hash(hash, i), i), hash);
    }
}

static void small_case(struct fixture *f, uint64_t key_many)
{
    const struct shape shape = random_shape(&f->random_state);
    const uint64_t key_end = f->seed % 512 == 0 ? key_many : 13 + random_below(&f->random_state, 40);
    const uint64_t zero_at = random_below(&f->random_state, 2 * key_end);
    const bool erases = random_below(&f->random_state, 3) == 0;
    while (f->key_count < key_end) {
        insert_key(f, f->key_count == zero_at ? 0 : shaped_key(&shape, &f->random_state, f->seed));
        if (erases && random_below(&f->random_state, 3) == 0) {
            erase_key(f, random_below(&f->random_state, f->key_count));
            check_invariant(f);
        }
    }
    check_lookups(f);
    fixture_close(f);
}

static void test_small_cases(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    for (uint64_t seed = 0; seed < SMALL_CASES; seed++) {
        fixture_open(f, *state, seed, (struct table_options){0});
        small_case(f, 700);
    }
    free(f);
}

/* Of all that a table can be told, more often what makes growth hard: small steps and high loads. */
static struct table_options random_options(uint64_t *state)
{
    static const uint64_t steps[] = {1, 16, 32, 48, 64, 100, 1000, 4096, 10000};
    struct table_options options = {.entry_bytes = UINT64_C(16) << random_below(state, 3)};
    if (random_below(state, 2))
        options.growth_step_bytes = steps[random_below(state, 9)];
    else if (random_below(state, 2))
        options.growth_permille = 1010 + random_below(state, 500);
    else
        options.growth_permille = 1010 + random_below(state, 2991);
    if (random_below(state, 4))
        options.load_permille =
            random_below(state, 2) ? 900 + random_below(state, 91) : 50 + random_below(state, 941);
    if (random_below(state, 4) == 0)
        options.reserve_entries = 1 + random_below(state, 60);
    return options;
}

static void test_varied_cases(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    uint64_t random_state = 0;
    for (uint64_t seed = 1; seed <= VARIED_CASES; seed++) {
        fixture_open(f, *state, seed, random_options(&random_state));
        small_case(f, 200);
    }
    free(f);
}

static void test_capacities(void **state)
{
    static const struct {
        struct table_options options;
        uint64_t capacities[6];
    } cases[] = {
        {{0}, {16, 32, 64, 128, 256, 512}},
        {{.growth_permille = 2000, .load_permille = 750}, {16, 32, 64, 128, 256, 512}},
        {{.growth_permille = 1500}, {16, 24, 36, 54, 81, 121}},
        {{.growth_permille = 1250, .entry_bytes = 64}, {16, 20, 25, 31, 38, 47}},
        {{.growth_permille = 1010}, {16, 18, 19, 20, 22, 23}}, /* 12, 13, 14, 15, 16, 17 entries */
        {{.growth_step_bytes = 64}, {16, 20, 24, 28, 32, 36}},
        {{.growth_step_bytes = 64, .entry_bytes = 32}, {16, 18, 20, 22, 24, 26}},
        {{.growth_step_bytes = 4096, .entry_bytes = 64}, {16, 80, 144, 208, 272, 336}},
        {{.growth_step_bytes = 1, .load_permille = 50}, {16, 40, 60, 80, 100, 120}},
        {{.load_permille = 990}, {16, 32, 64, 128, 256, 512}},
        {{.growth_step_bytes = 16, .load_permille = 990}, {16, 17, 18, 19, 20, 21}},
        {{.reserve_entries = 3}, {16, 32, 64, 128, 256, 512}},
        {{.reserve_entries = 75}, {100, 200, 400, 800, 1600, 3200}},
        {{.reserve_entries = 76, .load_permille = 990}, {77, 154, 308, 616, 1232, 2464}},
    };
    struct fixture *f = calloc(1, sizeof(*f));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture_open(f, *state, i, cases[i].options);
        for (size_t step = 0; step < 6; step++) {
            assert_int_equal(capacity_count(f), cases[i].capacities[step]);
            while (step < 5 && f->capacity_count == cases[i].capacities[step])
                insert_key(f, random_next(&f->random_state));
        }
        fixture_close(f);
    }
    free(f);
}

/* Sizes beyond every address space are no memory, and nothing overflows. */
static void test_too_much(void **state)
{
    const struct table *row = *state;
    struct checked_heap heap = checked_heap(1, 0);
    const struct table_options options[] = {
        {.reserve_entries = UINT64_MAX},
        {.reserve_entries = UINT64_MAX, .load_permille = 50, .entry_bytes = 64},
        {.reserve_entries = UINT64_MAX / 16},
        {.reserve_entries = UINT64_MAX / 64, .entry_bytes = 64},
    };
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        assert_null(row->create(&heap.heap, &options[i]));
    assert_int_equal(heap.live_bytes, 0);
    void *table = row->create(&heap.heap, &(struct table_options){.growth_step_bytes = UINT64_MAX});
    const uint64_t keys[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13};
    uint64_t added = 0;
    assert_int_equal(row->insert(table, keys, 0, 13, &added), ENOMEM);
    assert_int_equal(added, 12);
    row->destroy(table);
    assert_int_equal(heap.live_bytes, 0);
}

/* Homes all in one slot, the worst there is: growth must still end, and soon. */
static void test_one_home(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const uint64_t tops[] = {0, 1, 0x7FF, 0x800, 0xFFE, 0xFFF};
    for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++) {
        fixture_open(f, *state, i, (struct table_options){0});
        while (f->key_count < 1000)
            insert_key(f, key_with_hash(tops[i] << 52 | random_next(&f->random_state) >> 12, f->seed));
        fixture_close(f);
    }
    free(f);
}

static void test_no_memory_within_batch(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    fixture_open(f, *state, 1, (struct table_options){0});
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
        {"linear_rebuild: varied cases", test_varied_cases, NULL, NULL, rebuild},
        {"linear_rebuild: capacities", test_capacities, NULL, NULL, rebuild},
        {"linear_rebuild: too much", test_too_much, NULL, NULL, rebuild},
        {"linear_rebuild: one home", test_one_home, NULL, NULL, rebuild},
        {"linear_inplace: varied cases", test_varied_cases, NULL, NULL, inplace},
        {"linear_inplace: capacities", test_capacities, NULL, NULL, inplace},
        {"linear_inplace: too much", test_too_much, NULL, NULL, inplace},
        {"linear_inplace: one home", test_one_home, NULL, NULL, inplace},
        {"linear_rebuild: no memory within a batch", test_no_memory_within_batch, NULL, NULL, rebuild},
        {"linear_inplace: no memory within a batch", test_no_memory_within_batch, NULL, NULL, inplace},
    };
    return cmocka_run_group_tests_name("linear", tests, NULL, NULL) != 0;
}
