/* SPDX-License-Identifier: MIT */
#include "harness/gate/report.h"

#include "harness/common/units.h"
#include "harness/gate/judge_parts.h"
#include "harness/results/results.h"

#include <math.h>
#include <string.h>

static const struct {
    char sign;
    enum exit_code code;
} by_verdict[GATE_VERDICT_COUNT] = {
    [GATE_SKIPPED] = {'.', EXIT_FINE},
    [GATE_UNCHANGED] = {'=', EXIT_FINE},
    [GATE_IMPROVED] = {'+', EXIT_FINE},
    [GATE_INCONCLUSIVE] = {'?', EXIT_INCONCLUSIVE},
    [GATE_NOT_COMPARABLE] = {'!', EXIT_NOT_COMPARABLE},
    [GATE_REGRESSED] = {'-', EXIT_REGRESSED},
    [GATE_ERROR] = {'!', EXIT_HARNESS},
};

char gate_report_sign(enum gate_verdict verdict)
{
    return by_verdict[verdict].sign;
}

enum exit_code gate_report_exit_code(enum gate_verdict verdict)
{
    return by_verdict[verdict].code;
}

/* Memory or time that ran out is a result; a wrong answer is none. */
int gate_status_gravity(enum record_status status)
{
    return status == RECORD_WRONG || status == RECORD_CRASH ? 2 : status == RECORD_OK ? 0 : 1;
}

bool gate_report_decides(const struct gate_series *series)
{
    return series->metric->decides && (series->class != GATE_NOISY || series->paired);
}

void gate_report_conclude(struct gate_cell *cell)
{
    for (size_t i = 0; i < cell->count; i++) {
        const struct gate_finding *finding = &cell->findings[i];
        if (!gate_report_decides(&cell->series[i]) || finding->verdict <= cell->verdict)
            continue;
        cell->verdict = finding->verdict;
        memcpy(cell->why, finding->why, sizeof cell->why);
    }
}

enum gate_verdict gate_report_verdict(const struct gate_cell *cells, size_t count)
{
    enum gate_verdict gravest = GATE_SKIPPED;
    for (size_t i = 0; i < count; i++)
        if (!cells[i].control && cells[i].verdict > gravest)
            gravest = cells[i].verdict;
    return gravest;
}

/* ---- terminal ---- */

enum { VERDICT_COLUMN = 14, NAME_COLUMN = 24 };

static const char *format_value(char *text, const struct gate_metric *metric, double value)
{
    const char *unit = strrchr(metric->name, '_');
    if (isnan(value))
        snprintf(text, UNITS_TEXT_BYTES, "-");
    else if (unit && !strcmp(unit, "_ns") && value < 100) /* a few per cent of an insert */
        snprintf(text, UNITS_TEXT_BYTES, "%.2f ns", value);
    else
        judge_format(text, metric, value);
    return text;
}

static void print_ratio(const struct gate_finding *finding, FILE *out)
{
    if (!isnan(finding->ratio))
        fprintf(out, "x%.4f", finding->ratio);
    if (!isnan(finding->low) && !isnan(finding->high))
        fprintf(out, " (%.4f to %.4f)", finding->low, finding->high);
}

static bool matters(enum gate_verdict verdict)
{
    return verdict > GATE_UNCHANGED;
}

static void print_finding(const struct gate_series *series, const struct gate_finding *finding, FILE *out)
{
    bool decides = gate_report_decides(series);
    char base[UNITS_TEXT_BYTES], candidate[UNITS_TEXT_BYTES], name[80], change[2 * UNITS_TEXT_BYTES + 8];
    int length = snprintf(name, sizeof name, "%.40s", series->metric->name);
    if (series->step_entries)
        snprintf(name + length, sizeof name - (size_t)length, " at %llu",
                 (unsigned long long)series->step_entries);
    snprintf(change, sizeof change, "%s -> %s", format_value(base, series->metric, finding->base),
             format_value(candidate, series->metric, finding->candidate));
    fprintf(out, "  %c %-*s %-*s %-24s ", decides ? gate_report_sign(finding->verdict) : ' ', VERDICT_COLUMN,
            decides ? gate_verdict_names[finding->verdict] : "(shown only)", NAME_COLUMN, name, change);
    print_ratio(finding, out);
    fputc('\n', out);
    if (decides && matters(finding->verdict))
        fprintf(out, "      %s\n", finding->why);
}

static void print_cell(const struct gate_cell *cell, bool all, FILE *out)
{
    fprintf(out, "%c %s  %s%s", gate_report_sign(cell->verdict), gate_verdict_names[cell->verdict],
            cell->control ? "control " : "", cell->id);
    if (cell->candidate_id && strcmp(cell->candidate_id, cell->id))
        fprintf(out, " -> %s", cell->candidate_id);
    if (cell->pairs)
        fprintf(out, "  (%zu pairs)", cell->pairs);
    fputc('\n', out);
    size_t unchanged = 0, shown = 0;
    for (int verdict = GATE_VERDICT_COUNT - 1; verdict >= 0; verdict--)
        for (size_t i = 0; i < cell->count; i++) {
            if (!gate_report_decides(&cell->series[i]) || (int)cell->findings[i].verdict != verdict ||
                verdict == GATE_SKIPPED)
                continue;
            unchanged += !matters(cell->findings[i].verdict);
            if (!all && !matters(cell->findings[i].verdict))
                continue;
            print_finding(&cell->series[i], &cell->findings[i], out);
            shown++;
        }
    if (!shown && *cell->why)
        fprintf(out, "      %s\n", cell->why);
    for (size_t i = 0; i < cell->count; i++)
        if (!gate_report_decides(&cell->series[i]) && cell->findings[i].verdict != GATE_SKIPPED &&
            (all || matters(cell->verdict)))
            print_finding(&cell->series[i], &cell->findings[i], out);
    if (!all && unchanged)
        fprintf(out, "  = %zu more metric%s unchanged\n", unchanged, unchanged == 1 ? "" : "s");
    if (cell->reproduce && matters(cell->verdict))
        fprintf(out, "    again: %s\n", cell->reproduce);
}

/* A cell that took turns and came out fine, in a line: by its first time. */
static void print_fine(const struct gate_cell *cell, FILE *out)
{
    size_t i = 0;
    while (i < cell->count &&
           (!gate_report_decides(&cell->series[i]) || cell->series[i].class != GATE_NOISY ||
            cell->findings[i].verdict == GATE_SKIPPED))
        i++;
    fprintf(out, "%c %s  %s%s  (%zu pairs)", gate_report_sign(cell->verdict),
            gate_verdict_names[cell->verdict], cell->control ? "control " : "", cell->id, cell->pairs);
    if (i < cell->count) {
        fprintf(out, "  %s ", cell->series[i].metric->name);
        print_ratio(&cell->findings[i], out);
    }
    fputc('\n', out);
}

void gate_report_print(const struct gate_cell *cells, size_t count, bool all, FILE *out)
{
    size_t counts[GATE_VERDICT_COUNT] = {0};
    for (int verdict = GATE_VERDICT_COUNT - 1; verdict >= 0; verdict--)
        for (size_t i = 0; i < count; i++) {
            if ((int)cells[i].verdict != verdict)
                continue;
            counts[verdict]++;
            if (all || matters(cells[i].verdict))
                print_cell(&cells[i], all, out);
            else if (cells[i].pairs)
                print_fine(&cells[i], out);
        }
    fprintf(out, "%zu cell%s", count, count == 1 ? "" : "s");
    const char *separator = ": ";
    for (int verdict = GATE_VERDICT_COUNT - 1; verdict >= 0; verdict--)
        if (counts[verdict]) {
            fprintf(out, "%s%zu %s", separator, counts[verdict], gate_verdict_names[verdict]);
            separator = ", ";
        }
    fputc('\n', out);
}

/* ---- JSON ---- */

static json_t *number_json(double value)
{
    return isfinite(value) ? results_counter_json(value) : json_null();
}

static json_t *values_json(const struct gate_series *series, int side)
{
    json_t *list = json_array();
    for (size_t i = 0; i < series->count[side]; i++)
        json_array_append_new(list, number_json(series->values[side][i]));
    return list;
}

static json_t *metric_json(const struct gate_series *series, const struct gate_finding *finding)
{
    json_t *json = json_object();
    json_object_set_new(json, "name", json_string(series->metric->name));
    json_object_set_new(json, "step_entries", json_integer((json_int_t)series->step_entries));
    json_object_set_new(json, "class", json_string(gate_class_names[series->class]));
    json_object_set_new(json, "decides", json_boolean(gate_report_decides(series)));
    json_object_set_new(json, "paired", json_boolean(series->paired));
    json_object_set_new(json, "base", values_json(series, GATE_BASE));
    json_object_set_new(json, "candidate", values_json(series, GATE_CANDIDATE));
    json_object_set_new(json, "verdict", json_string(gate_verdict_names[finding->verdict]));
    json_object_set_new(json, "base_value", number_json(finding->base));
    json_object_set_new(json, "candidate_value", number_json(finding->candidate));
    json_object_set_new(json, "ratio", number_json(finding->ratio));
    json_object_set_new(json, "low", number_json(finding->low));
    json_object_set_new(json, "high", number_json(finding->high));
    json_object_set_new(json, "p", number_json(finding->p));
    json_object_set_new(json, "why", json_string(finding->why));
    return json;
}

json_t *gate_report_cell_json(const struct gate_cell *cell)
{
    json_t *metrics = json_array(), *json = json_object();
    for (size_t i = 0; i < cell->count; i++)
        json_array_append_new(metrics, metric_json(&cell->series[i], &cell->findings[i]));
    json_object_set_new(json, "id", json_string(cell->id));
    json_object_set_new(json, "candidate_id",
                        json_string(cell->candidate_id ? cell->candidate_id : cell->id));
    json_object_set_new(json, "control", json_boolean(cell->control));
    json_object_set_new(json, "pairs", json_integer((json_int_t)cell->pairs));
    json_object_set_new(json, "verdict", json_string(gate_verdict_names[cell->verdict]));
    json_object_set_new(json, "why", json_string(cell->why));
    json_object_set_new(json, "reproduce", cell->reproduce ? json_string(cell->reproduce) : json_null());
    json_object_set_new(json, "metrics", metrics);
    return json;
}
