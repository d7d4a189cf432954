/* SPDX-License-Identifier: MIT
 *
 * A spec that names a key file, once the file is read: what the file says goes into the spec.
 */
#ifndef GROWBENCH_SPEC_KEYS_H
#define GROWBENCH_SPEC_KEYS_H

#include "harness/request/keys_file.h"
#include "harness/request/matrix.h"

/* Reads the spec's key file, if it names one: its fingerprint becomes the value of the axis, its path
 * absolute, its number of keys the entries where none were given (fewer for churn and drain, which take
 * several keys an entry). Half of `available_bytes` may be taken.
 * Returns 0 or an errno value with a sentence in `error` (SENTENCE_BYTES). keys_file_close is owed. */
int spec_load_keys(struct spec *spec, struct keys_file *file, uint64_t available_bytes, char *error);

/* EINVAL with a sentence when every cell wants more entries than the file has keys; single ones are SKIP. */
int spec_check_keys(const struct matrix *matrix, const struct keys_file *file, char *error);

/* EXDEV with a sentence when `stored`, the keys_file of a run.json (NULL: none), is another file than this.
 */
int spec_check_stored_keys(const json_t *stored, const struct keys_file *file, char *error);

#endif
