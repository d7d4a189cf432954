/* SPDX-License-Identifier: MIT
 *
 * Which tables grow without a pause, what each of them claims, and how much of a test a sanitized build does. For the
 * gradual_*_test.c and the fuzzer; a further table, or a variant of one, is one line here.
 */
#ifndef GROWBENCH_TEST_GRADUAL_H
#define GROWBENCH_TEST_GRADUAL_H

#include <stdbool.h>
#include <string.h>

#include "tables/table.h"

#ifdef __SANITIZE_ADDRESS__
#define IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define IS_SANITIZED 1
#endif
#endif
#ifndef IS_SANITIZED
#define IS_SANITIZED 0
#endif

/* What is left, beyond an empty table's memory and a floor, after erasing everything: */
enum drained {
    DRAINED_KEEPS,    /* any of it */
    DRAINED_DISCARDS, /* blocks, of which nothing is resident where the heap can discard */
    DRAINED_FREES,    /* nothing */
};

struct gradual {
    const char *name;
    enum drained drained;
    unsigned rss_permille; /* of the payload, at every moment from 2^18 entries on; 0 = no claim */
    bool
        takes_crowds; /* homes that are all in one place, which no seeded hash gives, are no reason to refuse */
};

/* linear_inplace claims nothing of it and stands here for comparison: what fails with it too is the test's fault. */
static const struct gradual gradual_tables[] = {
    {"linear_gradual", DRAINED_FREES, 0, true},
    {"paged", DRAINED_FREES, 1500, false},
    {"dense", DRAINED_DISCARDS, 1600, false},
    {"linear_inplace", DRAINED_KEEPS, 0, true},
};

enum { GRADUAL_COUNT = sizeof gradual_tables / sizeof *gradual_tables };

/* NULL = not in this program. */
static inline const struct table *gradual_row(const struct gradual *gradual)
{
    const struct table *const *row = table_registry;
    while (*row && strcmp((*row)->name, gradual->name) != 0)
        row++;
    return *row;
}

#endif
