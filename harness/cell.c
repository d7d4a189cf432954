/* SPDX-License-Identifier: MIT */
#include "harness/cell.h"

#include "harness/units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *const cell_workload_names[] = {"fill", "find", NULL};
const char *const cell_workload_summaries[] = {"grow from empty by inserting distinct keys",
                                               "grow, then look up keys that are there and keys that are not",
                                               NULL};
const char *const cell_mode_names[] = {"both", "throughput", "latency", NULL};
const char *const cell_heap_names[] = {"cold", "warm", "busy", NULL};
const char *const cell_thp_names[] = {"system", "always", "never", NULL};

int cell_find_word(const char *const *words, const char *word, size_t length)
{
    for (int i = 0; words[i]; i++)
        if (strlen(words[i]) == length && !memcmp(words[i], word, length))
            return i;
    return -1;
}

const char *cell_format_id(const struct cell *cell, char *id)
{
    size_t used =
        (size_t)snprintf(id, CELL_ID_BYTES, "%s/%s/%s/entries:%" PRIu64, cell_workload_names[cell->workload],
                         cell->table, cell->allocator, cell->entries);
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, cell->seed);
    const struct {
        bool given;
        const char *key, *value;
    } parts[] = {
        {cell->mode != CELL_BOTH, "mode", cell_mode_names[cell->mode]},
        {cell->heap != CELL_COLD, "heap", cell_heap_names[cell->heap]},
        {cell->thp != PAGE_POLICY_SYSTEM, "thp", cell_thp_names[cell->thp]},
        {cell->seed != CELL_SEED_DEFAULT, "seed", seed},
        {cell->aslr, "aslr", "on"},
    };
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].given && used < CELL_ID_BYTES)
            used += (size_t)snprintf(id + used, CELL_ID_BYTES - used, "/%s:%s", parts[i].key, parts[i].value);
    return id;
}

const char *cell_format_folder(const struct cell *cell, char *folder)
{
    cell_format_id(cell, folder);
    for (char *slash = strchr(folder, '/'); slash; slash = strchr(slash, '/'))
        *slash = '_';
    return folder;
}

static int parse_option(struct cell *cell, const char *part, size_t length)
{
    const char *colon = memchr(part, ':', length);
    if (!colon)
        return EINVAL;
    size_t key_length = (size_t)(colon - part), value_length = length - key_length - 1;
    char value[CELL_NAME_BYTES];
    if (value_length >= sizeof value)
        return EINVAL;
    memcpy(value, colon + 1, value_length);
    value[value_length] = 0;

    static const char *const keys[] = {"entries", "mode", "heap", "thp", "seed", "aslr", NULL};
    int word = -1;
    switch (cell_find_word(keys, part, key_length)) {
    case 0:
        return units_parse_count(value, &cell->entries);
    case 1:
        word = cell_find_word(cell_mode_names, value, value_length);
        cell->mode = (enum cell_mode)word;
        break;
    case 2:
        word = cell_find_word(cell_heap_names, value, value_length);
        cell->heap = (enum cell_heap)word;
        break;
    case 3:
        word = cell_find_word(cell_thp_names, value, value_length);
        cell->thp = (enum page_policy)word;
        break;
    case 4:
        return units_parse_count(value, &cell->seed);
    case 5:
        cell->aslr = true;
        return strcmp(value, "on") ? EINVAL : 0;
    default:
        break;
    }
    return word < 0 ? EINVAL : 0;
}

int cell_parse_id(const char *id, struct cell *cell)
{
    *cell = (struct cell){.seed = CELL_SEED_DEFAULT};
    for (int part = 0; id; part++) {
        size_t length = strcspn(id, "/");
        if (part == 0) {
            int word = cell_find_word(cell_workload_names, id, length);
            if (word < 0)
                return EINVAL;
            cell->workload = (enum cell_workload)word;
        } else if (part <= 2) {
            if (!length || length >= CELL_NAME_BYTES)
                return EINVAL;
            memcpy(part == 1 ? cell->table : cell->allocator, id, length);
        } else if (parse_option(cell, id, length)) {
            return EINVAL;
        }
        id = id[length] ? id + length + 1 : NULL;
    }
    return cell->entries && cell->entries <= CELL_ENTRIES_MAX ? 0 : EINVAL;
}

bool cell_same_row(const struct cell *a, const struct cell *b)
{
    return a->workload == b->workload && !strcmp(a->table, b->table) && !strcmp(a->allocator, b->allocator) &&
           a->entries == b->entries && a->heap == b->heap && a->thp == b->thp && a->seed == b->seed &&
           a->aslr == b->aslr;
}
