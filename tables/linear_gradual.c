/* SPDX-License-Identifier: MIT
 *
 * linear_gradual: open addressing in one block that doubles and halves in place, a few lines an operation.
 * It is the fast one among the tables that grow without a pause; it is not the small one: a doubled block is
 * touched while the next twentieth is inserted, so what is resident still rises to twice, if not at once.
 *
 * linear_gradual.h has the layout, its invariants, and why every search ends; linear_gradual_growth.c moves
 * entries. Here are the operations on what lies still.
 *
 * Batches go in three passes, so that memory is never waited for with nothing else under way: hash all and
 * prefetch their homes; make room, while these are on their way; go through the keys, and for the key 16
 * further on look whether its home is full, and if so prefetch what comes next.
 *
 * Measured alternatives (2^26 slots in 1 GiB that is resident, batches of 64, loads of 0.3 / 0.5 / 0.7, ns
 * of CPU time on a busy 4-core VM; huge pages, 4 KiB pages were alike with 10 to 25 ns more):
 *
 *                                                    insert          hit             miss
 *     lines of 4, no order (this)                    19  25  48      19  21  28      20  31  43
 *     slots of 16 bytes, runs in the hashes' order   29  42  69      26  28  42      29  32  46
 *
 *   - The second is ordered linear probing (Amble and Knuth, 1974; Celis, 1986): growth is a merge and
 *     erasing a shift, misses do not suffer from the load. But each insert into a run moves it, two lines
 *     are needed where one does, and the number of steps is a branch that nobody can foretell.
 *   - Both lines prefetched at once and not the second when needed: with huge pages inserts 5 % slower, hits
 *     12 %; with 4 KiB no difference.
 *   - A window of keys between prefetch and use instead of the whole batch: inserts 50 % slower with 12 keys,
 *     5 % with 40.
 *   - Keys one at a time, with a step of growth for each and the lines prefetched as in batches: 161 ns an
 *     insert in place of 126 (28 M entries, 4 KiB pages), 121 in place of 104 with huge ones. Without a branch
 *     between the first line and the second: 5 to 10 % slower.
 *   - Four comparisons of 64 bits without SSE2 (other processors have it so): inserts 10 to 20 % slower.
 */
#include <errno.h>

#include "tables/linear_gradual.h"

enum {
    NEAR = 16,      /* keys between a look at a home and its use */
    ALONE_ROOM = 8, /* single inserts between two steps of growth */
};

static void *gradual_create(struct heap *heap, const struct table_options *options)
{
    struct gradual *self = heap_alloc(heap, sizeof(*self), _Alignof(struct gradual), HEAP_ZEROED);
    if (!self)
        return NULL;
    *self = (struct gradual){
        .heap = heap,
        .seed = options->seed,
        .home_count = GRADUAL_FIRST_HOMES,
        .border = GRADUAL_FIRST_HOMES,
        .line_count = GRADUAL_FIRST_HOMES + GRADUAL_SLACK_LINES,
        .slack_count = GRADUAL_SLACK_LINES,
    };
    self->lines = heap_alloc(heap, self->line_count * sizeof(*self->lines), GRADUAL_ALIGN_BYTES, HEAP_ZEROED);
    if (!self->lines) {
        heap_free(heap, self, sizeof(*self));
        return NULL;
    }
    return self;
}

struct probe {
    uint64_t hash;
    struct gradual_line *line; /* where the search begins: its home, or behind it */
};

static inline void probe_start(const struct gradual *self, uint64_t key, struct probe *probe)
{
    probe->hash = table_hash(key, self->seed);
    probe->line = self->lines + gradual_home(self, probe->hash);
    __builtin_prefetch(probe->line, 1);
}

/* One line on, if that is sure, as nothing is put into a full line. No branch: it could not be foretold. */
static inline void probe_advance(struct probe *probe)
{
    const unsigned passes = (unsigned)gradual_is_full(probe->line) &
                            (unsigned)(gradual_slots_with(probe->line, probe->hash) == 0);
    probe->line += passes;
    __builtin_prefetch(probe->line, 1);
    __builtin_prefetch(probe->line + passes, 1);
}

/* Returns the line with the hash, and its slot as a bit; or that with the first free slot, and 0. */
static inline struct gradual_line *probe_finish(const struct probe *probe, unsigned *slots)
{
    for (struct gradual_line *line = probe->line;; line++) {
        *slots = gradual_slots_with(line, probe->hash);
        if (*slots || !gradual_is_full(line))
            return line;
    }
}

static inline void insert_one(struct gradual *self, const struct probe *probe, uint64_t value)
{
    if (probe->hash == 0) {
        self->entry_count += !self->has_zero;
        self->has_zero = true;
        self->zero_value = value;
        return;
    }
    struct gradual_line *line = probe->line;
    unsigned slots;
    /* The hash or, as lines have no gaps, behind all hashes the first free slot. */
    while (!(slots = gradual_slots_with(line, probe->hash) | gradual_slots_with(line, 0)))
        line++;
    const unsigned slot = gradual_first_slot(slots);
    self->entry_count += line->hashes[slot] == 0;
    line->hashes[slot] = probe->hash;
    line->values[slot] = value;
}

/* Alone, a search would wait for its second line after the first. */
static inline void probes_start(const struct gradual *self, const uint64_t *keys, size_t n,
                                struct probe *probes)
{
    for (size_t i = 0; i < n; i++)
        probe_start(self, keys[i], &probes[i]);
    if (n == 1)
        __builtin_prefetch(probes->line + 1, 1);
}

/* Alone, the processor's guess at the branches is worth more than none. */
static inline void probes_approach(struct probe *probes, size_t n)
{
    for (size_t i = 0; n > 1 && i < n && i < NEAR; i++)
        probe_advance(&probes[i]);
}

static void insert_batch(struct gradual *self, struct probe *probes, uint64_t first_ordinal, size_t n)
{
    probes_approach(probes, n);
    for (size_t i = 0; i < n; i++) {
        if (i + NEAR < n)
            probe_advance(&probes[i + NEAR]);
        insert_one(self, &probes[i], first_ordinal + i);
    }
}

/* Makes room while the lines are on their way from memory; only a few homes are others then. */
static bool make_room(struct gradual *self, struct probe *probes, size_t n)
{
    const uint64_t old_border = self->border;
    const struct gradual_line *old_lines = self->lines;
    const bool fits = gradual_make_room(self, n);
    if (self->border != old_border || self->lines != old_lines)
        for (size_t i = 0; i < n; i++)
            probes[i].line = self->lines + gradual_home(self, probes[i].hash);
    return fits;
}

/* The address of the entry's hash, its value 4 words on; or that of the value aside, or NULL. */
static const uint64_t *look_up(const struct gradual *self, uint64_t key)
{
    struct probe probe;
    probe_start(self, key, &probe);
    if (probe.hash == 0)
        return self->has_zero ? &self->zero_value : NULL;
    unsigned slots;
    const struct gradual_line *line = probe_finish(&probe, &slots);
    return slots ? &line->hashes[gradual_first_slot(slots)] : NULL;
}

/* Alone, a key waits for its line, but the processor begins with the next ones meanwhile, as far as it sees: so
 * what an operation does is short, and growth comes with one in ALONE_ROOM. False: no room for so many. */
static inline bool insert_alone(struct gradual *self, uint64_t key, uint64_t ordinal)
{
    if (self->room_count == 0) {
        if (!gradual_make_room(self, ALONE_ROOM))
            return false;
        self->room_count = ALONE_ROOM;
    }
    self->room_count--;
    const uint64_t hash = table_hash(key, self->seed);
    const struct probe probe = {hash, self->lines + gradual_home(self, hash)};
    insert_one(self, &probe, ordinal);
    return true;
}

static int gradual_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                          uint64_t *added)
{
    struct gradual *self = table;
    const uint64_t old_entry_count = self->entry_count;
    if (n == 1 && insert_alone(self, *keys, first_ordinal)) {
        *added = self->entry_count - old_entry_count;
        return 0;
    }
    int error = 0;
    struct probe probes[TABLE_BATCH_MAX];
    probes_start(self, keys, n, probes);
    if (make_room(self, probes, n) || (n == 1 && look_up(self, keys[0])))
        insert_batch(self, probes, first_ordinal, n);
    else if (n == 1)
        error = ENOMEM;
    else
        for (size_t i = 0; i < n && !error; i++)
            error = gradual_insert(self, keys + i, first_ordinal + i, 1, added);
    *added = self->entry_count - old_entry_count;
    return error;
}

static uint64_t gradual_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                             uint64_t *sum)
{
    (void)first_ordinal;
    const struct gradual *self = table;
    struct probe probes[TABLE_BATCH_MAX];
    probes_start(self, keys, n, probes);
    probes_approach(probes, n);
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (i + NEAR < n)
            probe_advance(&probes[i + NEAR]);
        if (probes[i].hash == 0) {
            hit_count += self->has_zero;
            value_sum += self->has_zero ? self->zero_value : 0;
            continue;
        }
        unsigned slots;
        const struct gradual_line *line = probe_finish(&probes[i], &slots);
        hit_count += slots != 0;
        value_sum += slots ? line->values[gradual_first_slot(slots)] : 0;
    }
    *sum = value_sum;
    return hit_count;
}

/* Fills the hole with the last entry of its line. If the line was full, others may have run over: the next
 * one behind that may live here comes back, and leaves a hole in its turn (Knuth, TAOCP 3, 6.4, algorithm
 * R). */
static void close_hole(const struct gradual *self, struct gradual_line *line, unsigned slot)
{
    for (;;) {
        const bool was_full = gradual_is_full(line);
        const unsigned end = was_full ? GRADUAL_SLOTS : gradual_first_slot(gradual_slots_with(line, 0));
        line->hashes[slot] = line->hashes[end - 1];
        line->values[slot] = line->values[end - 1];
        line->hashes[end - 1] = 0;
        if (!was_full)
            return;
        const uint64_t place = (uint64_t)(line - self->lines);
        struct gradual_line *behind = line;
        do {
            behind++;
            for (slot = 0; slot < GRADUAL_SLOTS; slot++)
                if (behind->hashes[slot] != 0 && gradual_home(self, behind->hashes[slot]) <= place)
                    break;
        } while (slot == GRADUAL_SLOTS && gradual_is_full(behind));
        if (slot == GRADUAL_SLOTS)
            return;
        line->hashes[GRADUAL_SLOTS - 1] = behind->hashes[slot];
        line->values[GRADUAL_SLOTS - 1] = behind->values[slot];
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
    struct gradual_line *line = probe_finish(probe, &slots);
    if (slots)
        close_hole(self, line, gradual_first_slot(slots));
    return slots;
}

static uint64_t gradual_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct gradual *self = table;
    gradual_note_erase(self, n);
    struct probe probes[TABLE_BATCH_MAX];
    probes_start(self, keys, n, probes);
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++)
        erased_count += erase_one(self, &probes[i]);
    self->entry_count -= erased_count;
    return erased_count;
}

static const void *gradual_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    return look_up(table, key);
}

static void gradual_stats(void *table, struct table_stats *stats)
{
    const struct gradual *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->line_count * sizeof(*self->lines),
        .migrated_entries = self->migrated_count,
    };
}

static void gradual_destroy(void *table)
{
    struct gradual *self = table;
    if (!self)
        return;
    heap_free(self->heap, self->lines, self->line_count * sizeof(*self->lines));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table table_linear_gradual = {
    .name = "linear_gradual",
    .summary = "linear probing in lines of 4; doubles inside its block, a few lines an operation",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY | TABLE_SPLIT_ENTRIES,
    .create = gradual_create,
    .insert = gradual_insert,
    .find = gradual_find,
    .erase = gradual_erase,
    .entry_address = gradual_entry_address,
    .stats = gradual_stats,
    .destroy = gradual_destroy,
};
