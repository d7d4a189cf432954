/* SPDX-License-Identifier: MIT
 *
 * The meter and single operations: making tables, faults, the longest stall, what is too short an interval.
 * Against a table that does what a test tells it to.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "harness/measure/workload.h"
#include "harness/testing/cells.h"

enum { MIB = 1 << 20, ENTRIES = 20000, TRIES = 10 };

/* What the table does; the only one there is. Told before it is made. */
static struct script {
    double create_seconds, insert_seconds, erase_seconds; /* each insert and erase: of the 1,000th */
    uint64_t touch_every;                                 /* inserts: one page that was not touched */
    volatile char *pages;
    uint64_t inserted, erased;
} script;

static void spin(double seconds)
{
    for (const double start = clock_seconds(); seconds > 0 && clock_seconds() - start < seconds;)
        continue;
}

static void *told_create(struct heap *heap, const struct table_options *options)
{
    (void)heap, (void)options;
    spin(script.create_seconds);
    return &script;
}

static int told_insert(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    (void)self, (void)keys, (void)first_ordinal;
    for (size_t i = 0; i < n; i++) {
        const uint64_t number = script.inserted++;
        if (script.touch_every && number % script.touch_every == 0)
            script.pages[number / script.touch_every * 4096] = 1;
        if (number == 1000)
            spin(script.insert_seconds);
    }
    *added = n;
    return 0;
}

static uint64_t told_erase(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)self, (void)keys, (void)first_ordinal;
    for (size_t i = 0; i < n; i++)
        if (++script.erased == 1000)
            spin(script.erase_seconds);
    return n;
}

static const void *told_entry_address(void *self, uint64_t key, uint64_t ordinal)
{
    (void)self, (void)key, (void)ordinal;
    return NULL;
}

static void told_stats(void *self, struct table_stats *stats)
{
    (void)self;
    *stats = (struct table_stats){.entries = script.inserted - script.erased};
}

static void told_destroy(void *self)
{
    (void)self;
}

static const struct table told_table = {.name = "told",
                                        .properties = TABLE_KEYED | TABLE_ERASES,
                                        .create = told_create,
                                        .insert = told_insert,
                                        .erase = told_erase,
                                        .entry_address = told_entry_address,
                                        .stats = told_stats,
                                        .destroy = told_destroy};

static const struct record *run(const struct cells_fixture *f, const struct cell *cell, struct script told)
{
    struct meter *m = calloc(1, sizeof *m);
    struct workload w;
    struct heap *heap = allocator_registry[0]->open(&(struct allocator_options){0});
    assert_true(m && heap);
    struct record *r = cells_record(f, cell);
    script = told;
    assert_int_equal(meter_open(m, r, heap, &told_table), 0);
    assert_int_equal(workload_start(&w, m), 0);
    while (!workload_is_done(&w))
        assert_true(workload_run(&w, 1000));
    workload_stop(&w);
    meter_close(m);
    heap->ops->close(heap);
    free(m);
    record_finish(r);
    return r;
}

/* The time of making tables is in every figure that a user would look at, and for many tables in the sum. */
static void test_making_a_table_is_timed(void **state)
{
    for (uint64_t count = 1; count <= 4; count += 3)
        for (int m = CELL_THROUGHPUT; m <= CELL_LATENCY; m++) {
            struct cell cell = cells_cell(CELL_FILL, "told", "glibc", ENTRIES, (enum cell_mode)m);
            cell.count = count;
            const struct record *r = run(*state, &cell, (struct script){.create_seconds = 5e-3});
            double create_ns = cells_get(r, COUNTER_create_ns);
            /* Where others want the CPU it may be lost meanwhile. */
            for (int i = 1; i < TRIES && create_ns >= 5e6 * (double)count + 50e6; i++) {
                r = run(*state, &cell, (struct script){.create_seconds = 5e-3});
                create_ns = cells_get(r, COUNTER_create_ns);
            }
            assert_true(create_ns >= 5e6 * (double)count && create_ns < 5e6 * (double)count + 50e6);
            assert_true(cells_get(r, COUNTER_timed_ns) >= create_ns && (double)r->elapsed_ns >= create_ns);
            assert_true(r->pause_rows >= count && r->pauses[0].start_ns < 1000000);
            for (uint64_t i = 0; i < count; i++)
                assert_true(r->pauses[i].duration_ns >= 5000000 && !r->pauses[i].entries);
            if (m == CELL_LATENCY) {
                assert_true(cells_get(r, COUNTER_stall_max_ns) >= 5e6); /* of one of them */
                assert_true(count == 1 || cells_get(r, COUNTER_stall_max_ns) < create_ns);
                assert_true(cells_get(r, COUNTER_utilisation_1ms_ratio) == 0);
                assert_true(r->insert.count == ENTRIES);
            }
        }
}

static void test_the_longest_stall(void **state)
{
    const struct script told[] = {{.create_seconds = 9e-3, .insert_seconds = 4e-3, .erase_seconds = 4e-3},
                                  {.create_seconds = 4e-3, .insert_seconds = 9e-3, .erase_seconds = 4e-3},
                                  {.create_seconds = 4e-3, .insert_seconds = 4e-3, .erase_seconds = 9e-3}};
    static const double insert_ns[] = {4e6, 9e6, 4e6}, erase_ns[] = {4e6, 4e6, 9e6};
    for (int i = 0; i < 3; i++) {
        const struct cell cell = cells_cell(CELL_FILL, "told", "glibc", ENTRIES, CELL_LATENCY);
        const struct record *r = run(*state, &cell, told[i]);
        assert_true(cells_get(r, COUNTER_stall_max_ns) >= (i == 2 ? 4e6 : 9e6));
        assert_true(cells_get(r, COUNTER_insert_max_ns) >= insert_ns[i]);
        const struct cell drain = cells_cell(CELL_DRAIN, "told", "glibc", 1000, CELL_LATENCY);
        r = run(*state, &drain, told[i]); /* the 1,000th insert is the refill's first */
        assert_true(cells_get(r, COUNTER_stall_max_ns) >= 9e6);
        assert_true(cells_get(r, COUNTER_insert_max_ns) >= insert_ns[i]);
        assert_true(cells_get(r, COUNTER_erase_max_ns) >= erase_ns[i]);
        assert_true(cells_get(r, COUNTER_insert_over_1ms_count) >= 1); /* an erase is no insert */
        assert_true(r->pause_rows >= 3);
    }
}

/* A page in every 50 inserts; 10,000 of them are touched beforehand, and cost nothing. What takes less than
 * METER_SUSPECT_NS shows up a little later, so that few are lost. */
static void test_faults_are_seen(void **state)
{
    enum { EVERY = 50, FAULTS = ENTRIES / EVERY };
    for (int touched = 0; touched < 2; touched++) {
        double count = touched ? INFINITY : 0, total_ns = INFINITY;
        for (int i = 0; i < TRIES; i++) {
            volatile char *pages = mmap(NULL, FAULTS * 4096, PROT_READ | PROT_WRITE,
                                        MAP_PRIVATE | MAP_ANONYMOUS | (touched ? MAP_POPULATE : 0), -1, 0);
            assert_true(pages != MAP_FAILED);
            if (!touched)
                madvise((void *)(uintptr_t)pages, FAULTS * 4096, MADV_NOHUGEPAGE);
            const struct cell cell = cells_cell(CELL_FILL, "told", "glibc", ENTRIES, CELL_LATENCY);
            const struct record *r =
                run(*state, &cell, (struct script){.touch_every = EVERY, .pages = pages});
            munmap((void *)(uintptr_t)pages, FAULTS * 4096);
            const double seen = cells_get(r, COUNTER_fault_count);
            count = touched ? fmin(count, seen) : fmax(count, seen);
            total_ns = fmin(total_ns, cells_get(r, COUNTER_fault_total_ns));
            assert_true(cells_get(r, COUNTER_fault_max_ns) <= cells_get(r, COUNTER_insert_max_ns));
            assert_true(cells_get(r, COUNTER_fault_total_ns) <= (double)r->elapsed_ns);
            assert_true(seen <= cells_get(r, COUNTER_minor_faults));
        }
        if (touched)
            assert_true(count < 10 && total_ns < 1e6);
        else if (count < 0.9 * FAULTS || count > FAULTS + 20 || total_ns < 0.9 * FAULTS * METER_SUSPECT_NS)
            fail_msg("%g of %d faults, %g ns", count, FAULTS, total_ns);
    }
}

/* A page holds fewer of larger entries: the first intervals are shorter. */
static void test_intervals_follow_page_and_entry(void **state)
{
    for (uint64_t entry_bytes = 16; entry_bytes <= 64; entry_bytes *= 2) {
        struct cell cell = cells_cell(CELL_FILL, "told", "glibc", 4000, CELL_LATENCY);
        cell.entry_bytes = entry_bytes;
        const struct record *r = run(*state, &cell, (struct script){0});
        const uint64_t step = (uint64_t)sysconf(_SC_PAGESIZE) / entry_bytes;
        for (uint64_t i = 0; i + 1 < r->series_count; i++)
            assert_int_equal(r->series[i].entries, (i + 1) * step);
    }
}

/* The time of the allocator's large blocks: of those made with the table, too. */
static void test_blocks_of_making_a_table_count(void **state)
{
    struct cell cell = cells_cell(CELL_FILL, "linear_rebuild", "glibc", 1 << 18, CELL_THROUGHPUT);
    const struct record *r = cells_run_fine(*state, &cell);
    double total_ns = 0;
    for (uint64_t i = 0; i < r->growth_rows; i++)
        total_ns += (double)r->growth[i].resize_ns;
    assert_true(total_ns > 0);
    cells_assert_near(r, COUNTER_resize_total_ns, total_ns, 0);
    assert_true(cells_get(r, COUNTER_resize_max_ns) <= total_ns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CELLS_TEST(test_making_a_table_is_timed),
        CELLS_TEST(test_the_longest_stall),
        CELLS_TEST(test_faults_are_seen),
        CELLS_TEST(test_intervals_follow_page_and_entry),
        CELLS_TEST(test_blocks_of_making_a_table_count),
    };
    return cmocka_run_group_tests_name("meter_operations", tests, NULL, NULL);
}
