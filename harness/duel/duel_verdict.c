/* SPDX-License-Identifier: MIT */
#include "harness/duel/duel.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a look ---- */

/* What this machine's baseline knows of it; NULL: nothing, or of another version of the library. */
static const struct gate_sample *known_sample(const struct duel *duel, const struct duel_cell *cell,
                                              const struct gate_metric *metric)
{
    const struct gate_sample_cell *known =
        duel->baseline ? gate_samples_find(duel->baseline, cell->ids[GATE_BASE]) : NULL;
    return known && !strcmp(known->allocator_version, cell->allocator_version)
               ? gate_samples_metric(known, metric)
               : NULL;
}

/* As the base's own processes and the baseline show it: what either saw vary does. Exact, or of one value within its
 * tolerance, is only what enough of them repeated. */
static enum gate_class class_of(const struct duel *duel, const struct duel_cell *cell,
                                const struct gate_series *series)
{
    const struct gate_metric *metric = series->metric;
    const struct gate_sample *known = known_sample(duel, cell, metric);
    const enum gate_class shown = gate_class_of(metric, series->values[GATE_BASE], series->count[GATE_BASE]);
    if (metric->class == GATE_NOISY || shown == GATE_DISTRIBUTION ||
        (known && known->class == GATE_DISTRIBUTION))
        return metric->class == GATE_NOISY ? GATE_NOISY : GATE_DISTRIBUTION;
    const size_t seen = series->count[GATE_BASE] + (known ? known->count : 0);
    return seen < GATE_EXACT_PROCESSES ? GATE_DISTRIBUTION : shown;
}

/* The series of the controls, or of all other cells: one family. */
static int judge_group(struct duel *duel, bool controls, unsigned look)
{
    size_t count = 0;
    for (size_t i = 0; i < duel->cell_count; i++)
        count += duel->cells[i].series_count;
    struct gate_series *series = calloc(count + 1, sizeof *series);
    struct gate_finding *findings = calloc(count + 1, sizeof *findings), *next = findings;
    int failed = series && findings ? 0 : ENOMEM;
    count = 0;
    for (size_t i = 0; i < duel->cell_count && !failed; i++) {
        struct duel_cell *cell = &duel->cells[i];
        if (cell->control != controls || cell->stopped)
            continue;
        for (size_t j = 0; j < cell->series_count; j++) {
            cell->series[j].class = class_of(duel, cell, &cell->series[j]);
            series[count++] = cell->series[j];
        }
    }
    if (!failed)
        failed = gate_judge(series, count, look, findings);
    for (size_t i = 0; i < duel->cell_count && !failed; i++) {
        struct duel_cell *cell = &duel->cells[i];
        if (cell->control != controls || cell->stopped)
            continue;
        if (!cell->decided) /* else decided at an earlier look */
            memcpy(cell->findings, next, cell->series_count * sizeof *next);
        next += cell->series_count;
    }
    free(series);
    free(findings);
    return failed;
}

static bool has_verdict(const struct duel_cell *cell, enum gate_verdict verdict)
{
    for (size_t i = 0; i < cell->series_count; i++)
        if (gate_report_decides(&cell->series[i]) && cell->findings[i].verdict == verdict)
            return true;
    return false;
}

/* More pairs could change its verdict. */
static bool is_open(const struct duel_cell *cell)
{
    return has_verdict(cell, GATE_INCONCLUSIVE) && !has_verdict(cell, GATE_REGRESSED);
}

/* Enough is known of a session that has REGRESSED and nothing left to find: its controls need not become UNCHANGED. */
static bool has_ended(const struct duel *duel)
{
    bool regressed = false;
    for (size_t i = 0; i < duel->cell_count; i++) {
        const struct duel_cell *cell = &duel->cells[i];
        if (!cell->control && !cell->decided)
            return false;
        regressed |= !cell->control && (cell->verdict == GATE_REGRESSED || has_verdict(cell, GATE_REGRESSED));
    }
    return regressed;
}

int duel_judge(struct duel *duel, unsigned look)
{
    int failed = judge_group(duel, false, look);
    if (!failed)
        failed = judge_group(duel, true, look);
    for (size_t i = 0; i < duel->cell_count && !failed; i++)
        duel->cells[i].decided |= !is_open(&duel->cells[i]);
    for (size_t i = 0; i < duel->cell_count && !failed && has_ended(duel); i++)
        duel->cells[i].decided = true;
    duel->looks = look + 1;
    return failed;
}

/* ---- what is taken back ---- */

static bool is_change(enum gate_verdict verdict)
{
    return verdict == GATE_REGRESSED || verdict == GATE_IMPROVED;
}

/* What a clock or a disturbed machine can change. */
static bool is_soft(const struct gate_series *series)
{
    return series->class != GATE_EXACT;
}

static void doubt(struct gate_finding *finding, const char *why)
{
    char found[GATE_WHY_BYTES];
    memcpy(found, finding->why, sizeof found);
    snprintf(finding->why, sizeof finding->why, "%s: %.*s", why, (int)(sizeof found - strlen(why) - 3),
             found);
    finding->verdict = GATE_INCONCLUSIVE;
}

bool duel_needs_confirming(const struct duel_cell *cell)
{
    for (size_t i = 0; i < cell->series_count && cell->decays && !cell->control && !cell->stopped; i++)
        if (gate_report_decides(&cell->series[i]) && is_soft(&cell->series[i]) &&
            is_change(cell->findings[i].verdict))
            return true;
    return false;
}

/* The undisturbed pairs' own finding of that figure; NULL: they have none. */
static const struct gate_finding *finding_of(const struct duel_cell *cell, const struct gate_series *series)
{
    for (size_t i = 0; i < cell->series_count; i++)
        if (cell->series[i].metric == series->metric && cell->series[i].step_entries == series->step_entries)
            return &cell->findings[i];
    return NULL;
}

/* A ratio that still goes the same way, and whose interval (of memory: itself) reaches beyond the floor. */
static bool confirms(const struct gate_finding *undisturbed, const struct gate_finding *found,
                     const struct gate_metric *metric)
{
    if (!undisturbed || isnan(undisturbed->ratio))
        return false;
    const bool worse = found->verdict == GATE_REGRESSED;
    const double far = isnan(undisturbed->low) ? undisturbed->ratio
                       : worse                 ? undisturbed->high
                                               : undisturbed->low;
    const double floor_ratio = fmax(metric->floor_ratio, metric->floor_absolute / undisturbed->base);
    return worse ? undisturbed->ratio > 1 && far > 1 + floor_ratio
                 : undisturbed->ratio < 1 && far < 1 / (1 + floor_ratio);
}

int duel_take_back(struct duel_cell *cell, struct duel_cell *undisturbed)
{
    int failed = gate_judge(undisturbed->series, undisturbed->series_count, 0, undisturbed->findings);
    for (size_t i = 0; i < cell->series_count && !failed; i++)
        if (is_soft(&cell->series[i]) && is_change(cell->findings[i].verdict) &&
            !confirms(finding_of(undisturbed, &cell->series[i]), &cell->findings[i], cell->series[i].metric))
            doubt(&cell->findings[i], "not shown by processes that ran undisturbed");
    return failed;
}

/* ---- the end ---- */

struct gate_cell duel_gate_cell(const struct duel_cell *cell, const char *reproduce)
{
    struct gate_cell gate = {.id = cell->ids[GATE_BASE],
                             .candidate_id = cell->ids[GATE_CANDIDATE],
                             .control = cell->control,
                             .pairs = cell->pairs,
                             .series = cell->series,
                             .findings = cell->findings,
                             .count = cell->series_count,
                             .reproduce = reproduce,
                             .verdict = cell->verdict};
    memcpy(gate.why, cell->why, sizeof gate.why);
    return gate;
}

/* Times against times, memory against memory. */
static void doubt_changes(struct duel_cell *cell, bool noisy, const char *why)
{
    for (size_t i = 0; i < cell->series_count; i++)
        if (is_soft(&cell->series[i]) && (cell->series[i].class == GATE_NOISY) == noisy &&
            is_change(cell->findings[i].verdict))
            doubt(&cell->findings[i], why);
}

static void conclude_cell(struct duel_cell *cell)
{
    if (cell->stopped)
        return;
    for (int noisy = 0; noisy < 2 && cell->disturbed; noisy++)
        doubt_changes(cell, noisy, "there were major faults: the machine swaps");
    struct gate_cell gate = duel_gate_cell(cell, NULL);
    gate_report_conclude(&gate);
    cell->verdict = gate.verdict;
    memcpy(cell->why, gate.why, sizeof cell->why);
    if (cell->pairs)
        return;
    cell->verdict = GATE_INCONCLUSIVE;
    snprintf(cell->why, sizeof cell->why, "no pair of processes was run in the time");
}

/* The control that says most against the session; NULL: all are UNCHANGED. */
static const struct duel_cell *conclude_controls(struct duel *duel)
{
    const struct duel_cell *worst = NULL;
    for (size_t i = 0; i < duel->cell_count; i++) {
        struct duel_cell *cell = &duel->cells[i];
        if (!cell->control)
            continue;
        conclude_cell(cell);
        /* An improvement of the same over the same is as bad as its opposite. */
        if (cell->verdict > GATE_UNCHANGED && (!worst || is_change(cell->verdict)))
            worst = cell;
    }
    return worst;
}

/* Whether a control itself was found to differ. */
static bool control_changed(const struct duel *duel, bool noisy)
{
    for (size_t i = 0; i < duel->cell_count; i++)
        for (size_t j = 0; j < duel->cells[i].series_count && duel->cells[i].control; j++) {
            const struct gate_series *series = &duel->cells[i].series[j];
            if (gate_report_decides(series) && (series->class == GATE_NOISY) == noisy &&
                is_change(duel->cells[i].findings[j].verdict))
                return true;
        }
    return false;
}

/* What decides, and what the controls say to that. */
static void say_why(struct duel *duel, const struct duel_cell *gravest, const struct duel_cell *control)
{
    int length = 0;
    *duel->why = 0;
    if (gravest && gravest->verdict > GATE_UNCHANGED)
        length = snprintf(duel->why, sizeof duel->why, "%s: %s%s", gravest->ids[GATE_BASE], gravest->why,
                          control ? "; " : "");
    if (control)
        snprintf(duel->why + length, sizeof duel->why - (size_t)length,
                 "the control, the base against itself, came out %s: %s",
                 gate_verdict_names[control->verdict], control->why);
}

void duel_conclude(struct duel *duel)
{
    const struct duel_cell *control = conclude_controls(duel), *gravest = NULL;
    duel->verdict = GATE_SKIPPED;
    for (size_t i = 0; i < duel->cell_count; i++) {
        struct duel_cell *cell = &duel->cells[i];
        if (cell->control)
            continue;
        for (int noisy = 0; noisy < 2; noisy++)
            if (control_changed(duel, noisy))
                doubt_changes(cell, noisy, "the control differed as well");
        conclude_cell(cell);
        if (cell->verdict > duel->verdict || !gravest) {
            duel->verdict = cell->verdict;
            gravest = cell;
        }
    }
    if (duel->verdict < GATE_INCONCLUSIVE && control) {
        duel->verdict = GATE_INCONCLUSIVE;
        gravest = NULL;
    }
    say_why(duel, gravest, control);
}
