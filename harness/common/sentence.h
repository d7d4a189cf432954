/* SPDX-License-Identifier: MIT
 *
 * What went wrong, in one sentence for the user: the value that was wrong and what would be right.
 */
#ifndef GROWBENCH_SENTENCE_H
#define GROWBENCH_SENTENCE_H

enum { SENTENCE_BYTES = 2600 }; /* two paths and some words */

/* Writes the sentence (SENTENCE_BYTES) and returns `error`, so that a failure is one statement. */
int sentence_fail(char *sentence, int error, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts '?' for what would steer a terminal: for text out of a file that anybody may have written. */
void sentence_defuse(char *text);

#endif
