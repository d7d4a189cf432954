/* SPDX-License-Identifier: MIT
 *
 * What a comparison works on: the values of every process of every cell of a stored run, or of a baseline
 * (baseline.h), which is the same with classes that are known.
 *
 * Only processes that ended OK have values. Memory and faults of a process with major faults are NaN: it swapped, or
 * its program was read from disk meanwhile. Repetitions that were not run because an earlier one ended as OOM or
 * TIMEOUT are no processes. Growth steps are not here: they are noisy, and only a duel compares them.
 */
#ifndef GROWBENCH_GATE_SAMPLES_H
#define GROWBENCH_GATE_SAMPLES_H

#include "harness/common/files.h"
#include "harness/gate/metrics.h"
#include "harness/results/results.h"

/* One metric of a cell. */
struct gate_sample {
    const struct gate_metric *metric;
    enum gate_class class; /* as the values show it; of a baseline as it says */
    size_t count;          /* values that are there, not NaN */
    size_t processes;      /* that ended OK */
    double *values;        /* one of each, in the order of repetitions. Owned */
};

enum { GATE_SAMPLES_MAX = 64 };

struct gate_sample_cell {
    char id[CELL_ID_BYTES];
    struct cell cell;
    size_t statuses[RECORD_STATUS_COUNT]; /* processes that ended so */
    enum record_status status;            /* the gravest of them */
    char message[RECORD_MESSAGE_BYTES];   /* of the first that ended so */
    char allocator_version[RECORD_VERSION_BYTES], allocator_sha256[FILES_SHA256_BYTES];
    char table_version[RECORD_VERSION_BYTES];
    char allocator_settings[RESULTS_SETTINGS_BYTES];
    uint64_t budget_bytes, timeout_seconds; /* the smallest of any process */
    bool is_mixed;                          /* its processes had different libraries or settings */
    size_t disturbed;                       /* OK processes with major faults */
    size_t metric_count;
    struct gate_sample
        metrics[GATE_SAMPLES_MAX]; /* those that any process has, in the order of gate_metrics */
};

struct gate_samples {
    bool is_baseline;
    json_t *context; /* of the first record, or of the baseline: its machine. Owned */
    size_t count;
    struct gate_sample_cell *cells; /* sorted by id */
};

/* Returns 0, or ENOMEM, ENOENT for a run without a record, or EXDEV for one of two machines, with a sentence in
 * `error` (SENTENCE_BYTES). */
int gate_samples_gather(const struct results *results, struct gate_samples *samples, char *error);
void gate_samples_free(struct gate_samples *samples);

/* NULL if there is none. */
const struct gate_sample_cell *gate_samples_find(const struct gate_samples *samples, const char *id);
const struct gate_sample *gate_samples_metric(const struct gate_sample_cell *cell,
                                              const struct gate_metric *metric);

/* The gravest of the statuses that any process had; RECORD_RUNNING for none. */
enum record_status gate_samples_gravest(const size_t *statuses);

#endif
