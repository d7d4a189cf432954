/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/sweep.h"

#include "harness/evaluate/summary_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double memory_tie = 1.02;
static const double speed_tie = 1.01; /* what would be printed as 0 % */
static const double sign_level = 0.01;
static const size_t sign_sizes_min = 8;

static const unsigned size_axes = 1u << CELL_AXIS_entries | 1u << CELL_AXIS_mode;

bool sweep_larger_is_better(enum sweep_figure figure)
{
    return figure == SWEEP_SPEED;
}

/* ---- one size ---- */

struct sweep_point sweep_point_of(const struct results *results, const struct cell *cell)
{
    struct cell latency = *cell, throughput = *cell;
    latency.mode = CELL_LATENCY;
    throughput.mode = CELL_THROUGHPUT;
    struct sweep_point point = {.entries = cell->entries};
    point.stall = results_range(results, &latency, COUNTER_stall_max_ns);
    point.speed = results_range(results, &throughput, COUNTER_items_per_second);
    point.hiccup_max_ns = results_median(results, &latency, COUNTER_hiccup_max_ns, NULL);
    point.values[SWEEP_PEAK] = results_joined_median(results, cell, COUNTER_peak_rss_ratio);
    point.values[SWEEP_LIMIT] =
        results_limit_bytes(results, cell, &point.limit_is_estimate) / (double)cell_payload_bytes(cell);
    point.values[SWEEP_STALL] = point.stall.count ? point.stall.median : NAN;
    point.values[SWEEP_GROWTH] =
        results_median(results, &throughput, COUNTER_growth_total_ns, NULL) / (double)cell->entries;
    point.values[SWEEP_SPEED] = point.speed.count ? point.speed.median : NAN;
    point.values[SWEEP_MOVES] = results_joined_median(results, cell, COUNTER_base_moves);
    return point;
}

/* Times of another session do not compare. */
static void drop_times(struct sweep_point *point)
{
    point->stall = point->speed = (struct results_range){0, NAN, NAN, NAN};
    point->values[SWEEP_STALL] = point->values[SWEEP_GROWTH] = point->values[SWEEP_SPEED] = NAN;
}

/* ---- rows ---- */

bool sweep_same(const struct cell *a, const struct cell *b)
{
    struct cell like = *b;
    like.entries = a->entries;
    return summary_same_table(a, &like);
}

static bool is_of_row(const struct cell *a, const struct cell *b)
{
    return cell_same_but(a, b, size_axes);
}

size_t sweep_size_count(const struct results *results, const struct cell *cell)
{
    size_t count = 0;
    for (size_t i = 0; i < results->count; i++) {
        const struct cell *own = &results->items[i].cell;
        bool seen = !is_of_row(own, cell);
        for (size_t j = 0; j < i && !seen; j++)
            seen = is_of_row(&results->items[j].cell, cell) && results->items[j].cell.entries == own->entries;
        count += !seen;
    }
    return count;
}

/* Sizes of all rows together: the quick answer for a run that is no sweep. */
static bool has_sizes(const struct results *results, const struct cell *cell)
{
    uint64_t sizes[SWEEP_SIZES_MIN];
    size_t count = 0;
    for (size_t i = 0; i < results->count && count < SWEEP_SIZES_MIN; i++) {
        const struct cell *own = &results->items[i].cell;
        bool seen = !sweep_same(own, cell);
        for (size_t j = 0; j < count && !seen; j++)
            seen = sizes[j] == own->entries;
        if (!seen)
            sizes[count++] = own->entries;
    }
    return count == SWEEP_SIZES_MIN;
}

bool sweep_is(const struct results *results, const struct cell *cell)
{
    if (!has_sizes(results, cell))
        return false;
    for (size_t i = 0; i < results->count; i++)
        if (sweep_same(&results->items[i].cell, cell) &&
            sweep_size_count(results, &results->items[i].cell) >= SWEEP_SIZES_MIN)
            return true;
    return false;
}

static int compare_points(const void *left, const void *right)
{
    const struct sweep_point *a = left, *b = right;
    return (a->entries > b->entries) - (a->entries < b->entries);
}

/* The first of this row and size. */
static bool is_first_of_size(const struct results *results, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (cell_same_row(&results->items[i].cell, &results->items[index].cell))
            return false;
    return true;
}

static const struct result *find_bad(const struct results *results, const struct cell *cell)
{
    for (size_t i = 0; i < results->count; i++)
        if (cell_same_row(&results->items[i].cell, cell) && results->items[i].status != RECORD_OK)
            return &results->items[i];
    return NULL;
}

static void measure_spreads(struct sweep_row *row)
{
    for (int f = 0; f < SWEEP_FIGURES; f++) {
        struct sweep_spread spread = {NAN, NAN, NAN};
        double sum = 0;
        size_t count = 0;
        for (size_t i = 0; i < row->count; i++) {
            double value = row->points[i].values[f];
            if (isnan(value))
                continue;
            bool up = sweep_larger_is_better((enum sweep_figure)f);
            spread.worst = up ? fmin(spread.worst, value) : fmax(spread.worst, value);
            spread.best = up ? fmax(spread.best, value) : fmin(spread.best, value);
            sum += value;
            count++;
        }
        if (count)
            spread.mean = sum / (double)count;
        row->spreads[f] = spread;
    }
}

static void add_size(const struct results *results, struct sweep_row *row, const struct result *result)
{
    if (!row->any || result->cell.entries > row->any->cell.entries)
        row->any = result;
    const struct result *bad = find_bad(results, &result->cell);
    if (bad) {
        row->bad = row->bad ? row->bad : bad;
        row->bad_size_count++;
        row->bad_sizes[bad->status]++;
    } else if (row->count < SWEEP_SIZES_MAX) {
        row->points[row->count] = sweep_point_of(results, &result->cell);
        if (result->is_reference)
            drop_times(&row->points[row->count]);
        row->limit_is_estimate |= row->points[row->count].limit_is_estimate;
        row->count++;
    }
}

static int fill_row(const struct results *results, const struct cell *like, struct sweep_row *row)
{
    *row = (struct sweep_row){.points = calloc(SWEEP_SIZES_MAX, sizeof *row->points)};
    if (!row->points)
        return -1;
    for (size_t i = 0; i < results->count; i++)
        if (is_of_row(&results->items[i].cell, like) && is_first_of_size(results, i))
            add_size(results, row, &results->items[i]);
    qsort(row->points, row->count, sizeof *row->points, compare_points);
    measure_spreads(row);
    return 0;
}

/* Growth turns fastest: its values are what is compared. */
static int compare_rows(const void *left, const void *right)
{
    const struct result *a = ((const struct sweep_row *)left)->any,
                        *b = ((const struct sweep_row *)right)->any;
    int order = summary_compare_names(a, b);
    for (int i = 0; !order && i <= CELL_AXIS_COUNT; i++) {
        enum cell_axis axis = i == CELL_AXIS_COUNT ? CELL_AXIS_growth : (enum cell_axis)i;
        uint64_t x = cell_get(&a->cell, axis), y = cell_get(&b->cell, axis);
        if (!(size_axes >> axis & 1) && (axis != CELL_AXIS_growth || i == CELL_AXIS_COUNT))
            order = (x > y) - (x < y);
    }
    return order;
}

struct sweep sweep_collect(const struct results *results, const struct cell *like)
{
    struct sweep sweep = {.items = calloc(results->count + 1, sizeof *sweep.items)};
    for (size_t i = 0; sweep.items && i < results->count; i++) {
        const struct cell *cell = &results->items[i].cell;
        bool known = !sweep_same(cell, like);
        for (size_t j = 0; j < sweep.count && !known; j++)
            known = is_of_row(&sweep.items[j].any->cell, cell);
        if (!known && !fill_row(results, cell, &sweep.items[sweep.count]))
            sweep.count++;
    }
    if (sweep.items)
        qsort(sweep.items, sweep.count, sizeof *sweep.items, compare_rows);
    return sweep;
}

void sweep_free(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++) {
        free(sweep->items[i].points);
        free(sweep->items[i].way.steps);
    }
    free(sweep->items);
    *sweep = (struct sweep){0};
}

double sweep_step(const struct sweep_row *row)
{
    double least = INFINITY, most = 0;
    for (size_t i = 1; i < row->count; i++) {
        double step = (double)row->points[i].entries / (double)row->points[i - 1].entries;
        least = fmin(least, step);
        most = fmax(most, step);
    }
    return most > 0 && most <= least * 1.01 ? most : 0;
}

/* ---- told apart ---- */

/* How likely a fair coin is to fall so unevenly, to either side. */
static double sign_probability(size_t less, size_t greater)
{
    size_t count = less + greater, few = less < greater ? less : greater;
    double way = pow(0.5, (double)count), sum = 0;
    for (size_t i = 0; i <= few; i++) {
        sum += way;
        way *= (double)(count - i) / (double)(i + 1);
    }
    return fmin(1, 2 * sum);
}

static const struct results_range *range_of(const struct sweep_point *point, enum sweep_figure figure)
{
    return figure == SWEEP_STALL ? &point->stall : &point->speed;
}

/* What is not resolved is the machine's own hiccups, for both alike. Unknown is not resolved. */
static bool is_resolved(const struct sweep_point *point)
{
    return point->values[SWEEP_STALL] >= 10 * point->hiccup_max_ns;
}

int sweep_compare(const struct sweep_row *a, const struct sweep_row *b, enum sweep_figure figure)
{
    size_t less = 0, greater = 0, apart = 0;
    if (a->count != b->count || !a->count)
        return 0;
    for (size_t i = 0; i < a->count; i++) {
        const struct sweep_point *x = &a->points[i], *y = &b->points[i];
        if (x->entries != y->entries || isnan(x->values[figure]) || isnan(y->values[figure]))
            return 0;
        if (figure == SWEEP_STALL && !is_resolved(x) && !is_resolved(y))
            continue;
        less += x->values[figure] < y->values[figure];
        greater += x->values[figure] > y->values[figure];
        apart += summary_times_differ(range_of(x, figure), range_of(y, figure));
    }
    /* The figure that is printed must say the same. */
    double own = figure == SWEEP_STALL ? a->spreads[figure].worst : a->spreads[figure].mean,
           other = figure == SWEEP_STALL ? b->spreads[figure].worst : b->spreads[figure].mean;
    if (fmax(own, other) < fmin(own, other) * speed_tie || (less > greater) != (own < other))
        return 0;
    bool differ = a->count < sign_sizes_min ? apart == a->count && (!less || !greater)
                                            : sign_probability(less, greater) <= sign_level;
    return !differ ? 0 : less > greater ? -1 : 1;
}

/* ---- every size on the way ---- */

static const double way_slack = 1.05;

bool sweep_way_add(struct sweep_way *way, double entries, double interval_peak_bytes)
{
    if (way->count && entries < way->steps[way->count - 1].entries)
        return true;
    if ((way->count & (way->count - 1)) == 0) {
        struct sweep_step *larger = realloc(way->steps, (way->count ? 2 * way->count : 1) * sizeof *larger);
        if (!larger)
            return false;
        way->steps = larger;
    }
    double before = way->count ? way->steps[way->count - 1].peak_bytes : 0;
    way->steps[way->count++] = (struct sweep_step){entries, fmax(before, interval_peak_bytes)};
    return true;
}

/* A growth has rows just before and behind it, so its peak is seen where it is. Between rows the peak is taken to
 * rise evenly; the integral of 1/n over log n is the difference of 1/n. */
struct sweep_spread sweep_way_spread(const struct sweep_way *way, double from, double to)
{
    struct sweep_spread spread = {NAN, NAN, NAN};
    double sum = 0;
    for (size_t i = 1; i < way->count; i++) {
        const struct sweep_step *before = &way->steps[i - 1], *step = &way->steps[i];
        double low = fmax(before->entries, from), high = fmin(step->entries, to);
        if (high <= low)
            continue;
        double ratio = step->peak_bytes / (high * way->entry_bytes);
        spread.worst = fmax(spread.worst, ratio);
        spread.best = fmin(spread.best, ratio);
        sum += (before->peak_bytes + step->peak_bytes) / 2 / way->entry_bytes * (1 / low - 1 / high);
    }
    if (!way->count || way->steps[way->count - 1].entries < to)
        return (struct sweep_spread){NAN, NAN, NAN};
    spread.mean = sum / log(to / from);
    return spread;
}

static double way_ratio_at(const struct sweep_way *way, double entries)
{
    for (size_t i = 0; i < way->count; i++)
        if (way->steps[i].entries >= entries)
            return way->steps[i].peak_bytes / (entries * way->entry_bytes);
    return NAN;
}

static bool agrees_with_way(const struct sweep_row *row)
{
    for (size_t i = 0; i < row->count; i++) {
        double own = row->points[i].values[SWEEP_PEAK],
               other = way_ratio_at(&row->way, (double)row->points[i].entries);
        if (!(fmax(own, other) <= fmin(own, other) * way_slack) || isnan(own) || isnan(other))
            return false;
    }
    return row->count > 0;
}

void sweep_use_ways(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->count; i++) {
        struct sweep_row *row = &sweep->items[i];
        double step = sweep_step(row);
        if (row->bad || step <= 0 || !agrees_with_way(row))
            continue;
        struct sweep_spread *peak = &row->spreads[SWEEP_PEAK];
        const struct sweep_spread exact = sweep_way_spread(&row->way, (double)row->points[0].entries / step,
                                                           (double)row->points[row->count - 1].entries);
        row->is_exact = !isnan(exact.worst);
        if (row->is_exact)
            *peak = (struct sweep_spread){fmax(peak->worst, exact.worst), fmin(peak->best, exact.best),
                                          exact.mean};
    }
}

/* ---- the answer ---- */

static bool is_rival(const struct sweep_row *row, size_t size_count)
{
    const struct sweep_spread *memory = &row->spreads[SWEEP_PEAK];
    return !row->bad && row->count == size_count && !isnan(memory->worst) && !isnan(memory->mean);
}

/* The best by a figure's worst or mean; SIZE_MAX where nobody has it. */
static size_t find_best(const struct sweep_answer *answer, enum sweep_figure figure, bool by_mean)
{
    size_t best = SIZE_MAX;
    double leads = NAN;
    for (size_t i = 0; i < answer->count; i++) {
        const struct sweep_spread *spread = &answer->rivals[i]->spreads[figure];
        double value = by_mean ? spread->mean : spread->worst;
        if (isnan(value) ||
            (best != SIZE_MAX && (sweep_larger_is_better(figure) ? value <= leads : value >= leads)))
            continue;
        best = i;
        leads = value;
    }
    return best;
}

/* One fill's way says nothing of where the memory varies from fill to fill. */
static bool are_exact(const struct sweep_answer *answer)
{
    for (size_t i = 0; i < answer->count; i++)
        if (!answer->rivals[i]->is_exact)
            return false;
    return true;
}

/* What two figures of memory must differ by. */
static double find_tie(const struct sweep_answer *answer)
{
    double tie = memory_tie;
    for (size_t i = 0; i < answer->count; i++)
        if (!answer->rivals[i]->is_exact)
            tie = fmax(tie, sweep_step(answer->rivals[i]));
    return tie;
}

static uint64_t find_from(const struct sweep_answer *answer)
{
    uint64_t from = 0;
    for (int octave = SWEEP_OCTAVES - 1; octave >= SWEEP_FIRST_OCTAVE; octave--) {
        double least = INFINITY, most = 0, own = NAN;
        for (size_t i = 0; i < answer->count; i++) {
            double worst =
                sweep_way_spread(&answer->rivals[i]->way, ldexp(1, octave), ldexp(1, octave + 1)).worst;
            least = fmin(least, worst);
            most = fmax(most, worst);
            own = i == answer->least ? worst : own;
        }
        if (isnan(own)) /* not filled to its end */
            continue;
        if (own > least * memory_tie)
            break;
        if (most > own * memory_tie)
            from = (uint64_t)1 << octave;
    }
    return from;
}

static void settle(struct sweep_answer *answer)
{
    const double tie = find_tie(answer);
    answer->least = find_best(answer, SWEEP_PEAK, false);
    size_t on_average = find_best(answer, SWEEP_PEAK, true);
    const struct sweep_spread *least = &answer->rivals[answer->least]->spreads[SWEEP_PEAK];
    /* Of those that need the same at worst, the one that needs least on average. */
    for (size_t i = 0; i < answer->count; i++) {
        const struct sweep_spread *own = &answer->rivals[i]->spreads[SWEEP_PEAK];
        answer->memory_differs |= own->worst > least->worst * tie;
        if (own->worst <= least->worst * tie &&
            own->mean < answer->rivals[answer->least]->spreads[SWEEP_PEAK].mean)
            answer->least = i;
    }
    double mean = answer->rivals[answer->least]->spreads[SWEEP_PEAK].mean;
    answer->least_on_average =
        mean > answer->rivals[on_average]->spreads[SWEEP_PEAK].mean * tie ? on_average : answer->least;
    answer->fastest = find_best(answer, SWEEP_SPEED, true);
    answer->shortest = find_best(answer, SWEEP_STALL, false);
    answer->from = answer->memory_differs && are_exact(answer) ? find_from(answer) : 0;
}

size_t sweep_decide(const struct sweep *sweep, size_t first, struct sweep_answer *answer)
{
    const struct cell *like = &sweep->items[first].any->cell;
    size_t end = first, size_count = 0;
    for (; end < sweep->count &&
           cell_same_but(&sweep->items[end].any->cell, like, size_axes | 1u << CELL_AXIS_growth);
         end++)
        if (sweep->items[end].count > size_count)
            size_count = sweep->items[end].count;
    *answer = (struct sweep_answer){0};
    for (size_t i = first; i < end && answer->count < SWEEP_RIVALS_MAX; i++)
        if (size_count >= SWEEP_SIZES_MIN && is_rival(&sweep->items[i], size_count))
            answer->rivals[answer->count++] = &sweep->items[i];
    if (answer->count)
        settle(answer);
    return end - first;
}
