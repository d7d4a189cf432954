/* SPDX-License-Identifier: MIT */
#include "harness/catalog.h"

#include "allocators/malloc.h"
#include "harness/files.h"
#include "harness/served.h"
#include "harness/spawn.h"
#include "harness/units.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- names ---- */

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

static int name_unknown(const char *what, const char *name, const char *(*name_at)(size_t index), char *error)
{
    const char *nearest = name_at(0);
    for (size_t i = 1; name_at(i); i++)
        if (distance(name, name_at(i)) < distance(name, nearest))
            nearest = name_at(i);
    sentence_fail(
        error, EINVAL,
        "unknown %s '%s': did you mean '%s'? 'growbench list %ss' shows all; your own is NAME=path/to/lib.so",
        what, name, nearest, what);
    return EINVAL;
}

static const char *allocator_name_at(size_t index)
{
    return allocator_registry[index] ? allocator_registry[index]->name : NULL;
}

static const char *table_name_at(size_t index)
{
    return table_registry[index] ? table_registry[index]->name : NULL;
}

static size_t find_name(const char *(*name_at)(size_t index), const char *name)
{
    size_t i = 0;
    while (name_at(i) && strcmp(name_at(i), name))
        i++;
    return i;
}

const struct catalog_allocator *catalog_allocator_of(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->allocator_count; i++)
        if (!strcmp(c->allocators[i].name, name))
            return &c->allocators[i];
    return NULL;
}

const struct catalog_table *catalog_table_of(const struct catalog *c, const char *name)
{
    for (size_t i = 0; i < c->table_count; i++)
        if (!strcmp(c->tables[i].name, name))
            return &c->tables[i];
    return NULL;
}

static void add_allocator(struct catalog *c, const struct allocator *row, const char *name,
                          const char *library)
{
    if (c->allocator_count == SPEC_LIST_MAX)
        return;
    struct catalog_allocator *item = &c->allocators[c->allocator_count++];
    *item = (struct catalog_allocator){.row = *row};
    snprintf(item->name, sizeof item->name, "%s", name);
    snprintf(item->library, sizeof item->library, "%s", library);
}

static void add_table(struct catalog *c, const struct table *row, const char *name, const char *library)
{
    if (c->table_count == SPEC_LIST_MAX)
        return;
    struct catalog_table *item = &c->tables[c->table_count++];
    *item = (struct catalog_table){.properties = row ? row->properties : 0, .available = row != NULL};
    snprintf(item->name, sizeof item->name, "%s", name);
    snprintf(item->summary, sizeof item->summary, "%s", row ? row->summary : "your own");
    snprintf(item->library, sizeof item->library, "%s", library);
}

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

static int choose_allocator(struct catalog *c, const struct spec_name *name, char *error)
{
    char path[RECORD_PATH_BYTES] = "";
    size_t index = find_name(allocator_name_at, name->name);
    bool known = allocator_registry[index];
    if (*name->path) {
        if (known) {
            return sentence_fail(
                error, EINVAL, "'%s' is a built-in allocator: give your library another name, such as %s_new",
                name->name, name->name);
        }
        if (resolve_library(name, path, error))
            return EINVAL;
        add_allocator(c, &allocator_malloc_preloaded, name->name, path);
        return 0;
    }
    if (catalog_allocator_of(c, name->name)) /* "all,glibc" */
        return 0;
    if (!known)
        return name_unknown("allocator", name->name, allocator_name_at, error);
    add_allocator(c, allocator_registry[index], name->name, "");
    return 0;
}

static int choose_table(struct catalog *c, const struct spec_name *name, char *error)
{
    char path[RECORD_PATH_BYTES] = "";
    size_t index = find_name(table_name_at, name->name);
    bool known = table_registry[index];
    if (*name->path) {
        if (known) {
            return sentence_fail(error, EINVAL, "'%s' is a built-in table: give your library another name",
                                 name->name);
        }
        if (resolve_library(name, path, error))
            return EINVAL;
        add_table(c, NULL, name->name, path);
        return 0;
    }
    if (catalog_table_of(c, name->name))
        return 0;
    if (!known)
        return name_unknown("table", name->name, table_name_at, error);
    add_table(c, table_registry[index], name->name, "");
    return 0;
}

/* `null` measures nothing but the harness; it has to be asked for by name. */
static void add_all_allocators(struct catalog *c)
{
    for (const struct allocator *const *row = allocator_registry; *row; row++)
        if (!((*row)->properties & ALLOCATOR_YARDSTICK) && !catalog_allocator_of(c, (*row)->name))
            add_allocator(c, *row, (*row)->name, "");
}

static void add_all_tables(struct catalog *c)
{
    for (const struct table *const *row = table_registry; *row; row++)
        if (strcmp((*row)->name, "null") && !catalog_table_of(c, (*row)->name))
            add_table(c, *row, (*row)->name, "");
}

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
    for (size_t i = 0; i < allocators->count; i++) {
        if (!strcmp(allocators->items[i].name, "all"))
            add_all_allocators(c);
        else if (choose_allocator(c, &allocators->items[i], error))
            return EINVAL;
    }
    for (size_t i = 0; i < tables->count; i++) {
        if (!strcmp(tables->items[i].name, "all"))
            add_all_tables(c);
        else if (choose_table(c, &tables->items[i], error))
            return EINVAL;
    }
    if (!allocators->count)
        add_all_allocators(c);
    if (!tables->count)
        add_all_tables(c);
    return check_folders(c, error);
}

void catalog_all(struct catalog *c)
{
    c->allocator_count = c->table_count = 0;
    for (const struct allocator *const *row = allocator_registry; *row; row++)
        add_allocator(c, *row, (*row)->name, "");
    for (const struct table *const *row = table_registry; *row; row++)
        add_table(c, *row, (*row)->name, "");
}

/* ---- what a cell needs ---- */

struct record_setup catalog_setup(const struct catalog *c, const struct cell *cell, double ns_per_tick)
{
    const struct catalog_allocator *allocator = catalog_allocator_of(c, cell->allocator);
    const struct catalog_table *table = catalog_table_of(c, cell->table);
    struct record_setup setup = {.ns_per_tick = ns_per_tick, .allocator_preloaded = allocator->preloaded};
    snprintf(setup.allocator_library, sizeof setup.allocator_library, "%s", allocator->library);
    snprintf(setup.table_library, sizeof setup.table_library, "%s", table->library);
    return setup;
}

bool catalog_must_skip(const struct catalog *c, struct record *record, uint64_t budget_bytes)
{
    const struct cell *cell = &record->cell;
    const struct catalog_allocator *allocator = catalog_allocator_of(c, cell->allocator);
    const struct catalog_table *table = catalog_table_of(c, cell->table);
    record->table_properties = table->properties;
    record->allocator_properties = allocator->row.properties;
    snprintf(record->allocator_version, sizeof record->allocator_version, "%s", allocator->version);
    snprintf(record->allocator_path, sizeof record->allocator_path, "%s", allocator->path);
    if (!allocator->available) {
        record_fail(record, RECORD_SKIP, "%s", allocator->reason);
        return true;
    }
    uint64_t payload_bytes = cell->entries * RECORD_ENTRY_BYTES; /* at most 2^48 x 16 */
    if (table->properties & TABLE_YARDSTICK || payload_bytes <= budget_bytes)
        return false;
    char payload[UNITS_TEXT_BYTES], budget[UNITS_TEXT_BYTES];
    record_fail(record, RECORD_SKIP,
                "%" PRIu64 " entries x 16 B = %s of payload alone exceed the budget of %s (--budget)",
                cell->entries, units_format_bytes(payload, (double)payload_bytes),
                units_format_bytes(budget, (double)budget_bytes));
    return true;
}

/* ---- probing ---- */

/* Opens a tiny cell in a child and takes from its record what it says. */
static void probe(const struct cell *cell, const struct allocator *allocator,
                  const struct record_setup *setup, struct record *found)
{
    const struct budget_root root = {.kind = BUDGET_WATCHDOG};
    const struct spawn_options options = {.allocator = allocator,
                                          .setup = setup,
                                          .budget_root = &root,
                                          .budget_bytes = 1 << 30,
                                          .timeout_seconds = 20,
                                          .signal_fd = -1};
    struct spawned *child = malloc(sizeof *child);
    struct child_reply reply;
    found->status = RECORD_CRASH;
    snprintf(found->message, sizeof found->message, "no child could be started");
    if (child && !spawn_start(child, cell, &options)) {
        spawn_command(child, (struct child_command){CHILD_OPEN, 0}, &reply);
        spawn_end(child);
        *found = *child->record;
        spawn_close(child);
    }
    free(child);
}

static struct cell tiny_cell(const char *table, const char *allocator)
{
    struct cell cell = {.entries = 1, .mode = CELL_THROUGHPUT, .seed = CELL_SEED_DEFAULT};
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    return cell;
}

static bool take_proof(struct catalog_allocator *item, const struct record *found)
{
    item->available = found->status == RECORD_RUNNING;
    snprintf(item->version, sizeof item->version, "%s", found->allocator_version);
    snprintf(item->path, sizeof item->path, "%s", found->allocator_path);
    if (item->available && !files_sha256(item->path, item->sha256))
        *item->sha256 = 0;
    if (item->available && *item->library && !item->preloaded &&
        !files_sha256(item->library, item->library_sha256))
        *item->library_sha256 = 0;
    return item->available;
}

static int probe_allocator(struct catalog_allocator *item, struct record *found, char *error)
{
    struct cell cell = tiny_cell("null", item->name);
    struct record_setup setup = {.ns_per_tick = 1};
    bool own = *item->library;
    snprintf(setup.allocator_library, sizeof setup.allocator_library, "%s",
             own                 ? item->library
             : item->row.preload ? item->row.preload
                                 : "");
    setup.allocator_preloaded = !own && item->row.preload;
    if (served_is_sanitized() && (own || item->row.preload)) {
        snprintf(item->reason, sizeof item->reason,
                 "this build is sanitized: preloaded allocators are left out");
        return 0;
    }
    probe(&cell, &item->row, &setup, found);
    if (own && found->status != RECORD_RUNNING) {
        /* No back end of ours, then perhaps a malloc. */
        setup.allocator_preloaded = item->preloaded = true;
        probe(&cell, &item->row, &setup, found);
    }
    item->preloaded = setup.allocator_preloaded;
    if (item->preloaded && !own)
        snprintf(item->library, sizeof item->library, "%s", item->row.preload);
    if (take_proof(item, found))
        return 0;
    if (own) {
        return sentence_fail(error, EINVAL,
                             "'%.300s' is no allocator that works: it does not export %s, and preloaded it "
                             "serves no malloc (%.200s)",
                             item->library, ALLOCATOR_PLUGIN_SYMBOL, found->message);
    }
    if (item->row.preload)
        snprintf(item->reason, sizeof item->reason,
                 "%s cannot be preloaded (%.200s): 'make deps' installs it", item->row.preload,
                 found->message);
    else
        snprintf(item->reason, sizeof item->reason, "%s", found->message);
    return 0;
}

static int probe_table(struct catalog_table *item, struct record *found, char *error)
{
    if (!*item->library)
        return 0;
    struct cell cell = tiny_cell(item->name, "glibc");
    struct record_setup setup = {.ns_per_tick = 1};
    snprintf(setup.table_library, sizeof setup.table_library, "%s", item->library);
    probe(&cell, allocator_registry[0], &setup, found);
    item->available = found->status == RECORD_RUNNING;
    item->properties = found->table_properties;
    if (!files_sha256(item->library, item->sha256))
        *item->sha256 = 0;
    if (item->available)
        return 0;
    return sentence_fail(error, EINVAL, "'%.300s' is no table: it must export %s and create one (%.100s)",
                         item->library, TABLE_PLUGIN_SYMBOL, found->message);
}

int catalog_probe(struct catalog *c, char *error)
{
    struct record *found = malloc(sizeof *found);
    int failed = found ? 0 : ENOMEM;
    for (size_t i = 0; !failed && i < c->allocator_count; i++)
        failed = probe_allocator(&c->allocators[i], found, error);
    for (size_t i = 0; !failed && i < c->table_count; i++)
        failed = probe_table(&c->tables[i], found, error);
    free(found);
    return failed;
}
