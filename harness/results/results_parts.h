/* SPDX-License-Identifier: MIT
 *
 * What the parts of results.h share; nobody else's.
 *   results.c            the run folder
 *   results_write.c      a record's files
 *   results_read.c       records read back: folders and files
 *   results_take.c       ... and what the bytes of one say
 *   results_rows.c       a repetition's tables read back
 *   results_benchmark.c  benchmark.json, derived from them
 *   results_figures.c    a cell's figures, likewise
 */
#ifndef GROWBENCH_RESULTS_PARTS_H
#define GROWBENCH_RESULTS_PARTS_H

#include "harness/results/results.h"

enum { RESULTS_SCHEMA = 1 };

/* folder/name. Paths are as long as --out allows plus what stands in the layout: nothing is cut. */
void results_join(char *path, size_t size, const char *folder, const char *name);

/* Where a repetition's files are, in a run folder. */
void results_cell_folder(char *path, size_t size, const char *folder, const struct cell *cell,
                         int repetition);

/* Makes the sentence of a clause: EBADMSG is damaged, all else cannot be read. Returns `number`. */
int results_fail_damaged(const char *path, int number, const char *clause, char *error);

bool results_holds_run(const char *folder);

/* Text that may not be UTF-8, which JSON cannot hold. */
json_t *results_text_json(const char *text);

#endif
