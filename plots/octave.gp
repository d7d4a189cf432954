# SPDX-License-Identifier: MIT
#
# What scripts/octave measured: ns an operation over the sizes of an octave, and resident memory over payload at every
# moment on the way there; a row of panels for each page policy.

here = ARG0[1:strlen(ARG0) - strlen('octave.gp')]
load here.'style.gp'
load here.'lines.gp'
pad_left = is_apart ? 78 : 66
pad_bottom = 52
panel_width = is_apart ? 370 : 330
panel_height = is_apart ? 260 : 250
grid_columns = is_apart ? 1 : 3
grid_rows = (panel_records + grid_columns - 1) / grid_columns

# 1: fills, 2: look-ups, 3: memory. One scale for both policies, so that what huge pages do is to be seen.
array kind[panel_records]
stats data index 1 using (kind[int($1)] = int($3), $1) nooutput
is_memory(p) = kind[p] == 3
array low_x[3]
array high_x[3]
array high_y[3]
do for [k = 1:3] {
    low_x[k] = 1e300
    high_x[k] = 0
    high_y[k] = 0
}
do for [i = 1:line_records] {
    stats data index first_line + i using 1:2 nooutput name 'one'
    k = kind[line_panel[i]]
    low_x[k] = min(low_x[k], one_min_x)
    high_x[k] = max(high_x[k], one_max_x)
    high_y[k] = max(high_y[k], one_max_y)
}

unit = high_x[1] >= 1e6 ? 1e6 : 1e3
unit_name = unit == 1e6 ? ' M' : ' k'
key_rows = contender_rows + 1
eval open_grid(key_rows)
set logscale x 2
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    k = kind[p]
    set xrange [low_x[k] / 1.01:high_x[k] * 1.01]
    set yrange [0:high_y[k] * 1.06]
    set xtics ()
    do for [i = 0:3] { at = low_x[k] * (high_x[k] / low_x[k])**(i / 3.0); set xtics add (sprintf('%.3g%s', at / unit, unit_name) at) }
    set xlabel 'entries (log)' noenhanced
    set ylabel is_memory(p) ? 'resident over payload (x)' : 'ns' noenhanced
    plot (is_memory(p) ? 1 : NaN) with lines linecolor rgb '#404040' linewidth 1 dashtype (8, 4), \
        for [i = first_of[p]:last_of[p]] data index first_line + i using 1:2 with lines linecolor rgb line_colour(i) linewidth (is_memory(p) ? 1.4 : 1.8) dashtype line_dash(i), \
        for [i = first_of[p]:(is_memory(p) ? 0 : last_of[p])] data index first_line + i using 1:2 with points linecolor rgb line_colour(i) pointtype line_shape(i) pointsize 0.5 * mark
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with lines linecolor rgb '#404040' linewidth 1 dashtype (8, 4) title 'dashed: payload'
eval close_sheet
