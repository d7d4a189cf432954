/* SPDX-License-Identifier: MIT
 *
 * The arguments of a run that is resumed, from its run.json.
 */
#ifndef GROWBENCH_SPEC_STORED_H
#define GROWBENCH_SPEC_STORED_H

#include <jansson.h>

/* Points `arguments` (room for SPEC_STORED_MAX) at the texts in `run`, which owns them. Returns 0, or EBADMSG with a
 * clause in `error` (SENTENCE_BYTES): whoever wrote the file must not be able to ask for more than a run does. */
enum { SPEC_STORED_MAX = 500 };
int spec_take_stored(const json_t *run, char **arguments, int *count, char *error);

/* The same of one call's list: "arguments" itself, or an item of "earlier", what was asked for before --resume went on. */
int spec_take_call(const json_t *list, char **arguments, int *count, char *error);

#endif
