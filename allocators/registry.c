/* SPDX-License-Identifier: MIT
 *
 * The back ends, in the order that `list` and the tables of results show. A new one is one line here.
 */
#include "allocators/allocator.h"

#define ROWS(X)                                                                                              \
    X(glibc)                                                                                                 \
    X(copying)                                                                                               \
    X(mimalloc)                                                                                              \
    X(mimalloc_lean)                                                                                         \
    X(mimalloc_fast)                                                                                         \
    X(jemalloc)                                                                                              \
    X(jemalloc_lean)                                                                                         \
    X(jemalloc_fast)                                                                                         \
    X(tcmalloc)                                                                                              \
    X(tcmalloc_lean)                                                                                         \
    X(tcmalloc_fast)                                                                                         \
    X(tbbmalloc)                                                                                             \
    X(mremap)                                                                                                \
    X(mremap_move)                                                                                           \
    X(oak_pool)                                                                                              \
    X(null)

#define DECLARE(name) extern const struct allocator allocator_##name;
#define POINT_TO(name) &allocator_##name,

ROWS(DECLARE)

const struct allocator *const allocator_registry[] = {ROWS(POINT_TO) NULL};
