/* SPDX-License-Identifier: MIT */
#include "harness/request/cell.h"

#include "harness/common/sentence.h"
#include "harness/common/units.h"
#include "harness/request/keys.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const cell_workload_names[] = {"fill", "find", "churn", "drain", NULL};
const char *const cell_workload_summaries[] = {
    "grow from empty by inserting distinct keys",
    "grow, then look up keys that are there and keys that are not",
    "grow, then erase and insert at full size, every entry --rounds= times",
    "grow, erase everything, see what comes back at once, after 1 s and 10 s; fill again", NULL};
const char *const cell_mode_names[] = {"both", "throughput", "latency", NULL};
const char *const cell_heap_names[] = {"cold", "warm", "busy", NULL};
const char *const cell_thp_names[] = {"system", "always", "never", NULL};
static const char *const reserve_names[] = {"none", "half", "exact", "double", NULL};
static const char *const snapshot_names[] = {"none", "fork", NULL};
static const char *const aslr_names[] = {"off", "on", NULL};

/* ---- values ---- */

static int parse_number(const char *what, const char *text, uint64_t most, const char *examples,
                        uint64_t *value, char *error)
{
    int failed = units_parse_count(text, value);
    if (!failed && *value > most)
        failed = ERANGE;
    if (failed == ERANGE)
        return sentence_fail(error, EINVAL, "%s '%.60s' is too large: at most %" PRIu64, what, text, most);
    if (failed)
        return sentence_fail(error, EINVAL, "%s '%.60s' is not a positive number: write %s", what, text,
                             examples);
    return 0;
}

static int parse_entries(const char *text, uint64_t *value, char *error)
{
    if (!units_parse_count(text, value) && *value > CELL_ENTRIES_MAX)
        return sentence_fail(error, EINVAL, "entries '%.60s' is beyond any address space: at most 2^48",
                             text);
    return parse_number("entries", text, CELL_ENTRIES_MAX, "8388609, 2^23+1, 8M or 1GiB", value, error);
}

static int parse_seed(const char *text, uint64_t *value, char *error)
{
    return parse_number("seed", text, INT64_MAX, "1 or 42", value, error);
}

static int parse_count(const char *text, uint64_t *value, char *error)
{
    return parse_number("count", text, 1000000, "12 or 10000", value, error);
}

static int parse_threads(const char *text, uint64_t *value, char *error)
{
    return parse_number("threads", text, 256, "1, 2 or 4", value, error);
}

static int parse_rounds(const char *text, uint64_t *value, char *error)
{
    return parse_number("rounds", text, 1000000, "2 or 50", value, error);
}

static int parse_batch(const char *text, uint64_t *value, char *error)
{
    return parse_number("batch", text, CELL_BATCH_MAX, "1 or 32", value, error);
}

static int parse_stops(const char *text, uint64_t *value, char *error)
{
    return parse_number("stops", text, CELL_STOPS_MAX, "1 or 16", value, error);
}

/* Thousandths of a decimal number, digits and at most one point; UINT64_MAX where it is none. */
static uint64_t parse_permille(const char *text)
{
    uint64_t value = 0;
    unsigned digits = 0, decimals = 0;
    bool point = false;
    for (; *text; text++) {
        if (*text == '.' && !point) {
            point = true;
            continue;
        }
        if (*text < '0' || *text > '9' || (point && ++decimals > 3) || ++digits > 9)
            return UINT64_MAX;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    for (; decimals < 3; decimals++)
        value *= 10;
    return digits ? value : UINT64_MAX;
}

static void format_permille(char *text, uint64_t permille)
{
    int length = snprintf(text, CELL_VALUE_BYTES, "%" PRIu64 ".%03" PRIu64, permille / 1000, permille % 1000);
    while (text[length - 1] == '0')
        text[--length] = 0;
    if (text[length - 1] == '.')
        text[--length] = 0;
}

static int parse_growth(const char *text, uint64_t *value, char *error)
{
    const uint64_t most_bytes = (uint64_t)1 << 48;
    uint64_t bytes = 0;
    int failed = *text == '+' ? units_parse_count(text + 1, &bytes) : EINVAL;
    if (failed == ERANGE || bytes > most_bytes)
        return sentence_fail(error, EINVAL, "growth '%.60s' is too large: at most +%" PRIu64, text,
                             most_bytes);
    *value = failed ? parse_permille(text) : CELL_GROWTH_STEP | bytes;
    if (!failed || (*value >= 1010 && *value <= 16000))
        return 0;
    return sentence_fail(error, EINVAL,
                         "growth '%.60s' is no factor from 1.01 to 16 and no step: write 2, 1.5, 1.25 or "
                         "+64MiB",
                         text);
}

static void format_growth(char *text, uint64_t value)
{
    if (value & CELL_GROWTH_STEP)
        snprintf(text, CELL_VALUE_BYTES, "+%" PRIu64, value & ~CELL_GROWTH_STEP);
    else
        format_permille(text, value);
}

static int parse_load(const char *text, uint64_t *value, char *error)
{
    *value = parse_permille(text);
    if (*value >= 200 && *value <= 950)
        return 0;
    return sentence_fail(error, EINVAL, "load '%.60s' is no share from 0.2 to 0.95: write 0.5 or 0.875",
                         text);
}

static int parse_entry_bytes(const char *text, uint64_t *value, char *error)
{
    if (!units_parse_count(text, value) && (*value == 16 || *value == 32 || *value == 64))
        return 0;
    return sentence_fail(error, EINVAL, "entry-bytes '%.60s' is unknown: there is 16, 32, 64", text);
}

const struct cell_axis_row cell_axes[CELL_AXIS_COUNT] = {
    [CELL_AXIS_workload] = {"workload", "workload", CELL_FILL, cell_workload_names, NULL, NULL},
    [CELL_AXIS_entries] = {"entries", "entries", 0, NULL, parse_entries, NULL},
    [CELL_AXIS_mode] = {"mode", "mode", CELL_BOTH, cell_mode_names, NULL, NULL},
    [CELL_AXIS_heap] = {"heap", "heap condition", CELL_COLD, cell_heap_names, NULL, NULL},
    [CELL_AXIS_thp] = {"thp", "page policy", PAGE_POLICY_SYSTEM, cell_thp_names, NULL, NULL},
    [CELL_AXIS_growth] = {"growth", "growth", CELL_GROWTH_DEFAULT, NULL, parse_growth, format_growth},
    [CELL_AXIS_load] = {"load", "load", 0, NULL, parse_load, format_permille},
    [CELL_AXIS_entry_bytes] = {"entry-bytes", "entry size", CELL_ENTRY_BYTES_DEFAULT, NULL, parse_entry_bytes,
                               NULL},
    [CELL_AXIS_reserve] = {"reserve", "reserve", CELL_NO_RESERVE, reserve_names, NULL, NULL},
    [CELL_AXIS_count] = {"count", "count", 1, NULL, parse_count, NULL},
    [CELL_AXIS_threads] = {"threads", "threads", 1, NULL, parse_threads, NULL},
    [CELL_AXIS_keys] = {"keys", "key stream", KEYS_RANDOM, NULL, keys_parse, keys_format},
    [CELL_AXIS_rounds] = {"rounds", "rounds", CELL_ROUNDS_DEFAULT, NULL, parse_rounds, NULL},
    [CELL_AXIS_snapshot] = {"snapshot", "snapshot", CELL_NO_SNAPSHOT, snapshot_names, NULL, NULL},
    [CELL_AXIS_batch] = {"batch", "batch", CELL_BATCH_DEFAULT, NULL, parse_batch, NULL},
    [CELL_AXIS_stops] = {"stops", "stops", 1, NULL, parse_stops, NULL},
    [CELL_AXIS_seed] = {"seed", "seed", CELL_SEED_DEFAULT, NULL, parse_seed, NULL},
    [CELL_AXIS_aslr] = {"aslr", "aslr", false, aslr_names, NULL, NULL},
};

uint64_t cell_get(const struct cell *cell, enum cell_axis axis)
{
    switch (axis) {
#define CELL_GET(name, type)                                                                                 \
    case CELL_AXIS_##name:                                                                                   \
        return (uint64_t)cell->name;
        CELL_AXES(CELL_GET)
#undef CELL_GET
    case CELL_AXIS_COUNT:
        break;
    }
    abort(); /* a caller's mistake */
}

void cell_set(struct cell *cell, enum cell_axis axis, uint64_t value)
{
    switch (axis) {
#define CELL_SET(name, type)                                                                                 \
    case CELL_AXIS_##name:                                                                                   \
        cell->name = (type)value;                                                                            \
        return;
        CELL_AXES(CELL_SET)
#undef CELL_SET
    case CELL_AXIS_COUNT:
        break;
    }
    abort();
}

int cell_find_word(const char *const *words, const char *word, size_t length)
{
    for (int i = 0; words[i]; i++)
        if (strlen(words[i]) == length && !memcmp(words[i], word, length))
            return i;
    return -1;
}

int cell_parse_value(enum cell_axis axis, const char *text, uint64_t *value, char *error)
{
    const struct cell_axis_row *row = &cell_axes[axis];
    if (!row->words)
        return row->parse(text, value, error);
    int found = cell_find_word(row->words, text, strlen(text));
    if (found >= 0) {
        *value = (uint64_t)found;
        return 0;
    }
    char known[200] = "";
    for (int i = 0; row->words[i]; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", row->words[i]);
    return sentence_fail(error, EINVAL, "unknown %s '%.60s': there is %s", row->what, text, known);
}

const char *cell_format_value(enum cell_axis axis, uint64_t value, char *text)
{
    const struct cell_axis_row *row = &cell_axes[axis];
    if (row->words)
        snprintf(text, CELL_VALUE_BYTES, "%s", row->words[value]);
    else if (row->format)
        row->format(text, value);
    else
        snprintf(text, CELL_VALUE_BYTES, "%" PRIu64, value);
    return text;
}

/* ---- ids ---- */

struct cell cell_default(void)
{
    struct cell cell = {.entries = 0};
    for (int axis = 0; axis < CELL_AXIS_COUNT; axis++)
        cell_set(&cell, (enum cell_axis)axis, cell_axes[axis].standing);
    return cell;
}

/* The workload leads and entries are always said: both have their place before the options. */
static bool is_option(int axis)
{
    return axis != CELL_AXIS_workload && axis != CELL_AXIS_entries;
}

static size_t append_options(const struct cell *cell, unsigned axes, char separator, char *text, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < CELL_AXIS_COUNT; i++) {
        enum cell_axis axis = (enum cell_axis)i;
        uint64_t value = cell_get(cell, axis);
        char word[CELL_VALUE_BYTES];
        if (is_option(i) && axes >> i & 1 && value != cell_axes[i].standing && used < size)
            used += (size_t)snprintf(text + used, size - used, "%c%s:%s", separator, cell_axes[i].key,
                                     cell_format_value(axis, value, word));
    }
    return used;
}

const char *cell_format_id(const struct cell *cell, char *id)
{
    size_t used =
        (size_t)snprintf(id, CELL_ID_BYTES, "%s/%s/%s/entries:%" PRIu64, cell_workload_names[cell->workload],
                         cell->table, cell->allocator, cell->entries);
    append_options(cell, ~0u, '/', id + used, CELL_ID_BYTES - used);
    return id;
}

const char *cell_format_options(const struct cell *cell, unsigned axes, char *text, size_t size)
{
    *text = 0;
    append_options(cell, axes, ' ', text, size);
    return text;
}

const char *cell_format_arguments(const struct cell *cell, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "--alloc=%s --table=%s", cell->allocator, cell->table);
    for (int i = 0; i < CELL_AXIS_COUNT && used < size; i++) {
        enum cell_axis axis = (enum cell_axis)i;
        uint64_t value = cell_get(cell, axis);
        char word[CELL_VALUE_BYTES];
        if (is_option(i) && value == cell_axes[i].standing)
            continue;
        if (axis == CELL_AXIS_aslr) /* a flag */
            used += (size_t)snprintf(text + used, size - used, " --aslr");
        else if (axis == CELL_AXIS_keys && keys_kind_of(value) == KEYS_FILE)
            used += (size_t)snprintf(text + used, size - used, " --keys=%sPATH", keys_file_prefix);
        else
            used += (size_t)snprintf(text + used, size - used, " --%s=%s", cell_axes[i].key,
                                     cell_format_value(axis, value, word));
    }
    return text;
}

/* A name of a folder can have 255 bytes: what does not fit is told apart by a hash (FNV-1a). */
const char *cell_format_folder(const struct cell *cell, char *folder)
{
    enum { NAME_MAX_BYTES = 240, HASH_BYTES = 18 };
    uint64_t hash = 0xCBF29CE484222325u;
    cell_format_id(cell, folder);
    for (char *c = folder; *c; c++) {
        hash = (hash ^ (unsigned char)*c) * 0x100000001B3u;
        *c = *c == '/' ? '_' : *c;
    }
    if (strlen(folder) > NAME_MAX_BYTES)
        snprintf(folder + NAME_MAX_BYTES - HASH_BYTES, HASH_BYTES, "_%016" PRIx64, hash);
    return folder;
}

/* `given` collects the axes that have been said, as bits. */
static int parse_option(struct cell *cell, const char *part, size_t length, unsigned *given, char *error)
{
    const char *colon = memchr(part, ':', length);
    size_t key_length = colon ? (size_t)(colon - part) : length,
           value_length = length - key_length - (colon != NULL);
    int axis = CELL_AXIS_entries;
    while (axis < CELL_AXIS_COUNT &&
           (strlen(cell_axes[axis].key) != key_length || memcmp(cell_axes[axis].key, part, key_length)))
        axis++;
    if (!colon || axis == CELL_AXIS_COUNT)
        return sentence_fail(error, EINVAL,
                             "'%.*s' is none of its parts: write AXIS:VALUE, such as growth:1.5",
                             (int)(length < 60 ? length : 60), part);
    char text[CELL_VALUE_BYTES];
    if (value_length >= sizeof text)
        return sentence_fail(error, EINVAL, "the %s '%.40s...' is too long", cell_axes[axis].what, colon + 1);
    memcpy(text, colon + 1, value_length);
    text[value_length] = 0;
    uint64_t value;
    if (cell_parse_value((enum cell_axis)axis, text, &value, error))
        return EINVAL;
    if (*given >> axis & 1)
        return sentence_fail(error, EINVAL, "it says its %s twice", cell_axes[axis].what);
    *given |= 1u << axis;
    cell_set(cell, (enum cell_axis)axis, value);
    return 0;
}

bool cell_is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!isalnum((unsigned char)text[i]) && !strchr("_-.:", text[i]))
            return false;
    return length > 0 && length < CELL_NAME_BYTES;
}

int cell_explain_id(const char *id, struct cell *cell, char *error)
{
    unsigned given = 0;
    *cell = cell_default();
    for (int part = 0; id; part++) {
        size_t length = strcspn(id, "/");
        if (part == 0) {
            int word = cell_find_word(cell_workload_names, id, length);
            if (word < 0)
                return sentence_fail(error, EINVAL, "it does not begin with a workload");
            cell->workload = (enum cell_workload)word;
        } else if (part <= 2) {
            if (!cell_is_name(id, length))
                return sentence_fail(error, EINVAL,
                                     "it has no %s of 1 to %d letters, digits, '_', '-', '.' and ':'",
                                     part == 1 ? "table" : "allocator", CELL_NAME_BYTES - 1);
            memcpy(part == 1 ? cell->table : cell->allocator, id, length);
        } else if (parse_option(cell, id, length, &given, error)) {
            return EINVAL;
        }
        id = id[length] ? id + length + 1 : NULL;
    }
    return cell->entries ? 0 : sentence_fail(error, EINVAL, "it says no entries");
}

int cell_parse_id(const char *id, struct cell *cell)
{
    char ignored[SENTENCE_BYTES];
    return cell_explain_id(id, cell, ignored);
}

bool cell_same_but(const struct cell *a, const struct cell *b, unsigned axes)
{
    for (int axis = 0; axis < CELL_AXIS_COUNT; axis++)
        if (!(axes >> axis & 1) && cell_get(a, (enum cell_axis)axis) != cell_get(b, (enum cell_axis)axis))
            return false;
    return !strcmp(a->table, b->table) && !strcmp(a->allocator, b->allocator);
}

bool cell_same_row(const struct cell *a, const struct cell *b)
{
    return cell_same_but(a, b, 1u << CELL_AXIS_mode);
}

uint64_t cell_payload_bytes(const struct cell *cell)
{
    return cell->entries * cell->entry_bytes;
}

uint64_t cell_entries_at(uint64_t first, double factor, uint64_t i, uint64_t steps)
{
    return (uint64_t)llround((double)first * pow(factor, (double)i / (double)steps));
}
