/* SPDX-License-Identifier: MIT
 *
 * Exact values, memory, and figures with several modes. All are judged in their own unit; order plays no part.
 */
#include "harness/common/statistics.h"
#include "harness/common/units.h"
#include "harness/gate/judge_parts.h"

#include <math.h>

/* Modes whose shares differ as much as identical sides show once in a hundred times are not called the same. */
static const double same_shares_p = 0.01;

/* Nor are they called a regression but where chance is a hundred times less likely than the family asks for: that
 * identical code has two peaks is common, that their shares drift between two sessions' halves, too. */
static const double shares_doubt = 100;

static bool is_one_value(const struct judge_side *side)
{
    return side->high - side->low <= 0;
}

/* Each value has one on the other side that is the same by the floor: a mode that both show. */
static bool has_modes_of(const struct judge_side *inner, const struct judge_side *outer, double floor)
{
    for (size_t i = 0; i < inner->count; i++) {
        size_t j = 0;
        while (j < outer->count && fabs(inner->values[i] - outer->values[j]) > floor)
            j++;
        if (j == outer->count)
            return false;
    }
    return true;
}

static void set_sides(struct gate_finding *finding, double base, double candidate)
{
    finding->base = base;
    finding->candidate = candidate;
    finding->ratio = base > 0 || base < 0 ? candidate / base : candidate > 0 ? NAN : 1;
}

static size_t count_strays(const struct judge_side *side, double value)
{
    size_t strays = 0;
    for (size_t i = 0; i < side->count; i++)
        strays += side->values[i] < value || side->values[i] > value;
    return strays;
}

/* Every process of the base shows the same value. */
static void judge_exact(struct judge_work *work)
{
    const struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    const struct gate_metric *metric = work->series->metric;
    struct gate_finding *finding = work->finding;
    const size_t strays = count_strays(candidate, base->low);
    const enum gate_verdict direction = judge_direction(candidate->mean - base->low);
    char texts[3][UNITS_TEXT_BYTES];
    set_sides(finding, base->low, is_one_value(candidate) ? candidate->low : candidate->mean);
    judge_format(texts[0], metric, candidate->low);
    judge_format(texts[1], metric, candidate->high);
    judge_format(texts[2], metric, base->low);
    if (!strays) {
        finding->verdict = GATE_UNCHANGED;
        judge_say(work, "%s in every process", texts[2]);
    } else if (is_one_value(candidate)) {
        finding->verdict = direction;
        judge_say(work, "%s in every candidate process, %s in every base process", texts[0], texts[2]);
    } else {
        judge_say(work,
                  "%s to %s in the candidate, whose processes differ from the base's %s %zu times of %zu",
                  texts[0], texts[1], texts[2], strays, candidate->count);
        if (2 * strays >= candidate->count) {
            finding->verdict = direction;
            return;
        }
        finding->p = statistics_mann_whitney(base->values, base->count, candidate->values, candidate->count);
        finding->verdict = GATE_INCONCLUSIVE;
        work->if_rejected = direction;
        work->in_family = metric->decides;
    }
}

/* Medians and ranges of both sides, then what they mean. */
static void say_ranges(const struct judge_work *work, const char *meaning)
{
    const struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    const struct gate_metric *metric = work->series->metric;
    char texts[6][UNITS_TEXT_BYTES];
    judge_say(work, "median %s (%s to %s) in %zu candidate processes, %s (%s to %s) in %zu of the base%s",
              judge_format(texts[0], metric, candidate->median),
              judge_format(texts[1], metric, candidate->low), judge_format(texts[2], metric, candidate->high),
              candidate->count, judge_format(texts[3], metric, base->median),
              judge_format(texts[4], metric, base->low), judge_format(texts[5], metric, base->high),
              base->count, meaning);
}

static void judge_modes(struct judge_work *work, double change)
{
    const struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    struct gate_finding *finding = work->finding;
    const double p = statistics_mann_whitney(base->values, base->count, candidate->values, candidate->count);
    const bool same_modes =
        has_modes_of(base, candidate, work->floor) || has_modes_of(candidate, base, work->floor);
    const bool other_shares = fabs(change) > work->floor && p <= same_shares_p;
    finding->p = same_modes ? fmin(1, p * shares_doubt) : p;
    finding->verdict = same_modes && !other_shares ? GATE_UNCHANGED : GATE_INCONCLUSIVE;
    work->if_rejected = fabs(change) > work->floor ? judge_direction(change) : finding->verdict;
    work->in_family = work->series->metric->decides;
    if (!work->in_family && finding->p <= 0.05)
        finding->verdict = work->if_rejected;
    say_ranges(work, !same_modes    ? ": not the same modes"
                     : other_shares ? ": the same modes, in other shares"
                                    : "");
}

void judge_values(struct judge_work *work)
{
    struct judge_side *base = &work->sides[GATE_BASE], *candidate = &work->sides[GATE_CANDIDATE];
    const struct gate_series *series = work->series;
    if (series->class == GATE_EXACT && is_one_value(base)) {
        judge_exact(work);
        return;
    }
    base->median = statistics_median(base->values, base->count);
    candidate->median = statistics_median(candidate->values, candidate->count);
    const double change = candidate->median - base->median;
    work->floor = fmax(series->metric->floor_ratio * fabs(base->median), series->metric->floor_absolute);
    set_sides(work->finding, base->median, candidate->median);
    const bool all_within =
        fmax(base->high, candidate->high) - fmin(base->low, candidate->low) <= work->floor;
    const bool apart = base->high < candidate->low || candidate->high < base->low;
    if (base->count < GATE_MEDIAN_PROCESSES || candidate->count < GATE_MEDIAN_PROCESSES) {
        work->finding->verdict = GATE_INCONCLUSIVE;
        say_ranges(work, ": too few");
    } else if (all_within) {
        work->finding->verdict = GATE_UNCHANGED; /* whatever a test would say */
        say_ranges(work, "");
    } else if (series->class == GATE_TOLERANCE && apart) {
        work->finding->verdict = fabs(change) > work->floor ? judge_direction(change) : GATE_UNCHANGED;
        say_ranges(work, "");
    } else {
        judge_modes(work, change);
    }
}
