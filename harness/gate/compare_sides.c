/* SPDX-License-Identifier: MIT
 *
 * What must be the same before values are looked at, and what is told by how processes ended.
 */
#include "harness/gate/compare_parts.h"
#include "harness/gate/condition.h"

#include "harness/common/shell.h"
#include "harness/common/units.h"
#include "harness/run/environment.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- machines and libraries ---- */

static void add_difference(json_t *differences, const char *field, const char *cell, json_t *old, json_t *new)
{
    json_array_append_new(differences,
                          json_pack("{s:s,s:o,s:O?,s:O?}", "field", field, "cell",
                                    cell ? json_string(cell) : json_null(), "old", old, "new", new));
}

void compare_machines(const json_t *old, const json_t *new, json_t *differences)
{
    for (const char *const *key = environment_identity_keys; *key; key++) {
        json_t *before = json_object_get(old, *key), *now = json_object_get(new, *key);
        if ((before || now) && (!before || !now || !json_equal(before, now)))
            add_difference(differences, *key, NULL, before, now);
    }
}

static void say(struct gate_cell *cell, enum gate_verdict verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct gate_cell *cell, enum gate_verdict verdict, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(cell->why, sizeof cell->why, format, arguments);
    va_end(arguments);
    cell->verdict = verdict;
}

void compare_libraries(const struct gate_sample_cell *old, const struct gate_sample_cell *new, bool force,
                       struct gate_cell *cell, json_t *differences)
{
    const struct {
        const char *field, *old, *new;
    } libraries[] = {
        {"allocator_version", old->allocator_version, new->allocator_version},
        {"allocator_sha256", old->allocator_sha256, new->allocator_sha256},
        {"table_version", old->table_version, new->table_version},
        {"allocator_settings", old->allocator_settings, new->allocator_settings},
    };
    if (!old->statuses[RECORD_OK] || !new->statuses[RECORD_OK]) /* who did not end well did not say */
        return;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        if (!strcmp(libraries[i].old, libraries[i].new))
            continue;
        json_t *before = json_string(libraries[i].old), *now = json_string(libraries[i].new);
        add_difference(differences, libraries[i].field, cell->id, before, now);
        json_decref(before);
        json_decref(now);
        if (!force && cell->verdict != GATE_NOT_COMPARABLE)
            say(cell, GATE_NOT_COMPARABLE, "its %s was %.70s and is %.70s", libraries[i].field,
                *libraries[i].old ? libraries[i].old : "none", *libraries[i].new ? libraries[i].new : "none");
    }
    if ((old->is_mixed || new->is_mixed) && !force && cell->verdict != GATE_NOT_COMPARABLE)
        say(cell, GATE_NOT_COMPARABLE, "processes of %s did not all have the same libraries and settings",
            old->is_mixed ? "OLD" : "NEW");
}

/* ---- conditions ---- */

static void add_conditions(const char *side, const struct gate_samples *samples, json_t *degraded)
{
    condition_append(side, samples->context, degraded);
    size_t disturbed = 0;
    for (size_t i = 0; i < samples->count; i++)
        disturbed += samples->cells[i].disturbed;
    if (!disturbed)
        return;
    char sentence[SENTENCE_BYTES];
    snprintf(sentence, sizeof sentence,
             "%zu process%s of %s had major faults: memory and faults of those do not count", disturbed,
             disturbed == 1 ? "" : "es", side);
    json_array_append_new(degraded, json_string(sentence));
}

void compare_conditions(const struct gate_samples *old, const struct gate_samples *new, json_t *degraded)
{
    add_conditions("OLD", old, degraded);
    add_conditions("NEW", new, degraded);
}

/* ---- how cells ended ---- */

/* What its processes that ended OK needed at most, with a tenth for what is in no figure. */
static double needed_bytes(const struct gate_sample_cell *cell)
{
    double needed = 0;
    for (size_t m = 0; m < cell->metric_count; m++)
        if (cell->metrics[m].metric->counter == COUNTER_peak_rss_bytes ||
            cell->metrics[m].metric->counter == COUNTER_page_table_bytes) {
            double most = 0;
            for (size_t i = 0; i < cell->metrics[m].processes; i++)
                most = fmax(most, cell->metrics[m].values[i]);
            needed += most;
        }
    return 1.1 * needed;
}

/* `ok` ended well and `bad` did not: or is it only that it had less? */
static bool had_less(const struct gate_sample_cell *bad, const struct gate_sample_cell *ok)
{
    if (bad->status == RECORD_TIMEOUT)
        return bad->timeout_seconds < ok->timeout_seconds;
    return bad->status == RECORD_OOM && bad->budget_bytes < ok->budget_bytes &&
           (double)bad->budget_bytes < needed_bytes(ok);
}

static void say_limits(const struct gate_sample_cell *old, const struct gate_sample_cell *new,
                       enum record_status status, struct gate_cell *cell)
{
    char before[UNITS_TEXT_BYTES], now[UNITS_TEXT_BYTES];
    if (status == RECORD_TIMEOUT)
        say(cell, GATE_NOT_COMPARABLE, "%s then, %s now, with %" PRIu64 " s then and %" PRIu64 " s now",
            record_status_names[old->status], record_status_names[new->status], old->timeout_seconds,
            new->timeout_seconds);
    else
        say(cell, GATE_NOT_COMPARABLE, "%s then, %s now, within %s then and %s now",
            record_status_names[old->status], record_status_names[new->status],
            units_format_bytes(before, (double)old->budget_bytes),
            units_format_bytes(now, (double)new->budget_bytes));
}

void compare_statuses(const struct gate_sample_cell *old, const struct gate_sample_cell *new,
                      struct gate_cell *cell)
{
    enum record_status before = old->status, now = new->status;
    const char *before_name = record_status_names[before], *now_name = record_status_names[now];
    if (before == now && before == RECORD_OK)
        return;
    if (before == RECORD_SKIP || before == RECORD_RUNNING)
        say(cell, GATE_SKIPPED, "there is nothing to compare with: SKIP then: %.150s", old->message);
    else if (now == RECORD_SKIP || now == RECORD_RUNNING)
        say(cell, GATE_NOT_COMPARABLE, "%s then, SKIP now: %.150s", before_name, new->message);
    else if (now == RECORD_OK && old->statuses[RECORD_OK])
        return; /* it ended so now and then: what did not happen now tells nothing */
    else if (before == now)
        say(cell, GATE_UNCHANGED, "%s then and now: %.150s", now_name, new->message);
    else if (before == RECORD_OK && had_less(new, old))
        say_limits(old, new, now, cell);
    else if (now == RECORD_OK && had_less(old, new))
        say_limits(old, new, before, cell);
    else if (gate_status_gravity(now) > gate_status_gravity(before))
        say(cell, GATE_REGRESSED, "%s then, %s now: %.150s", before_name, now_name, new->message);
    else if (gate_status_gravity(now) < gate_status_gravity(before))
        say(cell, GATE_IMPROVED, "%s then, %s now", before_name, now_name);
    else
        say(cell, GATE_INCONCLUSIVE, "%s then, %s now, and neither is better: %.120s", before_name, now_name,
            new->message);
}

/* ---- commands ---- */

void compare_format_command(const char *old_path, const struct cell *cell, char *command)
{
    char arguments[CELL_ID_BYTES * 2], path[COMPARE_COMMAND_BYTES / 2];
    shell_quote(old_path, path, sizeof path);
    snprintf(command, COMPARE_COMMAND_BYTES,
             "growbench run %s --reps=%d --reference=none && growbench compare %s results/latest",
             cell_format_arguments(cell, arguments, sizeof arguments), GATE_MEDIAN_PROCESSES, path);
}
