/* SPDX-License-Identifier: MIT
 *
 * Every block goes through a volatile pointer: a compiler may drop a malloc whose block nobody uses, and may
 * take the contents of a fresh one for anything.
 */
#include "harness/claims/probe.h"

#include "harness/claims/trace.h"
#include "harness/common/files.h"
#include "harness/measure/memory.h"

#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { HUGE_BYTES = 2 << 20, DIRTY_ROUNDS = 4, SAMPLE_COUNT = 4096, EXHAUST_MAX = 20000 };

static void tell(const char *name, double value)
{
    printf("%s=%.17g\n", name, value);
}

static double page_bytes(void)
{
    return (double)sysconf(_SC_PAGESIZE);
}

/* Exact, and without the pages of code that comes in as it runs. NaN where the kernel does not tell it. */
static double resident_bytes(void)
{
    uint64_t bytes = 0;
    return memory_count_anonymous(&bytes) ? NAN : (double)bytes;
}

/* NaN where the kernel does not tell it: no process is without page tables. */
static double page_table_bytes(void)
{
    struct memory_probe probe;
    struct memory_sample sample = {0};
    if (!memory_probe_open(&probe))
        memory_probe_read(&probe, &sample);
    memory_probe_close(&probe);
    return sample.page_table_bytes ? (double)sample.page_table_bytes : NAN;
}

static int compare_addresses(const void *a, const void *b)
{
    const uintptr_t left = *(const uintptr_t *)a, right = *(const uintptr_t *)b;
    return (left > right) - (left < right);
}

/* many BYTES COUNT: blocks that are all kept and never written. */
static int probe_many(const uint64_t *numbers)
{
    size_t count = numbers[1];
    /* Not from malloc, and resident before the first reading. */
    uintptr_t *addresses = mmap(NULL, count * sizeof *addresses, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    if (addresses == MAP_FAILED)
        return 5;
    double before_bytes = resident_bytes(), before_table_bytes = page_table_bytes();
    size_t granted = 0, distinct = 0;
    for (size_t i = 0; i < count; i++) {
        void *volatile block = malloc(numbers[0]);
        if (block)
            addresses[granted++] = (uintptr_t)block;
    }
    double after_bytes = resident_bytes(), after_table_bytes = page_table_bytes();
    qsort(addresses, granted, sizeof *addresses, compare_addresses);
    for (size_t i = 0; i < granted; i++)
        distinct += !i || addresses[i] != addresses[i - 1];
    tell("granted", (double)granted);
    tell("distinct", (double)distinct);
    tell("resident", after_bytes - before_bytes);
    tell("tables", after_table_bytes - before_table_bytes);
    return 0;
}

static bool can_malloc(uint64_t bytes)
{
    void *volatile block = malloc(bytes);
    bool granted = block;
    free(block);
    return granted;
}

static bool can_map_unreserved(uint64_t bytes)
{
    void *block =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED)
        return false;
    munmap(block, bytes);
    return true;
}

/* The largest size that works, to a page. */
static uint64_t bisect(bool (*works)(uint64_t bytes))
{
    uint64_t page = (uint64_t)page_bytes(), low = page, high = (uint64_t)1 << 62;
    while (high - low > page) {
        uint64_t middle = (low + (high - low) / 2) / page * page;
        if (works(middle))
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* A line of /proc/meminfo; NaN where it is not there. */
static double meminfo_bytes(const char *name)
{
    char *text = files_read("/proc/meminfo"), *at = text ? strstr(text, name) : NULL;
    double bytes = at ? strtod(at + strlen(name), NULL) * 1024 : NAN;
    free(text);
    return bytes;
}

/* bounds */
static int probe_bounds(const uint64_t *numbers)
{
    (void)numbers;
    struct sysinfo info;
    if (sysinfo(&info))
        return 5;
    uint64_t ram = (uint64_t)info.totalram * info.mem_unit, swap = (uint64_t)info.totalswap * info.mem_unit;
    tell("ram", (double)ram);
    tell("swap", (double)swap);
    tell("commit", meminfo_bytes("CommitLimit:") - meminfo_bytes("Committed_AS:"));
    tell("more_granted", can_malloc(ram + swap + (64 << 20)));
    tell("tebibyte_granted", can_malloc((uint64_t)1 << 40));
    tell("malloc", (double)bisect(can_malloc));
    tell("unreserved", (double)bisect(can_map_unreserved));
    return 0;
}

/* exhaust BYTES: until malloc says no; no figure where it never does. */
static int probe_exhaust(const uint64_t *numbers)
{
    for (size_t count = 0; count < EXHAUST_MAX; count++) {
        void *volatile block = malloc(numbers[0]);
        if (!block) {
            tell("count", (double)count);
            return 0;
        }
    }
    return 0;
}

static char *first_huge_boundary(char *block)
{
    return (char *)(((uintptr_t)block + HUGE_BYTES - 1) / HUGE_BYTES * HUGE_BYTES);
}

static void write_far_apart(char *from, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        ((volatile char *)from)[i * HUGE_BYTES + HUGE_BYTES / 2] = 1;
}

/* touch WRITES HUGE */
static int probe_touch(const uint64_t *numbers)
{
    uint64_t writes = numbers[0], bytes = (writes + 1) * HUGE_BYTES;
    double start_bytes = resident_bytes();
    char *volatile block = malloc(bytes);
    if (!block)
        return 5;
    double fresh_bytes = resident_bytes();
    char *from = first_huge_boundary(block);
    if (numbers[1])
        madvise(from, writes * HUGE_BYTES, MADV_HUGEPAGE);
    write_far_apart(from, writes);
    double written_bytes = resident_bytes();
    tell("block", (double)bytes);
    tell("fresh", fresh_bytes - start_bytes);
    tell("written", written_bytes - fresh_bytes);
    return 0;
}

/* lock BYTES */
static int probe_lock(const uint64_t *numbers)
{
    if (mlockall(MCL_FUTURE))
        return 5;
    double before_bytes = resident_bytes();
    char *volatile block = malloc(numbers[0]);
    if (!block)
        return 5;
    tell("ratio", (resident_bytes() - before_bytes) / (double)numbers[0]);
    return 0;
}

static double count_dirty(const volatile unsigned char *block, uint64_t bytes)
{
    uint64_t dirty = 0;
    for (uint64_t i = 0; i < bytes; i++)
        dirty += block[i] != 0;
    return (double)dirty;
}

static void soil(unsigned char *block, uint64_t bytes)
{
    memset(block, 0xff, bytes);
    __asm__ volatile("" : : "r"(block) : "memory"); /* it must be written, though it is freed next */
}

/* dirty BYTES. Several rounds: the C library's first block is a mapping of its own, later ones may not be. */
static int probe_dirty(const uint64_t *numbers)
{
    uint64_t bytes = numbers[0];
    double recycled = 0;
    for (int round = 0; round <= DIRTY_ROUNDS; round++) {
        unsigned char *volatile block = malloc(bytes);
        if (!block)
            return 5;
        double dirty = count_dirty(block, bytes);
        if (!round)
            tell("fresh", dirty);
        else if (dirty > recycled)
            recycled = dirty;
        soil(block, bytes);
        free(block);
    }
    tell("recycled", recycled);
    unsigned char *volatile block = calloc(1, bytes);
    if (!block)
        return 5;
    tell("calloc", count_dirty(block, bytes));
    free(block);
    return 0;
}

/* Physical pages behind pages spread over the block (proc(5), pagemap): the kernel shows them to who may. The
 * odd stride meets every place in a huge page. */
static void tell_frames(const char *block, uint64_t bytes)
{
    uintptr_t frames[SAMPLE_COUNT];
    size_t sampled = 0, distinct = 0;
    uint64_t page = (uint64_t)page_bytes(), pages = bytes / page;
    int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    for (uint64_t i = 0; fd >= 0 && i < SAMPLE_COUNT; i++) {
        uint64_t entry = 0, index = (uintptr_t)block / page + (i * (pages / SAMPLE_COUNT) + i) % pages;
        if (pread(fd, &entry, sizeof entry, (off_t)(index * sizeof entry)) != sizeof entry)
            break;
        uint64_t frame = entry & (((uint64_t)1 << 55) - 1);
        if (entry >> 63 && frame)
            frames[sampled++] = frame;
    }
    if (fd >= 0)
        close(fd);
    if (!sampled)
        return;
    qsort(frames, sampled, sizeof *frames, compare_addresses);
    for (size_t i = 0; i < sampled; i++)
        distinct += !i || frames[i] != frames[i - 1];
    tell("sampled", (double)sampled);
    tell("frames", (double)distinct);
}

static double minor_faults(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_minflt;
}

/* zero BYTES WRITES HUGE: reads one byte of every page, then writes some. */
static int probe_zero(const uint64_t *numbers)
{
    uint64_t bytes = numbers[0], writes = numbers[1], dirty = 0;
    double start_bytes = resident_bytes(), start_table_bytes = page_table_bytes();
    char *block = mmap(NULL, bytes + HUGE_BYTES, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (block == MAP_FAILED)
        return 5;
    block = first_huge_boundary(block);
    if (numbers[2])
        madvise(block, bytes, MADV_HUGEPAGE);
    double fresh_table_bytes = page_table_bytes();
    for (uint64_t i = 0; i < bytes; i += (uint64_t)page_bytes())
        dirty += ((volatile char *)block)[i] != 0;
    double read_table_bytes = page_table_bytes(), read_bytes = resident_bytes();
    tell("tables_before", fresh_table_bytes - start_table_bytes);
    tell("tables_after", read_table_bytes - start_table_bytes);
    tell("resident", read_bytes - start_bytes);
    tell("dirty", (double)dirty);
    tell_frames(block, bytes);
    read_bytes = resident_bytes();
    double faults = minor_faults();
    faults = minor_faults(); /* the first call may itself fault */
    write_far_apart(block, writes);
    tell("faults", minor_faults() - faults);
    tell("written", resident_bytes() - read_bytes);
    return 0;
}

/* grow FIRST LAST AGED_BY: doublings of a touched block, every system call counted. */
static int probe_grow(const uint64_t *numbers)
{
    struct claims_trace trace;
    if (claims_trace_growth(numbers[0], numbers[1], numbers[2], &trace))
        return 5;
    tell("resizes", trace.resizes);
    tell("by_mremap", trace.resizes_by_mremap);
    tell("mmaps", trace.mmaps);
    tell("mremaps", trace.mremaps);
    tell("mmap2s", trace.mmap2s);
    tell("mremap2s", trace.mremap2s);
    tell("before", trace.before_bytes);
    tell("peak", trace.peak_bytes);
    return 0;
}

struct probe {
    const char *name;
    int numbers;
    int (*run)(const uint64_t *numbers);
};

static const struct probe probes[] = {
    {"many", 2, probe_many},   {"bounds", 0, probe_bounds}, {"exhaust", 1, probe_exhaust},
    {"touch", 2, probe_touch}, {"lock", 1, probe_lock},     {"dirty", 1, probe_dirty},
    {"zero", 3, probe_zero},   {"grow", 3, probe_grow},
};

int claims_probe_run(int argc, char **argv)
{
    uint64_t numbers[3] = {0};
    for (int i = 1; i < argc && i <= 3; i++)
        numbers[i - 1] = strtoull(argv[i], NULL, 10);
    for (size_t i = 0; argc && i < sizeof probes / sizeof *probes; i++)
        if (!strcmp(argv[0], probes[i].name) && argc == probes[i].numbers + 1)
            return probes[i].run(numbers);
    fprintf(stderr, "growbench: no such probe\n");
    return 2;
}
