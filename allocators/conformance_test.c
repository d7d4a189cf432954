/* SPDX-License-Identifier: MIT
 *
 * One suite for every back end in the registry: what allocator.h promises, tried with random operations
 * against a plain copy of what each block should hold, and then each promise by itself.
 *
 * A row with a preload library is skipped, unless GROWBENCH_TEST_ALLOCATOR names it: then the library is
 * taken to be preloaded into this process, and that row alone is tested.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "allocators/allocator.h"

#if defined(__SANITIZE_ADDRESS__)
#define HAS_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_ASAN 1
#endif
#endif
#ifndef HAS_ASAN
#define HAS_ASAN 0
#endif

#if HAS_ASAN
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}
#endif

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)
#define GIB ((size_t)1 << 30)

/* Checks run in threads and in forked children too, where cmocka's asserts must not: so they return what is
 * wrong, NULL for nothing. */
#define STRING(x) #x
#define STRING_OF(x) STRING(x)
#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            return "line " STRING_OF(__LINE__) ": " #condition;                                              \
        }                                                                                                    \
    } while (0)
#define CHECK_FINE(call)                                                                                     \
    do {                                                                                                     \
        const char *const wrong_ = (call);                                                                   \
        if (wrong_ != NULL) {                                                                                \
            return wrong_;                                                                                   \
        }                                                                                                    \
    } while (0)

typedef const char *check_function(const struct allocator *row);

static void assert_fine(const char *wrong)
{
    if (wrong != NULL) {
        fail_msg("%s", wrong);
    }
}

/* splitmix64 */
static uint64_t random_next(uint64_t *state)
{
    uint64_t mixed = *state += 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

static size_t random_below(uint64_t *state, size_t end)
{
    return (size_t)(random_next(state) % end);
}

/* Log-uniform from 1 byte to 2^largest_log2, with the powers of two themselves and their neighbours. */
static size_t random_bytes(uint64_t *state, unsigned largest_log2)
{
    const size_t power = (size_t)1 << random_below(state, largest_log2);
    switch (random_below(state, 4)) {
    case 0:
        return power + random_below(state, 3) - (power > 1);
    default:
        return power + random_below(state, power) + 1;
    }
}

static void pattern_fill(void *to, size_t bytes, uint64_t seed)
{
    char *const start = to;
    uint64_t word = seed;
    size_t offset = 0;
    for (; offset + sizeof word <= bytes; offset += sizeof word) {
        word = word * 6364136223846793005u + 1442695040888963407u;
        memcpy(start + offset, &word, sizeof word);
    }
    memset(start + offset, (int)(seed & 0x7f) | 1, bytes - offset);
}

static bool pattern_holds(const void *from, size_t bytes, uint64_t seed)
{
    const char *const start = from;
    uint64_t word = seed;
    size_t offset = 0;
    for (; offset + sizeof word <= bytes; offset += sizeof word) {
        word = word * 6364136223846793005u + 1442695040888963407u;
        if (memcmp(start + offset, &word, sizeof word) != 0) {
            return false;
        }
    }
    for (; offset < bytes; offset++) {
        if (start[offset] != (char)((seed & 0x7f) | 1)) {
            return false;
        }
    }
    return true;
}

static bool is_zero(const void *from, size_t bytes)
{
    const char *const start = from;
    return bytes == 0 || (start[0] == 0 && memcmp(start, start + 1, bytes - 1) == 0);
}

static bool is_aligned(const void *block, size_t align)
{
    return ((uintptr_t)block & (align - 1)) == 0;
}

#define STATUS_SIZE "\nVmSize:"
#define STATUS_RESIDENT "\nVmRSS:"
#define STATUS_DATA "\nVmData:"

/* Without malloc, which may be exhausted; and without pages, whose size may be pretended here. */
static size_t status_field_bytes(const char *name)
{
    char text[4096] = "";
    const int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (file < 0 || read(file, text, sizeof text - 1) <= 0) {
        text[0] = '\0';
    }
    (void)close(file);
    const char *const field = strstr(text, name);
    return field == NULL ? 0 : strtoul(field + strlen(name), NULL, 10) * KIB;
}

static size_t page_bytes(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

static const struct allocator_options unknown_size = {.largest_bytes = 0};

/* ---- Random operations against a reference ---- */

#define SLOT_COUNT 24
#define SHADOW_BYTES (64 * MIB)

struct slot {
    char *block;
    char *shadow; /* what the block should hold: a mapping of its own, none of anybody's malloc */
    size_t bytes;
    size_t align;
};

static const char *slots_map(struct slot slots[SLOT_COUNT])
{
    memset(slots, 0, SLOT_COUNT * sizeof *slots);
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        slots[i].shadow = mmap(NULL, SHADOW_BYTES, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        CHECK(slots[i].shadow != MAP_FAILED);
    }
    return NULL;
}

static const char *slot_verify(const struct slot *slot)
{
    CHECK(is_aligned(slot->block, slot->align));
    CHECK(memcmp(slot->block, slot->shadow, slot->bytes) == 0);
    return NULL;
}

static void slot_write(struct slot *slot, size_t offset, size_t bytes, uint64_t seed)
{
    pattern_fill(slot->block + offset, bytes, seed);
    memcpy(slot->shadow + offset, slot->block + offset, bytes);
}

static const char *slot_alloc(struct heap *heap, struct slot *slot, uint64_t *state, unsigned largest_log2)
{
    const bool zeroed = random_below(state, 2) == 0;
    slot->bytes =
        random_below(state, 60) == 0 ? 8 * ((size_t)1 << largest_log2) : random_bytes(state, largest_log2);
    slot->align = (size_t)1 << random_below(state, random_below(state, 4) == 0 ? 22 : 5);
    slot->block = heap_alloc(heap, slot->bytes, slot->align, zeroed ? HEAP_ZEROED : 0);
    CHECK(slot->block != NULL);
    if (zeroed) {
        memset(slot->shadow, 0, slot->bytes);
        CHECK_FINE(slot_verify(slot));
    }
    /* The other half stays zero, so that pages never touched take part too. */
    if (!zeroed || random_below(state, 2) == 0) {
        slot_write(slot, 0, slot->bytes, random_next(state));
    }
    return slot_verify(slot);
}

static const char *slot_free(struct heap *heap, struct slot *slot)
{
    CHECK_FINE(slot_verify(slot));
    heap_free(heap, slot->block, slot->bytes);
    slot->block = NULL;
    return NULL;
}

static const char *slot_resize(const struct allocator *row, struct heap *heap, struct slot *slot,
                               uint64_t *state, unsigned largest_log2)
{
    const bool zeroed = random_below(state, 2) == 0;
    const size_t old_bytes = slot->bytes;
    /* Half of the time near the old size: the pages around the end are where it goes wrong. */
    const size_t near_bytes = old_bytes / 2 + random_below(state, 2 * old_bytes) + 1;
    const size_t new_bytes = random_below(state, 2) == 0 && near_bytes <= SHADOW_BYTES
                                 ? near_bytes
                                 : random_bytes(state, largest_log2);
    CHECK_FINE(slot_verify(slot));
    char *const resized =
        heap_resize(heap, slot->block, old_bytes, new_bytes, slot->align, zeroed ? HEAP_ZEROED : 0);
    CHECK(resized != NULL);
    if ((row->properties & ALLOCATOR_GROWS_IN_PLACE) != 0 && old_bytes >= 64 * KIB &&
        new_bytes >= old_bytes) {
        CHECK(resized == slot->block);
    }
    slot->block = resized;
    slot->bytes = new_bytes;
    if (new_bytes > old_bytes && zeroed) {
        memset(slot->shadow + old_bytes, 0, new_bytes - old_bytes);
        CHECK_FINE(slot_verify(slot));
    }
    if (new_bytes > old_bytes && (!zeroed || random_below(state, 2) == 0)) {
        slot_write(slot, old_bytes, new_bytes - old_bytes, random_next(state));
    }
    return slot_verify(slot);
}

static const char *slot_discard(struct heap *heap, struct slot *slot, uint64_t *state)
{
    const size_t offset = random_below(state, slot->bytes);
    const size_t bytes = random_below(state, slot->bytes - offset) + 1;
    heap->ops->discard(heap, slot->block, offset, bytes);
    memset(slot->shadow + offset, 0, bytes);
    return slot_verify(slot);
}

static const char *random_operations(const struct allocator *row, struct heap *heap, struct slot *slots,
                                     uint64_t seed, unsigned count, unsigned largest_log2)
{
    uint64_t state = seed;
    for (unsigned i = 0; i < count; i++) {
        struct slot *const slot = &slots[random_below(&state, SLOT_COUNT)];
        const size_t dice = random_below(&state, 10);
        if (slot->block == NULL) {
            CHECK_FINE(slot_alloc(heap, slot, &state, largest_log2));
        } else if (dice < 2) {
            CHECK_FINE(slot_free(heap, slot));
        } else if (dice < 4 && heap->ops->discard != NULL) {
            CHECK_FINE(slot_discard(heap, slot, &state));
        } else {
            CHECK_FINE(slot_resize(row, heap, slot, &state, largest_log2));
        }
    }
    return NULL;
}

static const char *slots_free(struct heap *heap, struct slot *slots)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (slots[i].block != NULL) {
            CHECK_FINE(slot_free(heap, &slots[i]));
        }
        munmap(slots[i].shadow, SHADOW_BYTES);
    }
    return NULL;
}

static const char *check_random(const struct allocator *row, const struct allocator_options *options)
{
    struct heap *const heap = row->open(options);
    CHECK(heap != NULL);
    struct slot slots[SLOT_COUNT];
    CHECK_FINE(slots_map(slots));
    CHECK_FINE(random_operations(row, heap, slots, 1, 280, 23));
    CHECK_FINE(slots_free(heap, slots));
    struct heap_stats stats;
    heap->ops->stats(heap, &stats);
    CHECK(stats.live_bytes == 0);
    heap->ops->close(heap);
    return NULL;
}

static const char *check_random_default(const struct allocator *row)
{
    return check_random(row, &unknown_size);
}

static const char *check_random_always_huge(const struct allocator *row)
{
    const struct allocator_options options = {.page_policy = PAGE_POLICY_ALWAYS};
    return check_random(row, &options);
}

/* ---- Threads ---- */

#define THREAD_COUNT 4

struct worker {
    const struct allocator *row;
    struct heap *heap;
    struct slot *own;
    struct slot *neighbours; /* resized and freed by another thread than allocated them */
    pthread_barrier_t *barrier;
    uint64_t seed;
    const char *wrong;
};

static void *worker_run(void *argument)
{
    struct worker *const worker = argument;
    worker->wrong = random_operations(worker->row, worker->heap, worker->own, worker->seed, 300, 20);
    pthread_barrier_wait(worker->barrier);
    const char *const wrong =
        random_operations(worker->row, worker->heap, worker->neighbours, worker->seed + 100, 300, 20);
    worker->wrong = worker->wrong != NULL ? worker->wrong : wrong;
    return NULL;
}

static const char *check_threads(const struct allocator *row)
{
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, THREAD_COUNT);
    struct slot slots[THREAD_COUNT][SLOT_COUNT];
    struct worker workers[THREAD_COUNT];
    pthread_t threads[THREAD_COUNT];
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        CHECK_FINE(slots_map(slots[i]));
    }
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        workers[i] = (struct worker){row, heap, slots[i], slots[(i + 1) % THREAD_COUNT], &barrier, i, NULL};
        CHECK(pthread_create(&threads[i], NULL, worker_run, &workers[i]) == 0);
    }
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    for (unsigned i = 0; i < THREAD_COUNT; i++) {
        CHECK_FINE(workers[i].wrong);
        CHECK_FINE(slots_free(heap, slots[i]));
    }
    pthread_barrier_destroy(&barrier);
    heap->ops->close(heap);
    return NULL;
}

/* ---- Growing ---- */

static const char *check_grows_in_place(const struct allocator *row)
{
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    /* What was freed must not narrow what comes after. */
    for (unsigned i = 0; i < 10000; i++) {
        char *const passing = heap_alloc(heap, 64 * KIB, 16, 0);
        CHECK(passing != NULL);
        heap_free(heap, passing, 64 * KIB);
    }
    char *blocks[4];
    for (unsigned i = 0; i < 4; i++) {
        blocks[i] = heap_alloc(heap, 64 * KIB, 16, 0);
        CHECK(blocks[i] != NULL);
    }
    size_t old_bytes = 64 * KIB;
    for (size_t new_bytes = old_bytes + 1; new_bytes < 4 * GIB; new_bytes = 2 * new_bytes + 7) {
        for (unsigned i = 0; i < 4; i++) {
            CHECK(heap_resize(heap, blocks[i], old_bytes, new_bytes, 16, HEAP_ZEROED) == blocks[i]);
            CHECK(blocks[i][new_bytes - 1] == 0);
            blocks[i][new_bytes - 1] = 1;
        }
        old_bytes = new_bytes;
    }
    for (unsigned i = 0; i < 4; i++) {
        heap_free(heap, blocks[i], old_bytes);
    }
    heap->ops->close(heap);
    return NULL;
}

/* Grows a block, and checks what it holds. */
static const char *grow_checked(const struct allocator *row, struct heap *heap, char **block,
                                size_t *block_bytes, size_t new_bytes, uint64_t seed)
{
    char *const old = *block;
    const size_t old_bytes = *block_bytes;
    char *const grown = heap_resize(heap, old, old_bytes, new_bytes, page_bytes(), HEAP_ZEROED);
    CHECK(grown != NULL);
    if ((row->properties & ALLOCATOR_GROWS_IN_PLACE) != 0) {
        CHECK(((uintptr_t)grown - (uintptr_t)old) % (2 * MIB) == 0);
    }
    CHECK(pattern_holds(grown, old_bytes, seed));
    CHECK(is_zero(grown + old_bytes, new_bytes - old_bytes));
    pattern_fill(grown, new_bytes, seed);
    *block = grown;
    *block_bytes = new_bytes;
    return NULL;
}

/* The back end was told of blocks up to 1 MiB. Three neighbours are in each other's way; then the outer ones
 * go, so that the middle one may lengthen what it has. Split: the caller used madvise(2) on a part of a
 * block, which then is no longer one mapping of the kernel's. */
static const char *grow_past_reservation(const struct allocator *row, bool is_split)
{
    const size_t start_bytes = status_field_bytes(STATUS_SIZE);
    const struct allocator_options options = {.largest_bytes = 1 * MIB};
    struct heap *const heap = row->open(&options);
    CHECK(heap != NULL);
    char *blocks[3];
    size_t bytes[3];
    for (unsigned i = 0; i < 3; i++) {
        bytes[i] = 1 * MIB;
        blocks[i] = heap_alloc(heap, bytes[i], page_bytes(), 0);
        CHECK(blocks[i] != NULL);
        pattern_fill(blocks[i], bytes[i], i);
    }
    for (size_t new_bytes = 3 * MIB + 5; new_bytes < 32 * MIB; new_bytes *= 3) {
        for (unsigned i = 0; i < 3; i++) {
            CHECK(!is_split || madvise(blocks[i] + 256 * KIB, 64 * KIB, MADV_DONTDUMP) == 0);
            CHECK_FINE(grow_checked(row, heap, &blocks[i], &bytes[i], new_bytes, i));
        }
    }
    heap_free(heap, blocks[0], bytes[0]);
    heap_free(heap, blocks[2], bytes[2]);
    CHECK_FINE(grow_checked(row, heap, &blocks[1], &bytes[1], 80 * MIB, 1));
    blocks[1] = heap_resize(heap, blocks[1], bytes[1], 5 * MIB, page_bytes(), 0);
    bytes[1] = 5 * MIB;
    CHECK_FINE(grow_checked(row, heap, &blocks[1], &bytes[1], 40 * MIB, 1));
    heap_free(heap, blocks[1], bytes[1]);
    heap->ops->close(heap);
    /* A back end with pages of its own leaves no address space behind; malloc may keep what it likes. */
    CHECK((row->properties & ALLOCATOR_LAZY_ZERO) == 0 ||
          status_field_bytes(STATUS_SIZE) < start_bytes + 1 * MIB);
    return NULL;
}

static const char *check_grows_past_reservation(const struct allocator *row)
{
    return grow_past_reservation(row, false);
}

static const char *check_grows_when_split(const struct allocator *row)
{
    return grow_past_reservation(row, true);
}

/* Small steps, so that every border of whatever a back end rounds to is crossed. */
static const char *check_grows_in_steps(const struct allocator *row)
{
    const struct allocator_options options = {.largest_bytes = 1 * MIB};
    struct heap *const heap = row->open(&options);
    CHECK(heap != NULL);
    char *blocks[3];
    for (unsigned i = 0; i < 3; i++) {
        blocks[i] = heap_alloc(heap, 1 * MIB, 16, HEAP_ZEROED);
        CHECK(blocks[i] != NULL);
    }
    for (size_t bytes = 1 * MIB; bytes < 24 * MIB; bytes += 1 * MIB) {
        for (unsigned i = 0; i < 3; i++) {
            blocks[i] = heap_resize(heap, blocks[i], bytes, bytes + 1 * MIB, 16, HEAP_ZEROED);
            CHECK(blocks[i] != NULL && is_zero(blocks[i] + bytes, 1 * MIB));
            memset(blocks[i] + bytes, (int)i + 1, 4096);
            for (size_t mark = 1 * MIB; mark <= bytes; mark += 1 * MIB) {
                CHECK(blocks[i][mark] == (char)(i + 1) && blocks[i][mark + 4096] == 0);
            }
        }
    }
    for (unsigned i = 0; i < 3; i++) {
        heap_free(heap, blocks[i], 24 * MIB);
    }
    heap->ops->close(heap);
    return NULL;
}

static const char *check_alignment(const struct allocator *row)
{
    enum { COUNT = 5 };
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    for (size_t align = 1; align <= 2 * MIB; align *= 2) {
        for (size_t bytes = align / 4 + 1; bytes <= 4 * align; bytes = bytes < align ? align : 2 * bytes) {
            char *blocks[COUNT];
            for (unsigned i = 0; i < COUNT; i++) {
                blocks[i] = heap_alloc(heap, bytes, align, 0);
                CHECK(blocks[i] != NULL && is_aligned(blocks[i], align));
                blocks[i] = heap_resize(heap, blocks[i], bytes, 2 * bytes, align, 0);
                CHECK(blocks[i] != NULL && is_aligned(blocks[i], align));
                blocks[i] = heap_resize(heap, blocks[i], 2 * bytes, (bytes + 1) / 2, align, 0);
                CHECK(blocks[i] != NULL && is_aligned(blocks[i], align));
            }
            for (unsigned i = 0; i < COUNT; i++) {
                heap_free(heap, blocks[i], (bytes + 1) / 2);
            }
        }
    }
    heap->ops->close(heap);
    return NULL;
}

/* Thousands of blocks that each may become as large as the machine: the address space must go round. */
static const char *check_many_blocks(const struct allocator *row)
{
    enum { COUNT = 8000 };
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    char **const blocks = calloc(COUNT, sizeof *blocks);
    CHECK(blocks != NULL);
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = heap_alloc(heap, 64 * KIB, 64, HEAP_ZEROED);
        CHECK(blocks[i] != NULL);
        memcpy(blocks[i], &i, sizeof i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(memcmp(blocks[i], &i, sizeof i) == 0);
        CHECK(is_zero(blocks[i] + sizeof i, 4096 - sizeof i));
        heap_free(heap, blocks[i], 64 * KIB);
    }
    free(blocks);
    heap->ops->close(heap);
    return NULL;
}

/* ---- Zero bytes ---- */

/* Sizes on both sides of what back ends round to. */
static const char *check_zeroed(const struct allocator *row)
{
    static const size_t sizes[] = {1,        100,         4096,    60 * KIB,    64 * KIB - 1, 64 * KIB,
                                   65 * KIB, 1 * MIB - 1, 2 * MIB, 2 * MIB + 1, 5 * MIB,      4 * MIB + 4095};
    enum { COUNT = sizeof sizes / sizeof *sizes };
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    for (size_t align = 1; align <= 2 * MIB; align *= 64) {
        for (unsigned i = 0; i < COUNT * COUNT; i++) {
            const size_t large_bytes = sizes[i / COUNT];
            const size_t small_bytes = sizes[i % COUNT];
            if (small_bytes >= large_bytes || (large_bytes > 2 * MIB + 1 && align > 64)) {
                continue;
            }
            char *block = heap_alloc(heap, large_bytes, align, HEAP_ZEROED);
            CHECK(block != NULL && is_aligned(block, align) && is_zero(block, large_bytes));
            memset(block, 0xaa, large_bytes);
            block = heap_resize(heap, block, large_bytes, small_bytes, align, 0);
            CHECK(block != NULL && is_aligned(block, align));
            block = heap_resize(heap, block, small_bytes, large_bytes, align, HEAP_ZEROED);
            CHECK(block != NULL && is_aligned(block, align));
            CHECK((unsigned char)block[small_bytes - 1] == 0xaa);
            CHECK(is_zero(block + small_bytes, large_bytes - small_bytes));
            heap_free(heap, block, large_bytes);
        }
    }
    heap->ops->close(heap);
    return NULL;
}

/* To within the kernel's per-CPU batches. */
static size_t resident_bytes(void)
{
    return status_field_bytes(STATUS_RESIDENT);
}

static const char *check_lazy_zero(const struct allocator *row)
{
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    const size_t start_bytes = resident_bytes();
    char *block = heap_alloc(heap, 256 * MIB, 64, HEAP_ZEROED);
    CHECK(block != NULL);
    block = heap_resize(heap, block, 256 * MIB, 512 * MIB, 64, HEAP_ZEROED);
    CHECK(block != NULL);
    CHECK(resident_bytes() < start_bytes + 16 * MIB);
    CHECK(is_zero(block + 300 * MIB, 1 * MIB));
    heap_free(heap, block, 512 * MIB);
    heap->ops->close(heap);
    return NULL;
}

/* Discarding and shrinking give pages back, and spare the neighbouring bytes. */
static const char *check_discard(const struct allocator *row)
{
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL && heap->ops->discard != NULL);
    char *block = heap_alloc(heap, 64 * MIB, 64, 0);
    CHECK(block != NULL);
    memset(block, 0xaa, 64 * MIB);
    const size_t full_bytes = resident_bytes();
    heap->ops->discard(heap, block, 100, 32 * MIB);
    CHECK(resident_bytes() + 30 * MIB < full_bytes);
    CHECK(is_zero(block + 100, 32 * MIB));
    CHECK((unsigned char)block[99] == 0xaa && (unsigned char)block[100 + 32 * MIB] == 0xaa);
    block = heap_resize(heap, block, 64 * MIB, 33 * MIB, 64, 0);
    CHECK(block != NULL);
    CHECK(resident_bytes() + 28 * MIB < full_bytes - 30 * MIB + 2 * MIB);
    heap_free(heap, block, 33 * MIB);
    CHECK(resident_bytes() + 60 * MIB < full_bytes);
    heap->ops->close(heap);
    return NULL;
}

/* ---- Out of memory ---- */

static const char *check_absurd_sizes(const struct allocator *row)
{
    static const size_t sizes[] = {(size_t)1 << 47, ((size_t)1 << 62) + 1, SIZE_MAX / 2, SIZE_MAX - 4096,
                                   SIZE_MAX};
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t bytes = 100; bytes < 10 * MIB; bytes *= 100) {
            CHECK(heap_alloc(heap, sizes[i], 16, 0) == NULL);
            CHECK(heap_alloc(heap, sizes[i], 1 * MIB, HEAP_ZEROED) == NULL);
            char *block = heap_alloc(heap, bytes, 64, 0);
            CHECK(block != NULL);
            pattern_fill(block, bytes, i);
            CHECK(heap_resize(heap, block, bytes, sizes[i], 64, 0) == NULL);
            CHECK(heap_resize(heap, block, bytes, sizes[i], 64, HEAP_ZEROED) == NULL);
            CHECK(pattern_holds(block, bytes, i));
            block = heap_resize(heap, block, bytes, 2 * bytes, 64, 0);
            CHECK(block != NULL && pattern_holds(block, bytes, i));
            heap_free(heap, block, 2 * bytes);
        }
    }
    heap->ops->close(heap);
    return NULL;
}

/* From now on this process, a forked child, gets that much more and no byte beyond. */
static const char *limit_memory(int resource, size_t spare_bytes)
{
    const size_t used_bytes = status_field_bytes(resource == RLIMIT_AS ? STATUS_SIZE : STATUS_DATA);
    CHECK(used_bytes != 0);
    const struct rlimit limit = {.rlim_cur = used_bytes + spare_bytes, .rlim_max = RLIM_INFINITY};
    CHECK(setrlimit((__rlimit_resource_t)resource, &limit) == 0);
    return NULL;
}

static const char *check_refused_growth(const struct allocator *row, int resource, size_t largest_bytes)
{
    const struct allocator_options options = {.largest_bytes = largest_bytes};
    struct heap *const heap = row->open(&options);
    CHECK(heap != NULL);
    for (size_t bytes = 8 * MIB; bytes >= 32 * KIB; bytes /= 256) {
        char *block = heap_alloc(heap, bytes, 64, 0);
        CHECK(block != NULL);
        pattern_fill(block, bytes, 7);
        CHECK_FINE(limit_memory(resource, 48 * MIB));
        char *const grown = heap_resize(heap, block, bytes, 1 * GIB, 64, HEAP_ZEROED);
        CHECK((row->properties & ALLOCATOR_YARDSTICK) != 0 || grown == NULL);
        block = grown != NULL ? grown : block;
        CHECK(pattern_holds(block, bytes, 7));
        block = heap_resize(heap, block, grown != NULL ? 1 * GIB : bytes, bytes + 4 * MIB, 64, HEAP_ZEROED);
        CHECK(block != NULL && pattern_holds(block, bytes, 7) && is_zero(block + bytes, 4 * MIB));
        heap_free(heap, block, bytes + 4 * MIB);
        CHECK_FINE(limit_memory(resource, 4 * GIB));
    }
    heap->ops->close(heap);
    return NULL;
}

static const char *check_address_space_limit(const struct allocator *row)
{
    /* A back end that sets aside more than there is must be content with less. */
    CHECK_FINE(limit_memory(RLIMIT_AS, 256 * MIB));
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    char *const block = heap_alloc(heap, 8 * MIB, 64, HEAP_ZEROED);
    CHECK(block != NULL);
    heap_free(heap, block, 8 * MIB);
    heap->ops->close(heap);
    CHECK_FINE(limit_memory(RLIMIT_AS, 4 * GIB));
    return check_refused_growth(row, RLIMIT_AS, 1 * MIB);
}

/* What strict overcommit accounting does too: reserving is free, committing is refused. */
static const char *check_data_limit(const struct allocator *row)
{
    CHECK_FINE(check_refused_growth(row, RLIMIT_DATA, 0));
    return check_refused_growth(row, RLIMIT_DATA, 1 * MIB);
}

/* Enough for the block itself to grow past its reservation, not for what a back end might set aside. Copying
 * back ends need more; all must keep the block whole. */
static const char *check_tight_data_limit(const struct allocator *row)
{
    const struct allocator_options options = {.largest_bytes = 1 * MIB};
    struct heap *const heap = row->open(&options);
    CHECK(heap != NULL);
    size_t bytes = 8 * MIB;
    char *block = heap_alloc(heap, bytes, 64, 0);
    char *const neighbour = heap_alloc(heap, bytes, 64, 0);
    CHECK(block != NULL && neighbour != NULL);
    pattern_fill(block, bytes, 7);
    pattern_fill(neighbour, bytes, 8);
    CHECK_FINE(limit_memory(RLIMIT_DATA, 14 * MIB));
    for (size_t new_bytes = 20 * MIB; new_bytes <= 80 * MIB; new_bytes += 12 * MIB) {
        char *const grown = heap_resize(heap, block, bytes, new_bytes, 64, HEAP_ZEROED);
        CHECK((row->properties & ALLOCATOR_GROWS_IN_PLACE) == 0 || grown != NULL || new_bytes > 20 * MIB);
        if (grown != NULL) {
            CHECK(is_zero(grown + bytes, new_bytes - bytes));
            pattern_fill(grown, new_bytes, 7);
            block = grown;
            bytes = new_bytes;
            CHECK_FINE(limit_memory(RLIMIT_DATA, 14 * MIB));
        }
        CHECK(pattern_holds(block, bytes, 7));
    }
    CHECK(pattern_holds(neighbour, 8 * MIB, 8));
    heap_free(heap, neighbour, 8 * MIB);
    heap_free(heap, block, bytes);
    heap->ops->close(heap);
    return NULL;
}

/* Takes all that the process's malloc has left, and never gives it back: the child ends soon. */
static void exhaust_malloc(void)
{
    for (size_t bytes = 16 * MIB; bytes >= 16; bytes /= 2) {
        for (;;) {
            void *volatile const taken = malloc(bytes);
            if (taken == NULL) {
                break;
            }
        }
    }
}

static const char *check_shrinking_never_fails(const struct allocator *row)
{
    enum { COUNT = 40 };
    static const size_t small_sizes[] = {1, 3000, 40 * KIB, 60 * KIB, 60 * KIB + 1, 64 * KIB - 1};
    enum { SIZE_COUNT = sizeof small_sizes / sizeof *small_sizes };
    const struct allocator_options options = {.largest_bytes = 1 * MIB};
    struct heap *const heap = row->open(&options);
    CHECK(heap != NULL);
    char *blocks[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = heap_alloc(heap, 70 * KIB, i % 2 == 0 ? 16 : 256, 0);
        CHECK(blocks[i] != NULL);
        pattern_fill(blocks[i], 70 * KIB, i);
    }
    CHECK_FINE(limit_memory(RLIMIT_AS, 4 * MIB));
    exhaust_malloc();
    for (size_t i = 0; i < COUNT; i++) {
        const size_t align = i % 2 == 0 ? 16 : 256;
        const size_t bytes = small_sizes[i % SIZE_COUNT];
        blocks[i] = heap_resize(heap, blocks[i], 70 * KIB, bytes, align, 0);
        CHECK(blocks[i] != NULL && is_aligned(blocks[i], align) &&
              pattern_holds(blocks[i], bytes / 8 * 8, i));
    }
    for (size_t i = 0; i < COUNT && (row->properties & ALLOCATOR_YARDSTICK) == 0; i++) {
        const size_t bytes = small_sizes[i % SIZE_COUNT];
        CHECK(heap_resize(heap, blocks[i], bytes, 1 * GIB, i % 2 == 0 ? 16 : 256, 0) == NULL);
    }
    CHECK_FINE(limit_memory(RLIMIT_AS, 256 * MIB));
    for (size_t i = 0; i < COUNT; i++) {
        const size_t align = i % 2 == 0 ? 16 : 256;
        size_t bytes = small_sizes[i % SIZE_COUNT];
        for (size_t new_bytes = bytes + 100; i % 3 != 0 && new_bytes < 400 * KIB; new_bytes *= 3) {
            blocks[i] = heap_resize(heap, blocks[i], bytes, new_bytes, align, HEAP_ZEROED);
            CHECK(blocks[i] != NULL && is_zero(blocks[i] + bytes, new_bytes - bytes));
            bytes = new_bytes;
        }
        CHECK(pattern_holds(blocks[i], small_sizes[i % SIZE_COUNT] / 8 * 8, i));
        heap_free(heap, blocks[i], bytes);
    }
    heap->ops->close(heap);
    return NULL;
}

/* ---- The suite ---- */

static const char *check_row(const struct allocator *row)
{
    CHECK(row->name != NULL &&
          strspn(row->name, "abcdefghijklmnopqrstuvwxyz0123456789_:") == strlen(row->name));
    CHECK(row->summary != NULL && row->summary[0] != '\0');
    for (size_t i = 0; allocator_registry[i] != row; i++) {
        CHECK(strcmp(allocator_registry[i]->name, row->name) != 0);
    }
    struct heap *const heap = row->open(&unknown_size);
    CHECK(heap != NULL);
    CHECK((heap->ops->discard != NULL) == ((row->properties & ALLOCATOR_CAN_DISCARD) != 0));
    heap->ops->close(heap);
    return NULL;
}

struct check {
    const char *name;
    check_function *run;
    unsigned needs;  /* enum allocator_property */
    bool is_limited; /* sets limits: in a child of its own, and not where ASan needs the address space */
};

static const struct check checks[] = {
    {"row", check_row, 0, false},
    {"random", check_random_default, 0, false},
    {"random_always_huge", check_random_always_huge, 0, false},
    {"threads", check_threads, ALLOCATOR_THREADS, false},
    {"alignment", check_alignment, 0, false},
    {"zeroed", check_zeroed, 0, false},
    {"lazy_zero", check_lazy_zero, ALLOCATOR_LAZY_ZERO, false},
    {"discard", check_discard, ALLOCATOR_CAN_DISCARD, false},
    {"grows_in_place", check_grows_in_place, ALLOCATOR_GROWS_IN_PLACE, false},
    {"grows_past_reservation", check_grows_past_reservation, 0, false},
    {"grows_when_split", check_grows_when_split, 0, false},
    {"grows_in_steps", check_grows_in_steps, 0, false},
    {"many_blocks", check_many_blocks, 0, false},
    {"absurd_sizes", check_absurd_sizes, 0, false},
    {"address_space_limit", check_address_space_limit, 0, true},
    {"data_limit", check_data_limit, 0, true},
    {"tight_data_limit", check_tight_data_limit, 0, true},
    {"shrinking_never_fails", check_shrinking_never_fails, 0, true},
};
#define CHECK_COUNT (sizeof checks / sizeof *checks)

struct subject {
    const struct allocator *row;
    const struct check *check;
};

static const char *run_in_child(const struct subject *subject)
{
    (void)fflush(NULL);
    const pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        const char *const wrong = subject->check->run(subject->row);
        if (wrong != NULL) {
            (void)!write(STDERR_FILENO, wrong, strlen(wrong));
            (void)!write(STDERR_FILENO, "\n", 1);
        }
        _exit(wrong != NULL);
    }
    int status;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    return NULL;
}

static void test_subject(void **state)
{
    const struct subject *const subject = *state;
    if (!subject->check->is_limited) {
        assert_fine(subject->check->run(subject->row));
    } else if (HAS_ASAN) {
        skip();
    } else {
        assert_fine(run_in_child(subject));
    }
}

static void test_not_preloaded(void **state)
{
    (void)state;
    skip();
}

static size_t tests_add(struct CMUnitTest *tests, struct subject *subjects, const struct allocator *row,
                        const char *only)
{
    if (only == NULL && row->preload != NULL) {
        tests[0] = (struct CMUnitTest){row->name, test_not_preloaded, NULL, NULL, NULL};
        return 1;
    }
    size_t count = 0;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        char *name;
        if ((row->properties & checks[i].needs) != checks[i].needs ||
            asprintf(&name, "%s %s", row->name, checks[i].name) < 0) {
            continue;
        }
        subjects[count] = (struct subject){row, &checks[i]};
        tests[count] = (struct CMUnitTest){name, test_subject, NULL, NULL, &subjects[count]};
        count++;
    }
    return count;
}

int main(void)
{
    const char *const only = getenv("GROWBENCH_TEST_ALLOCATOR");
    size_t row_count = 0;
    while (allocator_registry[row_count] != NULL) {
        row_count++;
    }
    struct CMUnitTest *const tests = calloc(row_count * CHECK_COUNT, sizeof *tests);
    struct subject *const subjects = calloc(row_count * CHECK_COUNT, sizeof *subjects);
    if (tests == NULL || subjects == NULL) {
        return 2;
    }
    size_t count = 0;
    for (size_t i = 0; i < row_count; i++) {
        if (only == NULL || strcmp(only, allocator_registry[i]->name) == 0) {
            count += tests_add(tests + count, subjects + count, allocator_registry[i], only);
        }
    }
    if (count == 0) {
        (void)fprintf(stderr, "GROWBENCH_TEST_ALLOCATOR=%s names no allocator of the registry\n", only);
        return 2;
    }
    const int failed_count = _cmocka_run_group_tests("allocators", tests, count, NULL, NULL);
    for (size_t i = 0; i < count; i++) {
        if (tests[i].initial_state != NULL) {
            free((void *)(uintptr_t)tests[i].name);
        }
    }
    free(tests);
    free(subjects);
    return failed_count;
}
