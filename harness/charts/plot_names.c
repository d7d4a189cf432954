/* SPDX-License-Identifier: MIT
 *
 * Names of contenders where there is little room.
 */
#include "harness/charts/plot_data_parts.h"

#include <string.h>

void plot_name_short(const struct plot_contender *contender, char *name, size_t size)
{
    char allocator[CELL_NAME_BYTES];
    plot_safe_text(allocator, sizeof allocator, contender->example->cell.allocator);
    snprintf(name, size, "%s%s", allocator, contender->name + strlen(contender->allocator));
}

void plot_names_add(struct plot_names *names, const struct plot_contender *contender)
{
    const size_t used = strlen(names->text);
    char name[PLOT_TEXT_BYTES];
    plot_name_short(contender, name, sizeof name);
    if (names->left_out || (used && used + strlen(name) > PLOT_NAMES_MAX))
        names->left_out++;
    else
        snprintf(names->text + used, sizeof names->text - used, "%s%.*s", used ? ", " : "", PLOT_NAMES_MAX,
                 name);
}

void plot_names_put(const struct plot_names *names, const char *before, FILE *out)
{
    fprintf(out, "%s%s", before, names->text);
    if (names->left_out)
        fprintf(out, " and %zu more", names->left_out);
}
