/* SPDX-License-Identifier: MIT */
#include "harness/measure/counters.h"

#include <string.h>

const char *const counter_names[COUNTER_COUNT] = {
#define COUNTER_NAME(name, meaning) #name,
    COUNTERS(COUNTER_NAME)
#undef COUNTER_NAME
};

const char *const counter_meanings[COUNTER_COUNT] = {
#define COUNTER_MEANING(name, meaning) meaning,
    COUNTERS(COUNTER_MEANING)
#undef COUNTER_MEANING
};

enum counter counter_find(const char *name)
{
    int i = 0;
    while (i < COUNTER_COUNT && strcmp(counter_names[i], name))
        i++;
    return (enum counter)i;
}
