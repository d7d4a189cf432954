/* SPDX-License-Identifier: MIT */
#include "harness/claims/claims.h"

#include "harness/claims/parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

const char *const claims_outcome_words[] = {"HOLDS", "DOES NOT HOLD", "DEPENDS", "NOT TESTABLE HERE", NULL};
const char *const claims_outcome_names[] = {"HOLDS", "DOES_NOT_HOLD", "DEPENDS", "NOT_TESTABLE", NULL};

const struct claims_row claims_rows[CLAIMS_COUNT] = {
    {1, "Good allocators hand big arrays over to the kernel and grow them by mremap instead of copying.",
     claims_judge_handing},
    {2, "The system calls they use for that are mmap2 and mremap2.", claims_judge_calls},
    {3, "The allocator behind Rust's containers does without that trick.", claims_judge_lacking},
    {4, "A hash table that doubles into a new block goes from 1x to 3x of resident memory in one insert.",
     claims_judge_threefold},
    {5, "Rust's table does that by allocating an array twice as large, copying, and freeing the old one.",
     claims_judge_copying},
    {6, "A program that asks malloc for 2^35 bytes 1,024 times runs on a machine with 32 GiB.",
     claims_judge_program},
    {7, "Memory from malloc costs pages only where it is written, on the first write.", claims_judge_lazy},
    {8, "What malloc returns is zeroed, as from calloc.", claims_judge_zeroed},
    {9, "One read-only page of zeros stands behind every page-table entry of a fresh mapping.",
     claims_judge_zero_page},
    {10, "The first write to a page of such a mapping faults, and gets one page of its own.",
     claims_judge_first_write},
    {11, "One more entry in a full table costs one page, not three times the table.", claims_judge_page},
    {12, "The array does not even move when it grows.", claims_judge_address},
    {13, "Rune doubles its arrays when they are full.", claims_judge_doubling},
    {14, "Unused tails of doubling arrays would cost 25 % on average, but Linux makes that 0 %.",
     claims_judge_tails},
    {15, "What bounds a single malloc is how much memory the CPU can physically address.",
     claims_judge_refusal},
    {16, "On a machine that can have 1 TiB, one call of malloc gives up to 1 TiB.", claims_judge_tebibyte},
};

void claims_say(struct claims_verdict *v, const char *format, ...)
{
    assert(v->line_count < CLAIMS_LINE_COUNT);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->lines[v->line_count++], CLAIMS_LINE_BYTES, format, arguments);
    va_end(arguments);
}

void claims_depend(struct claims_verdict *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->depends_on, sizeof v->depends_on, format, arguments);
    va_end(arguments);
}

enum claims_outcome claims_share(double count, double total)
{
    if (!(total > 0))
        return CLAIMS_NOT_TESTABLE;
    return count == total ? CLAIMS_HOLDS : count == 0 ? CLAIMS_DOES_NOT_HOLD : CLAIMS_DEPENDS;
}

static void unmeasure(double *numbers, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof *numbers; i++)
        numbers[i] = NAN;
}

static void init_allocator(struct claims_allocator *a)
{
    unmeasure(&a->resizes, sizeof *a - offsetof(struct claims_allocator, resizes));
}

void claims_evidence_init(struct claims_evidence *e)
{
    memset(e, 0, sizeof *e);
    unmeasure(&e->page_bytes,
              offsetof(struct claims_evidence, thp) - offsetof(struct claims_evidence, page_bytes));
    for (int i = 0; i < CLAIMS_CELL_COUNT; i++) {
        struct claims_cell *cell = &e->cells[i];
        unmeasure(&cell->limit_bytes, sizeof *cell - offsetof(struct claims_cell, limit_bytes));
        snprintf(cell->missing, sizeof cell->missing, "not measured");
    }
    for (int i = 0; i < CLAIMS_ALLOCATOR_COUNT; i++)
        init_allocator(&e->allocators[i]);
    init_allocator(&e->aged);
    unmeasure(&e->program.block_bytes, sizeof *e - offsetof(struct claims_evidence, program));
}

void claims_judge(const struct claims_row *row, const struct claims_evidence *e, struct claims_verdict *v)
{
    memset(v, 0, sizeof *v);
    v->outcome = CLAIMS_NOT_TESTABLE;
    row->judge(e, v);
    if (!v->line_count)
        claims_say(v, "0 measurements: nothing that this claim needs could be measured");
}
