/* SPDX-License-Identifier: MIT
 *
 * What can be measured here: the registries, the user's own libraries, and whether each works on this system.
 *
 * Whether a library can be used is found out by using it, in a child of its own: the parent never loads one.
 */
#ifndef GROWBENCH_CATALOG_H
#define GROWBENCH_CATALOG_H

#include "harness/record.h"
#include "harness/spec.h"
#include "tables/table.h"

enum { CATALOG_REASON_BYTES = 500 };

struct catalog_allocator {
    struct allocator row; /* the registered one, or one made for the user's library */
    char name[CELL_NAME_BYTES];
    char library[RECORD_PATH_BYTES]; /* the user's, as an absolute path; else empty */
    bool preloaded, available;
    char reason[CATALOG_REASON_BYTES]; /* why it is not available */
    char version[RECORD_VERSION_BYTES], path[RECORD_PATH_BYTES], sha256[65];
    char library_sha256[65]; /* of a back end of the user's */
};

struct catalog_table {
    char name[CELL_NAME_BYTES], summary[160];
    char library[RECORD_PATH_BYTES], sha256[65];
    uint64_t properties;
    bool available;
    char reason[CATALOG_REASON_BYTES];
};

struct catalog {
    size_t allocator_count, table_count;
    struct catalog_allocator allocators[SPEC_LIST_MAX];
    struct catalog_table tables[SPEC_LIST_MAX];
};

/* The wanted names, looked up ("all", or an empty list: every registered one but `null`). Nothing is run yet.
 * Returns 0, or EINVAL with a sentence that has the nearest name. */
int catalog_choose(struct catalog *catalog, const struct spec_names *allocators,
                   const struct spec_names *tables, char *error);

/* Everything in the registries. */
void catalog_all(struct catalog *catalog);

/* Starts a child for each and fills in availability, versions and properties. A user's library that is no
 * allocator or no table: EINVAL with a sentence. A registered one that does not work is just not available.
 */
int catalog_probe(struct catalog *catalog, char *error);

const struct catalog_allocator *catalog_allocator_of(const struct catalog *catalog, const char *name);
const struct catalog_table *catalog_table_of(const struct catalog *catalog, const char *name);

/* What the child of a cell needs to know beside the cell. */
struct record_setup catalog_setup(const struct catalog *catalog, const struct cell *cell, double ns_per_tick);

/* True, and said in the record as SKIP, when the cell cannot be run here: its allocator is not available, or
 * its payload alone exceeds the budget. Fills in the record's properties and versions either way. */
bool catalog_must_skip(const struct catalog *catalog, struct record *record, uint64_t budget_bytes);

#endif
