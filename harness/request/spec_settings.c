/* SPDX-License-Identifier: MIT
 *
 * The user's environment variables for measured processes.
 */
#include "harness/request/spec.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

/* POSIX 8.1, less lower case. */
static size_t name_length(const char *setting)
{
    size_t length = 0;
    while (isupper((unsigned char)setting[length]) || setting[length] == '_' ||
           (length && isdigit((unsigned char)setting[length])))
        length++;
    return setting[length] == '=' ? length : 0;
}

static int add(struct spec_settings *settings, const char *setting, size_t length, char *error)
{
    const size_t name = name_length(setting);
    if (!name || name > length)
        return sentence_fail(error, EINVAL,
                             "'%.*s' is no environment variable: write NAME=value, in capitals",
                             (int)(length < 200 ? length : 200), setting);
    if (!strncmp(setting, "LD_", 3))
        return sentence_fail(error, EINVAL,
                             "'%.*s' is not for the environment: a library is given as --alloc=NAME=path",
                             (int)name, setting);
    if (length >= SPEC_SETTING_BYTES)
        return sentence_fail(error, EINVAL, "the value of '%.*s' is too long: at most %d bytes with its name",
                             (int)name, setting, SPEC_SETTING_BYTES - 1);
    size_t i = 0;
    while (i < settings->count && strncmp(settings->items[i], setting, name + 1))
        i++;
    if (i == SPEC_SETTINGS_MAX)
        return sentence_fail(error, EINVAL, "more than %d environment variables", SPEC_SETTINGS_MAX);
    memcpy(settings->items[i], setting, length);
    settings->items[i][length] = 0;
    settings->count += i == settings->count;
    return 0;
}

int spec_add_settings(struct spec_settings *settings, const char *text, char *error)
{
    int failed = 0;
    for (const char *at = text + strspn(text, " "); *at && !failed;) {
        size_t length = strcspn(at, " ");
        failed = add(settings, at, length, error);
        at += length;
        at += strspn(at, " ");
    }
    return failed;
}
