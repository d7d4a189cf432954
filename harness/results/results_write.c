/* SPDX-License-Identifier: MIT */
#include "harness/results/results_parts.h"

#include "harness/common/files.h"
#include "harness/run/settings.h"
#include "tables/table.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

static json_t *property_words(uint64_t properties, const char *const *words)
{
    json_t *list = json_array();
    for (int i = 0; words[i]; i++)
        if (properties >> i & 1)
            json_array_append_new(list, json_string(words[i]));
    return list;
}

/* What the environment of the measured process was given. */
static json_t *settings_json(const struct record *record, const struct allocator *allocator)
{
    json_t *list = json_array();
    struct settings settings;
    if (!allocator || settings_compose(&settings, allocator, record->cell.thp))
        return list;
    for (size_t i = 0; i < settings.count; i++)
        json_array_append_new(list, json_string(settings.items[i]));
    return list;
}

/* How the page policy was put into effect; settings that `always` adds are here and among the settings. */
static json_t *page_policy_json(const struct record *record, const struct results_extra *extra)
{
    json_t *list = json_array();
    if (record->cell.thp == PAGE_POLICY_NEVER)
        json_array_append_new(list, json_string("prctl PR_SET_THP_DISABLE before exec"));
    if (record->cell.thp != PAGE_POLICY_ALWAYS)
        return list;
    if (!json_integer_value(json_object_get(extra->context, "huge_page_size_bytes")))
        json_array_append_new(list, json_string("nothing: this kernel has no transparent huge pages"));
    else if (!(record->table_properties & TABLE_OWN_MALLOC)) /* whose blocks nobody here sees */
        json_array_append_new(list, json_string("madvise MADV_HUGEPAGE on blocks of a huge page and more"));
    const char *const *setting = extra->allocator ? extra->allocator->huge_environment : NULL;
    for (; setting && *setting; setting++)
        json_array_append_new(list, json_string(*setting));
    return list;
}

json_t *results_counter_json(double value)
{
    bool whole = value == floor(value) && fabs(value) < 0x1p53;
    return whole ? json_integer((json_int_t)value) : json_real(value);
}

static json_t *counters_json(const struct record *record)
{
    json_t *counters = json_object();
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (!isnan(record->counters[i]))
            json_object_set_new(counters, counter_names[i], results_counter_json(record->counters[i]));
    }
    return counters;
}

static void set_cell(json_t *json, const struct cell *cell)
{
    char id[CELL_ID_BYTES];
    json_object_set_new(json, "id", json_string(cell_format_id(cell, id)));
    json_object_set_new(json, "workload", json_string(cell_workload_names[cell->workload]));
    json_object_set_new(json, "table", json_string(cell->table));
    json_object_set_new(json, "allocator", json_string(cell->allocator));
    json_object_set_new(json, "entries", json_integer((json_int_t)cell->entries));
    for (int axis = CELL_AXIS_mode; axis < CELL_AXIS_aslr; axis++) {
        char word[CELL_VALUE_BYTES];
        uint64_t value = cell_get(cell, (enum cell_axis)axis);
        bool is_number = !cell_axes[axis].words && !cell_axes[axis].format;
        json_object_set_new(json, cell_axes[axis].key,
                            is_number ? json_integer((json_int_t)value)
                                      : json_string(cell_format_value((enum cell_axis)axis, value, word)));
    }
}

json_t *results_text_json(const char *text)
{
    json_t *json = json_string(text);
    return json ? json : json_string("(not UTF-8)");
}

/* A killed process may have been in the midst of its worst interval: all maxima are at least what is known.
 */
static json_t *lower_bounds_json(const struct record *record)
{
    static const enum counter maxima[] = {
        COUNTER_peak_rss_bytes,       COUNTER_peak_rss_ratio,       COUNTER_worst_rss_ratio,
        COUNTER_growth_overlap_ratio, COUNTER_peak_virtual_bytes,   COUNTER_page_table_bytes,
        COUNTER_growth_total_ns,      COUNTER_growth_max_ns,        COUNTER_resize_max_ns,
        COUNTER_resize_total_ns,      COUNTER_insert_max_ns,        COUNTER_erase_max_ns,
        COUNTER_stall_max_ns,         COUNTER_migrated_entries,     COUNTER_migrated_max_entries,
        COUNTER_fault_max_ns,         COUNTER_churn_peak_rss_bytes, COUNTER_refill_peak_rss_bytes,
        COUNTER_limit_estimate_bytes, COUNTER_limit_estimate_ratio};
    json_t *list = json_array();
    for (size_t i = 0; record->peak_is_lower_bound && i < sizeof maxima / sizeof *maxima; i++)
        if (!isnan(record->counters[maxima[i]]))
            json_array_append_new(list, json_string(counter_names[maxima[i]]));
    return list;
}

static json_t *library_json(const char *path, const char *version, const char *sha256)
{
    return json_pack("{s:o,s:o,s:s}", "path", results_text_json(path), "version", results_text_json(version),
                     "sha256", sha256 ? sha256 : "");
}

/* How the limit was found: nothing where it was not sought. */
static void set_limit(json_t *json, const struct limit_report *limit)
{
    if (!limit || limit->found_by == LIMIT_NOT_SOUGHT)
        return;
    json_t *trials = json_array();
    for (unsigned i = 0; i < limit->trial_count; i++)
        json_array_append_new(trials, json_pack("{s:I,s:s,s:f}", "limit_bytes",
                                                (json_int_t)limit->trials[i].limit_bytes, "status",
                                                record_status_names[limit->trials[i].status], "seconds",
                                                limit->trials[i].seconds));
    json_object_set_new(json, "limit_found_by", json_string(limit_found_by_names[limit->found_by]));
    json_object_set_new(json, "limit_trials", trials);
}

static const char *verified(const struct record *record)
{
    if (record->status != RECORD_OK || !(record->table_properties & TABLE_VERIFIED))
        return "none";
    return record->setup.verifies_sample ? "sample" : "all";
}

json_t *results_record_json(const struct record *record, const struct results_extra *extra)
{
    static const char *const table_words[] = {
        "KEYED",      "VERIFIED",      "ERASES",       "STABLE_ADDRESS", "FAILS_CLEANLY",     "YARDSTICK",
        "OWN_MALLOC", "SPLIT_ENTRIES", "TAKES_GROWTH", "TAKES_LOAD",     "TAKES_ENTRY_BYTES", "TAKES_RESERVE",
        NULL};
    static const char *const allocator_words[] = {"GROWS_IN_PLACE", "LAZY_ZERO", "CAN_DISCARD",
                                                  "THREADS",        "YARDSTICK", "IS_MALLOC",
                                                  "SERVES_PROCESS", "DECAYS",    NULL};
    json_t *json = json_object();
    json_object_set_new(json, "schema", json_integer(RESULTS_SCHEMA));
    set_cell(json, &record->cell);
    json_object_set_new(json, "repetition", json_integer(extra->repetition));
    json_object_set_new(json, "order", json_real(extra->order));
    json_object_set_new(json, "status", json_string(record_status_names[record->status]));
    json_object_set_new(json, "message", results_text_json(record->message));
    json_object_set_new(json, "counters", counters_json(record));
    json_object_set_new(json, "lower_bounds", lower_bounds_json(record));
    bool plugin = *record->setup.allocator_library && !record->setup.allocator_preloaded;
    json_object_set_new(json, "allocator_library",
                        library_json(plugin ? record->setup.allocator_library : record->allocator_path,
                                     plugin ? "" : record->allocator_version,
                                     plugin ? extra->allocator_library_sha256 : extra->malloc_sha256));
    json_object_set_new(
        json, "malloc_library",
        library_json(record->allocator_path, record->allocator_version, extra->malloc_sha256));
    json_object_set_new(json, "table_library",
                        library_json(record->setup.table_library, "", extra->table_library_sha256));
    json_object_set_new(json, "table_version", results_text_json(record->table_version));
    json_object_set_new(json, "table_properties", property_words(record->table_properties, table_words));
    json_object_set_new(json, "allocator_properties",
                        property_words(record->allocator_properties, allocator_words));
    json_object_set_new(json, "allocator_settings", settings_json(record, extra->allocator));
    if (keys_kind_of(record->cell.keys) == KEYS_FILE && extra->keys)
        json_object_set_new(json, "keys_file", keys_file_json(extra->keys));
    json_object_set_new(json, "page_policy_by", page_policy_json(record, extra));
    json_object_set_new(json, "aslr", json_boolean(record->cell.aslr));
    json_object_set_new(json, "aslr_active", json_boolean(record->aslr_active));
    json_object_set_new(json, "budget_bytes", json_integer((json_int_t)extra->budget_bytes));
    json_object_set_new(json, "budget_enforced_by", json_string(extra->enforced_by));
    json_object_set_new(json, "timeout_seconds", json_integer((json_int_t)extra->timeout_seconds));
    json_object_set_new(json, "refused_bytes", json_integer((json_int_t)record->refused_bytes));
    json_object_set_new(json, "events_dropped", json_integer((json_int_t)record->events_dropped));
    json_object_set_new(json, "growth_rows_dropped", json_integer((json_int_t)record->growth_rows_dropped));
    json_object_set_new(json, "pause_floor_ns", json_integer((json_int_t)record->pause_floor_ns));
    set_limit(json, extra->limit);
    json_object_set_new(json, "started", json_string(extra->started));
    json_object_set_new(json, "wall_seconds", json_real(extra->wall_seconds));
    json_object_set_new(json, "verified", json_string(verified(record)));
    json_object_set_new(json, "first_touch_ratio", json_real(extra->first_touch_ratio));
    json_object_set_new(json, "held_bytes", json_integer((json_int_t)extra->held_bytes));
    json_object_set(json, "context", extra->context);
    return json;
}

/* What one of a repetition's files holds. */
struct part {
    const char *name;
    void (*write)(const struct record *record, const struct results_extra *extra, FILE *out);
};

static void write_series(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tseconds\trss_bytes\tinterval_peak_rss_bytes\tvirtual_bytes\tcapacity_bytes\n");
    for (uint64_t i = 0; i < r->series_count; i++) {
        const struct record_series_row *row = &r->series[i];
        fprintf(out, "%" PRIu64 "\t%.6f\t%" PRId64 "\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\n", row->entries,
                (double)row->time_ns * 1e-9, row->rss_bytes, row->interval_peak_rss_bytes, row->virtual_bytes,
                row->capacity_bytes);
    }
}

static void write_growth(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tstart_ns\tduration_ns\tkind\tresize_ns\told_bytes\tnew_bytes\tfree_ns\ttable_"
                 "faults\ttable_system_ns\n");
    for (uint64_t i = 0; i < r->growth_rows; i++) {
        const struct record_growth_row *row = &r->growth[i];
        fprintf(out,
                "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%s\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64
                "\t%" PRIu64 "\t%" PRIu64 "\n",
                row->entries, row->start_ns, row->duration_ns,
                recorder_kind_names[row->kind % RECORDER_KIND_COUNT], row->resize_ns, row->old_bytes,
                row->new_bytes, row->free_ns, row->table_faults, row->table_system_ns);
    }
}

static void write_pauses(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tstart_ns\tduration_ns\n");
    for (uint64_t i = 0; i < r->pause_rows; i++)
        fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n", r->pauses[i].entries, r->pauses[i].start_ns,
                r->pauses[i].duration_ns);
}

static void write_stops(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    fprintf(out, "entries\tfill_ns\thit_count\thit_ns\tmiss_count\tmiss_ns\n");
    for (uint64_t i = 0; i < r->stop_rows; i++) {
        const struct record_stop_row *row = &r->stops[i];
        fprintf(out, "%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\n",
                row->entries, row->fill_ns, row->hit_count, row->hit_ns, row->miss_count, row->miss_ns);
    }
}

static void write_insert_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->insert, r->setup.ns_per_tick, out);
}

static void write_erase_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->erase, r->setup.ns_per_tick, out);
}

static void write_hit_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->hit, r->setup.ns_per_tick, out);
}

static void write_miss_latency(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)extra;
    latency_write_hgrm(&r->miss, r->setup.ns_per_tick, out);
}

static void write_output(const struct record *r, const struct results_extra *extra, FILE *out)
{
    (void)r;
    fwrite(extra->output, 1, extra->output_bytes, out);
    if (extra->output_dropped_bytes)
        fprintf(out, "\n[%" PRIu64 " bytes more were not kept]\n", extra->output_dropped_bytes);
}

static int write_part(const char *folder, const struct part *part, const struct record *record,
                      const struct results_extra *extra)
{
    char path[RESULTS_PATH_BYTES];
    results_join(path, sizeof path, folder, part->name);
    struct files_output output;
    int error = files_begin(&output, path);
    if (error)
        return error;
    part->write(record, extra, output.stream);
    return files_commit(&output);
}

int results_write_json(const char *folder, const char *name, const json_t *value)
{
    char path[RESULTS_PATH_BYTES];
    results_join(path, sizeof path, folder, name);
    struct files_output output;
    int error = files_begin(&output, path);
    if (error)
        return error;
    bool dumped = value && !json_dumpf(value, output.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    fputc('\n', output.stream);
    if (dumped || ferror(output.stream))
        return files_commit(&output); /* sees a failed write */
    files_abandon(&output);
    return EINVAL;
}

int results_write(const struct results_run *run, const struct record *r, const struct results_extra *extra)
{
    const struct part parts[] = {
        {"series.tsv", write_series},
        {"growth.tsv", write_growth},
        {"pauses.tsv", r->insert.count || r->erase.count ? write_pauses : NULL},
        {"stops.tsv", r->stop_rows ? write_stops : NULL},
        {"latency.hgrm", r->insert.count ? write_insert_latency : NULL},
        {"erase.hgrm", r->erase.count ? write_erase_latency : NULL},
        {"hit.hgrm", r->hit.count ? write_hit_latency : NULL},
        {"miss.hgrm", r->miss.count ? write_miss_latency : NULL},
        {"stderr.txt", write_output},
    };
    char folder[RESULTS_PATH_BYTES];
    results_cell_folder(folder, sizeof folder, run->folder, &r->cell, extra->repetition);
    int error = files_make_folders(folder);
    for (size_t i = 0; !error && i < sizeof parts / sizeof *parts; i++)
        if (parts[i].write)
            error = write_part(folder, &parts[i], r, extra);
    if (error)
        return error;
    json_t *json = results_record_json(r, extra);
    error = results_write_json(folder, "record.json", json);
    json_decref(json);
    return error;
}
