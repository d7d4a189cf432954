/* SPDX-License-Identifier: MIT */
#include "harness/run/free_blocks.h"

#include "harness/common/files.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A line is a zone, "Node 0, zone   Normal", and how many free blocks it has of 1, 2, 4, ... pages. */
uint64_t free_blocks_sum_bytes(const char *text, uint64_t block_bytes)
{
    const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
    uint64_t bytes = 0;
    for (const char *at = strstr(text, "zone "); at; at = strstr(at, "zone ")) {
        at += strspn(at + 4, " ") + 4;
        at += strcspn(at, " \n");
        for (uint64_t size_bytes = page_bytes; *at == ' '; size_bytes *= 2) {
            at += strspn(at, " ");
            char *end;
            unsigned long long count = strtoull(at, &end, 10);
            if (end != at && size_bytes >= block_bytes)
                bytes += count * size_bytes;
            at = end;
        }
    }
    return bytes;
}

uint64_t free_blocks_count_bytes(uint64_t block_bytes)
{
    char *text = files_read("/proc/buddyinfo");
    uint64_t bytes = text ? free_blocks_sum_bytes(text, block_bytes) : 0;
    free(text);
    return bytes;
}
