/* SPDX-License-Identifier: MIT
 *
 * A night's folder, read: night.json and the run's records. These files are the truth; the index (history_index.h)
 * is made from what is read here.
 *
 * Figures of a cell are medians over its repetitions: of every metric of the gate (metrics.h) that one process alone
 * measures, and times of an operation as 10^9 over the operations a second (operation_ns, hit_ns, miss_ns, erase_ns;
 * throughput mode). The cell's row on glibc is the same cell with that allocator.
 */
#ifndef GROWBENCH_GATE_HISTORY_NIGHT_H
#define GROWBENCH_GATE_HISTORY_NIGHT_H

#include "harness/common/sentence.h"
#include "harness/history/history.h"

#include <jansson.h>

struct history_figure {
    char cell[CELL_ID_BYTES];
    const struct gate_metric *metric;
    double value, ratio; /* NaN: no ratio */
};

struct history_record {
    struct history_night night;
    size_t count;
    struct history_figure *figures;
};

/* Reads nights_folder/name. Returns 0; ENOENT where the night has not come to its end; another errno value with a
 * sentence in `error` (SENTENCE_BYTES) for a damaged folder. Of an ABANDONED night only night.json is read. */
int history_read_night(const char *nights_folder, const char *name, struct history_record *record,
                       char *error);

/* What night.json says, which may be anybody's. Returns 0, or EBADMSG with a clause. */
int history_take_night(const json_t *json, struct history_night *night, char *error);

void history_release_night(struct history_record *record);

#endif
