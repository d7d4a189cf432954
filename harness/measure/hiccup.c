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
    uint64_t max_ticks = 1, last_ticks = clock_ticks();
    while (!atomic_load_explicit(&hiccup->stop, memory_order_relaxed)) {
        uint64_t now_ticks = clock_ticks();
        if (now_ticks - last_ticks > max_ticks)
            max_ticks = now_ticks - last_ticks;
        last_ticks = now_ticks;
    }
    atomic_store(&hiccup->max_ticks, max_ticks);
    return NULL;
}

void hiccup_start(struct hiccup *hiccup, int cpu)
{
    hiccup->cpu = cpu;
    atomic_init(&hiccup->stop, false);
    atomic_init(&hiccup->max_ticks, 0);
    hiccup->running = cpu >= 0 && !pthread_create(&hiccup->thread, NULL, spin, hiccup);
}

uint64_t hiccup_stop(struct hiccup *hiccup)
{
    if (!hiccup->running)
        return 0;
    atomic_store(&hiccup->stop, true);
    pthread_join(hiccup->thread, NULL);
    hiccup->running = false;
    return atomic_load(&hiccup->max_ticks);
}
