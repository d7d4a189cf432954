/* SPDX-License-Identifier: MIT */
#include "harness/common/sentence.h"
#include "harness/report/report_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void report_grid_begin(struct report_grid *grid, const struct page_column *columns, size_t column_count)
{
    *grid = (struct report_grid){.columns = columns, .column_count = column_count};
}

void report_grid_add(struct report_grid *grid, enum page_mark mark, size_t columns, const char *format, ...)
{
    char *text = NULL;
    va_list arguments;
    if (grid->cell_count == grid->cell_room) {
        const size_t room = grid->cell_room ? 2 * grid->cell_room : 64;
        struct page_cell *cells = realloc(grid->cells, room * sizeof *cells);
        grid->failed |= !cells;
        if (grid->failed)
            return;
        grid->cells = cells;
        grid->cell_room = room;
    }
    va_start(arguments, format);
    grid->failed |= vasprintf(&text, format, arguments) < 0;
    va_end(arguments);
    if (grid->failed)
        return;
    grid->cells[grid->cell_count++] = (struct page_cell){.text = text, .mark = mark, .columns = columns};
    grid->at_column += columns ? columns : 1;
    if (grid->at_column >= grid->column_count) {
        grid->at_column = 0;
        grid->row_count++;
    }
}

void report_grid_explain(struct report_grid *grid, const char *detail)
{
    if (grid->failed || !grid->cell_count || !*detail)
        return;
    char *copy = strdup(detail);
    grid->failed |= !copy;
    grid->cells[grid->cell_count - 1].detail = copy;
}

void report_grid_put(struct report_grid *grid, const char *caption, struct page *page)
{
    const struct page_table table = {.caption = caption,
                                     .columns = grid->columns,
                                     .column_count = grid->column_count,
                                     .cells = grid->cells,
                                     .row_count = grid->row_count,
                                     .stacks = grid->stacks};
    if (grid->failed && !*page->error)
        sentence_fail(page->error, ENOMEM, "no memory for a table of the report");
    else if (!grid->failed && grid->row_count)
        page->ops->table(page, &table);
    report_grid_free(grid);
}

void report_grid_free(struct report_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++) {
        free((char *)(uintptr_t)grid->cells[i].text);
        free((char *)(uintptr_t)grid->cells[i].detail);
    }
    free(grid->cells);
    *grid = (struct report_grid){0};
}
