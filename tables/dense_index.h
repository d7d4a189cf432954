/* SPDX-License-Identifier: MIT
 *
 * The index of `dense`: from a key's hash to its record number, grown and shrunk a few lines at a time.
 *
 * Spiral storage (spiral.h) of lines (dense_line.h). A key's home is the line of its hash's place in one of
 * two generations: the next one if the hash is below the border, else the current one. Where the border is,
 * the current generation is densest. When it gets too dense there, the border goes up by some lines, and what
 * is at home in these lives in the next generation from then on, where it is sparser; the slabs
 * (dense_entries.h) of what lies behind the border become slabs of the next generation. At the current
 * generation's end the next one becomes current. Erasing makes the border go down again in the same steps,
 * once the entries are 1/8 fewer than would make it go up.
 *
 *     current  [ not there | border: densest ... sparser        ]
 *     next     [ what was below the border, sparser still | not there yet      ]
 *
 * A key whose home is full is a *guest* in another line: probes in growing steps, of which the first is the
 * neighbour, then line by line around the generation.
 *
 * Invariants:
 *   - a slot's tag and word tell the same hash as its entry's key, as far as they tell it;
 *   - a guest is marked in the line where it lives, and is counted at its home, whose reach is not below the
 *     number of its probe, and whose filter has the bit of its tag;
 *   - no entry of a generation lives farther behind its home than `farthest` lines, around the end;
 *   - the home of any hash is there; a line that is not there counts as full and has no guests, as a slab is
 *     given back only when it lies outside the reach of `farthest`, and then all of its lines are free;
 *   - a generation has slots for all its entries in the lines that are there: before a step or an insert that
 *     might fill it, it is given more lines. With all of them `next` has more slots than the limit at any
 *     border; `current`, if it is full nevertheless, moves to `next`. Only crowded hashes need either, as no
 *     seeded hash gives them; what they need beyond the records that fit into a word is refused as memory is.
 * So every search ends: it looks at as many lines as the home's reach says, and at all of them when that is
 * at its highest. And every insert finds a slot: after DENSE_STEPS probes the others come to all lines.
 *
 * What makes moves cheap: line, word and tag of a slot tell some 34 bits of its key's hash (42 in the wide
 * layout), whatever the size, as each bit that the record number takes from the word is one that the line
 * tells. That is enough to know the line in another generation, but for one slot in 16,000 (measured up to
 * 2^24 entries; one in some 30 at 2^32), so a move does not read the entry. In small tables, whose records
 * leave no room for as much, it does, and so it does for guests, whose line does not tell their home.
 *
 * Papers: Martin 1979 (in spiral.h); P.-A. Larson, "Linear hashing with separators", ACM TODS 13 (1988), for
 * what a bucket tells of those that did not fit; J. G. Cleary, "Compact hash tables using bidirectional
 * linear probing", IEEE Transactions on Computers 33 (1984), for places that tell bits of the key.
 *
 * Rejected, with the time of a fill with 8 M entries:
 *   - a move that reads its entry: 1.2 times; in the same loop as the hash, 3 times, as the processor then
 *     has few misses under way at once; with prefetches a batch of lines ahead, no better than without;
 *   - the neighbouring lines one by one for guests: late inserts go to the end of runs of 60 and more full
 *     lines, and each search for them comes along there;
 *   - a line's count of those away alone: 18 % of the misses look at a further line, with the filter 5 %;
 *   - a block a generation, its pages given back as the border passes: no directory between hash and line (a
 *     hit takes 5 % fewer instructions), but three times the page faults, a fill of 1.1 times, and the ends
 *     of huge pages that dense_entries.h tells of. Giving parts of a huge page back makes the process's count
 *     of resident pages smaller, not what the system has left;
 *   - a pool of slabs for the index alone: two ends, 0.25 at 2^20 entries, which is still above 1.6;
 *   - the slabs that the border left for everybody: the index then writes zeros to what it takes, 4 % of a
 *     fill's instructions.
 */
#ifndef GROWBENCH_DENSE_INDEX_H
#define GROWBENCH_DENSE_INDEX_H

#include "tables/dense_entries.h"
#include "tables/dense_line.h"
#include "tables/hash.h"
#include "tables/spiral.h"

enum {
    DENSE_STEPS = 62, /* probes in growing steps */
    DENSE_SLAB_LINE_BITS = 10,
    DENSE_SLAB_LINES = 1 << DENSE_SLAB_LINE_BITS,
};

_Static_assert(DENSE_SLAB_LINES *DENSE_LINE_BYTES == DENSE_SLAB_BYTES, "lines fill a slab");

struct dense_generation {
    struct dense_line **slabs; /* NULL = no such generation; of each slab of lines, NULL = not there */
    uint64_t slab_count;
    uint64_t slabs_from,
        slabs_to; /* those between are there; of the others few, all within reach of the end */
    uint64_t line_count;
    uint64_t entry_count;
    uint64_t slot_total;  /* of the lines that are there */
    unsigned word_bytes;  /* 4, or 5 from 2^32 records on */
    uint64_t record_end;  /* no record in it will be as large */
    unsigned record_bits; /* of a word; what is left above them is of the hash */
    unsigned tag_shift;   /* of the hash */
    bool tells_homes;     /* line, word and tag tell 34 bits of the hash, or 42 */
    unsigned slot_count;  /* of a line */
    uint32_t slot_mask;
    unsigned number;
    uint64_t farthest; /* lines: no entry has been farther from its home */
    struct spiral spiral;
};

struct dense_index {
    struct heap *heap;
    struct dense_entries *entries; /* whose slabs the lines are in */
    uint64_t seed;
    /* Keys whose hashes are below the border live in the next generation, the others in the current one. */
    uint64_t border;
    unsigned current; /* of `generations`; the next one is the other */
    struct dense_generation generations[2];
    uint64_t entry_count;
    uint64_t entry_limit; /* with this border; past it the border has to go up */
    uint64_t moved_count;
    uint64_t bytes;             /* of all blocks, without the slabs */
    struct dense_line *vacated; /* slabs that growth left and will soon need; or NULL */
    void *retired;              /* a generation's directory that the next operation gives back; or NULL */
    size_t retired_bytes;
};

struct dense_slot {
    struct dense_line *line; /* NULL = not there */
    unsigned slot;
};

static inline struct dense_generation *dense_generation_of(const struct dense_index *self, uint64_t hash)
{
    const unsigned number = self->current ^ (unsigned)(hash < self->border);
    return (struct dense_generation *)(uintptr_t)&self->generations[number];
}

ENTRY_INLINE uint64_t dense_record(const struct dense_generation *generation, const struct dense_line *line,
                                   unsigned slot)
{
    return dense_word(line, slot, generation->word_bytes) & (((uint64_t)1 << generation->record_bits) - 1);
}

ENTRY_INLINE struct dense_line *dense_line_at(const struct dense_generation *generation, uint64_t line)
{
    return &generation->slabs[line >> DENSE_SLAB_LINE_BITS][line & (DENSE_SLAB_LINES - 1)];
}

/* NULL = not there: on the way to a place behind a home it counts as full. */
static inline struct dense_line *dense_line_or_null(const struct dense_generation *generation, uint64_t line)
{
    return generation->slabs[line >> DENSE_SLAB_LINE_BITS] ? dense_line_at(generation, line) : NULL;
}

ENTRY_INLINE uint64_t dense_home(const struct dense_generation *generation, uint64_t hash)
{
    return spiral_home(&generation->spiral, hash);
}

/* Where the key goes whose home is full: number 1 and up. First in growing steps, which do not heap up runs
 * of full lines as steps of one do; then line by line, which comes to all. */
static inline uint64_t dense_probe(const struct dense_generation *generation, uint64_t home, uint64_t number)
{
    const uint64_t steps = number <= DENSE_STEPS ? number * (number + 1) / 2 : number - DENSE_STEPS;
    uint64_t line = home + steps;
    while (line >= generation->line_count)
        line -= generation->line_count;
    return line;
}

/* The number of probes, beside the home line, in which all keys at home there are found. */
static inline uint64_t dense_reach(const struct dense_generation *generation, const struct dense_line *home)
{
    const uint64_t reach = dense_overflow_reach(home->overflow);
    return reach < DENSE_REACH_MAX ? reach : DENSE_STEPS + generation->line_count;
}

/* Returns 0 or ENOMEM. */
int dense_index_init(struct dense_index *self, struct heap *heap, struct dense_entries *entries,
                     uint64_t seed);
void dense_index_destroy(struct dense_index *self);

/* At the beginning of an operation that may insert so many. True = there is room for all of them. */
bool dense_index_make_room(struct dense_index *self, uint64_t count);
/* Where a generation is full though there is room, as the hashes crowd: gives it more lines; if there are no
 * more, it is the current one, and all of it moves to the next one. False = no memory. */
bool dense_index_thin_out(struct dense_index *self, struct dense_generation *generation);
/* At the end of an operation that erased. */
void dense_index_shrink(struct dense_index *self, uint64_t count);

/* With the key at home in this line of this generation. */
struct dense_slot dense_index_find(const struct dense_index *self, const struct dense_generation *generation,
                                   uint64_t home, uint8_t tag, uint64_t key);
/* Of a key that is not there and at home in this line, to a generation with a free slot. */
void dense_index_add(struct dense_generation *generation, uint64_t home, uint64_t hash, uint64_t record);
void dense_index_remove(struct dense_index *self, struct dense_generation *generation,
                        struct dense_line *home, struct dense_slot slot);

#endif
