/* SPDX-License-Identifier: MIT */
#include "harness/duel/contender_spec.h"

#include "allocators/allocator.h"
#include "harness/run/elf.h"
#include "tables/table.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_allocator(const char *name)
{
    for (const struct allocator *const *row = allocator_registry; *row; row++)
        if (!strcmp((*row)->name, name))
            return true;
    return false;
}

static bool is_table(const char *name)
{
    for (const struct table *const *row = table_registry; *row; row++)
        if (!strcmp((*row)->name, name))
            return true;
    return false;
}

static int take_library(struct contender_spec *spec, const char *path, const char *role, char *error)
{
    const size_t length = (size_t)(path - spec->text) - 1;
    if (!length)
        return sentence_fail(error, EINVAL, "'%.200s' lacks a name before its '=': write NAME=path/to/lib.so",
                             spec->text);
    /* The option that it becomes is a list. */
    if (strchr(spec->text, ','))
        return sentence_fail(
            error, EINVAL, "'%.600s' has a comma: a side is one library, and its path has none", spec->text);
    if (access(path, R_OK))
        return sentence_fail(error, EINVAL, "the library '%.600s' cannot be read: %s", path, strerror(errno));
    char name[CELL_NAME_BYTES];
    snprintf(name, sizeof name, "%.*s", (int)length, spec->text);
    /* A registered name would be taken for the registered row. */
    const bool registered = is_allocator(name) || is_table(name);
    if (length + strlen(role) + 2 > CELL_NAME_BYTES || strlen(path) >= SPEC_PATH_BYTES)
        return sentence_fail(error, EINVAL, "'%.200s' is too long", spec->text);
    snprintf(spec->name.name, sizeof spec->name.name, "%.*s%s%s", (int)length, spec->text,
             registered ? "-" : "", registered ? role : "");
    snprintf(spec->name.path, sizeof spec->name.path, "%s", path);
    spec->kind = elf_exports(path, TABLE_PLUGIN_SYMBOL) ? CONTENDER_TABLE : CONTENDER_ALLOCATOR;
    return 0;
}

int contender_spec_parse(struct contender_spec *spec, const char *text, const char *role, char *error)
{
    *spec = (struct contender_spec){.text = text, .kind = CONTENDER_THIS};
    const char *equals = strchr(text, '=');
    if (!text[strspn(text, " ")])
        return sentence_fail(
            error, EINVAL,
            "--%s= is empty: name an allocator, a table, NAME=path/to/lib.so, VARIABLE=value, a git "
            "revision, or this",
            role);
    if (!strcmp(text, "this"))
        return 0;
    if (!strncmp(text, "git:", 4)) {
        spec->kind = CONTENDER_REVISION;
        spec->revision = text + 4;
        return *spec->revision ? 0 : sentence_fail(error, EINVAL, "'git:' names no revision: write git:v1.2");
    }
    if (equals && (isupper((unsigned char)text[strspn(text, " ")]) || *text == '_')) {
        if (strstr(equals, ".so") && !access(equals + 1, R_OK))
            return sentence_fail(
                error, EINVAL,
                "'%.200s' would be an environment variable, but its value is a library: write the "
                "name in small letters",
                text);
        spec->kind = CONTENDER_ENVIRONMENT;
        return spec_add_settings(&spec->environment, text, error);
    }
    if (equals && equals[1])
        return take_library(spec, equals + 1, role, error);
    const bool allocator = is_allocator(text);
    if (allocator || is_table(text)) {
        spec->kind = allocator ? CONTENDER_ALLOCATOR : CONTENDER_TABLE;
        snprintf(spec->name.name, sizeof spec->name.name, "%s", text);
        return 0;
    }
    spec->kind = CONTENDER_REVISION;
    spec->revision = text;
    return 0;
}

void contender_spec_option(const struct contender_spec *spec, char *option, size_t size)
{
    *option = 0;
    if (spec->kind == CONTENDER_ALLOCATOR || spec->kind == CONTENDER_TABLE)
        snprintf(option, size, "--%s=%s%s%s", spec->kind == CONTENDER_TABLE ? "table" : "alloc",
                 spec->name.name, *spec->name.path ? "=" : "", spec->name.path);
    else if (spec->kind == CONTENDER_ENVIRONMENT)
        snprintf(option, size, "--env=%s", spec->text);
}
