/* SPDX-License-Identifier: MIT
 *
 * A baseline: what identical processes of each cell showed on one machine, and so which class each metric of each
 * cell is of. baseline.json in results/baseline/<machine_fingerprint>/, made by `growbench baseline`:
 *
 *   {"schema": 1, "kind": "baseline", "machine_fingerprint": "...", "identity": {...}, "growbench_version": "...",
 *    "git_revision": "...", "aslr": false, "date": "...", "condition": {...},
 *    "cells": [{"id": "...", "allocator_version": "...", "allocator_sha256": "...", "table_version": "...",
 *               "allocator_settings": "", "budget_bytes": N, "timeout_seconds": N, "statuses": {"OK": 20}, "message": "",
 *               "disturbed": 0, "mixed": false,
 *               "metrics": [{"name": "growth_count", "class": "exact", "values": [14, ...]}]}]}
 *
 * Values are one an OK process, null where it had none. A file that is damaged, cut off, of another version or made
 * by hand is refused in a sentence: half of a baseline would judge by guesses.
 */
#ifndef GROWBENCH_GATE_BASELINE_H
#define GROWBENCH_GATE_BASELINE_H

#include "harness/gate/samples.h"

extern const char baseline_file_name[]; /* "baseline.json" */

/* New. */
json_t *baseline_json(const struct gate_samples *samples);

/* Reads it back, as samples whose classes are the file's. Returns 0, or an errno value with a sentence in `error`
 * (SENTENCE_BYTES): ENOENT there is no such file, EBADMSG it is no baseline, ENOMEM. */
int baseline_load(const char *path, struct gate_samples *samples, char *error);

/* The same from a whole JSON, which may be anybody's. Returns 0, or EBADMSG with a clause. */
int baseline_take(const json_t *json, struct gate_samples *samples, char *error);

#endif
