/* SPDX-License-Identifier: MIT
 *
 * "Compared with what?": rows of glibc and copying from an earlier run, to stand beside a single allocator.
 */
#ifndef GROWBENCH_REFERENCE_H
#define GROWBENCH_REFERENCE_H

#include "harness/request/matrix.h"
#include "harness/results/results.h"

/* The allocators that a single one is compared with; NULL-ended. */
extern const char *const reference_allocators[];

/* The newest run beside `results_folder`'s other runs that has an OK record of every cell of the matrix with
 * each reference allocator put in (those the catalog has itself left out), on a machine of the same
 * fingerprint and by the same revision. Its records, marked is_reference, are appended to `results`. False if
 * there is none. */
bool reference_find(const char *results_folder, const struct matrix *matrix, const struct catalog *catalog,
                    const json_t *context, struct results *results);

#endif
