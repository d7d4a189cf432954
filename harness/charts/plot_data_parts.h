/* SPDX-License-Identifier: MIT
 *
 * What the writers of data files share; nobody else's.
 *   plot_data.c         the files of one size: lines
 *   plot_bars.c         and bars
 *   plot_utilisation.c  utilisation over window length
 *   plot_growth.c       where the time of a growth goes
 *   plot_moves.c        moves over entries
 *   plot_names.c        names for them
 *   plot_sweep.c        those over all sizes: a line each
 *   plot_decision.c     the figure that decides; its letters by plot_places.h
 *   plot_table.c     any of them in numbers to read, in rows of plot_sheet.c
 *   plot_ratios.c       ratios to a reference
 */
#ifndef GROWBENCH_PLOT_DATA_PARTS_H
#define GROWBENCH_PLOT_DATA_PARTS_H

#include "harness/charts/plot_data.h"
#include "harness/charts/plot_lines.h"
#include "harness/charts/plot_spans.h"
#include "harness/common/units.h"

#include <stdio.h>

/* The blocks of a file, collected before it is known whether there will be one. */
struct plot_blocks {
    FILE *stream; /* in memory */
    size_t marks; /* how much there is to see */
    const struct plot_wish *wish;
    char *error; /* SENTENCE_BYTES: a damaged file's, else empty */
};

/* A figure, with what comes before it; "NaN" for none. */
void plot_put(FILE *out, const char *before, double value);

/* The table's label: what it is, if it is no ordinary one. */
void plot_name_table(const struct plot_group *group, size_t table, char *name, size_t size);

/* Blocks 1 and 2 of a file of one size. */
void plot_write_tables(const struct plot_group *group, FILE *out);
void plot_write_contenders(const struct plot_group *group, FILE *out);

/* The points of a cell, of that mode of it that has most to say. *result: NULL where there are none. The caller frees
 * the points. Returns 0 or an errno value. */
int plot_read_line(plot_line_reader *read, const struct plot_cell *cell, size_t points_max,
                   struct plot_points *points, const struct result **result, char *error);

/* Of a cell, the repetition to look at: latency mode is preferred. NULL: none. */
const struct result *plot_choose(const struct plot_cell *cell);

/* How a figure of lines gets its points, and prints them as a block. */
struct plot_line_figure {
    plot_line_reader *read;
    void (*print)(const struct plot_points *points, double entry_bytes, FILE *out);
};

/* Block 3, which line is whose, and a block a line: one a table and contender, of one repetition. Returns 0 or an
 * errno value. */
int plot_write_lines(const struct plot_group *group, const struct plot_line_figure *figure,
                     struct plot_blocks *blocks);

/* "glibc warm": without version. */
void plot_name_short(const struct plot_contender *contender, char *name, size_t size);

/* What fits into a panel: "glibc, jemalloc warm and 3 more". All zero to begin with. */
enum { PLOT_NAMES_MAX = 34 };

struct plot_names {
    char text[PLOT_TEXT_BYTES];
    size_t left_out;
};

void plot_names_add(struct plot_names *names, const struct plot_contender *contender);
void plot_names_put(const struct plot_names *names, const char *before, FILE *out);

enum { PLOT_BAR_COUNT = 3, PLOT_BAR_TEXT_BYTES = UNITS_TEXT_BYTES + 32 };

/* Whether there is anything to say, if only why there is no bar. */
bool plot_has_bars(const struct plot_group *group, size_t table, size_t contender);

/* In the unit of the axis, NaN for none; and what stands beside the bar, or in its place (PLOT_BAR_TEXT_BYTES). */
double plot_bar_value(const struct plot_group *group, size_t table, size_t contender, size_t bar, char *text);

/* Title and subtitle of a figure over all sizes. */
void plot_write_span_titles(const struct plot_group *groups, size_t count, const char *figure,
                            const char *title, const char *note, FILE *out);

/* Ten times the median of the machine's hiccups, in ms; NaN for none. Below it a stall says nothing of the
 * allocator. */
double plot_resolution_ms(const struct plot_spans *spans);

/* Each writes all blocks of its file but for the titles. Returns 0 or an errno value. */
int plot_write_bars(const struct plot_group *group, struct plot_blocks *blocks);
int plot_write_utilisation(const struct plot_group *group, struct plot_blocks *blocks);
int plot_write_growth(const struct plot_group *group, struct plot_blocks *blocks);
int plot_write_moves(const struct plot_group *group, struct plot_blocks *blocks);

/* Each writes all blocks of its file. Returns 0 or ENOMEM. */
int plot_write_decision(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                        struct plot_blocks *blocks);
int plot_write_ratios(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                      struct plot_blocks *blocks);
int plot_write_sweep_memory(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                            struct plot_blocks *blocks);
int plot_write_sweep_stalls(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                            struct plot_blocks *blocks);

#endif
