/* SPDX-License-Identifier: MIT
 *
 * A baseline comes back as it was written; anything else is refused in a sentence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness/gate/baseline.h"
#include "harness/testing/results.h"

static const char id[] = "fill/array/glibc/entries:5/mode:latency";
static const char other_id[] = "fill/array/mremap/entries:5/mode:latency";

struct fixture {
    struct made_up run;
    struct gate_samples written, read;
    char folder[64], path[96], error[SENTENCE_BYTES];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return 1;
    made_up_begin(&f->run);
    strcpy(f->folder, "/tmp/growbench-baseline-XXXXXX");
    if (!mkdtemp(f->folder))
        return 1;
    snprintf(f->path, sizeof f->path, "%s/%s", f->folder, baseline_file_name);
    for (int i = 0; i < 20; i++) {
        struct result *r = made_up_add(&f->run, id);
        r->counters[COUNTER_base_moves] = i < 12 ? 7 : 8;
        r->counters[COUNTER_growth_count] = 14;
        r->counters[COUNTER_peak_rss_bytes] = 1e9 + i;
        r->counters[COUNTER_worst_rss_ratio] = 1.25;
        r->counters[COUNTER_end_rss_bytes] = -4096; /* less than before it began */
        r->counters[COUNTER_major_faults] = i == 3;
    }
    struct result *r = made_up_add(&f->run, other_id);
    r->status = RECORD_OOM;
    snprintf(r->message, sizeof r->message, "exceeded 1 GiB");
    struct results results = made_up_results(&f->run);
    *state = f;
    return gate_samples_gather(&results, &f->written, f->error);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    gate_samples_free(&f->written);
    gate_samples_free(&f->read);
    made_up_end(&f->run);
    unlink(f->path);
    rmdir(f->folder);
    free(f);
    return 0;
}

static void write_json(struct fixture *f, json_t *json)
{
    assert_int_equal(results_write_json(f->folder, baseline_file_name, json), 0);
    json_decref(json);
}

static void write_text(const struct fixture *f, const char *text, size_t length)
{
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    assert_int_equal(fwrite(text, 1, length, out), length);
    assert_int_equal(fclose(out), 0);
}

static void read_back(struct fixture *f)
{
    gate_samples_free(&f->read);
    if (baseline_load(f->path, &f->read, f->error))
        fail_msg("%s", f->error);
}

static void assert_refused(struct fixture *f, const char *what, const char *reason)
{
    *f->error = 0;
    if (baseline_load(f->path, &f->read, f->error) != EBADMSG)
        fail_msg("%s: was not refused", what);
    if (!strstr(f->error, "is no whole baseline") || (reason && !strstr(f->error, reason)))
        fail_msg("%s: %s", what, f->error);
    assert_null(f->read.cells);
    assert_null(f->read.context);
}

static void comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    write_json(f, baseline_json(&f->written));
    read_back(f);
    assert_true(f->read.is_baseline);
    assert_int_equal(f->read.count, 2);
    for (size_t c = 0; c < 2; c++) {
        const struct gate_sample_cell *was = &f->written.cells[c], *is = &f->read.cells[c];
        assert_string_equal(is->id, was->id);
        assert_true(cell_same_but(&is->cell, &was->cell, 0));
        assert_memory_equal(is->statuses, was->statuses, sizeof is->statuses);
        assert_int_equal(is->status, was->status);
        assert_string_equal(is->message, was->message);
        assert_string_equal(is->allocator_version, was->allocator_version);
        assert_string_equal(is->allocator_sha256, was->allocator_sha256);
        assert_int_equal(is->budget_bytes, was->budget_bytes);
        assert_int_equal(is->timeout_seconds, was->timeout_seconds);
        assert_int_equal(is->disturbed, was->disturbed);
        assert_int_equal(is->metric_count, was->metric_count);
        for (size_t m = 0; m < was->metric_count; m++) {
            assert_ptr_equal(is->metrics[m].metric, was->metrics[m].metric);
            assert_int_equal(is->metrics[m].class, was->metrics[m].class);
            assert_int_equal(is->metrics[m].count, was->metrics[m].count);
            for (size_t i = 0; i < was->statuses[RECORD_OK]; i++)
                if (isnan(was->metrics[m].values[i]))
                    assert_true(isnan(is->metrics[m].values[i]));
                else
                    assert_float_equal(is->metrics[m].values[i], was->metrics[m].values[i], 0);
        }
    }
    for (const char *const *key = environment_identity_keys; *key; key++)
        assert_true(
            json_equal(json_object_get(f->read.context, *key), json_object_get(f->run.context, *key)));
    assert_string_equal(json_string_value(json_object_get(f->read.context, "git_revision")), "0123456789ab");
    assert_int_equal(gate_samples_metric(&f->read.cells[0], gate_metric_find("base_moves"))->class,
                     GATE_DISTRIBUTION);
    assert_int_equal(gate_samples_metric(&f->read.cells[0], gate_metric_find("growth_count"))->class,
                     GATE_EXACT);
    json_t *again = baseline_json(&f->read), *once = baseline_json(&f->written);
    assert_true(json_equal(again, once));
    json_decref(again);
    json_decref(once);
}

static void cut_off_anywhere_it_is_refused(void **state)
{
    struct fixture *f = *state;
    json_t *json = baseline_json(&f->written);
    char *text = json_dumps(json, JSON_INDENT(1));
    json_decref(json);
    size_t length = strlen(text);
    for (size_t cut = 0; cut < length - 1; cut += 1 + length / 200) {
        write_text(f, text, cut);
        assert_refused(f, "cut off", NULL);
    }
    free(text);
}

static void damaged_anywhere_it_does_not_crash(void **state)
{
    struct fixture *f = *state;
    json_t *json = baseline_json(&f->written);
    char *text = json_dumps(json, JSON_COMPACT);
    json_decref(json);
    size_t length = strlen(text);
    uint32_t seed = 1;
    for (int i = 0; i < 2000; i++) {
        seed = seed * 1664525 + 1013904223;
        size_t at = (seed >> 8) % length;
        char kept = text[at];
        text[at] = "0-\"[]{},:en9\\\x01\xff"[(seed >> 4) % 15];
        write_text(f, text, length);
        gate_samples_free(&f->read);
        *f->error = 0;
        assert_true(!baseline_load(f->path, &f->read, f->error) || *f->error);
        text[at] = kept;
    }
    free(text);
}

/* "cells/0/metrics/1/name" */
static json_t *at_path(json_t *json, const char *path, char *last)
{
    char part[64];
    for (; json; path += strlen(part) + 1) {
        snprintf(part, sizeof part, "%.*s", (int)strcspn(path, "/"), path);
        if (!path[strlen(part)]) {
            strcpy(last, part);
            return json;
        }
        json =
            json_is_array(json) ? json_array_get(json, strtoul(part, NULL, 10)) : json_object_get(json, part);
    }
    return NULL;
}

static void what_is_foreign_or_hostile_is_refused(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *path, *value, *reason; /* value NULL: taken out */
    } changes[] = {
        {"schema", "2", "schema 1"},
        {"schema", "\"1\"", "schema 1"},
        {"kind", "\"run\"", "kind baseline"},
        {"kind", NULL, "kind baseline"},
        {"identity", "[]", "which machine"},
        {"identity/kernel", "\"another\"", "does not belong"},
        {"identity/kernel", NULL, "does not belong"},
        {"machine_fingerprint", "\"0123456789abcdef\"", "does not belong"},
        {"machine_fingerprint", "\"../../../../etc/passwd\"", "too long"},
        {"machine_fingerprint", "7", "missing"},
        {"git_revision", "\"a\\u001b[2J\"", "control characters"},
        {"condition", NULL, "which machine"},
        {"cells", NULL, "no cells"},
        {"cells", "[]", "no cells"},
        {"cells", "{}", "no cells"},
        {"cells/0", "7", "text is missing"},
        {"cells/0", "null", "text is missing"},
        {"cells/0/id", "\"fill\"", "id is none"},
        {"cells/0/id", "\"fill/$(reboot)/glibc/entries:5/mode:latency\"", "id is none"},
        {"cells/0/id", "\"fill/array/zzz/entries:5/mode:latency\"", "not in order"},
        {"cells/1/id", "\"fill/array/glibc/entries:5/mode:latency\"", "twice"},
        {"cells/0/budget_bytes", "-1", "negative"},
        {"cells/0/budget_bytes", "1.5", "whole number"},
        {"cells/0/statuses", "[20]", "no statuses"},
        {"cells/0/statuses/OK", "1000000000000", "statuses"},
        {"cells/0/statuses/OK", "\"20\"", "statuses"},
        {"cells/0/statuses/RUNNING", "1", "statuses"},
        {"cells/0/statuses/OK", "19", "more or fewer values"},
        {"cells/0/mixed", "0", "mixed"},
        {"cells/0/metrics", "{}", "no metrics"},
        {"cells/0/metrics/0/name", "\"speed\"", "another version"},
        {"cells/0/metrics/0/class", "\"certain\"", "another version"},
        {"cells/0/metrics/0/name", "\"base_moves\"", "twice"},
        {"cells/0/metrics/0/values", "[1]", "more or fewer values"},
        {"cells/0/metrics/0/values", "null", "more or fewer values"},
        {"cells/0/metrics/0/values/3", "\"14\"", "no number"},
        {"cells/0/metrics/0/values/3", "[[[[]]]]", "no number"},
        {"cells/0/metrics/0/values/3", "true", "no number"},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        json_t *json = baseline_json(&f->written);
        char last[64];
        json_t *inside = at_path(json, changes[i].path, last);
        json_t *value = changes[i].value ? json_loads(changes[i].value, JSON_DECODE_ANY, NULL) : NULL;
        assert_true(!changes[i].value || value);
        if (json_is_array(inside))
            json_array_set_new(inside, strtoul(last, NULL, 10), value);
        else if (value)
            json_object_set_new(inside, last, value);
        else
            json_object_del(inside, last);
        write_json(f, json);
        assert_refused(f, changes[i].path, changes[i].reason);
    }
}

static void what_is_no_json_is_refused(void **state)
{
    struct fixture *f = *state;
    enum { DEEP = 1 << 20 };
    static const char *const texts[] = {"",
                                        "\n",
                                        "null",
                                        "7",
                                        "[]",
                                        "{}",
                                        "NaN",
                                        "{\"schema\":NaN}",
                                        "{\"schema\":1e999}",
                                        "{\"schema\":1,\"schema\":1}",
                                        "\xff\xfe",
                                        "{\"schema\": 99999999999999999999999}",
                                        "garbage"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_text(f, texts[i], strlen(texts[i]));
        assert_refused(f, texts[i], NULL);
    }
    char *deep = malloc(DEEP);
    assert_non_null(deep);
    memset(deep, '[', DEEP);
    write_text(f, deep, DEEP);
    assert_refused(f, "deep", NULL);
    memset(deep, 0, DEEP);
    write_text(f, deep, DEEP);
    assert_refused(f, "zeros", NULL);
    free(deep);
}

static void what_is_no_file_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(baseline_load(f->path, &f->read, f->error), ENOENT);
    assert_non_null(strstr(f->error, "cannot be read"));
    assert_int_equal(baseline_load(f->folder, &f->read, f->error), EBADMSG);
    assert_int_equal(baseline_load("/dev/zero", &f->read, f->error), EBADMSG);
    assert_int_equal(mkfifo(f->path, 0600), 0); /* nobody ever writes to it */
    assert_int_equal(baseline_load(f->path, &f->read, f->error), EBADMSG);
    assert_int_equal(unlink(f->path), 0);
    FILE *out = fopen(f->path, "w");
    assert_non_null(out);
    assert_int_equal(ftruncate(fileno(out), (off_t)1 << 40), 0);
    fclose(out);
    assert_int_equal(baseline_load(f->path, &f->read, f->error), EBADMSG);
    assert_non_null(
        strstr(f->error, "it has 1099511627776 bytes, more than the 268435456 that one can have"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comes_back_as_it_was),
        TEST(cut_off_anywhere_it_is_refused),
        TEST(damaged_anywhere_it_does_not_crash),
        TEST(what_is_foreign_or_hostile_is_refused),
        TEST(what_is_no_json_is_refused),
        TEST(what_is_no_file_is_refused),
    };
    return cmocka_run_group_tests_name("baseline", tests, NULL, NULL);
}
