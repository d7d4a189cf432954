/* SPDX-License-Identifier: MIT
 *
 * linear_gradual: open addressing in one block that grows in place, a few lines an operation.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "tables/hash.h"
#include "tables/table.h"

#ifndef G_LOAD
#define G_LOAD 700
#endif
#ifndef G_FIRST
#define G_FIRST 80
#endif
#ifndef G_PACE
#define G_PACE 4
#endif

enum {
    LINE_SLOTS = 4,
    FIRST_LINES = G_FIRST,
    LOAD_PERMILLE = G_LOAD,
    PACE_LINES = G_PACE,
    STEP_LINES = 64, /* moved at a time */
    LAST_LINES = 32, /* the border does not stop below this */
    ROOM_LINES = 16, /* a batch of new entries fills as many */
    BUFFER_LINES = 128,
    SLACK_LINES = 192, /* behind the last home, as there is no wrap */
    LINE_ALIGN_BYTES = 16,
    DISCARD_BYTES = 2 << 20,
};

_Static_assert(ROOM_LINES *LINE_SLOTS == TABLE_BATCH_MAX, "a batch fits");

struct line {
    uint64_t hash[LINE_SLOTS]; /* from the first slot on without gaps; 0 = free */
    uint64_t value[LINE_SLOTS];
};

struct gradual {
    struct heap *heap;
    struct line *lines;
    uint64_t seed;
    uint64_t home_count; /* of the small layout */
    uint64_t border;     /* small homes below it are laid out small, the others wide */
    uint64_t line_count; /* of the block: homes, and slack behind them */
    uint64_t slack_count;
    uint64_t entry_count; /* with the one aside */
    uint64_t migrated_count;
    bool is_growing;
    bool has_zero; /* the entry whose hash is 0 */
    uint64_t zero_value;
};

static inline uint64_t high_product(uint64_t a, uint64_t b)
{
    return (uint64_t)((unsigned __int128)a * b >> 64);
}

static inline uint64_t home_of(const struct gradual *self, uint64_t hash)
{
    const uint64_t wide = high_product(hash, 2 * self->home_count);
    return wide >> 1 < self->border ? wide >> 1 : wide;
}

static inline bool is_full(const struct line *line)
{
    return line->hash[LINE_SLOTS - 1] != 0;
}

static inline bool is_empty(const struct line *line)
{
    return line->hash[0] == 0;
}

/* A bit a slot: those that hold the hash. */
static inline unsigned slots_with(const struct line *line, uint64_t hash)
{
    unsigned found = 0;
    for (unsigned slot = 0; slot < LINE_SLOTS; slot++)
        found |= (unsigned)(line->hash[slot] == hash) << slot;
    return found;
}

static inline uint64_t limit_of(uint64_t home_count)
{
    return home_count * LINE_SLOTS * LOAD_PERMILLE / 1000;
}

static inline bool is_between(const struct gradual *self)
{
    return self->border != self->home_count;
}

/* To the first free slot of the path; no such hash is there, and room is. */
static inline void place(struct gradual *self, uint64_t hash, uint64_t value)
{
    struct line *line = self->lines + home_of(self, hash);
    while (is_full(line))
        line++;
    const unsigned slot = (unsigned)__builtin_ctz(slots_with(line, 0));
    line->hash[slot] = hash;
    line->value[slot] = value;
}

/* Has the block end `line_count` lines behind the last home. */
static bool resize(struct gradual *self, uint64_t line_count)
{
    if (line_count > PTRDIFF_MAX / sizeof(struct line))
        return false;
    struct line *lines = heap_resize(self->heap, self->lines, self->line_count * sizeof(struct line),
                                     line_count * sizeof(struct line), LINE_ALIGN_BYTES, HEAP_ZEROED);
    if (!lines)
        return false;
    self->lines = lines;
    self->line_count = line_count;
    return true;
}

/* `line_count` lines full of new entries do not run over the end of the block. */
static bool make_tail(struct gradual *self, uint64_t line_count)
{
    while (line_count >= self->line_count || !is_empty(&self->lines[self->line_count - line_count - 1])) {
        if (!resize(self, self->line_count + line_count + SLACK_LINES))
            return false;
        self->slack_count += line_count + SLACK_LINES;
    }
    return true;
}

/* The first line behind `end` - 1 that what was due before it cannot have run over to. */
static uint64_t run_end(const struct gradual *self, uint64_t end)
{
    while (is_full(&self->lines[end - 1]))
        end++;
    return end;
}

/* Takes out all that is in lines `first` to `end`, sets the border, and puts it back. */
static bool relocate(struct gradual *self, uint64_t first, uint64_t end, uint64_t border)
{
    struct line buffer[BUFFER_LINES];
    struct line *taken = buffer;
    const uint64_t taken_count = end - first;
    const size_t taken_bytes = taken_count * sizeof(struct line);
    if (!make_tail(self, taken_count + 1))
        return false;
    if (taken_count > BUFFER_LINES)
        taken = heap_alloc(self->heap, taken_bytes, LINE_ALIGN_BYTES, 0);
    if (!taken)
        return false;
    memcpy(taken, self->lines + first, taken_bytes);
    memset(self->lines + first, 0, taken_bytes);
    self->border = border;
    for (uint64_t i = 0; i < taken_count; i++)
        for (unsigned slot = 0; slot < LINE_SLOTS && taken[i].hash[slot]; slot++) {
            place(self, taken[i].hash[slot], taken[i].value[slot]);
            self->migrated_count++;
        }
    if (taken != buffer)
        heap_free(self->heap, taken, taken_bytes);
    return true;
}

static bool grow_to(struct gradual *self, uint64_t border)
{
    const uint64_t end = run_end(self, self->border);
    if (border < LAST_LINES || end + ROOM_LINES >= 2 * border)
        border = 0;
    if (!relocate(self, border, end, border))
        return false;
    if (border == 0) {
        self->home_count *= 2;
        self->border = self->home_count;
    }
    return true;
}

static uint64_t count_entries(const struct line *lines, uint64_t line_count)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < line_count; i++)
        count += LINE_SLOTS - (unsigned)__builtin_popcount(slots_with(&lines[i], 0));
    return count;
}

/* What lies between the layouts and will not be needed again goes back, in large pieces. */
static void discard(struct gradual *self, uint64_t old_border)
{
    const uint64_t piece = DISCARD_BYTES / sizeof(struct line);
    const uint64_t keep = self->home_count + self->slack_count;
    uint64_t first = 2 * old_border / piece * piece;
    const uint64_t end = 2 * self->border / piece * piece;
    if (first < keep)
        first = (keep + piece - 1) / piece * piece;
    if (first < end && self->heap->ops->discard && is_empty(&self->lines[first - 1]))
        self->heap->ops->discard(self->heap, self->lines, first * sizeof(struct line),
                                 (end - first) * sizeof(struct line));
}

static void end_shrink(struct gradual *self)
{
    uint64_t line_count = self->home_count + self->slack_count;
    while (line_count < self->line_count && !is_empty(&self->lines[line_count - SLACK_LINES / 2]))
        line_count += SLACK_LINES;
    if (line_count < self->line_count) {
        self->slack_count = line_count - self->home_count;
        resize(self, line_count);
    }
}

static void shrink_to(struct gradual *self, uint64_t border)
{
    if (border < 2 * LAST_LINES)
        border = 2 * LAST_LINES;
    if (border > self->home_count)
        border = self->home_count;
    const uint64_t old_border = self->border;
    const uint64_t first = 2 * old_border;
    const uint64_t end = run_end(self, 2 * border);
    const uint64_t room = old_border ? 2 * (border - old_border) : border - ROOM_LINES;
    if (count_entries(self->lines + first, end - first) > (room - 1) * LINE_SLOTS ||
        !relocate(self, first, end, border))
        return;
    discard(self, old_border);
    if (border == self->home_count)
        end_shrink(self);
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

/* Moves the border as far as `n` operations may. */
static void migrate(struct gradual *self, uint64_t n)
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

/* Before `n` entries are inserted; returns whether all of them find a place. */
static bool make_room(struct gradual *self, uint64_t n)
{
    if (is_between(self)) {
        migrate(self, n);
    } else if (self->entry_count + n > limit_of(self->home_count)) {
        const uint64_t line_count = 2 * self->home_count + self->slack_count;
        if (self->line_count < line_count && !resize(self, line_count))
            return false;
        migrate(self, n);
    }
    if (is_between(self) && !is_empty(&self->lines[2 * self->border - ROOM_LINES - 1]) && !grow_to(self, 0))
        return false;
    return self->entry_count + n <= limit_of(self->home_count) * (is_between(self) ? 2 : 1) &&
           make_tail(self, ROOM_LINES);
}

static void *gradual_create(struct heap *heap, const struct table_options *options)
{
    struct gradual *self = heap_alloc(heap, sizeof(*self), _Alignof(struct gradual), HEAP_ZEROED);
    if (!self)
        return NULL;
    *self = (struct gradual){
        .heap = heap,
        .seed = options->seed,
        .home_count = FIRST_LINES,
        .border = FIRST_LINES,
        .line_count = FIRST_LINES + SLACK_LINES,
        .slack_count = SLACK_LINES,
    };
    self->lines = heap_alloc(heap, self->line_count * sizeof(struct line), LINE_ALIGN_BYTES, HEAP_ZEROED);
    if (!self->lines) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    return self;
}

struct probe {
    uint64_t hash;
    struct line *line;
};

static inline void start_probes(const struct gradual *self, const uint64_t *keys, size_t n,
                                struct probe *probes)
{
    for (size_t i = 0; i < n; i++) {
        probes[i].hash = table_hash(keys[i], self->seed);
        probes[i].line = self->lines + home_of(self, probes[i].hash);
        __builtin_prefetch(probes[i].line, 1);
    }
}

/* The line with the hash, or the first that has a free slot. */
static inline struct line *search(struct line *line, uint64_t hash, unsigned *slots)
{
    for (;; line++) {
        *slots = slots_with(line, hash);
        if (*slots || !is_full(line))
            return line;
    }
}

static void insert_zero(struct gradual *self, uint64_t value)
{
    self->entry_count += !self->has_zero;
    self->has_zero = true;
    self->zero_value = value;
}

static void insert_batch(struct gradual *self, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    struct probe probes[TABLE_BATCH_MAX];
    start_probes(self, keys, n, probes);
    for (size_t i = 0; i < n; i++) {
        const uint64_t hash = probes[i].hash;
        struct line *line = probes[i].line;
        if (hash == 0) {
            insert_zero(self, first_ordinal + i);
            continue;
        }
        unsigned slots;
        while ((slots = slots_with(line, hash) | slots_with(line, 0)) == 0)
            line++;
        const unsigned slot = (unsigned)__builtin_ctz(slots);
        self->entry_count += line->hash[slot] == 0;
        line->hash[slot] = hash;
        line->value[slot] = first_ordinal + i;
    }
}

static bool update(struct gradual *self, uint64_t key, uint64_t value)
{
    struct probe probe;
    start_probes(self, &key, 1, &probe);
    unsigned slots;
    struct line *line = search(probe.line, probe.hash, &slots);
    if (probe.hash == 0 ? !self->has_zero : !slots)
        return false;
    insert_batch(self, &key, value, 1);
    (void)line;
    return true;
}

static int gradual_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                          uint64_t *added)
{
    struct gradual *self = table;
    const uint64_t old_count = self->entry_count;
    int error = 0;
    if (make_room(self, n))
        insert_batch(self, keys, first_ordinal, n);
    else if (n == 1)
        error = update(self, keys[0], first_ordinal) ? 0 : ENOMEM;
    else
        for (size_t i = 0; i < n && !error; i++)
            error = gradual_insert(self, keys + i, first_ordinal + i, 1, added);
    *added = self->entry_count - old_count;
    return error;
}

static uint64_t gradual_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                             uint64_t *sum)
{
    (void)first_ordinal;
    const struct gradual *self = table;
    struct probe probes[TABLE_BATCH_MAX];
    start_probes(self, keys, n, probes);
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (probes[i].hash == 0) {
            hit_count += self->has_zero;
            value_sum += self->has_zero ? self->zero_value : 0;
            continue;
        }
        unsigned slots;
        const struct line *line = search(probes[i].line, probes[i].hash, &slots);
        hit_count += slots != 0;
        value_sum += slots ? line->value[__builtin_ctz(slots)] : 0;
    }
    *sum = value_sum;
    return hit_count;
}

/* Fills the hole with what ran over from here or before to the lines behind, and so on with the hole there. */
static void close_hole(const struct gradual *self, struct line *line, unsigned slot)
{
    for (;;) {
        const bool was_full = is_full(line);
        const unsigned last = was_full ? LINE_SLOTS - 1 : (unsigned)__builtin_ctz(slots_with(line, 0)) - 1;
        line->hash[slot] = line->hash[last];
        line->value[slot] = line->value[last];
        line->hash[last] = 0;
        if (!was_full)
            return;
        const uint64_t place = (uint64_t)(line - self->lines);
        struct line *behind = line;
        unsigned mine;
        do {
            behind++;
            mine = 0;
            for (unsigned i = 0; i < LINE_SLOTS; i++)
                mine |= (unsigned)(behind->hash[i] != 0 && home_of(self, behind->hash[i]) <= place) << i;
        } while (!mine && is_full(behind));
        if (!mine)
            return;
        slot = (unsigned)__builtin_ctz(mine);
        line->hash[LINE_SLOTS - 1] = behind->hash[slot];
        line->value[LINE_SLOTS - 1] = behind->value[slot];
        line = behind;
    }
}

static bool erase_one(struct gradual *self, const struct probe *probe)
{
    if (probe->hash == 0) {
        const bool erased = self->has_zero;
        self->has_zero = false;
        return erased;
    }
    unsigned slots;
    struct line *line = search(probe->line, probe->hash, &slots);
    if (!slots)
        return false;
    close_hole(self, line, (unsigned)__builtin_ctz(slots));
    return true;
}

static uint64_t gradual_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct gradual *self = table;
    if (is_between(self))
        migrate(self, n);
    else if (self->home_count > FIRST_LINES && self->entry_count < limit_of(self->home_count) / 4)
        begin_shrink(self);
    struct probe probes[TABLE_BATCH_MAX];
    start_probes(self, keys, n, probes);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++)
        erased_count += erase_one(self, &probes[i]);
    self->entry_count -= erased_count;
    return erased_count;
}

static const void *gradual_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    struct gradual *self = table;
    struct probe probe;
    start_probes(self, &key, 1, &probe);
    if (probe.hash == 0)
        return self->has_zero ? &self->zero_value : NULL;
    unsigned slots;
    const struct line *line = search(probe.line, probe.hash, &slots);
    return slots ? &line->hash[__builtin_ctz(slots)] : NULL;
}

static void gradual_stats(void *table, struct table_stats *stats)
{
    const struct gradual *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->line_count * sizeof(struct line),
        .migrated_entries = self->migrated_count,
    };
}

static void gradual_destroy(void *table)
{
    struct gradual *self = table;
    if (!self)
        return;
    heap_free(self->heap, self->lines, self->line_count * sizeof(struct line));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_linear_gradual = {
    .name = "linear_gradual",
    .summary = "lines of 4 hashes and values; doubles in place, a few lines an operation",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY | TABLE_SPLIT_ENTRIES,
    .create = gradual_create,
    .insert = gradual_insert,
    .find = gradual_find,
    .erase = gradual_erase,
    .entry_address = gradual_entry_address,
    .stats = gradual_stats,
    .destroy = gradual_destroy,
};
