/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_places.h"

#include <math.h>

/* What ticks take of the panel at its left. */
static const double tick_pixels = 12;

/* A text that is covered by more than this is none. */
static const double covered_share = 0.05;

struct plot_rectangle plot_rectangle_around(double x, double y, double width, double height)
{
    return (struct plot_rectangle){x - width / 2, y - height / 2, x + width / 2, y + height / 2};
}

void plot_places_take(struct plot_places *places, struct plot_rectangle rectangle)
{
    places->taken[places->count++] = rectangle;
}

void plot_places_take_edges(struct plot_places *places, struct plot_rectangle box)
{
    plot_places_take(places, (struct plot_rectangle){box.left, box.bottom - 1, box.right, box.bottom + 1});
    plot_places_take(places, (struct plot_rectangle){box.left, box.top - 1, box.right, box.top + 1});
    plot_places_take(places, (struct plot_rectangle){box.left - 1, box.bottom, box.left + 1, box.top});
    plot_places_take(places, (struct plot_rectangle){box.right - 1, box.bottom, box.right + 1, box.top});
}

static double overlap(const struct plot_rectangle *a, const struct plot_rectangle *b)
{
    double wide = fmin(a->right, b->right) - fmax(a->left, b->left),
           high = fmin(a->top, b->top) - fmax(a->bottom, b->bottom);
    return wide > 0 && high > 0 ? wide * high : 0;
}

/* How much of a text would cover what is there already, or stand outside. */
static double cost_of(const struct plot_places *places, const struct plot_rectangle *text)
{
    const struct plot_rectangle panel = {tick_pixels, 2, places->width - 2, places->height - 2};
    double area = (text->right - text->left) * (text->top - text->bottom), cost = 0;
    for (size_t i = 0; i < places->count; i++)
        cost += overlap(text, &places->taken[i]);
    return cost + 4 * (area - overlap(text, &panel));
}

bool plot_places_put(struct plot_places *places, double x, double y, double width, double height,
                     double *text_x, double *text_y)
{
    static const double radii[] = {13, 18, 25, 33, 42, 54, 68, 84};
    enum { DIRECTIONS = 16 };
    double least = INFINITY;
    struct plot_rectangle best = {0};
    for (size_t r = 0; r < sizeof radii / sizeof *radii && least > 0; r++)
        for (int d = 0; d < DIRECTIONS && least > 0; d++) {
            double angle = 2 * M_PI * d / DIRECTIONS, at_x = x + (radii[r] + width / 2 - 5) * cos(angle),
                   at_y = y + radii[r] * sin(angle);
            struct plot_rectangle text = plot_rectangle_around(at_x, at_y, width, height);
            double cost = cost_of(places, &text);
            if (cost >= least)
                continue;
            least = cost;
            best = text;
            *text_x = at_x;
            *text_y = at_y;
        }
    if (least > covered_share * width * height)
        return false;
    plot_places_take(places, best);
    return true;
}
