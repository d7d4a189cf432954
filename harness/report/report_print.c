/* SPDX-License-Identifier: MIT
 *
 * The short form, for the terminal: the answer alone.
 */
#include "harness/report/page_text.h"
#include "harness/report/report_parts.h"

#include <string.h>

enum { WHOLE_MAX = 6 };

static void print_line(const char *before, const char *text, FILE *out)
{
    if (!*text)
        return;
    fputs(before, out);
    while (*text)
        page_text_put(page_text_next(&text), out);
    fputc('\n', out);
}

static void print_answer(const struct answer *answer, FILE *out)
{
    fputc('\n', out);
    print_line("  ", answer->headline, out);
    print_line("    set the limit to  ", answer->limit, out);
    print_line("    longest stall     ", answer->stall, out);
    print_line("    addresses         ", answer->moves, out);
    print_line("    the usual choice  ", answer->usual_cost, out);
    print_line("    or                ", answer->alternative_text, out);
    for (size_t i = 0; i < answer->caveats.count; i++)
        print_line("    but               ", answer->caveats.items[i], out);
}

/* What stands before the first comma or parenthesis. */
static void add_first(char *line, size_t size, const char *before, const char *text)
{
    const size_t used = strlen(line);
    size_t length = strcspn(text, ",:;(");
    while (length && text[length - 1] == ' ')
        length--;
    if (length)
        snprintf(line + used, size - used, "%s%.*s", before, (int)length, text);
}

/* Of a run with many tables a line each; the page has the rest. */
static void print_line_of(const struct answer *answer, FILE *out)
{
    char line[2 * ANSWER_TEXT_BYTES];
    snprintf(line, sizeof line, "%s", answer->headline);
    add_first(line, sizeof line, "; limit ", answer->limit);
    add_first(line, sizeof line, "; longest stall ", answer->stall);
    add_first(line, sizeof line, "; moved ", answer->moves);
    print_line("  ", line, out);
}

void report_print(const struct report *report, FILE *out)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct answers *answers = &report->runs[i].answers;
        char prefix[REPORT_NAME_BYTES + 8];
        char heading[REPORT_NAME_BYTES + ANSWER_TEXT_BYTES + 8];
        snprintf(heading, sizeof heading, "%s%s", report_prefix(report, &report->runs[i], prefix),
                 answers->scope);
        print_line("", heading, out);
        for (size_t j = 0; j < answers->count; j++)
            if (answers->count <= WHOLE_MAX)
                print_answer(&answers->items[j], out);
            else
                print_line_of(&answers->items[j], out);
        fputc('\n', out);
        for (size_t j = 0; j < answers->ways.count; j++)
            print_line("  ", answers->ways.items[j], out);
        for (size_t j = 0; j < answers->caveats.count; j++)
            print_line("  ", answers->caveats.items[j], out);
    }
    char where[RESULTS_FOLDER_BYTES + 40];
    snprintf(where, sizeof where, "%s/report.html, report.md", report->folder);
    fputc('\n', out);
    print_line("  report  ", where, out);
}
