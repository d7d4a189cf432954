/* SPDX-License-Identifier: MIT
 *
 * What one side of a duel is: a SPEC of the command line.
 *
 *   mimalloc=old.so        an allocator's library (or a table's): every cell has it for its allocator (its table)
 *   mremap, jemalloc:lean  a registered allocator, table or variant, likewise
 *   MALLOC_ARENA_MAX=1     environment variables of the measured processes; several with spaces between
 *   git:v1.2, HEAD~3       a revision of this project, built in a worktree of its own
 *   this                   this program with nothing changed
 */
#ifndef GROWBENCH_CONTENDER_SPEC_H
#define GROWBENCH_CONTENDER_SPEC_H

#include "harness/common/sentence.h"
#include "harness/request/spec.h"

enum contender_kind {
    CONTENDER_THIS,
    CONTENDER_ALLOCATOR,
    CONTENDER_TABLE,
    CONTENDER_ENVIRONMENT,
    CONTENDER_REVISION,
};

struct contender_spec {
    const char *text; /* as given; borrowed */
    enum contender_kind kind;
    struct spec_name name;            /* of an allocator or a table */
    struct spec_settings environment; /* else empty */
    const char *revision;             /* points into text; not yet looked up */
};

/* `role` ("base", "candidate") goes into the name of a library that is called as a registered row is. Returns 0, or
 * EINVAL with a sentence. Whether a revision is one is found out when it is built. */
int contender_spec_parse(struct contender_spec *spec, const char *text, const char *role, char *error);

/* The option of run that it stands for ("--alloc=..."), into `option`; an empty text where there is none. */
void contender_spec_option(const struct contender_spec *spec, char *option, size_t size);

#endif
