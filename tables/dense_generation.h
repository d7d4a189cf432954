/* SPDX-License-Identifier: MIT
 *
 * What dense_index.c asks of dense_generation.c: how large the generations of dense's index are, and which of
 * their lines are there. Invariants and reasons stand in dense_index.h.
 */
#ifndef GROWBENCH_DENSE_GENERATION_H
#define GROWBENCH_DENSE_GENERATION_H

#include "tables/dense_index.h"

/* Its lines are not there yet. Returns 0 or ENOMEM. */
int dense_generation_create(struct dense_index *self, struct dense_generation *generation, unsigned number);
/* Empty or not. `for_good`: what it had of slabs is not about to be used again. */
void dense_generation_destroy(struct dense_index *self, struct dense_generation *generation, bool for_good);

/* So many entries may live in the table while the border is at this hash. */
uint64_t dense_limit_at(const struct dense_generation *generation, uint64_t hash);
/* The least that has its home in this line or behind it. */
uint64_t dense_first_hash(const struct dense_generation *generation, uint64_t line);

/* Those that are home to somebody, and some behind for their guests. False = no memory; what was taken before
 * it ran out is kept: it will be used later, or given back with the generation. */
bool dense_lines_take(struct dense_index *self, struct dense_generation *generation, uint64_t first_home,
                      uint64_t last_home);
/* Room for so many entries more, wherever their homes are. With seeded hashes there is. False = no memory. */
bool dense_slots_take(struct dense_index *self, struct dense_generation *generation, uint64_t count);

/* As the border moved. What growth leaves behind is about to be used again, but not what shrinking does. The
 * current generation's first lines stay for guests from its end. */
void dense_note_border(struct dense_index *self);
/* As the generations changed: records have to fit into the words of both. */
void dense_note_record_limit(struct dense_index *self);

/* The slabs that growth left and that will not be needed. */
void dense_give_back_vacated(struct dense_index *self);
/* At the beginning of each operation: a directory that the one before left. */
void dense_free_retired(struct dense_index *self);

#endif
