/* SPDX-License-Identifier: MIT
 *
 * How the index of `dense` grows and shrinks; what it is stands in dense_index.h.
 */
#include "tables/dense_index.h"

#include <assert.h>
#include <errno.h>

/* Records from here on do not fit in 4 bytes. A test makes it small. */
#ifndef DENSE_NARROW_END
#define DENSE_NARROW_END ((uint64_t)1 << 32)
#endif

/* Of a generation's lines over those of the one before: a square root of 2, as the load then varies by no more,
 * and each entry moves once while the table grows by as much. */
#define GENERATION_GROWTH 1.41421356237309505

enum {
    LOAD_PERMILLE = 900,   /* at the border, where it is highest */
    SHRINK_PERMILLE = 875, /* of the limit: fewer entries, and the border goes down */
    BORDER_LINES = 16,     /* that it moves at a time: some 170 entries */
    FIRST_LINES = 16,      /* of generation 0, were it as narrow everywhere as it begins */
    WORD_TOP_BITS = 26,    /* of the hash: those that line and word tell, in words of 4 bytes */
    STEP_SHARE = 64,       /* a generation's memory goes back in so many steps */
    STEP_MIN_BYTES = 64 << 10,
    STEP_MAX_BYTES = 2 << 20, /* a huge page: of large generations none is ever split */
};

/* ---- generations ---- */

static uint64_t limit_at(const struct dense_generation *generation, uint64_t hash)
{
    const double slots = spiral_width_at(&generation->spiral, hash) * generation->slot_count;
    return (uint64_t)(slots * LOAD_PERMILLE / 1000);
}

static uint64_t lines_bytes(const struct dense_generation *generation)
{
    return generation->line_count * DENSE_LINE_BYTES;
}

static size_t block_bytes(const struct dense_generation *generation)
{
    return (generation->line_count + 1) * DENSE_LINE_BYTES;
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
    const double lines = FIRST_LINES * pow(GENERATION_GROWTH, number) * DENSE_LINE_SLOTS / slot_count;
    generation->line_count = spiral_init(&generation->spiral, lines / SPIRAL_PIECES, GENERATION_GROWTH);
    generation->record_bits = 8 * word_bytes;
    generation->slot_total = generation->line_count * slot_count;
}

static uint64_t first_hash(const struct dense_generation *generation, uint64_t line)
{
    return spiral_first_hash(&generation->spiral, line);
}

/* As few as hold what is there and what may come. */
static void set_record_bits(const struct dense_index *self, struct dense_generation *generation)
{
    const uint64_t end = dense_entries_end(self->entries);
    uint64_t most = DENSE_FIRST_RECORD + limit_at(generation, UINT64_MAX);
    most = end > most ? end : most;
    /* That is in the segment that is the lowest with room: up to its end. */
    most += most / 8;
    const unsigned word_bits = 8 * generation->word_bytes;
    generation->record_bits = 64 - (unsigned)__builtin_clzll(most);
    if (generation->record_bits >= word_bits) {
        generation->record_bits = word_bits;
        return;
    }
    const uint64_t widest = first_hash(generation, 1) >> (generation->tag_shift + 8);
    generation->tells_homes = widest + 2 <= (uint64_t)1 << (word_bits - generation->record_bits);
}

/* Zeroed blocks come from fresh pages only where no more than 16 bytes of alignment are asked for. */
static int generation_create(struct dense_index *self, struct dense_generation *generation, unsigned number)
{
    generation_shape(generation, number, 4);
    /* New entries take the lowest places: a record is as large as this only with as many entries, or where a
     * segment with such records is left. */
    const uint64_t entries_most = limit_at(generation, UINT64_MAX);
    if (DENSE_FIRST_RECORD + entries_most > DENSE_NARROW_END ||
        dense_entries_end(self->entries) > DENSE_NARROW_END)
        generation_shape(generation, number, 5);
    set_record_bits(self, generation);
    const size_t bytes = block_bytes(generation);
    generation->block = heap_alloc(self->heap, bytes, sizeof(uint64_t), HEAP_ZEROED);
    if (!generation->block)
        return ENOMEM;
    const uintptr_t address = (uintptr_t)generation->block;
    generation->lines =
        (struct dense_line *)((address + DENSE_LINE_BYTES - 1) & ~(uintptr_t)(DENSE_LINE_BYTES - 1));
    self->bytes += bytes;
    return 0;
}

static void generation_destroy(struct dense_index *self, struct dense_generation *generation)
{
    if (!generation->lines)
        return;
    heap_free(self->heap, generation->block, block_bytes(generation));
    self->bytes -= block_bytes(generation);
    *generation = (struct dense_generation){0};
}

static uint64_t step_bytes(const struct dense_generation *generation)
{
    uint64_t bytes = STEP_MIN_BYTES;
    while (bytes < STEP_MAX_BYTES && bytes * 2 * STEP_SHARE <= lines_bytes(generation))
        bytes *= 2;
    return bytes;
}

static void give_back(const struct dense_index *self, struct dense_generation *generation, uint64_t from,
                      uint64_t to)
{
    const uint64_t offset = (uintptr_t)generation->lines - (uintptr_t)generation->block;
    if (self->heap->ops->discard && from < to)
        self->heap->ops->discard(self->heap, generation->block, offset + from, to - from);
}

/* The current generation's lines before this one are not in use, but for those that keys went to past the end:
 * what lies behind is given back, when it is enough of it. */
static void use_from(const struct dense_index *self, struct dense_generation *generation, uint64_t line)
{
    const uint64_t step = step_bytes(generation);
    const uint64_t from = line * DENSE_LINE_BYTES / step * step;
    const uint64_t wrapped = generation->farthest * DENSE_LINE_BYTES;
    if (from > generation->used_from)
        give_back(self, generation, generation->used_from > wrapped ? generation->used_from : wrapped, from);
    generation->used_from = from;
}

/* The next generation's lines from this one on are home to nobody. */
static void use_to(const struct dense_index *self, struct dense_generation *generation, uint64_t line)
{
    const uint64_t step = step_bytes(generation);
    const uint64_t end = lines_bytes(generation);
    uint64_t to = ((line + generation->farthest) * DENSE_LINE_BYTES + step - 1) / step * step;
    to = to < end ? to : end;
    if (to < generation->used_to)
        give_back(self, generation, to, generation->used_to);
    generation->used_to = to;
}

/* Both, as the border moved: on one side there is nothing to be given back, only noted. */
static void note_border(struct dense_index *self)
{
    struct dense_generation *current = &self->generations[self->current];
    struct dense_generation *next = &self->generations[self->current ^ 1];
    use_from(self, current, dense_home(current, self->border));
    use_to(self, next, dense_home(next, self->border - 1) + 1);
    self->entry_limit = limit_at(current, self->border);
}

/* ---- slots ---- */

static struct dense_slot match_in(const struct dense_index *self, const struct dense_generation *generation,
                                  struct dense_line *line, uint8_t tag, uint64_t key)
{
    for (uint32_t matches = dense_match(line, tag); matches; matches &= matches - 1) {
        const unsigned slot = (unsigned)__builtin_ctz(matches);
        if (dense_entry(self->entries, dense_record(generation, line, slot))->key == key)
            return (struct dense_slot){line, slot};
    }
    return (struct dense_slot){NULL, 0};
}

struct dense_slot dense_index_find(const struct dense_index *self, const struct dense_generation *generation,
                                   struct dense_line *home, uint8_t tag, uint64_t key)
{
    struct dense_slot found = match_in(self, generation, home, tag, key);
    if (found.line || !(home->overflow & dense_filter_bit(tag)))
        return found;
    const uint64_t home_line = (uint64_t)(home - generation->lines);
    const uint64_t reach = dense_reach(generation, home);
    for (uint64_t i = 1; i <= reach && !found.line; i++)
        found =
            match_in(self, generation, &generation->lines[dense_probe(generation, home_line, i)], tag, key);
    return found;
}

void dense_index_add(struct dense_generation *generation, uint64_t home, uint64_t hash, uint64_t record)
{
    uint64_t line_number = home;
    uint64_t probes = 0;
    uint32_t free_slots = 0;
    while (!(free_slots = dense_match(&generation->lines[line_number], 0) & generation->slot_mask))
        line_number = dense_probe(generation, home, ++probes);
    struct dense_line *line = &generation->lines[line_number];
    const unsigned slot = (unsigned)__builtin_ctz(free_slots);
    const uint8_t tag = tag_of(hash >> generation->tag_shift);
    const uint64_t of_hash = hash >> (generation->tag_shift + 8) << generation->record_bits;
    dense_set_word(line, slot, generation->word_bytes, record | of_hash);
    line->tags[slot] = tag;
    generation->entry_count++;
    if (!probes)
        return;
    line->overflow |= dense_guest_bit(slot);
    dense_add_away(&generation->lines[home], probes, tag);
    const uint64_t distance =
        line_number >= home ? line_number - home : line_number + generation->line_count - home;
    generation->farthest = distance > generation->farthest ? distance : generation->farthest;
}

void dense_index_remove(struct dense_index *self, struct dense_generation *generation,
                        struct dense_line *home, struct dense_slot slot)
{
    slot.line->tags[slot.slot] = 0;
    slot.line->overflow &= ~dense_guest_bit(slot.slot);
    if (slot.line != home)
        dense_remove_away(home);
    generation->entry_count--;
    self->entry_count--;
}

/* ---- growing and shrinking ---- */

struct moving {
    uint64_t record;
    uint64_t hash; /* as far as the generation it goes to needs it */
    uint64_t home; /* there */
};

/* What a slot tells of its key's hash, when it is at home in a line that begins with the hash `line_hash`: the
 * word has the low ones of the top bits, the line's place the others, and the tag those below. Returns the
 * smallest hash that it may be; *last is the largest. */
ENTRY_INLINE uint64_t hash_told(const struct dense_generation *generation, const struct dense_line *line,
                                unsigned slot, uint64_t line_hash, uint64_t *last)
{
    const unsigned told_bits = 8 * generation->word_bytes - generation->record_bits;
    const uint64_t told = dense_word(line, slot, generation->word_bytes) >> generation->record_bits;
    const uint64_t least = line_hash >> (generation->tag_shift + 8);
    const uint64_t top = least + ((told - least) & (((uint64_t)1 << told_bits) - 1));
    const uint8_t tag = line->tags[slot];
    *last = (((top << 8 | tag) + 1) << generation->tag_shift) - 1;
    return (top << 8 | (tag == 1 ? 0 : tag)) << generation->tag_shift;
}

/* Reads the entries of those. In a loop of nothing else, so that the processor sees many of them ahead. */
static void ask_entries(const struct dense_index *self, const struct dense_generation *to,
                        struct moving *moving, const uint16_t *those, size_t n)
{
    uint64_t keys[BORDER_LINES * DENSE_LINE_SLOTS];
    for (size_t i = 0; i < n; i++)
        keys[i] = dense_entry(self->entries, moving[those[i]].record)->key;
    for (size_t i = 0; i < n; i++) {
        moving[those[i]].hash = table_hash(keys[i], self->seed);
        moving[those[i]].home = dense_home(to, moving[those[i]].hash);
    }
}

/* All in these lines that are at home there. Slot by slot, as neighbours in a line go to the same line, and
 * would wait for each other there. */
static size_t take_own(const struct dense_index *self, struct dense_generation *from,
                       const struct dense_generation *to, uint64_t first, uint64_t end, struct moving *moving)
{
    uint32_t own[BORDER_LINES];
    uint64_t line_hashes[BORDER_LINES];
    for (uint64_t i = first; i < end; i++) {
        own[i - first] = ~dense_match(&from->lines[i], 0) & ~dense_guests(&from->lines[i]) & from->slot_mask;
        line_hashes[i - first] = first_hash(from, i);
    }
    const uint32_t is_told = from->tells_homes && from->tag_shift == to->tag_shift;
    uint16_t unsure[BORDER_LINES * DENSE_LINE_SLOTS + 1];
    size_t unsure_count = 0;
    size_t n = 0;
    for (unsigned slot = 0; slot < from->slot_count; slot++) {
        for (uint64_t i = first; i < end; i++) {
            struct dense_line *line = &from->lines[i];
            const uint32_t taken = own[i - first] >> slot & 1;
            uint64_t last = 0;
            const uint64_t hash = hash_told(from, line, slot, line_hashes[i - first], &last);
            const uint64_t home = dense_home(to, hash);
            moving[n] = (struct moving){dense_record(from, line, slot), hash, home};
            unsure[unsure_count] = (uint16_t)n;
            unsure_count += taken & (!is_told | (home != dense_home(to, last)));
            n += taken;
            line->tags[slot] &= (uint8_t)(taken - 1);
        }
    }
    ask_entries(self, to, moving, unsure, unsure_count);
    return n;
}

/* A slot whose key may be at home in line `home`. */
struct guest {
    struct dense_line *line;
    uint64_t home;
    uint64_t record;
    unsigned slot;
};

enum { GUESTS_MAX = 64 };

/* Those that are: how many. One that was met twice has been moved already. */
static size_t move_guests(const struct dense_index *self, struct dense_generation *from,
                          struct dense_generation *to, struct guest *guests, size_t n)
{
    uint64_t keys[GUESTS_MAX];
    for (size_t i = 0; i < n; i++)
        keys[i] = dense_entry(self->entries, guests[i].record)->key;
    size_t moved_count = 0;
    for (size_t i = 0; i < n; i++) {
        const struct guest *guest = &guests[i];
        const uint64_t hash = table_hash(keys[i], self->seed);
        if (dense_home(from, hash) != guest->home || !(dense_guests(guest->line) >> guest->slot & 1))
            continue;
        guest->line->tags[guest->slot] = 0;
        guest->line->overflow &= ~dense_guest_bit(guest->slot);
        dense_index_add(to, dense_home(to, hash), hash, guest->record);
        moved_count++;
    }
    return moved_count;
}

static size_t move_all_guests(const struct dense_index *self, struct dense_generation *from,
                              struct dense_generation *to, uint64_t first, uint64_t end)
{
    struct guest guests[GUESTS_MAX];
    size_t n = 0;
    size_t moved_count = 0;
    for (uint64_t home = first; home < end; home++) {
        const uint64_t reach = dense_reach(from, &from->lines[home]);
        for (uint64_t probe = 1; probe <= reach; probe++) {
            struct dense_line *line = &from->lines[dense_probe(from, home, probe)];
            if (n + DENSE_LINE_SLOTS > GUESTS_MAX) {
                moved_count += move_guests(self, from, to, guests, n);
                n = 0;
            }
            for (uint32_t left = dense_guests(line); left; left &= left - 1) {
                const unsigned slot = (unsigned)__builtin_ctz(left);
                const uint64_t record = dense_record(from, line, slot);
                guests[n++] = (struct guest){line, home, record, slot};
            }
        }
    }
    return moved_count + move_guests(self, from, to, guests, n);
}

/* All that is at home in lines first .. end - 1. */
static void move_lines(struct dense_index *self, struct dense_generation *from, struct dense_generation *to,
                       uint64_t first, uint64_t end)
{
    struct moving moving[BORDER_LINES * DENSE_LINE_SLOTS + 1];
    size_t n = take_own(self, from, to, first, end, moving);
    for (size_t i = 0; i < n; i++)
        dense_index_add(to, moving[i].home, moving[i].hash, moving[i].record);
    n += move_all_guests(self, from, to, first, end);
    for (uint64_t i = first; i < end; i++)
        from->lines[i].overflow &= ~(uint32_t)DENSE_AWAY_MASK;
    from->entry_count -= n;
    self->moved_count += n;
}

static void free_retired(struct dense_index *self)
{
    if (!self->retired)
        return;
    heap_free(self->heap, self->retired, self->retired_bytes);
    self->bytes -= self->retired_bytes;
    self->retired = NULL;
}

/* The next generation is full, the current one empty. Its block is given back by the next operation: in this
 * one another is allocated, and for who watches from outside that would be a block replaced by a larger one. */
static void turn_up(struct dense_index *self)
{
    struct dense_generation *old = &self->generations[self->current];
    free_retired(self);
    self->retired = old->block;
    self->retired_bytes = block_bytes(old);
    const unsigned number = old->number + 2;
    *old = (struct dense_generation){0};
    self->current ^= 1;
    self->border = 0;
    self->entry_limit = limit_at(&self->generations[self->current], 0);
    (void)generation_create(self, old, number); /* else once it is needed */
}

/* Moves the border up by some lines. False = no memory, and nothing changed. */
static bool grow_step(struct dense_index *self)
{
    struct dense_generation *from = &self->generations[self->current];
    struct dense_generation *to = &self->generations[self->current ^ 1];
    if (!to->lines && generation_create(self, to, from->number + 1) != 0)
        return false;
    const uint64_t first = dense_home(from, self->border);
    const uint64_t end = first + BORDER_LINES < from->line_count ? first + BORDER_LINES : from->line_count;
    move_lines(self, from, to, first, end);
    if (end == from->line_count) {
        turn_up(self);
    } else {
        self->border = first_hash(from, end);
        for (uint64_t i = end; i < end + BORDER_LINES && i < from->line_count; i++)
            __builtin_prefetch(&from->lines[i]);
        note_border(self);
    }
    return true;
}

bool dense_index_make_room(struct dense_index *self, uint64_t count)
{
    free_retired(self);
    while (self->entry_count + count > self->entry_limit)
        if (!grow_step(self))
            return false;
    return true;
}

bool dense_index_thin_out(struct dense_index *self)
{
    const unsigned current = self->current;
    while (self->current == current)
        if (!grow_step(self))
            return false;
    return true;
}

/* The current generation becomes the next one, and what was that, and is empty, goes. */
static bool turn_down(struct dense_index *self)
{
    struct dense_generation *current = &self->generations[self->current];
    struct dense_generation *empty = &self->generations[self->current ^ 1];
    if (current->number == 0)
        return false;
    struct dense_generation lower;
    if (generation_create(self, &lower, current->number - 1) != 0)
        return false;
    assert(self->entry_count < lower.slot_total); /* see SHRINK_PERMILLE */
    generation_destroy(self, empty);
    *empty = lower;
    self->current ^= 1;
    current->used_to = lines_bytes(current);
    current->used_from = 0;
    empty->used_from = lines_bytes(empty);
    return true;
}

/* Moves the border down by some lines of the next generation. */
static bool shrink_step(struct dense_index *self)
{
    if (self->border == 0 && !turn_down(self))
        return false;
    struct dense_generation *to = &self->generations[self->current];
    struct dense_generation *from = &self->generations[self->current ^ 1];
    const uint64_t end = dense_home(from, self->border - 1) + 1;
    const uint64_t first = end > BORDER_LINES ? end - BORDER_LINES : 0;
    move_lines(self, from, to, first, end);
    self->border = first_hash(from, first);
    for (uint64_t i = first; i > 0 && i + BORDER_LINES > first; i--)
        __builtin_prefetch(&from->lines[i - 1]);
    if (self->border)
        note_border(self);
    else
        self->entry_limit = limit_at(to, 0);
    return true;
}

void dense_index_shrink(struct dense_index *self, uint64_t count)
{
    for (uint64_t steps = 0; steps < 2 * count; steps++) {
        const uint64_t low =
            self->entry_limit / 1000 * SHRINK_PERMILLE + self->entry_limit % 1000 * SHRINK_PERMILLE / 1000;
        if (self->entry_count + TABLE_BATCH_MAX >= low || !shrink_step(self))
            return;
    }
}

int dense_index_init(struct dense_index *self, struct heap *heap, const struct dense_entries *entries,
                     uint64_t seed)
{
    *self = (struct dense_index){.heap = heap, .entries = entries, .seed = seed};
    if (generation_create(self, &self->generations[0], 0) != 0)
        return ENOMEM;
    self->entry_limit = limit_at(&self->generations[0], 0);
    return 0;
}

void dense_index_destroy(struct dense_index *self)
{
    free_retired(self);
    generation_destroy(self, &self->generations[0]);
    generation_destroy(self, &self->generations[1]);
}
