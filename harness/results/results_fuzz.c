/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's target over everything that reads what an earlier run stored. The first byte of an input chooses the
 * reader, 'A' the first; the rest is the file. A further reader is a function and a line of `readers`, and a seed under
 * seeds/: its letter, then the file. What is accepted goes on to what works on it, since a value that a reader lets through must
 * not do its harm later. Nothing here opens a file of the input's choice.
 */
#include "harness/common/stored.h"
#include "harness/evaluate/summary.h"
#include "harness/request/spec.h"
#include "harness/request/spec_stored.h"
#include "harness/results/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Whoever refuses must say why, in one line that ends. */
static void check_refusal(int failed, const char *clause)
{
    if (failed && (!*clause || strlen(clause) >= SENTENCE_BYTES || strchr(clause, '\n')))
        abort();
}

/* ---- records, and the tables on the terminal ---- */

/* One record as two growths at five sizes, in both modes: all that a summary knows to say. */
static void summarise(const struct result *result)
{
    enum { SIZES = 5, GROWTHS = 2, MODES = 2, COUNT = SIZES * GROWTHS * MODES };
    static const uint64_t growths[GROWTHS] = {CELL_GROWTH_DEFAULT, 1500};
    static struct result items[COUNT]; /* too large for a stack under ASan; filled anew each time */
    FILE *out = fopen("/dev/null", "we");
    for (size_t i = 0; i < COUNT; i++) {
        items[i] = *result;
        items[i].cell.growth = growths[i / MODES % GROWTHS];
        items[i].cell.mode = i % MODES ? CELL_LATENCY : CELL_THROUGHPUT;
        items[i].cell.entries = result->cell.entries + result->cell.entries / 8 * (i / MODES / GROWTHS);
        cell_format_id(&items[i].cell, items[i].id);
    }
    struct results one = {1, items}, sweep = {COUNT, items};
    if (out) {
        summary_print(&one, out);
        summary_print(&sweep, out);
        fclose(out);
    }
}

static void read_record(const char *text, size_t length)
{
    char clause[SENTENCE_BYTES] = "", folder[CELL_ID_BYTES];
    struct result result;
    int failed = results_take_record(text, length, &result, clause);
    check_refusal(failed, clause);
    if (!failed) {
        if (result.repetition < 0 || isnan(result.order) ||
            strchr(cell_format_folder(&result.cell, folder), '/'))
            abort();
        summarise(&result);
    }
    results_release(&result);
}

/* ---- run.json: what a resumed run is asked for ---- */

static void read_arguments(const char *text, size_t length)
{
    char clause[SENTENCE_BYTES] = "", error[SENTENCE_BYTES] = "", name[] = "run", out[] = "--out=here",
         *arguments[SPEC_STORED_MAX + 3] = {name};
    int count = 0;
    json_t *run = stored_parse(text, length, clause);
    int failed = run ? spec_take_stored(run, arguments + 1, &count, clause) : 1;
    check_refusal(failed, clause);
    if (!failed) {
        static struct spec spec; /* large; set anew each time */
        spec_init(&spec);
        arguments[count + 1] = out;
        check_refusal(spec_parse(&spec, count + 2, arguments, error), error);
        if (spec.resume || (*spec.out && strcmp(spec.out, "here")))
            abort();
    }
    json_decref(run);
}

/* ---- a repetition's tables ---- */

static bool check_row(void *context, const double *numbers)
{
    (void)context;
    for (size_t i = 0; i < RESULTS_ROW_NUMBERS; i++)
        if (!(fabs(numbers[i]) <= STORED_NUMBER_MAX))
            abort();
    return true;
}

static void read_rows(const char *text, size_t length)
{
    if (!length)
        return;
    char clause[SENTENCE_BYTES] = "";
    enum results_table table = (enum results_table)((unsigned char)*text % RESULTS_TABLE_COUNT);
    check_refusal(results_take_rows(table, text + 1, length - 1, check_row, NULL, clause), clause);
}

/* ---- one input ---- */

static void (*const readers[])(const char *text, size_t length) = {
    read_record,    /* A */
    read_arguments, /* B */
    read_rows,      /* C, then '0' series, '1' growth, '2' pauses, '3' latency */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { READER_COUNT = sizeof readers / sizeof *readers };
    if (size)
        readers[(unsigned char)(*data - 'A') % READER_COUNT]((const char *)data + 1, size - 1);
    return 0;
}
