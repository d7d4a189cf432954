/* SPDX-License-Identifier: MIT
 *
 * What the table of results says, without how it is printed: one row a cell, its modes joined and its
 * repetitions reduced to medians and ranges, and who is best in what. Pure: no I/O.
 */
#ifndef GROWBENCH_SUMMARY_ROWS_H
#define GROWBENCH_SUMMARY_ROWS_H

#include "harness/evaluate/profiles.h"

enum summary_column {
    SUMMARY_WORST,
    SUMMARY_SECOND, /* from here on what a column holds depends on the workload */
    SUMMARY_LIMIT,
    SUMMARY_FOURTH,
    SUMMARY_FIFTH,
    SUMMARY_SIXTH,
    SUMMARY_SEVENTH,
    SUMMARY_EIGHTH,
    SUMMARY_COLUMNS
};

struct summary_column_row {
    const char *title, *subtitle;
    enum counter counter;
    enum cell_mode mode; /* where it is measured; CELL_BOTH: in both, the larger counts */
    bool larger_is_better;
    double tie_ratio; /* what lies this close to the best shares the sign; negative: nobody is best, since
                       * a bloated heap before a growth makes its overlap look small */
};

struct summary_row {
    const struct result *any; /* a record of the row: its cell, version, yardstick */
    const struct result *bad; /* the first that is not OK */
    int process_count, bad_count;
    double values[SUMMARY_COLUMNS];
    struct results_range ranges[SUMMARY_COLUMNS]; /* of times */
    double stall_max_ns, hiccup_max_ns;
    bool limit_is_estimate;       /* nobody sought it, or no cgroup could be made */
    struct profile_check profile; /* a BROKEN one is shown, but stands in no comparison */
    bool best[SUMMARY_COLUMNS];
    bool worst[SUMMARY_COLUMNS]; /* likewise at the other end: told apart from the best */
};

struct summary_rows {
    size_t count;
    struct summary_row *items;
    const struct summary_column_row *columns;
};

/* Axes whose values stand side by side as rows of one table of results; the others each make their own. */
enum {
    SUMMARY_ROW_AXES = 1u << CELL_AXIS_mode | 1u << CELL_AXIS_heap | 1u << CELL_AXIS_growth |
                       1u << CELL_AXIS_load | 1u << CELL_AXIS_reserve | 1u << CELL_AXIS_count |
                       1u << CELL_AXIS_threads
};

/* Both belong into one table of results. */
bool summary_same_table(const struct cell *a, const struct cell *b);

/* The rows of one table, in the order in which they are shown, the best marked. `items` is NULL for no memory
 * and the caller's to free. `results` must outlive them. */
struct summary_rows summary_collect(const struct results *results, const struct cell *like);

/* No earlier result is the same in this way: so each table is met once. */
bool summary_is_first(const struct results *results, size_t index,
                      bool (*is_same)(const struct cell *a, const struct cell *b));

/* The order of tables and allocators: record tables, tables that are keyed, yardsticks; allocators as they are
 * registered. */
int summary_compare_names(const struct result *a, const struct result *b);

/* Is its time longer than what the machine does by itself? */
bool summary_is_resolved(const struct summary_row *row);

/* May it stand for its allocator: it came to its end, is no yardstick and no broken profile. */
bool summary_may_be_best(const struct summary_row *row);

/* The row of the same table and allocator on that heap; NULL = not measured. */
const struct summary_row *summary_find_row(const struct summary_rows *rows, const struct summary_row *like,
                                           enum cell_heap heap);

/* Whether two times are told apart: the ranges of their repetitions do not touch; with one repetition, by a
 * factor of 2, which is what one binary varies by on a shared machine. */
bool summary_times_differ(const struct results_range *a, const struct results_range *b);

/* Best cold and warm, and under every other heap condition under which anybody was measured on this table. */
bool summary_best_everywhere(const struct summary_rows *rows, const struct summary_row *row, int column);

#endif
