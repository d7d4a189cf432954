/* SPDX-License-Identifier: MIT
 *
 * Words of a command that a person is to paste into a shell.
 */
#ifndef GROWBENCH_SHELL_H
#define GROWBENCH_SHELL_H

#include <stddef.h>

/* Writes the word so that a shell reads it as one, and returns `quoted`. Four times its length and 8 bytes are
 * room enough; what does not fit is cut, and what is left is a word still. */
const char *shell_quote(const char *word, char *quoted, size_t size);

#endif
