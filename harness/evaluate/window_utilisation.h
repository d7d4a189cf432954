/* SPDX-License-Identifier: MIT
 *
 * Minimum mutator utilisation (Cheng and Blelloch, PLDI 2001) of a run that is over, for any length of window: the
 * smallest share of any such window that was not spent in a pause. As a curve over the length it shows at once the
 * longest pause, where it leaves 0, and how pauses that follow each other closely add up.
 *
 * harness/measure/utilisation.h is how a process finds two points of the curve while it runs; it says which windows are
 * looked at. Where both have seen the same pauses they agree. Pure: no I/O.
 */
#ifndef GROWBENCH_WINDOW_UTILISATION_H
#define GROWBENCH_WINDOW_UTILISATION_H

#include <stddef.h>

struct window_pause {
    double start_ns, end_ns;
    double before_ns; /* all pauses before it together: window_pauses_order() fills it in */
};

struct window_pauses {
    size_t count;
    struct window_pause *items;
};

/* Sorts them by time. What lies before 0 or inside the pause before is cut off: times that were rounded may overlap. */
void window_pauses_order(struct window_pauses *pauses);

/* From 0 to 1, of ordered pauses and a window longer than 0. A run shorter than the window is one window. */
double window_utilisation(const struct window_pauses *pauses, double window_ns, double elapsed_ns);

#endif
