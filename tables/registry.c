/* SPDX-License-Identifier: MIT
 *
 * The tables that are built in, in the order that `list` shows. One line each.
 */
#include "tables/table.h"

extern const struct table table_array;
extern const struct table table_linear_rebuild;
extern const struct table table_linear_inplace;
extern const struct table table_floor;
extern const struct table table_null;

const struct table *const table_registry[] = {
    &table_array, &table_linear_rebuild, &table_linear_inplace, &table_floor, &table_null, NULL,
};
