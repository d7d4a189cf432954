/* SPDX-License-Identifier: MIT
 *
 * The duel's schedule of looks over made-up or resampled pairs: what harness/duel/duel.c does with processes. A cell
 * in which nothing that decides is INCONCLUSIVE gets no further pairs and keeps its findings; its series stay in the
 * family.
 */
#ifndef GROWBENCH_SCHEDULE_H
#define GROWBENCH_SCHEDULE_H

#include "harness/gate/judge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct schedule_cell {
    size_t series_count;
    struct gate_series *series; /* with room for GATE_PAIRS_MAX values a side */
    struct gate_finding *findings;
    size_t pairs;
    bool decided;         /* set by the caller: with the pairs it has */
    unsigned found_pairs; /* when a metric that decides was first found to have changed; else 0 */
};

/* Writes the values of one more pair at index `pair` of every series of the cell. */
typedef void schedule_add(void *context, struct schedule_cell *cell, size_t pair);

static inline bool schedule_is_change(const struct gate_finding *finding)
{
    return finding->verdict == GATE_REGRESSED || finding->verdict == GATE_IMPROVED;
}

static inline void schedule_add_pairs(struct schedule_cell *cell, size_t pairs, schedule_add *add,
                                      void *context)
{
    for (; cell->pairs < pairs; cell->pairs++)
        add(context, cell, cell->pairs);
    for (size_t s = 0; s < cell->series_count; s++) {
        struct gate_series *series = &cell->series[s];
        series->count[GATE_BASE] = series->count[GATE_CANDIDATE] = pairs;
        series->class = gate_class_of(series->metric, series->values[GATE_BASE], pairs);
    }
}

static inline void schedule_take(struct schedule_cell *cell, const struct gate_finding *findings,
                                 unsigned look)
{
    memcpy(cell->findings, findings, cell->series_count * sizeof *findings);
    cell->decided = true;
    for (size_t s = 0; s < cell->series_count; s++) {
        if (!cell->series[s].metric->decides)
            continue;
        cell->decided &= findings[s].verdict != GATE_INCONCLUSIVE;
        if (schedule_is_change(&findings[s]) && !cell->found_pairs)
            cell->found_pairs = gate_looks[look].pairs;
    }
}

/* Returns 0 or ENOMEM. */
static inline int schedule_run(struct schedule_cell *cells, size_t count, schedule_add *add, void *context)
{
    size_t total = 0, open = 0;
    for (size_t c = 0; c < count; c++) {
        total += cells[c].series_count;
        open += !cells[c].decided;
    }
    struct gate_series *series = calloc(total + 1, sizeof *series);
    struct gate_finding *findings = calloc(total + 1, sizeof *findings);
    int error = series && findings ? 0 : ENOMEM;
    for (unsigned look = 0; look < GATE_LOOK_COUNT && open && !error; look++) {
        for (size_t c = 0, at = 0; c < count; at += cells[c++].series_count) {
            if (!cells[c].decided)
                schedule_add_pairs(&cells[c], gate_looks[look].pairs, add, context);
            memcpy(series + at, cells[c].series, cells[c].series_count * sizeof *series);
        }
        error = gate_judge(series, total, look, findings);
        open = 0;
        for (size_t c = 0, at = 0; c < count; at += cells[c++].series_count) {
            if (!cells[c].decided)
                schedule_take(&cells[c], findings + at, look);
            open += !cells[c].decided;
        }
    }
    free(series);
    free(findings);
    return error;
}

#endif
