/* SPDX-License-Identifier: MIT
 *
 * What paged_growth.c asks of paged_memory.c: segments for a generation, and generations.
 */
#ifndef GROWBENCH_PAGED_MEMORY_H
#define GROWBENCH_PAGED_MEMORY_H

#include "tables/paged.h"

/* With no segment yet. False = no memory. */
bool paged_generation_open(struct paged *self, struct generation *generation, unsigned number);
/* `for_good`: its segments are not about to be used again. */
void paged_generation_close(struct paged *self, struct generation *generation, bool for_good);

/* Those of the groups first to last. False = no memory; what was taken before it ran out is kept: it will be
 * used later, or given back with the generation. */
bool paged_segments_take(struct paged *self, struct generation *generation, uint64_t first, uint64_t last);
/* Of those there are from `from` up to `end`, in segments. */
void paged_segments_give(struct paged *self, struct generation *generation, uint64_t from, uint64_t end,
                         bool for_good);
/* Cuts what is free at the pool's end. */
void paged_pool_trim(struct paged *self);

/* As the border moved. */
void paged_set_limits(struct paged *self);

#endif
