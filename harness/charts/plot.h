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
 *
 * For a page that lays panels out itself there is each panel as a picture of its own, without title and key, and
 * the key: plots/panels/FIGURE.1.svg and on, and FIGURE.0.svg. `decision` has two: wide, and narrow for a phone.
 */
#ifndef GROWBENCH_PLOT_H
#define GROWBENCH_PLOT_H

#include "harness/charts/plot_data.h"

struct plot_options {
    bool terminal; /* draw on standard output in characters: memory, bars, sweep_memory and decision only */
    const char *script_folder; /* where the *.gp files are */
    const char *folder;        /* draw into its plots/; NULL: the first run's */
    const char *const *names;  /* of the runs where there are several; NULL: those of their folders */
    bool panels;               /* also each panel apart, and the tables of numbers */
    struct plot_wish wish;
};

enum { PLOT_NAME_BYTES = 64 };

struct plot_drawn {
    enum plot_figure figure;
    char name[PLOT_NAME_BYTES]; /* FIGURE with what follows it: plots/NAME.svg, plots/data/NAME.tsv */
    enum cell_workload workload;
    uint64_t entries; /* 0: over all sizes */
    char title[PLOT_TEXT_BYTES], subtitle[2 * PLOT_TEXT_BYTES];
    size_t panel_count; /* 0: panels were not asked for */
};

struct plot_drawings {
    size_t count;
    struct plot_drawn *items; /* in the order in which they were drawn */
};

/* Draws the figures of run folders into plots/ of the first, or on standard output. Several are laid side by
 * side: contenders then carry the name of their folder. Figures without data are left out and said on
 * `messages` (NULL: nowhere). What was drawn is listed in `drawn` (NULL: not wanted; plot_drawings_free, also after
 * a failure). Returns 0, or an errno value with a sentence in `error` (SENTENCE_BYTES): ENOENT is a missing gnuplot
 * or run. */
int plot_draw(const char *const *folders, size_t count, const struct plot_options *options, FILE *messages,
              struct plot_drawings *drawn, char *error);
void plot_drawings_free(struct plot_drawings *drawn);

/* The scripts that belong to the running program: ../plots beside it, else ../share/growbench/plots. False if
 * there are none. */
bool plot_find_scripts(char *folder, size_t size);

#endif
