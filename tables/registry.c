/* SPDX-License-Identifier: MIT
 *
 * The tables that are built in, in the order that `list` shows. A new one is one line here.
 */
#include "tables/table.h"

#define ROWS(X)                                                                                              \
    X(array)                                                                                                 \
    X(linear_rebuild)                                                                                        \
    X(linear_inplace)                                                                                        \
    X(linear_gradual)                                                                                        \
    X(paged)                                                                                                 \
    X(dense)                                                                                                 \
    X(absl_flat)                                                                                             \
    X(std_unordered)                                                                                         \
    X(tsl_robin)                                                                                             \
    X(tsl_robin_lean)                                                                                        \
    X(lfht)                                                                                                  \
    X(uthash)                                                                                                \
    X(glib)                                                                                                  \
    X(judy)                                                                                                  \
    X(rune_soa)                                                                                              \
    X(rune_soa_lazy)                                                                                         \
    X(datadraw_soa)                                                                                          \
    X(rust_hashbrown)                                                                                        \
    X(rust_hashbrown_siphash)                                                                                \
    X(rust_vec)                                                                                              \
    X(rust_vec_align64)                                                                                      \
    X(oak_lookup)                                                                                            \
    X(oak_lookup_reserved)                                                                                   \
    X(oak_lookup_sharded)                                                                                    \
    X(floor)                                                                                                 \
    X(null)

#define DECLARE(name) extern const struct table table_##name;
#define POINT_TO(name) &table_##name,

ROWS(DECLARE)

const struct table *const table_registry[] = {ROWS(POINT_TO) NULL};
