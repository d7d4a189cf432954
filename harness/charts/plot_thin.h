/* SPDX-License-Identifier: MIT
 *
 * Fewer points for the same picture. Pure.
 *
 * A line is thinned as Ramer (1972) and Douglas and Peucker (1973) do: a point goes where the straight line between
 * those that stay passes it by less than anybody can see. Steps keep their corners with two points each, where a
 * fixed number of points a width would round them off. Only heights count: x is monotonic, and exact where a point
 * stays. Rejected: averages of neighbours, as they flatten the very peaks that the figures are about.
 */
#ifndef GROWBENCH_PLOT_THIN_H
#define GROWBENCH_PLOT_THIN_H

#include "harness/charts/plot_lines.h"

enum plot_thin_scale { PLOT_THIN_LINEAR, PLOT_THIN_LOGARITHMIC };

/* Keeps both ends, the highest peak, all growths, and what differs by a `tolerance` of the height of the picture in y
 * or peak. points_max: with more the tolerance is raised; growths and extremes stay, even if they alone are more.
 * 0: no limit. Without memory for it the points stay as they are. */
void plot_thin_line(struct plot_points *points, enum plot_thin_scale scale, double tolerance,
                    size_t points_max);

#endif
