/* SPDX-License-Identifier: MIT */
#include "harness/spec_keys.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

int spec_load_keys(struct spec *spec, struct keys_file *file, uint64_t available_bytes, char *error)
{
    if (!*spec->keys_path)
        return 0;
    int failed = keys_file_load(file, spec->keys_path, available_bytes / 2, error);
    if (failed)
        return failed;
    memcpy(spec->keys_path, file->path, sizeof file->path);
    struct spec_numbers *values = &spec->axes[CELL_AXIS_keys];
    for (size_t i = 0; i < values->count; i++)
        if (keys_kind_of(values->items[i]) == KEYS_FILE)
            values->items[i] = keys_file_value(file);
    if (!spec->entries_given)
        spec->axes[CELL_AXIS_entries] = (struct spec_numbers){1, {file->distinct_count}};
    return 0;
}

int spec_check_keys(const struct matrix *matrix, const struct keys_file *file, char *error)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < matrix->count; i++) {
        const struct cell *cell = &matrix->cells[i];
        if (keys_kind_of(cell->keys) != KEYS_FILE || cell->entries <= file->distinct_count)
            return 0;
        if (cell->entries < least)
            least = cell->entries;
    }
    return sentence_fail(error, EINVAL,
                         "'%.600s' has %" PRIu64 " distinct keys, fewer than the %" PRIu64
                         " entries asked for: ask for fewer, or leave out --entries to have all",
                         file->path, file->distinct_count, least);
}

int spec_check_stored_keys(const json_t *stored, const struct keys_file *file, char *error)
{
    const char *then = json_string_value(json_object_get(stored, "sha256"));
    const char *path = json_string_value(json_object_get(stored, "path"));
    if (!then || !file->fd || !strcmp(then, file->sha256))
        return 0;
    return sentence_fail(
        error, EXDEV,
        "cannot be resumed: its keys are those of '%.600s' with sha256 %.12s..., and '%.600s' "
        "has %.12s... now",
        path ? path : "?", then, file->path, file->sha256);
}
