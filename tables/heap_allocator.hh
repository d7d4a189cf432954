/* SPDX-License-Identifier: MIT
 *
 * A standard allocator over `struct heap`: how C++ containers get their blocks from the heap under test.
 *
 * It hands through what the container asks for: element count times element size, the element's alignment,
 * and the same size again when the block is freed. It adds no header, so growth looks as the container's
 * own code makes it look. No zeroing and no resize: std::allocator_traits has neither, which is why every
 * container behind it grows by a new block and a move of the entries.
 *
 * The figures live in a `heap_account` that all copies and rebinds of an allocator share; a table owns one.
 */
#ifndef GROWBENCH_HEAP_ALLOCATOR_HH
#define GROWBENCH_HEAP_ALLOCATOR_HH

#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>

#include "allocators/allocator.h"

struct heap_account {
    struct heap *heap;
    uint64_t live_bytes = 0;
    /* The block allocated last, while it lives; else nullptr. */
    void *newest = nullptr;
    size_t newest_bytes = 0;
};

template <class T> class heap_allocator
{
  public:
    using value_type = T;

    explicit heap_allocator(heap_account *account) noexcept : account_(account)
    {
    }

    template <class U> heap_allocator(const heap_allocator<U> &other) noexcept : account_(other.account())
    {
    }

    T *allocate(size_t count)
    {
        if (count > std::numeric_limits<size_t>::max() / sizeof(T))
            throw std::bad_alloc();
        const size_t bytes = count * sizeof(T);
        void *const block = heap_alloc(account_->heap, bytes, alignof(T), 0);
        if (!block)
            throw std::bad_alloc();
        account_->live_bytes += bytes;
        account_->newest = block;
        account_->newest_bytes = bytes;
        return static_cast<T *>(block);
    }

    void deallocate(T *block, size_t count) noexcept
    {
        if (block == account_->newest)
            account_->newest = nullptr;
        account_->live_bytes -= count * sizeof(T);
        heap_free(account_->heap, block, count * sizeof(T));
    }

    heap_account *account() const noexcept
    {
        return account_;
    }

    template <class U> bool operator==(const heap_allocator<U> &other) const noexcept
    {
        return account_ == other.account();
    }

  private:
    heap_account *account_;
};

#endif
