/* SPDX-License-Identifier: MIT */
#include "harness/request/keys.h"

#include "harness/common/sentence.h"
#include "harness/request/cell.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const keys_kind_names[] = {"random", "sequential", "shared-high", "shared-low", "file", NULL};
const char keys_file_prefix[] = "file:";

/* A bijection of KEYS_OWN_BITS bits: multiplying by an odd number and folding down the upper half both are.
 */
static uint64_t mix_own_bits(uint64_t x)
{
    const uint64_t mask = ((uint64_t)1 << KEYS_OWN_BITS) - 1;
    x = (x * 0x9E3779B97F4A7C15u) & mask;
    x ^= x >> KEYS_OWN_BITS / 2;
    x = (x * 0xBF58476D1CE4E5B9u) & mask;
    return x ^ x >> KEYS_OWN_BITS / 2;
}

/* Absent keys take the upper half of what differs. */
static uint64_t own_bits(const struct keys *keys, uint64_t ordinal)
{
    const uint64_t half = (uint64_t)1 << (KEYS_OWN_BITS - 1);
    uint64_t index = (ordinal + keys_mix(keys->seed)) & (half - 1);
    return mix_own_bits(index | (ordinal & KEYS_MISSING_ORDINAL ? half : 0));
}

uint64_t keys_special(const struct keys *keys, uint64_t ordinal)
{
    const uint64_t shared = keys_mix(~keys->seed) >> KEYS_OWN_BITS;
    switch (keys->kind) {
    case KEYS_RANDOM:
        return keys_random(keys->seed, ordinal);
    case KEYS_SEQUENTIAL:
        return ordinal;
    case KEYS_SHARED_HIGH:
        return shared << KEYS_OWN_BITS | own_bits(keys, ordinal);
    case KEYS_SHARED_LOW:
        return own_bits(keys, ordinal) << KEYS_SHARED_BITS | shared;
    case KEYS_FILE:
        break;
    }
    if (ordinal & KEYS_MISSING_ORDINAL) /* those of lines have 63 bits */
        return keys_random(keys->seed, ordinal) | (uint64_t)1 << 63;
    assert(ordinal < keys->loaded_count);
    return keys->loaded[ordinal];
}

uint64_t keys_limit(const struct keys *keys)
{
    switch (keys->kind) {
    case KEYS_SHARED_HIGH:
    case KEYS_SHARED_LOW:
        return (uint64_t)1 << (KEYS_OWN_BITS - 1);
    case KEYS_FILE:
        return keys->loaded_count;
    case KEYS_RANDOM:
    case KEYS_SEQUENTIAL:
        break;
    }
    return CELL_ENTRIES_MAX;
}

int keys_parse(const char *text, uint64_t *value, char *error)
{
    uint32_t fingerprint;
    int end = -1;
    if (sscanf(text, "file-%8" SCNx32 "%n", &fingerprint, &end) == 1 && end == 13 && !text[end]) {
        *value = keys_of_file(fingerprint);
        return 0;
    }
    int kind = cell_find_word(keys_kind_names, text, strlen(text));
    size_t prefix = strlen(keys_file_prefix);
    if (!strncmp(text, keys_file_prefix, prefix) && text[prefix])
        kind = KEYS_FILE;
    else if (kind == KEYS_FILE)
        kind = -1; /* which one? */
    if (kind < 0)
        return sentence_fail(
            error, EINVAL,
            "unknown key stream '%.60s': there is random, sequential, shared-high, shared-low, file:PATH",
            text);
    *value = (uint64_t)kind;
    return 0;
}

void keys_format(char *text, uint64_t value)
{
    if (keys_kind_of(value) == KEYS_FILE)
        snprintf(text, CELL_VALUE_BYTES, "file-%08" PRIx32, (uint32_t)(value >> 8));
    else
        snprintf(text, CELL_VALUE_BYTES, "%s", keys_kind_names[value]);
}
