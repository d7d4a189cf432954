/* SPDX-License-Identifier: MIT
 *
 * Stored files that are damaged, foreign or made to do harm: each is refused with the value that is wrong, and nothing
 * waits, crashes or is lost. What no list can think of is results_fuzz.c's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "harness/charts/plot_data.h"
#include "harness/charts/plot_lines.h"
#include "harness/common/stored.h"
#include "harness/evaluate/summary.h"
#include "harness/results/results.h"
#include "harness/testing/folder.h"

/* Such a record is taken, or refused with this clause. */
static void expect_clause(const char *text, size_t length, const char *clause)
{
    struct result result;
    char error[SENTENCE_BYTES] = "";
    int failed = results_take_record(text, length, &result, error);
    results_release(&result);
    if (failed != (clause ? EBADMSG : 0) || strcmp(error, clause ? clause : ""))
        fail_msg("%.*s: error %d, '%s' instead of '%s'", (int)(length < 200 ? length : 200), text, failed,
                 error, clause ? clause : "");
}

/* ---- values ---- */

struct change {
    const char *within, *key; /* of the object `within`; NULL: the record itself */
    const char *json;         /* NULL: taken away */
    const char *clause;       /* NULL: it is taken */
};

static void expect_change(struct folder_fixture *f, const struct change *change)
{
    json_t *json = results_record_json(f->record, &f->extra);
    json_t *object = change->within ? json_object_get(json, change->within) : json;
    if (change->json) {
        json_t *value = json_loads(change->json, JSON_DECODE_ANY, NULL);
        assert_non_null(value);
        json_object_set_new(object, change->key, value);
    } else {
        json_object_del(object, change->key);
    }
    char *text = json_dumps(json, 0);
    expect_clause(text, strlen(text), change->clause);
    free(text);
    json_decref(json);
}

#define LONG_64 "0123456789012345678901234567890123456789012345678901234567890123"
#define ID(part) "\"fill/array/mremap/entries:1000/mode:latency" part "\""

static void test_a_value_that_is_wrong_is_named(void **state)
{
    static const struct change changes[] = {
        {NULL, "schema", "7", "its schema is 7, not 1"},
        {NULL, "schema", "1.0", "its schema is 1.0, not 1"},
        {NULL, "schema", NULL, "its schema is missing"},
        {NULL, "id", "7", "its id is 7, not a text"},
        {NULL, "id", NULL, "its id is missing"},
        {NULL, "id", "\"fill\"", "its id \"fill\" is no cell id: it says no entries"},
        {NULL, "id", "\"\"", "its id \"\" is no cell id: it does not begin with a workload"},
        {NULL, "id", ID("/mode:latency"),
         "its id \"fill/array/mremap/entries:1000/mode:latency/mode:latency\" is no cell id: it says its "
         "mode twice"},
        {NULL, "id", ID("/seed:+7"),
         "its id \"fill/array/mremap/entries:1000/mode:latency/seed:+7\" is no cell id: seed '+7' is not a "
         "positive "
         "number: write 1 or 42"},
        {NULL, "id", "\"fill/array/mremap/entries:10^3/mode:latency\"",
         "its id \"fill/array/mremap/entries:10^3/mode:latency\" is not as it is written: "
         "fill/array/mremap/entries:1000/mode:latency"},
        {NULL, "id", "\"fill/a\\u001b[2Jb/mremap/entries:1000\"",
         "its id \"fill/a\\u001B[2Jb/mremap/entries:1000\" is no cell id: it has no table of 1 to 63 "
         "letters, digits, '_', '-', '.' and ':'"},
        {NULL, "id", "\"fill/\\u00e9/mremap/entries:1000\"",
         "its id \"fill/\\u00E9/mremap/entries:1000\" is no cell id: it has no table of 1 to 63 letters, "
         "digits, '_', '-', '.' and ':'"},
        {NULL, "status", "\"GOOD\"", "its status \"GOOD\" is unknown"},
        {NULL, "status", "\"RUNNING\"", "its status \"RUNNING\" is unknown"},
        {NULL, "status", "[]", "its status is a list, not a text"},
        {NULL, "repetition", "-1", "its repetition is -1, not a whole number from 0 to 999"},
        {NULL, "repetition", "1000", "its repetition is 1000, not a whole number from 0 to 999"},
        {NULL, "repetition", "4294967296", "its repetition is 4294967296, not a whole number from 0 to 999"},
        {NULL, "repetition", "0.0", "its repetition is 0.0, not a whole number from 0 to 999"},
        {NULL, "repetition", "\"0\"", "its repetition is \"0\", not a whole number from 0 to 999"},
        {NULL, "repetition", NULL, "its repetition is missing"},
        {NULL, "order", "\"first\"", "its order is \"first\", not a number"},
        {NULL, "order", "1e300", "its order is 1e300, not a number up to 2^63"},
        {NULL, "order", "7", NULL},
        {NULL, "order", NULL, NULL},
        {NULL, "budget_bytes", "-1",
         "its budget_bytes is -1, not a whole number from 0 to 9223372036854775807"},
        {NULL, "budget_bytes", "1.5",
         "its budget_bytes is 1.5, not a whole number from 0 to 9223372036854775807"},
        {NULL, "budget_bytes", NULL, NULL},
        {NULL, "counters", "[1]", "its counters is a list, not an object"},
        {NULL, "counters", NULL, "its counters is missing"},
        {"counters", "peak_rss_bytes", "\"many\"", "its peak_rss_bytes is \"many\", not a number"},
        {"counters", "peak_rss_bytes", "null", "its peak_rss_bytes is null, not a number"},
        {"counters", "peak_rss_bytes", "true", "its peak_rss_bytes is true, not a number"},
        {"counters", "peak_rss_bytes", "1e19", "its peak_rss_bytes is 1e19, not a number up to 2^63"},
        {"counters", "peak_rss_bytes", "-1e308", "its peak_rss_bytes is -1e308, not a number up to 2^63"},
        {"counters", "peak_rss_bytes", "-4096", NULL}, /* it is net */
        {"counters", "peak_rss_bytes", "4096.5", NULL},
        {"counters", "of_a_later_version", "\"many\"", NULL},
        {NULL, "context", "7", "its context is 7, not an object"},
        {NULL, "context", NULL, "its context is missing"},
        {"context", "cpu_model", "[7]", NULL}, /* whoever shows it says that it is not recorded */
        {NULL, "message", "7", "its message is 7, not a text"},
        {NULL, "message", NULL, "its message is missing"},
        {NULL, "allocator_library", "\"libc\"", "its allocator_library is \"libc\", not an object"},
        {"allocator_library", "version", "2.36", "its version is 2.36, not a text"},
        {"allocator_library", "version", "\"" LONG_64 "\"",
         "its version is \"01234567890123456789012345678901234567890123456789012345678..., not a text of at "
         "most 63 "
         "bytes"},
        {"allocator_library", "sha256", "\"" LONG_64 "0\"",
         "its sha256 is \"01234567890123456789012345678901234567890123456789012345678..., not a text of at "
         "most 64 "
         "bytes"},
        {"allocator_library", "path", NULL, "its path is missing"},
        {NULL, "table_version", "\"" LONG_64 "\"",
         "its table_version is \"01234567890123456789012345678901234567890123456789012345678..., not a text "
         "of at most "
         "63 bytes"},
        {NULL, "table_library", "[]", "its table_library is a list, not an object"},
        {NULL, "table_library", NULL, NULL},
        {NULL, "limit_found_by", "\"guess\"", "its limit_found_by \"guess\" is unknown"},
        {NULL, "limit_found_by", "7", "its limit_found_by is 7, not a text"},
        {NULL, "table_properties", "\"KEYED\"", "its table_properties is \"KEYED\", not a list"},
        {NULL, "table_properties", "[7, null, [\"KEYED\"]]", NULL},
        {NULL, "allocator_properties", "{}", "its allocator_properties is an object, not a list"},
        {NULL, "of_a_later_version", "[[[]]]", NULL},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        expect_change(*state, &changes[i]);
}

/* ---- bytes ---- */

#define BYTES(text) text, sizeof text - 1

static void test_what_is_no_json_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        const char *clause;
    } texts[] = {
        {BYTES(""), "it is empty"},
        {BYTES("42"), "line 1: '[' or '{' expected near '42'"},
        {BYTES("[]"), "it is a list, not an object"},
        {BYTES("{}"), "its schema is missing"},
        {BYTES("\xef\xbb\xbf{}"), "line 1: '[' or '{' expected near '\xef\xbb\xbf'"},
        {BYTES("{\"schema\": 1,\n"), "line 2: string or '}' expected near end of file"},
        {BYTES("{\"schema\": 1, \"schema\": 1}"), "line 1: duplicate object key near '\"schema\"'"},
        {BYTES("{\"schema\": 1}\n{}"), "line 2: end of file expected near '{'"},
        {BYTES("{\"schema\": NaN}"), "line 1: invalid token near 'NaN'"},
        {BYTES("{\"schema\": -Infinity}"), "line 1: invalid token near '-'"},
        {BYTES("{\"schema\": 1e999}"), "line 1: real number overflow near '1e999'"},
        {BYTES("{\"schema\": 99999999999999999999}"), "line 1: too big integer near '99999999999999999999'"},
        {BYTES("{\"schema\": 01}"), "line 1: invalid token near '0'"},
        {BYTES("{\"schema\": \"a\\u0000b\"}"),
         "line 1: \\u0000 is not allowed without JSON_ALLOW_NUL near '\"a\\u0000b\"'"},
        {BYTES("{\"schema\": 1, \"a\0b\": 1}"), "it has a NUL byte, as text has not"},
        {BYTES("{\"schema\": 1}\0"), "it has a NUL byte, as text has not"},
        {BYTES("{\"schema\": \"\xff\"}"), "line 1: unable to decode byte 0xff near '\"'"},
        {BYTES("{\"schema\": \"\xc0\xaf\"}"), "line 1: unable to decode byte 0xc0 near '\"'"},
        {BYTES("{\"schema\": \"\\ud800\"}"), "line 1: invalid Unicode '\\uD800' near '\"\\ud800\"'"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_clause(texts[i].text, texts[i].length, texts[i].clause);
}

static void test_depth_has_an_end(void **state)
{
    (void)state;
    enum { DEPTH = 1 << 20 };
    char *text = malloc(DEPTH);
    assert_non_null(text);
    memset(text, '[', DEPTH);
    expect_clause(text, DEPTH, "line 1: maximum parsing depth reached near '['");
    free(text);
}

/* ---- what stands in a record's place ---- */

/* Nothing here may be waited for: a minute, and the test dies. */
static void expect_sentence(struct folder_fixture *f, const char *before, const char *clause,
                            const char *after)
{
    char expected[SENTENCE_BYTES], path[300];
    folder_path(f, "record.json", path, sizeof path);
    snprintf(expected, sizeof expected, "'%s' %s%s%s", path, before, clause, after);
    alarm(60);
    int failed = results_load(f->folder, &f->results, f->error);
    struct result result;
    bool found = results_find(&f->run, &folder_cell, 0, &result);
    alarm(0);
    assert_int_not_equal(failed, 0);
    assert_string_equal(f->error, expected);
    assert_int_equal(f->results.count, 0);
    assert_false(found);
}

static void expect_damage(struct folder_fixture *f, const char *clause)
{
    expect_sentence(f, "is damaged (", clause,
                    "): remove its folder and run again with --resume to measure it anew");
}

static void expect_unreadable(struct folder_fixture *f, const char *clause)
{
    expect_sentence(f, "cannot be read: ", clause, "");
}

/* A run of one record; `path` is where it was. */
static struct folder_fixture *begin(void **state, char *path, size_t size)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    folder_path(f, "record.json", path, size);
    assert_int_equal(unlink(path), 0);
    return f;
}

static void test_a_folder_for_a_record(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    assert_int_equal(mkdir(path, 0700), 0);
    expect_damage(f, "it is a folder");
}

static void test_a_pipe_for_a_record(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    assert_int_equal(mkfifo(path, 0600), 0);
    expect_damage(f, "it is a pipe");
}

static void test_a_device_for_a_record(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    assert_int_equal(symlink("/dev/zero", path), 0);
    expect_damage(f, "it is a device");
}

static void test_a_socket_for_a_record(void **state)
{
    char path[300], here[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    struct sockaddr_un name = {.sun_family = AF_UNIX,
                               .sun_path = "record.json"}; /* a whole path is too long */
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_non_null(getcwd(here, sizeof here));
    *strrchr(path, '/') = 0;
    assert_int_equal(chdir(path), 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&name, sizeof name), 0);
    assert_int_equal(chdir(here), 0);
    expect_unreadable(f, "No such device or address");
    close(fd);
}

static void test_links_that_go_round(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    assert_int_equal(symlink("record.json", path), 0);
    expect_unreadable(f, "Too many levels of symbolic links");
}

static void test_an_unreadable_record(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    folder_write_text(path, "{}", 2);
    assert_int_equal(chmod(path, 0), 0);
    if (!access(path, R_OK)) /* root reads everything */
        skip();
    expect_unreadable(f, "Permission denied");
}

static void test_an_unreadable_cell(void **state)
{
    char path[300], sentence[400];
    struct folder_fixture *f = begin(state, path, sizeof path);
    snprintf(path, sizeof path, "%s/cells/fill_array_mremap_entries:1000_mode:latency", f->folder);
    assert_int_equal(chmod(path, 0), 0);
    bool reads = !access(path, R_OK);
    int failed = results_load(f->folder, &f->results, f->error);
    chmod(path, 0700);
    if (reads)
        skip();
    assert_int_equal(failed, EACCES);
    snprintf(sentence, sizeof sentence, "'%s' cannot be read: Permission denied", path);
    assert_string_equal(f->error, sentence);
}

static void test_an_empty_record(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    folder_write_text(path, "", 0);
    expect_damage(f, "it is empty");
}

static void test_a_record_too_large_to_be_one(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    folder_write_text(path, "", 0);
    assert_int_equal(truncate(path, (off_t)1 << 40), 0); /* holes */
    expect_damage(f, "it has 1099511627776 bytes, more than the 4194304 that one can have");
    assert_int_equal(truncate(path, STORED_BYTES_MAX), 0);
    expect_damage(f, "it has a NUL byte, as text has not");
}

static void test_the_record_of_another_cell(void **state)
{
    char path[300];
    struct folder_fixture *f = begin(state, path, sizeof path);
    f->extra.repetition = 3;
    json_t *json = results_record_json(f->record, &f->extra);
    f->extra.repetition = 0;
    assert_int_equal(json_dump_file(json, path, 0), 0);
    json_decref(json);
    expect_damage(
        f, "it is the record of another cell: fill/array/mremap/entries:1000/mode:latency, repetition 3");
}

static void test_a_file_for_the_cells(void **state)
{
    struct folder_fixture *f = *state;
    char path[300], sentence[400];
    folder_open(f);
    snprintf(path, sizeof path, "%s/cells", f->folder);
    folder_write_text(path, "", 0);
    assert_int_equal(results_load(f->folder, &f->results, f->error), ENOTDIR);
    snprintf(sentence, sizeof sentence, "'%s' cannot be read: Not a directory", path);
    assert_string_equal(f->error, sentence);
}

/* ---- what is taken does no harm ---- */

static void test_what_a_terminal_would_obey_is_not_said(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    record_fail(f->record, RECORD_CRASH, "gone\x1b[2J\x07\nfill");
    snprintf(f->record->table_version, sizeof f->record->table_version, "1\x1b[0m");
    folder_write_record(f);
    folder_load(f);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    summary_print(&f->results, out);
    fclose(out);
    assert_non_null(strstr(text, "CRASH: gone?[2J??fill\n"));
    assert_non_null(strstr(text, "array 1?[0m"));
    free(text);
}

/* Each as large as it can be: columns grow, nothing is written beyond them. */
static void test_the_largest_values(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    for (int sign = -1; sign <= 1; sign += 2) {
        for (int i = 0; i < COUNTER_COUNT; i++)
            record_set(f->record, (enum counter)i, sign * 9e18);
        record_set(f->record, COUNTER_hiccup_max_ns, 9e18); /* a stall is not resolved, and says so */
        folder_write_record(f);
        folder_load(f);
        FILE *out = fopen("/dev/null", "w");
        assert_non_null(out);
        summary_print(&f->results, out);
        fclose(out);
    }
}

/* ---- a repetition's tables ---- */

static bool count_row(void *context, const double *numbers)
{
    (void)numbers;
    ++*(size_t *)context;
    return true;
}

#define SERIES "entries\tseconds\trss_bytes\tinterval_peak_rss_bytes\n"
#define GROWTH "entries\tstart_ns\tduration_ns\tkind\n"
#define GROWTH_WHOLE                                                                                         \
    "entries\tstart_ns\tduration_ns\tkind\tresize_ns\told_bytes\tnew_bytes\tfree_ns\ttable_faults\ttable_"   \
    "system_ns\n"
#define HGRM "       Value     Percentile   TotalCount 1/(1-Percentile)\n\n"

static void test_a_table_that_is_none_is_named(void **state)
{
    (void)state;
    static const struct {
        enum results_table table;
        const char *text;
        size_t length, count;
        const char *clause;
    } texts[] = {
        {RESULTS_SERIES, BYTES(""), 0, "it is empty"},
        {RESULTS_SERIES, BYTES(SERIES), 0, NULL},
        {RESULTS_SERIES, BYTES(SERIES "1\t0.5\t-4096\t1e3\n2\t1\t2\t3\n"), 2, NULL},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t3\t4"), 0, "it ends in the middle of a line"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t3\n"), 0, "line 2 has 3 columns, not 4"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t3\t4\n\n"), 1, "line 3 has 0 columns, not 4"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t3\t4\t5\n"), 0, "line 2 has 5 columns, not 4"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\tmany\t4\n"), 0, "line 2 has 'many' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\tnan\t4\n"), 0, "line 2 has 'nan' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\tinf\t4\n"), 0, "line 2 has 'inf' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t0x10\t4\n"), 0, "line 2 has '0x10' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t1e999\t4\n"), 0,
         "line 2 has '1e999' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t1e19\t4\n"), 0, "line 2 has '1e19' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t1-2\t4\n"), 0, "line 2 has '1-2' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t" LONG_64 "\t4\n"), 0,
         "line 2 has '0123456789012345678901234567890123456789' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t\x1b[2J\t4\n"), 0,
         "line 2 has '?[2J' where a number should stand"},
        {RESULTS_SERIES, BYTES(SERIES "1\t2\t3\t4\n\0\n"), 0, "it has a NUL byte, as text has not"},
        {RESULTS_SERIES, BYTES("1\t2\t3\t4\n"), 0, "line 1 is not the heading of a series.tsv"},
        {RESULTS_SERIES, BYTES("\n"), 0, "line 1 is not the heading of a series.tsv"},
        {RESULTS_GROWTH, BYTES(GROWTH "1\t2\t3\tmove\n"), 1, NULL},
        {RESULTS_GROWTH, BYTES(GROWTH "1\tmove\t3\t4\n"), 0, "line 2 has 'move' where a number should stand"},
        {RESULTS_GROWTH, BYTES(GROWTH "1\t2\t3\t4\n"), 0,
         "line 2 has '4' where a kind of block event should stand"},
        {RESULTS_GROWTH, BYTES(GROWTH "1\t2\t3\tmoved\n"), 0,
         "line 2 has 'moved' where a kind of block event should stand"},
        {RESULTS_GROWTH, BYTES("entries\tstart_ns\tduration_ns\n1\t2\t3\n"), 1, NULL},
        {RESULTS_GROWTH, BYTES("entries\tstart_ns\n1\t2\n"), 0, "line 1 is not the heading of a growth.tsv"},
        {RESULTS_GROWTH, BYTES("entries\tstart_ns\tduration_ns\tresize_ns\n"), 0,
         "line 1 is not the heading of a growth.tsv"},
        {RESULTS_GROWTH, BYTES(GROWTH_WHOLE "1\t2\t3\treplace\t5\t6\t7\t8\t9\t10\n"), 1, NULL},
        {RESULTS_GROWTH, BYTES(GROWTH_WHOLE "1\t2\t3\treplace\t5\t6\t7\t8\t9\tx\n"), 0,
         "line 2 has 'x' where a number should stand"},
        {RESULTS_PAUSES, BYTES("entries\tstart_ns\tduration_ns\n1\t2\t3\n"), 1, NULL},
        {RESULTS_LATENCY, BYTES(HGRM "  0.029 0.5 3 2.00\n 1 1.0 6\n#[Mean = 1]\n"), 2, NULL},
        {RESULTS_LATENCY, BYTES(HGRM "  0.029 0.5\n"), 0, "line 3 has '' where a number should stand"},
        {RESULTS_LATENCY, BYTES(HGRM "  0.029 half 3 2.00\n"), 0,
         "line 3 has 'half' where a number should stand"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        char error[SENTENCE_BYTES] = "";
        size_t count = 0;
        int failed =
            results_take_rows(texts[i].table, texts[i].text, texts[i].length, count_row, &count, error);
        if (failed != (texts[i].clause ? EBADMSG : 0) ||
            strcmp(error, texts[i].clause ? texts[i].clause : ""))
            fail_msg("%s: error %d, '%s'", texts[i].text, failed, error);
        assert_int_equal(count, texts[i].count);
    }
}

static bool keep_row(void *context, const double *numbers)
{
    memcpy(context, numbers, RESULTS_ROW_NUMBERS * sizeof *numbers);
    return true;
}

/* A word is its enum, a column that an older run has not is no number, and what a newer one has behind is passed over. */
static void test_columns_of_a_growth(void **state)
{
    (void)state;
    double row[RESULTS_ROW_NUMBERS];
    char error[SENTENCE_BYTES];
    static const char whole[] = GROWTH_WHOLE "1\t2\t3\treplace\t5\t6\t7\t8\t9\t10\n";
    assert_int_equal(results_take_rows(RESULTS_GROWTH, whole, strlen(whole), keep_row, row, error), 0);
    for (int i = 0; i < RESULTS_ROW_NUMBERS; i++)
        assert_true(row[i] == (i == RESULTS_GROWTH_KIND ? RECORDER_REPLACE : i + 1));
    static const char older[] = GROWTH "1\t2\t3\tfree\n";
    assert_int_equal(results_take_rows(RESULTS_GROWTH, older, strlen(older), keep_row, row, error), 0);
    assert_true(row[RESULTS_GROWTH_DURATION_NS] == 3 && row[RESULTS_GROWTH_KIND] == RECORDER_FREE);
    for (int i = RESULTS_GROWTH_RESIZE_NS; i < RESULTS_ROW_NUMBERS; i++)
        assert_true(isnan(row[i]));
    static const char newer[] = "entries\tstart_ns\tduration_ns\tcolour\n1\t2\t3\tred\n";
    assert_int_equal(results_take_rows(RESULTS_PAUSES, newer, strlen(newer), keep_row, row, error), 0);
    assert_true(row[2] == 3 && isnan(row[3]));
}

/* What is written is read, and a chart says which file it cannot be drawn from. */
static void test_a_damaged_table_is_named(void **state)
{
    static const struct {
        const char *file;
        plot_line_reader *read;
    } readers[] = {{"series.tsv", plot_lines_read_memory},
                   {"growth.tsv", plot_lines_read_memory},
                   {"pauses.tsv", plot_lines_read_pauses},
                   {"growth.tsv", plot_lines_read_pauses},
                   {"latency.hgrm", plot_lines_read_latency}};
    struct folder_fixture *f = *state;
    folder_open(f);
    for (uint64_t i = 1; i <= 3; i++) {
        record_add_series(f->record, &(struct record_series_row){i * 1000, i * 1000, 1 << 20, 2 << 20, 0, 0});
        record_add_growth(f->record, &(struct record_growth_row){
                                         .entries = i * 1000, .start_ns = i * 900, .duration_ns = 100});
        record_add_pause(f->record, &(struct record_pause_row){i * 1000, i * 900, 100});
        latency_add(&f->record->insert, i * 100);
    }
    folder_write_record(f);
    folder_load(f);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        char path[300], expected[600];
        struct plot_points points = {0};
        assert_int_equal(readers[i].read(&f->results.items[0], 0, &points, f->error), 0);
        assert_true(points.count > 0);
        free(points.items);
        folder_path(f, readers[i].file, path, sizeof path);
        char *whole = folder_read_text(path);
        assert_non_null(whole);
        folder_write_text(path, whole, strlen(whole) - 2);
        snprintf(expected, sizeof expected,
                 "'%s' is damaged (it ends in the middle of a line): remove its folder and run again with "
                 "--resume to "
                 "measure it anew",
                 path);
        points = (struct plot_points){0};
        assert_int_equal(readers[i].read(&f->results.items[0], 0, &points, f->error), EBADMSG);
        assert_string_equal(f->error, expected);
        free(points.items);
        unlink(path); /* not there is no damage: a chart without that line */
        points = (struct plot_points){0};
        assert_int_equal(readers[i].read(&f->results.items[0], 0, &points, f->error), 0);
        free(points.items);
        folder_write_text(path, whole, strlen(whole));
        free(whole);
    }
}

/* Whatever is worked out from them is a number. */
static void expect_figures(struct folder_fixture *f)
{
    struct plot_run run = {.results = f->results, .name = ""};
    struct plot_groups groups;
    char path[200];
    snprintf(path, sizeof path, "%s/figure.tsv", f->base);
    f->results.items[0].counters[COUNTER_utilisation_1ms_ratio] = 0;
    f->results.items[0].counters[COUNTER_base_moves] = 3;
    assert_int_equal(plot_groups_make(&run, 1, &groups), 0);
    for (int figure = PLOT_UTILISATION; figure <= PLOT_MOVES; figure++) {
        bool is_empty;
        unlink(path);
        assert_int_equal(plot_data_write(groups.items, 1, (enum plot_figure)figure, &(struct plot_wish){0},
                                         path, &is_empty, f->error),
                         0);
        assert_false(is_empty);
        char *text = folder_read_text(path);
        assert_non_null(text);
        if (strstr(text, "nan") || strstr(text, "inf\t") || strstr(text, "inf\n"))
            fail_msg("%s", text);
        free(text);
    }
    plot_groups_free(&groups);
}

/* Rows that are numbers and yet nothing that was measured: thinned like any others. */
static void test_rows_of_any_numbers(void **state)
{
    static const char *const values[] = {"0", "-0", "-1", "1", "9.2e18", "-9.2e18", "1e-300", "0.5", "3"};
    enum { VALUES = sizeof values / sizeof *values, ROWS = 2000 };
    struct folder_fixture *f = *state;
    folder_open(f);
    folder_write_record(f);
    folder_load(f);
    static const char *const files[] = {"series.tsv", "growth.tsv", "pauses.tsv", "latency.hgrm"};
    static const char *const headings[] = {SERIES, GROWTH_WHOLE, "entries\tstart_ns\tduration_ns\n", HGRM};
    static const size_t columns[] = {4, RESULTS_ROW_NUMBERS, 3, 3};
    for (size_t i = 0; i < 4; i++) {
        char path[300];
        folder_path(f, files[i], path, sizeof path);
        FILE *out = fopen(path, "w");
        assert_non_null(out);
        fputs(headings[i], out);
        for (size_t row = 0, any = 7; row < ROWS; row++) {
            for (size_t column = 0; column < columns[i]; column++, any = any * 1103515245 + 12345)
                fprintf(out, "%s%s", column ? "\t" : "",
                        i == 1 && column == RESULTS_GROWTH_KIND
                            ? recorder_kind_names[any / 65536 % RECORDER_KIND_COUNT]
                            : values[any / 65536 % VALUES]);
            fputc('\n', out);
        }
        fclose(out);
    }
    for (int workload = 0; workload < CELL_WORKLOAD_COUNT; workload++) {
        struct plot_points memory = {0}, pauses = {0}, latency = {0};
        f->results.items[0].cell.workload = (enum cell_workload)workload;
        assert_int_equal(plot_lines_read_memory(&f->results.items[0], 0, &memory, f->error), 0);
        assert_int_equal(plot_lines_read_pauses(&f->results.items[0], 0, &pauses, f->error), 0);
        assert_int_equal(plot_lines_read_latency(&f->results.items[0], 0, &latency, f->error), 0);
        assert_true(memory.count <= ROWS && pauses.count <= 2 * ROWS && latency.count <= ROWS);
        for (size_t i = 0; i < pauses.count; i++)
            assert_true(pauses.items[i].x > 0 && pauses.items[i].y > 0); /* the axes are logarithmic */
        free(memory.items);
        free(pauses.items);
        free(latency.items);
        expect_figures(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_a_value_that_is_wrong_is_named),
        cmocka_unit_test(test_what_is_no_json_is_named),
        cmocka_unit_test(test_depth_has_an_end),
        FOLDER_TEST(test_a_folder_for_a_record),
        FOLDER_TEST(test_a_pipe_for_a_record),
        FOLDER_TEST(test_a_device_for_a_record),
        FOLDER_TEST(test_a_socket_for_a_record),
        FOLDER_TEST(test_links_that_go_round),
        FOLDER_TEST(test_an_unreadable_record),
        FOLDER_TEST(test_an_unreadable_cell),
        FOLDER_TEST(test_an_empty_record),
        FOLDER_TEST(test_a_record_too_large_to_be_one),
        FOLDER_TEST(test_the_record_of_another_cell),
        FOLDER_TEST(test_a_file_for_the_cells),
        FOLDER_TEST(test_what_a_terminal_would_obey_is_not_said),
        FOLDER_TEST(test_the_largest_values),
        cmocka_unit_test(test_a_table_that_is_none_is_named),
        cmocka_unit_test(test_columns_of_a_growth),
        FOLDER_TEST(test_a_damaged_table_is_named),
        FOLDER_TEST(test_rows_of_any_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
