/* SPDX-License-Identifier: MIT */
#include "harness/common/sentence.h"

#include <stdarg.h>
#include <stdio.h>

int sentence_fail(char *sentence, int error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sentence, SENTENCE_BYTES, format, arguments);
    va_end(arguments);
    return error;
}

void sentence_defuse(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}
