/* SPDX-License-Identifier: MIT
 *
 * Two-level segregated fit: an allocator over pools of memory that the caller hands in, with alloc and free
 * in constant time. (Masmano, Ripoll, Crespo, Real: "TLSF: a new dynamic memory allocator for real-time
 * systems", ECRTS 2004.) It takes nothing from the system and gives nothing back.
 *
 * Parameters and the cost of a block are those of the Rust crate rlsf 0.2.1 with 64 rows of 64 lists
 * (yvt/rlsf, crates/rlsf/src/tlsf.rs): blocks are multiples of 32 bytes, 16 of them the header; a list holds
 * the sizes of 1/64 of a power of two; an alignment above 16 takes up to as many bytes in front. The code is
 * our own.
 *
 * Threads: one at a time. Ownership: memory of a pool is the caller's again when nobody uses the tlsf any
 * more.
 */
#ifndef GROWBENCH_ALLOCATORS_TLSF_H
#define GROWBENCH_ALLOCATORS_TLSF_H

#include <stddef.h>
#include <stdint.h>

#define TLSF_UNIT_BYTES ((size_t)32)
#define TLSF_TAIL_BYTES                                                                                      \
    ((size_t)16) /* at the end of a pool, not touched: for what the caller wants to note */

enum { TLSF_ROWS = 64, TLSF_LISTS = 64 };

struct tlsf_block;

struct tlsf {
    uint64_t row_bitmap;              /* bit r: some list of row r has a block */
    uint64_t list_bitmaps[TLSF_ROWS]; /* bit l of [r]: lists[r][l] has one */
    struct tlsf_block *lists[TLSF_ROWS][TLSF_LISTS];
};

/* All zero is a tlsf without a pool. */

/* Start and size are multiples of TLSF_UNIT_BYTES, the size at least two of them. */
void tlsf_add_pool(struct tlsf *tlsf, void *pool, size_t bytes);

/* The smallest pool from which an empty tlsf surely serves this; 0 = there is none so large. */
size_t tlsf_pool_bytes(size_t bytes, size_t align);

/* `align` is a power of two. NULL = no block is large enough, as far as the lists tell (good fit). */
void *tlsf_alloc(struct tlsf *tlsf, size_t bytes, size_t align);

void tlsf_free(struct tlsf *tlsf, void *memory);

#endif
