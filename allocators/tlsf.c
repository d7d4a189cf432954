/* SPDX-License-Identifier: MIT
 *
 * A pool is a row of blocks without gaps, each of which knows its size and the block before it. The last one,
 * the sentinel, is empty and never free, so that no block reaches over the end.
 *
 * Invariants, between calls:
 *   - two neighbours in a pool are never both free: freeing merges at once;
 *   - a free block is in the one list of its size, lists[r][l], whose blocks are of [min(r, l), min(r, l +
 * 1)); a bit of the bitmaps is set where a list has a block, and only there;
 *   - the word before what the caller got is even, as `previous` of the block, which ends right there; or
 * odd, if the alignment left a gap: the block's address plus 1.
 *
 * So allocation looks only at lists whose every block is large enough and takes the first: it may pass over a
 * block of the list below that would have fitted, and it needs no search.
 */
#include "allocators/tlsf.h"

#include <assert.h>
#include <stdbool.h>

enum { UNIT_LOG2 = 5, LISTS_LOG2 = 6 };

#define USED ((size_t)1)

struct tlsf_block {
    size_t bytes_and_used;        /* with the header; a multiple of the unit, and USED */
    struct tlsf_block *previous;  /* in the pool; NULL = the first */
    struct tlsf_block *next_free; /* of its list; here and below only while free */
    struct tlsf_block *previous_free;
};

#define HEADER_BYTES offsetof(struct tlsf_block, next_free)

_Static_assert(sizeof(struct tlsf_block) == TLSF_UNIT_BYTES, "a unit must hold a free block");
_Static_assert(HEADER_BYTES + TLSF_TAIL_BYTES == TLSF_UNIT_BYTES, "the rest of the sentinel is the caller's");

struct place {
    unsigned row;
    unsigned list;
};

static bool is_used(const struct tlsf_block *block)
{
    return (block->bytes_and_used & USED) != 0;
}

static size_t bytes_of(const struct tlsf_block *block)
{
    return block->bytes_and_used & ~USED;
}

static struct tlsf_block *block_at(void *start, size_t offset)
{
    return (struct tlsf_block *)(void *)((char *)start + offset);
}

static struct tlsf_block *next_of(struct tlsf_block *block)
{
    return block_at(block, bytes_of(block));
}

static unsigned log2_of(size_t bytes)
{
    return 63 - (unsigned)__builtin_clzll(bytes);
}

/* Sizes of one list lie this close together. Row 0 has one size only. */
static size_t list_width(size_t bytes)
{
    const unsigned log2 = log2_of(bytes);
    return log2 > LISTS_LOG2 ? (size_t)1 << (log2 - LISTS_LOG2) : 1;
}

/* The smallest size of a list that is at least this one; 0 = there is none. */
static size_t round_up_to_list(size_t bytes)
{
    const size_t width = list_width(bytes);
    return bytes > SIZE_MAX - width ? 0 : (bytes + width - 1) & ~(width - 1);
}

static struct place place_of(size_t bytes)
{
    const unsigned log2 = log2_of(bytes);
    const size_t scaled = log2 > LISTS_LOG2 ? bytes >> (log2 - LISTS_LOG2) : bytes << (LISTS_LOG2 - log2);
    return (struct place){log2 - UNIT_LOG2, (unsigned)(scaled & (TLSF_LISTS - 1))};
}

static void list_add(struct tlsf *tlsf, struct tlsf_block *block)
{
    const struct place place = place_of(bytes_of(block));
    struct tlsf_block **const head = &tlsf->lists[place.row][place.list];
    block->next_free = *head;
    block->previous_free = NULL;
    if (*head != NULL) {
        (*head)->previous_free = block;
    }
    *head = block;
    tlsf->list_bitmaps[place.row] |= (uint64_t)1 << place.list;
    tlsf->row_bitmap |= (uint64_t)1 << place.row;
}

static void list_remove(struct tlsf *tlsf, struct tlsf_block *block)
{
    const struct place place = place_of(bytes_of(block));
    if (block->next_free != NULL) {
        block->next_free->previous_free = block->previous_free;
    }
    if (block->previous_free != NULL) {
        block->previous_free->next_free = block->next_free;
        return;
    }
    tlsf->lists[place.row][place.list] = block->next_free;
    if (block->next_free == NULL) {
        tlsf->list_bitmaps[place.row] &= ~((uint64_t)1 << place.list);
        if (tlsf->list_bitmaps[place.row] == 0) {
            tlsf->row_bitmap &= ~((uint64_t)1 << place.row);
        }
    }
}

/* A block of at least this size, which is one of round_up_to_list's. NULL = none. */
static struct tlsf_block *find(const struct tlsf *tlsf, size_t bytes)
{
    struct place place = place_of(bytes);
    uint64_t lists = tlsf->list_bitmaps[place.row] >> place.list << place.list;
    if (lists == 0) {
        const uint64_t rows = tlsf->row_bitmap & ((uint64_t)-2 << place.row);
        if (rows == 0) {
            return NULL;
        }
        place.row = (unsigned)__builtin_ctzll(rows);
        lists = tlsf->list_bitmaps[place.row];
    }
    return tlsf->lists[place.row][__builtin_ctzll(lists)];
}

/* Size of the list to look in: header, bytes, and what the alignment may take at worst. 0 = too large. */
static size_t searched_bytes(size_t bytes, size_t align)
{
    const size_t overhead_bytes = HEADER_BYTES + (align > HEADER_BYTES ? align - HEADER_BYTES : 0);
    if (bytes > SIZE_MAX - overhead_bytes - TLSF_UNIT_BYTES) {
        return 0;
    }
    const size_t needed_bytes = (bytes + overhead_bytes + TLSF_UNIT_BYTES - 1) & ~(TLSF_UNIT_BYTES - 1);
    return round_up_to_list(needed_bytes);
}

size_t tlsf_pool_bytes(size_t bytes, size_t align)
{
    const size_t searched = searched_bytes(bytes, align);
    return searched == 0 || searched > SIZE_MAX - TLSF_UNIT_BYTES ? 0 : searched + TLSF_UNIT_BYTES;
}

void tlsf_add_pool(struct tlsf *tlsf, void *pool, size_t bytes)
{
    assert(bytes >= 2 * TLSF_UNIT_BYTES && bytes % TLSF_UNIT_BYTES == 0);
    struct tlsf_block *const block = pool;
    block->bytes_and_used = bytes - TLSF_UNIT_BYTES;
    block->previous = NULL;
    struct tlsf_block *const sentinel = next_of(block);
    sentinel->bytes_and_used = TLSF_UNIT_BYTES | USED;
    sentinel->previous = block;
    list_add(tlsf, block);
}

/* Cuts a used block to its first `bytes`; what is left over becomes free. */
static void trim(struct tlsf *tlsf, struct tlsf_block *block, size_t bytes)
{
    const size_t rest_bytes = bytes_of(block) - bytes;
    if (rest_bytes == 0) {
        return;
    }
    struct tlsf_block *const rest = block_at(block, bytes);
    rest->bytes_and_used = rest_bytes;
    rest->previous = block;
    next_of(rest)->previous = rest;
    list_add(tlsf, rest);
    block->bytes_and_used = bytes | USED;
}

void *tlsf_alloc(struct tlsf *tlsf, size_t bytes, size_t align)
{
    const size_t searched = searched_bytes(bytes, align);
    struct tlsf_block *const block = searched == 0 ? NULL : find(tlsf, searched);
    if (block == NULL) {
        return NULL;
    }
    list_remove(tlsf, block);
    block->bytes_and_used |= USED;
    const uintptr_t unaligned = (uintptr_t)block + HEADER_BYTES;
    const size_t offset_bytes = HEADER_BYTES + (-unaligned & (align - 1));
    trim(tlsf, block, (offset_bytes + bytes + TLSF_UNIT_BYTES - 1) & ~(TLSF_UNIT_BYTES - 1));
    char *const memory = (char *)block + offset_bytes;
    if (offset_bytes != HEADER_BYTES) {
        ((uintptr_t *)(void *)memory)[-1] = (uintptr_t)block + 1;
    }
    return memory;
}

static struct tlsf_block *block_of(void *memory)
{
    const uintptr_t word = ((uintptr_t *)memory)[-1];
    return (word & 1) != 0 ? (struct tlsf_block *)(word - 1)
                           : (struct tlsf_block *)((uintptr_t)memory - HEADER_BYTES);
}

void tlsf_free(struct tlsf *tlsf, void *memory)
{
    struct tlsf_block *block = block_of(memory);
    size_t bytes = bytes_of(block);
    struct tlsf_block *next = next_of(block);
    if (!is_used(next)) {
        list_remove(tlsf, next);
        bytes += bytes_of(next);
        next = next_of(next);
    }
    if (block->previous != NULL && !is_used(block->previous)) {
        block = block->previous;
        list_remove(tlsf, block);
        bytes += bytes_of(block);
    }
    block->bytes_and_used = bytes;
    next->previous = block;
    list_add(tlsf, block);
}
