/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/window_utilisation.h"

#include <math.h>
#include <stdlib.h>

static int compare_starts(const void *left, const void *right)
{
    const struct window_pause *a = left, *b = right;
    return (a->start_ns > b->start_ns) - (a->start_ns < b->start_ns);
}

void window_pauses_order(struct window_pauses *pauses)
{
    if (pauses->count)
        qsort(pauses->items, pauses->count, sizeof *pauses->items, compare_starts);
    double end_ns = 0, sum_ns = 0;
    size_t kept = 0;
    for (size_t i = 0; i < pauses->count; i++) {
        struct window_pause pause = pauses->items[i];
        pause.start_ns = fmax(pause.start_ns, end_ns);
        if (pause.end_ns <= pause.start_ns)
            continue;
        pause.before_ns = sum_ns;
        sum_ns += pause.end_ns - pause.start_ns;
        end_ns = pause.end_ns;
        pauses->items[kept++] = pause;
    }
    pauses->count = kept;
}

/* The first pause of a window moves on with the last one. */
static double worst_held_up_ns(const struct window_pauses *pauses, double window_ns)
{
    double worst_ns = 0;
    for (size_t first = 0, last = 0; last < pauses->count; last++) {
        const struct window_pause *end = &pauses->items[last];
        const double start_ns = end->end_ns - window_ns;
        while (pauses->items[first].end_ns <= start_ns)
            first++;
        const struct window_pause *begin = &pauses->items[first];
        const double held_up_ns = end->before_ns + (end->end_ns - end->start_ns) - begin->before_ns -
                                  fmax(0, start_ns - begin->start_ns);
        worst_ns = fmax(worst_ns, held_up_ns);
    }
    return worst_ns;
}

double window_utilisation(const struct window_pauses *pauses, double window_ns, double elapsed_ns)
{
    if (!pauses->count)
        return 1;
    window_ns = fmin(window_ns, elapsed_ns);
    const double worst_ns = worst_held_up_ns(pauses, window_ns);
    return worst_ns < window_ns ? 1 - worst_ns / window_ns : 0;
}
