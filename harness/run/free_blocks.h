/* SPDX-License-Identifier: MIT
 *
 * What is free in whole blocks of huge-page size: what huge pages can be made of, and what a virtual machine's
 * host may be told of as free.
 */
#ifndef GROWBENCH_FREE_BLOCKS_H
#define GROWBENCH_FREE_BLOCKS_H

#include <stdint.h>

/* 0: none, or the system does not say. */
uint64_t free_blocks_count_bytes(uint64_t block_bytes);

/* The same of the text of /proc/buddyinfo. */
uint64_t free_blocks_sum_bytes(const char *text, uint64_t block_bytes);

#endif
