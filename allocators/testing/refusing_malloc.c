/* SPDX-License-Identifier: MIT
 *
 * A malloc that does not work on this system, for the harness's tests. jemalloc built for smaller pages than
 * the system's says so once and has no memory from then on (src/pages.c, pages_boot; src/jemalloc.c,
 * malloc_init_hard); built to abort on errors it aborts there, as this one does with -DABORTS.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);
int posix_memalign(void **block, size_t align, size_t bytes);
void *aligned_alloc(size_t align, size_t bytes);

/* A preloaded malloc has no other place for its state. */
static bool has_spoken;

static void *refuse(void)
{
    static const char line[] = "<jemalloc>: Unsupported system page size\n";
    if (!has_spoken)
        (void)!write(STDERR_FILENO, line, sizeof line - 1);
    has_spoken = true;
#ifdef ABORTS
    abort();
#endif
    errno = ENOMEM;
    return NULL;
}

__attribute__((constructor)) static void start(void)
{
    refuse();
}

void *malloc(size_t bytes)
{
    (void)bytes;
    return refuse();
}

void *calloc(size_t count, size_t bytes)
{
    (void)count, (void)bytes;
    return refuse();
}

void *realloc(void *block, size_t bytes)
{
    (void)block, (void)bytes;
    return refuse();
}

void free(void *block)
{
    (void)block;
}

int posix_memalign(void **block, size_t align, size_t bytes)
{
    (void)align, (void)bytes;
    *block = refuse();
    return ENOMEM;
}

void *aligned_alloc(size_t align, size_t bytes)
{
    (void)align, (void)bytes;
    return refuse();
}
