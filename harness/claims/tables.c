/* SPDX-License-Identifier: MIT
 *
 * Judges of the claims on growing tables: 3 to 5 and 11 to 14.
 *
 * Resident figures carry the error of the kernel's per-CPU counters, some tens of pages; hence the 64 pages
 * below that count as "a page".
 */
#include "harness/claims/parts.h"

#include <inttypes.h>
#include <stdio.h>

static const double copy_ratio = 1.25, threefold_ratio = 2.75, page_limit = 64;

static bool has_growth(const struct claims_cell *c)
{
    return !*c->missing && c->before_bytes > 0 && !isnan(c->peak_bytes);
}

static double overlap(const struct claims_cell *c)
{
    return c->peak_bytes / c->before_bytes;
}

static void say_missing(struct claims_verdict *v, const char *table, const struct claims_cell *c)
{
    if (*c->missing)
        claims_say(v, "%s: 0 processes measured: %s", table, c->missing);
}

static void say_growth(struct claims_verdict *v, const struct claims_cell *c)
{
    char entries[UNITS_TEXT_BYTES], duration[UNITS_TEXT_BYTES];
    if (!has_growth(c))
        return;
    claims_say(
        v, "%s on %s: 1 insert at %s entries: resident %s, peak %s (%.2fx), then %s; virtual %s -> %s; %s",
        c->table, c->allocator, units_format_count(entries, c->growth_entries),
        claims_bytes(c->before_bytes).text, claims_bytes(c->peak_bytes).text, overlap(c),
        claims_bytes(c->after_bytes).text, claims_bytes(c->virtual_before_bytes).text,
        claims_bytes(c->virtual_peak_bytes).text, units_format_duration(duration, c->growth_ns));
}

static void say_scale(const struct claims_evidence *e, struct claims_verdict *v)
{
    const double story_bytes = 0x1p34;
    double bytes = e->cells[CLAIMS_REBUILD].block_bytes;
    if (bytes > 0)
        claims_say(v, "scaled to a budget of %s: the table's old block is %s, %.3g of the story's 16 GiB",
                   claims_bytes((double)e->budget_bytes).text, claims_bytes(bytes).text, bytes / story_bytes);
}

static void say_resizing(struct claims_verdict *v, const struct claims_cell *c)
{
    if (has_growth(c))
        claims_say(
            v,
            "%s on %s: %.0f of %.0f growths (64 KiB and up) took a new block, %.0f asked for a resize%s; "
            "largest: %s -> peak %s (%.2fx)",
            c->table, c->allocator, c->replaced, c->growths, c->growths - c->replaced,
            c->replaced == c->growths ? ": it never asks" : "", claims_bytes(c->before_bytes).text,
            claims_bytes(c->peak_bytes).text, overlap(c));
}

/* oak_lookup's entries are in chunks that never move: only its index grows, and what is resident is both. */
static void say_oak(const struct claims_evidence *e, struct claims_verdict *v)
{
    const struct claims_cell *c = &e->cells[CLAIMS_OAK];
    say_missing(v, "oak_lookup", c);
    if (!has_growth(c) || !(c->growths > 0))
        return;
    /* Of a replaced one the old block is read as the new one is written. */
    double index_bytes = c->new_block_bytes + (c->replaced > 0 ? c->block_bytes : 0);
    claims_say(
        v,
        "%s on %s: %.0f of %.0f growths took a new block, new / old size %.3f to %.3f; 1 insert: resident "
        "%s -> peak %s (%.2fx), data chunks in it; its index alone %s -> %s (1x -> %.2fx)",
        c->table, c->allocator, c->replaced, c->growths, c->least_factor, c->most_factor,
        claims_bytes(c->before_bytes).text, claims_bytes(c->peak_bytes).text, overlap(c),
        claims_bytes(c->block_bytes).text, claims_bytes(index_bytes).text, index_bytes / c->block_bytes);
}

static void depend_on_allocator(const struct claims_evidence *e, struct claims_verdict *v, const char *more)
{
    claims_depend(v, "%s; %s, THP %s, largest block %s", more, e->libc, e->thp,
                  claims_bytes(2 * e->cells[CLAIMS_REBUILD].block_bytes).text);
}

/* A map that rehashes never asks for a resize: it tells nothing of the allocator, so it is only shown. */
void claims_judge_lacking(const struct claims_evidence *e, struct claims_verdict *v)
{
    const struct claims_cell *judged[] = {&e->cells[CLAIMS_VEC], &e->cells[CLAIMS_VEC_ALIGNED]};
    double copying = 0;
    for (int i = 0; i < 2; i++) {
        copying += judged[i]->replaced > 0 || overlap(judged[i]) > copy_ratio;
        say_resizing(v, judged[i]);
    }
    say_missing(v, "rust_vec", judged[0]);
    say_missing(v, "rust_vec_align64", judged[1]);
    say_resizing(v, &e->cells[CLAIMS_HASHBROWN]);
    say_missing(v, "rust_hashbrown", &e->cells[CLAIMS_HASHBROWN]);
    say_oak(e, v);
    claims_depend(v,
                  "the container, the allocator it is given (%s here), the element's alignment; judged on "
                  "both Vecs, as who never asks for a resize tells nothing of the allocator",
                  e->libc);
    if (!has_growth(judged[0]) || !has_growth(judged[1]))
        return; /* NOT TESTABLE, as the verdict begins */
    claims_say(v, "%.0f of 2 Vecs copied (a new block, or a peak above %.2fx)", copying, copy_ratio);
    v->outcome = claims_share(copying, 2);
}

/* A watchdog looks every few milliseconds: who is through before has lived above the limit, not within. */
static bool lived_above(const struct claims_cell *c)
{
    return c->status == RECORD_OK && c->peak_bytes > c->limit_bytes;
}

static void say_limit(const struct claims_evidence *e, struct claims_verdict *v, const struct claims_cell *c)
{
    char ratio[40] = "";
    if (e->cells[CLAIMS_REBUILD].block_bytes > 0)
        snprintf(ratio, sizeof ratio, "%.2fx the old block; ",
                 c->limit_bytes / e->cells[CLAIMS_REBUILD].block_bytes);
    if (!*c->missing)
        claims_say(v, "limited to %s (%s%s): %s on %s: %s%s%s%s", claims_bytes(c->limit_bytes).text, ratio,
                   c->enforced_by, c->table, c->allocator, record_status_names[c->status],
                   *c->message ? ": " : "", c->message,
                   lived_above(c) ? ", but above the limit: the watchdog came too late" : "");
}

/* Judged on tables whose memory is their one block: of oak_lookup's, only the index is replaced.
 * A copied array shows how the metric matters: its new half is not yet touched, so resident is 2x. */
void claims_judge_threefold(const struct claims_evidence *e, struct claims_verdict *v)
{
    const struct claims_cell *cells[] = {&e->cells[CLAIMS_REBUILD], &e->cells[CLAIMS_HASHBROWN]};
    double total = 0, threefold = 0;
    say_scale(e, v);
    for (int i = 0; i < 2; i++) {
        total += has_growth(cells[i]);
        threefold += has_growth(cells[i]) && overlap(cells[i]) >= threefold_ratio;
        say_growth(v, cells[i]);
    }
    say_missing(v, "rust_hashbrown", cells[1]);
    say_oak(e, v);
    say_growth(v, &e->cells[CLAIMS_INPLACE_LIMITED]);
    say_growth(v, &e->cells[CLAIMS_ARRAY_LIMITED]);
    say_growth(v, &e->cells[CLAIMS_ARRAY_COPIED]);
    say_limit(e, v, &e->cells[CLAIMS_REBUILD_LIMITED]);
    say_limit(e, v, &e->cells[CLAIMS_INPLACE_LIMITED]);
    say_limit(e, v, &e->cells[CLAIMS_ARRAY_LIMITED]);
    depend_on_allocator(
        e, v,
        "how the table grows and the metric; judged on linear_rebuild and rust_hashbrown, whose "
        "memory is one block");
    v->outcome = claims_share(threefold, total);
    /* Peaks are only as good as what a limit does to the same table. */
    const struct claims_cell *limited = &e->cells[CLAIMS_REBUILD_LIMITED];
    if (v->outcome == CLAIMS_HOLDS && !*limited->missing && limited->status == RECORD_OK &&
        !lived_above(limited))
        v->outcome = CLAIMS_DEPENDS;
}

static bool doubles(const struct claims_cell *c)
{
    return claims_near(c->least_factor, 2, 0.05) && claims_near(c->most_factor, 2, 0.05);
}

/* Judged on the tables of Rust's. Ours grows so by construction and proves nothing. */
void claims_judge_copying(const struct claims_evidence *e, struct claims_verdict *v)
{
    static const enum claims_cell_index shown[] = {CLAIMS_HASHBROWN, CLAIMS_VEC, CLAIMS_REBUILD};
    const struct claims_cell *judged[] = {&e->cells[CLAIMS_HASHBROWN], &e->cells[CLAIMS_OAK]};
    for (int i = 0; i < 3; i++) {
        const struct claims_cell *c = &e->cells[shown[i]];
        if (!*c->missing && c->growths > 0)
            claims_say(v,
                       "%s on %s: %.0f of %.0f growths allocated a new block before the old one was freed; "
                       "new / old size %.3f to %.3f",
                       c->table, c->allocator, c->replaced, c->growths, c->least_factor, c->most_factor);
    }
    say_missing(v, "rust_hashbrown", judged[0]);
    say_oak(e, v);
    claims_depend(v, "the container: a map rehashes into a new block, a Vec asks for a resize; judged on "
                     "rust_hashbrown and oak_lookup");
    double total = 0, never = 0, always = 0;
    for (int i = 0; i < 2; i++) {
        const struct claims_cell *c = judged[i];
        if (*c->missing || !(c->growths > 0))
            continue;
        total++;
        never += c->replaced == 0;
        always += c->replaced == c->growths && doubles(c);
    }
    if (total == 0) {
        claims_say(v, "0 tables of Rust's measured; linear_rebuild proves nothing");
        return; /* NOT TESTABLE, as the verdict begins */
    }
    v->outcome = never == total ? CLAIMS_DOES_NOT_HOLD : always == total ? CLAIMS_HOLDS : CLAIMS_DEPENDS;
}

/* Appending containers first, also those whose growth is a copy. */
void claims_judge_page(const struct claims_evidence *e, struct claims_verdict *v)
{
    static const enum claims_cell_index shown[] = {
        CLAIMS_ARRAY,    CLAIMS_ARRAY_LIMITED, CLAIMS_VEC,         CLAIMS_RUNE_LAZY,       CLAIMS_RUNE,
        CLAIMS_DATADRAW, CLAIMS_ARRAY_COPIED,  CLAIMS_VEC_ALIGNED, CLAIMS_INPLACE_LIMITED, CLAIMS_REBUILD,
        CLAIMS_HASHBROWN};
    double total = 0, cheap = 0;
    say_scale(e, v);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct claims_cell *c = &e->cells[shown[i]];
        if (!has_growth(c))
            continue;
        double pages = (c->peak_bytes - c->before_bytes) / e->page_bytes;
        total++;
        cheap += pages <= page_limit;
        claims_say(v, "%s on %s: the growing insert at %s resident added %s (%.0f page%s)", c->table,
                   c->allocator, claims_bytes(c->before_bytes).text,
                   claims_bytes(c->peak_bytes - c->before_bytes).text, pages, pages == 1 ? "" : "s");
    }
    claims_depend(v,
                  "the algorithm (appending, or a rehash) and whether the allocator copies; "
                  "THP %s; up to %.0f pages count as one (error of the kernel's counters)",
                  e->thp, page_limit);
    v->outcome = claims_share(cheap, total);
}

/* A block moves in a process where at least half of its growths moved it: one that happens to have room above
 * it changes nothing. It does not move where none did: a single move leaves pointers astray. */
void claims_judge_address(const struct claims_evidence *e, struct claims_verdict *v)
{
    static const enum claims_cell_index shown[] = {CLAIMS_ARRAY, CLAIMS_ARRAY_RANDOMISED, CLAIMS_ARRAY_MOVING,
                                                   CLAIMS_ARRAY_LIMITED, CLAIMS_INPLACE_LIMITED};
    double judged = 0, moved = 0, stayed = 0;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct claims_cell *c = &e->cells[shown[i]];
        if (*c->missing || !(c->large_growths > 0))
            continue;
        claims_say(v, "%s on %s%s: %.0f of %.0f growths of 1 MiB and more moved the block", c->table,
                   c->allocator, shown[i] == CLAIMS_ARRAY_RANDOMISED ? " (addresses randomised)" : "",
                   c->large_moves, c->large_growths);
        if (shown[i] == CLAIMS_ARRAY || shown[i] == CLAIMS_ARRAY_RANDOMISED) {
            judged++;
            moved += c->large_moves >= c->large_growths / 2;
            stayed += c->large_moves == 0;
        }
    }
    claims_depend(v,
                  "what lies above the block; judged on %s's own malloc, the reserved region (mremap) is "
                  "shown beside it",
                  e->libc);
    if (judged == 0)
        return; /* NOT TESTABLE, as the verdict begins */
    claims_say(
        v,
        "judged, array on glibc: %.0f of %.0f processes moved it in half of these growths or more, %.0f "
        "never",
        moved, judged, stayed);
    v->outcome = stayed == judged ? CLAIMS_HOLDS : moved == judged ? CLAIMS_DOES_NOT_HOLD : CLAIMS_DEPENDS;
}

void claims_judge_doubling(const struct claims_evidence *e, struct claims_verdict *v)
{
    static const enum claims_cell_index shown[] = {CLAIMS_RUNE, CLAIMS_RUNE_LAZY, CLAIMS_DATADRAW};
    const struct claims_cell *rune = &e->cells[CLAIMS_RUNE];
    for (int i = 0; i < 3; i++) {
        const struct claims_cell *c = &e->cells[shown[i]];
        if (!*c->missing && c->growths > 0)
            claims_say(v, "%s: %.0f growths (64 KiB and up), new / old size %.3f to %.3f", c->table,
                       c->growths, c->least_factor, c->most_factor);
    }
    say_missing(v, "rune_soa", rune);
    claims_depend(
        v, "the kind of array: measured is a reproduction of how Rune's classes grow (arrays of fields), "
           "not Rune itself; its arrays of the user are not reproduced");
    if (*rune->missing || !(rune->growths > 0))
        v->outcome = CLAIMS_NOT_TESTABLE;
    else if (doubles(rune))
        v->outcome = CLAIMS_HOLDS;
    else
        v->outcome =
            rune->most_factor < 1.9 || rune->least_factor > 2.1 ? CLAIMS_DOES_NOT_HOLD : CLAIMS_DEPENDS;
}

/* Judged on Rune's growth where it is built in, as its author means that; else on a plain array. */
void claims_judge_tails(const struct claims_evidence *e, struct claims_verdict *v)
{
    static const enum claims_cell_index shown[] = {CLAIMS_RUNE, CLAIMS_RUNE_LAZY, CLAIMS_DATADRAW,
                                                   CLAIMS_ARRAY, CLAIMS_ARRAY_HUGE};
    double total = 0, free_of_cost = 0;
    bool quarter = true;
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        const struct claims_cell *c = &e->cells[shown[i]];
        if (*c->missing || isnan(c->tail_ratio) || isnan(c->waste_ratio))
            continue;
        claims_say(v, "%s on %s%s: mean unused tail %.1f %% of capacity, resident without payload %.1f %%",
                   c->table, c->allocator, shown[i] == CLAIMS_ARRAY_HUGE ? " (huge pages)" : "",
                   c->tail_ratio * 100, c->waste_ratio * 100);
        if (shown[i] == CLAIMS_DATADRAW) /* grows by 1.5 */
            continue;
        quarter &= c->tail_ratio >= 0.2 && c->tail_ratio <= 0.3;
        if (shown[i] == CLAIMS_ARRAY_HUGE) /* not as the system is set; up to 2 MiB an array */
            continue;
        total++;
        free_of_cost += c->waste_ratio <= 0.02;
    }
    say_missing(v, "judged on a plain array, without rune_soa", &e->cells[CLAIMS_RUNE]);
    claims_depend(
        v,
        "whether the new part is zeroed by hand (Rune does), THP %s; means over the last octave of a "
        "fill, every size alike",
        e->thp);
    v->outcome = claims_share(free_of_cost, total);
    if (v->outcome == CLAIMS_HOLDS && !quarter)
        v->outcome = CLAIMS_DEPENDS;
}
