/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's target over everything that reads what an earlier run stored. The first byte of an input chooses the
 * reader, 'A' the first; the rest is the file. A further reader is a function and a line of `readers`, and a seed under
 * seeds/: its letter, then the file. What is accepted goes on to what works on it, since a value that a reader lets through must
 * not do its harm later. Nothing here opens a file of the input's choice.
 */
#include "harness/common/stored.h"
#include "harness/evaluate/summary.h"
#include "harness/gate/baseline.h"
#include "harness/history/history_night.h"
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

/* One record as two growths at four sizes, and as other allocators at one, in both modes: all that a summary knows to
 * say of one cell, of a sweep, and of allocators held against each other. */
static void summarise(const struct result *result)
{
    enum { SIZES = 4, GROWTHS = 2, MODES = 2, SWEEP = SIZES * GROWTHS * MODES, OTHERS = 3 };
    enum { COUNT = SWEEP + OTHERS * MODES };
    static const uint64_t growths[GROWTHS] = {CELL_GROWTH_DEFAULT, 1500};
    static const char *const others[OTHERS] = {"mremap", "mimalloc", "mimalloc:lean"};
    static struct result items[COUNT]; /* too large for a stack under ASan; filled anew each time */
    FILE *out = fopen("/dev/null", "we");
    for (size_t i = 0; i < COUNT; i++) {
        struct cell *cell = &items[i].cell;
        const size_t place = i / MODES;
        items[i] = *result;
        cell->mode = i % MODES ? CELL_LATENCY : CELL_THROUGHPUT;
        if (i < SWEEP) {
            cell->growth = growths[place % GROWTHS];
            cell->entries += cell->entries / 8 * (place / GROWTHS);
        } else {
            memset(cell->allocator, 0, sizeof cell->allocator);
            strcpy(cell->allocator, others[place - SWEEP / MODES]);
        }
        cell_format_id(cell, items[i].id);
    }
    const struct results parts[] = {
        {1, items}, {SWEEP, items}, {COUNT - SWEEP, items + SWEEP}, {COUNT, items}};
    for (size_t i = 0; out && i < sizeof parts / sizeof *parts; i++)
        summary_print(&parts[i], out);
    if (out)
        fclose(out);
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

/* ---- the gate's files ---- */

static void read_baseline(const char *text, size_t length)
{
    char clause[SENTENCE_BYTES] = "";
    struct gate_samples samples;
    json_t *json = stored_parse(text, length, clause);
    int failed = json ? baseline_take(json, &samples, clause) : 1;
    check_refusal(failed, clause);
    if (!failed)
        gate_samples_free(&samples);
    json_decref(json);
}

static void read_night(const char *text, size_t length)
{
    char clause[SENTENCE_BYTES] = "";
    struct history_night night = {0};
    json_t *json = stored_parse(text, length, clause);
    check_refusal(json ? history_take_night(json, &night, clause) : 1, clause);
    json_decref(json);
}

/* ---- a repetition's tables ---- */

/* What a file says is a number; columns that it has not are none, and are the last ones. */
static bool check_row(void *context, const double *numbers)
{
    (void)context;
    for (size_t i = 0; i < RESULTS_ROW_NUMBERS; i++)
        if (isnan(numbers[i]) ? i < 3 || (i + 1 < RESULTS_ROW_NUMBERS && !isnan(numbers[i + 1]))
                              : !(fabs(numbers[i]) <= STORED_NUMBER_MAX))
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

/* ---- one value of a JSON at a time: most changes of bytes make no JSON any more ---- */

static json_t *hostile_value(unsigned seed)
{
    static const char *const values[] = {
        "0",
        "-1",
        "1",
        "7.5",
        "1e18",
        "-9e18",
        "1e300",
        "9223372036854775807",
        "true",
        "null",
        "\"\"",
        "\"many\"",
        "\"OK\"",
        "\"TIMEOUT\"",
        "\"a\\u001b[2J\\n\"",
        "[]",
        "{}",
        "[[[[]]]]",
        "[\"KEYED\", \"YARDSTICK\", 7]",
        "{\"schema\": 1}",
        "\"fill/array/mremap/entries:281474976710656\"",
        "\"churn/a/b/entries:1/count:1000000/snapshot:fork\"",
        "\"drain/a:b/region/entries:64/threads:256/keys:file-0a1b2c3d/aslr:on\"",
        "\"--entries=2^10..2^20/64\"",
        "\"--growth=1.01,16,+1\""};
    return json_loads(values[seed % (sizeof values / sizeof *values)], JSON_DECODE_ANY, NULL);
}

/* Replaces, takes away or doubles one value, at a depth that the seed chooses. */
static void change_value(json_t *json, unsigned seed)
{
    const size_t count = json_is_object(json) ? json_object_size(json) : json_array_size(json);
    const unsigned next = seed / 8 * 2654435761u + 12345;
    if (!count)
        return;
    size_t place = next % count;
    void *at = json_object_iter(json);
    for (size_t i = 0; at && i < place; i++)
        at = json_object_iter_next(json, at);
    json_t *value = at ? json_object_iter_value(at) : json_array_get(json, place);
    if ((json_is_object(value) || json_is_array(value)) && seed % 8 > 1)
        change_value(value, next >> 8);
    else if (at && seed % 8 == 0)
        json_object_del(json, json_object_iter_key(at));
    else if (at)
        json_object_set_new(json, json_object_iter_key(at), hostile_value(next >> 16));
    else if (seed % 8 < 4)
        json_array_set_new(json, place, hostile_value(next >> 16));
    else
        json_array_append(json, value);
}

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    json_t *json = size && seed % 2 ? json_loadb((const char *)data + 1, size - 1, 0, NULL) : NULL;
    if (!json)
        return LLVMFuzzerMutate(data, size, max_size);
    change_value(json, seed / 2);
    size_t length = json_dumpb(json, (char *)data + 1, max_size - 1, JSON_COMPACT);
    json_decref(json);
    return length && length < max_size ? length + 1 : size;
}

/* ---- one input ---- */

static void (*const readers[])(const char *text, size_t length) = {
    read_record,    /* A */
    read_arguments, /* B */
    read_rows,      /* C, then '0' series, '1' growth, '2' pauses, '3' latency */
    read_baseline,  /* D */
    read_night,     /* E */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { READER_COUNT = sizeof readers / sizeof *readers };
    if (size)
        readers[(unsigned char)(*data - 'A') % READER_COUNT]((const char *)data + 1, size - 1);
    return 0;
}
