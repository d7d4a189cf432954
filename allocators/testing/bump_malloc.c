/* SPDX-License-Identifier: MIT
 *
 * A malloc of one's own for the harness's tests: bumps a pointer and never frees. It stands for the library
 * that a user gives as ALLOC=name=path/to/lib.so.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#define ARENA_BYTES ((size_t)1 << 36)
enum { ALIGN = 16 };

/* A preloaded malloc has no other place for its state. */
static _Atomic(char *) arena;
static atomic_size_t used_bytes;

void *malloc(size_t bytes);
void *calloc(size_t count, size_t bytes);
void *realloc(void *block, size_t bytes);
void free(void *block);
int posix_memalign(void **block, size_t align, size_t bytes);
void *aligned_alloc(size_t align, size_t bytes);
size_t malloc_usable_size(void *block);

static char *get_arena(void)
{
    char *start = atomic_load(&arena);
    if (start)
        return start;
    char *fresh =
        mmap(NULL, ARENA_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (fresh == MAP_FAILED)
        return NULL;
    if (atomic_compare_exchange_strong(&arena, &start, fresh))
        return fresh;
    munmap(fresh, ARENA_BYTES);
    return start;
}

/* The size stands in the word before the block. */
static void *bump(size_t bytes, size_t align)
{
    char *start = get_arena();
    size_t room = bytes + align + ALIGN;
    if (!start || bytes > ARENA_BYTES)
        return NULL;
    size_t at = atomic_fetch_add(&used_bytes, (room + ALIGN - 1) & ~(size_t)(ALIGN - 1));
    if (at + room > ARENA_BYTES)
        return NULL;
    uintptr_t block = ((uintptr_t)start + at + ALIGN + align - 1) & ~(uintptr_t)(align - 1);
    memcpy((char *)block - sizeof bytes, &bytes, sizeof bytes);
    return (void *)block;
}

void *malloc(size_t bytes)
{
    return bump(bytes, ALIGN);
}

void *calloc(size_t count, size_t bytes)
{
    size_t total;
    return __builtin_mul_overflow(count, bytes, &total) ? NULL
                                                        : bump(total, ALIGN); /* fresh pages are zero */
}

size_t malloc_usable_size(void *block)
{
    size_t bytes = 0;
    if (block)
        memcpy(&bytes, (char *)block - sizeof bytes, sizeof bytes);
    return bytes;
}

void *realloc(void *block, size_t bytes)
{
    size_t old_bytes = malloc_usable_size(block);
    void *fresh = bump(bytes, ALIGN);
    if (fresh && block)
        memcpy(fresh, block, old_bytes < bytes ? old_bytes : bytes);
    return fresh;
}

void free(void *block)
{
    (void)block;
}

int posix_memalign(void **block, size_t align, size_t bytes)
{
    *block = bump(bytes, align > ALIGN ? align : ALIGN);
    return *block ? 0 : ENOMEM;
}

void *aligned_alloc(size_t align, size_t bytes)
{
    return bump(bytes, align > ALIGN ? align : ALIGN);
}
