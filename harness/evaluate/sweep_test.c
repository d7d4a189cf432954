/* SPDX-License-Identifier: MIT
 *
 * Sweeps with known answers: each verdict and its opposite.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/summary.h"
#include "harness/evaluate/sweep.h"
#include "harness/evaluate/sweep_sentence.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_MAX = 256, SIZES = 16 };

struct fixture {
    struct results results;
    struct result items[RESULTS_MAX];
    struct sweep sweep;
    struct sweep_answer answer;
    char text[SWEEP_SENTENCE_BYTES];
    char *table;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (f)
        f->results.items = f->items;
    return f ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sweep_free(&f->sweep);
    free(f->table);
    free(f);
    return 0;
}

/* ---- made-up runs ---- */

/* What a row has at one size. */
struct figures {
    double peak, stall_ns, speed;
};

static uint64_t size_of(size_t step, size_t count)
{
    return (uint64_t)llround(1048576 * pow(2, (double)(step + 1) / (double)count));
}

static struct result *add_mode(struct fixture *f, uint64_t entries, uint64_t growth, enum cell_mode mode)
{
    assert_true(f->results.count < RESULTS_MAX);
    struct result *r = &f->items[f->results.count++];
    *r = (struct result){.status = RECORD_OK, .table_is_keyed = true};
    r->cell = cell_default();
    strcpy(r->cell.table, "t");
    strcpy(r->cell.allocator, "a");
    r->cell.entries = entries;
    r->cell.growth = growth;
    r->cell.mode = mode;
    for (int i = 0; i < COUNTER_COUNT; i++)
        r->counters[i] = NAN;
    return r;
}

static void add(struct fixture *f, uint64_t entries, uint64_t growth, struct figures figures)
{
    struct result *latency = add_mode(f, entries, growth, CELL_LATENCY);
    latency->counters[COUNTER_peak_rss_ratio] = figures.peak;
    latency->counters[COUNTER_limit_estimate_bytes] =
        (figures.peak + 0.25) * (double)cell_payload_bytes(&latency->cell);
    latency->counters[COUNTER_stall_max_ns] = figures.stall_ns;
    latency->counters[COUNTER_hiccup_max_ns] = 1e4;
    struct result *throughput = add_mode(f, entries, growth, CELL_THROUGHPUT);
    throughput->counters[COUNTER_peak_rss_ratio] = figures.peak;
    throughput->counters[COUNTER_items_per_second] = figures.speed;
    throughput->counters[COUNTER_growth_total_ns] = 3.0 * (double)entries;
    throughput->counters[COUNTER_base_moves] = 7;
}

/* The peak falls over the octave from `worst` by a tenth; of every size `stands_out` gets a stall and a speed of its
 * own. */
static void add_row(struct fixture *f, uint64_t growth, double worst, struct figures usual, size_t odd_count,
                    struct figures odd)
{
    for (size_t i = 0; i < SIZES; i++) {
        struct figures figures = i < odd_count ? odd : usual;
        figures.peak = worst * (1 - 0.1 * (double)i / (SIZES - 1));
        add(f, size_of(i, SIZES), growth, figures);
    }
}

static const struct figures plain = {.stall_ns = 4e6, .speed = 1e7};

static void collect(struct fixture *f)
{
    sweep_free(&f->sweep);
    f->sweep = sweep_collect(&f->results, &f->items[0].cell);
    assert_non_null(f->sweep.items);
    assert_int_equal(sweep_decide(&f->sweep, 0, &f->answer), f->sweep.count);
}

static const struct sweep_row *row_of(const struct fixture *f, uint64_t growth)
{
    for (size_t i = 0; i < f->sweep.count; i++)
        if (f->sweep.items[i].any->cell.growth == growth)
            return &f->sweep.items[i];
    fail_msg("no row of growth %d", (int)growth);
    return NULL;
}

static uint64_t growth_of(const struct fixture *f, size_t rival)
{
    return f->answer.rivals[rival]->any->cell.growth;
}

static void expect_said(struct fixture *f, const char *said)
{
    if (!strstr(sweep_sentence(&f->answer, f->text), said))
        fail_msg("'%s' is not in: %s", said, f->text);
}

static void expect_unsaid(struct fixture *f, const char *unsaid)
{
    if (strstr(sweep_sentence(&f->answer, f->text), unsaid))
        fail_msg("'%s' is in: %s", unsaid, f->text);
}

/* ---- figures ---- */

static void test_worst_best_and_mean(void **state)
{
    struct fixture *f = *state;
    static const struct figures rows[] = {{2.0, 9e6, 1e6}, {1.5, 1e6, 4e6}, {1.0, 2e6, 2e6}, {1.9, 4e6, 3e6}};
    for (size_t i = 0; i < 4; i++)
        add(f, size_of(3 - i, 4), CELL_GROWTH_DEFAULT, rows[i]); /* the largest first */
    collect(f);
    const struct sweep_row *row = row_of(f, CELL_GROWTH_DEFAULT);
    assert_int_equal(row->count, 4);
    assert_int_equal(row->points[3].entries, 2097152);
    assert_int_equal(row->any->cell.entries, 2097152);
    static const struct sweep_spread wanted[] = {
        [SWEEP_PEAK] = {2, 1, 1.6},      [SWEEP_LIMIT] = {2.25, 1.25, 1.85},
        [SWEEP_STALL] = {9e6, 1e6, 4e6}, [SWEEP_SPEED] = {1e6, 4e6, 2.5e6},
        [SWEEP_GROWTH] = {3, 3, 3},      [SWEEP_MOVES] = {7, 7, 7}};
    for (int i = 0; i < SWEEP_FIGURES; i++) {
        assert_true(fabs(row->spreads[i].worst / wanted[i].worst - 1) < 1e-9);
        assert_true(fabs(row->spreads[i].best / wanted[i].best - 1) < 1e-9);
        assert_true(fabs(row->spreads[i].mean / wanted[i].mean - 1) < 1e-9);
    }
    assert_true(row->limit_is_estimate);
}

/* A limit that --find-limit wrote down without a search is an estimate all the same. */
static void test_a_found_limit_comes_first(void **state)
{
    struct fixture *f = *state;
    add(f, 1 << 20, CELL_GROWTH_DEFAULT, (struct figures){2, 4e6, 1e6});
    struct sweep_point point = sweep_point_of(&f->results, &f->items[0].cell);
    assert_true(point.values[SWEEP_LIMIT] == 2.25 && point.values[SWEEP_STALL] == 4e6);
    assert_true(point.limit_is_estimate);
    f->items[0].counters[COUNTER_limit_needed_bytes] = 2.5 * (16 << 20);
    f->items[0].limit_found_by = LIMIT_ESTIMATE;
    point = sweep_point_of(&f->results, &f->items[0].cell);
    assert_true(point.values[SWEEP_LIMIT] == 2.25 && point.limit_is_estimate);
    f->items[0].limit_found_by = LIMIT_BISECTION;
    point = sweep_point_of(&f->results, &f->items[0].cell);
    assert_true(point.values[SWEEP_LIMIT] == 2.5 && !point.limit_is_estimate);
}

static void test_what_is_a_sweep(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 3; i++)
        add(f, size_of(i, 4), 1500, plain);
    add(f, size_of(3, 4), 2000, plain); /* a fourth size, but of another row */
    assert_false(sweep_is(&f->results, &f->items[0].cell));
    add(f, size_of(3, 4), 1500, plain);
    assert_true(sweep_is(&f->results, &f->items[0].cell));
    assert_int_equal(sweep_size_count(&f->results, &f->items[0].cell), 4);
    struct cell other = f->items[0].cell;
    other.workload = CELL_FIND;
    assert_false(sweep_is(&f->results, &other));
}

static void test_steps(void **state)
{
    struct fixture *f = *state;
    add_row(f, 2000, 2, plain, 0, plain);
    collect(f);
    assert_true(fabs(sweep_step(&f->sweep.items[0]) - pow(2, 1.0 / 16)) < 1e-6);
    f->items[0].cell.entries /= 2;
    f->items[1].cell.entries /= 2;
    collect(f);
    assert_true(sweep_step(&f->sweep.items[0]) == 0);
}

/* ---- told apart ---- */

static int compare(struct fixture *f, size_t odd_count, struct figures usual, struct figures odd,
                   enum sweep_figure figure)
{
    f->results.count = 0;
    add_row(f, 1500, 2, usual, odd_count, odd);
    add_row(f, 2000, 2, plain, 0, plain);
    collect(f);
    int order = sweep_compare(row_of(f, 1500), row_of(f, 2000), figure);
    assert_int_equal(sweep_compare(row_of(f, 2000), row_of(f, 1500), figure), -order);
    return order;
}

static void test_speeds(void **state)
{
    struct fixture *f = *state;
    const struct figures faster = {.stall_ns = 4e6, .speed = 1.1e7},
                         slower = {.stall_ns = 4e6, .speed = 9.8e6},
                         hardly = {.stall_ns = 4e6, .speed = 1.005e7},
                         far_slower = {.stall_ns = 4e6, .speed = 1e6};
    assert_int_equal(compare(f, 0, faster, plain, SWEEP_SPEED), 1);
    assert_int_equal(compare(f, 2, faster, slower, SWEEP_SPEED), 1); /* at 14 of 16 */
    assert_int_equal(compare(f, 3, faster, slower, SWEEP_SPEED), 0); /* at 13: one time in 50 by chance */
    assert_int_equal(compare(f, 0, far_slower, plain, SWEEP_SPEED), -1);
    assert_int_equal(compare(f, 0, hardly, plain, SWEEP_SPEED), 0); /* would be printed as 0 % */
    assert_int_equal(compare(f, 2, faster, far_slower, SWEEP_SPEED),
                     0); /* faster at most, slower on average */
}

static void test_stalls(void **state)
{
    struct fixture *f = *state;
    const struct figures shorter = {.stall_ns = 3e6, .speed = 1e7}, longer = {.stall_ns = 6e6, .speed = 1e7};
    assert_int_equal(compare(f, 0, shorter, plain, SWEEP_STALL), -1);
    assert_int_equal(compare(f, 0, longer, plain, SWEEP_STALL), 1);
    assert_int_equal(compare(f, 3, shorter, longer, SWEEP_STALL), 0);
    assert_int_equal(compare(f, 1, shorter, longer, SWEEP_STALL), 0); /* shorter at most, longer at worst */
    assert_int_equal(compare(f, 0, longer, plain, SWEEP_STALL), 1);
    for (size_t i = 0; i < f->results.count; i++)
        f->items[i].counters[COUNTER_hiccup_max_ns] *= 100; /* ten of them are 10 ms */
    collect(f);
    assert_int_equal(sweep_compare(row_of(f, 1500), row_of(f, 2000), SWEEP_STALL), 0);
}

/* Below eight sizes a sign test says nothing: the rule of the table of results at each. */
static void test_few_sizes(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 4; i++) {
        add(f, size_of(i, 4), 1250, (struct figures){2, 4e6, 1.9e7});
        add(f, size_of(i, 4), 1500, (struct figures){2, 4e6, 2.1e7});
        add(f, size_of(i, 4), 2000, (struct figures){2, 4e6, 1e7});
    }
    collect(f);
    assert_int_equal(sweep_compare(row_of(f, 1500), row_of(f, 2000), SWEEP_SPEED), 1);
    assert_int_equal(sweep_compare(row_of(f, 1250), row_of(f, 2000), SWEEP_SPEED), 0);
}

/* ---- every size on the way ---- */

/* The way of a table that grows by `factor` from 1,024 entries on and holds old and new block meanwhile; `scale`
 * makes it something else. */
static void add_way(struct sweep_row *row, double factor, double last, double scale)
{
    row->way.entry_bytes = 16;
    double capacity = 1024;
    for (double entries = 512; entries < last;) {
        double next = fmin(fmin(ceil(entries * 65 / 64), capacity), last);
        if (entries == capacity) {
            assert_true(sweep_way_add(&row->way, entries + 1, 32 * scale * entries));
            capacity = ceil(capacity * factor);
            next = fmin(entries + 2, last);
        }
        assert_true(sweep_way_add(&row->way, next, 16 * scale * next));
        entries = next;
    }
}

static void test_the_way(void **state)
{
    (void)state;
    struct sweep_row row = {.count = 0};
    add_way(&row, 2, 1 << 20, 1);
    struct sweep_spread spread = sweep_way_spread(&row.way, 1 << 16, 1 << 17);
    /* Twice the payload just behind 2^16 and falling: on average the integral of 2/x from 1 to 2, over log 2. */
    assert_true(fabs(spread.worst - 2) < 0.001);
    assert_true(fabs(spread.best - 1) < 0.001);
    assert_true(fabs(spread.mean - 1 / log(2)) < 0.005);
    spread = sweep_way_spread(&row.way, 1 << 19, 1 << 20);
    assert_true(fabs(spread.worst - 2) < 0.001);
    assert_true(isnan(sweep_way_spread(&row.way, 1 << 20, 1 << 21).worst)); /* not filled so far */
    assert_true(isnan(sweep_way_spread(&row.way, 1 << 19, (1 << 20) + 1).mean));
    free(row.way.steps);
}

/* A drain empties and fills again: each size is passed twice, and counts once. */
static void test_the_way_of_a_drain(void **state)
{
    (void)state;
    struct sweep_row row = {.count = 0};
    add_way(&row, 2, 1 << 20, 1);
    struct sweep_spread once = sweep_way_spread(&row.way, 1 << 19, 1 << 20);
    for (double entries = (1 << 20) - 1; entries >= 1; entries /= 2)
        assert_true(sweep_way_add(&row.way, entries, 16.0 * (1 << 20)));
    add_way(&row, 2, 1 << 20, 2);
    struct sweep_spread twice = sweep_way_spread(&row.way, 1 << 19, 1 << 20);
    assert_true(twice.mean <= twice.worst);
    assert_true(fabs(twice.mean - once.mean) < 1e-9 && fabs(twice.worst - once.worst) < 1e-9);
    free(row.way.steps);
}

/* The peaks of fills that end at these sizes, as the way has them, times `scale`. */
static void add_true_row(struct fixture *f, double factor, double scale)
{
    struct sweep_row row = {.count = 0};
    add_way(&row, factor, 1 << 21, 1);
    for (size_t i = 0; i < SIZES; i++) {
        double size = (double)size_of(i, SIZES);
        add(f, size_of(i, SIZES), (uint64_t)(factor * 1000),
            (struct figures){scale * sweep_way_spread(&row.way, size - 1, size).worst, 4e6, 1e7});
    }
    free(row.way.steps);
}

static void read_ways(struct fixture *f, double scale)
{
    for (size_t i = 0; i < f->sweep.count; i++)
        add_way(&f->sweep.items[i], (double)f->sweep.items[i].any->cell.growth / 1000, 1 << 21, scale);
    sweep_use_ways(&f->sweep);
    sweep_decide(&f->sweep, 0, &f->answer);
}

/* None of the 16 sizes is just behind the doubling: they flatter it by 4 %, the way does not. */
static void test_the_way_sees_between_the_sizes(void **state)
{
    struct fixture *f = *state;
    add_true_row(f, 2, 1);
    collect(f);
    assert_true(row_of(f, 2000)->spreads[SWEEP_PEAK].worst < 1.92);
    read_ways(f, 1);
    assert_true(row_of(f, 2000)->is_exact);
    assert_true(fabs(row_of(f, 2000)->spreads[SWEEP_PEAK].worst - 2) < 0.001);
    assert_true(fabs(row_of(f, 2000)->spreads[SWEEP_PEAK].mean - 1 / log(2)) < 0.005);
    /* As memory is released late elsewhere: what the fill of the largest size had says nothing of the others. */
    collect(f);
    read_ways(f, 1.06);
    assert_false(row_of(f, 2000)->is_exact);
    assert_true(row_of(f, 2000)->spreads[SWEEP_PEAK].worst < 1.92);
    /* Without a way, memory is told apart by a step only. */
    f->results.count = 0;
    add_row(f, 1500, 1.80, plain, 0, plain);
    add_row(f, 2000, 1.87, plain, 0, plain);
    collect(f);
    assert_false(f->answer.memory_differs); /* 3.9 %, and a step is 4.4 % */
    f->results.count = 0;
    add_row(f, 1500, 1.80, plain, 0, plain);
    add_row(f, 2000, 1.89, plain, 0, plain);
    collect(f);
    assert_true(f->answer.memory_differs);
}

/* Old and new block together: each factor has its worst at twice the payload, and doubling the least on average. */
static void test_alike_at_worst(void **state)
{
    struct fixture *f = *state;
    add_true_row(f, 1.25, 1);
    add_true_row(f, 2, 1);
    collect(f);
    read_ways(f, 1);
    assert_false(f->answer.memory_differs);
    assert_int_equal(growth_of(f, f->answer.least), 2000);
    expect_said(f, "alike at worst, 2 needs least on average: 2.00x of the payload at worst, 1.44x on "
                   "average (1.25: 2.00x, 1.80x)");
    expect_unsaid(f, "any factor");
}

/* Each way is `worst` times the payload in an octave, from 2^16 on, and so is its row. */
static uint64_t find_from(struct fixture *f, const double *first, const double *second, size_t count,
                          uint64_t chosen)
{
    const double *const rows[] = {first, second};
    f->results.count = 0;
    add_row(f, 1500, chosen == 1500 ? 1.5 : 2, plain, 0, plain);
    add_row(f, 2000, chosen == 2000 ? 1.5 : 2, plain, 0, plain);
    collect(f);
    for (size_t i = 0; i < 2; i++) {
        struct sweep_way *way = &f->sweep.items[i].way;
        way->entry_bytes = 16;
        assert_true(sweep_way_add(way, 65536, 16));
        for (size_t octave = 0; octave < count; octave++)
            for (int step = 1; step <= 2; step++)
                assert_true(sweep_way_add(way, ldexp(65536 * (step == 1 ? 1.5 : 2), (int)octave),
                                          rows[i][octave] * 16 * 65536 * 1.5 * ldexp(1, (int)octave)));
    }
    sweep_decide(&f->sweep, 0, &f->answer);
    assert_int_equal(f->answer.from, 0); /* made up, so that no size agrees with its way */
    f->sweep.items[0].is_exact = f->sweep.items[1].is_exact = true;
    sweep_decide(&f->sweep, 0, &f->answer);
    return f->answer.from;
}

static void test_from(void **state)
{
    struct fixture *f = *state;
    const double steady[] = {2.0, 2.0, 2.0, 2.0}, late[] = {2.5, 2.01, 1.8, 1.7},
                 lost[] = {1.5, 1.5, 1.5, 2.5}, even[] = {2.02, 2.02, 2.02, 2.02};
    /* Within 2 % of the least from 2^17 on, but then the choice does not matter: from 2^18. */
    assert_int_equal(find_from(f, steady, late, 4, 2000), 1 << 18);
    assert_int_equal(find_from(f, steady, late, 4, 1500), 0); /* it is not the least at the end */
    assert_int_equal(find_from(f, steady, lost, 4, 1500), 1 << 19);
    assert_int_equal(find_from(f, steady, even, 4, 1500), 0); /* never matters */
    assert_int_equal(find_from(f, steady, late, 1, 1500), 1 << 16);
}

/* ---- the answer ---- */

static void test_a_factor_that_needs_least(void **state)
{
    struct fixture *f = *state;
    const struct figures slower = {.stall_ns = 2e6, .speed = 8e6};
    add_row(f, 2000, 2.0, plain, 0, plain);
    add_row(f, 1250, 1.7, slower, 0, slower);
    add_row(f, 1500, 1.8, plain, 0, plain);
    collect(f);
    assert_int_equal(f->answer.count, 3);
    assert_int_equal(growth_of(f, f->answer.least), 1250);
    assert_true(f->answer.memory_differs);
    f->answer.from = 65536;
    expect_said(f,
                "grow by 1.25: 1.70x of the payload at worst, 1.61x on average, from 65,536 entries on (1.5: "
                "1.80x, 1.71x; 2: 2.00x, 1.90x)");
    expect_said(f, "; 1.25 is 20 % slower than 1.5, 20 % slower than 2");
    expect_said(f, "longest stall of 1.25 2.00 ms: shorter than that of 1.5 (4.00 ms)");
    expect_unsaid(f, "not told apart");
    f->answer.from = 4194304;
    expect_said(f, "from 4,194,304 entries on");
    f->answer.from = 0;
    expect_unsaid(f, "from");
}

static void test_any_factor(void **state)
{
    struct fixture *f = *state;
    add_row(f, 1250, 1.015, plain, 0, plain);
    add_row(f, 2000, 1.02, plain, 0, plain);
    collect(f);
    assert_false(f->answer.memory_differs);
    expect_said(f, "any factor: 1.01x of the payload at worst");
    expect_said(f, "speed not told apart");
    expect_said(f, "longest stall not told apart");
    expect_unsaid(f, "grow by");
}

static void test_two_percent(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 2; i++) {
        f->results.count = 0;
        add_row(f, 1500, 1.80, plain, 0, plain);
        add_row(f, 2000, i ? 1.85 : 1.83, plain, 0, plain);
        collect(f);
        f->sweep.items[0].is_exact = f->sweep.items[1].is_exact = true;
        sweep_decide(&f->sweep, 0, &f->answer);
        assert_int_equal(f->answer.memory_differs, i);
    }
}

/* The worst and the mean may speak for different factors; both are said. */
static void test_worst_against_average(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SIZES; i++) {
        add(f, size_of(i, SIZES), 1250, (struct figures){1.8, 4e6, 1e7});
        add(f, size_of(i, SIZES), 2000, (struct figures){i ? 1.4 : 2.0, 4e6, 1e7});
    }
    collect(f);
    assert_int_equal(growth_of(f, f->answer.least), 1250);
    assert_int_equal(growth_of(f, f->answer.least_on_average), 2000);
    expect_said(f, "grow by 1.25");
    expect_said(f, "on average 2 needs less (1.44x)");
}

/* Of two that need the same at worst, the one that needs less on average. */
static void test_ties_at_worst(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < SIZES; i++) {
        add(f, size_of(i, SIZES), 1250, (struct figures){i ? 1.70 : 1.80, 4e6, 1e7});
        add(f, size_of(i, SIZES), 1500, (struct figures){i ? 1.40 : 1.81, 4e6, 1e7});
        add(f, size_of(i, SIZES), 2000, (struct figures){2.00, 4e6, 1e7});
    }
    collect(f);
    assert_int_equal(growth_of(f, f->answer.least), 1500);
    assert_int_equal(f->answer.least_on_average, f->answer.least);
}

static void test_one_way_of_growing(void **state)
{
    struct fixture *f = *state;
    add_row(f, CELL_GROWTH_DEFAULT, 2.0, plain, 0, plain);
    collect(f);
    assert_string_equal(sweep_sentence(&f->answer, f->text),
                        "2.00x of the payload at worst, 1.90x on average");
}

/* A factor that died at a size has no figures for the octave, and is not compared. */
static void test_who_died_is_no_rival(void **state)
{
    struct fixture *f = *state;
    add_row(f, 1250, 1.2, plain, 0, plain);
    f->items[0].status = RECORD_OOM;
    add_row(f, 1500, 1.8, plain, 0, plain);
    add_row(f, 2000, 2.0, plain, 0, plain);
    collect(f);
    assert_int_equal(row_of(f, 1250)->bad_size_count, 1);
    assert_int_equal(row_of(f, 1250)->count, SIZES - 1);
    assert_int_equal(f->answer.count, 2);
    assert_int_equal(growth_of(f, f->answer.least), 1500);
    f->items[2 * SIZES].status = f->items[4 * SIZES].status = RECORD_OOM; /* now each at that size */
    collect(f);
    assert_int_equal(f->answer.count, 0);
}

/* Other axes make rivals of their own. */
static void test_rivals_differ_in_growth_alone(void **state)
{
    struct fixture *f = *state;
    add_row(f, 1500, 1.8, plain, 0, plain);
    add_row(f, 2000, 2.0, plain, 0, plain);
    size_t half = f->results.count;
    add_row(f, 1500, 2.8, plain, 0, plain);
    add_row(f, 2000, 2.5, plain, 0, plain);
    for (size_t i = half; i < f->results.count; i++)
        f->items[i].cell.load = 900;
    f->sweep = sweep_collect(&f->results, &f->items[0].cell);
    assert_int_equal(f->sweep.count, 4);
    assert_int_equal(sweep_decide(&f->sweep, 0, &f->answer), 2);
    assert_int_equal(growth_of(f, f->answer.least), 1500);
    assert_int_equal(sweep_decide(&f->sweep, 2, &f->answer), 2);
    assert_int_equal(growth_of(f, f->answer.least), 2000);
}

static const char *print(struct fixture *f)
{
    size_t size;
    free(f->table);
    FILE *out = open_memstream(&f->table, &size);
    assert_non_null(out);
    summary_print(&f->results, out);
    fclose(out);
    return f->table;
}

/* One table for all sizes, not one for each. */
static void test_the_table_of_results(void **state)
{
    struct fixture *f = *state;
    add_row(f, 1500, 1.8, plain, 0, plain);
    add_row(f, 2000, 2.0, plain, 0, plain);
    const char *text = print(f);
    const char *heading = strstr(text, "fill of 16 sizes from 1095000 to 2097152 entries");
    assert_non_null(heading);
    assert_null(strstr(heading + 1, "fill of"));
    assert_non_null(strstr(text, "   1.80   1.62   1.71~     2.05   1.87   1.96"));
    assert_non_null(strstr(text, "t on a: grow by 1.5: 1.80x"));
    assert_non_null(strstr(text, "an estimate"));
    assert_non_null(strstr(text, "at most 4.4 % more"));
}

/* Their memory stands beside that of the run; their times are of another session. */
static void test_a_reference_shows_no_times(void **state)
{
    struct fixture *f = *state;
    add_row(f, 2000, 2.0, plain, 0, plain);
    for (size_t i = 0; i < f->results.count; i++)
        f->items[i].is_reference = true;
    size_t half = f->results.count;
    add_row(f, 2000, 1.0, plain, 0, plain);
    for (size_t i = half; i < f->results.count; i++)
        f->items[i].cell.allocator[0] = 'b';
    const char *text = print(f);
    const char *reference = strstr(text, "  a (ref) "), *own = strstr(text, "  b ");
    assert_non_null(reference);
    assert_non_null(own);
    assert_non_null(strstr(reference, "2.00   1.80   1.90~ "));
    assert_non_null(strstr(own, "10.0   10.0   10.0 "));
    assert_true(strstr(reference, "10.0   10.0   10.0 ") > own);
    assert_non_null(strstr(text, "t on a (ref): 2.00x of the payload"));
    assert_non_null(strstr(text, "(ref) from an earlier run"));
}

/* A size that was not tried did not die; and nothing is said of figures that are not there. */
static void test_each_bad_end_is_counted_apart(void **state)
{
    struct fixture *f = *state;
    add_row(f, 2000, 2.0, plain, 0, plain);
    f->items[10].status = f->items[12].status = f->items[14].status = RECORD_OOM;
    f->items[16].status = f->items[17].status = RECORD_SKIP;
    const char *text = print(f);
    assert_non_null(strstr(text, "  SKIP at 1, OOM at 3 of 16 sizes"));
    assert_null(strstr(text, "The mean is what"));
}

int main(void)
{
#define SWEEP_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        SWEEP_TEST(test_worst_best_and_mean),
        SWEEP_TEST(test_a_found_limit_comes_first),
        SWEEP_TEST(test_what_is_a_sweep),
        SWEEP_TEST(test_steps),
        SWEEP_TEST(test_speeds),
        SWEEP_TEST(test_stalls),
        SWEEP_TEST(test_few_sizes),
        SWEEP_TEST(test_the_way),
        SWEEP_TEST(test_the_way_of_a_drain),
        SWEEP_TEST(test_the_way_sees_between_the_sizes),
        SWEEP_TEST(test_alike_at_worst),
        SWEEP_TEST(test_from),
        SWEEP_TEST(test_a_factor_that_needs_least),
        SWEEP_TEST(test_any_factor),
        SWEEP_TEST(test_two_percent),
        SWEEP_TEST(test_worst_against_average),
        SWEEP_TEST(test_ties_at_worst),
        SWEEP_TEST(test_one_way_of_growing),
        SWEEP_TEST(test_who_died_is_no_rival),
        SWEEP_TEST(test_rivals_differ_in_growth_alone),
        SWEEP_TEST(test_the_table_of_results),
        SWEEP_TEST(test_a_reference_shows_no_times),
        SWEEP_TEST(test_each_bad_end_is_counted_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
