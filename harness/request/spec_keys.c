/* SPDX-License-Identifier: MIT */
#include "harness/request/spec_keys.h"

#include "harness/request/applies.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* As many as every workload of the spec has keys for. */
static uint64_t entries_of(const struct spec *spec, uint64_t key_count)
{
    uint64_t most = 1;
    const struct spec_numbers *workloads = &spec->axes[CELL_AXIS_workload],
                              *rounds = &spec->axes[CELL_AXIS_rounds];
    for (size_t i = 0; i < workloads->count * rounds->count; i++) {
        struct cell cell = cell_default();
        cell.workload = (enum cell_workload)workloads->items[i / rounds->count];
        cell.rounds = rounds->items[i % rounds->count];
        uint64_t keys = applies_keys_an_entry(&cell);
        most = keys > most ? keys : most;
    }
    return key_count > most ? key_count / most : 1;
}

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
        spec->axes[CELL_AXIS_entries] = (struct spec_numbers){1, {entries_of(spec, file->distinct_count)}};
    return 0;
}

int spec_check_keys(const struct matrix *matrix, const struct keys_file *file, char *error)
{
    uint64_t least = UINT64_MAX;
    for (size_t i = 0; i < matrix->count; i++) {
        const struct cell *cell = &matrix->cells[i];
        uint64_t most = file->distinct_count / applies_keys_an_entry(cell);
        if (keys_kind_of(cell->keys) != KEYS_FILE || cell->entries <= most)
            return 0;
        if (cell->entries < least)
            least = cell->entries;
    }
    return sentence_fail(error, EINVAL,
                         "'%.600s' has %" PRIu64 " distinct keys, too few for %" PRIu64
                         " entries (churn takes as many again each round, drain once): ask for fewer, "
                         "or leave out --entries to have as many as there can be",
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
