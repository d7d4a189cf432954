/* SPDX-License-Identifier: MIT */
#include "harness/run/settings.h"

#include <errno.h>
#include <string.h>

/* Which names take a list, and what separates it (jemalloc(3), TUNING; glibc manual, 39 "Tunables"). */
static char separator_of(const char *name, size_t length)
{
    static const struct {
        const char *name;
        char separator;
    } lists[] = {{"MALLOC_CONF", ','}, {"GLIBC_TUNABLES", ':'}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strlen(lists[i].name) == length && !memcmp(lists[i].name, name, length))
            return lists[i].separator;
    return 0;
}

/* True when `part` is one of the list's items. */
static int has_item(const char *list, const char *part, char separator)
{
    size_t length = strlen(part);
    for (const char *at = list; at; at = strchr(at, separator)) {
        at += *at == separator;
        if (!strncmp(at, part, length) && (!at[length] || at[length] == separator))
            return 1;
    }
    return 0;
}

static int join(char *item, const char *value, char separator)
{
    const char *old = strchr(item, '=') + 1;
    if (!strcmp(old, value))
        return 0;
    if (!separator)
        return EINVAL;
    if (has_item(old, value, separator))
        return 0;
    size_t used = strlen(item), more = strlen(value);
    if (used + 1 + more >= SETTING_BYTES)
        return E2BIG;
    item[used] = separator;
    memcpy(item + used + 1, value, more + 1);
    return 0;
}

static int add(struct settings *settings, const char *setting)
{
    const char *equals = strchr(setting, '=');
    if (!equals)
        return EINVAL;
    size_t length = (size_t)(equals - setting);
    for (size_t i = 0; i < settings->count; i++)
        if (!strncmp(settings->items[i], setting, length + 1))
            return join(settings->items[i], equals + 1, separator_of(setting, length));
    if (settings->count == SETTINGS_MAX || strlen(setting) >= SETTING_BYTES)
        return E2BIG;
    strcpy(settings->items[settings->count++], setting);
    return 0;
}

static int add_all(struct settings *settings, const char *const *list)
{
    int error = 0;
    for (; list && *list && !error; list++)
        error = add(settings, *list);
    return error;
}

int settings_compose(struct settings *settings, const struct allocator *allocator, enum page_policy policy)
{
    settings->count = 0;
    int error = add_all(settings, allocator->environment);
    if (!error && policy == PAGE_POLICY_ALWAYS)
        error = add_all(settings, allocator->huge_environment);
    return error;
}
