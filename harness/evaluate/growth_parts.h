/* SPDX-License-Identifier: MIT
 *
 * Where the time of a growth went, from the rows of growth.tsv: one a block event, several an operation.
 *
 *   allocator  its calls but for giving back: getting the block or growing it, copying included where it copies
 *   free       giving old blocks back
 *   faults     the kernel's time outside those calls, where the table had page faults: the first touches of new pages
 *   rehash     the rest: the table's own work
 * The kernel's time may come in clock ticks of some 4 ms. Below GROWTH_PARTS_FAULTS_NS it says too little: then faults
 * is NaN, and rehash has them. Rows of an older run have no column for what was given back: then free is NaN, and
 * allocator has it. Pure: no I/O.
 */
#ifndef GROWBENCH_GROWTH_PARTS_H
#define GROWBENCH_GROWTH_PARTS_H

#include "harness/results/results.h"

/* Ten ticks: then a part of half of it is known to a fifth. */
enum { GROWTH_PARTS_FAULTS_NS = 40000000 };

struct growth_parts {
    double entries, start_ns, total_ns; /* total_ns is the sum of the parts that are known */
    double allocator_ns, free_ns, faults_ns, rehash_ns;
    double fault_count; /* the table's; NaN: not recorded */
};

struct growth_operation {
    double entries, start_ns, duration_ns, resize_ns, free_ns, table_faults, table_system_ns;
};

/* All zero to begin with. */
struct growth_longest {
    struct growth_operation last, longest;
};

/* A results_take_row: `context` is a struct growth_longest. Rows of an operation are neighbours. */
bool growth_parts_take(void *context, const double *row);

/* Of the longest operation. False: there was none. */
bool growth_parts_split(const struct growth_longest *growths, struct growth_parts *parts);

#endif
