/* SPDX-License-Identifier: MIT
 *
 * A copy of this process as it stands, as the background save of an in-memory database makes one: fork(2),
 * and from then on whoever writes to a page gets a copy of it.
 *
 * The child reads and writes nothing: it waits on a pipe for its end and dies with its parent, so that what
 * is seen is the price of having it and not of what it does. The pages that it alone holds at the end are
 * those that exist twice because of it: the parent wrote to its own, or gave it back. With them come the few
 * that the child itself wrote to (its stack, what the C library and an allocator do after fork(2)): some tens
 * of KiB. Memory shared with another process, as the harness's record is, does not count. Page tables, which
 * exist twice too, are in no figure.
 */
#ifndef GROWBENCH_SNAPSHOT_H
#define GROWBENCH_SNAPSHOT_H

#include <stdint.h>
#include <sys/types.h>

struct snapshot {
    pid_t pid; /* 0: there is none */
    int pipe_fd;
    uint64_t start_ticks, end_ticks; /* of fork(2) alone */
};

/* Returns 0 or an errno value. */
int snapshot_begin(struct snapshot *snapshot);

/* Pages that only the child holds. Returns 0 or an errno value: it may have been killed. */
int snapshot_count_own(const struct snapshot *snapshot, uint64_t *bytes);

/* Ends it. Returns the signal that had killed it before, or 0. */
int snapshot_end(struct snapshot *snapshot);

#endif
