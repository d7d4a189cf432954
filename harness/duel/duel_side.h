/* SPDX-License-Identifier: MIT
 *
 * A side of a duel made ready to start: which program, with which option.
 */
#ifndef GROWBENCH_DUEL_SIDE_H
#define GROWBENCH_DUEL_SIDE_H

#include "harness/common/files.h"
#include "harness/duel/contender_spec.h"
#include "harness/results/results.h"
#include "harness/run/revision.h"

enum { DUEL_OPTION_BYTES = SPEC_PATH_BYTES + CELL_NAME_BYTES + 16 };

struct duel_side {
    struct contender_spec spec;
    char program[RESULTS_PATH_BYTES], program_sha256[FILES_SHA256_BYTES], revision[REVISION_BYTES];
    char library_sha256[FILES_SHA256_BYTES]; /* of the user's; else empty */
    char option[DUEL_OPTION_BYTES];          /* of run, that it stands for; else empty */
};

/* Reads the SPEC and builds its revision, if it is one. `run` is what both sides have in common: an allocator may not
 * be named in both. Returns 0, or EINVAL with a sentence, which is empty where the build has said why. */
int duel_side_prepare(struct duel_side *side, const char *text, const char *role, const struct spec *run,
                      char *error);

/* Whether the two can stand against each other: an allocator against an allocator, a table against a table. Returns 0
 * or EINVAL with a sentence. */
int duel_side_match(const struct duel_side *base, const struct duel_side *candidate, char *error);

/* The same program with the same library and settings, by their contents. */
bool duel_side_same(const struct duel_side *base, const struct duel_side *candidate);

/* The object of duel.json, new. */
json_t *duel_side_json(const struct duel_side *side);

/* The command that does a cell of the base's alone, under the limits and settings of `run`. */
void duel_side_format_again(const struct duel_side *base, const struct duel_side *candidate,
                            const struct cell *cell, const struct spec *run, char *command, size_t size);

#endif
