/* SPDX-License-Identifier: MIT
 *
 * A duel: two sides run the same cells, pair by pair of fresh processes that take turns chunk by chunk, until each
 * cell is decided or the time is up.
 *
 * The order of the cells is drawn anew for every round of pairs; who begins alternates from turn to turn and
 * from pair to pair. The gate looks after 12, 24, 48, 96, 192 and 384 pairs (metrics.c); a cell in which something
 * REGRESSED, or nothing is INCONCLUSIVE any more, gets no further pairs.
 *
 * For the first cell of each mode a control runs in the same way: the base against a second side that is the
 * base once more. A session whose control is not UNCHANGED is INCONCLUSIVE at best. Where the times of a control
 * are found to differ, those of other cells are taken back; its memory, likewise. Where they are merely not told
 * apart from a difference, what was found of others stands by its own interval.
 *
 * An allocator that gives memory back by the clock sees another clock when it takes turns: a difference is
 * confirmed by pairs that run undisturbed, one process after the other.
 */
#ifndef GROWBENCH_DUEL_H
#define GROWBENCH_DUEL_H

#include "harness/duel/contender.h"
#include "harness/gate/report.h"
#include "harness/gate/samples.h"

enum { DUEL_CONFIRMING_PAIRS = 12, DUEL_STEPS_MAX = 48 };
enum { DUEL_BASE, DUEL_CANDIDATE, DUEL_CONTROL, DUEL_CONTENDERS };

struct duel_cell {
    size_t index; /* of the contenders' cells */
    bool control;
    char ids[GATE_SIDES][CELL_ID_BYTES];
    struct cell cell;                             /* the base's */
    char allocator_version[RECORD_VERSION_BYTES]; /* the base's */
    unsigned pairs;                               /* whole ones, both OK */
    bool decided;                                 /* gets no further pairs */
    bool disturbed;                               /* swap or major faults: nothing but exact metrics counts */
    bool decays;                                  /* an allocator that gives back by the clock */
    bool stopped; /* a process ended other than OK: `verdict` and `why` are final */
    enum gate_verdict verdict;
    char why[GATE_WHY_BYTES];
    size_t series_count; /* of each of the three, which are owned */
    struct gate_series *series;
    struct gate_finding *findings;
    struct duel_values *values; /* of every pair */
};

struct duel_values {
    double of[GATE_SIDES][GATE_PAIRS_MAX];
};

struct duel {
    /* Set by the caller. */
    struct contender contenders[DUEL_CONTENDERS];
    double deadline_seconds;
    uint64_t seed;                       /* of the order */
    const struct gate_samples *baseline; /* of this machine; NULL: none */
    bool has_control;
    int signal_fd;
    void (*tell)(void *context, const struct duel *duel,
                 const struct duel_cell *cell); /* after each pair; or NULL */
    void *context;

    /* What came of it. */
    size_t cell_count;
    struct duel_cell *cells; /* the controls last */
    unsigned looks;          /* how often it was judged */
    bool out_of_time;
    enum gate_verdict verdict;
    char why[SENTENCE_BYTES]; /* of the session: the control, or what stopped it */
};

/* The cells of both sides, paired. Returns 0, EINTR, or an errno value with a sentence in `error`: EXDEV when they do
 * not run the same cells. */
int duel_pair_cells(struct duel *duel, char *error);

/* Returns 0, EINTR, or an errno value with a sentence in `error`. */
int duel_run(struct duel *duel, char *error);

void duel_free(struct duel *duel);

/* ---- duel_verdict.c: from values to verdicts; pure ---- */

/* Judges what there is; a cell whose verdict more pairs cannot change is decided, and stays as it is. Returns 0 or
 * ENOMEM. */
int duel_judge(struct duel *duel, unsigned look);

/* Whether what was found of the cell has to be confirmed by undisturbed pairs; and takes back what they do not show.
 * Returns 0 or ENOMEM. */
bool duel_needs_confirming(const struct duel_cell *cell);
int duel_take_back(struct duel_cell *cell, struct duel_cell *undisturbed);

/* The cells' verdicts and the session's, the control's word included. */
void duel_conclude(struct duel *duel);

/* A cell as reports have it; everything is the duel's. */
struct gate_cell duel_gate_cell(const struct duel_cell *cell, const char *reproduce);

/* ---- duel_values.c: from a pair's records and turns to values ---- */

/* The times of a pair's turns, side by side. */
struct duel_turns {
    size_t count, capacity;
    uint64_t *ns[GATE_SIDES][CONTENDER_CLOCK_COUNT];
};

/* Makes the series of a cell. Returns 0 or ENOMEM. */
int duel_values_open(struct duel_cell *cell);
void duel_values_close(struct duel_cell *cell);

/* Notes the pair as the cell's next. `operations` of a turn. */
void duel_values_add(struct duel_cell *cell, const struct result results[GATE_SIDES],
                     const struct duel_turns *turns, uint64_t operations);

#endif
