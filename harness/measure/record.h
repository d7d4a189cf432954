/* SPDX-License-Identifier: MIT
 *
 * A record: what one child was asked and what it found, in memory that parent and child share.
 *
 * It is valid at every moment: the child only appends rows before it counts them and stores whole words, so
 * what a killed child leaves behind can be read. The parent fills in the rest (record_finish) and keeps it as
 * JSON.
 *
 * All memory figures are net of start_rss_bytes and of the busy heap's live bytes. Times of rows run on the
 * workload's clock: from its first operation, with the harness's own measuring taken out.
 */
#ifndef GROWBENCH_RECORD_H
#define GROWBENCH_RECORD_H

#include "harness/measure/counters.h"
#include "harness/measure/latency.h"
#include "harness/measure/recorder.h"
#include "harness/measure/utilisation.h"
#include "harness/request/cell.h"

enum { RECORD_MESSAGE_BYTES = 400, RECORD_PATH_BYTES = 1024, RECORD_VERSION_BYTES = 64 };
enum { RECORD_SERIES_ROWS = 16384, RECORD_GROWTH_ROWS = 16384, RECORD_PAUSE_ROWS = 16384 };

enum record_status {
    RECORD_RUNNING, /* only while the child lives */
    RECORD_OK,
    RECORD_SKIP,
    RECORD_OOM,
    RECORD_TIMEOUT,
    RECORD_CRASH,
    RECORD_WRONG,
    RECORD_STATUS_COUNT
};

extern const char *const record_status_names[];

struct record_series_row {
    uint64_t entries, time_ns;
    int64_t rss_bytes, interval_peak_rss_bytes;
    uint64_t virtual_bytes, capacity_bytes;
};

struct record_growth_row {
    uint64_t entries, start_ns, duration_ns;
    uint64_t kind; /* enum recorder_kind */
    uint64_t resize_ns, old_bytes, new_bytes;
    uint64_t free_ns; /* of resize_ns: giving the old block back */
    /* Of the operation, outside the allocator's calls: minor faults, and time in the kernel, which it may know by
     * clock ticks only. Not with threads. */
    uint64_t table_faults, table_system_ns;
};

struct record_pause_row {
    uint64_t entries, start_ns, duration_ns;
};

/* Of workload find, when it has looked up at one size: the fill so far, and the look-ups there. */
struct record_stop_row {
    uint64_t entries, fill_ns, hit_count, hit_ns, miss_count, miss_ns;
};

/* Where a workload is. Only while it fills for the first time does a peak count against the payload, and in
 * churn, where the payload stays: while all is erased any table looks bad. */
enum record_phase { RECORD_FILLING, RECORD_CHURNING, RECORD_DRAINING, RECORD_REFILLING };

/* What the child needs beside the cell; written by the parent before it starts. */
struct record_setup {
    double ns_per_tick;
    char table_library[RECORD_PATH_BYTES];     /* empty: the table is in the registry */
    char allocator_library[RECORD_PATH_BYTES]; /* empty: in the registry */
    bool allocator_preloaded;                  /* allocator_library is a malloc, not a back end */
    uint64_t idle_divisor; /* for tests: drain idles so many times shorter; 0: as long as it says */
    int keys_fd;           /* the parent's list of a key file; 0: none */
    bool verifies_sample;  /* at the end, of what lives, and not all */
};

struct record {
    struct cell cell;
    struct record_setup setup;

    uint32_t status; /* enum record_status */
    char message[RECORD_MESSAGE_BYTES];
    char allocator_path[RECORD_PATH_BYTES];       /* the library that served malloc, as the loader maps it */
    char allocator_version[RECORD_VERSION_BYTES]; /* as the library itself says it */
    char table_version[RECORD_VERSION_BYTES];     /* of the library behind the table; empty: none */
    uint64_t table_properties;                    /* enum table_property */
    uint64_t allocator_properties;                /* enum allocator_property */
    int aslr_active;

    uint64_t operations_done, entries_done;
    uint64_t refused_bytes,
        refused_entries;            /* a request that got NULL in the operation that runs, and when */
    uint32_t warming_round;         /* from 1 while the heap is being warmed */
    uint32_t is_measuring;          /* the first table is there, and the workload's clock runs */
    uint32_t phase;                 /* enum record_phase */
    uint32_t peaks_are_exact;       /* the kernel lets VmHWM be reset */
    uint32_t addresses_are_unknown; /* the table does not tell where its entries are */
    uint64_t busy_live_bytes;
    uint64_t interval_entries, growth_entries; /* at the start of the interval; before the last growth */
    uint64_t slow_operations;                  /* pauses noted, whether or not their row was kept */
    uint64_t growth_interval;                  /* the last growth's: interval_count while it runs */
    int64_t growth_rss_bytes;                  /* resident then */
    uint64_t worst_rss_entries, events_dropped;
    uint64_t start_rss_bytes;
    int64_t peak_rss_bytes; /* net */
    bool peak_is_lower_bound;
    uint64_t peak_virtual_bytes, page_table_bytes;
    uint64_t elapsed_ns, operation_ns; /* the workload's clock; and the time that items_per_second counts */
    uint64_t timed_operations;      /* whose time operation_ns is; not yet those of the command that runs */
    uint64_t erase_ns, erases_done; /* of these, drain's erases */
    uint64_t growth_count, growth_total_ns, growth_max_ns, base_moves, base_moved_bytes;
    uint64_t resize_max_ns, resize_total_ns;
    uint64_t phase_growth_count;  /* growth_count when the phase began */
    int64_t phase_peak_rss_bytes; /* net, of the phase's intervals */
    uint64_t other_stall_max_ns;  /* longest operation that is in no histogram: create, fork */
    uint64_t fault_count, fault_total_ns, fault_max_ns;
    uint64_t interval_count, tracked_entries, tracked_moves, insert_over_1ms_count;
    double worst_rss_ratio, growth_overlap_ratio;
    uint64_t migrated_entries, migrated_max_entries; /* all; by one operation that was looked at alone */
    uint64_t hiccup_max_ns, hiccup_over_1ms_count; /* written by the parent; a maximum of 0 = not measured */

    uint64_t find_ns[2], find_count[2]; /* [0] hits, [1] misses */
    uint64_t fill_ns;                   /* of find: the fill, which is in no rate */
    uint64_t stop_rows;
    struct record_stop_row stops[CELL_STOPS_MAX];
    double counters[COUNTER_COUNT]; /* NaN = absent */

    /* Rows beyond these are counted and dropped; the figures above see every one. */
    uint64_t series_count, growth_rows, growth_rows_dropped, pause_rows, pause_floor_ns;
    struct record_series_row series[RECORD_SERIES_ROWS];
    struct record_growth_row growth[RECORD_GROWTH_ROWS];
    struct record_pause_row pauses[RECORD_PAUSE_ROWS]; /* the longest, by time */
    struct utilisation utilisation_1ms, utilisation_100ms;
    struct latency insert, erase, hit, miss;
};

/* Everything empty, for `cell`. Touches every page, so that the record's own memory is resident from then on.
 */
void record_init(struct record *record, const struct cell *cell);

void record_set(struct record *record, enum counter counter, double value);

/* NaN if absent. */
double record_get(const struct record *record, enum counter counter);

/* After the last interval of the one before. */
void record_begin_phase(struct record *record, enum record_phase phase);

/* Takes an interval's net peak into the largest ones; an interval that ends a growth is compared with what
 * was resident before it, too. */
void record_note_peak(struct record *record, int64_t peak_bytes, bool ends_growth);

/* After the child is gone: may the parent read on? When something is out of range or was changed, a table has
 * written over the record: it is emptied, and false returned. */
bool record_repair(struct record *record, const struct cell *cell, const struct record_setup *setup);

void record_fail(struct record *record, enum record_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void record_add_series(struct record *record, const struct record_series_row *row);
void record_add_growth(struct record *record, const struct record_growth_row *row);

/* A growth operation, one of its block events with its row, and the allocator's part of a block event. */
void record_note_growth(struct record *record, uint64_t duration_ns);
void record_note_block(struct record *record, const struct record_growth_row *row);
void record_note_resize(struct record *record, uint64_t resize_ns);

/* Keeps the longest: when the rows are full, the floor below which pauses are dropped rises. */
void record_add_pause(struct record *record, const struct record_pause_row *row);

/* The smallest limit under which it completes: once record_finish is done. NaN: unknown. */
void record_set_limit(struct record *record, double bytes);

/* Works out the counters that follow from the rest. For a killed child too. */
void record_finish(struct record *record);

#endif
