/* SPDX-License-Identifier: MIT */
#include "harness/measure/hiccup.h"

#include "harness/common/clock.h"

#include <sched.h>

static void *spin(void *argument)
{
    struct hiccup *hiccup = argument;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((unsigned)hiccup->cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
    const uint64_t long_ticks = hiccup->long_ticks;
    uint64_t max_ticks = 1, long_count = 0, last_ticks = clock_ticks();
    while (!atomic_load_explicit(&hiccup->stop, memory_order_relaxed)) {
        uint64_t now_ticks = clock_ticks(), gap_ticks = now_ticks - last_ticks;
        if (gap_ticks > max_ticks)
            max_ticks = gap_ticks;
        long_count += gap_ticks >= long_ticks;
        last_ticks = now_ticks;
    }
    hiccup->max_ticks = max_ticks;
    hiccup->long_count = long_count;
    return NULL;
}

void hiccup_start(struct hiccup *hiccup, int cpu, uint64_t long_ticks)
{
    hiccup->cpu = cpu;
    hiccup->long_ticks = long_ticks;
    atomic_init(&hiccup->stop, false);
    hiccup->running = cpu >= 0 && !pthread_create(&hiccup->thread, NULL, spin, hiccup);
}

bool hiccup_stop(struct hiccup *hiccup)
{
    if (!hiccup->running)
        return false;
    atomic_store(&hiccup->stop, true);
    pthread_join(hiccup->thread, NULL);
    hiccup->running = false;
    return true;
}
