/* SPDX-License-Identifier: MIT */
#include "harness/gate/condition.h"

#include "harness/common/sentence.h"
#include "harness/common/units.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_sentence(json_t *list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add_sentence(json_t *list, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    json_array_append_new(list, json_string(sentence));
}

static double number_of(const json_t *context, const char *key)
{
    const json_t *value = json_object_get(context, key);
    return json_is_number(value) ? json_number_value(value) : NAN;
}

void condition_append(const char *who, const json_t *context, json_t *sentences)
{
    /* Of one CPU in two somebody else is busy; a memory stall in a hundredth of the time; a quarter is left. */
    const double busy_share = 0.5, pressure_percent = 1, left_share = 0.25;
    const json_t *load = json_array_get(json_object_get(context, "load_avg"), 0);
    const char *pressure = json_string_value(json_object_get(context, "memory_pressure"));
    const char *stalled = pressure ? strstr(pressure, "avg10=") : NULL;
    const double cpus = number_of(context, "cpu_count"), left = number_of(context, "mem_available_bytes");
    char text[UNITS_TEXT_BYTES];
    if (json_is_number(load) && json_number_value(load) > busy_share * cpus)
        add_sentence(sentences, "%s began with a load of %.1f on %g CPUs", who, json_number_value(load),
                     cpus);
    if (stalled && strtod(stalled + strlen("avg10="), NULL) > pressure_percent)
        add_sentence(sentences, "%s began under memory pressure: stalled for %.1f %% of the time", who,
                     strtod(stalled + strlen("avg10="), NULL));
    if (left < left_share * number_of(context, "mem_total_bytes"))
        add_sentence(sentences, "%s began with only %s of memory left", who, units_format_bytes(text, left));
}
