/* SPDX-License-Identifier: MIT
 *
 * A repetition's tables of text, read back. They are written whole or not at all: a line that is no row is damage, and
 * a chart of the rest would be of something that nobody measured.
 */
#include "harness/results/results_parts.h"

#include "harness/common/files.h"
#include "harness/common/stored.h"
#include "harness/measure/recorder.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A tenth of this is what record.h's rows come to. */
static const size_t table_bytes_max = (size_t)32 << 20;

enum { NUMBER_BYTES = 32 };

static const struct table_row {
    const char *file;
    const char *heading; /* the names of the columns that are known */
    size_t needed;       /* the first ones, which every file has */
    bool is_tabular;     /* every row has as many columns as the heading; else as many as it likes */
} tables[RESULTS_TABLE_COUNT] = {
    [RESULTS_SERIES] = {"series.tsv", "entries\tseconds\trss_bytes\tinterval_peak_rss_bytes", 4, true},
    [RESULTS_GROWTH] = {"growth.tsv",
                        "entries\tstart_ns\tduration_ns\tkind\tresize_ns\told_bytes\tnew_bytes\tfree_ns"
                        "\ttable_faults\ttable_system_ns",
                        3, true},
    [RESULTS_PAUSES] = {"pauses.tsv", "entries\tstart_ns\tduration_ns", 3, true},
    [RESULTS_LATENCY] = {"latency.hgrm", "Value Percentile TotalCount", 3, false},
};

/* A column: what stands between blanks. */
struct column {
    const char *text;
    size_t length;
};

/* Returns where the next one begins. */
static const char *next_column(const char *at, const char *end, struct column *column)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    column->text = at;
    while (at < end && *at != ' ' && *at != '\t')
        at++;
    column->length = (size_t)(at - column->text);
    return at;
}

/* strtod alone would take "nan", "inf" and hexadecimal numbers too. */
static bool take_number(const struct column *column, double *number)
{
    char text[NUMBER_BYTES], *end;
    if (!column->length || column->length >= sizeof text)
        return false;
    memcpy(text, column->text, column->length);
    text[column->length] = 0;
    if (strspn(text, "0123456789.-+eE") != column->length)
        return false;
    *number = strtod(text, &end);
    return !*end && fabs(*number) <= STORED_NUMBER_MAX;
}

static size_t count_columns(const char *at, const char *end)
{
    struct column column;
    size_t count = 0;
    for (at = next_column(at, end, &column); column.length; at = next_column(at, end, &column))
        count++;
    return count;
}

/* How many of the known columns the file has; 0 if it has not those that are needed, or others in their place. */
static size_t take_heading(const struct table_row *row, const char *at, const char *end)
{
    const char *name = row->heading, *stop = name + strlen(name);
    struct column expected, column;
    for (size_t i = 0;; i++) {
        name = next_column(name, stop, &expected);
        at = next_column(at, end, &column);
        if (!expected.length || !column.length)
            return i >= row->needed ? i : 0;
        if (column.length != expected.length || memcmp(column.text, expected.text, column.length))
            return 0;
    }
}

static bool take_kind(const struct column *column, double *number)
{
    for (int kind = 0; kind < RECORDER_KIND_COUNT; kind++)
        if (strlen(recorder_kind_names[kind]) == column->length &&
            !memcmp(recorder_kind_names[kind], column->text, column->length)) {
            *number = kind;
            return true;
        }
    return false;
}

/* Returns 0, or EBADMSG with a clause that goes on after "line N". */
static int take_columns(enum results_table table, size_t count, const char *at, const char *end,
                        double *numbers, char *clause)
{
    for (size_t i = 0; i < RESULTS_ROW_NUMBERS; i++)
        numbers[i] = NAN;
    for (size_t i = 0; i < count; i++) {
        const bool is_kind = table == RESULTS_GROWTH && i == RESULTS_GROWTH_KIND;
        struct column column;
        at = next_column(at, end, &column);
        if (!(is_kind ? take_kind : take_number)(&column, &numbers[i]))
            return sentence_fail(clause, EBADMSG, "has '%.*s' where a %s should stand",
                                 (int)(column.length < 40 ? column.length : 40), column.text,
                                 is_kind ? "kind of block event" : "number");
    }
    return 0;
}

int results_take_rows(enum results_table table, const char *text, size_t length, results_take_row *take,
                      void *context, char *error)
{
    const struct table_row *row = &tables[table];
    const char *end = text + length, *at = text;
    size_t columns = 0, known = 0;
    if (!length)
        return sentence_fail(error, EBADMSG, "it is empty");
    if (end[-1] != '\n')
        return sentence_fail(error, EBADMSG, "it ends in the middle of a line");
    if (memchr(text, 0, length))
        return sentence_fail(error, EBADMSG, "it has a NUL byte, as text has not");
    for (size_t line = 1; at < end; line++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        double numbers[RESULTS_ROW_NUMBERS];
        char clause[SENTENCE_BYTES];
        if (line == 1) {
            known = take_heading(row, at, stop);
            if (!known)
                return sentence_fail(error, EBADMSG, "line 1 is not the heading of a %s", row->file);
            columns = count_columns(at, stop);
        } else if (row->is_tabular && count_columns(at, stop) != columns) {
            return sentence_fail(error, EBADMSG, "line %zu has %zu columns, not %zu", line,
                                 count_columns(at, stop), columns);
        } else if (row->is_tabular || (at < stop && *at != '#')) {
            if (take_columns(table, known, at, stop, numbers, clause))
                return sentence_fail(error, EBADMSG, "line %zu %.200s", line, clause);
            if (!take(context, numbers))
                break;
        }
        at = stop + 1;
    }
    return 0;
}

int results_each_row(const struct result *result, enum results_table table, results_take_row *take,
                     void *context, char *error)
{
    char path[RESULTS_PATH_BYTES], clause[SENTENCE_BYTES], *text;
    size_t length;
    results_join(path, sizeof path, result->folder, tables[table].file);
    int failed = files_read_stored(path, table_bytes_max, &text, &length, clause);
    if (failed == ENOENT)
        return 0;
    if (failed)
        return results_fail_damaged(path, failed, clause, error);
    failed = results_take_rows(table, text, length, take, context, clause);
    free(text);
    return failed ? results_fail_damaged(path, failed, clause, error) : 0;
}
