# SPDX-License-Identifier: MIT
#
# The figure that decides: memory limit against longest stall, a mark for each table with each allocator and a box
# over all sizes of the run. Lower left is best. Colour says the allocator, a letter beside the mark the table, its
# shape what stays put; cold heaps are filled and solid, others hollow and dashed, with a line to the cold one.
# Where the letters stand is in the data: they are kept apart by who knows all of them. Panel 1 is wide, with who died
# inside it; panel 2 is narrow, for phones, and stands on its own only.

here = ARG0[1:strlen(ARG0) - strlen('decision.gp')]
load here.'style.gp'

field_count = 12
array field[panel_records * field_count]
array x_text[panel_records]
stats data index 1 using (x_text[int($1)] = stringcolumn(11), $1) nooutput
do for [f = 3:13] { if (f != 11) { stats data index 1 using (field[(int($1) - 1) * field_count + f - 2] = column(f), $1) nooutput } }
# Marks and who died are in two blocks a panel.
use_panel(p) = sprintf('at = %d; marks = %d; dead = %d;', (p - 1) * field_count, 4 + 2 * p, 5 + 2 * p) \
    .'resolution = field[at + 1]; oom = field[at + 2]; x_low = field[at + 3]; x_high = field[at + 4]; y_low = field[at + 5]; y_high = field[at + 6];' \
    .'area_width = field[at + 7]; area_height = field[at + 8]; died_lines = int(field[at + 10]); lists_inside = int(field[at + 11]);' \
    .'is_resolved = !(resolution > y_low); is_near = oom < x_high;' \
    .sprintf('set xrange [x_low:x_high]; set yrange [y_low:y_high]; set xlabel x_text[%d] noenhanced;', p)
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
time_of(ms) = sprintf(ms < 1000 ? '%.3g' : '%.0f', ms)
ratio_of(x) = sprintf(x < 100 ? '%.3gx' : '%.0fx', x)

set logscale xy
set xtics (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256)
set format y '%g'
eval use_panel(1)
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

# Rows of the key, in the order in which they are put: a text and its mark. Long ones go on below.
array key_text[key_lines * (contender_records + table_records + option_records + class_records) + 32]
array key_hue[|key_text|]
array key_shape[|key_text|]
key_rows = 0
put_row(text, hue, shape) = (key_rows = key_rows + 1, key_text[key_rows] = text, key_hue[key_rows] = hue, key_shape[key_rows] = shape)
put_text(text, hue, shape) = strlen(text) <= key_letters ? put_row(text, hue, shape) : put_row(line_of(text, 1), hue, shape) + put_text('   '.text[fold_at(text) + 1:*], blank, 7)
put_heading(text) = (key_rows > 0 ? put_row(' ', blank, 7) : 0) + put_row(text, blank, 7)
blank = 0xffffff
dark = 0x404040
variant_of(text) = strstrt(text, ':') ? '  ('.text[strstrt(text, ':'):strstrt(text, ':') + 1].')' : ''
done = put_heading('Colour: allocator')
do for [c = 1:contender_records] { done = put_text(name[c].(is_yardstick[c] ? ' (yardstick)' : '').variant_of(name[c]), colour_of(hue[c]), 5) }
done = put_heading('Letter: table')
do for [t = 1:table_records] { done = put_text(table_letter[t].'  '.table_name[t], blank, 7) }
if (option_records > 1) {
    done = put_heading('Digit: how it grows and the like')
    do for [i = 1:option_records] { done = put_text(sprintf('%d  ', i).option_name[i], blank, 7) }
}
done = put_heading('Shape: what stays put')
do for [i = 1:class_records] { done = put_text(class_text[i], dark, type_of(class_number[i], 1)) }
is_boxed = boxed_max > 0
of_largest = is_boxed ? ' (largest size)' : '' # a smaller payload leaves more of the same budget
if (is_boxed || warm_max > 0 || oom > 0) { done = put_row(' ', blank, 7) }
if (is_boxed) { done = put_text('box: over all sizes, mark: their mean', dark, 4) }
if (warm_max > 0) { done = put_text('filled, solid: cold heap', dark, 7) + put_text('hollow, dashed: warm or busy, a line to the cold one', dark, 6) }
if (!is_near && oom > 0) { done = put_text('Out of memory beyond '.ratio_of(oom).of_largest.': to the right of all this', blank, 7) }
longest_key = 40
do for [k = 1:key_rows] { longest_key = max(longest_key, strlen(key_text[k])) }

# The area has the size that the letters were placed for.
grid_columns = 1
grid_rows = 1
key_width = is_apart ? 360 : 76 + 7.1 * longest_key
grey = '#505050'
line_at(n) = 1 - (n + 0.7) * 15.0 / area_height
text_at_x(s) = x_low * (x_high / x_low)**s
text_at_y(s) = y_low * (y_high / y_low)**s
along(x) = log(x / x_low) / log(x_high / x_low)
has_text(c) = strlen(strcol(c)) > 0
# A line to a letter that had to stand further off.
is_far(x, y, s, t) = hypot((s - along(x)) * area_width, (t - log(y / y_low) / log(y_high / y_low)) * area_height) > 24
hypot(a, b) = sqrt(a * a + b * b)
list_font = ',' . (term eq 'svg' ? '12.4' : '9')
do for [p = 1:(is_apart ? panel_records : 1)] {
    eval use_panel(p)
    is_wide = p == 1
    if (is_apart) {
        pad_left = is_wide ? 80 : 72
        pad_right = is_wide ? 14 : 8
    }
    list_height = lists_inside || died_lines == 0 ? 0 : 15 * died_lines + 12
    panel_width = area_width + pad_left + pad_right
    panel_height = area_height + pad_top + pad_bottom + list_height
    eval open_grid(key_rows)
    if (is_apart) { eval open_file(p, width, height) }
    eval place_at(pad_left, pad_left + area_width, head + pad_top, head + pad_top + area_height)
    if (x_high > 12 * x_low) { set xtics (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256) } else { set xtics (0.5, 1, 1.5, 2, 3, 4, 6, 8, 12, 16) }
    if (!is_resolved) {
        set object 1 rectangle from graph 0, graph 0 to graph 1, first min(resolution, y_high) behind fillcolor rgb '#ececec' fillstyle solid noborder
        set label 1 (is_wide ? sprintf('shaded: not resolved (10 hiccups of the median process: %s ms)', time_of(resolution)) : sprintf('not resolved below %s ms', time_of(resolution))) at graph 0.985, graph 18 / area_height right textcolor rgb grey noenhanced
    }
    if (is_near) {
        is_roomy = (1 - along(max(oom, x_low))) * area_width > (is_boxed ? 270 : 190)
        set object 2 rectangle from first max(oom, x_low), graph 0 to graph 1, graph 1 behind fillcolor rgb '#f6d5cf' fillstyle transparent solid 0.6 noborder
        if (is_roomy) {
            set label 2 'out of memory beyond '.ratio_of(oom).of_largest at first max(oom, x_low), graph 1 left offset 0.5, 0.6 textcolor rgb '#a02010' noenhanced
        } else {
            set label 2 'out of memory beyond '.ratio_of(oom).of_largest at graph 1, graph 1 right offset 0, 0.6 textcolor rgb '#a02010' noenhanced
        }
    }
    set arrow 1 from graph 46 / area_width, graph 52 / area_height to graph 14 / area_width, graph 18 / area_height linewidth 1.5 linecolor rgb grey
    set label 3 'better' at graph 14 / area_width, graph 62 / area_height left textcolor rgb grey noenhanced
    if (!lists_inside && died_lines > 0) {
        array died_text[died_lines]
        stats data index dead using (died_text[int($1)] = stringcolumn(2), 0) nooutput
        do for [n = 1:died_lines] { set label 10 + n died_text[n] at screen 8.0 / width, screen (list_height - 15.0 * n + 3) / height left textcolor rgb '#802010' font list_font noenhanced }
    }
    plot data index marks using (is_boxed && is_cold(5) ? $9 : NaN):12:7:8:10:11:(colour_at($2)) with boxxyerror linecolor rgb variable linewidth 0.7 fillstyle empty, \
        data index marks using (is_boxed && !is_cold(5) ? $9 : NaN):12:7:8:10:11:(colour_at($2)) with boxxyerror linecolor rgb variable linewidth 0.8 dashtype (3, 3) fillstyle empty border, \
        data index marks using (valid(16) ? $16 : NaN):17:(valid(16) ? $9 - $16 : NaN):($12 - $17):(colour_at($2)) with vectors nohead linewidth 0.8 dashtype (3, 3) linecolor rgb variable, \
        data index marks using (has_text(13) && is_far($9, $12, $14, $15) ? $9 : NaN):12:(text_at_x($14) - $9):(text_at_y($15) - $12) with vectors nohead linewidth 0.5 linecolor rgb '#a0a0a0', \
        data index marks using 9:12:(type_of($4, is_cold(5))):(colour_at($2)) with points pointtype variable linecolor rgb variable pointsize 1.3 * mark linewidth 1.4, \
        data index marks using (has_text(13) ? text_at_x($14) : NaN):(text_at_y($15)):13:(colour_at($2)) with labels textcolor rgb variable center noenhanced, \
        data index dead using ($1 > 0 && lists_inside ? x_high : NaN):(text_at_y(line_at($1))):2 with labels right offset -0.5, 0 textcolor rgb '#802010' font list_font noenhanced
    unset label
    unset object
}
eval open_key(key_rows)
plot for [k = 1:key_rows] NaN with points linecolor rgb key_hue[k] pointtype key_shape[k] pointsize 1.4 * mark linewidth 1.4 title key_text[k] noenhanced
eval close_sheet
