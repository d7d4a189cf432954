/* SPDX-License-Identifier: MIT
 *
 * The command line of `growbench run`: what each option does, and that what is wrong is named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "harness/request/spec.h"

enum { ARGUMENTS_MAX = 100 };

static int setup(void **state)
{
    struct spec *spec = malloc(sizeof *spec);
    if (!spec)
        return 1;
    memset(spec, 0xA5, sizeof *spec);
    spec_init(spec);
    *state = spec;
    return 0;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

static int parse(struct spec *spec, char *error, const char *const *arguments)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"run"};
    int argc = 1;
    for (; *arguments; arguments++)
        argv[argc++] = (char *)*arguments;
    return spec_parse(spec, argc, argv, error);
}

#define PARSE(spec, error, ...) parse(spec, error, (const char *const[]){__VA_ARGS__, NULL})

static void assert_taken(struct spec *spec, const char *argument)
{
    char error[SENTENCE_BYTES];
    if (PARSE(spec, error, argument))
        fail_msg("'%s' was refused: %s", argument, error);
}

/* Refused with a sentence that has each of the words. */
static void assert_refused(const char *argument, const char *word, const char *other_word)
{
    struct spec *spec = malloc(sizeof *spec);
    assert_non_null(spec);
    spec_init(spec);
    char error[SENTENCE_BYTES] = "";
    if (PARSE(spec, error, argument) != EINVAL)
        fail_msg("'%s' was taken", argument);
    if (!strstr(error, word) || !strstr(error, other_word))
        fail_msg("'%s': the sentence lacks '%s' or '%s': %s", argument, word, other_word, error);
    free(spec);
}

static void test_defaults(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    assert_int_equal(PARSE(spec, error, NULL), 0);
    assert_int_equal(spec->allocators.count, 0); /* the standing set: the catalog's choice */
    assert_int_equal(spec->tables.count, 0);
    assert_int_equal(spec->axes[CELL_AXIS_workload].count, 1);
    assert_int_equal(spec->axes[CELL_AXIS_workload].items[0], CELL_FILL);
    assert_int_equal(spec->axes[CELL_AXIS_heap].count, 1);
    assert_int_equal(spec->axes[CELL_AXIS_heap].items[0], CELL_COLD);
    assert_int_equal(spec->axes[CELL_AXIS_thp].count, 1);
    assert_int_equal(spec->axes[CELL_AXIS_thp].items[0], PAGE_POLICY_SYSTEM);
    assert_int_equal(spec->axes[CELL_AXIS_entries].count, 1);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[0], 8388609);
    assert_int_equal(spec->axes[CELL_AXIS_mode].items[0], CELL_BOTH);
    assert_int_equal(spec->repetitions, 1);
    assert_int_equal(spec->budget_bytes, 0);
    assert_int_equal(spec->timeout_seconds, 600);
    assert_false(spec->verifies_sample);
    assert_int_equal(spec->axes[CELL_AXIS_seed].items[0], CELL_SEED_DEFAULT);
    assert_true(spec->reference && spec->shuffle);
    assert_false(spec->axes[CELL_AXIS_aslr].items[0] || spec->resume || spec->quiet || spec->watchdog_only ||
                 spec->no_plot || spec->gbench_prints);
    assert_string_equal(spec->out, "");
    assert_string_equal(spec->filter, "");
    assert_int_equal(spec->gbench_argument_count, 0);
    assert_null(spec->gbench_arguments[0]);
}

static void test_every_option(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    assert_int_equal(PARSE(spec, error, "--alloc=mremap,glibc", "--table", "array", "--workload=find,fill",
                           "--entries=2^20,2^20+1,3M", "--reps=5", "--mode=latency", "--heap=busy,cold,warm",
                           "--thp=never,always", "--budget=1GiB", "--timeout=5m", "--seed=7", "--aslr",
                           "--verify=sample", "--reference=none", "--out=results/mine", "--resume",
                           "--limit-by=watchdog", "--no-plot", "--quiet"),
                     0);
    assert_int_equal(spec->allocators.count, 2);
    assert_string_equal(spec->allocators.items[0].name, "mremap");
    assert_string_equal(spec->allocators.items[1].name, "glibc");
    assert_int_equal(spec->tables.count, 1);
    assert_string_equal(spec->tables.items[0].name, "array");
    assert_int_equal(spec->axes[CELL_AXIS_workload].count, 2);
    assert_int_equal(spec->axes[CELL_AXIS_workload].items[0], CELL_FIND);
    assert_int_equal(spec->axes[CELL_AXIS_workload].items[1], CELL_FILL);
    assert_int_equal(spec->axes[CELL_AXIS_entries].count, 3);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[1], 1048577);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[2], 3 << 20);
    assert_int_equal(spec->repetitions, 5);
    assert_int_equal(spec->axes[CELL_AXIS_mode].items[0], CELL_LATENCY);
    assert_int_equal(spec->axes[CELL_AXIS_heap].count, 3);
    assert_int_equal(spec->axes[CELL_AXIS_heap].items[0], CELL_BUSY);
    assert_int_equal(spec->axes[CELL_AXIS_thp].count, 2);
    assert_int_equal(spec->axes[CELL_AXIS_thp].items[0], PAGE_POLICY_NEVER);
    assert_int_equal(spec->budget_bytes, 1 << 30);
    assert_int_equal(spec->timeout_seconds, 300);
    assert_true(spec->verifies_sample);
    assert_int_equal(spec->axes[CELL_AXIS_seed].items[0], 7);
    assert_true(spec->axes[CELL_AXIS_aslr].items[0] && spec->resume && spec->quiet && spec->watchdog_only &&
                spec->no_plot);
    assert_false(spec->reference);
    assert_string_equal(spec->out, "results/mine");
}

static void test_all_is_every_word(void **state)
{
    struct spec *spec = *state;
    assert_taken(spec, "--workload=all");
    assert_taken(spec, "--heap=all");
    assert_taken(spec, "--thp=all");
    assert_int_equal(spec->axes[CELL_AXIS_workload].count, CELL_WORKLOAD_COUNT);
    assert_int_equal(spec->axes[CELL_AXIS_heap].count, CELL_HEAP_COUNT);
    assert_int_equal(spec->axes[CELL_AXIS_thp].count, CELL_THP_COUNT);
    for (uint64_t i = 0; i < CELL_HEAP_COUNT; i++)
        assert_true(spec->axes[CELL_AXIS_heap].items[i] == i);
    /* Names are not looked up here. */
    assert_taken(spec, "--alloc=all,jemalloc:all,all:all");
    assert_string_equal(spec->allocators.items[0].name, "all");
    assert_string_equal(spec->allocators.items[1].name, "jemalloc:all");
    assert_string_equal(spec->allocators.items[2].name, "all:all");
}

static void test_the_last_of_an_option_counts(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    assert_int_equal(PARSE(spec, error, "--entries=1,2,3", "--entries=4", "--alloc=a,b", "--alloc=c"), 0);
    assert_int_equal(spec->axes[CELL_AXIS_entries].count, 1);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[0], 4);
    assert_int_equal(spec->allocators.count, 1);
    assert_string_equal(spec->allocators.items[0].name, "c");
}

static void test_names_with_a_path(void **state)
{
    struct spec *spec = *state;
    assert_taken(spec, "--alloc=mine=./lib/my=malloc.so,glibc,jemalloc:lean");
    assert_int_equal(spec->allocators.count, 3);
    assert_string_equal(spec->allocators.items[0].name, "mine");
    assert_string_equal(spec->allocators.items[0].path, "./lib/my=malloc.so");
    assert_string_equal(spec->allocators.items[1].path, "");
    assert_string_equal(spec->allocators.items[2].name, "jemalloc:lean");
    assert_taken(spec, "--table=mine=/lib/table.so");
    assert_string_equal(spec->tables.items[0].path, "/lib/table.so");
    assert_refused("--alloc=mine=", "'mine='", "NAME=path");
    assert_refused("--alloc==/lib/x.so", "'=/lib/x.so'", "no name");
}

static void test_errors_name_the_value(void **state)
{
    (void)state;
    static const struct {
        const char *argument, *word, *other_word;
    } rows[] = {
        {"--entries=0", "entries '0'", "not a positive number"},
        {"--entries=1,x", "'x'", "not a positive number"},
        {"--entries=2^63", "'2^63'", "too large"},
        {"--entries=2^48+1", "'2^48+1'", "2^48"},
        {"--entries=5,5", "'5'", "twice"},
        {"--entries=2^3,8", "'8'", "twice"},
        {"--entries=", "''", "empty item"},
        {"--entries=1,,2", "'1,,2'", "empty item"},
        {"--entries=,1", "',1'", "empty item"},
        {"--entries=1,", "'1,'", "empty item"},
        {"--alloc=a,,b", "'a,,b'", "empty item"},
        {"--alloc=", "''", "empty item"},
        {"--alloc=a,b,a", "'a'", "twice"},
        {"--alloc=a=x.so,a=y.so", "'a'", "twice"},
        {"--alloc=a b", "'a b'", "no name"},
        {"--alloc=a/b", "'a/b'", "no name"},
        {"--table=array,array", "'array'", "twice"},
        {"--workload=fell", "'fell'", "fill, find"},
        {"--workload=fill,fill", "'fill'", "twice"},
        {"--workload=fill,all", "'all'", "twice"},
        {"--heap=hot", "'hot'", "cold, warm, busy"},
        {"--thp=maybe", "'maybe'", "system, always, never"},
        {"--growth=1", "growth '1'", "1.01 to 16"},
        {"--growth=fast", "'fast'", "+64MiB"},
        {"--growth=+0", "'+0'", "+64MiB"},
        {"--growth=+", "'+'", "+64MiB"},
        {"--growth=+2^49", "'+2^49'", "at most +281474976710656"},
        {"--threads=0", "threads '0'", "write 1, 2 or 4"},
        {"--count=x", "count 'x'", "write 12 or 10000"},
        {"--rounds=0", "rounds '0'", "write 2 or 50"},
        {"--growth=2,2.0", "'2.0'", "twice"},
        {"--load=0.19", "load '0.19'", "0.2 to 0.95"},
        {"--load=1", "'1'", "0.2 to 0.95"},
        {"--entry-bytes=24", "'24'", "16, 32, 64"},
        {"--reserve=some", "'some'", "none, half, exact, double"},
        {"--count=0", "count '0'", "positive"},
        {"--count=1000001", "'1000001'", "at most 1000000"},
        {"--threads=257", "'257'", "at most 256"},
        {"--keys=bad", "'bad'", "shared-low, file:PATH"},
        {"--keys=file:", "'file:'", "file:PATH"},
        {"--rounds=-1", "'-1'", "positive"},
        {"--batch=0", "batch '0'", "write 1 or 32"},
        {"--batch=65", "batch '65'", "at most 64"},
        {"--batch=1,32,1", "'1'", "twice"},
        {"--stops=0", "stops '0'", "write 1 or 16"},
        {"--stops=65", "stops '65'", "at most 64"},
        {"--snapshot=vfork", "'vfork'", "none, fork"},
        {"--mode=fast", "'fast'", "both, throughput, latency"},
        {"--mode=", "''", "both, throughput, latency"},
        {"--mode=throughput,latency", "'throughput,latency'", "both, throughput, latency"},
        {"--reps=0", "repetitions '0'", "positive"},
        {"--reps=1001", "'1001'", "1000"},
        {"--budget=1x", "budget '1x'", "1GiB"},
        {"--budget=1M", "'1M'", "64MiB"},
        {"--timeout=0", "timeout '0'", "10m"},
        {"--timeout=soon", "'soon'", "10m"},
        {"--verify=some", "'some'", "all, sample"},
        {"--seed=0", "seed '0'", "positive"},
        {"--seed=-1", "'-1'", "positive"},
        {"--reference=yes", "'yes'", "auto, none"},
        {"--limit-by=hope", "'hope'", "auto, watchdog"},
        {"--out=", "''", "folder"},
        {"stray", "'stray'", "not an option"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_refused(rows[i].argument, rows[i].word, rows[i].other_word);
}

static void test_lists_and_names_have_a_limit(void **state)
{
    struct spec *spec = *state;
    char list[2 * SPEC_PATH_BYTES], *end = list;
    end += sprintf(end, "--entries=1");
    for (int i = 2; i <= SPEC_LIST_MAX; i++)
        end += sprintf(end, ",%d", i);
    assert_taken(spec, list);
    assert_int_equal(spec->axes[CELL_AXIS_entries].count, SPEC_LIST_MAX);
    sprintf(end, ",%d", SPEC_LIST_MAX + 1);
    assert_refused(list, "64", "items");

    end = list + sprintf(list, "--alloc=");
    memset(end, 'n', CELL_NAME_BYTES - 1);
    end[CELL_NAME_BYTES - 1] = 0;
    assert_taken(spec, list);
    end[CELL_NAME_BYTES - 1] = 'n';
    end[CELL_NAME_BYTES] = 0;
    assert_refused(list, "no name", "63");

    end = list + sprintf(list, "--out=");
    memset(end, 'o', SPEC_PATH_BYTES);
    end[SPEC_PATH_BYTES] = 0;
    assert_refused(list, "out 'ooo", "folder");
}

static void test_resume_needs_a_folder(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    assert_int_equal(PARSE(spec, error, "--resume"), EINVAL);
    assert_non_null(strstr(error, "--out"));
    assert_int_equal(PARSE(spec, error, "--resume", "--out=x"), 0);
}

static void test_flags_of_google_benchmark_that_are_taken(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    assert_int_equal(PARSE(spec, error, "--benchmark_filter=-fill/.*", "--benchmark_repetitions=3",
                           "--alloc=glibc", "--benchmark_enable_random_interleaving=false",
                           "--benchmark_color=true", "--benchmark_counters_tabular", "--v=1"),
                     0);
    assert_string_equal(spec->filter, "-fill/.*");
    assert_int_equal(spec->repetitions, 3);
    assert_false(spec->shuffle);
    assert_false(spec->gbench_prints);
    assert_int_equal(spec->allocators.count, 1);
    assert_int_equal(spec->gbench_argument_count, 3);
    assert_string_equal(spec->gbench_arguments[0], "--benchmark_color=true");
    assert_string_equal(spec->gbench_arguments[1], "--benchmark_counters_tabular");
    assert_string_equal(spec->gbench_arguments[2], "--v=1");
    assert_null(spec->gbench_arguments[3]);
    assert_taken(spec, "--benchmark_enable_random_interleaving");
    assert_true(spec->shuffle);
    assert_taken(spec, "--benchmark_format=json");
    assert_true(spec->gbench_prints);
}

static void test_flags_of_google_benchmark_that_are_refused(void **state)
{
    (void)state;
    static const char *const refused[] = {
        "--benchmark_min_time=1", "--benchmark_min_time",       "--benchmark_min_warmup_time=1",
        "--benchmark_out=x.json", "--benchmark_out_format=csv", "--benchmark_perf_counters=CYCLES",
        "--benchmark_list_tests", "--benchmark_context=a=b",
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char flag[64];
        snprintf(flag, sizeof flag, "%.*s does not apply", (int)strcspn(refused[i], "="), refused[i]);
        assert_refused(refused[i], flag, ": ");
    }
    assert_refused("--benchmark_nonsense=1", "'--benchmark_nonsense=1'", "unknown");
    assert_refused("--benchmark_filters=x", "'--benchmark_filters=x'", "unknown");
    assert_refused("--benchmark_repetitions=0", "'0'", "positive");
}

/* argp says these itself, on stderr; nothing is left to print. */
static void test_unknown_options_are_refused(void **state)
{
    struct spec *spec = *state;
    static const char *const unknown[] = {"--speed=9", "-x", "--aslr=on", "--alloc"};
    fflush(stderr);
    const int saved_fd = dup(STDERR_FILENO);
    assert_non_null(freopen("/dev/null", "w", stderr));
    int refused_count = 0;
    char error[SENTENCE_BYTES] = "";
    for (int i = 0; i < 4; i++)
        refused_count += PARSE(spec, error, unknown[i]) == EINVAL && !*error;
    fflush(stderr);
    dup2(saved_fd, STDERR_FILENO);
    close(saved_fd);
    assert_int_equal(refused_count, 4);
}

static void test_help_lists_every_option(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES], text[8192] = "";
    FILE *out = tmpfile();
    assert_non_null(out);
    fflush(stdout);
    const int saved_fd = dup(STDOUT_FILENO);
    dup2(fileno(out), STDOUT_FILENO);
    const int result = PARSE(spec, error, "--help");
    fflush(stdout);
    dup2(saved_fd, STDOUT_FILENO);
    close(saved_fd);
    rewind(out);
    text[fread(text, 1, sizeof text - 1, out)] = 0;
    fclose(out);
    assert_int_equal(result, ECANCELED);
    static const char *const options[] = {"alloc", "table",     "workload", "entries", "reps",   "mode",
                                          "heap",  "thp",       "budget",   "timeout", "verify", "seed",
                                          "aslr",  "reference", "out",      "resume",  "quiet"};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        char option[32];
        snprintf(option, sizeof option, "--%s", options[i]);
        if (!strstr(text, option))
            fail_msg("--help says nothing of %s", option);
    }
}

static void test_options_can_be_set_by_name(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    assert_int_equal(spec_set(spec, "entries", "2^20", error), 0);
    assert_int_equal(spec->axes[CELL_AXIS_entries].items[0], 1 << 20);
    assert_int_equal(spec_set(spec, "entries", "x", error), EINVAL);
    assert_non_null(strstr(error, "'x'"));
    assert_int_equal(spec_set(spec, "speed", "9", error), EINVAL);
    assert_non_null(strstr(error, "'speed'"));
}

/* ---- environment variables ---- */

static void refuse_settings(const char *text, const char *sentence)
{
    struct spec_settings settings = {0};
    char error[SENTENCE_BYTES] = "";
    assert_int_equal(spec_add_settings(&settings, text, error), EINVAL);
    assert_string_equal(error, sentence);
}

static void test_settings(void **state)
{
    (void)state;
    struct spec_settings settings = {0};
    char error[SENTENCE_BYTES];
    assert_int_equal(spec_add_settings(&settings, "", error), 0);
    assert_int_equal(spec_add_settings(&settings, "   ", error), 0);
    assert_int_equal(settings.count, 0);
    assert_int_equal(spec_add_settings(&settings, "  MALLOC_ARENA_MAX=1   _A2= CONF=a:b,c=d ", error), 0);
    assert_int_equal(settings.count, 3);
    assert_string_equal(settings.items[0], "MALLOC_ARENA_MAX=1");
    assert_string_equal(settings.items[1], "_A2=");
    assert_string_equal(settings.items[2], "CONF=a:b,c=d");
    /* A name that is there gets the new value; one that only begins so is another. */
    assert_int_equal(spec_add_settings(&settings, "CONF=x CON=y MALLOC_ARENA_MAX=12", error), 0);
    assert_int_equal(settings.count, 4);
    assert_string_equal(settings.items[0], "MALLOC_ARENA_MAX=12");
    assert_string_equal(settings.items[2], "CONF=x");
    assert_string_equal(settings.items[3], "CON=y");
}

static void test_settings_that_are_none(void **state)
{
    (void)state;
    refuse_settings("A", "'A' is no environment variable: write NAME=value, in capitals");
    refuse_settings("=1", "'=1' is no environment variable: write NAME=value, in capitals");
    refuse_settings("a=1", "'a=1' is no environment variable: write NAME=value, in capitals");
    refuse_settings("1A=1", "'1A=1' is no environment variable: write NAME=value, in capitals");
    refuse_settings("A-B=1", "'A-B=1' is no environment variable: write NAME=value, in capitals");
    refuse_settings("A=1 B =2", "'B' is no environment variable: write NAME=value, in capitals");
    refuse_settings("LD_PRELOAD=x.so", "'LD_PRELOAD' is not for the environment: a library is given as "
                                       "--alloc=NAME=path");
    refuse_settings("A=1 LD_=", "'LD_' is not for the environment: a library is given as --alloc=NAME=path");
}

static void test_settings_have_limits(void **state)
{
    (void)state;
    struct spec_settings settings = {0};
    char error[SENTENCE_BYTES], text[SPEC_SETTING_BYTES + 2];
    memset(text, 'v', sizeof text);
    memcpy(text, "LONG=", 5);
    text[SPEC_SETTING_BYTES] = 0;
    refuse_settings(text, "the value of 'LONG' is too long: at most 511 bytes with its name");
    text[SPEC_SETTING_BYTES - 1] = 0;
    assert_int_equal(spec_add_settings(&settings, text, error), 0);
    assert_string_equal(settings.items[0], text);
    assert_int_equal(spec_add_settings(&settings, "B=1 C=1 D=1 E=1 F=1 G=1 H=1", error), 0);
    assert_int_equal(settings.count, SPEC_SETTINGS_MAX);
    assert_int_equal(spec_add_settings(&settings, "H=2", error), 0);
    assert_int_equal(spec_add_settings(&settings, "I=1", error), EINVAL);
    assert_string_equal(error, "more than 8 environment variables");
    assert_int_equal(settings.count, SPEC_SETTINGS_MAX);
}

struct kept_arguments {
    int count;
    char *items[64];
};

static void keep_argument(void *context, const char *argument)
{
    struct kept_arguments *kept = context;
    assert_true(kept->count < 63);
    kept->items[kept->count++] = strdup(argument);
}

/* What run.json keeps makes the same spec again: a resumed run is the run that was begun. */
static void test_a_spec_goes_to_options_and_back(void **state)
{
    struct spec *spec = *state;
    char error[SENTENCE_BYTES];
    char *argv[] = {"run",
                    "--alloc=glibc,mine=/lib/my.so",
                    "--table=array",
                    "--workload=find,fill",
                    "--entries=2^20+1,77",
                    "--reps=3",
                    "--mode=latency",
                    "--heap=warm,cold",
                    "--thp=always",
                    "--growth=1.25,+67108864,16",
                    "--load=0.5,0.875",
                    "--entry-bytes=64",
                    "--reserve=double,none",
                    "--count=12,1",
                    "--threads=4",
                    "--keys=sequential,file:a/b c.txt",
                    "--rounds=7",
                    "--snapshot=fork",
                    "--batch=1,64",
                    "--stops=16",
                    "--find-limit",
                    "--budget=1GiB",
                    "--timeout=5m",
                    "--verify=sample",
                    "--seed=9",
                    "--aslr",
                    "--reference=none",
                    "--limit-by=watchdog",
                    "--no-plot",
                    "--quiet",
                    "--benchmark_filter=a|b",
                    "--benchmark_format=json",
                    "--benchmark_enable_random_interleaving=false",
                    NULL};
    assert_int_equal(spec_parse(spec, (int)(sizeof argv / sizeof *argv) - 1, argv, error), 0);
    struct kept_arguments kept = {.count = 1, .items = {argv[0]}};
    spec_each_argument(spec, keep_argument, &kept);
    struct spec *again = malloc(sizeof *again);
    assert_non_null(again);
    spec_init(again);
    assert_int_equal(spec_parse(again, kept.count, kept.items, error), 0);
    assert_int_equal(again->budget_bytes, 1 << 30);
    assert_int_equal(again->timeout_seconds, 300);
    assert_true(again->verifies_sample);
    assert_int_equal(again->axes[CELL_AXIS_entries].items[0], (1 << 20) + 1);
    assert_string_equal(again->allocators.items[1].path, "/lib/my.so");
    assert_true(again->axes[CELL_AXIS_aslr].items[0] && !again->reference && again->watchdog_only &&
                again->no_plot && again->quiet && !again->shuffle && again->gbench_prints);
    struct kept_arguments twice = {.count = 1};
    spec_each_argument(again, keep_argument, &twice);
    assert_int_equal(twice.count, kept.count);
    for (int i = 1; i < kept.count; i++) {
        assert_string_equal(twice.items[i], kept.items[i]);
        free(twice.items[i]);
    }
    for (int i = 1; i < kept.count; i++)
        free(kept.items[i]);
    free(again);
}

#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_defaults),
        UNIT_TEST(test_every_option),
        UNIT_TEST(test_all_is_every_word),
        UNIT_TEST(test_the_last_of_an_option_counts),
        UNIT_TEST(test_names_with_a_path),
        UNIT_TEST(test_errors_name_the_value),
        UNIT_TEST(test_lists_and_names_have_a_limit),
        UNIT_TEST(test_resume_needs_a_folder),
        UNIT_TEST(test_flags_of_google_benchmark_that_are_taken),
        UNIT_TEST(test_flags_of_google_benchmark_that_are_refused),
        UNIT_TEST(test_unknown_options_are_refused),
        UNIT_TEST(test_help_lists_every_option),
        UNIT_TEST(test_options_can_be_set_by_name),
        UNIT_TEST(test_settings),
        UNIT_TEST(test_settings_that_are_none),
        UNIT_TEST(test_settings_have_limits),
        UNIT_TEST(test_a_spec_goes_to_options_and_back),
    };
    return cmocka_run_group_tests_name("spec", tests, NULL, NULL);
}
