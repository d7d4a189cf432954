/* SPDX-License-Identifier: MIT */
#include "harness/common/sentence.h"

#include <stdarg.h>
#include <stdbool.h>

int sentence_fail(char *sentence, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, SENTENCE_BYTES, format, arguments);
    va_end(arguments);
    sentence_defuse(sentence);
    return error;
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

void sentence_defuse(char *text)
{
    for (; *text; text++)
        *text = is_control(*text) ? '?' : *text;
}

void sentence_put(const char *text, FILE *out)
{
    for (; *text; text++)
        fputc(is_control(*text) ? '?' : *text, out);
}
