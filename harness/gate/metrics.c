/* SPDX-License-Identifier: MIT
 *
 * Every threshold of the gate. Their grounds: results/README.md, "The gate".
 */
#include "harness/gate/metrics.h"

#include <string.h>

const char *const gate_class_names[] = {"exact", "tolerance", "distribution", "noisy", NULL};

/* Growths that differ by less than what counts as a pause at all are as long. */
enum { PAGES_64 = 64 * 4096, PAUSE_NS = 50000 };

#define EXACT(name, what)                                                                                    \
    {                                                                                                        \
#name, what, GATE_EXACT, COUNTER_##name, true, 0, 0                                                  \
    }
#define TOLERANCE(name, what, absolute)                                                                      \
    {                                                                                                        \
#name, what, GATE_TOLERANCE, COUNTER_##name, true, 0.01, absolute                                    \
    }
#define TAIL(name, what)                                                                                     \
    {                                                                                                        \
#name, what, GATE_NOISY, COUNTER_##name, false, 0.10, 0                                              \
    }
#define TURNS(name, what)                                                                                    \
    {                                                                                                        \
#name, what, GATE_NOISY, COUNTER_COUNT, true, 0.01, 0                                                \
    }

const struct gate_metric gate_metrics[] = {
    EXACT(growth_count, "growth operations"),
    EXACT(base_moves, "large blocks moved or replaced"),
    EXACT(base_moved_bytes, "their old sizes"),
    EXACT(mremap_count, "mremap calls"),
    EXACT(moves_per_entry, "address changes an entry"),
    EXACT(migrated_entries, "entries moved by a table that grows a little at a time"),
    EXACT(migrated_max_entries, "most of them moved by one operation"),
    EXACT(churn_growth_count, "growth operations during churn"),

    TOLERANCE(peak_rss_bytes, "largest resident peak", PAGES_64),
    /* From 2^20 entries on: 64 pages are 1.6 % of the smallest payload that it is taken over. */
    TOLERANCE(worst_rss_ratio, "worst memory over payload", PAGES_64 / (16.0 * (1 << 20))),
    TOLERANCE(end_rss_bytes, "resident at the end", PAGES_64),
    TOLERANCE(page_table_bytes, "page tables", PAGES_64),
    TOLERANCE(minor_faults, "minor faults", 64),
    TOLERANCE(churn_peak_rss_bytes, "largest peak during churn", PAGES_64),
    TOLERANCE(drained_rss_bytes, "resident when all was erased", PAGES_64),

    /* Throughput mode: time of the operations, turn by turn (turns.h). */
    TURNS(operation_ns, "an operation: insert of fill and refill, erase and insert of churn"),
    TURNS(hit_ns, "a look-up of a present key"),
    TURNS(miss_ns, "a look-up of an absent key"),
    TURNS(erase_ns, "an erase"),

    /* Latency mode. Never a maximum: growth step k against growth step k, and how many are slow. */
    {"growth_step_ns", "one growth operation", GATE_NOISY, COUNTER_COUNT, true, 0.10, PAUSE_NS},
    {"growth_total_ns", "all growth operations", GATE_NOISY, COUNTER_growth_total_ns, true, 0.05,
     2 * PAUSE_NS},
    {"slow_operations_ratio", "operations longer than 50 us, of all", GATE_NOISY,
     COUNTER_slow_operations_ratio, true, 0.10, 20e-6},
    TAIL(insert_p99_ns, "99th percentile of inserts"),
    TAIL(insert_p999_ns, "99.9th percentile of inserts"),
    TAIL(hit_p99_ns, "99th percentile of look-ups"),
    TAIL(erase_p99_ns, "99th percentile of erases"),
};

const size_t gate_metric_count = sizeof gate_metrics / sizeof *gate_metrics;

const double gate_alpha = 0.005;

const struct gate_look gate_looks[GATE_LOOK_COUNT] = {{12, 0.15}, {24, 0.15}, {48, 0.15},
                                                      {96, 0.15}, {192, 0.2}, {GATE_PAIRS_MAX, 0.2}};

const struct gate_metric *gate_metric_find(const char *name)
{
    for (size_t i = 0; i < gate_metric_count; i++)
        if (!strcmp(gate_metrics[i].name, name))
            return &gate_metrics[i];
    return NULL;
}
