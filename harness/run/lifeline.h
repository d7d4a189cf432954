/* SPDX-License-Identifier: MIT
 *
 * What every child of the runner owes it: an end.
 */
#ifndef GROWBENCH_LIFELINE_H
#define GROWBENCH_LIFELINE_H

#include <sys/types.h>

/* fork(2), whose child ends with its parent, and before others when memory runs out. */
pid_t lifeline_fork(void);

#endif
