/* SPDX-License-Identifier: MIT
 *
 * The judges: evidence for a claim and the opposite evidence give opposite verdicts, missing evidence gives
 * none. And what a record tells of its growth.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/claims/measure.h"
#include "harness/claims/report.h"

static const double mib = 1 << 20, page = 4096;

/* ---- evidence ---- */

/* A growth of the given factor in resident memory, in place or by new blocks. */
static void set_growth(struct claims_cell *c, double ratio, bool replaced, double factor)
{
    snprintf(c->table, sizeof c->table, "table");
    snprintf(c->allocator, sizeof c->allocator, "allocator");
    *c->missing = 0;
    c->status = RECORD_OK;
    c->growth_entries = 1e6;
    c->block_bytes = c->before_bytes = 256 * mib;
    c->new_block_bytes = factor * c->block_bytes;
    c->peak_bytes = ratio * c->before_bytes;
    c->after_bytes = c->peak_bytes;
    c->growths = 10;
    c->replaced = replaced ? 10 : 0;
    c->least_factor = c->most_factor = factor;
}

static void set_moves(struct claims_cell *c, double moves, double growths)
{
    *c->missing = 0;
    c->large_moves = moves;
    c->large_growths = growths;
}

static void set_tails(struct claims_cell *c, double tail, double waste)
{
    *c->missing = 0;
    c->tail_ratio = tail;
    c->waste_ratio = waste;
}

static void set_allocators(struct claims_evidence *e, double first_by_mremap, double second_by_mremap)
{
    e->allocator_count = 2;
    e->allocators[0].resizes = e->allocators[1].resizes = 3;
    e->allocators[0].resizes_by_mremap = first_by_mremap;
    e->allocators[1].resizes_by_mremap = second_by_mremap;
}

static void set_bounds(struct claims_evidence *e, double largest, double memory, double bits, double tebibyte)
{
    e->largest_malloc_bytes = largest;
    e->ram_bytes = memory;
    e->swap_bytes = 0;
    e->physical_bits = bits;
    e->tebibyte_granted = tebibyte;
    e->overcommit_mode = 0;
}

static void set_dirt(struct claims_evidence *e, double first, double second)
{
    e->allocator_count = 2;
    e->allocators[0].fresh_dirty_bytes = e->allocators[1].fresh_dirty_bytes = 0;
    e->allocators[0].recycled_dirty_bytes = first;
    e->allocators[1].recycled_dirty_bytes = second;
}

static void set_touch(struct claims_evidence *e, double fresh_bytes, double pages_each)
{
    e->touch[CLAIMS_AS_SET] = (struct claims_touch){64 * mib, fresh_bytes, 32, 32 * page * pages_each};
}

static void set_zero(struct claims_zero_page *z, double before, double after, double resident, double frames)
{
    *z = (struct claims_zero_page){.mapping_bytes = 1024 * mib,
                                   .table_before_bytes = before,
                                   .table_after_bytes = after,
                                   .resident_bytes = resident,
                                   .sampled_pages = 4096,
                                   .distinct_frames = frames};
}

static void set_writes(struct claims_zero_page *z, double faults_each, double pages_each)
{
    z->writes = 32;
    z->write_faults = 32 * faults_each;
    z->written_bytes = 32 * page * pages_each;
}

static void set_program(struct claims_mallocs *m, double granted, double distinct)
{
    *m = (struct claims_mallocs){0x1p35, 1024, granted, distinct, 0, 0};
}

static void all_by_mremap(struct claims_evidence *e)
{
    set_allocators(e, 3, 3);
}
static void all_but_aged_by_mremap(struct claims_evidence *e)
{
    set_allocators(e, 3, 3);
    e->aged.resizes = 1;
    e->aged.resizes_by_mremap = 0;
}
static void none_by_mremap(struct claims_evidence *e)
{
    set_allocators(e, 0, 0);
}
static void one_by_mremap(struct claims_evidence *e)
{
    set_allocators(e, 3, 0);
}
static void one_allocator(struct claims_evidence *e)
{
    set_allocators(e, 3, 3);
    e->allocator_count = 1;
}

static void set_calls(struct claims_evidence *e, double plain, double named)
{
    e->allocator_count = 1;
    e->allocators[0].mmaps = e->allocators[0].mremaps = plain;
    e->allocators[0].mmap2s = e->allocators[0].mremap2s = named;
}
static void named_calls(struct claims_evidence *e)
{
    set_calls(e, 0, 3);
}
static void plain_calls(struct claims_evidence *e)
{
    set_calls(e, 3, 0);
}

static void set_vecs(struct claims_evidence *e, double ratio, double aligned_ratio)
{
    set_growth(&e->cells[CLAIMS_VEC], ratio, ratio > 1.5, 2);
    set_growth(&e->cells[CLAIMS_VEC_ALIGNED], aligned_ratio, false, 2);
}
static void vecs_copy(struct claims_evidence *e)
{
    set_vecs(e, 2, 2);
}
static void vecs_resize(struct claims_evidence *e)
{
    set_vecs(e, 1, 1);
}
static void vecs_resize_map_rehashes(struct claims_evidence *e)
{
    set_vecs(e, 1, 1);
    set_growth(&e->cells[CLAIMS_HASHBROWN], 3, true, 2);
}
static void vecs_copy_map_resizes(struct claims_evidence *e)
{
    set_vecs(e, 2, 2);
    set_growth(&e->cells[CLAIMS_HASHBROWN], 1, false, 2);
}
static void aligned_vec_copies(struct claims_evidence *e)
{
    set_vecs(e, 1, 2);
}
static void one_vec(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_VEC], 1, false, 2);
}
static void map_alone(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_HASHBROWN], 3, true, 2);
}

static void threefold(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_REBUILD], 3, true, 2);
}
static void twofold(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_REBUILD], 2, true, 2);
}
static void threefold_and_twofold(struct claims_evidence *e)
{
    threefold(e);
    set_growth(&e->cells[CLAIMS_HASHBROWN], 2, true, 2);
}
/* A table that peaks at 3x and lives within 2.5x contradicts itself. */
static void threefold_but_lives(struct claims_evidence *e)
{
    threefold(e);
    set_growth(&e->cells[CLAIMS_REBUILD_LIMITED], 2.4, true, 2);
    e->cells[CLAIMS_REBUILD_LIMITED].limit_bytes = 2.5 * 256 * mib;
}
/* A limit that did not bite says nothing. */
static void threefold_and_unlimited(struct claims_evidence *e)
{
    threefold_but_lives(e);
    set_growth(&e->cells[CLAIMS_REBUILD_LIMITED], 3, true, 2);
}

/* What the sanitized builds have. */
static void limited_alone(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_INPLACE_LIMITED], 2, false, 2);
    e->cells[CLAIMS_INPLACE_LIMITED].limit_bytes = 2.5 * 256 * mib;
    e->cells[CLAIMS_INPLACE_LIMITED].virtual_before_bytes = 0;
    e->cells[CLAIMS_INPLACE_LIMITED].virtual_peak_bytes = 0;
    e->cells[CLAIMS_INPLACE_LIMITED].growth_ns = 1;
}

static void map_replaces(struct claims_evidence *e)
{
    map_alone(e);
}
static void map_resizes(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_HASHBROWN], 2, false, 2);
}
static void map_replaces_by_half(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_HASHBROWN], 2.5, true, 1.5);
}

static void oak_replaces(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_OAK], 1.8, true, 2);
}
static void oak_resizes(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_OAK], 1.4, false, 2);
}
static void map_replaces_oak_resizes(struct claims_evidence *e)
{
    map_replaces(e);
    oak_resizes(e);
}
/* Its chunks do not double with its index: shown, not judged. */
static void threefold_beside_oak(struct claims_evidence *e)
{
    threefold(e);
    oak_replaces(e);
}

static void program_runs(struct claims_evidence *e)
{
    set_program(&e->program, 1024, 1024);
    set_program(&e->program_of_ram, 1024, 1024);
}
static void program_runs_on_a_larger_machine(struct claims_evidence *e)
{
    set_program(&e->program, 1024, 1024);
    set_program(&e->program_of_ram, 0, 0);
    e->program_of_ram.block_bytes = 0x1p38;
}
static void program_runs_both_ways(struct claims_evidence *e)
{
    program_runs(e);
    e->program_of_ram.block_bytes = 0x1p38;
}
static void program_runs_in_part(struct claims_evidence *e)
{
    program_runs(e);
    set_program(&e->program_of_ram, 512, 512);
}
static void program_runs_with_the_rest_unknown(struct claims_evidence *e)
{
    set_program(&e->program, 1024, 1024);
}
static void program_gets_one_block(struct claims_evidence *e)
{
    set_program(&e->program, 1024, 1);
    set_program(&e->program_of_ram, 1024, 1);
}
static void program_refused(struct claims_evidence *e)
{
    set_program(&e->program, 0, 0);
    set_program(&e->program_of_ram, 0, 0);
    set_program(&e->program_scaled, 0, 0);
}
static void program_runs_smaller(struct claims_evidence *e)
{
    set_program(&e->program, 0, 0);
    set_program(&e->program_scaled, 1024, 1024);
}

static void lazy(struct claims_evidence *e)
{
    set_touch(e, page, 1);
}
static void eager(struct claims_evidence *e)
{
    set_touch(e, 64 * mib, 0);
}
static void lazy_without_pages(struct claims_evidence *e)
{
    set_touch(e, page, 0);
}
static void lazy_in_huge_pages(struct claims_evidence *e)
{
    set_touch(e, page, 512);
}

static void clean(struct claims_evidence *e)
{
    set_dirt(e, 0, 0);
}
static void dirty(struct claims_evidence *e)
{
    set_dirt(e, 1 << 20, 1 << 20);
}
static void others_dirty(struct claims_evidence *e)
{
    set_dirt(e, 0, 1 << 20);
}

static void mapped_at_once(struct claims_evidence *e)
{
    set_zero(&e->zero[CLAIMS_AS_SET], 2 * mib, 2 * mib, 0, 1);
}
static void own_pages(struct claims_evidence *e)
{
    set_zero(&e->zero[CLAIMS_AS_SET], 0, 2 * mib, 1024 * mib, 4096);
}
static void own_zero_pages(struct claims_evidence *e)
{
    set_zero(&e->zero[CLAIMS_AS_SET], 0, 2 * mib, 0, 4096);
}
static void huge_zero_page(struct claims_evidence *e)
{
    set_zero(&e->zero[CLAIMS_AS_SET], 0, 2 * mib, 0, 512);
}
/* 32 MiB of 16 KiB pages, all of them met. */
static void larger_huge_zero_page(struct claims_evidence *e)
{
    e->page_bytes = 16384;
    e->huge_page_bytes = 32 * mib;
    set_zero(&e->zero[CLAIMS_AS_SET], 0, 2 * mib, 0, 2048);
}
static void mapped_by_reading(struct claims_evidence *e)
{
    set_zero(&e->zero[CLAIMS_AS_SET], 0, 2 * mib, 0, 1);
}

static void tables_without_resident(struct claims_evidence *e)
{
    set_zero(&e->zero[CLAIMS_AS_SET], 0, 2 * mib, NAN, 1);
}

static void one_page_a_write(struct claims_evidence *e)
{
    set_writes(&e->zero[CLAIMS_AS_SET], 1, 1);
}
static void many_pages_a_write(struct claims_evidence *e)
{
    set_writes(&e->zero[CLAIMS_AS_SET], 1, 16);
    set_writes(&e->zero[CLAIMS_SMALL_PAGES], 1, 16);
}
static void no_fault_a_write(struct claims_evidence *e)
{
    set_writes(&e->zero[CLAIMS_AS_SET], 0, 1);
}
static void huge_page_a_write(struct claims_evidence *e)
{
    set_writes(&e->zero[CLAIMS_AS_SET], 1, 512);
    set_writes(&e->zero[CLAIMS_SMALL_PAGES], 1, 1);
}

static void cheap_entry(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_ARRAY], 1, false, 2);
}
static void dear_entry(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_ARRAY], 2, true, 2);
}
static void cheap_and_dear_entry(struct claims_evidence *e)
{
    cheap_entry(e);
    set_growth(&e->cells[CLAIMS_INPLACE_LIMITED], 2, false, 2);
}

static void append_that_copies(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_ARRAY_COPIED], 2, false, 2);
    set_growth(&e->cells[CLAIMS_VEC_ALIGNED], 2, false, 2);
}
static void cheap_unless_copied(struct claims_evidence *e)
{
    cheap_entry(e);
    set_growth(&e->cells[CLAIMS_ARRAY_COPIED], 2, false, 2);
}
static void cheap_unless_aligned(struct claims_evidence *e)
{
    cheap_entry(e);
    set_growth(&e->cells[CLAIMS_VEC_ALIGNED], 2, false, 2);
}

static void stays(struct claims_evidence *e)
{
    set_moves(&e->cells[CLAIMS_ARRAY], 0, 8);
}
static void moves(struct claims_evidence *e)
{
    set_moves(&e->cells[CLAIMS_ARRAY], 8, 8);
    set_moves(&e->cells[CLAIMS_ARRAY_LIMITED], 0, 8); /* a reservation does not change what malloc does */
}
static void moves_but_once(struct claims_evidence *e)
{
    set_moves(&e->cells[CLAIMS_ARRAY], 5, 6);
    set_moves(&e->cells[CLAIMS_ARRAY_RANDOMISED], 3, 6);
}
static void moves_once(struct claims_evidence *e)
{
    set_moves(&e->cells[CLAIMS_ARRAY], 1, 8);
}
static void moves_randomised(struct claims_evidence *e)
{
    stays(e);
    set_moves(&e->cells[CLAIMS_ARRAY_RANDOMISED], 8, 8);
}

static void doubles(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_RUNE], 1, false, 2);
}
static void grows_by_half(struct claims_evidence *e)
{
    set_growth(&e->cells[CLAIMS_RUNE], 1, false, 1.5);
}
static void mostly_doubles(struct claims_evidence *e)
{
    doubles(e);
    e->cells[CLAIMS_RUNE].least_factor = 1.5;
}

static void free_tails(struct claims_evidence *e)
{
    set_tails(&e->cells[CLAIMS_RUNE], 0.25, 0.001);
}
static void paid_tails(struct claims_evidence *e)
{
    set_tails(&e->cells[CLAIMS_RUNE], 0.25, 0.25);
}
static void paid_unless_lazy(struct claims_evidence *e)
{
    paid_tails(e);
    set_tails(&e->cells[CLAIMS_RUNE_LAZY], 0.25, 0.001);
}
static void free_but_no_quarter(struct claims_evidence *e)
{
    set_tails(&e->cells[CLAIMS_RUNE], 0.1, 0.001);
}

static void bound_by_cpu(struct claims_evidence *e)
{
    set_bounds(e, 0x1p39, 0x1p34, 39, 0);
}
static void bound_by_memory(struct claims_evidence *e)
{
    set_bounds(e, 0x1p34, 0x1p34, 39, 0);
}
static void bound_by_both(struct claims_evidence *e)
{
    set_bounds(e, 0x1p39, 0x1p39, 39, 0);
}

static void bound_by_addresses(struct claims_evidence *e)
{
    set_bounds(e, 0x1p47, 0x1p34, 47, 1);
    e->largest_unreserved_bytes = 0x1p47;
}

static void large_and_granted(struct claims_evidence *e)
{
    set_bounds(e, 0x1p41, 0x1p41, 46, 1);
}
static void small_and_granted(struct claims_evidence *e)
{
    bound_by_addresses(e);
}
static void large_and_refused(struct claims_evidence *e)
{
    set_bounds(e, 0x1p39, 0x1p41, 46, 0);
}
static void small_and_refused(struct claims_evidence *e)
{
    bound_by_memory(e);
    e->physical_bits = 46;
}
static void small_with_a_cpu_of_its_size(struct claims_evidence *e)
{
    set_bounds(e, 0x1p35, 0x1p35, 35, 0);
}
static void small_and_refused_by_cpu(struct claims_evidence *e)
{
    set_bounds(e, 0x1p39, 0x1p34, 39, 0);
}
static void small_without_rule(struct claims_evidence *e)
{
    set_bounds(e, 0x1p30, 0x1p34, 46, 0);
}
static void refused_by_commit_limit(struct claims_evidence *e)
{
    small_without_rule(e);
    e->overcommit_mode = 2;
    e->commit_bytes = 0x1p30;
}
static void commit_limit_not_in_force(struct claims_evidence *e)
{
    small_without_rule(e);
    e->commit_bytes = 0x1p30;
}

/* ---- the judges ---- */

struct opposite {
    int id;
    void (*evidence)(struct claims_evidence *e);
    enum claims_outcome outcome;
};

static const struct opposite opposites[] = {
    {1, all_by_mremap, CLAIMS_HOLDS},
    {1, none_by_mremap, CLAIMS_DOES_NOT_HOLD},
    {1, one_by_mremap, CLAIMS_DEPENDS},
    {1, all_but_aged_by_mremap, CLAIMS_DEPENDS},
    {1, one_allocator, CLAIMS_NOT_TESTABLE},
    {2, named_calls, CLAIMS_HOLDS},
    {2, plain_calls, CLAIMS_DOES_NOT_HOLD},
    {3, vecs_copy, CLAIMS_HOLDS},
    {3, vecs_copy_map_resizes, CLAIMS_HOLDS},
    {3, vecs_resize, CLAIMS_DOES_NOT_HOLD},
    {3, vecs_resize_map_rehashes, CLAIMS_DOES_NOT_HOLD},
    {3, aligned_vec_copies, CLAIMS_DEPENDS},
    {3, one_vec, CLAIMS_NOT_TESTABLE},
    {3, map_alone, CLAIMS_NOT_TESTABLE},
    {4, threefold, CLAIMS_HOLDS},
    {4, twofold, CLAIMS_DOES_NOT_HOLD},
    {4, threefold_and_twofold, CLAIMS_DEPENDS},
    {4, threefold_but_lives, CLAIMS_DEPENDS},
    {4, threefold_and_unlimited, CLAIMS_HOLDS},
    {4, limited_alone, CLAIMS_NOT_TESTABLE},
    {4, threefold_beside_oak, CLAIMS_HOLDS},
    {4, oak_replaces, CLAIMS_NOT_TESTABLE},
    {3, oak_replaces, CLAIMS_NOT_TESTABLE},
    {5, map_replaces, CLAIMS_HOLDS},
    {5, map_resizes, CLAIMS_DOES_NOT_HOLD},
    {5, map_replaces_by_half, CLAIMS_DEPENDS},
    {5, oak_replaces, CLAIMS_HOLDS},
    {5, oak_resizes, CLAIMS_DOES_NOT_HOLD},
    {5, map_replaces_oak_resizes, CLAIMS_DEPENDS},
    {5, threefold, CLAIMS_NOT_TESTABLE},
    {6, program_runs, CLAIMS_HOLDS},
    {6, program_runs_both_ways, CLAIMS_HOLDS},
    {6, program_runs_on_a_larger_machine, CLAIMS_DEPENDS},
    {6, program_runs_in_part, CLAIMS_DEPENDS},
    {6, program_runs_with_the_rest_unknown, CLAIMS_DEPENDS},
    {6, program_gets_one_block, CLAIMS_DEPENDS},
    {6, program_refused, CLAIMS_DOES_NOT_HOLD},
    {6, program_runs_smaller, CLAIMS_DEPENDS},
    {7, lazy, CLAIMS_HOLDS},
    {7, eager, CLAIMS_DOES_NOT_HOLD},
    {7, lazy_in_huge_pages, CLAIMS_DEPENDS},
    {7, lazy_without_pages, CLAIMS_DEPENDS},
    {8, clean, CLAIMS_HOLDS},
    {8, dirty, CLAIMS_DOES_NOT_HOLD},
    {8, others_dirty, CLAIMS_DEPENDS},
    {9, mapped_at_once, CLAIMS_HOLDS},
    {9, own_pages, CLAIMS_DOES_NOT_HOLD},
    {9, own_zero_pages, CLAIMS_DOES_NOT_HOLD},
    {9, huge_zero_page, CLAIMS_DEPENDS},
    {9, larger_huge_zero_page, CLAIMS_DEPENDS},
    {9, mapped_by_reading, CLAIMS_DEPENDS},
    {9, tables_without_resident, CLAIMS_NOT_TESTABLE},
    {10, one_page_a_write, CLAIMS_HOLDS},
    {10, many_pages_a_write, CLAIMS_DOES_NOT_HOLD},
    {10, no_fault_a_write, CLAIMS_DOES_NOT_HOLD},
    {10, huge_page_a_write, CLAIMS_DEPENDS},
    {11, cheap_entry, CLAIMS_HOLDS},
    {11, dear_entry, CLAIMS_DOES_NOT_HOLD},
    {11, cheap_and_dear_entry, CLAIMS_DEPENDS},
    {11, append_that_copies, CLAIMS_DOES_NOT_HOLD},
    {11, cheap_unless_copied, CLAIMS_DEPENDS},
    {11, cheap_unless_aligned, CLAIMS_DEPENDS},
    {12, stays, CLAIMS_HOLDS},
    {12, moves, CLAIMS_DOES_NOT_HOLD},
    {12, moves_but_once, CLAIMS_DOES_NOT_HOLD},
    {12, moves_once, CLAIMS_DEPENDS},
    {12, moves_randomised, CLAIMS_DEPENDS},
    {13, doubles, CLAIMS_HOLDS},
    {13, grows_by_half, CLAIMS_DOES_NOT_HOLD},
    {13, mostly_doubles, CLAIMS_DEPENDS},
    {14, free_tails, CLAIMS_HOLDS},
    {14, paid_tails, CLAIMS_DOES_NOT_HOLD},
    {14, paid_unless_lazy, CLAIMS_DEPENDS},
    {14, free_but_no_quarter, CLAIMS_DEPENDS},
    {15, bound_by_cpu, CLAIMS_HOLDS},
    {15, bound_by_memory, CLAIMS_DOES_NOT_HOLD},
    {15, bound_by_addresses, CLAIMS_DEPENDS},
    {15, bound_by_both, CLAIMS_DEPENDS},
    {16, large_and_granted, CLAIMS_HOLDS},
    {16, small_and_granted, CLAIMS_DEPENDS},
    {16, large_and_refused, CLAIMS_DOES_NOT_HOLD},
    {16, small_and_refused, CLAIMS_DOES_NOT_HOLD},
    {16, small_with_a_cpu_of_its_size, CLAIMS_DEPENDS},
    {16, small_and_refused_by_cpu, CLAIMS_DEPENDS},
    {16, small_without_rule, CLAIMS_DEPENDS},
    {16, refused_by_commit_limit, CLAIMS_DOES_NOT_HOLD},
    {16, commit_limit_not_in_force, CLAIMS_DEPENDS},
    {15, refused_by_commit_limit, CLAIMS_DOES_NOT_HOLD},
};

enum { OPPOSITE_COUNT = sizeof opposites / sizeof *opposites };

static void empty(struct claims_evidence *e)
{
    claims_evidence_init(e);
    e->page_bytes = page;
    e->overcommit_mode = 0; /* these are always known */
    snprintf(e->thp, sizeof e->thp, "madvise");
    snprintf(e->libc, sizeof e->libc, "glibc 9");
}

static void test_opposite_evidence_gives_opposite_verdicts(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    unsigned seen[CLAIMS_COUNT] = {0};
    for (int i = 0; i < OPPOSITE_COUNT; i++) {
        empty(&e);
        opposites[i].evidence(&e);
        claims_judge(&claims_rows[opposites[i].id - 1], &e, &v);
        if (v.outcome != opposites[i].outcome)
            fail_msg("row %d, claim %d: %s instead of %s", i, opposites[i].id,
                     claims_outcome_words[v.outcome], claims_outcome_words[opposites[i].outcome]);
        assert_true(v.line_count > 0);
        assert_true(strlen(v.depends_on) > 0);
        assert_non_null(strpbrk(v.lines[0], "0123456789"));
        seen[opposites[i].id - 1] |= 1u << v.outcome;
    }
    for (int i = 0; i < CLAIMS_COUNT; i++)
        assert_int_equal(seen[i] & 3, 1u << CLAIMS_HOLDS | 1u << CLAIMS_DOES_NOT_HOLD);
}

static void test_missing_evidence_is_not_testable(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    empty(&e);
    for (int i = 0; i < CLAIMS_COUNT; i++) {
        assert_int_equal(claims_rows[i].id, i + 1);
        claims_judge(&claims_rows[i], &e, &v);
        if (v.outcome != CLAIMS_NOT_TESTABLE)
            fail_msg("claim %d: %s without evidence", i + 1, claims_outcome_words[v.outcome]);
        assert_true(v.line_count > 0);
        assert_null(strstr(v.depends_on, "nan"));
    }
}

static void test_a_judge_is_pure(void **state)
{
    (void)state;
    static struct claims_evidence e, copy;
    static struct claims_verdict first, second;
    for (int i = 0; i < OPPOSITE_COUNT; i++) {
        empty(&e);
        opposites[i].evidence(&e);
        copy = e;
        claims_judge(&claims_rows[opposites[i].id - 1], &e, &first);
        claims_judge(&claims_rows[opposites[i].id - 1], &e, &second);
        assert_memory_equal(&copy, &e, sizeof e);
        assert_memory_equal(&first, &second, sizeof first);
    }
}

static bool tells(const struct claims_verdict *v, const char *words)
{
    for (size_t line = 0; line < v->line_count; line++)
        if (strstr(v->lines[line], words))
            return true;
    return false;
}

static void test_a_limit_without_a_table_to_compare_with(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    empty(&e);
    limited_alone(&e);
    claims_judge(&claims_rows[3], &e, &v);
    for (size_t line = 0; line < v.line_count; line++)
        assert_null(strstr(v.lines[line], "nan"));
}

static void test_the_commit_limit_is_named(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    for (int mode = 0; mode <= 2; mode += 2) {
        empty(&e);
        refused_by_commit_limit(&e);
        e.overcommit_mode = mode;
        claims_judge(&claims_rows[15], &e, &v);
        assert_int_equal(tells(&v, "the bound is the commit limit"), mode == 2);
    }
}

/* They tell settings: what bounds a malloc is measured, and may be something else here. */
static void test_what_bounds_depend_on_concludes_nothing(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    for (int claim = 15; claim <= 16; claim++) {
        empty(&e);
        bound_by_cpu(&e);
        claims_judge(&claims_rows[claim - 1], &e, &v);
        assert_string_equal(v.depends_on,
                            "overcommit mode 0, RAM 16.0 GiB + swap 0 B; 39 physical address bits");
    }
}

/* The whole at 1.8 times is no contradiction to its index at three times. */
static void test_the_authors_table_is_told_with_its_index(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    for (int claim = 3; claim <= 5; claim++) {
        empty(&e);
        claims_judge(&claims_rows[claim - 1], &e, &v);
        assert_true(tells(&v, "oak_lookup: 0 processes measured: not measured"));
        oak_replaces(&e);
        claims_judge(&claims_rows[claim - 1], &e, &v);
        assert_true(tells(&v, "10 of 10 growths took a new block"));
        assert_true(tells(&v, "resident 256 MiB -> peak 461 MiB (1.80x)"));
        assert_true(tells(&v, "its index alone 256 MiB -> 768 MiB (1x -> 3.00x)"));
        oak_resizes(&e);
        claims_judge(&claims_rows[claim - 1], &e, &v);
        assert_true(tells(&v, "its index alone 256 MiB -> 512 MiB (1x -> 2.00x)"));
    }
}

/* No judge has more to say than there is room for, whatever was measured, nor prints a NaN of it. */
static void test_full_evidence_fits(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict v;
    empty(&e);
    for (int i = 0; i < OPPOSITE_COUNT; i++)
        opposites[i].evidence(&e);
    for (int i = 0; i < CLAIMS_CELL_COUNT; i++) {
        set_growth(&e.cells[i], 3, true, 2);
        set_moves(&e.cells[i], 1, 2);
        set_tails(&e.cells[i], 0.25, 0.25);
        e.cells[i].limit_bytes = e.cells[i].virtual_before_bytes = e.cells[i].virtual_peak_bytes = mib;
        e.cells[i].growth_ns = 1;
        memset(e.cells[i].table, 'x', sizeof e.cells[i].table - 1);
    }
    e.allocator_count = CLAIMS_ALLOCATOR_COUNT;
    for (int i = 0; i < CLAIMS_ALLOCATOR_COUNT; i++) {
        double *numbers = &e.allocators[i].resizes;
        for (size_t n = 0; n < (sizeof *e.allocators - offsetof(struct claims_allocator, resizes)) / 8; n++)
            numbers[n] = 3;
    }
    e.aged = e.allocators[0];
    for (int i = 0; i < CLAIMS_POLICY_COUNT; i++) {
        e.touch[i] = (struct claims_touch){1, 1, 1, 1};
        set_zero(&e.zero[i], 1, 1, 1, 1);
        set_writes(&e.zero[i], 1, 1);
    }
    large_and_granted(&e);
    for (int i = 0; i < CLAIMS_COUNT; i++) {
        claims_judge(&claims_rows[i], &e, &v);
        for (size_t line = 0; line < v.line_count; line++)
            assert_null(strstr(v.lines[line], "nan"));
        assert_int_not_equal(v.outcome, CLAIMS_NOT_TESTABLE);
    }
}

/* ---- from records ---- */

static void add_interval(struct record *r, uint64_t entries, int64_t rss, int64_t peak, uint64_t capacity)
{
    record_add_series(r, &(struct record_series_row){.entries = entries,
                                                     .rss_bytes = rss,
                                                     .interval_peak_rss_bytes = peak,
                                                     .virtual_bytes = 10000,
                                                     .capacity_bytes = capacity});
}

static void add_growth(struct record *r, uint64_t entries, enum recorder_kind kind, uint64_t old,
                       uint64_t new)
{
    record_add_growth(
        r, &(struct record_growth_row){
               .entries = entries, .duration_ns = 7, .kind = kind, .old_bytes = old, .new_bytes = new});
}

static void test_the_largest_growth_is_told(void **state)
{
    (void)state;
    struct record *r = malloc(sizeof *r);
    static struct claims_cell c;
    const struct cell cell = {CELL_STANDING, .table = "t", .allocator = "a", .entries = 1 << 20, .seed = 1};
    assert_non_null(r);
    record_init(r, &cell);
    r->status = RECORD_OK;
    r->peak_virtual_bytes = 90000;
    add_interval(r, 100, 1000, 1100, 1);
    add_growth(r, 101, RECORDER_ADD, 0, 1 << 20);
    add_growth(r, 101, RECORDER_MOVE, 1 << 20, 2 << 20);
    add_interval(r, 101, 2000, 2500, 1);
    add_interval(r, 200, 4000, 4100, 1); /* before the largest */
    add_growth(r, 201, RECORDER_REPLACE, 2 << 20, 4 << 20);
    add_interval(r, 201, 8000, 12000, 1); /* after it */
    add_growth(r, 300, RECORDER_FREE, 9 << 20, 0);
    add_interval(r, 300, 8000, 99000, 1);
    claims_read_record(r, &c);
    assert_true(c.growth_entries == 201 && c.growth_ns == 7 && c.block_bytes == 2 << 20 &&
                c.new_block_bytes == 4 << 20);
    assert_true(c.before_bytes == 4000 && c.peak_bytes == 12000 && c.after_bytes == 8000);
    assert_true(c.virtual_before_bytes == 10000 && c.virtual_peak_bytes == 90000);
    assert_true(c.growths == 2 && c.replaced == 1 && c.large_growths == 2 && c.large_moves == 2);
    assert_true(c.least_factor == 2 && c.most_factor == 2);
    free(r);
}

/* A capacity that doubles at half and is filled evenly: its tail is a quarter of it on average. */
static void test_the_last_octave_is_a_quarter_empty(void **state)
{
    (void)state;
    struct record *r = malloc(sizeof *r);
    static struct claims_cell c;
    const struct cell cell = {CELL_STANDING, .table = "t", .allocator = "a", .entries = 1024, .seed = 1};
    assert_non_null(r);
    for (int lazy_pages = 0; lazy_pages < 2; lazy_pages++) {
        record_init(r, &cell);
        for (uint64_t entries = 1; entries <= 1024; entries += entries < 700 ? 1 : 9) /* uneven rows */
            add_interval(r, entries, lazy_pages ? (int64_t)entries * 16 : 1024 * 16, 0,
                         (entries > 512 ? 1024 : 512) * 16);
        claims_read_record(r, &c);
        assert_true(fabs(c.tail_ratio - 0.25) < 0.01);
        assert_true(fabs(c.waste_ratio - (lazy_pages ? 0 : 0.25)) < 0.01);
    }
    free(r);
}

static void test_the_block_is_the_largest_that_fits(void **state)
{
    (void)state;
    assert_true(claims_block_bytes((uint64_t)256 << 20) == 64 << 20);
    assert_true(claims_block_bytes((uint64_t)1 << 30) == 256 << 20);
    assert_true(claims_block_bytes((uint64_t)8 << 30) == (uint64_t)2 << 30);
    for (uint64_t budget = 256 << 20; budget < (uint64_t)1 << 40; budget += budget / 7) {
        assert_true(claims_block_bytes(budget) * 3 < budget);
        assert_true(claims_block_bytes(budget) * 7 > budget);
    }
}

/* ---- the report ---- */

static void test_the_report_has_every_claim(void **state)
{
    (void)state;
    static struct claims_evidence e;
    static struct claims_verdict verdicts[CLAIMS_COUNT];
    empty(&e);
    for (int i = 0; i < OPPOSITE_COUNT; i++)
        opposites[i].evidence(&e);
    for (int i = 0; i < CLAIMS_COUNT; i++)
        claims_judge(&claims_rows[i], &e, &verdicts[i]);
    json_t *context = json_pack("{s:s}", "libc", "glibc 9");
    const struct claims_report report = {verdicts, context, 1 << 30, 1 << 28, 0x1p34, 3};
    json_t *json = claims_report_json(&report);
    assert_non_null(json);
    assert_int_equal(json_array_size(json_object_get(json, "claims")), CLAIMS_COUNT);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    claims_report_print(&report, out);
    claims_report_write_markdown(&report, out);
    fclose(out);
    assert_non_null(strstr(text, "Of 16 claims"));
    const char *markdown = strstr(text, "# The claims");
    assert_non_null(markdown);
    for (const char *line = text; line < markdown; line = strchr(line, '\n') + 1)
        assert_true(strcspn(line, "\n") <= 110);
    free(text);
    json_decref(json);
    json_decref(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opposite_evidence_gives_opposite_verdicts),
        cmocka_unit_test(test_missing_evidence_is_not_testable),
        cmocka_unit_test(test_a_judge_is_pure),
        cmocka_unit_test(test_a_limit_without_a_table_to_compare_with),
        cmocka_unit_test(test_the_authors_table_is_told_with_its_index),
        cmocka_unit_test(test_the_commit_limit_is_named),
        cmocka_unit_test(test_what_bounds_depend_on_concludes_nothing),
        cmocka_unit_test(test_full_evidence_fits),
        cmocka_unit_test(test_the_largest_growth_is_told),
        cmocka_unit_test(test_the_last_octave_is_a_quarter_empty),
        cmocka_unit_test(test_the_block_is_the_largest_that_fits),
        cmocka_unit_test(test_the_report_has_every_claim),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
