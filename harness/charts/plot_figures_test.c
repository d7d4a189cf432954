/* SPDX-License-Identifier: MIT
 *
 * The data of utilisation, growth and moves, from made-up runs with known answers. plot_test.c draws them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/charts/plot_data.h"
#include "harness/testing/folder.h"
#include "tables/table.h"

#include <math.h>

#define MS 1000000ull

/* A record of a fill that took a second, of 1 M entries; nothing has happened in it yet. */
static struct record *begin(struct folder_fixture *f, const char *table, const char *allocator,
                            enum cell_mode mode)
{
    struct cell cell = folder_cell;
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    cell.entries = 1000000;
    cell.mode = mode;
    record_init(f->record, &cell);
    f->record->status = RECORD_OK;
    f->record->table_properties = TABLE_KEYED;
    if (mode == CELL_LATENCY)
        record_set(f->record, COUNTER_utilisation_1ms_ratio, 1);
    return f->record;
}

static void end(struct folder_fixture *f, uint64_t entries, uint64_t moves)
{
    struct record *r = f->record;
    latency_add(&r->insert, 1);
    record_add_series(r,
                      &(struct record_series_row){.entries = entries, .time_ns = 1000 * MS, .rss_bytes = 1});
    record_set(r, COUNTER_base_moves, (double)moves);
    folder_write_record(f);
}

static void add_pause(struct record *r, uint64_t start_ns, uint64_t duration_ns)
{
    record_add_pause(r, &(struct record_pause_row){1, start_ns, duration_ns});
}

static void add_event(struct record *r, uint64_t entries, enum recorder_kind kind)
{
    record_add_growth(r, &(struct record_growth_row){.entries = entries,
                                                     .start_ns = entries * 100,
                                                     .duration_ns = 90 * MS,
                                                     .kind = kind,
                                                     .resize_ns = 20 * MS,
                                                     .free_ns = 5 * MS,
                                                     .table_faults = 100,
                                                     .table_system_ns = 30 * MS});
}

/* The figure's data; the caller frees. NULL: there was nothing to draw. */
static char *write_data(struct folder_fixture *f, enum plot_figure figure)
{
    struct plot_run run = {.name = ""};
    struct plot_groups groups;
    char path[200];
    bool is_empty;
    assert_int_equal(results_load(f->folder, &run.results, f->error), 0);
    assert_int_equal(plot_groups_make(&run, 1, &groups), 0);
    assert_int_equal(groups.count, 1);
    snprintf(path, sizeof path, "%s/figure.tsv", f->base);
    if (plot_data_write(groups.items, 1, figure, &(struct plot_wish){0}, path, &is_empty, f->error))
        fail_msg("%s", f->error);
    plot_groups_free(&groups);
    results_free(&run.results);
    return is_empty ? NULL : folder_read_text(path);
}

static void expect(const char *data, const char *lines)
{
    assert_non_null(data);
    if (!strstr(data, lines))
        fail_msg("there is no '%s' in\n%s", lines, data);
}

/* ---- utilisation ---- */

static void test_utilisation(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = begin(f, "array", "glibc", CELL_LATENCY);
    add_pause(r, 300 * MS, 20 * MS);
    add_pause(r, 500 * MS, 30 * MS);
    end(f, 1000000, 0);
    begin(f, "array", "mremap", CELL_LATENCY);
    end(f, 1000000, 0);
    begin(f, "array", "copying", CELL_THROUGHPUT); /* its pauses are not known */
    end(f, 1000000, 0);
    char *data = write_data(f, PLOT_UTILISATION);
    expect(data, "Share of the time left for work, in the worst window: fill, 1,000,000 entries\n");
    expect(data, "\n1\tarray\t0\tNaN\n");
    expect(data, "\n1\t1\tOK\t1\t0.95\n1\t3\tOK\t1\t1\n\n");
    expect(data, "# window_seconds\tutilisation\n0.0001\t0.00000\n0.03\t0.00000\n"); /* the longest pause */
    expect(data, "\n0.1\t0.70000\n");
    expect(data, "\n1\t0.95000\n\n"); /* the whole run */
    expect(data, "\tutilisation\n0.0001\t1.00000\n1\t1.00000\n");
    assert_null(strstr(data, "upper bound"));
    free(data);
}

/* More pauses than there is room for: the record kept the longest, and the picture says whose line is above the truth. */
static void test_an_upper_bound_is_named(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = begin(f, "array", "mimalloc", CELL_LATENCY);
    for (uint64_t i = 0; i <= RECORD_PAUSE_ROWS; i++)
        add_pause(r, i * MS / 10, 50000 + i);
    end(f, 1000000, 0);
    char *data = write_data(f, PLOT_UTILISATION);
    expect(data, "\n1\tarray\t0\tupper bound: mimalloc\n");
    free(data);
}

/* Workers pause beside each other: their rows together are nobody's time. */
static void test_no_utilisation_of_a_crew(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = begin(f, "array", "glibc", CELL_LATENCY);
    r->cell.threads = 2;
    add_pause(r, 300 * MS, 20 * MS);
    add_event(r, 2049, RECORDER_MOVE);
    end(f, 1000000, 1);
    assert_null(write_data(f, PLOT_UTILISATION));
    assert_null(write_data(f, PLOT_GROWTH));
    free(write_data(f, PLOT_MOVES));
}

/* ---- growth ---- */

static void test_growth(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = begin(f, "array", "glibc", CELL_LATENCY);
    add_event(r, 2049, RECORDER_MOVE);
    end(f, 1000000, 1);
    r = begin(f, "array", "copying", CELL_THROUGHPUT); /* for want of latency mode */
    add_event(r, 2049, RECORDER_MOVE);
    r->growth[0].duration_ns = 30 * MS; /* too short to tell the faults */
    record_fail(r, RECORD_OOM, "made up");
    end(f, 500000, 1);
    begin(f, "array", "mremap", CELL_LATENCY);
    end(f, 1000000, 0);
    char *data = write_data(f, PLOT_GROWTH);
    expect(data, "\n1\t1\t1\t2049\t90\t15\t5\t30\t40\t0\t90.0 ms\tOK\n");
    expect(data, "\n1\t2\t2\t2049\t30\t15\t5\t0\t0\t10\t30.0 ms\tOOM\n");
    expect(data, "\n1\t3\t3\t0\tNaN\t0\t0\t0\t0\t0\tno growth seen\tOK\n");
    free(data);
}

/* ---- moves ---- */

static void test_moves(void **state)
{
    struct folder_fixture *f = *state;
    static const char *const allocators[] = {"glibc", "copying", "mimalloc", "mremap"};
    folder_open(f);
    for (size_t i = 0; i < 4; i++) {
        const enum recorder_kind kinds[] = {RECORDER_REPLACE, RECORDER_MOVE, RECORDER_MOVE, RECORDER_GROW};
        struct record *r = begin(f, "array", allocators[i], CELL_LATENCY);
        add_event(r, 2049, RECORDER_ADD);
        add_event(r, 4097 + i % 2, kinds[i]); /* counted by the batch here and there */
        add_event(r, 65537, kinds[i]);
        add_event(r, 65537, kinds[i]); /* two blocks in one operation */
        if (i == 2)
            record_fail(r, RECORD_OOM, "made up");
        end(f, i == 2 ? 100000 : 1000000, i < 3 ? 3 : 0);
    }
    begin(f, "array", "jemalloc", CELL_LATENCY);
    end(f, 1000000, 5); /* more than rows were kept: all at the end */
    char *data = write_data(f, PLOT_MOVES);
    expect(data, "\n1\tarray\t0\t5\t3\n");
    expect(data, "# entries or seconds\tmoves\n0\t0\n4097\t1\n65537\t3\n1000000\t3\n");
    expect(data, "# entries or seconds\tmoves\n0\t0\n4097\t1\n65537\t3\n100000\t3\n"); /* where it died */
    expect(data, "# entries or seconds\tmoves\n0\t0\n1000000\t0\n");
    expect(data, "# entries or seconds\tmoves\n0\t0\n1000000\t5\n");
    /* The registry's order; the first three run on top of each other as far as they go. */
    expect(data, "# line\trank\tof\n1\t1\t3\n2\t2\t3\n3\t3\t3\n4\t1\t1\n5\t1\t1\n");
    expect(data,
           "# panel\trow\ttext\n1\t1\t5: jemalloc\n1\t2\t3: glibc, copying, mimalloc\n1\t3\t0: mremap\n");
    free(data);
}

/* A table that calls malloc itself: nothing seen is not nothing moved. */
static void test_moves_that_nobody_saw(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = begin(f, "array", "glibc", CELL_LATENCY);
    add_event(r, 2049, RECORDER_MOVE);
    end(f, 1000000, 1);
    record_set(r, COUNTER_base_moves, NAN);
    folder_write_record(f);
    assert_null(write_data(f, PLOT_MOVES));
}

/* Thousands of moves are as many steps as can be seen, and the last one tells them all. */
static void test_many_moves(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    struct record *r = begin(f, "array", "glibc", CELL_LATENCY);
    for (uint64_t i = 1; i <= 9000; i++)
        add_event(r, i * 100, RECORDER_MOVE);
    end(f, 1000000, 9000);
    char *data = write_data(f, PLOT_MOVES);
    expect(data, "\n900000\t9000\n1000000\t9000\n");
    size_t lines = 0;
    for (const char *at = data; (at = strchr(at, '\n')); at++)
        lines++;
    assert_in_range(lines, 50, 300);
    free(data);
}

/* ---- a table that grows all the time ---- */

static size_t count(const char *data, const char *ending)
{
    size_t found = 0;
    for (const char *at = data; (at = strstr(at, ending)); at++)
        found++;
    return found;
}

/* `steps` growths of 2 us, the last but one of 60 us, and that one with a peak above what stays. */
static char *write_steps(struct folder_fixture *f, enum plot_figure figure, uint64_t steps)
{
    struct record *r = begin(f, "steps", "mremap", CELL_LATENCY);
    for (uint64_t i = 1; i <= steps; i++) {
        const bool is_long = i + 1 == steps;
        const struct record_growth_row row = {.entries = i * 1000,
                                              .start_ns = i * MS,
                                              .duration_ns = is_long ? 60000 : 2000,
                                              .kind = RECORDER_GROW};
        record_add_growth(r, &row);
        record_add_series(
            r, &(struct record_series_row){.entries = row.entries,
                                           .time_ns = row.start_ns + row.duration_ns,
                                           .rss_bytes = (int64_t)(i * MS),
                                           .interval_peak_rss_bytes = (int64_t)(i * MS) * (is_long ? 3 : 1)});
    }
    end(f, 1000000, 0);
    return write_data(f, figure);
}

/* Marks are for growths that stand out: of a few all, of many those that are a pause, or that rise above the line. */
static void test_many_small_growths(void **state)
{
    struct folder_fixture *f = *state;
    folder_open(f);
    char *few = write_steps(f, PLOT_PAUSES, 30);
    assert_true(count(few, "\t1\n") > 20);
    expect(few, "\n29000\t0.060000\t1\n");
    free(few);
    char *many = write_steps(f, PLOT_PAUSES, 900);
    assert_int_equal(count(many, "\t0.060000\t1\n"), 1);
    assert_null(strstr(many, "\t0.002000\t"));
    free(many);
    many = write_steps(f, PLOT_MEMORY, 900);
    expect(many, "\n899000\t899000000\t2697000000\t2.697e+09\t");
    assert_int_equal(count(many, "\t2697000000\t2.697e+09\t"), 1);
    assert_true(count(many, "\tNaN\t") >= 2); /* the others are points of the line */
    assert_true(count(many, "\n") < 40);
    free(many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_utilisation),
        FOLDER_TEST(test_an_upper_bound_is_named),
        FOLDER_TEST(test_no_utilisation_of_a_crew),
        FOLDER_TEST(test_growth),
        FOLDER_TEST(test_moves),
        FOLDER_TEST(test_moves_that_nobody_saw),
        FOLDER_TEST(test_many_moves),
        FOLDER_TEST(test_many_small_growths),
    };
    return cmocka_run_group_tests_name("plot_figures", tests, NULL, NULL);
}
