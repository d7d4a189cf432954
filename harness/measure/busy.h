/* SPDX-License-Identifier: MIT
 *
 * The rest of a program, for heap condition `busy`: 200,000 live blocks of 16 B to 4 KiB (sizes log-uniform,
 * as small blocks are the common ones), all written to, of which some are replaced between growths. It shows
 * what a heap that is in use does to big blocks. Deterministic by its seed.
 */
#ifndef GROWBENCH_BUSY_H
#define GROWBENCH_BUSY_H

#include "allocators/allocator.h"

enum { BUSY_BLOCK_COUNT = 200000, BUSY_REPLACED_COUNT = 2000 };

struct busy;

/* NULL = out of memory. The list of blocks itself is resident from here on. */
struct busy *busy_create(struct heap *heap, uint64_t seed);

/* Frees and allocates BUSY_REPLACED_COUNT blocks, chosen at random. Returns 0 or ENOMEM. */
int busy_replace(struct busy *busy);

/* Memory of the list itself, which is the harness's and not the heap's. */
uint64_t busy_list_bytes(void);

uint64_t busy_live_bytes(const struct busy *busy); /* accepts NULL: 0 */
void busy_destroy(struct busy *busy);              /* accepts NULL */

#endif
