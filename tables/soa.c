/* SPDX-License-Identifier: MIT
 *
 * rune_soa, rune_soa:lazy, datadraw_soa: record tables laid out as a class of Rune or of DataDraw, which is a
 * structure of arrays: one array a field, and all of them grow together. Found by ordinal, with the stored
 * key compared; nothing is hashed or erased. Slot 0 of a class is its null object and never used.
 *
 * The entry. Both compilers add one array to those that the programmer declares: the 32-bit link of the free
 * list (nextFree, FreeList), which in Rune counts references while the object lives. The class here declares
 * 11 fields, so it has 12 arrays, and their widths sum to the 16 bytes that payload_bytes counts:
 * worst_rss_ratio speaks of the layout alone. The key is split into one 16-bit and six 8-bit fields, the
 * value into four of 8 bits. 32 bits of value lose nothing: it is the ordinal, and an object's number has 32
 * bits in both, which ends the table before 2^32 entries, with ENOMEM. Rejected: two 64-bit fields and ten
 * others (36 bytes and more an entry, so no ratio compares with other tables'), leaving the link out (then it
 * is no class of theirs).
 *
 * Rune (github.com/google/rune: transformer/memmanage.c, runtime/array.c, runtime/runtime.h, in a runtime
 * built without RN_DEBUG, which would add 8 bytes): arrays start with one element and double. Each is
 * resized alone, in the order of the fields with the link first: realloc of a header of two words and of the
 * elements rounded up to words, called even where the size stays, and then a volatile loop that writes zero
 * to the new words. `:lazy` is without that loop.
 *
 * DataDraw (github.com/waywardgeek/datadraw: src/dvgenc.c, util/util.c, util/utmem.c): arrays start with two
 * elements and a byte, zeroed, and grow by half to n elements, in (n + 1) * size bytes, the link last.
 * Nothing new is zeroed, but one byte is written at the very end of each block, a "picket" against overruns.
 *
 * Both end the program when realloc fails, and Rune when an array would be larger than the machine's memory;
 * here it is ENOMEM. An array that a failed growth has resized already keeps its new size: each has its own.
 */
#include <assert.h>
#include <errno.h>
#include <stdbool.h>

#include "tables/table.h"

enum { FIELD_COUNT = 12, SOA_ALIGN_BYTES = 16, PICKET = 0x5D };

enum part { PART_LINK, PART_KEY, PART_VALUE };

/* FIRST_KEY_FIELD is the one that entry_address tells. */
enum { LINK_FIELD, FIRST_KEY_FIELD };

static const struct field {
    enum part part;
    unsigned bytes;
    unsigned shift; /* of its bits in the key or the value */
} fields[FIELD_COUNT] = {
    {PART_LINK, 4, 0},  {PART_KEY, 2, 0},   {PART_KEY, 1, 16},   {PART_KEY, 1, 24},
    {PART_KEY, 1, 32},  {PART_KEY, 1, 40},  {PART_KEY, 1, 48},   {PART_KEY, 1, 56},
    {PART_VALUE, 1, 0}, {PART_VALUE, 1, 8}, {PART_VALUE, 1, 16}, {PART_VALUE, 1, 24},
};

/* A column is header, elements and, where there is a picket, room for it, rounded up to `unit`. */
struct layout {
    unsigned first_field; /* to be resized: the others follow in turn */
    uint32_t link;        /* of an object that lives: Rune's first reference, DataDraw's null */
    uint64_t first_slots;
    uint64_t growth_divisor; /* n slots become n + n / growth_divisor */
    size_t header_bytes;
    size_t unit_bytes;
    bool zeroes;
    bool has_picket;
};

struct column {
    char *block;
    size_t bytes;
};

struct soa {
    struct heap *heap;
    const struct layout *layout;
    uint64_t used_slots; /* with slot 0 */
    uint64_t slot_count; /* allocated in every column */
    struct column columns[FIELD_COUNT];
};

static size_t column_bytes(const struct soa *self, uint64_t slot_count, size_t field_bytes)
{
    const struct layout *const layout = self->layout;
    const bool is_first = self->slot_count == 0;
    const size_t picket_bytes = !layout->has_picket ? 0 : is_first ? 1 : field_bytes;
    const size_t element_bytes = slot_count * field_bytes + picket_bytes;
    return layout->header_bytes +
           (element_bytes + layout->unit_bytes - 1) / layout->unit_bytes * layout->unit_bytes;
}

/* Volatile as in Rune, whose memory may hold secrets: no compiler may leave it out, or make it a memset. */
static void zero_words(char *from, const char *end)
{
    for (volatile uint64_t *word = (uint64_t *)(void *)from; (const volatile char *)word < end; word++)
        *word = 0;
}

static inline char *elements_of(const struct soa *self, unsigned i)
{
    return self->columns[i].block + self->layout->header_bytes;
}

/* Also the first time, when there is nothing to resize. After ENOMEM some columns have the new size already,
 * and slot_count still holds for all. */
static int resize_columns(struct soa *self, uint64_t slot_count)
{
    for (unsigned turn = 0; turn < FIELD_COUNT; turn++) {
        const unsigned i = (self->layout->first_field + turn) % FIELD_COUNT;
        struct column *column = &self->columns[i];
        const size_t bytes = column_bytes(self, slot_count, fields[i].bytes);
        char *block = column->block
                          ? heap_resize(self->heap, column->block, column->bytes, bytes, SOA_ALIGN_BYTES, 0)
                          : heap_alloc(self->heap, bytes, SOA_ALIGN_BYTES, HEAP_ZEROED);
        if (!block)
            return ENOMEM;
        if (self->layout->zeroes)
            zero_words(block + column->bytes, block + bytes);
        if (self->layout->has_picket)
            block[bytes - 1] = PICKET;
        *column = (struct column){block, bytes};
    }
    self->slot_count = slot_count;
    return 0;
}

static int grow(struct soa *self)
{
    const uint64_t slot_count = self->slot_count + self->slot_count / self->layout->growth_divisor;
    return slot_count <= UINT32_MAX ? resize_columns(self, slot_count) : ENOMEM;
}

static void soa_destroy(void *table)
{
    struct soa *self = table;
    if (!self)
        return;
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        if (self->columns[i].block)
            heap_free(self->heap, self->columns[i].block, self->columns[i].bytes);
    heap_free(self->heap, self, sizeof(*self));
}

static void *create(struct heap *heap, const struct layout *layout)
{
    struct soa *self = heap_alloc(heap, sizeof(*self), _Alignof(struct soa), HEAP_ZEROED);
    if (!self)
        return NULL;
    self->heap = heap;
    self->layout = layout;
    self->used_slots = 1;
    if (resize_columns(self, layout->first_slots) != 0) {
        soa_destroy(self);
        return NULL;
    }
    return self;
}

/* One column of a batch after the other, so that each loop runs over one array. */
static void write_column(const struct field *field, char *elements, uint64_t slot, const uint64_t *words,
                         uint64_t n)
{
    if (field->bytes == 1) {
        uint8_t *to = (uint8_t *)elements + slot;
        for (uint64_t i = 0; i < n; i++)
            to[i] = (uint8_t)(words[i] >> field->shift);
    } else if (field->bytes == 2) {
        uint16_t *to = (uint16_t *)(void *)elements + slot;
        for (uint64_t i = 0; i < n; i++)
            to[i] = (uint16_t)(words[i] >> field->shift);
    } else {
        uint32_t *to = (uint32_t *)(void *)elements + slot;
        for (uint64_t i = 0; i < n; i++)
            to[i] = (uint32_t)(words[i] >> field->shift);
    }
}

/* Adds the column's bits to `words`. */
static void read_column(const struct field *field, const char *elements, uint64_t slot, uint64_t *words,
                        uint64_t n)
{
    if (field->bytes == 1) {
        const uint8_t *from = (const uint8_t *)elements + slot;
        for (uint64_t i = 0; i < n; i++)
            words[i] |= (uint64_t)from[i] << field->shift;
    } else {
        const uint16_t *from = (const uint16_t *)(const void *)elements + slot;
        for (uint64_t i = 0; i < n; i++)
            words[i] |= (uint64_t)from[i] << field->shift;
    }
}

static void append(struct soa *self, const uint64_t *keys, uint64_t first_ordinal, uint64_t n)
{
    uint64_t values[TABLE_BATCH_MAX];
    uint64_t links[TABLE_BATCH_MAX];
    for (uint64_t i = 0; i < n; i++) {
        values[i] = first_ordinal + i;
        links[i] = self->layout->link;
    }
    const uint64_t *const words[] = {[PART_LINK] = links, [PART_KEY] = keys, [PART_VALUE] = values};
    for (unsigned i = 0; i < FIELD_COUNT; i++) {
        write_column(&fields[i], elements_of(self, i), self->used_slots, words[fields[i].part], n);
    }
    self->used_slots += n;
}

static int soa_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct soa *self = table;
    assert(first_ordinal == self->used_slots - 1);
    *added = 0;
    while (*added < n) {
        if (self->used_slots == self->slot_count && grow(self) != 0)
            return ENOMEM;
        const uint64_t room_count = self->slot_count - self->used_slots;
        const uint64_t left_count = n - *added;
        const uint64_t step_count = left_count < room_count ? left_count : room_count;
        append(self, keys + *added, first_ordinal + *added, step_count);
        *added += step_count;
    }
    return 0;
}

static uint64_t soa_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    const struct soa *self = table;
    const uint64_t entry_count = self->used_slots - 1;
    *sum = 0;
    if (first_ordinal >= entry_count)
        return 0;
    if (n > entry_count - first_ordinal)
        n = entry_count - first_ordinal;
    const uint64_t slot = first_ordinal + 1;
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        __builtin_prefetch(elements_of(self, i) + slot * fields[i].bytes, 0);
    uint64_t stored_keys[TABLE_BATCH_MAX] = {0};
    uint64_t values[TABLE_BATCH_MAX] = {0};
    for (unsigned i = FIRST_KEY_FIELD; i < FIELD_COUNT; i++)
        read_column(&fields[i], elements_of(self, i), slot, fields[i].part == PART_KEY ? stored_keys : values,
                    n);
    uint64_t hit_count = 0;
    for (size_t i = 0; i < n; i++) {
        const uint64_t hit = stored_keys[i] == keys[i];
        hit_count += hit;
        *sum += hit ? values[i] : 0;
    }
    return hit_count;
}

static const void *soa_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    const struct soa *self = table;
    uint64_t sum;
    if (soa_find(table, &key, ordinal, 1, &sum) == 0)
        return NULL;
    return elements_of(self, FIRST_KEY_FIELD) + (ordinal + 1) * fields[FIRST_KEY_FIELD].bytes;
}

static void soa_stats(void *table, struct table_stats *stats)
{
    const struct soa *self = table;
    *stats = (struct table_stats){.entries = self->used_slots - 1};
    for (unsigned i = 0; i < FIELD_COUNT; i++)
        stats->capacity_bytes += self->columns[i].bytes;
}

#define RUNE_LAYOUT(does_zero)                                                                               \
    {                                                                                                        \
        .first_field = LINK_FIELD, .link = 1, .first_slots = 1, .growth_divisor = 1, .header_bytes = 16,     \
        .unit_bytes = 8, .zeroes = (does_zero),                                                              \
    }

static const struct layout rune_layout = RUNE_LAYOUT(true), rune_lazy_layout = RUNE_LAYOUT(false);

static const struct layout datadraw_layout = {
    .first_field = FIRST_KEY_FIELD,
    .first_slots = 2,
    .growth_divisor = 2,
    .unit_bytes = 1,
    .has_picket = true,
};

static void *rune_soa_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    return create(heap, &rune_layout);
}

static void *rune_soa_lazy_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    return create(heap, &rune_lazy_layout);
}

static void *datadraw_soa_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    return create(heap, &datadraw_layout);
}

#define SOA_ROW(row_name, row_summary, row_create)                                                           \
    {                                                                                                        \
        .name = (row_name), .summary = (row_summary),                                                        \
        .properties = TABLE_VERIFIED | TABLE_FAILS_CLEANLY | TABLE_SPLIT_ENTRIES, .create = (row_create),    \
        .insert = soa_insert, .find = soa_find, .entry_address = soa_entry_address, .stats = soa_stats,      \
        .destroy = soa_destroy,                                                                              \
    }

const struct table table_rune_soa = SOA_ROW(
    "rune_soa", "Rune's class: 12 arrays that double together, new words zeroed by a loop", rune_soa_create);

const struct table table_rune_soa_lazy = SOA_ROW(
    "rune_soa:lazy", "the same without the loop: pages come with the first object", rune_soa_lazy_create);

const struct table table_datadraw_soa =
    SOA_ROW("datadraw_soa", "DataDraw's class: 12 arrays that grow by half together, nothing zeroed",
            datadraw_soa_create);
