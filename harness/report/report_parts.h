/* SPDX-License-Identifier: MIT
 *
 * What the parts of a report share; nobody else's.
 *   report.c              load, draw, write
 *   report_inputs.c       what a folder holds beside its run
 *   report_answer.c       the answer in a box
 *   report_tables.c       every cell
 *   report_charts.c       the charts, and how to read each
 *   report_ratios.c       ratios, losses
 *   report_beside.c       duel, history, claims: where there are such
 *   report_environment.c  the machine, how it was measured, what the numbers are not
 *   report_grid.c         a table whose texts are made on the way
 */
#ifndef GROWBENCH_REPORT_PARTS_H
#define GROWBENCH_REPORT_PARTS_H

#include "harness/charts/plot.h"
#include "harness/evaluate/answer.h"
#include "harness/history/history_index.h"
#include "harness/report/page.h"
#include "harness/report/report.h"

enum { REPORT_NAME_BYTES = 160, REPORT_RUNS_MAX = 16 };

struct report_run {
    char given[RESULTS_FOLDER_BYTES];  /* of the run, or of the night or duel that has it */
    char folder[RESULTS_FOLDER_BYTES]; /* of the run */
    char name[REPORT_NAME_BYTES];      /* of the folder; for headings when there are several */
    char letter[2];                    /* of several; charts have no room for names */
    struct results items;
    struct answers answers;
    struct history_answer history; /* no nights: there is none */
    json_t *duel, *claims, *run;   /* of duel.json, claims.json, run.json; NULL: none */
    /* Why what lies beside the run could not be read; empty: it could. It is no reason to have no report. */
    char history_error[SENTENCE_BYTES], duel_error[SENTENCE_BYTES], claims_error[SENTENCE_BYTES];
};

struct report {
    size_t count;
    struct report_run *runs;
    const char *folder;    /* of the report */
    const char *reference; /* NULL: not asked for */
    struct plot_drawings drawn;
    bool is_crowded; /* hundreds of cells: what only repeats the tables is left out of the page */
};

/* Loads a run. Returns 0 or an errno value with a sentence. */
int report_input_load(const char *folder, struct report_run *run, char *error);
void report_input_free(struct report_run *run);

/* Runs of two machines may be called the same: then the folder before it is said, too. */
void report_inputs_name(struct report *report);

/* Each writes what its section holds. Of no memory the page's error tells. */
void report_put_answer(const struct report *report, struct page *page);
void report_put_tables(const struct report *report, struct page *page);
void report_put_ratios(const struct report *report, struct page *page);
void report_put_beside(const struct report *report, struct page *page);
bool report_has_beside(const struct report *report);
void report_put_environment(const struct report *report, struct page *page);

/* The charts that answer one question. Returns how many there are. */
enum report_charts {
    REPORT_DECISION,
    REPORT_MEMORY,
    REPORT_PAUSES,
    REPORT_MOVES,
    REPORT_SPEED,
    REPORT_RATIOS
};
size_t report_put_charts(const struct report *report, enum report_charts part, struct page *page);
bool report_has_charts(const struct report *report, enum report_charts part);

/* The short form. */
void report_print(const struct report *report, FILE *out);

/* "<run>: " before a heading when there are several runs, else nothing. Returns `text` (REPORT_NAME_BYTES + 8). */
const char *report_prefix(const struct report *report, const struct report_run *run, char *text);

/* ---- a table whose texts are made on the way ---- */

struct report_grid {
    size_t column_count, row_count;
    const struct page_column *columns;
    size_t cell_count, cell_room, at_column;
    struct page_cell *cells;
    bool stacks; /* as page_table's */
    bool failed; /* no memory */
};

void report_grid_begin(struct report_grid *grid, const struct page_column *columns, size_t column_count);

/* The next cell, row by row; the text is copied. A mark of the rest spans `columns`. */
void report_grid_add(struct report_grid *grid, enum page_mark mark, size_t columns, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A smaller line below the cell that was added last; copied. */
void report_grid_explain(struct report_grid *grid, const char *detail);

/* Writes it, unless it has no rows, and frees it. */
void report_grid_put(struct report_grid *grid, const char *caption, struct page *page);
void report_grid_free(struct report_grid *grid);

#endif
