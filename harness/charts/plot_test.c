/* SPDX-License-Identifier: MIT
 *
 * Draws small made-up runs and looks at the files. GROWBENCH_PLOTS names the folder of the scripts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/charts/plot.h"
#include "harness/charts/plot_data.h"
#include "harness/common/files.h"
#include "tables/table.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Quotes, gnuplot's markup, formats and commands, and SVG's markup: as a library may say its version. */
static const char hostile_version[] = "<b>\"a';system('touch pwned')\n`touch pwned`@{x}^_%d%s\\#&\xc3\xa9";
static const char hostile_seen[] = "<b>?a?;system(?touch pwned?)??touch pwned?@{x}^_?d?s??&??";

/* The folder's own name is hostile too. */
struct fixture {
    char folder[256];
    struct results_run run;
    struct record *record;
    uint64_t budget_bytes; /* of the records; 0: none */
    bool is_hostile;       /* the versions and the machine that they name */
    char error[SENTENCE_BYTES];
};

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    const char *temporary = getenv("TMPDIR");
    snprintf(f->folder, sizeof f->folder, "%s/plot 'te\"st $(id) XXXXXX", temporary ? temporary : "/tmp");
    f->record = malloc(sizeof *f->record);
    assert_non_null(f->record);
    assert_non_null(mkdtemp(f->folder));
    assert_int_equal(results_open(&f->run, f->folder, false, f->error), 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    results_close(&f->run);
    nftw(f->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(f->record);
    free(f);
    return 0;
}

/* ---- made-up runs ---- */

static void add_row(struct record *r, uint64_t entries, int64_t rss_bytes, int64_t peak_bytes)
{
    record_add_series(r, &(struct record_series_row){.entries = entries,
                                                     .rss_bytes = rss_bytes,
                                                     .interval_peak_rss_bytes = peak_bytes});
}

/* Doubles from 1,024 entries on, with a peak of three times what was there. */
static void grow(struct record *r, uint64_t entries)
{
    for (uint64_t capacity = 1024; capacity < entries; capacity *= 2) {
        int64_t bytes = (int64_t)capacity * 16;
        add_row(r, capacity, bytes, bytes);
        add_row(r, capacity + 1, 2 * bytes, 3 * bytes);
        uint64_t start_ns = capacity * 100, duration_ns = capacity * 10;
        record_add_growth(r, &(struct record_growth_row){.entries = capacity + 1,
                                                         .start_ns = start_ns,
                                                         .duration_ns = duration_ns,
                                                         .kind = RECORDER_MOVE,
                                                         .old_bytes = (uint64_t)bytes,
                                                         .new_bytes = 2 * (uint64_t)bytes});
        record_add_pause(r, &(struct record_pause_row){capacity + 1, start_ns, duration_ns});
        record_add_pause(r, &(struct record_pause_row){capacity + 2, start_ns + duration_ns + 1, 60000});
        latency_add(&r->insert, duration_ns);
        for (unsigned i = 0; i < 50; i++)
            latency_add(&r->insert, 20 + i);
    }
    add_row(r, entries, (int64_t)entries * 32, (int64_t)entries * 32);
}

/* Of what the deciding chart shows: 2.5 of the payload, 12.5 ms, no blocks that moved. */
static void set_figures(struct record *r, enum cell_mode mode)
{
    record_set(r, COUNTER_worst_rss_ratio, 2.5);
    record_set(r, COUNTER_peak_rss_ratio, 2.25);
    record_set(r, COUNTER_limit_estimate_bytes, 2.5 * (double)cell_payload_bytes(&r->cell));
    record_set(r, COUNTER_base_moves, 0);
    record_set(r, COUNTER_moves_per_entry, 2);
    if (mode == CELL_LATENCY) {
        record_set(r, COUNTER_insert_max_ns, 12.5e6);
        record_set(r, COUNTER_stall_max_ns, 12.5e6);
        record_set(r, COUNTER_hiccup_max_ns, 200e3);
        record_set(r, COUNTER_utilisation_1ms_ratio, 0);
    } else {
        record_set(r, COUNTER_items_per_second, 34.5e6);
    }
}

static void write_whole_cell(struct fixture *f, const struct cell *cell, enum record_status status)
{
    struct record *r = f->record;
    const char *allocator = cell->allocator;
    record_init(r, cell);
    r->setup.ns_per_tick = 1;
    r->table_properties = TABLE_KEYED;
    if (!strcmp(allocator, "zebra")) {
        r->allocator_properties = ALLOCATOR_IS_MALLOC;
        snprintf(r->allocator_version, sizeof r->allocator_version, "9.1");
    }
    if (f->is_hostile) {
        r->allocator_properties = ALLOCATOR_IS_MALLOC;
        snprintf(r->allocator_version, sizeof r->allocator_version, "%s", hostile_version);
        snprintf(r->table_version, sizeof r->table_version, "%s", hostile_version);
    }
    if (status == RECORD_OK) {
        r->status = RECORD_OK;
        grow(r, cell->entries);
        set_figures(r, cell->mode);
    } else {
        record_fail(r, status, "made up");
        if (status == RECORD_OOM) /* when it was killed */
            record_set(r, COUNTER_limit_estimate_bytes, 2.4 * (double)cell_payload_bytes(cell));
    }
    json_t *context = json_pack("{s:s}", "cpu_model", f->is_hostile ? hostile_version : "made up");
    const struct results_extra extra = {.budget_bytes = f->budget_bytes,
                                        .enforced_by = "",
                                        .malloc_sha256 = "",
                                        .table_library_sha256 = "",
                                        .started = "",
                                        .context = context,
                                        .output = ""};
    assert_int_equal(results_write(&f->run, r, &extra), 0);
    json_decref(context);
}

static struct cell make_cell(const char *table, const char *allocator)
{
    struct cell cell = {CELL_STANDING, .entries = 4000001, .seed = CELL_SEED_DEFAULT};
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    return cell;
}

static void write_cell(struct fixture *f, const char *table, const char *allocator,
                       enum cell_workload workload, enum cell_mode mode, enum record_status status)
{
    struct cell cell = make_cell(table, allocator);
    cell.workload = workload;
    cell.mode = mode;
    write_whole_cell(f, &cell, status);
}

static void write_both(struct fixture *f, struct cell cell, enum record_status status)
{
    cell.mode = CELL_LATENCY;
    write_whole_cell(f, &cell, status);
    cell.mode = CELL_THROUGHPUT;
    write_whole_cell(f, &cell, status);
}

static void write_modes(struct fixture *f, const char *table, const char *allocator,
                        enum record_status status)
{
    write_cell(f, table, allocator, CELL_FILL, CELL_LATENCY, status);
    write_cell(f, table, allocator, CELL_FILL, CELL_THROUGHPUT, status);
}

/* ---- what was drawn ---- */

static char *read_drawn(const struct fixture *f, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/plots/%s", f->folder, name);
    return files_read(path);
}

static bool is_there(const struct fixture *f, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/plots/%s", f->folder, name);
    return !access(path, F_OK);
}

/* Returns what was said; the caller frees. */
static char *draw(struct fixture *f)
{
    const char *scripts = getenv("GROWBENCH_PLOTS");
    if (!scripts)
        fail_msg("GROWBENCH_PLOTS must name the folder of the *.gp files");
    char *said = NULL;
    size_t size;
    FILE *messages = open_memstream(&said, &size);
    assert_non_null(messages);
    int error = plot_draw((const char *[]){f->folder}, 1, &(struct plot_options){.script_folder = scripts},
                          messages, NULL, f->error);
    fclose(messages);
    if (error == ENOENT && strstr(f->error, "gnuplot is not installed")) {
        free(said);
        skip();
    }
    if (error)
        fail_msg("plot_draw: %s", f->error);
    return said;
}

static void expect_svg(const struct fixture *f, const char *name, const char *const *words)
{
    char *svg = read_drawn(f, name);
    if (!svg)
        fail_msg("%s was not drawn", name);
    assert_non_null(strstr(svg, "<?xml"));
    assert_non_null(strstr(svg, "</svg>"));
    for (size_t i = 0; words[i]; i++)
        if (!strstr(svg, words[i]))
            fail_msg("%s has no '%s'", name, words[i]);
    free(svg);
}

/* Of many sizes, or of two allocators on one table. */
static bool needs_more(int figure)
{
    return figure == PLOT_SWEEP_MEMORY || figure == PLOT_SWEEP_STALLS || figure == PLOT_RATIOS;
}

/* The axes with their units, the title, and the status of what has no bar. */
static void test_figures(void **state)
{
    struct fixture *f = *state;
    write_modes(f, "linear_rebuild", "glibc", RECORD_OK);
    write_modes(f, "linear_rebuild", "mremap", RECORD_OK);
    write_modes(f, "linear_inplace", "glibc", RECORD_OK);
    write_modes(f, "linear_inplace", "mremap", RECORD_OOM);
    char *said = draw(f);
    assert_string_equal(said, "");
    free(said);
    expect_svg(f, "memory.svg",
               (const char *[]){"resident memory (MiB)", "entries in the table", "fill, 4,000,001 entries",
                                "one machine: made up", "linear_rebuild", "mremap", NULL});
    expect_svg(f, "pauses.svg", (const char *[]){"time of the insert (ms, log)", "entries", "mremap", NULL});
    expect_svg(f, "latency.svg",
               (const char *[]){"time of one insert (log)", "percentile of the inserts (%;", "99", "100 ns",
                                "10 us", NULL});
    expect_svg(f, "bars.svg",
               (const char *[]){"longest insert (ms, log)", "worst memory over payload (x)", "OOM", "2.50 x",
                                "12.5 ms", "34.5 M/s", NULL});
    expect_svg(f, "decision.svg",
               (const char *[]){"memory limit over payload, an estimate", "longest stall (ms, log)", "better",
                                "10 hiccups of the median process: 2 ms", "linear_inplace, mremap: OOM",
                                "base-stable: ", NULL});
    assert_false(is_there(f, "sweep_memory.svg"));
    for (int i = 0; plot_figure_names[i]; i++) {
        char name[64];
        if (needs_more(i))
            continue;
        snprintf(name, sizeof name, "%s.png", plot_figure_names[i]);
        char path[512];
        snprintf(path, sizeof path, "%s/plots/%s", f->folder, name);
        FILE *png = fopen(path, "r");
        assert_non_null(png);
        char magic[4] = "";
        assert_int_equal(fread(magic, 1, sizeof magic, png), sizeof magic);
        assert_memory_equal(magic, "\x89PNG", sizeof magic);
        fclose(png);
    }
}

/* The peak of a growth is three times what was there; growth and other pauses are told apart. */
static void test_data(void **state)
{
    struct fixture *f = *state;
    write_modes(f, "linear_rebuild", "glibc", RECORD_OK);
    free(draw(f));
    char *memory = read_drawn(f, "data/memory.tsv"), *pauses = read_drawn(f, "data/pauses.tsv");
    assert_non_null(memory);
    assert_non_null(pauses);
    assert_non_null(strstr(
        memory,
        "\n1048576\t16777216\t16777216\tNaN\t16777216\n1048577\t33554432\t50331648\t50331648\t16777232\n"));
    assert_non_null(strstr(pauses, "\n1048577\t10.485760\t1\n"));
    assert_null(strstr(pauses, "\n1048577\t10.485760\t0\n"));
    assert_non_null(strstr(pauses, "\n1048578\t0.060000\t0\n"));
    free(memory);
    free(pauses);
}

static size_t count_dashes(const char *svg)
{
    enum { MOST = 16 };
    static const char name[] = "stroke-dasharray='";
    const char *seen[MOST];
    size_t count = 0;
    for (const char *at = strstr(svg, name); at; at = strstr(at + 1, name)) {
        bool is_known = false;
        for (size_t i = 0; i < count; i++)
            is_known |= !strncmp(seen[i], at, strcspn(at + sizeof name, "'") + sizeof name);
        if (!is_known && count < MOST)
            seen[count++] = at;
    }
    return count;
}

/* Four ways of growing have a dash each, the first one none; an allocator's variant is no way of growing. */
static void test_conditions_are_told_apart(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 4; i++) {
        struct cell cell = make_cell("linear_rebuild", "mremap");
        cell.growth = (uint64_t[]){1100, 1250, 1500, CELL_GROWTH_DEFAULT}[i];
        cell.entry_bytes = i % 2 ? 16 : 64;
        write_both(f, cell, RECORD_OK);
    }
    free(draw(f));
    char *svg = read_drawn(f, "latency.svg");
    assert_non_null(svg);
    assert_int_equal(count_dashes(svg), 3);
    free(svg);
    expect_svg(f, "memory.svg", (const char *[]){"payload", NULL});
    expect_svg(
        f, "bars.svg",
        (const char *[]){"pale: heaps and options after the first", "inserts a second (millions)", NULL});
}

/* Of churn and drain more than inserts is counted; and no powers of ten for who has much memory. */
static void test_churn_counts_more_than_inserts(void **state)
{
    struct fixture *f = *state;
    f->budget_bytes = (uint64_t)4000001 * 16 * 1234;
    write_cell(f, "linear_rebuild", "mremap", CELL_CHURN, CELL_LATENCY, RECORD_OK);
    write_cell(f, "linear_rebuild", "mremap", CELL_CHURN, CELL_THROUGHPUT, RECORD_OK);
    free(draw(f));
    expect_svg(f, "bars.svg", (const char *[]){"erases and inserts a second (millions)", NULL});
    expect_svg(f, "decision.svg", (const char *[]){"Out of memory beyond 1234x", NULL});
}

/* Names of tables and allocators are checked where they are read; this is what they may still say of themselves. */
static void test_hostile_versions(void **state)
{
    struct fixture *f = *state;
    f->is_hostile = true;
    write_modes(f, "linear_rebuild", "zebra", RECORD_OK);
    write_modes(f, "array", "glibc", RECORD_OK);
    free(draw(f));
    assert_false(is_there(f, "pwned"));
    for (int i = 0; plot_figure_names[i]; i++) {
        char name[64];
        if (needs_more(i))
            continue;
        snprintf(name, sizeof name, "data/%s.tsv", plot_figure_names[i]);
        char *data = read_drawn(f, name);
        assert_non_null(data);
        assert_non_null(strstr(data, hostile_seen));
        free(data);
        snprintf(name, sizeof name, "%s.svg", plot_figure_names[i]);
        /* All of it, so nothing of it was markup to gnuplot; and in SVG's own escapes. */
        expect_svg(f, name, (const char *[]){"&lt;b>?a?;system(?touch pwned?)", "@{x}^_?d?s??&amp;??", NULL});
        char *svg = read_drawn(f, name);
        assert_null(strstr(svg, "<b>"));
        free(svg);
    }
}

static void test_nothing_to_draw(void **state)
{
    struct fixture *f = *state;
    write_modes(f, "linear_rebuild", "glibc", RECORD_SKIP);
    write_modes(f, "linear_rebuild", "mremap", RECORD_OOM);
    char *said = draw(f);
    for (int i = 0; plot_figure_names[i]; i++) {
        char name[64];
        assert_true(needs_more(i) || strstr(said, plot_figure_names[i]));
        snprintf(name, sizeof name, "%s.svg", plot_figure_names[i]);
        assert_false(is_there(f, name));
    }
    free(said);
}

static void test_groups_have_files_of_their_own(void **state)
{
    struct fixture *f = *state;
    write_modes(f, "linear_rebuild", "glibc", RECORD_OK);
    free(draw(f));
    assert_true(is_there(f, "memory.svg"));
    write_cell(f, "linear_rebuild", "glibc", CELL_FIND, CELL_THROUGHPUT, RECORD_OK);
    free(draw(f));
    assert_true(is_there(f, "memory-fill-4000001.svg"));
    assert_true(is_there(f, "memory-find-4000001.svg"));
    assert_false(is_there(f, "memory.svg"));
    assert_true(is_there(f, "decision-fill.svg")); /* over all sizes: one a workload */
    assert_false(is_there(f, "decision.svg"));
}

/* A line of a figure's data that begins so. */
static void expect_data(const struct fixture *f, const char *name, const char *line)
{
    char *data = read_drawn(f, name);
    if (!data)
        fail_msg("there is no %s", name);
    if (!strstr(data, line))
        fail_msg("%s has no line '%s':\n%s", name, line, data);
    free(data);
}

/* Four sizes of two ways of growing: figures over them, and of the sizes only the largest has its own. */
static void test_a_sweep(void **state)
{
    struct fixture *f = *state;
    struct cell cell = make_cell("array", "glibc");
    for (uint64_t growth = 1500; growth <= 2000; growth += 500)
        for (cell.entries = 1 << 17; cell.entries <= 1 << 20; cell.entries *= 2) {
            cell.growth = growth;
            write_both(f, cell, RECORD_OK);
        }
    char *said = draw(f);
    assert_non_null(strstr(said, "of 4 sizes only the largest, 1048576 entries"));
    free(said);
    assert_true(is_there(f, "memory-fill-1048576.svg"));
    assert_false(is_there(f, "memory-fill-524288.svg"));
    expect_svg(f, "sweep_memory.svg",
               (const char *[]){"Memory by final size: fill, 4 sizes from 131,072 to 1,048,576 entries",
                                "growth 1.5", "growth 2", "array, glibc", "dotted: container limit", NULL});
    expect_svg(f, "sweep_stalls.svg",
               (const char *[]){"longest stall (ms, log)", "final entries (log)", NULL});
    expect_svg(f, "decision.svg", (const char *[]){"box: over all sizes", "growth:1.5", NULL});
    expect_data(f, "data/sweep_memory.tsv", "\n131072\t2.25\t2.5\n262144\t2.25\t2.5\n");
    expect_data(f, "data/decision.tsv", "\n1\t1\t2\t2\tcold\t4\t2.5\t2.5\t2.5\t12.5\t12.5\t12.5\tA2\t");
    cell.growth = 2000;
    cell.entries = 1 << 21;
    write_both(f, cell, RECORD_OK); /* the run goes on: what was the largest no longer is */
    free(draw(f));
    assert_false(is_there(f, "memory-fill-1048576.svg"));
    assert_true(is_there(f, "memory-fill-2097152.svg"));
}

/* Cold and warm are one contender with two marks; who died is named, with where the budget ends. */
static void test_the_deciding_chart(void **state)
{
    struct fixture *f = *state;
    struct cell cell = make_cell("linear_inplace", "glibc");
    f->budget_bytes = 3 * cell_payload_bytes(&cell);
    write_both(f, cell, RECORD_OK);
    cell.heap = CELL_WARM;
    write_both(f, cell, RECORD_OK);
    cell = make_cell("linear_inplace", "jemalloc");
    write_both(f, cell, RECORD_OOM);
    free(draw(f));
    expect_svg(f, "decision.svg",
               (const char *[]){"out of memory beyond 3x", "linear_inplace, jemalloc: OOM, 2.40x or more",
                                "hollow, dashed: warm or busy", NULL});
    expect_data(f, "data/decision.tsv", "\n1\t1\t1\t2\tcold\t1\t2.5\t2.5\t2.5\t12.5\t12.5\t12.5\tA\t");
    expect_data(f, "data/decision.tsv", "\n1\t1\t1\t2\twarm\t1\t2.5\t2.5\t2.5\t12.5\t12.5\t12.5\t\t");
}

/* A panel a table, figures with their rows below; in words beside the picture, too. */
static void test_ratios(void **state)
{
    struct fixture *f = *state;
    struct cell cell = make_cell("linear_rebuild", "glibc");
    for (cell.heap = CELL_COLD; cell.heap <= CELL_WARM; cell.heap++)
        write_both(f, cell, RECORD_OK);
    free(draw(f));
    assert_false(is_there(f, "ratios.svg")); /* nobody to compare with */
    cell = make_cell("linear_rebuild", "mremap");
    for (cell.heap = CELL_COLD; cell.heap <= CELL_WARM; cell.heap++)
        write_both(f, cell, RECORD_OK);
    free(draw(f));
    expect_svg(f, "ratios.svg",
               (const char *[]){"Ratios to glibc: fill, 4,000,001 entries", "times that of glibc (log)",
                                "memory limit: less is better", "speed: more is better", "mremap warm",
                                "hollow: one pair, no interval", NULL});
    expect_data(f, "data/ratios.tsv", "\n1\t2\tmremap\t3\t0\t1\tNaN\tNaN\t1.00\n");
}

/* A run from before there were limits: nothing stands in for them. */
static void test_without_limits(void **state)
{
    struct fixture *f = *state;
    write_modes(f, "linear_rebuild", "glibc", RECORD_OK);
    char path[512], *at;
    for (int mode = 0; mode < 2; mode++) {
        snprintf(path, sizeof path,
                 "%s/cells/fill_linear_rebuild_glibc_entries:4000001_mode:%s/0/record.json", f->folder,
                 mode ? "latency" : "throughput");
        char *text = files_read(path);
        assert_non_null(text);
        at = strstr(text, "limit_estimate_bytes");
        assert_non_null(at);
        memcpy(at, "other_estimate", 14);
        FILE *stream = fopen(path, "w");
        assert_non_null(stream);
        fputs(text, stream);
        fclose(stream);
        free(text);
    }
    char *said = draw(f);
    assert_non_null(strstr(said, "no figure decision: the run holds nothing for it"));
    free(said);
    assert_true(is_there(f, "bars.svg"));
}

/* Colours follow the registry, whatever else is in the run. */
static void test_styles(void **state)
{
    struct fixture *f = *state;
    write_modes(f, "linear_rebuild", "zebra", RECORD_OK);
    write_modes(f, "linear_rebuild", "mremap", RECORD_OK);
    write_modes(f, "linear_rebuild", "copying", RECORD_SKIP);
    struct plot_run run = {0};
    struct plot_groups groups;
    assert_int_equal(results_load(f->folder, &run.results, f->error), 0);
    assert_int_equal(plot_groups_make(&run, 1, &groups), 0);
    assert_int_equal(groups.count, 1);
    const struct plot_group *group = groups.items;
    assert_int_equal(group->table_count, 1);
    assert_int_equal(group->contender_count, 3);
    size_t known = 0, bases = 0;
    for (; allocator_registry[known]; known++)
        bases += !strchr(allocator_registry[known]->name, ':');
    assert_string_equal(group->contenders[0].name, "copying");
    assert_string_equal(group->contenders[1].name, "mremap");
    assert_string_equal(group->contenders[2].name, "zebra 9.1");
    assert_string_equal(group->contenders[2].allocator, "zebra 9.1");
    assert_int_equal(group->contenders[0].style, 2);       /* after glibc */
    assert_in_range(group->contenders[1].style, 3, bases); /* before all variants */
    assert_int_equal(group->contenders[2].style, known + 1);
    plot_groups_free(&groups);
    results_free(&run.results);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_figures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_data, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_conditions_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_churn_counts_more_than_inserts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_versions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_nothing_to_draw, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_groups_have_files_of_their_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_sweep, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_deciding_chart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ratios, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_without_limits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_styles, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
