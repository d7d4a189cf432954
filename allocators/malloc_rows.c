/* SPDX-License-Identifier: MIT
 *
 * Which mallocs there are: rows of data on the mechanism of malloc.c. Other people's are preloaded, which is
 * how people deploy them.
 *
 * A profile is the same library at its best for one thing, by settings that its maintainers document:
 *     NAME:lean   the least memory
 *     NAME:fast   the shortest growth of a huge block
 * A setting is a promise about other people's programs. Whether it holds for this table on this machine is
 * found out in each run (harness/evaluate/profiles.h), and a profile that breaks it is kept out of the comparison.
 *
 * How the settings were chosen: candidates from the documentation, interleaved in one run of table array with
 * 2^25+1 entries, latency mode, on a shared 4-core KVM guest with huge pages at madvise. The figures below
 * are medians of 5 processes (fewer where it says so), cold / warm heap: the worst memory over payload, which
 * repeats exactly, and the longest growth, 512 MiB to 1 GiB, which does not: one row's times differ by up to
 * five there, since pages that the host has not backed yet cost most. A warm worst of 96 is the memory of the
 * table before, kept while the next one is small.
 */
#include "allocators/malloc.h"

#define PROPERTIES (ALLOCATOR_THREADS | ALLOCATOR_IS_MALLOC | ALLOCATOR_SERVES_PROCESS)

#define PRELOADED(row_name, row_summary, library, settings, huge_settings)                                   \
    {                                                                                                        \
        .name = (row_name), .summary = (row_summary), .properties = PROPERTIES | ALLOCATOR_DECAYS,           \
        .preload = (library), .environment = (settings), .huge_environment = (huge_settings),                \
        .open = malloc_open,                                                                                 \
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
    .properties = PROPERTIES | ALLOCATOR_DECAYS, /* for all that is known */
    .open = malloc_open,
};

/* ---- mimalloc ---- */

/* lean: RESET_DELAY is the time before free pages go back; the readme of 2.0.9 offers to raise it, for fewer
 * resets, and 0 is the other end. Later versions call it PURGE_DELAY and still take the older name.
 * fast: "for some workloads this can significantly improve performance" is all that the readme promises of
 * LARGE_OS_PAGES. It shortens the sum of growths more than the longest, which 2.0.9 does not give huge pages.
 *                                             worst memory    longest growth, ms
 *     default                                 2.51 / 2.02     344 / 351
 *     MIMALLOC_RESET_DELAY=0 (lean)           2.01 / 2.01     900 / 797
 *     the same, SEGMENT_DECOMMIT_DELAY=0,     2.01 / 2.01     588 / 338     not documented, and no leaner
 *         EAGER_COMMIT=0
 *     MIMALLOC_PAGE_RESET=1                   2.51 / 2.51     3 and 1 processes: nothing gained
 * and in a second run, with less going on beside it:
 *     default                                 2.51 / 2.02     612 / 539
 *     MIMALLOC_LARGE_OS_PAGES=1 (fast)        3.38 / 3.38     536 / 568
 *     MIMALLOC_ALLOW_DECOMMIT=0               3.03 / 3.03     646 / 571     not documented, and no faster
 *     both                                    3.38 / 3.38     727 / 577
 * So nothing here is faster than the default by more than chance. */
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

/* lean: TUNING.md's "Extremely conservative -- minimize memory usage at all costs".
 * fast: a growth's cost is the first touch of fresh pages, so keep the old ones. jemalloc(3): a
 * dirty_decay_ms of -1 disables purging; an oversize_threshold outside the size classes disables the arena of
 * its own for large blocks, whose decay settings may override it.
 *                                             worst memory    longest growth, ms
 *     default                                 2.45 / 2.46     337 / 701
 *     narenas:1,tcache:false,                 2.01 / 2.02     849 / 1077    (lean)
 *         dirty_decay_ms:0,muzzy_decay_ms:0
 *     the same, retain:false                  2.01 / 2.02     668 / 1054    no leaner
 *     TUNING.md's "prioritizing memory usage" 2.44 / 2.45     904 / 396     2 and 3 processes
 *     TUNING.md's "low resource consumption"  -    / 2.46     -   / 1547    3 processes
 *     oversize_threshold:0,dirty_decay_ms:-1  3.01 / 96       559 / 121     (fast)
 *     dirty_decay_ms:-1,muzzy_decay_ms:-1     3.01 / 96       1763 / 127    as fast warm
 *     thp:always                              2.88 / 3.75     1686 / 1782   the whole table in huge pages
 *     fast and thp:always                     3.25 / 97       3132 / 163
 *     oversize_threshold:0                    2.45 / -        324 / -       2 processes
 *     TUNING.md's "prioritizing CPU"          2.44 / 2.45     405 / 323     2 and 1 processes
 * On other machines thp:always was the faster one on a warm heap: where the host has large pages at hand.
 * abort_conf, as TUNING.md recommends: a version that does not know one of the options is not available, else
 * it would be measured without. */
SETTINGS(jemalloc_huge, "MALLOC_CONF=thp:always");
SETTINGS(jemalloc_lean,
         "MALLOC_CONF=abort_conf:true,narenas:1,tcache:false,dirty_decay_ms:0,muzzy_decay_ms:0");
SETTINGS(jemalloc_fast, "MALLOC_CONF=abort_conf:true,oversize_threshold:0,dirty_decay_ms:-1");

const struct allocator allocator_jemalloc =
    PRELOADED("jemalloc", "jemalloc, preloaded", "libjemalloc.so.2", NULL, jemalloc_huge);
const struct allocator allocator_jemalloc_lean =
    PRELOADED("jemalloc:lean", "jemalloc with one arena, no caches, free pages given back at once",
              "libjemalloc.so.2", jemalloc_lean, jemalloc_huge);
const struct allocator allocator_jemalloc_fast =
    PRELOADED("jemalloc:fast", "jemalloc that keeps free pages for the next block", "libjemalloc.so.2",
              jemalloc_fast, jemalloc_huge);

/* ---- gperftools' tcmalloc ---- */

/* lean: in aggressive decommit mode "free pages are returned back to OS immediately" (NEWS of 2.2rc; the
 * later docs/tcmalloc.adoc: reduces memory usage at the cost of some performance).
 * fast: docs/tcmalloc.html on the release rate: "Zero means we never release memory back to the system".
 *                                             worst memory    longest growth, ms
 *     default                                 3.02 / 96       659 / 80
 *     TCMALLOC_AGGRESSIVE_DECOMMIT=1 (lean)   2.01 / 2.15     411 / 716
 *     the same, RELEASE_RATE=10               2.01 / 2.15     464 / 335     no leaner
 *     TCMALLOC_RELEASE_RATE=10                -    / 96       -   / 63      2 processes: not leaner
 *     TCMALLOC_RELEASE_RATE=0 (fast)          3.02 / 96       866 / 106
 *     TCMALLOC_DISABLE_MEMORY_RELEASE=1       3.02 / 96       705 / 54      1 and 2; not documented, the same
 *     TCMALLOC_SKIP_SBRK=1                    -    / 128      -   / 49      2 processes
 * The default keeps nearly all by itself: what fast adds is that no release ever falls into a growth. */
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

/* It grows a huge block by mremap(2), as glibc does: 1.08 of the payload, 1.9 ms. Its one setting for such
 * blocks, TBB_MALLOC_SET_HUGE_SIZE_THRESHOLD, is about freed ones, and that growth frees none: no profiles.
 * Huge pages it asks for where the system has reserved some, or has transparent ones at `always`: at madvise
 * the setting changes nothing (0 huge pages). It exports no call for its version (harness/run/served.c). */
SETTINGS(tbbmalloc_huge, "TBB_MALLOC_USE_HUGE_PAGES=1");

const struct allocator allocator_tbbmalloc =
    PRELOADED("tbbmalloc", "oneTBB's scalable malloc, preloaded by its proxy", "libtbbmalloc_proxy.so.2",
              NULL, tbbmalloc_huge);
