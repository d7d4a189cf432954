/* SPDX-License-Identifier: MIT
 *
 * The catalog's names: which rows of the registries, and which libraries of the user's, a list stands for.
 */
#include "harness/request/catalog.h"

#include "allocators/malloc.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is measured where nobody says what: every way in which a block can grow, and two mallocs of others. A
 * registered row more must not make everybody's run longer. */
static const char *const standing_allocators[] = {"glibc",  "copying",     "mimalloc", "jemalloc",
                                                  "mremap", "mremap_move", NULL};
static const char *const standing_tables[] = {"array", "linear_rebuild", "linear_inplace", "floor", NULL};

typedef const char *name_at_function(size_t index);

static const char *allocator_name_at(size_t index)
{
    return allocator_registry[index] ? allocator_registry[index]->name : NULL;
}

static const char *table_name_at(size_t index)
{
    return table_registry[index] ? table_registry[index]->name : NULL;
}

static size_t find_name(name_at_function *name_at, const char *name)
{
    size_t i = 0;
    while (name_at(i) && strcmp(name_at(i), name))
        i++;
    return i;
}

/* Edit distance (Wagner and Fischer, 1974), for "did you mean". */
static size_t distance(const char *a, const char *b)
{
    size_t row[CELL_NAME_BYTES + 1], length = strlen(b);
    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= length; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            best = row[j] + 1 < best ? row[j] + 1 : best;
            row[j] = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
        }
    }
    return row[length];
}

static int name_unknown(const char *what, const char *name, const char *suffix, name_at_function *name_at,
                        char *error)
{
    const char *nearest = name_at(0);
    for (size_t i = 1; name_at(i); i++)
        if (distance(name, name_at(i)) < distance(name, nearest))
            nearest = name_at(i);
    char guess[2 * CELL_NAME_BYTES] = "";
    if (2 * distance(name, nearest) <= strlen(name) + 1) /* else a guess is a joke */
        snprintf(guess, sizeof guess, "did you mean '%s%s'? ", nearest, suffix);
    return sentence_fail(
        error, EINVAL, "unknown %s '%s%s': %s'growbench list %ss' shows all; your own is NAME=path/to/lib.so",
        what, name, suffix, guess, what);
}

/* ---- groups: all, NAME:all, all:all ---- */

static const char group_suffix[] = ":all";

static bool is_group(const char *name)
{
    size_t length = strlen(name), tail = sizeof group_suffix - 1;
    return !strcmp(name, "all") || (length > tail && !strcmp(name + length - tail, group_suffix));
}

/* `all` is every row but variants, `NAME:all` NAME and its variants, `all:all` everything. `null` measures
 * nothing but the harness: it has to be asked for by name. */
static bool is_in_group(const char *group, const char *name)
{
    size_t base = strcspn(name, ":"), wanted = strcspn(group, ":");
    if (wanted != strlen("all") || memcmp(group, "all", wanted))
        return wanted == base && !memcmp(group, name, base);
    return strcmp(name, "null") && (group[wanted] || !name[base]);
}

/* ---- one name ---- */

static int list_full(const char *what, char *error)
{
    return sentence_fail(error, EINVAL, "more than %d %ss in one run", SPEC_LIST_MAX, what);
}

static int add_allocator(struct catalog *c, const struct allocator *row, const char *name,
                         const char *library, char *error)
{
    if (catalog_allocator_of(c, name)) /* "all,glibc" */
        return 0;
    if (c->allocator_count == SPEC_LIST_MAX)
        return list_full("allocator", error);
    struct catalog_allocator *item = &c->allocators[c->allocator_count++];
    *item = (struct catalog_allocator){.row = *row};
    snprintf(item->name, sizeof item->name, "%s", name);
    snprintf(item->library, sizeof item->library, "%s", library);
    return 0;
}

static int add_registered_allocator(struct catalog *c, size_t index, char *error)
{
    return add_allocator(c, allocator_registry[index], allocator_registry[index]->name, "", error);
}

static int add_own_allocator(struct catalog *c, const char *name, const char *library, char *error)
{
    return add_allocator(c, &allocator_malloc_preloaded, name, library, error);
}

static int add_table(struct catalog *c, const struct table *row, const char *name, const char *library,
                     char *error)
{
    if (catalog_table_of(c, name))
        return 0;
    if (c->table_count == SPEC_LIST_MAX)
        return list_full("table", error);
    const char *missing = row && row->missing ? row->missing : "";
    struct catalog_table *item = &c->tables[c->table_count++];
    *item =
        (struct catalog_table){.properties = row ? row->properties : 0, .available = row && !row->missing};
    snprintf(item->name, sizeof item->name, "%s", name);
    snprintf(item->summary, sizeof item->summary, "%s", row ? row->summary : "your own");
    snprintf(item->version, sizeof item->version, "%s", row && row->version ? row->version : "");
    snprintf(item->reason, sizeof item->reason, "%s", missing);
    snprintf(item->library, sizeof item->library, "%s", library);
    return 0;
}

int catalog_add_table(struct catalog *c, const struct table *row, char *error)
{
    return add_table(c, row, row->name, "", error);
}

static int add_registered_table(struct catalog *c, size_t index, char *error)
{
    return catalog_add_table(c, table_registry[index], error);
}

static int add_own_table(struct catalog *c, const char *name, const char *library, char *error)
{
    return add_table(c, NULL, name, library, error);
}

/* What differs between the two registries. */
struct kind {
    const char *what;
    name_at_function *name_at;
    int (*add_registered)(struct catalog *c, size_t index, char *error);
    int (*add_own)(struct catalog *c, const char *name, const char *library, char *error);
};

static const struct kind allocator_kind = {"allocator", allocator_name_at, add_registered_allocator,
                                           add_own_allocator};
static const struct kind table_kind = {"table", table_name_at, add_registered_table, add_own_table};

static int resolve_library(const struct spec_name *name, char *path, char *error)
{
    char resolved[PATH_MAX];
    if (!realpath(name->path, resolved) || strlen(resolved) >= RECORD_PATH_BYTES) {
        return sentence_fail(error, EINVAL, "the library '%.300s' of '%s' cannot be opened: %s", name->path,
                             name->name, strerror(errno));
    }
    if (strpbrk(resolved, " :"))
        return sentence_fail(
            error, EINVAL,
            "the path '%.300s' has a space or a colon, where ld.so splits a list: move the library",
            resolved);
    memcpy(path, resolved, strlen(resolved) + 1);
    return 0;
}

static int choose_own(struct catalog *c, const struct kind *kind, const struct spec_name *name, char *error)
{
    char path[RECORD_PATH_BYTES];
    if (kind->name_at(find_name(kind->name_at, name->name)) || is_group(name->name))
        return sentence_fail(error, EINVAL,
                             "'%s' is a built-in %s: give your library another name, such as new_%s",
                             name->name, kind->what, name->name);
    if (resolve_library(name, path, error))
        return EINVAL;
    return kind->add_own(c, name->name, path, error);
}

static int choose_group(struct catalog *c, const struct kind *kind, const char *group, char *error)
{
    bool any = false;
    for (size_t i = 0; kind->name_at(i); i++)
        if (is_in_group(group, kind->name_at(i))) {
            any = true;
            if (kind->add_registered(c, i, error))
                return EINVAL;
        }
    if (any)
        return 0;
    char base[CELL_NAME_BYTES];
    snprintf(base, sizeof base, "%.*s", (int)(strlen(group) - (sizeof group_suffix - 1)), group);
    return name_unknown(kind->what, base, group_suffix, kind->name_at, error);
}

static int choose_registered(struct catalog *c, const struct kind *kind, const char *name, char *error)
{
    if (is_group(name))
        return choose_group(c, kind, name, error);
    size_t index = find_name(kind->name_at, name);
    if (!kind->name_at(index))
        return name_unknown(kind->what, name, "", kind->name_at, error);
    return kind->add_registered(c, index, error);
}

static int choose(struct catalog *c, const struct kind *kind, const struct spec_names *names,
                  const char *const *standing, char *error)
{
    int failed = 0;
    for (size_t i = 0; i < names->count && !failed; i++)
        failed = *names->items[i].path ? choose_own(c, kind, &names->items[i], error)
                                       : choose_registered(c, kind, names->items[i].name, error);
    for (; !names->count && *standing && !failed; standing++)
        failed = choose_registered(c, kind, *standing, error);
    return failed;
}

/* ---- the lists ---- */

/* On disk a cell's '/' is '_', so table a_b with allocator c and table a with b_c would share a folder. */
static int check_folders(const struct catalog *c, char *error)
{
    char one[2 * CELL_NAME_BYTES], other[2 * CELL_NAME_BYTES];
    size_t count = c->table_count * c->allocator_count;
    for (size_t i = 0; i < count; i++) {
        const char *table = c->tables[i / c->allocator_count].name,
                   *allocator = c->allocators[i % c->allocator_count].name;
        snprintf(one, sizeof one, "%s_%s", table, allocator);
        for (size_t j = 0; j < i; j++) {
            snprintf(other, sizeof other, "%s_%s", c->tables[j / c->allocator_count].name,
                     c->allocators[j % c->allocator_count].name);
            if (!strcmp(one, other))
                return sentence_fail(
                    error, EINVAL,
                    "'%s' with '%s' would share a results folder with another cell: choose another name",
                    table, allocator);
        }
    }
    return 0;
}

int catalog_choose(struct catalog *c, const struct spec_names *allocators, const struct spec_names *tables,
                   char *error)
{
    c->allocator_count = c->table_count = 0;
    if (choose(c, &allocator_kind, allocators, standing_allocators, error) ||
        choose(c, &table_kind, tables, standing_tables, error))
        return EINVAL;
    return check_folders(c, error);
}

int catalog_all(struct catalog *c, char *error)
{
    int failed = 0;
    c->allocator_count = c->table_count = 0;
    for (size_t i = 0; allocator_registry[i] && !failed; i++)
        failed = add_registered_allocator(c, i, error);
    for (size_t i = 0; table_registry[i] && !failed; i++)
        failed = add_registered_table(c, i, error);
    return failed;
}

static bool same_name(const char *one, const char *other)
{
    size_t length = strcspn(one, "=");
    return length == strcspn(other, "=") && !memcmp(one, other, length);
}

static bool is_replaced(const char *setting, const struct spec_settings *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        if (same_name(setting, settings->items[i]))
            return true;
    return false;
}

int catalog_set_environment(struct catalog *c, const struct spec_settings *settings, char *error)
{
    for (size_t i = 0; i < c->allocator_count && settings->count; i++) {
        struct catalog_allocator *item = &c->allocators[i];
        size_t count = 0;
        for (const char *const *own = item->row.environment; own && *own; own++) {
            if (count + settings->count >= CATALOG_ENVIRONMENT_MAX - 1)
                return sentence_fail(error, EINVAL, "'%s' with so many environment variables is too much",
                                     item->name);
            if (!is_replaced(*own, settings))
                item->environment[count++] = *own;
        }
        for (size_t j = 0; j < settings->count; j++)
            item->environment[count++] = settings->items[j];
        item->environment[count] = NULL;
        item->row.environment = item->environment;
    }
    return 0;
}
