/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/answer_parts.h"

#include "harness/common/units.h"
#include "harness/evaluate/summary_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char ANSWER_RULE[] =
    "Of those that came to their end at every size and on every heap measured, the least memory limit counts "
    "first "
    "(within 10 % is alike); among these the shortest longest stall; then what stays put: entries, then base "
    "addresses, then numbers; then fewer moves of large blocks (within 10 % is alike); then speed. Each "
    "figure is "
    "the worst over the sizes and heaps. Times are told apart when the ranges of their repetitions do not "
    "touch, or "
    "by a factor of 2 with one repetition; a stall below ten times the machine's own longest hiccup "
    "meanwhile is a "
    "bound, and is not called longer than another.";

static const double memory_slack = 1.1, moves_slack = 1.1;

/* Half as long or less is worth a line of its own. */
static const double clearly_shorter = 2;

/* ---- the steps of the rule ---- */

bool answer_stalls_longer(const struct answer_contender *a, const struct answer_contender *b)
{
    return a->stall.count && b->stall.count && a->stall_is_resolved && a->stall.median > b->stall.median &&
           summary_times_differ(&a->stall, &b->stall);
}

bool answer_is_slower(const struct answer_contender *a, const struct answer_contender *b)
{
    return a->speed.count && b->speed.count && a->speed.median < b->speed.median &&
           summary_times_differ(&a->speed, &b->speed);
}

static double memory_of(const struct answer_contender *c)
{
    return c->limit_ratio;
}

bool answer_needs_more_memory(const struct answer_contender *a, const struct answer_contender *b)
{
    return a->limit_ratio > b->limit_ratio * memory_slack;
}

static double stall_of(const struct answer_contender *c)
{
    return c->stall.median;
}

/* What is not known promises nothing. */
static double class_of(const struct answer_contender *c)
{
    return c->stability == STABILITY_UNKNOWN ? STABILITY_COUNT : c->stability;
}

static bool is_less_stable(const struct answer_contender *a, const struct answer_contender *b)
{
    return class_of(a) > class_of(b);
}

static double moves_of(const struct answer_contender *c)
{
    return c->base_moves;
}

static bool moves_more(const struct answer_contender *a, const struct answer_contender *b)
{
    return a->base_moves > b->base_moves * moves_slack;
}

static double slowness_of(const struct answer_contender *c)
{
    return -c->speed.median;
}

static const char *format_memory(const struct answer_contender *c, char *text)
{
    char factor[UNITS_TEXT_BYTES];
    snprintf(text, UNITS_TEXT_BYTES, "%.20sx", answer_format_factor(c->limit_ratio, factor));
    return text;
}

static const char *format_stall(const struct answer_contender *c, char *text)
{
    char time[UNITS_TEXT_BYTES];
    if (c->stall.count)
        snprintf(text, UNITS_TEXT_BYTES, "%.20s%s", units_format_duration(time, c->stall.median),
                 c->stall_is_resolved ? "" : "?");
    else
        snprintf(text, UNITS_TEXT_BYTES, "not measured");
    return text;
}

static const char *format_class(const struct answer_contender *c, char *text)
{
    snprintf(text, UNITS_TEXT_BYTES, "%s", stability_names[c->stability]);
    return text;
}

static const char *format_moves(const struct answer_contender *c, char *text)
{
    if (isnan(c->base_moves))
        snprintf(text, UNITS_TEXT_BYTES, "not known");
    else
        units_format_count(text, c->base_moves);
    return text;
}

static const char *format_speed(const struct answer_contender *c, char *text)
{
    char count[UNITS_TEXT_BYTES];
    if (c->speed.count)
        snprintf(text, UNITS_TEXT_BYTES, "%.20s/s", units_format_count(count, c->speed.median));
    else
        snprintf(text, UNITS_TEXT_BYTES, "not measured");
    return text;
}

static const struct step {
    const char *what, *alike, *behind;
    double (*figure)(const struct answer_contender *c); /* least is best; NaN = absent */
    bool (*is_worse)(const struct answer_contender *a, const struct answer_contender *leader);
    answer_format *format;
} steps[] = {
    {"memory limit over payload", "within 10 %", "more", memory_of, answer_needs_more_memory, format_memory},
    {"longest stall", "not told apart", "longer", stall_of, answer_stalls_longer, format_stall},
    {"what stays put", "alike", "less", class_of, is_less_stable, format_class},
    {"moves of large blocks", "alike", "more", moves_of, moves_more, format_moves},
    {"speed", "not told apart", "slower", slowness_of, answer_is_slower, format_speed},
};

static const struct answer_contender *find_leader(const struct answer_contender *const *pool, size_t count,
                                                  const struct step *step)
{
    const struct answer_contender *leader = NULL;
    for (size_t i = 0; i < count; i++) {
        double figure = step->figure(pool[i]);
        if (!isnan(figure) && (!leader || figure < step->figure(leader)))
            leader = pool[i];
    }
    return leader;
}

/* The leader, those that are left with it, then those that went. */
static size_t take_step(const struct answer_contender **pool, size_t count, const struct step *step)
{
    const struct answer_contender *leader = find_leader(pool, count, step);
    size_t kept = 0;
    for (size_t i = 0; leader && i < count; i++) {
        if (step->is_worse(pool[i], leader))
            continue;
        /* Stable, and the leader first. */
        const struct answer_contender *c = pool[i];
        size_t to = c == leader ? 0 : kept;
        memmove(&pool[to + 1], &pool[to], (i - to) * sizeof *pool);
        pool[to] = c;
        kept++;
    }
    return leader ? kept : count;
}

static void write_step(const struct answer_contender *const *pool, size_t count, size_t kept,
                       const struct step *step, struct answer_lines *reasons)
{
    char *line = answer_next_line(reasons);
    answer_add(line, ANSWER_TEXT_BYTES, "%s: ", step->what);
    if (kept == count) {
        answer_add(line, ANSWER_TEXT_BYTES, "%s: ", step->alike);
        answer_add_names(line, pool, kept, step->format);
        return;
    }
    answer_add_names(line, pool, 1, step->format);
    if (kept > 1) {
        answer_add(line, ANSWER_TEXT_BYTES, "; %s: ", step->alike);
        answer_add_names(line, pool + 1, kept - 1, step->format);
    }
    answer_add(line, ANSWER_TEXT_BYTES, "; %s: ", step->behind);
    answer_add_names(line, pool + kept, count - kept, step->format);
}

size_t answer_filter(const struct answer_contender **pool, size_t count, struct answer_lines *reasons)
{
    for (size_t s = 0; s < sizeof steps / sizeof *steps && count > 1; s++) {
        const size_t kept = take_step(pool, count, &steps[s]);
        if (reasons && find_leader(pool, kept, &steps[s]))
            write_step(pool, count, kept, &steps[s], reasons);
        count = kept;
    }
    return count;
}

/* ---- beside the choice ---- */

const struct answer_contender *answer_find_alternative(const struct answer_contender *const *pool,
                                                       size_t count, const struct answer_contender *chosen)
{
    const struct answer_contender *shortest = NULL, *least = NULL;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < count; i++) {
            const struct answer_contender *c = pool[i];
            if (!answer_needs_more_memory(c, chosen) || !answer_stalls_longer(chosen, c) ||
                chosen->stall.median < c->stall.median * clearly_shorter)
                continue;
            if (pass == 0 && (!shortest || c->stall.median < shortest->stall.median))
                shortest = c;
            if (pass == 1 && !answer_stalls_longer(c, shortest) &&
                (!least || c->limit_ratio < least->limit_ratio))
                least = c;
        }
    return least;
}

/* ---- one answer ---- */

/* Who is the usual choice needs no reason to be it; else the least memory. */
static size_t find_first(const struct answer_contender *const *pool, size_t count)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        if (pool[i]->is_usual)
            return i;
        first = pool[i]->limit_ratio < pool[first]->limit_ratio ? i : first;
    }
    return first;
}

/* Chosen, free, barred; `pool` holds the free ones, chosen first. */
static int put_in_order(struct answer *answer, const struct answer_contender *const *pool, size_t free_count)
{
    struct answer_contender *ordered = calloc(answer->count + 1, sizeof *ordered);
    if (!ordered)
        return ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < free_count; i++)
        ordered[count++] = *pool[i];
    for (size_t i = 0; i < answer->count; i++)
        if (answer->contenders[i].bar != ANSWER_FREE)
            ordered[count++] = answer->contenders[i];
    free(answer->contenders);
    answer->contenders = ordered;
    return 0;
}

static void find_beside(struct answer *answer, const struct answer_contender **pool, size_t free_count)
{
    for (size_t i = 0; i < free_count; i++)
        pool[i] = &answer->contenders[i];
    if (answer->chosen_count)
        answer->alternative = answer_find_alternative(pool, free_count, pool[0]);
    for (size_t i = 0; i < answer->count; i++)
        if (answer->contenders[i].is_usual)
            answer->usual = &answer->contenders[i];
}

static int fill_answer(const struct results *results, struct answer *answer)
{
    int error = answer_collect(results, answer);
    if (error)
        return error;
    const struct answer_contender **pool = calloc(answer->count + 1, sizeof *pool);
    if (!pool)
        return ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < answer->count; i++)
        if (answer->contenders[i].bar == ANSWER_FREE)
            pool[count++] = &answer->contenders[i];
    answer->chosen_count = answer_filter(pool, count, &answer->reasons);
    const size_t first = find_first(pool, answer->chosen_count);
    const struct answer_contender *chosen = pool[first];
    memmove(&pool[1], &pool[0], first * sizeof *pool);
    pool[0] = chosen;
    error = put_in_order(answer, pool, count);
    if (!error) {
        find_beside(answer, pool, count);
        answer_write(answer);
    }
    free(pool);
    return error;
}

/* ---- all ---- */

enum cell_workload answers_workload(const struct results *results)
{
    for (size_t i = 0; i < results->count; i++)
        if (results->items[i].cell.workload == CELL_FILL)
            return CELL_FILL;
    return results->count ? results->items[0].cell.workload : CELL_FILL;
}

static bool is_known(const struct answers *answers, const struct result *result)
{
    for (size_t i = 0; i < answers->count; i++) {
        const struct cell *cell = &answers->items[i].any->cell;
        if (!strcmp(cell->table, result->cell.table) && answer_same_question(cell, &result->cell))
            return true;
    }
    return false;
}

static int compare_answers(const void *left, const void *right)
{
    struct result a = *((const struct answer *)left)->any, b = *((const struct answer *)right)->any;
    memcpy(b.cell.allocator, a.cell.allocator, sizeof b.cell.allocator);
    int order = summary_compare_names(&a, &b);
    for (int axis = 0; !order && axis < CELL_AXIS_COUNT; axis++) {
        uint64_t x = cell_get(&a.cell, (enum cell_axis)axis), y = cell_get(&b.cell, (enum cell_axis)axis);
        if (ANSWER_QUESTION_AXES >> axis & 1)
            order = (x > y) - (x < y);
    }
    return order;
}

int answers_make(const struct results *results, struct answers *answers)
{
    *answers = (struct answers){.workload = answers_workload(results)};
    answers->items = calloc(results->count + 1, sizeof *answers->items);
    int error = answers->items ? 0 : ENOMEM;
    for (size_t i = 0; i < results->count && !error; i++) {
        const struct result *r = &results->items[i];
        if (r->table_is_yardstick || r->allocator_is_yardstick || r->cell.workload != answers->workload ||
            is_known(answers, r))
            continue;
        answers->items[answers->count].any = r;
        error = fill_answer(results, &answers->items[answers->count++]);
    }
    if (!error) {
        qsort(answers->items, answers->count, sizeof *answers->items, compare_answers);
        answers_write_scope(results, answers);
        answers_write_caveats(answers);
        error = answers_write_ways(answers);
    }
    if (error)
        answers_free(answers);
    return error;
}

void answers_free(struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        free(answers->items[i].contenders);
    free(answers->items);
    *answers = (struct answers){0};
}
