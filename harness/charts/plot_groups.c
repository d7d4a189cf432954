/* SPDX-License-Identifier: MIT */
#include "harness/charts/plot_groups.h"

#include "tables/table.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A result and the run it came from. */
struct source {
    const struct result *result;
    const struct plot_run *run;
};

struct sources {
    size_t count;
    struct source *items;
};

/* Names in their order of style: the registry's, then what else the runs hold, so that an allocator keeps its
 * colour from picture to picture. */
struct styles {
    size_t count;
    const char **names;
};

void plot_safe_text(char *safe, size_t size, const char *text)
{
    size_t used = 0;
    for (; text[used] && used + 1 < size; used++) {
        char c = text[used];
        safe[used] = c < ' ' || c > '~' || strchr("\"'`\\%#", c) ? '?' : c;
    }
    safe[used] = 0;
}

static size_t style_of(struct styles *styles, const char *name)
{
    for (size_t i = 0; i < styles->count; i++)
        if (!strcmp(styles->names[i], name))
            return i + 1;
    styles->names[styles->count++] = name;
    return styles->count;
}

/* The style of what stands before the ':' of a variant, where that is known. */
static size_t hue_of(struct styles *styles, const char *name)
{
    const size_t length = strcspn(name, ":");
    for (size_t i = 0; i < styles->count; i++)
        if (!strncmp(styles->names[i], name, length) && !styles->names[i][length])
            return i + 1;
    return style_of(styles, name);
}

/* Has room for every result's name beside the registry's. */
static int styles_make(struct styles *allocators, struct styles *tables, size_t result_count)
{
    size_t known = 0;
    while (allocator_registry[known])
        known++;
    allocators->names = calloc(known + result_count, sizeof *allocators->names);
    /* Variants last: the colours that are told apart best go to what is compared most. */
    for (int variants = 0; allocators->names && variants < 2; variants++)
        for (size_t i = 0; i < known; i++)
            if ((strchr(allocator_registry[i]->name, ':') != NULL) == variants)
                style_of(allocators, allocator_registry[i]->name);
    known = 0;
    while (table_registry[known])
        known++;
    tables->names = calloc(known + result_count, sizeof *tables->names);
    for (size_t i = 0; tables->names && i < known; i++)
        style_of(tables, table_registry[i]->name);
    return allocators->names && tables->names ? 0 : ENOMEM;
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Workload and entries make a group; both modes are one contender. */
static const unsigned condition_axes =
    ~(1u << CELL_AXIS_workload | 1u << CELL_AXIS_entries | 1u << CELL_AXIS_mode);

/* What distinguishes contenders of the same allocator. */
static int compare_conditions(const struct source *a, const struct source *b)
{
    const struct cell *x = &a->result->cell, *y = &b->result->cell;
    int order = (a->run > b->run) - (a->run < b->run);
    for (int axis = 0; !order && axis < CELL_AXIS_COUNT; axis++)
        if (condition_axes >> axis & 1)
            order = compare_numbers(cell_get(x, (enum cell_axis)axis), cell_get(y, (enum cell_axis)axis));
    return order;
}

static int compare_groups(const struct source *a, const struct source *b)
{
    int order = compare_numbers(a->result->cell.workload, b->result->cell.workload);
    return order ? order : compare_numbers(a->result->cell.entries, b->result->cell.entries);
}

static int compare_sources(const void *left, const void *right, void *context)
{
    const struct source *a = left, *b = right;
    struct styles *styles = context;
    int order = compare_groups(a, b);
    if (!order)
        order = compare_numbers(style_of(styles, a->result->cell.allocator),
                                style_of(styles, b->result->cell.allocator));
    return order ? order : compare_conditions(a, b);
}

static int gather(const struct plot_run *runs, size_t run_count, struct sources *sources)
{
    size_t total = 0;
    for (size_t i = 0; i < run_count; i++)
        total += runs[i].results.count;
    sources->items = calloc(total + 1, sizeof *sources->items);
    if (!sources->items)
        return ENOMEM;
    for (size_t i = 0; i < run_count; i++)
        for (size_t j = 0; j < runs[i].results.count; j++)
            sources->items[sources->count++] = (struct source){&runs[i].results.items[j], &runs[i]};
    return 0;
}

/* ---- one group ---- */

static int compare_tables(const void *left, const void *right)
{
    const struct plot_table *a = left, *b = right;
    return compare_numbers(a->style, b->style);
}

static void add_table(struct plot_group *group, const struct result *result, struct styles *styles)
{
    for (size_t i = 0; i < group->table_count; i++)
        if (!strcmp(group->tables[i].key, result->cell.table)) {
            /* A cell that was skipped does not know its table's properties. */
            group->tables[i].is_yardstick |= result->table_is_yardstick;
            return;
        }
    struct plot_table *table = &group->tables[group->table_count++];
    table->key = result->cell.table;
    table->style = style_of(styles, table->key);
    table->is_yardstick = result->table_is_yardstick;
    char label[PLOT_TEXT_BYTES];
    snprintf(label, sizeof label, "%s%s%s", table->key, *result->table_version ? " " : "",
             result->table_version);
    plot_safe_text(table->name, sizeof table->name, label);
}

static void name_condition(const struct source *source, char *text, size_t size)
{
    const struct cell *cell = &source->result->cell;
    char options[CELL_ID_BYTES];
    cell_format_options(cell, condition_axes & ~(1u << CELL_AXIS_heap), options, sizeof options);
    snprintf(text, size, "%s%s%.80s", cell->heap == CELL_COLD ? "" : " ",
             cell->heap == CELL_COLD ? "" : cell_heap_names[cell->heap], options);
    if (*source->run->name)
        snprintf(text + strlen(text), size - strlen(text), " (%.60s)", source->run->name);
}

static void add_contender(struct plot_group *group, const struct source *source, struct styles *styles)
{
    const struct plot_contender *last =
        group->contender_count ? &group->contenders[group->contender_count - 1] : NULL;
    if (last && !strcmp(last->example->cell.allocator, source->result->cell.allocator) &&
        !compare_conditions(&(struct source){last->example, last->run}, source)) {
        group->contenders[group->contender_count - 1].is_yardstick |= source->result->allocator_is_yardstick;
        return;
    }
    struct plot_contender *contender = &group->contenders[group->contender_count++];
    contender->example = source->result;
    contender->run = source->run;
    contender->style = style_of(styles, source->result->cell.allocator);
    contender->hue = hue_of(styles, source->result->cell.allocator);
    contender->is_yardstick = source->result->allocator_is_yardstick;
    char allocator[CELL_NAME_BYTES], version[RECORD_VERSION_BYTES], condition[PLOT_TEXT_BYTES];
    plot_safe_text(allocator, sizeof allocator, source->result->cell.allocator);
    plot_safe_text(version, sizeof version,
                   source->result->allocator_is_malloc ? source->result->allocator_version : "");
    name_condition(source, condition, sizeof condition);
    snprintf(contender->allocator, sizeof contender->allocator, "%s%s%.20s", allocator, *version ? " " : "",
             version);
    snprintf(contender->name, sizeof contender->name, "%.85s%.70s", contender->allocator, condition);
    bool is_cold = source->result->cell.heap == CELL_COLD;
    snprintf(contender->condition, sizeof contender->condition, "%s%.90s", is_cold ? "cold" : "",
             is_cold ? condition : condition + 1);
}

/* Conditions in their own order, whichever allocator comes first. */
static void number_conditions(struct plot_group *group)
{
    for (size_t i = 0; i < group->contender_count; i++) {
        struct plot_contender *contender = &group->contenders[i];
        const struct source own = {contender->example, contender->run};
        size_t before = 0;
        for (size_t j = 0; j < group->contender_count; j++) {
            const struct source other = {group->contenders[j].example, group->contenders[j].run};
            bool is_first = true;
            for (size_t k = 0; k < j && is_first; k++)
                is_first = compare_conditions(
                    &(struct source){group->contenders[k].example, group->contenders[k].run}, &other);
            before += is_first && compare_conditions(&other, &own) < 0;
        }
        contender->condition_number = before + 1;
        if (before + 1 > group->condition_count)
            group->condition_count = before + 1;
    }
}

static bool is_of(const struct plot_contender *contender, const struct source *source)
{
    return !strcmp(contender->example->cell.allocator, source->result->cell.allocator) &&
           !compare_conditions(&(struct source){contender->example, contender->run}, source);
}

static void place_result(struct plot_group *group, const struct source *source)
{
    const struct result *result = source->result;
    size_t table = 0, contender = 0;
    while (strcmp(group->tables[table].key, result->cell.table))
        table++;
    while (!is_of(&group->contenders[contender], source))
        contender++;
    struct plot_cell *cell = &group->cells[table * group->contender_count + contender];
    const struct result **first = &cell->first[result->cell.mode];
    if (!*first || result->repetition < (*first)->repetition)
        *first = result;
    if (result->status != RECORD_OK)
        cell->failed[result->cell.mode] = result;
}

/* False: one of them does not say. */
static bool differs(const struct result *a, const struct result *b, const char *key)
{
    const char *own = json_string_value(json_object_get(a->context, key)),
               *other = json_string_value(json_object_get(b->context, key));
    return own && other && strcmp(own, other);
}

struct machines {
    const struct result *first;
    const struct plot_run *run;
    bool machines_differ, runs_differ;
};

static void add_machine(struct machines *machines, const struct result *result, const struct plot_run *run)
{
    if (!machines->first)
        *machines = (struct machines){.first = result, .run = run};
    machines->machines_differ |= differs(machines->first, result, "cpu_model") ||
                                 differs(machines->first, result, "machine_fingerprint");
    machines->runs_differ |= machines->run != run;
}

/* Two machines may have the same processor: their fingerprints differ. */
const char *plot_groups_machine(const struct plot_group *groups, size_t count, char *text)
{
    struct machines machines = {0};
    for (size_t g = 0; g < count; g++)
        for (size_t i = 0; i < groups[g].table_count * groups[g].contender_count; i++)
            for (int mode = 0; mode < CELL_MODE_COUNT; mode++)
                if (groups[g].cells[i].first[mode])
                    add_machine(&machines, groups[g].cells[i].first[mode],
                                groups[g].contenders[i % groups[g].contender_count].run);
    const char *name =
        machines.first ? json_string_value(json_object_get(machines.first->context, "cpu_model")) : NULL;
    char model[96];
    plot_safe_text(model, sizeof model, name ? name : "not recorded");
    snprintf(text, PLOT_TEXT_BYTES, "%s%s",
             machines.machines_differ ? "SEVERAL MACHINES, times do not compare: "
             : machines.runs_differ   ? "one machine, SEVERAL SESSIONS, times compare roughly: "
                                      : "one machine: ",
             machines.machines_differ ? "see the runs" : model);
    return text;
}

static int make_group(struct plot_group *group, const struct source *items, size_t count,
                      struct styles *allocators, struct styles *tables)
{
    *group =
        (struct plot_group){.workload = items->result->cell.workload, .entries = items->result->cell.entries};
    group->tables = calloc(count, sizeof *group->tables);
    group->contenders = calloc(count, sizeof *group->contenders);
    if (!group->tables || !group->contenders)
        return ENOMEM;
    for (size_t i = 0; i < count; i++) {
        add_table(group, items[i].result, tables);
        add_contender(group, &items[i], allocators);
    }
    qsort(group->tables, group->table_count, sizeof *group->tables, compare_tables);
    number_conditions(group);
    group->cells = calloc(group->table_count * group->contender_count, sizeof *group->cells);
    if (!group->cells)
        return ENOMEM;
    for (size_t i = 0; i < count; i++)
        place_result(group, &items[i]);
    plot_groups_machine(group, 1, group->machine);
    return 0;
}

/* ---- all groups ---- */

static int split(struct plot_groups *groups, struct sources *sources, struct styles *allocators,
                 struct styles *tables)
{
    groups->items = calloc(sources->count + 1, sizeof *groups->items);
    if (!groups->items)
        return ENOMEM;
    int error = 0;
    for (size_t i = 0, end; i < sources->count && !error; i = end) {
        for (end = i + 1; end < sources->count && !compare_groups(&sources->items[i], &sources->items[end]);)
            end++;
        error = make_group(&groups->items[groups->count++], &sources->items[i], end - i, allocators, tables);
    }
    return error;
}

int plot_groups_make(const struct plot_run *runs, size_t run_count, struct plot_groups *groups)
{
    *groups = (struct plot_groups){0};
    struct sources sources = {0};
    struct styles allocators = {0}, tables = {0};
    int error = gather(runs, run_count, &sources);
    if (!error)
        error = styles_make(&allocators, &tables, sources.count);
    if (!error) {
        for (size_t i = 0; i < sources.count; i++)
            style_of(&allocators, sources.items[i].result->cell.allocator);
        qsort_r(sources.items, sources.count, sizeof *sources.items, compare_sources, &allocators);
        error = split(groups, &sources, &allocators, &tables);
    }
    free(sources.items);
    free(allocators.names);
    free(tables.names);
    if (error)
        plot_groups_free(groups);
    return error;
}

void plot_groups_free(struct plot_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        free(groups->items[i].tables);
        free(groups->items[i].contenders);
        free(groups->items[i].cells);
    }
    free(groups->items);
    *groups = (struct plot_groups){0};
}

const struct plot_cell *plot_group_cell(const struct plot_group *group, size_t table, size_t contender)
{
    return &group->cells[table * group->contender_count + contender];
}
