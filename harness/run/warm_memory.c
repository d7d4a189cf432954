/* SPDX-License-Identifier: MIT */
#include "harness/run/warm_memory.h"

#include "harness/common/files.h"
#include "harness/common/units.h"
#include "harness/run/environment.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

/* Of less it does not matter. */
static const uint64_t least_bytes = 64 << 20, trial_bytes = (uint64_t)1 << 30;
/* More than is needed: of what is free the kernel may take what is cold first. */
enum { HELD_TO_NEEDED = 8 };
/* The ratio above which first touches cost more: that of noise is mostly below. */
static const double slow_ratio = 1.5;
/* VIRTIO_BALLOON_F_REPORTING of virtio 1.2, 5.5.3. */
enum { REPORTING_BIT = 5 };

bool warm_memory_is_reporting(const char *features)
{
    return strspn(features, "01") > REPORTING_BIT && features[REPORTING_BIT] == '1';
}

static bool host_takes_back(void)
{
    glob_t found;
    bool reports = false;
    if (glob("/sys/bus/virtio/drivers/virtio_balloon/virtio*/features", 0, NULL, &found))
        return false;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *features = files_read(found.gl_pathv[i]);
        reports |= features && warm_memory_is_reporting(features);
        free(features);
    }
    globfree(&found);
    return reports;
}

static uint64_t context_integer(const struct warm_memory *warm, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(warm->context, key));
}

/* One node alone: what is let go of another's would be taken from there. */
static bool has_one_node(void)
{
    char *nodes = files_read("/sys/devices/system/node/online");
    const bool has_one = !nodes || !strpbrk(nodes, ",-");
    free(nodes);
    return has_one;
}

static uint64_t available_bytes(const struct warm_memory *warm)
{
    return environment_available_bytes() + held_memory_bytes(&warm->held);
}

static bool may_hold(const struct warm_memory *warm)
{
    return !context_integer(warm, "memory_limit_bytes") && context_integer(warm, "overcommit_memory") != 2 &&
           has_one_node() && available_bytes(warm) >= 2 * trial_bytes;
}

/* Of what is available a tenth is left alone. */
static struct held_memory_taken take(struct warm_memory *warm, uint64_t bytes)
{
    const uint64_t all_bytes = available_bytes(warm);
    if (!warm->held.pid)
        held_memory_open(&warm->held, all_bytes);
    return held_memory_take(&warm->held, bytes, all_bytes / 10, warm->signal_fd, warm->progress);
}

static void find_out(struct warm_memory *warm)
{
    if (host_takes_back()) {
        warm->is_tried = warm->holds = true;
        progress_say(warm->progress,
                     "the host takes back what is free: what processes may need is held for them until "
                     "they take it");
        return;
    }
    const struct held_memory_taken trial = take(warm, trial_bytes);
    held_memory_close(&warm->held);
    warm->is_tried = trial.held_bytes;
    warm->holds = trial.first_to_later_ratio >= slow_ratio;
    if (warm->holds)
        progress_say(
            warm->progress,
            "first touches of memory cost %.1f times later ones here: what processes may need is touched "
            "before they start, and held for them until they take it",
            trial.first_to_later_ratio);
}

struct warmth warm_memory_prepare(struct warm_memory *warm, uint64_t needed_bytes)
{
    if (needed_bytes < least_bytes || !may_hold(warm))
        return (struct warmth){0};
    if (!warm->is_tried)
        find_out(warm);
    if (!warm->holds)
        return (struct warmth){0};
    const struct held_memory_taken taken = take(warm, needed_bytes * HELD_TO_NEEDED);
    held_memory_give(&warm->held);
    return (struct warmth){taken.first_to_later_ratio, taken.held_bytes};
}

void warm_memory_release(struct warm_memory *warm)
{
    held_memory_close(&warm->held);
}
