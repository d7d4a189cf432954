/* SPDX-License-Identifier: MIT */
#include "harness/run/limit.h"

#include <math.h>
#include <stddef.h>

const double limit_precision = 1.02;

const char *const limit_found_by_names[] = {"", "bisection", "estimate", NULL};

struct state {
    const struct limit_search *search;
    struct limit_answered answered;
    uint64_t completed_bytes; /* the smallest that did; 0: none yet */
};

/* Up to the next step; a limit between two would be rounded down by the kernel. */
static uint64_t round_limit(const struct limit_search *search, double bytes)
{
    if (bytes >= (double)search->highest_bytes)
        return search->highest_bytes;
    uint64_t steps = (uint64_t)ceil(bytes / (double)search->step_bytes);
    uint64_t rounded = steps * search->step_bytes;
    if (rounded < search->lowest_bytes)
        return search->lowest_bytes;
    return rounded < search->highest_bytes ? rounded : search->highest_bytes;
}

/* False when there are no more answers to be had. */
static bool ask(struct state *s, uint64_t limit_bytes, bool *completes)
{
    if (s->answered.trial_count == LIMIT_TRIALS_MAX)
        return false;
    s->answered.trial_count++;
    enum limit_answer answer = s->search->ask(s->search->context, limit_bytes);
    s->answered.stopped = answer == LIMIT_STOPPED;
    *completes = answer == LIMIT_COMPLETES;
    if (*completes)
        s->completed_bytes = limit_bytes;
    else if (!s->answered.stopped)
        s->answered.failed_bytes = limit_bytes;
    return !s->answered.stopped;
}

/* Outwards from the guess until both answers were given, or there is no room left on that side. */
static bool bracket(struct state *s)
{
    const struct limit_search *search = s->search;
    uint64_t at_bytes = round_limit(search, (double)search->guess_bytes);
    bool first, completes;
    if (!ask(s, at_bytes, &first))
        return false;
    completes = first;
    for (double factor = limit_precision; completes == first; factor *= factor) {
        if (at_bytes == (first ? search->lowest_bytes : search->highest_bytes))
            return first;
        uint64_t next_bytes =
            round_limit(search, first ? (double)at_bytes / factor : (double)at_bytes * factor);
        /* Rounding up may have led back to where it was. */
        if (next_bytes == at_bytes)
            next_bytes =
                round_limit(search, (double)at_bytes + (first ? -1.0 : 1.0) * (double)search->step_bytes);
        at_bytes = next_bytes;
        if (!ask(s, at_bytes, &completes))
            return false;
    }
    return true;
}

static bool is_close(const struct state *s)
{
    return (double)s->completed_bytes <=
           limit_precision * (double)s->answered.failed_bytes + (double)s->search->step_bytes;
}

static bool bisect(struct state *s)
{
    bool completes;
    while (s->answered.failed_bytes && !is_close(s)) {
        uint64_t middle_bytes =
            round_limit(s->search, sqrt((double)s->answered.failed_bytes) * sqrt((double)s->completed_bytes));
        if (middle_bytes >= s->completed_bytes)
            middle_bytes -= s->search->step_bytes;
        if (!ask(s, middle_bytes, &completes))
            return false;
    }
    return true;
}

/* Once more at the answer; where it fails now, a step higher, until one completes twice in a row. */
static bool confirm(struct state *s)
{
    uint64_t at_bytes = s->completed_bytes;
    for (int completed = 1; completed < 2;) {
        bool completes;
        if (!ask(s, at_bytes, &completes))
            return false;
        completed = completes ? completed + 1 : 0;
        if (!completes && at_bytes == s->search->highest_bytes)
            return false;
        if (!completes)
            at_bytes = round_limit(s->search, (double)at_bytes * limit_precision);
    }
    return true;
}

struct limit_answered limit_find(const struct limit_search *search)
{
    struct state s = {.search = search};
    s.answered.found = bracket(&s) && bisect(&s) && confirm(&s);
    s.answered.needed_bytes = s.answered.found ? s.completed_bytes : 0;
    return s.answered;
}
