/* SPDX-License-Identifier: MIT
 *
 * How the table of results words its labels and figures, on the terminal and in the report alike.
 */
#ifndef GROWBENCH_SUMMARY_TEXT_H
#define GROWBENCH_SUMMARY_TEXT_H

#include "harness/common/units.h"
#include "harness/evaluate/summary_rows.h"

enum { SUMMARY_LABEL_BYTES = CELL_NAME_BYTES + RECORD_VERSION_BYTES + 240 };

/* What tells rows of one table and allocator apart beside the heap. */
enum { SUMMARY_ROW_OPTIONS = SUMMARY_ROW_AXES & ~(1u << CELL_AXIS_mode | 1u << CELL_AXIS_heap) };

/* Each writes into its text and returns it. */

/* A figure of the row with its unit; '~' before an estimate, '?' behind what is not resolved, "-" for none.
 * UNITS_TEXT_BYTES. */
char *summary_text_value(const struct summary_row *row, const struct summary_column_row *column, double value,
                         char *text);

/* Its version behind it, where it has one. SUMMARY_LABEL_BYTES. */
char *summary_text_table(const struct result *any, char *label);

/* Version, heap and options behind it. A cold heap is said only if asked for. SUMMARY_LABEL_BYTES. */
char *summary_text_allocator(const struct result *any, bool says_cold, char *label);

#endif
