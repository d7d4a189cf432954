/* SPDX-License-Identifier: MIT
 *
 * Made-up results of a run, for tests of what reads them. For cmocka programs.
 */
#ifndef GROWBENCH_TESTING_RESULTS_H
#define GROWBENCH_TESTING_RESULTS_H

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "harness/results/results.h"
#include "harness/run/environment.h"

enum { MADE_UP_MAX = 400 };

/* Room for the results of one side. */
struct made_up {
    struct result items[MADE_UP_MAX];
    size_t count;
    json_t *context;
};

/* A machine with every field of the identity. */
static inline json_t *made_up_context(void)
{
    json_t *context = json_object();
    char fingerprint[ENVIRONMENT_FINGERPRINT_BYTES];
    for (const char *const *key = environment_identity_keys; *key; key++)
        json_object_set_new(context, *key, json_string("the same"));
    json_object_set_new(context, "cpu_count", json_integer(4));
    json_object_set_new(context, "mem_total_bytes", json_integer((json_int_t)16 << 30));
    json_object_set_new(context, "mem_available_bytes", json_integer((json_int_t)12 << 30));
    json_object_set_new(context, "load_avg", json_pack("[f,f,f]", 0.1, 0.1, 0.1));
    json_object_set_new(context, "git_revision", json_string("0123456789ab"));
    json_object_set_new(context, "growbench_version", json_string("1"));
    environment_format_fingerprint(context, fingerprint);
    json_object_set_new(context, "machine_fingerprint", json_string(fingerprint));
    return context;
}

static inline void made_up_begin(struct made_up *side)
{
    *side = (struct made_up){.context = made_up_context()};
}

static inline void made_up_end(struct made_up *side)
{
    json_decref(side->context);
}

/* One more process of the cell, which ended OK and has no figure yet. Ids are to be added in their order. */
static inline struct result *made_up_add(struct made_up *side, const char *id)
{
    struct result *r = &side->items[side->count];
    const struct result *before = side->count ? r - 1 : NULL;
    *r = (struct result){.status = RECORD_OK, .budget_bytes = (uint64_t)1 << 40, .timeout_seconds = 600};
    r->repetition = before && !strcmp(before->id, id) ? before->repetition + 1 : 0;
    snprintf(r->id, sizeof r->id, "%s", id);
    if (cell_parse_id(id, &r->cell))
        return NULL;
    snprintf(r->allocator_version, sizeof r->allocator_version, "2.36");
    snprintf(r->allocator_sha256, sizeof r->allocator_sha256, "abc");
    for (int i = 0; i < COUNTER_COUNT; i++)
        r->counters[i] = NAN;
    r->counters[COUNTER_major_faults] = 0;
    r->context = side->context;
    side->count++;
    return r;
}

static inline struct results made_up_results(struct made_up *side)
{
    return (struct results){.count = side->count, .items = side->items};
}

#endif
