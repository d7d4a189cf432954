/* SPDX-License-Identifier: MIT
 *
 * What is looked up once more at the end: all, or a sample that notices what is lost here and there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/measure/verify.h"

enum { ENTRIES = 3 * VERIFY_SAMPLE, DEAD = 1000 };

/* Holds nothing: finds any ordinal from DEAD on but every lost_every-th. */
struct echo {
    uint64_t lost_every, asked, least, most;
};

static uint64_t echo_find(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)keys;
    struct echo *e = self;
    uint64_t hits = 0;
    if (first_ordinal >= KEYS_MISSING_ORDINAL)
        return 0;
    for (uint64_t ordinal = first_ordinal; ordinal < first_ordinal + n; ordinal++) {
        e->asked++;
        e->least = ordinal < e->least ? ordinal : e->least;
        e->most = ordinal > e->most ? ordinal : e->most;
        if (ordinal < DEAD || (e->lost_every && ordinal % e->lost_every == 0))
            continue;
        hits++;
        *sum += ordinal;
    }
    return hits;
}

static void echo_stats(void *self, struct table_stats *stats)
{
    (void)self;
    stats->entries = ENTRIES - DEAD;
}

static const struct table echo_table = {.properties = TABLE_VERIFIED, .find = echo_find, .stats = echo_stats};

static bool verify(struct echo *e, uint64_t inserted, bool samples_live)
{
    const struct keys keys = {.kind = KEYS_SEQUENTIAL, .seed = 1};
    const struct verify_content content = {.inserted = inserted,
                                           .first_alive = DEAD,
                                           .alive_count = ENTRIES - DEAD,
                                           .seed = 1,
                                           .samples_live = samples_live};
    char sentence[VERIFY_SENTENCE_BYTES];
    e->asked = e->most = 0;
    e->least = UINT64_MAX;
    return verify_table(&echo_table, e, &keys, &content, sentence);
}

static void test_all_are_looked_up(void **state)
{
    (void)state;
    struct echo e = {0};
    assert_true(verify(&e, ENTRIES, false));
    assert_int_equal(e.asked, ENTRIES - DEAD);
    assert_true(e.least == DEAD && e.most == ENTRIES - 1);
    e.lost_every = ENTRIES - 1; /* the last one */
    assert_false(verify(&e, ENTRIES, false));
}

static void test_a_sample_is_of_all_that_live(void **state)
{
    (void)state;
    struct echo e = {0};
    assert_true(verify(&e, ENTRIES, true));
    assert_int_equal(e.asked, VERIFY_SAMPLE);
    assert_in_range(e.least, DEAD, DEAD + 1000);
    assert_in_range(e.most, ENTRIES - 1000, ENTRIES - 1);
    e.lost_every = 100000;
    assert_false(verify(&e, ENTRIES, true));
}

static void test_what_is_no_larger_than_a_sample_is_looked_up_whole(void **state)
{
    (void)state;
    struct echo e = {0};
    assert_true(verify(&e, DEAD + VERIFY_SAMPLE, true));
    assert_int_equal(e.asked, VERIFY_SAMPLE);
    assert_true(e.least == DEAD && e.most == DEAD + VERIFY_SAMPLE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_are_looked_up),
        cmocka_unit_test(test_a_sample_is_of_all_that_live),
        cmocka_unit_test(test_what_is_no_larger_than_a_sample_is_looked_up_whole),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
