/* SPDX-License-Identifier: MIT */
#include "harness/claims/measure.h"

#include "harness/claims/parts.h"
#include "harness/common/files.h"
#include "harness/run/served.h"
#include "harness/run/spawn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

enum { TIMEOUT_SECONDS = 900, PROBE_WRITES = 32, PROGRAM_COUNT = 1024 };

static const uint64_t mib = 1 << 20, program_block_bytes = (uint64_t)1 << 35;

struct measure {
    const struct claims_options *options;
    struct claims_evidence *evidence;
    uint64_t block_bytes; /* of the rehashing table, before its last growth */
    struct spawned *child;
};

static double limited_bytes(const struct measure *m)
{
    return 2.5 * (double)m->block_bytes;
}

uint64_t claims_block_bytes(uint64_t budget_bytes)
{
    /* hashbrown's control bytes make 3x into 3.19x; the rest is the process itself and page tables. */
    uint64_t bytes = mib;
    while (bytes * 2 / 10 * 32 + 24 * mib <= budget_bytes)
        bytes *= 2;
    return bytes;
}

static void announce(const struct measure *m, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void announce(const struct measure *m, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(m->options->progress, "growbench: ");
    vfprintf(m->options->progress, format, arguments);
    fprintf(m->options->progress, "\n");
    va_end(arguments);
    fflush(m->options->progress);
}

/* Starts a process for `cell`, or for another program's arguments, and waits for its end. */
static int run_child(struct measure *m, const struct cell *cell, const struct allocator *allocator,
                     const struct record_setup *setup, const char *const *arguments, uint64_t limit_bytes)
{
    const struct spawn_options options = {.allocator = allocator,
                                          .setup = setup,
                                          .program = arguments ? "/proc/self/exe" : NULL,
                                          .arguments = arguments,
                                          .budget_root = m->options->budget_root,
                                          .budget_bytes = limit_bytes,
                                          .timeout_seconds = TIMEOUT_SECONDS,
                                          .signal_fd = m->options->signal_fd};
    int error = spawn_start(m->child, cell, &options);
    if (error)
        return error;
    if (spawn_run_whole(m->child) == SPAWN_INTERRUPTED) {
        spawn_close(m->child);
        budget_close(&m->child->budget);
        return ECANCELED;
    }
    spawn_end(m->child);
    return 0;
}

/* ---- cells ---- */

/* How many entries: the growth of interest is then the last, or (OCTAVE) half-way. */
enum extent { REHASH_AT_1_2, REHASH_AT_3_4, REHASH_AT_7_8, APPEND_AT_1, OCTAVE };

struct plan {
    enum claims_cell_index index;
    const char *claims, *table, *allocator;
    enum extent extent;
    bool limited, aslr;
    enum page_policy thp;
};

static const struct plan plans[] = {
    {CLAIMS_REBUILD, "3, 4, 5, 11", "linear_rebuild", "glibc", REHASH_AT_3_4, false, false, 0},
    {CLAIMS_HASHBROWN, "3, 4, 5, 11", "rust_hashbrown", "glibc", REHASH_AT_7_8, false, false, 0},
    {CLAIMS_OAK, "3, 4, 5", "oak_lookup", "glibc", REHASH_AT_1_2, false, false, 0},
    {CLAIMS_REBUILD_LIMITED, "4", "linear_rebuild", "glibc", REHASH_AT_3_4, true, false, 0},
    {CLAIMS_INPLACE_LIMITED, "4, 11, 12", "linear_inplace", "mremap", REHASH_AT_3_4, true, false, 0},
    {CLAIMS_ARRAY_LIMITED, "4, 11, 12", "array", "mremap", APPEND_AT_1, true, false, 0},
    {CLAIMS_ARRAY, "11, 12, 14", "array", "glibc", OCTAVE, false, false, 0},
    {CLAIMS_ARRAY_RANDOMISED, "12", "array", "glibc", OCTAVE, false, true, 0},
    {CLAIMS_ARRAY_MOVING, "12", "array", "mremap_move", OCTAVE, false, false, 0},
    {CLAIMS_ARRAY_COPIED, "4, 11", "array", "copying", APPEND_AT_1, false, false, 0},
    {CLAIMS_ARRAY_HUGE, "14", "array", "glibc", OCTAVE, false, false, PAGE_POLICY_ALWAYS},
    {CLAIMS_VEC, "3, 5, 11", "rust_vec", "glibc", OCTAVE, false, false, 0},
    {CLAIMS_VEC_ALIGNED, "3, 11", "rust_vec_align64", "glibc", OCTAVE, false, false, 0},
    {CLAIMS_RUNE, "11, 13, 14", "rune_soa", "glibc", OCTAVE, false, false, 0},
    {CLAIMS_RUNE_LAZY, "11, 13, 14", "rune_soa:lazy", "glibc", OCTAVE, false, false, 0},
    {CLAIMS_DATADRAW, "11, 13, 14", "datadraw_soa", "glibc", OCTAVE, false, false, 0},
};

static uint64_t entries_of(const struct measure *m, enum extent extent)
{
    uint64_t slots = m->block_bytes / TABLE_ENTRY_BYTES;
    uint64_t most = 512 * mib / TABLE_ENTRY_BYTES; /* more tells nothing new and takes long */
    switch (extent) {
    case REHASH_AT_1_2:
        return slots / 2 + 1;
    case REHASH_AT_3_4:
        return slots / 4 * 3 + 1;
    case REHASH_AT_7_8:
        return slots / 8 * 7 + 1;
    case APPEND_AT_1:
        return slots + 1;
    case OCTAVE:
        break;
    }
    return slots / 2 < most ? slots / 2 : most;
}

/* The growing insert must stand alone. Where it is the last one it does so in batches too, which are quicker:
 * the entries before it fill whole batches. */
static enum cell_mode mode_of(enum extent extent)
{
    return extent == OCTAVE ? CELL_LATENCY : CELL_THROUGHPUT;
}

static const char *why_not(const struct measure *m, const struct plan *plan)
{
    const struct catalog_allocator *allocator = catalog_allocator_of(m->options->catalog, plan->allocator);
    const struct catalog_table *table = catalog_table_of(m->options->catalog, plan->table);
    if (!table || !allocator)
        return "not built in";
    if (!table->available)
        return table->reason;
    if (served_is_sanitized() && allocator->row.properties & ALLOCATOR_SERVES_PROCESS)
        return "this build is sanitized: its malloc is the sanitizer's";
    return allocator->available ? NULL : allocator->reason;
}

static int measure_cell(struct measure *m, const struct plan *plan)
{
    struct claims_cell *found = &m->evidence->cells[plan->index];
    snprintf(found->table, sizeof found->table, "%s", plan->table);
    snprintf(found->allocator, sizeof found->allocator, "%s", plan->allocator);
    const char *reason = why_not(m, plan);
    if (reason) {
        snprintf(found->missing, sizeof found->missing, "%.190s", reason);
        return 0;
    }
    struct cell cell = {CELL_STANDING,
                        .entries = entries_of(m, plan->extent),
                        .mode = mode_of(plan->extent),
                        .seed = CELL_SEED_DEFAULT,
                        .thp = plan->thp,
                        .aslr = plan->aslr};
    memcpy(cell.table, found->table, sizeof cell.table);
    memcpy(cell.allocator, found->allocator, sizeof cell.allocator);
    struct record_setup setup = catalog_setup(m->options->catalog, &cell, m->options->ns_per_tick);
    found->limit_bytes = plan->limited ? limited_bytes(m) : (double)m->options->budget_bytes;
    announce(m, "claim %s: %s on %s%s%s%s", plan->claims, plan->table, plan->allocator,
             plan->limited ? ", memory limited" : "", plan->aslr ? ", addresses randomised" : "",
             plan->thp ? ", huge pages" : "");
    int error = run_child(m, &cell, &catalog_allocator_of(m->options->catalog, plan->allocator)->row, &setup,
                          NULL, (uint64_t)found->limit_bytes);
    if (error)
        return error;
    const struct record *r = m->child->record;
    claims_read_record(r, found);
    snprintf(found->enforced_by, sizeof found->enforced_by, "%s", budget_kind_names[m->child->budget.kind]);
    /* A killed or refused child is evidence only where that is the question. */
    if (r->status != RECORD_OK && !plan->limited)
        snprintf(found->missing, sizeof found->missing, "%s: %.150s", record_status_names[r->status],
                 r->message);
    spawn_close(m->child);
    return 0;
}

/* ---- probes ---- */

/* NaN where the probe did not tell it. */
static double value_of(const char *output, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = output; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, length) && line[length] == '=')
            return strtod(line + length + 1, NULL);
    }
    return NAN;
}

/* Runs `growbench probe NAME NUMBER...`; its output is in the child until the next one is started. */
static int run_probe(struct measure *m, const char *allocator_name, enum page_policy thp, const char *name,
                     const uint64_t *numbers, int count)
{
    char texts[3][24];
    const char *arguments[7] = {"growbench", "probe", name};
    for (int i = 0; i < count; i++) {
        snprintf(texts[i], sizeof texts[i], "%" PRIu64, numbers[i]);
        arguments[3 + i] = texts[i];
    }
    const struct catalog_allocator *allocator = catalog_allocator_of(m->options->catalog, allocator_name);
    struct cell cell = {CELL_STANDING, .entries = 1, .mode = CELL_THROUGHPUT, .seed = CELL_SEED_DEFAULT,
                        .thp = thp};
    snprintf(cell.table, sizeof cell.table, "null");
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator_name);
    struct record_setup setup = catalog_setup(m->options->catalog, &cell, m->options->ns_per_tick);
    int error = run_child(m, &cell, &allocator->row, &setup, arguments, m->options->budget_bytes);
    if (error)
        return error;
    m->child->output[m->child->output_bytes < SPAWN_OUTPUT_BYTES ? m->child->output_bytes
                                                                 : SPAWN_OUTPUT_BYTES - 1] = 0;
    spawn_close(m->child);
    return 0;
}

static int measure_growing(struct measure *m, struct claims_allocator *a, uint64_t first_bytes,
                           uint64_t last_bytes, uint64_t aged_by_bytes)
{
    announce(m, "claim 1, 2: calls of a growing block on %s%s", a->name,
             aged_by_bytes ? ", after a free" : "");
    int error = run_probe(m, a->name, PAGE_POLICY_SYSTEM, "grow",
                          (const uint64_t[]){first_bytes, last_bytes, aged_by_bytes}, 3);
    const char *output = m->child->output;
    if (error)
        return error;
    a->first_bytes = (double)first_bytes;
    a->last_bytes = (double)last_bytes;
    a->resizes = value_of(output, "resizes");
    a->resizes_by_mremap = value_of(output, "by_mremap");
    a->mmaps = value_of(output, "mmaps");
    a->mremaps = value_of(output, "mremaps");
    a->mmap2s = value_of(output, "mmap2s");
    a->mremap2s = value_of(output, "mremap2s");
    a->before_bytes = value_of(output, "before");
    a->peak_bytes = value_of(output, "peak");
    return 0;
}

static int measure_dirt(struct measure *m, struct claims_allocator *a)
{
    const uint64_t small_bytes = mib, large_bytes = 64 * mib;
    announce(m, "claim 8: contents of fresh and recycled blocks of %s", a->name);
    int error = run_probe(m, a->name, PAGE_POLICY_SYSTEM, "dirty", &small_bytes, 1);
    if (error)
        return error;
    a->block_bytes = (double)small_bytes;
    a->fresh_dirty_bytes = value_of(m->child->output, "fresh");
    a->recycled_dirty_bytes = value_of(m->child->output, "recycled");
    a->calloc_dirty_bytes = value_of(m->child->output, "calloc");
    error = run_probe(m, a->name, PAGE_POLICY_SYSTEM, "dirty", &large_bytes, 1);
    if (error)
        return error;
    a->large_block_bytes = (double)large_bytes;
    a->large_recycled_dirty_bytes = value_of(m->child->output, "recycled");
    return 0;
}

static int measure_allocators(struct measure *m)
{
    const struct catalog *catalog = m->options->catalog;
    struct claims_evidence *e = m->evidence;
    uint64_t first_bytes = 40 * mib, last_bytes = 2 * first_bytes; /* above glibc's largest mmap threshold */
    while (last_bytes < 1024 * mib && last_bytes * 3 <= m->options->budget_bytes / 4 * 3)
        last_bytes *= 2;
    for (size_t i = 0; i < catalog->allocator_count && e->allocator_count < CLAIMS_ALLOCATOR_COUNT; i++) {
        const struct catalog_allocator *item = &catalog->allocators[i];
        /* Variants ("jemalloc:lean") are the same library. */
        if (!item->available || !(item->row.properties & ALLOCATOR_SERVES_PROCESS) || strchr(item->name, ':'))
            continue;
        struct claims_allocator *a = &e->allocators[e->allocator_count++];
        snprintf(a->name, sizeof a->name, "%s", item->name);
        memcpy(a->version, item->version, sizeof a->version);
        int error = measure_growing(m, a, first_bytes, last_bytes, 0);
        if (!error)
            error = measure_dirt(m, a);
        if (error)
            return error;
    }
    if (!e->allocator_count || strcmp(e->allocators[0].name, "glibc"))
        return 0;
    memcpy(e->aged.name, e->allocators[0].name, sizeof e->aged.name);
    memcpy(e->aged.version, e->allocators[0].version, sizeof e->aged.version);
    return measure_growing(m, &e->aged, 30 * mib, 60 * mib, 30 * mib);
}

static int measure_mallocs(struct measure *m, struct claims_mallocs *found, uint64_t block_bytes)
{
    int error =
        run_probe(m, "glibc", PAGE_POLICY_SYSTEM, "many", (const uint64_t[]){block_bytes, PROGRAM_COUNT}, 2);
    if (error)
        return error;
    found->block_bytes = (double)block_bytes;
    found->asked = PROGRAM_COUNT;
    found->granted = value_of(m->child->output, "granted");
    found->distinct = value_of(m->child->output, "distinct");
    found->resident_bytes = value_of(m->child->output, "resident");
    found->page_table_bytes = value_of(m->child->output, "tables");
    return 0;
}

static int measure_bounds(struct measure *m)
{
    struct claims_evidence *e = m->evidence;
    announce(m, "claim 6, 15, 16: the largest block that malloc gives");
    int error = run_probe(m, "glibc", PAGE_POLICY_SYSTEM, "bounds", NULL, 0);
    if (error)
        return error;
    e->ram_bytes = value_of(m->child->output, "ram");
    e->swap_bytes = value_of(m->child->output, "swap");
    e->commit_bytes = value_of(m->child->output, "commit");
    e->largest_malloc_bytes = value_of(m->child->output, "malloc");
    e->largest_unreserved_bytes = value_of(m->child->output, "unreserved");
    e->more_than_memory_granted = value_of(m->child->output, "more_granted");
    e->tebibyte_granted = value_of(m->child->output, "tebibyte_granted");
    announce(m, "claim 6: %d blocks that are never written", PROGRAM_COUNT);
    error = measure_mallocs(m, &e->program, program_block_bytes);
    /* The story's machine has as much RAM as its block has bytes. */
    uint64_t block_bytes = mib;
    while ((double)block_bytes < e->ram_bytes)
        block_bytes *= 2;
    if (!error && !isnan(e->ram_bytes))
        error = measure_mallocs(m, &e->program_of_ram, block_bytes);
    block_bytes = program_block_bytes;
    while (block_bytes > 1 && !((double)block_bytes <= e->largest_malloc_bytes))
        block_bytes /= 2;
    if (!error && block_bytes < program_block_bytes)
        error = measure_mallocs(m, &e->program_scaled, block_bytes);
    if (error)
        return error;
    announce(m, "claim 15: blocks until the addresses are used up");
    error = run_probe(m, "glibc", PAGE_POLICY_SYSTEM, "exhaust", &block_bytes, 1);
    if (error)
        return error;
    e->exhausted_count = value_of(m->child->output, "count");
    e->exhausted_bytes = e->exhausted_count * (double)block_bytes;
    return 0;
}

static int measure_pages(struct measure *m)
{
    static const enum page_policy policies[CLAIMS_POLICY_COUNT] = {PAGE_POLICY_SYSTEM, PAGE_POLICY_NEVER,
                                                                   PAGE_POLICY_SYSTEM};
    static const char *const names[] = {"pages as the system has them", "small pages", "huge pages"};
    /* Half of the budget: where reading does cost memory (use_zero_page 0 under THP always) it must fit. */
    uint64_t mapping_bytes = m->options->budget_bytes / 2 / (2 * mib) * (2 * mib);
    mapping_bytes = mapping_bytes > 4096 * mib ? 4096 * mib : mapping_bytes;
    for (int i = 0; i < CLAIMS_POLICY_COUNT; i++) {
        struct claims_touch *t = &m->evidence->touch[i];
        struct claims_zero_page *z = &m->evidence->zero[i];
        uint64_t huge = i == CLAIMS_HUGE_PAGES;
        announce(m, "claim 7: pages after single writes, %s", names[i]);
        int error = run_probe(m, "glibc", policies[i], "touch", (const uint64_t[]){PROBE_WRITES, huge}, 2);
        if (error)
            return error;
        t->block_bytes = value_of(m->child->output, "block");
        t->resident_bytes = value_of(m->child->output, "fresh");
        t->written_bytes = value_of(m->child->output, "written");
        t->writes = isnan(t->written_bytes) ? NAN : PROBE_WRITES;
        announce(m, "claim 9, 10: page tables and faults of a mapping that is read, %s", names[i]);
        error = run_probe(m, "glibc", policies[i], "zero",
                          (const uint64_t[]){mapping_bytes, PROBE_WRITES, huge}, 3);
        if (error)
            return error;
        z->mapping_bytes = (double)mapping_bytes;
        z->table_before_bytes = value_of(m->child->output, "tables_before");
        z->table_after_bytes = value_of(m->child->output, "tables_after");
        z->resident_bytes = value_of(m->child->output, "resident");
        z->dirty_bytes = value_of(m->child->output, "dirty");
        z->sampled_pages = value_of(m->child->output, "sampled");
        z->distinct_frames = value_of(m->child->output, "frames");
        z->write_faults = value_of(m->child->output, "faults");
        z->written_bytes = value_of(m->child->output, "written");
        z->writes = isnan(z->written_bytes) ? NAN : PROBE_WRITES;
    }
    announce(m, "claim 7: a block under mlockall");
    const uint64_t locked_bytes = 4 * mib;
    int error = run_probe(m, "glibc", PAGE_POLICY_SYSTEM, "lock", &locked_bytes, 1);
    m->evidence->locked_resident_ratio = error ? NAN : value_of(m->child->output, "ratio");
    return error;
}

/* "address sizes : 48 bits physical, 48 bits virtual" */
static double physical_bits(void)
{
    char *text = files_read("/proc/cpuinfo");
    const char *at = text ? strstr(text, "address sizes") : NULL;
    const char *colon = at ? strchr(at, ':') : NULL;
    double bits = colon ? strtod(colon + 1, NULL) : NAN;
    free(text);
    return bits;
}

static void describe_machine(const json_t *context, struct claims_evidence *e)
{
    snprintf(e->thp, sizeof e->thp, "%s", json_string_value(json_object_get(context, "thp_enabled")));
    snprintf(e->libc, sizeof e->libc, "%s", json_string_value(json_object_get(context, "libc")));
    e->page_bytes = (double)json_integer_value(json_object_get(context, "page_size_bytes"));
    e->huge_page_bytes = (double)json_integer_value(json_object_get(context, "huge_page_size_bytes"));
    e->overcommit_mode = (double)json_integer_value(json_object_get(context, "overcommit_memory"));
    e->physical_bits = physical_bits();
}

int claims_measure(const struct claims_options *options, struct claims_evidence *evidence)
{
    struct measure m = {.options = options,
                        .evidence = evidence,
                        .block_bytes = claims_block_bytes(options->budget_bytes),
                        .child = malloc(sizeof *m.child)};
    claims_evidence_init(evidence);
    evidence->budget_bytes = options->budget_bytes;
    describe_machine(options->context, evidence);
    int error = m.child ? 0 : ENOMEM;
    /* A sanitizer's malloc is not the one that the claims are about. */
    if (!error && !served_is_sanitized())
        error = measure_allocators(&m);
    if (!error && !served_is_sanitized())
        error = measure_bounds(&m);
    if (!error && !served_is_sanitized())
        error = measure_pages(&m);
    for (size_t i = 0; !error && i < sizeof plans / sizeof *plans; i++)
        error = measure_cell(&m, &plans[i]);
    free(m.child);
    return error;
}
