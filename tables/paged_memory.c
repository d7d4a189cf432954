/* SPDX-License-Identifier: MIT
 *
 * The memory of `paged`: segments, and the generations that they belong to.
 *
 * Growth gives the lowest groups of the old generation back just when the next one needs some, so segments
 * change owner and stay resident; without that each page would be faulted in g / (g - 1) times, with a growth
 * of g. What shrinking frees goes back to the system. The lowest free segment is taken first: as shrinking
 * moves all entries once a generation, they gather at the pool's low end, and the block is cut.
 */
#include "tables/paged_memory.h"

enum {
    POOL_ALIGN_BYTES = 16, /* not more: above it many allocators can only resize by a copy */
    POOL_FIRST_COUNT = 4,
    WORD_BITS = 64,
};

/* Measured together: paged.c says what others cost. Widths are of a generation's first piece, in groups. */
static const double FIRST_WIDTH = 1;
static const double SHRINK_SHARE = 0.75; /* of where growth would come */

/* ---- segments ---- */

static uint64_t *taken_word(const struct paged *self, uint64_t number)
{
    return &self->taken[number / WORD_BITS];
}

static uint64_t word_count(uint64_t pool_count)
{
    return (pool_count + WORD_BITS - 1) / WORD_BITS;
}

static bool pool_resize(struct paged *self, uint64_t count)
{
    const uint64_t words = word_count(self->pool_count), new_words = word_count(count);
    if (new_words > words) {
        uint64_t *taken = heap_resize(self->heap, self->taken, words * sizeof(*taken),
                                      new_words * sizeof(*taken), _Alignof(uint64_t), HEAP_ZEROED);
        if (!taken)
            return false;
        self->taken = taken;
    }
    struct segment *pool = heap_resize(self->heap, self->pool, self->pool_count * sizeof(*pool),
                                       count * sizeof(*pool), POOL_ALIGN_BYTES, HEAP_ZEROED);
    const uint64_t kept = pool ? count : self->pool_count;
    /* The bitmap follows the pool, which may have refused: shrinking never fails. */
    const uint64_t larger = new_words > words ? new_words : words;
    if (word_count(kept) < larger)
        self->taken = heap_resize(self->heap, self->taken, larger * sizeof(*self->taken),
                                  word_count(kept) * sizeof(*self->taken), _Alignof(uint64_t), HEAP_ZEROED);
    self->pool_count = kept;
    if (pool)
        self->pool = pool;
    return pool != NULL;
}

/* Number + 1 of a segment that is all zero, or 0. The lowest: so the upper end of the pool gets free when the
 * table shrinks. */
static uint32_t segment_take(struct paged *self)
{
    uint64_t number = self->first_free;
    while (number < self->used_count && *taken_word(self, number) == UINT64_MAX)
        number += WORD_BITS - number % WORD_BITS;
    if (number < self->used_count)
        number += (uint64_t)__builtin_ctzll(~(*taken_word(self, number) >> number % WORD_BITS));
    if (number >= self->used_count)
        number = self->used_count;
    if (number == self->pool_count && !pool_resize(self, self->pool_count + self->pool_count / 16 + 2))
        return 0;
    *taken_word(self, number) |= (uint64_t)1 << number % WORD_BITS;
    self->first_free = number + 1;
    self->used_count += number == self->used_count;
    return (uint32_t)number + 1;
}

/* The segment is all zero but for entries. */
static void segment_give(struct paged *self, uint32_t number_plus_1, bool for_good)
{
    const uint64_t number = number_plus_1 - 1;
    *taken_word(self, number) &= ~((uint64_t)1 << number % WORD_BITS);
    if (number < self->first_free)
        self->first_free = number;
    if (for_good && self->heap->ops->discard)
        self->heap->ops->discard(self->heap, self->pool, number * sizeof(struct segment),
                                 sizeof(struct segment));
}

void paged_pool_trim(struct paged *self)
{
    while (self->used_count &&
           !(*taken_word(self, self->used_count - 1) >> (self->used_count - 1) % WORD_BITS & 1))
        self->used_count--;
    if (self->first_free > self->used_count)
        self->first_free = self->used_count;
    const uint64_t wanted = self->used_count + self->used_count / 8;
    if (wanted < self->pool_count)
        pool_resize(self, wanted);
}

void paged_segments_give(struct paged *self, struct generation *generation, uint64_t from, uint64_t end,
                         bool for_good)
{
    for (uint64_t i = from; i < end; i++) {
        if (generation->segments[i])
            segment_give(self, generation->segments[i], for_good);
        generation->segments[i] = 0;
    }
}

bool paged_segments_take(struct paged *self, struct generation *generation, uint64_t first, uint64_t last)
{
    for (uint64_t i = first >> SEGMENT_GROUP_BITS; i <= last >> SEGMENT_GROUP_BITS; i++) {
        if (generation->segments[i])
            continue;
        generation->segments[i] = segment_take(self);
        if (!generation->segments[i])
            return false;
    }
    return true;
}

/* ---- generations ---- */

/* Small tables, up to some 3 M entries, are in caches, where moves and full groups cost little; and with huge
 * pages they have the one that is just begun to make up for. */
static double growth_of_width(double width)
{
    return width < 2048 ? 1.15 : width < 8192 ? 1.35 : 1.4;
}

/* Share of the entries at the border that may be taken. */
static double load_of_width(double width)
{
    return width < 2048 ? 0.93 : width < 8192 ? 0.90 : 0.87;
}

bool paged_generation_open(struct paged *self, struct generation *generation, unsigned number)
{
    double width = FIRST_WIDTH;
    for (unsigned i = 0; i < number; i++)
        width *= growth_of_width(width);
    const double growth = growth_of_width(width);
    *generation = (struct generation){
        .number = number, .first_load = load_of_width(width), .last_load = load_of_width(width * growth)};
    generation->home_count = spiral_init(&generation->spiral, width, growth);
    generation->segment_count =
        (generation->home_count + MARGIN_GROUPS + SEGMENT_GROUPS - 1) / SEGMENT_GROUPS;
    generation->segments = heap_alloc(self->heap, generation->segment_count * sizeof(*generation->segments),
                                      _Alignof(uint32_t), HEAP_ZEROED);
    return generation->segments != NULL;
}

static void directory_free(struct paged *self, struct generation *generation)
{
    if (generation->segments)
        heap_free(self->heap, generation->segments,
                  generation->segment_count * sizeof(*generation->segments));
    generation->segments = NULL;
}

void paged_generation_close(struct paged *self, struct generation *generation, bool for_good)
{
    if (generation->segments)
        paged_segments_give(self, generation, 0, generation->segment_count, for_good);
    directory_free(self, generation);
}

void paged_set_limits(struct paged *self)
{
    const struct generation *old = &self->generations[0];
    const double width = spiral_width_at(&old->spiral, self->border);
    const double load = old->first_load + (double)self->border * 0x1p-64 * (old->last_load - old->first_load);
    const double room = width * GROUP_ENTRIES * load;
    self->grow_at = (uint64_t)room;
    self->shrink_at = old->number == 0 && self->border == 0 ? 0 : (uint64_t)(room * SHRINK_SHARE);
}

bool paged_open(struct paged *self)
{
    self->pool_count = POOL_FIRST_COUNT;
    self->pool =
        heap_alloc(self->heap, self->pool_count * sizeof(*self->pool), POOL_ALIGN_BYTES, HEAP_ZEROED);
    self->taken = heap_alloc(self->heap, sizeof(*self->taken), _Alignof(uint64_t), HEAP_ZEROED);
    struct generation *only = &self->generations[0];
    if (self->pool && self->taken && paged_generation_open(self, only, 0) &&
        paged_segments_take(self, only, 0, only->home_count + MARGIN_GROUPS - 1)) {
        only->end = only->home_count;
        paged_set_limits(self);
        return true;
    }
    paged_close(self);
    return false;
}

void paged_close(struct paged *self)
{
    for (unsigned i = 0; i < 2; i++)
        directory_free(self, &self->generations[i]);
    if (self->taken)
        heap_free(self->heap, self->taken, word_count(self->pool_count) * sizeof(*self->taken));
    if (self->pool)
        heap_free(self->heap, self->pool, self->pool_count * sizeof(*self->pool));
}
