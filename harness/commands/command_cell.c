/* SPDX-License-Identifier: MIT
 *
 * `growbench cell ID`: one cell in this process, for gdb and perf; its record on standard output.
 */
#include "harness/commands/commands.h"
#include "harness/common/clock.h"
#include "harness/request/catalog.h"
#include "harness/request/spec_keys.h"
#include "harness/results/results.h"
#include "harness/run/child.h"
#include "harness/run/environment.h"
#include "harness/run/spawn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Preload, settings and address layout take effect at exec: this process becomes itself once more with them.
 */
static void become_preloaded(const struct catalog_allocator *allocator, const struct cell *cell, char **argv)
{
    if (getenv("GROWBENCH_CELL_READY"))
        return;
    spawn_prepare_exec(&allocator->row, cell, allocator->preloaded ? allocator->library : NULL);
    setenv("GROWBENCH_CELL_READY", "1", 1);
    execv("/proc/self/exe", argv);
}

/* argv is the whole command line: what names the user's own libraries belongs to it. */
static void print_debug_lines(const struct catalog_allocator *allocator, char **argv)
{
    const char *preload = allocator->preloaded ? allocator->library : "";
    fprintf(stderr, "# no memory limit holds here; the same under gdb and perf:\n");
    fprintf(stderr, "gdb -ex 'set env LD_PRELOAD %s' -ex 'set env GROWBENCH_CELL_READY 1' --args", preload);
    for (char **word = argv; *word; word++)
        fprintf(stderr, " '%s'", *word);
    fprintf(stderr, "\nLD_PRELOAD='%s' GROWBENCH_CELL_READY=1 perf record -g", preload);
    for (char **word = argv; *word; word++)
        fprintf(stderr, " '%s'", *word);
    fprintf(stderr, "\n");
}

static void print_record(const struct record *record, const struct catalog *catalog, json_t *context)
{
    const struct results_extra extra = {
        .allocator = &catalog_allocator_of(catalog, record->cell.allocator)->row,
        .malloc_sha256 = catalog_allocator_of(catalog, record->cell.allocator)->sha256,
        .allocator_library_sha256 = catalog_allocator_of(catalog, record->cell.allocator)->library_sha256,
        .table_library_sha256 = catalog_table_of(catalog, record->cell.table)->sha256,
        .enforced_by = "nobody",
        .keys = catalog->keys,
        .started = json_string_value(json_object_get(context, "date")),
        .context = context};
    json_t *json = results_record_json(record, &extra);
    json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(json);
}

static enum exit_code run_here(const struct cell *cell, const struct catalog *catalog, char **argv)
{
    struct environment environment;
    struct record *record = malloc(sizeof *record);
    if (!record || environment_collect(&environment, cell->seed, cell->aslr)) {
        free(record);
        return EXIT_HARNESS;
    }
    record_init(record, cell);
    record->setup = catalog_setup(catalog, cell, clock_calibrate_ns_per_tick());
    if (!catalog_must_skip(catalog, record, environment.default_budget_bytes)) {
        const struct catalog_allocator *allocator = catalog_allocator_of(catalog, cell->allocator);
        become_preloaded(allocator, cell, argv);
        if (record->setup.keys_fd) /* where a measured process has it */
            dup2(record->setup.keys_fd, CHILD_KEYS_FD);
        print_debug_lines(allocator, argv);
        child_run_here(record);
        record_finish(record);
    }
    print_record(record, catalog, environment.context);
    bool failed = record->status == RECORD_WRONG || record->status == RECORD_CRASH;
    environment_release(&environment);
    free(record);
    return failed ? EXIT_REGRESSED : EXIT_FINE;
}

/* The cell's keys, if they are a file's: only the user knows where it is. */
static int load_keys(const struct cell *cell, struct spec *spec, struct keys_file *keys, char *error)
{
    char wanted[CELL_VALUE_BYTES], given[CELL_VALUE_BYTES];
    if (keys_kind_of(cell->keys) != KEYS_FILE)
        return 0;
    keys_format(wanted, cell->keys);
    if (!*spec->keys_path)
        return sentence_fail(error, EINVAL,
                             "the cell's keys are of a file (%s): say which by --keys=file:PATH", wanted);
    int failed = spec_load_keys(spec, keys, environment_available_bytes(), error);
    if (failed || keys_file_value(keys) == cell->keys)
        return failed;
    keys_format(given, keys_file_value(keys));
    return sentence_fail(error, EINVAL,
                         "the cell's keys are %s, but '%.600s' has keys:%s: it is another file", wanted,
                         keys->path, given);
}

/* NAME=path wins over a bare name of the id. */
static void name_in_cell(struct spec_names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++)
        if (!strcmp(names->items[i].name, name)) {
            names->items[0] = names->items[i];
            names->count = 1;
            return;
        }
    *names = (struct spec_names){.count = 1};
    snprintf(names->items[0].name, sizeof names->items[0].name, "%s", name);
}

static int check_id(const char *id, struct cell *cell, char *error)
{
    char why[SENTENCE_BYTES] = "which mode?";
    if (!cell_explain_id(id, cell, why) && cell->mode != CELL_BOTH)
        return 0;
    return sentence_fail(
        error, EINVAL,
        "'%.600s' is no cell: %s (write for example fill/array/mremap/entries:8388609/mode:latency)", id,
        why);
}

/* Of run's options most would be taken, but not listened to: the id says what is measured. */
static int check_options(char **options, char *error)
{
    static const char *const taken[] = {"--alloc=", "--table=", "--keys="};
    for (; *options; options++) {
        bool is_taken = false;
        for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
            is_taken |= !strncmp(*options, taken[i], strlen(taken[i]));
        if (!is_taken)
            return sentence_fail(
                error, EINVAL,
                "cell takes --alloc=NAME=path, --table=NAME=path and --keys=file:PATH, not '%.100s': "
                "what differs from the default is said in the id, as /growth:1.5",
                *options);
    }
    return 0;
}

enum exit_code command_cell(int argc, char **argv)
{
    struct cell cell;
    char error[SENTENCE_BYTES] = "";
    if (check_id(argc < 2 ? "" : argv[1], &cell, error) || check_options(argv + 2, error)) {
        fprintf(stderr, "growbench: %s\n", error);
        return EXIT_USAGE;
    }
    struct spec *spec = calloc(1, sizeof *spec);
    struct catalog *catalog = calloc(1, sizeof *catalog);
    struct keys_file keys = {0};
    enum exit_code code = EXIT_HARNESS;
    if (spec && catalog) {
        spec_init(spec);
        code = EXIT_USAGE;
        catalog->keys = &keys;
        bool parsed = !spec_parse(spec, argc - 1, argv + 1, error) && !load_keys(&cell, spec, &keys, error);
        name_in_cell(&spec->allocators, cell.allocator);
        name_in_cell(&spec->tables, cell.table);
        bool chosen = parsed && !catalog_choose(catalog, &spec->allocators, &spec->tables, error);
        if (chosen &&
            (!catalog_allocator_of(catalog, cell.allocator) || !catalog_table_of(catalog, cell.table)))
            sentence_fail(error, EINVAL, "'%.200s' is no cell: it names a group", argv[1]);
        else if (chosen && !catalog_probe(catalog, error))
            code =
                run_here(&cell, catalog, argv - 1); /* the whole command line stands before the command's */
        if (*error)
            fprintf(stderr, "growbench: %s\n", error);
    }
    keys_file_close(&keys);
    free(spec);
    free(catalog);
    return code;
}
