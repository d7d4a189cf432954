/* SPDX-License-Identifier: MIT
 *
 * What a shared library has, without loading it: loading runs its constructors, which may end the process.
 */
#ifndef GROWBENCH_ELF_H
#define GROWBENCH_ELF_H

#include <stdbool.h>

/* Whether the library at `path` defines that dynamic symbol. False also for what is no ELF file of this
 * machine's word size. */
bool elf_exports(const char *path, const char *symbol);

#endif
