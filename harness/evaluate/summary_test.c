/* SPDX-License-Identifier: MIT
 *
 * The comparison table: who is marked, who is not, and what a row says when a process went wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/evaluate/summary.h"
#include "harness/evaluate/summary_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RESULTS_MAX = 32 };

struct fixture {
    struct results results;
    struct result items[RESULTS_MAX];
    char *text;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    *state = f;
    if (f)
        f->results.items = f->items;
    return f ? 0 : -1;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    free(f->text);
    free(f);
    return 0;
}

static struct result *add(struct fixture *f, const char *id, double worst, double longest_ns,
                          double hiccup_ns)
{
    struct result *r = &f->items[f->results.count++];
    *r = (struct result){.status = RECORD_OK, .allocator_is_malloc = true, .table_is_keyed = true};
    strcpy(r->id, id);
    assert_int_equal(cell_parse_id(id, &r->cell), 0);
    strcpy(r->allocator_version, "1.2");
    for (int i = 0; i < COUNTER_COUNT; i++)
        r->counters[i] = NAN;
    r->counters[COUNTER_worst_rss_ratio] = worst;
    r->counters[COUNTER_insert_max_ns] = r->counters[COUNTER_stall_max_ns] = longest_ns;
    r->counters[COUNTER_hiccup_max_ns] = hiccup_ns;
    return r;
}

static const char *print(struct fixture *f)
{
    size_t size;
    free(f->text);
    FILE *out = open_memstream(&f->text, &size);
    assert_non_null(out);
    summary_print(&f->results, out);
    fclose(out);
    return f->text;
}

/* The line of an allocator. */
static const char *line_of(const struct fixture *f, const char *allocator, char *line)
{
    const char *at = strstr(f->text, allocator);
    assert_non_null(at);
    snprintf(line, 300, "%.*s", (int)strcspn(at, "\n"), at);
    return line;
}

static void test_the_best_on_a_cold_heap_only_leads(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/good/entries:5/mode:latency", 1.0, 1e6, 1e3);
    add(f, "fill/t/bad/entries:5/mode:latency", 2.0, 1e9, 1e3);
    print(f);
    assert_non_null(strstr(line_of(f, "good 1.2", line), "1.00+"));
    assert_null(strchr(line, '*'));
    assert_null(strchr(line_of(f, "bad 1.2", line), '+'));
    assert_non_null(strstr(f->text, "HEAP=cold,warm"));
}

static void test_the_best_on_both_is_best(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/good/entries:5/mode:latency", 1.0, 1e6, 1e3);
    add(f, "fill/t/good/entries:5/mode:latency/heap:warm", 1.0, 9e9, 1e3);
    add(f, "fill/t/bad/entries:5/mode:latency", 2.0, 1e9, 1e3);
    add(f, "fill/t/bad/entries:5/mode:latency/heap:warm", 2.0, 1e9, 1e3);
    print(f);
    assert_non_null(strstr(line_of(f, "good 1.2 cold", line), "1.00*"));
    assert_non_null(strstr(line, "1.00 ms+"));
    assert_null(strchr(line_of(f, "bad 1.2 cold", line), '*'));
}

/* Each workload has columns of its own, and a figure stands below its title. */
static void test_churn_and_drain_have_columns_of_their_own(void **state)
{
    static const struct {
        const char *id, *title, *subtitle;
        enum counter counter;
        double value;
        const char *text;
    } rows[] = {
        {"churn/t/a/entries:5/mode:latency", "resident", "end/begin", COUNTER_rss_drift_ratio, 1.25, "1.25"},
        {"churn/t/b/entries:6/mode:latency/snapshot:fork", "copied for", "snapshot",
         COUNTER_snapshot_copied_bytes, 3 << 20, "3.00 MiB"},
        {"drain/t/c/entries:5/mode:throughput", "held", "10 s on", COUNTER_drained_10s_rss_bytes, 7 << 20,
         "7.00 MiB"},
        {"drain/t/d/entries:6/mode:throughput", "peak of", "refill", COUNTER_refill_peak_rss_bytes, 9 << 20,
         "9.00 MiB"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        add(f, rows[i].id, 1.0, 1e6, 1e3)->counters[rows[i].counter] = rows[i].value;
    print(f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char heading[64];
        snprintf(heading, sizeof heading, "%.5s of %d entries", rows[i].id, 5 + (int)i % 2);
        const char *at = strstr(f->text, heading);
        assert_non_null(at);
        const char *titles = strstr(at, "table  "), *values = strstr(at, rows[i].text);
        const char *subtitles = strchr(titles, '\n');
        assert_true(strstr(titles, rows[i].title) < subtitles);
        const char *subtitle = strstr(subtitles, rows[i].subtitle);
        assert_non_null(subtitle);
        assert_non_null(values);
        const char *line = values;
        while (line[-1] != '\n')
            line--;
        /* Both end in the same place. */
        assert_int_equal(subtitle + strlen(rows[i].subtitle) - (subtitles + 1),
                         values + strlen(rows[i].text) - line);
    }
}

static void test_where_the_time_of_threads_went(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/a/entries:5/mode:throughput", 1, 1e6, 1e3)->counters[COUNTER_items_per_second] = 2e6;
    print(f);
    assert_null(strstr(f->text, "a fault"));
    struct result *speed = add(f, "fill/t/a/entries:5/mode:throughput/threads:2", 1, 1e6, 1e3);
    speed->counters[COUNTER_items_per_second] = 3e6;
    speed->counters[COUNTER_blocked_ns] = 5e8;
    speed->counters[COUNTER_timed_ns] = 1e9;
    struct result *stalls = add(f, "fill/t/a/entries:5/mode:latency/threads:2", 1, 1e6, 1e3);
    stalls->counters[COUNTER_resize_total_ns] = 7e6;
    stalls->counters[COUNTER_resize_max_ns] = 4e6;
    stalls->counters[COUNTER_fault_total_ns] = 9e6;
    stalls->counters[COUNTER_fault_count] = 3000;
    print(f);
    line_of(f, "  2 threads", line);
    static const char *const values[] = {"1.50 x", "7.00 ms", "4.00 ms", "3.00 us", "25 %"};
    const char *at = line;
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        at = strstr(at, values[i]);
        assert_non_null(at);
    }
}

static void test_what_is_in_huge_pages_is_said(void **state)
{
    struct fixture *f = *state;
    struct result *one = add(f, "fill/t/good/entries:5/mode:latency", 1.0, 1e6, 1e3);
    struct result *two = add(f, "fill/t/bad/entries:5/mode:latency", 2.0, 1e9, 1e3);
    assert_null(strstr(print(f), "huge pages")); /* not known */
    one->counters[COUNTER_huge_page_ratio] = two->counters[COUNTER_huge_page_ratio] = 0.004;
    assert_null(strstr(print(f), "huge pages")); /* nobody asked, nothing there */
    one->counters[COUNTER_huge_page_ratio] = 0.976;
    assert_non_null(strstr(print(f), "in huge pages at the end:\n    t: bad 0 %, good 98 %\n"));
    one->cell.thp = two->cell.thp = PAGE_POLICY_ALWAYS;
    assert_non_null(strstr(print(f), "(thp:always asks for them):\n    t: bad 0 %, good 98 %\n"));
    one->counters[COUNTER_huge_page_ratio] = 0;
    assert_non_null(strstr(print(f), "nothing, in any row (thp:always asks for them)"));
    one->cell.thp = two->cell.thp = PAGE_POLICY_NEVER;
    assert_non_null(strstr(print(f), "nothing, in any row (thp:never forbids them)"));
}

/* Who was only measured cold cannot be best of a table that others were measured warm on. */
static void test_nobody_is_best_from_cold_cells_alone(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/good/entries:5/mode:latency", 1.0, 1e6, 1e3);
    add(f, "fill/t/bad/entries:5/mode:latency", 2.0, 1e9, 1e3);
    add(f, "fill/t/bad/entries:5/mode:latency/heap:warm", 2.0, 1e9, 1e3);
    print(f);
    assert_null(strchr(line_of(f, "good 1.2", line), '*'));
    assert_non_null(strchr(line, '+'));
}

static void test_what_the_machine_cannot_resolve(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/one/entries:5/mode:latency", 1.0, 1e6, 2e5);
    add(f, "fill/t/two/entries:5/mode:latency", 1.0, 1.5e6, 2e5);
    add(f, "fill/t/slow/entries:5/mode:latency", 1.0, 1e9, 2e5);
    print(f);
    assert_non_null(strstr(line_of(f, "one 1.2", line), "1.00 ms?+"));
    assert_non_null(strstr(line_of(f, "two 1.2", line), "1.50 ms?+")); /* not told from the other */
    assert_null(strstr(line_of(f, "slow 1.2", line), "?"));
    /* Where hiccups could not be measured, nothing is resolved. */
    f->items[2].counters[COUNTER_hiccup_max_ns] = NAN;
    print(f);
    assert_non_null(strstr(line_of(f, "slow 1.2", line), "1.00 s?"));
}

static void test_one_bad_repetition_spoils_the_row(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/a/entries:5/mode:latency", 1.0, 1e6, 1e3);
    struct result *second = add(f, "fill/t/a/entries:5/mode:latency", 1.0, 1e6, 1e3);
    add(f, "fill/t/b/entries:5/mode:latency", 3.0, 1e6, 1e3);
    add(f, "fill/t/c/entries:5/mode:latency", 4.0, 1e6, 1e3);
    second->repetition = 1;
    second->status = RECORD_WRONG;
    strcpy(second->message, "found 31 of 32");
    print(f);
    assert_non_null(strstr(line_of(f, "a 1.2", line), "WRONG: found 31 of 32 (1 of 2 processes)"));
    assert_null(strchr(line, '+'));
    assert_non_null(strstr(line_of(f, "b 1.2", line), "3.00+")); /* nor does it beat anybody */
}

static void test_repetitions_that_were_not_run_do_not_count(void **state)
{
    struct fixture *f = *state;
    char line[300];
    struct result *first = add(f, "fill/t/a/entries:5/mode:latency", 1.0, 1e6, 1e3);
    struct result *second = add(f, "fill/t/a/entries:5/mode:latency", NAN, NAN, NAN);
    first->status = RECORD_OOM;
    strcpy(first->message, "exceeded 8.00 GiB at 201326592 of 536870912 entries");
    second->repetition = 1;
    second->status = RECORD_SKIP;
    strcpy(second->message, RESULTS_NOT_REPEATED " an earlier repetition ended as OOM");
    print(f);
    assert_non_null(
        strstr(line_of(f, "a 1.2", line), "OOM: exceeded 8.00 GiB at 201326592 of 536870912 entries"));
    assert_null(strstr(line, "processes"));
}

/* Both modes measure memory: the worst is the worst of both. */
static void test_memory_is_the_worse_of_both_modes(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/a/entries:5/mode:latency", 1.0, 1e6, 1e3);
    add(f, "fill/t/a/entries:5/mode:throughput", 3.0, NAN, NAN);
    print(f);
    assert_non_null(strstr(line_of(f, "a 1.2", line), "3.00"));
}

static struct result *add_limit(struct fixture *f, const char *id, enum limit_found_by found_by,
                                double needed, double estimate)
{
    struct result *r = add(f, id, 1.0, 1e6, 1e3);
    r->limit_found_by = found_by;
    r->counters[COUNTER_limit_needed_bytes] = needed;
    r->counters[COUNTER_limit_estimate_bytes] = estimate;
    return r;
}

/* Of both modes whichever has it: the estimate of the other one may be larger. */
static void test_the_limit_is_the_one_that_was_found(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add_limit(f, "fill/t/a/entries:5/mode:latency", LIMIT_NOT_SOUGHT, NAN, 300 << 20);
    add_limit(f, "fill/t/a/entries:5/mode:throughput", LIMIT_BISECTION, 200 << 20, 210 << 20);
    print(f);
    assert_non_null(strstr(line_of(f, "a 1.2", line), " 200 MiB "));
    assert_null(strchr(f->text, '~'));
    assert_non_null(strstr(f->text, "set the"));
    assert_non_null(strstr(f->text, "container to"));
}

static void test_an_estimated_limit_is_marked(void **state)
{
    struct fixture *f = *state;
    char line[300];
    static const char note[] = "  ~ an estimate: resident at the start, peak and page tables";
    add_limit(f, "fill/t/a/entries:5/mode:latency", LIMIT_NOT_SOUGHT, NAN, 300 << 20);
    add_limit(f, "fill/t/b/entries:5/mode:latency", LIMIT_ESTIMATE, 100 << 20, 100 << 20);
    print(f);
    assert_non_null(strstr(line_of(f, "a 1.2", line), " ~300 MiB "));
    assert_non_null(strstr(line_of(f, "b 1.2", line), " ~100 MiB+"));
    assert_non_null(strstr(f->text, note));
    /* Nothing known at all: a row of before. */
    f->items[0].counters[COUNTER_limit_estimate_bytes] = NAN;
    f->results.count = 1;
    print(f);
    assert_null(strchr(f->text, '~'));
}

static void test_limits_tie_within_their_precision(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add_limit(f, "fill/t/best/entries:5/mode:latency", LIMIT_BISECTION, 100 << 20, 100 << 20);
    add_limit(f, "fill/t/tied/entries:5/mode:latency", LIMIT_BISECTION, 101.5 * (1 << 20), 100 << 20);
    add_limit(f, "fill/t/more/entries:5/mode:latency", LIMIT_BISECTION, 103 << 20, 100 << 20);
    add_limit(f, "fill/t/guess/entries:5/mode:latency", LIMIT_ESTIMATE, 90 << 20, 90 << 20);
    print(f);
    assert_non_null(strstr(line_of(f, "best 1.2", line), " 100 MiB+"));
    assert_non_null(strstr(line_of(f, "tied 1.2", line), " 102 MiB+"));
    assert_non_null(strstr(line_of(f, "more 1.2", line), " 103 MiB "));
    assert_non_null(
        strstr(line_of(f, "guess 1.2", line), "~90.0 MiB ")); /* not compared with what was found */
}

static void test_yardsticks_stand_apart(void **state)
{
    struct fixture *f = *state;
    char line[300];
    struct result *yardstick = add(f, "fill/y/a/entries:5/mode:latency", 99, 1e3, 1);
    yardstick->table_is_yardstick = true;
    yardstick->counters[COUNTER_peak_rss_ratio] = 2;
    add(f, "fill/t/a/entries:5/mode:latency", 5, 1e6, 1);
    print(f);
    const char *heading = strstr(f->text, "yardsticks");
    assert_non_null(heading);
    assert_true(strstr(f->text, "5.00") < heading && strstr(heading, "2.00"));
    assert_null(strstr(heading, "99"));
    assert_null(strchr(line_of(f, "y ", line), '+'));
}

static void test_a_reference_shows_no_times(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/ref/entries:5/mode:latency", 1.25, 1e6, 1e3)->is_reference = true;
    add(f, "fill/t/own/entries:5/mode:latency", 1.5, 1e9, 1e3);
    print(f);
    assert_non_null(strstr(line_of(f, "ref 1.2", line), "1.25"));
    assert_null(strstr(line, "ms"));
}

static void test_a_table_is_labelled_with_its_version(void **state)
{
    struct fixture *f = *state;
    strcpy(add(f, "fill/t/a/entries:5/mode:latency", 1, 1e6, 1e3)->table_version, "20220623.1");
    add(f, "fill/u/a/entries:5/mode:latency", 2, 1e6, 1e3);
    print(f);
    assert_non_null(strstr(f->text, "\n  t 20220623.1     a 1.2 "));
    assert_non_null(strstr(f->text, "\n  u                a 1.2 "));
    strcpy(f->items[0].table_version, "of a library with a long version");
    print(f);
    assert_non_null(strstr(f->text, "\n  t of a library with a long version a 1.2 "));
    assert_non_null(strstr(f->text, "\n  u                                  a 1.2 "));
}

/* ---- profiles ---- */

/* Three repetitions of one cell; the growth is in it as the longest insert is. */
static void add_profile(struct fixture *f, const char *allocator, const char *heap, double worst,
                        double growth_ns)
{
    for (int i = 0; i < 3; i++) {
        char id[CELL_ID_BYTES];
        snprintf(id, sizeof id, "fill/t/%s/entries:5/mode:latency%s", allocator, heap);
        struct result *r = add(f, id, worst, growth_ns + i, 1);
        r->repetition = i;
        r->counters[COUNTER_growth_max_ns] = growth_ns;
    }
}

static void test_a_broken_profile_is_never_best(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add_profile(f, "peer", "", 2, 120e6);
    add_profile(f, "peer:fast", "", 1, 133e6); /* less memory, but that is not its promise */
    add_profile(f, "other", "", 3, 200e6);
    print(f);
    assert_null(strchr(line_of(f, "peer:fast 1.2", line), '+'));
    assert_non_null(strstr(line_of(f, "peer 1.2", line), "2.00+"));
    assert_non_null(strstr(f->text,
                           "  peer:fast is slower than peer on t, cold heap: 133 ms (133 ms to 133 ms) "
                           "against 120 ms (120 ms to 120 ms), 3 repetitions: kept out of the "
                           "comparison\n"));
}

static void test_a_profile_that_keeps_its_promise_may_be_best(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add_profile(f, "peer", "", 2, 120e6);
    add_profile(f, "peer:fast", "", 2, 60e6);
    print(f);
    assert_non_null(strchr(line_of(f, "peer:fast 1.2", line), '+'));
    assert_null(strstr(f->text, "kept out"));
}

/* One process a cell is the default: nothing is found out then, and that is said. */
static void test_a_profile_that_nothing_checked_is_said_so(void **state)
{
    struct fixture *f = *state;
    static const char note[] = "profiles (:lean, :fast) that nothing here checked";
    add(f, "fill/t/peer/entries:5/mode:throughput", 2, NAN, NAN);
    assert_null(strstr(print(f), note));
    add(f, "fill/t/peer:lean/entries:5/mode:throughput", 3, NAN, NAN);
    assert_non_null(strstr(print(f), note));
    /* Nothing to check: the table is too small for the figure. */
    f->items[1].counters[COUNTER_worst_rss_ratio] = NAN;
    assert_null(strstr(print(f), note));
    f->results.count = 0;
    add_profile(f, "peer", "", 2, 120e6);
    add_profile(f, "peer:lean", "", 1, 120e6);
    assert_null(strstr(print(f), note));
}

static void test_the_region_against_each_peer_at_its_best(void **state)
{
    struct fixture *f = *state;
    add_profile(f, "mremap", "", 1.02, 45e3);
    add_profile(f, "mremap", "/heap:warm", 1.02, 55e3);
    add_profile(f, "jemalloc", "", 2.45, 120e6);
    add_profile(f, "jemalloc", "/heap:warm", 2.45, 120e6);
    add_profile(f, "jemalloc:lean", "", 2.03, 300e6);
    add_profile(f, "jemalloc:lean", "/heap:warm", 2.6, 300e6); /* broken */
    add_profile(f, "jemalloc:fast", "", 3.01, 58e6);
    add_profile(f, "jemalloc:fast", "/heap:warm", 3.01, 50e6);
    add_profile(f, "mimalloc", "", 3.03, 58e6); /* has no profiles here */
    print(f);
    const char *headline = strstr(f->text, "t: mremap against the best of jemalloc (default, lean, fast)\n");
    assert_non_null(headline);
    assert_non_null(strstr(headline, "cold: memory 1.02 against 2.03 (:lean), longest growth 45.0 us against "
                                     "58.0 ms (:fast)\n"));
    assert_non_null(strstr(headline,
                           "warm: memory 1.02 against 2.45 (default), longest growth 55.0 us against "
                           "50.0 ms (:fast)\n"));
    assert_null(strstr(f->text, "best of mimalloc"));
}

static void test_no_headline_without_profiles_or_region(void **state)
{
    struct fixture *f = *state;
    add_profile(f, "mremap", "", 1.02, 45e3);
    add_profile(f, "jemalloc", "", 2.45, 120e6);
    print(f);
    assert_null(strstr(f->text, "against the best"));
    f->results.count = 0;
    add_profile(f, "jemalloc", "", 2.45, 120e6);
    add_profile(f, "jemalloc:fast", "", 2.45, 12e6);
    print(f);
    assert_null(strstr(f->text, "against the best"));
}

/* A table of small blocks has no growth: nothing to compare. */
static void test_no_growth_is_no_headline(void **state)
{
    struct fixture *f = *state;
    add_profile(f, "mremap", "", 1.02, 0);
    add_profile(f, "jemalloc:fast", "", 2.45, 0);
    print(f);
    assert_non_null(strstr(f->text, "cold: memory 1.02 against 2.45 (:fast)\n"));
    assert_null(strstr(f->text, "longest growth"));
}

/* Three of throughput mode more: the third figure of the headline. */
static void test_the_headline_has_speed_where_it_was_measured(void **state)
{
    struct fixture *f = *state;
    add_profile(f, "mremap", "", 1.02, 45e3);
    add_profile(f, "jemalloc:fast", "", 2.45, 12e6);
    add(f, "fill/t/mremap/entries:5/mode:throughput", 1, NAN, NAN)->counters[COUNTER_items_per_second] = 51e6;
    add(f, "fill/t/jemalloc:fast/entries:5/mode:throughput", 1, NAN, NAN)
        ->counters[COUNTER_items_per_second] = 40e6;
    print(f);
    assert_non_null(strstr(f->text, "t: mremap against the best of jemalloc (fast)\n"));
    /* With one repetition by a factor of two. */
    assert_non_null(strstr(f->text, ", inserts/s 51.0 M against 40.0 M (:fast; not told apart)\n"));
    f->items[f->results.count - 1].counters[COUNTER_items_per_second] = 25e6;
    print(f);
    assert_non_null(strstr(f->text, ", inserts/s 51.0 M against 25.0 M (:fast)\n"));
}

/* Rows that grow in another way stand in no headline, so that they must not begin one either. */
static void test_no_version_leaves_no_gap(void **state)
{
    struct fixture *f = *state;
    *add(f, "fill/t/mine/entries:5/mode:latency/heap:warm", 1, 1e6, 1e3)->allocator_version = 0;
    assert_non_null(strstr(print(f), "mine warm"));
}

static void test_one_headline_whatever_the_ways_of_growing(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 3; i++) {
        const char *growth = (const char *[]){"/growth:1.25", "/growth:1.5", ""}[i];
        add_profile(f, "mremap", growth, 1.02 + i, 45e3);
        add_profile(f, "jemalloc:fast", growth, 2.45 + i, 12e6);
    }
    const char *headline = strstr(print(f), "mremap against the best of jemalloc");
    assert_non_null(headline);
    assert_null(strstr(headline + 1, "mremap against the best of jemalloc"));
    assert_non_null(strstr(headline, "memory 3.02 against 4.45 (:fast)"));
}

/* What is counted a second are not the inserts alone. */
static void test_the_headline_of_churn_and_drain_names_what_is_counted(void **state)
{
    static const char *const workloads[] = {"churn", "drain"};
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++) {
        char id[100];
        f->results.count = 0;
        snprintf(id, sizeof id, "%s/t/mremap/entries:5/mode:throughput", workloads[i]);
        add(f, id, 1, NAN, NAN)->counters[COUNTER_items_per_second] = 51e6;
        snprintf(id, sizeof id, "%s/t/jemalloc:fast/entries:5/mode:throughput", workloads[i]);
        add(f, id, 2, NAN, NAN)->counters[COUNTER_items_per_second] = 20e6;
        assert_non_null(strstr(print(f), ", erases and inserts/s 51.0 M against 20.0 M (:fast)\n"));
    }
}

/* Below ten hiccups is shorter than what is above, whatever it is; two of them are not told apart. */
static void test_what_is_not_resolved_is_not_behind_what_is_longer(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/region/entries:5/mode:latency", 1, 6e6, 8e6);
    add(f, "fill/t/other/entries:5/mode:latency", 1, 30e6, 8e6);
    add(f, "fill/t/slower/entries:5/mode:latency", 1, 41e6, 1e6);
    add(f, "fill/t/hiccup/entries:5/mode:latency", 1, 70e6, 8e6);
    print(f);
    assert_non_null(strstr(line_of(f, "region 1.2", line), "6.00 ms?+"));
    assert_non_null(strstr(line_of(f, "other 1.2", line), "30.0 ms?+"));
    assert_null(strstr(line_of(f, "slower 1.2", line), "41.0 ms+"));
    assert_null(strstr(line_of(f, "hiccup 1.2", line), "70.0 ms?+"));
}

/* Two shares that are the machine's own doing are not told apart, however far they lie from each other. */
static void test_utilisation_that_is_not_resolved_is_alike(void **state)
{
    struct fixture *f = *state;
    char line[300];
    add(f, "fill/t/lucky/entries:5/mode:latency", 1, 6e6, 8e6)->counters[COUNTER_utilisation_100ms_ratio] =
        0.57;
    add(f, "fill/t/hit/entries:5/mode:latency", 1, 7e6, 8e6)->counters[COUNTER_utilisation_100ms_ratio] =
        0.18;
    print(f);
    assert_non_null(strstr(line_of(f, "lucky 1.2", line), "0.57?"));
    assert_null(strstr(line, "0.57?+"));
}

static void test_what_earlier_tables_left_is_said_so(void **state)
{
    struct fixture *f = *state;
    add(f, "fill/t/keeps/entries:5/mode:latency", 3, 5e6, 1e3);
    add(f, "fill/t/keeps/entries:5/mode:latency/heap:warm", 96, 5e6, 1e3)->counters[COUNTER_peak_rss_ratio] =
        3;
    add(f, "fill/t/gives/entries:5/mode:latency", 3, 5e6, 1e3);
    add(f, "fill/t/gives/entries:5/mode:latency/heap:warm", 3.1, 5e6, 1e3);
    add(f, "fill/t/alone/entries:5/mode:latency/heap:warm", 96, 5e6, 1e3); /* compared with what? */
    print(f);
    assert_non_null(strstr(f->text,
                           "t, keeps warm: its worst memory is that of the tables before, kept; the peak "
                           "is 3.00 of the final payload\n"));
    assert_null(strstr(f->text, "gives warm:"));
    f->items[0].cell.growth = f->items[1].cell.growth = 1250;
    assert_non_null(strstr(print(f), "t, keeps warm growth:1.25: its worst memory"));
    assert_null(strstr(f->text, "alone warm:"));
}

/* Best and worst are told apart from each other, and nobody is both. */
static void test_who_is_worst(void **state)
{
    static const struct {
        double memory, stall_ns;
        bool best_memory, worst_memory, best_stall, worst_stall;
    } expected[] = {
        {1.00, 1e9, true, false, false, true},    /* longest, with the next */
        {1.005, 0.9e9, true, false, false, true}, /* a tie with the first in both */
        {2.00, 3e8, false, false, false, false},  /* in between */
        {3.00, 1e8, false, true, true, false},    {2.99, 1.1e8, false, true, true, false},
    };
    struct fixture *f = *state;
    enum { COUNT = sizeof expected / sizeof *expected };
    for (size_t i = 0; i < COUNT; i++) {
        char id[60];
        snprintf(id, sizeof id, "fill/t/a%zu/entries:5/mode:latency", i);
        add(f, id, expected[i].memory, expected[i].stall_ns, 1e3);
    }
    add(f, "fill/t/dead/entries:5/mode:latency", 9, 9e9, 1e3)->status = RECORD_OOM;
    struct summary_rows rows = summary_collect(&f->results, &f->items[0].cell);
    assert_int_equal(rows.count, COUNT + 1);
    enum summary_column stall = SUMMARY_FOURTH;
    assert_int_equal(rows.columns[stall].counter, COUNTER_stall_max_ns);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(rows.items[i].best[SUMMARY_WORST], expected[i].best_memory);
        assert_int_equal(rows.items[i].worst[SUMMARY_WORST], expected[i].worst_memory);
        assert_int_equal(rows.items[i].best[stall], expected[i].best_stall);
        assert_int_equal(rows.items[i].worst[stall], expected[i].worst_stall);
    }
    assert_false(rows.items[COUNT].worst[SUMMARY_WORST]); /* it has no place */
    free(rows.items);
}

int main(void)
{
#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        UNIT_TEST(test_the_best_on_a_cold_heap_only_leads),
        UNIT_TEST(test_the_best_on_both_is_best),
        UNIT_TEST(test_who_is_worst),
        UNIT_TEST(test_what_is_in_huge_pages_is_said),
        UNIT_TEST(test_nobody_is_best_from_cold_cells_alone),
        UNIT_TEST(test_what_the_machine_cannot_resolve),
        UNIT_TEST(test_one_bad_repetition_spoils_the_row),
        UNIT_TEST(test_repetitions_that_were_not_run_do_not_count),
        UNIT_TEST(test_memory_is_the_worse_of_both_modes),
        UNIT_TEST(test_the_limit_is_the_one_that_was_found),
        UNIT_TEST(test_an_estimated_limit_is_marked),
        UNIT_TEST(test_limits_tie_within_their_precision),
        UNIT_TEST(test_yardsticks_stand_apart),
        UNIT_TEST(test_a_reference_shows_no_times),
        UNIT_TEST(test_a_table_is_labelled_with_its_version),
        UNIT_TEST(test_a_broken_profile_is_never_best),
        UNIT_TEST(test_a_profile_that_keeps_its_promise_may_be_best),
        UNIT_TEST(test_a_profile_that_nothing_checked_is_said_so),
        UNIT_TEST(test_the_region_against_each_peer_at_its_best),
        UNIT_TEST(test_no_headline_without_profiles_or_region),
        UNIT_TEST(test_no_growth_is_no_headline),
        UNIT_TEST(test_the_headline_has_speed_where_it_was_measured),
        UNIT_TEST(test_no_version_leaves_no_gap),
        UNIT_TEST(test_one_headline_whatever_the_ways_of_growing),
        UNIT_TEST(test_the_headline_of_churn_and_drain_names_what_is_counted),
        UNIT_TEST(test_churn_and_drain_have_columns_of_their_own),
        UNIT_TEST(test_where_the_time_of_threads_went),
        UNIT_TEST(test_what_is_not_resolved_is_not_behind_what_is_longer),
        UNIT_TEST(test_utilisation_that_is_not_resolved_is_alike),
        UNIT_TEST(test_what_earlier_tables_left_is_said_so),
    };
    return cmocka_run_group_tests_name("summary", tests, NULL, NULL);
}
