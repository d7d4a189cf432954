/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/answer_parts.h"

#include "harness/evaluate/part.h"
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

/* Well mixed, so that sums of them tell sets apart (G. Steele and others, SplitMix, 2014). */
static uint64_t mark_of(const struct cell *cell)
{
    uint64_t mark = cell->entries * 16 + (uint64_t)cell->heap * 4 + (uint64_t)cell->mode +
                    cell->seed * 0x9e3779b97f4a7c15;
    mark = (mark ^ mark >> 30) * 0xbf58476d1ce4e5b9;
    mark = (mark ^ mark >> 27) * 0x94d049bb133111eb;
    return mark ^ mark >> 31;
}

static bool is_first_of_cell(const struct results *results, const struct result *result)
{
    const struct result *r = results->items;
    while (r < result && !(cell_same_row(&r->cell, &result->cell) && r->cell.mode == result->cell.mode))
        r++;
    return r == result;
}

static void take_process(const struct results *results, const struct result *result,
                         struct answer_contender *c)
{
    if (is_first_of_cell(results, result)) {
        c->cell_count++;
        c->cells_mark += mark_of(&result->cell);
    }
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
        take_process(results, r, c);
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

/* ---- where all were measured ---- */

static bool same_cell(const struct cell *a, const struct cell *b)
{
    return a->entries == b->entries && a->heap == b->heap && a->seed == b->seed && a->mode == b->mode;
}

static bool has_cell(const struct results *results, const struct answer_contender *c, const struct cell *cell)
{
    for (size_t i = 0; i < results->count; i++)
        if (is_of_contender(&results->items[i], c) && same_cell(&results->items[i].cell, cell))
            return true;
    return false;
}

static bool all_have_cell(const struct results *results, const struct answer *answer, const struct cell *cell)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->contenders[i].bar == ANSWER_FREE && !has_cell(results, &answer->contenders[i], cell))
            return false;
    return true;
}

static size_t count_asked(const struct results *results)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++) {
        bool known = false;
        for (size_t j = 0; j < i && !known; j++)
            known = same_cell(&results->items[j].cell, &results->items[i].cell);
        count += !known;
    }
    return count;
}

/* The figures of one over some of its records. */
static void refill(const struct part *common, struct answer_contender *c)
{
    const struct answer_contender before = *c;
    const struct result *first = NULL;
    for (size_t i = 0; i < common->results.count && !first; i++)
        first = is_of_contender(&common->results.items[i], c) ? &common->results.items[i] : NULL;
    if (!first) {
        c->bar = ANSWER_NOT_EVERYWHERE;
        return;
    }
    fill_contender(&common->results, first, c);
    c->any = part_owner(common, c->any);
    c->is_usual = before.is_usual;
}

static int compare_where_all_are(const struct results *results, struct answer *answer)
{
    struct part common;
    const int error = part_open(&common, results);
    for (size_t i = 0; i < results->count && !error; i++)
        if (all_have_cell(results, answer, &results->items[i].cell))
            part_add(&common, &results->items[i]);
    for (size_t i = 0; i < answer->count && !error; i++)
        if (answer->contenders[i].bar == ANSWER_FREE)
            refill(&common, &answer->contenders[i]);
    part_free(&common);
    return error;
}

static int make_comparable(const struct results *results, struct answer *answer)
{
    size_t most = 0;
    const struct answer_contender *first = NULL;
    bool differs = false;
    answer->asked_cells = count_asked(results);
    for (size_t i = 0; i < answer->count; i++)
        if (answer->contenders[i].bar == ANSWER_FREE && answer->contenders[i].cell_count > most)
            most = answer->contenders[i].cell_count;
    for (size_t i = 0; i < answer->count; i++) {
        struct answer_contender *c = &answer->contenders[i];
        if (c->bar == ANSWER_FREE && c->cell_count * 2 < most)
            c->bar = ANSWER_NOT_EVERYWHERE;
        if (c->bar != ANSWER_FREE)
            continue;
        first = first ? first : c;
        differs |= c->cells_mark != first->cells_mark;
    }
    return differs ? compare_where_all_are(results, answer) : 0;
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

static int collect_part(const struct results *part, struct answer *answer)
{
    for (size_t i = 0; i < part->count; i++) {
        bool known = false;
        for (size_t j = 0; j < answer->count && !known; j++)
            known = is_of_contender(&part->items[i], &answer->contenders[j]);
        if (!known)
            fill_contender(part, &part->items[i], &answer->contenders[answer->count++]);
    }
    qsort(answer->contenders, answer->count, sizeof *answer->contenders, compare_contenders);
    mark_usual(answer);
    const int error = make_comparable(part, answer);
    name_contenders(answer);
    return error;
}

int answer_collect(const struct results *results, struct answer *answer)
{
    struct part part;
    int error = part_open(&part, results);
    answer->contenders = calloc(results->count + 1, sizeof *answer->contenders);
    error = answer->contenders ? error : ENOMEM;
    for (size_t i = 0; i < results->count && !error; i++)
        if (is_of_question(&results->items[i], answer))
            part_add(&part, &results->items[i]);
    if (!error)
        error = collect_part(&part.results, answer);
    for (size_t i = 0; i < answer->count; i++) {
        struct answer_contender *c = &answer->contenders[i];
        c->any = part_owner(&part, c->any);
        c->bad = part_owner(&part, c->bad);
    }
    part_free(&part);
    return error;
}
