/* SPDX-License-Identifier: MIT
 *
 * The answer of a run: for this table and size on this machine, which allocator and which way of growing, what it
 * needs (memory limit over payload, longest stall, addresses that moved), and what the usual choice would have cost.
 * Pure: no I/O; what it says is in numbers and in sentences that are ready to print.
 *
 * A question is a table with what a program cannot choose (entry size, keys, number of tables and threads, rounds,
 * snapshots, address randomisation). A contender answers it: an allocator with what can be chosen (growth, load,
 * reserve, page policy). Its figures are the worst over all sizes and heaps of the run, medians of the repetitions
 * each.
 *
 * Compared is where all were measured, so that nobody is better for the sizes it was spared; a run that is not complete
 * says so. Who was measured in less than half as many cells as another is left out instead.
 *
 * The rule is ANSWER_RULE. It takes away, step by step, those who are told apart worse than the leader of the step.
 * Rejected: an order by all figures at once. "Within 10 %" and "ranges that touch" are not transitive, so no sort
 * has them; and a weighted sum hides what was weighed.
 *
 * Told apart: stalls and speeds as summary_times_differ() does. Of two stalls the longer one must also be ten times
 * the machine's own hiccups: what is below is a bound, and may be no stall of the table's.
 */
#ifndef GROWBENCH_ANSWER_H
#define GROWBENCH_ANSWER_H

#include "harness/evaluate/stability.h"
#include "harness/results/results.h"

enum { ANSWER_NAME_BYTES = 360, ANSWER_TEXT_BYTES = 900, ANSWER_LINES_MAX = 12 };

/* Why a contender cannot be chosen. */
enum answer_bar {
    ANSWER_FREE,           /* it can */
    ANSWER_DIED,           /* a process of it did not end OK: `bad` says which */
    ANSWER_BROKEN,         /* a profile that makes worse what it promises */
    ANSWER_NOT_EVERYWHERE, /* others were measured in more than twice as many cells, or in none that it was */
    ANSWER_NO_LIMIT        /* its memory is not known */
};

struct answer_contender {
    const struct result *any;     /* at its largest size */
    char name[ANSWER_NAME_BYTES]; /* "mremap", "glibc 2.36, growth:1.5" */
    enum answer_bar bar;
    const struct result *bad; /* the first that did not end OK */
    size_t process_count, bad_count;
    size_t place_count;  /* sizes and heaps (and seeds) at which it was measured */
    size_t cell_count;   /* the same, each mode for itself */
    uint64_t cells_mark; /* equal for those that were measured in the same cells */
    size_t size_count;
    unsigned heaps; /* 1 << enum cell_heap */
    bool is_usual;

    /* Worst over sizes and heaps, and where that was; NaN = absent. */
    double limit_ratio, limit_bytes;
    bool lacks_limit;       /* at one place at least */
    bool limit_is_estimate; /* at one place at least */
    double program_share;   /* of the limit, 0 to 1: resident before any table; 0 where found by trial */
    uint64_t limit_entries, stall_entries;
    enum cell_heap limit_heap, stall_heap;
    struct results_range stall; /* ns */
    double hiccup_max_ns;
    bool stall_is_resolved;
    double base_moves, moves_per_entry;
    enum stability stability;
    struct results_range speed; /* entries a second, where it is slowest */
    bool has_references;        /* some of its times are of an earlier run, and left out */
};

struct answer_lines {
    size_t count;
    char items[ANSWER_LINES_MAX][ANSWER_TEXT_BYTES];
};

/* All text is one line without an end, plain; names in it come from outside and are to be defused or escaped by who
 * prints it. Empty where there is nothing to say. */
struct answer {
    const struct result *any;         /* its table, and what else makes the question */
    char question[ANSWER_NAME_BYTES]; /* "array", "array, entry-bytes:64" */
    size_t count;
    struct answer_contender *contenders; /* those that are chosen first, then who could be, then who cannot */
    size_t asked_cells;                  /* sizes, heaps and modes in which any of them was measured */
    size_t chosen_count; /* more than 1: not told apart by any step; 0: nobody can be chosen */
    const struct answer_contender *alternative; /* clearly shorter stalls for more memory; NULL: none */
    const struct answer_contender *usual;       /* glibc, else the first malloc, as it comes; NULL: none */

    char headline[ANSWER_TEXT_BYTES];                                                  /* "array: mremap" */
    char limit[ANSWER_TEXT_BYTES], stall[ANSWER_TEXT_BYTES], moves[ANSWER_TEXT_BYTES]; /* the three numbers */
    char usual_cost[ANSWER_TEXT_BYTES]; /* who that is, and what it would have cost */
    char alternative_text[ANSWER_TEXT_BYTES];
    struct answer_lines reasons; /* what each step of the rule took away */
    struct answer_lines caveats; /* what the numbers cannot bear */
};

struct answers {
    enum cell_workload workload;
    size_t count;
    struct answer *items; /* by table as in the table of results; no yardsticks */
    struct answer_lines
        ways; /* "If the way of growing is yours to choose: ...", keyed and record tables apart */
    struct answer_lines caveats;   /* of all answers alike */
    char scope[ANSWER_TEXT_BYTES]; /* "fill, 4 sizes from 39.9 M to 67.1 M entries, heaps cold and warm" */
};

/* The rule of choice in words. */
extern const char ANSWER_RULE[];

/* Fill, else the first there is. */
enum cell_workload answers_workload(const struct results *results);

/* Of that workload. `results` must outlive it. Returns 0 or ENOMEM; no items where
 * the run has no table. */
int answers_make(const struct results *results, struct answers *answers);
void answers_free(struct answers *answers);

#endif
