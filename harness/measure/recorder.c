/* SPDX-License-Identifier: MIT */
#include "harness/measure/recorder.h"

#include "harness/common/clock.h"
#include "harness/measure/memory.h"

#include <sys/mman.h>
#include <unistd.h>

const char *const recorder_kind_names[] = {"grow", "move", "replace", "add", "free", NULL};

static struct recorder *recorder_of(struct heap *heap)
{
    return (struct recorder *)heap;
}

static struct recorder_usage read_usage(const struct recorder *r)
{
    return r->hooks && r->hooks->read_usage ? r->hooks->read_usage(r->context) : (struct recorder_usage){0};
}

static uint64_t begin_event(struct recorder *r)
{
    const bool is_first = !r->began;
    r->began = true;
    if (is_first && r->hooks)
        r->hooks->before_event(r->context);
    if (is_first) /* before the kernel is asked: who takes all that asking out of the time since then takes this too */
        r->first_event_ticks = clock_ticks();
    r->event_usage = read_usage(r);
    if (is_first)
        r->first_event_usage = r->event_usage;
    return clock_ticks();
}

static void end_event(struct recorder *r, struct recorder_event event, uint64_t start_ticks)
{
    event.duration_ticks = clock_ticks() - start_ticks;
    event.usage = recorder_usage_since(read_usage(r), r->event_usage);
    if (event.kind == RECORDER_FREE)
        event.free_ticks = event.duration_ticks;
    if (r->event_count < RECORDER_EVENT_COUNT)
        r->events[r->event_count++] = event;
    else
        r->dropped_count++;
}

static void refuse(const struct recorder *r, uint64_t bytes)
{
    if (r->hooks)
        r->hooks->refused(r->context, bytes);
}

/* On the block's whole pages, rounded outwards: huge pages need no more, and a setting for an inner part
 * would split the mapping in two, after which mremap(2) refuses to grow it (EFAULT) and glibc's realloc falls
 * back to copying. */
static void apply_page_policy(const struct recorder *r, void *block, size_t bytes)
{
    if (r->page_policy != PAGE_POLICY_ALWAYS || !r->huge_page_bytes || bytes < r->huge_page_bytes)
        return;
    uintptr_t page = r->page_bytes;
    uintptr_t start = (uintptr_t)block & ~(page - 1),
              end = ((uintptr_t)block + bytes + page - 1) & ~(page - 1);
    /* A refusal (no THP in this kernel) shows as huge_page_bytes 0; nothing else changes. */
    madvise((void *)start, end - start, MADV_HUGEPAGE);
}

static void *record_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct recorder *r = recorder_of(heap);
    uint64_t start_ticks = bytes >= RECORDER_TRACKED_BYTES ? begin_event(r) : 0;
    void *block = heap_alloc(r->inner, bytes, align, flags);
    if (!block) {
        refuse(r, bytes);
        return NULL;
    }
    r->live_bytes += bytes;
    if (start_ticks) {
        apply_page_policy(r, block, bytes);
        end_event(r, (struct recorder_event){.kind = RECORDER_ADD, .new_bytes = bytes, .new_block = block},
                  start_ticks);
    }
    return block;
}

static void *record_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                           unsigned flags)
{
    struct recorder *r = recorder_of(heap);
    size_t larger_bytes = old_bytes > new_bytes ? old_bytes : new_bytes;
    uint64_t start_ticks = larger_bytes >= RECORDER_TRACKED_BYTES ? begin_event(r) : 0;
    const void *old_block = block;
    void *resized = heap_resize(r->inner, block, old_bytes, new_bytes, align, flags);
    if (!resized) {
        refuse(r, new_bytes);
        return NULL;
    }
    r->live_bytes += new_bytes - old_bytes;
    if (start_ticks) {
        apply_page_policy(r, resized, new_bytes);
        enum recorder_kind kind = old_bytes < RECORDER_TRACKED_BYTES   ? RECORDER_ADD
                                  : new_bytes < RECORDER_TRACKED_BYTES ? RECORDER_FREE
                                  : resized == old_block               ? RECORDER_GROW
                                                                       : RECORDER_MOVE;
        end_event(r,
                  (struct recorder_event){.kind = kind,
                                          .old_bytes = kind == RECORDER_ADD ? 0 : old_bytes,
                                          .new_bytes = kind == RECORDER_FREE ? 0 : new_bytes,
                                          .old_block = old_block,
                                          .new_block = resized},
                  start_ticks);
    }
    return resized;
}

static void record_free(struct heap *heap, void *block, size_t bytes)
{
    struct recorder *r = recorder_of(heap);
    uint64_t start_ticks = bytes >= RECORDER_TRACKED_BYTES ? begin_event(r) : 0;
    heap_free(r->inner, block, bytes);
    r->live_bytes -= bytes;
    if (start_ticks)
        end_event(r, (struct recorder_event){.kind = RECORDER_FREE, .old_bytes = bytes, .old_block = block},
                  start_ticks);
}

static void record_discard(struct heap *heap, void *block, size_t offset, size_t bytes)
{
    struct recorder *r = recorder_of(heap);
    r->inner->ops->discard(r->inner, block, offset, bytes);
}

static void record_stats(const struct heap *heap, struct heap_stats *stats)
{
    const struct recorder *r = (const struct recorder *)heap;
    r->inner->ops->stats(r->inner, stats);
    stats->live_bytes = r->live_bytes;
}

static void record_close(struct heap *heap)
{
    (void)heap; /* the inner heap belongs to who opened it */
}

void recorder_init(struct recorder *recorder, struct heap *inner, enum page_policy page_policy,
                   const struct recorder_hooks *hooks, void *context)
{
    static const struct heap_ops with_discard = {record_alloc,   record_resize, record_free,
                                                 record_discard, record_stats,  record_close};
    static const struct heap_ops without_discard = {record_alloc, record_resize, record_free,
                                                    NULL,         record_stats,  record_close};
    recorder->heap.ops = inner->ops->discard ? &with_discard : &without_discard;
    recorder->inner = inner;
    recorder->page_policy = page_policy;
    recorder->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    recorder->huge_page_bytes = page_policy == PAGE_POLICY_ALWAYS ? memory_huge_page_size_bytes() : 0;
    recorder->hooks = hooks;
    recorder->context = context;
    recorder->first_event_usage = recorder->event_usage = (struct recorder_usage){0};
    recorder->first_event_ticks = recorder->live_bytes = 0;
    recorder->event_count = recorder->dropped_count = 0;
    recorder->began = false;
}

/* A block that one operation both allocates and frees is its scratch memory: neither an old home nor a new
 * one. */
static void find_scratch(const struct recorder *r, bool *scratch)
{
    for (unsigned freed = 0; freed < r->event_count; freed++)
        for (unsigned added = 0; r->events[freed].kind == RECORDER_FREE && added < freed; added++)
            if (r->events[added].kind == RECORDER_ADD && !scratch[added] &&
                r->events[added].new_block == r->events[freed].old_block)
                scratch[added] = scratch[freed] = true;
}

/* The allocation that took the place of a freed block: the smallest of the larger ones that are not yet
 * spoken for, or of those that are. */
static unsigned find_successor(const struct recorder *r, unsigned freed, const bool *scratch,
                               const bool *merged)
{
    unsigned found = r->event_count;
    for (unsigned i = 0; i < r->event_count; i++) {
        const struct recorder_event *added = &r->events[i];
        if (added->kind != RECORDER_ADD || scratch[i] || added->new_bytes <= r->events[freed].old_bytes)
            continue;
        bool better = found == r->event_count || (merged[found] && !merged[i]) ||
                      (merged[found] == merged[i] && added->new_bytes < r->events[found].new_bytes);
        if (better)
            found = i;
    }
    return found;
}

void recorder_classify(struct recorder *r)
{
    bool scratch[RECORDER_EVENT_COUNT] = {false}, merged[RECORDER_EVENT_COUNT] = {false};
    find_scratch(r, scratch);
    for (unsigned i = 0; i < r->event_count; i++) {
        struct recorder_event *freed = &r->events[i];
        if (freed->kind != RECORDER_FREE || scratch[i])
            continue;
        unsigned successor = find_successor(r, i, scratch, merged);
        if (successor == r->event_count)
            continue;
        const struct recorder_event *added = &r->events[successor];
        freed->kind = RECORDER_REPLACE;
        freed->new_bytes = added->new_bytes;
        freed->new_block = added->new_block;
        if (!merged[successor]) {
            freed->duration_ticks += added->duration_ticks;
            freed->usage.minor_faults += added->usage.minor_faults;
            freed->usage.system_ns += added->usage.system_ns;
        }
        merged[successor] = true;
    }
    unsigned kept = 0;
    for (unsigned i = 0; i < r->event_count; i++)
        if (!merged[i])
            r->events[kept++] = r->events[i];
    r->event_count = kept;
}
