/* SPDX-License-Identifier: MIT
 *
 * Resident memory of a process, as the kernel counts it (proc(5)).
 *
 * VmHWM is the exact peak since it was last reset by writing 5 to clear_refs, so no sampler can miss a spike.
 * Its known lie: the counters behind it are kept per CPU and folded in batches, an error of tens of pages on
 * small machines and tens of MiB on machines with hundreds of CPUs; memory_count_exactly() gives the figure
 * to compare.
 */
#ifndef GROWBENCH_MEMORY_H
#define GROWBENCH_MEMORY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct memory_sample {
    uint64_t rss_bytes;
    uint64_t peak_rss_bytes; /* since the last reset */
    uint64_t virtual_bytes;
    uint64_t peak_virtual_bytes; /* since the process began */
    uint64_t page_table_bytes;
};

/* Readers of the calling process. Allocates nothing, so that it may run inside a measured operation. */
struct memory_probe {
    int status_fd, clear_refs_fd;
    struct memory_sample apart; /* taken off each sample */
};

/* Returns 0 or an errno value (no /proc). Close with memory_probe_close. */
int memory_probe_open(struct memory_probe *probe);
void memory_probe_close(struct memory_probe *probe);

int memory_probe_read(const struct memory_probe *probe, struct memory_sample *sample);

/* What was mapped and touched for the harness's sake between two samples belongs to no figure from now on.
 * It must stay mapped. */
void memory_probe_set_apart(struct memory_probe *probe, const struct memory_sample *before,
                            const struct memory_sample *after);

/* False where the kernel does not let the peak be reset. */
bool memory_probe_reset_peak(const struct memory_probe *probe);

/* What a walk of the page tables finds (smaps_rollup; milliseconds for each GiB). */
struct memory_exact {
    uint64_t rss_bytes;       /* without what the probe sets apart */
    uint64_t anonymous_bytes; /* of them not of files, with the pool's: what could be in huge pages */
    uint64_t huge_page_bytes; /* of those in huge pages, transparent ones or of the pool (hugetlb) */
};

/* Transparent huge pages are those that a single entry of the page table's middle directory maps; the kernel
 * does not tell here of the sizes below, which are off unless a system's administrator turns them on (since
 * Linux 6.8; Documentation/admin-guide/mm/transhuge.rst). Returns 0 or an errno value. */
int memory_count_exactly(const struct memory_probe *probe, struct memory_exact *exact);

/* Size of a transparent huge page here: 2 MiB with pages of 4 KiB, 32 MiB with 16 KiB, 512 MiB with 64 KiB.
 * 0: this kernel has none. */
uint64_t memory_huge_page_size_bytes(void);

/* The same walk: resident bytes without pages of files, whose code comes in as it runs. Returns 0 or an errno
 * value. */
int memory_count_anonymous(uint64_t *anonymous_bytes);

/* The same walk of another process: bytes in pages that no process beside it holds. Returns 0 or an errno
 * value. */
int memory_count_private_of(pid_t pid, uint64_t *private_bytes);

/* Resident bytes of another process, 0 if it is gone. */
uint64_t memory_rss_of_bytes(pid_t pid);

/* Reads "NAME:  123 kB" from a text such as /proc/meminfo in bytes; `fallback` if it is not there. */
uint64_t memory_field_bytes(const char *text, const char *name, uint64_t fallback);

#endif
