/* SPDX-License-Identifier: MIT
 *
 * Room for texts in a panel that is full of marks: near what each belongs to, and clear of all that is there. Greedy, in
 * the order of the calls; pixels from the panel's lower left corner.
 */
#ifndef GROWBENCH_PLOT_PLACES_H
#define GROWBENCH_PLOT_PLACES_H

#include <stdbool.h>
#include <stddef.h>

struct plot_rectangle {
    double left, bottom, right, top;
};

struct plot_places {
    double width, height; /* of the panel */
    size_t count;
    struct plot_rectangle *taken; /* the caller's, with room for all that will be */
};

struct plot_rectangle plot_rectangle_around(double x, double y, double width, double height);

void plot_places_take(struct plot_places *places, struct plot_rectangle rectangle);

/* The edges of a box: a letter on one looks struck out. Takes four. */
void plot_places_take_edges(struct plot_places *places, struct plot_rectangle box);

/* The middle of the nearest free place for a text of that size beside (x, y), which is taken then. False: it would be
 * covered everywhere, could not be read, and would cover another. */
bool plot_places_put(struct plot_places *places, double x, double y, double width, double height,
                     double *text_x, double *text_y);

#endif
