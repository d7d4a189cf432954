# SPDX-License-Identifier: MIT
#
# How long single operations stopped, over entries or time: an impulse each, those that grew the table with a mark.
# One scale for all.

here = ARG0[1:strlen(ARG0) - strlen('pauses.gp')]
load here.'style.gp'
load here.'lines.gp'

set logscale xy
stats data index first_line + 1:first_line + line_records using 1 nooutput name 'entries'
stats data index first_line + 1:first_line + line_records using 2 nooutput name 'pause'
x_low = by_seconds ? 0 : max(entries_min, 10**floor(log10(entries_max) - 3.5))
if (by_seconds) { unset logscale x; set xrange [0:entries_max > 0 ? entries_max * 1.02 : 1] } else { set xrange [x_low / 1.3:entries_max * 1.3] }
set yrange [10**floor(log10(pause_min)):10**ceil(log10(pause_max * 1.01))]
if (!by_seconds) { set format x '%.0s %c' }
set format y '%g'
set xlabel by_seconds ? "seconds of the workload's clock" : x_low > entries_min ? 'entries in the table (log; earlier at the left edge)' : 'entries in the table (log)' noenhanced
set ylabel by_seconds ? 'time of the operation (ms, log)' : 'time of the insert (ms, log)' noenhanced

key_rows = contender_rows + 2
eval open_grid(key_rows)
# All grow at the same entries: without a step aside the last one drawn would hide the others.
share(i) = (line_contender[i] - (contender_records + 1) / 2.0) / contender_records
beside(x, i) = by_seconds ? x + share(i) * 0.03 * entries_max : max(x, x_low) * (entries_max / x_low)**(share(i) * 0.03)
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    if (last_of[p] >= first_of[p]) {
        plot for [i = first_of[p]:last_of[p]] data index first_line + i using (beside($1, i)):($3 == 0 ? $2 : NaN) with impulses linecolor rgb line_colour(i) linewidth 0.5, \
            for [i = first_of[p]:last_of[p]] data index first_line + i using (beside($1, i)):($3 == 1 ? $2 : NaN) with impulses linecolor rgb line_colour(i) linewidth 1.2 dashtype line_dash(i), \
            for [i = first_of[p]:last_of[p]] data index first_line + i using (beside($1, i)):($3 == 1 ? $2 : NaN) with points linecolor rgb line_colour(i) pointtype line_shape(i) pointsize 0.7 * mark
    } else {
        set label 1 'no data' at graph 0.5, 0.5 center
        plot 1 / 0
        unset label 1
    }
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with linespoints linecolor rgb '#404040' pointtype 7 pointsize 0.8 * mark title 'the table grew', \
    NaN with lines linecolor rgb '#404040' linewidth 0.5 title 'other, 50 us and more'
eval close_sheet
