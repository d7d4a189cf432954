/* SPDX-License-Identifier: MIT
 *
 * What a table is given at once: as the cell says, in every phase of every workload; the rest of a fill is shorter.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/measure/workload.h"
#include "harness/run/child.h"
#include "harness/testing/cells.h"

/* What the table saw since the last look; the harness has one table a process. */
static struct seen {
    uint64_t calls, operations, most, shorter;
} inserts, finds, erases;
static uint64_t batch;

static void see(struct seen *seen, size_t n)
{
    seen->calls++;
    seen->operations += n;
    seen->most = n > seen->most ? n : seen->most;
    seen->shorter += n < batch;
}

static const struct table *inner(void)
{
    const struct table *const *row = table_registry;
    while (strcmp((*row)->name, "linear_inplace"))
        row++;
    return *row;
}

static int insert(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    see(&inserts, n);
    return inner()->insert(self, keys, first_ordinal, n, added);
}

static uint64_t find(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    see(&finds, n);
    return inner()->find(self, keys, first_ordinal, n, sum);
}

static uint64_t erase(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    see(&erases, n);
    return inner()->erase(self, keys, first_ordinal, n);
}

static void run(struct cells_fixture *f, const struct cell *cell)
{
    struct table table = *inner();
    table.insert = insert;
    table.find = find;
    table.erase = erase;
    const struct allocator *const *row = allocator_registry;
    while (strcmp((*row)->name, "mremap"))
        row++;
    struct heap *heap = (*row)->open(&(struct allocator_options){0});
    assert_non_null(heap);
    inserts = finds = erases = (struct seen){0};
    batch = cell->batch;
    struct meter *meter = calloc(1, sizeof *meter);
    struct workload workload;
    assert_non_null(meter);
    assert_int_equal(meter_open(meter, cells_record(f, cell), heap, &table), 0);
    assert_int_equal(workload_start(&workload, meter), 0);
    while (!workload_is_done(&workload) && workload_run(&workload, 10000)) /* in turns, as in a duel */
        continue;
    workload_stop(&workload);
    assert_int_equal(f->record->status, RECORD_RUNNING);
    meter_close(meter);
    free(meter);
    heap->ops->close(heap);
}

static void assert_seen(const struct seen *seen, uint64_t operations)
{
    assert_int_equal(seen->operations, operations);
    assert_true(seen->most <= batch);
    assert_true(!operations || seen->most == batch);
    assert_true(seen->shorter <= 32); /* at the ends of turns */
    assert_true(seen->calls <= operations / batch + 32);
}

static void test_batches(void **state)
{
    static const uint64_t sizes[] = {1, 2, 7, 32, 64};
    const uint64_t n = 20011;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct cell cell = cells_cell(CELL_FILL, "mine", "mremap", n, CELL_THROUGHPUT);
        cell.batch = sizes[i];
        run(*state, &cell);
        assert_seen(&inserts, n);
        cell.workload = CELL_FIND;
        run(*state, &cell);
        assert_seen(&inserts, n);
        assert_seen(&finds, 2 * n);
        cell.workload = CELL_CHURN;
        run(*state, &cell);
        assert_seen(&inserts, 3 * n);
        assert_seen(&erases, 2 * n);
        cell.workload = CELL_DRAIN;
        run(*state, &cell);
        assert_seen(&inserts, 2 * n);
        assert_seen(&erases, n);
    }
}

/* With a batch of 1 there is a clock for growths only: as many as with any other. */
static void test_growths_are_the_same(void **state)
{
    struct cells_fixture *f = *state;
    struct cell cell = cells_cell(CELL_FILL, "mine", "mremap", 50000, CELL_THROUGHPUT);
    cell.batch = 1;
    run(f, &cell);
    const uint64_t growths = f->record->growth_count;
    assert_in_range(growths, 3, 20);
    cell.batch = 64;
    run(f, &cell);
    assert_int_equal(f->record->growth_count, growths);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CELLS_TEST(test_batches),
        CELLS_TEST(test_growths_are_the_same),
    };
    return cmocka_run_group_tests_name("workload_batch", tests, NULL, NULL);
}
