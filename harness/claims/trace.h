/* SPDX-License-Identifier: MIT
 *
 * Counts the system calls that a growing block makes, by ptrace(2) over a fork of the calling process.
 *
 * Chosen over strace and perf (need not be installed) and over interposing mremap (a malloc may make the call
 * without going through the C library).
 */
#ifndef GROWBENCH_CLAIMS_TRACE_H
#define GROWBENCH_CLAIMS_TRACE_H

#include <stdint.h>

struct claims_trace {
    double resizes, resizes_by_mremap;       /* calls of realloc; those that called mremap */
    double mmaps, mremaps, mmap2s, mremap2s; /* inside the first malloc and all resizes */
    double before_bytes, peak_bytes;         /* resident around the last resize */
};

/* A block of `first` bytes is doubled until it has `last`, and touched each time. With `aged_by` a block of
 * that size is taken and freed before. Returns 0 or an errno value: EPERM where tracing is not allowed. */
int claims_trace_growth(uint64_t first_bytes, uint64_t last_bytes, uint64_t aged_by_bytes,
                        struct claims_trace *trace);

#endif
