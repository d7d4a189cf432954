/* SPDX-License-Identifier: MIT
 *
 * A kernel with larger pages, for the tests: preloaded, it makes PAGES bytes (16384, 65536) the page size that
 * a program is told, and refuses what such a kernel refuses. Mappings begin at multiples of it, lengths are
 * rounded up to it, an address that is no multiple of it is EINVAL.
 *
 * It stands in the way of calls through the dynamic linker only: the C library's own malloc keeps the true
 * size. Resident figures stay those of the true kernel. Not emulated: mappings of files, hints for addresses,
 * huge pages of another size.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static long true_sysconf(int name)
{
    /* A pointer to a function by way of one to an object: POSIX has it so (dlsym(3)). */
    long (*function)(int);
    *(void **)(void *)&function = dlsym(RTLD_NEXT, "sysconf");
    return function(name);
}

static size_t page_bytes(void)
{
    const char *text = getenv("PAGES");
    size_t bytes = text ? strtoul(text, NULL, 10) : 0;
    return bytes ? bytes : (size_t)true_sysconf(_SC_PAGESIZE);
}

static size_t whole(size_t bytes)
{
    return (bytes + page_bytes() - 1) & ~(page_bytes() - 1);
}

static bool is_refused(const void *address)
{
    if (((uintptr_t)address & (page_bytes() - 1)) == 0)
        return false;
    errno = EINVAL;
    return true;
}

long sysconf(int name)
{
    if (name == _SC_PAGESIZE)
        return (long)page_bytes();
    long value = true_sysconf(name);
    return name == _SC_PHYS_PAGES || name == _SC_AVPHYS_PAGES
               ? value / (long)(page_bytes() / (size_t)true_sysconf(_SC_PAGESIZE))
               : value;
}

static void *map(size_t bytes, int protection, int flags, int fd, off_t offset)
{
    return (void *)syscall(SYS_mmap, NULL, bytes, protection, flags, fd, offset);
}

/* A page more, and what sticks out goes back. */
static void *map_aligned(size_t bytes, int protection, int flags)
{
    char *base = map(bytes + page_bytes(), protection, flags, -1, 0);
    if (base == MAP_FAILED)
        return MAP_FAILED;
    size_t before = -(uintptr_t)base & (page_bytes() - 1);
    if (before)
        syscall(SYS_munmap, base, before);
    syscall(SYS_munmap, base + before + bytes, page_bytes() - before);
    return base + before;
}

void *mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) || !(flags & MAP_ANONYMOUS) || !bytes)
        return (void *)syscall(SYS_mmap, address, bytes, protection, flags, fd, offset);
    return map_aligned(whole(bytes), protection, flags);
}

int munmap(void *address, size_t bytes)
{
    return is_refused(address) ? -1 : (int)syscall(SYS_munmap, address, whole(bytes));
}

int mprotect(void *address, size_t bytes, int protection)
{
    return is_refused(address) ? -1 : (int)syscall(SYS_mprotect, address, whole(bytes), protection);
}

int madvise(void *address, size_t bytes, int advice)
{
    return is_refused(address) ? -1 : (int)syscall(SYS_madvise, address, whole(bytes), advice);
}

void *mremap(void *old, size_t old_bytes, size_t new_bytes, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    void *to = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
    va_end(rest);
    if (is_refused(old) || (to && is_refused(to)))
        return MAP_FAILED;
    old_bytes = whole(old_bytes);
    new_bytes = whole(new_bytes);
    if (to)
        return (void *)syscall(SYS_mremap, old, old_bytes, new_bytes, flags, to);
    void *moved = (void *)syscall(SYS_mremap, old, old_bytes, new_bytes, 0, NULL);
    if (moved != MAP_FAILED || !(flags & MREMAP_MAYMOVE))
        return moved;
    to = map_aligned(new_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE);
    if (to == MAP_FAILED)
        return MAP_FAILED;
    moved = (void *)syscall(SYS_mremap, old, old_bytes, new_bytes, MREMAP_MAYMOVE | MREMAP_FIXED, to);
    if (moved == MAP_FAILED) {
        int error = errno;
        syscall(SYS_munmap, to, new_bytes);
        errno = error;
    }
    return moved;
}
