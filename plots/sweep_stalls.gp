# SPDX-License-Identifier: MIT
#
# The longest stall of a fill by the size at which it ends.

here = ARG0[1:strlen(ARG0) - strlen('sweep_stalls.gp')]
load here.'style.gp'
load here.'sweep.gp'

array resolution[panel_records]
stats data index 1 using (resolution[int($1)] = $3, $1) nooutput
stats data index first_line + 1:first_line + line_records using ($2 > 0 ? $2 : NaN) nooutput name 'stall'
if (!exists('stall_min') || stall_min != stall_min) { stall_min = 1; stall_max = 10 } # none that a log axis has
set logscale y 10
y_low = 10**floor(log10(stall_min))
y_high = 10**ceil(log10(stall_max))
set yrange [y_low:y_high]
set format y '%g'
set ylabel 'longest stall (ms, log)' noenhanced

key_rows = contender_rows + 1
eval open_grid(key_rows)
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    unset object
    if (resolution[p] > y_low) {
        set object 1 rectangle from graph 0, graph 0 to graph 1, first min(resolution[p], y_high) behind fillcolor rgb '#ececec' fillstyle solid noborder
    }
    plot for [i = first_of[p]:last_of[p]] data index first_line + i using 1:2 with linespoints linecolor rgb line_colour(i) linewidth 1.6 dashtype line_dash(i) pointtype line_shape(i) pointsize 0.5 * mark
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with lines linecolor rgb '#ececec' linewidth 8 title (resolution[1] > y_low ? sprintf('not resolved: below %.3g ms', resolution[1]) : '')
eval close_sheet
