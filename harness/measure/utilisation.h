/* SPDX-License-Identifier: MIT
 *
 * Minimum mutator utilisation (Cheng and Blelloch, PLDI 2001) over one window length: the smallest share of
 * any such window in which the program was not held up by a pause. A pause smeared over many inserts still
 * shows.
 *
 * Pauses come in the order of time, do not overlap, and are at least UTILISATION_PAUSE_NS long, so a ring
 * that holds the pauses of one window is enough and the figure is exact. It suffices to look at windows that
 * end where a pause ends: slid right from any worst place, a window stays at its worst until it comes to one.
 */
#ifndef GROWBENCH_UTILISATION_H
#define GROWBENCH_UTILISATION_H

#include <stdint.h>

enum { UTILISATION_PAUSE_NS = 50000, UTILISATION_RING = 4096 };

struct utilisation {
    uint64_t window_ns;  /* at most UTILISATION_RING / 2 pauses long */
    uint64_t held_up_ns; /* by the pauses in the ring */
    uint64_t worst_held_up_ns;
    uint64_t first, next; /* ring positions, counted on without end */
    struct {
        uint64_t start_ns, end_ns;
    } ring[UTILISATION_RING];
};

void utilisation_start(struct utilisation *utilisation, uint64_t window_ns);

void utilisation_add_pause(struct utilisation *utilisation, uint64_t start_ns, uint64_t duration_ns);

/* The figure for a run of elapsed_ns: 1 without a pause. A run shorter than the window is one window. */
double utilisation_ratio(const struct utilisation *utilisation, uint64_t elapsed_ns);

#endif
