/* SPDX-License-Identifier: MIT
 *
 * What a run says over many sizes: of each row that was measured at four sizes or more, the worst, best and
 * mean of its figures over the sizes, and which growth factor that speaks for. Pure: no I/O.
 *
 * A figure at one size can flatter: a doubling table is at its worst just behind a power of two and at its best
 * on it. worst_rss_ratio stands over the whole fill and hardly depends on where it ends; peak_rss_ratio, largest
 * peak over final payload, does, so that is what is swept here. When the sizes have equal factors
 * (--entries=FROM..TO/STEPS), the mean is what to expect of a size of which only the octave is known (log-uniform
 * between the ends).
 *
 * Sixteen sizes can flatter still: none of 2^20..2^21/16 is just behind 2^20, so doubling would look 4 % better
 * than it is. But the fill of the largest size passed every smaller one, and its series tells the peak there.
 * Where the single sizes agree with that to 5 %, worst and mean of the peak are those of every size of the range
 * ("exact"). Elsewhere (memory that varies from fill to fill, tables that look at the expected size) they are
 * those of the sizes, and a size between two of them can need a step more than the larger one: the largest peak
 * never falls as a table grows.
 *
 * Told apart: memory by 2 %, or by a step where it is not exact. Times by a sign test over the sizes, two-sided
 * at 1 %: the same of two is ahead at 14 of 16. Each size is a process of its own, run in random order, so sizes
 * stand in for repetitions, and the factor of two that single processes vary by averages out. Below 8 sizes the
 * test cannot speak: then the two must be told apart at every size, as in the table of results
 * (summary_times_differ). Of stalls only those count that are ten times the machine's own hiccups for one of the
 * two. Rows of an earlier run have no times: those of another session do not compare.
 */
#ifndef GROWBENCH_SWEEP_H
#define GROWBENCH_SWEEP_H

#include "harness/results/results.h"

enum { SWEEP_SIZES_MIN = 4, SWEEP_SIZES_MAX = 256, SWEEP_RIVALS_MAX = 64 };

enum sweep_figure {
    SWEEP_PEAK,   /* peak_rss_ratio */
    SWEEP_LIMIT,  /* limit_needed_bytes, else limit_estimate_bytes, over the payload */
    SWEEP_STALL,  /* stall_max_ns, else insert_max_ns */
    SWEEP_GROWTH, /* growth_total_ns over the entries, of throughput mode: ns an entry */
    SWEEP_SPEED,  /* items_per_second */
    SWEEP_MOVES,  /* base_moves */
    SWEEP_FIGURES
};

struct sweep_point {
    uint64_t entries;
    double values[SWEEP_FIGURES]; /* medians over the repetitions; NaN = absent */
    struct results_range stall, speed;
    double hiccup_max_ns;
    bool limit_is_estimate;
};

/* NaN in each where no size has the figure. */
struct sweep_spread {
    double worst, best, mean;
};

/* The largest peak so far at each row of series.tsv: what a fill that ended there would have had. */
struct sweep_way {
    size_t count;
    struct sweep_step {
        double entries, peak_bytes;
    } * steps;
    double entry_bytes;
};

/* A row: everything alike but entries and mode. */
struct sweep_row {
    const struct result *any;                              /* at its largest size */
    const struct result *bad;                              /* the first that is not OK */
    size_t bad_size_count, bad_sizes[RECORD_STATUS_COUNT]; /* by how the first process of a size ended */
    size_t count;                                          /* sizes at which all processes were OK */
    struct sweep_point *points;                            /* rising */
    struct sweep_spread spreads[SWEEP_FIGURES];
    bool limit_is_estimate; /* at one size at least */
    struct sweep_way way;   /* of the fill of `any`; empty until it is read */
    bool is_exact;          /* worst and mean of SWEEP_PEAK are those of every size of the range */
};

struct sweep {
    size_t count;
    struct sweep_row *items; /* rows that differ in growth alone are neighbours */
};

/* Whether the rows that belong with `cell` in one table, at whatever size, include one with enough sizes. */
bool sweep_is(const struct results *results, const struct cell *cell);

/* The sizes at which a row like `cell` was asked for, whatever became of it. */
size_t sweep_size_count(const struct results *results, const struct cell *cell);

/* True when both belong into one sweep. */
bool sweep_same(const struct cell *a, const struct cell *b);

/* The rows of the sweep of `like`. `items` is NULL for no memory. `results` must outlive it; sweep_free. */
struct sweep sweep_collect(const struct results *results, const struct cell *like);
void sweep_free(struct sweep *sweep);

/* Of one size. */
struct sweep_point sweep_point_of(const struct results *results, const struct cell *cell);

/* Is larger better? */
bool sweep_larger_is_better(enum sweep_figure figure);

/* Of SWEEP_STALL and SWEEP_SPEED: -1 when a's are smaller, 1 when they are larger, 0 not told apart. */
int sweep_compare(const struct sweep_row *a, const struct sweep_row *b, enum sweep_figure figure);

/* Appends a row of series.tsv; after the table was emptied, no row of when it is filled again: that way passes each
 * size a second time, and the peak of the first counts. The caller frees with the sweep. False: no memory. */
bool sweep_way_add(struct sweep_way *way, double entries, double interval_peak_bytes);

/* Worst and mean (log-uniform) of peak over payload of all sizes above `from` up to `to`; NaN where the fill ended
 * before `to`. */
struct sweep_spread sweep_way_spread(const struct sweep_way *way, double from, double to);

/* Makes the rows exact whose sizes agree with their way. */
void sweep_use_ways(struct sweep *sweep);

/* Greater than 0 where all sizes are a factor apart from the one before, to 1 %: that factor. */
double sweep_step(const struct sweep_row *row);

/* ---- the answer ---- */

/* Below 2^16 entries (a MiB) the kernel's counting in pages is too coarse. */
enum { SWEEP_FIRST_OCTAVE = 16, SWEEP_OCTAVES = 49 };

struct sweep_answer {
    size_t count; /* rivals: rows that differ in growth alone and came to their end at every size */
    const struct sweep_row *rivals[SWEEP_RIVALS_MAX];
    size_t least;            /* index: the least memory at worst */
    bool memory_differs;     /* some rival needs 2 % more than it */
    size_t least_on_average; /* index; `least` unless another one is 2 % less */
    uint64_t
        from; /* the smallest power of two from which on the worst of each octave, on the way to the largest
                    * size, is the least or not told from it, and there told from another; 0: none,
                    * or some rival is not exact */
    size_t fastest, shortest; /* index: by mean speed, by longest stall; SIZE_MAX: not measured */
};

/* Of the rows that begin at `first`; returns how many they are, `count` may be fewer. */
size_t sweep_decide(const struct sweep *sweep, size_t first, struct sweep_answer *answer);

#endif
