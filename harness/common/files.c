/* SPDX-License-Identifier: MIT */
#include "harness/common/files.h"

#include "harness/common/sentence.h"

#include <errno.h>
#include <fcntl.h>
#include <sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *files_read(const char *path)
{
    FILE *stream = fopen(path, "re");
    if (!stream)
        return NULL;
    char *text = NULL;
    size_t used = 0, size = 0, got;
    do {
        if (size - used < 4096) {
            size = size ? 2 * size : 8192;
            char *larger = realloc(text, size);
            if (!larger)
                break;
            text = larger;
        }
        got = fread(text + used, 1, size - used - 1, stream);
        used += got;
    } while (got);
    bool failed = ferror(stream) || !feof(stream);
    fclose(stream);
    if (failed) {
        free(text);
        return NULL;
    }
    text[used] = 0;
    return text;
}

const char *files_kind(mode_t mode)
{
    return S_ISDIR(mode) ? "a folder" : S_ISFIFO(mode) ? "a pipe" : S_ISSOCK(mode) ? "a socket" : "a device";
}

static int read_regular(int fd, size_t most_bytes, char **text, size_t *length, char *error)
{
    struct stat status;
    if (fstat(fd, &status))
        return sentence_fail(error, errno, "%s", strerror(errno));
    if (!S_ISREG(status.st_mode))
        return sentence_fail(error, EBADMSG, "it is %s", files_kind(status.st_mode));
    if ((uint64_t)status.st_size > most_bytes)
        return sentence_fail(error, EBADMSG, "it has %jd bytes, more than the %zu that one can have",
                             (intmax_t)status.st_size, most_bytes);
    const size_t size = (size_t)status.st_size;
    char *into = malloc(size + 1);
    if (!into)
        return sentence_fail(error, ENOMEM, "no memory for its %zu bytes", size);
    size_t used = 0;
    ssize_t got = 1;
    while (used < size && got > 0) {
        got = read(fd, into + used, size - used);
        used += got > 0 ? (size_t)got : 0;
    }
    if (got < 0) {
        free(into);
        return sentence_fail(error, errno, "%s", strerror(errno));
    }
    into[used] = 0;
    *text = into;
    *length = used;
    return 0;
}

int files_read_stored(const char *path, size_t most_bytes, char **text, size_t *length, char *error)
{
    /* Opening a pipe without a writer would wait for one. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) /* a socket cannot be opened at all: ENXIO */
        return sentence_fail(error, errno, "%s", strerror(errno));
    int failed = read_regular(fd, most_bytes, text, length, error);
    close(fd);
    return failed;
}

int files_begin(struct files_output *output, const char *path)
{
    if (snprintf(output->path, sizeof output->path, "%s", path) >= (int)sizeof output->path)
        return ENAMETOOLONG;
    snprintf(output->temporary_path, sizeof output->temporary_path, "%s.partial", path);
    output->stream = fopen(output->temporary_path, "we");
    return output->stream ? 0 : errno;
}

/* The name must be as lasting as the contents. Where a folder cannot be synced, it is so already or never. */
static void sync_folder_of(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash)
        *slash = 0;
    int fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (slash)
        *slash = '/';
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int files_commit(struct files_output *output)
{
    int error = 0;
    errno = 0;
    if (ferror(output->stream) || fflush(output->stream) || fsync(fileno(output->stream)))
        error = errno ? errno : EIO;
    if (fclose(output->stream) && !error)
        error = errno;
    if (!error && rename(output->temporary_path, output->path))
        error = errno;
    if (error)
        unlink(output->temporary_path);
    else
        sync_folder_of(output->path);
    return error;
}

void files_abandon(struct files_output *output)
{
    fclose(output->stream);
    unlink(output->temporary_path);
}

int files_make_folders(const char *path)
{
    char part[2048];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return ENAMETOOLONG;
    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        if (mkdir(part, 0777) && errno != EEXIST)
            return errno;
        *slash = '/';
    }
    return mkdir(part, 0777) && errno != EEXIST ? errno : 0;
}

bool files_sha256(const char *path, char *digest)
{
    return *path && SHA256File(path, digest);
}

void files_sha256_text(const char *text, char *digest)
{
    SHA256Data((const uint8_t *)text, strlen(text), digest);
}

bool files_program_folder(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    if (length <= 0)
        return false;
    path[length] = 0;
    *strrchr(path, '/') = 0;
    return true;
}
