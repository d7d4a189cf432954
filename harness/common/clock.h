/* SPDX-License-Identifier: MIT
 *
 * The clock of the measured loops: the invariant time-stamp counter, read in order with the code around it
 * (Intel SDM vol. 3, 18.17 "Time-Stamp Counter"; lfence keeps earlier loads from drifting past the read).
 * Elsewhere than on x86-64 it is CLOCK_MONOTONIC_RAW and a tick is a nanosecond.
 *
 * A read costs some 10 to 25 ns, which every latency here includes; the record carries it as
 * timer_overhead_ns.
 */
#ifndef GROWBENCH_CLOCK_H
#define GROWBENCH_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <x86intrin.h>
static inline uint64_t clock_ticks(void)
{
    _mm_lfence();
    uint64_t ticks = __rdtsc();
    _mm_lfence();
    return ticks;
}
#else
static inline uint64_t clock_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
#endif

/* Seconds of CLOCK_MONOTONIC, for everything that is not measured. */
double clock_seconds(void);

/* True when ticks run at one rate whatever the core's frequency does. */
bool clock_is_invariant(void);

/* Length of a tick, by comparing with CLOCK_MONOTONIC_RAW for some 20 ms. */
double clock_calibrate_ns_per_tick(void);

/* Smallest distance of two reads in a row. */
double clock_overhead_ns(double ns_per_tick);

/* The time of day in UTC, by a format of strftime(3). */
void clock_format_utc(char *text, size_t size, const char *format);

#endif
