/* SPDX-License-Identifier: MIT */
#include "harness/run/served.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void path_of(const void *address, char *path, size_t size)
{
    Dl_info info;
    char resolved[PATH_MAX];
    bool known = address && dladdr(address, &info) && info.dli_fname;
    const char *real = known ? realpath(info.dli_fname, resolved) : NULL;
    snprintf(path, size, "%s", real ? real : known ? info.dli_fname : "");
}

/* A symbol counts only if it lies in the library at `path`: another one may be there and idle. */
static void *symbol_in(const char *symbol, const char *path)
{
    char its_path[PATH_MAX];
    void *address = dlsym(RTLD_DEFAULT, symbol);
    path_of(address, its_path, sizeof its_path);
    return address && !strcmp(its_path, path) ? address : NULL;
}

/* Who exports malloc: what was preloaded. */
static void front_path(char *path, size_t size)
{
    path_of(dlsym(RTLD_DEFAULT, "malloc"), path, size);
}

/* Fronts that hand every call on, and a symbol of the library that does the work. */
static const struct {
    const char *front_symbol, *serving_symbol;
} proxies[] = {{"__TBB_malloc_proxy", "scalable_malloc"}};

void served_path(char *path, size_t size)
{
    char front[PATH_MAX];
    front_path(front, sizeof front);
    for (size_t i = 0; i < sizeof proxies / sizeof *proxies; i++) {
        void *serving = dlsym(RTLD_DEFAULT, proxies[i].serving_symbol);
        if (serving && symbol_in(proxies[i].front_symbol, front)) {
            path_of(serving, path, size);
            return;
        }
    }
    snprintf(path, size, "%s", front);
}

/* ---- versions: each library's own way to tell it, by a symbol of its own ---- */

static void ask_jemalloc(void *symbol, char *version, size_t size)
{
    int (*mallctl)(const char *, void *, size_t *, void *, size_t);
    *(void **)&mallctl = symbol;
    const char *text = NULL;
    size_t text_size = sizeof text;
    if (!mallctl("version", &text, &text_size, NULL, 0) && text)
        snprintf(version, size, "%.*s", (int)strcspn(text, "-"), text);
}

static void ask_mimalloc(void *symbol, char *version, size_t size)
{
    int (*mi_version)(void);
    *(void **)&mi_version = symbol;
    int number = mi_version(); /* 209 = 2.0.9 */
    snprintf(version, size, "%d.%d.%d", number / 100, number / 10 % 10, number % 10);
}

static void ask_tcmalloc(void *symbol, char *version, size_t size)
{
    const char *(*tc_version)(int *, int *, const char **);
    *(void **)&tc_version = symbol;
    const char *patch = "";
    int major = 0, minor = 0;
    tc_version(&major, &minor, &patch);
    snprintf(version, size, "%d.%d%s", major, minor, patch ? patch : "");
}

static void ask_libc(void *symbol, char *version, size_t size)
{
    const char *(*libc_version)(void);
    *(void **)&libc_version = symbol;
    snprintf(version, size, "%s", libc_version());
}

struct text_search {
    uintptr_t inside; /* an address in the object to search */
    const char *text;
    const char *found; /* just past the text */
    size_t rest_bytes; /* readable from there */
};

/* Looks through what the file of the object that holds the address has put into memory. */
static int search_object(struct dl_phdr_info *object, size_t info_bytes, void *context)
{
    (void)info_bytes;
    struct text_search *search = context;
    bool holds = false;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr;
        holds |= segment->p_type == PT_LOAD && search->inside - start < segment->p_memsz;
    }
    for (int i = 0; holds && !search->found && i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_R))
            continue;
        const char *start = (const char *)(uintptr_t)(object->dlpi_addr + segment->p_vaddr);
        const char *at = memmem(start, segment->p_filesz, search->text, strlen(search->text));
        if (at) {
            search->found = at + strlen(search->text);
            search->rest_bytes = (size_t)(start + segment->p_filesz - search->found);
        }
    }
    return holds;
}

/* libtbbmalloc exports no call for it. It prints the text below when TBB_VERSION is set (oneTBB, src/tbb/
 * tbb_version.h), which would have to be read back from standard error: so the text is read where it lies. */
static void ask_tbbmalloc(void *symbol, char *version, size_t size)
{
    struct text_search search = {.inside = (uintptr_t)symbol, .text = "TBBmalloc: VERSION\t\t"};
    dl_iterate_phdr(search_object, &search);
    size_t length = 0;
    while (length < search.rest_bytes && strchr("0123456789.", search.found[length]) && search.found[length])
        length++;
    snprintf(version, size, "%.*s", (int)length, length ? search.found : "");
}

void served_version(char *version, size_t size)
{
    static const struct {
        const char *symbol;
        void (*ask)(void *symbol, char *version, size_t size);
    } libraries[] = {{"mallctl", ask_jemalloc},
                     {"mi_version", ask_mimalloc},
                     {"tc_version", ask_tcmalloc},
                     {"scalable_malloc", ask_tbbmalloc},
                     {"gnu_get_libc_version", ask_libc}};
    char path[PATH_MAX];
    served_path(path, sizeof path);
    *version = 0;
    for (size_t i = 0; !*version && i < sizeof libraries / sizeof *libraries; i++) {
        void *symbol = symbol_in(libraries[i].symbol, path);
        if (symbol)
            libraries[i].ask(symbol, version, size);
    }
}

bool served_is_library(const char *library)
{
    char front[PATH_MAX], wanted[PATH_MAX];
    front_path(front, sizeof front);
    if (strchr(library, '/'))
        return realpath(library, wanted) && !strcmp(front, wanted);
    /* ld.so found it by its file name; the mapped name may be a version longer (libx.so.2 -> libx.so.2.0). */
    const char *name = strrchr(front, '/');
    return name && !strncmp(name + 1, library, strlen(library));
}

bool served_is_libc(void)
{
    char path[PATH_MAX];
    served_path(path, sizeof path);
    return served_is_sanitized() || symbol_in("gnu_get_libc_version", path);
}

bool served_is_sanitized(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return true;
#endif
#endif
    return false;
}
