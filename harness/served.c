/* SPDX-License-Identifier: MIT */
#include "harness/served.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <limits.h>
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

void served_path(char *path, size_t size)
{
    path_of(dlsym(RTLD_DEFAULT, "malloc"), path, size);
}

/* A version call counts only if it lies in the library that serves malloc: a library may be there and idle.
 */
static void *version_call(const char *symbol, const char *serving_path)
{
    char path[PATH_MAX];
    void *call = dlsym(RTLD_DEFAULT, symbol);
    path_of(call, path, sizeof path);
    return call && !strcmp(path, serving_path) ? call : NULL;
}

void served_version(char *version, size_t size)
{
    char serving_path[PATH_MAX];
    served_path(serving_path, sizeof serving_path);
    *version = 0;

    int (*mallctl)(const char *, void *, size_t *, void *, size_t);
    *(void **)&mallctl = version_call("mallctl", serving_path);
    const char *text = NULL;
    size_t text_size = sizeof text;
    if (mallctl && !mallctl("version", &text, &text_size, NULL, 0) && text) {
        snprintf(version, size, "%.*s", (int)strcspn(text, "-"), text);
        return;
    }
    int (*mi_version)(void);
    *(void **)&mi_version = version_call("mi_version", serving_path);
    if (mi_version) { /* 209 = 2.0.9 */
        int number = mi_version();
        snprintf(version, size, "%d.%d.%d", number / 100, number / 10 % 10, number % 10);
        return;
    }
    const char *(*tc_version)(int *, int *, const char **);
    *(void **)&tc_version = version_call("tc_version", serving_path);
    if (tc_version) {
        const char *patch = "";
        int major = 0, minor = 0;
        tc_version(&major, &minor, &patch);
        snprintf(version, size, "%d.%d%s", major, minor, patch ? patch : "");
        return;
    }
    const char *(*libc_version)(void);
    *(void **)&libc_version = version_call("gnu_get_libc_version", serving_path);
    if (libc_version)
        snprintf(version, size, "%s", libc_version());
}

bool served_is_library(const char *library)
{
    char serving[PATH_MAX], wanted[PATH_MAX];
    served_path(serving, sizeof serving);
    if (strchr(library, '/'))
        return realpath(library, wanted) && !strcmp(serving, wanted);
    /* ld.so found it by its file name; the mapped name may be a version longer (libx.so.2 -> libx.so.2.0). */
    const char *name = strrchr(serving, '/');
    return name && !strncmp(name + 1, library, strlen(library));
}

bool served_is_libc(void)
{
    char serving_path[PATH_MAX];
    served_path(serving_path, sizeof serving_path);
    return served_is_sanitized() || version_call("gnu_get_libc_version", serving_path);
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
