/* SPDX-License-Identifier: MIT
 *
 * What a figure says, in numbers that are ready to be read: for who cannot see it, and for a page without pictures.
 *
 * Tab-separated: a heading with the units, then a row a line, a bar or a mark of the figure; not for a program,
 * which reads the figure's own data. Of more than 60 rows the rest is counted in a last one.
 */
#ifndef GROWBENCH_PLOT_TABLE_H
#define GROWBENCH_PLOT_TABLE_H

#include "harness/charts/plot_data.h"

enum { PLOT_TABLE_ROWS_MAX = 60 };

/* Groups as for plot_data_write. Writes the file whole. Returns 0 or an errno value with a sentence
 * (SENTENCE_BYTES). */
int plot_table_write(const struct plot_group *groups, size_t count, enum plot_figure figure,
                     const struct plot_wish *wish, const char *path, char *sentence);

#endif
