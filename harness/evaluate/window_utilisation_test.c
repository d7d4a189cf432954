/* SPDX-License-Identifier: MIT
 *
 * Utilisation over window length against brute force, and against what the process itself finds while it runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "harness/evaluate/window_utilisation.h"
#include "harness/measure/utilisation.h"
#include "harness/request/keys.h"
#include "harness/testing/cells.h"

/* All times are multiples of a step, so windows that begin between steps cannot be worse. */
enum { STEP_NS = 25000, RUN_STEPS = 4000, PAUSES = RUN_STEPS };

struct fixture {
    struct window_pause items[PAUSES];
    struct window_pauses pauses;
    struct utilisation seen; /* in the order of time */
    bool held_up[RUN_STEPS];
};

static struct fixture *fixture_new(uint64_t window_steps)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->pauses.items = f->items;
    utilisation_start(&f->seen, window_steps * STEP_NS);
    return f;
}

static void add_pause(struct fixture *f, uint64_t start, uint64_t steps)
{
    const double start_ns = (double)(start * STEP_NS);
    f->items[f->pauses.count++] = (struct window_pause){start_ns, start_ns + (double)(steps * STEP_NS), NAN};
    utilisation_add_pause(&f->seen, start * STEP_NS, steps * STEP_NS);
    for (uint64_t i = start; i < start + steps; i++)
        f->held_up[i] = true;
}

/* The file they come from is anybody's. */
static void shuffle(struct fixture *f, uint64_t seed)
{
    for (size_t i = f->pauses.count; i > 1; i--) {
        const size_t other = (size_t)keys_random_below(seed, i, i);
        const struct window_pause pause = f->items[i - 1];
        f->items[i - 1] = f->items[other];
        f->items[other] = pause;
    }
}

static double by_brute_force(const struct fixture *f, uint64_t window)
{
    uint64_t worst = 0;
    for (uint64_t start = 0; start + window <= RUN_STEPS; start++) {
        uint64_t held_up = 0;
        for (uint64_t i = start; i < start + window; i++)
            held_up += f->held_up[i];
        worst = held_up > worst ? held_up : worst;
    }
    return 1 - (double)worst / (double)window;
}

static void assert_near(double got, double expected)
{
    if (!(fabs(got - expected) < 1e-12))
        fail_msg("got %.15g, expected %.15g", got, expected);
}

static void test_random_pauses(void **state)
{
    (void)state;
    static const uint64_t windows[] = {40, 4, 100, 1000, 3999, 4000};
    static const uint64_t gaps[] = {3, 20, 200, 2000}, lengths[] = {1, 5, 60, 1500};
    uint64_t draw = 0, not_trivial = 0;
    for (uint64_t round = 0; round < 400; round++) {
        const uint64_t window = windows[round % 6], gap = gaps[round / 6 % 4],
                       length = lengths[round / 24 % 4];
        struct fixture *f = fixture_new(window);
        for (uint64_t at = keys_random_below(1, draw++, gap);;) {
            const uint64_t steps = 2 + keys_random_below(1, draw++, length);
            if (at + steps > RUN_STEPS)
                break;
            add_pause(f, at, steps);
            at += steps + keys_random_below(1, draw++, gap); /* 0: back to back */
        }
        shuffle(f, round);
        window_pauses_order(&f->pauses);
        const double elapsed_ns = (double)RUN_STEPS * STEP_NS, expected = by_brute_force(f, window);
        assert_near(window_utilisation(&f->pauses, (double)window * STEP_NS, elapsed_ns), expected);
        assert_near(utilisation_ratio(&f->seen, (uint64_t)elapsed_ns), expected);
        not_trivial += expected > 0 && expected < 1;
        free(f);
    }
    assert_true(not_trivial > 100);
}

static void test_known_cases(void **state)
{
    (void)state;
    struct window_pause items[] = {{500e6, 520e6, 0}, {10e6, 10.25e6, 0}, {10.5e6, 10.75e6, 0}};
    struct window_pauses pauses = {3, items};
    window_pauses_order(&pauses);
    assert_near(window_utilisation(&pauses, 0.25e6, 1e9), 0);
    assert_near(window_utilisation(&pauses, 20e6, 1e9), 0);
    assert_near(window_utilisation(&pauses, 40e6, 1e9), 0.5);
    assert_near(window_utilisation(&pauses, 1e9, 1e9), 1 - 0.0205);
    assert_near(window_utilisation(&pauses, 9e9, 1e9), 1 - 0.0205); /* one window of 1 s */
    pauses.count = 2;
    assert_near(window_utilisation(&pauses, 1e6, 1e9), 0.5); /* the two short ones */
    pauses.count = 0;
    assert_near(window_utilisation(&pauses, 1e6, 1e9), 1);
    assert_near(window_utilisation(&pauses, 1e6, 0), 1);
}

/* Rounded to the same nanosecond, or made up by somebody: no pause counts twice, and no share leaves 0 to 1. */
static void test_overlaps_count_once(void **state)
{
    (void)state;
    struct window_pause items[] = {{100, 200, 0}, {150, 250, 0}, {160, 170, 0},
                                   {-50, 10, 0},  {400, 300, 0}, {500, 500, 0}};
    struct window_pauses pauses = {6, items};
    window_pauses_order(&pauses);
    assert_int_equal(pauses.count, 3);
    assert_near(window_utilisation(&pauses, 1000, 1000), 1 - 0.16);
    assert_near(window_utilisation(&pauses, 320, 1000), 0.5);
    assert_near(window_utilisation(&pauses, 100, 150), 0);
    assert_near(window_utilisation(&pauses, 1, 1000), 0);
    assert_near(window_utilisation(&pauses, 1000, 0), 0);
}

/* What a process kept of its pauses says what it found while it ran. */
static void test_real_cells(void **state)
{
    static const struct {
        enum cell_workload workload;
        const char *table, *allocator;
    } runs[] = {{CELL_FILL, "array", "copying"},
                {CELL_FILL, "linear_inplace", "mremap"},
                {CELL_CHURN, "linear_inplace", "copying"}};
    const struct cells_fixture *cells = *state;
    for (size_t i = 0; i < sizeof runs / sizeof *runs; i++) {
        const struct cell cell =
            cells_cell(runs[i].workload, runs[i].table, runs[i].allocator, (1 << 18) + 1, CELL_LATENCY);
        const struct record *r = cells_run_fine(cells, &cell);
        struct window_pause items[1024];
        struct window_pauses pauses = {0, items};
        assert_in_range(r->pause_rows, 1, sizeof items / sizeof *items);
        for (uint64_t j = 0; j < r->pause_rows; j++) {
            const double start_ns = (double)r->pauses[j].start_ns;
            items[pauses.count++] = (struct window_pause){
                .start_ns = start_ns, .end_ns = start_ns + (double)r->pauses[j].duration_ns};
        }
        window_pauses_order(&pauses);
        assert_int_equal(r->pause_floor_ns, UTILISATION_PAUSE_NS);
        const double elapsed_ns = (double)r->elapsed_ns;
        /* To the nanosecond to which a pause is rounded. */
        assert_true(fabs(window_utilisation(&pauses, 1e6, elapsed_ns) -
                         cells_get(r, COUNTER_utilisation_1ms_ratio)) < 1e-5);
        assert_true(fabs(window_utilisation(&pauses, 100e6, elapsed_ns) -
                         cells_get(r, COUNTER_utilisation_100ms_ratio)) < 1e-5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_real_cells, cells_setup, cells_teardown),
        cmocka_unit_test(test_random_pauses),
        cmocka_unit_test(test_known_cases),
        cmocka_unit_test(test_overlaps_count_once),
    };
    return cmocka_run_group_tests_name("window_utilisation", tests, NULL, NULL);
}
