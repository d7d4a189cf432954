/* SPDX-License-Identifier: MIT
 *
 * Which library serves malloc in this process: asked of the loader and of the library itself.
 */
#ifndef GROWBENCH_SERVED_H
#define GROWBENCH_SERVED_H

#include <stdbool.h>
#include <stddef.h>

/* The file that serves malloc, as the loader maps it: the one that exports it, or behind a proxy (TBB's) the
 * one that it hands every call to. "" if it cannot be told. */
void served_path(char *path, size_t size);

/* The version as the serving library itself says it ("" when it has no way to that is known). */
void served_version(char *version, size_t size);

/* True when the file that exports malloc is `library` (a path, or a bare file name that ld.so found). */
bool served_is_library(const char *library);

/* True when it is the C library's own; also in a sanitized build, whose malloc stands in for it. */
bool served_is_libc(void);

/* True when this program is built with AddressSanitizer: preloaded mallocs do not mix with it. */
bool served_is_sanitized(void);

#endif
