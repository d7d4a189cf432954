/* SPDX-License-Identifier: MIT
 *
 * What a child that lives on owes the runner: an end.
 */
#ifndef GROWBENCH_LIFELINE_H
#define GROWBENCH_LIFELINE_H

#include <sys/types.h>

/* fork(2), whose child ends with its parent, and before others when memory runs out. */
pid_t lifeline_fork(void);

#endif
