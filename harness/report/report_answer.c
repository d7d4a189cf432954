/* SPDX-License-Identifier: MIT
 *
 * The answer: for each table the choice with its three numbers, what the usual choice would have cost, and what the
 * numbers cannot bear.
 */
#include "harness/report/report_parts.h"

#include <stdio.h>
#include <string.h>

static void put_lines(const struct answer_lines *lines, struct page *page)
{
    const char *items[ANSWER_LINES_MAX];
    for (size_t i = 0; i < lines->count; i++)
        items[i] = lines->items[i];
    if (lines->count)
        page->ops->list(page, items, lines->count);
}

static const char *or_dash(const char *text)
{
    return *text ? text : "-";
}

/* The number first, and what qualifies it below: what is looked for must be found at a glance. */
static void add_split(struct report_grid *grid, const char *text)
{
    const char *end = text + strcspn(text, ",:;(");
    while (end > text && end[-1] == ' ')
        end--;
    const char *rest = end + strspn(end, " ,:;");
    report_grid_add(grid, PAGE_PLAIN, 1, "%.*s", (int)(end - text), text);
    report_grid_explain(grid, rest);
}

/* One row a table: the three numbers side by side. */
static void put_choices(const struct answers *answers, struct page *page)
{
    static const struct page_column columns[] = {{"table: choose", false},
                                                 {"memory limit to set", false},
                                                 {"longest stall", false},
                                                 {"addresses that moved", false},
                                                 {"the usual choice", false}};
    struct report_grid grid;
    report_grid_begin(&grid, columns, sizeof columns / sizeof *columns);
    grid.stacks = true;
    for (size_t i = 0; i < answers->count; i++) {
        const struct answer *a = &answers->items[i];
        report_grid_add(&grid, a->chosen_count ? PAGE_PLAIN : PAGE_MUTED, 1, "%s", a->headline);
        add_split(&grid, or_dash(a->limit));
        add_split(&grid, or_dash(a->stall));
        add_split(&grid, or_dash(a->moves));
        report_grid_add(&grid, PAGE_PLAIN, 1, "%s", or_dash(a->usual_cost));
    }
    report_grid_put(&grid,
                    "The choice for each table; a figure is the worst over the sizes and heaps in which all "
                    "were measured",
                    page);
}

static void put_why(const struct answer *answer, struct page *page)
{
    if (!answer->reasons.count && !answer->caveats.count && !*answer->alternative_text)
        return;
    page->ops->open_details(page, answer->headline);
    if (*answer->alternative_text)
        page->ops->paragraph(page, answer->alternative_text);
    put_lines(&answer->reasons, page);
    put_lines(&answer->caveats, page);
    page->ops->close_details(page);
}

static void put_run(const struct report *report, const struct report_run *run, struct page *page)
{
    const struct answers *answers = &run->answers;
    char heading[REPORT_NAME_BYTES + ANSWER_TEXT_BYTES + 8], prefix[REPORT_NAME_BYTES + 8];
    snprintf(heading, sizeof heading, "%s%s", report_prefix(report, run, prefix), answers->scope);
    page->ops->open_box(page, heading);
    if (!answers->count)
        page->ops->paragraph(page, "The run has no table that could be chosen.");
    put_choices(answers, page);
    for (size_t i = 0; i < answers->ways.count; i++)
        page->ops->paragraph(page, answers->ways.items[i]);
    put_lines(&answers->caveats, page);
    page->ops->note(page, ANSWER_RULE);
    page->ops->close_box(page);
    for (size_t i = 0; i < answers->count; i++)
        put_why(&answers->items[i], page);
}

void report_put_answer(const struct report *report, struct page *page)
{
    for (size_t i = 0; i < report->count; i++)
        put_run(report, &report->runs[i], page);
}
