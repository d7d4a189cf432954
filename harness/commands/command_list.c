/* SPDX-License-Identifier: MIT
 *
 * `growbench list`: what there is, what is missing and why.
 */
#include "harness/commands/commands.h"
#include "harness/request/catalog.h"
#include "harness/run/settings.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *list_row(const char *name, const char *summary, bool available, const char *reason)
{
    return json_pack("{s:s,s:s,s:b,s:s}", "name", name, "summary", summary, "available", available, "reason",
                     reason);
}

static json_t *settings_list(const struct allocator *row, enum page_policy policy)
{
    json_t *list = json_array();
    struct settings settings;
    if (!settings_compose(&settings, row, policy))
        for (size_t i = 0; i < settings.count; i++)
            json_array_append_new(list, json_string(settings.items[i]));
    return list;
}

static json_t *list_allocator(const struct catalog_allocator *a)
{
    json_t *row = list_row(a->name, a->row.summary, a->available, a->reason);
    json_object_set_new(row, "version",
                        json_string(a->row.properties & ALLOCATOR_IS_MALLOC ? a->version : ""));
    json_object_set_new(row, "path", json_string(a->path));
    json_object_set_new(row, "preload", json_string(a->row.preload ? a->row.preload : ""));
    json_object_set_new(row, "settings", settings_list(&a->row, PAGE_POLICY_SYSTEM));
    json_object_set_new(row, "settings_thp_always", settings_list(&a->row, PAGE_POLICY_ALWAYS));
    return row;
}

static json_t *list_table(const struct catalog_table *t)
{
    json_t *row = list_row(t->name, t->summary, t->available, t->reason);
    json_object_set_new(row, "version", json_string(t->version));
    json_object_set_new(row, "own_malloc", json_boolean(t->properties & TABLE_OWN_MALLOC));
    return row;
}

static json_t *list_all(const struct catalog *catalog)
{
    json_t *allocators = json_array(), *tables = json_array(), *workloads = json_array();
    for (size_t i = 0; i < catalog->allocator_count; i++)
        json_array_append_new(allocators, list_allocator(&catalog->allocators[i]));
    for (size_t i = 0; i < catalog->table_count; i++)
        json_array_append_new(tables, list_table(&catalog->tables[i]));
    for (int i = 0; cell_workload_names[i]; i++)
        json_array_append_new(workloads,
                              list_row(cell_workload_names[i], cell_workload_summaries[i], true, ""));
    return json_pack("{s:o,s:o,s:o}", "allocators", allocators, "tables", tables, "workloads", workloads);
}

static const char *text_of(const json_t *row, const char *key)
{
    const char *text = json_string_value(json_object_get(row, key));
    return text ? text : "";
}

static int widest(const json_t *list, const char *key, int least)
{
    size_t i;
    json_t *row;
    json_array_foreach(list, i, row)
    {
        int length = (int)strlen(text_of(row, key));
        least = length > least ? length : least;
    }
    return least;
}

static void print_list(const json_t *list, const char *heading)
{
    size_t i;
    json_t *row;
    int name_width = widest(list, "name", 16), version_width = widest(list, "version", 8);
    printf("%s\n", heading);
    json_array_foreach(list, i, row)
    {
        bool own_malloc = json_is_true(json_object_get(row, "own_malloc"));
        printf("  %-*s %-*s %s%s\n", name_width, text_of(row, "name"), version_width, text_of(row, "version"),
               text_of(row, "summary"), own_malloc ? " (own malloc: glibc or a preloaded one only)" : "");
        if (!json_is_true(json_object_get(row, "available")))
            printf("  %-*s %-*s not available: %s\n", name_width, "", version_width, "",
                   text_of(row, "reason"));
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
    if (catalog_all(catalog, error) || catalog_probe(catalog, error)) {
        fprintf(stderr, "growbench: %s\n", error);
        free(catalog);
        return EXIT_HARNESS;
    }
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
