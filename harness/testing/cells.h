/* SPDX-License-Identifier: MIT
 *
 * What tests share that run whole cells in this process. For cmocka programs; state is a struct cells_fixture.
 */
#ifndef GROWBENCH_TESTING_CELLS_H
#define GROWBENCH_TESTING_CELLS_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/common/clock.h"
#include "harness/run/child.h"

enum { CELLS_IDLE_DIVISOR = 1000 };

struct cells_fixture {
    struct record *record; /* shared memory, as a child's is */
    double ns_per_tick;
};

static inline int cells_setup(void **state)
{
    struct cells_fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    f->ns_per_tick = clock_calibrate_ns_per_tick();
    f->record = mmap(NULL, sizeof *f->record, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    *state = f;
    return f->record == MAP_FAILED;
}

static inline int cells_teardown(void **state)
{
    struct cells_fixture *f = *state;
    munmap(f->record, sizeof *f->record);
    free(f);
    return 0;
}

static inline struct cell cells_cell(enum cell_workload workload, const char *table, const char *allocator,
                                     uint64_t entries, enum cell_mode mode)
{
    struct cell cell = {CELL_STANDING, .workload = workload, .entries = entries, .mode = mode, .seed = 1};
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    return cell;
}

/* An empty record of the cell, in which drain idles a thousandth of its time. */
static inline struct record *cells_record(const struct cells_fixture *f, const struct cell *cell)
{
    record_init(f->record, cell);
    f->record->setup.ns_per_tick = f->ns_per_tick;
    f->record->setup.idle_divisor = CELLS_IDLE_DIVISOR;
    return f->record;
}

/* `library` holds the table; NULL: it is in the registry. */
static inline const struct record *cells_run(const struct cells_fixture *f, const struct cell *cell,
                                             const char *library)
{
    struct record *r = cells_record(f, cell);
    snprintf(r->setup.table_library, sizeof r->setup.table_library, "%s", library ? library : "");
    child_run_here(r);
    record_finish(r);
    return r;
}

static inline const struct record *cells_run_fine(const struct cells_fixture *f, const struct cell *cell)
{
    const struct record *r = cells_run(f, cell, NULL);
    char id[CELL_ID_BYTES];
    if (r->status != RECORD_OK)
        fail_msg("%s ended %s: %s", cell_format_id(cell, id), record_status_names[r->status], r->message);
    return r;
}

static inline double cells_get(const struct record *r, enum counter counter)
{
    return record_get(r, counter);
}

static inline void cells_assert_near(const struct record *r, enum counter counter, double expected,
                                     double tolerance)
{
    char id[CELL_ID_BYTES];
    if (!(fabs(record_get(r, counter) - expected) <= tolerance))
        fail_msg("%s: %s is %.10g instead of %.10g", cell_format_id(&r->cell, id), counter_names[counter],
                 record_get(r, counter), expected);
}

static inline void cells_assert_at_least(const struct record *r, enum counter counter, double least)
{
    char id[CELL_ID_BYTES];
    if (!(record_get(r, counter) >= least))
        fail_msg("%s: %s is %.10g, below %.10g", cell_format_id(&r->cell, id), counter_names[counter],
                 record_get(r, counter), least);
}

static inline void cells_assert_presence(const struct record *r, const enum counter *counters, size_t count,
                                         bool present)
{
    char id[CELL_ID_BYTES];
    for (size_t i = 0; i < count; i++)
        if (isnan(record_get(r, counters[i])) == present)
            fail_msg("%s: %s is %s", cell_format_id(&r->cell, id), counter_names[counters[i]],
                     present ? "absent" : "there");
}

#define CELLS_TEST(f) cmocka_unit_test_setup_teardown(f, cells_setup, cells_teardown)

#endif
