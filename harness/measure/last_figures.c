/* SPDX-License-Identifier: MIT */
#include "harness/measure/last_figures.h"

#include "harness/common/clock.h"

static void note_pages(struct record *r, const struct memory_probe *probe)
{
    struct memory_exact exact;
    struct memory_sample sample;
    if (memory_probe_read(probe, &sample) || memory_count_exactly(probe, &exact))
        return;
    double error_bytes = (double)exact.rss_bytes - (double)sample.rss_bytes;
    record_set(r, COUNTER_rss_error_bytes, error_bytes < 0 ? -error_bytes : error_bytes);
    record_set(r, COUNTER_huge_page_bytes, (double)exact.huge_page_bytes);
    record_set(r, COUNTER_huge_page_ratio,
               (double)exact.huge_page_bytes / (double)(exact.anonymous_bytes + !exact.anonymous_bytes));
}

void last_figures_note(struct record *r, const struct memory_probe *probe, const struct heap *heap)
{
    struct heap_stats stats = {0};
    note_pages(r, probe);
    heap->ops->stats(heap, &stats);
    record_set(r, COUNTER_mremap_count, (double)stats.mremap_count);
    record_set(r, COUNTER_timer_overhead_ns, clock_overhead_ns(r->setup.ns_per_tick));
}
