/* SPDX-License-Identifier: MIT */
#include "harness/measure/busy.h"

#include "harness/request/keys.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

struct busy {
    struct heap *heap;
    uint64_t seed, drawn, live_bytes;
    struct {
        void *block;
        size_t bytes;
    } blocks[BUSY_BLOCK_COUNT];
};

static size_t draw_bytes(struct busy *busy)
{
    /* 16 << 0 .. 16 << 7, and a uniform share of the next doubling: log-uniform in steps of one octave. */
    uint64_t octave = keys_random_below(busy->seed, busy->drawn++, 8);
    uint64_t base_bytes = (uint64_t)16 << octave;
    return base_bytes + keys_random_below(busy->seed, busy->drawn++, base_bytes + 1);
}

static int fill_place(struct busy *busy, size_t place)
{
    size_t bytes = draw_bytes(busy);
    void *block = heap_alloc(busy->heap, bytes, 16, 0);
    if (!block)
        return ENOMEM;
    memset(block, 0x5a, bytes);
    busy->blocks[place].block = block;
    busy->blocks[place].bytes = bytes;
    busy->live_bytes += bytes;
    return 0;
}

static void empty_place(struct busy *busy, size_t place)
{
    if (!busy->blocks[place].block)
        return;
    heap_free(busy->heap, busy->blocks[place].block, busy->blocks[place].bytes);
    busy->live_bytes -= busy->blocks[place].bytes;
    busy->blocks[place].block = NULL;
}

struct busy *busy_create(struct heap *heap, uint64_t seed)
{
    struct busy *busy =
        mmap(NULL, sizeof *busy, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (busy == MAP_FAILED)
        return NULL;
    busy->heap = heap;
    busy->seed = seed;
    for (size_t place = 0; place < BUSY_BLOCK_COUNT; place++)
        if (fill_place(busy, place)) {
            busy_destroy(busy);
            return NULL;
        }
    return busy;
}

int busy_replace(struct busy *busy)
{
    for (int i = 0; i < BUSY_REPLACED_COUNT; i++) {
        size_t place = (size_t)keys_random_below(busy->seed, busy->drawn++, BUSY_BLOCK_COUNT);
        empty_place(busy, place);
        if (fill_place(busy, place))
            return ENOMEM;
    }
    return 0;
}

uint64_t busy_list_bytes(void)
{
    return sizeof(struct busy);
}

uint64_t busy_live_bytes(const struct busy *busy)
{
    return busy ? busy->live_bytes : 0;
}

void busy_destroy(struct busy *busy)
{
    if (!busy)
        return;
    for (size_t place = 0; place < BUSY_BLOCK_COUNT; place++)
        empty_place(busy, place);
    munmap(busy, sizeof *busy);
}
