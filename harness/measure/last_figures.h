/* SPDX-License-Identifier: MIT
 *
 * What is looked up once, when the last operation is done: the same for one thread and for several.
 */
#ifndef GROWBENCH_LAST_FIGURES_H
#define GROWBENCH_LAST_FIGURES_H

#include "harness/measure/memory.h"
#include "harness/measure/record.h"

/* Huge pages, the error of the kernel's resident counter, the back end's own count, the clock. */
void last_figures_note(struct record *record, const struct memory_probe *probe, const struct heap *heap);

#endif
