/* SPDX-License-Identifier: MIT
 *
 * How linear_gradual grows and shrinks: the border between its two layouts (linear_gradual.h) moves.
 *
 * Growth. When the load passes its limit, the block is made twice as long, which costs a system call and
 * touches nothing, and the border moves from the top down, 8 lines for each entry that room is made for; at 0
 * the wide layout is the small one of the next growth. That is linear hashing's schedule (Litwin, 1980) in the
 * order of the hashes and not of their low bits, as spiral storage has it (Martin, 1979): so the entries of
 * neighbouring homes stay neighbours, probing may run over from home to home, and growth reads and writes
 * sequentially.
 *
 * Shrinking is the way back: below a quarter of the limit the layout counts as the wide one, and the border
 * rises from 0. What is left behind goes back to the system in pieces. The direction can change anywhere:
 * growth while the small layout's limit is passed, shrinking below half of it, and in between as before.
 *
 * A step takes all entries out of some lines around the border, sets the border, and puts them back. Let the
 * border go down from b to b', and let e be the end of the run that reaches b: line e - 1 is the first from
 * b - 1 on that is not full. No entry at e or behind with a small home exists, by (1). So lines b' to e hold
 * all small homes from b' to b, and these find their wide homes empty or as before. What else is in these
 * lines has a home below b', and all lines from there to b' are full, and stay so: it comes back to b' or
 * behind, never behind where it was, as there is less before it. So (1) holds. (2) and (3) hold if e + 16 <
 * 2 b'. That is so but for the last lines, where b' is set to 0 and the rest moves at once. Going up from b
 * to b', lines 2b to e are taken, e being the end of the run that reaches 2b'. What has a wide home from 2b'
 * on comes back in the same way. The rest goes to small homes, and if it is at most 8 (b' - b) - 4 entries,
 * it cannot fill more lines than the gap gains.
 *
 * How much an operation moves: 8 lines of at most 4 entries for each that room is made for - by one single
 * insert in eight for eight, some 200 entries then - and what the ends of runs add: 442 at most were seen; the
 * last 32 homes and their gap at most 64 lines. A longer run than 128 lines, which only hashes chosen with the
 * seed known can make, is moved at once and needs a block for the time.
 *
 * Migration ends in time: 8 lines an insert are through after home_count / 8 inserts, when the small
 * limit of 2.8 home_count is passed by 4 %; the old part is at 0.73 then.
 *
 * Measured, CPU time on a busy VM, the best of 3 or 4 runs:
 *   - all entries taken out and put back one by one, as relocate() does: 14 ns a move; by spread() 7 to 10.
 *   - the border 2, 4, 8, 16 lines an operation: 56, 58, 53, 52 ns an insert with 4 KiB pages, 42, 40, 38, 38
 *     with huge ones (40 M entries). More at a time is more for the one insert; less leaves the inserts to a
 *     fuller old part for longer.
 *   - limits from 0.57 to 0.75 differ by less than the noise of that VM: fuller tables fault in fewer pages,
 *     emptier ones read fewer lines.
 */
#include <string.h>

#include "tables/linear_gradual.h"

enum {
    /* With 81 homes at first, growth starts at 0.886 x 2^k entries, hardly later than in tables of 2^k slots
     * that fill to 7/8: so at every size both have grown as often, and have touched about as much memory. */
    LOAD_PERMILLE = 700,
    PACE_LINES = 8,    /* the border moves an entry that room is made for */
    STEP_LINES = 64,   /* at a time */
    LEAST_BORDER = 32, /* below that it moves to 0 */
    STEP_BUFFER_LINES = 128,
    DISCARD_LINES = (2 << 20) / sizeof(struct gradual_line),
    TRIM_LINES = (64 << 20) / sizeof(struct gradual_line),
};

static uint64_t limit_of(uint64_t home_count)
{
    return home_count * GRADUAL_SLOTS * LOAD_PERMILLE / 1000;
}

static bool is_between(const struct gradual *self)
{
    return self->border != self->home_count;
}

static bool is_empty(const struct gradual *self, uint64_t line)
{
    return self->lines[line].hashes[0] == 0;
}

static bool resize(struct gradual *self, uint64_t line_count)
{
    if (line_count > PTRDIFF_MAX / sizeof(*self->lines))
        return false;
    struct gradual_line *lines = heap_resize(self->heap, self->lines, self->line_count * sizeof(*lines),
                                             line_count * sizeof(*lines), GRADUAL_ALIGN_BYTES, HEAP_ZEROED);
    if (!lines)
        return false;
    self->lines = lines;
    self->line_count = line_count;
    return true;
}

/* Room for `count` lines of entries that run over the last home. */
static bool make_tail(struct gradual *self, uint64_t count)
{
    while (count >= self->line_count || !is_empty(self, self->line_count - count - 1)) {
        if (!resize(self, self->line_count + count + GRADUAL_SLACK_LINES))
            return false;
        self->slack_count += count + GRADUAL_SLACK_LINES;
    }
    return true;
}

/* The end of what has a home below `end`, or lies there. */
static uint64_t run_end(const struct gradual *self, uint64_t end)
{
    while (gradual_is_full(&self->lines[end - 1]))
        end++;
    return end;
}

static void place(const struct gradual *self, uint64_t hash, uint64_t value)
{
    struct gradual_line *line = self->lines + gradual_home(self, hash);
    while (gradual_is_full(line))
        line++;
    const unsigned slot = gradual_first_slot(gradual_slots_with(line, 0));
    line->hashes[slot] = hash;
    line->values[slot] = value;
}

/* Takes out what is in lines `first` to `end`, where a run ends, sets the border, and puts it back. */
static bool relocate(struct gradual *self, uint64_t first, uint64_t end, uint64_t border)
{
    struct gradual_line buffer[STEP_BUFFER_LINES];
    struct gradual_line *taken = buffer;
    const uint64_t count = end - first;
    if (!make_tail(self, count + 1))
        return false;
    if (count > STEP_BUFFER_LINES)
        taken = heap_alloc(self->heap, count * sizeof(*taken), GRADUAL_ALIGN_BYTES, 0);
    if (!taken)
        return false;
    memcpy(taken, self->lines + first, count * sizeof(*taken));
    memset(self->lines + first, 0, count * sizeof(*taken));
    self->border = border;
    for (const struct gradual_line *line = taken; line < taken + count; line++)
        for (unsigned slot = 0; slot < GRADUAL_SLOTS && line->hashes[slot] != 0; slot++) {
            place(self, line->hashes[slot], line->values[slot]);
            self->migrated_count++;
        }
    if (taken != buffer)
        heap_free(self->heap, taken, count * sizeof(*taken));
    return true;
}

/* The same for growth in the usual case: lines `first` to `end` begin and end a run, and the wide homes from
 * 2 first to 2 border are all behind them. So nothing is copied twice, and as these homes are empty,
 * `counts` knows what is in them. The branches left are rare. */
static bool spread(struct gradual *self, uint64_t first, uint64_t end)
{
    if (!make_tail(self, end - first + 1))
        return false;
    uint8_t counts[2 * STEP_BUFFER_LINES + 1] = {0}; /* one more, for what free slots hold */
    struct gradual_line nowhere;
    const uint64_t wide_count = 2 * self->home_count;
    const uint64_t to_count = 2 * (self->border - first);
    struct gradual_line *const to = self->lines + 2 * first;
    self->border = first;
    uint64_t moved_count = 0;
    for (uint64_t i = first; i < end; i++) {
        struct gradual_line *const line = self->lines + i;
        __builtin_prefetch(line - STEP_LINES, 1);
        __builtin_prefetch(self->lines + 2 * (i - STEP_LINES), 1);
        __builtin_prefetch(self->lines + 2 * (i - STEP_LINES) + 1, 1);
        for (unsigned slot = 0; slot < GRADUAL_SLOTS; slot++) {
            const uint64_t hash = line->hashes[slot];
            const uint64_t home = high_product(hash, wide_count) - 2 * first;
            uint64_t at = hash != 0 ? home : to_count;
            while (counts[at] == GRADUAL_SLOTS)
                at++;
            if (at == to_count && hash != 0) {
                place(self, hash, line->values[slot]);
            } else {
                struct gradual_line *const target = hash != 0 ? to + at : &nowhere;
                target->hashes[counts[at]] = hash;
                target->values[counts[at]] = line->values[slot];
                counts[at] = (uint8_t)(counts[at] + (hash != 0));
            }
            moved_count += hash != 0;
        }
        memset(line->hashes, 0, sizeof(line->hashes));
    }
    self->migrated_count += moved_count;
    return true;
}

static bool grow_to(struct gradual *self, uint64_t border)
{
    const uint64_t end = run_end(self, self->border);
    uint64_t first = border;
    while (first > LEAST_BORDER + STEP_LINES && end - first < STEP_BUFFER_LINES &&
           gradual_is_full(&self->lines[first - 1]))
        first--;
    if (first > LEAST_BORDER + STEP_LINES && end - first < STEP_BUFFER_LINES &&
        end + GRADUAL_ROOM_LINES < 2 * first)
        return spread(self, first, end);
    if (border < LEAST_BORDER || end + GRADUAL_ROOM_LINES >= 2 * border)
        border = 0;
    if (!relocate(self, border, end, border))
        return false;
    if (border == 0) {
        self->home_count *= 2;
        self->border = self->home_count;
    }
    return true;
}

static uint64_t count_entries(const struct gradual_line *lines, uint64_t count)
{
    uint64_t free_count = 0;
    for (uint64_t i = 0; i < count; i++)
        free_count += (unsigned)__builtin_popcount(gradual_slots_with(&lines[i], 0));
    return count * GRADUAL_SLOTS - free_count;
}

/* What is between the layouts now and will not be used again goes back, in pieces of a huge page. */
static void discard(struct gradual *self, uint64_t old_border)
{
    const uint64_t kept_count = self->home_count + self->slack_count;
    uint64_t first = 2 * old_border / DISCARD_LINES * DISCARD_LINES;
    const uint64_t end = 2 * self->border / DISCARD_LINES * DISCARD_LINES;
    if (first < kept_count)
        first = (kept_count + DISCARD_LINES - 1) / DISCARD_LINES * DISCARD_LINES;
    if (first < end && is_empty(self, first - 1) && self->heap->ops->discard)
        self->heap->ops->discard(self->heap, self->lines, first * sizeof(*self->lines),
                                 (end - first) * sizeof(*self->lines));
}

/* Shortens the block, whose end holds no memory any more; but the kernel has to look at all of it, so in
 * pieces, unless a heap that cannot discard would copy the block for each. */
static void trim(struct gradual *self)
{
    const uint64_t needed_count = self->home_count * (is_between(self) ? 2 : 1) + self->slack_count;
    if (self->line_count <= needed_count)
        return;
    const bool in_pieces = self->heap->ops->discard && self->line_count - needed_count > TRIM_LINES;
    const uint64_t line_count = in_pieces ? self->line_count - TRIM_LINES : needed_count;
    if (is_empty(self, line_count - GRADUAL_SLACK_LINES / 2))
        resize(self, line_count);
    else
        self->slack_count += GRADUAL_SLACK_LINES;
}

static void shrink_to(struct gradual *self, uint64_t border)
{
    if (border < 2 * LEAST_BORDER)
        border = 2 * LEAST_BORDER;
    if (border > self->home_count)
        border = self->home_count;
    const uint64_t old_border = self->border;
    const uint64_t first = 2 * old_border;
    const uint64_t end = run_end(self, 2 * border);
    const uint64_t spare_count = old_border ? 2 * (border - old_border) : border - GRADUAL_ROOM_LINES;
    if (count_entries(self->lines + first, end - first) > (spare_count - 1) * GRADUAL_SLOTS ||
        !relocate(self, first, end, border))
        return;
    discard(self, old_border);
}

static void begin_shrink(struct gradual *self)
{
    self->home_count /= 2;
    self->border = 0;
    self->is_growing = false;
    shrink_to(self, STEP_LINES);
    if (self->border == 0) {
        self->home_count *= 2;
        self->border = self->home_count;
    }
}

static void move_border(struct gradual *self, uint64_t n)
{
    const uint64_t limit = limit_of(self->home_count);
    if (self->entry_count + n > limit)
        self->is_growing = true;
    else if (self->entry_count < limit / 2)
        self->is_growing = false;
    uint64_t left = n * PACE_LINES;
    do {
        const uint64_t count = left < STEP_LINES ? left : STEP_LINES;
        if (!self->is_growing)
            shrink_to(self, self->border + count);
        else if (!grow_to(self, self->border > count ? self->border - count : 0))
            return;
        left -= count;
    } while (left && is_between(self));
}

bool gradual_make_room(struct gradual *self, uint64_t n)
{
    self->room_count = 0;
    if (is_between(self)) {
        move_border(self, n);
    } else if (self->entry_count + n > limit_of(self->home_count)) {
        const uint64_t line_count = 2 * self->home_count + self->slack_count;
        if (self->line_count < line_count && !resize(self, line_count))
            return false;
        move_border(self, n);
    }
    /* A look at line 2 border - 17 itself would map a fresh page for reading; its first write faults again. */
    if (is_between(self) && run_end(self, self->border) + GRADUAL_ROOM_LINES >= 2 * self->border &&
        !grow_to(self, 0))
        return false;
    return self->entry_count + n <= limit_of(self->home_count) * (is_between(self) ? 2 : 1) &&
           make_tail(self, GRADUAL_ROOM_LINES);
}

void gradual_note_erase(struct gradual *self, uint64_t n)
{
    self->room_count = 0;
    trim(self);
    if (is_between(self))
        move_border(self, n);
    else if (self->home_count > GRADUAL_FIRST_HOMES && self->entry_count < limit_of(self->home_count) / 4)
        begin_shrink(self);
}
