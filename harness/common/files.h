/* SPDX-License-Identifier: MIT
 *
 * Whole files: read at once, written whole or not at all.
 */
#ifndef GROWBENCH_FILES_H
#define GROWBENCH_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

/* The text of a small file, for free(); NULL if it cannot be read. */
char *files_read(const char *path);

/* The same of a file that somebody else may have put there: only a regular one is waited for, and only up to
 * `most_bytes` are read. Returns 0, or an errno value (ENOENT, EACCES, ELOOP, ..., EBADMSG for what is no such file)
 * with a clause in `error` (SENTENCE_BYTES): "it is a folder". */
int files_read_stored(const char *path, size_t most_bytes, char **text, size_t *length, char *error);

/* "a folder", "a pipe", "a device"; for what is no regular file. */
const char *files_kind(mode_t mode);

/* A file that appears under its name only when it is complete: written beside it, synced, renamed. */
struct files_output {
    FILE *stream;
    char path[2048], temporary_path[2064];
};

/* Return 0 or an errno value. After an error there is nothing left to close and the old file stands. */
int files_begin(struct files_output *output, const char *path);
int files_commit(struct files_output *output);

/* Instead of a commit: as if nothing had been begun. */
void files_abandon(struct files_output *output);

/* mkdir -p. Returns 0 or an errno value. */
int files_make_folders(const char *path);

/* sha256 of a file as 64 hexadecimal digits and a zero; false if it cannot be read. */
enum { FILES_SHA256_BYTES = 65 };
bool files_sha256(const char *path, char *digest);

/* The same of a text. */
void files_sha256_text(const char *text, char *digest);

/* The folder in which the running program lies. False if the system does not say. */
bool files_program_folder(char *path, size_t size);

#endif
