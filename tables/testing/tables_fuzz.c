/* SPDX-License-Identifier: MIT
 *
 * libFuzzer's target over sequences of operations: an input is a table and what is done with it, beside the plain
 * reference of model.h. Two bytes of head: which table of gradual.h; switches (enum). Then four bytes an operation,
 * so that a change of one leaves the others alone: what to do and in which universe of keys, a count, and where in
 * the universe to begin, low byte first.
 *
 * Universes are ranges of ids: a few keys, among them the special ones; a crowd, whose homes are next to one another and
 * at both ends; and many. Runs of thousands of keys make even a short input grow and shrink a table.
 */
#include "tables/testing/checked_heap.h"
#include "tables/testing/gradual.h"
#include "tables/testing/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FEW = 64, CROWD_END = FEW + 512, MANY_END = CROWD_END + (1 << 14) };
enum { HEAD_BYTES = 2, OPERATION_BYTES = 4, RUN_KEYS = 64, KEYS_MAX = 40000, CHECKS_MAX = 1 };
enum { SWITCH_MANY = 1, SWITCH_CROWD = 2, SWITCH_NO_DISCARD = 4 };

static const uint64_t SEED = 0x5EEDu;

struct fuzzed {
    const struct gradual *gradual;
    struct model model;
    struct checked_heap heap;
    unsigned switches;
    uint64_t keys_left; /* an input must not take long */
    unsigned checks_left;
};

static uint64_t *all_keys(void)
{
    static uint64_t keys[MANY_END]; /* the same for every input */
    for (uint64_t id = 0; !keys[MANY_END - 1] && id < MANY_END; id++) {
        const uint64_t place = id - FEW, home = place % 3 ? UINT64_MAX * (place % 2) : UINT64_MAX / 2;
        keys[id] = id >= FEW && id < CROWD_END
                       ? key_with_hash((home << 24) + (place << (place % 5 * 8 + 3)) + 5, SEED)
                       : model_key(id, SEED);
    }
    return keys;
}

/* ---- one operation ---- */

struct operation {
    unsigned universe, kind, count;
    uint64_t first;
};

/* The id number i from the first on: one after the other, each twice, far apart, or anywhere. */
static uint64_t id_of(const struct fuzzed *f, const struct operation *operation, uint64_t i, unsigned order)
{
    const uint64_t strides[] = {i, i / 2, i * 509, table_hash(i, operation->first)};
    const uint64_t number = operation->first + strides[order % 4];
    if (operation->universe % 4 == 0)
        return number % FEW;
    if (operation->universe % 4 == 1 && f->switches & SWITCH_CROWD)
        return FEW + number % (CROWD_END - FEW);
    return f->switches & SWITCH_MANY ? CROWD_END + number % (MANY_END - CROWD_END) : number % FEW;
}

static void insert(struct fuzzed *f, const uint64_t *ids, size_t n)
{
    const uint64_t failures_before = f->heap.failure_count;
    /* It need not ask again; and with a crowd it may take a while to make up for what memory held up. */
    const bool may_refuse =
        checked_next_fails(&f->heap) ||
        (f->switches & SWITCH_CROWD && (!f->gradual->takes_crowds || failures_before > 0));
    const int error = model_insert(&f->model, ids, n);
    model_check(&f->model, !error || may_refuse || f->heap.failure_count > failures_before,
                "ENOMEM with memory");
}

enum { INSERT, ERASE, FIND };

static void work(struct fuzzed *f, const struct operation *operation, unsigned what, uint64_t count,
                 unsigned order)
{
    uint64_t ids[TABLE_BATCH_MAX];
    size_t n = 0;
    for (uint64_t done = 0; done < count && f->keys_left > 0; done += n) {
        for (n = 0; n < TABLE_BATCH_MAX && done + n < count; n++)
            ids[n] = id_of(f, operation, done + n, order);
        f->keys_left -= n < f->keys_left ? n : f->keys_left;
        if (what == INSERT)
            insert(f, ids, n);
        else if (what == ERASE)
            model_erase(&f->model, ids, n);
        else
            model_find(&f->model, ids, n);
    }
}

/* Memory ends at one of the next calls, for one call or until further notice; or it is there again. */
static void change_memory(struct checked_heap *heap, const struct operation *operation)
{
    heap->fail_from = heap->call_count + operation->first % 64;
    const uint64_t ends[] = {0, heap->fail_from + 1, UINT64_MAX};
    heap->fail_end = ends[operation->count % 3];
}

static void operate(struct fuzzed *f, const uint8_t *bytes)
{
    const struct operation operation = {bytes[0] / 8, bytes[0] % 8, bytes[1],
                                        bytes[2] + 256u * (uint64_t)bytes[3]};
    const unsigned batch = 1 + operation.count % TABLE_BATCH_MAX, order = operation.count / TABLE_BATCH_MAX;
    switch (operation.kind) {
    case 0:
    case 1:
    case 2:
        work(f, &operation, INSERT + operation.kind, batch, order);
        break;
    case 3:
    case 4:
        work(f, &operation, INSERT + operation.kind - 3, (operation.count + 1) * RUN_KEYS,
             operation.universe / 4);
        break;
    case 5:
        change_memory(&f->heap, &operation);
        break;
    case 6:
        if (f->checks_left > 0 && f->checks_left--)
            model_check_all(&f->model);
        break;
    default:
        model_check_address(&f->model, id_of(f, &operation, 0, 0));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct gradual *gradual = &gradual_tables[size > HEAD_BYTES ? data[0] % GRADUAL_COUNT : 0];
    const struct table *row = gradual_row(gradual);
    if (!row || size <= HEAD_BYTES)
        return 0;
    struct fuzzed f = {
        .gradual = gradual,
        .heap = checked_heap(1, 0),
        .switches = data[1],
        .keys_left = KEYS_MAX,
        .checks_left = CHECKS_MAX,
    };
    if (f.switches & SWITCH_NO_DISCARD)
        checked_heap_without_discard(&f.heap);
    f.model = model_of(row, &f.heap.heap, abort, all_keys(), f.switches & SWITCH_MANY ? MANY_END : CROWD_END);
    if (f.switches & SWITCH_CROWD)
        f.model.migrated_limit = UINT64_MAX / TABLE_BATCH_MAX;
    model_check(&f.model, model_create(&f.model, SEED), "create: out of memory");
    for (size_t at = HEAD_BYTES; at + OPERATION_BYTES <= size; at += OPERATION_BYTES)
        operate(&f, data + at);
    f.heap.fail_end = 0;
    for (uint64_t id = 0; id < FEW; id++)
        insert(&f, &id, 1);
    model_check_all(&f.model);
    model_destroy(&f.model);
    if (f.heap.live_bytes)
        abort();
    return 0;
}
