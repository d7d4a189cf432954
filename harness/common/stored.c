/* SPDX-License-Identifier: MIT */
#include "harness/common/stored.h"

#include "harness/common/files.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *stored_parse(const char *text, size_t length, char *error)
{
    json_error_t where;
    if (!length || memchr(text, 0, length)) {
        sentence_fail(error, EBADMSG, length ? "it has a NUL byte, as text has not" : "it is empty");
        return NULL;
    }
    json_t *json = json_loadb(text, length, JSON_REJECT_DUPLICATES, &where);
    if (!json)
        sentence_fail(error, EBADMSG, "line %d: %s", where.line, where.text);
    return json;
}

int stored_load(const char *path, json_t **json, char *error)
{
    char *text;
    size_t length;
    *json = NULL;
    int failed = files_read_stored(path, STORED_BYTES_MAX, &text, &length, error);
    if (failed)
        return failed;
    *json = stored_parse(text, length, error);
    free(text);
    return *json ? 0 : EBADMSG;
}

const char *stored_show(const json_t *value, char *text)
{
    enum { KEPT = 60 };
    if (!value)
        return strcpy(text, "missing");
    if (json_is_object(value))
        return strcpy(text, "an object");
    if (json_is_array(value))
        return strcpy(text, "a list");
    char *whole = json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
    snprintf(text, STORED_SHOWN_BYTES, "%.*s%s", KEPT, whole ? whole : "?",
             whole && strlen(whole) > KEPT ? "..." : "");
    free(whole);
    return text;
}

static int refuse(const json_t *value, const char *key, const char *right, char *error)
{
    char shown[STORED_SHOWN_BYTES];
    return sentence_fail(error, EBADMSG, "its %.80s is %s%s%s", key, stored_show(value, shown),
                         value ? ", not " : "", value ? right : "");
}

int stored_take_optional_text(const json_t *object, const char *key, char *text, size_t size, char *error)
{
    const json_t *value = json_object_get(object, key);
    if (!value)
        return 0;
    const char *from = json_string_value(value);
    if (!from)
        return refuse(value, key, "a text", error);
    const size_t length = strlen(from);
    if (length >= size) {
        char right[64];
        snprintf(right, sizeof right, "a text of at most %zu bytes", size - 1);
        return refuse(value, key, right, error);
    }
    memcpy(text, from, length + 1);
    return 0;
}

int stored_take_text(const json_t *object, const char *key, char *text, size_t size, char *error)
{
    if (!json_object_get(object, key))
        return refuse(NULL, key, "", error);
    return stored_take_optional_text(object, key, text, size, error);
}

int stored_take_integer(const json_t *object, const char *key, int64_t least, int64_t most, int64_t *value,
                        char *error)
{
    const json_t *from = json_object_get(object, key);
    if (json_is_integer(from) && json_integer_value(from) >= least && json_integer_value(from) <= most) {
        *value = json_integer_value(from);
        return 0;
    }
    char right[96];
    snprintf(right, sizeof right, "a whole number from %" PRId64 " to %" PRId64, least, most);
    return refuse(from, key, right, error);
}

int stored_take_optional_number(const json_t *object, const char *key, double *value, char *error)
{
    const json_t *from = json_object_get(object, key);
    if (!from)
        return 0;
    if (!json_is_number(from))
        return refuse(from, key, "a number", error);
    if (!(fabs(json_number_value(from)) <= STORED_NUMBER_MAX))
        return refuse(from, key, "a number up to 2^63", error);
    *value = json_number_value(from);
    return 0;
}

int stored_take_object(const json_t *object, const char *key, const json_t **value, char *error)
{
    *value = json_object_get(object, key);
    return json_is_object(*value) ? 0 : refuse(*value, key, "an object", error);
}

int stored_take_list(const json_t *object, const char *key, const json_t **value, char *error)
{
    *value = json_object_get(object, key);
    return json_is_array(*value) ? 0 : refuse(*value, key, "a list", error);
}

int stored_take_optional_list(const json_t *object, const char *key, const json_t **value, char *error)
{
    *value = json_object_get(object, key);
    return *value ? stored_take_list(object, key, value, error) : 0;
}

int stored_check_schema(const json_t *json, int schema, char *error)
{
    if (!json_is_object(json)) {
        char shown[STORED_SHOWN_BYTES];
        return sentence_fail(error, EBADMSG, "it is %s, not an object", stored_show(json, shown));
    }
    const json_t *value = json_object_get(json, "schema");
    char right[32];
    snprintf(right, sizeof right, "%d", schema);
    return json_is_integer(value) && json_integer_value(value) == schema
               ? 0
               : refuse(value, "schema", right, error);
}
