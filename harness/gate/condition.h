/* SPDX-License-Identifier: MIT
 *
 * Whether a machine was fit to measure on when a run began: the part of the context that makes figures doubtful and
 * not incomparable.
 */
#ifndef GROWBENCH_GATE_CONDITION_H
#define GROWBENCH_GATE_CONDITION_H

#include <jansson.h>

/* Appends to the list `sentences` what was wrong: others' load, memory pressure, little memory left. `who` begins each
 * ("OLD"). */
void condition_append(const char *who, const json_t *context, json_t *sentences);

#endif
