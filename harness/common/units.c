/* SPDX-License-Identifier: MIT */
#include "harness/common/units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_digits(const char **text, uint64_t *value)
{
    if (!isdigit((unsigned char)**text))
        return EINVAL;
    char *end;
    errno = 0;
    unsigned long long parsed = strtoull(*text, &end, 10);
    if (errno || parsed > INT64_MAX)
        return ERANGE;
    *text = end;
    *value = parsed;
    return 0;
}

static int parse_suffix(const char **text, unsigned *shift)
{
    static const char letters[] = "KMGTP";
    *shift = 0;
    const char *letter = **text ? strchr(letters, toupper((unsigned char)**text)) : NULL;
    if (!letter)
        return 0;
    *shift = 10 * (unsigned)(letter - letters + 1);
    ++*text;
    if (!strncmp(*text, "iB", 2))
        *text += 2;
    return 0;
}

int units_parse_count(const char *text, uint64_t *value)
{
    uint64_t base, extra = 0;
    int error = parse_digits(&text, &base);
    if (error)
        return error;
    if (*text == '^') {
        uint64_t exponent;
        ++text;
        error = parse_digits(&text, &exponent);
        if (error)
            return error;
        uint64_t power = 1;
        for (uint64_t i = 0; i < exponent; i++)
            if (__builtin_mul_overflow(power, base, &power) || power > INT64_MAX)
                return ERANGE;
            else if (power <= 1) /* 0^n and 1^n: no need to count to n */
                break;
        base = power;
    } else {
        unsigned shift;
        parse_suffix(&text, &shift);
        if (base > (uint64_t)INT64_MAX >> shift)
            return ERANGE;
        base <<= shift;
    }
    if (*text == '+') {
        ++text;
        error = parse_digits(&text, &extra);
        if (error)
            return error;
    }
    if (*text)
        return EINVAL;
    if (base > INT64_MAX - extra)
        return ERANGE;
    *value = base + extra;
    return *value ? 0 : EINVAL;
}

int units_parse_seconds(const char *text, uint64_t *seconds)
{
    int error = parse_digits(&text, seconds);
    if (error)
        return error;
    uint64_t factor = *text == 'h' ? 3600 : *text == 'm' ? 60 : 1;
    if (*text == 'h' || *text == 'm' || *text == 's')
        ++text;
    if (*text || !*seconds)
        return EINVAL;
    if (*seconds > 1000u * 24 * 3600 / factor)
        return ERANGE;
    *seconds *= factor;
    return 0;
}

struct unit {
    double size;
    const char *suffix;
};

/* Three significant digits, in the largest unit that keeps the figure at 1 or above. */
static const char *format(char *text, double value, const struct unit *units)
{
    const struct unit *unit = units;
    while (unit[1].suffix && fabs(value) >= unit[1].size)
        unit++;
    double scaled = value / unit->size;
    bool whole = unit->size <= 1;
    int digits = whole ? 0 : fabs(scaled) < 9.995 ? 2 : fabs(scaled) < 99.95 ? 1 : 0;
    snprintf(text, UNITS_TEXT_BYTES, "%.*f%s%s", digits, scaled, *unit->suffix ? " " : "", unit->suffix);
    return text;
}

const char *units_format_bytes(char *text, double bytes)
{
    static const struct unit units[] = {{1, "B"},        {1024., "KiB"},  {0x1p20, "MiB"},
                                        {0x1p30, "GiB"}, {0x1p40, "TiB"}, {0, NULL}};
    return format(text, bytes, units);
}

const char *units_format_duration(char *text, double ns)
{
    static const struct unit units[] = {{1, "ns"}, {1e3, "us"}, {1e6, "ms"}, {1e9, "s"}, {0, NULL}};
    return format(text, ns, units);
}

const char *units_format_count(char *text, double count)
{
    static const struct unit units[] = {{1, ""}, {1e3, "k"}, {1e6, "M"}, {1e9, "G"}, {0, NULL}};
    return format(text, count, units);
}

const char *units_format_clock(char *text, double seconds)
{
    long whole = seconds > 0 ? (long)(seconds + 0.5) : 0;
    if (whole >= 3600)
        snprintf(text, UNITS_TEXT_BYTES, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        snprintf(text, UNITS_TEXT_BYTES, "%ld:%02ld", whole / 60, whole % 60);
    return text;
}

const char *units_format_whole(char *text, uint64_t count)
{
    char digits[24], *to = text;
    const size_t length = (size_t)snprintf(digits, sizeof digits, "%" PRIu64, count);
    for (size_t i = 0; i < length; i++) {
        if (i && (length - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = 0;
    return text;
}
