/* SPDX-License-Identifier: MIT
 *
 * The permutation: every number once, back again, other seeds other orders, and no order left in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "harness/measure/permutation.h"

static void test_every_number_once(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 1000, 65536, 65537, 99999};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (uint64_t seed = 0; seed < 5; seed++) {
            struct permutation p;
            permutation_init(&p, sizes[s], seed);
            uint8_t *seen = calloc(1, sizes[s]);
            assert_non_null(seen);
            for (uint64_t place = 0; place < sizes[s]; place++) {
                const uint64_t number = permutation_at(&p, place);
                assert_true(number < sizes[s] && !seen[number]++);
                assert_true(permutation_place_of(&p, number) == place);
            }
            free(seen);
        }
}

static void test_large_sizes_go_there_and_back(void **state)
{
    (void)state;
    for (unsigned bits = 30; bits <= 63; bits++)
        for (uint64_t less = 0; less < 2; less++) {
            const uint64_t size = ((uint64_t)1 << bits) - less;
            struct permutation p;
            permutation_init(&p, size, bits);
            for (uint64_t place = 0; place < size; place += size / 97) {
                const uint64_t number = permutation_at(&p, place);
                assert_true(number < size && permutation_place_of(&p, number) == place);
            }
        }
}

/* Of a random order, 1/2 of the neighbours ascend, and of any quarter of the places 1/4 of the numbers come
 * from each quarter. */
static void test_it_looks_random(void **state)
{
    (void)state;
    enum { SIZE = 200000 };
    for (uint64_t seed = 1; seed <= 8; seed++) {
        struct permutation p;
        permutation_init(&p, SIZE, seed);
        unsigned ascents = 0, quarters[4][4] = {{0}};
        uint64_t steps_counted = 0, most_common = 0, last_step = 0;
        for (uint64_t place = 0; place + 1 < SIZE; place++) {
            const uint64_t a = permutation_at(&p, place), b = permutation_at(&p, place + 1);
            ascents += b > a;
            quarters[place / (SIZE / 4)][a / (SIZE / 4)]++;
            steps_counted += b - a == last_step;
            last_step = b - a;
            most_common = steps_counted;
        }
        assert_in_range(ascents, SIZE / 2 - SIZE / 50, SIZE / 2 + SIZE / 50);
        for (int i = 0; i < 4; i++)
            for (int j = 0; j < 4; j++)
                assert_in_range(quarters[i][j], SIZE / 16 - SIZE / 160, SIZE / 16 + SIZE / 160);
        assert_true(most_common < SIZE / 100); /* no stride that repeats */
    }
}

static void test_seeds_differ(void **state)
{
    (void)state;
    struct permutation a, b;
    permutation_init(&a, 100000, 1);
    permutation_init(&b, 100000, 2);
    unsigned same = 0;
    for (uint64_t place = 0; place < 100000; place++)
        same += permutation_at(&a, place) == permutation_at(&b, place);
    assert_true(same < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_number_once),
        cmocka_unit_test(test_large_sizes_go_there_and_back),
        cmocka_unit_test(test_it_looks_random),
        cmocka_unit_test(test_seeds_differ),
    };
    return cmocka_run_group_tests_name("permutation", tests, NULL, NULL);
}
