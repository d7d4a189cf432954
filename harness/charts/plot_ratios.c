/* SPDX-License-Identifier: MIT
 *
 * Data of the forest: ratios to a reference allocator, a panel a table (of each run), a row an allocator and figure.
 *
 *   block 1  panel, title, rows
 *   block 2  contender: style.gp wants to know them; the rows say names themselves
 *   block 3  x_low, x_high, reference
 *   block 4  panel, row, what stands left, verdict (0 heading, 1 better, 2 worse, 3 not told apart), has_interval,
 *            mean, low, high, what stands right
 *
 * Rejected: a panel a figure with all tables in it. Who reads looks for a table; and names of tables and allocators
 * leave no room for the axis on a phone.
 */
#include "harness/charts/plot_table_parts.h"

#include "harness/evaluate/ratios.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Beyond it a mark stands at the edge, and the text says how far. */
static const double range_most = 1000;

enum mark { MARK_HEADING, MARK_BETTER, MARK_WORSE, MARK_ALIKE };

/* The ratios of one run. */
struct forest {
    const struct plot_run *run;
    struct ratios ratios;
};

struct forests {
    size_t count;
    struct forest *items;
    size_t panel_count;
    double low, high; /* of the axis */
};

/* ---- what is in it ---- */

static int add_run(struct forests *forests, const struct plot_run *run, enum cell_workload workload,
                   const char *reference)
{
    for (size_t i = 0; i < forests->count; i++)
        if (forests->items[i].run == run)
            return 0;
    struct forest *forest = &forests->items[forests->count++];
    forest->run = run;
    const int error = ratios_make_of(&run->results, workload, reference, &forest->ratios);
    return error == ENOENT ? 0 : error;
}

static int collect(const struct plot_group *groups, size_t count, const char *reference,
                   struct forests *forests)
{
    size_t most = 1;
    for (size_t i = 0; i < count; i++)
        most += groups[i].contender_count;
    *forests = (struct forests){.items = calloc(most, sizeof *forests->items), .low = 0.5, .high = 2};
    int error = forests->items ? 0 : ENOMEM;
    for (size_t i = 0; i < count && !error; i++)
        for (size_t j = 0; j < groups[i].contender_count && !error; j++)
            error = add_run(forests, groups[i].contenders[j].run, groups[i].workload, reference);
    return error;
}

static void release(struct forests *forests)
{
    for (size_t i = 0; i < forests->count; i++)
        ratios_free(&forests->items[i].ratios);
    free(forests->items);
}

static bool is_shown(const struct ratios_row *row)
{
    for (int m = 0; m < RATIOS_METRICS; m++)
        if (row->metrics[m].count)
            return true;
    return false;
}

/* Powers of two around all means. */
static void set_range(struct forests *forests)
{
    double least = forests->low, most = forests->high;
    for (size_t i = 0; i < forests->count; i++)
        for (size_t j = 0; j < forests->items[i].ratios.count; j++)
            for (int m = 0; m < RATIOS_METRICS; m++) {
                const struct ratio *ratio = &forests->items[i].ratios.items[j].metrics[m];
                least = ratio->count ? fmin(least, ratio->mean) : least;
                most = ratio->count ? fmax(most, ratio->mean) : most;
            }
    forests->low = exp2(floor(log2(fmax(least, 1 / range_most)) - 0.2));
    forests->high = exp2(ceil(log2(fmin(most, range_most)) + 0.2));
}

/* ---- names ---- */

static const struct plot_contender *find_contender(const struct plot_group *groups, size_t count,
                                                   const struct plot_run *run, const struct result *any)
{
    const unsigned free_axes = 1u << CELL_AXIS_entries | 1u << CELL_AXIS_mode | 1u << CELL_AXIS_seed;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < groups[i].contender_count; j++) {
            const struct plot_contender *c = &groups[i].contenders[j];
            struct cell like = any->cell;
            memcpy(like.table, c->example->cell.table, sizeof like.table);
            if (c->run == run && cell_same_but(&c->example->cell, &like, free_axes))
                return c;
        }
    return NULL;
}

/* Without its version, which the table of results has, and a cold heap is not said. */
static void name_row(const struct plot_contender *contender, char *name, size_t size)
{
    char allocator[CELL_NAME_BYTES];
    const char *condition = contender->condition;
    const size_t cold = strlen(cell_heap_names[CELL_COLD]);
    if (!strncmp(condition, cell_heap_names[CELL_COLD], cold) && strchr(" ,", condition[cold]))
        condition += cold + (condition[cold] != 0);
    plot_safe_text(allocator, sizeof allocator, contender->example->cell.allocator);
    snprintf(name, size, "%s%s%.60s", allocator, *condition ? " " : "", condition);
}

static void name_table(const struct plot_group *groups, size_t count, const struct result *any,
                       const struct plot_run *run, char *name, size_t size)
{
    char label[PLOT_TEXT_BYTES + 40] = "";
    for (size_t i = 0; i < count && !*label; i++)
        for (size_t t = 0; t < groups[i].table_count && !*label; t++)
            if (!strcmp(groups[i].tables[t].key, any->cell.table))
                plot_name_table(&groups[i], t, label, sizeof label);
    snprintf(name, size, "%s%s%.60s", label, *run->name ? ", " : "", run->name);
}

/* ---- blocks ---- */

/* Where the rows go: into the figure's data or into its numbers to read. */
struct target {
    FILE *stream;             /* NULL: not there */
    struct plot_sheet *sheet; /* likewise */
    size_t marks;
};

static enum mark mark_of(const struct ratio *ratio, enum ratios_metric metric)
{
    if (ratio->verdict == RATIOS_NOT_APART)
        return MARK_ALIKE;
    return (ratio->verdict == RATIOS_MORE) == ratios_larger_is_better[metric] ? MARK_BETTER : MARK_WORSE;
}

static const char *const words[] = {
    [MARK_BETTER] = "better", [MARK_WORSE] = "worse", [MARK_ALIKE] = "not told apart"};

static void write_row(const struct ratio *ratio, enum ratios_metric metric, const char *label, size_t panel,
                      size_t row, FILE *out)
{
    char text[RATIOS_TEXT_BYTES];
    const enum mark mark = mark_of(ratio, metric);
    fprintf(out, "%zu\t%zu\t%s\t%d\t%d\t%.5g", panel, row, label, mark, ratio->has_interval, ratio->mean);
    plot_put(out, "\t", ratio->low);
    plot_put(out, "\t", ratio->high);
    fprintf(out, "\t%s%s%s\n", ratios_format_figures(ratio, text), mark == MARK_ALIKE ? "" : " ",
            mark == MARK_ALIKE ? "" : words[mark]);
}

static void put_row(const struct ratio *ratio, enum ratios_metric metric, const char *label,
                    const char *table, struct plot_sheet *sheet)
{
    char text[RATIOS_TEXT_BYTES];
    if (plot_sheet_begin_row(sheet))
        fprintf(sheet->stream, "%s\t%s\t%s\t%s\t%s\t%zu\n", table, ratios_metric_names[metric], label,
                ratios_format_figures(ratio, text),
                ratio->count > 1 || ratio->is_exact ? words[mark_of(ratio, metric)] : "one process each",
                ratio->count);
}

/* A table's rows stand together. Returns how many lines the panel has. */
static size_t write_panel(const struct plot_group *groups, size_t count, const struct forest *forest,
                          size_t first, size_t end, size_t panel, struct target *target)
{
    size_t row = 0;
    char table[PLOT_TEXT_BYTES * 2];
    name_table(groups, count, forest->ratios.items[first].any, forest->run, table, sizeof table);
    for (int m = 0; m < RATIOS_METRICS; m++) {
        bool is_headed = false;
        for (size_t i = first; i < end; i++) {
            const struct ratios_row *item = &forest->ratios.items[i];
            const struct plot_contender *contender = find_contender(groups, count, forest->run, item->any);
            char label[PLOT_TEXT_BYTES];
            if (!item->metrics[m].count || !contender)
                continue;
            if (!is_headed && target->stream)
                fprintf(target->stream, "%zu\t%zu\t%s: %s is better\t%d\t0\tNaN\tNaN\tNaN\t\n", panel, ++row,
                        ratios_metric_names[m], ratios_larger_is_better[m] ? "more" : "less", MARK_HEADING);
            is_headed = true;
            name_row(contender, label, sizeof label);
            row++;
            if (target->stream)
                write_row(&item->metrics[m], (enum ratios_metric)m, label, panel, row, target->stream);
            if (target->sheet)
                put_row(&item->metrics[m], (enum ratios_metric)m, label, table, target->sheet);
            target->marks++;
        }
    }
    return row;
}

static size_t find_end(const struct ratios *ratios, size_t first)
{
    size_t end = first;
    while (end < ratios->count &&
           !strcmp(ratios->items[end].any->cell.table, ratios->items[first].any->cell.table))
        end++;
    return end;
}

static bool is_panel(const struct ratios *ratios, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (is_shown(&ratios->items[i]))
            return true;
    return false;
}

static void write_panels(const struct plot_group *groups, size_t count, const struct forests *forests,
                         bool with_rows, struct target *target)
{
    size_t panel = 0;
    for (size_t i = 0; i < forests->count; i++) {
        const struct ratios *ratios = &forests->items[i].ratios;
        for (size_t first = 0, end; first < ratios->count; first = end) {
            char name[PLOT_TEXT_BYTES * 2];
            end = find_end(ratios, first);
            if (!is_panel(ratios, first, end))
                continue;
            panel++;
            name_table(groups, count, ratios->items[first].any, forests->items[i].run, name, sizeof name);
            if (with_rows)
                write_panel(groups, count, &forests->items[i], first, end, panel, target);
            else
                fprintf(target->stream, "%zu\t%s\n", panel, name);
        }
    }
}

/* Who is compared with, of all runs. */
static void name_references(const struct forests *forests, char *names, size_t size)
{
    *names = 0;
    for (size_t i = 0; i < forests->count; i++) {
        char name[CELL_NAME_BYTES];
        plot_safe_text(name, sizeof name, forests->items[i].ratios.reference);
        const size_t used = strlen(names);
        if (*name && !strstr(names, name))
            snprintf(names + used, size - used, "%s%s", used ? " or " : "", name);
    }
}

static void write_contenders(const struct plot_group *groups, size_t count, const struct forests *forests,
                             FILE *out)
{
    size_t number = 0;
    fprintf(out, "\n\n# contender\tstyle\tcondition\tyardstick\tname\thue\n");
    for (size_t i = 0; i < forests->count; i++)
        for (size_t j = 0; j < forests->items[i].ratios.count; j++) {
            const struct ratios_row *row = &forests->items[i].ratios.items[j];
            const struct plot_contender *c =
                is_shown(row) ? find_contender(groups, count, forests->items[i].run, row->any) : NULL;
            char name[PLOT_TEXT_BYTES];
            if (!c)
                continue;
            name_row(c, name, sizeof name);
            fprintf(out, "%zu\t%zu\t1\t0\t%s\t%zu\n", ++number, c->style, name, c->hue);
        }
}

static bool is_empty(const struct forests *forests)
{
    for (size_t i = 0; i < forests->count; i++)
        for (size_t j = 0; j < forests->items[i].ratios.count; j++)
            if (is_shown(&forests->items[i].ratios.items[j]))
                return false;
    return true;
}

static void write_all(const struct plot_group *groups, size_t count, const struct forests *forests,
                      struct plot_blocks *blocks)
{
    char references[PLOT_TEXT_BYTES], title[PLOT_TEXT_BYTES + 20];
    FILE *out = blocks->stream;
    struct target target = {.stream = out};
    name_references(forests, references, sizeof references);
    snprintf(title, sizeof title, "Ratios to %s", references);
    plot_write_span_titles(groups, count, "ratios", title,
                           "geometric means over sizes and repetitions, 95 % intervals", out);
    fprintf(out, "# panel\ttitle\n");
    write_panels(groups, count, forests, false, &target);
    write_contenders(groups, count, forests, out);
    fprintf(out, "\n\n# x_low\tx_high\treference\n%.6g\t%.6g\t%s\n\n\n", forests->low, forests->high,
            references);
    fprintf(out, "# panel\trow\tleft\tverdict: 0 heading, 1 better, 2 worse, 3 not told apart\thas_interval"
                 "\tmean\tlow\thigh\tright\n");
    write_panels(groups, count, forests, true, &target);
    blocks->marks += target.marks;
}

int plot_write_ratios(const struct plot_group *groups, size_t count, const struct plot_spans *spans,
                      struct plot_blocks *blocks)
{
    (void)spans;
    struct forests forests;
    const int error = collect(groups, count, blocks->wish->reference, &forests);
    if (!error && !is_empty(&forests)) {
        set_range(&forests);
        write_all(groups, count, &forests, blocks);
    }
    release(&forests);
    return error;
}

int plot_put_ratios(struct plot_sheet *sheet, const struct plot_group *groups, size_t count,
                    const char *reference)
{
    struct forests forests;
    struct target target = {.sheet = sheet};
    char references[PLOT_TEXT_BYTES];
    const int error = collect(groups, count, reference, &forests);
    name_references(&forests, references, sizeof references);
    fprintf(sheet->stream, "table\tfigure\tallocator\tratio to %s (95 %% interval)\ttold apart\tpairs\n",
            references);
    if (!error)
        write_panels(groups, count, &forests, true, &target);
    release(&forests);
    return error;
}
