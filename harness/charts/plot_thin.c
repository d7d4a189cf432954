/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_thin.h"

#include <math.h>
#include <stdlib.h>

/* The points as they stand on the page, in shares of its height. */
struct page {
    size_t count;
    struct spot {
        double x, y, peak;
        bool stays, is_fixed;
    } * spots;
};

static double scaled(enum plot_thin_scale scale, double value)
{
    return scale == PLOT_THIN_LINEAR ? value : log(value);
}

static size_t highest(const struct plot_points *points)
{
    size_t top = 0;
    for (size_t i = 1; i < points->count; i++)
        if (points->items[i].peak > points->items[top].peak)
            top = i;
    return top;
}

static bool make_page(const struct plot_points *points, enum plot_thin_scale scale, struct page *page)
{
    *page = (struct page){points->count, calloc(points->count + 1, sizeof *page->spots)};
    if (!page->spots)
        return false;
    double low = scale == PLOT_THIN_LINEAR ? 0 : INFINITY, high = -INFINITY;
    for (size_t i = 0; i < page->count; i++) {
        const struct plot_point *p = &points->items[i];
        page->spots[i] = (struct spot){.x = scaled(scale, p->x),
                                       .y = scaled(scale, p->y),
                                       .peak = scaled(scale, fmax(p->peak, p->y)),
                                       .is_fixed = p->is_growth || i == 0 || i + 1 == page->count};
        low = fmin(low, page->spots[i].y);
        high = fmax(high, page->spots[i].peak);
    }
    page->spots[highest(points)].is_fixed = true;
    for (size_t i = 0; i < page->count && high > low; i++) {
        page->spots[i].y /= high - low;
        page->spots[i].peak /= high - low;
    }
    return true;
}

/* How far the line from a to b passes the point by. */
static double distance(const struct spot *a, const struct spot *b, const struct spot *point)
{
    double share = b->x > a->x ? (point->x - a->x) / (b->x - a->x) : 0;
    return fmax(fabs(a->y + share * (b->y - a->y) - point->y),
                fabs(a->peak + share * (b->peak - a->peak) - point->peak));
}

/* Between two that stay. Depth is a matter of the halves, the longer of which is done in the loop. */
static void keep_corners(struct spot *spots, size_t first, size_t last, double tolerance)
{
    while (last > first + 1) {
        size_t worst = first;
        double most = tolerance;
        for (size_t i = first + 1; i < last; i++) {
            double far = distance(&spots[first], &spots[last], &spots[i]);
            if (far > most) {
                most = far;
                worst = i;
            }
        }
        if (worst == first)
            return;
        spots[worst].stays = true;
        if (worst - first < last - worst) {
            keep_corners(spots, first, worst, tolerance);
            first = worst;
        } else {
            keep_corners(spots, worst, last, tolerance);
            last = worst;
        }
    }
}

static size_t keep(struct page *page, double tolerance)
{
    size_t count = 0;
    for (size_t i = 0; i < page->count; i++)
        page->spots[i].stays = page->spots[i].is_fixed;
    for (size_t i = 0, next; i + 1 < page->count; i = next) {
        for (next = i + 1; !page->spots[next].is_fixed;)
            next++;
        keep_corners(page->spots, i, next, tolerance);
    }
    for (size_t i = 0; i < page->count; i++)
        count += page->spots[i].stays;
    return count;
}

void plot_thin_line(struct plot_points *points, enum plot_thin_scale scale, double tolerance,
                    size_t points_max)
{
    struct page page;
    if (points->count < 3 || !make_page(points, scale, &page))
        return;
    while (keep(&page, tolerance) > points_max && points_max && tolerance < 1)
        tolerance *= 1.4;
    size_t kept = 0;
    for (size_t i = 0; i < points->count; i++)
        if (page.spots[i].stays)
            points->items[kept++] = points->items[i];
    points->count = kept;
    free(page.spots);
}
