/* SPDX-License-Identifier: MIT
 *
 * The only place that knows suffixes: sizes and durations, from text and to text.
 */
#ifndef GROWBENCH_UNITS_H
#define GROWBENCH_UNITS_H

#include <stddef.h>
#include <stdint.h>

enum { UNITS_TEXT_BYTES = 32 };

/* Reads a count or a size: "8388609", "2^26", "2^26+1", "64M" and "1GiB" (powers of 1,024). Returns 0, EINVAL
 * (not of this form, negative, or zero) or ERANGE (does not fit 63 bits). */
int units_parse_count(const char *text, uint64_t *value);

/* Reads seconds: "90", "90s", "5m", "2h". Returns 0, EINVAL or ERANGE. */
int units_parse_seconds(const char *text, uint64_t *seconds);

/* Each writes into `text` (UNITS_TEXT_BYTES) and returns it. */
const char *units_format_bytes(char *text, double bytes);   /* "1.34 GiB" */
const char *units_format_duration(char *text, double ns);   /* "12.3 ms" */
const char *units_format_count(char *text, double count);   /* "12.3 M" */
const char *units_format_whole(char *text, uint64_t count); /* "12,345,678" */
const char *units_format_clock(char *text, double seconds); /* "1:05" */

#endif
