/* SPDX-License-Identifier: MIT */
#include "harness/matrix.h"

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

static void add_modes(struct matrix *matrix, struct cell cell, enum cell_mode mode,
                      const struct filter *filter)
{
    static const enum cell_mode modes[] = {CELL_THROUGHPUT, CELL_LATENCY};
    for (int i = 0; i < 2; i++) {
        cell.mode = modes[i];
        if ((mode == CELL_BOTH || mode == cell.mode) && filter_passes(filter, &cell))
            matrix->cells[matrix->count++] = cell;
    }
}

static void add_cells(struct matrix *matrix, const struct spec *spec, const struct catalog *catalog,
                      const struct filter *filter)
{
    for (size_t w = 0; w < spec->workloads.count; w++)
        for (size_t t = 0; t < catalog->table_count; t++)
            for (size_t a = 0; a < catalog->allocator_count; a++)
                for (size_t e = 0; e < spec->entries.count; e++)
                    for (size_t h = 0; h < spec->heaps.count; h++)
                        for (size_t p = 0; p < spec->thps.count; p++) {
                            struct cell cell = {.workload = (enum cell_workload)spec->workloads.items[w],
                                                .entries = spec->entries.items[e],
                                                .heap = (enum cell_heap)spec->heaps.items[h],
                                                .thp = (enum page_policy)spec->thps.items[p],
                                                .seed = spec->seed,
                                                .aslr = spec->aslr};
                            memcpy(cell.table, catalog->tables[t].name, sizeof cell.table);
                            memcpy(cell.allocator, catalog->allocators[a].name, sizeof cell.allocator);
                            add_modes(matrix, cell, spec->mode, filter);
                        }
}

int matrix_build(struct matrix *matrix, const struct spec *spec, const struct catalog *catalog, char *error)
{
    *matrix = (struct matrix){0};
    struct filter filter = {.given = *spec->filter && strcmp(spec->filter, "all"),
                            .negated = *spec->filter == '-'};
    if (filter.given &&
        regcomp(&filter.expression, spec->filter + filter.negated, REG_EXTENDED | REG_NOSUB)) {
        return sentence_fail(error, EINVAL, "the filter '%.200s' is no extended regular expression",
                             spec->filter);
    }
    size_t most = 2 * spec->workloads.count * catalog->table_count * catalog->allocator_count *
                  spec->entries.count * spec->heaps.count * spec->thps.count;
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
