# SPDX-License-Identifier: MIT
#
# Memory over payload by the size at which a fill ends: the table's peak, and above it, dotted, what to set a
# container to. In characters: the peaks alone.

here = ARG0[1:strlen(ARG0) - strlen('sweep_memory.gp')]
load here.'style.gp'
load here.'sweep.gp'

stats data index first_line + 1:first_line + line_records using (valid(3) ? max($2, $3) : $2) nooutput name 'most'
stats data index first_line + 1:first_line + line_records using 2 nooutput name 'least'
set yrange [min(1, least_min) - 0.05 * (most_max - min(1, least_min)):most_max * 1.04]
set ylabel 'memory over payload (x)' noenhanced

if (is_text) {
    eval canvas(columns, lines)
    set key outside right top
    unset grid
    set yrange [min(1, least_min) - 0.1:least_max * 1.06]
    do for [p = 1:panel_records] {
        if (last_of[p] >= first_of[p]) {
            set title heading[1]."\n".panel_name[p].' (peak)' noenhanced
            plot for [i = first_of[p]:last_of[p]] data index first_line + i using 1:2 with points pointtype line_contender[i] title name[line_contender[i]] noenhanced
        }
    }
    exit
}

key_rows = contender_rows + 2
eval open_grid(key_rows)
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    plot 1 with lines linecolor rgb '#404040' linewidth 1 dashtype (8, 4), \
        for [i = first_of[p]:last_of[p]] data index first_line + i using 1:3 with lines linecolor rgb line_colour(i) linewidth 1.4 dashtype (2, 3), \
        for [i = first_of[p]:last_of[p]] data index first_line + i using 1:2 with linespoints linecolor rgb line_colour(i) linewidth 1.6 dashtype line_dash(i) pointtype line_shape(i) pointsize 0.5 * mark
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with lines linecolor rgb '#404040' linewidth 1.4 dashtype (2, 3) title 'dotted: container limit', \
    NaN with lines linecolor rgb '#404040' linewidth 1 dashtype (8, 4) title 'dashed: payload'
eval close_sheet
