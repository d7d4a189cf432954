/* SPDX-License-Identifier: MIT */
#include "harness/request/spec_stored.h"

#include "harness/common/stored.h"
#include "harness/request/spec.h"

#include <errno.h>

int spec_take_call(const json_t *list, char **arguments, int *count, char *error)
{
    *count = 0;
    if (json_array_size(list) > SPEC_STORED_MAX)
        return sentence_fail(error, EBADMSG, "it has %zu arguments, more than %d", json_array_size(list),
                             SPEC_STORED_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        char shown[STORED_SHOWN_BYTES];
        const char *text = json_string_value(json_array_get(list, i));
        if (!text || !spec_may_store(text))
            return sentence_fail(error, EBADMSG, "its argument %zu is %s, which no run stores", i + 1,
                                 stored_show(json_array_get(list, i), shown));
        arguments[(*count)++] = (char *)(uintptr_t)text;
    }
    return 0;
}

int spec_take_stored(const json_t *run, char **arguments, int *count, char *error)
{
    const json_t *list;
    int failed = stored_check_schema(run, 1, error);
    *count = 0;
    if (!failed)
        failed = stored_take_list(run, "arguments", &list, error);
    return failed ? failed : spec_take_call(list, arguments, count, error);
}
