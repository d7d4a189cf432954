/* SPDX-License-Identifier: MIT
 *
 * The charts of a run, drawn by gnuplot from its folder alone.
 *
 * For every workload and number of entries in the run there is one file of data a figure,
 * plots/data/FIGURE.tsv, and FIGURE.svg and FIGURE.png drawn from it by plots/FIGURE.gp of the source tree.
 * Where a run has more than one such group, FIGURE is followed by "-WORKLOAD-ENTRIES". `decision` and the figures
 * of a sweep are over all sizes: one a workload, "-WORKLOAD" where there are several. In a sweep only the largest
 * size has figures of its own. gnuplot gets fixed words on its command line; every name out of a record reaches
 * it as a field of a data file.
 */
#ifndef GROWBENCH_PLOT_H
#define GROWBENCH_PLOT_H

#include "harness/results/results.h"

struct plot_options {
    bool terminal; /* draw on standard output in characters: memory, bars, sweep_memory and decision only */
    const char *script_folder; /* where the *.gp files are */
};

/* Draws the figures of run folders into plots/ of the first, or on standard output. Several are laid side by
 * side: contenders then carry the name of their folder. Figures without data are left out and said on
 * `messages` (NULL: nowhere). Returns 0, or an errno value with a sentence in `error` (SENTENCE_BYTES):
 * ENOENT is a missing gnuplot or run. */
int plot_draw(const char *const *folders, size_t count, const struct plot_options *options, FILE *messages,
              char *error);

/* The scripts that belong to the running program: ../plots beside it, else ../share/growbench/plots. False if
 * there are none. */
bool plot_find_scripts(char *folder, size_t size);

#endif
