/* SPDX-License-Identifier: MIT
 *
 * Ranges of sizes: alone, and in the list that --entries takes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "harness/request/spec_range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_an_octave(void **state)
{
    (void)state;
    struct spec_numbers numbers;
    char error[SENTENCE_BYTES];
    assert_int_equal(spec_range_parse("2^21..2^22/16", &numbers, error), 0);
    assert_int_equal(numbers.count, 16);
    assert_int_equal(numbers.items[0], 2190001); /* 2^(21 + 1/16) = 2190000.9 */
    assert_int_equal(numbers.items[7], 2965821); /* 2^21.5 = 2965820.8 */
    assert_int_equal(numbers.items[15], 4194304);
    for (size_t i = 1; i < 16; i++) {
        double factor = (double)numbers.items[i] / (double)numbers.items[i - 1];
        assert_true(factor > 1.0442732 && factor < 1.0442744); /* 2^(1/16) = 1.04427378 */
    }
}

static void test_ends(void **state)
{
    (void)state;
    struct spec_numbers numbers;
    char error[SENTENCE_BYTES];
    assert_int_equal(spec_range_parse("1000..2000/1", &numbers, error), 0);
    assert_int_equal(numbers.count, 1);
    assert_int_equal(numbers.items[0], 2000);
    assert_int_equal(spec_range_parse("1..2^48/48", &numbers, error), 0);
    for (size_t i = 0; i < 48; i++)
        assert_int_equal(numbers.items[i], (uint64_t)2 << i);
    assert_int_equal(spec_range_parse("2^20..2^26/64", &numbers, error), 0);
    assert_int_equal(numbers.count, SPEC_LIST_MAX);
}

static void test_bad_ranges(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"2^21..2^22", "FROM..TO/STEPS"},         {"2^21../16", "FROM..TO/STEPS"},
        {"..2^22/16", "FROM..TO/STEPS"},          {"2^21..2^22/", "FROM..TO/STEPS"},
        {"2^21..2^22/0", "FROM..TO/STEPS"},       {"2^21..2^22/-4", "FROM..TO/STEPS"},
        {"2^21..2^22/four", "FROM..TO/STEPS"},    {"2^21/4..2^22", "FROM..TO/STEPS"},
        {"2^21..2^22..2^23/4", "FROM..TO/STEPS"}, {"2^22..2^21/16", "smaller end first"},
        {"2^22..2^22/16", "smaller end first"},   {"2^21..2^22/65", "at most 64"},
        {"2^21..2^49/16", "too large"},           {"10..20/16", "twice"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct spec_numbers numbers;
        char error[SENTENCE_BYTES] = "";
        if (spec_range_parse(rows[i].text, &numbers, error) != EINVAL)
            fail_msg("'%s' was taken", rows[i].text);
        if (!strstr(error, rows[i].said) || !strstr(error, rows[i].text))
            fail_msg("'%s': %s", rows[i].text, error);
    }
}

static void append_argument(void *list, const char *argument)
{
    if (!strncmp(argument, "--entries=", 10))
        strcpy(list, argument + 10);
}

/* Beside single values; and what run.json keeps leads to the same sizes. */
static void test_in_a_list(void **state)
{
    (void)state;
    struct spec *spec = malloc(sizeof *spec), *again = malloc(sizeof *again);
    char error[SENTENCE_BYTES] = "", kept[2048] = "";
    assert_non_null(spec);
    assert_non_null(again);
    spec_init(spec);
    spec_init(again);
    assert_int_equal(spec_set(spec, "entries", "5,1000..16000/4,2^21+1", error), 0);
    const struct spec_numbers *numbers = &spec->axes[CELL_AXIS_entries];
    static const uint64_t wanted[] = {5, 2000, 4000, 8000, 16000, 2097153};
    assert_int_equal(numbers->count, 6);
    assert_memory_equal(numbers->items, wanted, sizeof wanted);
    spec_each_argument(spec, append_argument, kept);
    assert_int_equal(spec_set(again, "entries", kept, error), 0);
    assert_memory_equal(&again->axes[CELL_AXIS_entries], numbers, sizeof numbers->count + sizeof wanted);
    assert_int_equal(spec_set(spec, "entries", "1000..16000/4,4000", error), EINVAL);
    assert_non_null(strstr(error, "twice"));
    assert_int_equal(spec_set(spec, "entries", "2^20..2^21/40,2^21..2^22/40", error), EINVAL);
    assert_non_null(strstr(error, "more than 64"));
    assert_int_equal(spec_set(spec, "seed", "1..4/2", error), EINVAL); /* sizes only */
    free(spec);
    free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_octave),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_bad_ranges),
        cmocka_unit_test(test_in_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
