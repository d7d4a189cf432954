/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/sweep_sentence.h"

#include "harness/common/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void add(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(char *text, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, SWEEP_SENTENCE_BYTES - used, format, arguments);
    va_end(arguments);
}

static const char *growth_of(const struct sweep_row *row, char *word)
{
    return cell_format_value(CELL_AXIS_growth, row->any->cell.growth, word);
}

static void add_memory(const struct sweep_row *row, bool in_full, char *text)
{
    const struct sweep_spread *memory = &row->spreads[SWEEP_PEAK];
    add(text, in_full ? "%.2fx of the payload at worst, %.2fx on average" : "%.2fx, %.2fx", memory->worst,
        memory->mean);
}

/* The others, in brackets: what they need. */
static void add_rivals(const struct sweep_answer *answer, char *text)
{
    char word[CELL_VALUE_BYTES];
    for (size_t i = 0, listed = 0; i < answer->count; i++) {
        if (i == answer->least)
            continue;
        add(text, "%s%s: ", listed++ ? "; " : " (", growth_of(answer->rivals[i], word));
        add_memory(answer->rivals[i], false, text);
    }
    add(text, ")");
}

static void add_size(uint64_t entries, char *text)
{
    if (entries >= 1000000)
        add(text, "%" PRIu64 ",%03" PRIu64 ",%03" PRIu64, entries / 1000000, entries / 1000 % 1000,
            entries % 1000);
    else
        add(text, "%" PRIu64 ",%03" PRIu64, entries / 1000, entries % 1000);
}

/* Alike at worst, but not on average: that of the chosen one is the least. */
static bool differs_on_average(const struct sweep_answer *answer)
{
    double least = answer->rivals[answer->least]->spreads[SWEEP_PEAK].mean;
    for (size_t i = 0; i < answer->count; i++)
        if (answer->rivals[i]->spreads[SWEEP_PEAK].mean > least * 1.02)
            return true;
    return false;
}

static void add_choice(const struct sweep_answer *answer, char *text)
{
    char word[CELL_VALUE_BYTES];
    const struct sweep_row *least = answer->rivals[answer->least];
    if (answer->count == 1) {
        add_memory(least, true, text);
        return;
    }
    if (!answer->memory_differs) {
        add(text, differs_on_average(answer) ? "alike at worst, %s needs least on average: " : "any factor: ",
            growth_of(least, word));
        add_memory(least, true, text);
        if (differs_on_average(answer))
            add_rivals(answer, text);
    } else {
        add(text, "grow by %s: ", growth_of(least, word));
        add_memory(least, true, text);
        if (answer->from) {
            add(text, ", from ");
            add_size(answer->from, text);
            add(text, " entries on");
        }
        add_rivals(answer, text);
    }
    if (answer->least_on_average != answer->least)
        add(text, "; on average %s needs less (%.2fx)",
            growth_of(answer->rivals[answer->least_on_average], word),
            answer->rivals[answer->least_on_average]->spreads[SWEEP_PEAK].mean);
}

/* How the one that was chosen stands to each other that it is told apart from. */
static void add_speed(const struct sweep_answer *answer, size_t chosen, char *text)
{
    const struct sweep_row *own = answer->rivals[chosen];
    char word[CELL_VALUE_BYTES];
    size_t listed = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct sweep_row *rival = answer->rivals[i];
        int order = i == chosen ? 0 : sweep_compare(own, rival, SWEEP_SPEED);
        if (!order)
            continue;
        double ratio = own->spreads[SWEEP_SPEED].mean / rival->spreads[SWEEP_SPEED].mean;
        add(text, listed ? ", " : "; ");
        if (!listed++)
            add(text, "%s is ", growth_of(own, word));
        add(text, "%.0f %% %s than %s", fabs(ratio - 1) * 100, order > 0 ? "faster" : "slower",
            growth_of(rival, word));
    }
    if (!listed)
        add(text, "; speed not told apart");
}

static void add_stall(const struct sweep_answer *answer, size_t chosen, char *text)
{
    const struct sweep_row *own = answer->rivals[chosen];
    char word[CELL_VALUE_BYTES], time[UNITS_TEXT_BYTES];
    size_t listed = 0;
    for (size_t i = 0; i < answer->count; i++) {
        const struct sweep_row *rival = answer->rivals[i];
        int order = i == chosen ? 0 : sweep_compare(own, rival, SWEEP_STALL);
        if (!order)
            continue;
        add(text, listed ? ", " : "; ");
        if (!listed++)
            add(text, "longest stall of %s %s: ", growth_of(own, word),
                units_format_duration(time, own->spreads[SWEEP_STALL].worst));
        add(text, "%s than that of %s (", order > 0 ? "longer" : "shorter", growth_of(rival, word));
        add(text, "%s)", units_format_duration(time, rival->spreads[SWEEP_STALL].worst));
    }
    if (!listed)
        add(text, "; longest stall not told apart");
}

const char *sweep_sentence(const struct sweep_answer *answer, char *text)
{
    *text = 0;
    add_choice(answer, text);
    if (answer->count < 2)
        return text;
    /* Where memory does not choose, the others are held against the best of each kind. */
    size_t by_speed = answer->memory_differs ? answer->least : answer->fastest,
           by_stall = answer->memory_differs ? answer->least : answer->shortest;
    if (by_speed < answer->count && answer->fastest < answer->count)
        add_speed(answer, by_speed, text);
    if (by_stall < answer->count && answer->shortest < answer->count)
        add_stall(answer, by_stall, text);
    return text;
}
