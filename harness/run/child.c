/* SPDX-License-Identifier: MIT */
#include "harness/run/child.h"

#include "allocators/malloc.h"
#include "harness/measure/crew.h"
#include "harness/measure/workload.h"
#include "harness/run/served.h"

#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct child {
    struct record *record;
    const struct table *table;
    const struct allocator *allocator;
    struct heap *heap;
    /* One table: meter and workload. Several at once: the crew. */
    struct meter meter;
    struct workload workload;
    bool metered;
    struct crew *crew;
};

static const void *load_symbol(struct record *record, const char *path, const char *symbol)
{
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const void *found = library ? dlsym(library, symbol) : NULL;
    if (!found)
        record_fail(record, RECORD_CRASH, "%s", library ? "it does not export that" : dlerror());
    return found;
}

static const struct table *find_table(struct record *record)
{
    if (*record->setup.table_library)
        return load_symbol(record, record->setup.table_library, TABLE_PLUGIN_SYMBOL);
    for (const struct table *const *row = table_registry; *row; row++)
        if (!strcmp((*row)->name, record->cell.table) && !(*row)->missing)
            return *row;
    record_fail(record, RECORD_CRASH, "this build has no table '%s'", record->cell.table);
    return NULL;
}

static const struct allocator *find_allocator(struct record *record)
{
    if (*record->setup.allocator_library && !record->setup.allocator_preloaded)
        return load_symbol(record, record->setup.allocator_library, ALLOCATOR_PLUGIN_SYMBOL);
    for (const struct allocator *const *row = allocator_registry; *row; row++)
        if (!strcmp((*row)->name, record->cell.allocator))
            return *row;
    if (record->setup.allocator_preloaded)
        return &allocator_malloc_preloaded;
    record_fail(record, RECORD_CRASH, "this build has no allocator '%s'", record->cell.allocator);
    return NULL;
}

/* The proof: whose malloc runs here? A preload that did not take effect must not be measured as if it had. */
static bool prove_allocator(struct child *child)
{
    struct record *r = child->record;
    served_version(r->allocator_version, sizeof r->allocator_version);
    served_path(r->allocator_path, sizeof r->allocator_path);
    bool preloaded = r->setup.allocator_preloaded;
    if (preloaded ? served_is_library(r->setup.allocator_library) : served_is_libc())
        return true;
    record_fail(r, RECORD_SKIP, "malloc should be served by %s, but is served by %s",
                preloaded ? r->setup.allocator_library : "the C library", r->allocator_path);
    return false;
}

static int open_tables(struct child *child)
{
    struct record *r = child->record;
    int error;
    if (r->cell.threads > 1) {
        child->crew = crew_open(r, child->heap, child->table, &error);
        return error;
    }
    error = meter_open(&child->meter, r, child->heap, child->table);
    child->metered = true;
    return error ? error : workload_start(&child->workload, &child->meter);
}

/* Policy `never` was set before exec, so that nothing of the process is huge. Not under a debugger: then from
 * here on. */
static bool forbid_huge_pages(struct record *r)
{
    if (r->cell.thp != PAGE_POLICY_NEVER || prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0) == 1 ||
        !prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0))
        return true;
    record_fail(r, RECORD_SKIP, "this kernel lets no process forbid itself huge pages: prctl(2): %s",
                strerror(errno));
    return false;
}

/* Somebody else's may promise what it has not: a sentence is better than a null pointer called. */
static bool is_complete(struct record *r, const struct table *table)
{
    const bool has_all = table->create && table->insert && table->find && table->entry_address &&
                         table->stats && table->destroy;
    const bool erases = table->properties & TABLE_ERASES;
    if (has_all && erases == (table->erase != NULL))
        return true;
    record_fail(r, RECORD_CRASH, "its growbench_table_v1 lacks %s",
                !has_all ? "an operation"
                : erases ? "erase, but says ERASES"
                         : "ERASES, but has erase");
    return false;
}

static bool open_child(struct child *child)
{
    struct record *r = child->record;
    r->aslr_active = !(personality(0xffffffff) & ADDR_NO_RANDOMIZE);
    child->table = find_table(r);
    child->allocator = child->table ? find_allocator(r) : NULL;
    if (!child->allocator || !prove_allocator(child) || !forbid_huge_pages(r) ||
        !is_complete(r, child->table))
        return false;
    r->table_properties = child->table->properties;
    if (child->table->version)
        snprintf(r->table_version, sizeof r->table_version, "%s", child->table->version);
    r->allocator_properties = child->allocator->properties;
    child->heap = child->allocator->open(&(struct allocator_options){.page_policy = r->cell.thp});
    if (!child->heap) {
        record_fail(r, RECORD_SKIP, "the allocator does not open on this system");
        return false;
    }
    int error = open_tables(child);
    if (error && r->status == RECORD_RUNNING)
        record_fail(r, error == ENOMEM ? RECORD_OOM : RECORD_CRASH, "before the first entry: %s",
                    strerror(error));
    return !error;
}

static void close_child(struct child *child)
{
    crew_close(child->crew);
    if (child->metered)
        meter_close(&child->meter);
    if (child->heap)
        child->heap->ops->close(child->heap);
}

/* A run that stopped early has its figures so far; only a whole one is verified. */
static void finish_child(struct child *child)
{
    struct record *r = child->record;
    if (child->crew)
        crew_stop(child->crew);
    else
        workload_stop(&child->workload);
    bool verified = r->status == RECORD_RUNNING &&
                    (child->crew ? crew_verify(child->crew) : workload_verify(&child->workload));
    close_child(child);
    if (verified)
        r->status = RECORD_OK;
}

static bool obey(struct child *child, const struct child_command *command)
{
    switch ((enum child_verb)command->verb) {
    case CHILD_OPEN:
        return open_child(child);
    case CHILD_RUN:
        if (child->crew ? crew_run(child->crew) : workload_run(&child->workload, command->operations))
            return true;
        break;
    case CHILD_FINISH:
        break;
    }
    finish_child(child);
    return false;
}

int child_serve(void)
{
    struct record *record =
        mmap(NULL, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, CHILD_RECORD_FD, 0);
    if (record == MAP_FAILED)
        return 5;
    struct child child = {.record = record};
    struct child_command command;
    bool goes_on = true;
    while (goes_on && recv(CHILD_SOCKET_FD, &command, sizeof command, 0) == sizeof command) {
        uint64_t start_ticks = clock_ticks();
        goes_on = obey(&child, &command);
        const struct child_reply reply = {record->operations_done, clock_ticks() - start_ticks, goes_on};
        if (send(CHILD_SOCKET_FD, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply)
            break;
    }
    return 0;
}

void child_run_here(struct record *record)
{
    struct child child = {.record = record};
    const struct child_command commands[] = {{CHILD_OPEN, 0}, {CHILD_RUN, UINT64_MAX}, {CHILD_FINISH, 0}};
    for (int i = 0; i < 3 && obey(&child, &commands[i]); i++)
        ;
}
