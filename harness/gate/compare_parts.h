/* SPDX-License-Identifier: MIT
 *
 * What the parts of compare.h share: compare.c (metrics) and compare_sides.c (machines, libraries, how cells ended).
 */
#ifndef GROWBENCH_GATE_COMPARE_PARTS_H
#define GROWBENCH_GATE_COMPARE_PARTS_H

#include "harness/gate/compare.h"

/* Appends the fields of the identity in which two contexts differ. */
void compare_machines(const json_t *old, const json_t *new, json_t *differences);

/* Appends a sentence for each condition that makes figures of either side doubtful. */
void compare_conditions(const struct gate_samples *old, const struct gate_samples *new, json_t *degraded);

/* Appends the cell's libraries and settings that differ; the cell is NOT COMPARABLE then, unless forced. */
void compare_libraries(const struct gate_sample_cell *old, const struct gate_sample_cell *new, bool force,
                       struct gate_cell *cell, json_t *differences);

/* The cell's verdict by how its processes ended; GATE_SKIPPED without a reason when its values have to tell. */
void compare_statuses(const struct gate_sample_cell *old, const struct gate_sample_cell *new,
                      struct gate_cell *cell);

/* The command that measures the cell alone and compares it again (COMPARE_COMMAND_BYTES). */
void compare_format_command(const char *old_path, const struct cell *cell, char *command);

#endif
