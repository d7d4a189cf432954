/* SPDX-License-Identifier: MIT
 *
 * A histogram of durations with bounded relative error, in a fixed block of memory that may be shared.
 *
 * Values below 256 are exact; above, each power of two has 128 buckets, so a reported value lies at most
 * 1/128 (0.8 %) above the true one. The largest value is kept exactly. No allocation, no failure. This is the
 * layout that HdrHistogram made usual (G. Tene), reduced to what is needed here.
 */
#ifndef GROWBENCH_LATENCY_H
#define GROWBENCH_LATENCY_H

#include <stdint.h>
#include <stdio.h>

enum { LATENCY_HALF_BITS = 7, LATENCY_HALF = 1 << LATENCY_HALF_BITS };
enum { LATENCY_BUCKET_COUNT = (64 - LATENCY_HALF_BITS + 1) * LATENCY_HALF };

struct latency {
    uint64_t count;
    uint64_t max_ticks;
    double total_ticks;
    uint64_t buckets[LATENCY_BUCKET_COUNT];
};

static inline unsigned latency_bucket(uint64_t ticks)
{
    if (ticks < 2 * LATENCY_HALF)
        return (unsigned)ticks;
    unsigned shift = 63u - LATENCY_HALF_BITS - (unsigned)__builtin_clzll(ticks);
    return shift * LATENCY_HALF + (unsigned)(ticks >> shift);
}

static inline void latency_add(struct latency *latency, uint64_t ticks)
{
    latency->buckets[latency_bucket(ticks)]++;
    latency->count++;
    latency->total_ticks += (double)ticks;
    if (ticks > latency->max_ticks)
        latency->max_ticks = ticks;
}

/* Smallest recorded value that at least `quantile` (0 to 1) of all values do not exceed, rounded up to its
 * bucket's end and never above the maximum; 0 for an empty histogram. */
uint64_t latency_quantile_ticks(const struct latency *latency, double quantile);

/* Writes HdrHistogram's percentile text (value in microseconds, percentile, count, 1/(1-percentile)), which
 * its own plotters read too. */
void latency_write_hgrm(const struct latency *latency, double ns_per_tick, FILE *out);

#endif
