/* SPDX-License-Identifier: MIT
 *
 * Two stored runs, or a baseline and a run: what changed? Pure.
 *
 * Runs of different machines are not compared: the identity of run/environment.h must be the same, and per cell the
 * libraries behind allocator and table, and the settings. Conditions (load, pressure, memory left) are only noted. A budget or a time
 * limit is no identity: by default it follows the memory that is left, and a cell that ended OK did not feel it. It
 * counts where a cell does not end OK on both sides.
 *
 * Which class a metric has is known from 12 identical processes or more: a baseline's, or else OLD's own. Where that
 * is not known of an exact metric it is judged as a distribution. Where there are too few processes for gate_judge,
 * values that are the same, or within the floor, are UNCHANGED, and others INCONCLUSIVE: a run of one repetition is
 * worth comparing. Times of separate sessions never decide.
 */
#ifndef GROWBENCH_GATE_COMPARE_H
#define GROWBENCH_GATE_COMPARE_H

#include "harness/gate/report.h"
#include "harness/gate/samples.h"

enum { COMPARE_COMMAND_BYTES = 2048 };

struct compare_request {
    const struct gate_samples *old, *new; /* must outlive the comparison */
    const struct gate_samples *baseline;  /* whose classes count where `old` is none; or NULL */
    const char *old_path;                 /* for the commands that reproduce a cell */
    bool force;                           /* machines and libraries that differ are compared all the same */
};

struct comparison {
    json_t *differences;         /* [{"field", "cell", "old", "new"}]; "cell": null for the machine's */
    json_t *only_old, *only_new; /* ids of cells that the other has not */
    json_t *degraded;            /* sentences: conditions under which either ran */
    bool refused;                /* machines differ, and nothing was forced: no cell was compared */
    bool classes_unknown;        /* of an exact metric that differs: a baseline would decide */
    size_t count;                /* cells that both have */
    struct gate_cell *cells;
    char (*commands)[COMPARE_COMMAND_BYTES]; /* `reproduce` of each */
    size_t series_count;
    struct gate_series *series; /* of all cells in a row; values are the samples' */
    struct gate_finding *findings;
};

/* Returns 0 or ENOMEM. */
int compare_samples(const struct compare_request *request, struct comparison *comparison);
void compare_free(struct comparison *comparison);

enum gate_verdict compare_verdict(const struct comparison *comparison);

/* compare.json but for who was compared. New. */
json_t *compare_json(const struct comparison *comparison);

#endif
