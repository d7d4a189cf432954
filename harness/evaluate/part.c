/* SPDX-License-Identifier: MIT */
#include "harness/evaluate/part.h"

#include <errno.h>
#include <stdlib.h>

int part_open(struct part *part, const struct results *results)
{
    *part = (struct part){.results = {.items = calloc(results->count + 1, sizeof *part->results.items)},
                          .owners = calloc(results->count + 1, sizeof *part->owners)};
    return part->results.items && part->owners ? 0 : ENOMEM;
}

void part_add(struct part *part, const struct result *result)
{
    part->owners[part->results.count] = result;
    part->results.items[part->results.count++] = *result;
}

void part_free(struct part *part)
{
    free(part->results.items);
    free(part->owners);
    *part = (struct part){0};
}

const struct result *part_owner(const struct part *part, const struct result *result)
{
    return result ? part->owners[result - part->results.items] : NULL;
}
