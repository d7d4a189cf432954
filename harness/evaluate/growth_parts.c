/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/growth_parts.h"

#include <math.h>

bool growth_parts_take(void *context, const double *row)
{
    struct growth_longest *growths = context;
    struct growth_operation *last = &growths->last;
    if (row[RESULTS_GROWTH_ENTRIES] != last->entries || row[RESULTS_GROWTH_START_NS] != last->start_ns)
        *last = (struct growth_operation){.entries = row[RESULTS_GROWTH_ENTRIES],
                                          .start_ns = row[RESULTS_GROWTH_START_NS],
                                          .duration_ns = row[RESULTS_GROWTH_DURATION_NS],
                                          .table_faults = row[RESULTS_GROWTH_TABLE_FAULTS],
                                          .table_system_ns = row[RESULTS_GROWTH_TABLE_SYSTEM_NS]};
    last->resize_ns += row[RESULTS_GROWTH_RESIZE_NS];
    last->free_ns += row[RESULTS_GROWTH_FREE_NS];
    if (last->duration_ns >= growths->longest.duration_ns)
        growths->longest = *last;
    return true;
}

/* Not below 0, nor above what is left. */
static double part_of(double ns, double *left_ns)
{
    const double part_ns = fmin(fmax(ns, 0), *left_ns);
    *left_ns -= part_ns;
    return part_ns;
}

bool growth_parts_split(const struct growth_longest *growths, struct growth_parts *parts)
{
    const struct growth_operation *o = &growths->longest;
    if (!(o->duration_ns > 0) || isnan(o->resize_ns))
        return false;
    const bool has_faults = !isnan(o->table_faults) && !isnan(o->table_system_ns);
    *parts = (struct growth_parts){.entries = o->entries,
                                   .start_ns = o->start_ns,
                                   .total_ns = o->duration_ns,
                                   .free_ns = NAN,
                                   .faults_ns = NAN,
                                   .fault_count = o->table_faults};
    double left_ns = o->duration_ns;
    if (!isnan(o->free_ns))
        parts->free_ns = part_of(o->free_ns, &left_ns);
    parts->allocator_ns = part_of(o->resize_ns - (isnan(o->free_ns) ? 0 : o->free_ns), &left_ns);
    if (has_faults && !(o->table_faults > 0))
        parts->faults_ns = 0; /* whatever the kernel did, it was no fault */
    else if (has_faults && o->duration_ns >= GROWTH_PARTS_FAULTS_NS)
        parts->faults_ns = part_of(o->table_system_ns, &left_ns);
    parts->rehash_ns = left_ns;
    return true;
}
