/* SPDX-License-Identifier: MIT
 *
 * The sixteen claims of the seed document, each with a judge.
 *
 * A judge is pure: numbers that were measured in, a verdict and its evidence out. It knows no machine and no
 * expected answer; what was not measured is NaN, and a claim without its evidence is NOT TESTABLE.
 * measure.h gathers the numbers.
 */
#ifndef GROWBENCH_CLAIMS_H
#define GROWBENCH_CLAIMS_H

#include "harness/measure/record.h"

enum claims_outcome {
    CLAIMS_HOLDS,
    CLAIMS_DOES_NOT_HOLD,
    CLAIMS_DEPENDS,
    CLAIMS_NOT_TESTABLE,
    CLAIMS_OUTCOME_COUNT
};

extern const char *const claims_outcome_words[]; /* as people read them */
extern const char *const claims_outcome_names[]; /* as the JSON has them */

enum { CLAIMS_COUNT = 16, CLAIMS_LINE_COUNT = 12, CLAIMS_LINE_BYTES = 320, CLAIMS_ALLOCATOR_COUNT = 8 };

/* One cell: a table that grows on an allocator, told by its records. */
struct claims_cell {
    char table[CELL_NAME_BYTES], allocator[CELL_NAME_BYTES];
    char missing[200]; /* why there are no figures; empty = there are */
    enum record_status status;
    char message[RECORD_MESSAGE_BYTES];
    char enforced_by[16];
    double limit_bytes; /* of the process's memory */

    /* The operation that made the largest block. Resident is net of the process at its start. */
    double growth_entries, growth_ns;
    double block_bytes, new_block_bytes; /* before and after */
    double before_bytes, peak_bytes, after_bytes;
    double virtual_before_bytes, virtual_peak_bytes;

    /* Over all growths of a block of 64 KiB and more: resized, or replaced by a larger one. */
    double growths, replaced;          /* replaced: allocated anew, copied, freed */
    double least_factor, most_factor;  /* new size / old size */
    double large_growths, large_moves; /* of blocks of 1 MiB and more: with another address afterwards */

    /* Means over the last octave of the fill, every entry count with the same weight. */
    double tail_ratio;  /* (capacity - payload) / capacity */
    double waste_ratio; /* (resident - payload) / capacity */
};

enum claims_cell_index {
    CLAIMS_REBUILD,          /* linear_rebuild on glibc: rehashes into a new block */
    CLAIMS_REBUILD_LIMITED,  /* the same with 2.5 times its old block */
    CLAIMS_INPLACE_LIMITED,  /* linear_inplace on mremap, under that limit */
    CLAIMS_ARRAY_LIMITED,    /* array on mremap, under that limit */
    CLAIMS_HASHBROWN,        /* Rust's HashMap, on glibc */
    CLAIMS_OAK,              /* oak_lookup, the author's own table, on glibc */
    CLAIMS_ARRAY,            /* array on glibc */
    CLAIMS_ARRAY_RANDOMISED, /* with address randomisation */
    CLAIMS_ARRAY_MOVING,     /* on mremap_move */
    CLAIMS_ARRAY_COPIED,     /* on copying: Rust's default realloc */
    CLAIMS_ARRAY_HUGE,       /* on glibc, with transparent huge pages asked for */
    CLAIMS_VEC,              /* Rust's Vec, on glibc */
    CLAIMS_VEC_ALIGNED,      /* of an element aligned to 64 bytes */
    CLAIMS_RUNE,
    CLAIMS_RUNE_LAZY, /* without its zeroing loop */
    CLAIMS_DATADRAW,
    CLAIMS_CELL_COUNT
};

/* A malloc as a process meets it: its own realloc, and what its blocks hold. */
struct claims_allocator {
    char name[CELL_NAME_BYTES], version[RECORD_VERSION_BYTES];
    double resizes, resizes_by_mremap, first_bytes, last_bytes; /* doublings of a touched block, traced */
    double before_bytes, peak_bytes;                            /* resident around the last doubling */
    double mmaps, mremaps, mmap2s, mremap2s;                    /* calls of the whole growth */
    /* Bytes that are not zero in a first block, and at worst in those after filling and freeing it. */
    double fresh_dirty_bytes, recycled_dirty_bytes, calloc_dirty_bytes, block_bytes;
    double large_recycled_dirty_bytes, large_block_bytes;
};

struct claims_mallocs {
    double block_bytes, asked, granted, distinct, resident_bytes, page_table_bytes;
};

enum claims_policy { CLAIMS_AS_SET, CLAIMS_SMALL_PAGES, CLAIMS_HUGE_PAGES, CLAIMS_POLICY_COUNT };

/* Single bytes written 2 MiB apart. */
struct claims_touch {
    double block_bytes, resident_bytes; /* after malloc, before any write */
    double writes, written_bytes;       /* resident then, more than before */
};

struct claims_zero_page {
    double mapping_bytes, table_before_bytes, table_after_bytes; /* page tables around reading all of it */
    double resident_bytes, dirty_bytes;
    double sampled_pages, distinct_frames; /* physical pages behind them; needs rights */
    double writes, write_faults, written_bytes;
};

struct claims_evidence {
    uint64_t budget_bytes;
    double page_bytes, huge_page_bytes, ram_bytes, swap_bytes, overcommit_mode, physical_bits;
    char thp[32], libc[64];
    struct claims_cell cells[CLAIMS_CELL_COUNT];
    size_t allocator_count; /* the C library's first */
    struct claims_allocator allocators[CLAIMS_ALLOCATOR_COUNT];
    struct claims_allocator aged; /* the C library's, after it freed a mapped block of 30 MiB */
    /* With the story's 2^35 bytes, with RAM rounded up to a power of two, and with what malloc still gives. */
    struct claims_mallocs program, program_of_ram, program_scaled;
    double commit_bytes; /* what the commit limit left: the bound of overcommit mode 2 */
    double largest_malloc_bytes, largest_unreserved_bytes;
    double more_than_memory_granted; /* 1: malloc gave RAM + swap and 64 MiB more; 0: it refused */
    double tebibyte_granted;
    double exhausted_count, exhausted_bytes; /* blocks until the address space was full; their sum */
    double locked_resident_ratio;            /* of a fresh block under mlockall(MCL_FUTURE) */
    struct claims_touch touch[CLAIMS_POLICY_COUNT];
    struct claims_zero_page zero[CLAIMS_POLICY_COUNT];
};

struct claims_verdict {
    enum claims_outcome outcome;
    size_t line_count;
    char lines[CLAIMS_LINE_COUNT][CLAIMS_LINE_BYTES];
    char depends_on[CLAIMS_LINE_BYTES];
};

struct claims_row {
    int id;
    const char *sentence;
    void (*judge)(const struct claims_evidence *evidence, struct claims_verdict *verdict);
};

extern const struct claims_row claims_rows[CLAIMS_COUNT];

/* Nothing measured: every number NaN. */
void claims_evidence_init(struct claims_evidence *evidence);

/* The verdict on one row; starts from an empty one. */
void claims_judge(const struct claims_row *row, const struct claims_evidence *evidence,
                  struct claims_verdict *verdict);

#endif
