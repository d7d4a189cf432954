/* SPDX-License-Identifier: MIT
 *
 * Other revisions of this program: built by scripts/build-revision of the checkout that this one was built in.
 */
#ifndef GROWBENCH_REVISION_H
#define GROWBENCH_REVISION_H

#include "harness/common/sentence.h"

#include <stddef.h>

enum { REVISION_BYTES = 64 };

/* As `git describe` called it when this program was built; "-dirty" at its end for a changed tree. */
const char *revision_of_this(void);

/* The program of a git revision, built if it is not there yet; `name` (REVISION_BYTES) gets the commit. A minute or
 * so. Returns 0, or EINVAL with a sentence. */
int revision_build(const char *revision, char *program, size_t size, char *name, char *error);

#endif
