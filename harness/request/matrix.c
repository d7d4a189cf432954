/* SPDX-License-Identifier: MIT */
#include "harness/request/matrix.h"

#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Google Benchmark's filter: an extended regular expression; a leading '-' negates it, "all" is everything.
 */
struct filter {
    bool given, negated;
    regex_t expression;
};

static bool filter_passes(const struct filter *filter, const struct cell *cell)
{
    char id[CELL_ID_BYTES];
    return !filter->given ||
           !regexec(&filter->expression, cell_format_id(cell, id), 0, NULL, 0) != filter->negated;
}

/* Both is all that there is: a batch of one's own has no latency mode. */
static void add_modes(struct matrix *matrix, struct cell cell, const struct filter *filter)
{
    static const enum cell_mode modes[] = {CELL_THROUGHPUT, CELL_LATENCY};
    const bool is_batched = cell.batch != CELL_BATCH_DEFAULT;
    const enum cell_mode mode = cell.mode == CELL_BOTH && is_batched ? CELL_THROUGHPUT : cell.mode;
    for (int i = 0; i < 2; i++) {
        cell.mode = modes[i];
        if ((mode == CELL_BOTH || mode == cell.mode) && filter_passes(filter, &cell))
            matrix->cells[matrix->count++] = cell;
    }
}

/* Every value of this axis and of those after it; the last one turns fastest. */
static void add_values(struct matrix *matrix, const struct spec *spec, struct cell *cell, int axis,
                       const struct filter *filter)
{
    if (axis == CELL_AXIS_COUNT) {
        add_modes(matrix, *cell, filter);
        return;
    }
    for (size_t i = 0; i < spec->axes[axis].count; i++) {
        cell_set(cell, (enum cell_axis)axis, spec->axes[axis].items[i]);
        add_values(matrix, spec, cell, axis + 1, filter);
    }
}

static void add_cells(struct matrix *matrix, const struct spec *spec, const struct catalog *catalog,
                      const struct filter *filter)
{
    for (size_t w = 0; w < spec->axes[CELL_AXIS_workload].count; w++)
        for (size_t t = 0; t < catalog->table_count; t++)
            for (size_t a = 0; a < catalog->allocator_count; a++) {
                struct cell cell = cell_default();
                cell.workload = (enum cell_workload)spec->axes[CELL_AXIS_workload].items[w];
                memcpy(cell.table, catalog->tables[t].name, sizeof cell.table);
                memcpy(cell.allocator, catalog->allocators[a].name, sizeof cell.allocator);
                add_values(matrix, spec, &cell, CELL_AXIS_workload + 1, filter);
            }
}

/* A longer list is a mistake: it would run for years. */
enum { CELLS_MAX = 1 << 20 };

static size_t count_cells(const struct spec *spec, const struct catalog *catalog)
{
    size_t most = 2 * catalog->table_count * catalog->allocator_count;
    for (int axis = 0; axis < CELL_AXIS_COUNT && most <= CELLS_MAX; axis++)
        most *= spec->axes[axis].count;
    return most;
}

int matrix_build(struct matrix *matrix, const struct spec *spec, const struct catalog *catalog, char *error)
{
    *matrix = (struct matrix){0};
    size_t most = count_cells(spec, catalog);
    if (most > CELLS_MAX)
        return sentence_fail(error, EINVAL, "more than %d cells: shorten a list", CELLS_MAX);
    struct filter filter = {.given = *spec->filter && strcmp(spec->filter, "all"),
                            .negated = *spec->filter == '-'};
    if (filter.given &&
        regcomp(&filter.expression, spec->filter + filter.negated, REG_EXTENDED | REG_NOSUB)) {
        return sentence_fail(error, EINVAL, "the filter '%.200s' is no extended regular expression",
                             spec->filter);
    }
    matrix->cells = calloc(most ? most : 1, sizeof *matrix->cells);
    if (matrix->cells)
        add_cells(matrix, spec, catalog, &filter);
    if (filter.given)
        regfree(&filter.expression);
    if (!matrix->cells)
        return ENOMEM;
    if (!matrix->count) {
        matrix_free(matrix);
        return sentence_fail(error, EINVAL, "nothing to run: the filter '%.200s' matches none of the cells",
                             spec->filter);
    }
    return 0;
}

void matrix_free(struct matrix *matrix)
{
    free(matrix->cells);
    *matrix = (struct matrix){0};
}
