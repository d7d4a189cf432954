/* SPDX-License-Identifier: MIT
 *
 * Findings for people and for programs: lines on the terminal, objects of duel.json and compare.json. Pure; knows
 * nothing of where the values come from.
 *
 *   - REGRESSED      base_moves               8 -> 9                 x1.125
 *       why in a sentence
 * What never decides has "(shown only)" instead of a verdict.
 */
#ifndef GROWBENCH_GATE_REPORT_H
#define GROWBENCH_GATE_REPORT_H

#include "harness/common/exit_code.h"
#include "harness/gate/judge.h"
#include "harness/measure/record.h"

#include <jansson.h>
#include <stdio.h>

/* One cell of a duel or of a comparison. Everything is borrowed. */
struct gate_cell {
    const char *id;
    const char *candidate_id;         /* NULL: the same */
    bool control;                     /* the same on both sides: tells whether the session can be trusted */
    size_t pairs;                     /* processes that took turns; 0: none did */
    const struct gate_series *series; /* `count` of them */
    const struct gate_finding *findings; /* of each */
    size_t count;
    const char *reproduce; /* the command that does this cell alone; NULL: none */
    /* Of the cell itself, such as a status that changed; GATE_SKIPPED: nothing was seen yet. */
    enum gate_verdict verdict;
    char why[GATE_WHY_BYTES];
};

/* '=' UNCHANGED, '+' IMPROVED, '-' REGRESSED, '?' INCONCLUSIVE, '!' NOT COMPARABLE or ERROR, '.' SKIPPED. */
char gate_report_sign(enum gate_verdict verdict);

/* Times of separate sessions never decide: these need turns. */
bool gate_report_decides(const struct gate_series *series);

/* How grave it is that a process ended so: 0 for OK, more for what is worse. SKIP is no end. */
int gate_status_gravity(enum record_status status);

/* Raises the cell's verdict, with its reason, to the gravest of the findings that decide. */
void gate_report_conclude(struct gate_cell *cell);

/* The gravest of the cells; controls are left out. GATE_SKIPPED for none. */
enum gate_verdict gate_report_verdict(const struct gate_cell *cells, size_t count);

enum exit_code gate_report_exit_code(enum gate_verdict verdict);

/* Prints the cells, gravest first, each with the metrics that matter; with `all` also what is unchanged, else
 * those are counted; a cell that took turns and came out fine has a line. Ends with how many cells have which verdict. */
void gate_report_print(const struct gate_cell *cells, size_t count, bool all, FILE *out);

/* An object of "cells" as duel.json and compare.json have them, new; what is not known is null. */
json_t *gate_report_cell_json(const struct gate_cell *cell);

#endif
