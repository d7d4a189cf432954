/* SPDX-License-Identifier: MIT
 *
 * absl_flat: absl::flat_hash_map, the open-addressing table of Abseil ("Swiss table").
 *
 * Needs: libabsl-dev (pkg-config absl_flat_hash_map)
 *
 * One block: a control byte a slot, then the slots of 16 bytes. 2^k - 1 slots, load at most 7/8; it grows by
 * a new block of twice the size, rehash, free (absl/container/internal/raw_hash_set.h, `resize`). Tombstones
 * are cleared in place where the load allows it (`rehash_and_grow_if_necessary`). max_load_factor() is there
 * for the interface and does nothing, so no load is taken.
 *
 * Release 20220623 sets its new capacity before it allocates: a failed growth leaves a capacity that is
 * twice what the control bytes are for, and even the destructor would read past them. At that moment the map
 * holds the old block only, or none.
 */

/* As it is shipped to be measured. Its debug build also inserts at either end of a group by turns. */
#ifndef NDEBUG
#define NDEBUG
#endif

#include "table_libraries.h"
#include "tables/table.h"

extern "C" const struct table table_absl_flat;

#ifdef WITH_ABSL_FLAT

#include <absl/container/flat_hash_map.h>

#include "tables/map_table.hh"

using absl_flat =
    map_table<absl::flat_hash_map<uint64_t, uint64_t, map_hash, map_equal, map_allocator>, map_traits{}>;

constinit const struct table table_absl_flat =
    absl_flat::row("absl_flat", "absl::flat_hash_map, with its own prefetch in batches", WITH_ABSL_FLAT);

#else

constinit const struct table table_absl_flat =
    TABLE_MISSING("absl_flat", "absl::flat_hash_map, with its own prefetch in batches", "libabsl-dev");

#endif
