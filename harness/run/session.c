/* SPDX-License-Identifier: MIT */
#include "harness/run/session.h"

#include "harness/common/clock.h"
#include "harness/request/spec_keys.h"
#include "harness/run/interrupt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void session_init(struct session *s)
{
    memset(s, 0, sizeof *s);
    spec_init(&s->spec);
    s->folder.lock_fd = s->runner.signal_fd = -1;
}

void session_free(struct session *s)
{
    matrix_free(&s->matrix);
    environment_release(&s->environment);
    results_close(&s->folder);
    keys_file_close(&s->keys);
    if (s->runner.signal_fd >= 0)
        close(s->runner.signal_fd);
}

int session_choose_cells(struct session *s, char *error)
{
    matrix_free(&s->matrix);
    int failed = catalog_choose(&s->catalog, &s->spec.allocators, &s->spec.tables, error);
    if (!failed)
        failed = catalog_set_environment(&s->catalog, &s->spec.environment, error);
    if (!failed)
        failed = catalog_probe(&s->catalog, error);
    if (!failed)
        failed = matrix_build(&s->matrix, &s->spec, &s->catalog, error);
    if (!failed && s->keys.fd)
        failed = spec_check_keys(&s->matrix, &s->keys, error);
    return failed;
}

int session_collect(struct session *s, char *error)
{
    /* Keys before the memory is looked at that is left for the processes. */
    s->catalog.keys = &s->keys;
    int failed = spec_load_keys(&s->spec, &s->keys, environment_available_bytes(), error);
    if (!failed)
        failed = environment_collect(&s->environment, s->spec.axes[CELL_AXIS_seed].items[0],
                                     s->spec.axes[CELL_AXIS_aslr].items[0] != 0);
    return failed;
}

int session_choose(struct session *s, char *error)
{
    int failed = session_collect(s, error);
    return failed ? failed : session_choose_cells(s, error);
}

static void append_argument(void *list, const char *argument)
{
    json_array_append_new(list, json_string(argument));
}

enum { CALLS_MAX = 100 };

/* What the calls before this one asked for, oldest first; new. One that asked for the same is not told twice. */
static json_t *list_earlier(const json_t *resumed, const json_t *arguments)
{
    const json_t *earlier = json_object_get(resumed, "earlier"),
                 *last = json_object_get(resumed, "arguments");
    json_t *calls = json_array();
    for (size_t i = 0; i < json_array_size(earlier) && i < CALLS_MAX; i++)
        json_array_append(calls, json_array_get(earlier, i));
    if (last && !json_equal(last, arguments) && json_array_size(calls) < CALLS_MAX)
        json_array_append(calls, (json_t *)(uintptr_t)last); /* counted, not changed */
    return calls;
}

static int store_arguments(const struct session *s)
{
    json_t *list = json_array();
    spec_each_argument(&s->spec, append_argument, list);
    json_t *earlier = list_earlier(s->resumed, list);
    json_t *whole =
        json_pack("{s:i,s:o,s:O}", "schema", 1, "arguments", list, "context", s->environment.context);
    if (json_array_size(earlier))
        json_object_set(whole, "earlier", earlier);
    json_decref(earlier);
    if (s->keys.fd)
        json_object_set_new(whole, "keys_file", keys_file_json(&s->keys));
    int error = whole ? results_write_json(s->folder.folder, "run.json", whole) : EILSEQ;
    json_decref(whole);
    return error;
}

int session_open_folder(struct session *s, const char *folder, char *error)
{
    int failed = results_open(&s->folder, folder, s->spec.resume, error);
    if (failed)
        return failed;
    failed = store_arguments(s);
    return failed ? sentence_fail(error, failed, "cannot write to the output folder '%s': %s", folder,
                                  strerror(failed))
                  : 0;
}

void session_arm(struct session *s)
{
    s->runner = (struct runner){.spec = &s->spec,
                                .catalog = &s->catalog,
                                .matrix = &s->matrix,
                                .folder = &s->folder,
                                .context = s->environment.context,
                                .progress = &s->progress,
                                .budget_bytes = s->spec.budget_bytes ? s->spec.budget_bytes
                                                                     : s->environment.default_budget_bytes,
                                .ns_per_tick = clock_calibrate_ns_per_tick(),
                                .signal_fd = interrupt_open()};
    budget_find_root(&s->runner.budget_root, s->spec.watchdog_only);
}
