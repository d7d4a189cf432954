/* SPDX-License-Identifier: MIT
 *
 * Judges of the claims on malloc and the kernel: 1, 2, 6 to 10, 15 and 16.
 */
#include "harness/claims/parts.h"

#include <stdio.h>

static void depend_on_overcommit(const struct claims_evidence *e, struct claims_verdict *v, const char *more)
{
    claims_depend(v, "overcommit mode %.0f, RAM %s + swap %s%s%s", e->overcommit_mode,
                  claims_bytes(e->ram_bytes).text, claims_bytes(e->swap_bytes).text, *more ? "; " : "", more);
}

static void say_resizes(struct claims_verdict *v, const struct claims_allocator *a, const char *history)
{
    claims_say(
        v, "%s %s%s: %.0f of %.0f doublings %s -> %s by mremap; the last: resident %s, peak %s (%.2fx)",
        a->name, a->version, history, a->resizes_by_mremap, a->resizes, claims_bytes(a->first_bytes).text,
        claims_bytes(a->last_bytes).text, claims_bytes(a->before_bytes).text,
        claims_bytes(a->peak_bytes).text, a->peak_bytes / a->before_bytes);
}

void claims_judge_handing(const struct claims_evidence *e, struct claims_verdict *v)
{
    double measured = 0, always = 0, never = 0;
    for (size_t i = 0; i < e->allocator_count; i++) {
        const struct claims_allocator *a = &e->allocators[i];
        if (!(a->resizes > 0))
            continue;
        measured++;
        always += a->resizes_by_mremap >= a->resizes;
        never += a->resizes_by_mremap == 0;
        say_resizes(v, a, "");
    }
    if (e->aged.resizes > 0)
        say_resizes(v, &e->aged, ", after it freed a mapped block of 30 MiB");
    claims_depend(v, "the allocator, and for %s the block's history and alignment; calls counted by ptrace",
                  e->libc);
    /* One allocator alone says nothing of allocators. */
    if (measured < 2) {
        v->outcome = CLAIMS_NOT_TESTABLE;
        claims_say(v, "%.0f allocator%s measured; two at least are needed", measured,
                   measured == 1 ? "" : "s");
        return;
    }
    bool aged_copies = e->aged.resizes > 0 && e->aged.resizes_by_mremap < e->aged.resizes;
    v->outcome = always == measured && !aged_copies ? CLAIMS_HOLDS
                 : never == measured                ? CLAIMS_DOES_NOT_HOLD
                                                    : CLAIMS_DEPENDS;
}

void claims_judge_calls(const struct claims_evidence *e, struct claims_verdict *v)
{
    double plain = 0, named = 0;
    for (size_t i = 0; i < e->allocator_count; i++) {
        const struct claims_allocator *a = &e->allocators[i];
        if (isnan(a->mmaps))
            continue;
        plain += a->mmaps + a->mremaps;
        named += a->mmap2s + a->mremap2s;
        claims_say(v, "%s %s, one block grown to %s: mmap %.0f, mremap %.0f, mmap2 %.0f, mremap2 %.0f calls",
                   a->name, a->version, claims_bytes(a->last_bytes).text, a->mmaps, a->mremaps, a->mmap2s,
                   a->mremap2s);
    }
    claims_depend(v, "the architecture (mmap2 is a call of 32-bit ones); calls counted by ptrace");
    v->outcome = claims_share(named, plain + named);
}

static void say_mallocs(struct claims_verdict *v, const struct claims_mallocs *m)
{
    claims_say(v,
               "malloc(%s) x %.0f: %.0f granted (%s in all), %.0f different addresses; resident +%s, page "
               "tables +%s",
               claims_bytes(m->block_bytes).text, m->asked, m->granted,
               claims_bytes(m->granted * m->block_bytes).text, m->distinct,
               claims_bytes(m->resident_bytes).text, claims_bytes(m->page_table_bytes).text);
}

static bool runs(const struct claims_mallocs *m)
{
    return m->granted == m->asked && m->distinct == m->granted;
}

/* Judged with the story's block and with one of this machine's RAM, as the story's was of its machine's: on a
 * larger machine 2^35 bytes are just a block that fits. */
void claims_judge_program(const struct claims_evidence *e, struct claims_verdict *v)
{
    const struct claims_mallocs *own = &e->program, *of_ram = &e->program_of_ram,
                                *scaled = &e->program_scaled;
    depend_on_overcommit(e, v,
                         "the block's size beside RAM; judged on 2^35 bytes and on RAM rounded up to a "
                         "power of two");
    if (isnan(own->granted))
        return; /* NOT TESTABLE, as the verdict begins */
    say_mallocs(v, own);
    if (own->granted < own->asked)
        claims_say(v, "%.0f calls returned NULL: only a program that does not look runs to its end",
                   own->asked - own->granted);
    if (of_ram->block_bytes == own->block_bytes)
        claims_say(v, "%s is this machine's RAM too, rounded up to a power of two",
                   claims_bytes(of_ram->block_bytes).text);
    else if (!isnan(of_ram->granted))
        say_mallocs(v, of_ram);
    if (!isnan(scaled->granted))
        say_mallocs(v, scaled);
    if (!isnan(e->largest_malloc_bytes))
        claims_say(v, "largest single malloc that works: %s (%.0f bytes)",
                   claims_bytes(e->largest_malloc_bytes).text, e->largest_malloc_bytes);
    bool some = own->granted > 0 || of_ram->granted > 0 || runs(scaled);
    v->outcome = runs(own) && runs(of_ram) ? CLAIMS_HOLDS : some ? CLAIMS_DEPENDS : CLAIMS_DOES_NOT_HOLD;
}

static const char *policy_name(const struct claims_evidence *e, int policy, char *text, size_t size)
{
    snprintf(text, size, "THP %s",
             policy == CLAIMS_AS_SET        ? e->thp
             : policy == CLAIMS_SMALL_PAGES ? "off by prctl"
                                            : "asked for by madvise");
    return text;
}

static double written_pages(const struct claims_evidence *e, double bytes, double writes)
{
    return bytes / e->page_bytes / writes;
}

void claims_judge_lazy(const struct claims_evidence *e, struct claims_verdict *v)
{
    const struct claims_touch *set = &e->touch[CLAIMS_AS_SET];
    char name[48];
    for (int i = 0; i < CLAIMS_POLICY_COUNT; i++) {
        const struct claims_touch *t = &e->touch[i];
        if (t->writes > 0)
            claims_say(
                v, "%s: malloc(%s) resident +%s; then %.0f single bytes 2 MiB apart: +%s, %.1f pages each",
                policy_name(e, i, name, sizeof name), claims_bytes(t->block_bytes).text,
                claims_bytes(t->resident_bytes).text, t->writes, claims_bytes(t->written_bytes).text,
                written_pages(e, t->written_bytes, t->writes));
    }
    if (!isnan(e->locked_resident_ratio))
        claims_say(v, "control: under mlockall(MCL_FUTURE) %.0f %% of a fresh block is resident at once",
                   e->locked_resident_ratio * 100);
    claims_depend(v, "THP (judged as set here, %s; the other rows are shown), mlock; page size %s", e->thp,
                  claims_bytes(e->page_bytes).text);
    if (!(set->writes > 0))
        v->outcome = CLAIMS_NOT_TESTABLE;
    else if (set->resident_bytes > set->block_bytes / 2)
        v->outcome = CLAIMS_DOES_NOT_HOLD;
    else {
        double pages = written_pages(e, set->written_bytes, set->writes);
        bool lazy = set->resident_bytes <= 64 * e->page_bytes && pages >= 0.5 && pages <= 2;
        v->outcome = lazy ? CLAIMS_HOLDS : CLAIMS_DEPENDS;
    }
}

static bool is_dirty(const struct claims_allocator *a)
{
    return a->fresh_dirty_bytes > 0 || a->recycled_dirty_bytes > 0 || a->large_recycled_dirty_bytes > 0;
}

void claims_judge_zeroed(const struct claims_evidence *e, struct claims_verdict *v)
{
    double measured = 0, dirty = 0;
    for (size_t i = 0; i < e->allocator_count; i++) {
        const struct claims_allocator *a = &e->allocators[i];
        if (isnan(a->recycled_dirty_bytes))
            continue;
        measured++;
        dirty += is_dirty(a);
        claims_say(v,
                   "%s %s: bytes not zero of %s: first malloc %.0f; filled, freed, malloc again: %.0f "
                   "(calloc %.0f); "
                   "the same with %s: %.0f",
                   a->name, a->version, claims_bytes(a->block_bytes).text, a->fresh_dirty_bytes,
                   a->recycled_dirty_bytes, a->calloc_dirty_bytes, claims_bytes(a->large_block_bytes).text,
                   a->large_recycled_dirty_bytes);
    }
    claims_depend(
        v,
        "the block's history (fresh mappings are zero, recycled blocks hold what was there) and so its "
        "size; judged on %s",
        e->libc);
    if (measured == 0 || isnan(e->allocators[0].recycled_dirty_bytes))
        v->outcome = CLAIMS_NOT_TESTABLE;
    else if (is_dirty(&e->allocators[0]))
        v->outcome = CLAIMS_DOES_NOT_HOLD;
    else
        v->outcome = dirty > 0 ? CLAIMS_DEPENDS : CLAIMS_HOLDS;
}

void claims_judge_zero_page(const struct claims_evidence *e, struct claims_verdict *v)
{
    const struct claims_zero_page *set = &e->zero[CLAIMS_AS_SET];
    char name[48];
    for (int i = 0; i < CLAIMS_POLICY_COUNT; i++) {
        const struct claims_zero_page *z = &e->zero[i];
        if (isnan(z->table_after_bytes) || isnan(z->resident_bytes))
            continue;
        claims_say(
            v,
            "%s: %s mapped: page tables +%s before a read, +%s after reading all of it (8 bytes a page "
            "would be %s); resident +%s, %.0f bytes not zero",
            policy_name(e, i, name, sizeof name), claims_bytes(z->mapping_bytes).text,
            claims_bytes(z->table_before_bytes).text, claims_bytes(z->table_after_bytes).text,
            claims_bytes(z->mapping_bytes / e->page_bytes * 8).text, claims_bytes(z->resident_bytes).text,
            z->dirty_bytes);
        if (z->sampled_pages > 0)
            claims_say(v, "%s: %.0f pages of it, looked up in pagemap, are %.0f physical page%s",
                       policy_name(e, i, name, sizeof name), z->sampled_pages, z->distinct_frames,
                       z->distinct_frames == 1 ? "" : "s");
    }
    claims_depend(v, "whether it was read; THP (%s here) has a huge zero page of its own", e->thp);
    if (isnan(set->table_after_bytes) || isnan(set->resident_bytes))
        return; /* NOT TESTABLE, as the verdict begins */
    double full_bytes = set->mapping_bytes / e->page_bytes * 8;
    /* The huge zero page is some of them: 512 of 4 KiB, 8,192 of 64 KiB. */
    double zero_frames = e->huge_page_bytes > 0 ? e->huge_page_bytes / e->page_bytes : 1;
    bool shared = set->resident_bytes < set->mapping_bytes / 10 && set->dirty_bytes == 0 &&
                  !(set->distinct_frames > set->sampled_pages / 4 && set->distinct_frames > zero_frames);
    bool at_once = set->table_before_bytes > full_bytes / 2;
    v->outcome = !shared ? CLAIMS_DOES_NOT_HOLD : at_once ? CLAIMS_HOLDS : CLAIMS_DEPENDS;
}

void claims_judge_first_write(const struct claims_evidence *e, struct claims_verdict *v)
{
    char name[48];
    bool exact[CLAIMS_POLICY_COUNT] = {false};
    for (int i = 0; i < CLAIMS_POLICY_COUNT; i++) {
        const struct claims_zero_page *z = &e->zero[i];
        if (!(z->writes > 0))
            continue;
        double pages = written_pages(e, z->written_bytes, z->writes);
        exact[i] = claims_near(z->write_faults / z->writes, 1, 0.1) && claims_near(pages, 1, 0.1);
        claims_say(
            v,
            "%s: %.0f single bytes written 2 MiB apart, after reading all: %.0f faults, resident +%s: %.2f "
            "pages a write",
            policy_name(e, i, name, sizeof name), z->writes, z->write_faults,
            claims_bytes(z->written_bytes).text, pages);
    }
    claims_depend(v, "THP (judged as set here, %s; the other rows are shown); page size %s", e->thp,
                  claims_bytes(e->page_bytes).text);
    if (!(e->zero[CLAIMS_AS_SET].writes > 0))
        v->outcome = CLAIMS_NOT_TESTABLE;
    else
        v->outcome = exact[CLAIMS_AS_SET]        ? CLAIMS_HOLDS
                     : exact[CLAIMS_SMALL_PAGES] ? CLAIMS_DEPENDS
                                                 : CLAIMS_DOES_NOT_HOLD;
}

/* Both last claims rest on what bounds a single malloc. */
static void say_bounds(const struct claims_evidence *e, struct claims_verdict *v)
{
    claims_say(v, "largest single malloc: %s, %.4f x (RAM + swap = %s)",
               claims_bytes(e->largest_malloc_bytes).text,
               e->largest_malloc_bytes / (e->ram_bytes + e->swap_bytes),
               claims_bytes(e->ram_bytes + e->swap_bytes).text);
    claims_say(v, "the CPU addresses 2^%.0f = %s physically, %.4f x the largest malloc", e->physical_bits,
               claims_bytes(exp2(e->physical_bits)).text, exp2(e->physical_bits) / e->largest_malloc_bytes);
}

static bool knows_bounds(const struct claims_evidence *e)
{
    return e->largest_malloc_bytes > 0 && e->ram_bytes > 0 && !isnan(e->physical_bits) &&
           !isnan(e->swap_bytes);
}

/* What the largest malloc is measured to follow. */
struct followed {
    bool cpu, memory, commit; /* commit: in overcommit mode 2 only */
};

static struct followed followed_bounds(const struct claims_evidence *e)
{
    double largest = e->largest_malloc_bytes;
    return (struct followed){claims_near(largest, exp2(e->physical_bits), 0.05),
                             claims_near(largest, e->ram_bytes + e->swap_bytes, 0.05),
                             e->overcommit_mode == 2 && claims_near(largest, e->commit_bytes, 0.05)};
}

static void say_commit(const struct claims_evidence *e, struct claims_verdict *v)
{
    if (e->overcommit_mode == 2 && !isnan(e->commit_bytes))
        claims_say(v, "overcommit mode 2: the commit limit left %s, %.4f x the largest malloc",
                   claims_bytes(e->commit_bytes).text, e->commit_bytes / e->largest_malloc_bytes);
}

static void depend_on_addresses(const struct claims_evidence *e, struct claims_verdict *v)
{
    char bits[40] = "";
    if (!isnan(e->physical_bits))
        snprintf(bits, sizeof bits, "%.0f physical address bits", e->physical_bits);
    depend_on_overcommit(e, v, bits);
}

void claims_judge_refusal(const struct claims_evidence *e, struct claims_verdict *v)
{
    depend_on_addresses(e, v);
    if (!knows_bounds(e))
        return; /* NOT TESTABLE, as the verdict begins */
    say_bounds(e, v);
    say_commit(e, v);
    if (!isnan(e->more_than_memory_granted))
        claims_say(v, "malloc(RAM + swap + 64 MiB): %s",
                   e->more_than_memory_granted > 0 ? "1 granted" : "0 granted, refused");
    if (!isnan(e->largest_unreserved_bytes))
        claims_say(v, "control: the largest mmap with MAP_NORESERVE is %s",
                   claims_bytes(e->largest_unreserved_bytes).text);
    if (e->exhausted_count > 0)
        claims_say(v, "many blocks: %.0f granted, %s in all, before malloc said no", e->exhausted_count,
                   claims_bytes(e->exhausted_bytes).text);
    struct followed by = followed_bounds(e);
    bool by_other =
        by.memory || by.commit || claims_near(e->largest_malloc_bytes, e->largest_unreserved_bytes, 0.05);
    v->outcome = !by.cpu ? CLAIMS_DOES_NOT_HOLD : by_other ? CLAIMS_DEPENDS : CLAIMS_HOLDS;
}

/* The seed document means a machine whose CPU can have 1 TiB, as malloc would give what the CPU addresses. What
 * contradicts it is a bound that follows what is installed or may be committed, and not the CPU. */
void claims_judge_tebibyte(const struct claims_evidence *e, struct claims_verdict *v)
{
    depend_on_addresses(e, v);
    if (!knows_bounds(e) || isnan(e->tebibyte_granted))
        return; /* NOT TESTABLE, as the verdict begins */
    claims_say(v, "malloc(1 TiB) here: %s; this CPU addresses %s",
               e->tebibyte_granted > 0 ? "1 granted" : "0 granted, refused",
               claims_bytes(exp2(e->physical_bits)).text);
    say_bounds(e, v);
    say_commit(e, v);
    struct followed by = followed_bounds(e);
    if (e->tebibyte_granted > 0) {
        /* By a machine with less memory, as overcommit mode 1 does, it is granted whatever the CPU can have. */
        bool has = e->ram_bytes + e->swap_bytes >= 0x1p40;
        v->outcome = has ? CLAIMS_HOLDS : CLAIMS_DEPENDS;
        if (!has)
            claims_say(v,
                       "1 TiB is granted to a machine that has not got it: the system's overcommit decides");
    } else if (!by.cpu && (by.memory || by.commit)) {
        v->outcome = CLAIMS_DOES_NOT_HOLD;
        claims_say(v, "the bound is %s, not the 2^%.0f bytes that the CPU addresses",
                   by.commit ? "the commit limit" : "RAM + swap", e->physical_bits);
    } else {
        /* A machine that has 1 TiB and is refused it needs no reason. */
        v->outcome = e->ram_bytes >= 0x1p40 ? CLAIMS_DOES_NOT_HOLD : CLAIMS_DEPENDS;
        claims_say(v, "the largest malloc follows %s",
                   by.cpu ? by.memory || by.commit ? "both the CPU's addresses and the memory"
                                                   : "the CPU's addresses, below 1 TiB"
                          : "0 of the bounds that are known here");
    }
}
