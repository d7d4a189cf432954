# SPDX-License-Identifier: MIT
#
# A forest: ratios to a reference allocator on one log axis, a panel a table. A filled mark has a 95 % interval, a
# hollow one none; colour says better, worse or not told apart, and so do words.

here = ARG0[1:strlen(ARG0) - strlen('ratios.gp')]
load here.'style.gp'

stats data index 3 using (x_low = $1, x_high = $2, $1) nooutput
array reference[1]
stats data index 3 using (reference[1] = stringcolumn(3), $1) nooutput
array rows[panel_records]
do for [p = 1:panel_records] {
    stats data index 4 using ($1 == p ? $2 : 0) nooutput name 'row'
    rows[p] = int(row_max)
}
stats data index 4 using 2 nooutput name 'row'
stats data index 4 using (strlen(stringcolumn(9))) nooutput name 'right'

better = '#0072B2'
worse = '#D55E00'
alike = '#707070'
array verdict_colour[4] = [0x404040, 0x0072B2, 0xD55E00, 0x707070]
shade(v) = verdict_colour[int(v) + 1]
# Marks keep on the axis; the text says how far they are beyond it.
held(x) = max(x_low, min(x_high, x))

# The names as wide as they are, and what stands right of the axis; the rest is the axis.
row_height = 18
small = term eq 'svg' ? 11 : 8
left_width = min(185, 10 + 7.0 * longest_name)
# What is too long even so keeps its end, where rows of one allocator differ.
letters = int((left_width - 8) / 6.2)
cut(text) = strlen(text) > letters ? '..'.text[strlen(text) - letters + 3:*] : text
right_width = 12 + 6.2 * max(right_max, 8)
axis_width = is_apart ? max(110, 420 - left_width - right_width) : 190
panel_width = left_width + axis_width + right_width
pad_left = left_width
pad_right = right_width
pad_top = 26
pad_bottom = 46
panel_height = row_max * row_height + pad_top + pad_bottom
key_rows = 6
key_width = 350

set logscale x 2
set xrange [x_low:x_high]
octaves = log(x_high / x_low) / log(2)
# As many ticks as have room.
room = octaves * 36 / axis_width
step = room > 4 ? 64 : room > 2 ? 16 : room > 1 ? 4 : 2
set xtics ()
do for [i = -10:10] { at = real(step)**i; if (at >= x_low * 0.99 && at <= x_high * 1.01) { set xtics add (at < 1 ? sprintf('1/%.0f', 1 / at) : sprintf('%.0f', at) at) } }
unset ytics
set border 1 linecolor rgb '#404040'
set grid xtics noytics
set xlabel sprintf('times that of %s (log)', reference[1]) noenhanced

eval open_grid(key_rows)
do for [p = 1:panel_records] {
    # Each panel as high as it has rows.
    if (is_apart) { panel_height = rows[p] * row_height + pad_top + pad_bottom; height = panel_height }
    eval open_panel(p)
    set bmargin at screen 1 - (head + row_of(p) * panel_height + pad_top + rows[p] * row_height) / real(height)
    set yrange [rows[p] + 0.5:0.5]
    set label 1 panel_title(p) at graph -real(left_width - 8) / axis_width, graph 1 left offset 0, 0.7 noenhanced font ',' . (term eq 'svg' ? 14 : 11)
    # The line at 1 stands beside marks only: it would strike out the headings.
    plot data index 4 using ($1 == p && $4 > 0 ? 1 : NaN):($2 - 0.5):(0):(1) with vectors nohead linewidth 1.2 linecolor rgb '#404040', \
        data index 4 using ($1 == p && $5 == 1 ? held($7) : NaN):2:(held($8) - held($7)):(0):(shade($4)) with vectors nohead linewidth 1.6 linecolor rgb variable, \
        data index 4 using ($1 == p && $4 > 0 && $5 == 1 ? held($6) : NaN):2:(shade($4)) with points pointtype 7 pointsize 1.2 * mark linecolor rgb variable, \
        data index 4 using ($1 == p && $4 > 0 && $5 == 0 ? held($6) : NaN):2:(shade($4)) with points pointtype 6 pointsize 1.2 * mark linewidth 1.4 linecolor rgb variable, \
        data index 4 using ($1 == p && $4 > 0 ? x_low * 1.0001 : NaN):2:(cut(stringcolumn(3))) with labels right offset -0.8, 0 font ',' . small noenhanced, \
        data index 4 using ($1 == p && $4 == 0 ? x_low * 1.0001 : NaN):2:3 with labels left font ',' . small textcolor rgb '#505050' noenhanced, \
        data index 4 using ($1 == p && $4 > 0 ? x_high / 1.0001 : NaN):2:9:(shade($4)) with labels left offset 0.8, 0 font ',' . small textcolor rgb variable noenhanced
    unset label 1
    unset label 1001
    unset label 1002
}
eval open_key(key_rows)
plot NaN with points pointtype 7 pointsize 1.2 * mark linecolor rgb better title 'better, told apart', \
    NaN with points pointtype 7 pointsize 1.2 * mark linecolor rgb worse title 'worse, told apart', \
    NaN with points pointtype 7 pointsize 1.2 * mark linecolor rgb alike title 'not told apart', \
    NaN with lines linewidth 1.6 linecolor rgb alike title '95 % interval', \
    NaN with points pointtype 6 pointsize 1.2 * mark linewidth 1.4 linecolor rgb alike title 'hollow: one pair, no interval', \
    NaN with lines linecolor rgb '#ffffff' title '?: under ten hiccups of the machine'
eval close_sheet
