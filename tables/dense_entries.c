/* SPDX-License-Identifier: MIT */
#include "tables/dense_entries.h"

#include <errno.h>
#include <string.h>

enum { BLOCK_ALIGN_BYTES = 64 };

static uint64_t first_record(unsigned segment)
{
    if (segment == 0)
        return DENSE_FIRST_RECORD;
    return (uint64_t)(8 + (segment - 1) % 8) << (DENSE_OCTAVE - 3 + (segment - 1) / 8);
}

static uint64_t entry_count(unsigned segment)
{
    return first_record(segment + 1) - first_record(segment);
}

static uint32_t slab_limit(unsigned segment)
{
    return (uint32_t)((entry_count(segment) + DENSE_SLAB_ENTRIES - 1) / DENSE_SLAB_ENTRIES);
}

static uint64_t slab_entries(unsigned segment)
{
    return segment == 0 ? DENSE_FIRST_ENTRIES : DENSE_SLAB_ENTRIES;
}

static int segment_create(struct dense_entries *self, unsigned number)
{
    if (first_record(number + 1) > self->record_limit)
        return ENOMEM;
    struct dense_segment *segment = &self->segments[number];
    const size_t bytes = entry_count(number) * TABLE_ENTRY_BYTES;
    const size_t slab_bytes = slab_limit(number) * sizeof(struct dense_slab);
    struct dense_slab *slabs = heap_alloc(self->heap, slab_bytes, _Alignof(struct dense_slab), 0);
    if (!slabs)
        return ENOMEM;
    struct entry *entries = heap_alloc(self->heap, bytes, BLOCK_ALIGN_BYTES, 0);
    if (!entries) {
        heap_free(self->heap, slabs, slab_bytes);
        return ENOMEM;
    }
    *segment = (struct dense_segment){
        .entries = entries,
        .slabs = slabs,
        .first_slab = DENSE_NO_SLAB,
        .last_slab = DENSE_NO_SLAB,
    };
    self->bases[number] = (uintptr_t)entries - first_record(number) * TABLE_ENTRY_BYTES;
    self->bytes += bytes + slab_bytes;
    return 0;
}

static void segment_destroy(struct dense_entries *self, unsigned number)
{
    struct dense_segment *segment = &self->segments[number];
    const size_t bytes = entry_count(number) * TABLE_ENTRY_BYTES;
    const size_t slab_bytes = slab_limit(number) * sizeof(struct dense_slab);
    heap_free(self->heap, segment->entries, bytes);
    heap_free(self->heap, segment->slabs, slab_bytes);
    self->bytes -= bytes + slab_bytes;
    *segment = (struct dense_segment){0};
}

int dense_entries_init(struct dense_entries *self, struct heap *heap)
{
    *self = (struct dense_entries){.heap = heap, .record_limit = UINT64_MAX};
    return segment_create(self, 0);
}

void dense_entries_destroy(struct dense_entries *self)
{
    for (unsigned i = 0; i < DENSE_SEGMENTS; i++)
        if (self->segments[i].entries)
            segment_destroy(self, i);
}

static void list_remove(struct dense_segment *segment, uint32_t number)
{
    const struct dense_slab *slab = &segment->slabs[number];
    *(slab->previous == DENSE_NO_SLAB ? &segment->first_slab : &segment->slabs[slab->previous].next) =
        slab->next;
    *(slab->next == DENSE_NO_SLAB ? &segment->last_slab : &segment->slabs[slab->next].previous) =
        slab->previous;
}

static void list_add(struct dense_segment *segment, uint32_t number, uint32_t previous, uint32_t next)
{
    *(previous == DENSE_NO_SLAB ? &segment->first_slab : &segment->slabs[previous].next) = number;
    *(next == DENSE_NO_SLAB ? &segment->last_slab : &segment->slabs[next].previous) = number;
    segment->slabs[number].previous = previous;
    segment->slabs[number].next = next;
}

static bool has_partial(const struct dense_segment *segment)
{
    return segment->entries && segment->first_slab != DENSE_NO_SLAB &&
           segment->slabs[segment->first_slab].live;
}

static bool has_empty(const struct dense_segment *segment, unsigned number)
{
    return segment->slab_count < slab_limit(number) ||
           (segment->last_slab != DENSE_NO_SLAB && segment->slabs[segment->last_slab].live == 0);
}

/* The lowest segment, from this one on, with a slab that is not in use; or DENSE_SEGMENTS. */
static unsigned find_empty(struct dense_entries *self, unsigned number)
{
    while (number < DENSE_SEGMENTS && self->segments[number].entries &&
           !has_empty(&self->segments[number], number))
        number++;
    if (number == DENSE_SEGMENTS || (!self->segments[number].entries && segment_create(self, number) != 0))
        return DENSE_SEGMENTS;
    if (number == self->spare)
        self->spare = 0;
    return number;
}

/* Makes `with_partial` a segment whose first slab has room. */
static bool find_room(struct dense_entries *self)
{
    for (unsigned i = self->with_partial; i < DENSE_SEGMENTS; i++) {
        if (has_partial(&self->segments[i])) {
            self->with_partial = i;
            return true;
        }
    }
    const unsigned number = find_empty(self, self->with_empty);
    if (number == DENSE_SEGMENTS)
        return false;
    self->with_empty = self->with_partial = number;
    struct dense_segment *segment = &self->segments[number];
    if (segment->first_slab == DENSE_NO_SLAB) {
        const uint32_t slab = segment->slab_count++;
        segment->slabs[slab] = (struct dense_slab){0};
        list_add(segment, slab, DENSE_NO_SLAB, DENSE_NO_SLAB);
    }
    return true;
}

uint64_t dense_entries_take(struct dense_entries *self)
{
    if (!has_partial(&self->segments[self->with_partial]) && !find_room(self))
        return DENSE_NO_RECORD;
    struct dense_segment *segment = &self->segments[self->with_partial];
    const uint32_t number = segment->first_slab;
    struct dense_slab *slab = &segment->slabs[number];
    struct entry *entries =
        entry_at(segment->entries, (uint64_t)number * DENSE_SLAB_ENTRIES, TABLE_ENTRY_BYTES);
    uint64_t place = slab->fill;
    if (slab->erased) {
        place = slab->erased - 1u;
        slab->erased = (uint16_t)entry_at(entries, place, TABLE_ENTRY_BYTES)->key;
        /* The next one to be taken tells which comes then. */
        if (slab->erased)
            __builtin_prefetch(entry_at(entries, slab->erased - 1u, TABLE_ENTRY_BYTES), 1);
    } else {
        slab->fill++;
    }
    slab->live++;
    segment->live++;
    if (slab->live == slab_entries(self->with_partial))
        list_remove(segment, number);
    return first_record(self->with_partial) + (uint64_t)number * DENSE_SLAB_ENTRIES + place;
}

/* Of two empty ones the higher goes, but never segment 0. */
static void segment_emptied(struct dense_entries *self, unsigned number)
{
    if (number == 0)
        return;
    if (self->spare)
        segment_destroy(self, number > self->spare ? number : self->spare);
    if (self->spare == 0 || number < self->spare)
        self->spare = number;
}

/* An empty one, in no list: behind all others, and without memory. */
static void slab_retire(struct dense_entries *self, struct dense_segment *segment, uint32_t number)
{
    list_add(segment, number, segment->last_slab, DENSE_NO_SLAB);
    if (self->heap->ops->discard)
        self->heap->ops->discard(self->heap, segment->entries, (size_t)number * DENSE_SLAB_BYTES,
                                 DENSE_SLAB_BYTES);
}

static void slab_emptied(struct dense_entries *self, unsigned segment_number, uint32_t number)
{
    struct dense_segment *segment = &self->segments[segment_number];
    struct dense_slab *slab = &segment->slabs[number];
    slab->fill = slab->erased = 0;
    if (segment_number < self->with_empty)
        self->with_empty = segment_number;
    if (segment_number == 0)
        return;
    if (segment->first_slab == number && segment->last_slab == number)
        return; /* the next entry comes here */
    list_remove(segment, number);
    slab_retire(self, segment, number);
}

void dense_entries_give_back(struct dense_entries *self, uint64_t record)
{
    const unsigned segment_number = dense_segment_of(record);
    struct dense_segment *segment = &self->segments[segment_number];
    const uint64_t offset = record - first_record(segment_number);
    const uint32_t number = (uint32_t)(offset / DENSE_SLAB_ENTRIES);
    const uint64_t place = offset % DENSE_SLAB_ENTRIES;
    struct dense_slab *slab = &segment->slabs[number];
    if (slab->live == slab_entries(segment_number))
        list_add(segment, number, DENSE_NO_SLAB, segment->first_slab);
    dense_entry(self, record)->key = slab->erased;
    slab->erased = (uint16_t)(place + 1);
    slab->live--;
    segment->live--;
    if (segment_number < self->with_partial)
        self->with_partial = segment_number;
    if (slab->live == 0)
        slab_emptied(self, segment_number, number);
    if (segment->live == 0)
        segment_emptied(self, segment_number);
}

void *dense_entries_take_slab(struct dense_entries *self)
{
    const unsigned segment_number = find_empty(self, self->with_empty ? self->with_empty : 1);
    if (segment_number == DENSE_SEGMENTS)
        return NULL;
    if (self->with_empty)
        self->with_empty = segment_number;
    struct dense_segment *segment = &self->segments[segment_number];
    uint32_t number = segment->last_slab;
    if (number != DENSE_NO_SLAB && segment->slabs[number].live == 0)
        list_remove(segment, number);
    else
        number = segment->slab_count++;
    segment->slabs[number] = (struct dense_slab){.live = DENSE_SLAB_ENTRIES};
    segment->live += DENSE_SLAB_ENTRIES;
    return memset(entry_at(segment->entries, (uint64_t)number * DENSE_SLAB_ENTRIES, TABLE_ENTRY_BYTES), 0,
                  DENSE_SLAB_BYTES);
}

void dense_entries_give_back_slab(struct dense_entries *self, void *slab)
{
    unsigned segment_number = 1;
    uintptr_t offset;
    while (!self->segments[segment_number].entries ||
           (offset = (uintptr_t)slab - (uintptr_t)self->segments[segment_number].entries) >=
               entry_count(segment_number) * TABLE_ENTRY_BYTES)
        segment_number++;
    struct dense_segment *segment = &self->segments[segment_number];
    const uint32_t number = (uint32_t)(offset / DENSE_SLAB_BYTES);
    segment->slabs[number] = (struct dense_slab){0};
    segment->live -= DENSE_SLAB_ENTRIES;
    if (segment_number < self->with_empty)
        self->with_empty = segment_number;
    slab_retire(self, segment, number);
    if (segment->live == 0)
        segment_emptied(self, segment_number);
}

uint64_t dense_entries_end(const struct dense_entries *self)
{
    unsigned number = DENSE_SEGMENTS;
    while (!self->segments[number - 1].entries)
        number--;
    return first_record(number);
}
