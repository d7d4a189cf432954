/* SPDX-License-Identifier: MIT
 *
 * Rows and cells of the numbers to read.
 */
#include "harness/charts/plot_table_parts.h"

#include "harness/charts/plot_table.h"

#include <math.h>
#include <stdlib.h>

bool plot_sheet_begin_row(struct plot_sheet *sheet)
{
    bool has_room = sheet->rows < PLOT_TABLE_ROWS_MAX;
    *(has_room ? &sheet->rows : &sheet->left_out) += 1;
    return has_room;
}

void plot_sheet_put(const struct plot_sheet *sheet, double value, plot_sheet_format *format)
{
    char text[UNITS_TEXT_BYTES];
    fprintf(sheet->stream, "\t%s", isnan(value) ? "-" : format(text, value));
}

void plot_sheet_put_names(const struct plot_sheet *sheet, const struct plot_group *group, size_t table,
                          size_t contender)
{
    char name[PLOT_TEXT_BYTES + 40];
    plot_name_table(group, table, name, sizeof name);
    fprintf(sheet->stream, "%s\t%s", name, group->contenders[contender].name);
}

int plot_sheet_put_lines(struct plot_sheet *sheet, const struct plot_group *group, plot_line_reader *read,
                         plot_sheet_line *put_line)
{
    int failed = 0;
    for (size_t i = 0; i < group->table_count * group->contender_count && !failed; i++) {
        struct plot_points points;
        const struct result *result;
        failed = plot_read_line(read, &group->cells[i], PLOT_POINTS_ALL, &points, &result, sheet->error);
        if (result && !failed && plot_sheet_begin_row(sheet)) {
            plot_sheet_put_names(sheet, group, i / group->contender_count, i % group->contender_count);
            put_line(sheet, result, &points);
            fputs("\n", sheet->stream);
        }
        free(points.items);
    }
    return failed;
}

void plot_sheet_put_end(const struct plot_sheet *sheet, const struct result *result,
                        const struct plot_point *last)
{
    char at[UNITS_TEXT_BYTES], of[UNITS_TEXT_BYTES];
    if (result->status == RECORD_OK)
        fputs("\tOK", sheet->stream);
    else
        fprintf(sheet->stream, "\t%s: died at %s of %s entries", record_status_names[result->status],
                units_format_count(at, last->entries), units_format_count(of, (double)result->cell.entries));
}
