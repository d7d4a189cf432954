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

/* Of "1.02x the payload: 618 MiB ...": up to where it is qualified. */
static int number_length(const char *text)
{
    size_t length = strcspn(text, ",:;(");
    while (length && text[length - 1] == ' ')
        length--;
    return (int)length;
}

/* The number first, and what qualifies it below: what is looked for must be found at a glance. */
static void add_split(struct report_grid *grid, const char *text)
{
    const char *end = text + number_length(text);
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

/* ---- several runs ---- */

static const struct answer *find_answer(const struct answers *answers, const char *question)
{
    for (size_t i = 0; i < answers->count; i++)
        if (!strcmp(answers->items[i].question, question))
            return &answers->items[i];
    return NULL;
}

/* What is chosen, without the question that it is an answer to. */
static const char *choice_of(const struct answer *answer)
{
    const char *colon = answer ? strstr(answer->headline, ": ") : NULL;
    return !answer ? "not asked" : colon ? colon + 2 : answer->headline;
}

static void add_choice(struct report_grid *grid, const struct answer *answer, const struct answer *first)
{
    char numbers[ANSWER_TEXT_BYTES];
    const bool differs = answer && first && strcmp(choice_of(answer), choice_of(first)) != 0;
    report_grid_add(grid, answer ? PAGE_PLAIN : PAGE_MUTED, 1, "%s%s", choice_of(answer),
                    differs ? " (differs)" : "");
    if (!answer || !answer->chosen_count)
        return;
    snprintf(numbers, sizeof numbers, "%.*s; longest stall %.*s; blocks moved %.*s",
             number_length(answer->limit), answer->limit, number_length(answer->stall), answer->stall,
             number_length(answer->moves), answer->moves);
    report_grid_explain(grid, numbers);
}

/* The choices of all runs, a line a question. */
static void put_side_by_side(const struct report *report, struct page *page)
{
    struct page_column columns[REPORT_RUNS_MAX + 1] = {{"table", false}};
    struct report_grid grid;
    for (size_t i = 0; i < report->count; i++)
        columns[i + 1] = (struct page_column){report->runs[i].letter, false};
    report_grid_begin(&grid, columns, report->count + 1);
    grid.stacks = true;
    for (size_t i = 0; i < report->count; i++)
        for (size_t j = 0; j < report->runs[i].answers.count; j++) {
            const char *question = report->runs[i].answers.items[j].question;
            bool is_known = false;
            for (size_t k = 0; k < i && !is_known; k++)
                is_known = find_answer(&report->runs[k].answers, question) != NULL;
            if (is_known)
                continue;
            report_grid_add(&grid, PAGE_PLAIN, 1, "%s", question);
            for (size_t k = 0; k < report->count; k++)
                add_choice(&grid, find_answer(&report->runs[k].answers, question),
                           find_answer(&report->runs[0].answers, question));
        }
    report_grid_put(&grid, "The choices side by side; times of different sessions do not compare", page);
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
    if (report->count > 1)
        put_side_by_side(report, page);
    for (size_t i = 0; i < report->count; i++)
        put_run(report, &report->runs[i], page);
}
