/* SPDX-License-Identifier: MIT
 *
 * A spec back to options, for run.json: what a resumed run starts from.
 */
#include "harness/spec.h"

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

static void each_words(struct argument_sink *sink, const char *option, const char *const *words,
                       const struct spec_numbers *numbers)
{
    for (size_t i = 0; i < numbers->count; i++)
        sink_add(sink, "%s%s", i ? "," : option, words[numbers->items[i]]);
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
    each_words(sink, "--workload=", cell_workload_names, &spec->workloads);
    each_words(sink, "--heap=", cell_heap_names, &spec->heaps);
    each_words(sink, "--thp=", cell_thp_names, &spec->thps);
    for (size_t i = 0; i < spec->entries.count; i++)
        sink_add(sink, "%s%" PRIu64, i ? "," : "--entries=", spec->entries.items[i]);
    sink_end(sink);
    sink_add(sink, "--mode=%s", cell_mode_names[spec->mode]);
    sink_end(sink);
    each_number(sink, "--reps=", spec->repetitions);
    each_number(sink, "--timeout=", spec->timeout_seconds);
    each_number(sink, "--seed=", spec->seed);
    if (spec->budget_bytes)
        each_number(sink, "--budget=", spec->budget_bytes);
    each_flag(sink, "--aslr", spec->aslr);
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
