/* SPDX-License-Identifier: MIT
 *
 * linear_rebuild with a planted regression, for tests and studies of the gate. It wraps the program's own row and has
 * its properties; both sides of a duel run this wrapper, one of them with the plant `none`. Build it as a shared
 * library; the plant is chosen by a flag and is data only: the machine code is the same in all of them, and so are
 * the readings of the clock.
 *
 *     PLANT_NONE           the wrapper alone
 *     PLANT_SLOWER_INSERT  3 % more time an insert. In batches of all time from the end of a batch to the end of the
 *                          next, the making of keys and growth too, so that operation_ns is 1.03 times what it was in
 *                          any stretch of a fill. Single inserts: 3 % of their own time, and growth is left alone.
 *                          Too little to wait for is kept until it is WAIT_TICKS.
 *     PLANT_SLOWER_GROWTH  10 % more time a growth operation, inside it
 *     PLANT_LONGER_STEP    50 % more time for the first growth operation at STEP_ENTRIES or more
 *     PLANT_SLOW_INSERTS   one insert in 10,000, and no growth, takes 100 us more
 *     PLANT_MORE_MEMORY    resident memory that is 2 % of the table's large blocks, at any moment
 *     PLANT_ONE_MOVE       a block of 64 KiB beside the table is replaced by a larger one, in the first growth
 *                          operation at STEP_ENTRIES or more; nobody touches it
 *     PLANT_TWO_MODES      resident memory that is 14 % of the large blocks, in about half of the processes; in the
 *                          others it goes as soon as it came, before the table's new block is written to: no peak, but
 *                          the same time and faults
 *
 * Growth is what the recording layer calls so: an operation that asks for 64 KiB and more. What the meter does then
 * happens inside the first such call and is no time of the table's; so a growth's time begins here when that call has
 * returned. The call's own time gets no share: next to none where large blocks come unwritten.
 *
 * The resident memory is mapped beside the heap, as a block of the heap would change what is counted of blocks. It is
 * mapped anew when the blocks change: minor faults rise by 5 % with the 2 %, and growth takes that much longer.
 */
#include "harness/common/clock.h"
#include "tables/hash.h"
#include "tables/table.h"

#include <stdbool.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    LARGE_BYTES = 64 << 10,
    STEP_ENTRIES = 1 << 18,
    PERMILLE = 1000,
    WAIT_TICKS = 2000, /* a wait ends some ticks late, by a mispredicted branch: few and longer ones */
    GAP_TICKS = 10000  /* between two batches; longer ones are the meter's, or another process's turn */
};

struct plant {
    uint64_t insert_permille, growth_permille, step_permille; /* more time */
    uint64_t slow_inserts, slow_ns;                           /* one in so many; so much */
    uint64_t ballast_permille;                                /* more memory */
    bool in_some_processes;
    bool replaces_block;
};

/* volatile, so that the compiler makes the same code for all. */
static const volatile struct plant planted = {
#if defined(PLANT_NONE)
    .insert_permille = 0,
#elif defined(PLANT_SLOWER_INSERT)
    .insert_permille = 30,
#elif defined(PLANT_SLOWER_GROWTH)
    .growth_permille = 100,
#elif defined(PLANT_LONGER_STEP)
    .step_permille = 500,
#elif defined(PLANT_SLOW_INSERTS)
    .slow_inserts = 10000,
    .slow_ns = 100000,
#elif defined(PLANT_MORE_MEMORY)
    .ballast_permille = 20,
#elif defined(PLANT_ONE_MOVE)
    .replaces_block = true,
#elif defined(PLANT_TWO_MODES)
    .ballast_permille = 140,
    .in_some_processes = true,
#else
#error "which plant?"
#endif
};

extern const struct table table_linear_rebuild; /* the program's */
static const struct table *const inner = &table_linear_rebuild;

struct planted {
    struct heap heap; /* what the inner table gets; first: a heap pointer is one to this */
    struct heap *outer;
    void *table;
    struct plant plant;

    uint64_t inserted, next_slow;
    uint64_t end_ticks;    /* of the last insert */
    uint64_t owed;         /* ticks x 1000 still to be waited for */
    uint64_t growth_ticks; /* when the operation's first large call had returned; 0: it made none */
    uint64_t large_bytes;  /* alive */
    void *ballast, *extra; /* NULL = none */
    size_t ballast_bytes, extra_bytes;
    bool has_stepped, keeps_ballast;
};

/* ---- memory ---- */

static void drop_ballast(struct planted *self)
{
    if (self->ballast)
        munmap(self->ballast, self->ballast_bytes);
    self->ballast = NULL;
    self->ballast_bytes = 0;
}

static void set_ballast(struct planted *self)
{
    const size_t page_bytes = (size_t)sysconf(_SC_PAGESIZE);
    const size_t bytes = (size_t)(self->large_bytes * self->plant.ballast_permille / PERMILLE);
    const size_t wanted_bytes = (bytes + page_bytes - 1) / page_bytes * page_bytes;
    if (wanted_bytes == self->ballast_bytes)
        return;
    drop_ballast(self);
    if (!wanted_bytes)
        return;
    void *ballast =
        mmap(NULL, wanted_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (ballast == MAP_FAILED)
        return;
    self->ballast = ballast;
    self->ballast_bytes = wanted_bytes;
    if (!self->keeps_ballast)
        drop_ballast(self);
}

/* The inner table's block of old_bytes has become one of new_bytes; 0 = there was, or is, none. */
static void note_block(struct planted *self, size_t old_bytes, size_t new_bytes)
{
    if (old_bytes < LARGE_BYTES && new_bytes < LARGE_BYTES)
        return;
    self->large_bytes -= old_bytes >= LARGE_BYTES ? old_bytes : 0;
    self->large_bytes += new_bytes >= LARGE_BYTES ? new_bytes : 0;
    set_ballast(self);
    if (!self->growth_ticks)
        self->growth_ticks = clock_ticks();
}

static void *planted_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct planted *self = (struct planted *)heap;
    void *block = heap_alloc(self->outer, bytes, align, flags);
    if (block)
        note_block(self, 0, bytes);
    return block;
}

static void *planted_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                            unsigned flags)
{
    struct planted *self = (struct planted *)heap;
    void *resized = heap_resize(self->outer, block, old_bytes, new_bytes, align, flags);
    if (resized)
        note_block(self, old_bytes, new_bytes);
    return resized;
}

static void planted_free(struct heap *heap, void *block, size_t bytes)
{
    struct planted *self = (struct planted *)heap;
    heap_free(self->outer, block, bytes);
    note_block(self, bytes, 0);
}

static void planted_heap_stats(const struct heap *heap, struct heap_stats *stats)
{
    const struct planted *self = (const struct planted *)heap;
    self->outer->ops->stats(self->outer, stats);
}

static void planted_close(struct heap *heap)
{
    (void)heap; /* the outer one belongs to who opened it */
}

static const struct heap_ops planted_ops = {
    .alloc = planted_alloc,
    .resize = planted_resize,
    .free = planted_free,
    .discard = NULL, /* linear_rebuild has no use for it */
    .stats = planted_heap_stats,
    .close = planted_close,
};

/* Allocated in one operation and freed in another: within one it would count as scratch memory. */
static void replace_extra(struct planted *self)
{
    void *larger = heap_alloc(self->outer, 2 * self->extra_bytes, 16, 0);
    if (!larger)
        return;
    heap_free(self->outer, self->extra, self->extra_bytes);
    self->extra = larger;
    self->extra_bytes *= 2;
}

/* ---- time ---- */

static uint64_t wait_ticks(uint64_t from, uint64_t ticks)
{
    uint64_t now = from;
    while (now - from < ticks)
        now = clock_ticks();
    return now;
}

static void wait_ns(uint64_t ns)
{
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((uint64_t)((now.tv_sec - start.tv_sec) * 1000000000 + now.tv_nsec - start.tv_nsec) < ns);
}

/* Returns when it ended. What was waited too long is taken off the next. */
static uint64_t wait_share(struct planted *self, uint64_t end_ticks, uint64_t ticks, uint64_t permille)
{
    self->owed += ticks * permille;
    if (self->owed < (uint64_t)WAIT_TICKS * PERMILLE)
        return end_ticks;
    const uint64_t now = wait_ticks(end_ticks, self->owed / PERMILLE);
    const uint64_t waited = (now - end_ticks) * PERMILLE;
    self->owed = waited < self->owed ? self->owed - waited : 0;
    return now;
}

static uint64_t end_growth(struct planted *self, uint64_t end_ticks, size_t n)
{
    uint64_t permille = self->plant.growth_permille + (n > 1 ? self->plant.insert_permille : 0);
    if (!self->has_stepped && self->inserted >= STEP_ENTRIES) {
        self->has_stepped = true;
        permille += self->plant.step_permille;
        if (self->extra)
            replace_extra(self);
    }
    return wait_share(self, end_ticks, end_ticks - self->growth_ticks, permille);
}

static uint64_t end_insert(struct planted *self, uint64_t start_ticks, uint64_t end_ticks, size_t n)
{
    const bool with_gap = n > 1 && start_ticks - self->end_ticks < GAP_TICKS;
    const uint64_t ticks = end_ticks - (with_gap ? self->end_ticks : start_ticks);
    uint64_t now = wait_share(self, end_ticks, ticks, self->plant.insert_permille);
    if (self->inserted >= self->next_slow) {
        self->next_slow += self->plant.slow_inserts;
        wait_ns(self->plant.slow_ns);
        now = clock_ticks();
    }
    return now;
}

/* ---- the table ---- */

/* One draw a process, whatever pids or address layouts come in turns. */
static bool is_of_some_processes(void)
{
    uint64_t random = 0;
    const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM); /* 16 of them */
    if (bytes)
        memcpy(&random, bytes, sizeof random);
    return table_hash((uint64_t)getpid(), random) & 1;
}

static void planted_destroy(void *table)
{
    struct planted *self = table;
    if (!self)
        return;
    inner->destroy(self->table);
    if (self->extra)
        heap_free(self->outer, self->extra, self->extra_bytes);
    drop_ballast(self);
    heap_free(self->outer, self, sizeof *self);
}

static void *planted_create(struct heap *heap, const struct table_options *options)
{
    struct planted *self = heap_alloc(heap, sizeof *self, _Alignof(struct planted), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap.ops = &planted_ops;
    self->outer = heap;
    self->plant = planted;
    self->keeps_ballast = !self->plant.in_some_processes || is_of_some_processes();
    self->next_slow = self->plant.slow_inserts ? self->plant.slow_inserts : UINT64_MAX;
    self->table = inner->create(&self->heap, options);
    if (self->plant.replaces_block) {
        self->extra_bytes = LARGE_BYTES;
        self->extra = heap_alloc(heap, self->extra_bytes, 16, 0);
    }
    if (self->table && (self->extra || !self->plant.replaces_block))
        return self;
    planted_destroy(self);
    return NULL;
}

static int planted_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                          uint64_t *added)
{
    struct planted *self = table;
    self->growth_ticks = 0;
    const uint64_t start_ticks = clock_ticks();
    const int error = inner->insert(self->table, keys, first_ordinal, n, added);
    const uint64_t end_ticks = clock_ticks();
    self->inserted += n;
    self->end_ticks =
        self->growth_ticks ? end_growth(self, end_ticks, n) : end_insert(self, start_ticks, end_ticks, n);
    return error;
}

static uint64_t planted_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                             uint64_t *sum)
{
    return inner->find(((struct planted *)table)->table, keys, first_ordinal, n, sum);
}

static uint64_t planted_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    return inner->erase(((struct planted *)table)->table, keys, first_ordinal, n);
}

static const void *planted_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    return inner->entry_address(((struct planted *)table)->table, key, ordinal);
}

static void planted_stats(void *table, struct table_stats *stats)
{
    inner->stats(((struct planted *)table)->table, stats);
}

const struct table growbench_table_v1 = {
    .name = "planted",
    .summary = "linear_rebuild with a planted regression, for tests of the gate",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_FAILS_CLEANLY | TABLE_TAKES_GROWTH |
                  TABLE_TAKES_LOAD | TABLE_TAKES_ENTRY_BYTES | TABLE_TAKES_RESERVE,
    .create = planted_create,
    .insert = planted_insert,
    .find = planted_find,
    .erase = planted_erase,
    .entry_address = planted_entry_address,
    .stats = planted_stats,
    .destroy = planted_destroy,
};
