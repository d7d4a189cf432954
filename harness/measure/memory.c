/* SPDX-License-Identifier: MIT */
#include "harness/measure/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 8192 };

int memory_probe_open(struct memory_probe *probe)
{
    probe->status_fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    int error = probe->status_fd < 0 ? errno : 0;
    probe->clear_refs_fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    probe->apart = (struct memory_sample){0};
    return error;
}

void memory_probe_close(struct memory_probe *probe)
{
    if (probe->status_fd >= 0)
        close(probe->status_fd);
    if (probe->clear_refs_fd >= 0)
        close(probe->clear_refs_fd);
    probe->status_fd = probe->clear_refs_fd = -1;
}

uint64_t memory_field_bytes(const char *text, const char *name, uint64_t fallback)
{
    size_t length = strlen(name);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, length) && line[length] == ':')
            return strtoull(line + length + 1, NULL, 10) * 1024;
    }
    return fallback;
}

int memory_probe_read(const struct memory_probe *probe, struct memory_sample *sample)
{
    char text[TEXT_BYTES];
    ssize_t got = pread(probe->status_fd, text, sizeof text - 1, 0);
    if (got <= 0)
        return EIO;
    text[got] = 0;
    /* The fields stand together in this order; looking on from the last one keeps this at one pass. */
    const char *at = strstr(text, "VmPeak:");
    if (!at)
        return EIO;
    sample->peak_virtual_bytes = memory_field_bytes(at, "VmPeak", 0);
    sample->virtual_bytes = memory_field_bytes(at, "VmSize", 0);
    sample->peak_rss_bytes = memory_field_bytes(at, "VmHWM", 0);
    sample->rss_bytes = memory_field_bytes(at, "VmRSS", 0);
    sample->page_table_bytes = memory_field_bytes(at, "VmPTE", 0);
    /* Pages of the hugetlb pool are in none of the counters above. */
    uint64_t pool_bytes = memory_field_bytes(at, "HugetlbPages", 0);
    sample->peak_rss_bytes += pool_bytes;
    sample->rss_bytes += pool_bytes;
    const struct memory_sample *apart = &probe->apart;
    sample->rss_bytes -= apart->rss_bytes;
    sample->peak_rss_bytes -= apart->rss_bytes;
    sample->virtual_bytes -= apart->virtual_bytes;
    sample->peak_virtual_bytes -= apart->virtual_bytes;
    sample->page_table_bytes -= apart->page_table_bytes;
    return 0;
}

void memory_probe_set_apart(struct memory_probe *probe, const struct memory_sample *before,
                            const struct memory_sample *after)
{
    probe->apart.rss_bytes += after->rss_bytes - before->rss_bytes;
    probe->apart.virtual_bytes += after->virtual_bytes - before->virtual_bytes;
    probe->apart.page_table_bytes += after->page_table_bytes - before->page_table_bytes;
}

bool memory_probe_reset_peak(const struct memory_probe *probe)
{
    return probe->clear_refs_fd >= 0 && pwrite(probe->clear_refs_fd, "5", 1, 0) == 1;
}

static int read_text(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    ssize_t got = read(fd, text, size - 1);
    close(fd);
    text[got > 0 ? got : 0] = 0;
    return got > 0 ? 0 : EIO;
}

int memory_count_exactly(const struct memory_probe *probe, struct memory_exact *exact)
{
    char text[TEXT_BYTES];
    int error = read_text("/proc/self/smaps_rollup", text, sizeof text);
    if (error)
        return error;
    uint64_t pool_bytes =
        memory_field_bytes(text, "Private_Hugetlb", 0) + memory_field_bytes(text, "Shared_Hugetlb", 0);
    *exact = (struct memory_exact){
        .rss_bytes = memory_field_bytes(text, "Rss", 0) + pool_bytes - probe->apart.rss_bytes,
        .anonymous_bytes = memory_field_bytes(text, "Anonymous", 0) + pool_bytes,
        .huge_page_bytes = memory_field_bytes(text, "AnonHugePages", 0) + pool_bytes,
    };
    return 0;
}

uint64_t memory_huge_page_size_bytes(void)
{
    char text[32];
    bool told = !read_text("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", text, sizeof text);
    return told ? strtoull(text, NULL, 10) : 0;
}

int memory_count_anonymous(uint64_t *anonymous_bytes)
{
    char text[TEXT_BYTES];
    int error = read_text("/proc/self/smaps_rollup", text, sizeof text);
    if (!error)
        *anonymous_bytes = memory_field_bytes(text, "Anonymous", 0);
    return error;
}

int memory_count_private_of(pid_t pid, uint64_t *private_bytes)
{
    char path[64], text[TEXT_BYTES];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
    int error = read_text(path, text, sizeof text);
    if (!error)
        *private_bytes = memory_field_bytes(text, "Private_Dirty", 0) +
                         memory_field_bytes(text, "Private_Clean", 0) +
                         memory_field_bytes(text, "Private_Hugetlb", 0);
    return error;
}

uint64_t memory_rss_of_bytes(pid_t pid)
{
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
    unsigned long virtual_pages, resident_pages;
    if (read_text(path, text, sizeof text) || sscanf(text, "%lu %lu", &virtual_pages, &resident_pages) != 2)
        return 0;
    return (uint64_t)resident_pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
