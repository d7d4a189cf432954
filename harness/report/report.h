/* SPDX-License-Identifier: MIT
 *
 * The report of one run, or of several side by side, for a design review: report.html (one file, nothing outside it),
 * report.md, and a short form for the terminal. From stored files alone; judges nothing itself: what it says comes from
 * harness/evaluate, harness/gate and harness/history.
 */
#ifndef GROWBENCH_REPORT_H
#define GROWBENCH_REPORT_H

#include "harness/results/results.h"

struct report_options {
    const char *script_folder; /* of the *.gp files and report.css */
    const char *out;           /* folder; NULL: the run's, or of several a new one beside the first */
    const char *reference;     /* allocator that ratios are to; NULL: glibc, else the first there is */
};

/* `folders`: run folders, at most 16; of a night its run and duel are taken. The short form goes to `terminal` (NULL: nowhere).
 * `written` (RESULTS_FOLDER_BYTES) gets the folder of the report. Each file is written whole, and neither before both are
 * complete; of two reports into one folder at once the second is refused. Returns 0,
 * or an errno value with a sentence in `error` (SENTENCE_BYTES). */
int report_write(const char *const *folders, size_t count, const struct report_options *options,
                 FILE *terminal, char *written, char *error);

#endif
