/* SPDX-License-Identifier: MIT */
#include "harness/commands/losses.h"

#include "harness/common/clock.h"
#include "harness/measure/memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_BYTES = 64 << 10, ALIGN_BYTES = 16, ROUNDS = 4, ARRAY_BYTES = 64 << 10, THREADS_MAX = 64 };

const char *const losses_case_names[] = {"again", "threads", "arrays", "snapshot", NULL};

#define LOSSES_ROW(name, of, text) {text, of},
const struct losses_row losses_rows[] = {LOSSES_METRICS(LOSSES_ROW)};
#undef LOSSES_ROW

static double page_count(uint64_t bytes)
{
    return (double)bytes / (double)sysconf(_SC_PAGESIZE);
}

static void write_pages(char *block, uint64_t from_bytes, uint64_t to_bytes)
{
    uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    for (uint64_t at = from_bytes; at < to_bytes; at += page_bytes)
        *(volatile char *)(block + at) = 1;
}

/* By doubling, each new part written; NULL = no memory, and nothing is left behind. */
static char *grow_block(struct heap *heap, uint64_t bytes)
{
    char *block = heap_alloc(heap, FIRST_BYTES, ALIGN_BYTES, 0);
    if (block)
        write_pages(block, 0, FIRST_BYTES);
    for (uint64_t size = FIRST_BYTES; block && size < bytes; size *= 2) {
        char *larger = heap_resize(heap, block, size, 2 * size, ALIGN_BYTES, 0);
        if (!larger)
            heap_free(heap, block, size);
        else
            write_pages(larger, size, 2 * size);
        block = larger;
    }
    return block;
}

static double fault_count(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_minflt;
}

static char *make_block(struct heap *heap, uint64_t bytes)
{
    char *block = heap_alloc(heap, bytes, ALIGN_BYTES, 0);
    if (block)
        write_pages(block, 0, bytes);
    return block;
}

/* Time and faults a page of the last of some rounds of making a block and giving it back. */
static int measure_rounds(struct heap *heap, uint64_t bytes, char *(*make)(struct heap *heap, uint64_t bytes),
                          double *page_ns, double *page_faults)
{
    for (int round = 1; round <= ROUNDS; round++) {
        double faults = fault_count(), start_seconds = clock_seconds();
        char *block = make(heap, bytes);
        if (!block)
            return ENOMEM;
        heap_free(heap, block, bytes);
        *page_ns = (clock_seconds() - start_seconds) * 1e9 / page_count(bytes);
        *page_faults = (fault_count() - faults) / page_count(bytes);
    }
    return 0;
}

static int measure_again(struct heap *heap, uint64_t bytes, double *metrics)
{
    /* Growing first: what a whole block leaves behind is room to grow into. */
    int error = measure_rounds(heap, bytes, grow_block, &metrics[LOSSES_again_growing_page_ns],
                               &metrics[LOSSES_again_growing_faults]);
    return error ? error
                 : measure_rounds(heap, bytes, make_block, &metrics[LOSSES_again_whole_page_ns],
                                  &metrics[LOSSES_again_whole_faults]);
}

struct worker {
    pthread_t thread;
    pthread_barrier_t *ready, *start;
    struct heap *heap;
    uint64_t bytes;
    bool failed;
};

static void *work(void *argument)
{
    struct worker *worker = argument;
    pthread_barrier_wait(worker->ready);
    pthread_barrier_wait(worker->start);
    for (int round = 0; round < ROUNDS && !worker->failed; round++) {
        char *block = grow_block(worker->heap, worker->bytes);
        worker->failed = !block;
        if (block)
            heap_free(worker->heap, block, worker->bytes);
    }
    return NULL;
}

/* Seconds until `count` of them have each grown ROUNDS blocks of `bytes`; negative when one could not. */
static double run_workers(struct heap *heap, unsigned count, uint64_t bytes)
{
    struct worker workers[THREADS_MAX];
    pthread_barrier_t ready, start;
    unsigned started = 0;
    pthread_barrier_init(&ready, NULL, count + 1);
    pthread_barrier_init(&start, NULL, count + 1);
    for (; started < count; started++) {
        workers[started] = (struct worker){.ready = &ready, .start = &start, .heap = heap, .bytes = bytes};
        if (pthread_create(&workers[started].thread, NULL, work, &workers[started]))
            return -1; /* those who wait end with the process */
    }
    pthread_barrier_wait(&ready);
    double start_seconds = clock_seconds(); /* before they can begin */
    pthread_barrier_wait(&start);
    bool failed = false;
    for (unsigned i = 0; i < count; i++) {
        pthread_join(workers[i].thread, NULL);
        failed |= workers[i].failed;
    }
    double seconds = clock_seconds() - start_seconds;
    pthread_barrier_destroy(&ready);
    pthread_barrier_destroy(&start);
    return failed ? -1 : seconds;
}

static int measure_threads(struct heap *heap, uint64_t bytes, unsigned threads, double *metrics)
{
    uint64_t each_bytes = bytes;
    while (each_bytes > FIRST_BYTES && each_bytes > bytes / threads)
        each_bytes /= 2;
    /* The first time arenas are made and the host's pages touched. After a failure nothing more is run: those
     * who wait look at a barrier that is gone. */
    if (run_workers(heap, threads, each_bytes) < 0)
        return ENOMEM;
    double alone = run_workers(heap, 1, each_bytes);
    double together = alone < 0 ? -1 : run_workers(heap, threads, each_bytes);
    if (together < 0)
        return ENOMEM;
    metrics[LOSSES_threads_page_ns] = together * 1e9 / (ROUNDS * page_count(each_bytes));
    metrics[LOSSES_threads_slowdown_ratio] = together / alone;
    return 0;
}

/* Page tables too: a block in a 2 MiB area of its own needs a page of them. */
static double held_bytes(void)
{
    struct memory_probe probe;
    struct memory_sample sample = {0};
    if (!memory_probe_open(&probe))
        memory_probe_read(&probe, &sample);
    memory_probe_close(&probe);
    return (double)(sample.rss_bytes + sample.page_table_bytes);
}

static double mapping_count(void)
{
    double count = 0;
    FILE *maps = fopen("/proc/self/maps", "re");
    for (int c = maps ? getc(maps) : EOF; c != EOF; c = getc(maps))
        count += c == '\n';
    if (maps)
        fclose(maps);
    return count;
}

static int measure_arrays(struct heap *heap, uint64_t bytes, double *metrics)
{
    uint64_t count = bytes / ARRAY_BYTES, growth_count = 0;
    char **arrays = calloc(count, sizeof *arrays);
    double mappings = mapping_count(), start_bytes = held_bytes();
    double start_seconds = clock_seconds();
    uint64_t made = 0;
    while (arrays && made < count && (arrays[made] = heap_alloc(heap, ALIGN_BYTES, ALIGN_BYTES, 0)))
        made++;
    bool failed = made < count;
    for (uint64_t size = ALIGN_BYTES; !failed && size < ARRAY_BYTES; size *= 2)
        for (uint64_t i = 0; !failed && i < count; i++) {
            char *larger = heap_resize(heap, arrays[i], size, 2 * size, ALIGN_BYTES, 0);
            failed = !larger;
            if (larger) {
                arrays[i] = larger;
                write_pages(larger, size, 2 * size);
                growth_count++;
            }
        }
    if (!failed) {
        metrics[LOSSES_arrays_growth_ns] = (clock_seconds() - start_seconds) * 1e9 / (double)growth_count;
        metrics[LOSSES_arrays_rss_ratio] = (held_bytes() - start_bytes) / (double)bytes;
        metrics[LOSSES_arrays_mappings_count] = (mapping_count() - mappings) / (double)count;
    }
    for (uint64_t i = 0; !failed && i < count; i++)
        heap_free(heap, arrays[i], ARRAY_BYTES);
    free(arrays); /* after a failure the blocks go with the process */
    return failed ? ENOMEM : 0;
}

static int measure_snapshot(struct heap *heap, uint64_t bytes, double *metrics)
{
    char *block = grow_block(heap, bytes);
    int hold[2];
    if (!block)
        return ENOMEM;
    if (pipe(hold))
        return ENOMEM;
    double start_seconds = clock_seconds();
    pid_t snapshot = fork();
    double forked_seconds = clock_seconds();
    if (snapshot < 0)
        return ENOMEM;
    if (!snapshot) {
        char ended;
        close(hold[1]);
        _exit(read(hold[0], &ended, 1) != 0); /* until the parent closes its end */
    }
    close(hold[0]);
    write_pages(block, 0, bytes);
    double written_seconds = clock_seconds();
    close(hold[1]);
    waitpid(snapshot, NULL, 0);
    heap_free(heap, block, bytes);
    metrics[LOSSES_snapshot_fork_page_ns] = (forked_seconds - start_seconds) * 1e9 / page_count(bytes);
    metrics[LOSSES_snapshot_write_page_ns] = (written_seconds - forked_seconds) * 1e9 / page_count(bytes);
    return 0;
}

int losses_measure(enum losses_case what, const struct allocator *allocator, uint64_t bytes, unsigned threads,
                   double *metrics)
{
    if (what == LOSSES_THREADS && !(allocator->properties & ALLOCATOR_THREADS))
        return ENOTSUP;
    struct heap *heap = allocator->open(&(struct allocator_options){0});
    if (!heap)
        return ENOMEM;
    int error = what == LOSSES_AGAIN     ? measure_again(heap, bytes, metrics)
                : what == LOSSES_THREADS ? measure_threads(heap, bytes, threads, metrics)
                : what == LOSSES_ARRAYS  ? measure_arrays(heap, bytes, metrics)
                                         : measure_snapshot(heap, bytes, metrics);
    if (!error)
        heap->ops->close(heap);
    return error;
}
