/* SPDX-License-Identifier: MIT
 *
 * A spec times the catalog is a list of cells. Pure: no I/O.
 */
#ifndef GROWBENCH_MATRIX_H
#define GROWBENCH_MATRIX_H

#include "harness/request/catalog.h"
#include "harness/request/spec.h"

struct matrix {
    size_t count;
    struct cell *cells; /* each in mode throughput or latency */
};

/* Returns 0, ENOMEM, or EINVAL with a sentence (a filter that is no regular expression, or that matches
 * nothing). */
int matrix_build(struct matrix *matrix, const struct spec *spec, const struct catalog *catalog, char *error);
void matrix_free(struct matrix *matrix);

#endif
