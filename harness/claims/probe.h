/* SPDX-License-Identifier: MIT
 *
 * Probes of malloc and the kernel that need a process of their own: `growbench probe NAME NUMBER...`.
 *
 * Prints what it found as lines name=number on standard output. Started by measure.c, under a memory
 * limit; not meant for people.
 */
#ifndef GROWBENCH_CLAIMS_PROBE_H
#define GROWBENCH_CLAIMS_PROBE_H

/* argv[0] is the probe's name. Returns an exit code: 0, 2 (no such probe), 5 (it could not measure). */
int claims_probe_run(int argc, char **argv);

#endif
