/* SPDX-License-Identifier: MIT
 *
 * A run folder: the only place that knows its layout.
 *
 *   run.json                                what was asked for, so that an interrupted run can go on
 *   cells/<id with _>/<repetition>/         record.json (the truth), series.tsv, growth.tsv, pauses.tsv,
 *                                           latency.hgrm (and hit.hgrm, miss.hgrm), stderr.txt
 *   benchmark.json                          derived: Google Benchmark's format
 *   plots/                                  derived
 * Every file is written to a temporary name, synced and renamed, so a folder never holds half of one.
 */
#ifndef GROWBENCH_RESULTS_H
#define GROWBENCH_RESULTS_H

#include "harness/common/sentence.h"
#include "harness/measure/record.h"
#include "harness/request/keys_file.h"
#include "harness/run/limit_trials.h"

#include <jansson.h>

enum {
    RESULTS_FOLDER_BYTES = 1024,
    RESULTS_PATH_BYTES = 2048,
    RESULTS_REPETITIONS_MAX = 1000,
    RESULTS_SETTINGS_BYTES = 8192
};

/* A stored record, read back: what tables, charts and comparisons work on. */
struct result {
    struct cell cell;
    char id[CELL_ID_BYTES];
    int repetition; /* from 0 */
    enum record_status status;
    char message[RECORD_MESSAGE_BYTES];
    double counters[COUNTER_COUNT];           /* NaN = absent */
    enum limit_found_by limit_found_by;       /* what limit_needed_bytes is worth */
    char table_version[RECORD_VERSION_BYTES]; /* of the library behind the table; empty: none */
    char table_sha256[65];                    /* of a table of the user's; else empty */
    char allocator_version[RECORD_VERSION_BYTES];
    char allocator_sha256[65], allocator_path[RECORD_PATH_BYTES];
    char allocator_settings[RESULTS_SETTINGS_BYTES]; /* "NAME=value NAME=value" of its environment */
    bool table_is_yardstick, table_is_keyed, allocator_is_yardstick;
    bool allocator_is_malloc; /* its version belongs to the label */
    bool allocator_decays;    /* gives memory back by the clock */
    bool is_reference;        /* borrowed from another run: not for comparing times */
    uint64_t budget_bytes, timeout_seconds;
    char folder[RESULTS_PATH_BYTES]; /* of its files */
    double order;                    /* place in the order in which the run's children ran */
    uint64_t pause_floor_ns;         /* shorter pauses are not in pauses.tsv; 0: not recorded */
    json_t *context;                 /* owned */
};

struct results {
    size_t count;
    struct result *items; /* sorted: by cell id, then by repetition */
};

/* A run folder that is being written. */
struct results_run {
    char folder[RESULTS_FOLDER_BYTES];
    int lock_fd;
};

/* Makes (or, to resume, opens) a run folder and locks it. Returns 0 or an errno value with a sentence in
 * `error` (SENTENCE_BYTES): EEXIST it holds a run; EWOULDBLOCK another run is writing to it; ENOENT
 * nothing to resume; else it cannot be written. */
int results_open(struct results_run *run, const char *folder, bool resume, char *error);
void results_close(struct results_run *run);

/* What a record's JSON holds beside the record itself. */
struct results_extra {
    int repetition;
    double order;
    uint64_t budget_bytes, timeout_seconds;
    const char *enforced_by;           /* who holds the budget */
    const struct allocator *allocator; /* whose settings to note; or NULL */
    const char *malloc_sha256, *allocator_library_sha256, *table_library_sha256; /* or "" */
    const char *started;                                                         /* UTC, ISO 8601 */
    double wall_seconds;
    /* Before it: what the touches of memory held for it cost, over later ones (0 = there were none); how much. */
    double first_touch_ratio;
    uint64_t held_bytes;
    const struct limit_report *limit; /* or NULL: not sought */
    const struct keys_file *keys;     /* whose keys a cell of a file has; else unused */
    json_t *context;                  /* borrowed */
    const char *output;               /* the child's; output_bytes long */
    size_t output_bytes;
    uint64_t output_dropped_bytes;
};

/* The JSON of a record, new. */
json_t *results_record_json(const struct record *record, const struct results_extra *extra);

/* Writes a repetition's files; record.json last, so that a repetition with one is whole. */
int results_write(const struct results_run *run, const struct record *record,
                  const struct results_extra *extra);

/* True and filled in if the folder has a whole record of this repetition. */
bool results_find(const struct results_run *run, const struct cell *cell, int repetition,
                  struct result *result);
void results_release(struct result *result);

/* Reads the record of a repetition's folder, RUN/cells/CELL/REPETITION. Returns 0, for results_release, or an errno
 * value with a sentence. */
int results_read_record(const char *folder, struct result *result, char *error);

/* A record.json from its bytes, but for the folder; for results_release(). Returns 0, or EBADMSG with a clause in
 * `error` (SENTENCE_BYTES) that says what is wrong with which value: these bytes may be anybody's. */
int results_take_record(const char *text, size_t length, struct result *result, char *error);

/* Reads all records of a run folder. Returns 0 or an errno value with a sentence in `error`: a folder that is
 * not there, holds no run, or has a damaged record. */
int results_load(const char *folder, struct results *results, char *error);
void results_free(struct results *results);

/* A repetition's tables that are read back: the columns are series.tsv's, growth.tsv's, ... in their order. */
enum results_table { RESULTS_SERIES, RESULTS_GROWTH, RESULTS_PAUSES, RESULTS_LATENCY, RESULTS_TABLE_COUNT };

/* Of growth.tsv, which has the most. */
enum results_growth_column {
    RESULTS_GROWTH_ENTRIES,
    RESULTS_GROWTH_START_NS,
    RESULTS_GROWTH_DURATION_NS,
    RESULTS_GROWTH_KIND, /* an enum recorder_kind */
    RESULTS_GROWTH_RESIZE_NS,
    RESULTS_GROWTH_OLD_BYTES,
    RESULTS_GROWTH_NEW_BYTES,
    RESULTS_GROWTH_FREE_NS,
    RESULTS_GROWTH_TABLE_FAULTS,
    RESULTS_GROWTH_TABLE_SYSTEM_NS,
    RESULTS_ROW_NUMBERS
};

/* NaN: a column that the file has not, as an older run's. False: no more rows are wanted. */
typedef bool results_take_row(void *context, const double *numbers);

/* Calls `take` for each row of the bytes of such a table. Returns 0, or EBADMSG with a clause in `error`
 * (SENTENCE_BYTES): a file that is cut off, other columns, or text, NaN, or more than 2^63 where a number should
 * stand. Columns behind those that are known are passed over. */
int results_take_rows(enum results_table table, const char *text, size_t length, results_take_row *take,
                      void *context, char *error);

/* The same for a repetition's file, with a sentence; no rows where it is not there. */
int results_each_row(const struct result *result, enum results_table table, results_take_row *take,
                     void *context, char *error);

/* Writes `value` whole to folder/name. Returns 0 or an errno value. */
int results_write_json(const char *folder, const char *name, const json_t *value);

/* A figure, new: exact for whole numbers; NULL for what JSON has no number for. */
json_t *results_counter_json(double value);

/* Writes benchmark.json from the records. Returns 0 or an errno value. */
int results_write_benchmark(const char *folder, const struct results *results);

/* The figure of memory that stands for a table: the worst ratio on the way; a yardstick does not grow and is
 * judged by its peak over the final payload. */
enum counter results_memory_counter(bool table_is_yardstick);

/* How the message of a repetition begins that was not run because an earlier one ended as OOM or TIMEOUT. */
#define RESULTS_NOT_REPEATED "not repeated:"

/* The median in the mode that measures the counter; where both do, as with memory, the larger of the two. */
double results_joined_median(const struct results *results, const struct cell *cell, enum counter counter);

/* The memory limit that a row's cell needs: found by trial in one of its modes, else the larger estimate of
 * those that completed; NaN: unknown. limit_needed_bytes alone does not tell which (--find-limit without a
 * cgroup). */
double results_limit_bytes(const struct results *results, const struct cell *cell, bool *is_estimate);

struct results_range {
    size_t count; /* repetitions that have it */
    double low, median, high;
};

/* A counter over the OK repetitions of the cell in its mode; NaN where none has it. */
struct results_range results_range(const struct results *results, const struct cell *cell,
                                   enum counter counter);

/* Its median alone. `spread` (optional) gets (high - low) / median. */
double results_median(const struct results *results, const struct cell *cell, enum counter counter,
                      double *spread);

#endif
