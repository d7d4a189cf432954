/* SPDX-License-Identifier: MIT
 *
 * paged: memory follows the payload at every moment. Nothing doubles, nothing is ever copied as a whole, and
 * no page is resident that does not hold entries, but for a few segments.
 *
 * It is spiral storage (Martin 1979; Mullin 1985, "Spiral storage: efficient dynamic hashing with constant
 * performance") over groups with tags (as in F14 and absl's Swiss tables) in recycled segments: the layout is
 * in paged.h, the geometry in spiral.h, memory in paged_memory.c, growth and shrinking in paged_growth.c, the
 * operations here.
 *
 * Every search ends: a group is passed only by entries that live behind it, and none lives behind the row's
 * margin, so the last group of a row is never passed. Every insert that there is room for finds a free place:
 * growth keeps the number of entries below the room at the density of the border, where groups are fullest.
 * That a row of full groups is longer than REACH_GROUPS has a chance of some e^-15 there, and far less
 * elsewhere; then growth is made to go on, which spreads such a row first. Keys that are chosen with the seed
 * known can have one home: they are refused as out of memory when their row is that long, and the table stays
 * whole.
 *
 * Load at the border a and growth g, both for about the same memory, in large tables (56 M entries, ns an
 * insert in batches of 32, means of two runs; absl_flat on its best allocator took 92 with pages of 4 KiB and
 * 68 with huge ones in the same hour):
 *
 *     a     g      4 KiB  huge  resident
 *     0.93  1.55   86     79    1.44   a full home sends an insert behind, to what nobody has fetched
 *     0.90  1.45   83     75    1.43
 *     0.88  1.40   76     69    1.44
 *     0.86  1.35   75     68    1.44
 *     0.84  1.30   73     68    1.45   the more that moves for each insert eats up what is won
 *
 * Steps of 4, 8, 16 and 32 groups: 84, 79, 77 and 75; with 30, one hardly ever moves more than 1,024. Of an
 * insert's 75 some 24 are the wait for its home, that the processor can have only so many of under way, 10
 * that for the entry's line, 15 growth, 10 page faults.
 *
 * Other designs, each written out and measured in turns with absl_flat (least of 2 to 3 runs each, 4 KiB
 * pages, ns an operation in batches of 32; the machine was shared, so differences of a tenth say nothing):
 *
 *     entries                                       fill  hit  miss  worst resident  absl: fill  hit  miss
 *     2^25  as here, but g = 1.6, b = 30             86   47    49  1.48                   107   67    59
 *     2^25  g = 1.5, a = 0.89, b = 15                96   46    50  1.50                   120   70    67
 *     2^25  g = 1.3, a = 0.85, b = 15               113   52    61  1.44                   114   64    58
 *     2^25  slots in order of the hashes, no        171   47    45  1.40                   133   64    61
 *           segments: pages faulted in anew
 *     2^24  partial expansions (Larson 1988),       168   51    55  1.48                   104   61    56
 *           buckets of 2 or 3 pages of 16 KiB
 *     2^24  warped segments of 12 and 18 KiB,       107   38    39  1.47                    96   54    54
 *           slots in order of the hashes
 *     56 M  homes of two lines of 4, no tags        117   -     -   1.47                    92    -     -
 *
 * b is the entries of a group: one of 30 is full half as often as one of 15. In order of the hashes a search
 * ends soonest, but an insert shifts entries through lines that nobody has fetched. Partial expansions move
 * 0.8 entries an insert in place of 3, but must find them among 2.5 that stay, and bring home those that
 * had gone past. Segments have a directory to look into first, and are read and written as a whole. Without
 * tags a home has to be small, so a third of the inserts find it full; lines of 4 alone took 190 ns and more
 * for a miss.
 */
#include "tables/paged.h"

#include <errno.h>

enum { INSERT_RETRIES = 64 };

static void *paged_create(struct heap *heap, const struct table_options *options)
{
    struct paged *self = heap_alloc(heap, sizeof(*self), _Alignof(struct paged), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap = heap;
    self->seed = options->seed;
    if (!paged_open(self)) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    return self;
}

static void paged_destroy(void *table)
{
    struct paged *self = table;
    if (!self)
        return;
    paged_close(self);
    heap_free(self->heap, self, sizeof(*self));
}

/* One of the group with this hash, or NULL. */
ENTRY_INLINE struct paged_entry *find_in(struct group *group, uint64_t hash)
{
    for (unsigned equal = tags_equal(group, tag_of(hash)); equal; equal &= equal - 1) {
        struct paged_entry *entry = &group->entries[lowest_bit(equal)];
        if (entry->hash == hash)
            return entry;
    }
    return NULL;
}

/* Behind a home that does not have it. */
static struct paged_entry *find_behind(struct paged *self, struct group *home, uint64_t hash, uint64_t *place)
{
    const struct generation *generation = generation_of(self, hash);
    *place = spiral_home(&generation->spiral, hash);
    for (struct group *group = home; group->passed;) {
        group = group_at(self, generation, ++*place);
        struct paged_entry *entry = find_in(group, hash);
        if (entry)
            return entry;
    }
    return NULL;
}

ENTRY_INLINE struct paged_entry *find_from(struct paged *self, struct group *home, uint64_t hash)
{
    struct paged_entry *entry = find_in(home, hash);
    uint64_t place;
    return entry || !home->passed ? entry : find_behind(self, home, hash, &place);
}

struct lookup {
    uint64_t hash;
    struct group *home;
};

ENTRY_INLINE void look_up_homes(struct paged *self, const uint64_t *keys, size_t n, struct lookup *lookups,
                                bool for_write)
{
    for (size_t i = 0; i < n; i++) {
        const uint64_t hash = table_hash(keys[i], self->seed);
        const struct generation *generation = generation_of(self, hash);
        struct group *home = group_at(self, generation, spiral_home(&generation->spiral, hash));
        lookups[i] = (struct lookup){hash, home};
        if (for_write)
            __builtin_prefetch(home, 1);
        else
            __builtin_prefetch(home, 0);
    }
}

/* When the tags have come: the line of the entry that may be it, or else the group behind. */
ENTRY_INLINE void look_up_entries(const struct lookup *lookups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct group *home = lookups[i].home;
        const unsigned equal = tags_equal(home, tag_of(lookups[i].hash));
        if (equal)
            __builtin_prefetch(&home->entries[lowest_bit(equal)], 0);
        else if (home->passed)
            __builtin_prefetch(home + 1, 0);
    }
}

/* Likewise: the line of the place that it will get, those behind if it may be there, and of what may be
 * it. */
ENTRY_INLINE void look_up_places(const struct lookup *lookups, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct group *home = lookups[i].home;
        const unsigned free = tags_equal(home, 0);
        const unsigned equal = tags_equal(home, tag_of(lookups[i].hash));
        __builtin_prefetch(&home->entries[lowest_bit(free | 1u << GROUP_ENTRIES)], 1);
        if (home->passed)
            __builtin_prefetch(home + 1, 1);
        if (equal)
            __builtin_prefetch(&home->entries[lowest_bit(equal)], 1);
    }
}

/* Where the home is full or was: one walk to the end of the search and to a free place. */
static bool insert_behind(struct paged *self, uint64_t hash, uint64_t value)
{
    struct generation *generation = generation_of(self, hash);
    const uint64_t home = spiral_home(&generation->spiral, hash);
    uint64_t place = home, free_place = UINT64_MAX;
    for (bool searching = true; searching || free_place == UINT64_MAX; place++) {
        struct group *group = group_at(self, generation, place);
        struct paged_entry *entry = searching ? find_in(group, hash) : NULL;
        if (entry) {
            entry->value = value;
            return true;
        }
        if (free_place == UINT64_MAX && tags_equal(group, 0))
            free_place = place;
        searching = searching && group->passed;
        if (!searching && place - home == REACH_GROUPS)
            return false;
    }
    if (free_place - home >= REACH_GROUPS || self->entry_count >= self->grow_at)
        return false;
    *paged_place(self, generation, home, free_place, hash) = (struct paged_entry){hash, value};
    self->entry_count++;
    return true;
}

/* Returns false if there was no room; then nothing has changed. */
ENTRY_INLINE bool insert_one(struct paged *self, const struct lookup *lookup, uint64_t value)
{
    struct group *home = lookup->home;
    struct paged_entry *entry = find_in(home, lookup->hash);
    if (entry) {
        entry->value = value;
        return true;
    }
    const unsigned free = tags_equal(home, 0);
    if (__builtin_expect(!free || home->passed || self->entry_count >= self->grow_at, 0))
        return insert_behind(self, lookup->hash, value);
    const unsigned i = lowest_bit(free);
    home->tags[i] = tag_of(lookup->hash);
    home->entries[i] = (struct paged_entry){lookup->hash, value};
    self->entry_count++;
    return true;
}

/* Makes room for n more while the lines of this batch are on their way. Without memory there may still be
 * room for some. */
ENTRY_INLINE void make_room(struct paged *self, const uint64_t *keys, size_t n, struct lookup *lookups)
{
    const uint64_t old_border = self->border;
    const struct segment *const old_pool = self->pool;
    while (self->entry_count + n > self->grow_at && paged_grow(self))
        ;
    const uint64_t passed = self->border - old_border; /* modulo 2^64: the border behind all hashes is 0 */
    if (passed == 0 && self->pool == old_pool)
        return;
    for (size_t i = 0; i < n; i++)
        if (__builtin_expect(lookups[i].hash - old_border < passed || self->pool != old_pool, 0))
            look_up_homes(self, &keys[i], 1, &lookups[i], true);
}

static int paged_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct paged *self = table;
    const uint64_t old_entry_count = self->entry_count;
    struct lookup lookups[TABLE_BATCH_MAX];
    look_up_homes(self, keys, n, lookups, true);
    if (self->entry_count + n > self->grow_at)
        make_room(self, keys, n, lookups);
    look_up_places(lookups, n);
    unsigned retries = INSERT_RETRIES;
    size_t i = 0;
    while (i < n) {
        if (__builtin_expect(insert_one(self, &lookups[i], first_ordinal + i), 1)) {
            i++;
            continue;
        }
        /* No room within reach: the longest rows of full groups are before the border, so growth ends
         * them. */
        if (self->entry_count >= self->grow_at || retries-- == 0 || !paged_grow(self))
            break;
        look_up_homes(self, keys + i, n - i, lookups + i, true);
    }
    *added = self->entry_count - old_entry_count;
    return i < n ? ENOMEM : 0;
}

static uint64_t paged_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)first_ordinal;
    struct paged *self = table;
    struct lookup lookups[TABLE_BATCH_MAX];
    look_up_homes(self, keys, n, lookups, false);
    look_up_entries(lookups, n);
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct paged_entry *entry = find_from(self, lookups[i].home, lookups[i].hash);
        hit_count += entry != NULL;
        value_sum += entry ? entry->value : 0;
    }
    *sum = value_sum;
    return hit_count;
}

static bool erase_one(struct paged *self, const struct lookup *lookup)
{
    struct generation *generation = generation_of(self, lookup->hash);
    uint64_t place = spiral_home(&generation->spiral, lookup->hash);
    struct paged_entry *entry = find_in(lookup->home, lookup->hash);
    if (!entry)
        entry = find_behind(self, lookup->home, lookup->hash, &place);
    if (!entry)
        return false;
    paged_remove(self, generation, place, (unsigned)(entry - group_at(self, generation, place)->entries));
    return true;
}

static uint64_t paged_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct paged *self = table;
    struct lookup lookups[TABLE_BATCH_MAX];
    look_up_homes(self, keys, n, lookups, true);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++)
        erased_count += erase_one(self, &lookups[i]);
    self->entry_count -= erased_count;
    for (size_t i = 0; i < n && self->entry_count < self->shrink_at; i++)
        if (!paged_shrink(self))
            break;
    return erased_count;
}

static const void *paged_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    struct paged *self = table;
    const uint64_t hash = table_hash(key, self->seed);
    const struct generation *generation = generation_of(self, hash);
    return find_from(self, group_at(self, generation, spiral_home(&generation->spiral, hash)), hash);
}

static void paged_stats(void *table, struct table_stats *stats)
{
    const struct paged *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->pool_count * sizeof(struct segment),
        .migrated_entries = self->migrated_entries,
    };
}

const struct table table_paged = {
    .name = "paged",
    .summary = "spiral storage over recycled pages: memory follows the entries, nothing ever doubles",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY | TABLE_SPLIT_ENTRIES,
    .create = paged_create,
    .insert = paged_insert,
    .find = paged_find,
    .erase = paged_erase,
    .entry_address = paged_entry_address,
    .stats = paged_stats,
    .destroy = paged_destroy,
};
