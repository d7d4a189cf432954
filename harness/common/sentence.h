/* SPDX-License-Identifier: MIT
 *
 * What went wrong, in one sentence for the user: the value that was wrong and what would be right.
 */
#ifndef GROWBENCH_SENTENCE_H
#define GROWBENCH_SENTENCE_H

#include <stdio.h>

enum { SENTENCE_BYTES = 2600 }; /* two paths and some words */

/* Writes the sentence (SENTENCE_BYTES), one line, and returns `error`, so that a failure is one statement. */
int sentence_fail(char *sentence, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What comes from files may hold what a terminal would obey: '?' stands for control characters. */
void sentence_defuse(char *text);
void sentence_put(const char *text, FILE *out);

#endif
