/* SPDX-License-Identifier: MIT */
#include "harness/duel/duel.h"

#include "harness/common/clock.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Turns of a cell, and operations of a turn: long against the some 50 us of asking for it, short against what changes
 * on a machine. */
enum { TURNS_LEAST = 40, TURN_OPERATIONS = 50000 };

/* ---- the cells ---- */

static int take_cell(struct duel *duel, struct duel_cell *cell, size_t index, bool control, char *error)
{
    *cell = (struct duel_cell){.index = index, .control = control};
    struct cell other;
    int opponent = control ? DUEL_CONTROL : DUEL_CANDIDATE;
    for (int side = 0; side < GATE_SIDES; side++) {
        struct contender *c = &duel->contenders[side == GATE_BASE ? DUEL_BASE : opponent];
        if (!contender_cell(c, index, cell->ids[side]))
            return *c->error ? sentence_fail(error, ECHILD, "%s", c->error) : EINTR;
    }
    if (cell_parse_id(cell->ids[GATE_BASE], &cell->cell) || cell_parse_id(cell->ids[GATE_CANDIDATE], &other))
        return sentence_fail(error, EXDEV,
                             "'%s' or '%s' is no cell that this program knows: no duel between the two "
                             "revisions",
                             cell->ids[GATE_BASE], cell->ids[GATE_CANDIDATE]);
    memcpy(other.table, cell->cell.table, sizeof other.table);
    memcpy(other.allocator, cell->cell.allocator, sizeof other.allocator);
    if (!cell_same_but(&cell->cell, &other, 0))
        return sentence_fail(error, EXDEV,
                             "the sides do not run the same cells: '%s' stands against '%s'; name the "
                             "tables, allocators and sizes",
                             cell->ids[GATE_BASE], cell->ids[GATE_CANDIDATE]);
    return duel_values_open(cell);
}

static bool is_first_of_its_mode(const struct duel *duel, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (duel->cells[i].cell.mode == duel->cells[index].cell.mode)
            return false;
    return true;
}

int duel_pair_cells(struct duel *duel, char *error)
{
    size_t count = duel->contenders[DUEL_BASE].cell_count;
    if (count != duel->contenders[DUEL_CANDIDATE].cell_count)
        return sentence_fail(error, EXDEV,
                             "the base has %zu cells and the candidate %zu: name tables, allocators and "
                             "sizes that both have",
                             count, duel->contenders[DUEL_CANDIDATE].cell_count);
    duel->cells = calloc(count + CELL_MODE_COUNT, sizeof *duel->cells);
    if (!duel->cells)
        return ENOMEM;
    int failed = 0;
    for (size_t i = 0; i < count && !failed; i++)
        failed = take_cell(duel, &duel->cells[duel->cell_count++], i, false, error);
    for (size_t i = 0; i < count && !failed && duel->has_control; i++)
        if (is_first_of_its_mode(duel, i))
            failed = take_cell(duel, &duel->cells[duel->cell_count++], i, true, error);
    return failed;
}

void duel_free(struct duel *duel)
{
    for (size_t i = 0; i < duel->cell_count; i++)
        duel_values_close(&duel->cells[i]);
    free(duel->cells);
    duel->cells = NULL;
    duel->cell_count = 0;
}

/* ---- one pair ---- */

struct pair {
    struct contender *sides[GATE_SIDES];
    struct result results[GATE_SIDES];
    bool goes_on[GATE_SIDES], ended[GATE_SIDES];
    struct duel_turns turns;
    uint64_t operations; /* of a turn */
};

static int note_turn(struct duel_turns *turns, size_t turn, int side, const uint64_t *clocks_ns)
{
    if (turn == turns->capacity) {
        size_t capacity = turns->capacity ? 2 * turns->capacity : 256;
        for (int s = 0; s < GATE_SIDES; s++)
            for (int clock = 0; clock < CONTENDER_CLOCK_COUNT; clock++) {
                uint64_t *larger = realloc(turns->ns[s][clock], capacity * sizeof *larger);
                if (!larger)
                    return ENOMEM;
                turns->ns[s][clock] = larger;
            }
        turns->capacity = capacity;
    }
    for (int clock = 0; clock < CONTENDER_CLOCK_COUNT; clock++)
        turns->ns[side][clock][turn] = clocks_ns[clock];
    return 0;
}

/* Returns 0 or an errno value. */
static int take_turn(struct pair *p, int side, size_t turn)
{
    uint64_t clocks_ns[CONTENDER_CLOCK_COUNT];
    enum contender_answer answer = contender_turn(p->sides[side], p->operations, clocks_ns);
    if (answer == CONTENDER_FAILED)
        return ECHILD;
    p->goes_on[side] = answer == CONTENDER_READY;
    return note_turn(&p->turns, turn, side, clocks_ns);
}

static int take_turns(struct pair *p, unsigned number)
{
    int failed = 0;
    p->turns.count = 0;
    while (p->goes_on[GATE_BASE] && p->goes_on[GATE_CANDIDATE] && !failed) {
        int first = (int)((p->turns.count + number) % 2);
        failed = take_turn(p, first, p->turns.count);
        if (!failed)
            failed = take_turn(p, !first, p->turns.count);
        p->turns.count++;
    }
    return failed;
}

static int begin_pair(struct pair *p, const struct duel_cell *cell, unsigned number)
{
    for (int i = 0; i < GATE_SIDES; i++) {
        int side = (int)((unsigned)i + number) % 2;
        enum contender_answer answer = contender_begin(p->sides[side], cell->index, &p->results[side]);
        if (answer == CONTENDER_FAILED)
            return ECHILD;
        p->ended[side] = answer == CONTENDER_ENDED;
        p->goes_on[side] = answer == CONTENDER_READY;
    }
    return 0;
}

/* A side whose opponent ended early runs to its end alone: half a run must not be stored as a whole one. */
static int end_pair(struct pair *p)
{
    for (int side = 0; side < GATE_SIDES; side++) {
        uint64_t clocks_ns[CONTENDER_CLOCK_COUNT];
        if (p->ended[side])
            continue;
        if (p->goes_on[side] && contender_turn(p->sides[side], UINT64_MAX, clocks_ns) == CONTENDER_FAILED)
            return ECHILD;
        if (contender_end(p->sides[side], &p->results[side]) != CONTENDER_ENDED)
            return ECHILD;
        p->ended[side] = true;
    }
    return 0;
}

/* A process ended other than OK: what that says of the cell, at once. */
static void note_end(struct duel_cell *cell, const struct result *results)
{
    const struct result *base = &results[GATE_BASE], *candidate = &results[GATE_CANDIDATE];
    int grave = gate_status_gravity(candidate->status) - gate_status_gravity(base->status);
    const struct result *worse = grave > 0 || base->status == RECORD_OK ? candidate : base;
    if (base->status == RECORD_SKIP || candidate->status == RECORD_SKIP)
        cell->verdict = base->status == candidate->status ? GATE_SKIPPED : GATE_NOT_COMPARABLE;
    else if (grave)
        cell->verdict = grave > 0 ? GATE_REGRESSED : GATE_IMPROVED;
    else
        cell->verdict = gate_status_gravity(base->status) == 2 ? GATE_ERROR : GATE_UNCHANGED;
    if (base->status == candidate->status)
        snprintf(cell->why, sizeof cell->why, "both sides: %s: %.200s", record_status_names[base->status],
                 candidate->message);
    else
        snprintf(cell->why, sizeof cell->why, "base %s, candidate %s: %.180s",
                 record_status_names[base->status], record_status_names[candidate->status], worse->message);
    cell->stopped = cell->decided = true;
}

static void note_pair(struct duel_cell *cell, const struct pair *p)
{
    snprintf(cell->allocator_version, sizeof cell->allocator_version, "%s",
             p->results[GATE_BASE].allocator_version);
    for (int side = 0; side < GATE_SIDES; side++) {
        cell->disturbed |= p->results[side].counters[COUNTER_major_faults] > 0;
        cell->decays |= p->results[side].allocator_decays;
    }
    if (p->results[GATE_BASE].status != RECORD_OK || p->results[GATE_CANDIDATE].status != RECORD_OK)
        note_end(cell, p->results);
    else
        duel_values_add(cell, p->results, &p->turns,
                        p->operations == UINT64_MAX ? cell->cell.entries : p->operations);
}

static uint64_t turn_operations(const struct cell *cell)
{
    if (cell->threads > 1) /* they run all of it at once */
        return UINT64_MAX;
    const uint64_t share = cell->entries / TURNS_LEAST + 1;
    return share < TURN_OPERATIONS ? share : TURN_OPERATIONS;
}

/* `undisturbed`: all operations in one turn. */
static int run_pair(struct duel *duel, struct duel_cell *cell, bool undisturbed, unsigned number, char *error)
{
    struct pair p = {.sides = {&duel->contenders[DUEL_BASE],
                               &duel->contenders[cell->control ? DUEL_CONTROL : DUEL_CANDIDATE]},
                     .operations = undisturbed ? UINT64_MAX : turn_operations(&cell->cell)};
    int failed = begin_pair(&p, cell, number);
    if (!failed)
        failed = take_turns(&p, number);
    if (!failed)
        failed = end_pair(&p);
    if (!failed)
        note_pair(cell, &p);
    for (int side = 0; side < GATE_SIDES; side++) {
        if (failed && *p.sides[side]->error)
            sentence_fail(error, failed, "%s", p.sides[side]->error);
        if (p.ended[side])
            results_release(&p.results[side]);
        for (int clock = 0; clock < CONTENDER_CLOCK_COUNT; clock++)
            free(p.turns.ns[side][clock]);
    }
    return failed == ECHILD && !*error ? EINTR : failed; /* a side that is gone has said why */
}

/* ---- the schedule ---- */

/* xorshift64*: for the order only (S. Vigna, 2016). */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545f4914f6cdd1d;
}

static void shuffle(struct duel_cell **cells, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)(draw(state) % i);
        struct duel_cell *kept = cells[i - 1];
        cells[i - 1] = cells[j];
        cells[j] = kept;
    }
}

/* One more pair of each cell that is not decided. */
static int run_round(struct duel *duel, unsigned number, struct duel_cell **order, uint64_t *state,
                     char *error)
{
    size_t count = 0;
    for (size_t i = 0; i < duel->cell_count; i++)
        if (!duel->cells[i].decided)
            order[count++] = &duel->cells[i];
    shuffle(order, count, state);
    for (size_t i = 0; i < count; i++) {
        if (clock_seconds() >= duel->deadline_seconds) {
            duel->out_of_time = true;
            return 0;
        }
        int failed = run_pair(duel, order[i], false, number, error);
        if (failed)
            return failed;
        if (duel->tell)
            duel->tell(duel->context, duel, order[i]);
    }
    return 0;
}

static bool all_decided(const struct duel *duel)
{
    for (size_t i = 0; i < duel->cell_count; i++)
        if (!duel->cells[i].decided)
            return false;
    return true;
}

/* What was found of allocators that give back by the clock, once more with one process after the other. */
static int confirm(struct duel *duel, char *error)
{
    int failed = 0;
    for (size_t i = 0; i < duel->cell_count && !failed; i++) {
        if (!duel_needs_confirming(&duel->cells[i]))
            continue;
        struct duel_cell undisturbed = duel->cells[i];
        undisturbed.pairs = 0;
        failed = duel_values_open(&undisturbed);
        for (unsigned number = 0; number < DUEL_CONFIRMING_PAIRS && !failed && !undisturbed.stopped; number++)
            failed = run_pair(duel, &undisturbed, true, number, error);
        if (!failed)
            failed = duel_take_back(&duel->cells[i], &undisturbed);
        duel_values_close(&undisturbed);
    }
    return failed;
}

int duel_run(struct duel *duel, char *error)
{
    struct duel_cell **order = calloc(duel->cell_count, sizeof(struct duel_cell *));
    uint64_t state = duel->seed | 1;
    int failed = order ? 0 : ENOMEM;
    unsigned number = 0;
    for (unsigned look = 0; look < GATE_LOOK_COUNT && !failed && !duel->out_of_time && !all_decided(duel);
         look++) {
        while (number < gate_looks[look].pairs && !failed && !duel->out_of_time && !all_decided(duel))
            failed = run_round(duel, number++, order, &state, error);
        if (!failed)
            failed = duel_judge(duel, look);
    }
    free(order);
    if (!failed)
        failed = confirm(duel, error);
    if (!failed)
        duel_conclude(duel);
    return failed;
}
