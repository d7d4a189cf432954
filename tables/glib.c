/* SPDX-License-Identifier: MIT
 *
 * glib: GLib's GHashTable, the map that C programs on the desktop use. Its memory comes from malloc(3)
 * through g_malloc, which no longer lets another allocator in (g_mem_set_vtable does nothing since 2.46) and
 * aborts where there is no memory: such a cell ends by that abort.
 *
 * Needs: libglib2.0-dev (pkg-config glib-2.0)
 *
 * Open addressing, triangular probing, three parallel arrays: keys, values, 32-bit hashes (glib/ghash.c of
 * 2.74). Past a load of 15/16 each array is realloced to twice the slots and rehashed in place with a bit a
 * slot, so realloc decides how high it peaks. Keys and values are pointers, but an array has 4 bytes a slot
 * until an item needs 8. Values are ordinals here and stay small up to 2^32 entries, which flatters its
 * memory by a fifth.
 *
 * Limits: before 2.85.4 an array's bytes are a 32-bit product, 0 for 2^29 slots of 8, so the insert that
 * passes 15/16 of 2^28 entries crashes. Later ones have 32-bit hashes still.
 *
 * GHashTable hashes without state, so the seed has no place there. What is stored is table_hash of the key, a
 * bijection, and its upper half is the hash: the same keys are told apart, and equality is a comparison of
 * pointers, which GLib inlines. It tells no address of an entry and offers no way to prefetch.
 */
#include "table_libraries.h"
#include "tables/table.h"

#ifdef WITH_GLIB

#include <glib.h>

#include "tables/hash.h"

struct glib {
    GHashTable *map;
    uint64_t seed;
};

_Static_assert(sizeof(gpointer) == sizeof(uint64_t), "a key fits a pointer");

static inline gpointer pointer_of(uint64_t word)
{
    return (gpointer)(uintptr_t)word;
}

static inline gpointer stored_key(const struct glib *self, uint64_t key)
{
    return pointer_of(table_hash(key, self->seed));
}

static guint fold(gconstpointer stored)
{
    return (guint)((uintptr_t)stored >> 32);
}

static void *glib_create(struct heap *heap, const struct table_options *options)
{
    (void)heap;
    struct glib *self = g_new(struct glib, 1);
    *self = (struct glib){.map = g_hash_table_new(fold, NULL), .seed = options->seed};
    return self;
}

static int glib_insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *added)
{
    struct glib *self = table;
    uint64_t new_count = 0;
    for (size_t i = 0; i < n; i++)
        new_count +=
            g_hash_table_insert(self->map, stored_key(self, keys[i]), pointer_of(first_ordinal + i)) ? 1 : 0;
    *added = new_count;
    return 0;
}

static uint64_t glib_find(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n, uint64_t *sum)
{
    (void)first_ordinal;
    const struct glib *self = table;
    uint64_t hit_count = 0;
    uint64_t value_sum = 0;
    for (size_t i = 0; i < n; i++) {
        gpointer value = NULL;
        if (g_hash_table_lookup_extended(self->map, stored_key(self, keys[i]), NULL, &value)) {
            hit_count++;
            value_sum += (uintptr_t)value;
        }
    }
    *sum = value_sum;
    return hit_count;
}

static uint64_t glib_erase(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n)
{
    (void)first_ordinal;
    struct glib *self = table;
    uint64_t erased_count = 0;
    for (size_t i = 0; i < n; i++)
        erased_count += g_hash_table_remove(self->map, stored_key(self, keys[i])) ? 1 : 0;
    return erased_count;
}

static const void *glib_entry_address(void *table, uint64_t key, uint64_t ordinal)
{
    (void)table, (void)key, (void)ordinal;
    return NULL;
}

static void glib_stats(void *table, struct table_stats *stats)
{
    const struct glib *self = table;
    *stats = (struct table_stats){.entries = g_hash_table_size(self->map)};
}

static void glib_destroy(void *table)
{
    struct glib *self = table;
    if (!self)
        return;
    g_hash_table_destroy(self->map);
    g_free(self);
}

const struct table table_glib = {
    .name = "glib",
    .summary = "GLib's GHashTable: open addressing in three arrays that realloc doubles",
    .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_OWN_MALLOC,
    .create = glib_create,
    .insert = glib_insert,
    .find = glib_find,
    .erase = glib_erase,
    .entry_address = glib_entry_address,
    .stats = glib_stats,
    .destroy = glib_destroy,
    .version = WITH_GLIB,
};

#else

const struct table table_glib = TABLE_MISSING("glib", "GLib's GHashTable", "libglib2.0-dev");

#endif
