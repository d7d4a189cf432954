/* SPDX-License-Identifier: MIT
 *
 * Rows of the tables that are written in Rust (tables/rust/), and the heap that these allocate from.
 * Needs: rustc (command rustc)
 *
 * rust_hashbrown, rust_vec: std's own containers, with whatever std the compiler brings (hence the version).
 * oak_lookup: Oak Functions' table, rewritten from its source; it hashes by its own function, which is part
 * of its layout, and stores key and value with a byte of length before each: 18 bytes an entry in chunks, and
 * 6 bytes a slot in the index, where the payload that ratios refer to is 16. Without slack that is 28 bytes
 * at load 0.60, 30 to 42 when grown from empty.
 *
 * All are one key at a time: none of them offers batches or a prefetch.
 */
#include <stdbool.h>

#include "table_libraries.h"
#include "tables/table.h"

#ifdef WITH_RUST

/* For tables/rust/heap.rs. */
void *growbench_rust_heap_alloc(struct heap *heap, size_t bytes, size_t align, bool zeroed);
void *growbench_rust_heap_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                 size_t align);
void growbench_rust_heap_free(struct heap *heap, void *block, size_t bytes);

void *growbench_rust_heap_alloc(struct heap *heap, size_t bytes, size_t align, bool zeroed)
{
    return heap_alloc(heap, bytes, align, zeroed ? HEAP_ZEROED : 0);
}

void *growbench_rust_heap_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes,
                                 size_t align)
{
    return heap_resize(heap, block, old_bytes, new_bytes, align, 0);
}

void growbench_rust_heap_free(struct heap *heap, void *block, size_t bytes)
{
    heap_free(heap, block, bytes);
}

/* From tables/rust/export.rs. */
#define DECLARE(name)                                                                                        \
    void *growbench_rust_##name##_create(struct heap *heap, const struct table_options *options);            \
    int growbench_rust_##name##_insert(void *self, const uint64_t *keys, uint64_t first_ordinal, size_t n,   \
                                       uint64_t *added);                                                     \
    uint64_t growbench_rust_##name##_find(void *self, const uint64_t *keys, uint64_t first_ordinal,          \
                                          size_t n, uint64_t *sum);                                          \
    const void *growbench_rust_##name##_entry_address(void *self, uint64_t key, uint64_t ordinal);           \
    void growbench_rust_##name##_stats(void *self, struct table_stats *stats);                               \
    void growbench_rust_##name##_destroy(void *self);

#define DECLARE_ERASE(name)                                                                                  \
    uint64_t growbench_rust_##name##_erase(void *self, const uint64_t *keys, uint64_t first_ordinal,         \
                                           size_t n);

DECLARE(hashbrown)
DECLARE_ERASE(hashbrown)
DECLARE(hashbrown_siphash)
DECLARE_ERASE(hashbrown_siphash)
DECLARE(vec)
DECLARE(vec_align64)
DECLARE(oak_lookup)
DECLARE(oak_lookup_reserved)
DECLARE(oak_lookup_sharded)

#define PROPERTIES(bits) .properties = TABLE_VERIFIED | TABLE_FAILS_CLEANLY | (bits)
#define ERASE(name) .erase = growbench_rust_##name##_erase
#define ROW(function_name, row_name, row_summary, ...)                                                       \
    {                                                                                                        \
        .name = (row_name), .summary = (row_summary), .version = "rustc " WITH_RUST,                         \
        .create = growbench_rust_##function_name##_create,                                                   \
        .insert = growbench_rust_##function_name##_insert, .find = growbench_rust_##function_name##_find,    \
        .entry_address = growbench_rust_##function_name##_entry_address,                                     \
        .stats = growbench_rust_##function_name##_stats,                                                     \
        .destroy = growbench_rust_##function_name##_destroy, __VA_ARGS__,                                    \
    }

#else

#define PROPERTIES(bits) 0
#define ERASE(name) 0
#define ROW(function_name, row_name, row_summary, ...) TABLE_MISSING(row_name, row_summary, "rustc")

#endif

const struct table table_rust_hashbrown =
    ROW(hashbrown, "rust_hashbrown", "Rust's std HashMap (hashbrown); rehashes into a new block",
        PROPERTIES(TABLE_KEYED | TABLE_ERASES | TABLE_TAKES_RESERVE), ERASE(hashbrown));

const struct table table_rust_hashbrown_siphash =
    ROW(hashbrown_siphash, "rust_hashbrown:siphash",
        "the same with std's default hash, SipHash-1-3, with fixed keys",
        PROPERTIES(TABLE_KEYED | TABLE_ERASES | TABLE_TAKES_RESERVE), ERASE(hashbrown_siphash));

const struct table table_rust_vec =
    ROW(vec, "rust_vec", "Rust's std Vec pushed to; doubles by realloc; found by ordinal",
        PROPERTIES(TABLE_TAKES_RESERVE));

const struct table table_rust_vec_align64 =
    ROW(vec_align64, "rust_vec_align64", "the same with 64-byte elements aligned to 64, four entries each",
        PROPERTIES(TABLE_TAKES_RESERVE));

const struct table table_oak_lookup = ROW(
    oak_lookup, "oak_lookup", "Oak Functions' lookup table: 6-byte index entries, data in chunks; from empty",
    PROPERTIES(TABLE_KEYED | TABLE_SPLIT_ENTRIES));

const struct table table_oak_lookup_reserved =
    ROW(oak_lookup_reserved, "oak_lookup:reserved", "the same, told the final number of entries before",
        PROPERTIES(TABLE_KEYED | TABLE_SPLIT_ENTRIES));

const struct table table_oak_lookup_sharded =
    ROW(oak_lookup_sharded, "oak_lookup:sharded",
        "the same as 16 shards, each reserved at the exact mean: half of them double near the end",
        PROPERTIES(TABLE_KEYED | TABLE_SPLIT_ENTRIES));
