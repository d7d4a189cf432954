/* SPDX-License-Identifier: MIT */
#include "harness/duel/turns.h"

#include <math.h>
#include <stdlib.h>

struct turn {
    double base_ns, candidate_ns;
};

static int compare(const void *left, const void *right)
{
    const struct turn *a = left, *b = right;
    double one = a->candidate_ns * b->base_ns, other = b->candidate_ns * a->base_ns;
    return (one > other) - (one < other);
}

bool turns_mean(const uint64_t *base_ns, const uint64_t *candidate_ns, size_t count,
                double mean_ns[GATE_SIDES])
{
    mean_ns[GATE_BASE] = mean_ns[GATE_CANDIDATE] = NAN;
    struct turn *turns = malloc((count ? count : 1) * sizeof *turns);
    size_t kept = 0;
    for (size_t i = 0; turns && i < count; i++)
        if (base_ns[i] && candidate_ns[i])
            turns[kept++] = (struct turn){(double)base_ns[i], (double)candidate_ns[i]};
    if (kept) {
        qsort(turns, kept, sizeof *turns, compare);
        const size_t left_out = kept / 10;
        double base = 0, candidate = 0;
        for (size_t i = left_out; i < kept - left_out; i++) {
            base += turns[i].base_ns;
            candidate += turns[i].candidate_ns;
        }
        mean_ns[GATE_BASE] = base / (double)(kept - 2 * left_out);
        mean_ns[GATE_CANDIDATE] = candidate / (double)(kept - 2 * left_out);
    }
    free(turns);
    return kept > 0;
}
