/* SPDX-License-Identifier: MIT
 *
 * The recording layer around a heap of made-up addresses: nothing is allocated, every case can be laid out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "harness/common/clock.h"
#include "harness/measure/memory.h"
#include "harness/measure/recorder.h"

#define KIB ((size_t)1024)
#define BLOCK(i) ((void *)(0x100000000u + (uintptr_t)(i)*0x10000000u))

/* The heap beneath: answers what it is told, and notes what it is asked. */
struct fake {
    struct heap heap;
    void *next; /* what alloc and resize return */
    unsigned call_count, before_count, refused_count, question_count;
    unsigned calls_at_before; /* call_count when before_event came */
    uint64_t refused_bytes, discarded_offset;
    size_t bytes, align;
    unsigned flags;
    uint64_t sleep_ticks;
};

struct fixture {
    struct fake fake;
    struct recorder recorder;
};

static void *fake_alloc(struct heap *heap, size_t bytes, size_t align, unsigned flags)
{
    struct fake *fake = (struct fake *)heap;
    fake->call_count++;
    fake->bytes = bytes;
    fake->align = align;
    fake->flags = flags;
    for (const uint64_t start = clock_ticks(); clock_ticks() - start < fake->sleep_ticks;)
        continue;
    return fake->next;
}

static void *fake_resize(struct heap *heap, void *block, size_t old_bytes, size_t new_bytes, size_t align,
                         unsigned flags)
{
    (void)block, (void)old_bytes;
    return fake_alloc(heap, new_bytes, align, flags);
}

static void fake_free(struct heap *heap, void *block, size_t bytes)
{
    (void)block;
    struct fake *fake = (struct fake *)heap;
    fake->call_count++;
    fake->bytes = bytes;
}

static void fake_discard(struct heap *heap, void *block, size_t offset, size_t bytes)
{
    (void)block, (void)bytes;
    ((struct fake *)heap)->discarded_offset = offset;
}

static void fake_stats(const struct heap *heap, struct heap_stats *stats)
{
    (void)heap;
    *stats = (struct heap_stats){.live_bytes = 1, .mremap_count = 42};
}

static void fake_close(struct heap *heap)
{
    (void)heap;
    fail_msg("the inner heap belongs to who opened it");
}

static const struct heap_ops fake_ops = {fake_alloc, fake_resize, fake_free, NULL, fake_stats, fake_close};
static const struct heap_ops fake_ops_discarding = {fake_alloc,   fake_resize, fake_free,
                                                    fake_discard, fake_stats,  fake_close};

static void note_before(void *context)
{
    struct fake *fake = context;
    fake->before_count++;
    fake->calls_at_before = fake->call_count;
}

static void note_refused(void *context, uint64_t bytes)
{
    struct fake *fake = context;
    fake->refused_count++;
    fake->refused_bytes = bytes;
}

/* Each question finds one fault and 10 ns more; each call of the inner heap has 100 faults. */
static struct recorder_usage read_fake_usage(void *context)
{
    struct fake *fake = context;
    fake->question_count++;
    return (struct recorder_usage){fake->question_count + 100u * (uint64_t)fake->call_count,
                                   10u * (uint64_t)fake->question_count};
}

static int setup(void **state)
{
    static const struct recorder_hooks hooks = {note_before, note_refused, read_fake_usage};
    struct fixture *f = malloc(sizeof *f);
    if (!f)
        return 1;
    memset(f, 0xA5, sizeof *f); /* init must set all that it needs */
    f->fake = (struct fake){.heap.ops = &fake_ops};
    recorder_init(&f->recorder, &f->fake.heap, PAGE_POLICY_SYSTEM, &hooks, &f->fake);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static void do_alloc(struct fixture *f, void *block, size_t bytes)
{
    f->fake.next = block;
    assert_ptr_equal(heap_alloc(&f->recorder.heap, bytes, 16, 0), block);
}

static void do_resize(struct fixture *f, void *block, size_t old_bytes, void *new_block, size_t new_bytes)
{
    f->fake.next = new_block;
    assert_ptr_equal(heap_resize(&f->recorder.heap, block, old_bytes, new_bytes, 16, 0), new_block);
}

static void do_free(struct fixture *f, void *block, size_t bytes)
{
    heap_free(&f->recorder.heap, block, bytes);
}

static void assert_event(const struct fixture *f, unsigned i, enum recorder_kind kind, uint64_t old_bytes,
                         uint64_t new_bytes)
{
    assert_true(i < f->recorder.event_count);
    const struct recorder_event *event = &f->recorder.events[i];
    assert_string_equal(recorder_kind_names[event->kind], recorder_kind_names[kind]);
    assert_int_equal(event->old_bytes, old_bytes);
    assert_int_equal(event->new_bytes, new_bytes);
}

static unsigned count_kind(const struct fixture *f, enum recorder_kind kind)
{
    unsigned count = 0;
    for (unsigned i = 0; i < f->recorder.event_count; i++)
        count += f->recorder.events[i].kind == kind;
    return count;
}

static void test_add_and_free(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 1);
    assert_event(f, 0, RECORDER_ADD, 0, 64 * KIB);
    assert_ptr_equal(f->recorder.events[0].new_block, BLOCK(1));
    assert_int_equal(f->recorder.live_bytes, 64 * KIB);
    recorder_clear(&f->recorder);
    do_free(f, BLOCK(1), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 1);
    assert_event(f, 0, RECORDER_FREE, 64 * KIB, 0);
    assert_int_equal(f->recorder.live_bytes, 0);
}

static void test_grow_and_move(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 64 * KIB);
    recorder_clear(&f->recorder);
    do_resize(f, BLOCK(1), 64 * KIB, BLOCK(1), 128 * KIB);
    recorder_classify(&f->recorder);
    assert_event(f, 0, RECORDER_GROW, 64 * KIB, 128 * KIB);
    recorder_clear(&f->recorder);
    do_resize(f, BLOCK(1), 128 * KIB, BLOCK(2), 256 * KIB);
    recorder_classify(&f->recorder);
    assert_event(f, 0, RECORDER_MOVE, 128 * KIB, 256 * KIB);
    assert_ptr_equal(f->recorder.events[0].old_block, BLOCK(1));
    assert_ptr_equal(f->recorder.events[0].new_block, BLOCK(2));
    assert_int_equal(f->recorder.live_bytes, 256 * KIB);
}

static void test_replace(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 64 * KIB);
    recorder_clear(&f->recorder);
    do_alloc(f, BLOCK(2), 128 * KIB);
    do_free(f, BLOCK(1), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 1); /* both are one move of the table's home */
    assert_event(f, 0, RECORDER_REPLACE, 64 * KIB, 128 * KIB);
    assert_ptr_equal(f->recorder.events[0].old_block, BLOCK(1));
    assert_ptr_equal(f->recorder.events[0].new_block, BLOCK(2));
}

/* In two operations they are no replacement, and a smaller or equal block replaces nothing. */
static void test_what_is_no_replacement(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 128 * KIB);
    recorder_classify(&f->recorder);
    recorder_clear(&f->recorder);
    do_free(f, BLOCK(1), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 1);
    assert_event(f, 0, RECORDER_FREE, 64 * KIB, 0);
    recorder_clear(&f->recorder);
    do_alloc(f, BLOCK(3), 128 * KIB);
    do_free(f, BLOCK(2), 128 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 2);
    assert_event(f, 0, RECORDER_ADD, 0, 128 * KIB);
    assert_event(f, 1, RECORDER_FREE, 128 * KIB, 0);
}

static void test_a_scratch_block_is_no_old_home(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 64 * KIB);  /* scratch */
    do_alloc(f, BLOCK(2), 128 * KIB); /* an additional block */
    do_free(f, BLOCK(1), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(count_kind(f, RECORDER_REPLACE), 0);
    assert_int_equal(count_kind(f, RECORDER_ADD), 2);
    assert_int_equal(count_kind(f, RECORDER_FREE), 1);
}

/* What was freed again in the same operation cannot be the table's new home. */
static void test_a_scratch_block_is_no_new_home(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 128 * KIB); /* scratch, and larger than the old block */
    do_alloc(f, BLOCK(2), 512 * KIB); /* the new home */
    do_free(f, BLOCK(1), 128 * KIB);
    do_free(f, BLOCK(3), 64 * KIB); /* the old one */
    recorder_classify(&f->recorder);
    assert_int_equal(count_kind(f, RECORDER_REPLACE), 1);
    for (unsigned i = 0; i < f->recorder.event_count; i++)
        if (f->recorder.events[i].kind == RECORDER_REPLACE)
            assert_event(f, i, RECORDER_REPLACE, 64 * KIB, 512 * KIB);
}

static void test_a_table_that_shrinks_with_scratch_replaces_nothing(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 128 * KIB); /* scratch only */
    do_free(f, BLOCK(2), 64 * KIB);
    do_free(f, BLOCK(1), 128 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(count_kind(f, RECORDER_REPLACE), 0);
}

/* A table of twelve columns: each is replaced by one of its own. */
static void test_twelve_blocks_are_replaced(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 12; i++)
        do_alloc(f, BLOCK(100 + i), (128 + i) * KIB);
    for (unsigned i = 0; i < 12; i++)
        do_free(f, BLOCK(i), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 12);
    assert_int_equal(count_kind(f, RECORDER_REPLACE), 12);
    uint64_t new_bytes = 0;
    for (unsigned i = 0; i < 12; i++) {
        for (unsigned j = 0; j < i; j++)
            assert_ptr_not_equal(f->recorder.events[i].new_block, f->recorder.events[j].new_block);
        new_bytes += f->recorder.events[i].new_bytes;
    }
    assert_int_equal(new_bytes, (12 * 128 + 66) * KIB);
}

/* One column at a time: allocate, copy, free, and the next. */
static void test_twelve_blocks_are_replaced_in_turn(void **state)
{
    struct fixture *f = *state;
    for (unsigned i = 0; i < 12; i++) {
        do_alloc(f, BLOCK(100 + i), 128 * KIB);
        do_free(f, BLOCK(i), 64 * KIB);
    }
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 12);
    assert_int_equal(count_kind(f, RECORDER_REPLACE), 12);
}

/* Twelve arrays merged into one larger block are twelve moves. */
static void test_many_into_one(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(100), 4096 * KIB);
    for (unsigned i = 0; i < 12; i++)
        do_free(f, BLOCK(i), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, 12);
    assert_int_equal(count_kind(f, RECORDER_REPLACE), 12);
    for (unsigned i = 0; i < 12; i++)
        assert_ptr_equal(f->recorder.events[i].new_block, BLOCK(100));
}

static void test_small_blocks_pass_unrecorded(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 64 * KIB - 1);
    do_resize(f, BLOCK(1), 64 * KIB - 1, BLOCK(2), 1);
    do_free(f, BLOCK(2), 1);
    assert_int_equal(f->recorder.event_count, 0);
    assert_int_equal(f->fake.before_count, 0);
    assert_int_equal(f->fake.call_count, 3);
    assert_int_equal(f->recorder.live_bytes, 0);
}

static void test_arguments_reach_the_inner_heap(void **state)
{
    struct fixture *f = *state;
    f->fake.next = BLOCK(1);
    heap_alloc(&f->recorder.heap, 100 * KIB, 4096, HEAP_ZEROED);
    assert_int_equal(f->fake.bytes, 100 * KIB);
    assert_int_equal(f->fake.align, 4096);
    assert_int_equal(f->fake.flags, HEAP_ZEROED);
    heap_resize(&f->recorder.heap, BLOCK(1), 100 * KIB, 200 * KIB, 64, HEAP_ZEROED);
    assert_int_equal(f->fake.bytes, 200 * KIB);
    assert_int_equal(f->fake.align, 64);
    assert_int_equal(f->fake.flags, HEAP_ZEROED);
    heap_free(&f->recorder.heap, BLOCK(1), 200 * KIB);
    assert_int_equal(f->fake.bytes, 200 * KIB);
    struct heap_stats stats;
    f->recorder.heap.ops->stats(&f->recorder.heap, &stats);
    assert_int_equal(stats.mremap_count, 42);
    assert_int_equal(stats.live_bytes, 0); /* its own count, not the back end's */
    f->recorder.heap.ops->close(&f->recorder.heap);
}

static void test_discard_is_there_when_the_inner_heap_has_it(void **state)
{
    struct fixture *f = *state;
    assert_null(f->recorder.heap.ops->discard);
    f->fake.heap.ops = &fake_ops_discarding;
    recorder_init(&f->recorder, &f->fake.heap, PAGE_POLICY_SYSTEM, NULL, NULL);
    assert_non_null(f->recorder.heap.ops->discard);
    f->recorder.heap.ops->discard(&f->recorder.heap, BLOCK(1), 12345, 1);
    assert_int_equal(f->fake.discarded_offset, 12345);
}

static void test_a_resize_that_crosses_the_border(void **state)
{
    struct fixture *f = *state;
    do_resize(f, BLOCK(1), 32 * KIB, BLOCK(2), 64 * KIB);
    recorder_classify(&f->recorder);
    assert_event(f, 0, RECORDER_ADD, 0, 64 * KIB);
    recorder_clear(&f->recorder);
    do_resize(f, BLOCK(2), 64 * KIB, BLOCK(2), 63 * KIB);
    recorder_classify(&f->recorder);
    assert_event(f, 0, RECORDER_FREE, 64 * KIB, 0);
    assert_int_equal(f->fake.before_count, 2);
}

static void test_too_many_events_do_not_overflow(void **state)
{
    struct fixture *f = *state;
    unsigned char *after = (unsigned char *)&f->recorder + sizeof f->recorder;
    assert_true((void *)after <= (void *)(f + 1));
    for (unsigned i = 0; i < RECORDER_EVENT_COUNT + 100; i++)
        do_alloc(f, BLOCK(i), 64 * KIB);
    assert_int_equal(f->recorder.event_count, RECORDER_EVENT_COUNT);
    assert_int_equal(f->recorder.dropped_count, 100);
    assert_int_equal(f->fake.before_count, 1);
    recorder_classify(&f->recorder);
    assert_int_equal(f->recorder.event_count, RECORDER_EVENT_COUNT);
    recorder_clear(&f->recorder);
    do_alloc(f, BLOCK(1), 64 * KIB);
    assert_int_equal(f->recorder.event_count, 1);
}

static void test_a_refusal_is_told(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, NULL, 64 * KIB);
    assert_int_equal(f->fake.refused_count, 1);
    assert_int_equal(f->fake.refused_bytes, 64 * KIB);
    do_resize(f, BLOCK(1), 64 * KIB, NULL, 128 * KIB);
    assert_int_equal(f->fake.refused_count, 2);
    assert_int_equal(f->fake.refused_bytes, 128 * KIB);
    do_alloc(f, NULL, 16); /* a small one too: the run ends on it as well */
    assert_int_equal(f->fake.refused_count, 3);
    assert_int_equal(f->fake.refused_bytes, 16);
    assert_int_equal(f->recorder.event_count, 0);
    assert_int_equal(f->recorder.live_bytes, 0);
}

static void test_before_event_comes_once_and_first(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, BLOCK(1), 16);
    assert_int_equal(f->fake.before_count, 0);
    do_alloc(f, BLOCK(2), 128 * KIB);
    assert_int_equal(f->fake.before_count, 1);
    assert_int_equal(f->fake.calls_at_before, 1); /* the small one; the large one had not reached the heap */
    do_resize(f, BLOCK(2), 128 * KIB, BLOCK(2), 256 * KIB);
    do_free(f, BLOCK(2), 256 * KIB);
    assert_int_equal(f->fake.before_count, 1);
    recorder_classify(&f->recorder);
    recorder_clear(&f->recorder);
    do_free(f, BLOCK(3), 64 * KIB);
    assert_int_equal(f->fake.before_count, 2);
    assert_int_equal(f->fake.calls_at_before, 4);
    recorder_clear(&f->recorder);
    do_resize(f, BLOCK(3), 64 * KIB, BLOCK(4), 128 * KIB);
    assert_int_equal(f->fake.before_count, 3);
    assert_int_equal(f->fake.calls_at_before, 5);
}

/* A table may try a large block, be refused, and take a smaller one: still one operation. */
static void test_before_event_comes_once_also_after_a_refusal(void **state)
{
    struct fixture *f = *state;
    do_alloc(f, NULL, 256 * KIB);
    do_alloc(f, BLOCK(1), 128 * KIB);
    assert_int_equal(f->fake.before_count, 1);
}

static void test_nobody_need_listen(void **state)
{
    struct fixture *f = *state;
    recorder_init(&f->recorder, &f->fake.heap, PAGE_POLICY_SYSTEM, NULL, NULL);
    do_alloc(f, BLOCK(1), 64 * KIB);
    do_alloc(f, NULL, 64 * KIB);
    do_free(f, BLOCK(1), 64 * KIB);
    assert_int_equal(f->recorder.event_count, 2);
}

static void test_times(void **state)
{
    struct fixture *f = *state;
    const uint64_t start_ticks = clock_ticks();
    do_alloc(f, BLOCK(1), 64 * KIB);
    f->fake.sleep_ticks = 1000000;
    do_alloc(f, BLOCK(2), 128 * KIB);
    const uint64_t end_ticks = clock_ticks();
    const struct recorder *r = &f->recorder;
    assert_true(start_ticks <= r->first_event_ticks && r->first_event_ticks < end_ticks - 1000000);
    assert_true(r->events[1].duration_ticks >= 1000000);
    assert_true(r->events[0].duration_ticks + r->events[1].duration_ticks <= end_ticks - start_ticks);
    recorder_clear(&f->recorder);
    do_alloc(f, BLOCK(3), 256 * KIB);
    do_free(f, BLOCK(2), 128 * KIB);
    recorder_classify(&f->recorder);
    assert_event(f, 0, RECORDER_REPLACE, 128 * KIB, 256 * KIB);
    assert_true(r->events[0].duration_ticks >= 1000000);                           /* of both calls */
    assert_true(r->events[0].free_ticks > 0 && r->events[0].free_ticks < 1000000); /* of one */
}

static void test_what_the_kernel_did_is_kept_by_event(void **state)
{
    struct fixture *f = *state;
    const struct recorder *r = &f->recorder;
    do_alloc(f, BLOCK(1), 64 * KIB);
    assert_int_equal(r->events[0].usage.minor_faults, 101);
    assert_int_equal(r->events[0].usage.system_ns, 10);
    assert_int_equal(r->first_event_usage.minor_faults, 1);
    assert_int_equal(r->events[0].free_ticks, 0);
    recorder_clear(&f->recorder);
    do_alloc(f, BLOCK(2), 128 * KIB);
    do_free(f, BLOCK(1), 64 * KIB);
    assert_int_equal(r->first_event_usage.minor_faults, 103);
    recorder_classify(&f->recorder);
    assert_event(f, 0, RECORDER_REPLACE, 64 * KIB, 128 * KIB);
    assert_int_equal(r->events[0].usage.minor_faults, 202); /* of both calls */
    assert_int_equal(r->events[0].usage.system_ns, 20);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* Whether the mapping of that address carries MADV_HUGEPAGE: "hg" of its VmFlags (proc(5), smaps). */
static bool is_advised(const void *address)
{
    FILE *smaps = fopen("/proc/self/smaps", "r");
    assert_non_null(smaps);
    char line[512];
    bool inside = false, advised = false;
    uint64_t start, end;
    while (fgets(line, sizeof line, smaps))
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &start, &end) == 2)
            inside = start <= (uintptr_t)address && (uintptr_t)address < end;
        else if (inside && !strncmp(line, "VmFlags:", 8))
            advised = strstr(line, " hg");
    fclose(smaps);
    return advised;
}

/* A block of 8 MiB that begins 4 KiB into its mapping, on a system with such pages. */
static bool advises(struct fixture *f, uint64_t page_bytes, uint64_t huge_page_bytes, size_t checked_offset)
{
    enum { BLOCK_BYTES = 8 << 20, BEFORE_BYTES = 4096, ALIGN_BYTES = 65536 };
    const size_t bytes = BLOCK_BYTES + 4 * ALIGN_BYTES;
    char *mapping = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(mapping != MAP_FAILED);
    char *aligned = mapping + (-(uintptr_t)mapping & (ALIGN_BYTES - 1));
    f->recorder.page_policy = PAGE_POLICY_ALWAYS;
    f->recorder.page_bytes = page_bytes;
    f->recorder.huge_page_bytes = huge_page_bytes;
    do_alloc(f, aligned + BEFORE_BYTES, BLOCK_BYTES);
    bool advised = is_advised(aligned + checked_offset);
    munmap(mapping, bytes);
    return advised;
}

static void test_huge_pages_of_any_size_are_asked_for(void **state)
{
    struct fixture *f = *state;
    const uint64_t kib = 1024, mib = 1024 * kib;
    if (!memory_huge_page_size_bytes())
        skip();
    assert_true(advises(f, 4 * kib, 2 * mib, 8192));
    assert_false(advises(f, 4 * kib, 2 * mib, 0)); /* the page before is not the block's */
    assert_true(advises(f, 64 * kib, 8 * mib, 0)); /* with such pages it is in the block's first one */
    assert_false(advises(f, 16 * kib, 32 * mib, 8192));
    assert_false(advises(f, 64 * kib, 512 * mib, 8192));
    assert_false(advises(f, 4 * kib, 0, 8192)); /* a kernel without them */
}

static void test_huge_pages_are_those_of_the_system(void **state)
{
    struct fixture *f = *state;
    struct recorder recorder;
    recorder_init(&recorder, &f->fake.heap, PAGE_POLICY_ALWAYS, NULL, NULL);
    assert_true(recorder.huge_page_bytes == memory_huge_page_size_bytes());
    assert_true(recorder.huge_page_bytes % recorder.page_bytes == 0);
    /* A page of page table has 8 bytes for each page: what all of it maps is a huge page. */
    if (recorder.huge_page_bytes)
        assert_true(recorder.huge_page_bytes == recorder.page_bytes * (recorder.page_bytes / 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_add_and_free),
        UNIT_TEST(test_grow_and_move),
        UNIT_TEST(test_replace),
        UNIT_TEST(test_what_is_no_replacement),
        UNIT_TEST(test_a_scratch_block_is_no_old_home),
        UNIT_TEST(test_a_scratch_block_is_no_new_home),
        UNIT_TEST(test_a_table_that_shrinks_with_scratch_replaces_nothing),
        UNIT_TEST(test_twelve_blocks_are_replaced),
        UNIT_TEST(test_twelve_blocks_are_replaced_in_turn),
        UNIT_TEST(test_many_into_one),
        UNIT_TEST(test_small_blocks_pass_unrecorded),
        UNIT_TEST(test_arguments_reach_the_inner_heap),
        UNIT_TEST(test_discard_is_there_when_the_inner_heap_has_it),
        UNIT_TEST(test_a_resize_that_crosses_the_border),
        UNIT_TEST(test_too_many_events_do_not_overflow),
        UNIT_TEST(test_a_refusal_is_told),
        UNIT_TEST(test_before_event_comes_once_and_first),
        UNIT_TEST(test_before_event_comes_once_also_after_a_refusal),
        UNIT_TEST(test_nobody_need_listen),
        UNIT_TEST(test_times),
        UNIT_TEST(test_what_the_kernel_did_is_kept_by_event),
        UNIT_TEST(test_huge_pages_of_any_size_are_asked_for),
        UNIT_TEST(test_huge_pages_are_those_of_the_system),
    };
    return cmocka_run_group_tests_name("recorder", tests, NULL, NULL);
}
