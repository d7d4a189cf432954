/* SPDX-License-Identifier: MIT */
#include "harness/request/keys_file.h"

#include "harness/common/files.h"
#include "harness/common/sentence.h"
#include "harness/common/units.h"
#include "harness/request/cell.h"
#include "harness/run/child.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sha2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20, LEAST_KEYS = 1 << 16, PENDING_KEYS = 64 };

/* The set names keys by 32-bit numbers. */
#define MOST_KEYS ((uint64_t)1 << 31)

/* A chain (Merkle, CRYPTO 1989; Damgard, the same) of SplitMix64's finaliser (Steele, Lea, Flood, OOPSLA
 * 2014), which is a bijection: lines of one length that differ within one word of 8 bytes never share their
 * 64 bits. Starting with the length tells "a" from "a\0". Rejected: FNV-1a, a byte at a time and with high
 * bits that hardly depend on the last ones. */
uint64_t keys_file_hash(const void *line, size_t length)
{
    const unsigned char *at = line;
    uint64_t state = length;
    for (; length >= 8; length -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, 8);
        state = keys_mix((state ^ word) + 0x9E3779B97F4A7C15u);
    }
    uint64_t last = 0;
    memcpy(&last, at, length);
    return keys_mix((state ^ last) + 0x9E3779B97F4A7C15u) >> 1;
}

/* ---- the distinct keys ---- */

/* The list and an open-addressed set of positions in it, from 1; 0 = free. */
struct list {
    int fd;
    uint64_t *keys, count, capacity;
    uint32_t *slots;
    uint64_t slot_count;
    uint64_t most_bytes;
};

static void unmap(void *memory, uint64_t bytes)
{
    if (memory)
        munmap(memory, bytes);
}

static uint32_t *slot_of(const struct list *list, uint64_t key)
{
    uint64_t at = key & (list->slot_count - 1); /* its bits are as good as any */
    while (list->slots[at] && list->keys[list->slots[at] - 1] != key)
        at = (at + 1) & (list->slot_count - 1);
    return &list->slots[at];
}

/* Room for `capacity` keys at a load of 1/2. The old set goes before the new one comes: the list is enough to
 * make it from. Returns 0, ENOMEM for more than may be had, or what the system says. */
static int list_grow(struct list *list, uint64_t capacity)
{
    unmap(list->slots, list->slot_count * sizeof *list->slots);
    list->slots = NULL;
    uint64_t slot_count = 2 * capacity;
    if (capacity * sizeof *list->keys + slot_count * sizeof *list->slots > list->most_bytes ||
        capacity > MOST_KEYS)
        return ENOMEM;
    if (ftruncate(list->fd, (off_t)(capacity * sizeof *list->keys)))
        return errno;
    unmap(list->keys, list->capacity * sizeof *list->keys);
    void *keys = mmap(NULL, capacity * sizeof *list->keys, PROT_READ | PROT_WRITE, MAP_SHARED, list->fd, 0);
    list->keys = keys == MAP_FAILED ? NULL : keys;
    void *slots = mmap(NULL, slot_count * sizeof *list->slots, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    list->slots = slots == MAP_FAILED ? NULL : slots;
    if (list->slots) /* met at random: a page more is a miss more */
        madvise(slots, slot_count * sizeof *list->slots, MADV_HUGEPAGE);
    list->capacity = capacity;
    list->slot_count = slot_count;
    if (!list->keys || !list->slots)
        return errno;
    for (uint64_t i = 0; i < list->count; i++)
        *slot_of(list, list->keys[i]) = (uint32_t)(i + 1);
    return 0;
}

static int list_add(struct list *list, uint64_t key)
{
    uint32_t *slot = slot_of(list, key);
    if (*slot)
        return 0;
    if (list->count == list->capacity) {
        int error = list_grow(list, 2 * list->capacity);
        if (error)
            return error;
        slot = slot_of(list, key);
    }
    list->keys[list->count] = key;
    *slot = (uint32_t)++list->count;
    return 0;
}

static int list_open(struct list *list, uint64_t most_bytes)
{
    *list = (struct list){.fd = -1, .most_bytes = most_bytes};
    int fd = memfd_create("growbench-keys", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    /* Out of the way of the numbers that children get theirs on. */
    list->fd = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 10);
    if (fd >= 0)
        close(fd);
    return list->fd < 0 ? errno : list_grow(list, LEAST_KEYS);
}

static void list_close(struct list *list)
{
    unmap(list->slots, list->slot_count * sizeof *list->slots);
    unmap(list->keys, list->capacity * sizeof *list->keys);
    if (list->fd >= 0)
        close(list->fd);
}

/* What is left belongs to the file: nobody can write to it, a measured table gone wild neither. */
static int list_seal(struct list *list)
{
    unmap(list->keys, list->capacity * sizeof *list->keys);
    list->keys = NULL;
    return ftruncate(list->fd, (off_t)(list->count * sizeof *list->keys)) ||
                   fcntl(list->fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL)
               ? errno
               : 0;
}

/* ---- the lines ---- */

struct reader {
    struct keys_file *file;
    struct list list;
    SHA2_CTX digest;
    char *buffer;
    size_t size, used; /* `used` bytes of a line whose end was not read yet */
    size_t pending_count;
    uint64_t pending[PENDING_KEYS]; /* not yet in the list: their slots' cache misses are had at once */
    char *error;
};

static int say_too_many(struct reader *r)
{
    char most[UNITS_TEXT_BYTES];
    return sentence_fail(r->error, E2BIG,
                         "'%.300s' has more than %" PRIu64
                         " distinct lines, which is all that %s hold here: give a part of it, such as "
                         "head -n %" PRIu64,
                         r->file->path, r->list.count, units_format_bytes(most, (double)r->list.most_bytes),
                         r->list.count);
}

static int add_pending(struct reader *r)
{
    int error = 0;
    for (size_t i = 0; i < r->pending_count; i++)
        __builtin_prefetch(&r->list.slots[r->pending[i] & (r->list.slot_count - 1)]);
    for (size_t i = 0; i < r->pending_count && !error; i++)
        error = list_add(&r->list, r->pending[i]);
    r->pending_count = 0;
    if (!error)
        return 0;
    return error == ENOMEM ? say_too_many(r)
                           : sentence_fail(r->error, error, "no room for the keys of '%.300s': %s",
                                           r->file->path, strerror(error));
}

static int take_line(struct reader *r, const char *line, size_t length)
{
    r->file->line_count++;
    if (length && line[length - 1] == '\r')
        length--;
    if (!length) {
        r->file->empty_count++;
        return 0;
    }
    r->pending[r->pending_count++] = keys_file_hash(line, length);
    return r->pending_count == PENDING_KEYS ? add_pending(r) : 0;
}

/* Takes the whole lines of the buffer; what is left moves to its beginning. */
static int take_lines(struct reader *r)
{
    char *line = r->buffer, *end = r->buffer + r->used, *stop;
    int failed = 0;
    for (; !failed && (stop = memchr(line, '\n', (size_t)(end - line))); line = stop + 1)
        failed = take_line(r, line, (size_t)(stop - line));
    r->used = (size_t)(end - line);
    memmove(r->buffer, line, r->used);
    return failed;
}

static int make_room(struct reader *r)
{
    if (r->used < r->size)
        return 0;
    if (r->size >= KEYS_FILE_LINE_MAX_BYTES)
        return sentence_fail(r->error, E2BIG,
                             "line %" PRIu64
                             " of '%.300s' is longer than %d MiB: is this a text with a line a key?",
                             r->file->line_count + 1, r->file->path, KEYS_FILE_LINE_MAX_BYTES >> 20);
    char *larger = realloc(r->buffer, 2 * r->size);
    if (!larger)
        return sentence_fail(r->error, ENOMEM, "no memory to read '%.300s'", r->file->path);
    r->buffer = larger;
    r->size *= 2;
    return 0;
}

static int read_all(struct reader *r, int fd)
{
    for (size_t scanned = 0;;) {
        int failed = make_room(r);
        if (failed)
            return failed;
        ssize_t got = read(fd, r->buffer + r->used, r->size - r->used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return sentence_fail(r->error, errno, "the key file '%.300s' cannot be read: %s", r->file->path,
                                 strerror(errno));
        if (!got)
            return r->used ? take_line(r, r->buffer, r->used) : 0; /* without a line end */
        SHA256Update(&r->digest, (const uint8_t *)r->buffer + r->used, (size_t)got);
        scanned = r->used; /* a long line is not searched again from its beginning */
        r->used += (size_t)got;
        if (memchr(r->buffer + scanned, '\n', (size_t)got))
            failed = take_lines(r);
        if (failed)
            return failed;
    }
}

static int open_file(struct keys_file *file, const char *path, int *fd, char *error)
{
    char resolved[PATH_MAX];
    struct stat status;
    /* Opening a pipe without a writer would wait for one. */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (*fd < 0 || fstat(*fd, &status) || !realpath(path, resolved))
        return sentence_fail(error, errno, "the key file '%.300s' cannot be opened: %s", path,
                             strerror(errno));
    if (!S_ISREG(status.st_mode))
        return sentence_fail(error, EINVAL,
                             "'%.300s' is %s, not a file with a line a key: save the keys in a file, since a "
                             "run that is resumed reads them again",
                             path, files_kind(status.st_mode));
    if (strlen(resolved) >= sizeof file->path || strchr(resolved, ','))
        return sentence_fail(
            error, EINVAL, "the path '%.300s' is too long or has a comma, which separates values: rename it",
            resolved);
    strcpy(file->path, resolved);
    return 0;
}

static int read_file(struct keys_file *file, int fd, uint64_t most_bytes, char *error)
{
    struct reader r = {.file = file, .size = BUFFER_BYTES, .error = error};
    r.buffer = malloc(r.size);
    int number = list_open(&r.list, most_bytes);
    int failed = r.buffer && !number
                     ? 0
                     : sentence_fail(error, number ? number : ENOMEM, "no room for the keys of '%.300s': %s",
                                     file->path, strerror(number ? number : ENOMEM));
    SHA256Init(&r.digest);
    if (!failed)
        failed = read_all(&r, fd);
    if (!failed)
        failed = add_pending(&r);
    SHA256End(&r.digest, file->sha256);
    if (!failed && !r.list.count)
        failed = sentence_fail(error, EINVAL, "the key file '%.300s' has no key: it is empty%s", file->path,
                               file->line_count ? ", line by line" : "");
    if (!failed && (number = list_seal(&r.list)))
        failed = sentence_fail(error, number, "the keys of '%.300s' cannot be kept: %s", file->path,
                               strerror(number));
    file->distinct_count = r.list.count;
    if (!failed) {
        file->fd = r.list.fd;
        r.list.fd = -1;
    }
    list_close(&r.list);
    free(r.buffer);
    return failed;
}

int keys_file_load(struct keys_file *file, const char *path, uint64_t most_bytes, char *error)
{
    int fd = -1;
    *file = (struct keys_file){0};
    int failed = open_file(file, path, &fd, error);
    if (!failed)
        failed = read_file(file, fd, most_bytes, error);
    if (fd >= 0)
        close(fd);
    return failed;
}

void keys_file_close(struct keys_file *file)
{
    if (file->fd > 0)
        close(file->fd);
    file->fd = 0;
}

uint64_t keys_file_value(const struct keys_file *file)
{
    char first[9];
    snprintf(first, sizeof first, "%.8s", file->sha256);
    return keys_of_file((uint32_t)strtoul(first, NULL, 16));
}

json_t *keys_file_json(const struct keys_file *file)
{
    json_t *path = json_string(file->path);
    return json_pack("{s:o,s:s,s:I,s:I,s:I}", "path", path ? path : json_string("(not UTF-8)"), "sha256",
                     file->sha256, "lines", (json_int_t)file->line_count, "empty",
                     (json_int_t)file->empty_count, "distinct", (json_int_t)file->distinct_count);
}

/* ---- in the process that measures ---- */

int keys_open(struct keys *keys, const struct cell *cell, struct memory_probe *probe)
{
    *keys = (struct keys){.kind = keys_kind_of(cell->keys), .seed = cell->seed};
    if (keys->kind != KEYS_FILE)
        return 0;
    struct stat status;
    struct memory_sample before, after;
    if (fstat(CHILD_KEYS_FD, &status))
        return errno;
    int error = memory_probe_read(probe, &before);
    if (error)
        return error;
    void *list = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, CHILD_KEYS_FD, 0);
    if (list == MAP_FAILED)
        return errno;
    keys->loaded = list;
    keys->loaded_count = (uint64_t)status.st_size / sizeof *keys->loaded;
    error = memory_probe_read(probe, &after);
    if (!error)
        memory_probe_set_apart(probe, &before, &after);
    return error;
}

void keys_close(struct keys *keys)
{
    if (keys->loaded)
        munmap((void *)(uintptr_t)keys->loaded, keys->loaded_count * sizeof *keys->loaded);
    *keys = (struct keys){0};
}
