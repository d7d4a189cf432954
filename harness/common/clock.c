/* SPDX-License-Identifier: MIT */
#include "harness/common/clock.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

static double raw_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC_RAW, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

bool clock_is_invariant(void)
{
#if defined(__x86_64__)
    unsigned a, b, c, d;
    return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
#else
    return true;
#endif
}

struct instant {
    double ns;
    uint64_t ticks;
};

/* The tightest of several readings of both clocks: an interrupt between the two would tilt the rate. */
static struct instant read_both(void)
{
    struct instant best = {0, 0};
    double best_width_ns = 1e18;
    for (int i = 0; i < 16; i++) {
        double before = raw_ns();
        uint64_t ticks = clock_ticks();
        double after = raw_ns();
        if (after - before < best_width_ns) {
            best_width_ns = after - before;
            best = (struct instant){(before + after) / 2, ticks};
        }
    }
    return best;
}

double clock_calibrate_ns_per_tick(void)
{
    struct instant start = read_both(), now = start;
    while (now.ns - start.ns < 20e6)
        now = read_both();
    return (now.ns - start.ns) / (double)(now.ticks - start.ticks);
}

double clock_overhead_ns(double ns_per_tick)
{
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 1000; i++) {
        uint64_t start = clock_ticks(), distance = clock_ticks() - start;
        least = distance < least ? distance : least;
    }
    return (double)least * ns_per_tick;
}

void clock_format_utc(char *text, size_t size, const char *format)
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, size, format, &utc);
}
