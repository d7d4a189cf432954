/* SPDX-License-Identifier: MIT
 *
 * What the writers of numbers to read share; nobody else's. A figure's own stand beside the writer of its data.
 */
#ifndef GROWBENCH_PLOT_TABLE_PARTS_H
#define GROWBENCH_PLOT_TABLE_PARTS_H

#include "harness/charts/plot_data_parts.h"

struct plot_sheet {
    FILE *stream;
    size_t rows, left_out;
    char *error; /* SENTENCE_BYTES */
};

/* False: it is full, and the row is counted only. */
bool plot_sheet_begin_row(struct plot_sheet *sheet);

/* The first two cells of a row: table, contender. */
void plot_sheet_put_names(const struct plot_sheet *sheet, const struct plot_group *group, size_t table,
                          size_t contender);

typedef const char *plot_sheet_format(char *text, double value);

/* A further cell: a value, or a dash where there is none. */
void plot_sheet_put(const struct plot_sheet *sheet, double value, plot_sheet_format *format);

/* A further cell: how it ended, of what died with its last entries. */
void plot_sheet_put_end(const struct plot_sheet *sheet, const struct result *result,
                        const struct plot_point *last);

/* A line's points, none left out. */
typedef void plot_sheet_line(const struct plot_sheet *sheet, const struct result *result,
                             const struct plot_points *points);

/* A row a line. Returns 0 or an errno value. */
int plot_sheet_put_lines(struct plot_sheet *sheet, const struct plot_group *group, plot_line_reader *read,
                         plot_sheet_line *put_line);

/* Heading and rows. Each returns 0 or an errno value. */
int plot_put_utilisation(struct plot_sheet *sheet, const struct plot_group *group);
int plot_put_growth(struct plot_sheet *sheet, const struct plot_group *group);
int plot_put_moves(struct plot_sheet *sheet, const struct plot_group *group);
int plot_put_ratios(struct plot_sheet *sheet, const struct plot_group *groups, size_t count,
                    const char *reference);

#endif
