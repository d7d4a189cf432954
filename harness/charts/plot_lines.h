/* SPDX-License-Identifier: MIT
 *
 * The files beside a record, read back and thinned to what a picture can show.
 */
#ifndef GROWBENCH_PLOT_LINES_H
#define GROWBENCH_PLOT_LINES_H

#include "harness/results/results.h"

struct plot_point {
    double x, y, peak, entries;
    bool is_growth;
};

struct plot_points {
    size_t count;
    struct plot_point *items; /* the caller frees */
};

/* False: no memory. */
bool plot_lines_add(struct plot_points *points, struct plot_point point);

/* As points_max: not even what cannot be seen is left out. */
#define PLOT_POINTS_ALL SIZE_MAX

/* Each leaves no points if the file is not there or holds none, and returns 0, or an errno value with a sentence in
 * `error` (SENTENCE_BYTES) when a file is damaged. */

typedef int plot_line_reader(const struct result *result, size_t points_max, struct plot_points *points,
                             char *error);

/* Where entries come and go, their number is no axis: x is then the seconds of the workload's clock. */
bool plot_lines_by_seconds(enum cell_workload workload);

/* Where the run ended: its entries, and x the seconds by then. All 0: no series. */
int plot_lines_read_end(const struct result *result, struct plot_point *end, char *error);

/* x entries or seconds, y resident bytes, peak since the point before; is_growth: a growth operation lies in between. */
plot_line_reader plot_lines_read_memory;

/* x entries or seconds, y nanoseconds. Among near neighbours only the longest is kept, growth and others apart. */
plot_line_reader plot_lines_read_pauses;

/* x 1/(1-percentile), y nanoseconds; the maximum at x = number of inserts. */
plot_line_reader plot_lines_read_latency;

#endif
