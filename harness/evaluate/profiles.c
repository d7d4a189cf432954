/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/profiles.h"

#include "harness/common/units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Memory repeats almost exactly. */
static const double lean_tolerance_ratio = 0.01;

enum profile_kind profiles_kind(const char *allocator, char *base)
{
    size_t length = strcspn(allocator, ":");
    enum profile_kind kind = !strcmp(allocator + length, ":lean")   ? PROFILE_LEAN
                             : !strcmp(allocator + length, ":fast") ? PROFILE_FAST
                                                                    : PROFILE_NONE;
    snprintf(base, CELL_NAME_BYTES, "%.*s", kind == PROFILE_NONE ? 0 : (int)length, allocator);
    return kind;
}

static bool is_borrowed(const struct results *results, const struct cell *cell)
{
    for (size_t i = 0; i < results->count; i++)
        if (results->items[i].is_reference && cell_same_row(&results->items[i].cell, cell))
            return true;
    return false;
}

/* Both sides in one mode. */
static struct profile_check compare(const struct results *results, struct cell own, struct cell base,
                                    enum cell_mode mode, enum counter counter)
{
    struct profile_check check = {.counter = counter};
    own.mode = base.mode = mode;
    check.own = results_range(results, &own, counter);
    check.base_range = results_range(results, &base, counter);
    return check;
}

static bool has_repetitions(const struct profile_check *check, size_t count)
{
    return check->own.count >= count && check->base_range.count >= count;
}

static enum profile_verdict judge_fast(const struct profile_check *check)
{
    if (!has_repetitions(check, 3))
        return PROFILE_UNCHECKED;
    if (check->own.high < check->base_range.low)
        return PROFILE_KEPT;
    return check->own.low > check->base_range.high ? PROFILE_BROKEN : PROFILE_UNKNOWN;
}

static enum profile_verdict judge_lean(const struct profile_check *check)
{
    if (!has_repetitions(check, 2))
        return PROFILE_UNCHECKED;
    double most = check->base_range.median * (1 + lean_tolerance_ratio);
    return check->own.median <= most ? PROFILE_KEPT : PROFILE_BROKEN;
}

static struct profile_check check_fast(const struct results *results, const struct cell *own,
                                       const struct cell *base)
{
    struct profile_check check = compare(results, *own, *base, CELL_LATENCY, COUNTER_growth_max_ns);
    if (!check.own.count)
        check = compare(results, *own, *base, CELL_THROUGHPUT, COUNTER_resize_max_ns);
    check.verdict = judge_fast(&check);
    return check;
}

/* Both modes measure memory; a promise that is broken in one is broken. */
static struct profile_check check_lean(const struct results *results, const struct cell *own,
                                       const struct cell *base)
{
    struct profile_check latency = compare(results, *own, *base, CELL_LATENCY, COUNTER_worst_rss_ratio);
    struct profile_check throughput = compare(results, *own, *base, CELL_THROUGHPUT, COUNTER_worst_rss_ratio);
    latency.verdict = judge_lean(&latency);
    throughput.verdict = judge_lean(&throughput);
    return throughput.verdict > latency.verdict || !latency.own.count ? throughput : latency;
}

struct profile_check profiles_check(const struct results *results, const struct cell *cell)
{
    struct cell base = *cell;
    enum profile_kind kind = profiles_kind(cell->allocator, base.allocator);
    struct profile_check check = {.counter = COUNTER_COUNT};
    if (kind != PROFILE_NONE && !is_borrowed(results, cell) && !is_borrowed(results, &base))
        check = (kind == PROFILE_FAST ? check_fast : check_lean)(results, cell, &base);
    check.kind = kind;
    memcpy(check.base, base.allocator, sizeof check.base);
    return check;
}

static const char *format_side(const struct profile_check *check, const struct results_range *range,
                               char *text, size_t size)
{
    char median[UNITS_TEXT_BYTES], low[UNITS_TEXT_BYTES], high[UNITS_TEXT_BYTES];
    if (check->kind == PROFILE_LEAN)
        snprintf(text, size, "%.2f (%.2f to %.2f)", range->median, range->low, range->high);
    else
        snprintf(text, size, "%s (%s to %s)", units_format_duration(median, range->median),
                 units_format_duration(low, range->low), units_format_duration(high, range->high));
    return text;
}

void profiles_describe(const struct profile_check *check, const struct cell *cell, char *sentence,
                       size_t size)
{
    char own[4 * UNITS_TEXT_BYTES], base[4 * UNITS_TEXT_BYTES], options[CELL_ID_BYTES];
    cell_format_options(cell, ~(1u << CELL_AXIS_mode | 1u << CELL_AXIS_heap), options, sizeof options);
    size_t fewest = check->own.count < check->base_range.count ? check->own.count : check->base_range.count;
    snprintf(sentence, size, "%s %s than %s on %s, %s heap%s%.100s: %s against %s, %zu repetitions",
             cell->allocator, check->kind == PROFILE_LEAN ? "takes more memory" : "is slower", check->base,
             cell->table, cell_heap_names[cell->heap], *options ? "," : "", options,
             format_side(check, &check->own, own, sizeof own),
             format_side(check, &check->base_range, base, sizeof base), fewest);
}
