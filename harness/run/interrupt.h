/* SPDX-License-Identifier: MIT
 *
 * The user's wish to stop, as something that a waiting loop can poll.
 */
#ifndef GROWBENCH_INTERRUPT_H
#define GROWBENCH_INTERRUPT_H

/* From now on SIGINT, SIGTERM and SIGHUP do nothing but make the returned descriptor readable; -1 on failure.
 * A closed pipe behind standard output no longer ends the process either. */
int interrupt_open(void);

#endif
