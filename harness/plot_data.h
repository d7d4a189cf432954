/* SPDX-License-Identifier: MIT
 *
 * The data file of a figure: what plots/FIGURE.gp reads, and anybody else's tool.
 *
 * Tab-separated, '#' begins a comment, two empty lines part the blocks. In every file
 *   block 0  title, subtitle                          one line each
 *   block 1  panel, title, ...                        a table each; in `decision` a condition each
 *   block 2  contender, style, condition, yardstick, name
 * and the rest as the comment above each block says. Counting is from 1; "NaN" is an absent figure.
 */
#ifndef GROWBENCH_PLOT_DATA_H
#define GROWBENCH_PLOT_DATA_H

#include "harness/plot_groups.h"

enum plot_figure { PLOT_MEMORY, PLOT_PAUSES, PLOT_LATENCY, PLOT_BARS, PLOT_DECISION, PLOT_FIGURE_COUNT };

extern const char *const plot_figure_names[];

/* Writes the file whole, unless there is nothing to draw: then *is_empty, and no file. Returns 0 or an errno
 * value. */
int plot_data_write(const struct plot_group *group, enum plot_figure figure, const char *path,
                    bool *is_empty);

#endif
