/* SPDX-License-Identifier: MIT
 *
 * The control of `make tax`: the same keys into the same table, in a main with nothing around it. No
 * recording layer, no record, no intervals; only the turns it takes, told over a socket in the child's
 * protocol.
 *
 *     growbench-bare batched|single ENTRIES
 */
#include "harness/common/clock.h"
#include "harness/request/keys.h"
#include "harness/run/child.h"
#include "tables/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { BATCH = 32 };

static const struct table *find_table(const char *name)
{
    const struct table *const *row = table_registry;
    while (*row && strcmp((*row)->name, name))
        row++;
    return *row;
}

static int insert(const struct table *table, void *self, uint64_t seed, size_t batch, uint64_t first,
                  uint64_t n)
{
    uint64_t keys[BATCH], added;
    for (uint64_t ordinal = first; ordinal < first + n; ordinal += batch) {
        size_t count = first + n - ordinal < batch ? (size_t)(first + n - ordinal) : batch;
        for (size_t i = 0; i < count; i++)
            keys[i] = keys_random(seed, ordinal + i);
        if (table->insert(self, keys, ordinal, count, &added) || added != count)
            return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    size_t batch = argc == 3 && !strcmp(argv[1], "single") ? 1 : BATCH;
    uint64_t entries = argc == 3 ? strtoull(argv[2], NULL, 10) : 0, done = 0, seed = CELL_SEED_DEFAULT;
    const struct allocator *glibc = allocator_registry[0];
    struct heap *heap = glibc->open(&(struct allocator_options){0});
    const struct table *table = find_table("linear_rebuild");
    void *self = table && heap ? table->create(heap, &(struct table_options){.seed = keys_mix(~seed)}) : NULL;
    if (!self || !entries) {
        fprintf(stderr, "usage: growbench-bare batched|single ENTRIES, as a child of 'growbench tax'\n");
        return 2;
    }
    struct child_command command;
    while (done < entries && recv(CHILD_SOCKET_FD, &command, sizeof command, 0) == sizeof command) {
        uint64_t n = command.operations < entries - done ? command.operations : entries - done;
        uint64_t start_ticks = clock_ticks();
        if (insert(table, self, seed, batch, done, n))
            return 1;
        done += n;
        const struct child_reply reply = {done, clock_ticks() - start_ticks, done < entries};
        if (send(CHILD_SOCKET_FD, &reply, sizeof reply, MSG_NOSIGNAL) != sizeof reply)
            return 1;
    }
    table->destroy(self);
    heap->ops->close(heap);
    return 0;
}
