/* SPDX-License-Identifier: MIT
 *
 * What a person sees while it runs: a line a finished cell, and below it what runs now (one redrawn line on a
 * terminal, a plain line now and then elsewhere).
 */
#ifndef GROWBENCH_PROGRESS_H
#define GROWBENCH_PROGRESS_H

#include "harness/measure/record.h"

#include <stdio.h>

struct progress {
    FILE *out; /* NULL = quiet */
    bool redraws;
    bool line_open; /* a redrawn line stands there */
    size_t total, done;
    double start_seconds, next_plain_seconds;
};

void progress_start(struct progress *progress, FILE *out, bool quiet, size_t total);

/* A sentence of its own. */
void progress_say(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What runs now. */
void progress_tick(struct progress *progress, const struct cell *cell, uint64_t entry_count,
                   uint64_t rss_bytes);

/* The same in words of the caller's. */
void progress_note(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A share of something else, such as touching memory. */
void progress_share(struct progress *progress, const char *what, uint64_t done_bytes, uint64_t total_bytes);

/* One cell is done: its line of figures. */
void progress_done(struct progress *progress, const struct cell *cell, enum record_status status,
                   const char *message, const double *counters);

void progress_end(struct progress *progress);

#endif
