/* SPDX-License-Identifier: MIT
 *
 * `growbench list`: what there is, what is missing and why.
 */
#include "harness/catalog.h"
#include "harness/commands.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *list_row(const char *name, const char *summary, bool available, const char *reason)
{
    return json_pack("{s:s,s:s,s:b,s:s}", "name", name, "summary", summary, "available", available, "reason",
                     reason);
}

static json_t *list_all(const struct catalog *catalog)
{
    json_t *allocators = json_array(), *tables = json_array(), *workloads = json_array();
    for (size_t i = 0; i < catalog->allocator_count; i++) {
        const struct catalog_allocator *a = &catalog->allocators[i];
        json_t *row = list_row(a->name, a->row.summary, a->available, a->reason);
        json_object_set_new(row, "version",
                            json_string(a->row.properties & ALLOCATOR_IS_MALLOC ? a->version : ""));
        json_object_set_new(row, "path", json_string(a->path));
        json_array_append_new(allocators, row);
    }
    for (size_t i = 0; i < catalog->table_count; i++)
        json_array_append_new(tables, list_row(catalog->tables[i].name, catalog->tables[i].summary,
                                               catalog->tables[i].available, catalog->tables[i].reason));
    for (int i = 0; cell_workload_names[i]; i++)
        json_array_append_new(workloads,
                              list_row(cell_workload_names[i], cell_workload_summaries[i], true, ""));
    return json_pack("{s:o,s:o,s:o}", "allocators", allocators, "tables", tables, "workloads", workloads);
}

static void print_list(const json_t *list, const char *heading)
{
    size_t i;
    json_t *row;
    printf("%s\n", heading);
    json_array_foreach(list, i, row)
    {
        const char *version = json_string_value(json_object_get(row, "version"));
        bool available = json_is_true(json_object_get(row, "available"));
        printf("  %-16s %-8s %s\n", json_string_value(json_object_get(row, "name")), version ? version : "",
               json_string_value(json_object_get(row, "summary")));
        if (!available)
            printf("  %-16s %-8s not here: %s\n", "", "", json_string_value(json_object_get(row, "reason")));
    }
}

enum exit_code command_list(int argc, char **argv)
{
    static const char *const kinds[] = {"allocators", "tables", "workloads", NULL};
    bool as_json = false;
    int kind = -1;
    for (int i = 1; i < argc; i++) {
        int found = cell_find_word(kinds, argv[i], strlen(argv[i]));
        if (found >= 0)
            kind = found;
        else if (!strcmp(argv[i], "--json"))
            as_json = true;
        else {
            fprintf(stderr, "growbench: list knows allocators, tables, workloads and --json, not '%s'\n",
                    argv[i]);
            return EXIT_USAGE;
        }
    }
    struct catalog *catalog = calloc(1, sizeof *catalog);
    char error[SENTENCE_BYTES] = "";
    if (!catalog)
        return EXIT_HARNESS;
    catalog_all(catalog);
    catalog_probe(catalog, error);
    json_t *all = list_all(catalog);
    for (int i = 0; kinds[i]; i++) {
        if (kind >= 0 && kind != i)
            json_object_del(all, kinds[i]);
        else if (!as_json)
            print_list(json_object_get(all, kinds[i]), kinds[i]);
    }
    if (as_json) {
        json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(all);
    free(catalog);
    return EXIT_FINE;
}
