/* SPDX-License-Identifier: MIT
 *
 * What the user asked for, parsed and validated once: lists of names, sizes, limits. Names are not looked up
 * here.
 */
#ifndef GROWBENCH_SPEC_H
#define GROWBENCH_SPEC_H

#include "harness/common/sentence.h"
#include "harness/request/cell.h"

#include <stddef.h>

enum { SPEC_LIST_MAX = 64, SPEC_PATH_BYTES = 1024 };

/* A name, or NAME=path for the user's own library. */
struct spec_name {
    char name[CELL_NAME_BYTES];
    char path[SPEC_PATH_BYTES]; /* empty for a registered one */
};

struct spec_names {
    size_t count;
    struct spec_name items[SPEC_LIST_MAX];
};

struct spec_numbers {
    size_t count;
    uint64_t items[SPEC_LIST_MAX];
};

/* Environment variables of measured processes. */
enum { SPEC_SETTINGS_MAX = 8, SPEC_SETTING_BYTES = 512 };

struct spec_settings {
    size_t count;
    char items[SPEC_SETTINGS_MAX][SPEC_SETTING_BYTES]; /* "NAME=value", each NAME once */
};

/* Adds those of a text, "NAME=value NAME=value"; a NAME that is there gets the new value. Returns 0 or EINVAL with a
 * sentence. */
int spec_add_settings(struct spec_settings *settings, const char *text, char *error);

struct spec {
    struct spec_names allocators, tables;
    struct spec_settings environment;
    struct spec_numbers axes[CELL_AXIS_COUNT]; /* each value that a cell is to have, at least one */
    char keys_path[SPEC_PATH_BYTES];           /* of --keys=file:PATH; empty: none */
    bool entries_given;                        /* else a key file's number of keys takes their place */
    uint64_t repetitions;
    uint64_t budget_bytes;    /* 0: the default of the machine */
    uint64_t timeout_seconds; /* of one child */
    bool reference, resume, quiet, watchdog_only, no_plot, find_limit, verifies_sample;
    char out[SPEC_PATH_BYTES]; /* empty: results/<time>-<name> */
    char filter[256];
    bool shuffle;
    const char *gbench_arguments[SPEC_LIST_MAX]; /* point into argv; NULL-ended */
    size_t gbench_argument_count;
    bool gbench_prints; /* its own reporter was asked for */
};

/* Everything at its default. */
void spec_init(struct spec *spec);

/* Reads the arguments of `growbench run` (argv[0] is not looked at). Returns 0, EINVAL with a sentence in
 * `error` (SENTENCE_BYTES; empty if it was printed), or ECANCELED when --help was asked for and printed. */
int spec_parse(struct spec *spec, int argc, char **argv, char *error);

/* Calls `take` with each option ("--name=value") that makes a default spec into this one, but for out and
 * resume. */
void spec_each_argument(const struct spec *spec, void (*take)(void *context, const char *argument),
                        void *context);

/* Is this what spec_each_argument may have said? Neither out nor resume, nor a word beside the options, nor an option
 * cut short as argp would take it. What its value is worth only spec_parse tells. */
bool spec_may_store(const char *argument);

/* Sets one option by its long name, as the command line would. Returns 0 or EINVAL with a sentence. */
int spec_set(struct spec *spec, const char *option, const char *value, char *error);

#endif
