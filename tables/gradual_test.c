/* SPDX-License-Identifier: MIT
 *
 * The tables that grow without a pause, against a plain reference (tables/testing/model.h): ten million random
 * operations and more a table, while it grows, stays, shrinks to nothing and fills again; keys made to collide where a
 * hash is weak; homes that no good hash gives, by inverting it; and searches in a table as full as it gets. Everything is
 * the same in every run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "tables/testing/checked_heap.h"
#include "tables/testing/gradual.h"
#include "tables/testing/gradual_suite.h"
#include "tables/testing/model.h"

enum {
    SCALE = IS_SANITIZED ? 10 : 1,
    SMALL_RUNS = 1000 / SCALE,
    SMALL_IDS = 2000,
    MIDDLE_RUNS = 20 / SCALE,
    MIDDLE_IDS = 30000,
    LARGE_IDS = 1500000 / SCALE,
    LEAST_OPERATIONS = 10000000 / SCALE,
    CROWDED_RUNS = 10000 / SCALE,
    CROWDED_IDS = 1000,
    ADVERSARIAL_IDS = 300000 / SCALE,
    MULTIPLES_OF_2_48 = 1 << 16,
    FULL_RUNS = 1000 / SCALE,
    FULL_IDS = 5000,
    ABSENT_HOMES = 2000,
};

static const uint64_t TEST_SEED = 0x5EEDu;

extern const struct allocator allocator_mremap;

/* ---- random operations ---- */

/* How the ids of a run's inserts and erases come: any; or in order up, or down, as in a queue and a stack. */
enum order { ORDER_RANDOM, ORDER_UP, ORDER_DOWN, ORDER_COUNT };

struct run {
    struct model model;
    uint64_t random_state;
    enum order order;
    uint64_t insert_cursor, erase_cursor;
    bool may_refuse; /* an insert, memory or not */
    bool refused;
};

/* One that is there, or is not. */
static uint64_t pick(struct run *run, bool there, uint64_t *cursor)
{
    const struct model *m = &run->model;
    for (unsigned tries = 0; run->order == ORDER_RANDOM && tries < 20; tries++) {
        *cursor = random_below(&run->random_state, m->id_end);
        if (model_has(m, *cursor) == there)
            return *cursor;
    }
    const uint64_t step = run->order == ORDER_DOWN ? m->id_end - 1 : 1;
    return *cursor = model_next(m, (*cursor + step) % m->id_end, there, step);
}

/* Mostly keys that are not there, or that are; some of any kind, and some twice in a batch. */
static size_t fill_batch(struct run *run, uint64_t *ids, size_t n, bool there, uint64_t *cursor)
{
    struct model *m = &run->model;
    for (size_t i = 0; i < n; i++) {
        const uint64_t choice = random_below(&run->random_state, 16);
        if (choice == 0)
            ids[i] = random_below(&run->random_state, m->id_end);
        else if (choice == 1 && i > 0)
            ids[i] = ids[random_below(&run->random_state, i)];
        else
            ids[i] = pick(run, there, cursor);
    }
    return n;
}

static size_t batch_size(struct run *run, uint64_t most)
{
    const uint64_t n =
        random_below(&run->random_state, 4) ? 1 + random_below(&run->random_state, TABLE_BATCH_MAX) : 1;
    return n < most ? n : most;
}

static void insert_some(struct run *run, uint64_t most)
{
    uint64_t ids[TABLE_BATCH_MAX];
    const size_t n = fill_batch(run, ids, batch_size(run, most), false, &run->insert_cursor);
    const int error = model_insert(&run->model, ids, n);
    assert_true(!error || run->may_refuse);
    run->refused = error != 0;
}

static void erase_some(struct run *run, uint64_t most)
{
    uint64_t ids[TABLE_BATCH_MAX];
    model_erase(&run->model, ids, fill_batch(run, ids, batch_size(run, most), true, &run->erase_cursor));
}

static void find_some(struct run *run)
{
    uint64_t ids[TABLE_BATCH_MAX];
    const size_t n = batch_size(run, TABLE_BATCH_MAX);
    for (size_t i = 0; i < n; i++)
        ids[i] = random_below(&run->random_state, run->model.id_end);
    model_find(&run->model, ids, n);
    model_check_address(&run->model, ids[0]);
}

/* Three steps forward, one back, until there are `target` entries, or it takes no more. */
static void go_to(struct run *run, uint64_t target)
{
    struct model *m = &run->model;
    const bool goes_up = m->live_count < target;
    run->refused = false;
    while (m->live_count != target && !(goes_up && run->refused)) {
        const bool grows = m->live_count < target;
        const uint64_t missing = grows ? target - m->live_count : m->live_count - target;
        const uint64_t choice = random_below(&run->random_state, 6);
        if (choice < 2)
            find_some(run);
        else if ((choice < 5) == grows)
            insert_some(run, missing);
        else
            erase_some(run, missing);
    }
    model_check_all(m);
}

static void churn(struct run *run, uint64_t operation_count)
{
    const uint64_t end = run->model.operation_count + operation_count;
    while (run->model.operation_count < end) {
        insert_some(run, TABLE_BATCH_MAX);
        erase_some(run, TABLE_BATCH_MAX);
        find_some(run);
    }
    model_check_all(&run->model);
}

/* Returns the operations. */
static uint64_t one_life(struct model model, uint64_t seed, enum order order, bool may_refuse)
{
    struct run run = {.model = model, .random_state = seed, .order = order, .may_refuse = may_refuse};
    const uint64_t id_end = model.id_end;
    assert_true(model_create(&run.model, seed));
    model_check_all(&run.model);
    go_to(&run, id_end / 10 * 9);
    churn(&run, id_end);
    go_to(&run, id_end / 3);
    go_to(&run, id_end);
    churn(&run, id_end / 4);
    go_to(&run, 0);
    go_to(&run, id_end / 2);
    go_to(&run, 0);
    model_destroy(&run.model);
    return run.model.operation_count;
}

/* Small and middle ones on a heap that checks, and moves every block that is resized; a large one on the heap that such
 * tables are made for. */
static void test_random_operations(void **state)
{
    const struct table *row = suite_row(state);
    uint64_t random_state = 0, operation_count = 0;
    for (uint64_t i = 0; i < SMALL_RUNS + MIDDLE_RUNS; i++) {
        struct checked_heap heap = checked_heap(i, 0);
        if (i % 2)
            checked_heap_without_discard(&heap);
        const uint64_t seed = table_hash(i, TEST_SEED);
        const uint64_t id_end = i < MIDDLE_RUNS ? MIDDLE_IDS : 10 + random_below(&random_state, SMALL_IDS);
        uint64_t *keys = suite_keys(id_end, seed);
        operation_count +=
            one_life(model_of(row, &heap.heap, suite_failed, keys, id_end), seed, i % ORDER_COUNT, false);
        assert_int_equal(heap.live_bytes, 0);
        free(keys);
    }
    struct heap *heap = allocator_mremap.open(&(struct allocator_options){0});
    uint64_t *keys = suite_keys(LARGE_IDS, TEST_SEED);
    operation_count +=
        one_life(model_of(row, heap, suite_failed, keys, LARGE_IDS), TEST_SEED, ORDER_RANDOM, false);
    heap->ops->close(heap);
    free(keys);
    assert_true(operation_count >= LEAST_OPERATIONS);
}

/* Crowds of homes: correct all the same, if not fast, and perhaps not all of it. */
static void test_crowded_homes(void **state)
{
    const struct table *row = suite_row(state);
    const bool may_refuse = !((const struct gradual *)*state)->takes_crowds;
    uint64_t keys[CROWDED_IDS], random_state = 0;
    for (uint64_t i = 0; i < CROWDED_RUNS; i++) {
        struct checked_heap heap = checked_heap(i, 0);
        const uint64_t seed = table_hash(i, TEST_SEED);
        const struct shape shape = random_shape(&random_state);
        const uint64_t id_end = i % 64 == 0 ? CROWDED_IDS : 10 + random_below(&random_state, 60);
        for (uint64_t id = 0; id < id_end; id++)
            keys[id] = shaped_key(&shape, &random_state, seed);
        struct model model = model_of(row, &heap.heap, suite_failed, keys, id_end);
        model.migrated_limit = UINT64_MAX / TABLE_BATCH_MAX;
        one_life(model, seed, i % ORDER_COUNT, may_refuse);
        assert_int_equal(heap.live_bytes, 0);
    }
}

/* ---- keys that are not random ---- */

struct costs {
    uint64_t most_migrated;           /* by one operation */
    uint64_t migrated_total;          /* filling and draining */
    uint64_t worst_capacity_permille; /* of the payload, past an eighth of the fill */
};

static struct costs costs_of(const struct table *row, uint64_t *keys, uint64_t id_end)
{
    struct heap *heap = allocator_mremap.open(&(struct allocator_options){0});
    struct model m = model_of(row, heap, suite_failed, keys, id_end);
    struct costs costs = {0};
    m.migrated_limit = 4096; /* what is promised; how it compares is looked at later */
    assert_true(model_create(&m, TEST_SEED));
    for (uint64_t id = 0; id < id_end; id++) {
        assert_int_equal(model_insert(&m, &id, 1), 0);
        struct table_stats stats = {0};
        row->stats(m.table, &stats);
        const uint64_t permille = stats.capacity_bytes * 1000 / ((id + 1) * TABLE_ENTRY_BYTES);
        if (id >= id_end / 8 && permille > costs.worst_capacity_permille)
            costs.worst_capacity_permille = permille;
    }
    model_check_all(&m);
    for (uint64_t id = 0; id < id_end; id++)
        model_erase(&m, &id, 1);
    costs.most_migrated = m.most_migrated;
    costs.migrated_total = m.migrated_entries;
    model_destroy(&m);
    heap->ops->close(heap);
    return costs;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static struct costs costs_of_random_keys(const struct table *row, uint64_t *keys, uint64_t id_end)
{
    struct costs worst = {0};
    for (uint64_t seed = 1; seed <= 3; seed++) {
        for (uint64_t id = 0; id < id_end; id++)
            keys[id] = table_hash(id, seed << 32);
        const struct costs costs = costs_of(row, keys, id_end);
        worst.most_migrated = larger(worst.most_migrated, costs.most_migrated);
        worst.migrated_total = larger(worst.migrated_total, costs.migrated_total);
        worst.worst_capacity_permille = larger(worst.worst_capacity_permille, costs.worst_capacity_permille);
    }
    return worst;
}

static uint64_t half_more(uint64_t count)
{
    return count + count / 2;
}

static void test_adversarial_keys(void **state)
{
    static const struct {
        uint64_t factor, rest;
        uint64_t id_end;
    } progressions[] = {
        {1, 0, ADVERSARIAL_IDS},                          /* sequential */
        {1, UINT64_C(0xABCDEF01) << 32, ADVERSARIAL_IDS}, /* shared high bits */
        {UINT64_C(1) << 32, 0x12345678, ADVERSARIAL_IDS}, /* shared low bits */
        {UINT64_C(1) << 32, 0, ADVERSARIAL_IDS},          /* multiples of a large power of two */
        {UINT64_C(1) << 48, 0, MULTIPLES_OF_2_48},        /* and of all there are of a larger one */
        {UINT64_C(0x9E3779B97F4A7C15), 0,
         ADVERSARIAL_IDS}, /* what a multiplicative hash makes of a sequence */
    };
    const struct table *row = suite_row(state);
    uint64_t *keys = suite_keys(larger(ADVERSARIAL_IDS, MULTIPLES_OF_2_48), TEST_SEED);
    struct costs usual = {0};
    for (size_t i = 0; i < sizeof progressions / sizeof *progressions; i++) {
        const uint64_t id_end = progressions[i].id_end;
        if (i == 0 || id_end != progressions[i - 1].id_end)
            usual = costs_of_random_keys(row, keys, id_end);
        for (uint64_t id = 0; id < id_end; id++)
            keys[id] = id * progressions[i].factor + progressions[i].rest;
        const struct costs costs = costs_of(row, keys, id_end);
        assert_in_range(costs.most_migrated, 0, half_more(usual.most_migrated));
        assert_in_range(costs.migrated_total, 0, half_more(usual.migrated_total));
        assert_in_range(costs.worst_capacity_permille, 0, half_more(usual.worst_capacity_permille));
    }
    free(keys);
}

/* ---- as full as it gets ---- */

/* No memory any more: whatever is refused, every search ends, wherever the home of what is not there. */
static void fill_up(struct model *m, struct checked_heap *heap, uint64_t entry_count)
{
    uint64_t id = 0;
    for (; id < entry_count; id++)
        assert_int_equal(model_insert(m, &id, 1), 0);
    heap->fail_percent = 100;
    for (unsigned refused = 0; refused < 50 && id < m->id_end; id++)
        refused += model_insert(m, &id, 1) != 0;
    model_check_all(m);
    for (uint64_t home = 0; home < ABSENT_HOMES; home++) {
        const uint64_t hash = home > 0 ? home * (UINT64_MAX / ABSENT_HOMES) : UINT64_MAX - 1;
        const uint64_t key = key_with_hash(hash, TEST_SEED);
        uint64_t sum = 0;
        assert_int_equal(m->row->find(m->table, &key, 0, 1, &sum), 0);
        assert_null(m->row->entry_address(m->table, key, 0));
        assert_int_equal(m->row->erase(m->table, &key, 0, 1), 0);
    }
    heap->fail_percent = 0;
    for (id = 0; id < m->id_end; id++)
        assert_int_equal(model_insert(m, &id, 1), 0);
    model_check_all(m);
}

static void test_searches_end(void **state)
{
    const struct table *row = suite_row(state);
    uint64_t *keys = suite_keys(FULL_IDS, TEST_SEED), random_state = 0;
    alarm(100);
    for (unsigned i = 0; i < FULL_RUNS; i++) {
        struct checked_heap heap = checked_heap(1, 0);
        const struct shape shape = random_shape(&random_state);
        const uint64_t id_end = i % 8 ? 300 : FULL_IDS;
        const bool is_crowded = i % 2 && ((const struct gradual *)*state)->takes_crowds;
        for (uint64_t id = 0; id < id_end; id++)
            keys[id] = is_crowded ? shaped_key(&shape, &random_state, TEST_SEED) : model_key(id, TEST_SEED);
        struct model m = model_of(row, &heap.heap, suite_failed, keys, id_end);
        if (is_crowded)
            m.migrated_limit = UINT64_MAX / TABLE_BATCH_MAX;
        assert_true(model_create(&m, TEST_SEED));
        fill_up(&m, &heap, random_below(&random_state, id_end - 50));
        model_destroy(&m);
    }
    alarm(0);
    free(keys);
}

int main(void)
{
    static const struct suite_kind kinds[] = {
        {"random operations", test_random_operations},
        {"crowded homes", test_crowded_homes},
        {"adversarial keys", test_adversarial_keys},
        {"searches end", test_searches_end},
    };
    return suite_run("gradual", kinds, sizeof kinds / sizeof *kinds);
}
