# SPDX-License-Identifier: MIT
#
# The figure that decides: worst memory against longest insert, a mark for each table with each allocator. Lower
# left is best. Shape says the table, or where there are more tables than shapes a letter, and colour the allocator;
# yardsticks are hollow. A panel for each condition.

here = ARG0[1:strlen(ARG0) - strlen('decision.gp')]
load here.'style.gp'

array resolution[panel_records]
stats data index 1 using (resolution[int($1)] = $3, $1) nooutput
stats data index 3 using 1 nooutput name 'table'
array table_shape[table_records]
array table_yardstick[table_records]
array table_name[table_records]
stats data index 3 using (table_shape[int($0) + 1] = int($1), table_yardstick[int($0) + 1] = int($2), table_name[int($0) + 1] = stringcolumn(3), $1) nooutput
stats data index 4 using 5 nooutput name 'ratio'
stats data index 4 using 6 nooutput name 'pause'

set logscale xy
# The corner stays free for the word that stands there.
x_low = min(1, ratio_min) * (ratio_max > 4 ? 0.7 : 0.8)
x_high = max(4, ratio_max * 1.15)
y_low = 10**floor(log10(pause_min) - 0.5)
y_high = 10**ceil(log10(pause_max) + 0.1)
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics (1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128)
set format y '%g'
set xlabel 'worst memory over payload (x, log)' noenhanced
set ylabel 'longest insert (ms, log)' noenhanced
letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
letter(n) = letters[(n - 1) % strlen(letters) + 1:(n - 1) % strlen(letters) + 1]
has_variants = sum [c = 1:contender_records] (strstrt(name[c], ':') > 0)
is_lettered = table_records > |filled| || has_variants
# A variant has its base's colour: jemalloc:fast at table A is A:f.
variant_mark(c) = strstrt(name[c], ':') ? name[c][strstrt(name[c], ':'):strstrt(name[c], ':') + 1] : ''
is_resolved(p) = !(resolution[p] > y_low)

if (is_text) {
    # A letter an allocator, a digit a table.
    unset grid
    eval canvas(columns, lines)
    row_of(shape) = sum [t = 1:table_records] (table_shape[t] == shape ? t : 0)
    column_of(number) = sum [c = 1:contender_records] (style[c] == number ? c : 0)
    do for [p = 1:panel_records] {
        set title heading[1]."\n".panel_name[p].'; best is lower left' noenhanced
        unset arrow
        if (!is_resolved(p)) {
            set arrow 1 from graph 0, first min(resolution[p], y_high) to graph 1, first min(resolution[p], y_high) nohead
            set label 1 'below the line: not resolved here' at graph 0.98, first min(resolution[p], y_high) right offset 0, -1
        }
        plot data index 4 using ($1 == p ? $5 : NaN):6:(letter(column_of(int($3))).sprintf('%d', row_of(int($2)))) with labels noenhanced
        unset label 1
    }
    set print '-'
    do for [c = 1:contender_records] { print '  ', letter(c), '  ', name[c] }
    do for [t = 1:table_records] { print sprintf('  %d  ', t).table_name[t] }
    exit
}

panel_width = panel_records == 1 || is_lettered ? 620 : 470
panel_height = is_lettered ? 640 : panel_records == 1 ? 480 : 420
longest_table = 0
do for [t = 1:table_records] { if (strlen(table_name[t]) > longest_table) { longest_table = strlen(table_name[t]) } }
key_width = 76 + 7.6 * max(longest_table, max(longest_name, 22))
width = grid_columns * panel_width + key_width
height = head + max(grid_rows * panel_height, 60 + 23 * (contender_records + table_records + 5))
eval canvas(width, height)
set output file
set multiplot
eval write_titles(width, height)
do for [p = 1:panel_records] {
    eval place(p)
    set title panel_name[p] noenhanced
    unset object
    if (!is_resolved(p)) {
        set object 1 rectangle from graph 0, graph 0 to graph 1, first min(resolution[p], y_high) behind fillcolor rgb '#ececec' fillstyle solid noborder
        set label 1 sprintf('shaded: not resolved (10 hiccups of the median process: %.3g ms)', resolution[p]) at graph 0.985, graph 0.035 right textcolor rgb '#505050' noenhanced
    }
    set arrow 1 from graph 0.07, graph 0.1 to graph 0.015, graph 0.02 linewidth 1.5 linecolor rgb '#505050'
    set label 2 'better' at graph 0.015, graph 0.13 left textcolor rgb '#505050' noenhanced
    if (is_lettered) {
        plot for [t = 1:table_records] for [c = 1:contender_records] data index 4 using ($1 == p && $2 == table_shape[t] && $3 == style[c] ? $5 : NaN):6:(letter(t).variant_mark(c)) with labels textcolor rgb colour_of(hue[c]) font ',12' noenhanced
    } else {
    # Later marks are smaller, so that one on top of another leaves a rim of it.
    plot for [t = 1:table_records] for [c = 1:contender_records] data index 4 using ($1 == p && $2 == table_shape[t] && $3 == style[c] ? $5 : NaN):6 with points linecolor rgb colour_of(hue[c]) linewidth 1.5 pointsize max(1.1, 2.2 - 0.18 * c) * mark pointtype shape_of(table_shape[t], table_yardstick[t] || is_yardstick[c])
    }
    unset label
}
unset arrow
eval open_key(width, height)
plot NaN with lines linecolor rgb '#ffffff' title 'Colour: allocator', \
    for [c = 1:contender_records] NaN with points linecolor rgb colour_of(hue[c]) pointtype 5 pointsize 1.5 * mark title name[c].(is_lettered && strlen(variant_mark(c)) ? '  (letter'.variant_mark(c).')' : '') noenhanced, \
    NaN with lines linecolor rgb '#ffffff' title ' ', \
    NaN with lines linecolor rgb '#ffffff' title (is_lettered ? 'Letter: table' : 'Shape: table'), \
    for [t = 1:table_records] NaN with points linecolor rgb (is_lettered ? '#ffffff' : '#404040') pointtype shape_of(table_shape[t], table_yardstick[t]) pointsize 1.5 * mark title (is_lettered ? letter(t).'  ' : '').table_name[t] noenhanced, \
    NaN with lines linecolor rgb '#ffffff' title ' ', \
    NaN with points linecolor rgb (is_lettered ? '#ffffff' : '#404040') linewidth 1.5 pointtype hollow[1] pointsize 1.5 * mark title (is_lettered ? ' ' : 'hollow: a yardstick')
unset multiplot
