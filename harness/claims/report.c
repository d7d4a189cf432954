/* SPDX-License-Identifier: MIT */
#include "harness/claims/report.h"

#include "harness/claims/parts.h"

#include <inttypes.h>
#include <string.h>

enum { COLUMNS = 110, EVIDENCE_INDENT = 6 };

/* Prints words up to the last column; `used` columns of the first line are taken. */
static void print_wrapped(FILE *out, const char *text, int used, int indent)
{
    int column = used;
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > indent && column + 1 + length > COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void count_outcomes(const struct claims_report *report, int *counts)
{
    memset(counts, 0, CLAIMS_OUTCOME_COUNT * sizeof *counts);
    for (int i = 0; i < CLAIMS_COUNT; i++)
        counts[report->verdicts[i].outcome]++;
}

static void print_sum(const struct claims_report *report, FILE *out)
{
    int counts[CLAIMS_OUTCOME_COUNT];
    count_outcomes(report, counts);
    fprintf(out, "Of %d claims %d hold, %d do not hold, %d depend, %d are not testable here.", CLAIMS_COUNT,
            counts[CLAIMS_HOLDS], counts[CLAIMS_DOES_NOT_HOLD], counts[CLAIMS_DEPENDS],
            counts[CLAIMS_NOT_TESTABLE]);
}

static const char *text_of(const struct claims_report *report, const char *key)
{
    const char *text = json_string_value(json_object_get(report->context, key));
    return text ? text : "";
}

static double number_of(const struct claims_report *report, const char *key)
{
    return json_number_value(json_object_get(report->context, key));
}

static void describe(const struct claims_report *report, char *text, size_t size)
{
    snprintf(text, size,
             "Measured within %s a process: largest old block %s where the story has 16 GiB. Overcommit mode "
             "%.0f, "
             "RAM %s, swap %s, THP %s, %s, %s.",
             claims_bytes((double)report->budget_bytes).text, claims_bytes((double)report->block_bytes).text,
             number_of(report, "overcommit_memory"),
             claims_bytes(isnan(report->ram_bytes) ? number_of(report, "mem_total_bytes") : report->ram_bytes)
                 .text,
             claims_bytes(number_of(report, "swap_total_bytes")).text, text_of(report, "thp_enabled"),
             text_of(report, "libc"), text_of(report, "kernel"));
}

void claims_report_print(const struct claims_report *report, FILE *out)
{
    char text[512];
    describe(report, text, sizeof text);
    fputs("\n", out);
    print_wrapped(out, text, 0, 0);
    for (int i = 0; i < CLAIMS_COUNT; i++) {
        const struct claims_verdict *v = &report->verdicts[i];
        int used = fprintf(out, "\n%3d  %-18s", claims_rows[i].id, claims_outcome_words[v->outcome]) - 1;
        print_wrapped(out, claims_rows[i].sentence, used, used);
        for (size_t line = 0; line < v->line_count; line++) {
            fprintf(out, "%*s- ", EVIDENCE_INDENT - 2, "");
            print_wrapped(out, v->lines[line], EVIDENCE_INDENT, EVIDENCE_INDENT);
        }
        snprintf(text, sizeof text, "depends on: %s", v->depends_on);
        fprintf(out, "%*s", EVIDENCE_INDENT, "");
        print_wrapped(out, text, EVIDENCE_INDENT, EVIDENCE_INDENT);
    }
    fputs("\n", out);
    print_sum(report, out);
    fprintf(out, "  (%.0f s)\n", report->wall_seconds);
}

void claims_report_write_markdown(const struct claims_report *report, FILE *out)
{
    char text[512];
    describe(report, text, sizeof text);
    fprintf(out, "# The claims, tested\n\n");
    print_sum(report, out);
    fprintf(out, "\n\n%s\n\n| # | claim | verdict |\n|--:|---|---|\n", text);
    for (int i = 0; i < CLAIMS_COUNT; i++)
        fprintf(out, "| %d | %s | %s |\n", claims_rows[i].id, claims_rows[i].sentence,
                claims_outcome_words[report->verdicts[i].outcome]);
    for (int i = 0; i < CLAIMS_COUNT; i++) {
        const struct claims_verdict *v = &report->verdicts[i];
        fprintf(out, "\n## %d. %s\n\n%s\n\n", claims_rows[i].id, claims_outcome_words[v->outcome],
                claims_rows[i].sentence);
        for (size_t line = 0; line < v->line_count; line++)
            fprintf(out, "* %s\n", v->lines[line]);
        fprintf(out, "\nDepends on: %s.\n", v->depends_on);
    }
    fprintf(out, "\n## The machine\n\n| | |\n|---|---|\n");
    static const char *const keys[] = {"date",
                                       "cpu_model",
                                       "kernel",
                                       "libc",
                                       "virtualization",
                                       "thp_enabled",
                                       "machine_fingerprint",
                                       "growbench_version",
                                       "git_revision",
                                       "compiler",
                                       "compiler_flags"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        fprintf(out, "| %s | %s |\n", keys[i], text_of(report, keys[i]));
    static const char *const sizes[] = {"mem_total_bytes", "swap_total_bytes", "memory_limit_bytes"};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        fprintf(out, "| %s | %.0f |\n", sizes[i], number_of(report, sizes[i]));
    fprintf(out, "| overcommit_memory | %.0f |\n| cpu_count | %.0f |\n",
            number_of(report, "overcommit_memory"), number_of(report, "cpu_count"));
    fprintf(out,
            "\n## To repeat it\n\n    make claims BUDGET=%" PRIu64
            "\n\nIt took %.0f s. Every verdict follows "
            "from what was measured in that run, by the rules in harness/claims/tables.c and "
            "harness/claims/system.c.\n",
            report->budget_bytes, report->wall_seconds);
}

json_t *claims_report_json(const struct claims_report *report)
{
    json_t *claims = json_array();
    for (int i = 0; i < CLAIMS_COUNT; i++) {
        const struct claims_verdict *v = &report->verdicts[i];
        char evidence[CLAIMS_LINE_COUNT * CLAIMS_LINE_BYTES];
        size_t used = 0;
        for (size_t line = 0; line < v->line_count; line++)
            used += (size_t)snprintf(evidence + used, sizeof evidence - used, "%s%s", line ? "\n" : "",
                                     v->lines[line]);
        json_array_append_new(claims,
                              json_pack("{s:i,s:s,s:s,s:s#,s:s}", "id", claims_rows[i].id, "claim",
                                        claims_rows[i].sentence, "verdict", claims_outcome_names[v->outcome],
                                        "evidence", evidence, (int)used, "depends_on", v->depends_on));
    }
    int counts[CLAIMS_OUTCOME_COUNT];
    count_outcomes(report, counts);
    json_t *sum = json_object();
    for (int i = 0; i < CLAIMS_OUTCOME_COUNT; i++)
        json_object_set_new(sum, claims_outcome_names[i], json_integer(counts[i]));
    return json_pack("{s:o,s:o,s:I,s:I,s:f,s:O}", "claims", claims, "summary", sum, "budget_bytes",
                     (json_int_t)report->budget_bytes, "block_bytes", (json_int_t)report->block_bytes,
                     "wall_seconds", report->wall_seconds, "context", report->context);
}
