/* SPDX-License-Identifier: MIT
 *
 * The arguments of a stored run: what a run stores comes back, and what it would not store is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "harness/common/stored.h"
#include "harness/request/spec.h"
#include "harness/request/spec_stored.h"

static void expect_refused(const char *text, const char *clause)
{
    char *arguments[SPEC_STORED_MAX], error[SENTENCE_BYTES] = "";
    int count = 0;
    json_t *run = stored_parse(text, strlen(text), error);
    if (!run)
        fail_msg("%s", error);
    int failed = spec_take_stored(run, arguments, &count, error);
    if (failed != EBADMSG || strcmp(error, clause))
        fail_msg("%.200s: error %d, '%s' instead of '%s'", text, failed, error, clause);
    json_decref(run);
}

static void test_what_is_no_list_of_options(void **state)
{
    (void)state;
    expect_refused("[]", "it is a list, not an object");
    expect_refused("{}", "its schema is missing");
    expect_refused("{\"schema\": 2, \"arguments\": []}", "its schema is 2, not 1");
    expect_refused("{\"schema\": 1}", "its arguments is missing");
    expect_refused("{\"schema\": 1, \"arguments\": \"--quiet\"}", "its arguments is \"--quiet\", not a list");
    expect_refused("{\"schema\": 1, \"arguments\": [\"--quiet\", 7]}",
                   "its argument 2 is 7, which no run stores");
    expect_refused("{\"schema\": 1, \"arguments\": [[\"--quiet\"]]}",
                   "its argument 1 is a list, which no run stores");
}

/* argp takes a part of a name, and a value after a blank. */
static void test_what_no_run_stores(void **state)
{
    (void)state;
    static const char *const hostile[] = {"--out=/etc",  "--out",
                                          "--ou=/etc",   "--resume",
                                          "--res",       "--resume=1",
                                          "--help",      "--usage",
                                          "--version",   "--",
                                          "-",           "",
                                          "glibc",       "-q",
                                          "--alloc",     "--all=glibc",
                                          "--quiet=yes", "--no-plot=",
                                          "--unknown=1", " --quiet",
                                          "--entries 5", "-benchmark_filter=.",
                                          "@file"};
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        char text[200], clause[200];
        snprintf(text, sizeof text, "{\"schema\": 1, \"arguments\": [\"--quiet\", \"%s\"]}", hostile[i]);
        snprintf(clause, sizeof clause, "its argument 2 is \"%s\", which no run stores", hostile[i]);
        expect_refused(text, clause);
    }
}

static void test_more_than_there_can_be(void **state)
{
    (void)state;
    json_t *list = json_array();
    for (int i = 0; i <= SPEC_STORED_MAX; i++)
        json_array_append_new(list, json_string("--quiet"));
    json_t *run = json_pack("{s:i,s:o}", "schema", 1, "arguments", list);
    char *text = json_dumps(run, 0);
    expect_refused(text, "it has 501 arguments, more than 500");
    free(text);
    json_decref(run);
}

/* ---- what a run stores ---- */

static void append(void *list, const char *argument)
{
    json_array_append_new(list, json_string(argument));
}

static void test_what_a_run_stores_comes_back(void **state)
{
    (void)state;
    static char *given[] = {"run",
                            "--alloc=glibc,mine=/lib/a b.so",
                            "--table=array,jemalloc.x:lean",
                            "--workload=all",
                            "--entries=2^16..2^17/4,20000",
                            "--reps=3",
                            "--mode=latency",
                            "--heap=cold,warm",
                            "--thp=always",
                            "--growth=2,1.5,+64MiB",
                            "--load=0.5",
                            "--entry-bytes=32",
                            "--reserve=half",
                            "--count=12",
                            "--threads=2",
                            "--keys=file:/k=e y",
                            "--rounds=3",
                            "--snapshot=fork",
                            "--batch=1,2",
                            "--stops=3",
                            "--find-limit",
                            "--budget=2GiB",
                            "--timeout=10m",
                            "--verify=sample",
                            "--seed=1,2",
                            "--aslr",
                            "--reference=none",
                            "--limit-by=watchdog",
                            "--no-plot",
                            "--quiet",
                            "--benchmark_filter=a.*",
                            "--benchmark_enable_random_interleaving=false",
                            "--benchmark_color=false",
                            "--v=2"};
    struct spec *spec = calloc(1, sizeof *spec);
    assert_non_null(spec);
    char error[SENTENCE_BYTES] = "", *arguments[SPEC_STORED_MAX];
    spec_init(spec);
    int count = 0;
    if (spec_parse(spec, (int)(sizeof given / sizeof *given), given, error))
        fail_msg("%s", error);
    json_t *list = json_array();
    spec_each_argument(spec, append, list);
    json_t *run = json_pack("{s:i,s:O}", "schema", 1, "arguments", list);
    if (spec_take_stored(run, arguments, &count, error))
        fail_msg("%s", error);
    assert_int_equal(count, json_array_size(list));
    assert_true(count > 25);
    for (int i = 0; i < count; i++)
        assert_string_equal(arguments[i], json_string_value(json_array_get(list, (size_t)i)));
    json_decref(run);
    json_decref(list);
    free(spec);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_list_of_options),
        cmocka_unit_test(test_what_no_run_stores),
        cmocka_unit_test(test_more_than_there_can_be),
        cmocka_unit_test(test_what_a_run_stores_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
