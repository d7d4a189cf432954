/* SPDX-License-Identifier: MIT
 *
 * Sizes and durations, from text and to text.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "harness/common/units.h"

struct case_row {
    const char *text;
    int error;
    uint64_t value;
};

static void check_row(int (*parse)(const char *, uint64_t *), const struct case_row *row)
{
    uint64_t value = 0xDEAD;
    const int error = parse(row->text, &value);
    if (error != row->error || (!error && value != row->value))
        fail_msg("'%s' gave error %d, value %llu; expected error %d, value %llu", row->text, error,
                 (unsigned long long)value, row->error, (unsigned long long)row->value);
}

static void test_counts_are_read(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        {"1", 0, 1},
        {"8388609", 0, 8388609},
        {"2^26", 0, 67108864},
        {"2^26+1", 0, 67108865},
        {"2^0", 0, 1},
        {"2^62", 0, (uint64_t)1 << 62},
        {"2^62+4611686018427387903", 0, INT64_MAX},
        {"10^3", 0, 1000},
        {"1^9223372036854775807", 0, 1},
        {"64M", 0, 64u << 20},
        {"64m", 0, 64u << 20},
        {"64MiB", 0, 64u << 20},
        {"64M+1", 0, (64u << 20) + 1},
        {"1K", 0, 1024},
        {"1GiB", 0, 1u << 30},
        {"3T", 0, (uint64_t)3 << 40},
        {"7P", 0, (uint64_t)7 << 50},
        {"9223372036854775807", 0, INT64_MAX},
        {"0007", 0, 7},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(units_parse_count, &rows[i]);
}

static void test_counts_are_refused(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        {"", EINVAL, 0},      {"0", EINVAL, 0},    {"-1", EINVAL, 0},    {"+1", EINVAL, 0},
        {" 1", EINVAL, 0},    {"1 ", EINVAL, 0},   {"1.5", EINVAL, 0},   {"x", EINVAL, 0},
        {"2^", EINVAL, 0},    {"^2", EINVAL, 0},   {"2^-1", EINVAL, 0},  {"2^x", EINVAL, 0},
        {"2^3^2", EINVAL, 0}, {"2^3M", EINVAL, 0}, {"2^26+", EINVAL, 0}, {"2^26-1", EINVAL, 0},
        {"1e9", EINVAL, 0},   {"0x10", EINVAL, 0}, {"64MB", EINVAL, 0},  {"64Mi", EINVAL, 0},
        {"64iB", EINVAL, 0},  {"M", EINVAL, 0},    {"0M", EINVAL, 0},    {"0^5", EINVAL, 0},
        {"1,000", EINVAL, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(units_parse_count, &rows[i]);
}

static void test_counts_beyond_63_bits_are_refused(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        {"2^63", ERANGE, 0},
        {"2^64", ERANGE, 0},
        {"2^1000000000000", ERANGE, 0},
        {"9223372036854775808", ERANGE, 0},
        {"18446744073709551616", ERANGE, 0},
        {"99999999999999999999999", ERANGE, 0},
        {"2^62+4611686018427387904", ERANGE, 0},
        {"9223372036854775807+1", ERANGE, 0},
        {"8192P", ERANGE, 0},
        {"16384P", ERANGE, 0},
        {"16385P", ERANGE, 0},
        {"9007199254740992K", ERANGE, 0},
        {"2^99999999999999999999", ERANGE, 0},
        {"1+9223372036854775808", ERANGE, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(units_parse_count, &rows[i]);
    check_row(units_parse_count, &(struct case_row){"8191P", 0, (uint64_t)8191 << 50});
}

static void test_seconds(void **state)
{
    (void)state;
    static const struct case_row rows[] = {
        {"90", 0, 90},
        {"90s", 0, 90},
        {"5m", 0, 300},
        {"2h", 0, 7200},
        {"1000", 0, 1000},
        {"86400000", 0, 86400000},
        {"24000h", 0, 86400000},
        {"", EINVAL, 0},
        {"0", EINVAL, 0},
        {"0m", EINVAL, 0},
        {"-5", EINVAL, 0},
        {"5x", EINVAL, 0},
        {"1.5h", EINVAL, 0},
        {"5m30", EINVAL, 0},
        {"h", EINVAL, 0},
        {"5 m", EINVAL, 0},
        {"86400001", ERANGE, 0},
        {"24001h", ERANGE, 0},
        {"99999999999999999999s", ERANGE, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(units_parse_seconds, &rows[i]);
}

struct format_row {
    double value;
    const char *text;
};

static void check_format(const char *(*format)(char *, double), const struct format_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[UNITS_TEXT_BYTES];
        assert_ptr_equal(format(text, rows[i].value), text);
        assert_string_equal(text, rows[i].text);
    }
}

static void test_formats(void **state)
{
    (void)state;
    static const struct format_row bytes[] = {
        {0, "0 B"},
        {1, "1 B"},
        {1023, "1023 B"},
        {1024, "1.00 KiB"},
        {1536, "1.50 KiB"},
        {10240, "10.0 KiB"},
        {102400, "100 KiB"},
        {1438814044, "1.34 GiB"},
        {0x1p40, "1.00 TiB"},
        {0x1p50, "1024 TiB"},
        {10.0 * 1024 - 3, "10.0 KiB"},
    };
    static const struct format_row durations[] = {
        {0, "0 ns"},         {999, "999 ns"},   {1000, "1.00 us"},  {12300, "12.3 us"},
        {12.3e6, "12.3 ms"}, {1.5e9, "1.50 s"}, {3600e9, "3600 s"},
    };
    static const struct format_row counts[] = {
        {0, "0"}, {999, "999"}, {1000, "1.00 k"}, {12.3e6, "12.3 M"}, {2e9, "2.00 G"},
    };
    static const struct format_row clocks[] = {
        {0, "0:00"}, {-3, "0:00"}, {65, "1:05"}, {59.6, "1:00"}, {3599.4, "59:59"}, {3661, "1:01:01"},
    };
    check_format(units_format_bytes, bytes, sizeof bytes / sizeof *bytes);
    check_format(units_format_duration, durations, sizeof durations / sizeof *durations);
    check_format(units_format_count, counts, sizeof counts / sizeof *counts);
    check_format(units_format_clock, clocks, sizeof clocks / sizeof *clocks);
}

/* What does not fit the buffer would end short; the widest double must not do worse. */
static void test_formats_stay_in_their_buffer(void **state)
{
    (void)state;
    const char *(*const formats[])(char *, double) = {units_format_bytes, units_format_duration,
                                                      units_format_count};
    const double values[] = {1e300, -1e300, 1e18, -1e18};
    for (size_t f = 0; f < 3; f++)
        for (size_t v = 0; v < 4; v++) {
            char text[UNITS_TEXT_BYTES + 16];
            memset(text, '#', sizeof text);
            formats[f](text, values[v]);
            assert_true(strnlen(text, UNITS_TEXT_BYTES) < UNITS_TEXT_BYTES);
            assert_int_equal(text[UNITS_TEXT_BYTES], '#');
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_are_read),
        cmocka_unit_test(test_counts_are_refused),
        cmocka_unit_test(test_counts_beyond_63_bits_are_refused),
        cmocka_unit_test(test_seconds),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_formats_stay_in_their_buffer),
    };
    return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
