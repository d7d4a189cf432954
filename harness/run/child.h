/* SPDX-License-Identifier: MIT
 *
 * The measured side. One process, one cell: opens the allocator, creates the table, runs the workload as it
 * is told, verifies, measures, destroys. Everything it finds goes into the record it shares with its parent.
 *
 * Protocol over a SOCK_SEQPACKET socket: the parent sends a child_command, the child answers each with a
 * child_reply. An end of file at either side ends the other.
 */
#ifndef GROWBENCH_CHILD_H
#define GROWBENCH_CHILD_H

#include "harness/measure/record.h"

/* Keys of a file only where the cell has some (keys_file.h). */
enum { CHILD_RECORD_FD = 3, CHILD_SOCKET_FD = 4, CHILD_KEYS_FD = 5 };

enum child_verb {
    CHILD_OPEN,   /* open heap, warm it, create the table */
    CHILD_RUN,    /* run up to `operations` more; several threads run all of them */
    CHILD_FINISH, /* last figures, verify, destroy; the child exits after its answer */
};

struct child_command {
    uint64_t verb; /* enum child_verb */
    uint64_t operations;
};

struct child_reply {
    uint64_t operations_done;
    uint64_t elapsed_ticks; /* of this command, by the child's clock */
    uint64_t goes_on;       /* 0: the status in the record is final, CHILD_FINISH is not awaited */
};

/* Serves commands on the fixed descriptors. Returns an exit code. */
int child_serve(void);

/* Does all of it here and now, for a cell under gdb or perf. The status is in the record. */
void child_run_here(struct record *record);

#endif
