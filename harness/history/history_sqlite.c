/* SPDX-License-Identifier: MIT
 *
 * The index of nights in SQLite.
 *
 * Needs: libsqlite3-dev (library sqlite3 sqlite3.h)
 *
 * Why a lock beside SQLite's own: a damaged file must be moved away, and to do that under the feet of another process
 * is one of the ways to corrupt a database (sqlite.org/howtocorrupt.html, 2.4). A rebuild is a transaction like any
 * other and replaces no file.
 */
#include "harness/history/history_index.h"

#include "table_libraries.h"

#include <errno.h>

void history_index_release(struct history_answer *answer)
{
    history_free(&answer->history);
}

/* Tests build it without, too. */
#if defined(WITH_HISTORY_SQLITE) && !defined(HISTORY_WITHOUT_SQLITE)

#include "harness/history/history_night.h"
#include "harness/results/results.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_MS = 60000, APPLICATION = 0x47524248, PATH_BYTES = RESULTS_PATH_BYTES + 300 };

/* As SQLite keeps it, to the letter: so a file of another version is known. */
static const char tables_sql[] =
    "CREATE TABLE nights (night TEXT PRIMARY KEY, stamp TEXT NOT NULL, started TEXT, revision TEXT, "
    "machine_fingerprint TEXT, verdict TEXT, exit_code INTEGER, what TEXT) WITHOUT ROWID;"
    "CREATE TABLE figures (night TEXT REFERENCES nights ON DELETE CASCADE, cell TEXT, metric TEXT, value "
    "REAL, "
    "ratio REAL, PRIMARY KEY (night, cell, metric)) WITHOUT ROWID;";

struct index {
    const struct history_request *request;
    struct history_answer *answer;
    FILE *says;
    char *error;
    char path[PATH_BYTES], nights_folder[PATH_BYTES];
    int lock_fd;
    sqlite3 *db;
};

/* ---- SQLite in few words ---- */

static int fail(const struct index *index)
{
    int code = sqlite3_extended_errcode(index->db), number = sqlite3_system_errno(index->db);
    return sentence_fail(index->error, number ? number : EIO, "'%.1000s': %s (SQLite error %d)", index->path,
                         sqlite3_errmsg(index->db), code);
}

static int execute(const struct index *index, const char *sql)
{
    return sqlite3_exec(index->db, sql, NULL, NULL, NULL) ? fail(index) : 0;
}

/* A statement with its texts bound. NULL after a failure. */
static sqlite3_stmt *prepare(const struct index *index, const char *sql, const char *const *texts, int count)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(index->db, sql, -1, &statement, NULL))
        return NULL;
    for (int i = 0; i < count; i++)
        sqlite3_bind_text(statement, i + 1, texts[i], -1, SQLITE_TRANSIENT);
    return statement;
}

/* Runs it to its end. Returns 0 or an errno value. */
static int finish(const struct index *index, sqlite3_stmt *statement)
{
    int code = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    while (code == SQLITE_ROW)
        code = sqlite3_step(statement);
    int failed = code == SQLITE_DONE ? 0 : fail(index);
    sqlite3_finalize(statement);
    return failed;
}

static const char *column(sqlite3_stmt *statement, int i)
{
    const unsigned char *text = sqlite3_column_text(statement, i);
    return text ? (const char *)text : "";
}

static double column_real(sqlite3_stmt *statement, int i)
{
    return sqlite3_column_type(statement, i) == SQLITE_NULL ? NAN : sqlite3_column_double(statement, i);
}

/* The one value of a query; `text` is empty if it has none. Returns SQLite's code. */
static int ask_one(sqlite3 *db, const char *sql, char *text, size_t size)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (!code)
        code = sqlite3_step(statement);
    snprintf(text, size, "%s", code == SQLITE_ROW ? column(statement, 0) : "");
    sqlite3_finalize(statement);
    return code == SQLITE_ROW || code == SQLITE_DONE ? SQLITE_OK : code & 0xff;
}

/* ---- the file ---- */

static int close_index(struct index *index, int failed)
{
    sqlite3_close(index->db);
    index->db = NULL;
    return failed;
}

static int open_file(struct index *index)
{
    /* Its journal is found through the path: a name with '?' or a scheme is no URI here. */
    if (sqlite3_open_v2(index->path, &index->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL))
        return close_index(index, fail(index));
    sqlite3_extended_result_codes(index->db, 1);
    sqlite3_busy_timeout(index->db, BUSY_MS);
    return 0;
}

/* What is wrong with the file, or NULL; `failed` is set where that could not be asked. */
static const char *ask_damage(const struct index *index, int *failed)
{
    static const char *const questions[] = {
        "PRAGMA quick_check(1)", "SELECT count(*) FROM sqlite_master", "PRAGMA application_id",
        "SELECT group_concat(sql || ';', '') FROM (SELECT sql FROM sqlite_master ORDER BY name DESC)"};
    enum { CHECK, COUNT, PROGRAM, TABLES, QUESTIONS };
    char answers[QUESTIONS][1000];
    int code = 0;
    for (int i = 0; i < QUESTIONS && !code; i++)
        code = ask_one(index->db, questions[i], answers[i], sizeof answers[i]);
    if (code == SQLITE_NOTADB)
        return "is no database";
    if (code == SQLITE_CORRUPT || (!code && strcmp(answers[CHECK], "ok")))
        return "is damaged";
    if (code)
        *failed = fail(index);
    if (code || !strcmp(answers[COUNT], "0"))
        return NULL;
    if (strtol(answers[PROGRAM], NULL, 10) != APPLICATION)
        return "is the database of another program";
    return strcmp(answers[TABLES], tables_sql) ? "has other tables than this version of the program" : NULL;
}

/* With the journal: it must not be taken for the new file's. */
static int move_aside(const struct index *index, char *aside, size_t size)
{
    static const char *const parts[] = {"", "-journal", "-wal", "-shm"};
    int twin = 1;
    do
        snprintf(aside, size, "%s.aside-%d", index->path, twin);
    while (!access(aside, F_OK) && ++twin < 1000);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        char from[PATH_BYTES + 40], to[PATH_BYTES + 40];
        snprintf(from, sizeof from, "%s%s", index->path, parts[i]);
        snprintf(to, sizeof to, "%s%s", aside, parts[i]);
        if (rename(from, to) && (!i || errno != ENOENT))
            return sentence_fail(index->error, errno, "'%.1000s' cannot be moved aside: %s", from,
                                 strerror(errno));
    }
    return 0;
}

static int open_index(struct index *index)
{
    int failed = open_file(index);
    const char *wrong = failed ? NULL : ask_damage(index, &failed);
    if (wrong) {
        char aside[PATH_BYTES + 40];
        close_index(index, 0);
        failed = move_aside(index, aside, sizeof aside);
        if (!failed) {
            fprintf(index->says, "growbench: '%s' %s: moved to '%s', and made anew from the nights\n",
                    index->path, wrong, aside);
            failed = open_file(index);
        }
    }
    return failed;
}

static int make_tables(const struct index *index)
{
    char sql[64], count[32];
    if (ask_one(index->db, "SELECT count(*) FROM sqlite_master", count, sizeof count))
        return fail(index);
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d", APPLICATION);
    if (strcmp(count, "0"))
        return 0;
    int failed = execute(index, tables_sql);
    return failed ? failed : execute(index, sql);
}

/* ---- bringing it up to date ---- */

static int insert_night(const struct index *index, const struct history_night *night, const char *stamp)
{
    sqlite3_stmt *statement = prepare(index, "INSERT INTO nights VALUES (?, ?, ?, ?, ?, ?, ?7, ?8)",
                                      (const char *[]){night->name, stamp, night->started, night->revision,
                                                       night->fingerprint, night->verdict},
                                      6);
    if (statement) {
        sqlite3_bind_int(statement, 7, night->exit_code);
        sqlite3_bind_text(statement, 8, night->what, -1, SQLITE_TRANSIENT);
    }
    return finish(index, statement);
}

static int insert_figures(const struct index *index, const struct history_record *record)
{
    sqlite3_stmt *statement = prepare(index, "INSERT INTO figures VALUES (?, ?, ?, ?, ?)", NULL, 0);
    int failed = statement ? 0 : fail(index);
    for (size_t i = 0; i < record->count && !failed; i++) {
        const struct history_figure *figure = &record->figures[i];
        sqlite3_bind_text(statement, 1, record->night.name, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, figure->cell, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, figure->metric->name, -1, SQLITE_STATIC);
        sqlite3_bind_double(statement, 4, figure->value);
        sqlite3_bind_double(statement, 5, figure->ratio); /* NaN becomes NULL */
        failed = sqlite3_step(statement) == SQLITE_DONE ? 0 : fail(index);
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
    return failed;
}

/* The night as its folder has it now, whatever the index has. */
static int take_night(const struct index *index, const char *name, const char *stamp)
{
    struct history_record record;
    char sentence[SENTENCE_BYTES] = "";
    int failed = finish(index, prepare(index, "DELETE FROM nights WHERE night = ?", &name, 1));
    if (failed)
        return failed;
    int wrong = history_read_night(index->nights_folder, name, &record, sentence);
    if (wrong == ENOMEM)
        return sentence_fail(index->error, wrong, "%s", sentence);
    if (wrong == ENOENT && !*sentence) {
        fprintf(index->says,
                "growbench: '%s/%s' has no night.json: that night has not come to its end, passed over\n",
                index->nights_folder, name);
        index->answer->unfinished++;
    } else if (wrong) {
        fprintf(index->says, "growbench: passed over: %s\n", sentence);
        index->answer->damaged++;
    }
    if (wrong)
        return 0;
    failed = insert_night(index, &record.night, stamp);
    if (!failed)
        failed = insert_figures(index, &record);
    history_release_night(&record);
    return failed;
}

/* Changes when night.json is replaced. Empty where there is none. */
static void stamp_of(const struct index *index, const char *name, char *stamp, size_t size)
{
    char path[PATH_BYTES + 300];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s/night.json", index->nights_folder, name);
    *stamp = 0;
    if (!stat(path, &status))
        snprintf(stamp, size, "%" PRIdMAX ".%09ld %" PRIdMAX " %" PRIuMAX, (intmax_t)status.st_mtim.tv_sec,
                 status.st_mtim.tv_nsec, (intmax_t)status.st_size, (uintmax_t)status.st_ino);
}

static int look_at_folder(const struct index *index, const char *name)
{
    char stamp[128];
    stamp_of(index, name, stamp, sizeof stamp);
    sqlite3_stmt *statement = prepare(index, "SELECT 1 FROM nights WHERE night = ? AND stamp = ?",
                                      (const char *[]){name, stamp}, 2);
    bool is_known = statement && sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    int failed = is_known ? 0 : take_night(index, name, stamp);
    return failed ? failed : finish(index, prepare(index, "INSERT INTO seen VALUES (?)", &name, 1));
}

static int is_night(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && (entry->d_type == DT_DIR || entry->d_type == DT_UNKNOWN);
}

static int look_at_folders(const struct index *index)
{
    struct dirent **entries = NULL;
    int count = scandir(index->nights_folder, &entries, is_night, alphasort);
    if (count < 0 && errno != ENOENT)
        return sentence_fail(index->error, errno, "'%.1000s' cannot be read: %s", index->nights_folder,
                             strerror(errno));
    int failed = 0;
    for (int i = 0; i < count; i++) {
        if (!failed)
            failed = look_at_folder(index, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return failed;
}

static int forget_the_gone(const struct index *index)
{
    int failed =
        execute(index, "DELETE FROM nights WHERE night NOT IN (SELECT name FROM seen); DROP TABLE seen");
    int gone = sqlite3_changes(index->db);
    if (!failed && gone)
        fprintf(index->says, "growbench: %d night%s forgotten, whose folders are gone from '%s'\n", gone,
                gone == 1 ? " is" : "s are", index->nights_folder);
    return failed;
}

static int update(const struct index *index)
{
    int failed =
        execute(index, "PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; CREATE TEMP TABLE seen (name TEXT)");
    if (!failed)
        failed = make_tables(index);
    if (!failed && index->request->rebuild)
        failed = execute(index, "DELETE FROM nights");
    if (!failed)
        failed = look_at_folders(index);
    if (!failed)
        failed = forget_the_gone(index);
    if (!failed)
        failed = execute(index, "COMMIT");
    return failed;
}

/* ---- reading from it ---- */

static int load_machines(const struct index *index)
{
    struct history_answer *answer = index->answer;
    sqlite3_stmt *statement = prepare(
        index,
        "SELECT machine_fingerprint, max(night) AS last, count(*) FROM nights GROUP BY machine_fingerprint "
        "ORDER BY last DESC",
        NULL, 0);
    while (statement && answer->machine_count < HISTORY_MACHINES_MAX &&
           sqlite3_step(statement) == SQLITE_ROW) {
        struct history_machine *machine = &answer->machines[answer->machine_count++];
        snprintf(machine->fingerprint, sizeof machine->fingerprint, "%s", column(statement, 0));
        snprintf(machine->last, sizeof machine->last, "%s", column(statement, 1));
        machine->nights = (size_t)sqlite3_column_int64(statement, 2);
    }
    return finish(index, statement);
}

static sqlite3_stmt *of_last_nights(const struct index *index, const char *sql, const char *fingerprint)
{
    char whole[800];
    snprintf(
        whole, sizeof whole,
        "WITH last AS (SELECT * FROM nights WHERE machine_fingerprint = ?1 ORDER BY night DESC LIMIT ?2) %s",
        sql);
    sqlite3_stmt *statement = prepare(index, whole, &fingerprint, 1);
    if (statement)
        sqlite3_bind_int64(statement, 2, (sqlite3_int64)index->request->nights);
    return statement;
}

static int load_nights(const struct index *index, const char *fingerprint)
{
    sqlite3_stmt *statement = of_last_nights(
        index, "SELECT night, started, revision, verdict, what, exit_code FROM last ORDER BY night",
        fingerprint);
    int failed = 0;
    while (!failed && statement && sqlite3_step(statement) == SQLITE_ROW) {
        struct history_night night = {.exit_code = sqlite3_column_int(statement, 5)};
        char *const texts[] = {night.name, night.started, night.revision, night.verdict};
        for (int i = 0; i < 4; i++)
            snprintf(texts[i], HISTORY_NAME_BYTES, "%s", column(statement, i));
        snprintf(night.what, sizeof night.what, "%s", column(statement, 4));
        snprintf(night.fingerprint, sizeof night.fingerprint, "%s", fingerprint);
        failed = history_add_night(&index->answer->history, &night);
    }
    int unfinished = finish(index, statement);
    return failed ? sentence_fail(index->error, failed, "%s", strerror(failed)) : unfinished;
}

static int load_figures(const struct index *index, const char *fingerprint)
{
    struct history *history = &index->answer->history;
    sqlite3_stmt *statement = of_last_nights(
        index,
        "SELECT cell, metric, figures.night, value, ratio FROM figures JOIN last USING (night) "
        "ORDER BY cell, metric, figures.night",
        fingerprint);
    int failed = 0;
    for (size_t night = 0; !failed && statement && sqlite3_step(statement) == SQLITE_ROW;) {
        const struct gate_metric *metric = gate_metric_find(column(statement, 1));
        const char *name = column(statement, 2);
        if (night >= history->night_count || strcmp(history->nights[night].name, name) > 0)
            night = 0; /* the next series */
        while (night < history->night_count && strcmp(history->nights[night].name, name))
            night++;
        if (metric && night < history->night_count)
            failed = history_add_figure(history, column(statement, 0), metric, night,
                                        column_real(statement, 3), column_real(statement, 4));
    }
    int unfinished = finish(index, statement);
    return failed ? sentence_fail(index->error, failed, "%s", strerror(failed)) : unfinished;
}

static int load(const struct index *index)
{
    int failed = load_machines(index);
    const char *fingerprint =
        index->request->fingerprint ? index->request->fingerprint : index->answer->machines[0].fingerprint;
    if (!failed)
        failed = load_nights(index, fingerprint);
    return failed || !index->answer->history.night_count ? failed : load_figures(index, fingerprint);
}

static int lock(struct index *index)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/.history.lock", index->request->results_folder);
    index->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (index->lock_fd < 0 || flock(index->lock_fd, LOCK_EX))
        return sentence_fail(index->error, errno, "'%.1000s' cannot be locked: %s", path, strerror(errno));
    return 0;
}

int history_index_ask(const struct history_request *request, struct history_answer *answer, FILE *says,
                      char *error)
{
    struct index index = {.request = request, .answer = answer, .says = says, .error = error, .lock_fd = -1};
    *answer = (struct history_answer){0};
    if (strlen(request->results_folder) >= RESULTS_FOLDER_BYTES)
        return sentence_fail(error, ENAMETOOLONG, "the folder's name is longer than %d bytes",
                             RESULTS_FOLDER_BYTES);
    snprintf(index.path, sizeof index.path, "%s/history.sqlite", request->results_folder);
    snprintf(index.nights_folder, sizeof index.nights_folder, "%s/nights", request->results_folder);
    int failed = lock(&index);
    if (!failed)
        failed = open_index(&index);
    if (!failed)
        failed = update(&index);
    if (!failed)
        failed = load(&index);
    close_index(&index, 0);
    if (index.lock_fd >= 0)
        close(index.lock_fd);
    return failed;
}

#else

int history_index_ask(const struct history_request *request, struct history_answer *answer, FILE *says,
                      char *error)
{
    (void)request, (void)says;
    *answer = (struct history_answer){0};
    return sentence_fail(
        error, ENOSYS,
        "this program was built without SQLite, which the history needs: install libsqlite3-dev "
        "(make deps history) and build again");
}

#endif
