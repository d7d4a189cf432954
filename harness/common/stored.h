/* SPDX-License-Identifier: MIT
 *
 * JSON that was written by an earlier run, or by somebody else: read with limits, taken field by field, and what is
 * damaged is refused with the value that is wrong. No file here is trusted: it may be cut off, foreign or made to do
 * harm.
 *
 * Every function that fails leaves a clause in `error` (SENTENCE_BYTES), "its repetition is -1, not a whole number
 * from 0 to 999": who knows the file's path makes the sentence of it. What can be fuzzed takes bytes, not paths.
 */
#ifndef GROWBENCH_STORED_H
#define GROWBENCH_STORED_H

#include "harness/common/sentence.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A record has some 10 KiB; a run's arguments at most some 100. */
#define STORED_BYTES_MAX ((size_t)4 << 20)

/* Beyond what bytes, nanoseconds and counts can be; what is larger would only break the layout of tables. */
#define STORED_NUMBER_MAX 0x1p63

/* Of these bytes, new; NULL: no JSON, a key twice in one object, a number beyond 64 bits or a double (JSON knows no
 * NaN), text that is not UTF-8 or has a NUL, deeper than jansson goes (2048). */
json_t *stored_parse(const char *text, size_t length, char *error);

/* Of this file. Returns 0 or an errno value, EBADMSG where it can be read and is damaged. */
int stored_load(const char *path, json_t **json, char *error);

/* A value as it stands in sentences: JSON of some 60 characters, or what it is. Returns `text` (STORED_SHOWN_BYTES). */
enum { STORED_SHOWN_BYTES = 80 };
const char *stored_show(const json_t *value, char *text);

/* Each takes a field of an object, if it is right; returns 0 or EBADMSG. Where a field may be absent, what was there
 * before stays. */

/* A text of less than `size` bytes; it may hold control characters. */
int stored_take_text(const json_t *object, const char *key, char *text, size_t size, char *error);
int stored_take_optional_text(const json_t *object, const char *key, char *text, size_t size, char *error);

int stored_take_integer(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value,
                        char *error);

/* Up to STORED_NUMBER_MAX, either sign; may be absent. */
int stored_take_optional_number(const json_t *object, const char *key, double *value, char *error);

/* An object or a list. */
int stored_take_object(const json_t *object, const char *key, const json_t **value, char *error);
int stored_take_list(const json_t *object, const char *key, const json_t **value, char *error);
int stored_take_optional_list(const json_t *object, const char *key, const json_t **value, char *error);

/* {"schema": number, ...} */
int stored_check_schema(const json_t *json, int schema, char *error);

#endif
