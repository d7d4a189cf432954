/* SPDX-License-Identifier: MIT
 *
 * How the program ends: fixed, scripts depend on it.
 */
#ifndef GROWBENCH_EXIT_CODE_H
#define GROWBENCH_EXIT_CODE_H

enum exit_code {
    EXIT_FINE = 0,
    EXIT_REGRESSED = 1, /* or a cell ended WRONG or CRASH */
    EXIT_USAGE = 2,
    EXIT_NOT_COMPARABLE = 3,
    EXIT_INCONCLUSIVE = 4,
    EXIT_HARNESS = 5,
    EXIT_INTERRUPTED = 130,
};

#endif
