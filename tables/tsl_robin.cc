/* SPDX-License-Identifier: MIT
 *
 * tsl_robin: tsl::robin_map, linear probing with Robin Hood swaps and erase by backward shift.
 *
 * Needs: robin-map-dev (header tsl/robin_map.h)
 *
 * One std::vector of buckets of 24 bytes: distance from home, last-bucket mark, entry; 32 bits of the hash
 * fit in what would be padding, and a rehash uses them. Power-of-two capacity. It grows by a second table of
 * twice the size, whose vector writes all of its buckets at once, and by a swap of the two
 * (tsl/robin_hash.h, `rehash_impl`): if the allocation throws, the old table has not been touched.
 *
 * StoreHash stays false: to compare hashes before keys pays for strings, not for integers.
 * tsl_robin has the library's default load of 1/2, the faster; tsl_robin:lean has 9/10 for less memory. It
 * offers no prefetch.
 *
 * Both take a load. The library honours 0.20 to 0.95 and takes what is beyond for the nearest of these
 * (`max_load_factor`).
 */
#include "table_libraries.h"
#include "tables/table.h"

#define SUMMARY "tsl::robin_map, at its default load of at most 1/2"
#define SUMMARY_LEAN "tsl::robin_map, at a load of at most 9/10"

extern "C" const struct table table_tsl_robin, table_tsl_robin_lean;

#ifdef WITH_TSL_ROBIN

#include <tsl/robin_map.h>

#include "tables/map_table.hh"

using robin_map = tsl::robin_map<uint64_t, uint64_t, map_hash, map_equal,
                                 heap_allocator<std::pair<uint64_t, uint64_t>>, false>;
using tsl_robin =
    map_table<robin_map, map_traits{.properties = TABLE_TAKES_LOAD, .survives_bad_alloc = true}>;
using tsl_robin_lean =
    map_table<robin_map,
              map_traits{.properties = TABLE_TAKES_LOAD, .survives_bad_alloc = true, .load_permille = 900}>;

constinit const struct table table_tsl_robin = tsl_robin::row("tsl_robin", SUMMARY, WITH_TSL_ROBIN);
constinit const struct table table_tsl_robin_lean =
    tsl_robin_lean::row("tsl_robin:lean", SUMMARY_LEAN, WITH_TSL_ROBIN);

#else

constinit const struct table table_tsl_robin = TABLE_MISSING("tsl_robin", SUMMARY, "robin-map-dev");
constinit const struct table table_tsl_robin_lean =
    TABLE_MISSING("tsl_robin:lean", SUMMARY_LEAN, "robin-map-dev");

#endif
