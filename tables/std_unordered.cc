/* SPDX-License-Identifier: MIT
 *
 * std_unordered: std::unordered_map of the C++ library that the program is built with.
 *
 * In libstdc++: one node of 24 bytes an entry, all in one singly linked list, and an array of pointers into
 * it, of a prime length, load at most 1. Growth allocates a new array of twice the length, links the nodes
 * anew, frees the old one: entries never move, and the peak is that of the nodes and three halves of an
 * array. Each look-up of a new key chases a pointer or two. It has no prefetch.
 *
 * If the node or the array cannot be allocated, the node is freed and the old array stays
 * (bits/hashtable.h, `_M_insert_unique_node`, `_M_rehash`).
 *
 * Its load is entries a list head. reserve() allocates the array, not the nodes.
 */
#include <unordered_map>

#include "tables/map_table.hh"

#ifdef _GLIBCXX_RELEASE
#define QUOTE(text) #text
#define QUOTE_VALUE(macro) QUOTE(macro)
#define LIBRARY "libstdc++ " QUOTE_VALUE(_GLIBCXX_RELEASE)
#else
#define LIBRARY "unknown"
#endif

using std_unordered =
    map_table<std::unordered_map<uint64_t, uint64_t, map_hash, map_equal, map_allocator>,
              map_traits{.properties = TABLE_STABLE_ADDRESS | TABLE_TAKES_LOAD, .survives_bad_alloc = true}>;

extern "C" const struct table table_std_unordered;

constinit const struct table table_std_unordered =
    std_unordered::row("std_unordered", "std::unordered_map: a node an entry", LIBRARY);
