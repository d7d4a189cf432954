/* SPDX-License-Identifier: MIT
 *
 * The crew: right sums whatever the number of threads, and failures of one that end all. The heap here is the
 * region behind a thin layer that may refuse, sleep, and note on which CPUs it is called.
 *
 * GROWBENCH_TEST_LOSES and GROWBENCH_TEST_SLEEPS name table libraries (tables/testing/faulty.c).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/common/clock.h"
#include "harness/measure/crew.h"

enum { LARGE_BYTES = RECORDER_TRACKED_BYTES, CALL_NS = 3000000 };

struct trial_heap {
    struct heap heap; /* first: a heap pointer is one to this */
    struct heap *region;
    uint64_t refused_bytes; /* of the requests for so many or more one gets NULL: */
    _Atomic int left;       /* after so many others */
    bool sleeps;            /* CALL_NS in each resize of a large block */
    _Atomic uint64_t resize_count;
    _Atomic uint64_t cpus; /* bits */
};

struct fixture {
    double ns_per_tick;
    struct record record;
    struct trial_heap heap;
};

static struct trial_heap *trial_of(struct heap *heap)
{
    return (struct trial_heap *)heap;
}

static bool refuses(struct trial_heap *trial, size_t bytes)
{
    return trial->refused_bytes && bytes >= trial->refused_bytes && atomic_fetch_sub(&trial->left, 1) == 0;
}

static void *trial_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct trial_heap *trial = trial_of(heap);
    return refuses(trial, bytes) ? NULL : heap_alloc(trial->region, bytes, align, flags);
}

static void *trial_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                          unsigned flags)
{
    struct trial_heap *trial = trial_of(heap);
    if (refuses(trial, new_bytes))
        return NULL;
    if (new_bytes >= LARGE_BYTES) {
        atomic_fetch_add(&trial->resize_count, 1);
        atomic_fetch_or(&trial->cpus, (uint64_t)1 << (sched_getcpu() & 63));
        if (trial->sleeps)
            nanosleep(&(struct timespec){.tv_nsec = CALL_NS}, NULL);
    }
    return heap_resize(trial->region, block, old_bytes, new_bytes, align, flags);
}

static void trial_free(struct heap *heap, void *block, size_t bytes)
{
    heap_free(trial_of(heap)->region, block, bytes);
}

static void trial_stats(const struct heap *heap, struct heap_stats *stats)
{
    const struct trial_heap *trial = (const struct trial_heap *)heap;
    trial->region->ops->stats(trial->region, stats);
}

static const struct allocator *region_row(void)
{
    const struct allocator *const *row = allocator_registry;
    while (strcmp((*row)->name, "mremap"))
        row++;
    return *row;
}

static int setup(void **state)
{
    static const struct heap_ops ops = {
        .alloc = trial_alloc, .resize = trial_resize, .free = trial_free, .stats = trial_stats};
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    f->ns_per_tick = clock_calibrate_ns_per_tick();
    f->heap.heap.ops = &ops;
    f->heap.region = region_row()->open(&(struct allocator_options){0});
    *state = f;
    return !f->heap.region;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    f->heap.region->ops->close(f->heap.region);
    free(f);
    return 0;
}

static const struct table *table_named(const char *name)
{
    const struct table *const *row = table_registry;
    while (strcmp((*row)->name, name))
        row++;
    return *row;
}

/* From an environment variable; skips the test where it is not set. */
static const struct table *table_of_library(const char *variable)
{
    const char *path = getenv(variable);
    if (!path)
        skip();
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    assert_non_null(library);
    return dlsym(library, TABLE_PLUGIN_SYMBOL);
}

static void prepare(struct fixture *f, unsigned threads, uint64_t entries, enum cell_mode mode)
{
    const struct cell cell = {CELL_STANDING,      .table = "trial", .allocator = "trial",
                              .entries = entries, .mode = mode,     .seed = 1};
    record_init(&f->record, &cell);
    f->record.cell.threads = threads;
    f->record.setup.ns_per_tick = f->ns_per_tick;
}

static const struct record *run(struct fixture *f, const struct table *table)
{
    struct record *r = &f->record;
    int error;
    r->table_properties = table->properties;
    struct crew *crew = crew_open(r, &f->heap.heap, table, &error);
    if (!crew)
        fail_msg("the crew does not open: %s", strerror(error));
    bool fine = crew_run(crew);
    crew_stop(crew);
    if (fine && crew_verify(crew))
        r->status = RECORD_OK;
    crew_close(crew);
    record_finish(r);
    return r;
}

static void assert_fine(const struct record *r)
{
    if (r->status != RECORD_OK)
        fail_msg("%s: %s", record_status_names[r->status], r->message);
}

static double get(const struct record *r, enum counter counter)
{
    return record_get(r, counter);
}

static void assert_between(const struct record *r, enum counter counter, double low, double high)
{
    const double value = get(r, counter);
    if (!(value >= low && value <= high))
        fail_msg("%s is %g, not within %g and %g", counter_names[counter], value, low, high);
}

/* ---- sums ---- */

static void check_rows(const struct record *r)
{
    assert_true(get(r, COUNTER_interval_count) == (double)r->series_count);
    assert_true(r->series[r->series_count - 1].entries == r->cell.entries);
    for (uint64_t i = 1; i < r->series_count; i++) {
        assert_true(r->series[i].entries >= r->series[i - 1].entries);
        assert_true(r->series[i].time_ns >= r->series[i - 1].time_ns);
    }
    uint64_t resize_ns = 0, longest_ns = 0;
    for (uint64_t i = 0; i < r->growth_rows; i++) {
        assert_true(!i || r->growth[i].start_ns >= r->growth[i - 1].start_ns);
        assert_true(r->growth[i].entries <= r->cell.entries);
        resize_ns += r->growth[i].resize_ns;
        longest_ns = r->growth[i].resize_ns > longest_ns ? r->growth[i].resize_ns : longest_ns;
    }
    for (uint64_t i = 1; i < r->pause_rows; i++)
        assert_true(r->pauses[i].start_ns >= r->pauses[i - 1].start_ns);
    assert_true(get(r, COUNTER_resize_total_ns) == (double)resize_ns);
    assert_true(get(r, COUNTER_resize_max_ns) == (double)longest_ns);
}

static void check_presence(const struct record *r, bool latency)
{
    static const enum counter always[] = {
        COUNTER_start_rss_bytes, COUNTER_peak_rss_bytes,  COUNTER_end_rss_bytes,   COUNTER_page_table_bytes,
        COUNTER_minor_faults,    COUNTER_major_faults,    COUNTER_growth_count,    COUNTER_growth_total_ns,
        COUNTER_base_moves,      COUNTER_moves_per_entry, COUNTER_mremap_count,    COUNTER_create_ns,
        COUNTER_blocked_ns,      COUNTER_system_ns,       COUNTER_huge_page_bytes, COUNTER_destroy_ns};
    static const enum counter timed[] = {
        COUNTER_insert_p50_ns,  COUNTER_insert_max_ns, COUNTER_insert_over_1ms_count,
        COUNTER_stall_max_ns,   COUNTER_growth_max_ns, COUNTER_fault_count,
        COUNTER_fault_total_ns, COUNTER_fault_max_ns,  COUNTER_utilisation_1ms_ratio};
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        assert_true(!isnan(get(r, always[i])));
    for (size_t i = 0; i < sizeof timed / sizeof *timed; i++)
        assert_int_equal(!isnan(get(r, timed[i])), latency);
    assert_int_equal(!isnan(get(r, COUNTER_items_per_second)), !latency);
    assert_true(isnan(get(r, COUNTER_growth_overlap_ratio)));
    assert_true(isnan(get(r, COUNTER_hiccup_max_ns)));
}

/* array doubles its block of 16-byte entries: from 64 KiB on, growths of a worker can be counted. */
static uint64_t array_growths(uint64_t entries)
{
    uint64_t count = 0;
    for (uint64_t capacity = LARGE_BYTES / TABLE_ENTRY_BYTES / 2; capacity < entries; capacity *= 2)
        count++;
    return count;
}

static void test_sums(void **state)
{
    struct fixture *f = *state;
    static const unsigned threads[] = {1, 2, 3, 4};
    const uint64_t entries = 3 * 65536 + 4;
    for (size_t t = 0; t < sizeof threads / sizeof *threads; t++)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            prepare(f, threads[t], entries, (enum cell_mode)m);
            const struct record *r = run(f, table_named("array"));
            assert_fine(r);
            assert_true(get(r, COUNTER_entries) == (double)entries);
            assert_true(r->operations_done == entries);
            uint64_t growths = 0;
            for (unsigned i = 0; i < threads[t]; i++)
                growths += array_growths(entries / threads[t] + (i < entries % threads[t]));
            assert_true(get(r, COUNTER_growth_count) == (double)growths);
            assert_true(r->growth_rows == growths);
            assert_true(get(r, COUNTER_base_moves) == 0);
            assert_true(r->insert.count == (m == CELL_LATENCY ? entries : 0));
            assert_true(r->tracked_entries == WORKER_TRACKED_MAX / threads[t] * threads[t]);
            assert_between(r, COUNTER_timed_ns, get(r, COUNTER_create_ns),
                           get(r, COUNTER_create_ns) + (double)r->elapsed_ns);
            check_rows(r);
            check_presence(r, m == CELL_LATENCY);
        }
}

/* Keys of different workers are different streams: else a table that shares state could pass. */
static void test_workers_have_keys_of_their_own(void **state)
{
    struct fixture *f = *state;
    static struct worker workers[2];
    const struct keys keys = {.kind = KEYS_RANDOM, .seed = 1};
    prepare(f, 2, 1001, CELL_THROUGHPUT);
    for (unsigned i = 0; i < 2; i++) {
        workers[i].count = 2;
        workers[i].number = i;
        worker_init(&workers[i], &f->record, &f->heap.heap, table_named("array"), &keys);
    }
    assert_int_equal(workers[0].share.entries, 501);
    assert_int_equal(workers[1].share.entries, 500);
    assert_true(keys_at(&workers[0].keys, 0) != keys_at(&workers[1].keys, 0));
}

/* 2^22 entries of 16 bytes: what is resident in the end is the payload, and 1/64 of it came within an interval,
 * also where threads have to wait for a CPU. */
static void test_intervals_cover_all_threads(void **state)
{
    struct fixture *f = *state;
    const double payload = 64.0 * (1 << 20);
    prepare(f, 4, 1 << 22, CELL_THROUGHPUT);
    const struct record *r = run(f, table_named("array"));
    assert_fine(r);
    assert_between(r, COUNTER_end_rss_bytes, 0.99 * payload, 1.03 * payload);
    assert_between(r, COUNTER_peak_rss_bytes, 0.99 * payload, 1.03 * payload);
    assert_between(r, COUNTER_worst_rss_ratio, 1.0, 1.08);
    assert_true(r->interval_count > 128);
    prepare(f, 4, 1 << 22, CELL_THROUGHPUT);
    r = run(f, table_named("linear_rebuild"));
    assert_fine(r);
    /* Each has just doubled for the last time at 3/4 of 2^20: 16 + 32 MiB, if not all at the same moment. */
    assert_between(r, COUNTER_peak_rss_bytes, 2 * payload, 3.05 * payload);
}

/* ---- time ---- */

static void test_time_in_resize(void **state)
{
    struct fixture *f = *state;
    prepare(f, 2, 1 << 16, CELL_LATENCY);
    f->heap.sleeps = true;
    const struct record *r = run(f, table_named("array"));
    assert_fine(r);
    const double slept_ns = (double)f->heap.resize_count * CALL_NS, all_ns = 2.0 * (double)r->elapsed_ns;
    assert_true(f->heap.resize_count > 4);
    assert_between(r, COUNTER_resize_total_ns, slept_ns, all_ns);
    assert_between(r, COUNTER_growth_total_ns, slept_ns, all_ns);
    assert_between(r, COUNTER_blocked_ns, slept_ns, all_ns);
    assert_between(r, COUNTER_stall_max_ns, CALL_NS, all_ns);
    assert_true(get(r, COUNTER_utilisation_1ms_ratio) == 0);
    assert_true(r->pause_rows >= f->heap.resize_count);
}

static void test_a_worker_that_sleeps(void **state)
{
    struct fixture *f = *state;
    const struct table *table = table_of_library("GROWBENCH_TEST_SLEEPS");
    prepare(f, 3, 3 * 65536, CELL_LATENCY);
    const struct record *r = run(f, table);
    assert_fine(r);
    const double all_ns = 3.0 * (double)r->elapsed_ns;
    assert_between(r, COUNTER_insert_max_ns, 20e6, (double)r->elapsed_ns);
    assert_between(r, COUNTER_growth_max_ns, 20e6, (double)r->elapsed_ns);
    assert_between(r, COUNTER_blocked_ns, 60e6, all_ns);
    assert_between(r, COUNTER_growth_total_ns, 60e6, all_ns);
}

/* 16 MiB of array: a fault a page, or one for 2 MiB; growths have the others. */
static void test_faults(void **state)
{
    struct fixture *f = *state;
    prepare(f, 2, 1 << 20, CELL_LATENCY);
    const struct record *r = run(f, table_named("array"));
    assert_fine(r);
    assert_between(r, COUNTER_fault_count, 4, get(r, COUNTER_minor_faults));
    if (get(r, COUNTER_huge_page_bytes) == 0)
        assert_between(r, COUNTER_fault_count, 3900, 4200);
    assert_between(r, COUNTER_fault_max_ns, 1, get(r, COUNTER_insert_max_ns));
    assert_between(r, COUNTER_fault_total_ns, get(r, COUNTER_fault_max_ns), 2.0 * (double)r->elapsed_ns);
}

/* ---- failures ---- */

static void test_a_lost_key_is_found(void **state)
{
    struct fixture *f = *state;
    const struct table *table = table_of_library("GROWBENCH_TEST_LOSES");
    prepare(f, 2, 190000, CELL_THROUGHPUT); /* it loses the 100,000th */
    assert_fine(run(f, table));
    prepare(f, 2, 220000, CELL_THROUGHPUT);
    const struct record *r = run(f, table);
    assert_int_equal(r->status, RECORD_WRONG);
    assert_non_null(strstr(r->message, "found 31 of 32 in a batch at 110000 of its 110000 entries"));
}

static void count_one_more(void *self, struct table_stats *stats)
{
    table_named("array")->stats(self, stats);
    stats->entries++;
}

static void test_a_wrong_count_is_found(void **state)
{
    struct fixture *f = *state;
    struct table table = *table_named("array");
    table.stats = count_one_more;
    prepare(f, 2, 1000, CELL_THROUGHPUT);
    const struct record *r = run(f, &table);
    assert_int_equal(r->status, RECORD_WRONG);
    assert_non_null(strstr(r->message, "says it has 501 entries instead of 500"));
}

/* One that says it finds by key, and finds by the number it is given. */
static void test_ordinals_are_no_keys(void **state)
{
    struct fixture *f = *state;
    struct table table = *table_named("array");
    table.properties |= TABLE_KEYED;
    prepare(f, 2, 1000, CELL_THROUGHPUT);
    const struct record *r = run(f, &table);
    assert_int_equal(r->status, RECORD_WRONG);
    assert_non_null(strstr(r->message, "found 0 of 32"));
}

static void test_no_memory_for_one_ends_all(void **state)
{
    struct fixture *f = *state;
    for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
        prepare(f, 4, 1 << 22, (enum cell_mode)m);
        f->heap.refused_bytes = 1 << 20;
        f->heap.left = 6;
        const struct record *r = run(f, table_named("array"));
        assert_int_equal(r->status, RECORD_OOM);
        unsigned long long bytes, entries, all;
        assert_int_equal(
            sscanf(r->message, "refused %llu bytes at %llu of %llu entries", &bytes, &entries, &all), 3);
        assert_true(bytes >= f->heap.refused_bytes && (bytes & (bytes - 1)) == 0);
        assert_true(entries == r->entries_done && all == r->cell.entries);
        /* The one that was refused held 2^15 or more; the three others did not come to their ends. */
        assert_in_range(r->entries_done, 1 << 15, 3 << 20);
        assert_true(get(r, COUNTER_entries) == (double)r->entries_done);
        assert_true(get(r, COUNTER_growth_count) > 0);
    }
}

static void test_no_memory_for_a_table(void **state)
{
    struct fixture *f = *state;
    prepare(f, 3, 1 << 16, CELL_THROUGHPUT);
    f->heap.refused_bytes = 1;
    f->heap.left = 2;
    int error = 0;
    assert_null(crew_open(&f->record, &f->heap.heap, table_named("array"), &error));
    assert_int_equal(error, ENOMEM);
    record_finish(&f->record);
    assert_true(isnan(get(&f->record, COUNTER_entries)));
}

/* ---- CPUs ---- */

static void test_threads_on_cpus(void **state)
{
    struct fixture *f = *state;
    cpu_set_t allowed;
    assert_int_equal(sched_getaffinity(0, sizeof allowed, &allowed), 0);
    const int count = CPU_COUNT(&allowed) < 4 ? CPU_COUNT(&allowed) : 4;
    prepare(f, (unsigned)count, 1 << 16, CELL_THROUGHPUT);
    assert_fine(run(f, table_named("array")));
    assert_int_equal(__builtin_popcountll(f->heap.cpus), count);

    /* More threads than CPUs: they wait for each other, three of four at a time. */
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET((unsigned)sched_getcpu(), &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    prepare(f, 4, 1 << 20, CELL_LATENCY);
    const struct record *r = run(f, table_named("array"));
    sched_setaffinity(0, sizeof allowed, &allowed);
    assert_fine(r);
    assert_between(r, COUNTER_blocked_ns, 1.0 * (double)r->elapsed_ns, 4.0 * (double)r->elapsed_ns);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_sums),
        TEST(test_workers_have_keys_of_their_own),
        TEST(test_intervals_cover_all_threads),
        TEST(test_time_in_resize),
        TEST(test_a_worker_that_sleeps),
        TEST(test_faults),
        TEST(test_a_lost_key_is_found),
        TEST(test_a_wrong_count_is_found),
        TEST(test_ordinals_are_no_keys),
        TEST(test_no_memory_for_one_ends_all),
        TEST(test_no_memory_for_a_table),
        TEST(test_threads_on_cpus),
    };
    return cmocka_run_group_tests_name("crew", tests, NULL, NULL);
}
