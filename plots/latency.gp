# SPDX-License-Identifier: MIT
#
# Percentiles of one insert on HdrHistogram's axis: each step to the right is one nine more.

here = ARG0[1:strlen(ARG0) - strlen('latency.gp')]
load here.'style.gp'
load here.'lines.gp'

# Some six marks a line.
array mark_step[line_records]
do for [i = 1:line_records] {
    stats data index first_line + i using 1 nooutput name 'steps'
    mark_step[i] = max(1, int(steps_records / 6))
}

set logscale xy
stats data index first_line + 1:first_line + line_records using 1 nooutput name 'nines'
set xrange [1:nines_max * 1.3]
set xtics ('0' 1, '90' 10, '99' 100, '99.9' 1e3, '99.99' 1e4, '' 1e5, '99.9999' 1e6, '' 1e7, '8 nines' 1e8, '' 1e9, '10 nines' 1e10)
set format y '%.0s %cs'
set xlabel 'percentile of the inserts (%; log of 1/(1-p))' noenhanced
set ylabel 'time of one insert (log)' noenhanced

key_rows = contender_rows + 1
eval open_grid(key_rows)
stats data index first_line + 1:first_line + line_records using ($2 * 1e-9) nooutput name 'latency'
set yrange [10**floor(log10(latency_min)):10**ceil(log10(latency_max))]
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    if (last_of[p] >= first_of[p]) {
        plot for [i = first_of[p]:last_of[p]] data index first_line + i using 1:($2 * 1e-9) with lines linecolor rgb line_colour(i) linewidth 1.8 dashtype line_dash(i), \
            for [i = first_of[p]:last_of[p]] data index first_line + i every mark_step[i]::(5 * i % mark_step[i]) using 1:($2 * 1e-9) with points pointtype line_shape(i) pointsize 0.7 * mark linecolor rgb line_colour(i), \
            for [i = first_of[p]:last_of[p]] data index 3 every ::i - 1::i - 1 using 4:($5 * 1e-9) with points pointtype line_shape(i) pointsize 1 * mark linecolor rgb line_colour(i)
    } else {
        set label 1 'no data' at graph 0.5, 0.5 center
        plot 1 / 0
    }
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with points linecolor rgb '#404040' pointtype 7 title 'at the end: the maximum'
eval close_sheet
