/* SPDX-License-Identifier: MIT
 *
 * Which mallocs there are: rows of data on the mechanism of malloc.c. Other people's are preloaded, which is
 * how people deploy them.
 *
 * A profile is the same library at its best for one thing, by settings that its maintainers document:
 *     NAME:lean   the least memory
 *     NAME:fast   the shortest growth of a huge block
 * A setting is a promise about other people's programs. Whether it holds for this table on this machine is
 * found out in each run (harness/profiles.h), and a profile that breaks it is kept out of the comparison.
 */
#include "allocators/malloc.h"

#define PROPERTIES (ALLOCATOR_THREADS | ALLOCATOR_IS_MALLOC | ALLOCATOR_SERVES_PROCESS)

#define PRELOADED(row_name, row_summary, library, settings, huge_settings)                                   \
    {                                                                                                        \
        .name = (row_name), .summary = (row_summary), .properties = PROPERTIES, .preload = (library),        \
        .environment = (settings), .huge_environment = (huge_settings), .open = malloc_open,                 \
    }

#define SETTINGS(name, ...) static const char *const name[] = {__VA_ARGS__, NULL}

extern const struct allocator allocator_glibc, allocator_mimalloc, allocator_mimalloc_lean,
    allocator_mimalloc_fast, allocator_jemalloc, allocator_jemalloc_lean, allocator_jemalloc_fast,
    allocator_tcmalloc, allocator_tcmalloc_lean, allocator_tcmalloc_fast, allocator_tbbmalloc;

const char *const malloc_glibc_huge[] = {"GLIBC_TUNABLES=glibc.malloc.hugetlb=1", NULL};

const struct allocator allocator_glibc = {
    .name = "glibc",
    .summary = "the C library's malloc; realloc of a mapped block is mremap(2)",
    .properties = PROPERTIES,
    .huge_environment = malloc_glibc_huge,
    .open = malloc_open,
};

const struct allocator allocator_malloc_preloaded = {
    .name = "preloaded",
    .summary = "a malloc of your own, preloaded",
    .properties = PROPERTIES,
    .open = malloc_open,
};

/* ---- mimalloc ---- */

SETTINGS(mimalloc_huge, "MIMALLOC_LARGE_OS_PAGES=1");
SETTINGS(mimalloc_lean, "MIMALLOC_RESET_DELAY=0");
SETTINGS(mimalloc_fast, "MIMALLOC_LARGE_OS_PAGES=1");

const struct allocator allocator_mimalloc =
    PRELOADED("mimalloc", "Microsoft's mimalloc, preloaded", "libmimalloc.so.2", NULL, mimalloc_huge);
const struct allocator allocator_mimalloc_lean =
    PRELOADED("mimalloc:lean", "mimalloc that gives free pages back at once", "libmimalloc.so.2",
              mimalloc_lean, mimalloc_huge);
const struct allocator allocator_mimalloc_fast =
    PRELOADED("mimalloc:fast", "mimalloc with large pages", "libmimalloc.so.2", mimalloc_fast, mimalloc_huge);

/* ---- jemalloc ---- */

SETTINGS(jemalloc_huge, "MALLOC_CONF=thp:always");
SETTINGS(jemalloc_lean, "MALLOC_CONF=narenas:1,tcache:false,dirty_decay_ms:0,muzzy_decay_ms:0");
SETTINGS(jemalloc_fast, "MALLOC_CONF=oversize_threshold:0,dirty_decay_ms:-1");

const struct allocator allocator_jemalloc =
    PRELOADED("jemalloc", "jemalloc, preloaded", "libjemalloc.so.2", NULL, jemalloc_huge);
const struct allocator allocator_jemalloc_lean =
    PRELOADED("jemalloc:lean", "jemalloc with one arena, no caches, free pages given back at once",
              "libjemalloc.so.2", jemalloc_lean, jemalloc_huge);
const struct allocator allocator_jemalloc_fast =
    PRELOADED("jemalloc:fast", "jemalloc that keeps free pages for the next block", "libjemalloc.so.2",
              jemalloc_fast, jemalloc_huge);

/* ---- gperftools' tcmalloc ---- */

SETTINGS(tcmalloc_lean, "TCMALLOC_AGGRESSIVE_DECOMMIT=1");
SETTINGS(tcmalloc_fast, "TCMALLOC_RELEASE_RATE=0");

/* Nothing for huge pages: TCMALLOC_MEMFS_MALLOC_PATH, its only setting, wants a mounted hugetlbfs. */
const struct allocator allocator_tcmalloc =
    PRELOADED("tcmalloc", "gperftools' tcmalloc, preloaded", "libtcmalloc_minimal.so.4", NULL, NULL);
const struct allocator allocator_tcmalloc_lean =
    PRELOADED("tcmalloc:lean", "tcmalloc that gives free pages back at once", "libtcmalloc_minimal.so.4",
              tcmalloc_lean, NULL);
const struct allocator allocator_tcmalloc_fast = PRELOADED(
    "tcmalloc:fast", "tcmalloc that never gives pages back", "libtcmalloc_minimal.so.4", tcmalloc_fast, NULL);

/* ---- oneTBB's malloc ---- */

SETTINGS(tbbmalloc_huge, "TBB_MALLOC_USE_HUGE_PAGES=1");

const struct allocator allocator_tbbmalloc =
    PRELOADED("tbbmalloc", "oneTBB's scalable malloc, preloaded by its proxy", "libtbbmalloc_proxy.so.2",
              NULL, tbbmalloc_huge);
