/* SPDX-License-Identifier: MIT
 *
 * Data of the figure that decides: memory limit over payload against longest stall, a mark for each table with
 * each contender and a box over all sizes of the run.
 *
 *   block 1  the wide panel and the narrow one: ranges, size, and from where on processes die
 *   block 2  allocators (colour)
 *   block 3  tables (letter)
 *   block 4  what else differs (a digit behind the letter): growth, load, run, ...
 *   block 5  classes of stability (shape)
 *   block 6  marks; block 7  who died; both for the wide panel
 *   block 8  and block 9: the same for the narrow one
 * A block without rows has one with the number 0: gnuplot does not count empty blocks.
 *
 * Letters stand beside their marks, where they cover neither marks nor each other, so the ranges of the axes and
 * the panel's size in pixels are settled here and not in the script. A narrow panel is no wide one made smaller: its
 * letters would be too small to read, so it is placed anew.
 */
#include "harness/charts/plot_data_parts.h"
#include "harness/charts/plot_places.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MARK_TEXT_BYTES = 16,
    DIED_MAX = 24,
    MARK_PIXELS = 11,
    LETTER_PIXELS = 11,
    LINE_PIXELS = 15,
    CORNER_WIDTH = 62,
    CORNER_HEIGHT = 76,
    DIED_BYTES = 240
};

static const double small_pixels = 7; /* a character of the list of who died, at most */

struct layout {
    const char *name;
    double width, height, large_width, large_height; /* pixels between the axes; large: with many marks */
    size_t died_letters;                             /* of a line about who died */
    bool lists_inside; /* who died stands in the shaded part, else below the panel */
    const char *x_label, *x_label_of_estimate;
};

/* By panel. */
static const struct layout layouts[] = {
    {"wide", 640, 540, 800, 700, 44, true, "smallest memory limit over payload (x, log)",
     "memory limit over payload, an estimate: peak, page tables, process (x, log)"},
    {"narrow", 276, 320, 276, 400, 50, false, "memory limit over payload (x, log)",
     "estimated limit over payload (x, log)"},
};

enum { LAYOUT_COUNT = sizeof layouts / sizeof *layouts };

struct mark {
    const struct plot_span *span;
    size_t table, allocator, option; /* from 1; option 0: nothing else differs */
    struct plot_extent x, y;
    char text[MARK_TEXT_BYTES]; /* empty: its partner's says it */
    double text_x, text_y;      /* pixels from the lower left */
    const struct mark *partner; /* the cold one of a warm */
};

struct sheet {
    const struct layout *layout;
    struct mark *marks;
    size_t mark_count;
    struct plot_places places;                      /* of marks, texts, the list of who died */
    double x_low, x_high, y_low, y_high, oom_ratio; /* NaN: no budget is known */
    double width, height;                           /* pixels between the axes */
    size_t died_count, died_lines;
    double died_width; /* of the longest line about them */
};

/* ---- numbers of tables, allocators and options ---- */

static void format_option(const struct plot_span *span, char *text, size_t size)
{
    const struct plot_contender *contender = plot_span_contender(span);
    struct cell like = contender->example->cell;
    like.heap = CELL_COLD;
    char options[CELL_ID_BYTES], safe[PLOT_TEXT_BYTES];
    cell_format_options(&like, ~(1u << CELL_AXIS_mode), options, sizeof options);
    plot_safe_text(safe, sizeof safe, *options ? options + 1 : "");
    snprintf(text, size, "%.100s%s%.50s", safe, *safe && *contender->run->name ? ", " : "",
             contender->run->name);
}

static bool is_drawn(const struct plot_span *span)
{
    return plot_span_extent(span, SWEEP_LIMIT).mean > 0 && plot_span_extent(span, SWEEP_STALL).mean > 0;
}

enum kind { KIND_TABLE, KIND_ALLOCATOR, KIND_OPTION };

static bool is_like(const struct plot_span *a, const struct plot_span *b, enum kind kind)
{
    char own[PLOT_TEXT_BYTES * 2], other[PLOT_TEXT_BYTES * 2];
    if (kind == KIND_TABLE)
        return plot_span_table(a)->style == plot_span_table(b)->style;
    if (kind == KIND_ALLOCATOR)
        return plot_span_contender(a)->style == plot_span_contender(b)->style;
    format_option(a, own, sizeof own);
    format_option(b, other, sizeof other);
    return !strcmp(own, other);
}

/* By allocator, so that the key lists them in their order. */
static size_t rank_of(const struct plot_span *span, enum kind kind)
{
    return kind == KIND_TABLE       ? plot_span_table(span)->style
           : kind == KIND_ALLOCATOR ? plot_span_contender(span)->style
                                    : 0;
}

static bool is_first(const struct plot_spans *spans, size_t index, enum kind kind)
{
    for (size_t i = 0; i < index; i++)
        if (is_drawn(&spans->items[i]) && is_like(&spans->items[i], &spans->items[index], kind))
            return false;
    return is_drawn(&spans->items[index]);
}

/* Options are numbered as they come, the others by their style. */
static size_t number_of(const struct plot_spans *spans, const struct plot_span *span, enum kind kind)
{
    size_t number = 1;
    for (size_t i = 0; i < spans->count; i++) {
        if (!is_first(spans, i, kind))
            continue;
        if (kind == KIND_OPTION && is_like(&spans->items[i], span, kind))
            return number;
        number += kind == KIND_OPTION || rank_of(&spans->items[i], kind) < rank_of(span, kind);
    }
    return number;
}

static size_t count_kinds(const struct plot_spans *spans, enum kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < spans->count; i++)
        count += is_first(spans, i, kind);
    return count;
}

/* ---- marks ---- */

static char letter_of(size_t number)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    return letters[(number - 1) % (sizeof letters - 1)];
}

/* A variant has its base's colour: jemalloc:fast at table A is A:f. */
static void letter_mark(struct mark *mark, size_t option_count)
{
    const char *colon = strchr(plot_span_contender(mark->span)->allocator, ':');
    char option[8] = "";
    if (option_count > 1)
        snprintf(option, sizeof option, "%zu", mark->option % 1000);
    snprintf(mark->text, sizeof mark->text, "%c%s%s%.1s", letter_of(mark->table), option, colon ? ":" : "",
             colon ? colon + 1 : "");
}

static bool is_partner(const struct mark *a, const struct mark *b)
{
    return a->table == b->table && a->allocator == b->allocator && a->option == b->option;
}

static void add_marks(const struct plot_spans *spans, struct sheet *sheet)
{
    size_t option_count = count_kinds(spans, KIND_OPTION);
    for (size_t i = 0; i < spans->count; i++) {
        const struct plot_span *span = &spans->items[i];
        if (!is_drawn(span))
            continue;
        struct mark *mark = &sheet->marks[sheet->mark_count++];
        *mark = (struct mark){.span = span,
                              .table = number_of(spans, span, KIND_TABLE),
                              .allocator = number_of(spans, span, KIND_ALLOCATOR),
                              .option = number_of(spans, span, KIND_OPTION),
                              .x = plot_span_extent(span, SWEEP_LIMIT),
                              .y = plot_span_extent(span, SWEEP_STALL)};
        letter_mark(mark, option_count);
    }
    for (size_t i = 0; i < sheet->mark_count; i++)
        for (size_t j = 0; j < sheet->mark_count; j++)
            if (plot_span_contender(sheet->marks[i].span)->example->cell.heap != CELL_COLD &&
                plot_span_contender(sheet->marks[j].span)->example->cell.heap == CELL_COLD &&
                is_partner(&sheet->marks[i], &sheet->marks[j]))
                sheet->marks[i].partner = &sheet->marks[j];
}

/* ---- who died ---- */

/* As much of a text as fits a line, up to a space if there is one. */
static size_t fold_length(const char *text, size_t letters)
{
    size_t length = strlen(text);
    if (length <= letters)
        return length;
    for (length = letters; length > letters / 2 && text[length] != ' ';)
        length--;
    return text[length] == ' ' ? length : letters;
}

static const char *format_died(const struct plot_span *span, char *text)
{
    char least[32] = "", sizes[48] = "";
    if (span->died_ratio > 0)
        snprintf(least, sizeof least, ", %.2fx or more", span->died_ratio);
    if (span->size_count > 1)
        snprintf(sizes, sizeof sizes, " at %zu of %zu sizes", span->died_size_count, span->size_count);
    snprintf(text, DIED_BYTES, "%.60s, %.90s: OOM%s%s", plot_span_table(span)->name,
             plot_span_contender(span)->name, sizes, least);
    return text;
}

/* Calls `take` for each line of the list, with its number from 1. The list is cut, its lines are folded. */
static void each_died_line(const struct plot_spans *spans, size_t letters,
                           void (*take)(void *context, size_t number, const char *indent, const char *line,
                                        size_t length),
                           void *context)
{
    size_t died = 0, listed = 0, number = 0;
    for (size_t i = 0; i < spans->count; i++)
        died += spans->items[i].died != NULL;
    for (size_t i = 0; i < spans->count && listed < DIED_MAX; i++) {
        char text[DIED_BYTES];
        if (!spans->items[i].died)
            continue;
        format_died(&spans->items[i], text);
        if (++listed == DIED_MAX && died > DIED_MAX)
            snprintf(text, sizeof text, "and %zu more", died - DIED_MAX + 1);
        const char *indent = "";
        for (const char *line = text; *line; indent = "  ") {
            size_t length = fold_length(line, letters - strlen(indent));
            take(context, ++number, indent, line, length);
            line += length;
            line += strspn(line, " ");
        }
    }
}

static void measure_line(void *context, size_t number, const char *indent, const char *line, size_t length)
{
    struct sheet *sheet = context;
    (void)line;
    sheet->died_lines = number;
    sheet->died_width = fmax(sheet->died_width, 16 + small_pixels * (double)(length + strlen(indent)));
}

static void measure_died(const struct plot_spans *spans, struct sheet *sheet)
{
    for (size_t i = 0; i < spans->count; i++)
        sheet->died_count += spans->items[i].died != NULL;
    each_died_line(spans, sheet->layout->died_letters, measure_line, sheet);
}

/* ---- ranges ---- */

/* Where the smallest budget of the run ends, over its largest payload. */
static double find_oom_ratio(const struct plot_group *groups, size_t count)
{
    double least = NAN;
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < groups[g].table_count * groups[g].contender_count; i++)
            for (int mode = 0; mode < CELL_MODE_COUNT; mode++) {
                const struct result *result = groups[g].cells[i].first[mode];
                if (result && result->budget_bytes && result->status != RECORD_SKIP)
                    least =
                        fmin(least, (double)result->budget_bytes / (double)cell_payload_bytes(&result->cell));
            }
    return least;
}

static double pixel_x(const struct sheet *sheet, double x)
{
    return sheet->width * log(x / sheet->x_low) / log(sheet->x_high / sheet->x_low);
}

static double pixel_y(const struct sheet *sheet, double ns)
{
    return sheet->height * log(ns / 1e6 / sheet->y_low) / log(sheet->y_high / sheet->y_low);
}

/* Where the arrow to what is better stands. */
static bool is_corner_taken(const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->mark_count; i++)
        if (pixel_x(sheet, sheet->marks[i].x.mean) < CORNER_WIDTH &&
            pixel_y(sheet, sheet->marks[i].y.mean) < CORNER_HEIGHT)
            return true;
    return false;
}

static void set_ranges(struct sheet *sheet)
{
    bool is_large = sheet->mark_count > 30 || sheet->died_count;
    sheet->width = is_large ? sheet->layout->large_width : sheet->layout->width;
    sheet->height = is_large ? sheet->layout->large_height : sheet->layout->height;
    double x_low = INFINITY, x_high = 0, y_low = INFINITY, y_high = 0;
    for (size_t i = 0; i < sheet->mark_count; i++) {
        x_low = fmin(x_low, sheet->marks[i].x.low);
        x_high = fmax(x_high, sheet->marks[i].x.high);
        y_low = fmin(y_low, sheet->marks[i].y.low / 1e6);
        y_high = fmax(y_high, sheet->marks[i].y.high / 1e6);
    }
    sheet->x_low = fmin(0.9, x_low * 0.85);
    sheet->x_high = fmax(4, x_high * 1.15);
    if (sheet->died_count && sheet->oom_ratio > 0) {
        sheet->x_low = fmin(sheet->x_low, sheet->oom_ratio * 0.6);
        /* The shaded part is to be seen, or even to hold the list. */
        double share = sheet->layout->lists_inside ? fmin(0.4, sheet->died_width / sheet->width) : 0.2;
        double stretch = log(sheet->oom_ratio / sheet->x_low) / (1 - share);
        sheet->x_high = fmax(sheet->x_high, sheet->x_low * exp(stretch));
    }
    sheet->y_low = pow(10, floor(log10(y_low) - 0.4));
    sheet->y_high = pow(10, ceil(log10(y_high) + 0.1));
    for (int tenths = 0; tenths < 20 && is_corner_taken(sheet); tenths++)
        sheet->y_low *= pow(10, -0.1);
}

/* ---- where the letters go ---- */

static void place_text(struct sheet *sheet, struct mark *mark)
{
    if (!plot_places_put(&sheet->places, pixel_x(sheet, mark->x.mean), pixel_y(sheet, mark->y.mean),
                         LETTER_PIXELS * (double)strlen(mark->text), LINE_PIXELS, &mark->text_x,
                         &mark->text_y))
        *mark->text = 0;
}

/* A warm mark close to its cold one is told by the line between them. */
static bool is_near_partner(const struct sheet *sheet, const struct mark *mark)
{
    return mark->partner && hypot(pixel_x(sheet, mark->x.mean) - pixel_x(sheet, mark->partner->x.mean),
                                  pixel_y(sheet, mark->y.mean) - pixel_y(sheet, mark->partner->y.mean)) < 60;
}

static void take_box(struct sheet *sheet, const struct mark *mark)
{
    plot_places_take_edges(
        &sheet->places, (struct plot_rectangle){pixel_x(sheet, mark->x.low), pixel_y(sheet, mark->y.low),
                                                pixel_x(sheet, mark->x.high), pixel_y(sheet, mark->y.high)});
}

static void place_texts(struct sheet *sheet)
{
    struct plot_places *places = &sheet->places;
    places->width = sheet->width;
    places->height = sheet->height;
    if (sheet->died_lines && sheet->layout->lists_inside)
        plot_places_take(
            places, (struct plot_rectangle){sheet->width - sheet->died_width,
                                            sheet->height - LINE_PIXELS * (double)(sheet->died_lines + 2),
                                            sheet->width, sheet->height});
    plot_places_take(places, (struct plot_rectangle){0, 0, sheet->width, 26});            /* "not resolved" */
    plot_places_take(places, (struct plot_rectangle){0, 0, CORNER_WIDTH, CORNER_HEIGHT}); /* "better" */
    for (size_t i = 0; i < sheet->mark_count; i++)
        take_box(sheet, &sheet->marks[i]);
    for (size_t i = 0; i < sheet->mark_count; i++)
        plot_places_take(places, plot_rectangle_around(pixel_x(sheet, sheet->marks[i].x.mean),
                                                       pixel_y(sheet, sheet->marks[i].y.mean), MARK_PIXELS,
                                                       MARK_PIXELS));
    for (size_t i = 0; i < sheet->mark_count; i++)
        if (is_near_partner(sheet, &sheet->marks[i]))
            *sheet->marks[i].text = 0;
        else
            place_text(sheet, &sheet->marks[i]);
}

/* ---- blocks ---- */

static bool is_estimate(const struct sheet *sheet)
{
    for (size_t i = 0; i < sheet->mark_count; i++)
        for (size_t j = 0; j < sheet->marks[i].span->count; j++)
            if (sheet->marks[i].span->points[j].limit_is_estimate)
                return true;
    return false;
}

static void write_panels(const struct plot_spans *spans, const struct sheet *sheets, FILE *out)
{
    fprintf(out,
            "# panel\ttitle\tresolution_ms\toom_ratio\tx_low\tx_high\ty_low\ty_high\twidth\theight\tx_label"
            "\tdied_lines\tlists_inside\n");
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        const struct sheet *sheet = &sheets[i];
        fprintf(out, "%zu\t%s", i + 1, sheet->layout->name);
        plot_put(out, "\t", plot_resolution_ms(spans));
        plot_put(out, "\t", sheet->oom_ratio);
        fprintf(out, "\t%.6g\t%.6g\t%.6g\t%.6g\t%.0f\t%.0f\t%s\t%zu\t%d\n", sheet->x_low, sheet->x_high,
                sheet->y_low, sheet->y_high, sheet->width, sheet->height,
                is_estimate(sheet) ? sheet->layout->x_label_of_estimate : sheet->layout->x_label,
                sheet->died_lines, sheet->layout->lists_inside);
    }
    fprintf(out, "\n\n");
}

/* One row for each of a kind, by number. */
static void write_kind(const struct plot_spans *spans, enum kind kind, const char *columns,
                       void (*print)(const struct plot_span *span, size_t number, FILE *out), FILE *out)
{
    size_t count = count_kinds(spans, kind);
    fprintf(out, "# %s\n", columns);
    for (size_t number = 1; number <= count; number++)
        for (size_t i = 0; i < spans->count; i++)
            if (is_first(spans, i, kind) && number_of(spans, &spans->items[i], kind) == number)
                print(&spans->items[i], number, out);
    fprintf(out, "\n\n");
}

static void print_allocator(const struct plot_span *span, size_t number, FILE *out)
{
    const struct plot_contender *c = plot_span_contender(span);
    fprintf(out, "%zu\t%zu\t1\t%d\t%s\t%zu\n", number, c->style, c->is_yardstick, c->allocator, c->hue);
}

static void print_table(const struct plot_span *span, size_t number, FILE *out)
{
    char name[PLOT_TEXT_BYTES + 40];
    plot_name_table(span->group, span->table, name, sizeof name);
    fprintf(out, "%zu\t%c\t%s\n", number, letter_of(number), name);
}

static void print_option(const struct plot_span *span, size_t number, FILE *out)
{
    char text[PLOT_TEXT_BYTES * 2];
    format_option(span, text, sizeof text);
    fprintf(out, "%zu\t%s\n", number, *text ? text : "the default (growth 2, or its own)");
}

static void write_classes(const struct sheet *sheet, FILE *out)
{
    bool is_used[STABILITY_COUNT] = {false};
    for (size_t i = 0; i < sheet->mark_count; i++)
        is_used[sheet->marks[i].span->stability] = true;
    fprintf(out, "# class\tname\tmeaning\n");
    for (int i = 1; i <= STABILITY_COUNT; i++) /* the unknown one last */
        if (is_used[i % STABILITY_COUNT])
            fprintf(out, "%d\t%s\t%s\n", i % STABILITY_COUNT, stability_names[i % STABILITY_COUNT],
                    stability_meanings[i % STABILITY_COUNT]);
    fprintf(out, "\n\n");
}

static void write_marks(const struct sheet *sheet, struct plot_blocks *blocks)
{
    FILE *out = blocks->stream;
    fprintf(out,
            "# table\tallocator\toption\tclass\theap\tsizes\tlimit_low\tlimit_high\tlimit_mean\tstall_low_ms"
            "\tstall_high_ms\tstall_mean_ms\ttext\ttext_x\ttext_y (shares of the panel)\tcold_limit_mean"
            "\tcold_stall_mean_ms\n");
    for (size_t i = 0; i < sheet->mark_count; i++) {
        const struct mark *m = &sheet->marks[i];
        fprintf(out, "%zu\t%zu\t%zu\t%d\t%s\t%zu\t%.5g\t%.5g\t%.5g\t%.6g\t%.6g\t%.6g\t%s\t%.4f\t%.4f",
                m->table, m->allocator, m->option, m->span->stability,
                cell_heap_names[plot_span_contender(m->span)->example->cell.heap], m->span->count, m->x.low,
                m->x.high, m->x.mean, m->y.low / 1e6, m->y.high / 1e6, m->y.mean / 1e6, m->text,
                m->text_x / sheet->width, m->text_y / sheet->height);
        plot_put(out, "\t", m->partner ? m->partner->x.mean : NAN);
        plot_put(out, "\t", m->partner ? m->partner->y.mean / 1e6 : NAN);
        fputs("\n", out);
        blocks->marks++;
    }
}

static void write_line(void *context, size_t number, const char *indent, const char *line, size_t length)
{
    fprintf(context, "%zu\t\"%s%.*s\"\n", number, indent, (int)length, line); /* quotes keep the indent */
}

static void write_died(const struct plot_spans *spans, const struct sheet *sheet, FILE *out)
{
    fprintf(out, "\n\n# line\twho died\n");
    each_died_line(spans, sheet->layout->died_letters, write_line, out);
    if (!sheet->died_lines)
        fprintf(out, "0\tnobody\n");
}

static int make_sheet(const struct plot_spans *spans, const struct layout *layout, double oom_ratio,
                      struct sheet *sheet)
{
    *sheet = (struct sheet){.layout = layout,
                            .marks = calloc(spans->count + 1, sizeof *sheet->marks),
                            .places.taken = calloc(6 * spans->count + 4, sizeof *sheet->places.taken),
                            .oom_ratio = oom_ratio};
    if (!sheet->marks || !sheet->places.taken)
        return ENOMEM;
    add_marks(spans, sheet);
    measure_died(spans, sheet);
    if (sheet->mark_count) {
        set_ranges(sheet);
        place_texts(sheet);
    }
    return 0;
}

static void write_sheets(const struct plot_spans *spans, const struct sheet *sheets,
                         struct plot_blocks *blocks)
{
    write_panels(spans, sheets, blocks->stream);
    write_kind(spans, KIND_ALLOCATOR, "contender\tstyle\tcondition\tyardstick\tname\thue", print_allocator,
               blocks->stream);
    write_kind(spans, KIND_TABLE, "table\tletter\tname", print_table, blocks->stream);
    write_kind(spans, KIND_OPTION, "option\tname", print_option, blocks->stream);
    write_classes(sheets, blocks->stream);
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        if (i)
            fprintf(blocks->stream, "\n\n");
        write_marks(&sheets[i], blocks);
        write_died(spans, &sheets[i], blocks->stream);
    }
}

int plot_write_decision(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                        struct plot_blocks *blocks)
{
    struct sheet sheets[LAYOUT_COUNT] = {{0}};
    int error = 0;
    for (size_t i = 0; i < LAYOUT_COUNT && !error; i++)
        error = make_sheet(spans, &layouts[i], find_oom_ratio(groups, count), &sheets[i]);
    if (!error && sheets->mark_count) {
        plot_write_span_titles(groups, count, "decision", "Which one: memory limit against longest stall",
                               "medians of the repetitions", blocks->stream);
        write_sheets(spans, sheets, blocks);
    }
    for (size_t i = 0; i < LAYOUT_COUNT; i++) {
        free(sheets[i].marks);
        free(sheets[i].places.taken);
    }
    return error;
}
