/* SPDX-License-Identifier: MIT
 *
 * Data of the figure `growth`: what the longest growth of each cell was spent on, as growth_parts.h splits it.
 *
 *   block 3  panel, row, contender, entries, total_ms, allocator_ms, free_ms, faults_ms, rehash_ms, unsplit_ms, text, status
 *
 * unsplit_ms is rehash with the page faults in it, where the kernel's clock cannot tell them apart. A part that is not
 * known is 0 here, and in another one. total_ms is NaN where there is no growth to show, and `text` says why; status is what came
 * after the growth that is shown.
 */
#include "harness/charts/plot_table_parts.h"

#include "harness/evaluate/growth_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of a crew the growths of several tables overlap, and nobody asks the kernel. */
static bool is_splittable(const struct result *result)
{
    return result->cell.threads == 1;
}

static int read_parts(const struct result *result, struct growth_parts *parts, bool *is_there, char *error)
{
    struct growth_longest growths = {0};
    *is_there = false;
    if (!is_splittable(result))
        return 0;
    int failed = results_each_row(result, RESULTS_GROWTH, growth_parts_take, &growths, error);
    if (!failed)
        *is_there = growth_parts_split(&growths, parts);
    return failed;
}

/* What stands beside a bar, or in its place. */
static const char *format_bar(const struct result *result, const struct growth_parts *parts, bool is_there,
                              char *text)
{
    if (is_there)
        return units_format_duration(text, parts->total_ns);
    return !is_splittable(result)        ? "not with threads"
           : result->status != RECORD_OK ? record_status_names[result->status]
                                         : "no growth seen";
}

static double known(double ns)
{
    return isnan(ns) ? 0 : ns;
}

static void write_row(const struct growth_parts *parts, bool is_there, FILE *out)
{
    const struct growth_parts none = {.total_ns = NAN}, *p = is_there ? parts : &none;
    const bool is_split = !isnan(p->faults_ns);
    const double values_ns[] = {p->total_ns,
                                p->allocator_ns,
                                known(p->free_ns),
                                known(p->faults_ns),
                                is_split ? p->rehash_ns : 0,
                                is_split ? 0 : p->rehash_ns};
    fprintf(out, "\t%.0f", p->entries);
    for (size_t i = 0; i < sizeof values_ns / sizeof *values_ns; i++)
        plot_put(out, "\t", values_ns[i] / 1e6);
}

int plot_write_growth(const struct plot_group *group, struct plot_blocks *blocks)
{
    plot_write_tables(group, blocks->stream);
    plot_write_contenders(group, blocks->stream);
    fprintf(blocks->stream, "# panel\trow\tcontender\tentries\ttotal_ms\tallocator_ms\tfree_ms\tfaults_ms"
                            "\trehash_ms\tunsplit_ms\ttext\tstatus\n");
    for (size_t table = 0; table < group->table_count; table++)
        for (size_t i = 0, row = 0; i < group->contender_count; i++) {
            const struct result *result = plot_choose(plot_group_cell(group, table, i));
            struct growth_parts parts;
            bool is_there;
            char text[UNITS_TEXT_BYTES];
            if (!result)
                continue;
            int failed = read_parts(result, &parts, &is_there, blocks->error);
            if (failed)
                return failed;
            fprintf(blocks->stream, "%zu\t%zu\t%zu", table + 1, ++row, i + 1);
            write_row(&parts, is_there, blocks->stream);
            fprintf(blocks->stream, "\t%s\t%s\n", format_bar(result, &parts, is_there, text),
                    is_there ? record_status_names[result->status] : "OK");
            blocks->marks += is_there;
        }
    return 0;
}

/* ---- in numbers ---- */

static void put_parts(const struct plot_sheet *sheet, const struct growth_parts *parts)
{
    const bool is_split = !isnan(parts->faults_ns);
    plot_sheet_put(sheet, parts->total_ns, units_format_duration);
    plot_sheet_put(sheet, parts->entries, units_format_count);
    plot_sheet_put(sheet, parts->allocator_ns, units_format_duration);
    plot_sheet_put(sheet, parts->free_ns, units_format_duration);
    plot_sheet_put(sheet, parts->fault_count, units_format_count);
    plot_sheet_put(sheet, parts->faults_ns, units_format_duration);
    plot_sheet_put(sheet, parts->rehash_ns, units_format_duration);
    fprintf(sheet->stream, "%s", is_split ? "" : ", faults included");
}

int plot_put_growth(struct plot_sheet *sheet, const struct plot_group *group)
{
    fputs("table\tallocator\tlongest growth\tat entries\tallocator: new block, copying and "
          "zeroing\tallocator: old "
          "block "
          "given back\tpage faults of the table\ttime in them\trehash\tended\n",
          sheet->stream);
    for (size_t i = 0; i < group->table_count * group->contender_count; i++) {
        const struct result *result = plot_choose(&group->cells[i]);
        struct growth_parts parts;
        struct plot_point end;
        bool is_there;
        char text[UNITS_TEXT_BYTES];
        if (!result || !plot_sheet_begin_row(sheet))
            continue;
        int failed = read_parts(result, &parts, &is_there, sheet->error);
        if (!failed)
            failed = plot_lines_read_end(result, &end, sheet->error);
        if (failed)
            return failed;
        plot_sheet_put_names(sheet, group, i / group->contender_count, i % group->contender_count);
        if (is_there)
            put_parts(sheet, &parts);
        else
            fprintf(sheet->stream, "\t%s\t-\t-\t-\t-\t-\t-", format_bar(result, &parts, false, text));
        plot_sheet_put_end(sheet, result, &end);
        fputs("\n", sheet->stream);
    }
    return 0;
}
