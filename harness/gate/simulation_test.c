/* SPDX-License-Identifier: MIT
 *
 * What the gate promises of times, on made-up sessions with fixed seeds: that its 95 % intervals hold the truth, how
 * often it cries wolf, and how often it finds 3 %.
 *
 *     simulation_test              the bounds that follow from the theory, in seconds
 *     simulation_test --study=N    N times as many sessions, and the tables for results/README.md
 *
 * A value is the logarithm of the ratio of one process pair. Of the noise only what a ratio sees is simulated: half of
 * a pair's noise is common to the figures of a cell, half each figure's own.
 *   independent     normal
 *   autocorrelated  means of 8 turns a side that follow one another with r = 0.9; across pairs independent
 *   drift           a machine that slows down by 30 % in a session, processes of a pair one after the other, order
 *                   alternating: worse than turns
 *   stalls          one process in 20 takes 1.5 times as long, with all its figures
 *   heavy tails     Student's t with 3 degrees of freedom, for pairs of the same spread
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/common/statistics.h"
#include "harness/testing/draws.h"
#include "harness/testing/schedule.h"

#include <stdio.h>

enum noise { INDEPENDENT, AUTOCORRELATED, DRIFT, STALLS, HEAVY_TAILS, NOISE_COUNT };
static const char *const noise_names[] = {"independent", "autocorrelated", "drift", "stalls", "heavy tails"};
static const double spreads[] = {0.005, 0.01, 0.02, 0.03};

enum { SPREADS = sizeof spreads / sizeof *spreads, TURNS = 8, METRICS = 10, CELLS = 10 };

static int study = 1; /* --study: written once by main */
static bool tables;

/* ---- noise ---- */

/* Fills `turns` with what follows one another, and returns its mean, of variance 1. */
static double correlated(struct draws *draws, double *turns)
{
    const double r = 0.9;
    double value = draws_normal(draws), sum = 0, variance = TURNS, power = 1;
    for (int i = 0; i < TURNS; i++) {
        turns[i] = value;
        sum += value;
        value = r * value + sqrt(1 - r * r) * draws_normal(draws);
    }
    for (int lag = 1; lag < TURNS; lag++)
        variance += 2 * (TURNS - lag) * (power *= r);
    for (int i = 0; i < TURNS; i++)
        turns[i] *= TURNS / sqrt(variance);
    return sum / sqrt(variance);
}

/* Of a pair; standard deviation 1. */
static double draw_noise(struct draws *draws, enum noise noise)
{
    double turns[TURNS], chi = 0;
    switch (noise) {
    case AUTOCORRELATED:
        return (correlated(draws, turns) - correlated(draws, turns)) / sqrt(2);
    case HEAVY_TAILS:
        for (int i = 0; i < 3; i++) {
            const double z = draws_normal(draws);
            chi += z * z;
        }
        return draws_normal(draws) / sqrt(chi);
    default:
        return draws_normal(draws);
    }
}

/* What a whole pair suffers, with all its figures. */
static double draw_disturbance(struct draws *draws, enum noise noise, size_t pair)
{
    if (noise == DRIFT)
        return (pair % 2 ? -0.3 : 0.3) / 2 / GATE_PAIRS_MAX;
    if (noise != STALLS)
        return 0;
    const double base = draws_uniform(draws) < 0.05 ? log(1.5) : 0;
    return (draws_uniform(draws) < 0.05 ? log(1.5) : 0) - base;
}

/* ---- sessions ---- */

struct session {
    struct draws draws;
    enum noise noise;
    double spread[CELLS];
    double change[CELLS][METRICS]; /* the truth, as a logarithm */
    struct schedule_cell cells[CELLS];
    struct gate_series series[CELLS][METRICS];
    struct gate_finding findings[CELLS][METRICS];
    double values[CELLS][METRICS][GATE_SIDES][GATE_PAIRS_MAX];
};

static void add_pair(void *context, struct schedule_cell *cell, size_t pair)
{
    struct session *session = context;
    const size_t c = (size_t)(cell - session->cells);
    const double common = draw_noise(&session->draws, session->noise),
                 disturbance = draw_disturbance(&session->draws, session->noise, pair);
    for (size_t m = 0; m < METRICS; m++) {
        const double own = draw_noise(&session->draws, session->noise);
        session->values[c][m][GATE_BASE][pair] = 100;
        session->values[c][m][GATE_CANDIDATE][pair] =
            100 * exp(session->change[c][m] + session->spread[c] * sqrt(0.5) * (common + own) + disturbance);
    }
}

/* All cells of METRICS times each with a floor of 1 %, nothing changed. */
static void begin(struct session *session, enum noise noise, uint64_t seed)
{
    session->draws = (struct draws){.seed = seed};
    session->noise = noise;
    memset(session->change, 0, sizeof session->change);
    for (size_t c = 0; c < CELLS; c++) {
        session->spread[c] = spreads[c % SPREADS];
        session->cells[c] = (struct schedule_cell){
            .series_count = METRICS, .series = session->series[c], .findings = session->findings[c]};
        for (size_t m = 0; m < METRICS; m++)
            session->series[c][m] = (struct gate_series){
                .metric = gate_metric_find("operation_ns"),
                .class = GATE_NOISY,
                .paired = true,
                .values = {session->values[c][m][GATE_BASE], session->values[c][m][GATE_CANDIDATE]}};
    }
}

static void run(struct session *session, size_t cells)
{
    for (size_t c = cells; c < CELLS; c++) { /* the others only widen the family */
        for (size_t pair = 0; pair < gate_looks[0].pairs; pair++)
            for (size_t m = 0; m < METRICS; m++)
                session->values[c][m][GATE_BASE][pair] = session->values[c][m][GATE_CANDIDATE][pair] = 100;
        schedule_add_pairs(&session->cells[c], 0, add_pair, session);
        for (size_t m = 0; m < METRICS; m++)
            session->series[c][m].count[0] = session->series[c][m].count[1] = gate_looks[0].pairs;
        session->cells[c].decided = true;
    }
    assert_int_equal(schedule_run(session->cells, CELLS, add_pair, session), 0);
}

static struct session *new_session(void)
{
    struct session *session = calloc(1, sizeof *session);
    assert_non_null(session);
    return session;
}

/* ---- coverage ---- */

static double share_covered(enum noise noise, unsigned look, int trials)
{
    struct session *session = new_session();
    int covered = 0;
    for (int trial = 0; trial < trials; trial++) {
        begin(session, noise, 1000 * (uint64_t)trial + look);
        session->spread[0] = 0.01;
        struct gate_series *series = session->series[0];
        session->cells[0].series_count = 1;
        session->change[0][0] = log(1.03);
        schedule_add_pairs(&session->cells[0], gate_looks[look].pairs, add_pair, session);
        assert_int_equal(gate_judge(series, 1, look, session->findings[0]), 0);
        covered += session->findings[0][0].low <= 1.03 && 1.03 <= session->findings[0][0].high;
    }
    free(session);
    return (double)covered / trials;
}

/* Where nothing is heavier than the normal distribution, 95 % but for what trimming leaves open, 0.2 %; where stalls
 * and tails widen the spread, as much or more. */
static void test_coverage(void **state)
{
    (void)state;
    const int trials = 1000 * study;
    const double margin = 4 * sqrt(0.95 * 0.05 / trials) + 0.002;
    if (tables)
        printf("\n| share of 95 %% intervals that hold the truth, pairs | 12 | 24 | 48 | 96 | 192 | 384 "
               "|\n|---|--:|--:|--:|--:|--:|--:|\n");
    for (enum noise noise = 0; noise < NOISE_COUNT; noise++) {
        if (tables)
            printf("| %s |", noise_names[noise]);
        for (unsigned look = 0; look < GATE_LOOK_COUNT; look++) {
            const double share = share_covered(noise, look, trials);
            if (tables)
                printf(" %.1f %% |", share * 100);
            if (share < 0.95 - margin || share > (noise < STALLS ? 0.95 + margin : 1))
                fail_msg("%s, %u pairs: %.4f of %d intervals hold the truth", noise_names[noise],
                         gate_looks[look].pairs, share, trials);
        }
        if (tables)
            printf("\n");
    }
}

/* Why the interval is taken over processes: that over their turns holds the truth every second time. */
static void test_turns_are_not_independent(void **state)
{
    (void)state;
    enum { PAIRS = 12 };
    const int trials = 1000 * study;
    struct draws draws = {.seed = 16};
    int covered = 0;
    for (int trial = 0; trial < trials; trial++) {
        double all[PAIRS * TURNS], other[TURNS];
        for (int pair = 0; pair < PAIRS; pair++) {
            correlated(&draws, all + pair * TURNS);
            correlated(&draws, other);
            for (int i = 0; i < TURNS; i++)
                all[pair * TURNS + i] -= other[i];
        }
        const struct statistics_interval interval = statistics_mean_interval(all, PAIRS * TURNS);
        covered += interval.low <= 0 && 0 <= interval.high;
    }
    if (tables)
        printf("\nTurns taken as independent: %.1f %% of 95 %% intervals hold the truth.\n",
               100. * covered / trials);
    assert_true(covered < 0.6 * trials);
}

/* ---- false alarms ---- */

/* The least favourable truth: every figure lies at the floor, half of them above it and half below. */
static void put_at_floor(struct session *session)
{
    for (size_t c = 0; c < CELLS; c++)
        for (size_t m = 0; m < METRICS; m++)
            session->change[c][m] = (m % 2 ? -1 : 1) * log1p(session->series[c][m].metric->floor_ratio);
}

/* Figures that are INCONCLUSIVE after all pairs, of how many, and the pairs of their cells; by the spread. */
struct left_open {
    int figures[SPREADS], of[SPREADS];
    double pairs[SPREADS];
};

static int count_alarms(enum noise noise, bool at_floor, int sessions, struct left_open *left)
{
    struct session *session = new_session();
    int alarms = 0;
    for (int s = 0; s < sessions; s++) {
        begin(session, noise, 7000000 + (uint64_t)s * NOISE_COUNT + noise);
        if (at_floor)
            put_at_floor(session);
        run(session, CELLS);
        bool alarm = false;
        for (size_t c = 0; c < CELLS; c++) {
            alarm |= session->cells[c].found_pairs > 0; /* even if a later look took it back */
            for (size_t m = 0; m < METRICS; m++)
                left->figures[c % SPREADS] += session->findings[c][m].verdict == GATE_INCONCLUSIVE;
            left->of[c % SPREADS] += METRICS;
            left->pairs[c % SPREADS] += (double)session->cells[c].pairs * METRICS;
        }
        alarms += alarm;
    }
    free(session);
    return alarms;
}

/* Of sessions in which nothing changed by more than the floor at most gate_alpha end in an alarm. Compared by the
 * exact bound: so many would not come once in 10,000 times. */
static void expect_rare(const char *what, int alarms, int sessions)
{
    if (statistics_share_lower((size_t)alarms, (size_t)sessions, 0.9999) > gate_alpha)
        fail_msg("%s: %d false alarms in %d sessions", what, alarms, sessions);
}

static void print_left_open(const struct left_open *left)
{
    printf("\n| unchanged figures left INCONCLUSIVE (pairs of their cell), spread of a pair | 0.5 %% | 1 %% "
           "| 2 %% | 3 %% |\n"
           "|---|--:|--:|--:|--:|\n");
    for (enum noise noise = 0; noise < NOISE_COUNT; noise++) {
        printf("| %s |", noise_names[noise]);
        for (size_t i = 0; i < SPREADS; i++)
            printf(" %.1f %% (%.0f) |", 100. * left[noise].figures[i] / left[noise].of[i],
                   left[noise].pairs[i] / left[noise].of[i]);
        printf("\n");
    }
}

static void test_false_alarms(void **state)
{
    (void)state;
    if (tables)
        printf(
            "\n| sessions of %d cells x %d times with a false alarm | nothing changed | upper 95 %% bound | "
            "all at the floor of 1 %% | upper 95 %% bound |\n|---|--:|--:|--:|--:|\n",
            CELLS, METRICS);
    struct left_open left[NOISE_COUNT] = {0};
    int all = 0, all_at_floor = 0, sessions = 0, at_floor_sessions = 0;
    for (enum noise noise = 0; noise < NOISE_COUNT; noise++) {
        const int count = 60 * study, at_floor = 30 * study;
        struct left_open ignored = {0};
        const int alarms = count_alarms(noise, false, count, &left[noise]),
                  alarms_at_floor = count_alarms(noise, true, at_floor, &ignored);
        if (tables)
            printf("| %s | %d of %d | %.2f %% | %d of %d | %.2f %% |\n", noise_names[noise], alarms, count,
                   100 * statistics_share_upper((size_t)alarms, (size_t)count, 0.95), alarms_at_floor,
                   at_floor, 100 * statistics_share_upper((size_t)alarms_at_floor, (size_t)at_floor, 0.95));
        expect_rare(noise_names[noise], alarms, count);
        expect_rare(noise_names[noise], alarms_at_floor, at_floor);
        all += alarms;
        all_at_floor += alarms_at_floor;
        sessions += count;
        at_floor_sessions += at_floor;
    }
    expect_rare("all noise", all, sessions);
    expect_rare("all noise at the floor", all_at_floor, at_floor_sessions);
    if (tables)
        print_left_open(left);
}

/* ---- power ---- */

/* How often 3 % are found of one figure of one cell among a hundred. Adds to `pairs` when. */
static int count_found(enum noise noise, double spread, int sessions, double *pairs)
{
    struct session *session = new_session();
    int found = 0;
    for (int s = 0; s < sessions; s++) {
        begin(session, noise, 9000000 + (uint64_t)s * NOISE_COUNT + noise);
        session->spread[0] = spread;
        session->change[0][0] = log(1.03);
        run(session, 1);
        if (session->findings[0][0].verdict == GATE_REGRESSED) {
            found++;
            *pairs += session->cells[0].found_pairs;
        }
    }
    free(session);
    return found;
}

/* The chance by normal theory at the last look: what lies between 3 % and the floor, over its standard error, against
 * the quantile for a hundred figures. Trimmed means of normal values are 6 % less sharp. */
static double expected_power(double spread)
{
    const struct gate_look *look = &gate_looks[GATE_LOOK_COUNT - 1];
    const double error = 1.06 * spread / sqrt(look->pairs),
                 alpha = gate_alpha * look->alpha_share / CELLS / METRICS;
    return statistics_t_tail(
        statistics_t_quantile(alpha / 2, look->pairs * 0.7) - (log(1.03) - log(1.01)) / error, INFINITY);
}

static void test_power(void **state)
{
    (void)state;
    const int sessions = 30 * study;
    if (tables)
        printf("\n| +3 %% found (after so many pairs), spread of a pair | 0.5 %% | 1 %% | 2 %% | 3 %% |\n"
               "|---|--:|--:|--:|--:|\n");
    for (enum noise noise = 0; noise < NOISE_COUNT; noise++) {
        if (tables)
            printf("| %s |", noise_names[noise]);
        for (size_t i = 0; i < SPREADS; i++) {
            double pairs = 0;
            const int found = count_found(noise, spreads[i], sessions, &pairs);
            if (tables)
                printf(" %.1f %% (%.0f) |", 100. * found / sessions, found ? pairs / found : 0);
            const double expected = expected_power(spreads[i]);
            /* Of what else the truth is a tenth of the pairs is lost, and what trimming then leaves is wider. */
            const double least = noise < STALLS ? expected : expected_power(spreads[i] * 1.25);
            if (found < sessions * least - 4 * sqrt(sessions * least * (1 - least)) - 1)
                fail_msg("%s, spread %g: found %d times of %d, expected a share of %.3f", noise_names[noise],
                         spreads[i], found, sessions, least);
        }
        if (tables)
            printf("\n");
    }
}

int main(int argc, char **argv)
{
    if (argc > 1 && !strncmp(argv[1], "--study=", 8) && atoi(argv[1] + 8) > 0) {
        study = atoi(argv[1] + 8);
        tables = true;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_turns_are_not_independent),
        cmocka_unit_test(test_false_alarms),
        cmocka_unit_test(test_power),
    };
    return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
