/* SPDX-License-Identifier: MIT
 *
 * The memory budget of one child: no cell may take the machine down.
 *
 * Enforced by a memory cgroup where one can be made (v2 memory.max, or v1 memory.limit_in_bytes; it then
 * counts page tables too), else by a watchdog on the resident size, which the parent's waiting loop asks
 * (budget_is_exceeded). Needs neither root nor cgroup rights.
 */
#ifndef GROWBENCH_BUDGET_H
#define GROWBENCH_BUDGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum budget_kind { BUDGET_WATCHDOG, BUDGET_CGROUP1, BUDGET_CGROUP2 };

extern const char *const budget_kind_names[];

/* Where cgroups can be made, found out once. */
struct budget_root {
    enum budget_kind kind;
    char path[256];
};

struct budget {
    enum budget_kind kind;
    uint64_t limit_bytes;
    char path[320]; /* of the child's own cgroup; empty for the watchdog */
};

/* The least memory limit of this process's own groups and of those above them; 0 = none. */
uint64_t budget_around_bytes(void);

/* Tries whether a limited cgroup can be made. With `watchdog_only` it does not. */
void budget_find_root(struct budget_root *root, bool watchdog_only);

/* Makes the cgroup, or falls back to the watchdog. Close with budget_close once the child is gone. */
void budget_open(struct budget *budget, const struct budget_root *root, uint64_t limit_bytes);

/* Called in the child between fork and exec. Async-signal-safe. Returns 0 or an errno value. */
int budget_join(const struct budget *budget);

/* Watchdog: is it above the limit now? cgroup: did the kernel kill it for that? */
bool budget_is_exceeded(const struct budget *budget, uint64_t rss_bytes);

/* Highest use seen by the cgroup, 0 if there is none. */
uint64_t budget_peak_bytes(const struct budget *budget);

void budget_close(struct budget *budget);

#endif
