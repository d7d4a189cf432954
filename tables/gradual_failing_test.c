/* SPDX-License-Identifier: MIT
 *
 * The tables that grow without a pause, when memory ends: a life of filling, erasing and filling again is lived once to
 * count its calls of the heap, and then as often again, with each call in turn failing; alone, and with all that come
 * after it until the table says ENOMEM. Whatever failed, the table must be whole (tables/testing/model.h), work on
 * without memory, and take everything once there is memory again. And lives in which memory comes and goes, whatever the
 * table is just about.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tables/testing/checked_heap.h"
#include "tables/testing/gradual_suite.h"
#include "tables/testing/model.h"

enum {
    ENTRIES = IS_SANITIZED ? 10000 : 50000,
    SMALL_ENTRIES = 2500, /* where chance has a say in what is asked for when */
    SMALL_LIVES = IS_SANITIZED ? 10 : 100,
    EXTRA_IDS = 100,
    LEFT_SHARE = 10,
    REFUSALS = 50,
    WEATHER_RUNS = IS_SANITIZED ? 60 : 600,
    WEATHER_IDS = 6000,
    WEATHER_CHANGES = 40,
};

static const uint64_t TEST_SEED = 0x5EEDu;

/* How long a failure lasts. */
enum duration { ONE_CALL, UNTIL_NOTICED };

struct life {
    struct model model;
    struct checked_heap heap;
    enum duration duration;
    uint64_t entry_count;
    uint64_t failure_count; /* when last looked at */
};

static size_t range(uint64_t *ids, uint64_t first, uint64_t end)
{
    size_t n = 0;
    for (; n < 1 + first % TABLE_BATCH_MAX && first + n < end; n++)
        ids[n] = first + n;
    return n;
}

/* A failure that was not told must not have done harm either. */
static void look(struct life *life)
{
    if (life->heap.failure_count != life->failure_count && life->duration == ONE_CALL)
        model_check_all(&life->model);
    life->failure_count = life->heap.failure_count;
}

/* Erases much, and then fills the table as far as it goes: that leaves it behind with whatever it does step by step. */
static void live_without_memory(struct life *life)
{
    struct model *m = &life->model;
    const uint64_t left_count = m->live_count / 3;
    for (uint64_t id = 0; m->live_count > left_count; id++)
        model_erase(m, &id, 1);
    model_check_all(m);
    uint64_t ids[TABLE_BATCH_MAX];
    unsigned refused_count = 0;
    size_t n = 0;
    for (uint64_t id = 0; id < m->id_end && refused_count < REFUSALS; id += n) {
        n = refused_count % 2 ? 1 : range(ids, id, m->id_end);
        ids[0] = id;
        refused_count += model_insert(m, ids, n) != 0;
    }
    model_check_all(m);
}

static void insert_ids(struct life *life, uint64_t id_end)
{
    struct model *m = &life->model;
    uint64_t ids[TABLE_BATCH_MAX];
    size_t n = 0;
    for (uint64_t id = 0; id < id_end; id += n) {
        n = range(ids, id, id_end);
        const uint64_t failures_before = life->heap.failure_count;
        const bool may_refuse = checked_next_fails(&life->heap); /* it need not ask again */
        const int error = model_insert(m, ids, n);
        assert_true(!error || may_refuse || life->heap.failure_count > failures_before);
        look(life);
        if (!error)
            continue;
        model_check_all(m);
        if (life->duration == UNTIL_NOTICED)
            live_without_memory(life);
        life->heap.fail_end = 0;
        for (uint64_t again = 0; again < id; again++)
            if (!model_has(m, again))
                assert_int_equal(model_insert(m, &again, 1), 0);
        assert_int_equal(model_insert(m, ids, n), 0);
    }
}

static void erase_ids(struct life *life, uint64_t id_end)
{
    uint64_t ids[TABLE_BATCH_MAX];
    size_t n = 0;
    for (uint64_t id = 0; id < id_end; id += n) {
        n = range(ids, id, id_end);
        model_erase(&life->model, ids, n);
        look(life);
    }
    model_check_all(&life->model);
}

/* Returns the calls of the heap that could have failed. */
static uint64_t live(struct life *life, const struct table *row, uint64_t *keys, uint64_t seed)
{
    life->model = model_of(row, &life->heap.heap, suite_failed, keys, life->entry_count + EXTRA_IDS);
    if (!model_create(&life->model, seed)) {
        assert_true(life->heap.failure_count > 0);
        assert_int_equal(life->heap.live_bytes, 0);
        life->heap.fail_end = 0;
        assert_true(model_create(&life->model, seed));
    }
    insert_ids(life, life->entry_count);
    erase_ids(life, life->entry_count - life->entry_count / LEFT_SHARE);
    insert_ids(life, life->entry_count);
    erase_ids(life, life->entry_count);
    model_destroy(&life->model);
    assert_int_equal(life->heap.live_bytes, 0);
    return life->heap.call_count;
}

static void live_with_each_failure(const struct table *row, uint64_t entry_count, uint64_t seed)
{
    uint64_t *keys = suite_keys(entry_count + EXTRA_IDS, seed);
    struct life life = {.heap = checked_heap(1, 0), .entry_count = entry_count};
    const uint64_t call_count = live(&life, row, keys, seed);
    assert_true(call_count > 2);
    for (uint64_t call = 0; call < call_count; call++)
        for (enum duration duration = ONE_CALL; duration <= UNTIL_NOTICED; duration++) {
            life =
                (struct life){.heap = checked_heap(1, 0), .entry_count = entry_count, .duration = duration};
            life.heap.fail_from = call;
            life.heap.fail_end = duration == ONE_CALL ? call + 1 : UINT64_MAX;
            live(&life, row, keys, seed);
            assert_true(life.heap.failure_count > 0);
        }
    free(keys);
}

static void test_each_call_fails(void **state)
{
    const struct table *row = suite_row(state);
    live_with_each_failure(row, ENTRIES, TEST_SEED);
    for (uint64_t i = 0; i < SMALL_LIVES; i++)
        live_with_each_failure(row, SMALL_ENTRIES / 2 + i * SMALL_ENTRIES / 2 / SMALL_LIVES,
                               table_hash(i, TEST_SEED));
}

/* ---- memory that comes and goes ---- */

/* Much of one thing, so that the table moves on while memory stays as it is. */
static void work(struct model *m, const struct checked_heap *heap, uint64_t *random_state)
{
    const bool inserts = random_below(random_state, 3) > 0;
    const uint64_t most = random_below(random_state, 2) ? TABLE_BATCH_MAX : 1;
    uint64_t left = random_below(random_state, m->id_end / 2), id = random_below(random_state, m->id_end);
    while (left > 0) {
        uint64_t ids[TABLE_BATCH_MAX];
        const size_t n = 1 + random_below(random_state, left < most ? left : most);
        for (size_t i = 0; i < n; i++)
            ids[i] = id = (id + 1) % m->id_end;
        if (inserts)
            assert_true(model_insert(m, ids, n) == 0 || heap->fail_percent > 0);
        else
            model_erase(m, ids, n);
        left -= n;
    }
}

static void test_weather(void **state)
{
    static const unsigned fail_percents[] = {0, 0, 30, 100, 100};
    const struct table *row = suite_row(state);
    uint64_t random_state = 0;
    for (uint64_t run = 0; run < WEATHER_RUNS; run++) {
        struct checked_heap heap = checked_heap(run, 0);
        const uint64_t seed = table_hash(run, TEST_SEED);
        const uint64_t id_end = 1 + random_below(&random_state, WEATHER_IDS);
        uint64_t *keys = suite_keys(id_end, seed);
        struct model m = model_of(row, &heap.heap, suite_failed, keys, id_end);
        assert_true(model_create(&m, seed));
        for (unsigned change = 0; change < WEATHER_CHANGES; change++) {
            heap.fail_percent = fail_percents[random_below(&random_state, 5)];
            work(&m, &heap, &random_state);
        }
        model_check_all(&m);
        model_destroy(&m);
        assert_int_equal(heap.live_bytes, 0);
        free(keys);
    }
}

int main(void)
{
    static const struct suite_kind kinds[] = {{"each call fails", test_each_call_fails},
                                              {"memory comes and goes", test_weather}};
    return suite_run("gradual_failing", kinds, sizeof kinds / sizeof *kinds);
}
