/* SPDX-License-Identifier: MIT */
#include "harness/run/reference.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

const char *const reference_allocators[] = {"glibc", "copying", NULL};

static bool same_text(const json_t *a, const json_t *b, const char *key)
{
    const char *left = json_string_value(json_object_get(a, key)),
               *right = json_string_value(json_object_get(b, key));
    return left && right && !strcmp(left, right);
}

static struct result *find_cell(const struct results *results, const struct cell *cell,
                                const struct catalog *catalog, const json_t *context)
{
    const char *table_version = catalog_table_of(catalog, cell->table)->version;
    char id[CELL_ID_BYTES];
    cell_format_id(cell, id);
    for (size_t i = 0; i < results->count; i++)
        if (!strcmp(results->items[i].id, id) && results->items[i].status == RECORD_OK &&
            !strcmp(results->items[i].table_version, table_version) &&
            same_text(results->items[i].context, context, "machine_fingerprint") &&
            same_text(results->items[i].context, context, "git_revision"))
            return &results->items[i];
    return NULL;
}

/* Calls `take` for every cell that must be there; false as soon as one is not. */
static bool collect(const struct matrix *matrix, const struct catalog *catalog, const struct results *stored,
                    const json_t *context, struct results *into)
{
    for (size_t i = 0; i < matrix->count; i++) {
        if (i && cell_same_row(&matrix->cells[i], &matrix->cells[i - 1]) &&
            matrix->cells[i].mode == matrix->cells[i - 1].mode)
            continue;
        for (const char *const *name = reference_allocators; *name; name++) {
            if (catalog_allocator_of(catalog, *name))
                continue;
            struct cell cell = matrix->cells[i];
            memset(cell.allocator, 0, sizeof cell.allocator);
            snprintf(cell.allocator, sizeof cell.allocator, "%s", *name);
            struct result *found = find_cell(stored, &cell, catalog, context);
            struct result *larger =
                found ? realloc(into->items, (into->count + 1) * sizeof *into->items) : NULL;
            if (!larger)
                return false;
            into->items = larger;
            into->items[into->count] = *found;
            into->items[into->count].is_reference = true;
            json_incref(found->context);
            into->count++;
        }
    }
    return into->count > 0;
}

static int newest_first(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*b)->d_name, (*a)->d_name);
}

static int is_run_name(const struct dirent *entry)
{
    return entry->d_name[0] >= '0' && entry->d_name[0] <= '9';
}

bool reference_find(const char *results_folder, const struct matrix *matrix, const struct catalog *catalog,
                    const json_t *context, struct results *results)
{
    /* A user's table has no history that its name alone could prove. */
    for (size_t i = 0; i < catalog->table_count; i++)
        if (*catalog->tables[i].library)
            return false;
    struct dirent **entries;
    int count = scandir(results_folder, &entries, is_run_name, newest_first);
    bool found = false;
    for (int i = 0; i < count; i++) {
        char path[RESULTS_PATH_BYTES], error[SENTENCE_BYTES];
        struct results stored, taken = {0};
        snprintf(path, sizeof path, "%.700s/%.255s", results_folder, entries[i]->d_name);
        free(entries[i]);
        if (found || results_load(path, &stored, error)) /* a damaged neighbour is no reason to stop */
            continue;
        found = collect(matrix, catalog, &stored, context, &taken);
        results_free(&stored);
        if (found)
            *results = taken;
        else
            results_free(&taken);
    }
    if (count >= 0)
        free(entries);
    return found;
}
