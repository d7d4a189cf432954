/* SPDX-License-Identifier: MIT */
#include "harness/common/shell.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static int is_plain(const char *word)
{
    for (const char *at = word; *at; at++)
        if (!isalnum((unsigned char)*at) && !strchr("_-.,:=/+@%^~", *at))
            return 0;
    return *word && *word != '~';
}

const char *shell_quote(const char *word, char *quoted, size_t size)
{
    size_t used = 0;
    if (is_plain(word)) { /* any part of it is, too */
        snprintf(quoted, size, "%s", word);
        return quoted;
    }
    used += (size_t)snprintf(quoted, size, "'");
    for (; *word && used + 6 <= size; word++) /* the longest of a character, the end and its zero */
        used += (size_t)snprintf(quoted + used, size - used, *word == '\'' ? "'\\''" : "%c", *word);
    snprintf(quoted + used, size - used, "'");
    return quoted;
}
