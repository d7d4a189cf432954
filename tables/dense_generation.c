/* SPDX-License-Identifier: MIT
 *
 * The generations of dense's index: how large each is, which of its lines are there, and in which slabs.
 */
#include "tables/dense_generation.h"

#include <errno.h>

/* Records from here on do not fit in 4 bytes. A test makes it small. */
#ifndef DENSE_NARROW_END
#define DENSE_NARROW_END ((uint64_t)1 << 32)
#endif

enum {
    FIRST_THIRD = 24,    /* generation of 3, for 0.7 to 1.4 M entries */
    LOAD_PERMILLE = 900, /* at the border, where it is highest */
    FIRST_LINES = 16,    /* of generation 0, were it as narrow everywhere as it begins */
    WORD_TOP_BITS = 26,  /* of the hash: those that line and word tell, in words of 4 bytes */
    BEYOND_LINES = 512,  /* of a generation that are there behind the last home: for its guests */
    OWN_LINES = 512,     /* a generation of no more has a small block, no slab */
};

uint64_t dense_limit_at(const struct dense_generation *generation, uint64_t hash)
{
    const double slots = spiral_width_at(&generation->spiral, hash) * generation->slot_count;
    return (uint64_t)(slots * LOAD_PERMILLE / 1000);
}

static size_t directory_bytes(const struct dense_generation *generation)
{
    return generation->slab_count * sizeof(struct dense_line *);
}

/* How often generation 0 doubled. A generation has 2^(1/2) times the lines of the one before, as the load
 * then varies by no more, and each entry moves once while the table grows by as much. But 2^(1/3) times where
 * the table is just large enough for a huge page that is not in use yet to be an eighth of the payload:
 * without it 1.602 at worst in place of 1.577; in all smaller ones, too, a fill of 1 M entries would move 1.5
 * times as many.
 */
static double octaves_at(unsigned number)
{
    const unsigned thirds = number < FIRST_THIRD ? 0 : number < FIRST_THIRD + 3 ? number - FIRST_THIRD : 3;
    return (number - thirds) / 2.0 + thirds / 3.0;
}

static void generation_shape(struct dense_generation *generation, unsigned number, unsigned word_bytes)
{
    const unsigned slot_count = DENSE_WORDS_BYTES / word_bytes;
    *generation = (struct dense_generation){
        .number = number,
        .word_bytes = word_bytes,
        .tag_shift = 64 - 8 - WORD_TOP_BITS - 8 * (word_bytes - 4),
        .slot_count = slot_count,
        .slot_mask = (1u << slot_count) - 1,
    };
    const double octaves = octaves_at(number);
    const double lines = FIRST_LINES * exp2(octaves) * DENSE_LINE_SLOTS / slot_count;
    generation->line_count =
        spiral_init(&generation->spiral, lines / SPIRAL_PIECES, exp2(octaves_at(number + 1) - octaves));
    generation->slab_count = (generation->line_count + DENSE_SLAB_LINES - 1) / DENSE_SLAB_LINES;
    generation->record_bits = 8 * word_bytes;
}

uint64_t dense_first_hash(const struct dense_generation *generation, uint64_t line)
{
    return spiral_first_hash(&generation->spiral, line);
}

/* As few as hold what is there and what may come. */
static void set_record_bits(const struct dense_index *self, struct dense_generation *generation)
{
    const uint64_t end = dense_entries_end(self->entries);
    uint64_t most = DENSE_FIRST_RECORD + dense_limit_at(generation, UINT64_MAX);
    most = end > most ? end : most;
    /* Slabs of entries are begun when all others are full; and the lines that are there of this generation
     * and a neighbour with words as wide take no more than this, unless hashes crowd: then the limit ends it.
     * Up to its segment's end, a record has no more bits. */
    most += (generation->slab_count + generation->slab_count / 2 + 2) * DENSE_SLAB_ENTRIES;
    generation->record_end = most;
    const unsigned word_bits = 8 * generation->word_bytes;
    generation->record_bits = 64 - (unsigned)__builtin_clzll(most);
    if (generation->record_bits >= word_bits) {
        generation->record_bits = word_bits;
        return;
    }
    const uint64_t widest = dense_first_hash(generation, 1) >> (generation->tag_shift + 8);
    generation->tells_homes = widest + 2 <= (uint64_t)1 << (word_bits - generation->record_bits);
}

static uint64_t slab_slots(const struct dense_generation *generation, uint64_t slab)
{
    const uint64_t left = generation->line_count - slab * DENSE_SLAB_LINES;
    return (left < DENSE_SLAB_LINES ? left : DENSE_SLAB_LINES) * generation->slot_count;
}

/* Slabs that growth left behind: all of their lines are free. A word of the first one tells the next. */
static struct dense_line *vacated_pop(struct dense_index *self)
{
    struct dense_line *lines = self->vacated;
    if (lines)
        memcpy(&self->vacated, lines->words, sizeof(self->vacated));
    return lines;
}

static void vacated_push(struct dense_index *self, struct dense_line *lines)
{
    memcpy(lines->words, &self->vacated, sizeof(self->vacated));
    self->vacated = lines;
}

void dense_give_back_vacated(struct dense_index *self)
{
    for (struct dense_line *lines; (lines = vacated_pop(self));)
        dense_entries_give_back_slab(self->entries, lines);
}

static bool slab_take(struct dense_index *self, struct dense_generation *generation, uint64_t slab)
{
    if (generation->slabs[slab])
        return true;
    const size_t bytes = generation->line_count * DENSE_LINE_BYTES;
    if (generation->line_count <= OWN_LINES) {
        generation->slabs[slab] = heap_alloc(self->heap, bytes, DENSE_LINE_BYTES, HEAP_ZEROED);
        self->bytes += generation->slabs[slab] ? bytes : 0;
    } else {
        struct dense_line *vacated = vacated_pop(self);
        generation->slabs[slab] = vacated ? vacated : dense_entries_take_slab(self->entries);
    }
    if (!generation->slabs[slab])
        return false;
    generation->slot_total += slab_slots(generation, slab);
    return true;
}

static void slab_give_back(struct dense_index *self, struct dense_generation *generation, uint64_t slab,
                           bool for_good)
{
    struct dense_line *lines = generation->slabs[slab];
    if (!lines)
        return;
    const size_t bytes = generation->line_count * DENSE_LINE_BYTES;
    if (generation->line_count <= OWN_LINES) {
        heap_free(self->heap, lines, bytes);
        self->bytes -= bytes;
    } else if (for_good) {
        dense_entries_give_back_slab(self->entries, lines);
    } else {
        vacated_push(self, lines);
    }
    generation->slabs[slab] = NULL;
    generation->slot_total -= slab_slots(generation, slab);
}

bool dense_lines_take(struct dense_index *self, struct dense_generation *generation, uint64_t first_home,
                      uint64_t last_home)
{
    const uint64_t from = first_home / DENSE_SLAB_LINES;
    const uint64_t last = (last_home + BEYOND_LINES) / DENSE_SLAB_LINES;
    const uint64_t to = last < generation->slab_count ? last + 1 : generation->slab_count;
    for (; generation->slabs_to < to; generation->slabs_to++)
        if (!slab_take(self, generation, generation->slabs_to))
            return false;
    for (; generation->slabs_from > from; generation->slabs_from--)
        if (!slab_take(self, generation, generation->slabs_from - 1))
            return false;
    return slab_take(self, generation, 0); /* for guests from the end */
}

bool dense_slots_take(struct dense_index *self, struct dense_generation *generation, uint64_t count)
{
    while (generation->slot_total < generation->entry_count + count) {
        const bool at_end = generation->slabs_to < generation->slab_count;
        if (!at_end && generation->slabs_from == 0)
            return false;
        if (!slab_take(self, generation, at_end ? generation->slabs_to : generation->slabs_from - 1))
            return false;
        generation->slabs_to += at_end;
        generation->slabs_from -= !at_end;
    }
    return true;
}

void dense_note_record_limit(struct dense_index *self)
{
    self->entries->record_limit = UINT64_MAX;
    for (unsigned i = 0; i < 2; i++) {
        const uint64_t limit = (uint64_t)1 << self->generations[i].record_bits;
        if (self->generations[i].slabs && limit < self->entries->record_limit)
            self->entries->record_limit = limit;
    }
}

int dense_generation_create(struct dense_index *self, struct dense_generation *generation, unsigned number)
{
    generation_shape(generation, number, 4);
    set_record_bits(self, generation);
    /* A wide neighbour has more lines: slabs that this one's words must be able to tell from, too. */
    if (generation->record_end + generation->slab_count / 2 * DENSE_SLAB_ENTRIES > DENSE_NARROW_END) {
        generation_shape(generation, number, 5);
        set_record_bits(self, generation);
    }
    generation->slabs = heap_alloc(self->heap, directory_bytes(generation), sizeof(void *), HEAP_ZEROED);
    if (!generation->slabs)
        return ENOMEM;
    self->bytes += directory_bytes(generation);
    if ((uint64_t)1 << generation->record_bits < self->entries->record_limit)
        self->entries->record_limit = (uint64_t)1 << generation->record_bits;
    return 0;
}

void dense_free_retired(struct dense_index *self)
{
    if (!self->retired)
        return;
    heap_free(self->heap, self->retired, self->retired_bytes);
    self->bytes -= self->retired_bytes;
    self->retired = NULL;
}

/* Behind a home, for its guests. */
static uint64_t lines_beyond(const struct dense_generation *generation)
{
    return generation->farthest > BEYOND_LINES ? generation->farthest : BEYOND_LINES;
}

static uint64_t slabs_within_reach_of_end(const struct dense_generation *generation)
{
    const uint64_t slabs = lines_beyond(generation) / DENSE_SLAB_LINES + 1;
    return slabs < generation->slab_count ? slabs : generation->slab_count;
}

/* The directory is given back by the next operation: in this one another is allocated, and for who watches
 * from outside that would be a block replaced by a larger one. */
void dense_generation_destroy(struct dense_index *self, struct dense_generation *generation, bool for_good)
{
    if (!generation->slabs)
        return;
    for (uint64_t i = slabs_within_reach_of_end(generation); i > 0; i--)
        slab_give_back(self, generation, i - 1, for_good);
    for (uint64_t i = generation->slabs_to; i > generation->slabs_from; i--)
        slab_give_back(self, generation, i - 1, for_good);
    dense_free_retired(self);
    self->retired = generation->slabs;
    self->retired_bytes = directory_bytes(generation);
    *generation = (struct dense_generation){0};
    dense_note_record_limit(self);
}

void dense_note_border(struct dense_index *self)
{
    struct dense_generation *current = &self->generations[self->current];
    struct dense_generation *next = &self->generations[self->current ^ 1];
    const uint64_t kept = slabs_within_reach_of_end(current);
    const uint64_t from = dense_home(current, self->border) / DENSE_SLAB_LINES;
    for (; current->slabs_from < from; current->slabs_from++)
        if (current->slabs_from >= kept)
            slab_give_back(self, current, current->slabs_from, false);
    const uint64_t to = (dense_home(next, self->border - 1) + lines_beyond(next)) / DENSE_SLAB_LINES + 1;
    for (; next->slabs_to > to; next->slabs_to--)
        slab_give_back(self, next, next->slabs_to - 1, true);
    self->entry_limit = dense_limit_at(current, self->border);
}
