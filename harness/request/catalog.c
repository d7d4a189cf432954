/* SPDX-License-Identifier: MIT */
#include "harness/request/catalog.h"

#include "allocators/malloc.h"
#include "harness/common/files.h"
#include "harness/common/units.h"
#include "harness/request/applies.h"
#include "harness/request/keys.h"
#include "harness/run/elf.h"
#include "harness/run/served.h"
#include "harness/run/spawn.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* ---- what a cell needs ---- */

struct record_setup catalog_setup(const struct catalog *c, const struct cell *cell, double ns_per_tick)
{
    const struct catalog_allocator *allocator = catalog_allocator_of(c, cell->allocator);
    const struct catalog_table *table = catalog_table_of(c, cell->table);
    struct record_setup setup = {.ns_per_tick = ns_per_tick, .allocator_preloaded = allocator->preloaded};
    snprintf(setup.allocator_library, sizeof setup.allocator_library, "%s", allocator->library);
    snprintf(setup.table_library, sizeof setup.table_library, "%s", table->library);
    if (keys_kind_of(cell->keys) == KEYS_FILE && c->keys)
        setup.keys_fd = c->keys->fd;
    return setup;
}

bool catalog_goes_together(const struct catalog_table *table, const struct catalog_allocator *allocator)
{
    return !(table->properties & TABLE_OWN_MALLOC) || allocator->row.properties & ALLOCATOR_SERVES_PROCESS;
}

static void fill_in(struct record *record, const struct catalog_table *table,
                    const struct catalog_allocator *allocator)
{
    record->table_properties = table->properties;
    record->allocator_properties = allocator->row.properties;
    snprintf(record->table_version, sizeof record->table_version, "%s", table->version);
    snprintf(record->allocator_version, sizeof record->allocator_version, "%s", allocator->version);
    snprintf(record->allocator_path, sizeof record->allocator_path, "%s", allocator->path);
}

bool catalog_must_skip(const struct catalog *c, struct record *record, uint64_t budget_bytes)
{
    const struct cell *cell = &record->cell;
    const struct catalog_allocator *allocator = catalog_allocator_of(c, cell->allocator);
    const struct catalog_table *table = catalog_table_of(c, cell->table);
    fill_in(record, table, allocator);
    uint64_t payload_bytes = cell_payload_bytes(cell);
    const struct keys keys = {.kind = keys_kind_of(cell->keys),
                              .loaded_count = c->keys ? c->keys->distinct_count : 0};
    const struct applies_to to = {table->properties, allocator->row.properties, keys_limit(&keys)};
    char payload[UNITS_TEXT_BYTES], budget[UNITS_TEXT_BYTES], reason[APPLIES_REASON_BYTES];
    if (!table->available)
        record_fail(record, RECORD_SKIP, "%s", table->reason);
    else if (!allocator->available)
        record_fail(record, RECORD_SKIP, "%s", allocator->reason);
    else if (!catalog_goes_together(table, allocator))
        record_fail(record, RECORD_SKIP,
                    "%s allocates by malloc itself: only the process's own malloc or a preloaded one "
                    "applies, not %s",
                    table->name, allocator->name);
    else if (!applies_cell(cell, &to, reason))
        record_fail(record, RECORD_SKIP, "%s", reason);
    else if (!(table->properties & TABLE_YARDSTICK) && payload_bytes > budget_bytes)
        record_fail(record, RECORD_SKIP,
                    "%" PRIu64 " entries x %" PRIu64
                    " B = %s of payload alone exceed the budget of %s (--budget)",
                    cell->entries, cell->entry_bytes, units_format_bytes(payload, (double)payload_bytes),
                    units_format_bytes(budget, (double)budget_bytes));
    return record->status == RECORD_SKIP;
}

/* ---- probing ---- */

enum { SAYS_BYTES = 160 };

/* The first line of an output: what comes after it may be the C++ library that got no memory. */
static void take_first_line(const struct spawned *child, char *says)
{
    const char *start = child->output, *end = start + child->output_bytes;
    while (start < end && *start == '\n')
        start++;
    const char *stop = memchr(start, '\n', (size_t)(end - start));
    int length = (int)((stop ? stop : end) - start);
    snprintf(says, SAYS_BYTES, "%.*s", length, start);
    for (char *at = says; *at; at++)
        if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
            *at = '?';
}

/* Opens a tiny cell in a child and takes from its record what it says; and what the child itself said. */
static void probe(const struct cell *cell, const struct allocator *allocator,
                  const struct record_setup *setup, struct record *found, char *says)
{
    *says = 0;
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
        take_first_line(child, says);
        spawn_close(child);
    }
    free(child);
}

static struct cell tiny_cell(const char *table, const char *allocator)
{
    struct cell cell = cell_default();
    cell.entries = 1;
    cell.mode = CELL_THROUGHPUT;
    snprintf(cell.table, sizeof cell.table, "%s", table);
    snprintf(cell.allocator, sizeof cell.allocator, "%s", allocator);
    return cell;
}

static bool take_proof(struct catalog_allocator *item, const struct record *found)
{
    item->available = found->status == RECORD_RUNNING;
    if (!item->available) /* then the version and path are those of whoever served instead */
        return false;
    snprintf(item->version, sizeof item->version, "%s", found->allocator_version);
    snprintf(item->path, sizeof item->path, "%s", found->allocator_path);
    if (!files_sha256(item->path, item->sha256))
        *item->sha256 = 0;
    if (*item->library && !item->preloaded && !files_sha256(item->library, item->library_sha256))
        *item->library_sha256 = 0;
    return true;
}

/* Not the same as not being there, when the C library serves instead. A jemalloc that was built for smaller
 * pages than the system's is such a one: a SKIP, as a row that is not installed is. */
static bool refuses_to_start(const struct record *found)
{
    return found->status == RECORD_CRASH || found->status == RECORD_TIMEOUT || found->status == RECORD_OOM;
}

static int probe_allocator(struct catalog_allocator *item, struct record *found, char *error)
{
    struct cell cell = tiny_cell("null", item->name);
    struct record_setup setup = {.ns_per_tick = 1};
    bool own = *item->library;
    char says[SAYS_BYTES];
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
    probe(&cell, &item->row, &setup, found, says);
    if (own && found->status != RECORD_RUNNING) {
        /* No back end of ours, then perhaps a malloc. */
        setup.allocator_preloaded = item->preloaded = true;
        probe(&cell, &item->row, &setup, found, says);
    }
    item->preloaded = setup.allocator_preloaded;
    if (own && !item->preloaded && found->status == RECORD_RUNNING)
        item->row.properties = (unsigned)found->allocator_properties;
    if (item->preloaded && !own)
        snprintf(item->library, sizeof item->library, "%s", item->row.preload);
    if (take_proof(item, found))
        return 0;
    if (item->preloaded && refuses_to_start(found) && (!own || elf_exports(item->library, "malloc"))) {
        int length = (int)strcspn(found->message, ")") + 1; /* the place in the workload says nothing here */
        snprintf(item->reason, sizeof item->reason, "%.200s does not start here%s%s%s (%.*s)", item->library,
                 *says ? ": it says '" : "", says, *says ? "'" : "", length, found->message);
        return 0;
    }
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
    char says[SAYS_BYTES];
    probe(&cell, allocator_registry[0], &setup, found, says);
    item->available = found->status == RECORD_RUNNING;
    item->properties = found->table_properties;
    snprintf(item->version, sizeof item->version, "%s", found->table_version);
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
