/* SPDX-License-Identifier: MIT
 *
 * A range of sizes, FROM..TO/STEPS: FROM x (TO/FROM)^(i/STEPS) for i = 1 to STEPS, in whole numbers. TO is one
 * of them and FROM is not, so that 2^21..2^22/16 is one octave in 16 steps and the next range can begin where
 * this one ends. Equal factors, not equal steps: no part of the octave weighs more than another.
 */
#ifndef GROWBENCH_SPEC_RANGE_H
#define GROWBENCH_SPEC_RANGE_H

#include "harness/request/spec.h"

/* Whether this is meant as a range. */
bool spec_range_is(const char *text);

/* Returns 0, or EINVAL with a sentence in `error` (SENTENCE_BYTES). */
int spec_range_parse(const char *text, struct spec_numbers *numbers, char *error);

#endif
