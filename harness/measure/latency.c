/* SPDX-License-Identifier: MIT */
#include "harness/measure/latency.h"

#include <inttypes.h>
#include <math.h>

static uint64_t bucket_end(unsigned bucket)
{
    if (bucket < 2 * LATENCY_HALF)
        return bucket;
    unsigned shift = bucket / LATENCY_HALF - 1;
    uint64_t start = (uint64_t)(bucket - shift * LATENCY_HALF) << shift;
    return start + (((uint64_t)1 << shift) - 1);
}

/* The value at a rank from 1, and how many values are at or below it. */
static uint64_t value_at_rank(const struct latency *latency, uint64_t rank, uint64_t *cumulative)
{
    uint64_t seen = 0;
    for (unsigned i = 0; i < LATENCY_BUCKET_COUNT; i++) {
        seen += latency->buckets[i];
        if (seen >= rank) {
            *cumulative = seen;
            uint64_t end = bucket_end(i);
            return end < latency->max_ticks ? end : latency->max_ticks;
        }
    }
    *cumulative = seen;
    return latency->max_ticks;
}

static uint64_t rank_of(const struct latency *latency, double quantile)
{
    double rank = ceil(quantile * (double)latency->count);
    return rank < 1 ? 1 : rank >= (double)latency->count ? latency->count : (uint64_t)rank;
}

uint64_t latency_quantile_ticks(const struct latency *latency, double quantile)
{
    uint64_t cumulative;
    return latency->count ? value_at_rank(latency, rank_of(latency, quantile), &cumulative) : 0;
}

void latency_write_hgrm(const struct latency *latency, double ns_per_tick, FILE *out)
{
    double us_per_tick = ns_per_tick / 1e3;
    fprintf(out, "%12s %14s %12s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
    /* Five steps each time the distance to 100 % halves: HdrHistogram's default resolution. */
    double quantile = 0;
    for (int step = 0; latency->count;) {
        uint64_t cumulative;
        uint64_t ticks = value_at_rank(latency, rank_of(latency, quantile), &cumulative);
        double reached = (double)cumulative / (double)latency->count;
        if (cumulative >= latency->count)
            break;
        fprintf(out, "%12.3f %2.12f %10" PRIu64 " %14.2f\n", (double)ticks * us_per_tick, reached, cumulative,
                1 / (1 - reached));
        while (quantile <= reached)
            quantile = 1 - pow(2, -(double)++step / 5);
    }
    if (latency->count)
        fprintf(out, "%12.3f %2.12f %10" PRIu64 "\n", (double)latency->max_ticks * us_per_tick, 1.0,
                latency->count);
    fprintf(out, "#[Mean    = %12.3f, Max = %12.3f]\n#[Total count = %" PRIu64 "]\n",
            latency->count ? latency->total_ticks / (double)latency->count * us_per_tick : 0,
            (double)latency->max_ticks * us_per_tick, latency->count);
}
