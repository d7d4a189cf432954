/* SPDX-License-Identifier: MIT
 *
 * Times of sides that took turns: one logarithm of a ratio a process pair, and what their mean says against the
 * floor. Where a value is 0, and for the share of slow operations, which is near it, the difference instead.
 *
 * From 20 pairs on the mean is taken without the 15 % at either end (J. Tukey, D. McLaughlin 1963; K. Yuen 1974):
 * a machine that stalls for half a process's time every now and then otherwise widens the interval more than further
 * pairs narrow it. Simulated, pairs of 1 % spread, +3 % against the floor of 1 % in a family of 60; found after 12,
 * 24, 48, 96 pairs, and how many 95 % intervals hold the truth:
 *                      normal                          1 process in 20 takes 1.5 times as long
 *     no trimming      45, 100, 100, 100 %   95.0 %    13,  9,   1,   1 %   98, 98, 96, 96 %
 *     10 %             27, 100, 100, 100 %   94.9 %    14, 75,  85,  97 %   96, 97, 96, 96 %
 *     15 %             27,  99, 100, 100 %   94.9 %    14, 85, 100, 100 %   96, 96, 95, 95 %
 *     20 %             13,  97, 100, 100 %   94.8 %     8, 84, 100, 100 %   95, 95, 95, 95 %
 * Below 20 pairs trimming costs more than it saves and its p-values are too small (twice at 1e-5): none there. From
 * 24 pairs on, of 5,000,000 normal samples p < 1e-3, 1e-4 and 1e-5 came 1.2, 1.3 and 1.0 times as often as they say;
 * that whole sessions stay below gate_alpha all the same is what simulation_test.c shows.
 * What it costs: a change in fewer than 15 % of the processes is not seen by this figure. That is what the figures of
 * slow operations and growth steps are for; a mean would find it no sooner, the interval is as wide as the change.
 */
#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/gate/judge_parts.h"

#include <math.h>

/* Of stored runs, which decide nothing, an interval is shown from this many processes a side on. */
enum { STORED_MIN = 3 };

/* Left out at each end: what a stall of the machine did to some of them. Of fewer than this nothing is. */
enum { TRIMMED_PAIRS_MIN = 20 };
static const double trimmed_share = 0.15;

/* A scale on which the sides are compared, and the way back to a ratio. */
struct scale {
    bool logarithmic;
    double floor, base, candidate; /* means on it */
};

static double mean_logarithm(const struct judge_side *side)
{
    double sum = 0;
    for (size_t i = 0; i < side->count; i++)
        sum += log(side->values[i]);
    return sum / (double)side->count;
}

static double median_of(struct judge_work *work, int side)
{
    for (size_t i = 0; i < work->sides[side].count; i++) /* sorting must not part the pairs */
        work->pairs[i] = work->sides[side].values[i];
    return statistics_median(work->pairs, work->sides[side].count);
}

static struct scale choose_scale(struct judge_work *work, double median)
{
    const struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    const struct gate_metric *metric = work->series->metric;
    if (metric->counter != COUNTER_slow_operations_ratio && base->low > 0 && candidate->low > 0)
        return (struct scale){true, log1p(fmax(metric->floor_ratio, metric->floor_absolute / median)),
                              exp(mean_logarithm(base)), exp(mean_logarithm(candidate))};
    return (struct scale){false, fmax(metric->floor_ratio * fabs(median), metric->floor_absolute), base->mean,
                          candidate->mean};
}

static double to_ratio(const struct scale *scale, double change)
{
    if (scale->logarithmic)
        return exp(change);
    return scale->base > 0 ? 1 + change / scale->base : change > 0 || change < 0 ? NAN : 1;
}

static struct statistics_estimate estimate(struct judge_work *work, bool logarithmic)
{
    const struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    if (!work->series->paired) {
        for (int s = 0; s < GATE_SIDES && logarithmic; s++)
            for (size_t i = 0; i < work->sides[s].count; i++)
                work->sides[s].values[i] = log(work->sides[s].values[i]);
        return statistics_difference(base->values, base->count, candidate->values, candidate->count);
    }
    for (size_t i = 0; i < base->count; i++)
        work->pairs[i] = logarithmic ? log(candidate->values[i] / base->values[i])
                                     : candidate->values[i] - base->values[i];
    return statistics_trimmed_mean(work->pairs, base->count,
                                   base->count >= TRIMMED_PAIRS_MIN ? trimmed_share : 0);
}

static void say(const struct judge_work *work, const struct scale *scale)
{
    const struct gate_finding *finding = work->finding;
    const char *of = work->series->paired ? "process pairs" : "processes that did not take turns";
    char texts[4][UNITS_TEXT_BYTES];
    if (scale->logarithmic) {
        judge_say(work, "%+.2f %% (95 %% interval %+.2f to %+.2f %%) over %zu %s; up to %.3g %% is no change",
                  (finding->ratio - 1) * 100, (finding->low - 1) * 100, (finding->high - 1) * 100,
                  work->sides[GATE_BASE].count, of, expm1(scale->floor) * 100);
        return;
    }
    const struct gate_metric *metric = work->series->metric;
    judge_say(work, "mean %s against %s over %zu %s; up to %s is no change",
              judge_format(texts[0], metric, scale->candidate), judge_format(texts[1], metric, scale->base),
              work->sides[GATE_BASE].count, of, judge_format(texts[2], metric, scale->floor));
}

void judge_times(struct judge_work *work)
{
    const struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    struct gate_finding *finding = work->finding;
    const bool paired = work->series->paired;
    const size_t fewer = base->count < candidate->count ? base->count : candidate->count;
    finding->verdict = GATE_INCONCLUSIVE;
    if (!fewer) {
        judge_say(work, "no process pair has it on both sides");
        return;
    }
    finding->base = median_of(work, GATE_BASE);
    finding->candidate = median_of(work, GATE_CANDIDATE);
    const struct scale scale = choose_scale(work, finding->base);
    finding->ratio = to_ratio(&scale, scale.logarithmic ? log(scale.candidate / scale.base)
                                                        : scale.candidate - scale.base);
    const size_t least = paired ? GATE_PAIRS_MIN : STORED_MIN;
    if (fewer < least) {
        judge_say(work, "only %zu %s, too few to tell: it takes %zu", fewer,
                  paired ? "process pairs" : "processes a side", least);
        return;
    }
    const struct statistics_estimate change = estimate(work, scale.logarithmic);
    const struct statistics_estimate fall = {-change.mean, change.error, change.degrees};
    const struct statistics_interval interval = statistics_interval(change, 0.95);
    finding->ratio = to_ratio(&scale, change.mean);
    finding->low = to_ratio(&scale, interval.low);
    finding->high = to_ratio(&scale, interval.high);
    finding->p =
        fmin(1, 2 * fmin(statistics_p_above(change, scale.floor), statistics_p_above(fall, scale.floor)));
    if (-scale.floor <= interval.low && interval.high <= scale.floor)
        finding->verdict = GATE_UNCHANGED;
    work->if_rejected = judge_direction(change.mean);
    work->in_family = paired && work->series->metric->decides;
    if (!work->in_family && (interval.low > scale.floor || interval.high < -scale.floor))
        finding->verdict = work->if_rejected;
    say(work, &scale);
}
