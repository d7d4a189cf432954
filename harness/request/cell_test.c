/* SPDX-License-Identifier: MIT
 *
 * Cell ids: every combination of axes survives the way to text and back, and only ids do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/common/sentence.h"
#include "harness/request/cell.h"
#include "harness/request/keys.h"

static void assert_same_cell(const struct cell *a, const struct cell *b)
{
    assert_true(cell_same_row(a, b));
    assert_int_equal(a->mode, b->mode);
}

static void test_every_combination_round_trips(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {1, 8388609, CELL_ENTRIES_MAX}, seeds[] = {1, 2, INT64_MAX};
    enum { SIZES = 3, SEEDS = 3 };
    unsigned seen = 0;
    for (int w = 0; w < CELL_WORKLOAD_COUNT; w++)
        for (int m = 0; m < CELL_MODE_COUNT; m++)
            for (int h = 0; h < CELL_HEAP_COUNT; h++)
                for (int p = 0; p < CELL_THP_COUNT; p++)
                    for (int i = 0; i < SIZES * SEEDS * 2; i++) {
                        struct cell cell = {CELL_STANDING,
                                            .workload = (enum cell_workload)w,
                                            .table = "oak_lookup:sharded",
                                            .allocator = "my-malloc.2",
                                            .entries = sizes[i % SIZES],
                                            .mode = (enum cell_mode)m,
                                            .heap = (enum cell_heap)h,
                                            .thp = (enum page_policy)p,
                                            .seed = seeds[i / SIZES % SEEDS],
                                            .aslr = i / SIZES / SEEDS};
                        char id[CELL_ID_BYTES], again[CELL_ID_BYTES];
                        assert_ptr_equal(cell_format_id(&cell, id), id);
                        struct cell parsed;
                        memset(&parsed, 0xA5, sizeof parsed);
                        assert_int_equal(cell_parse_id(id, &parsed), 0);
                        assert_same_cell(&cell, &parsed);
                        assert_string_equal(cell_format_id(&parsed, again), id);
                        seen++;
                    }
    assert_int_equal(seen, CELL_WORKLOAD_COUNT * 3 * 3 * 3 * 18);
}

static void test_words_are_there_for_every_index(void **state)
{
    (void)state;
    const struct {
        const char *const *words;
        int count;
    } axes[] = {{cell_workload_names, CELL_WORKLOAD_COUNT},
                {cell_workload_summaries, CELL_WORKLOAD_COUNT},
                {cell_mode_names, CELL_MODE_COUNT},
                {cell_heap_names, CELL_HEAP_COUNT},
                {cell_thp_names, CELL_THP_COUNT}};
    for (size_t a = 0; a < sizeof axes / sizeof *axes; a++) {
        for (int i = 0; i < axes[a].count; i++) {
            assert_non_null(axes[a].words[i]);
            assert_int_equal(cell_find_word(axes[a].words, axes[a].words[i], strlen(axes[a].words[i])), i);
        }
        assert_null(axes[a].words[axes[a].count]);
    }
}

static void test_defaults_are_left_out_and_parts_are_in_order(void **state)
{
    (void)state;
    struct cell cell = {CELL_STANDING, .table = "array", .allocator = "mremap", .entries = 1000,
                        .seed = CELL_SEED_DEFAULT};
    char id[CELL_ID_BYTES];
    assert_string_equal(cell_format_id(&cell, id), "fill/array/mremap/entries:1000");
    cell = (struct cell){CELL_STANDING,         .workload = CELL_FIND,     .table = "linear_rebuild",
                         .allocator = "mremap", .entries = 8388609,        .mode = CELL_LATENCY,
                         .heap = CELL_WARM,     .thp = PAGE_POLICY_ALWAYS, .seed = 7,
                         .aslr = true};
    assert_string_equal(
        cell_format_id(&cell, id),
        "find/linear_rebuild/mremap/entries:8388609/mode:latency/heap:warm/thp:always/seed:7/aslr:on");
}

/* Each axis alone, with values of its own: every one has its place in an id, and only there. */
static void test_every_axis_has_its_part(void **state)
{
    (void)state;
    static const struct {
        enum cell_axis axis;
        uint64_t value;
        const char *part;
    } rows[] = {
        {CELL_AXIS_growth, 1500, "/growth:1.5"},
        {CELL_AXIS_growth, 1250, "/growth:1.25"},
        {CELL_AXIS_growth, 1010, "/growth:1.01"},
        {CELL_AXIS_growth, 3000, "/growth:3"},
        {CELL_AXIS_growth, CELL_GROWTH_STEP | 1, "/growth:+1"},
        {CELL_AXIS_growth, CELL_GROWTH_STEP | 64 << 20, "/growth:+67108864"},
        {CELL_AXIS_load, 875, "/load:0.875"},
        {CELL_AXIS_load, 200, "/load:0.2"},
        {CELL_AXIS_entry_bytes, 64, "/entry-bytes:64"},
        {CELL_AXIS_reserve, CELL_HALF, "/reserve:half"},
        {CELL_AXIS_count, 10000, "/count:10000"},
        {CELL_AXIS_threads, 4, "/threads:4"},
        {CELL_AXIS_keys, KEYS_SHARED_LOW, "/keys:shared-low"},
        {CELL_AXIS_keys, KEYS_FILE | (uint64_t)0xBEEF << 8, "/keys:file-0000beef"},
        {CELL_AXIS_rounds, 9, "/rounds:9"},
        {CELL_AXIS_snapshot, CELL_FORK, "/snapshot:fork"},
        {CELL_AXIS_batch, 1, "/batch:1"},
        {CELL_AXIS_stops, 16, "/stops:16"},
        {CELL_AXIS_aslr, true, "/aslr:on"},
    };
    struct cell cell = cell_default(), parsed;
    strcpy(cell.table, "array");
    strcpy(cell.allocator, "mremap");
    cell.entries = 5;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cell changed = cell;
        char id[CELL_ID_BYTES], options[CELL_ID_BYTES];
        cell_set(&changed, rows[i].axis, rows[i].value);
        assert_false(cell_same_row(&cell, &changed));
        assert_true(cell_same_but(&cell, &changed, 1u << rows[i].axis));
        assert_string_equal(cell_format_id(&changed, id) + strlen("fill/array/mremap/entries:5"),
                            rows[i].part);
        assert_string_equal(cell_format_options(&changed, ~0u, options, sizeof options) + 1,
                            rows[i].part + 1);
        assert_string_equal(cell_format_options(&changed, ~(1u << rows[i].axis), options, sizeof options),
                            "");
        assert_int_equal(cell_parse_id(id, &parsed), 0);
        assert_same_cell(&changed, &parsed);
    }
    assert_string_equal(cell_axes[CELL_AXIS_growth].key, "growth");
    assert_int_equal(cell_parse_id("fill/array/mremap/entries:5/growth:2/load:0.50", &parsed), 0);
    assert_int_equal(parsed.growth, CELL_GROWTH_DEFAULT);
    assert_int_equal(parsed.load, 500);
}

/* Longer than a folder's name may be, and yet no two share one. */
static void test_folders_of_long_ids_differ(void **state)
{
    (void)state;
    struct cell cell = cell_default();
    memset(cell.table, 't', CELL_NAME_BYTES - 1);
    memset(cell.allocator, 'a', CELL_NAME_BYTES - 1);
    cell.entries = CELL_ENTRIES_MAX;
    cell.growth = CELL_GROWTH_STEP | (uint64_t)1 << 47;
    cell.load = 223;
    cell.entry_bytes = 64;
    cell.reserve = CELL_DOUBLE;
    cell.count = 999999;
    cell.keys = KEYS_SHARED_HIGH;
    cell.seed = INT64_MAX;
    char one[CELL_ID_BYTES], other[CELL_ID_BYTES];
    cell_format_folder(&cell, one);
    cell.aslr = true;
    cell_format_folder(&cell, other);
    assert_in_range(strlen(one), 200, 255);
    assert_in_range(strlen(other), 200, 255);
    assert_string_not_equal(one, other);
    assert_null(strchr(one, '/'));
}

static void test_the_longest_id_fits(void **state)
{
    (void)state;
    struct cell cell = {.workload = CELL_CHURN,
                        .entries = CELL_ENTRIES_MAX,
                        .mode = CELL_THROUGHPUT,
                        .heap = CELL_WARM,
                        .thp = PAGE_POLICY_ALWAYS,
                        .growth = CELL_GROWTH_STEP | (uint64_t)1 << 48,
                        .load = 223,
                        .entry_bytes = 64,
                        .reserve = CELL_DOUBLE,
                        .count = 1000000,
                        .threads = 256,
                        .keys = KEYS_FILE | (uint64_t)0xFFFFFFFF << 8,
                        .rounds = 1000000,
                        .snapshot = CELL_FORK,
                        .batch = 64,
                        .stops = 64,
                        .seed = INT64_MAX,
                        .aslr = true};
    memset(cell.table, 't', CELL_NAME_BYTES - 1);
    memset(cell.allocator, 'a', CELL_NAME_BYTES - 1);
    char id[CELL_ID_BYTES];
    cell_format_id(&cell, id);
    assert_true(strlen(id) < CELL_ID_BYTES - 1);
    struct cell parsed;
    assert_int_equal(cell_parse_id(id, &parsed), 0);
    assert_same_cell(&cell, &parsed);
}

static void test_sizes_may_be_written_short(void **state)
{
    (void)state;
    struct cell cell;
    assert_int_equal(cell_parse_id("fill/array/mremap/entries:2^26+1", &cell), 0);
    assert_int_equal(cell.entries, (1 << 26) + 1);
    assert_int_equal(cell.seed, CELL_SEED_DEFAULT);
    assert_int_equal(cell.mode, CELL_BOTH);
    assert_false(cell.aslr);
}

static void test_a_cell_as_options_of_run(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"find/t:v/a/entries:5", "--alloc=a --table=t:v --workload=find --entries=5"},
        {"fill/t/a/entries:5/mode:latency/growth:1.5/keys:file-0a1b2c3d/aslr:on",
         "--alloc=a --table=t --workload=fill --entries=5 --mode=latency --growth=1.5 --keys=file:PATH "
         "--aslr"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cell cell;
        char text[CELL_ID_BYTES];
        assert_int_equal(cell_parse_id(rows[i][0], &cell), 0);
        assert_string_equal(cell_format_arguments(&cell, text, sizeof text), rows[i][1]);
    }
}

static void test_bad_ids_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "/",
        "fill",
        "fill/array",
        "fill/array/mremap",
        "fill/array/mremap/",
        "fill/array/mremap/entries",
        "fill/array/mremap/entries:",
        "fill/array/mremap/entries:0",
        "fill/array/mremap/entries:-1",
        "fill/array/mremap/entries:2^63",
        "fill/array/mremap/entries:5/",
        "fill/array/mremap/entries:5//mode:latency",
        "fill//mremap/entries:5",
        "fill/a b/mremap/entries:5",
        "fill/array/$(reboot)/entries:5",
        "fill/array/\x1b[2J/entries:5",
        "fill/array//entries:5",
        "fell/array/mremap/entries:5",
        "fil/array/mremap/entries:5",
        "fill2/array/mremap/entries:5",
        "/fill/array/mremap/entries:5",
        "fill/array/mremap/mode:latency",
        "fill/array/mremap/entries:5/mode:slow",
        "fill/array/mremap/entries:5/mode:",
        "fill/array/mremap/entries:5/heap:hot",
        "fill/array/mremap/entries:5/thp:maybe",
        "fill/array/mremap/entries:5/seed:0",
        "fill/array/mremap/entries:5/seed:x",
        "fill/array/mremap/entries:5/entries:6",
        "fill/array/mremap/entries:5/growth:1.5/load:0.5/growth:1.5",
        "fill/array/mremap/entries:5/growth:1",
        "fill/array/mremap/entries:5/growth:1.5x",
        "fill/array/mremap/entries:5/growth:1.2345",
        "fill/array/mremap/entries:5/growth:+",
        "fill/array/mremap/entries:5/growth:+0",
        "fill/array/mremap/entries:5/growth:17",
        "fill/array/mremap/entries:5/load:1",
        "fill/array/mremap/entries:5/load:0.01",
        "fill/array/mremap/entries:5/load:.",
        "fill/array/mremap/entries:5/entry-bytes:24",
        "fill/array/mremap/entries:5/reserve:some",
        "fill/array/mremap/entries:5/count:0",
        "fill/array/mremap/entries:5/threads:257",
        "fill/array/mremap/entries:5/keys:file",
        "fill/array/mremap/entries:5/snapshot:yes",
        "fill/array/mremap/entries:5/aslr:maybe",
        "fill/array/mremap/entries:5/aslr",
        "fill/array/mremap/entries:5/depth:3",
        "fill/array/mremap/entries:5/:3",
        "fill/array/mremap/entries:5 ",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct cell cell;
        if (cell_parse_id(bad[i], &cell) != EINVAL)
            fail_msg("'%s' was taken for an id", bad[i]);
    }
}

static void test_what_is_wrong_with_an_id_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *id, *said;
    } rows[] = {
        {"fell/array/mremap/entries:5", "begin with a workload"},
        {"fill//mremap/entries:5", "no table"},
        {"fill/array", "no entries"},
        {"fill/array/mremap/entries:5/growth:99", "growth '99' is no factor"},
        {"fill/array/mremap/entries:5/threads:257/seed:2", "threads '257' is too large: at most 256"},
        {"fill/array/mremap/entries:5/grwoth:2/seed:2", "'grwoth:2' is none"},
        {"fill/array/mremap/entries:5/aslr", "'aslr' is none"},
        {"fill/array/mremap/entries:5/", "'' is none"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cell cell;
        char error[SENTENCE_BYTES] = "";
        assert_int_equal(cell_explain_id(rows[i].id, &cell, error), EINVAL);
        if (!strstr(error, rows[i].said))
            fail_msg("'%s': %s", rows[i].id, error);
    }
}

static void test_names_that_are_too_long_are_refused(void **state)
{
    (void)state;
    char id[2 * CELL_ID_BYTES], name[CELL_NAME_BYTES + 1] = "";
    memset(name, 'n', CELL_NAME_BYTES);
    struct cell cell;
    snprintf(id, sizeof id, "fill/%s/mremap/entries:5", name);
    assert_int_equal(cell_parse_id(id, &cell), EINVAL);
    snprintf(id, sizeof id, "fill/array/%s/entries:5", name);
    assert_int_equal(cell_parse_id(id, &cell), EINVAL);
    snprintf(id, sizeof id, "fill/array/mremap/entries:%s", name);
    assert_int_equal(cell_parse_id(id, &cell), EINVAL);
    name[CELL_NAME_BYTES - 1] = 0;
    snprintf(id, sizeof id, "fill/%s/%s/entries:5", name, name);
    assert_int_equal(cell_parse_id(id, &cell), 0);
    assert_string_equal(cell.table, name);
    assert_string_equal(cell.allocator, name);
}

static void test_a_row_differs_in_all_but_the_mode(void **state)
{
    (void)state;
    const struct cell cell = {CELL_STANDING, .table = "array", .allocator = "mremap", .entries = 5,
                              .seed = 1};
    struct cell other = cell;
    other.mode = CELL_LATENCY;
    assert_true(cell_same_row(&cell, &other));
    const struct cell others[] = {
        {.workload = CELL_FIND, .table = "array", .allocator = "mremap", .entries = 5, .seed = 1},
        {.table = "array2", .allocator = "mremap", .entries = 5, .seed = 1},
        {.table = "array", .allocator = "mremap_move", .entries = 5, .seed = 1},
        {.table = "array", .allocator = "mremap", .entries = 6, .seed = 1},
        {.table = "array", .allocator = "mremap", .entries = 5, .heap = CELL_BUSY, .seed = 1},
        {.table = "array", .allocator = "mremap", .entries = 5, .thp = PAGE_POLICY_NEVER, .seed = 1},
        {.table = "array", .allocator = "mremap", .entries = 5, .seed = 2},
        {.table = "array", .allocator = "mremap", .entries = 5, .seed = 1, .aslr = true},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_false(cell_same_row(&cell, &others[i]));
        assert_false(cell_same_row(&others[i], &cell));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination_round_trips),
        cmocka_unit_test(test_words_are_there_for_every_index),
        cmocka_unit_test(test_defaults_are_left_out_and_parts_are_in_order),
        cmocka_unit_test(test_every_axis_has_its_part),
        cmocka_unit_test(test_folders_of_long_ids_differ),
        cmocka_unit_test(test_the_longest_id_fits),
        cmocka_unit_test(test_sizes_may_be_written_short),
        cmocka_unit_test(test_a_cell_as_options_of_run),
        cmocka_unit_test(test_bad_ids_are_refused),
        cmocka_unit_test(test_what_is_wrong_with_an_id_is_said),
        cmocka_unit_test(test_names_that_are_too_long_are_refused),
        cmocka_unit_test(test_a_row_differs_in_all_but_the_mode),
    };
    return cmocka_run_group_tests_name("cell", tests, NULL, NULL);
}
