/* SPDX-License-Identifier: MIT
 *
 * What stands over all answers of a run: its scope, what all numbers cannot bear, and the ways of growing against one
 * another, for who may choose the table, too.
 */
#include "harness/evaluate/answer_parts.h"

#include "harness/common/units.h"
#include "harness/evaluate/sweep.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ADD(text, ...) answer_add(text, ANSWER_TEXT_BYTES, __VA_ARGS__)

/* ---- scope ---- */

void answers_write_scope(const struct results *results, struct answers *answers)
{
    uint64_t least = UINT64_MAX, most = 0, last = 0;
    size_t sizes = 0;
    unsigned heaps = 0;
    char count[UNITS_TEXT_BYTES];
    for (size_t i = 0; i < results->count; i++) {
        const struct cell *cell = &results->items[i].cell;
        if (cell->workload != answers->workload)
            continue;
        least = cell->entries < least ? cell->entries : least;
        most = cell->entries > most ? cell->entries : most;
        heaps |= 1u << cell->heap;
    }
    /* Distinct sizes, rising. */
    for (uint64_t at = least; most && at <= most; sizes++) {
        uint64_t next = UINT64_MAX;
        last = at;
        for (size_t i = 0; i < results->count; i++) {
            const struct cell *cell = &results->items[i].cell;
            if (cell->workload == answers->workload && cell->entries > last && cell->entries < next)
                next = cell->entries;
        }
        at = next;
    }
    char *text = answers->scope;
    ADD(text, "%s, ", cell_workload_names[answers->workload]);
    if (sizes > 1)
        ADD(text, "%zu sizes from %s to ", sizes, units_format_whole(count, least));
    ADD(text, "%s entries", units_format_whole(count, most));
    for (int heap = 0, listed = 0; heap < CELL_HEAP_COUNT; heap++)
        if (heaps >> heap & 1)
            ADD(text, "%s%s", listed++ ? " and " : ", ", cell_heap_names[heap]);
    ADD(text, heaps & (heaps - 1) ? " heaps" : " heap");
}

/* ---- caveats ---- */

static bool is_unresolved(const struct answer_contender *c)
{
    return !isnan(c->stall.median) && !c->stall_is_resolved;
}

static bool is_cold_only(const struct answer_contender *c)
{
    return c->heaps == 1u << CELL_COLD;
}

static bool is_of_few_sizes(const struct answer_contender *c)
{
    return c->size_count < SWEEP_SIZES_MIN;
}

static bool has_one_process(const struct answer_contender *c)
{
    return c->stall.count == 1;
}

static bool has_two_processes(const struct answer_contender *c)
{
    return c->stall.count == 2;
}

static bool has_three_processes(const struct answer_contender *c)
{
    return c->stall.count == 3;
}

static bool has_estimate(const struct answer_contender *c)
{
    return c->limit_is_estimate;
}

static bool is_small(const struct answer_contender *c)
{
    return c->program_share > 0.05;
}

static bool has_references(const struct answer_contender *c)
{
    return c->has_references;
}

static bool has_class(const struct answer_contender *c)
{
    return c->stability != STABILITY_UNKNOWN;
}

static const struct {
    bool (*holds)(const struct answer_contender *chosen);
    const char *text;
} caveats[] = {
    {is_unresolved,
     "a busy machine: the longest stall is below ten times what an idle loop was held up meanwhile, "
     "and may not be the table's"},
    {is_cold_only,
     "cold heaps only: a process that has run for a while may need more (HEAP=cold,warm tells)"},
    {is_of_few_sizes, "few sizes: what a table that doubles needs over its payload depends on where between "
                      "two powers of two it "
                      "ends (ENTRIES=FROM..TO/16 tells)"},
    {has_one_process,
     "one process a cell: times have no range, and are told apart by a factor of 2 (REPS=5 tells)"},
    {has_two_processes,
     "two processes a cell: the ranges of two equal ones lie apart by chance once in three "
     "(REPS=5 tells)"},
    {has_three_processes,
     "three processes a cell: the ranges of two equal ones lie apart by chance once in ten"},
    {has_estimate, "the memory limit is an estimate on the safe side, by the program's own 7 to 9 MiB: "
                   "FIND_LIMIT=1 measures it"},
    {is_small, "small tables: more than a twentieth of the limit is the program's own memory, which does not "
               "grow with the table"},
    {has_references, "times from an earlier run are left out: those of two sessions do not compare"},
    {has_class, "what stays put was seen in this run; it is no promise of the table's or the allocator's"},
};

/* What holds for all answers is said once. */
void answers_write_caveats(struct answers *answers)
{
    for (size_t c = 0; c < sizeof caveats / sizeof *caveats; c++) {
        size_t chosen = 0, held = 0;
        for (size_t i = 0; i < answers->count; i++) {
            chosen += answers->items[i].chosen_count > 0;
            held += answers->items[i].chosen_count && caveats[c].holds(answers->items[i].contenders);
        }
        if (held && held == chosen)
            ADD(answer_next_line(&answers->caveats), "%s", caveats[c].text);
        for (size_t i = 0; i < answers->count && held < chosen; i++) {
            struct answer *answer = &answers->items[i];
            if (answer->chosen_count && caveats[c].holds(answer->contenders))
                ADD(answer_next_line(&answer->caveats), "%s", caveats[c].text);
        }
    }
}

/* ---- ways of growing ---- */

/* Contenders of the tables of one kind, under names that say the table. */
struct way_pool {
    size_t count, capacity;
    struct answer_contender *items;
    const struct answer_contender **all, **chosen; /* all; one a table */
    size_t chosen_count;
};

static bool same_kind(const struct answer *a, const struct answer *b)
{
    return a->any->table_is_keyed == b->any->table_is_keyed &&
           answer_same_question(&a->any->cell, &b->any->cell);
}

static int open_pool(const struct answers *answers, struct way_pool *pool)
{
    for (size_t i = 0; i < answers->count; i++)
        pool->capacity += answers->items[i].count;
    pool->items = calloc(pool->capacity + 1, sizeof *pool->items);
    pool->all = calloc(pool->capacity + 1, sizeof *pool->all);
    pool->chosen = calloc(pool->capacity + 1, sizeof *pool->chosen);
    return pool->items && pool->all && pool->chosen ? 0 : ENOMEM;
}

static void close_pool(struct way_pool *pool)
{
    free(pool->items);
    free(pool->all);
    free(pool->chosen);
}

static void add_to_pool(const struct answer *answer, struct way_pool *pool)
{
    for (size_t i = 0; i < answer->count; i++) {
        if (answer->contenders[i].bar != ANSWER_FREE)
            continue;
        struct answer_contender *c = &pool->items[pool->count];
        *c = answer->contenders[i];
        snprintf(c->name, sizeof c->name, "%s with %.200s", answer->any->cell.table,
                 answer->contenders[i].name);
        pool->all[pool->count++] = c;
        if (i == 0 && answer->chosen_count)
            pool->chosen[pool->chosen_count++] = c;
    }
}

static size_t keep_comparable(const struct answer_contender **items, size_t count, uint64_t mark)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (items[i]->cells_mark == mark)
            items[kept++] = items[i];
    return kept;
}

/* Of the cells in which the one was measured that was measured most. */
static uint64_t mark_of_most(const struct answer_contender *const *items, size_t count)
{
    const struct answer_contender *most = items[0];
    for (size_t i = 1; i < count; i++)
        most = items[i]->cell_count > most->cell_count ? items[i] : most;
    return most->cells_mark;
}

static void write_way(const struct way_pool *pool, size_t best, size_t left_out, char *text)
{
    ADD(text, "if the way of growing is yours to choose, of %zu %s tables: ", pool->chosen_count,
        pool->items->any->table_is_keyed ? "keyed" : "record");
    for (size_t i = 0; i < pool->chosen_count && i < 4; i++) {
        ADD(text, "%s%.120s (",
            !i          ? ""
            : i < best  ? " or "
            : i == best ? " before "
                        : ", ",
            pool->chosen[i]->name);
        answer_add_figures(text, pool->chosen[i]);
        ADD(text, ")%s", best > 1 && i + 1 == best ? ", not told apart," : "");
    }
    if (pool->chosen_count > 4)
        ADD(text, " and %zu more", pool->chosen_count - 4);
    if (left_out)
        ADD(text, "; %zu left out that were measured in other cells", left_out);
    const struct answer_contender *alternative =
        answer_find_alternative(pool->all, pool->count, pool->chosen[0]);
    if (alternative) {
        ADD(text, "; ");
        answer_add_alternative(text, alternative, pool->chosen[0]);
    }
}

int answers_write_ways(struct answers *answers)
{
    int error = 0;
    for (size_t i = 0; i < answers->count && !error; i++) {
        bool is_first = true;
        for (size_t j = 0; j < i; j++)
            is_first &= !same_kind(&answers->items[i], &answers->items[j]);
        struct way_pool pool = {0};
        error = is_first ? open_pool(answers, &pool) : 0;
        for (size_t j = i; j < answers->count && is_first && !error; j++)
            if (same_kind(&answers->items[i], &answers->items[j]))
                add_to_pool(&answers->items[j], &pool);
        if (is_first && !error && pool.chosen_count > 1) {
            const size_t asked = pool.chosen_count;
            const uint64_t mark = mark_of_most(pool.chosen, asked);
            pool.chosen_count = keep_comparable(pool.chosen, asked, mark);
            pool.count = keep_comparable(pool.all, pool.count, mark);
            const size_t best = answer_filter(pool.chosen, pool.chosen_count, NULL);
            if (pool.chosen_count > 1)
                write_way(&pool, best, asked - pool.chosen_count, answer_next_line(&answers->ways));
        }
        close_pool(&pool);
    }
    return error;
}
