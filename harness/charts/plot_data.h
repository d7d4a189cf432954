/* SPDX-License-Identifier: MIT
 *
 * The data file of a figure: what plots/FIGURE.gp reads, and anybody else's tool.
 *
 * Tab-separated, '#' begins a comment, two empty lines part the blocks. In every file
 *   block 0  title, subtitle                          one line each
 *   block 1  panel, title, ...                        a table each; in a sweep a table with an allocator
 *   block 2  contender, style, condition, yardstick, name
 * and the rest as the comment above each block says. Counting is from 1; "NaN" is an absent figure.
 */
#ifndef GROWBENCH_PLOT_DATA_H
#define GROWBENCH_PLOT_DATA_H

#include "harness/charts/plot_groups.h"

/* First those of one size, then those over all sizes of a workload. */
enum plot_figure {
    PLOT_MEMORY,
    PLOT_PAUSES,
    PLOT_LATENCY,
    PLOT_BARS,
    PLOT_UTILISATION,
    PLOT_GROWTH,
    PLOT_MOVES,
    PLOT_SWEEP_MEMORY,
    PLOT_SWEEP_STALLS,
    PLOT_DECISION,
    PLOT_RATIOS,
    PLOT_FIGURE_COUNT,
    PLOT_SIZE_FIGURE_COUNT = PLOT_SWEEP_MEMORY
};

extern const char *const plot_figure_names[];

/* What the caller may choose. */
struct plot_wish {
    size_t points_max;     /* of a figure, in all its lines together; 0: as many as can be seen */
    const char *reference; /* allocator that ratios are to; NULL: glibc, else the first there is */
};

/* Writes the file whole, unless there is nothing to draw: then *is_empty, and no file. A figure of one size looks
 * at the first group only. Returns 0 or an errno value with a sentence (SENTENCE_BYTES). */
int plot_data_write(const struct plot_group *groups, size_t count, enum plot_figure figure,
                    const struct plot_wish *wish, const char *path, bool *is_empty, char *sentence);

/* Block 0 of a file that was written. Empty if there is none. */
void plot_data_titles(const char *path, char *title, size_t title_size, char *subtitle, size_t subtitle_size);

/* Whether these groups, of one workload, hold enough sizes of one row. */
bool plot_data_is_sweep(const struct plot_group *groups, size_t count);

#endif
