/* SPDX-License-Identifier: MIT
 *
 * A pair of processes that took turns: what it says of an operation's time on either side. Pure.
 *
 * Turn k of one side stands beside turn k of the other: the same operations on a table of the same size, a moment
 * apart. The tenth of the turns with the smallest and the tenth with the largest ratio are left out on both sides, so
 * that what the machine did to one of them (a stolen time slice) does not count for either; what is left is summed.
 * Growth operations fall into few turns and may be left out so: they have metrics of their own.
 */
#ifndef GROWBENCH_TURNS_H
#define GROWBENCH_TURNS_H

#include "harness/gate/judge.h"

/* The mean time of a turn on either side. Turns in which a side took no time do not count. Returns false, and NaN,
 * where there is none. */
bool turns_mean(const uint64_t *base_ns, const uint64_t *candidate_ns, size_t count,
                double mean_ns[GATE_SIDES]);

#endif
