/* SPDX-License-Identifier: MIT
 *
 * The two ways in which linear tables grow, by any factor: linear_rebuild and linear_inplace.
 *
 * Growth from n slots to m > n keeps the order of homes. A hash is a fraction x of all hashes, its homes are
 * floor(x n) and floor(x m), so:
 *   (1) what had home i or above gets home floor(i m / n) or above;
 *   (2) what had home i - 1 or below gets a home below ceil(i m / n);
 *   (3) what gets home y or above had home floor(y n / m) or above.
 * So a rebuild reads and writes sequentially, and growth in place needs no second block.
 *
 * Lemma: insert entries from old slots below i, none of which had wrapped, into new slots that are empty; all
 * land below ceil(i m / n), so none wraps. Else let y be the lowest slot from which on all are taken up to
 * that bound, with one more entry to come: ceil(i m / n) - y + 1 entries get home y or above. With
 * a = i m / n - y > 0 these are at least a + 1. By (3) they came from old slots floor(y n / m) to i - 1, fewer
 * than i - y n / m + 1 = a n / m + 1 < a + 1: too few.
 *
 * So an empty old slot i is a border: what came from below it lies below ceil(i m / n), and what came from
 * above it without having wrapped has a home at or above that, as (i + 1) m / n > i m / n + 1.
 */
#include <errno.h>

#include "tables/linear.h"

enum { PAGE_BYTES = 4096 };

/* i m / n without a division a slot. */
struct stretch {
    uint64_t whole;
    uint64_t fraction; /* of 2^64, rounded down */
};

static struct stretch stretch_of(uint64_t old_count, uint64_t new_count)
{
    const uint64_t rest = new_count % old_count;
    return (struct stretch){
        .whole = new_count / old_count,
        .fraction = (uint64_t)(((unsigned __int128)rest << 64) / old_count),
    };
}

/* At most i m / n, and less by less than 2. */
static inline uint64_t stretched(const struct stretch *stretch, uint64_t i)
{
    return i * stretch->whole + high_product(i, stretch->fraction);
}

/* The next number of slots with a higher limit, or 0. */
static uint64_t next_slot_count(const struct linear *self)
{
    uint64_t slot_count = self->slot_count;
    do
        slot_count = growth_next(&self->growth, slot_count);
    while (slot_count && linear_limit(slot_count, self->load_permille) == self->entry_limit);
    return slot_count;
}

ENTRY_INLINE uint64_t first_empty(const struct linear *self, uint64_t i, size_t entry_bytes)
{
    while (!is_empty(self, i, entry_bytes))
        i = slot_after(self, i);
    return i;
}

/* Slot order, from an empty slot on, so that what wrapped comes last.
 *
 * To read a fresh page and then write it faults twice: first the shared zero page is mapped, then copied.
 * Probing reads first, so each page gets a write of its own before. It must not hit an entry: while old slot
 * i is empty, all that has been moved came from slots below i without having wrapped, and lies below
 * ceil(i m / n) (lemma). */
ENTRY_INLINE void rehash(const struct linear *self, const void *old_slots, uint64_t old_count,
                         size_t entry_bytes)
{
    const struct stretch stretch = stretch_of(old_count, self->slot_count);
    const uint64_t page_slots = PAGE_BYTES / entry_bytes;
    uint64_t i = 0;
    while (entry_at(old_slots, i, entry_bytes)->key != EMPTY_KEY)
        i++;
    uint64_t touched = stretched(&stretch, i);
    for (uint64_t n = 0; n < old_count; n++, i = i + 1 == old_count ? 0 : i + 1) {
        const struct entry *entry = entry_at(old_slots, i, entry_bytes);
        if (entry->key != EMPTY_KEY) {
            const uint64_t place = first_empty(self, home_of(self, entry->key), entry_bytes);
            entry_copy(slot_at(self, place, entry_bytes), entry, entry_bytes);
            continue;
        }
        const uint64_t bound = stretched(&stretch, i) + 2;
        for (; touched < bound + page_slots && touched < self->slot_count; touched += page_slots)
            if (touched >= bound)
                slot_at(self, touched, entry_bytes)->key = EMPTY_KEY;
    }
}

int linear_grow_by_rebuild(struct linear *self)
{
    void *const old_slots = self->slots;
    const uint64_t old_count = self->slot_count;
    const uint64_t new_count = next_slot_count(self);
    void *slots = new_count
                      ? heap_alloc(self->heap, new_count * self->entry_bytes, LINEAR_ALIGN_BYTES, HEAP_ZEROED)
                      : NULL;
    if (!slots)
        return ENOMEM;
    linear_adopt_slots(self, slots, new_count);
    BY_ENTRY_BYTES(self->entry_bytes, rehash, self, old_slots, old_count);
    heap_free(self->heap, old_slots, old_count * self->entry_bytes);
    return 0;
}

/* Growth in place, first step: entry by entry, from the top of the old slots down, to a settled place: one
 * with no empty slot between the new home and it. Only what had wrapped stays, in the bottom cluster.
 *
 * Below `place` nothing has changed yet. The entry had its home at or below it, with no empty slot between. If
 * the new home is not above it, it is settled where it is. If it is, the entry goes, as one that is erased
 * goes: what lies behind the gap and may live there moves back, which leaves the gap in its old place. Once the
 * gap is at the new home or above, the entry fills it; if it closes before, the entry goes to the first empty
 * slot from its new home on.
 *
 * None wraps: when all slots from y on are taken by settled entries with new homes at or above y, the lemma
 * leaves no further entry with such a home. (With what had wrapped among them, all slots but one would be
 * taken; but old ones were empty, and there are more now.) */
ENTRY_INLINE void shift_up(const struct linear *self, uint64_t place, uint64_t old_count, size_t entry_bytes)
{
    struct entry *const entry = slot_at(self, place, entry_bytes);
    const uint64_t hash = table_hash(entry->key, self->seed);
    const uint64_t home = high_product(hash, self->slot_count);
    if (home <= place || high_product(hash, old_count) > place)
        return;
    uint64_t words[TABLE_ENTRY_BYTES_MAX / sizeof(uint64_t)];
    struct entry *const held = (struct entry *)words;
    entry_copy(held, entry, entry_bytes);
    uint64_t gap = place;
    for (uint64_t i = place + 1; gap < home && i < self->slot_count && !is_empty(self, i, entry_bytes); i++) {
        const struct entry *behind = slot_at(self, i, entry_bytes);
        if (home_of(self, behind->key) <= gap) {
            entry_copy(slot_at(self, gap, entry_bytes), behind, entry_bytes);
            gap = i;
        }
    }
    slot_at(self, gap, entry_bytes)->key = EMPTY_KEY;
    const uint64_t to = gap >= home ? gap : first_empty(self, home, entry_bytes);
    entry_copy(slot_at(self, to, entry_bytes), held, entry_bytes);
}

/* All clusters, which are maximal runs of occupied slots [start, end). As slot start - 1 is empty, old homes
 * are at or above `start`, and new ones above what has been touched (1). Returns the end of the bottom cluster, which starts at slot 0; or 0. */
ENTRY_INLINE uint64_t shift_clusters(const struct linear *self, uint64_t old_count, size_t entry_bytes)
{
    const struct stretch stretch = stretch_of(old_count, self->slot_count);
    const uint64_t page_slots = PAGE_BYTES / entry_bytes;
    uint64_t end = old_count;
    uint64_t touched = self->slot_count;
    for (;;) {
        while (end > 0 && is_empty(self, end - 1, entry_bytes))
            end--;
        uint64_t start = end;
        while (start > 0 && !is_empty(self, start - 1, entry_bytes))
            start--;
        /* As in rehash: fresh pages are written before they are read. Nothing has landed this low yet. */
        const uint64_t lowest_home = stretched(&stretch, start);
        for (; touched > lowest_home && touched >= old_count + page_slots; touched -= page_slots)
            slot_at(self, touched - page_slots, entry_bytes)->key = EMPTY_KEY;
        for (uint64_t i = end; i > start; i--)
            shift_up(self, i - 1, old_count, entry_bytes);
        if (start == 0)
            return end;
        end = start;
    }
}

/* Moves the entry to the first empty slot of its path, if that is not behind its place. */
ENTRY_INLINE void reinsert(const struct linear *self, uint64_t place, size_t entry_bytes)
{
    struct entry *entry = slot_at(self, place, entry_bytes);
    uint64_t i = home_of(self, entry->key);
    while (i != place && !is_empty(self, i, entry_bytes))
        i = slot_after(self, i);
    if (i == place)
        return;
    entry_copy(slot_at(self, i, entry_bytes), entry, entry_bytes);
    entry->key = EMPTY_KEY;
}

/* Second step, for what had wrapped: one sweep over the bottom cluster, and on to the first empty slot.
 *
 * What the sweep takes from a place lands there or earlier on its path: so ahead of the sweep only what had
 * wrapped. It ends at a slot that was empty all the time: what is settled beyond that has it not on its path.
 *
 * No path is left with an empty slot. Let the sweep empty slot s on the path of an entry at q. If s < q, slots
 * s + 1 to q are occupied then, so it goes on to q and mends that. If s > q, the entry has wrapped, and so it
 * had before; s is between its home and the top. The cluster that had wrapped began behind an empty old slot,
 * and the home is above that border. All that lies above the border has its home there: the rest lies below
 * (what had wrapped counts as at home until the sweep takes it). So the first slot that the sweep empties there
 * would be that of an entry with an empty slot on its path already, and there is none: it empties nothing. */
ENTRY_INLINE void settle_wrapped(const struct linear *self, uint64_t bottom_end, size_t entry_bytes)
{
    for (uint64_t i = 0; i < self->slot_count; i++)
        if (!is_empty(self, i, entry_bytes))
            reinsert(self, i, entry_bytes);
        else if (i >= bottom_end)
            return;
}

ENTRY_INLINE void spread(const struct linear *self, uint64_t old_count, size_t entry_bytes)
{
    settle_wrapped(self, shift_clusters(self, old_count, entry_bytes), entry_bytes);
}

int linear_grow_in_place(struct linear *self)
{
    const uint64_t old_count = self->slot_count;
    const uint64_t new_count = next_slot_count(self);
    void *slots = new_count ? heap_resize(self->heap, self->slots, old_count * self->entry_bytes,
                                          new_count * self->entry_bytes, LINEAR_ALIGN_BYTES, HEAP_ZEROED)
                            : NULL;
    if (!slots)
        return ENOMEM;
    linear_adopt_slots(self, slots, new_count);
    BY_ENTRY_BYTES(self->entry_bytes, spread, self, old_count);
    return 0;
}
