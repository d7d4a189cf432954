/* SPDX-License-Identifier: MIT
 *
 * The table operations over any map with the interface of std::unordered_map; not a table itself. A file
 * names its map type and calls map_row() for its `struct table`.
 *
 * Exceptions end here. Operations are noexcept and C code calls them, so none can pass through a C frame:
 * out of memory becomes ENOMEM, and anything else terminates, which the harness sees as a crash.
 *
 * Some maps are wrecked by an allocation that fails while they grow (map_traits.survives_bad_alloc). These
 * are given up: nothing looks at the map again, not even its destructor. Its one block is still known to
 * the allocator and goes back in `destroy`. Rejected: a copy of the map's members to put them back, as it
 * would stand on a layout that changes with each release; and a reserve() before the map grows, as it wrecks
 * the map in the same way.
 */
#ifndef GROWBENCH_MAP_TABLE_HH
#define GROWBENCH_MAP_TABLE_HH

#include <cerrno>
#include <functional>
#include <new>
#include <stdexcept>
#include <utility>

#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) ((void)(start), (void)(bytes))
#endif

#include "tables/hash.h"
#include "tables/heap_allocator.hh"
#include "tables/table.h"

/* noexcept matters: libstdc++ keeps a copy of the hash in each node where the hash may throw. */
struct map_hash {
    uint64_t seed;

    size_t operator()(uint64_t key) const noexcept
    {
        return table_hash(key, seed);
    }
};

using map_equal = std::equal_to<uint64_t>;
using map_allocator = heap_allocator<std::pair<const uint64_t, uint64_t>>;

struct map_traits {
    unsigned properties;     /* enum table_property, beside those of every map */
    bool survives_bad_alloc; /* whole and usable after an allocation failed; else it holds one block */
    unsigned load_permille;  /* maximum load factor, if the options say none; 0 = the library's default */
};

template <class Map, map_traits traits> class map_table
{
  public:
    static constexpr table row(const char *name, const char *summary, const char *version)
    {
        return {
            .name = name,
            .summary = summary,
            .properties = TABLE_KEYED | TABLE_VERIFIED | TABLE_ERASES | TABLE_TAKES_RESERVE |
                          traits.properties | (traits.survives_bad_alloc ? unsigned{TABLE_FAILS_CLEANLY} : 0),
            .create = create,
            .insert = insert,
            .find = find,
            .erase = erase,
            .entry_address = entry_address,
            .stats = stats,
            .destroy = destroy,
            .version = version,
            .missing = nullptr,
        };
    }

  private:
    struct state {
        heap_account account;
        bool wrecked = false; /* then `map` is not to be touched, but for size() */
        Map map;

        state(struct heap *heap, const struct table_options &options)
            : account{.heap = heap}, map(0, map_hash{options.seed}, map_equal(), map_allocator(&account))
        {
            const uint64_t load_permille =
                options.load_permille ? options.load_permille : traits.load_permille;
            if (load_permille)
                map.max_load_factor(static_cast<float>(load_permille) / 1000);
        }
    };

    /* Returns whether memory sufficed. Maps say length_error for sizes that no heap could serve. */
    template <class Work> static bool memory_suffices(Work work) noexcept
    {
        try {
            work();
            return true;
        } catch (const std::bad_alloc &) {
            return false;
        } catch (const std::length_error &) {
            return false;
        }
    }

    /* Uses the map's own prefetch where it has one. A function that only prefetches has no effect in the eyes
     * of GCC 12 (-fipa-modref), and -O2 drops the calls of absl's: so it is inlined here, and the asm, which
     * is empty, keeps the calls of this one. */
    [[gnu::flatten]] static void prefetch([[maybe_unused]] const Map &map,
                                          [[maybe_unused]] const uint64_t *keys,
                                          [[maybe_unused]] size_t n) noexcept
    {
        if constexpr (requires { map.prefetch(*keys); }) {
            asm volatile("");
            for (size_t i = 0; n > 1 && i < n; i++)
                map.prefetch(keys[i]);
        }
    }

    static void *create(struct heap *heap, const struct table_options *options) noexcept
    {
        void *const block = heap_alloc(heap, sizeof(state), alignof(state), 0);
        if (!block)
            return nullptr;
        if (!memory_suffices([&] { new (block) state(heap, *options); })) {
            heap_free(heap, block, sizeof(state));
            return nullptr;
        }
        /* Not in the constructor: that would end with the destructor of a map that may be wrecked. */
        auto *const self = static_cast<state *>(block);
        if (options->reserve_entries &&
            !memory_suffices([&] { self->map.reserve(options->reserve_entries); })) {
            self->wrecked = !traits.survives_bad_alloc;
            destroy(self);
            return nullptr;
        }
        return self;
    }

    static int insert(void *table, const uint64_t *keys, uint64_t first_ordinal, size_t n,
                      uint64_t *added) noexcept
    {
        auto &self = *static_cast<state *>(table);
        *added = 0;
        if (self.wrecked)
            return ENOMEM;
        const size_t old_size = self.map.size();
        prefetch(self.map, keys, n);
        const bool done = memory_suffices([&] {
            for (size_t i = 0; i < n; i++)
                self.map.insert_or_assign(keys[i], first_ordinal + i);
        });
        *added = self.map.size() - old_size;
        self.wrecked = !done && !traits.survives_bad_alloc;
        return done ? 0 : ENOMEM;
    }

    static uint64_t find(void *table, const uint64_t *keys, uint64_t, size_t n, uint64_t *sum) noexcept
    {
        const auto &self = *static_cast<state *>(table);
        *sum = 0;
        if (self.wrecked)
            return 0;
        prefetch(self.map, keys, n);
        uint64_t hit_count = 0;
        uint64_t value_sum = 0;
        for (size_t i = 0; i < n; i++) {
            const auto entry = self.map.find(keys[i]);
            if (entry != self.map.end()) {
                hit_count++;
                value_sum += entry->second;
            }
        }
        *sum = value_sum;
        return hit_count;
    }

    static uint64_t erase(void *table, const uint64_t *keys, uint64_t, size_t n) noexcept
    {
        auto &self = *static_cast<state *>(table);
        if (self.wrecked)
            return 0;
        prefetch(self.map, keys, n);
        uint64_t erased_count = 0;
        for (size_t i = 0; i < n; i++)
            erased_count += self.map.erase(keys[i]);
        return erased_count;
    }

    static const void *entry_address(void *table, uint64_t key, uint64_t) noexcept
    {
        const auto &self = *static_cast<state *>(table);
        if (self.wrecked)
            return nullptr;
        const auto entry = self.map.find(key);
        return entry == self.map.end() ? nullptr : &*entry;
    }

    static void stats(void *table, struct table_stats *stats) noexcept
    {
        const auto &self = *static_cast<state *>(table);
        *stats = {
            .entries = self.map.size(), .capacity_bytes = self.account.live_bytes, .migrated_entries = 0};
    }

    static void destroy(void *table) noexcept
    {
        auto *const self = static_cast<state *>(table);
        if (!self)
            return;
        const heap_account account = self->account;
        if (!self->wrecked) {
            self->~state();
        } else if (account.newest) {
            /* Maps poison their free slots for AddressSanitizer. */
            ASAN_UNPOISON_MEMORY_REGION(account.newest, account.newest_bytes);
            heap_free(account.heap, account.newest, account.newest_bytes);
        }
        heap_free(account.heap, self, sizeof(state));
    }
};

#endif
