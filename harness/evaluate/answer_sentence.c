/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/answer_parts.h"

#include "harness/common/units.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 5, LEFT_OUT_MAX = 5 };

/* ---- pieces ---- */

void answer_add(char *text, size_t size, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

#define ADD(text, ...) answer_add(text, ANSWER_TEXT_BYTES, __VA_ARGS__)

char *answer_next_line(struct answer_lines *lines)
{
    lines->count += lines->count < ANSWER_LINES_MAX;
    char *line = lines->items[lines->count - 1];
    *line = 0;
    return line;
}

const char *answer_format_factor(double factor, char *text)
{
    if (factor < 999.5) {
        snprintf(text, UNITS_TEXT_BYTES, "%.*f", factor < 9.995 ? 2 : factor < 99.95 ? 1 : 0, factor);
        return text;
    }
    const double digit = pow(10, floor(log10(factor)) - 2);
    return units_format_whole(text, (uint64_t)(round(fmin(factor, 1e15) / digit) * digit));
}

void answer_add_names(char *text, const struct answer_contender *const *pool, size_t count,
                      answer_format *format)
{
    const size_t shown = count <= NAMES_MAX ? count : NAMES_MAX - 1;
    for (size_t i = 0; i < shown; i++) {
        char figure[UNITS_TEXT_BYTES];
        ADD(text, "%s%.150s", i ? ", " : "", pool[i]->name);
        if (format)
            ADD(text, " (%s)", format(pool[i], figure));
    }
    if (shown < count)
        ADD(text, " and %zu more", count - shown);
}

void answer_add_bad(char *text, const struct answer_contender *c)
{
    ADD(text, "%s: %.220s", record_status_names[c->bad->status], c->bad->message);
    if (c->bad_count < c->process_count)
        ADD(text, " (%zu of %zu processes)", c->bad_count, c->process_count);
}

static void add_duration(char *text, double ns)
{
    char time[UNITS_TEXT_BYTES];
    ADD(text, "%s", units_format_duration(time, ns));
}

static void add_factor(char *text, double factor)
{
    char number[UNITS_TEXT_BYTES];
    ADD(text, "%s", answer_format_factor(factor, number));
}

static void add_place(char *text, const struct answer_contender *c, uint64_t entries, enum cell_heap heap)
{
    char count[UNITS_TEXT_BYTES];
    if (c->place_count < 2)
        return;
    ADD(text, "; worst");
    if (c->size_count > 1)
        ADD(text, " at %s entries", units_format_whole(count, entries));
    if (c->heaps != 1u << heap)
        ADD(text, " on a %s heap", cell_heap_names[heap]);
}

/* ---- the three numbers ---- */

static void write_limit(const struct answer_contender *c, char *text)
{
    char bytes[UNITS_TEXT_BYTES], payload[UNITS_TEXT_BYTES];
    if (isnan(c->limit_ratio)) {
        ADD(text, "not measured");
        return;
    }
    add_factor(text, c->limit_ratio);
    ADD(text, "x the payload: %s for %s (%s", units_format_bytes(bytes, c->limit_bytes),
        units_format_bytes(payload, c->limit_bytes / c->limit_ratio),
        c->limit_is_estimate ? "an estimate" : "found by trial");
    if (c->program_share >=
        0.05) /* it does not grow with the table, so that the factor is none for another size */
        ADD(text, ", of it %s the program's own",
            units_format_bytes(bytes, c->limit_bytes * c->program_share));
    add_place(text, c, c->limit_entries, c->limit_heap);
    ADD(text, ")");
}

static void write_stall(const struct answer_contender *c, char *text)
{
    if (!c->stall.count) {
        ADD(text, "not measured%s", c->has_references ? " in this run" : "");
        return;
    }
    add_duration(text, c->stall.median);
    ADD(text, c->stall_is_resolved ? " (" : "? (");
    if (c->stall.count == 1) {
        ADD(text, "one process");
    } else {
        add_duration(text, c->stall.low);
        ADD(text, " to ");
        add_duration(text, c->stall.high);
        ADD(text, " in %zu processes", c->stall.count);
    }
    add_place(text, c, c->stall_entries, c->stall_heap);
    ADD(text, ")");
    if (c->stall_is_resolved)
        return;
    if (isnan(c->hiccup_max_ns)) {
        ADD(text, ", not resolved: the machine's own hiccups were not measured");
        return;
    }
    ADD(text, ", not resolved: below ten times the machine's own longest hiccup meanwhile (");
    add_duration(text, c->hiccup_max_ns);
    ADD(text, ")");
}

static void write_moves(const struct answer_contender *c, char *text)
{
    char count[UNITS_TEXT_BYTES];
    if (isnan(c->base_moves) && c->stability == STABILITY_UNKNOWN) {
        ADD(text, "not known: %s", stability_meanings[STABILITY_UNKNOWN]);
        return;
    }
    ADD(text, "%s (blocks of 64 KiB or more",
        isnan(c->base_moves) ? "not known" : units_format_count(count, c->base_moves));
    if (!isnan(c->moves_per_entry)) {
        ADD(text, "; an entry %s", c->moves_per_entry > 0 && c->moves_per_entry < 0.005 ? "less than " : "");
        add_factor(text, c->moves_per_entry > 0 ? fmax(c->moves_per_entry, 0.01) : 0);
        ADD(text, " times");
    }
    ADD(text, "), %s", stability_names[c->stability]);
}

void answer_add_figures(char *text, const struct answer_contender *c)
{
    add_factor(text, c->limit_ratio);
    ADD(text, "x the payload, longest stall ");
    if (c->stall.count)
        add_duration(text, c->stall.median);
    else
        ADD(text, "not measured");
    ADD(text, "%s, %s", c->stall.count && !c->stall_is_resolved ? "?" : "", stability_names[c->stability]);
}

/* ---- beside the choice ---- */

void answer_add_alternative(char *text, const struct answer_contender *alternative,
                            const struct answer_contender *chosen)
{
    ADD(text, "%.200s stalls %s", alternative->name, alternative->stall_is_resolved ? "" : "at least ");
    add_factor(text, chosen->stall.median / alternative->stall.median);
    ADD(text, " times shorter (");
    add_duration(text, alternative->stall.median);
    ADD(text, " against ");
    add_duration(text, chosen->stall.median);
    ADD(text, ") for ");
    add_factor(text, alternative->limit_ratio / chosen->limit_ratio);
    ADD(text, " times the memory (");
    add_factor(text, alternative->limit_ratio);
    ADD(text, "x the payload)");
}

static void add_usual_stall(const struct answer_contender *usual, const struct answer_contender *chosen,
                            char *text)
{
    if (!usual->stall.count) {
        ADD(text, "; longest stall not measured");
        return;
    }
    ADD(text, "; longest stall ");
    add_duration(text, usual->stall.median);
    ADD(text, usual->stall_is_resolved ? "" : " (not resolved)");
    if (!chosen)
        return;
    if (answer_stalls_longer(usual, chosen)) {
        ADD(text, ", %s", chosen->stall_is_resolved ? "" : "at least ");
        add_factor(text, usual->stall.median / chosen->stall.median);
        ADD(text, " times as long");
    } else if (answer_stalls_longer(chosen, usual)) {
        ADD(text, ", %s", usual->stall_is_resolved ? "" : "at least ");
        add_factor(text, chosen->stall.median / usual->stall.median);
        ADD(text, " times shorter");
    } else if (chosen->stall.count) {
        ADD(text, ", not told apart");
    }
}

static void add_usual_figures(const struct answer_contender *usual, const struct answer_contender *chosen,
                              char *text)
{
    char moves[ANSWER_TEXT_BYTES] = "";
    add_factor(text, usual->limit_ratio);
    ADD(text, "x the payload");
    if (chosen && answer_needs_more_memory(usual, chosen)) {
        ADD(text, ", ");
        add_factor(text, usual->limit_ratio / chosen->limit_ratio);
        ADD(text, " times as much");
    } else if (chosen) {
        ADD(text, ", alike");
    }
    add_usual_stall(usual, chosen, text);
    write_moves(usual, moves);
    ADD(text, "; moved: %s", moves);
}

static bool is_chosen(const struct answer *answer, const struct answer_contender *c)
{
    return c < answer->contenders + answer->chosen_count;
}

static void write_usual(const struct answer *answer, char *text)
{
    const struct answer_contender *usual = answer->usual;
    const struct answer_contender *chosen = answer->chosen_count ? answer->contenders : NULL;
    if (!usual) {
        ADD(text, "no malloc was measured here: what the usual choice costs is not known");
        return;
    }
    const bool is_glibc = !strcmp(usual->any->cell.allocator, "glibc");
    ADD(text, is_glibc ? "%.150s" : "no glibc in this run; %.150s", usual->name);
    if (is_chosen(answer, usual)) {
        ADD(text, answer->chosen_count > 1 ? " is not told apart from the others" : " is the answer");
        return;
    }
    if (usual->bar == ANSWER_DIED) {
        ADD(text, usual->bad->status == RECORD_SKIP ? " could not be measured: " : " did not complete: ");
        answer_add_bad(text, usual);
        if (isnan(usual->limit_ratio))
            return;
        ADD(text, "; where it came to its end: ");
        add_usual_figures(usual, NULL, text);
        return;
    }
    ADD(text, ": ");
    if (isnan(usual->limit_ratio))
        ADD(text, "no figures");
    else
        add_usual_figures(usual, usual->bar == ANSWER_FREE ? chosen : NULL, text);
    if (usual->bar == ANSWER_NOT_EVERYWHERE)
        ADD(text, " (measured in %zu of %zu cells only: not comparable)", usual->cell_count,
            answer->asked_cells);
}

/* ---- who was left out ---- */

static void add_bar(const struct answer *answer, const struct answer_contender *c, char *text)
{
    switch (c->bar) {
    case ANSWER_DIED:
        answer_add_bad(text, c);
        break;
    case ANSWER_BROKEN:
        ADD(text, "a profile that makes worse what it promises");
        break;
    case ANSWER_NOT_EVERYWHERE:
        ADD(text, "measured in %zu of %zu cells", c->cell_count, answer->asked_cells);
        break;
    case ANSWER_NO_LIMIT:
        ADD(text, "its memory is not known");
        break;
    case ANSWER_FREE:
        break;
    }
}

static void write_left_out(struct answer *answer)
{
    size_t listed = 0, barred = 0;
    for (size_t i = 0; i < answer->count; i++)
        barred += answer->contenders[i].bar != ANSWER_FREE;
    for (size_t i = 0; i < answer->count; i++) {
        const struct answer_contender *c = &answer->contenders[i];
        if (c->bar == ANSWER_FREE || (barred > LEFT_OUT_MAX && listed == LEFT_OUT_MAX - 1))
            continue;
        char *line = answer_next_line(&answer->reasons);
        ADD(line, "left out: %.150s: ", c->name);
        add_bar(answer, c, line);
        listed++;
    }
    if (listed < barred)
        ADD(answer_next_line(&answer->reasons), "left out: %zu more", barred - listed);
}

/* ---- caveats of its own ---- */

static const struct answer_contender *find_fastest(const struct answer *answer)
{
    const struct answer_contender *fastest = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        const struct answer_contender *c = &answer->contenders[i];
        if (c->bar == ANSWER_FREE && c->speed.count && (!fastest || c->speed.median > fastest->speed.median))
            fastest = c;
    }
    return fastest;
}

static void write_caveats(struct answer *answer)
{
    const struct answer_contender *chosen = answer->contenders, *fastest = find_fastest(answer);
    char own[UNITS_TEXT_BYTES], other[UNITS_TEXT_BYTES];
    if (answer->chosen_count > 1)
        ADD(answer_next_line(&answer->caveats),
            "the numbers are those of %.150s: no step tells the %zu apart", chosen->name,
            answer->chosen_count);
    if (fastest && answer_is_slower(chosen, fastest)) {
        char *line = answer_next_line(&answer->caveats);
        ADD(line, "its price: ");
        add_factor(line, fastest->speed.median / chosen->speed.median);
        ADD(line, " times slower than %.150s (%s against %s entries a second)", fastest->name,
            units_format_count(own, chosen->speed.median), units_format_count(other, fastest->speed.median));
    }
    if (chosen->cell_count < answer->asked_cells)
        ADD(answer_next_line(&answer->caveats),
            "compared in the %zu of %zu cells in which all of them were measured: the run is not complete, "
            "or not "
            "all were asked the same",
            chosen->cell_count, answer->asked_cells);
    if (chosen->any->cell.reserve != CELL_NO_RESERVE)
        ADD(answer_next_line(&answer->caveats), "reserve: it was told the number of entries before");
}

/* ---- all of it ---- */

static void write_headline(const struct answer *answer, char *text)
{
    ADD(text, "%s: ", answer->question);
    if (!answer->count || !answer->chosen_count) {
        bool any_ran = false, any_completed = false;
        for (size_t i = 0; i < answer->count; i++) {
            const struct answer_contender *c = &answer->contenders[i];
            any_ran |= c->bar != ANSWER_DIED || c->bad->status != RECORD_SKIP;
            any_completed |= c->bar == ANSWER_NOT_EVERYWHERE;
        }
        ADD(text, "no answer: %s",
            any_completed ? "nobody was measured where the others were"
            : any_ran     ? "nothing came to its end at every size and on every heap"
                          : "nothing could be measured");
        return;
    }
    const size_t count = answer->chosen_count, shown = count <= 3 ? count : 2;
    for (size_t i = 0; i < shown; i++)
        ADD(text, "%s%.150s", !i ? "" : i + 1 == count ? " or " : ", ", answer->contenders[i].name);
    if (shown < count)
        ADD(text, " or %zu more", count - shown);
    if (count > 1)
        ADD(text, ": not told apart");
    if (answer->contenders->cell_count < answer->asked_cells)
        ADD(text, " (from %zu of %zu cells)", answer->contenders->cell_count, answer->asked_cells);
}

void answer_write(struct answer *answer)
{
    const struct answer_contender *chosen = answer->contenders;
    char options[CELL_ID_BYTES];
    cell_format_options(&answer->any->cell, ANSWER_QUESTION_AXES, options, sizeof options);
    snprintf(answer->question, sizeof answer->question, "%s%s%.40s%.180s", answer->any->cell.table,
             *answer->any->table_version ? " " : "", answer->any->table_version, options);
    write_headline(answer, answer->headline);
    write_usual(answer, answer->usual_cost);
    write_left_out(answer);
    if (!answer->chosen_count)
        return;
    write_limit(chosen, answer->limit);
    write_stall(chosen, answer->stall);
    write_moves(chosen, answer->moves);
    if (answer->alternative)
        answer_add_alternative(answer->alternative_text, answer->alternative, chosen);
    write_caveats(answer);
}
