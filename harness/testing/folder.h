/* SPDX-License-Identifier: MIT
 *
 * What tests share that write a run folder of made-up records and read it back. For cmocka programs; state is a struct
 * folder_fixture.
 */
#ifndef GROWBENCH_TESTING_FOLDER_H
#define GROWBENCH_TESTING_FOLDER_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "harness/results/results.h"

static const struct cell folder_cell = {CELL_STANDING,   .table = "array",     .allocator = "mremap",
                                        .entries = 1000, .mode = CELL_LATENCY, .seed = 1};

struct folder_fixture {
    char base[64];   /* a temporary folder */
    char folder[80]; /* of the run, in it */
    struct record *record;
    json_t *context;
    struct results_extra extra;
    struct results_run run;
    struct results results;
    char error[SENTENCE_BYTES];
};

static inline int folder_setup(void **state)
{
    struct folder_fixture *f = calloc(1, sizeof *f);
    f->record = malloc(sizeof *f->record);
    strcpy(f->base, "/tmp/growbench-results-XXXXXX");
    if (!f->record || !mkdtemp(f->base))
        return 1;
    snprintf(f->folder, sizeof f->folder, "%s/run", f->base);
    record_init(f->record, &folder_cell);
    f->record->setup.ns_per_tick = 0.5;
    f->record->status = RECORD_OK;
    f->context = json_pack("{s:s,s:i}", "kernel", "6.1", "cpu_count", 4);
    f->extra = (struct results_extra){.order = 3,
                                      .budget_bytes = 1 << 30,
                                      .timeout_seconds = 600,
                                      .enforced_by = "watchdog",
                                      .malloc_sha256 = "",
                                      .table_library_sha256 = "",
                                      .started = "2025-01-01T00:00:00Z",
                                      .wall_seconds = 1.5,
                                      .context = f->context,
                                      .output = ""};
    f->run.lock_fd = -1;
    *state = f;
    return 0;
}

static inline int folder_remove_entry(const char *path, const struct stat *status, int type,
                                      struct FTW *place)
{
    (void)status, (void)type, (void)place;
    return remove(path);
}

static inline int folder_teardown(void **state)
{
    struct folder_fixture *f = *state;
    results_free(&f->results);
    results_close(&f->run);
    json_decref(f->context);
    free(f->record);
    nftw(f->base, folder_remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    free(f);
    return 0;
}

static inline void folder_open(struct folder_fixture *f)
{
    if (results_open(&f->run, f->folder, false, f->error))
        fail_msg("%s", f->error);
}

static inline void folder_write_record(struct folder_fixture *f)
{
    assert_int_equal(results_write(&f->run, f->record, &f->extra), 0);
}

static inline void folder_load(struct folder_fixture *f)
{
    results_free(&f->results);
    if (results_load(f->folder, &f->results, f->error))
        fail_msg("%s", f->error);
}

static inline void folder_path(const struct folder_fixture *f, const char *file, char *path, size_t size)
{
    snprintf(path, size, "%s/cells/fill_array_mremap_entries:1000_mode:latency/%d/%s", f->folder,
             f->extra.repetition, file);
}

static inline char *folder_read_text(const char *path)
{
    FILE *in = fopen(path, "r");
    if (!in)
        return NULL;
    char *text = calloc(1, 1 << 20);
    assert_non_null(text);
    assert_true(fread(text, 1, (1 << 20) - 1, in) < (1 << 20) - 1);
    fclose(in);
    return text;
}

static inline void folder_write_text(const char *path, const char *text, size_t length)
{
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, folder_setup, folder_teardown)

#endif
