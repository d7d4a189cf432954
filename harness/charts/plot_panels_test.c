/* SPDX-License-Identifier: MIT
 *
 * What a page is made of: panels and keys as pictures of their own, tables of numbers, and lines with few points.
 * GROWBENCH_PLOTS names the folder of the scripts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/charts/plot.h"
#include "harness/charts/plot_thin.h"
#include "harness/testing/folder.h"
#include "tables/table.h"

#include <errno.h>
#include <unistd.h>

enum { ENTRIES = 1 << 20, ROWS = 1024 };

/* Doubles ten times, by a copy; in between nothing happens, row after row. */
static void grow(struct record *r)
{
    uint64_t capacity = 1024;
    for (uint64_t entries = ENTRIES / ROWS; entries <= ENTRIES; entries += ENTRIES / ROWS) {
        bool is_full = entries > capacity;
        int64_t old = (int64_t)capacity * 16;
        if (is_full) {
            capacity *= 2;
            record_add_growth(r, &(struct record_growth_row){.entries = entries,
                                                             .start_ns = entries * 100,
                                                             .duration_ns = entries,
                                                             .kind = RECORDER_MOVE,
                                                             .old_bytes = (uint64_t)old,
                                                             .new_bytes = 2 * (uint64_t)old});
            record_add_pause(r, &(struct record_pause_row){entries, entries * 100, entries});
        }
        record_add_series(r, &(struct record_series_row){.entries = entries,
                                                         .rss_bytes = (int64_t)capacity * 16,
                                                         .interval_peak_rss_bytes =
                                                             is_full ? 3 * old : (int64_t)capacity * 16});
        latency_add(&r->insert, is_full ? entries : 100);
    }
    for (uint64_t i = 0; i < 3; i++) /* near each other, the second the longest */
        record_add_pause(r, &(struct record_pause_row){700000 + i, 70000000 + i, 60000 + i % 2 * 30000});
}

static void write_cell(struct folder_fixture *f, const char *table, const char *allocator,
                       enum record_status status)
{
    struct cell cell = folder_cell;
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    cell.entries = ENTRIES;
    struct record *r = f->record;
    record_init(r, &cell);
    r->setup.ns_per_tick = 1;
    r->table_properties = TABLE_KEYED;
    r->status = RECORD_OK;
    if (status != RECORD_SKIP)
        grow(r);
    if (status != RECORD_OK)
        record_fail(r, status, "made up");
    record_set(r, COUNTER_worst_rss_ratio, 2.5);
    record_set(r, COUNTER_limit_estimate_bytes, 2.5 * (double)cell_payload_bytes(&cell));
    record_set(r, COUNTER_insert_max_ns, 12.5e6);
    record_set(r, COUNTER_stall_max_ns, 12.5e6);
    folder_write_record(f);
}

/* Two tables with two allocators; the second allocator dies. */
static void write_run(struct folder_fixture *f)
{
    folder_open(f);
    write_cell(f, "linear_rebuild", "glibc", RECORD_OK);
    write_cell(f, "linear_rebuild", "mremap", RECORD_OOM);
    write_cell(f, "linear_inplace", "glibc", RECORD_OK);
    write_cell(f, "linear_inplace", "mremap", RECORD_OK);
}

static struct plot_drawings draw(struct folder_fixture *f, bool panels, size_t points_max)
{
    struct plot_drawings drawn;
    const struct plot_options options = {
        .script_folder = getenv("GROWBENCH_PLOTS"), .panels = panels, .wish.points_max = points_max};
    if (!options.script_folder)
        fail_msg("GROWBENCH_PLOTS must name the folder of the *.gp files");
    int error = plot_draw((const char *[]){f->folder}, 1, &options, NULL, &drawn, f->error);
    if (error == ENOENT && strstr(f->error, "gnuplot is not installed")) {
        plot_drawings_free(&drawn);
        skip();
    }
    if (error)
        fail_msg("plot_draw: %s", f->error);
    return drawn;
}

/* NULL: not there. The caller frees. */
static char *read_drawn(const struct folder_fixture *f, const char *format, const char *name, size_t panel)
{
    char file[128], path[256];
    snprintf(file, sizeof file, format, name, panel);
    snprintf(path, sizeof path, "%s/plots/%s", f->folder, file);
    return folder_read_text(path);
}

static bool is_there(const struct folder_fixture *f, const char *format, const char *name, size_t panel)
{
    char *text = read_drawn(f, format, name, panel);
    free(text);
    return text != NULL;
}

static const char panel_path[] = "panels/%s.%zu.svg", table_path[] = "data/%s.table.tsv";

/* ---- panels ---- */

static const struct plot_drawn *find(const struct plot_drawings *drawn, const char *name)
{
    for (size_t i = 0; i < drawn->count; i++)
        if (!strcmp(drawn->items[i].name, name))
            return &drawn->items[i];
    fail_msg("%s was not drawn", name);
    return NULL;
}

static double width_of(const char *svg)
{
    const char *width = strstr(svg, "width=\"");
    assert_non_null(width);
    return atof(width + strlen("width=\""));
}

/* Each a whole picture, for a phone, without the figure's title and without what the key says. */
static void expect_panel(const struct folder_fixture *f, const struct plot_drawn *figure, size_t panel)
{
    static const char *const said_by_key[] = {"up to the peak", "the table grew", "at the end: the maximum",
                                              "Colour: allocator", NULL};
    char *svg = read_drawn(f, panel_path, figure->name, panel);
    if (!svg)
        fail_msg("%s has no panel %zu", figure->name, panel);
    assert_non_null(strstr(svg, "</svg>"));
    assert_null(strstr(svg, figure->title));
    for (size_t i = 0; said_by_key[i]; i++)
        if (strstr(svg, said_by_key[i]))
            fail_msg("panel %zu of %s says '%s'", panel, figure->name, said_by_key[i]);
    if (figure->figure != PLOT_DECISION || panel == 2)
        assert_true(width_of(svg) <= 420);
    free(svg);
}

static void test_panels(void **state)
{
    struct folder_fixture *f = *state;
    write_run(f);
    struct plot_drawings drawn = draw(f, true, 0);
    assert_true(drawn.count >= 5);
    for (size_t i = 0; i < drawn.count; i++) {
        const struct plot_drawn *figure = &drawn.items[i];
        assert_true(figure->panel_count >= 1);
        for (size_t panel = 1; panel <= figure->panel_count; panel++)
            expect_panel(f, figure, panel);
        assert_false(is_there(f, panel_path, figure->name, figure->panel_count + 1));
        assert_true(is_there(f, "%s.svg", figure->name, 0));
        char *key = read_drawn(f, panel_path, figure->name, 0);
        assert_non_null(key);
        assert_true(width_of(key) <= 360);
        free(key);
    }
    const struct plot_drawn *memory = find(&drawn, "memory"), *decision = find(&drawn, "decision");
    assert_int_equal(memory->panel_count, 2);
    assert_int_equal(memory->entries, ENTRIES);
    assert_string_equal(memory->title, "Resident memory while the table grows: fill, 1,048,576 entries");
    assert_non_null(strstr(memory->subtitle, "one repetition"));
    assert_int_equal(decision->panel_count, 2);
    assert_int_equal(decision->entries, 0);
    plot_drawings_free(&drawn);
}

static void expect_text(const struct folder_fixture *f, const char *name, size_t panel, const char *text)
{
    char *svg = read_drawn(f, panel_path, name, panel);
    assert_non_null(svg);
    if (!strstr(svg, text))
        fail_msg("panel %zu of %s has no '%s'", panel, name, text);
    free(svg);
}

/* A panel says its table, the key the allocators; who died says where. */
static void test_what_panels_say(void **state)
{
    struct folder_fixture *f = *state;
    write_run(f);
    struct plot_drawings drawn = draw(f, true, 0);
    plot_drawings_free(&drawn);
    expect_text(f, "memory", 1, "linear_rebuild");
    expect_text(f, "memory", 1, "payload");
    expect_text(f, "memory", 1, "OOM at 1.05 M");
    expect_text(f, "memory", 0, "mremap");
    expect_text(f, "memory", 0, "band: up to the peak");
    expect_text(f, "bars", 2, "worst memory over payload (x)");
    expect_text(f, "bars", 2, "linear_inplace");
    expect_text(f, "decision", 0, "Shape: what stays put");
    expect_text(f, "decision", 2, "linear_rebuild, mremap: OOM, 2.50x or more");
}

/* What is no longer in the run, or older than the data, goes. */
static void test_old_panels_go(void **state)
{
    struct folder_fixture *f = *state;
    write_run(f);
    struct plot_drawings drawn = draw(f, true, 0);
    plot_drawings_free(&drawn);
    assert_true(is_there(f, panel_path, "memory", 2));
    char path[256];
    static const char *const gone[] = {"glibc", "mremap"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/cells/fill_linear_inplace_%s_entries:1048576_mode:latency", f->folder,
                 gone[i]);
        nftw(path, folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    }
    drawn = draw(f, true, 0);
    plot_drawings_free(&drawn);
    assert_true(is_there(f, panel_path, "memory", 1));
    assert_false(is_there(f, panel_path, "memory", 2));
    assert_true(is_there(f, table_path, "memory", 0));
    drawn = draw(f, false, 0); /* the panels would be of older data */
    assert_int_equal(find(&drawn, "memory")->panel_count, 0);
    plot_drawings_free(&drawn);
    assert_false(is_there(f, panel_path, "memory", 0));
    drawn = draw(f, true, 0);
    plot_drawings_free(&drawn);
    snprintf(path, sizeof path, "%s/cells", f->folder);
    nftw(path, folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    write_cell(f, "linear_inplace", "glibc", RECORD_SKIP);
    drawn = draw(f, true, 0);
    plot_drawings_free(&drawn);
    assert_false(is_there(f, panel_path, "memory", 0));
    assert_false(is_there(f, panel_path, "memory", 1));
    assert_false(is_there(f, table_path, "memory", 0));
}

/* ---- tables of numbers ---- */

static size_t count(const char *text, size_t length, char c)
{
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        n += text[i] == c;
    return n;
}

/* A heading and so many rows, all as wide as the heading. */
static void expect_table(const struct folder_fixture *f, const char *name, size_t rows, const char *row)
{
    char *text = read_drawn(f, table_path, name, 0);
    assert_non_null(text);
    assert_int_equal(count(text, strlen(text), '\n'), rows + 1);
    const size_t columns = count(text, strcspn(text, "\n"), '\t');
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        if (count(line, strcspn(line, "\n"), '\t') != columns)
            fail_msg("%s: a row has not %zu columns: %s", name, columns + 1, line);
    if (!strstr(text, row))
        fail_msg("%s has no '%s':\n%s", name, row, text);
    free(text);
}

static void test_tables(void **state)
{
    struct folder_fixture *f = *state;
    write_run(f);
    struct plot_drawings drawn = draw(f, true, 30); /* few points for the picture, not for the numbers */
    plot_drawings_free(&drawn);
    expect_table(f, "memory", 4,
                 "linear_inplace\tglibc\t2.00 MiB, peak 3.00 MiB\t4.00 MiB, peak 6.00 MiB\t8.00 MiB");
    expect_table(f, "memory", 4, "\t16.0 MiB, peak 24.0 MiB\t24.0 MiB\t525 k\tOK\n");
    expect_table(f, "memory", 4, "\tOOM: died at 1.05 M of 1.05 M entries\n");
    expect_table(f, "pauses", 4,
                 "linear_inplace\tglibc\t10\t525 us\t525 k\t1.06 ms\t3\t90.0 us\t700 k\t210 us\n");
    expect_table(f, "latency", 4, "linear_rebuild\tglibc\t100 ns\t100 ns\t");
    expect_table(f, "bars", 4, "linear_inplace\tmremap\t2.50 x\t12.5 ms\tnot measured\n");
    expect_table(f, "decision", 4,
                 "linear_rebuild\tmremap\t-\t-\t-\t0\tOOM at 1 of 1 sizes, 2.50 x or more\n");
}

/* ---- few points ---- */

static struct plot_points make_stairs(size_t count)
{
    struct plot_points points = {count, calloc(count, sizeof *points.items)};
    assert_non_null(points.items);
    double level = 1;
    for (size_t i = 0; i < count; i++) {
        bool is_step = i && (i & (i - 1)) == 0;
        level = is_step ? 2 * level : level;
        points.items[i] = (struct plot_point){.x = (double)i,
                                              .y = level,
                                              .peak = is_step ? 1.5 * level : level,
                                              .is_growth = is_step && i >= 64};
    }
    return points;
}

static bool has_point(const struct plot_points *points, double x)
{
    for (size_t i = 0; i < points->count; i++)
        if (points->items[i].x == x)
            return true;
    return false;
}

/* Corners stay, what lies on a line goes. */
static void test_corners_stay(void **state)
{
    (void)state;
    struct plot_points points = make_stairs(2000);
    plot_thin_line(&points, PLOT_THIN_LINEAR, 1.0 / 450, 0);
    assert_in_range(points.count, 12, 40);
    for (size_t corner = 64; corner <= 1024; corner *= 2) {
        assert_true(has_point(&points, (double)corner));
        assert_true(has_point(&points, (double)corner - 1));
    }
    assert_true(has_point(&points, 1999));
    free(points.items);
}

/* With too few for all corners the growths, the ends and the highest peak stay. */
static void test_extremes_stay(void **state)
{
    (void)state;
    struct plot_points points = make_stairs(2000);
    points.items[1500].peak = 9000;
    plot_thin_line(&points, PLOT_THIN_LINEAR, 1.0 / 450, 10);
    assert_true(points.count <= 10);
    assert_true(has_point(&points, 1500));
    assert_true(has_point(&points, 0));
    assert_true(has_point(&points, 1999));
    for (size_t growth = 64; growth <= 1024; growth *= 2)
        assert_true(has_point(&points, (double)growth));
    plot_thin_line(&points, PLOT_THIN_LINEAR, 1.0 / 450, 1);
    assert_true(has_point(&points, 1500));
    free(points.items);
}

/* Rows of all lines, and the largest value of a column. */
static size_t count_points(const char *data, int column, double *largest)
{
    static const char comment[] = "# entries or seconds";
    size_t n = 0;
    *largest = 0;
    for (const char *block = strstr(data, comment); block; block = strstr(block + 1, comment))
        for (const char *line = strchr(block, '\n') + 1; *line && *line != '\n' && *line != '#'; n++) {
            const char *field = line;
            for (int i = 0; i < column; i++)
                field = strchr(field, '\t') + 1;
            *largest = strtod(field, NULL) > *largest ? strtod(field, NULL) : *largest;
            line = strchr(line, '\n') + 1;
        }
    return n;
}

/* A figure's numbers in words; and another reference than glibc. */
static void test_ratios_in_words(void **state)
{
    struct folder_fixture *f = *state;
    write_run(f);
    for (int turn = 0; turn < 2; turn++) {
        struct plot_drawings drawn;
        const struct plot_options options = {.script_folder = getenv("GROWBENCH_PLOTS"),
                                             .panels = true,
                                             .wish.reference = turn ? "mremap" : NULL};
        if (plot_draw((const char *[]){f->folder}, 1, &options, NULL, &drawn, f->error))
            skip();
        char *text = read_drawn(f, table_path, "ratios", 0);
        assert_non_null(text);
        const char *heading = turn ? "table\tfigure\tallocator\tratio to mremap ("
                                   : "table\tfigure\tallocator\tratio to glibc (",
                   *row = turn ? "\nlinear_inplace\tmemory limit\tglibc"
                               : "\nlinear_inplace\tmemory limit\tmremap\t1.00\tnot told apart\t1\n";
        if (strncmp(text, heading, strlen(heading)) || !strstr(text, row))
            fail_msg("%s", text);
        free(text);
        plot_drawings_free(&drawn);
    }
}

static void test_points_max(void **state)
{
    struct folder_fixture *f = *state;
    static const struct {
        const char *name;
        int column;
        double largest;
    } figures[] = {{"memory", 2, 3 * 8192 * 1024.0}, {"pauses", 1, 0.525312}};
    write_run(f);
    for (size_t most = 0; most <= 60; most += 60) {
        struct plot_drawings drawn = draw(f, true, most);
        plot_drawings_free(&drawn);
        for (size_t i = 0; i < 2; i++) {
            char *data = read_drawn(f, "data/%s.tsv", figures[i].name, 0);
            double largest;
            assert_non_null(data);
            size_t points = count_points(data, figures[i].column, &largest);
            assert_in_range(points, 12, most ? most : 4 * 48);
            assert_true(largest == figures[i].largest);
            if (i == 1) {
                assert_non_null(strstr(data, "\n700001\t0.090000\t0\n"));
                assert_null(strstr(data, "\t0.060000\t0\n"));
            }
            free(data);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FOLDER_TEST(test_panels),
        FOLDER_TEST(test_what_panels_say),
        FOLDER_TEST(test_old_panels_go),
        FOLDER_TEST(test_tables),
        cmocka_unit_test(test_corners_stay),
        cmocka_unit_test(test_extremes_stay),
        FOLDER_TEST(test_ratios_in_words),
        FOLDER_TEST(test_points_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
