/* SPDX-License-Identifier: MIT
 *
 * The meter against things whose figures are known beforehand: tables whose memory can be worked out, a table
 * that sleeps, a table whose own figures are slow to come by, a heap that refuses.
 *
 * GROWBENCH_TEST_SLEEPS names a table library that sleeps 20 ms in its first growth to 1 MiB or more
 * (tables/testing/faulty.c, -DFAULT_SLEEPS).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness/measure/workload.h"
#include "harness/run/child.h"

enum { MIB = 1 << 20, TRIES = 5, SLEEP_TRIES = 20, NOISY_TRIES = 60 };

/* Of the table that sleeps: its first growth to 1 MiB or more is the one at 3/4 of 32,768 slots. */
enum { SLEEP_NS = 20000000, SLEEPER_SLOT_BYTES = 24, SLEEPER_ENTRIES = 24576 };

struct fixture {
    double ns_per_tick;
    struct record record;
    struct meter meter;
    struct workload workload;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    f->ns_per_tick = clock_calibrate_ns_per_tick();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static double get(const struct record *r, enum counter counter)
{
    return record_get(r, counter);
}

static void assert_near(const struct record *r, enum counter counter, double expected, double tolerance)
{
    char id[CELL_ID_BYTES];
    if (!(fabs(get(r, counter) - expected) <= tolerance))
        fail_msg("%s: %s is %g instead of %g", cell_format_id(&r->cell, id), counter_names[counter],
                 get(r, counter), expected);
}

static const struct record *run_cell(struct fixture *f, const struct cell *cell, const char *table_library)
{
    record_init(&f->record, cell);
    f->record.setup.ns_per_tick = f->ns_per_tick;
    snprintf(f->record.setup.table_library, sizeof f->record.setup.table_library, "%s", table_library);
    child_run_here(&f->record);
    record_finish(&f->record);
    if (f->record.status != RECORD_OK)
        fail_msg("%s: %s", record_status_names[f->record.status], f->record.message);
    return &f->record;
}

/* ---- memory ---- */

/* 2^21 entries, 32 MiB of payload. Past 2^20 entries, linear_rebuild grows from 32 to 64 MiB at 3/4 of 2^21
 * (all of both is touched), linear_inplace within its block, array from 16 MiB to what is then filled in. */
static void test_ratios_that_can_be_worked_out(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *table, *allocator;
        double overlap, worst, peak;
    } rows[] = {
        {"linear_rebuild", "mremap", 3.0, 96.0 / 24, 96.0 / 32},
        {"linear_rebuild", "null", 2.0, 128.0 / 24, 128.0 / 32}, /* all the old blocks are still there */
        {"linear_inplace", "mremap", 2.0, 64.0 / 24, 64.0 / 32},
        {"array", "mremap", 1.0, 1.0 + 1.0 / 64, 1.0},
        {"array", "null", 1.0, 1.0 + 1.0 / 64, 1.0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            struct cell cell = {CELL_STANDING, .entries = 1 << 21, .mode = (enum cell_mode)m, .seed = 1};
            strcpy(cell.table, rows[i].table);
            strcpy(cell.allocator, rows[i].allocator);
            const struct record *r = run_cell(f, &cell, "");
            assert_near(r, COUNTER_growth_overlap_ratio, rows[i].overlap, 0.03 * rows[i].overlap);
            /* The share of the payload that came within the interval counts: 1/64 where nothing was copied.
             */
            assert_near(r, COUNTER_worst_rss_ratio, rows[i].worst, 0.012 * rows[i].worst);
            assert_near(r, COUNTER_peak_rss_ratio, rows[i].peak, 0.03 * rows[i].peak);
        }
}

/* Below 2^20 entries a ratio to the payload says nothing and is not given. */
static void test_no_ratio_below_a_million_entries(void **state)
{
    struct fixture *f = *state;
    const struct cell cell = {CELL_STANDING,      .table = "linear_rebuild", .allocator = "mremap",
                              .entries = 1 << 20, .mode = CELL_THROUGHPUT,   .seed = 1};
    const struct record *r = run_cell(f, &cell, "");
    assert_true(isnan(get(r, COUNTER_growth_overlap_ratio)));
}

/* floor touches each page of one block of 2^21 x 16 bytes: the page tables agree to 1 %, and so must VmHWM.
 */
static void test_a_block_of_known_size(void **state)
{
    struct fixture *f = *state;
    const struct cell cell = {CELL_STANDING,      .table = "floor",        .allocator = "null",
                              .entries = 1 << 20, .mode = CELL_THROUGHPUT, .seed = 1};
    const struct record *r = run_cell(f, &cell, "");
    assert_near(r, COUNTER_peak_rss_bytes, 32 * MIB, 0.01 * 32 * MIB);
    assert_near(r, COUNTER_end_rss_bytes, 32 * MIB, 0.01 * 32 * MIB);
    assert_true(get(r, COUNTER_rss_error_bytes) < 0.01 * 32 * MIB);
    assert_true(get(r, COUNTER_minor_faults) >= 16); /* huge pages at the least */
    assert_true(get(r, COUNTER_peak_virtual_bytes) > 32 * MIB);
}

/* ---- time ---- */

/* The growth that sleeps also rehashes; the next one, which does not sleep, has twice as much to do. */
static const struct record_growth_row *find_growth(const struct record *r, uint64_t entries)
{
    for (uint64_t i = 0; i < r->growth_rows; i++)
        if (r->growth[i].new_bytes == entries / 3 * 8 * SLEEPER_SLOT_BYTES)
            return &r->growth[i];
    fail_msg("no growth at %llu entries", (unsigned long long)entries);
    return NULL;
}

/* What the longest pause took off the utilisation of the run, which is one window if it is short enough. */
static double held_up_by_longest_ns(const struct record *r)
{
    double sum_ns = 0, longest_ns = 0;
    for (uint64_t i = 0; i < r->pause_rows; i++) {
        sum_ns += (double)r->pauses[i].duration_ns;
        longest_ns = fmax(longest_ns, (double)r->pauses[i].duration_ns);
    }
    if (r->elapsed_ns > 100000000)
        return INFINITY;
    return (1 - get(r, COUNTER_utilisation_100ms_ratio)) * (double)r->elapsed_ns - (sum_ns - longest_ns);
}

static bool is_sleep(double ns)
{
    return fabs(ns - SLEEP_NS) <= 0.05 * SLEEP_NS;
}

static void assert_sleep(const char *what, double ns)
{
    if (!is_sleep(ns))
        fail_msg("20 ms of sleep show as %.3f ms in %s", ns / 1e6, what);
}

/* Whatever else the machine does can only make a figure larger, so the smallest of some tries counts. */
static void test_a_known_sleep_is_found(void **state)
{
    struct fixture *f = *state;
    const char *library = getenv("GROWBENCH_TEST_SLEEPS");
    if (!library) {
        print_message("GROWBENCH_TEST_SLEEPS names no table library\n");
        skip();
    }
    const struct cell cell = {CELL_STANDING,    .table = "faulty",    .allocator = "null",
                              .entries = 50000, .mode = CELL_LATENCY, .seed = 1};
    double growth_ns = INFINITY, insert_ns = INFINITY, held_up_ns = INFINITY, work_ns = INFINITY;
    bool is_found = false;
    for (int i = 0; i < NOISY_TRIES && !is_found; i++) {
        const struct record *r = run_cell(f, &cell, library);
        assert_true(get(r, COUNTER_growth_max_ns) >= SLEEP_NS);
        assert_true(get(r, COUNTER_insert_max_ns) >= get(r, COUNTER_growth_max_ns));
        assert_true(get(r, COUNTER_insert_p999_ns) < SLEEP_NS / 2.0);
        assert_true(get(r, COUNTER_insert_over_1ms_count) >= 1);
        assert_true(get(r, COUNTER_utilisation_1ms_ratio) == 0);

        /* The rows know where: one replacement, in which the allocator had no part. */
        const struct record_growth_row *sleeper = find_growth(r, SLEEPER_ENTRIES);
        assert_true((double)sleeper->duration_ns <= get(r, COUNTER_growth_max_ns));
        assert_true((double)sleeper->duration_ns >= SLEEP_NS);
        assert_int_equal(sleeper->entries, SLEEPER_ENTRIES + 1);
        assert_int_equal(sleeper->kind, RECORDER_REPLACE);
        assert_true((double)sleeper->resize_ns < SLEEP_NS / 2.0);
        bool in_pauses = false;
        for (uint64_t p = 0; p < r->pause_rows; p++)
            in_pauses |= r->pauses[p].entries == SLEEPER_ENTRIES + 1 && r->pauses[p].duration_ns >= SLEEP_NS;
        assert_true(in_pauses);

        growth_ns = fmin(growth_ns, get(r, COUNTER_growth_max_ns));
        insert_ns = fmin(insert_ns, get(r, COUNTER_insert_max_ns));
        held_up_ns = fmin(held_up_ns, held_up_by_longest_ns(r));
        work_ns = fmin(work_ns, (double)find_growth(r, 2 * SLEEPER_ENTRIES)->duration_ns / 2);
        is_found =
            is_sleep(growth_ns - work_ns) && is_sleep(insert_ns - work_ns) && is_sleep(held_up_ns - work_ns);
    }
    assert_sleep("growth_max_ns", growth_ns - work_ns);
    assert_sleep("insert_max_ns", insert_ns - work_ns);
    assert_sleep("utilisation_100ms_ratio", held_up_ns - work_ns);
}

/* A rebuild writes its new block page by page, and the allocator, which maps and unmaps, none. */
static void test_a_growth_knows_its_faults(void **state)
{
    struct fixture *f = *state;
    const enum cell_mode modes[] = {CELL_THROUGHPUT, CELL_LATENCY};
    for (size_t i = 0; i < 2; i++) {
        const struct cell cell = {CELL_STANDING,      .table = "linear_rebuild", .allocator = "mremap",
                                  .entries = 1 << 20, .mode = modes[i],          .thp = PAGE_POLICY_NEVER,
                                  .seed = 1};
        const struct record *r = run_cell(f, &cell, "");
        const struct record_growth_row *last = &r->growth[r->growth_rows - 1];
        const double pages = (double)last->new_bytes / (double)sysconf(_SC_PAGESIZE);
        assert_int_equal(last->kind, RECORDER_REPLACE);
        assert_true(fabs((double)last->table_faults - pages) < 0.05 * pages);
        assert_true(last->table_system_ns <= last->duration_ns + 40000000); /* it may come in ticks */
        assert_true(last->free_ns > 0 && last->free_ns <= last->resize_ns);
        assert_true(last->resize_ns < last->duration_ns);
    }
}

/* A growth that costs less than asking the kernel about it: what was asked before it began is none of its time. */
static void test_a_short_growth_has_its_resize(void **state)
{
    struct fixture *f = *state;
    struct cell cell = {CELL_STANDING,     .table = "array",        .allocator = "mremap",
                        .entries = 110218, .mode = CELL_THROUGHPUT, .seed = 1};
    cell.growth = 1500;
    const struct record *r = run_cell(f, &cell, "");
    assert_true(r->growth_rows > 5);
    for (size_t i = 0; i < r->growth_rows; i++)
        assert_true(r->growth[i].resize_ns <= r->growth[i].duration_ns);
    assert_true(get(r, COUNTER_growth_total_ns) < (double)r->elapsed_ns);
}

/* The same in throughput mode: growth_total_ns and the run's time have it. */
static void test_a_known_sleep_is_in_the_total(void **state)
{
    struct fixture *f = *state;
    const char *library = getenv("GROWBENCH_TEST_SLEEPS");
    if (!library)
        skip();
    const struct cell cell = {CELL_STANDING,    .table = "faulty",       .allocator = "null",
                              .entries = 30000, .mode = CELL_THROUGHPUT, .seed = 1};
    double total_ns = INFINITY, run_ns = INFINITY;
    for (int i = 0; i < TRIES; i++) {
        const struct record *r = run_cell(f, &cell, library);
        assert_true(get(r, COUNTER_growth_total_ns) >= SLEEP_NS);
        total_ns = fmin(total_ns, get(r, COUNTER_growth_total_ns));
        run_ns = fmin(run_ns, 30000 / get(r, COUNTER_items_per_second) * 1e9);
    }
    assert_true(total_ns < 1.5 * SLEEP_NS);
    assert_true(run_ns > total_ns && run_ns < 2 * SLEEP_NS);
}

static void spin(double seconds)
{
    for (const double start = clock_seconds(); clock_seconds() - start < seconds;)
        continue;
}

/* A heap that refuses what is larger than its limit. Large blocks are mappings of their own, so that their
 * memory comes and goes with them. */
struct limited {
    struct heap heap;
    size_t limit_bytes;
    const struct script *script; /* for a scripted table: what it is to do */
};

static void *limited_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    (void)align, (void)flags;
    if (bytes > ((const struct limited *)heap)->limit_bytes)
        return NULL;
    if (bytes < RECORDER_TRACKED_BYTES)
        return calloc(1, bytes);
    void *block = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return block == MAP_FAILED ? NULL : block;
}

static void limited_free(struct heap *heap, void *block, size_t bytes)
{
    (void)heap;
    if (bytes < RECORDER_TRACKED_BYTES)
        free(block);
    else
        munmap(block, bytes);
}

static void *limited_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                            unsigned flags)
{
    void *fresh = limited_alloc(heap, new_bytes, align, flags);
    if (!fresh)
        return NULL;
    memcpy(fresh, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    limited_free(heap, block, old_bytes);
    return fresh;
}

static void limited_stats(const struct heap *heap, struct heap_stats *stats)
{
    (void)heap;
    *stats = (struct heap_stats){0};
}

/* What a scripted table does, by the number of entries it has before an insert. */
struct script {
    struct heap *heap;
    uint64_t entries, migrated;
    void (*act)(struct script *self);
    void *block;
    double stats_seconds;
    unsigned *stats_count;
};

static int script_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    (void)keys, (void)first_ordinal;
    struct script *self = table;
    for (size_t i = 0; i < n; i++) {
        if (self->act)
            self->act(self);
        self->entries++;
    }
    *added = n;
    return 0;
}

static uint64_t script_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                            uint64_t *sum)
{
    (void)table, (void)keys, (void)first_ordinal, (void)n;
    *sum = 0;
    return 0;
}

static const void *script_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)table, (void)key, (void)ordinal;
    return NULL;
}

static void script_stats(void *table, struct table_stats *stats)
{
    const struct script *self = table;
    *stats = (struct table_stats){.entries = self->entries, .migrated_entries = self->migrated};
    if (self->stats_count)
        ++*self->stats_count;
    if (self->stats_seconds > 0)
        spin(self->stats_seconds);
}

static void script_destroy(void *table)
{
    free(table);
}

static void *script_create(struct heap *heap, const struct table_options *options)
{
    (void)options;
    struct script *self = malloc(sizeof *self);
    if (!self)
        return NULL;
    *self = *((const struct limited *)((const struct recorder *)heap)->inner)->script;
    self->heap = heap;
    return self;
}

static const struct table scripted_table = {
    .name = "scripted",
    .properties = TABLE_KEYED,
    .create = script_create,
    .insert = script_insert,
    .find = script_find,
    .entry_address = script_entry_address,
    .stats = script_stats,
    .destroy = script_destroy,
};

static const struct table *registered_table(const char *name)
{
    const struct table *const *row = table_registry;
    while (strcmp((*row)->name, name))
        row++;
    return *row;
}

static const struct record *run_table(struct fixture *f, const struct table *table,
                                      const struct script *script, uint64_t entries, enum cell_mode mode,
                                      size_t limit_bytes)
{
    static const struct heap_ops ops = {
        .alloc = limited_alloc, .resize = limited_resize, .free = limited_free, .stats = limited_stats};
    struct limited limited = {{&ops}, limit_bytes, script};
    const struct cell cell = {CELL_STANDING,      .table = "mine", .allocator = "mine",
                              .entries = entries, .mode = mode,    .seed = 1};
    record_init(&f->record, &cell);
    f->record.setup.ns_per_tick = f->ns_per_tick;
    assert_int_equal(meter_open(&f->meter, &f->record, &limited.heap, table), 0);
    assert_int_equal(workload_start(&f->workload, &f->meter), 0);
    while (!workload_is_done(&f->workload) && workload_run(&f->workload, 1000)) /* in turns */
        continue;
    meter_stop(&f->meter);
    meter_close(&f->meter);
    record_finish(&f->record);
    return &f->record;
}

static const struct record *run_script(struct fixture *f, const struct script *script, uint64_t entries,
                                       enum cell_mode mode)
{
    return run_table(f, &scripted_table, script, entries, mode, SIZE_MAX);
}

static void replace_block(struct script *self, size_t bytes)
{
    void *larger = heap_alloc(self->heap, bytes, 16, 0);
    assert_non_null(larger);
    if (self->block)
        heap_free(self->heap, self->block, bytes / 2);
    self->block = larger;
}

static void grow_three_times(struct script *self)
{
    if (self->entries == 1000 || self->entries == 2000 || self->entries == 3000)
        replace_block(self, (size_t)(64 << 10) << self->entries / 1000);
    if (self->entries == 5000)
        heap_free(self->heap, self->block, 512 << 10);
}

/* A table that is slow to tell its size: asked at each interval and after each growth, none of it counts. */
static void test_measuring_is_not_measured(void **state)
{
    struct fixture *f = *state;
    for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
        double elapsed_ns = INFINITY, longest_ns = INFINITY, growth_ns = INFINITY;
        unsigned stats_count = 0;
        for (int i = 0; i < TRIES; i++) {
            stats_count = 0;
            const struct record *r = run_script(
                f,
                &(struct script){.act = grow_three_times, .stats_seconds = 2e-4, .stats_count = &stats_count},
                6000, (enum cell_mode)m);
            assert_true(get(r, COUNTER_growth_count) == 4);
            growth_ns = fmin(growth_ns, get(r, COUNTER_growth_total_ns));
            elapsed_ns = fmin(elapsed_ns, (double)r->elapsed_ns);
            if (m == CELL_LATENCY)
                longest_ns = fmin(longest_ns, get(r, COUNTER_insert_max_ns));
            else
                longest_ns = fmin(longest_ns, 6000 / get(r, COUNTER_items_per_second) * 1e9);
        }
        assert_true(stats_count > 20);
        assert_true(elapsed_ns < 2e6 && longest_ns < 2e6 && growth_ns < 2e6);
    }
}

static void ask_for_all(struct script *self)
{
    assert_null(heap_alloc(self->heap, SIZE_MAX / 2, 16, 0));
}

static double probe_ns(void)
{
    struct memory_probe probe;
    struct memory_sample sample;
    assert_int_equal(memory_probe_open(&probe), 0);
    double least_ns = INFINITY;
    for (int i = 0; i < SLEEP_TRIES; i++) {
        const double start_seconds = clock_seconds();
        memory_probe_read(&probe, &sample);
        memory_probe_reset_peak(&probe);
        least_ns = fmin(least_ns, (clock_seconds() - start_seconds) * 1e9);
    }
    memory_probe_close(&probe);
    return least_ns;
}

/* Intervals that end within inserts: reading /proc takes many times what an insert does, and is not in
 * it. */
static void test_measuring_within_an_insert_is_not_measured(void **state)
{
    struct fixture *f = *state;
    enum { ASKED = 200 };
    double longest_ns = INFINITY, elapsed_ns = INFINITY;
    for (int i = 0; i < SLEEP_TRIES; i++) {
        const struct script script = {.act = ask_for_all};
        const struct record *r = run_table(f, &scripted_table, &script, ASKED, CELL_LATENCY, SIZE_MAX / 4);
        assert_int_equal(r->series_count, ASKED + 1); /* before each refused block, and the end */
        longest_ns = fmin(longest_ns, get(r, COUNTER_insert_max_ns));
        elapsed_ns = fmin(elapsed_ns, (double)r->elapsed_ns);
    }
    const double expected_ns = probe_ns();
    if (longest_ns > expected_ns / 2 || elapsed_ns > ASKED * expected_ns / 2)
        fail_msg("the longest of %d inserts took %.0f ns, all %.0f, reading /proc takes %.0f", ASKED,
                 longest_ns, elapsed_ns, expected_ns);
}

static void spin_at_100(struct script *self)
{
    if (self->entries == 100)
        spin(3e-3);
}

/* A pause without any growth: it is an insert's, not a growth's. */
static void test_a_pause_that_is_no_growth(void **state)
{
    struct fixture *f = *state;
    const struct record *r = run_script(f, &(struct script){.act = spin_at_100}, 1000, CELL_LATENCY);
    assert_true(get(r, COUNTER_insert_max_ns) >= 3e6);
    assert_true(get(r, COUNTER_growth_count) == 0 && get(r, COUNTER_growth_max_ns) == 0);
    assert_true(get(r, COUNTER_insert_over_1ms_count) >= 1);
    assert_true(get(r, COUNTER_utilisation_1ms_ratio) == 0);
    uint64_t longest_ns = 0; /* others are those in which the CPU was lost */
    for (uint64_t i = 0; i < r->pause_rows; i++)
        longest_ns = r->pauses[i].duration_ns > longest_ns ? r->pauses[i].duration_ns : longest_ns;
    assert_true(longest_ns >= 3000000);
}

/* ---- growth operations ---- */

static void migrate_at_once(struct script *self)
{
    if (self->entries == 1000) {
        replace_block(self, 128 << 10);
        self->migrated += 10;
    }
}

static void migrate_after(struct script *self)
{
    if (self->entries == 1000)
        replace_block(self, 128 << 10);
    self->migrated += self->entries > 1000 && self->entries <= 1100;
}

static void migrate_then_and_after(struct script *self)
{
    if (self->entries == 1000)
        replace_block(self, 128 << 10);
    self->migrated += self->entries >= 1000 && self->entries <= 1100;
}

/* A growth operation logged a block event or raised migrated_entries: each once. In throughput mode nobody asks
 * a table after every batch: only the one with the event is known. */
static void test_tables_that_grow_a_little_at_a_time(void **state)
{
    struct fixture *f = *state;
    static const struct {
        void (*act)(struct script *self);
        double inserts, moved, most;
    } rows[] = {
        {migrate_at_once, 1, 10, 10}, {migrate_then_and_after, 101, 101, 1}, {migrate_after, 101, 100, 1}};
    for (int i = 0; i < 3; i++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            const struct script script = {.act = rows[i].act};
            const struct record *r = run_script(f, &script, 3000, (enum cell_mode)m);
            assert_near(r, COUNTER_growth_count, m == CELL_LATENCY ? rows[i].inserts : 1, 0);
            assert_near(r, COUNTER_migrated_entries, rows[i].moved, 0);
            if (m == CELL_LATENCY)
                assert_near(r, COUNTER_migrated_max_entries, rows[i].most, 0);
            else
                assert_true(isnan(get(r, COUNTER_migrated_max_entries)));
            assert_int_equal(r->growth_rows, 1);
        }
}

/* Two entries in every insert, and more in some that only a look at each finds: at first, in the midst of an
 * interval, after a long rest. */
static void migrate_always(struct script *self)
{
    self->migrated += self->entries == 3 ? 40 : self->entries == 100003 ? 50 : self->entries < 150000 ? 2 : 0;
    self->migrated += self->entries == 190001 ? 60 : 0;
}

static void migrate_by_chance_late(struct script *self)
{
    self->migrated += self->entries == 190001 ? 60 : 0;
}

/* The most that one operation moved, to the entry; what a growth without an event took is an insert's time like
 * any other, and no row: rows are of blocks. */
static void test_the_most_that_one_operation_moved(void **state)
{
    struct fixture *f = *state;
    const struct record *r = run_script(f, &(struct script){.act = migrate_always}, 190001, CELL_LATENCY);
    assert_near(r, COUNTER_migrated_max_entries, 50, 0);
    r = run_script(f, &(struct script){.act = migrate_always}, 200000, CELL_LATENCY);
    assert_near(r, COUNTER_migrated_max_entries, 60, 0);
    assert_near(r, COUNTER_migrated_entries, 2 * 149998 + 40 + 50 + 60, 0);
    assert_near(r, COUNTER_growth_count, 150001, 0);
    assert_int_equal(r->growth_rows, 0);
    r = run_script(f, &(struct script){.act = migrate_always}, 3, CELL_LATENCY);
    assert_near(r, COUNTER_migrated_max_entries, 2, 0);
    /* Who begins so late, and without a block, is not seen at once: the whole is. */
    r = run_script(f, &(struct script){.act = migrate_by_chance_late}, 200000, CELL_LATENCY);
    assert_near(r, COUNTER_migrated_entries, 60, 0);
}

static void spike(struct script *self)
{
    if (self->entries != 5000)
        return;
    char *block = heap_alloc(self->heap, 64 * MIB, 16, 0);
    assert_non_null(block);
    for (size_t i = 0; i < 64 * MIB; i += 4096)
        block[i] = 1;
    heap_free(self->heap, block, 64 * MIB);
}

/* 64 MiB that come and go within one insert are in that interval's peak and in no other's. */
static void test_a_spike_within_one_insert(void **state)
{
    struct fixture *f = *state;
    for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
        const struct record *r = run_script(f, &(struct script){.act = spike}, 10000, (enum cell_mode)m);
        assert_near(r, COUNTER_peak_rss_bytes, 64 * MIB, 0.02 * 64 * MIB);
        assert_true(get(r, COUNTER_base_moves) == 0);
        int spike_count = 0;
        for (uint64_t i = 0; i < r->series_count; i++) {
            if (r->series[i].interval_peak_rss_bytes < 32 * MIB)
                continue;
            spike_count++;
            assert_true(r->series[i].entries > 5000 && r->series[i].entries <= 5000 + 32);
            assert_true(r->series[i - 1].entries > 5000 - 32 && r->series[i - 1].entries <= 5000);
        }
        assert_int_equal(spike_count, 1);
    }
}

/* ---- refusals ---- */

static void ask_too_much(struct script *self)
{
    if (self->entries == 1000)
        assert_null(heap_alloc(self->heap, 2 * MIB, 16, 0));
}

static void ask_too_much_then_less(struct script *self)
{
    if (self->entries != 1000)
        return;
    assert_null(heap_alloc(self->heap, 2 * MIB, 16, 0));
    self->block = heap_alloc(self->heap, 128 << 10, 16, 0);
    assert_non_null(self->block);
}

/* A table may live with a refusal. What was measured meanwhile is taken out of that operation and of no
 * other. */
static void test_a_refusal_that_the_table_survives(void **state)
{
    struct fixture *f = *state;
    void (*const acts[])(struct script * self) = {ask_too_much, ask_too_much_then_less};
    for (int a = 0; a < 2; a++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            const struct script script = {.act = acts[a], .stats_seconds = 2e-4};
            const struct record *r = run_table(f, &scripted_table, &script, 3000, (enum cell_mode)m, MIB);
            assert_int_equal(r->status, RECORD_RUNNING);
            assert_int_equal(r->refused_bytes, 0); /* a later crash is no lack of memory */
            assert_int_equal(r->growth_rows, a);
            assert_true(get(r, COUNTER_growth_count) == a);
            assert_true(get(r, COUNTER_growth_total_ns) < 1e9);
            assert_true((double)r->elapsed_ns < 1e9);
            if (m == CELL_LATENCY) {
                assert_true(get(r, COUNTER_insert_max_ns) < 1e9);
                assert_true(r->insert.total_ticks * f->ns_per_tick < 1e9);
            }
        }
}

/* An array of 2^15 entries fills 512 KiB; the block of 1 MiB is refused. What was measured so far stays. */
static void test_a_refusal_ends_the_run(void **state)
{
    struct fixture *f = *state;
    for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
        const struct record *r =
            run_table(f, registered_table("array"), NULL, 50000, (enum cell_mode)m, MIB - 1);
        assert_int_equal(r->status, RECORD_OOM);
        assert_string_equal(r->message, "refused 1048576 bytes at 32768 of 50000 entries");
        assert_true(get(r, COUNTER_entries) == 32768);
        assert_int_equal(r->refused_bytes, MIB);
        assert_int_equal(r->refused_entries, 32768);
        assert_true(get(r, COUNTER_growth_count) == 4); /* to 64, 128, 256 and 512 KiB */
        assert_true(get(r, COUNTER_peak_rss_bytes) > 400000);
        assert_true(r->series[r->series_count - 1].entries == 32768);
        if (m == CELL_LATENCY)
            assert_true(get(r, COUNTER_insert_max_ns) < 1e9);
    }
}

/* Each byte a table asked for is seen by the recording layer, so after destroy none may be left. */
static void test_live_bytes_end_at_zero(void **state)
{
    struct fixture *f = *state;
    static const char *const tables[] = {"array", "linear_rebuild", "linear_inplace"};
    for (int t = 0; t < 3; t++) {
        run_table(f, registered_table(tables[t]), NULL, 50000, CELL_THROUGHPUT, SIZE_MAX);
        assert_int_equal(f->meter.recorder.live_bytes, 0);
    }
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_ratios_that_can_be_worked_out),
        UNIT_TEST(test_no_ratio_below_a_million_entries),
        UNIT_TEST(test_a_block_of_known_size),
        UNIT_TEST(test_a_known_sleep_is_found),
        UNIT_TEST(test_a_known_sleep_is_in_the_total),
        UNIT_TEST(test_a_growth_knows_its_faults),
        UNIT_TEST(test_a_short_growth_has_its_resize),
        UNIT_TEST(test_measuring_is_not_measured),
        UNIT_TEST(test_measuring_within_an_insert_is_not_measured),
        UNIT_TEST(test_a_pause_that_is_no_growth),
        UNIT_TEST(test_tables_that_grow_a_little_at_a_time),
        UNIT_TEST(test_the_most_that_one_operation_moved),
        UNIT_TEST(test_a_spike_within_one_insert),
        UNIT_TEST(test_a_refusal_that_the_table_survives),
        UNIT_TEST(test_a_refusal_ends_the_run),
        UNIT_TEST(test_live_bytes_end_at_zero),
    };
    return cmocka_run_group_tests_name("meter", tests, NULL, NULL);
}
