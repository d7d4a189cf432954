/* SPDX-License-Identifier: MIT
 *
 * Every figure that a record can hold. The last word of a name is its unit; the same name stands in
 * record.json, benchmark.json and the columns of plots. What each means exactly is in results/README.md.
 */
#ifndef GROWBENCH_COUNTERS_H
#define GROWBENCH_COUNTERS_H

/* X(name, meaning) */
#define COUNTERS(X)                                                                                          \
    X(entries, "entries inserted")                                                                           \
    X(payload_bytes, "entries x entry size")                                                                 \
    X(start_rss_bytes, "resident before the first table; already taken off the figures below")               \
    X(peak_rss_bytes, "largest resident peak of any interval")                                               \
    X(peak_rss_ratio, "largest peak over final payload")                                                     \
    X(worst_rss_ratio, "largest interval peak over the payload at its start, from 2^20 entries on")          \
    X(worst_rss_entries, "entries at the start of that interval")                                            \
    X(growth_overlap_ratio, "largest peak during one growth over resident just before it, from 2^20 on")     \
    X(end_rss_bytes, "resident after the last operation, before destroy")                                    \
    X(peak_virtual_bytes, "largest address space; reserved counts")                                          \
    X(page_table_bytes, "largest page tables at an interval's end")                                          \
    X(huge_page_bytes, "in huge pages at the end, transparent ones or of the pool")                          \
    X(huge_page_ratio, "the same over all of the process's memory that is not of files")                     \
    X(rss_error_bytes, "kernel's resident counter against a walk of the page tables, at the end")            \
    X(minor_faults, "page faults served without I/O during the workload")                                    \
    X(major_faults, "page faults with I/O during the workload")                                              \
    X(growth_count, "growth operations")                                                                     \
    X(growth_total_ns, "time in growth operations")                                                          \
    X(growth_max_ns, "longest growth operation")                                                             \
    X(resize_max_ns, "longest call of the allocator for a block of 64 KiB or more")                          \
    X(base_moves, "large blocks moved or replaced")                                                          \
    X(base_moved_bytes, "their old sizes")                                                                   \
    X(moves_per_entry, "address changes seen by 4,096 tracked entries, over their number")                   \
    X(migrated_entries,                                                                                      \
      "entries moved by a table that grows or shrinks a little at a time, as it counts them")                \
    X(migrated_max_entries, "most of them moved by one operation")                                           \
    X(mremap_count, "mremap calls by the back end itself")                                                   \
    X(insert_p50_ns, "median insert")                                                                        \
    X(insert_p99_ns, "99th percentile")                                                                      \
    X(insert_p999_ns, "99.9th percentile")                                                                   \
    X(insert_max_ns, "longest insert")                                                                       \
    X(insert_over_1ms_count, "inserts longer than 1 ms")                                                     \
    X(slow_operations_ratio, "single operations of 50 us and longer, of all that were timed alone")          \
    X(utilisation_1ms_ratio, "smallest share of any 1 ms spent on operations below 50 us")                   \
    X(utilisation_100ms_ratio, "the same over 100 ms")                                                       \
    X(hiccup_max_ns,                                                                                         \
      "longest gap of a spin loop on another CPU meanwhile: below ten times this, a maximum is noise")       \
    X(hiccup_over_1ms_count, "its gaps of 1 ms and more: so many of the long inserts are the machine's")     \
    X(timer_overhead_ns, "one reading of the clock; part of every latency")                                  \
    X(hit_items_per_second, "look-ups of present keys")                                                      \
    X(hit_p50_ns, "median")                                                                                  \
    X(hit_p99_ns, "99th percentile")                                                                         \
    X(hit_max_ns, "longest")                                                                                 \
    X(miss_items_per_second, "look-ups of absent keys")                                                      \
    X(miss_p50_ns, "median")                                                                                 \
    X(miss_p99_ns, "99th percentile")                                                                        \
    X(miss_max_ns, "longest")                                                                                \
    X(create_ns, "making the table, or all of them, with their reserve")                                     \
    X(stall_max_ns, "longest single operation: making a table, insert, erase, snapshot")                     \
    X(resize_total_ns, "time in calls of the allocator for blocks of 64 KiB or more")                        \
    X(fault_count, "single inserts and erases without a block event in which pages were faulted in")         \
    X(fault_total_ns, "their time")                                                                          \
    X(fault_max_ns, "the longest of them")                                                                   \
    X(blocked_ns, "with threads: time in which they were neither running nor done, summed")                  \
    X(system_ns, "with threads: their time in the kernel, summed")                                           \
    X(erase_items_per_second, "entries erased a second while draining")                                      \
    X(erase_p50_ns, "median erase")                                                                          \
    X(erase_p99_ns, "99th percentile")                                                                       \
    X(erase_max_ns, "longest")                                                                               \
    X(churn_start_rss_bytes, "resident when churn began")                                                    \
    X(churn_peak_rss_bytes, "largest peak during churn")                                                     \
    X(churn_growth_count, "growth operations during churn")                                                  \
    X(rss_drift_ratio, "resident at the end of churn over its beginning")                                    \
    X(rss_settled_drift_ratio, "the same over the end of its first round")                                   \
    X(fork_ns, "the snapshot's fork")                                                                        \
    X(snapshot_copied_bytes, "pages that only the snapshot still held when it ended: copied because of it")  \
    X(snapshot_peak_bytes, "resident then, and those pages")                                                 \
    X(snapshot_stall_max_ns, "longest insert or erase while the snapshot lived")                             \
    X(drained_rss_bytes, "resident when all was erased")                                                     \
    X(drained_1s_rss_bytes, "the same 1 s later")                                                            \
    X(drained_10s_rss_bytes, "the same 10 s later")                                                          \
    X(refill_peak_rss_bytes, "largest peak while it was filled again")                                       \
    X(refill_items_per_second, "entries inserted a second then")                                             \
    X(limit_estimate_bytes, "resident at the start, largest peak and largest page tables together")          \
    X(limit_estimate_ratio, "over the payload")                                                              \
    X(limit_needed_bytes, "smallest memory limit under which the cell completes (--find-limit)")             \
    X(limit_needed_ratio, "over the payload")                                                                \
    X(destroy_ns, "giving the table back")                                                                   \
    X(interval_count, "intervals with a peak of their own")                                                  \
    X(timed_ns, "time of the operations: the table's making and inserts for fill, look-ups for find, "       \
                "erases, inserts and the snapshot's fork")                                                   \
    X(items_per_second, "operations of the workload over its timed seconds")

enum counter {
#define COUNTER_ENUM(name, meaning) COUNTER_##name,
    COUNTERS(COUNTER_ENUM)
#undef COUNTER_ENUM
        COUNTER_COUNT
};

extern const char *const counter_names[COUNTER_COUNT];
extern const char *const counter_meanings[COUNTER_COUNT];

/* The counter of that name, or COUNTER_COUNT. */
enum counter counter_find(const char *name);

#endif
