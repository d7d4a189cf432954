/* SPDX-License-Identifier: MIT
 *
 * The user's own keys: a text file, a line a key (--keys=file:PATH). The parent reads it once; a measured
 * process gets what came of it as a list of numbers that it can only read.
 *
 *   a line      is its bytes without the line end, "\n" or "\r\n"; any bytes, NUL too. The last one needs no
 *               line end. An empty line holds no key.
 *   its key     is a hash of them, of 63 bits: absent keys have the 64th (keys.h). It depends on nothing
 *               else, the cell's seed neither, so that a file is the same stream everywhere
 *   the stream  is the distinct keys in the order in which they come first: a line seen again would be an
 *               update and grow nothing. Two lines of n share a key by a chance of n^2 / 2^64; the second
 *               then counts as repeated
 *
 * Memory: 8 bytes a key in a memfd, which the parent wrote and to whose cgroup it is charged (Linux,
 * Documentation/admin-guide/cgroup-v2.rst, "Memory Ownership"). The measured process maps it before anything
 * is measured, and the probe takes it, with its page tables, off every figure (memory_probe_set_apart). Its
 * cgroup still pays those page tables: 1/512 of the list.
 *
 * What a stored list costs: a throughput cell reads its keys inside the clock, in order while it fills (8
 * bytes each from memory instead of a few multiplications), at random while it finds: a cache miss a look-up
 * that the made streams do not have. In latency mode keys are read outside the clock.
 *
 * Rejected: pipes (a run that is resumed, and `growbench cell`, read it again); keys as text (tables here
 * have keys of 64 bits); SHA-256 for keys (ten times the time of reading; nobody attacks his own run).
 */
#ifndef GROWBENCH_KEYS_FILE_H
#define GROWBENCH_KEYS_FILE_H

#include "harness/measure/memory.h"
#include "harness/request/keys.h"

#include <jansson.h>

enum { KEYS_FILE_PATH_BYTES = 1024, KEYS_FILE_LINE_MAX_BYTES = 64 << 20 };

struct cell;

struct keys_file {
    char path[KEYS_FILE_PATH_BYTES]; /* absolute */
    char sha256[65];
    uint64_t line_count, empty_count, distinct_count;
    int fd; /* the list, sealed; 0: nothing is loaded */
};

/* Reads a file. The list and what finds repeated lines may take `most_bytes`. Returns 0, or an errno value
 * with a sentence in `error` (SENTENCE_BYTES). */
int keys_file_load(struct keys_file *file, const char *path, uint64_t most_bytes, char *error);
void keys_file_close(struct keys_file *file);

/* The value of the cell's axis. */
uint64_t keys_file_value(const struct keys_file *file);

/* The key of a line's bytes. */
uint64_t keys_file_hash(const void *line, size_t length);

/* For record.json and run.json; new. */
json_t *keys_file_json(const struct keys_file *file);

/* The stream of a cell, in the process that measures: a file's list is on CHILD_KEYS_FD, is mapped and, with
 * `probe`, kept out of its figures. Returns 0 or an errno value. */
int keys_open(struct keys *keys, const struct cell *cell, struct memory_probe *probe);
void keys_close(struct keys *keys);

#endif
