/* SPDX-License-Identifier: MIT
 *
 * The index of nights: it holds what the folders hold, however it came about, and what is damaged is named and
 * passed over.
 */
#include "table_libraries.h"

#ifdef WITH_HISTORY_SQLITE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/common/files.h"
#include "harness/history/history_index.h"
#include "harness/results/results.h"

#define HERE "0123456789abcdef"
#define CELL "fill/array/%s/entries:1000/mode:throughput"

enum { NIGHTS = 10, PATH_BYTES = 1024 };

struct fixture {
    char folder[64]; /* results */
    char *said;      /* the sentences about what was passed over */
    struct history_answer answer;
    char error[SENTENCE_BYTES];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/growbench-history-XXXXXX");
    *state = f;
    return !mkdtemp(f->folder);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

static void forget(struct fixture *f)
{
    history_index_release(&f->answer);
    free(f->said);
    f->said = NULL;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    forget(f);
    nftw(f->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

/* ---- made-up nights ---- */

static void write_json(const char *folder, const char *name, json_t *json)
{
    assert_non_null(json);
    assert_int_equal(files_make_folders(folder), 0);
    assert_int_equal(results_write_json(folder, name, json), 0);
    json_decref(json);
}

static void write_record(const struct fixture *f, const char *night, const char *allocator, int repetition,
                         const char *machine, double a_second, double moves)
{
    char id[200], folder[PATH_BYTES];
    snprintf(id, sizeof id, CELL, allocator);
    json_t *record =
        json_pack("{s:i,s:s,s:s,s:s,s:i,s:{s:s,s:s,s:s},s:{s:f,s:f},s:{s:s}}", "schema", 1, "id", id,
                  "status", "OK", "message", "", "repetition", repetition, "allocator_library", "version", "",
                  "path", "", "sha256", "", "counters", "items_per_second", a_second, "base_moves", moves,
                  "context", "machine_fingerprint", machine);
    snprintf(folder, sizeof folder, "%s/nights/%s/run/cells/fill_array_%s_entries:1000_mode:throughput/%d",
             f->folder, night, allocator, repetition);
    write_json(folder, "record.json", record);
}

static void write_night_json(const struct fixture *f, const char *night, const char *machine,
                             const char *verdict)
{
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/nights/%s", f->folder, night);
    write_json(folder, "night.json",
               json_pack("{s:i,s:s,s:s,s:s,s:s,s:s,s:i,s:[]}", "schema", 1, "started", night, "ended", night,
                         "revision", "abc", "machine_fingerprint", machine, "verdict", verdict, "exit_code",
                         0, "steps"));
}

/* mremap is timed at `ns` an operation beside glibc's 20, each the middle one of three. */
static void write_night(const struct fixture *f, const char *night, const char *machine, double ns,
                        double moves)
{
    for (int repetition = 0; repetition < 3; repetition++) {
        write_record(f, night, "mremap", repetition, machine, 1e9 / (ns + repetition - 1), moves);
        write_record(f, night, "glibc", repetition, machine, 1e9 / (20 + 5 * (repetition - 1)), 12);
    }
    write_night_json(f, night, machine, "UNCHANGED");
}

static const char *night_name(int i)
{
    static char name[32];
    snprintf(name, sizeof name, "2025-01-%02dT020000Z", i + 1);
    return name;
}

/* Ten nights, with a step of moves at the 7th and twice the time on the last. */
static void write_nights(const struct fixture *f)
{
    for (int i = 0; i < NIGHTS; i++)
        write_night(f, night_name(i), HERE, i < NIGHTS - 1 ? 10 : 20, i < 6 ? 3 : 4);
}

/* ---- asking ---- */

static int ask_with(struct fixture *f, const struct history_request *request)
{
    forget(f);
    size_t size;
    FILE *says = open_memstream(&f->said, &size);
    int failed = history_index_ask(request, &f->answer, says, f->error);
    fclose(says);
    return failed;
}

static void ask(struct fixture *f, bool rebuild)
{
    const struct history_request request = {.results_folder = f->folder, .nights = 30, .rebuild = rebuild};
    if (ask_with(f, &request))
        fail_msg("%s", f->error);
}

static char *print(const struct fixture *f)
{
    char *text = NULL;
    size_t size;
    FILE *stream = open_memstream(&text, &size);
    history_print(&f->answer.history, stream);
    fclose(stream);
    return text;
}

static void expect_said(const struct fixture *f, const char *sentence)
{
    if (!strstr(f->said, sentence))
        fail_msg("lacks '%s': %s", sentence, f->said);
}

/* What ten whole nights tell. */
static void expect_ten_nights(const struct fixture *f)
{
    char *text = print(f);
    assert_int_equal(f->answer.history.night_count, NIGHTS);
    if (!strstr(text, "night 2025-01-07T020000Z, 3 -> 4") ||
        !strstr(text, "beyond the fence, advisory: 1, above 0.505 of the 9") ||
        !strstr(text, "\n2 of 4 figures changed"))
        fail_msg("%s", text);
    free(text);
}

static const struct history_series *find_series(const struct fixture *f, const char *allocator,
                                                const char *metric)
{
    char id[200];
    snprintf(id, sizeof id, CELL, allocator);
    for (size_t i = 0; i < f->answer.history.series_count; i++) {
        const struct history_series *series = &f->answer.history.series[i];
        if (!strcmp(series->cell, id) && !strcmp(series->metric->name, metric))
            return series;
    }
    fail_msg("no %s of %s", metric, allocator);
    return NULL;
}

static void path_of(const struct fixture *f, const char *name, char *path)
{
    snprintf(path, PATH_BYTES, "%s/%s", f->folder, name);
}

static void write_text(const struct fixture *f, const char *name, const char *text, size_t size)
{
    char path[PATH_BYTES];
    path_of(f, name, path);
    FILE *stream = fopen(path, "we");
    assert_non_null(stream);
    assert_int_equal(fwrite(text, 1, size, stream), size);
    fclose(stream);
}

/* ---- tests ---- */

static void test_figures_are_medians_and_ratios_of_the_night(void **state)
{
    struct fixture *f = *state;
    write_night(f, "2025-01-01T020000Z", HERE, 10, 3);
    ask(f, false);
    const struct history_series *times = find_series(f, "mremap", "operation_ns");
    assert_true(fabs(times->values[0] - 10) < 1e-9);
    assert_true(fabs(times->ratios[0] - 0.5) < 1e-9);
    assert_true(fabs(find_series(f, "mremap", "base_moves")->values[0] - 3) < 1e-9);
    assert_true(fabs(find_series(f, "glibc", "operation_ns")->ratios[0] - 1) < 1e-9);
}

static void test_without_a_glibc_row_there_is_no_ratio(void **state)
{
    struct fixture *f = *state;
    write_record(f, "2025-01-01T020000Z", "mremap", 0, HERE, 1e8, 0);
    write_night_json(f, "2025-01-01T020000Z", HERE, "UNCHANGED");
    ask(f, false);
    assert_true(isnan(find_series(f, "mremap", "operation_ns")->ratios[0]));
    assert_true(fabs(find_series(f, "mremap", "base_moves")->values[0]) < 1e-9);
}

static void test_rebuilt_it_says_the_same(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < NIGHTS; i++) { /* night by night, as it is made */
        write_night(f, night_name(i), HERE, i < NIGHTS - 1 ? 10 : 20, i < 6 ? 3 : 4);
        if (i % 3 == 0)
            ask(f, false);
    }
    ask(f, false);
    expect_ten_nights(f);
    char *grown = print(f);
    ask(f, true);
    char *rebuilt = print(f);
    assert_string_equal(grown, rebuilt);
    free(grown);
    free(rebuilt);
    assert_string_equal(f->said, "");
}

static void test_the_last_nights_only(void **state)
{
    struct fixture *f = *state;
    write_nights(f);
    const struct history_request request = {.results_folder = f->folder, .nights = 3};
    assert_int_equal(ask_with(f, &request), 0);
    assert_int_equal(f->answer.history.night_count, 3);
    assert_string_equal(f->answer.history.nights[0].name, "2025-01-08T020000Z");
    assert_true(fabs(find_series(f, "mremap", "operation_ns")->values[2] - 20) < 1e-9);
}

static void test_another_machine_is_kept_apart(void **state)
{
    struct fixture *f = *state;
    write_nights(f);
    write_night(f, "2025-01-05T030000Z", "fedcba9876543210", 1000, 99);
    write_night(f, "2024-12-31T030000Z", "fedcba9876543210", 1000, 98);
    ask(f, false);
    expect_ten_nights(f);
    assert_int_equal(f->answer.machine_count, 2);
    assert_string_equal(f->answer.machines[0].fingerprint, HERE);
    assert_int_equal(f->answer.machines[1].nights, 2);
    const struct history_request request = {
        .results_folder = f->folder, .nights = 30, .fingerprint = "fedcba9876543210"};
    assert_int_equal(ask_with(f, &request), 0);
    assert_int_equal(f->answer.history.night_count, 2);
    assert_true(fabs(find_series(f, "mremap", "base_moves")->values[1] - 99) < 1e-9);
}

static void test_damaged_nights_are_passed_over(void **state)
{
    struct fixture *f = *state;
    static char deep[100000];
    memset(deep, '[', sizeof deep - 1);
#define HEAD "{\"schema\":1,\"started\":\"x\",\"revision\":\"x\",\"machine_fingerprint\":\"" HERE "\","
    const struct {
        const char *text;
        const char *sentence;
    } rows[] = {
        {"", "2025-02-01T020000Z/night.json' is damaged"},
        {"{\"schema\":1,", "2025-02-02T020000Z/night.json' is damaged"},
        {deep, "2025-02-03T020000Z/night.json' is damaged: line 1: maximum parsing depth"},
        {"[1]", "2025-02-04T020000Z/night.json' is damaged: it is not of schema 1"},
        {HEAD "\"verdict\":7,\"exit_code\":0}", "started, revision, machine_fingerprint or verdict"},
        {HEAD "\"verdict\":\"X\",\"exit_code\":\"0\"}", "its exit_code is none"},
        {HEAD "\"verdict\":\"X\",\"exit_code\":NaN}", "2025-02-07T020000Z/night.json' is damaged"},
        {HEAD "\"verdict\":\"X\",\"exit_code\":0}", "run' holds no run"},
    };
    enum { ROWS = sizeof rows / sizeof *rows };
    write_nights(f);
    for (int i = 0; i < ROWS; i++) {
        char name[64], folder[PATH_BYTES];
        snprintf(name, sizeof name, "nights/2025-02-%02dT020000Z", i + 1);
        path_of(f, name, folder);
        assert_int_equal(files_make_folders(folder), 0);
        strcat(name, "/night.json");
        write_text(f, name, rows[i].text, strlen(rows[i].text));
    }
    ask(f, false);
    for (int i = 0; i < ROWS; i++)
        expect_said(f, rows[i].sentence);
    assert_int_equal(f->answer.damaged, ROWS);
    expect_ten_nights(f);
}

static void test_other_damage(void **state)
{
    struct fixture *f = *state;
    char path[PATH_BYTES];
    write_nights(f);
    write_record(f, "2025-01-02T020000Z", "mremap", 3, "fedcba9876543210", 1, 1); /* of another machine */
    write_night(f, "2025-01-11T020000Z", HERE, 10, 4);
    write_text(
        f, "nights/2025-01-11T020000Z/run/cells/fill_array_glibc_entries:1000_mode:throughput/1/record.json",
        "{", 1);
    path_of(f, "nights/2025-01-12T020000Z", path); /* a pipe would be read for ever */
    assert_int_equal(files_make_folders(path), 0);
    strcat(path, "/night.json");
    assert_int_equal(mkfifo(path, 0600), 0);
    write_text(f, "nights/a file", "x", 1);
    ask(f, false);
    expect_said(f, "night.json is of machine " HERE ", a record of");
    expect_said(f, "/1/record.json' is damaged");
    expect_said(f, "night.json' is damaged: it is a pipe");
    assert_int_equal(f->answer.damaged, 3);
    assert_int_equal(f->answer.history.night_count, NIGHTS - 1);
}

static void test_unfinished_and_abandoned_nights(void **state)
{
    struct fixture *f = *state;
    char path[PATH_BYTES];
    write_nights(f);
    path_of(f, "nights/2025-03-01T020000Z/run", path);
    assert_int_equal(files_make_folders(path), 0);
    write_night_json(f, "2024-12-01T020000Z", HERE, "ABANDONED"); /* it has no run */
    ask(f, false);
    expect_said(f, "2025-03-01T020000Z' has no night.json");
    assert_int_equal(f->answer.unfinished, 1);
    assert_int_equal(f->answer.damaged, 0);
    assert_int_equal(f->answer.history.night_count, NIGHTS + 1);
}

static void test_what_is_gone_is_forgotten_and_what_is_new_is_read(void **state)
{
    struct fixture *f = *state;
    char path[PATH_BYTES];
    write_nights(f);
    ask(f, false);
    path_of(f, "nights/2025-01-04T020000Z", path);
    nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    write_night(f, night_name(0), HERE, 10, 7);
    ask(f, false);
    expect_said(f, "1 night is forgotten, whose folders are gone");
    assert_int_equal(f->answer.history.night_count, NIGHTS - 1);
    assert_true(fabs(find_series(f, "mremap", "base_moves")->values[0] - 7) < 1e-9);
    ask(f, false);
    assert_string_equal(f->said, "");
}

static void test_text_cannot_steer_a_terminal(void **state)
{
    struct fixture *f = *state;
    write_record(f, night_name(0), "mremap", 0, HERE, 1e8, 0);
    write_night_json(f, night_name(0), HERE, "\033[2J\n");
    ask(f, false);
    assert_string_equal(f->answer.history.nights[0].verdict, "?[2J?");
}

static void test_no_nights(void **state)
{
    struct fixture *f = *state;
    ask(f, false);
    assert_int_equal(f->answer.history.night_count + f->answer.machine_count, 0);
}

/* ---- the file itself ---- */

static void test_a_damaged_index_is_made_anew(void **state)
{
    struct fixture *f = *state;
    static const char noise[] = "not a database at all, but long enough to have been looked at as one: "
                                "a hundred bytes are its head.....";
    char path[PATH_BYTES];
    write_nights(f);
    write_text(f, "history.sqlite", noise, sizeof noise);
    ask(f, false);
    expect_said(f, "history.sqlite' is no database: moved to");
    expect_ten_nights(f);
    path_of(f, "history.sqlite.aside-1", path);
    char *kept = files_read(path);
    assert_string_equal(kept, noise);
    free(kept);

    /* Its second half is overwritten; and then cut off. */
    struct stat status;
    path_of(f, "history.sqlite", path);
    assert_int_equal(stat(path, &status), 0);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    for (off_t at = 4096; at < status.st_size; at += (off_t)sizeof noise)
        assert_int_equal(pwrite(fd, noise, sizeof noise, at), sizeof noise);
    close(fd);
    ask(f, false);
    expect_said(f, "is damaged: moved to");
    expect_ten_nights(f);
    assert_int_equal(truncate(path, status.st_size / 2 / 4096 * 4096), 0);
    ask(f, true); /* a rebuild needs it to be whole, too */
    expect_said(f, "history.sqlite.aside-3");
    expect_ten_nights(f);
    assert_int_equal(truncate(path, 0), 0); /* as if it were new */
    ask(f, false);
    expect_ten_nights(f);
    assert_string_equal(f->said, "");
}

static void test_two_at_once(void **state)
{
    struct fixture *f = *state;
    enum { PROCESSES = 6, ROUNDS = 5 };
    pid_t children[PROCESSES];
    write_nights(f);
    write_text(f, "history.sqlite", "damaged", 7); /* one of them moves it aside */
    for (int i = 0; i < PROCESSES; i++) {
        children[i] = fork();
        if (children[i])
            continue;
        for (int round = 0; round < ROUNDS; round++) {
            const struct history_request request = {
                .results_folder = f->folder, .nights = 30, .rebuild = (i + round) % 2};
            if (ask_with(f, &request) || f->answer.history.night_count != NIGHTS)
                _exit(1);
        }
        _exit(0);
    }
    for (int i = 0; i < PROCESSES; i++) {
        int status;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    ask(f, false);
    assert_string_equal(f->said, "");
    expect_ten_nights(f);
    char path[PATH_BYTES];
    path_of(f, "history.sqlite.aside-2", path);
    assert_int_equal(access(path, F_OK), -1);
}

static void test_a_folder_that_cannot_be_written(void **state)
{
    struct fixture *f = *state;
    char path[PATH_BYTES];
    path_of(f, "history.sqlite", path);
    assert_int_equal(mkdir(path, 0700), 0);
    const struct history_request request = {.results_folder = f->folder, .nights = 30};
    assert_int_not_equal(ask_with(f, &request), 0);
    assert_non_null(strstr(f->error, "history.sqlite': unable to open database file"));
}

static void test_a_foreign_database_is_kept(void **state)
{
    struct fixture *f = *state;
    char path[PATH_BYTES];
    write_nights(f);
    path_of(f, "history.sqlite", path);
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE nights (name TEXT)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    ask(f, false);
    expect_said(f, "is the database of another program: moved to");
    expect_ten_nights(f);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "ALTER TABLE nights ADD COLUMN more TEXT", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    ask(f, false);
    expect_said(f, "has other tables than this version");
    expect_ten_nights(f);
    path_of(f, "history.sqlite.aside-1", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "SELECT name FROM nights", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

/* Another program reads, and holds its lock for a while: it is waited for. */
static void test_a_reader_is_waited_for(void **state)
{
    struct fixture *f = *state;
    char path[PATH_BYTES];
    write_nights(f);
    ask(f, false);
    path_of(f, "history.sqlite", path);
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t reader = fork();
    if (!reader) {
        sqlite3 *db;
        bool fine = !sqlite3_open(path, &db) && !sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL);
        fine = write(ready[1], "", 1) == 1 && fine;
        usleep(300000);
        _exit(!fine || sqlite3_exec(db, "COMMIT", NULL, NULL, NULL));
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    ask(f, true);
    expect_ten_nights(f);
    int status;
    waitpid(reader, &status, 0);
    assert_int_equal(status, 0);
    close(ready[0]);
    close(ready[1]);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_figures_are_medians_and_ratios_of_the_night),
        UNIT_TEST(test_without_a_glibc_row_there_is_no_ratio),
        UNIT_TEST(test_rebuilt_it_says_the_same),
        UNIT_TEST(test_the_last_nights_only),
        UNIT_TEST(test_another_machine_is_kept_apart),
        UNIT_TEST(test_damaged_nights_are_passed_over),
        UNIT_TEST(test_other_damage),
        UNIT_TEST(test_unfinished_and_abandoned_nights),
        UNIT_TEST(test_what_is_gone_is_forgotten_and_what_is_new_is_read),
        UNIT_TEST(test_text_cannot_steer_a_terminal),
        UNIT_TEST(test_no_nights),
        UNIT_TEST(test_a_damaged_index_is_made_anew),
        UNIT_TEST(test_two_at_once),
        UNIT_TEST(test_a_folder_that_cannot_be_written),
        UNIT_TEST(test_a_foreign_database_is_kept),
        UNIT_TEST(test_a_reader_is_waited_for),
    };
    return cmocka_run_group_tests_name("history index", tests, NULL, NULL);
}

#else

#include <stdio.h>

int main(void)
{
    printf("1..1\nok 1 # SKIP history index: built without SQLite (libsqlite3-dev)\n");
    return 0;
}

#endif
