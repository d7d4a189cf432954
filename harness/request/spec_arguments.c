/* SPDX-License-Identifier: MIT
 *
 * A spec back to options, for run.json: what a resumed run starts from.
 */
#include "harness/request/spec.h"

#include "harness/request/keys.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LIST_BYTES = 1 << 17 };

struct argument_sink {
    void (*take)(void *context, const char *argument);
    void *context;
    char text[LIST_BYTES];
    size_t used;
};

static void sink_add(struct argument_sink *sink, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void sink_add(struct argument_sink *sink, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(sink->text + sink->used, sizeof sink->text - sink->used, format, arguments);
    va_end(arguments);
    if (length > 0 && sink->used + (size_t)length < sizeof sink->text)
        sink->used += (size_t)length;
}

static void sink_end(struct argument_sink *sink)
{
    if (sink->used)
        sink->take(sink->context, sink->text);
    sink->used = 0;
}

static void each_names(struct argument_sink *sink, const char *option, const struct spec_names *names)
{
    for (size_t i = 0; i < names->count; i++) {
        const struct spec_name *item = &names->items[i];
        sink_add(sink, "%s%s%s%s", i ? "," : option, item->name, *item->path ? "=" : "", item->path);
    }
    sink_end(sink);
}

static void each_value(struct argument_sink *sink, const struct spec *spec, enum cell_axis axis)
{
    const struct spec_numbers *numbers = &spec->axes[axis];
    char word[CELL_VALUE_BYTES];
    if (numbers->count == 1 && numbers->items[0] == cell_axes[axis].standing)
        return;
    for (size_t i = 0; i < numbers->count; i++) {
        if (i)
            sink_add(sink, ",");
        else
            sink_add(sink, "--%s=", cell_axes[axis].key);
        if (axis == CELL_AXIS_keys && keys_kind_of(numbers->items[i]) == KEYS_FILE)
            sink_add(sink, "%s%s", keys_file_prefix, spec->keys_path);
        else
            sink_add(sink, "%s", cell_format_value(axis, numbers->items[i], word));
    }
    sink_end(sink);
}

static void each_number(struct argument_sink *sink, const char *option, uint64_t value)
{
    sink_add(sink, "%s%" PRIu64, option, value);
    sink_end(sink);
}

static void each_flag(struct argument_sink *sink, const char *option, bool given)
{
    if (given)
        sink->take(sink->context, option);
}

void spec_each_argument(const struct spec *spec, void (*take)(void *context, const char *argument),
                        void *context)
{
    struct argument_sink *sink = calloc(1, sizeof *sink);
    if (!sink)
        return;
    sink->take = take;
    sink->context = context;
    each_names(sink, "--alloc=", &spec->allocators);
    each_names(sink, "--table=", &spec->tables);
    for (int axis = 0; axis < CELL_AXIS_aslr; axis++)
        each_value(sink, spec, (enum cell_axis)axis);
    each_flag(sink, "--aslr", spec->axes[CELL_AXIS_aslr].items[0]);
    for (size_t i = 0; i < spec->environment.count; i++) {
        sink_add(sink, "--env=%s", spec->environment.items[i]);
        sink_end(sink);
    }
    each_flag(sink, "--find-limit", spec->find_limit);
    each_number(sink, "--reps=", spec->repetitions);
    each_number(sink, "--timeout=", spec->timeout_seconds);
    each_flag(sink, "--verify=sample", spec->verifies_sample);
    if (spec->budget_bytes)
        each_number(sink, "--budget=", spec->budget_bytes);
    each_flag(sink, "--reference=none", !spec->reference);
    each_flag(sink, "--limit-by=watchdog", spec->watchdog_only);
    each_flag(sink, "--no-plot", spec->no_plot);
    each_flag(sink, "--quiet", spec->quiet);
    each_flag(sink, "--benchmark_enable_random_interleaving=false", !spec->shuffle);
    if (*spec->filter)
        sink_add(sink, "--benchmark_filter=%s", spec->filter);
    sink_end(sink);
    for (size_t i = 0; i < spec->gbench_argument_count; i++)
        take(context, spec->gbench_arguments[i]);
    free(sink);
}
