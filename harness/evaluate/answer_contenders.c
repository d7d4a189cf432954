/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/answer_parts.h"

#include "harness/evaluate/summary_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char usual_name[] = "glibc";

static const enum counter speed_counters[CELL_WORKLOAD_COUNT] = {
    [CELL_FILL] = COUNTER_items_per_second,
    [CELL_FIND] = COUNTER_hit_items_per_second,
    [CELL_CHURN] = COUNTER_items_per_second,
    [CELL_DRAIN] = COUNTER_erase_items_per_second,
};

bool answer_same_question(const struct cell *a, const struct cell *b)
{
    struct cell like = *b;
    memcpy(like.table, a->table, sizeof like.table);
    memcpy(like.allocator, a->allocator, sizeof like.allocator);
    return cell_same_but(a, &like, ANSWER_PLACE_AXES | ANSWER_CHOICE_AXES);
}

static bool is_of_question(const struct result *result, const struct answer *answer)
{
    return !strcmp(result->cell.table, answer->any->cell.table) && !result->allocator_is_yardstick &&
           answer_same_question(&result->cell, &answer->any->cell);
}

static bool is_of_contender(const struct result *result, const struct answer_contender *contender)
{
    return cell_same_but(&result->cell, &contender->any->cell, ANSWER_PLACE_AXES);
}

/* ---- figures of one contender ---- */

static void take_memory(const struct results *results, const struct cell *cell, struct answer_contender *c)
{
    bool is_estimate;
    double bytes = results_limit_bytes(results, cell, &is_estimate);
    double ratio = bytes / (double)cell_payload_bytes(cell);
    c->limit_is_estimate |= is_estimate && !isnan(bytes);
    if (!isnan(ratio) && !(ratio <= c->limit_ratio)) {
        c->limit_ratio = ratio;
        c->limit_bytes = bytes;
        c->limit_entries = cell->entries;
        c->limit_heap = cell->heap;
        double program_bytes = results_joined_median(results, cell, COUNTER_start_rss_bytes);
        c->program_share = is_estimate && !isnan(program_bytes) ? program_bytes / bytes : 0;
    }
    /* A place without a limit leaves the worst unknown. */
    c->lacks_limit |= isnan(ratio);
    c->base_moves = fmax(c->base_moves, results_joined_median(results, cell, COUNTER_base_moves));
    c->moves_per_entry =
        fmax(c->moves_per_entry, results_joined_median(results, cell, COUNTER_moves_per_entry));
}

static void take_times(const struct results *results, struct cell cell, struct answer_contender *c)
{
    cell.mode = CELL_LATENCY;
    const struct results_range stall = results_range(results, &cell, COUNTER_stall_max_ns);
    if (stall.count && !(stall.median <= c->stall.median)) {
        c->stall = stall;
        c->hiccup_max_ns = results_median(results, &cell, COUNTER_hiccup_max_ns, NULL);
        c->stall_is_resolved = stall.median >= 10 * c->hiccup_max_ns;
        c->stall_entries = cell.entries;
        c->stall_heap = cell.heap;
    }
    cell.mode = CELL_THROUGHPUT;
    const struct results_range speed = results_range(results, &cell, speed_counters[cell.workload]);
    if (speed.count && !(speed.median >= c->speed.median))
        c->speed = speed;
}

static bool is_first_of_row(const struct results *results, const struct result *result)
{
    const struct result *r = results->items;
    while (r < result && !cell_same_row(&r->cell, &result->cell))
        r++;
    return r == result;
}

static bool is_first_of_size(const struct results *results, const struct result *result)
{
    const struct result *r = results->items;
    while (r < result && !(r->cell.entries == result->cell.entries &&
                           cell_same_but(&r->cell, &result->cell, ANSWER_PLACE_AXES)))
        r++;
    return r == result;
}

static void take_place(const struct results *results, const struct result *result, struct answer_contender *c)
{
    c->place_count++;
    c->size_count += is_first_of_size(results, result);
    c->heaps |= 1u << result->cell.heap;
    take_memory(results, &result->cell, c);
    if (result->is_reference)
        c->has_references = true;
    else
        take_times(results, result->cell, c);
    if (profiles_check(results, &result->cell).verdict == PROFILE_BROKEN)
        c->bar = ANSWER_BROKEN;
}

static void take_process(const struct result *result, struct answer_contender *c)
{
    if (!strncmp(result->message, RESULTS_NOT_REPEATED, strlen(RESULTS_NOT_REPEATED)))
        return;
    c->process_count++;
    c->bad_count += result->status != RECORD_OK;
    if (result->status == RECORD_OK)
        c->stability = stability_weaker(c->stability, stability_of(result));
    else if (!c->bad)
        c->bad = result;
    if (result->cell.entries > c->any->cell.entries)
        c->any = result;
}

static void fill_contender(const struct results *results, const struct result *first,
                           struct answer_contender *c)
{
    const struct results_range none = {0, NAN, NAN, NAN};
    *c = (struct answer_contender){.any = first,
                                   .limit_ratio = NAN,
                                   .limit_bytes = NAN,
                                   .stall = none,
                                   .speed = none,
                                   .hiccup_max_ns = NAN,
                                   .base_moves = NAN,
                                   .moves_per_entry = NAN};
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        if (!is_of_contender(r, c))
            continue;
        take_process(r, c);
        if (is_first_of_row(results, r))
            take_place(results, r, c);
    }
    c->bar = c->bad ? ANSWER_DIED : c->bar == ANSWER_FREE && c->lacks_limit ? ANSWER_NO_LIMIT : c->bar;
}

/* ---- all of a question ---- */

static bool is_default(const struct cell *cell)
{
    struct cell like = cell_default();
    memcpy(like.table, cell->table, sizeof like.table);
    memcpy(like.allocator, cell->allocator, sizeof like.allocator);
    return cell_same_but(cell, &like, ~(unsigned)ANSWER_CHOICE_AXES);
}

/* The lower the more usual. */
static int usual_rank(const struct answer_contender *c)
{
    bool is_glibc = !strcmp(c->any->cell.allocator, usual_name);
    if (!is_glibc && !c->any->allocator_is_malloc)
        return 4;
    return (is_glibc ? 0 : 2) + !is_default(&c->any->cell);
}

static void mark_usual(struct answer *answer)
{
    struct answer_contender *usual = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        struct answer_contender *c = &answer->contenders[i];
        if (usual_rank(c) < (usual ? usual_rank(usual) : 4))
            usual = c;
    }
    if (usual)
        usual->is_usual = true;
}

static int compare_contenders(const void *left, const void *right)
{
    const struct result *a = ((const struct answer_contender *)left)->any,
                        *b = ((const struct answer_contender *)right)->any;
    int order = summary_compare_names(a, b);
    for (int axis = 0; !order && axis < CELL_AXIS_COUNT; axis++) {
        uint64_t x = cell_get(&a->cell, (enum cell_axis)axis), y = cell_get(&b->cell, (enum cell_axis)axis);
        if (ANSWER_CHOICE_AXES >> axis & 1)
            order = (x > y) - (x < y);
    }
    return order;
}

bool answer_covers(const struct results *results, const struct answer_contender *own,
                   const struct answer_contender *other)
{
    for (size_t i = 0; i < results->count; i++) {
        const struct result *theirs = &results->items[i];
        bool found = !is_of_contender(theirs, other);
        for (size_t j = 0; j < results->count && !found; j++) {
            const struct result *ours = &results->items[j];
            found = is_of_contender(ours, own) && ours->cell.entries == theirs->cell.entries &&
                    ours->cell.heap == theirs->cell.heap && ours->cell.seed == theirs->cell.seed;
        }
        if (!found)
            return false;
    }
    return true;
}

/* Compared are those that were measured wherever the one is that was measured most. */
static void bar_who_was_not_everywhere(const struct results *results, struct answer *answer)
{
    const struct answer_contender *most = NULL;
    for (size_t i = 0; i < answer->count; i++) {
        const struct answer_contender *c = &answer->contenders[i];
        if (c->bar == ANSWER_FREE && (!most || c->place_count > most->place_count))
            most = c;
    }
    for (size_t i = 0; i < answer->count; i++) {
        struct answer_contender *c = &answer->contenders[i];
        if (c->bar == ANSWER_FREE && !answer_covers(results, c, most))
            c->bar = ANSWER_NOT_EVERYWHERE;
    }
}

/* With several growth factors in a run the default one is said, too. */
static void name_contenders(struct answer *answer)
{
    bool growths_differ = false;
    for (size_t i = 1; i < answer->count; i++)
        growths_differ |=
            answer->contenders[i].any->cell.growth != answer->contenders[i - 1].any->cell.growth;
    for (size_t i = 0; i < answer->count; i++) {
        struct answer_contender *c = &answer->contenders[i];
        char options[CELL_ID_BYTES], growth[CELL_VALUE_BYTES];
        const bool is_standing = c->any->cell.growth == CELL_GROWTH_DEFAULT;
        cell_format_options(&c->any->cell, ANSWER_CHOICE_AXES, options, sizeof options);
        const char *version = c->any->allocator_is_malloc ? c->any->allocator_version : "";
        snprintf(c->name, sizeof c->name, "%s%s%.40s%s%s%.180s", c->any->cell.allocator, *version ? " " : "",
                 version, growths_differ && is_standing ? " growth:" : "",
                 growths_differ && is_standing
                     ? cell_format_value(CELL_AXIS_growth, c->any->cell.growth, growth)
                     : "",
                 options);
    }
}

int answer_collect(const struct results *results, struct answer *answer)
{
    answer->contenders = calloc(results->count + 1, sizeof *answer->contenders);
    if (!answer->contenders)
        return ENOMEM;
    for (size_t i = 0; i < results->count; i++) {
        const struct result *r = &results->items[i];
        bool known = !is_of_question(r, answer);
        for (size_t j = 0; j < answer->count && !known; j++)
            known = is_of_contender(r, &answer->contenders[j]);
        if (!known)
            fill_contender(results, r, &answer->contenders[answer->count++]);
    }
    qsort(answer->contenders, answer->count, sizeof *answer->contenders, compare_contenders);
    mark_usual(answer);
    bar_who_was_not_everywhere(results, answer);
    name_contenders(answer);
    return 0;
}
