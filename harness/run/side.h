/* SPDX-License-Identifier: MIT
 *
 * One side of a duel: a run whose processes are started, and let run turn by turn, by somebody else.
 *
 * The other side may be another build of this program, of another revision. So what crosses the border is text, and
 * nothing that depends on how a record lies in memory; figures go into the side's run folder, as in any run. Over a
 * SOCK_SEQPACKET socket each request is one message and gets one answer:
 *
 *   (at first)           side 1 CELLS       the version of this protocol, how many cells; or: failed SENTENCE
 *   cell INDEX           cell ID
 *   begin INDEX          ready              its process waits;  or: ended STATUS PATH
 *   turn OPERATIONS      turned OPERATION_NS ERASE_NS HIT_NS MISS_NS  of this turn;  or the same with "last" for
 *                        "turned": it can do no more
 *   end                  ended STATUS PATH  the repetition is kept in the folder cells/PATH
 *
 * An end of file closes the side, which ends the process that runs; its folder then gets its derived files. A request
 * that is none of these, or out of place, ends it too.
 */
#ifndef GROWBENCH_SIDE_H
#define GROWBENCH_SIDE_H

#include "harness/run/session.h"

enum { SIDE_VERSION = 1, SIDE_MESSAGE_BYTES = 2800, SIDE_SOCKET_FD = 3 };

/* Serves an armed session until the other end is closed. Returns 0 or an errno value. */
int side_serve(struct session *session, int socket_fd);

/* Sends one message. */
void side_say(int socket_fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
