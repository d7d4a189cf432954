/* SPDX-License-Identifier: MIT */
#include "harness/measure/utilisation.h"

void utilisation_start(struct utilisation *utilisation, uint64_t window_ns)
{
    utilisation->window_ns = window_ns;
    utilisation->held_up_ns = utilisation->worst_held_up_ns = 0;
    utilisation->first = utilisation->next = 0;
}

void utilisation_add_pause(struct utilisation *u, uint64_t start_ns, uint64_t duration_ns)
{
    uint64_t end_ns = start_ns + duration_ns;
    uint64_t window_start_ns = end_ns > u->window_ns ? end_ns - u->window_ns : 0;
    u->ring[u->next % UTILISATION_RING].start_ns = start_ns;
    u->ring[u->next++ % UTILISATION_RING].end_ns = end_ns;
    u->held_up_ns += duration_ns;
    while (u->first < u->next && u->ring[u->first % UTILISATION_RING].end_ns <= window_start_ns) {
        u->held_up_ns -=
            u->ring[u->first % UTILISATION_RING].end_ns - u->ring[u->first % UTILISATION_RING].start_ns;
        u->first++;
    }
    uint64_t oldest_start_ns = u->ring[u->first % UTILISATION_RING].start_ns;
    uint64_t outside_ns = oldest_start_ns < window_start_ns ? window_start_ns - oldest_start_ns : 0;
    if (u->held_up_ns - outside_ns > u->worst_held_up_ns)
        u->worst_held_up_ns = u->held_up_ns - outside_ns;
}

double utilisation_ratio(const struct utilisation *u, uint64_t elapsed_ns)
{
    uint64_t window_ns = elapsed_ns < u->window_ns ? elapsed_ns : u->window_ns;
    if (!window_ns || u->worst_held_up_ns >= window_ns)
        return u->worst_held_up_ns ? 0 : 1;
    return 1 - (double)u->worst_held_up_ns / (double)window_ns;
}
