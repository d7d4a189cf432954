/* SPDX-License-Identifier: MIT
 *
 * Every rule of the judge on values made by hand, and what must never or always be found, many times over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/gate/judge.h"
#include "harness/testing/draws.h"

#include <stdio.h>
#include <string.h>

enum { PAIRS = 12, LAST_LOOK = GATE_LOOK_COUNT - 1 };

#define VALUES(...) ((double[]){__VA_ARGS__}), sizeof((double[]){__VA_ARGS__}) / sizeof(double)

static struct gate_finding judge_one(const struct gate_series *series)
{
    struct gate_finding finding;
    memset(&finding, 0x55, sizeof finding); /* all of it must be written */
    assert_int_equal(gate_judge(series, 1, 0, &finding), 0);
    assert_in_range(strnlen(finding.why, GATE_WHY_BYTES), 10, GATE_WHY_BYTES - 1);
    assert_true(finding.p >= 0 && finding.p <= 1);
    assert_false(isinf(finding.ratio) || isinf(finding.low) || isinf(finding.high));
    return finding;
}

static struct gate_finding judge(const char *name, enum gate_class class, double *base, size_t base_count,
                                 double *candidate, size_t candidate_count)
{
    const struct gate_metric *metric = gate_metric_find(name);
    assert_non_null(metric);
    return judge_one(&(struct gate_series){.metric = metric,
                                           .class = class,
                                           .paired = class == GATE_NOISY,
                                           .count = {base_count, candidate_count},
                                           .values = {base, candidate}});
}

static void expect(struct gate_finding finding, enum gate_verdict verdict, const char *why)
{
    if (finding.verdict != verdict || !strstr(finding.why, why))
        fail_msg("%s because '%s', expected %s because '%s'", gate_verdict_names[finding.verdict],
                 finding.why, gate_verdict_names[verdict], why);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(gate_verdict_names[GATE_SKIPPED], "SKIPPED");
    assert_string_equal(gate_verdict_names[GATE_NOT_COMPARABLE], "NOT COMPARABLE");
    assert_string_equal(gate_verdict_names[GATE_ERROR], "ERROR");
    assert_null(gate_verdict_names[GATE_VERDICT_COUNT]);
}

static void test_exact(void **state)
{
    (void)state;
    struct gate_finding f = judge("base_moves", GATE_EXACT, VALUES(12, 12, 12), VALUES(13, 13, 13));
    expect(f, GATE_REGRESSED, "13 in every candidate process, 12 in every base process");
    assert_true(f.base == 12 && f.candidate == 13 && fabs(f.ratio - 13. / 12) < 1e-15 && isnan(f.low) &&
                f.p == 1);
    expect(judge("base_moves", GATE_EXACT, VALUES(12, 12), VALUES(11, 11)), GATE_IMPROVED,
           "11 in every candidate");
    expect(judge("base_moves", GATE_EXACT, VALUES(12), VALUES(12)), GATE_UNCHANGED, "12 in every process");
    expect(judge("base_moves", GATE_EXACT, VALUES(12, 12), VALUES(12, 13)), GATE_REGRESSED,
           "12 to 13 in the candidate, whose processes differ from the base's 12 1 times of 2");
    expect(judge("base_moves", GATE_EXACT, VALUES(12, 12), VALUES(12, 11)), GATE_IMPROVED, "11 to 12");
    /* One byte of eight gigabytes. */
    expect(judge("base_moved_bytes", GATE_EXACT, VALUES(8589934592), VALUES(8589934593)), GATE_REGRESSED,
           "8589934593 bytes in every candidate process, 8589934592 bytes");
    f = judge("mremap_count", GATE_EXACT, VALUES(0, 0), VALUES(1, 1));
    expect(f, GATE_REGRESSED, "1 in every candidate");
    assert_true(isnan(f.ratio));
}

/* Fewer than half could come of the base as well: not told at 12 pairs, found at 96. */
static void test_strays(void **state)
{
    (void)state;
    double base[96], candidate[96];
    for (int i = 0; i < 96; i++)
        base[i] = 12, candidate[i] = 12 + (i % 3 == 0);
    const struct gate_finding f = judge("base_moves", GATE_EXACT, base, 12, candidate, 12);
    expect(f, GATE_INCONCLUSIVE,
           "12 to 13 in the candidate, whose processes differ from the base's 12 4 times of 12");
    assert_true(f.p < 0.1 && f.p > 0.001);
    expect(judge("base_moves", GATE_EXACT, base, 96, candidate, 96), GATE_REGRESSED, "32 times of 96");
}

/* The base shows that it is not: 12 or 13 on both sides, in other shares. */
static void test_exact_that_is_not(void **state)
{
    (void)state;
    expect(judge("base_moves", GATE_EXACT, VALUES(12, 13, 12, 12), VALUES(13, 13, 13, 12)), GATE_UNCHANGED,
           "13");
    expect(judge("base_moves", GATE_EXACT, VALUES(12, 13, 12, 12), VALUES(14, 13, 13, 14)), GATE_INCONCLUSIVE,
           "not the same modes");
    double base[PAIRS], candidate[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        base[i] = 12 + i % 2;
        candidate[i] = 14 + i % 3;
    }
    expect(judge("base_moves", GATE_EXACT, base, PAIRS, candidate, PAIRS), GATE_REGRESSED, "median 15");
    expect(judge("base_moves", GATE_EXACT, candidate, PAIRS, base, PAIRS), GATE_IMPROVED, "median 12.5");
}

static void test_nothing_there(void **state)
{
    (void)state;
    static const enum gate_class classes[] = {GATE_EXACT, GATE_TOLERANCE, GATE_DISTRIBUTION, GATE_NOISY};
    static const char *const names[] = {"base_moves", "peak_rss_bytes", "peak_rss_bytes", "operation_ns"};
    for (int c = 0; c < 4; c++) {
        expect(judge(names[c], classes[c], VALUES(NAN, NAN, NAN), VALUES(NAN, NAN, NAN)), GATE_SKIPPED,
               "no process of either side has it");
        expect(judge(names[c], classes[c], VALUES(7, 7, 7), VALUES(NAN, NAN, NAN)), GATE_INCONCLUSIVE,
               "3 base processes have it, no candidate process does");
        expect(judge(names[c], classes[c], VALUES(NAN, NAN, NAN), VALUES(NAN, INFINITY, 7)),
               GATE_INCONCLUSIVE, "1 candidate processes have it, no base process does");
        static double zeros[PAIRS];
        struct gate_finding f = judge(names[c], classes[c], zeros, PAIRS, zeros, PAIRS);
        expect(f, GATE_UNCHANGED, "");
        assert_true(f.ratio == 1 && f.base == 0 && f.candidate == 0);
    }
    expect(judge_one(&(struct gate_series){.metric = gate_metric_find("operation_ns"), .class = GATE_NOISY}),
           GATE_SKIPPED, "no process of either side has it");
    assert_int_equal(gate_judge(NULL, 0, 0, NULL), 0);
}

static void test_memory(void **state)
{
    (void)state;
    const double mib = 1 << 20;
    /* 2 % of 100 MiB lie beyond the floor of 1 %, 2 % of 10 MiB within the one of 64 pages. */
    struct gate_finding f =
        judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(100 * mib, 100.2 * mib, 100.1 * mib),
              VALUES(102 * mib, 102.3 * mib, 102.1 * mib));
    expect(f, GATE_REGRESSED,
           "median 102 MiB (102 MiB to 102 MiB) in 3 candidate processes, 100 MiB (100 MiB to 100 MiB) in 3");
    assert_true(fabs(f.ratio - 102.1 / 100.1) < 1e-12 && isnan(f.low));
    expect(judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(102 * mib, 102 * mib, 102 * mib),
                 VALUES(100 * mib, 100 * mib, 100 * mib)),
           GATE_IMPROVED, "");
    expect(judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(10 * mib, 10 * mib, 10 * mib),
                 VALUES(10.2 * mib, 10.2 * mib, 10.2 * mib)),
           GATE_UNCHANGED, "");
    expect(judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(100 * mib, 100 * mib, 100 * mib),
                 VALUES(100.9 * mib, 100.9 * mib, 100.9 * mib)),
           GATE_UNCHANGED, "");
    expect(judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(100 * mib, 100 * mib),
                 VALUES(120 * mib, 120 * mib, 120 * mib)),
           GATE_INCONCLUSIVE, "too few");
    /* Apart, and together wider than the floor, but their medians are not. */
    expect(judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(100 * mib, 100.2 * mib, 100.6 * mib),
                 VALUES(100.7 * mib, 100.9 * mib, 101.3 * mib)),
           GATE_UNCHANGED, "");
    /* NaN is not a process. */
    expect(judge("peak_rss_bytes", GATE_TOLERANCE, VALUES(100 * mib, 100 * mib, NAN),
                 VALUES(120 * mib, 120 * mib, 120 * mib)),
           GATE_INCONCLUSIVE, "too few");
    expect(judge("minor_faults", GATE_TOLERANCE, VALUES(0, 0, 0), VALUES(65, 65, 65)), GATE_REGRESSED, "65");
    expect(judge("minor_faults", GATE_TOLERANCE, VALUES(0, 0, 0), VALUES(64, 64, 64)), GATE_UNCHANGED, "64");
    /* Ranges that overlap: the same where one side shows no mode that the other lacks, else not told apart. */
    expect(judge("minor_faults", GATE_TOLERANCE, VALUES(1000, 1000, 3000), VALUES(3000, 1000, 3000)),
           GATE_UNCHANGED, "");
    expect(judge("minor_faults", GATE_TOLERANCE, VALUES(1000, 1000, 3000), VALUES(2000, 2500, 2500)),
           GATE_INCONCLUSIVE, "not the same modes");
    expect(judge("minor_faults", GATE_TOLERANCE, VALUES(1000, 1000, 3000), VALUES(2000, 5000, 5000)),
           GATE_INCONCLUSIVE, "not the same modes");
}

/* 12 a side wholly apart are REGRESSED as a distribution too: chance 2 / C(24, 12). */
static void test_distribution(void **state)
{
    (void)state;
    double base[PAIRS], candidate[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        base[i] = 58e6 + 8e6 * (i % 2);
        candidate[i] = base[i] + 10e6;
    }
    struct gate_finding f = judge("peak_rss_bytes", GATE_DISTRIBUTION, base, PAIRS, candidate, PAIRS);
    expect(f, GATE_REGRESSED, "median 68.7 MiB (64.8 MiB to 72.5 MiB)");
    assert_true(fabs(f.p - 2 / 2704156.) < 1e-15);
    expect(judge("peak_rss_bytes", GATE_DISTRIBUTION, candidate, PAIRS, base, PAIRS), GATE_IMPROVED, "");
    /* 3 a side can never be that sure, 2 are too few to say anything. */
    expect(judge("peak_rss_bytes", GATE_DISTRIBUTION, base, 3, candidate, 3), GATE_INCONCLUSIVE,
           "not the same modes");
    expect(judge("peak_rss_bytes", GATE_DISTRIBUTION, base, 2, base, 3), GATE_INCONCLUSIVE, "too few");
    /* Significant, but no more than the floor. */
    for (int i = 0; i < PAIRS; i++)
        candidate[i] = 58e6 + 1e3 * i, base[i] = 57.9e6 + (i == 0 ? -2e6 : 0);
    expect(judge("peak_rss_bytes", GATE_DISTRIBUTION, base, PAIRS, candidate, PAIRS), GATE_UNCHANGED, "");
}

/* Pairs at `ratio` with a spread of 0.5 % both ways in turn. */
static void make_pairs(double *base, double *candidate, size_t count, double ratio, double spread)
{
    for (size_t i = 0; i < count; i++) {
        base[i] = 100 + (double)(i % 5);
        candidate[i] = base[i] * ratio * (i % 2 ? 1 + spread : 1 / (1 + spread));
    }
}

static void test_times(void **state)
{
    (void)state;
    double base[96], candidate[96];
    make_pairs(base, candidate, PAIRS, 1.03, 0.005);
    struct gate_finding f = judge("operation_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS);
    expect(f, GATE_REGRESSED,
           "operation_ns: +3.00 % (95 % interval +2.66 to +3.34 %) over 12 process pairs; up to 1 % is no "
           "change");
    assert_true(fabs(f.ratio - 1.03) < 1e-12 && f.low > 1.02 && f.high < 1.04 && f.p < 1e-6);
    assert_true(fabs(f.candidate / f.base - 1.03) < 5e-3); /* medians */
    f = judge("operation_ns", GATE_NOISY, candidate, PAIRS, base, PAIRS);
    expect(f, GATE_IMPROVED, "-2.91 %");
    assert_true(fabs(f.ratio - 1 / 1.03) < 1e-12);
    make_pairs(base, candidate, PAIRS, 1.005, 0.005);
    expect(judge("operation_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS), GATE_UNCHANGED, "+0.50 %");
    make_pairs(base, candidate, PAIRS, 1.01, 0.005);
    f = judge("operation_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS);
    expect(f, GATE_INCONCLUSIVE, "+1.00 %");
    assert_true(f.p > 0.9);
    /* Beyond the floor, but not sure enough for a whole session. */
    make_pairs(base, candidate, PAIRS, 1.02, 0.012);
    f = judge("operation_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS);
    expect(f, GATE_INCONCLUSIVE, "+2.00 %");
    assert_true(f.low > 1.01 && f.p < 0.05);
    /* Pairs without one side do not count; the others are still in step. */
    make_pairs(base, candidate, 14, 1.03, 0.005);
    base[3] = NAN, candidate[8] = NAN;
    expect(judge("operation_ns", GATE_NOISY, base, 14, candidate, 14), GATE_REGRESSED,
           "over 12 process pairs");
    expect(judge("operation_ns", GATE_NOISY, VALUES(1, NAN), VALUES(NAN, 1)), GATE_INCONCLUSIVE,
           "no process pair");
    f = judge("operation_ns", GATE_NOISY, VALUES(1, 1, NAN), VALUES(2, 2, 2));
    expect(f, GATE_INCONCLUSIVE, "only 2 process pairs, too few to tell: it takes 12");
    assert_true(fabs(f.ratio - 2) < 1e-12 && isnan(f.low));
    for (int i = 0; i < PAIRS; i++)
        base[i] = 1, candidate[i] = 2;
    expect(judge("operation_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS), GATE_REGRESSED, "+100.00 %");
    expect(judge("operation_ns", GATE_NOISY, base, PAIRS - 1, candidate, PAIRS - 1), GATE_INCONCLUSIVE,
           "only 11");
}

/* A stall of the machine in one process of ten must not hide 3 %, nor look like it. */
static void test_stalls(void **state)
{
    (void)state;
    enum { MANY = 48 };
    double base[MANY], candidate[MANY];
    for (int plant = 0; plant < 2; plant++) {
        make_pairs(base, candidate, MANY, plant ? 1.03 : 1, 0.005);
        base[5] *= 1.5, base[30] *= 2;
        candidate[7] *= 1.5, candidate[21] *= 1.4, candidate[40] *= 3;
        expect(judge("operation_ns", GATE_NOISY, base, MANY, candidate, MANY),
               plant ? GATE_REGRESSED : GATE_UNCHANGED, plant ? "+3." : "0.");
    }
}

static void test_ratios_near_zero(void **state)
{
    (void)state;
    double base[PAIRS], candidate[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        base[i] = i % 3 * 1e-6;
        candidate[i] = base[i] + 1e-4; /* one in 10,000 */
    }
    struct gate_finding f = judge("slow_operations_ratio", GATE_NOISY, base, PAIRS, candidate, PAIRS);
    expect(f, GATE_REGRESSED, "mean 0.000101 against 1e-06 over 12 process pairs; up to 2e-05 is no change");
    assert_true(fabs(f.ratio - 101) < 1e-6 && f.low > 100 && f.high < 102);
    for (int i = 0; i < PAIRS; i++)
        candidate[i] = base[i] + 1.9e-5;
    expect(judge("slow_operations_ratio", GATE_NOISY, base, PAIRS, candidate, PAIRS), GATE_UNCHANGED, "");
    /* A time that is 0 on one side has no logarithm. */
    for (int i = 0; i < PAIRS; i++)
        base[i] = 0, candidate[i] = 5 + i % 2;
    f = judge("operation_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS);
    expect(f, GATE_REGRESSED, "mean 6 ns against 0 ns"); /* 5.5 */
    assert_true(isnan(f.ratio) && isnan(f.low) && isnan(f.high));
}

/* What is only shown follows its own interval and takes no alpha from the others. */
static void test_shown_only(void **state)
{
    (void)state;
    double base[PAIRS], candidate[PAIRS];
    make_pairs(base, candidate, PAIRS, 1.125, 0.05);
    expect(judge("insert_p99_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS), GATE_INCONCLUSIVE, "+12.50 %");
    make_pairs(base, candidate, PAIRS, 1.15, 0.05);
    expect(judge("insert_p99_ns", GATE_NOISY, base, PAIRS, candidate, PAIRS), GATE_REGRESSED, "+15.00 %");
    /* Of stored runs there are no pairs. */
    double shorter[] = {100, 101, 99, 100}, longer[] = {120, 121, 119, 120, 120};
    const struct gate_series stored = {.metric = gate_metric_find("operation_ns"),
                                       .class = GATE_NOISY,
                                       .count = {4, 5},
                                       .values = {shorter, longer}};
    struct gate_finding f = judge_one(&stored);
    expect(f, GATE_REGRESSED, "processes that did not take turns");
    assert_true(fabs(f.ratio - 1.2) < 1e-3 && f.low > 1.18 && f.high < 1.22);
}

/* A p-value of 0.0001 passes alone and not among a hundred; what is shown only does not count among them. */
static void test_family(void **state)
{
    (void)state;
    enum { FAMILY = 100 };
    double base[PAIRS], candidate[PAIRS], same[PAIRS];
    make_pairs(base, candidate, PAIRS, 1.03, 0.0115);
    make_pairs(base, same, PAIRS, 1, 0.0115);
    struct gate_series series[FAMILY];
    struct gate_finding findings[FAMILY];
    for (int decides = 0; decides < 2; decides++) {
        for (int i = 0; i < FAMILY; i++)
            series[i] =
                (struct gate_series){.metric = gate_metric_find(i && !decides ? "insert_p99_ns" : "hit_ns"),
                                     .class = GATE_NOISY,
                                     .paired = true,
                                     .count = {PAIRS, PAIRS},
                                     .values = {base, i ? same : candidate}};
        assert_int_equal(gate_judge(series, FAMILY, 0, findings), 0);
        const double alpha = gate_alpha * gate_looks[0].alpha_share;
        assert_true(findings[0].p < alpha && findings[0].p > alpha / FAMILY);
        expect(findings[0], decides ? GATE_INCONCLUSIVE : GATE_REGRESSED, "hit_ns: +3.00 %");
        for (int i = 1; i < FAMILY; i++)
            expect(findings[i], decides ? GATE_UNCHANGED : GATE_UNCHANGED, "+0.00 %");
    }
    /* One stray of the base's holds all of the candidate's: not rejected in the family, and no UNCHANGED. */
    double memory[PAIRS], more[PAIRS];
    for (int i = 0; i < PAIRS; i++) {
        memory[i] = i == 4 ? 60e6 : 48e6;
        more[i] = 56e6;
    }
    series[0] = (struct gate_series){.metric = gate_metric_find("peak_rss_bytes"),
                                     .class = GATE_DISTRIBUTION,
                                     .paired = true,
                                     .count = {PAIRS, PAIRS},
                                     .values = {memory, more}};
    assert_int_equal(gate_judge(series, FAMILY, 0, findings), 0);
    expect(findings[0], GATE_INCONCLUSIVE, "not the same modes");
    series[0].metric = gate_metric_find("hit_ns");
    series[0].class = GATE_NOISY;
    series[0].values[GATE_BASE] = base;
    series[0].values[GATE_CANDIDATE] = candidate;
    /* Later looks may spend more. */
    assert_true(gate_looks[LAST_LOOK].alpha_share > gate_looks[0].alpha_share);
    double spent = 0;
    for (int i = 0; i < GATE_LOOK_COUNT; i++)
        spent += gate_looks[i].alpha_share;
    assert_true(spent <= 1 + 1e-12);
}

static void test_steps_say_where(void **state)
{
    (void)state;
    double base[PAIRS], candidate[PAIRS];
    make_pairs(base, candidate, PAIRS, 1.5, 0.02);
    for (int i = 0; i < PAIRS; i++) /* milliseconds: 50 us matter to nobody */
        base[i] *= 1e6, candidate[i] *= 1e6;
    struct gate_series step = {.metric = gate_metric_find("growth_step_ns"),
                               .step_entries = 65537,
                               .class = GATE_NOISY,
                               .paired = true,
                               .count = {PAIRS, PAIRS},
                               .values = {base, candidate}};
    expect(judge_one(&step), GATE_REGRESSED, "growth_step_ns at 65537 entries: +50.00 %");
}

static void test_classes(void **state)
{
    (void)state;
    const struct gate_metric *moves = gate_metric_find("base_moves"),
                             *peak = gate_metric_find("peak_rss_bytes");
    assert_int_equal(gate_class_of(moves, VALUES(12, 12, 12)), GATE_EXACT);
    assert_int_equal(gate_class_of(moves, VALUES(12, 12, 13)), GATE_DISTRIBUTION);
    assert_int_equal(gate_class_of(moves, VALUES(12, NAN)), GATE_DISTRIBUTION);
    assert_int_equal(gate_class_of(moves, VALUES(NAN, NAN)), GATE_EXACT);
    assert_int_equal(gate_class_of(moves, NULL, 0), GATE_EXACT);
    assert_int_equal(gate_class_of(peak, VALUES(66e6, 66.2e6)), GATE_TOLERANCE);
    assert_int_equal(gate_class_of(peak, VALUES(58e6, 66e6)), GATE_DISTRIBUTION);
    assert_int_equal(gate_class_of(peak, VALUES(1e6, 1.2e6)), GATE_TOLERANCE); /* less than 64 pages */
    assert_int_equal(gate_class_of(gate_metric_find("hit_ns"), VALUES(1, 9)), GATE_NOISY);
}

/* One program's identical code peaks at 58 or 66 MB, in shares that differ from cell to cell. 10,000 such cells, as
 * many to a session as have figures to judge. */
static void test_modes_are_never_a_regression(void **state)
{
    (void)state;
    enum { FAMILY = 50, SESSIONS = 200, MANY = GATE_PAIRS_MAX };
    static double values[FAMILY][GATE_SIDES][MANY];
    struct draws draws = {.seed = 58};
    const struct gate_metric *peak = gate_metric_find("peak_rss_bytes");
    int unclear = 0;
    for (unsigned session = 0; session < SESSIONS; session++) {
        struct gate_series series[FAMILY];
        struct gate_finding findings[FAMILY];
        const unsigned look = session % GATE_LOOK_COUNT;
        const size_t count = gate_looks[look].pairs;
        for (int f = 0; f < FAMILY; f++) {
            const double share = 0.1 + 0.8 * draws_uniform(&draws);
            for (size_t i = 0; i < GATE_SIDES * count; i++)
                values[f][i / count][i % count] =
                    (draws_uniform(&draws) < share ? 58e6 : 66.1e6) + (double)draws_below(&draws, 50) * 4096;
            series[f] = (struct gate_series){
                .metric = peak,
                .class = f % 2 ? GATE_DISTRIBUTION : gate_class_of(peak, values[f][GATE_BASE], count),
                .count = {count, count},
                .values = {values[f][GATE_BASE], values[f][GATE_CANDIDATE]}};
        }
        assert_int_equal(gate_judge(series, FAMILY, look, findings), 0);
        for (int f = 0; f < FAMILY; f++) {
            if (findings[f].verdict == GATE_INCONCLUSIVE)
                unclear++;
            else
                expect(findings[f], GATE_UNCHANGED, "");
        }
    }
    assert_true(unclear <= FAMILY * SESSIONS / 100); /* of 10,000; more pairs clear them */
}

/* The range of identical processes is 0.34 %. */
static void test_two_percent_of_memory_is_always_found(void **state)
{
    (void)state;
    struct draws draws = {.seed = 2};
    for (int trial = 0; trial < 10000; trial++) {
        double values[GATE_SIDES][PAIRS];
        const size_t count = 3 + (size_t)trial % (PAIRS - 2);
        for (size_t i = 0; i < count; i++) {
            values[GATE_BASE][i] = 66e6 * (1 + 0.0034 * draws_uniform(&draws));
            values[GATE_CANDIDATE][i] = 66e6 * 1.02 * (1 + 0.0034 * draws_uniform(&draws));
        }
        expect(
            judge("peak_rss_bytes", GATE_TOLERANCE, values[GATE_BASE], count, values[GATE_CANDIDATE], count),
            GATE_REGRESSED, "");
        expect(judge("peak_rss_bytes", GATE_TOLERANCE, values[GATE_BASE], count, values[GATE_BASE], count),
               GATE_UNCHANGED, "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_exact),
        cmocka_unit_test(test_strays),
        cmocka_unit_test(test_exact_that_is_not),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_distribution),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_ratios_near_zero),
        cmocka_unit_test(test_shown_only),
        cmocka_unit_test(test_family),
        cmocka_unit_test(test_steps_say_where),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_modes_are_never_a_regression),
        cmocka_unit_test(test_two_percent_of_memory_is_always_found),
    };
    return cmocka_run_group_tests_name("judge", tests, NULL, NULL);
}
