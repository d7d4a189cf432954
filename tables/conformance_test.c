/* SPDX-License-Identifier: MIT
 *
 * What table.h promises, tested for every table of the registry and for the shared libraries that the
 * environment variable GROWBENCH_TEST_PLUGINS names (paths, separated by colons).
 *
 * Random operations run against a plain reference: keys are numbered from 0 (the *id*), and the reference
 * holds for each id its value, or that it is not there. Everything is the same in every run.
 *
 * A row that takes options goes through most of it again with each of `variations` that it takes; fewer runs
 * and entries, as some of them grow a thousand times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "tables/table.h"
#include "tables/testing/checked_heap.h"

enum {
    KEY_MAX = 20000,
    TEST_MAX = 1024,
    RUNS = 60,
    VARIED_KEY_MAX = 3000,
    VARIED_RUNS = 3,
    COPIED_KEY_MAX = 500,
    CREATE_TRIES = 50
};

static const uint64_t ABSENT = UINT64_MAX;
static const uint64_t TEST_SEED = 0x5EEDu;

/* What a test is about. */
struct subject {
    const struct table *row;
    struct table_options options;
    uint64_t runs;
    uint64_t id_end; /* a fill of many operations ends here */
};

static const struct variation {
    const char *name;
    struct table_options options;
} variations[] = {
    {"growth 1.5", {.growth_permille = 1500}},
    {"growth 1.25", {.growth_permille = 1250}},
    {"growth 1.01", {.growth_permille = 1010}},
    {"steps of 64 bytes", {.growth_step_bytes = 64}},
    {"steps of 4096 bytes", {.growth_step_bytes = 4096}},
    {"load 0.5", {.load_permille = 500}},
    {"load 0.9", {.load_permille = 900}},
    {"32 bytes", {.entry_bytes = 32}},
    {"64 bytes", {.entry_bytes = 64}},
    {"1000 reserved", {.reserve_entries = 1000}},
    {"all reserved", {.reserve_entries = KEY_MAX}},
    {"more reserved", {.reserve_entries = KEY_MAX + 1}},
    {"growth 1.25, 32 bytes, 100 reserved",
     {.growth_permille = 1250, .entry_bytes = 32, .reserve_entries = 100}},
    {"growth 1.01, load 0.99, 64 bytes", {.growth_permille = 1010, .load_permille = 990, .entry_bytes = 64}},
    {"steps of a byte, load 0.05, 32 bytes",
     {.growth_step_bytes = 1, .load_permille = 50, .entry_bytes = 32}},
};

struct fixture {
    const struct subject *subject;
    const struct table *row;
    void *table;
    struct checked_heap heap;
    uint64_t random_state;
    uint64_t next_ordinal;
    uint64_t id_count;   /* ids used so far */
    uint64_t live_count; /* of these in the table */
    uint64_t keys[KEY_MAX];
    uint64_t values[KEY_MAX];            /* by id; or ABSENT */
    const void *addresses[KEY_MAX];      /* by id, noted at insertion; for STABLE_ADDRESS */
    uint64_t rest_sums[KEY_MAX];         /* by id, noted at insertion */
    uint64_t batch_ids[TABLE_BATCH_MAX]; /* of the batch under way */
    uint64_t batch_keys[TABLE_BATCH_MAX];
};

static bool has(const struct fixture *f, unsigned property)
{
    return (f->row->properties & property) != 0;
}

static bool is_registered(const struct table *row)
{
    const struct table *const *known = table_registry;
    while (*known && *known != row)
        known++;
    return *known != NULL;
}

/* All keys differ: the hash is a bijection, and the special ones are not hashes of small numbers. */
static uint64_t key_of_id(uint64_t id)
{
    switch (id) {
    case 3:
        return 0;
    case 5:
        return UINT64_MAX;
    case 7:
        return TEST_SEED; /* hashes to 0 */
    case 9:
        return 1;
    default:
        return table_hash(id, 0xC0FFEEu);
    }
}

static struct fixture *fixture_create(const struct subject *subject, uint64_t seed, unsigned fail_percent)
{
    const struct table *row = subject->row;
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    f->subject = subject;
    f->row = row;
    f->heap = checked_heap(seed, fail_percent);
    f->random_state = seed << 32;
    for (uint64_t id = 0; id < KEY_MAX; id++) {
        f->keys[id] = key_of_id(id);
        f->values[id] = ABSENT;
    }
    for (unsigned tries = 0; !f->table; tries++) {
        if (tries == CREATE_TRIES) /* what takes many blocks would hardly ever get them all */
            f->heap.fail_percent = 0;
        f->table = row->create(&f->heap.heap, &subject->options);
        if (!f->table) {
            assert_true(fail_percent > 0);
            row->destroy(NULL);
            assert_int_equal(f->heap.live_bytes, 0);
        }
    }
    f->heap.fail_percent = fail_percent;
    return f;
}

static void fixture_destroy(struct fixture *f)
{
    f->row->destroy(f->table);
    assert_int_equal(f->heap.live_bytes, 0);
    free(f);
}

static void check_stats(struct fixture *f)
{
    struct table_stats stats = {0};
    f->row->stats(f->table, &stats);
    assert_int_equal(stats.entries, f->live_count);
    const uint64_t least_bytes = f->live_count * f->subject->options.entry_bytes;
    assert_in_range(stats.capacity_bytes, least_bytes, f->heap.live_bytes);
}

/* Of the words behind key and value, where the entry was asked to have some. */
static uint64_t rest_sum(const struct fixture *f, const uint64_t *entry)
{
    uint64_t sum = 0;
    for (size_t i = 2; entry && i < f->subject->options.entry_bytes / sizeof(*entry); i++)
        sum = sum * 3 + entry[i];
    return sum;
}

static void check_address(struct fixture *f, uint64_t id, uint64_t ordinal)
{
    const uint64_t *entry = f->row->entry_address(f->table, f->keys[id], ordinal);
    if (f->values[id] == ABSENT) {
        assert_null(entry);
        return;
    }
    if (!has(f, TABLE_KEYED))
        assert_null(f->row->entry_address(f->table, f->keys[id] + 1, ordinal));
    if (has(f, TABLE_STABLE_ADDRESS)) {
        assert_non_null(entry);
        assert_ptr_equal(entry, f->addresses[id]);
    }
    if (entry && !has(f, TABLE_SPLIT_ENTRIES)) {
        assert_int_equal(entry[0], f->keys[id]);
        if (is_registered(f->row)) /* how others keep their value is theirs */
            assert_int_equal(entry[1], f->values[id]);
        assert_int_equal(rest_sum(f, entry), f->rest_sums[id]);
    }
}

/* Notes the batch's first `n` as inserted, and returns how many are new. */
static uint64_t note_inserted(struct fixture *f, size_t n)
{
    uint64_t new_count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t id = f->batch_ids[i];
        const bool is_new = f->values[id] == ABSENT;
        f->values[id] = f->next_ordinal++;
        new_count += is_new;
        const void *address = f->row->entry_address(f->table, f->keys[id], f->values[id]);
        if (is_new)
            f->addresses[id] = address;
        f->rest_sums[id] = rest_sum(f, address);
    }
    f->live_count += new_count;
    return new_count;
}

/* Fresh keys; of a keyed table also some that are there already, or were erased, even twice in one batch. */
static void insert_some(struct fixture *f, bool only_fresh)
{
    size_t n = 1 + random_below(&f->random_state, TABLE_BATCH_MAX);
    if (n > KEY_MAX - f->id_count)
        n = KEY_MAX - f->id_count;
    for (size_t i = 0; i < n; i++) {
        const bool fresh = only_fresh || f->id_count == 0 || random_below(&f->random_state, 4) != 0;
        f->batch_ids[i] = fresh ? f->id_count++ : random_below(&f->random_state, f->id_count);
        f->batch_keys[i] = f->keys[f->batch_ids[i]];
    }
    uint64_t added = ABSENT;
    assert_int_equal(f->row->insert(f->table, f->batch_keys, f->next_ordinal, n, &added), 0);
    assert_int_equal(added, note_inserted(f, n));
}

static void check_find(struct fixture *f, uint64_t first_ordinal, size_t n)
{
    uint64_t hit_count = 0;
    uint64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t id = f->batch_ids[i];
        const bool hit = f->values[id] != ABSENT && f->batch_keys[i] == f->keys[id];
        hit_count += hit;
        sum += hit ? f->values[id] : 0;
    }
    uint64_t found_sum = ABSENT;
    assert_int_equal(f->row->find(f->table, f->batch_keys, first_ordinal, n, &found_sum), hit_count);
    assert_int_equal(found_sum, sum);
}

static void find_some(struct fixture *f)
{
    const size_t n = 1 + random_below(&f->random_state, TABLE_BATCH_MAX);
    const uint64_t first = random_below(&f->random_state, KEY_MAX - n);
    for (size_t i = 0; i < n; i++) {
        const bool likely_hit = f->id_count > 0 && random_below(&f->random_state, 4) != 0;
        const uint64_t id = random_below(&f->random_state, likely_hit ? f->id_count : KEY_MAX);
        f->batch_ids[i] = has(f, TABLE_KEYED) ? id : first + i;
        f->batch_keys[i] = f->keys[f->batch_ids[i]];
        if (!has(f, TABLE_KEYED) && !likely_hit)
            f->batch_keys[i]++; /* the ordinal is there, the key is not */
    }
    check_find(f, first, n);
}

static void erase_some(struct fixture *f)
{
    const size_t n = 1 + random_below(&f->random_state, TABLE_BATCH_MAX);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t id = random_below(&f->random_state, f->id_count ? f->id_count : KEY_MAX);
        f->batch_keys[i] = f->keys[id];
        erased_count += f->values[id] != ABSENT;
        f->values[id] = ABSENT;
    }
    assert_int_equal(f->row->erase(f->table, f->batch_keys, f->next_ordinal, n), erased_count);
    f->live_count -= erased_count;
}

/* Every key, in order, there or not; and where it lives. */
static void check_all(struct fixture *f)
{
    check_stats(f);
    const uint64_t id_end = f->id_count + TABLE_BATCH_MAX < KEY_MAX ? f->id_count + TABLE_BATCH_MAX : KEY_MAX;
    size_t n = 0;
    for (uint64_t first = 0; first < id_end; first += n) {
        n = id_end - first < TABLE_BATCH_MAX ? id_end - first : TABLE_BATCH_MAX;
        for (size_t i = 0; i < n; i++) {
            f->batch_ids[i] = first + i;
            f->batch_keys[i] = f->keys[first + i];
            check_address(f, first + i, first + i);
        }
        check_find(f, first, n);
    }
}

/* For a heap that fails: fresh keys only, so that `added` says which prefix is in; then the rest again. */
static void insert_until_done(struct fixture *f, size_t n)
{
    while (n > 0) {
        uint64_t added = ABSENT;
        const int error = f->row->insert(f->table, f->keys + f->id_count, f->next_ordinal, n, &added);
        assert_true(error == 0 ? added == n : error == ENOMEM && added < n);
        for (size_t i = 0; i < added; i++)
            f->batch_ids[i] = f->id_count++;
        note_inserted(f, added);
        n -= added;
        if (error)
            check_all(f);
    }
}

static void test_row_is_complete(void **state)
{
    const struct table *row = ((const struct subject *)*state)->row;
    assert_true(row->name && row->name[strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789_:")] == '\0');
    assert_true(row->summary && row->summary[0] != '\0');
    assert_true(row->create && row->insert && row->find && row->entry_address && row->stats && row->destroy);
    assert_int_equal(row->erase != NULL, (row->properties & TABLE_ERASES) != 0);
    assert_false((row->properties & TABLE_YARDSTICK) && (row->properties & TABLE_VERIFIED));
    row->destroy(NULL);
}

static void test_empty(void **state)
{
    struct fixture *f = fixture_create(*state, 1, 0);
    check_all(f);
    fixture_destroy(f);
}

static void test_random_operations(void **state)
{
    const struct subject *subject = *state;
    for (uint64_t run = 0; run < subject->runs; run++) {
        struct fixture *f = fixture_create(*state, run, 0);
        /* A run more of inserts or more of erases; one in three fills up all ids. */
        const uint64_t insert_share = 2 + run % 3 * 4;
        const uint64_t operation_count = run % 3 == 2 ? 900 : 300;
        for (uint64_t i = 0; i < operation_count && f->id_count < subject->id_end; i++) {
            const uint64_t choice = random_below(&f->random_state, insert_share + 4);
            if (choice < insert_share)
                insert_some(f, !has(f, TABLE_KEYED));
            else if (choice < insert_share + 2 || !has(f, TABLE_ERASES))
                find_some(f);
            else
                erase_some(f);
            if (i % 64 == 0)
                check_all(f);
        }
        check_all(f);
        fixture_destroy(f);
    }
}

static void test_erase_everything(void **state)
{
    struct fixture *f = fixture_create(*state, 1, 0);
    while (f->id_count < 5000 && f->id_count < f->subject->id_end)
        insert_some(f, true);
    for (uint64_t id = 0; id < f->id_count; id++) {
        assert_int_equal(f->row->erase(f->table, &f->keys[id], id, 1), 1);
        assert_int_equal(f->row->erase(f->table, &f->keys[id], id, 1), 0);
        f->values[id] = ABSENT;
        f->live_count--;
        if (id % 500 == 0)
            check_all(f);
    }
    check_all(f);
    insert_some(f, true);
    check_all(f);
    fixture_destroy(f);
}

static void test_fails_cleanly(void **state)
{
    const struct subject *subject = *state;
    uint64_t failure_count = 0;
    for (uint64_t run = 0; run < 4 * subject->runs; run++) {
        struct fixture *f = fixture_create(*state, run, 20);
        const uint64_t id_most = subject->id_end < 1500 ? subject->id_end : 1500;
        const uint64_t id_end = run % 4 == 0 ? id_most : 150;
        while (f->id_count < id_end)
            insert_until_done(f, 1 + random_below(&f->random_state, TABLE_BATCH_MAX));
        check_all(f);
        failure_count += f->heap.failure_count;
        fixture_destroy(f);
    }
    assert_true(failure_count > subject->runs);
}

/* A key that is there already, when there is no memory at all: it takes the new value or keeps the old one,
 * also in a table that is full to its last entry. */
static void test_old_keys_without_memory(void **state)
{
    struct fixture *f = fixture_create(*state, 1, 0);
    while (f->id_count < 2000 && f->id_count < f->subject->id_end) {
        f->heap.fail_percent = 0;
        insert_until_done(f, 1);
        f->heap.fail_percent = 100;
        const uint64_t id = random_below(&f->random_state, f->id_count);
        uint64_t added = ABSENT;
        const int error = f->row->insert(f->table, &f->keys[id], f->next_ordinal, 1, &added);
        assert_true(error == 0 || error == ENOMEM);
        assert_int_equal(added, 0);
        if (error == 0)
            f->values[id] = f->next_ordinal;
        f->next_ordinal++;
    }
    check_all(f);
    fixture_destroy(f);
}

/* What is promised of tables that do not fail cleanly, too: the prefix is told, what the harness asks for its
 * record does no harm, and all memory comes back. */
static void test_destroy_after_failure(void **state)
{
    const struct subject *subject = *state;
    const struct table *row = subject->row;
    uint64_t failure_count = 0;
    for (uint64_t run = 0; run < 4 * subject->runs; run++) {
        struct fixture *f = fixture_create(subject, run, 0);
        f->heap.fail_percent = 1 + (unsigned)run % 40;
        int error = 0;
        while (!error && f->id_count + TABLE_BATCH_MAX <= KEY_MAX) {
            uint64_t added = ABSENT;
            error = row->insert(f->table, f->keys + f->id_count, f->id_count, TABLE_BATCH_MAX, &added);
            assert_true(error == 0 ? added == TABLE_BATCH_MAX : error == ENOMEM && added < TABLE_BATCH_MAX);
            f->id_count += added;
        }
        assert_true(!error || f->heap.failure_count > 0);
        failure_count += f->heap.failure_count;
        struct table_stats stats = {0};
        row->stats(f->table, &stats);
        assert_in_range(stats.capacity_bytes, 0, f->heap.live_bytes);
        row->entry_address(f->table, f->keys[0], 0);
        fixture_destroy(f);
    }
    assert_true(failure_count > subject->runs || (row->properties & TABLE_OWN_MALLOC) ||
                subject->options.reserve_entries >= KEY_MAX);
}

/* An erase that needs memory may leave its key there and the table unusable; it must not break the heap. */
static void test_erase_without_memory(void **state)
{
    const struct subject *subject = *state;
    const struct table *row = subject->row;
    for (uint64_t run = 0; run < subject->runs; run++) {
        struct fixture *f = fixture_create(subject, run, 0);
        uint64_t live_count = 0;
        for (uint64_t id = 0; id < 5000; id++) {
            f->keys[id] = id * 0x9E3779B97F4A7C15u >> run % 32; /* evenly spread, from sparse to denser */
            uint64_t added = ABSENT;
            assert_int_equal(row->insert(f->table, &f->keys[id], id, 1, &added), 0);
            live_count += added;
        }
        f->heap.fail_percent = 20;
        for (uint64_t id = 0; id < 5000; id++)
            live_count -= row->erase(f->table, &f->keys[id], id, 1);
        struct table_stats stats = {0};
        row->stats(f->table, &stats);
        assert_int_equal(stats.entries, live_count);
        fixture_destroy(f);
    }
}

/* No growth before the reserved number, which would give back a block; and one some time after. */
static void test_reserve(void **state)
{
    const struct subject *subject = *state;
    struct fixture *f = fixture_create(subject, 1, 0);
    struct table_stats first = {0}, last = {0};
    f->row->stats(f->table, &first);
    while (f->id_count < KEY_MAX && f->id_count < subject->options.reserve_entries)
        insert_until_done(f, 1);
    f->row->stats(f->table, &last);
    assert_int_equal(f->heap.freed_count, 0);
    if (!has(f, TABLE_STABLE_ADDRESS)) /* else entries have blocks of their own */
        assert_int_equal(last.capacity_bytes, first.capacity_bytes);
    check_all(f);
    while (f->id_count < KEY_MAX)
        insert_until_done(f, 1);
    assert_int_equal(f->heap.freed_count > 0, subject->options.reserve_entries < KEY_MAX);
    fixture_destroy(f);
}

static void test_missing(void **state)
{
    const struct table *row = ((const struct subject *)*state)->row;
    assert_true(row->name && row->summary && !row->create);
    skip();
}

static void test_yardstick_counts(void **state)
{
    struct fixture *f = fixture_create(*state, 1, 0);
    while (f->id_count < KEY_MAX)
        insert_some(f, true);
    check_stats(f);
    for (uint64_t first = 0; first < KEY_MAX; first += 32) {
        uint64_t sum = 0;
        assert_int_equal(f->row->find(f->table, f->keys + first, first, 32, &sum), 32);
    }
    fixture_destroy(f);
}

static void test_skipped_plugins(void **state)
{
    (void)state;
    skip();
}

struct suite {
    struct CMUnitTest tests[TEST_MAX];
    struct subject subjects[TEST_MAX]; /* a test's is at its own index */
    size_t test_count;
};

static void suite_add(struct suite *suite, struct subject subject, const char *variation, const char *what,
                      CMUnitTestFunction function)
{
    char *name = NULL;
    if (suite->test_count == TEST_MAX ||
        asprintf(&name, "%s: %s%s%s", subject.row ? subject.row->name : "plugins", variation,
                 *variation ? ": " : "", what) < 0)
        abort();
    const size_t i = suite->test_count++;
    suite->subjects[i] = subject;
    suite->tests[i] =
        (struct CMUnitTest){.name = name, .test_func = function, .initial_state = &suite->subjects[i]};
}

/* What follows options. */
static void suite_add_operations(struct suite *suite, struct subject subject, const char *variation)
{
    const unsigned properties = subject.row->properties;
    suite_add(suite, subject, variation, "random operations", test_random_operations);
    suite_add(suite, subject, variation, "destroy after a failure", test_destroy_after_failure);
    if (properties & TABLE_ERASES)
        suite_add(suite, subject, variation, "erase everything", test_erase_everything);
    if (properties & TABLE_FAILS_CLEANLY)
        suite_add(suite, subject, variation, "fails cleanly", test_fails_cleanly);
    if ((properties & TABLE_FAILS_CLEANLY) && (properties & TABLE_KEYED))
        suite_add(suite, subject, variation, "old keys without memory", test_old_keys_without_memory);
    if (subject.options.reserve_entries)
        suite_add(suite, subject, variation, "reserve", test_reserve);
}

static bool takes(const struct table *row, const struct table_options *options)
{
    const unsigned needed =
        (options->growth_permille || options->growth_step_bytes ? TABLE_TAKES_GROWTH : 0) |
        (options->load_permille ? TABLE_TAKES_LOAD : 0) |
        (options->entry_bytes ? TABLE_TAKES_ENTRY_BYTES : 0) |
        (options->reserve_entries ? TABLE_TAKES_RESERVE : 0);
    return (row->properties & needed) == needed;
}

static void suite_add_variations(struct suite *suite, const struct table *row)
{
    for (size_t i = 0; i < sizeof(variations) / sizeof(variations[0]); i++) {
        struct subject subject = {
            .row = row, .options = variations[i].options, .runs = VARIED_RUNS, .id_end = VARIED_KEY_MAX};
        if (subject.options.growth_step_bytes == 1) /* every insert copies all: time goes with the square */
            subject.id_end = COPIED_KEY_MAX;
        subject.options.seed = TEST_SEED;
        subject.options.expected_entries = KEY_MAX;
        if (takes(row, &subject.options))
            suite_add_operations(suite, subject, variations[i].name);
    }
}

static void suite_add_table(struct suite *suite, const struct table *row)
{
    const struct subject subject = {
        .row = row,
        .options = {.seed = TEST_SEED, .expected_entries = KEY_MAX},
        .runs = RUNS,
        .id_end = KEY_MAX,
    };
    if (row->missing) {
        suite_add(suite, subject, "", row->missing, test_missing);
        return;
    }
    suite_add(suite, subject, "", "row is complete", test_row_is_complete);
    if (row->properties & TABLE_YARDSTICK)
        suite_add(suite, subject, "", "yardstick counts", test_yardstick_counts);
    if (!(row->properties & TABLE_VERIFIED))
        return;
    suite_add(suite, subject, "", "empty", test_empty);
    suite_add_operations(suite, subject, "");
    if (row->properties & TABLE_ERASES)
        suite_add(suite, subject, "", "erase without memory", test_erase_without_memory);
    suite_add_variations(suite, row);
}

/* Returns 0, or -1 when a library does not load. They stay loaded: the tests are run later. */
static int suite_add_plugins(struct suite *suite, const char *paths)
{
    if (!paths || !*paths) {
        suite_add(suite, (struct subject){0}, "", "GROWBENCH_TEST_PLUGINS is not set", test_skipped_plugins);
        return 0;
    }
    char *list = strdup(paths);
    char *rest = NULL;
    int error = list ? 0 : -1;
    for (char *path = list ? strtok_r(list, ":", &rest) : NULL; path; path = strtok_r(NULL, ":", &rest)) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        const struct table *row = library ? dlsym(library, TABLE_PLUGIN_SYMBOL) : NULL;
        if (row) {
            suite_add_table(suite, row);
        } else {
            fprintf(stderr, "GROWBENCH_TEST_PLUGINS: %s\n", dlerror());
            error = -1;
        }
    }
    free(list);
    return error;
}

int main(void)
{
    static struct suite suite; /* too large for a small stack */
    for (size_t i = 0; table_registry[i]; i++)
        suite_add_table(&suite, table_registry[i]);
    if (suite_add_plugins(&suite, getenv("GROWBENCH_TEST_PLUGINS")) != 0)
        return 1;
    const int failed_count = _cmocka_run_group_tests("tables", suite.tests, suite.test_count, NULL, NULL);
    for (size_t i = 0; i < suite.test_count; i++)
        free((void *)(uintptr_t)suite.tests[i].name);
    return failed_count != 0;
}
