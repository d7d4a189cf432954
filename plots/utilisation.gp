# SPDX-License-Identifier: MIT
#
# The smallest share of any window that was left for work, over the window's length. A line leaves 0 at the longest
# pause; how fast it rises tells how close together the others are.

here = ARG0[1:strlen(ARG0) - strlen('utilisation.gp')]
load here.'style.gp'
load here.'lines.gp'

array note[panel_records]
stats data index 1 using (note[int($1)] = stringcolumn(4), $1) nooutput
stats data index first_line + 1:first_line + line_records using 1 nooutput name 'window'
set logscale x
set xrange [window_min:window_max]
set yrange [0:1.04]
set format x '%.0s %cs'
set ytics ('0' 0, '25 %%' 0.25, '50 %%' 0.5, '75 %%' 0.75, '100 %%' 1)
set xlabel 'length of the window (log)' noenhanced
set ylabel 'time left for work, at worst' noenhanced
pad_right = 22
# Lines on top of each other: each is thinner than those below it, and its marks are elsewhere.
line_width(i) = 3.6 - 2.2 * (line_contender[i] - 1) / max(contender_records - 1, 1)

stats data index 3 using (strcol(3) ne 'OK' ? 1 : 0) nooutput name 'died'
key_rows = contender_rows + 1 + died_max
eval open_grid(key_rows)
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    if (last_of[p] >= first_of[p]) {
        if (note[p] ne 'NaN') { set label 1 note[p] at graph 0.06, 0.88 left noenhanced textcolor rgb '#505050' font ','.small_font }
        plot for [i = first_of[p]:last_of[p]] data index first_line + i using 1:2 with lines linecolor rgb line_colour(i) linewidth line_width(i) dashtype line_dash(i), \
            for [i = first_of[p]:last_of[p]] data index first_line + i every 9::(2 * line_contender[i] % 9) using 1:2 with points linecolor rgb line_colour(i) pointtype line_shape(i) pointsize 0.7 * mark, \
            for [i = first_of[p]:last_of[p]] data index 3 every ::i - 1::i - 1 using (stringcolumn(3) ne 'OK' ? $4 : NaN):5 with points pointtype 2 pointsize 1.2 * mark linewidth 1.6 linecolor rgb line_colour(i)
    } else {
        set label 1 'no data' at graph 0.5, 0.5 center
        plot 1 / 0
    }
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with lines linecolor rgb '#ffffff' title 'leaves 0 at the longest pause', \
    NaN with points pointtype 2 pointsize 1.2 * mark linewidth 1.6 linecolor rgb '#404040' title (died_max > 0 ? 'it died: not the whole run' : '')
eval close_sheet
