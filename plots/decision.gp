# SPDX-License-Identifier: MIT
#
# The figure that decides: memory limit against longest stall, a mark for each table with each allocator and a box
# over all sizes of the run. Lower left is best. Colour says the allocator, a letter beside the mark the table, its
# shape what stays put; cold heaps are filled and solid, others hollow and dashed, with a line to the cold one.
# Where the letters stand is in the data: they are kept apart by who knows all of them.

here = ARG0[1:strlen(ARG0) - strlen('decision.gp')]
load here.'style.gp'

stats data index 1 using (resolution = $3, oom = $4, x_low = $5, x_high = $6, $1) nooutput
stats data index 1 using (y_low = $7, y_high = $8, area_width = $9, area_height = $10, x_label = stringcolumn(11), $1) nooutput
stats data index 3 using 1 nooutput name 'table'
array table_name[table_records]
array table_letter[table_records]
stats data index 3 using (table_letter[int($1)] = stringcolumn(2), table_name[int($1)] = stringcolumn(3), $1) nooutput
stats data index 4 using 1 nooutput name 'option'
array option_name[option_records]
stats data index 4 using (option_name[int($1)] = stringcolumn(2), $1) nooutput
stats data index 5 using 1 nooutput name 'class'
array class_number[class_records]
array class_text[class_records]
stats data index 5 using (class_number[int($0) + 1] = int($1), class_text[int($0) + 1] = stringcolumn(2).': '.stringcolumn(3), $1) nooutput
stats data index 6 using ($6 > 1 ? 1 : 0) nooutput name 'boxed'
stats data index 6 using (stringcolumn(5) eq 'cold' ? 0 : 1) nooutput name 'warm'
stats data index 7 using 1 nooutput name 'died'

# By class: entry, base, offset, none; the first is that of the unknown one.
array class_filled[5] = [15, 7, 5, 9, 13]
array class_hollow[5] = [14, 6, 4, 8, 12]
is_cold(c) = strcol(c) eq 'cold'
type_of(c, is_filled) = is_filled ? class_filled[int(c) + 1] : class_hollow[int(c) + 1]
colour_at(c) = colour_of(hue[int(c)])
is_resolved = !(resolution > y_low)
time_of(ms) = sprintf(ms < 1000 ? '%.3g' : '%.0f', ms)
is_near = oom < x_high
ratio_of(x) = sprintf(x < 100 ? '%.3gx' : '%.0fx', x)

set logscale xy
set xrange [x_low:x_high]
set yrange [y_low:y_high]
set xtics (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256)
set format y '%g'
set xlabel x_label noenhanced
set ylabel 'longest stall (ms, log)' noenhanced

if (is_text) {
    # A letter an allocator, small on a heap that is not cold, and the table's.
    unset grid
    eval canvas(columns, lines)
    capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
    smalls = 'abcdefghijklmnopqrstuvwxyz'
    capital(n) = capitals[(n - 1) % 26 + 1:(n - 1) % 26 + 1]
    small(n) = smalls[(n - 1) % 26 + 1:(n - 1) % 26 + 1]
    hint = 'best is lower left'.(is_resolved ? '' : sprintf('; not resolved: below the line, %s ms', time_of(resolution))).(is_near ? '; out of memory beyond '.ratio_of(oom) : '')
    set title heading[1]."\n".hint noenhanced
    if (!is_resolved) {
        set arrow 1 from graph 0, first min(resolution, y_high) to graph 1, first min(resolution, y_high) nohead
    }
    if (is_near) {
        set arrow 2 from first max(oom, x_low), graph 0 to first max(oom, x_low), graph 1 nohead
    }
    plot data index 6 using 9:12:((is_cold(5) ? capital(int($2)) : small(int($2))).sprintf('%d', int($1)).(option_records > 1 ? sprintf('.%d', int($3)) : '')) with labels noenhanced
    set print '-'
    do for [c = 1:contender_records] { print '  ', capital(c), '  ', name[c], (warm_max > 0 ? '   ('.small(c).': its heap is not cold)' : '') }
    do for [t = 1:table_records] { print sprintf('  %d  ', t).table_name[t] }
    if (option_records > 1) { do for [i = 1:option_records] { print sprintf('  .%d  ', i).option_name[i] } }
    array died_text[died_records]
    stats data index 7 using (died_text[max(1, int($1))] = stringcolumn(2), $1) nooutput
    if (died_min > 0) { do for [i = 1:died_records] { print '  ', died_text[i] } }
    exit
}

grid_columns = 1
panel_width = area_width + pad_left + pad_right
panel_height = area_height + pad_top + pad_bottom
key_row_height = 20
longest = max(longest_name, 40)
do for [t = 1:table_records] { longest = max(longest, strlen(table_name[t]) + 3) }
do for [i = 1:option_records] { longest = max(longest, strlen(option_name[i]) + 3) }
do for [i = 1:class_records] { longest = max(longest, strlen(class_text[i])) }
key_width = 76 + 7.1 * longest
key_rows = contender_records + table_records + class_records + (option_records > 1 ? option_records + 2 : 0) + 13
# The area has the size that the letters were placed for.
eval open_grid(key_rows)
eval open_panel(1)
grey = '#505050'
if (!is_resolved) {
    set object 1 rectangle from graph 0, graph 0 to graph 1, first min(resolution, y_high) behind fillcolor rgb '#ececec' fillstyle solid noborder
    set label 1 sprintf('shaded: not resolved (10 hiccups of the median process: %s ms)', time_of(resolution)) at graph 0.985, graph 0.025 right textcolor rgb grey noenhanced
}
if (is_near) {
    set object 2 rectangle from first max(oom, x_low), graph 0 to graph 1, graph 1 behind fillcolor rgb '#f6d5cf' fillstyle transparent solid 0.6 noborder
    set label 2 'out of memory beyond '.ratio_of(oom) at first max(oom, x_low), graph 1 left offset 0.5, 0.6 textcolor rgb '#a02010' noenhanced
}
set arrow 1 from graph 0.07, graph 0.11 to graph 0.015, graph 0.03 linewidth 1.5 linecolor rgb grey
set label 3 'better' at graph 0.012, graph 0.135 left textcolor rgb grey noenhanced
line_at(n) = 1 - (n + 0.7) * 15.0 / area_height
text_at_x(s) = x_low * (x_high / x_low)**s
text_at_y(s) = y_low * (y_high / y_low)**s
has_text(c) = strlen(strcol(c)) > 0
# A line to a letter that had to stand further off.
is_far(x, y, s, t) = hypot((s - log(x / x_low) / log(x_high / x_low)) * area_width, (t - log(y / y_low) / log(y_high / y_low)) * area_height) > 24
hypot(a, b) = sqrt(a * a + b * b)
is_boxed = boxed_max > 0
plot data index 6 using (is_boxed && is_cold(5) ? $9 : NaN):12:7:8:10:11:(colour_at($2)) with boxxyerror linecolor rgb variable linewidth 0.7 fillstyle empty, \
    data index 6 using (is_boxed && !is_cold(5) ? $9 : NaN):12:7:8:10:11:(colour_at($2)) with boxxyerror linecolor rgb variable linewidth 0.8 dashtype (3, 3) fillstyle empty border, \
    data index 6 using (valid(16) ? $16 : NaN):17:(valid(16) ? $9 - $16 : NaN):($12 - $17):(colour_at($2)) with vectors nohead linewidth 0.8 dashtype (3, 3) linecolor rgb variable, \
    data index 6 using (has_text(13) && is_far($9, $12, $14, $15) ? $9 : NaN):12:(text_at_x($14) - $9):(text_at_y($15) - $12) with vectors nohead linewidth 0.5 linecolor rgb '#a0a0a0', \
    data index 6 using 9:12:(type_of($4, is_cold(5))):(colour_at($2)) with points pointtype variable linecolor rgb variable pointsize 1.3 * mark linewidth 1.4, \
    data index 6 using (has_text(13) ? text_at_x($14) : NaN):(text_at_y($15)):13:(colour_at($2)) with labels textcolor rgb variable center noenhanced, \
    data index 7 using ($1 > 0 ? x_high : NaN):(text_at_y(line_at($1))):2 with labels right offset -0.5, 0 textcolor rgb '#802010' font ',' . (term eq 'svg' ? 11 : 8) noenhanced
unset arrow
eval open_key(key_rows)
plot NaN with lines linecolor rgb '#ffffff' title 'Colour: allocator', \
    for [c = 1:contender_records] NaN with points linecolor rgb colour_of(hue[c]) pointtype 5 pointsize 1.4 * mark title name[c].(is_yardstick[c] ? ' (yardstick)' : '').(strstrt(name[c], ':') ? '  ('.name[c][strstrt(name[c], ':'):strstrt(name[c], ':') + 1].')' : '') noenhanced, \
    NaN with lines linecolor rgb '#ffffff' title ' ', \
    NaN with lines linecolor rgb '#ffffff' title 'Letter: table', \
    for [t = 1:table_records] NaN with points linecolor rgb '#ffffff' pointtype 7 title table_letter[t].'  '.table_name[t] noenhanced, \
    NaN with lines linecolor rgb '#ffffff' title (option_records > 1 ? ' ' : ''), \
    NaN with lines linecolor rgb '#ffffff' title (option_records > 1 ? 'Digit: how it grows and the like' : ''), \
    for [i = 1:option_records] NaN with points linecolor rgb '#ffffff' pointtype 7 title (option_records > 1 ? sprintf('%d  ', i).option_name[i] : '') noenhanced, \
    NaN with lines linecolor rgb '#ffffff' title ' ', \
    NaN with lines linecolor rgb '#ffffff' title 'Shape: what stays put', \
    for [i = 1:class_records] NaN with points linecolor rgb '#404040' pointtype type_of(class_number[i], 1) pointsize 1.4 * mark title class_text[i] noenhanced, \
    NaN with lines linecolor rgb '#ffffff' title ' ', \
    NaN with points linecolor rgb (is_boxed ? '#404040' : '#ffffff') pointtype 4 pointsize 2.2 * mark linewidth 0.8 title (is_boxed ? 'box: over all sizes, mark: their mean' : ''), \
    NaN with points linecolor rgb '#404040' pointtype 7 pointsize 1.4 * mark title (warm_max > 0 ? 'filled, solid: cold heap' : ''), \
    NaN with points linecolor rgb '#404040' linewidth 1.4 pointtype 6 pointsize 1.4 * mark title (warm_max > 0 ? 'hollow, dashed: warm or busy, a line to the cold one' : ''), \
    NaN with lines linecolor rgb '#ffffff' title (!is_near && oom > 0 ? 'Out of memory beyond '.ratio_of(oom).': to the right of all this' : '')
eval close_sheet
