/* SPDX-License-Identifier: MIT
 *
 * A small open-addressing table with one fault, for the harness's integration tests. Build it as a shared
 * library; the fault is chosen by a flag and strikes at the insert of entry 100,000 (counted from 0). Without
 * a flag the table is correct, if slow.
 *
 *     FAULT_LOSES_KEY       counts one key as added that it does not store
 *     FAULT_CRASHES         writes to NULL
 *     FAULT_HANGS           loops for ever
 *     FAULT_FLOODS          from there on a line of 1 KiB to stderr an insert, up to 64 MiB; else correct
 *     FAULT_SLEEPS          sleeps 20 ms in the first growth to a block of 1 MiB or more; else correct
 *     FAULT_ABORTS_ON_NULL  aborts where the heap returns NULL, at any entry, as C++ tables do
 *     FAULT_REFUSED_EARLY   asks for 2^50 bytes once, lives without them, and crashes at the fault entry
 *     FAULT_CLOSES          closes every descriptor but the standard ones, as daemons do, and hangs
 *     FAULT_SCRIBBLES       writes over all memory it shares with its parent, and crashes
 *     FAULT_FORKS           leaves a process behind that sleeps for a minute; else correct
 *     FAULT_DESTROYS        aborts in destroy
 *     FAULT_ERASES_NOTHING  does not find the 1,000th entry that is to be erased
 *     FAULT_HALF            says that it erases, and cannot
 *     FAULT_KEEPS_ERASED    counts that one as erased, and keeps it
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "tables/hash.h"
#include "tables/table.h"

#ifdef FAULT_HALF
enum { HAS_ERASE = 0 };
#else
enum { HAS_ERASE = 1 };
#endif

enum {
    FAULT_ENTRY = 100000,
    FAULT_LINE_BYTES = 1 << 10,
    FAULT_FLOOD_BYTES = 64 << 20,
    FAULT_SLEEP_NS = 20000000,
    FAULT_ERASE = 1000
};

struct slot {
    uint64_t key;
    uint64_t value;
    uint64_t used; /* 0 or 1 */
};

struct faulty {
    struct heap *heap;
    uint64_t seed;
    uint64_t entry_count;
    uint64_t slot_count;
    struct slot *slots;
    uint64_t flooded_bytes;
    uint64_t erase_count; /* asked for so far */
    bool has_slept;
};

static void *check_null(void *block)
{
#ifdef FAULT_ABORTS_ON_NULL
    if (!block)
        abort();
#endif
    return block;
}

static void sleep_once(struct faulty *self, size_t new_bytes)
{
#ifdef FAULT_SLEEPS
    if (self->has_slept || new_bytes < 1u << 20)
        return;
    self->has_slept = true;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += FAULT_SLEEP_NS;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        continue;
#else
    (void)self, (void)new_bytes;
#endif
}

static void flood(struct faulty *self)
{
    if (self->flooded_bytes < FAULT_FLOOD_BYTES)
        self->flooded_bytes += (uint64_t)fprintf(stderr, "%*s\n", FAULT_LINE_BYTES - 1, "faulty: flood");
}

#ifdef FAULT_SCRIBBLES
static void scribble(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (maps && fgets(line, sizeof line, maps)) {
        uintptr_t start, end;
        if (strstr(line, "memfd:") && sscanf(line, "%" SCNxPTR "-%" SCNxPTR, &start, &end) == 2)
            memset((void *)start, 0xff, end - start);
    }
}
#endif

/* Called before a new key is stored. Returns whether to store it. */
static bool strike(struct faulty *self)
{
    if (self->entry_count < FAULT_ENTRY)
        return true;
#ifdef FAULT_FLOODS
    flood(self);
#else
    (void)flood;
#endif
    if (self->entry_count > FAULT_ENTRY)
        return true;
#if defined FAULT_CRASHES
    *(volatile int *)NULL = 1;
#elif defined FAULT_HANGS
    for (volatile bool hanging = true; hanging;)
        continue;
#elif defined FAULT_LOSES_KEY
    return false;
#elif defined FAULT_REFUSED_EARLY
    abort();
#elif defined FAULT_CLOSES
    close_range(3, ~0u, 0);
    for (volatile bool hanging = true; hanging;)
        continue;
#elif defined FAULT_SCRIBBLES
    scribble();
    abort();
#elif defined FAULT_FORKS
    if (!fork()) {
        prctl(PR_SET_NAME, "faulty-orphan");
        sleep(60);
        _exit(0);
    }
#endif
    return true;
}

static struct slot *probe(const struct faulty *self, uint64_t key)
{
    uint64_t i = table_hash(key, self->seed) & (self->slot_count - 1);
    while (self->slots[i].used && self->slots[i].key != key)
        i = (i + 1) & (self->slot_count - 1);
    return &self->slots[i];
}

static int grow(struct faulty *self)
{
    const struct faulty old = *self;
    const size_t old_bytes = old.slot_count * sizeof(struct slot);
    struct slot *slots = check_null(heap_alloc(old.heap, 2 * old_bytes, _Alignof(struct slot), HEAP_ZEROED));
    if (!slots)
        return ENOMEM;
    sleep_once(self, 2 * old_bytes);
    self->slots = slots;
    self->slot_count *= 2;
    for (uint64_t i = 0; i < old.slot_count; i++)
        if (old.slots[i].used)
            *probe(self, old.slots[i].key) = old.slots[i];
    heap_free(old.heap, old.slots, old_bytes);
    return 0;
}

static void *faulty_create(struct heap *heap, const struct table_options *options)
{
    struct faulty *self = check_null(heap_alloc(heap, sizeof(*self), _Alignof(struct faulty), 0));
    if (!self)
        return NULL;
    *self = (struct faulty){.heap = heap, .seed = options->seed, .slot_count = 16};
#ifdef FAULT_REFUSED_EARLY
    if (heap_alloc(heap, (size_t)1 << 50, 16, 0))
        abort();
#endif
    self->slots = check_null(
        heap_alloc(heap, self->slot_count * sizeof(struct slot), _Alignof(struct slot), HEAP_ZEROED));
    if (self->slots)
        return self;
    heap_free(heap, self, sizeof(*self));
    return NULL;
}

static int faulty_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct faulty *self = table;
    *added = 0;
    for (size_t i = 0; i < n; i++) {
        const bool is_new = !probe(self, keys[i])->used;
        if (is_new && self->entry_count == self->slot_count / 4 * 3 && grow(self) != 0)
            return ENOMEM;
        if (!is_new || strike(self))
            *probe(self, keys[i]) = (struct slot){keys[i], first_ordinal + i, 1};
        self->entry_count += is_new;
        *added += is_new;
    }
    return 0;
}

static uint64_t faulty_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                            uint64_t *sum)
{
    (void)first_ordinal;
    uint64_t hit_count = 0;
    *sum = 0;
    for (size_t i = 0; i < n; i++) {
        const struct slot *slot = probe(table, keys[i]);
        hit_count += slot->used;
        *sum += slot->used ? slot->value : 0;
    }
    return hit_count;
}

/* Those that probed past it move up, so that none is behind an empty slot. */
static void empty_slot(struct faulty *self, struct slot *hole)
{
    const uint64_t mask = self->slot_count - 1;
    uint64_t to = (uint64_t)(hole - self->slots);
    for (uint64_t from = (to + 1) & mask; self->slots[from].used; from = (from + 1) & mask) {
        const uint64_t home = table_hash(self->slots[from].key, self->seed) & mask;
        if (((from - home) & mask) < ((from - to) & mask))
            continue;
        self->slots[to] = self->slots[from];
        to = from;
    }
    self->slots[to].used = 0;
}

static uint64_t faulty_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct faulty *self = table;
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++) {
        struct slot *slot = probe(self, keys[i]);
        const bool strikes = ++self->erase_count == FAULT_ERASE;
        (void)strikes;
        if (!slot->used)
            continue;
#ifdef FAULT_ERASES_NOTHING
        if (strikes)
            continue;
#endif
#ifdef FAULT_KEEPS_ERASED
        const bool keeps = strikes;
#else
        const bool keeps = false;
#endif
        if (!keeps)
            empty_slot(self, slot);
        erased_count++;
    }
    self->entry_count -= erased_count;
    return erased_count;
}

static const void *faulty_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)ordinal;
    const struct slot *slot = probe(table, key);
    return slot->used ? slot : NULL;
}

static void faulty_stats(void *table, struct table_stats *stats)
{
    const struct faulty *self = table;
    *stats = (struct table_stats){
        .entries = self->entry_count,
        .capacity_bytes = self->slot_count * sizeof(struct slot),
    };
}

static void faulty_destroy(void *table)
{
    struct faulty *self = table;
    if (!self)
        return;
#ifdef FAULT_DESTROYS
    abort();
#endif
    heap_free(self->heap, self->slots, self->slot_count * sizeof(struct slot));
    heap_free(self->heap, self, sizeof(*self));
}

const struct table growbench_table_v1 = {
    .name = "faulty",
    .summary = "correct but for one fault, for tests of the harness",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY,
    .create = faulty_create,
    .insert = faulty_insert,
    .find = faulty_find,
    .erase = HAS_ERASE ? faulty_erase : NULL,
    .entry_address = faulty_entry_address,
    .stats = faulty_stats,
    .destroy = faulty_destroy,
};
