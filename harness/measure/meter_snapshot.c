/* SPDX-License-Identifier: MIT
 *
 * The meter and a snapshot child: fork(2) is one timed operation; what the child holds is looked at outside
 * the clock when it ends. Memory that a runner without a cgroup watches is the parent's alone.
 */
#include "harness/measure/meter_parts.h"

#include <signal.h>
#include <string.h>

bool meter_begin_snapshot(struct meter *m)
{
    struct record *r = m->record;
    uint64_t paused = meter_pause();
    meter_close_interval(m, meter_clock_ns(m, paused), false);
    int error = snapshot_begin(&m->snapshot);
    if (error) {
        record_fail(r, RECORD_OOM, "the snapshot's fork: %s", strerror(error));
        meter_resume(m, paused);
        return false;
    }
    /* All around fork(2) is excluded. */
    m->excluded_ticks += m->snapshot.start_ticks - paused;
    uint64_t ended = m->snapshot.end_ticks;
    meter_end_operation(m, METER_FORK, m->snapshot.start_ticks, ended);
    record_set(r, COUNTER_fork_ns, (double)meter_ns(m, ended - m->snapshot.start_ticks));
    m->longest_ticks = 0;
    return true;
}

bool meter_end_snapshot(struct meter *m)
{
    struct record *r = m->record;
    uint64_t copied_bytes, longest_ticks = m->longest_ticks;
    int64_t rss_bytes = meter_settle(m);
    uint64_t paused = meter_pause();
    bool counted = !snapshot_count_own(&m->snapshot, &copied_bytes);
    int signal_number = snapshot_end(&m->snapshot);
    if (signal_number)
        record_fail(r, signal_number == SIGKILL ? RECORD_OOM : RECORD_CRASH,
                    "the snapshot's process got signal %d (%s) at %llu operations", signal_number,
                    strsignal(signal_number), (unsigned long long)r->operations_done);
    if (counted && !signal_number) {
        record_set(r, COUNTER_snapshot_copied_bytes, (double)copied_bytes);
        record_set(r, COUNTER_snapshot_peak_bytes, (double)rss_bytes + (double)copied_bytes);
        if (r->cell.mode == CELL_LATENCY)
            record_set(r, COUNTER_snapshot_stall_max_ns, (double)meter_ns(m, longest_ticks));
    }
    meter_resume(m, paused);
    return !signal_number;
}
