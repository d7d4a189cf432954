/* SPDX-License-Identifier: MIT
 *
 * How the border of `paged` goes up and down.
 *
 * Growth: a step takes what has its home in the next STEP_GROUPS groups of the old generation, in the order
 * of the homes and with what went past into the groups behind, and appends it to the next generation, where
 * nothing lives behind the border yet: two sequential passes. It comes when the entries reach the room that
 * the old generation has at the border, where it is fullest. A generation is wider than the one before by a
 * factor, its growth, and its own end is as many times as wide as its beginning, so this limit never jumps.
 * With limit load a and growth g, the share of the entries that may be taken is a ln g / (g - 1) at every
 * moment, and an insert moves 1 / ln g others: the one is bought with the other. Where the next generation
 * has another limit load, it becomes that one as the border goes up.
 *
 * Shrinking: the same step back, when the entries are a quarter fewer than where growth would come, so that
 * an insert and an erase by turns move nothing.
 */
#include "tables/paged_memory.h"

#include <assert.h>
#include <string.h>

enum {
    /* Of the old generation, in one step of growth or shrinking: 840 entries on average at a load of 0.93. */
    STEP_GROUPS = 30,
    ARRIVAL_GROUPS = 2 * STEP_GROUPS,
};

/* ---- entries ---- */

struct paged_entry *paged_place(struct paged *self, struct generation *generation, uint64_t home,
                                uint64_t place, uint64_t hash)
{
    for (uint64_t i = home; i < place; i++)
        group_at(self, generation, i)->passed++;
    if (place >= generation->end)
        generation->end = place + 1;
    struct group *group = group_at(self, generation, place);
    const unsigned i = lowest_bit(tags_equal(group, 0));
    group->tags[i] = tag_of(hash);
    return &group->entries[i];
}

/* NULL = all groups within reach of the home are full, and nothing has changed. */
static struct paged_entry *place_within(struct paged *self, struct generation *generation, uint64_t hash,
                                        uint64_t reach, uint64_t *place)
{
    const uint64_t home = spiral_home(&generation->spiral, hash);
    for (*place = home; !tags_equal(group_at(self, generation, *place), 0); ++*place)
        if (*place - home == reach - 1)
            return NULL;
    return paged_place(self, generation, home, *place, hash);
}

void paged_remove(struct paged *self, struct generation *generation, uint64_t place, unsigned index)
{
    struct group *group = group_at(self, generation, place);
    group->tags[index] = 0;
    for (uint64_t i = spiral_home(&generation->spiral, group->entries[index].hash); i < place; i++)
        group_at(self, generation, i)->passed--;
}

/* ---- growth ---- */

/* Where a step's entries arrive: from the home of the border on, mostly in groups that were empty. How far
 * those are filled is counted here, as tags that were just written one by one are slow to read together. */
struct arrival {
    struct generation *generation;
    uint64_t first; /* home */
    uint64_t count; /* of groups */
    uint8_t filled[ARRIVAL_GROUPS];
    struct group *groups[ARRIVAL_GROUPS];
};

ENTRY_INLINE void prefetch_group(const struct group *group, bool for_write)
{
    const char *line = (const char *)group;
    for (size_t i = 0; i < sizeof(*group); i += 64) {
        if (for_write)
            __builtin_prefetch(line + i, 1);
        else
            __builtin_prefetch(line + i, 0);
    }
}

/* The first of them may have entries: if these are the lowest ones it can be filled like an empty one. */
static uint8_t filled_of(const struct group *group)
{
    const unsigned taken = entries_taken(group);
    return (taken & (taken + 1)) == 0 ? (uint8_t)__builtin_popcount(taken) : GROUP_ENTRIES;
}

/* Groups first to last, or as many as fit; the others are found one by one. */
static void arrival_init(struct arrival *arrival, const struct paged *self, struct generation *generation,
                         uint64_t first, uint64_t last)
{
    arrival->generation = generation;
    arrival->first = first;
    arrival->count = last - first + 1 < ARRIVAL_GROUPS ? last - first + 1 : ARRIVAL_GROUPS;
    for (uint64_t i = 0; i < arrival->count; i++) {
        arrival->groups[i] = group_at(self, generation, first + i);
        arrival->filled[i] = 0;
        prefetch_group(arrival->groups[i], true);
    }
    for (uint64_t i = 0; i < arrival->count && first + i < generation->end; i++)
        arrival->filled[i] = filled_of(arrival->groups[i]);
}

/* Where the group may have holes, or is full. */
static void arrive_anywhere(struct paged *self, struct arrival *arrival, struct paged_entry entry)
{
    uint64_t place;
    struct paged_entry *free = place_within(self, arrival->generation, entry.hash, 2 * REACH_GROUPS, &place);
    assert(free); /* there_is_room said so */
    *free = entry;
    const uint64_t i = place - arrival->first;
    if (i < arrival->count && arrival->filled[i] < GROUP_ENTRIES)
        arrival->filled[i]++;
}

ENTRY_INLINE void arrive(struct paged *self, struct arrival *arrival, struct paged_entry entry)
{
    const uint64_t i = spiral_home(&arrival->generation->spiral, entry.hash) - arrival->first;
    if (__builtin_expect(i >= arrival->count || arrival->filled[i] == GROUP_ENTRIES, 0)) {
        arrive_anywhere(self, arrival, entry);
        return;
    }
    struct group *group = arrival->groups[i];
    const unsigned filled = arrival->filled[i]++;
    group->tags[filled] = tag_of(entry.hash);
    group->entries[filled] = entry;
}

/* Entries that live behind `stop` and have their home before it. */
static uint64_t collect_passed(struct paged *self, struct generation *old, uint64_t stop,
                               struct arrival *arrival)
{
    uint64_t count = 0;
    bool passed = true;
    for (uint64_t place = stop; passed && place < stop + 2 * REACH_GROUPS; place++) {
        struct group *group = group_at(self, old, place);
        for (unsigned taken = entries_taken(group); taken; taken &= taken - 1) {
            const unsigned i = lowest_bit(taken);
            if (spiral_home(&old->spiral, group->entries[i].hash) >= stop)
                continue;
            arrive(self, arrival, group->entries[i]);
            group->tags[i] = 0;
            for (uint64_t between = stop; between < place; between++)
                group_at(self, old, between)->passed--;
            count++;
        }
        passed = group->passed != 0;
    }
    return count;
}

/* Whether what has its home before `stop` will be within reach of its new homes, from `first` to `last`. It
 * is, but where keys are chosen with the seed: behind next->end all is empty. */
static bool there_is_room(const struct paged *self, uint64_t stop, uint64_t first, uint64_t last)
{
    const struct generation *old = &self->generations[0], *next = &self->generations[1];
    const unsigned passed = group_at(self, old, stop - 1)->passed;
    const uint64_t passed_groups = (passed + GROUP_ENTRIES - 1) / GROUP_ENTRIES;
    const uint64_t empty = next->end > last + 1 ? next->end : last + 1;
    return empty + STEP_GROUPS + passed_groups <= first + 2 * REACH_GROUPS;
}

bool paged_grow(struct paged *self)
{
    struct generation *old = &self->generations[0], *next = &self->generations[1];
    if (!next->segments && !paged_generation_open(self, next, old->number + 1))
        return false;
    const uint64_t stop =
        old->front + STEP_GROUPS < old->home_count ? old->front + STEP_GROUPS : old->home_count;
    const bool is_last = stop == old->home_count;
    const uint64_t border = is_last ? 0 : spiral_first_hash(&old->spiral, stop);
    const uint64_t first_home = spiral_home(&next->spiral, self->border);
    const uint64_t last_home = spiral_home(&next->spiral, border - 1);
    if (!there_is_room(self, stop, first_home, last_home) ||
        !paged_segments_take(self, next, first_home, last_home + MARGIN_GROUPS))
        return false;

    struct arrival arrival;
    arrival_init(&arrival, self, next, first_home, last_home);
    uint64_t migrated = 0;
    unsigned passed = 0;
    for (uint64_t place = old->front; place < stop; place++) {
        struct group *group = group_at(self, old, place);
        prefetch_group(group_at(self, old, place + 4), false);
        for (unsigned taken = entries_taken(group); taken; taken &= taken - 1) {
            arrive(self, &arrival, group->entries[lowest_bit(taken)]);
            migrated++;
        }
        passed = group->passed;
        memset(group, 0, offsetof(struct group, entries));
    }
    if (passed)
        migrated += collect_passed(self, old, stop, &arrival);
    if (next->end <= last_home)
        next->end = last_home + 1;
    self->migrated_entries += migrated;

    paged_segments_give(self, old, old->front >> SEGMENT_GROUP_BITS, stop >> SEGMENT_GROUP_BITS, false);
    old->front = stop;
    self->border = border;
    if (is_last) {
        paged_generation_close(self, old, false);
        *old = *next;
        *next = (struct generation){0};
    }
    paged_set_limits(self);
    return true;
}

/* ---- shrinking ---- */

/* Copies what lives in groups of `next` from `first` on and is not below `lowest` to `old`. */
static bool copy_back(struct paged *self, uint64_t first, uint64_t lowest)
{
    struct generation *old = &self->generations[0];
    const struct generation *next = &self->generations[1];
    for (uint64_t place = first; place < next->end; place++) {
        const struct group *group = group_at(self, next, place);
        for (unsigned taken = entries_taken(group); taken; taken &= taken - 1) {
            const struct paged_entry *entry = &group->entries[lowest_bit(taken)];
            if (entry->hash < lowest)
                continue;
            uint64_t ignored;
            struct paged_entry *copy = place_within(self, old, entry->hash, REACH_GROUPS, &ignored);
            if (!copy)
                return false;
            *copy = *entry;
        }
    }
    return true;
}

/* Removes from the groups first to end - 1 the hashes from `lowest` to `highest`; returns how many, and in
 * `end` one behind the last group that is not empty, or is the first. */
static uint64_t remove_range(struct paged *self, struct generation *generation, uint64_t first, uint64_t *end,
                             uint64_t lowest, uint64_t highest)
{
    uint64_t count = 0, new_end = first + 1; /* hashes below may have their home there */
    for (uint64_t place = first; place < *end; place++) {
        const struct group *group = group_at(self, generation, place);
        for (unsigned taken = entries_taken(group); taken; taken &= taken - 1) {
            const unsigned i = lowest_bit(taken);
            if (group->entries[i].hash < lowest || group->entries[i].hash > highest) {
                new_end = place + 1;
                continue;
            }
            paged_remove(self, generation, place, i);
            count++;
        }
    }
    *end = new_end;
    return count;
}

/* The generation before the old one becomes the old one, with nothing in it yet. */
static bool step_back(struct paged *self)
{
    struct generation *old = &self->generations[0], *next = &self->generations[1];
    struct generation smaller;
    if (old->number == 0 || !paged_generation_open(self, &smaller, old->number - 1))
        return false;
    smaller.front = smaller.end = smaller.home_count;
    if (!paged_segments_take(self, &smaller, smaller.front - 1, smaller.front - 1 + MARGIN_GROUPS)) {
        paged_generation_close(self, &smaller, true);
        return false;
    }
    paged_generation_close(self, next, true);
    *next = *old;
    *old = smaller;
    return true;
}

/* The opposite of step_back: for a first step that found no memory, as there is no border behind all
 * hashes. */
static void step_forward(struct paged *self)
{
    paged_generation_close(self, &self->generations[0], true);
    self->generations[0] = self->generations[1];
    self->generations[1] = (struct generation){0};
}

bool paged_shrink(struct paged *self)
{
    struct generation *old = &self->generations[0], *next = &self->generations[1];
    const bool is_first = self->border == 0;
    if (is_first && !step_back(self))
        return false;
    const uint64_t front = old->front > STEP_GROUPS ? old->front - STEP_GROUPS : 0;
    const uint64_t lowest = front ? spiral_first_hash(&old->spiral, front) : 0;
    const uint64_t first = spiral_home(&next->spiral, lowest);
    const bool there_is_memory = paged_segments_take(self, old, front, old->front - 1);
    if (!there_is_memory || !copy_back(self, first, lowest)) {
        uint64_t end = old->front + REACH_GROUPS;
        if (there_is_memory)
            remove_range(self, old, front, &end, lowest, self->border - 1);
        if (is_first)
            step_forward(self);
        return false;
    }
    self->migrated_entries += remove_range(self, next, first, &next->end, lowest, UINT64_MAX);
    old->front = front;
    self->border = lowest;
    if (front == 0) {
        paged_generation_close(self, next, true);
        paged_pool_trim(self);
    } else {
        const uint64_t kept = next->end + MARGIN_GROUPS;
        paged_segments_give(self, next, (kept >> SEGMENT_GROUP_BITS) + 1, next->segment_count, true);
    }
    paged_set_limits(self);
    return true;
}
