/* SPDX-License-Identifier: MIT
 *
 * The reserved region: a large block owns a reservation of address space, far larger than itself, and grows
 * inside it by making more of it accessible. Growth copies nothing, moves nothing and costs one mprotect(2).
 * Address space costs nothing but itself: PROT_NONE is not charged to overcommit.
 *
 *     | header page | committed: read/write, a multiple of 2 MiB | PROT_NONE | guard page |
 *                   ^ the block, 2 MiB-aligned: huge pages fit, and page tables can move whole
 *
 * The header page makes every operation find its block's state without a lock or a search. It costs 4 KiB
 * resident a block with pages of that size (and a page of page table): nothing beside blocks that are meant to be huge, dear for
 * thousands of 64 KiB ones.
 *
 * Invariants:
 *   - committed bytes past the block's size are zero, so growth never writes;
 *   - committed bytes never shrink: shrinking gives the pages back, not the permission;
 *   - page policy is set on the whole reservation before first touch, so that the block stays one mapping of
 *     the kernel's (a VMA), and mremap(2), which refuses ranges of several with EFAULT, can move it.
 *
 * A block that outgrows its reservation is given a longer one: by lengthening the mapping that the guard page
 * ends, where the space above is free; else elsewhere, and mremap moves the page tables there. Moving the
 * block, and leaving the rest of the new reservation with the address-derived page offset (vm_pgoff) it was
 * born with, would make two VMAs that never merge again. So the move lengthens the block's VMA to the whole
 * new reservation, and takes permission away from the rest.
 *
 * Reservations count against RLIMIT_AS (they are halved until they fit, and growth may then move or fail):
 * limit RLIMIT_DATA or a cgroup instead. Under vm.overcommit_memory=2 NORESERVE is ignored, and each mprotect
 * is charged: that is where NULL comes from. A block takes two VMAs: vm.max_map_count allows some 30,000.
 *
 * Sources: mmap(2), mprotect(2), mremap(2), madvise(2); Linux mm/mremap.c, mm/vma.c (merging),
 * Documentation/mm/overcommit-accounting.rst.
 *
 * Rejected: one region for all blocks (then only the last one grows); a side table of blocks (a lock in every
 * operation); a header in the block (unaligned); MAP_POPULATE or an eager commit (the pause that this is
 * about); read/write from the start (strict overcommit would charge all of it); decommitting by PROT_NONE
 * (VMAs split).
 */
#include "allocators/tiers.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A multiple of every page size, and the huge page that goes with 4 KiB. Of larger ones (32 MiB with 16 KiB,
 * 512 MiB with 64 KiB) a block has none before it is that large, and at most one fewer for not being aligned
 * to them. */
#define STEP_BYTES ((size_t)2 << 20)

/* Half of what x86-64 and arm64 give a process (47 bits). What is left of it is shared out: no reservation
 * takes more than 1/64, so that thousands of blocks get shorter ones instead of the last ones none. */
#define ADDRESS_SPACE_BYTES ((size_t)1 << 46)
#define SHARE_COUNT 64

struct region_heap {
    struct tiers tiers;
    size_t usual_bytes; /* of a reservation */
    enum page_policy page_policy;
    bool is_strict; /* what /proc/sys/vm/overcommit_memory said when the heap was opened */
    atomic_size_t reserved_bytes;
};

/* Lies in the page below the block. Sizes are multiples of 2 MiB. */
struct header {
    size_t reserved_bytes; /* without the header page and the guard page */
    size_t committed_bytes;
};

static struct header *header_of(const struct region_heap *region, void *block)
{
    return (struct header *)(void *)((char *)block - region->tiers.page_bytes);
}

static void *counted_mremap(struct region_heap *region, void *from, size_t old_bytes, size_t new_bytes,
                            int flags, void *to)
{
    atomic_fetch_add(&region->tiers.mremap_count, 1);
    return mremap(from, old_bytes, new_bytes, flags, to);
}

/* Maps exactly header page, bytes and guard page, all PROT_NONE. */
static char *reservation_map(const struct region_heap *region, size_t bytes)
{
    const size_t page_bytes = region->tiers.page_bytes;
    const size_t mapped_bytes = bytes + STEP_BYTES + 2 * page_bytes;
    char *const base =
        mmap(NULL, mapped_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) {
        return NULL;
    }
    char *const header = base + (-((uintptr_t)base + page_bytes) & (STEP_BYTES - 1));
    char *const block = header + page_bytes;
    char *const end = block + bytes + page_bytes;
    pages_release(base, (size_t)(header - base));
    pages_release(end, (size_t)(base + mapped_bytes - end));
    return block;
}

static void reservation_release(struct region_heap *region, void *block, size_t bytes)
{
    const size_t page_bytes = region->tiers.page_bytes;
    pages_release((char *)block - page_bytes, page_bytes + bytes + page_bytes);
    atomic_fetch_sub(&region->reserved_bytes, bytes);
}

/* Wanted bytes if they can be had, at least needed bytes; nothing committed but the header. */
static char *reservation_create(struct region_heap *region, size_t needed_bytes, size_t wanted_bytes)
{
    const size_t page_bytes = region->tiers.page_bytes;
    const size_t taken_bytes = atomic_load(&region->reserved_bytes);
    const size_t left_bytes = taken_bytes < ADDRESS_SPACE_BYTES ? ADDRESS_SPACE_BYTES - taken_bytes : 0;
    const size_t share_bytes = round_up(left_bytes / SHARE_COUNT, STEP_BYTES);
    size_t bytes = wanted_bytes < share_bytes ? wanted_bytes : share_bytes;
    bytes = bytes > needed_bytes ? bytes : needed_bytes;
    char *block = reservation_map(region, bytes);
    while (block == NULL && bytes > needed_bytes) {
        bytes = round_up(bytes / 2, STEP_BYTES);
        bytes = bytes > needed_bytes ? bytes : needed_bytes;
        block = reservation_map(region, bytes);
    }
    if (block == NULL) {
        return NULL;
    }
    atomic_fetch_add(&region->reserved_bytes, bytes);
    if (region->page_policy == PAGE_POLICY_ALWAYS) {
        (void)madvise(block - page_bytes, page_bytes + bytes + page_bytes, MADV_HUGEPAGE);
    }
    if (mprotect(block - page_bytes, page_bytes, PROT_READ | PROT_WRITE) != 0) {
        reservation_release(region, block, bytes);
        return NULL;
    }
    *header_of(region, block) = (struct header){.reserved_bytes = bytes};
    return block;
}

/* Only within the reservation. */
static bool commit(struct region_heap *region, char *block, size_t bytes)
{
    struct header *const header = header_of(region, block);
    const size_t wanted_bytes = round_up(bytes, STEP_BYTES);
    const size_t committed_bytes = header->committed_bytes;
    if (wanted_bytes <= committed_bytes) {
        return true;
    }
    if (mprotect(block + committed_bytes, wanted_bytes - committed_bytes, PROT_READ | PROT_WRITE) != 0) {
        return false;
    }
    header->committed_bytes = wanted_bytes;
    return true;
}

static bool reservation_extend(struct region_heap *region, char *block, size_t wanted_bytes)
{
    struct header *const header = header_of(region, block);
    const size_t page_bytes = region->tiers.page_bytes;
    const size_t extra_bytes = wanted_bytes - header->reserved_bytes;
    char *const guard = block + header->reserved_bytes;
    if (counted_mremap(region, guard, page_bytes, page_bytes + extra_bytes, 0, NULL) == MAP_FAILED) {
        return false;
    }
    header->reserved_bytes = wanted_bytes;
    atomic_fetch_add(&region->reserved_bytes, extra_bytes);
    return true;
}

/* Asks mremap for one page more, in place. The guard page is in the way, so it never succeeds; but a range of
 * several mappings, as when the caller used madvise(2) on a part of the block, it refuses with EFAULT. */
static bool is_one_mapping(struct region_heap *region, char *block)
{
    const size_t committed_bytes = header_of(region, block)->committed_bytes;
    const size_t page_bytes = region->tiers.page_bytes;
    return counted_mremap(region, block, committed_bytes, committed_bytes + page_bytes, 0, NULL) ==
               MAP_FAILED &&
           errno != EFAULT;
}

/* Both make the fresh reservation the block's home, with `bytes` committed. When they fail the block is where
 * it was, unchanged, and the fresh reservation is gone. */

static bool move_pages(struct region_heap *region, char *block, char *fresh, size_t bytes)
{
    struct header *const header = header_of(region, fresh);
    const size_t old_bytes = header_of(region, block)->committed_bytes;
    /* Through the guard page. Under strict accounting all of it would be charged for good; then, or where
     * RLIMIT_DATA is in the way, the committed part moves alone, and a further move will find two VMAs. */
    const size_t all_bytes = header->reserved_bytes + region->tiers.page_bytes;
    const bool moves_all = !region->is_strict && mprotect(fresh, all_bytes, PROT_READ | PROT_WRITE) == 0;
    if (!moves_all && mprotect(fresh + old_bytes, bytes - old_bytes, PROT_READ | PROT_WRITE) != 0) {
        reservation_release(region, fresh, header->reserved_bytes);
        return false;
    }
    if (counted_mremap(region, block, old_bytes, moves_all ? all_bytes : old_bytes,
                       MREMAP_MAYMOVE | MREMAP_FIXED, fresh) == MAP_FAILED) {
        /* Kernels before 6.17 may have unmapped already what was to be replaced, if it was the limit on data
         * that refused; another thread's mapping may be there by now. Leaked address space is no memory. */
        if (!moves_all) {
            reservation_release(region, fresh, header->reserved_bytes);
        }
        return false;
    }
    header->committed_bytes = bytes;
    if (moves_all && mprotect(fresh + bytes, all_bytes - bytes, PROT_NONE) != 0) {
        header->committed_bytes = header->reserved_bytes;
    }
    return true;
}

/* Gives the old pages back as it goes, so that not all are resident twice. */
static bool move_bytes(struct region_heap *region, char *block, char *fresh, size_t bytes)
{
    const size_t old_bytes = header_of(region, block)->committed_bytes;
    if (!commit(region, fresh, bytes)) {
        reservation_release(region, fresh, header_of(region, fresh)->reserved_bytes);
        return false;
    }
    for (size_t offset = 0; offset < old_bytes; offset += STEP_BYTES) {
        memcpy(fresh + offset, block + offset, STEP_BYTES);
        (void)madvise(block + offset, STEP_BYTES, MADV_DONTNEED);
    }
    return true;
}

static char *move(struct region_heap *region, char *block, size_t bytes)
{
    const struct header old = *header_of(region, block);
    const size_t page_bytes = region->tiers.page_bytes;
    char *const fresh = reservation_create(region, bytes, 2 * bytes);
    if (fresh == NULL) {
        return NULL;
    }
    if (!is_one_mapping(region, block)) {
        if (!move_bytes(region, block, fresh, bytes)) {
            return NULL;
        }
        reservation_release(region, block, old.reserved_bytes);
        return fresh;
    }
    if (!move_pages(region, block, fresh, bytes)) {
        return NULL;
    }
    /* Where the pages were is free already, and may be somebody else's: release what is around it. */
    pages_release(block - page_bytes, page_bytes);
    pages_release(block + old.committed_bytes, old.reserved_bytes - old.committed_bytes + page_bytes);
    atomic_fetch_sub(&region->reserved_bytes, old.reserved_bytes);
    return fresh;
}

static void *region_alloc(struct tiers *tiers, size_t bytes, size_t align)
{
    struct region_heap *const region = (struct region_heap *)tiers;
    (void)align;
    if (bytes > ADDRESS_SPACE_BYTES) {
        return NULL;
    }
    const size_t needed_bytes = round_up(bytes, STEP_BYTES);
    const size_t wanted_bytes =
        region->usual_bytes > 2 * needed_bytes ? region->usual_bytes : 2 * needed_bytes;
    char *const block = reservation_create(region, needed_bytes, wanted_bytes);
    if (block != NULL && !commit(region, block, needed_bytes)) {
        reservation_release(region, block, header_of(region, block)->reserved_bytes);
        return NULL;
    }
    return block;
}

static void region_free(struct tiers *tiers, void *block, size_t bytes)
{
    struct region_heap *const region = (struct region_heap *)tiers;
    (void)bytes;
    reservation_release(region, block, header_of(region, block)->reserved_bytes);
}

static void *region_resize(struct tiers *tiers, void *block, size_t old_bytes, size_t new_bytes, size_t align)
{
    struct region_heap *const region = (struct region_heap *)tiers;
    (void)align;
    if (new_bytes <= old_bytes) {
        const size_t end_bytes = round_up(old_bytes, tiers->page_bytes);
        pages_zero((char *)block + new_bytes, end_bytes - new_bytes, tiers->page_bytes);
        return block;
    }
    if (new_bytes > ADDRESS_SPACE_BYTES) {
        return NULL;
    }
    const struct header *const header = header_of(region, block);
    const size_t needed_bytes = round_up(new_bytes, STEP_BYTES);
    if (needed_bytes <= header->reserved_bytes || reservation_extend(region, block, 2 * needed_bytes) ||
        reservation_extend(region, block, needed_bytes)) {
        return commit(region, block, needed_bytes) ? block : NULL;
    }
    return move(region, block, needed_bytes);
}

static void region_close(struct heap *heap)
{
    tiers_destroy((struct tiers *)heap);
    free(heap);
}

static const struct large_ops region_large_ops = {
    .alloc = region_alloc,
    .resize = region_resize,
    .free = region_free,
};

static const struct heap_ops region_ops = {
    .alloc = tiers_alloc,
    .resize = tiers_resize,
    .free = tiers_free,
    .discard = tiers_discard,
    .stats = tiers_stats,
    .close = region_close,
};

/* vm.overcommit_memory=2. Unreadable counts as strict: that is the careful way. */
static bool accounting_is_strict(void)
{
    FILE *const file = fopen("/proc/sys/vm/overcommit_memory", "re");
    const int mode = file == NULL ? '2' : fgetc(file);
    if (file != NULL) {
        (void)fclose(file);
    }
    return mode != '0' && mode != '1';
}

static struct heap *region_open(const struct allocator_options *options)
{
    struct region_heap *const region = malloc(sizeof *region);
    if (region == NULL) {
        return NULL;
    }
    tiers_init(&region->tiers, &region_ops, &region_large_ops);
    const uint64_t memory_bytes = (uint64_t)sysconf(_SC_PHYS_PAGES) * region->tiers.page_bytes;
    const uint64_t largest_bytes = options->largest_bytes != 0 ? options->largest_bytes : memory_bytes;
    region->usual_bytes =
        round_up(largest_bytes < ADDRESS_SPACE_BYTES ? largest_bytes : ADDRESS_SPACE_BYTES, STEP_BYTES);
    region->page_policy = options->page_policy;
    region->is_strict = accounting_is_strict();
    atomic_init(&region->reserved_bytes, 0);
    return &region->tiers.heap;
}

extern const struct allocator allocator_mremap;

const struct allocator allocator_mremap = {
    .name = "mremap",
    .summary = "a reserved region per block: grows in place, copies and moves nothing",
    .properties = ALLOCATOR_GROWS_IN_PLACE | ALLOCATOR_LAZY_ZERO | ALLOCATOR_CAN_DISCARD | ALLOCATOR_THREADS,
    .open = region_open,
};
