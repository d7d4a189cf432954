/* SPDX-License-Identifier: MIT
 *
 * What a reserved region is bad at: four small cases, each run alone in a process of its own, on any heap.
 *
 *   again     the fourth table of a process, a word written to each page; grown by doubling, and allocated at
 *             once: an allocator that kept the pages of the third need not fault them in again
 *   threads   by default one a CPU, at most four, each growing blocks of its own: every growth of a mapping
 *             takes the process's mmap_lock for writing (Linux Documentation/mm/process_addrs.rst)
 *   arrays    arrays of 64 KiB that grow in turns, just large enough for a region of their own: a
 *             reservation, a header page and a page of page table each
 *   snapshot  fork(2) with one large block, then the parent's first write to each page while the child lives
 */
#ifndef GROWBENCH_LOSSES_H
#define GROWBENCH_LOSSES_H

#include "allocators/allocator.h"

/* name, case, what it is with its unit */
#define LOSSES_METRICS(X)                                                                                    \
    X(again_growing_page_ns, LOSSES_AGAIN, "made again by doubling: ns a page")                              \
    X(again_growing_faults, LOSSES_AGAIN, "made again by doubling: minor faults a page")                     \
    X(again_whole_page_ns, LOSSES_AGAIN, "made again at once: ns a page")                                    \
    X(again_whole_faults, LOSSES_AGAIN, "made again at once: minor faults a page")                           \
    X(threads_page_ns, LOSSES_THREADS, "threads growing at once: ns a page")                                 \
    X(threads_slowdown_ratio, LOSSES_THREADS, "threads growing at once: over one alone")                     \
    X(arrays_growth_ns, LOSSES_ARRAYS, "many small arrays: ns a growth")                                     \
    X(arrays_rss_ratio, LOSSES_ARRAYS, "many small arrays: resident and page tables / payload")              \
    X(arrays_mappings_count, LOSSES_ARRAYS, "many small arrays: mappings each")                              \
    X(snapshot_fork_page_ns, LOSSES_SNAPSHOT, "snapshot: fork, ns a page")                                   \
    X(snapshot_write_page_ns, LOSSES_SNAPSHOT, "snapshot: write after it, ns a page")

#define LOSSES_ENUM(name, of, text) LOSSES_##name,
enum losses_metric { LOSSES_METRICS(LOSSES_ENUM) LOSSES_METRIC_COUNT };
#undef LOSSES_ENUM

enum losses_case { LOSSES_AGAIN, LOSSES_THREADS, LOSSES_ARRAYS, LOSSES_SNAPSHOT, LOSSES_CASE_COUNT };

extern const char *const losses_case_names[]; /* NULL-ended */

struct losses_row {
    const char *text;
    enum losses_case of;
};

extern const struct losses_row losses_rows[LOSSES_METRIC_COUNT];

/* Runs one case here and now and sets its metrics; the others stay as they are. `bytes`: of payload, a power
 * of two of at least 4 MiB; at most three times that becomes resident. Returns 0 or ENOMEM; ENOTSUP where the
 * heap is not for threads. */
int losses_measure(enum losses_case what, const struct allocator *allocator, uint64_t bytes, unsigned threads,
                   double *metrics);

#endif
