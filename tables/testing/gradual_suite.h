/* SPDX-License-Identifier: MIT
 *
 * The gradual_*_test.c: each of a program's tests once for every table of gradual.h. After cmocka.h.
 */
#ifndef GROWBENCH_TEST_GRADUAL_SUITE_H
#define GROWBENCH_TEST_GRADUAL_SUITE_H

#include <stdio.h>

#include "tables/testing/gradual.h"
#include "tables/testing/model.h"

enum { SUITE_KINDS_MAX = 8, SUITE_NAME_BYTES = 100 };

struct suite_kind {
    const char *name;
    CMUnitTestFunction function;
};

/* For the model. */
static inline void suite_failed(void)
{
    fail();
}

static inline const struct table *suite_row(void **state)
{
    const struct table *row = gradual_row(*state);
    assert_non_null(row);
    return row;
}

/* The caller frees. */
static inline uint64_t *suite_keys(uint64_t count, uint64_t seed)
{
    uint64_t *keys = malloc(count * sizeof *keys);
    assert_non_null(keys);
    for (uint64_t id = 0; id < count; id++)
        keys[id] = model_key(id, seed);
    return keys;
}

/* Returns what main does. */
static inline int suite_run(const char *name, const struct suite_kind *kinds, size_t kind_count)
{
    static char names[GRADUAL_COUNT * SUITE_KINDS_MAX][SUITE_NAME_BYTES]; /* read until the end */
    struct CMUnitTest tests[GRADUAL_COUNT * SUITE_KINDS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < GRADUAL_COUNT; i++)
        for (size_t kind = 0; kind < kind_count; kind++) {
            snprintf(names[count], sizeof names[count], "%s: %s", gradual_tables[i].name, kinds[kind].name);
            tests[count] = (struct CMUnitTest){
                .name = names[count],
                .test_func = kinds[kind].function,
                .initial_state = (void *)(uintptr_t)&gradual_tables[i],
            };
            count++;
        }
    return _cmocka_run_group_tests(name, tests, count, NULL, NULL) != 0;
}

#endif
