/* SPDX-License-Identifier: MIT
 *
 * What belongs in one picture: the results of a workload at a number of entries, as tables x contenders.
 *
 * A contender is an allocator under a condition (heap, page policy, seed, address randomisation, run folder).
 * All names here are ready for a data file and a picture: printable, without quotes, backslashes, '%' and
 * '#'.
 */
#ifndef GROWBENCH_PLOT_GROUPS_H
#define GROWBENCH_PLOT_GROUPS_H

#include "harness/results/results.h"

enum { PLOT_TEXT_BYTES = 160 };

struct plot_run {
    struct results results;
    char name[PLOT_TEXT_BYTES]; /* empty when there is only one */
};

struct plot_table {
    const char *key; /* borrowed from a result */
    char name[PLOT_TEXT_BYTES];
    size_t style; /* from 1: by place in the registry, then as they come; the same in every group */
    bool is_yardstick;
};

struct plot_contender {
    const struct result *example;
    const struct plot_run *run;
    /* Allocator, version and condition; and apart. */
    char name[PLOT_TEXT_BYTES], allocator[PLOT_TEXT_BYTES], condition[PLOT_TEXT_BYTES];
    size_t style;            /* of the allocator, as above */
    size_t hue;              /* the style of its base: a variant has that one's colour */
    size_t condition_number; /* from 1: as the group's conditions come */
    bool is_yardstick;
};

struct plot_cell {
    const struct result *first[CELL_MODE_COUNT];  /* first repetition in that mode, or NULL */
    const struct result *failed[CELL_MODE_COUNT]; /* a repetition that did not end OK, or NULL */
};

struct plot_group {
    enum cell_workload workload;
    uint64_t entries;
    size_t table_count, contender_count, condition_count;
    struct plot_table *tables;
    struct plot_contender *contenders;
    struct plot_cell *cells; /* table_count x contender_count */
    char machine[PLOT_TEXT_BYTES];
};

struct plot_groups {
    size_t count;
    struct plot_group *items;
};

/* Borrows the runs. Returns 0 or ENOMEM. */
int plot_groups_make(const struct plot_run *runs, size_t run_count, struct plot_groups *groups);
void plot_groups_free(struct plot_groups *groups);

/* "one machine: ...", or that there are several, or several sessions of one: then times do not compare, or hardly.
 * `text` has PLOT_TEXT_BYTES. */
const char *plot_groups_machine(const struct plot_group *groups, size_t count, char *text);

const struct plot_cell *plot_group_cell(const struct plot_group *group, size_t table, size_t contender);

/* Copies at most size - 1 bytes; what could mean something to gnuplot, and all that is not ASCII, becomes
 * '?'. */
void plot_safe_text(char *safe, size_t size, const char *text);

#endif
