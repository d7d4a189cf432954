/* SPDX-License-Identifier: MIT
 *
 * The short form, for the terminal: the answer alone.
 */
#include "harness/report/page_text.h"
#include "harness/report/report_parts.h"

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
            print_answer(&answers->items[j], out);
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
