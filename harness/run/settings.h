/* SPDX-License-Identifier: MIT
 *
 * The environment that a measured process gets from its allocator's row. Pure: nothing is set here.
 *
 * A row has settings of its own, and more for huge pages. Both may give the same NAME, such as MALLOC_CONF:
 * one must not replace the other without a word. Values of a NAME that takes a list are joined; two different
 * values of any other are refused.
 */
#ifndef GROWBENCH_SETTINGS_H
#define GROWBENCH_SETTINGS_H

#include "allocators/allocator.h"

enum { SETTINGS_MAX = 16, SETTING_BYTES = 512 };

struct settings {
    size_t count;
    char items[SETTINGS_MAX][SETTING_BYTES]; /* "NAME=value", each NAME once */
};

/* What `allocator` asks for under `policy`. Returns 0; EINVAL for two values of a NAME that takes one, or for
 * a text without '='; E2BIG for more than fits. `settings` is then not to be used. */
int settings_compose(struct settings *settings, const struct allocator *allocator, enum page_policy policy);

#endif
