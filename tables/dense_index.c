/* SPDX-License-Identifier: MIT
 *
 * How the index of `dense` grows and shrinks; what it is stands in dense_index.h.
 */
#include "tables/dense_generation.h"

#include <errno.h>

enum {
    SHRINK_PERMILLE = 875, /* of the limit: fewer entries, and the border goes down */
    BORDER_LINES = 16,     /* that it moves at a time: some 170 entries */
};

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
                                   uint64_t home, uint8_t tag, uint64_t key)
{
    struct dense_line *line = dense_line_at(generation, home);
    struct dense_slot found = match_in(self, generation, line, tag, key);
    if (found.line || !(line->overflow & dense_filter_bit(tag)))
        return found;
    const uint64_t reach = dense_reach(generation, line);
    for (uint64_t i = 1; i <= reach && !found.line; i++) {
        line = dense_line_or_null(generation, dense_probe(generation, home, i));
        if (line)
            found = match_in(self, generation, line, tag, key);
    }
    return found;
}

void dense_index_add(struct dense_generation *generation, uint64_t home, uint64_t hash, uint64_t record)
{
    uint64_t line_number = home;
    uint64_t probes = 0;
    uint32_t free_slots = 0;
    struct dense_line *line = dense_line_at(generation, home);
    while (!line || !(free_slots = dense_match(line, 0) & generation->slot_mask)) {
        line_number = dense_probe(generation, home, ++probes);
        line = dense_line_or_null(generation, line_number);
    }
    const unsigned slot = (unsigned)__builtin_ctz(free_slots);
    const uint8_t tag = tag_of(hash >> generation->tag_shift);
    const uint64_t of_hash = hash >> (generation->tag_shift + 8) << generation->record_bits;
    dense_set_word(line, slot, generation->word_bytes, record | of_hash);
    line->tags[slot] = tag;
    generation->entry_count++;
    if (!probes)
        return;
    line->overflow |= dense_guest_bit(slot);
    dense_add_away(dense_line_at(generation, home), probes, tag);
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

/* What a slot tells of its key's hash, when it is at home in a line that begins with the hash `line_hash`:
 * the word has the low ones of the top bits, the line's place the others, and the tag those below. Returns
 * the smallest hash that it may be; *last is the largest. */
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
    struct dense_line *lines[BORDER_LINES];
    uint32_t own[BORDER_LINES];
    uint64_t line_hashes[BORDER_LINES];
    for (uint64_t i = first; i < end; i++) {
        lines[i - first] = dense_line_at(from, i);
        own[i - first] =
            ~dense_match(lines[i - first], 0) & ~dense_guests(lines[i - first]) & from->slot_mask;
        line_hashes[i - first] = dense_first_hash(from, i);
    }
    const uint32_t is_told = from->tells_homes && from->tag_shift == to->tag_shift;
    uint16_t unsure[BORDER_LINES * DENSE_LINE_SLOTS + 1];
    size_t unsure_count = 0;
    size_t n = 0;
    for (unsigned slot = 0; slot < from->slot_count; slot++) {
        for (uint64_t i = first; i < end; i++) {
            struct dense_line *line = lines[i - first];
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
        const uint64_t reach = dense_reach(from, dense_line_at(from, home));
        for (uint64_t probe = 1; probe <= reach; probe++) {
            struct dense_line *line = dense_line_or_null(from, dense_probe(from, home, probe));
            if (!line)
                continue;
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
        dense_line_at(from, i)->overflow &= ~(uint32_t)DENSE_AWAY_MASK;
    from->entry_count -= n;
    self->moved_count += n;
}

/* No fewer than are at home in lines first .. end - 1. */
static uint64_t most_at_home(const struct dense_generation *generation, uint64_t first, uint64_t end)
{
    uint64_t most = 0;
    for (uint64_t i = first; i < end; i++) {
        const uint32_t away = dense_line_at(generation, i)->overflow >> DENSE_COUNT_SHIFT & DENSE_COUNT_MAX;
        most += away < DENSE_COUNT_MAX ? generation->slot_count + away : generation->entry_count;
    }
    return most < generation->entry_count ? most : generation->entry_count;
}

/* The next generation is full, the current one empty. */
static void turn_up(struct dense_index *self)
{
    struct dense_generation *old = &self->generations[self->current];
    const unsigned number = old->number + 2;
    dense_generation_destroy(self, old, false);
    self->current ^= 1;
    self->border = 0;
    self->entry_limit = dense_limit_at(&self->generations[self->current], 0);
    (void)dense_generation_create(self, old, number); /* else once it is needed */
}

/* Moves the border up by some lines. False = no memory, and nothing changed. */
static bool grow_step(struct dense_index *self)
{
    struct dense_generation *from = &self->generations[self->current];
    struct dense_generation *to = &self->generations[self->current ^ 1];
    if (!to->slabs && dense_generation_create(self, to, from->number + 1) != 0)
        return false;
    const uint64_t first = dense_home(from, self->border);
    const uint64_t end = first + BORDER_LINES < from->line_count ? first + BORDER_LINES : from->line_count;
    const uint64_t border = end < from->line_count ? dense_first_hash(from, end) : 0;
    if (!dense_lines_take(self, to, dense_home(to, self->border), dense_home(to, border - 1)) ||
        !dense_slots_take(self, to, most_at_home(from, first, end)))
        return false;
    move_lines(self, from, to, first, end);
    if (border == 0) {
        turn_up(self);
        return true;
    }
    self->border = border;
    for (uint64_t i = end; i < end + BORDER_LINES && i < from->line_count; i++)
        __builtin_prefetch(dense_line_at(from, i));
    dense_note_border(self);
    return true;
}

bool dense_index_make_room(struct dense_index *self, uint64_t count)
{
    dense_free_retired(self);
    while (self->entry_count + count > self->entry_limit)
        if (!grow_step(self))
            return false;
    return true;
}

bool dense_index_thin_out(struct dense_index *self, struct dense_generation *generation)
{
    if (dense_slots_take(self, generation, 1))
        return true;
    const unsigned current = self->current;
    if (generation != &self->generations[current])
        return false;
    while (self->current == current)
        if (!grow_step(self))
            return false;
    return true;
}

/* Where the lines to be moved begin, on the way down from this border. */
static uint64_t shrink_first(const struct dense_generation *from, uint64_t border)
{
    const uint64_t end = dense_home(from, border - 1) + 1;
    return end > BORDER_LINES ? end - BORDER_LINES : 0;
}

static bool take_for_shrink(struct dense_index *self, const struct dense_generation *from,
                            struct dense_generation *to)
{
    const uint64_t first = shrink_first(from, self->border);
    return dense_lines_take(self, to, dense_home(to, dense_first_hash(from, first)),
                            dense_home(to, self->border - 1)) &&
           dense_slots_take(self, to, most_at_home(from, first, dense_home(from, self->border - 1) + 1));
}

/* The current generation becomes the next one, and what was that, and is empty, goes. */
static bool turn_down(struct dense_index *self)
{
    struct dense_generation *current = &self->generations[self->current];
    struct dense_generation *empty = &self->generations[self->current ^ 1];
    if (current->number == 0)
        return false;
    struct dense_generation lower;
    if (dense_generation_create(self, &lower, current->number - 1) != 0)
        return false;
    lower.slabs_from = lower.slabs_to = lower.slab_count;
    if (!take_for_shrink(self, current, &lower)) {
        dense_generation_destroy(self, &lower, true);
        return false;
    }
    dense_generation_destroy(self, empty, true);
    *empty = lower;
    dense_note_record_limit(self);
    self->current ^= 1;
    dense_give_back_vacated(self);
    return true;
}

/* Moves the border down by some lines of the next generation. */
static bool shrink_step(struct dense_index *self)
{
    if (self->border == 0 && !turn_down(self))
        return false;
    struct dense_generation *to = &self->generations[self->current];
    struct dense_generation *from = &self->generations[self->current ^ 1];
    if (!take_for_shrink(self, from, to))
        return false;
    const uint64_t first = shrink_first(from, self->border);
    move_lines(self, from, to, first, dense_home(from, self->border - 1) + 1);
    self->border = dense_first_hash(from, first);
    for (uint64_t i = first; i > 0 && i + BORDER_LINES > first; i--)
        __builtin_prefetch(dense_line_at(from, i - 1));
    if (self->border)
        dense_note_border(self);
    else
        self->entry_limit = dense_limit_at(to, 0);
    return true;
}

void dense_index_shrink(struct dense_index *self, uint64_t count)
{
    dense_free_retired(self);
    for (uint64_t steps = 0; steps < 2 * count; steps++) {
        const uint64_t low =
            self->entry_limit / 1000 * SHRINK_PERMILLE + self->entry_limit % 1000 * SHRINK_PERMILLE / 1000;
        if (self->entry_count + TABLE_BATCH_MAX >= low || !shrink_step(self))
            return;
    }
}

int dense_index_init(struct dense_index *self, struct heap *heap, struct dense_entries *entries,
                     uint64_t seed)
{
    *self = (struct dense_index){.heap = heap, .entries = entries, .seed = seed};
    struct dense_generation *only = &self->generations[0];
    if (dense_generation_create(self, only, 0) != 0 || !dense_lines_take(self, only, 0, only->line_count - 1))
        return ENOMEM;
    self->entry_limit = dense_limit_at(&self->generations[0], 0);
    return 0;
}

void dense_index_destroy(struct dense_index *self)
{
    dense_generation_destroy(self, &self->generations[0], false);
    dense_generation_destroy(self, &self->generations[1], false);
    dense_free_retired(self);
}
