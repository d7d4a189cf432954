/* SPDX-License-Identifier: MIT
 *
 * A history for people. Less is better in every metric, so that rising is worse.
 */
#include "harness/history/history.h"

#include "harness/common/units.h"

#include <math.h>
#include <string.h>

enum { SPARKS_MAX = 40, VALUE_BYTES = 48 };

static const char *format_value(char *text, const char *metric, bool is_ratio, double value)
{
    size_t length = strlen(metric);
    const char *unit = length > 6 ? metric + length - 6 : metric;
    if (!is_ratio && !strcmp(unit, "_bytes") && value >= 0)
        return units_format_bytes(text, value);
    snprintf(text, VALUE_BYTES, is_ratio ? "%.4g" : "%.10g", value);
    return text;
}

/* A column a night, from the lowest to the highest value; a dot where a night has none. */
static void print_sparks(const struct history_finding *finding, size_t night_count, FILE *out)
{
    static const char *const bars[] = {"\u2581", "\u2582", "\u2583", "\u2584",
                                       "\u2585", "\u2586", "\u2587", "\u2588"};
    double range = finding->high - finding->low;
    for (size_t i = night_count > SPARKS_MAX ? night_count - SPARKS_MAX : 0; i < night_count; i++) {
        double value = finding->shown[i];
        fputs(isnan(value) ? "." : bars[range > 0 ? (int)((value - finding->low) / range * 7.99) : 0], out);
    }
}

static void print_steps(const struct history *history, const struct history_series *series,
                        const struct history_finding *finding, FILE *out)
{
    char from[VALUE_BYTES], to[VALUE_BYTES];
    const char *name = series->metric->name;
    size_t kept = finding->step_count < HISTORY_STEPS_MAX ? finding->step_count : HISTORY_STEPS_MAX;
    if (finding->varies) {
        fprintf(out, "      varies from %s to %s: %zu changes in %zu nights\n",
                format_value(from, name, false, finding->low), format_value(to, name, false, finding->high),
                finding->step_count, finding->count);
        return;
    }
    if (finding->step_count > kept)
        fprintf(out, "      %zu earlier steps, and\n", finding->step_count - kept);
    for (size_t i = 0; i < kept; i++) {
        const struct history_step *step = &finding->steps[i];
        fprintf(out, "      step, %s: night %s, %s -> %s %s\n", step->to > step->from ? "worse" : "better",
                history->nights[step->night].name, format_value(from, name, false, step->from),
                format_value(to, name, false, step->to), series->metric->what);
    }
}

static void print_finding(const struct history *history, const struct history_series *series,
                          const struct history_finding *finding, FILE *out)
{
    char tonight[VALUE_BYTES], fence[VALUE_BYTES];
    const char *name = series->metric->name;
    fprintf(out, "    %-22s %-8s ", name, finding->is_ratio ? "/ glibc" : "");
    print_sparks(finding, history->night_count, out);
    fputc('\n', out);
    if (finding->step_count)
        print_steps(history, series, finding, out);
    if (finding->has_trend)
        fprintf(out, "      trend, %s: %+.3g %% a night over %zu nights (p = %.1g)\n",
                finding->slope_ratio > 0 ? "worse" : "better", 100 * finding->slope_ratio, finding->count,
                finding->p);
    if (finding->is_beyond_fence)
        fprintf(out, "      beyond the fence, advisory: %s, above %s of the %zu nights before\n",
                format_value(tonight, name, finding->is_ratio, finding->tonight),
                format_value(fence, name, finding->is_ratio, finding->fence), finding->fence_nights);
}

static void print_nights(const struct history *history, FILE *out)
{
    for (size_t i = 0; i < history->night_count; i++) {
        const struct history_night *night = &history->nights[i];
        fprintf(out, "  %-20s  %-20s  %-14s %d  %s\n", night->name, night->revision, night->verdict,
                night->exit_code, night->what);
    }
}

void history_print(const struct history *history, FILE *out)
{
    size_t changed = 0;
    const char *cell = "";
    print_nights(history, out);
    for (size_t i = 0; i < history->series_count; i++) {
        const struct history_series *series = &history->series[i];
        struct history_finding finding;
        if (!history_look(series, history->night_count, &finding))
            continue;
        if (!changed++)
            fprintf(out,
                    "\nwhat changed (less is better; times as ratio to the glibc row of the same night):\n");
        if (strcmp(cell, series->cell))
            fprintf(out, "  %s\n", series->cell);
        cell = series->cell;
        print_finding(history, series, &finding, out);
    }
    fprintf(out, "\n%zu of %zu figures changed over these nights", changed, history->series_count);
    if (history->night_count < HISTORY_TREND_NIGHTS)
        fprintf(out, "; trends and the fence need %d nights", HISTORY_TREND_NIGHTS);
    fprintf(out, ".\n");
}
