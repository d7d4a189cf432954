/* SPDX-License-Identifier: MIT
 *
 * What can be measured here: the registries, the user's own libraries, and whether each works on this system.
 *
 * Whether a library can be used is found out by using it, in a child of its own: the parent never loads one.
 */
#ifndef GROWBENCH_CATALOG_H
#define GROWBENCH_CATALOG_H

#include "harness/measure/record.h"
#include "harness/request/keys_file.h"
#include "harness/request/spec.h"
#include "tables/table.h"

enum { CATALOG_REASON_BYTES = 500 };

enum { CATALOG_ENVIRONMENT_MAX = 24 };

struct catalog_allocator {
    struct allocator row; /* the registered one, or one made for the user's library */
    const char *environment[CATALOG_ENVIRONMENT_MAX]; /* the row's, where the user has settings too */
    char name[CELL_NAME_BYTES];
    char library[RECORD_PATH_BYTES]; /* the user's, as an absolute path; else empty */
    bool preloaded, available;
    char reason[CATALOG_REASON_BYTES]; /* why it is not available */
    char version[RECORD_VERSION_BYTES], path[RECORD_PATH_BYTES], sha256[65];
    char library_sha256[65]; /* of a back end of the user's */
};

struct catalog_table {
    char name[CELL_NAME_BYTES], summary[160];
    char version[RECORD_VERSION_BYTES]; /* of the library behind it; empty: it is this project's own */
    char library[RECORD_PATH_BYTES], sha256[65];
    uint64_t properties;
    bool available;
    char reason[CATALOG_REASON_BYTES];
};

struct catalog {
    size_t allocator_count, table_count;
    struct catalog_allocator allocators[SPEC_LIST_MAX];
    struct catalog_table tables[SPEC_LIST_MAX];
    const struct keys_file *keys; /* of the user's; borrowed; NULL: none */
};

/* The wanted names, looked up. Nothing is run yet. An empty list is the standing set. `all` is every
 * registered row but variants, `NAME:all` is NAME and its variants NAME:..., `all:all` everything; none of
 * them but `null:all` has `null`. Returns 0, or EINVAL with a sentence that has the nearest name. */
int catalog_choose(struct catalog *catalog, const struct spec_names *allocators,
                   const struct spec_names *tables, char *error);

/* Everything in the registries, `null` too. Returns 0, or EINVAL with a sentence when that is too much. */
int catalog_all(struct catalog *catalog, char *error);

/* A row more, whether registered or not, unless its name is there already. Returns 0, or EINVAL with a
 * sentence when the list is full. */
int catalog_add_table(struct catalog *catalog, const struct table *row, char *error);

/* The user's environment variables beside each row's own; the same NAME replaces it. `settings` must outlive the
 * catalog. Returns 0, or EINVAL with a sentence when that is too much. */
int catalog_set_environment(struct catalog *catalog, const struct spec_settings *settings, char *error);

/* Starts a child for each and fills in availability, versions and properties. A user's library that is no
 * allocator or no table: EINVAL with a sentence. A registered one that does not work is just not available.
 */
int catalog_probe(struct catalog *catalog, char *error);

const struct catalog_allocator *catalog_allocator_of(const struct catalog *catalog, const char *name);
const struct catalog_table *catalog_table_of(const struct catalog *catalog, const char *name);

/* What the child of a cell needs to know beside the cell. */
struct record_setup catalog_setup(const struct catalog *catalog, const struct cell *cell, double ns_per_tick);

/* Whether blocks of that table come from that allocator at all: one that calls malloc itself is served by the
 * process's malloc, whatever heap it is given. */
bool catalog_goes_together(const struct catalog_table *table, const struct catalog_allocator *allocator);

/* True, and said in the record as SKIP, when the cell cannot be run here: its table was not built in or its
 * allocator is not available, they do not go together (a table that calls malloc itself and an allocator that
 * is not the process's), or its payload alone exceeds the budget. Fills in the record's properties and
 * versions either way. */
bool catalog_must_skip(const struct catalog *catalog, struct record *record, uint64_t budget_bytes);

#endif
