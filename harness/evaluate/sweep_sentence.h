/* SPDX-License-Identifier: MIT
 *
 * A sweep's answer in a sentence: which growth factor, from which size, on this allocator, and at what price.
 */
#ifndef GROWBENCH_SWEEP_SENTENCE_H
#define GROWBENCH_SWEEP_SENTENCE_H

#include "harness/evaluate/sweep.h"

enum { SWEEP_SENTENCE_BYTES = 1200 };

/* "grow by 1.25: 1.74x of the payload at worst, ...". Returns `text`
 * (SWEEP_SENTENCE_BYTES). `answer` has a rival at least. */
const char *sweep_sentence(const struct sweep_answer *answer, char *text);

#endif
