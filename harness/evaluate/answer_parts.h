/* SPDX-License-Identifier: MIT
 *
 * What the parts of the answer share; nobody else's.
 *   answer.c             the rule, and the order of the rest
 *   answer_contenders.c  figures of each, and who cannot be chosen
 *   answer_sentence.c    an answer in words
 *   answer_ways.c        what stands over all tables
 */
#ifndef GROWBENCH_ANSWER_PARTS_H
#define GROWBENCH_ANSWER_PARTS_H

#include "harness/evaluate/answer.h"

/* Axes that a program cannot choose: they make the question. */
enum {
    ANSWER_QUESTION_AXES = 1u << CELL_AXIS_entry_bytes | 1u << CELL_AXIS_count | 1u << CELL_AXIS_threads |
                           1u << CELL_AXIS_keys | 1u << CELL_AXIS_rounds | 1u << CELL_AXIS_snapshot |
                           1u << CELL_AXIS_batch | 1u << CELL_AXIS_stops | 1u << CELL_AXIS_aslr,
    ANSWER_PLACE_AXES =
        1u << CELL_AXIS_entries | 1u << CELL_AXIS_mode | 1u << CELL_AXIS_heap | 1u << CELL_AXIS_seed,
    ANSWER_CHOICE_AXES = ~(unsigned)(ANSWER_QUESTION_AXES | ANSWER_PLACE_AXES | 1u << CELL_AXIS_workload)
};

/* Both ask the same but for their tables. */
bool answer_same_question(const struct cell *a, const struct cell *b);

/* Fills in the contenders to the question of `answer->any`, in the order of the table of results, and why some
 * cannot be chosen. Returns 0 or ENOMEM. */
int answer_collect(const struct results *results, struct answer *answer);

/* Drops from `pool` who is told apart worse by a step of the rule; returns how many are left, and in `reasons`
 * (NULL: not wanted) what each step did. */
size_t answer_filter(const struct answer_contender **pool, size_t count, struct answer_lines *reasons);

/* Told apart, and a's is the longer one; it may be said so. */
bool answer_stalls_longer(const struct answer_contender *a, const struct answer_contender *b);
/* By more than what is alike. */
bool answer_needs_more_memory(const struct answer_contender *a, const struct answer_contender *b);
bool answer_is_slower(const struct answer_contender *a, const struct answer_contender *b);

/* Who buys a clearly shorter stall than `chosen` with more memory; NULL: nobody. */
const struct answer_contender *answer_find_alternative(const struct answer_contender *const *pool,
                                                       size_t count, const struct answer_contender *chosen);

/* ---- text (answer_sentence.c) ---- */

void answer_add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The next line, empty; the last again when there is no room. */
char *answer_next_line(struct answer_lines *lines);

const char *answer_format_factor(double factor, char *text); /* "1.05", "12.3", "980"; UNITS_TEXT_BYTES */

const char *units_format_whole(char *text, uint64_t entries); /* "67,108,864"; UNITS_TEXT_BYTES */

/* What stands behind a name. `text` has UNITS_TEXT_BYTES. */
typedef const char *answer_format(const struct answer_contender *contender, char *text);

/* "mremap 1.05x, glibc 2.05x and 3 more". `format` NULL: names alone. */
void answer_add_names(char *text, const struct answer_contender *const *pool, size_t count,
                      answer_format *format);

/* "1.05x the payload, longest stall 1.2 ms, base-stable" */
void answer_add_figures(char *text, const struct answer_contender *contender);

/* "OOM: exceeded ... (2 of 8 processes)" */
void answer_add_bad(char *text, const struct answer_contender *contender);

/* "lfht stalls at least 12 times shorter for 1.4 times the memory" */
void answer_add_alternative(char *text, const struct answer_contender *alternative,
                            const struct answer_contender *chosen);

void answer_write(struct answer *answer);

/* ---- over all tables (answer_ways.c) ---- */

int answers_write_ways(struct answers *answers);
void answers_write_caveats(struct answers *answers);
void answers_write_scope(const struct results *results, struct answers *answers);

#endif
