/* SPDX-License-Identifier: MIT
 *
 * What stands beside a run where there is such: a duel's verdicts, the nights so far, the claims. These files are read
 * loosely: a field that is missing or no text leaves its cell empty.
 */
#include "harness/common/units.h"
#include "harness/report/report_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 400 };

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static bool ends_with(const char *text, const char *end)
{
    const size_t length = strlen(text), end_length = strlen(end);
    return length >= end_length && !strcmp(text + length - end_length, end);
}

/* With the unit that the metric's name tells; `metric` NULL: none. */
static void add_number(struct report_grid *grid, const json_t *object, const char *key, const char *metric)
{
    const json_t *value = json_object_get(object, key);
    const double number = json_number_value(value);
    char text[UNITS_TEXT_BYTES];
    if (!json_is_number(value))
        snprintf(text, sizeof text, "-");
    else if (metric && ends_with(metric, "_ns"))
        units_format_duration(text, number);
    else if (metric && ends_with(metric, "_bytes"))
        units_format_bytes(text, number);
    else
        snprintf(text, sizeof text, metric ? "%.6g" : "%.4g", number);
    report_grid_add(grid, json_is_number(value) ? PAGE_PLAIN : PAGE_MUTED, 1, "%s", text);
}

/* A text of several lines as sentences of one. */
static void add_lines(struct report_grid *grid, const char *text)
{
    char *line = calloc(2 * strlen(text) + 1, 1), *to = line;
    for (; line && *text; text++) {
        const bool ends_line = *text == '\n';
        if (ends_line)
            *to++ = '.';
        *to++ = ends_line ? ' ' : *text;
    }
    grid->failed |= !line;
    report_grid_add(grid, PAGE_PLAIN, 1, "%s", line ? line : "");
    free(line);
}

/* ---- a duel ---- */

static enum page_mark mark_of_verdict(const char *verdict)
{
    return !strcmp(verdict, "REGRESSED") || !strcmp(verdict, "ERROR") ? PAGE_BAD : PAGE_PLAIN;
}

static bool matters(const json_t *metric)
{
    return json_is_true(json_object_get(metric, "decides")) && *text_of(metric, "verdict") &&
           strcmp(text_of(metric, "verdict"), "SKIPPED");
}

static void put_duel(const json_t *duel, const char *prefix, struct page *page)
{
    static const struct page_column columns[] = {
        {"cell", false}, {"metric", false},       {"base", true},        {"candidate", true},
        {"ratio", true}, {"interval from", true}, {"interval to", true}, {"verdict", false}};
    struct report_grid grid;
    char text[REPORT_NAME_BYTES + 400];
    const json_t *cell, *metric;
    size_t i, j;
    snprintf(text, sizeof text, "%sduel of %.120s against %.120s: %.40s", prefix,
             text_of(json_object_get(duel, "candidate"), "spec"),
             text_of(json_object_get(duel, "base"), "spec"), text_of(duel, "verdict"));
    page->ops->heading(page, text);
    if (*text_of(duel, "why"))
        page->ops->paragraph(page, text_of(duel, "why"));
    report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
    json_array_foreach(json_object_get(duel, "cells"), i, cell)
    {
        json_array_foreach(json_object_get(cell, "metrics"), j, metric)
        {
            if (!matters(metric) || grid.row_count >= ROWS_MAX)
                continue;
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s%s", text_of(cell, "id"),
                            json_is_true(json_object_get(cell, "control")) ? " (control)" : "");
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", text_of(metric, "name"));
            add_number(&grid, metric, "base_value", text_of(metric, "name"));
            add_number(&grid, metric, "candidate_value", text_of(metric, "name"));
            add_number(&grid, metric, "ratio", NULL);
            add_number(&grid, metric, "low", NULL);
            add_number(&grid, metric, "high", NULL);
            report_grid_add(&grid, mark_of_verdict(text_of(metric, "verdict")), 1, "%s",
                            text_of(metric, "verdict"));
        }
    }
    report_grid_put(&grid, "Both sides took turns; candidate over base", page);
}

/* ---- the claims ---- */

static void put_claims(const json_t *claims, const char *prefix, struct page *page)
{
    static const struct page_column columns[] = {
        {"claim", false}, {"verdict", false}, {"measured here", false}, {"depends on", false}};
    struct report_grid grid;
    char heading[REPORT_NAME_BYTES + 64];
    const json_t *claim;
    size_t i;
    snprintf(heading, sizeof heading, "%sthe story's claims, tested here", prefix);
    page->ops->heading(page, heading);
    report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
    json_array_foreach(json_object_get(claims, "claims"), i, claim)
    {
        if (grid.row_count >= ROWS_MAX)
            break;
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", text_of(claim, "claim"));
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", text_of(claim, "verdict"));
        add_lines(&grid, text_of(claim, "evidence"));
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", text_of(claim, "depends_on"));
    }
    report_grid_put(&grid, "Each claim with its verdict and the measurement that says so", page);
}

/* ---- the nights ---- */

static void put_nights(const struct history *history, struct page *page)
{
    static const struct page_column columns[] = {
        {"night", false}, {"revision", false}, {"verdict", false}, {"what", false}};
    struct report_grid grid;
    report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < history->night_count; i++) {
        const struct history_night *night = &history->nights[i];
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", night->name);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", night->revision);
        report_grid_add(&grid, mark_of_verdict(night->verdict), 1, "%s", night->verdict);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", night->what);
    }
    report_grid_put(&grid, "The last nights on this machine", page);
}

static void describe(const struct history *history, const struct history_finding *finding, char *text,
                     size_t size)
{
    const struct history_step *last =
        finding->step_count ? &finding->steps[(finding->step_count < HISTORY_STEPS_MAX ? finding->step_count
                                                                                       : HISTORY_STEPS_MAX) -
                                              1]
                            : NULL;
    if (finding->is_beyond_fence)
        snprintf(text, size, "beyond the fence: %.4g above %.4g of the %zu nights before (advisory)",
                 finding->tonight, finding->fence, finding->fence_nights);
    else if (finding->has_trend)
        snprintf(text, size, "%s by %.3g %% a night over %zu nights",
                 finding->slope_ratio > 0 ? "rises" : "falls", 100 * fabs(finding->slope_ratio),
                 finding->count);
    else if (finding->varies || !last)
        snprintf(text, size, "varies: %zu changes in %zu nights", finding->step_count, finding->count);
    else
        snprintf(text, size, "step in night %.60s: %.6g to %.6g", history->nights[last->night].name,
                 last->from, last->to);
}

static void put_changes(const struct history *history, struct page *page)
{
    static const struct page_column columns[] = {
        {"cell", false}, {"metric", false}, {"lowest", true}, {"highest", true}, {"what changed", false}};
    struct report_grid grid;
    report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < history->series_count && grid.row_count < ROWS_MAX; i++) {
        const struct history_series *series = &history->series[i];
        struct history_finding finding;
        char text[240];
        if (!history_look(series, history->night_count, &finding))
            continue;
        describe(history, &finding, text, sizeof text);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", series->cell);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s%s", series->metric->name,
                        finding.is_ratio ? " over glibc" : "");
        report_grid_add(&grid, PAGE_PLAIN, 1, "%.4g", finding.low);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%.4g", finding.high);
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", text);
    }
    if (!grid.row_count)
        page->ops->paragraph(page, "Nothing changed over these nights.");
    report_grid_put(&grid, "What changed over the nights; less is better", page);
}

static void put_history(const struct report_run *run, const char *prefix, struct page *page)
{
    const struct history *history = &run->history.history;
    char heading[REPORT_NAME_BYTES + 40];
    if (!*run->history_error && !history->night_count)
        return;
    snprintf(heading, sizeof heading, "%sthe nights so far", prefix);
    page->ops->heading(page, heading);
    /* A history that cannot be read is no reason to have no report: it says so in its place. */
    if (*run->history_error) {
        page->ops->paragraph(page, run->history_error);
        return;
    }
    put_nights(history, page);
    put_changes(history, page);
}

static bool has_any(const struct report_run *run)
{
    return run->duel || *run->duel_error || run->claims || *run->claims_error ||
           run->history.history.night_count || *run->history_error;
}

static void put_run(const struct report_run *run, const char *prefix, struct page *page)
{
    if (*run->duel_error)
        page->ops->paragraph(page, run->duel_error);
    if (run->duel)
        put_duel(run->duel, prefix, page);
    put_history(run, prefix, page);
    if (*run->claims_error)
        page->ops->paragraph(page, run->claims_error);
    if (run->claims)
        put_claims(run->claims, prefix, page);
}

bool report_has_beside(const struct report *report)
{
    for (size_t i = 0; i < report->count; i++)
        if (has_any(&report->runs[i]))
            return true;
    return false;
}

void report_put_beside(const struct report *report, struct page *page)
{
    for (size_t i = 0; i < report->count; i++) {
        char prefix[REPORT_NAME_BYTES + 8];
        put_run(&report->runs[i], report_prefix(report, &report->runs[i], prefix), page);
    }
}
