/* SPDX-License-Identifier: MIT
 *
 * Google Benchmark behind a C function: it decides order and repetitions (random interleaving) and, if asked,
 * prints its own console, JSON or CSV. Each iteration of each benchmark is one call of `measure`.
 *
 * Known about 1.7.1, and why results/ is not written by it: it drops the counters of error rows, holds rows
 * back until a cell's last repetition, and leaves invalid JSON after an interrupt.
 */
#ifndef GROWBENCH_GBENCH_H
#define GROWBENCH_GBENCH_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gbench_outcome {
    double seconds;         /* manual time */
    const char *error;      /* NULL = fine; valid until the next call */
    const double *counters; /* NaN = absent; as many as plan.counter_count; NULL = none */
};

struct gbench_plan {
    size_t count;
    const char *const *names; /* of the benchmarks */
    int repetitions;
    bool shuffle; /* random interleaving of all repetitions of all benchmarks */
    bool print;   /* with Google Benchmark's own reporter */
    size_t counter_count;
    const char *const *counter_names;
    size_t argument_count;
    const char *const *arguments; /* its display flags */
    void (*measure)(void *context, size_t index, struct gbench_outcome *outcome);
    void *context;
};

/* Returns when all is done. `measure` is called from this thread, one call at a time. */
void gbench_run(const struct gbench_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
