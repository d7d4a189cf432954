# SPDX-License-Identifier: MIT
#
# Where the time of the longest growth of each contender goes, as shares of it; how long it was, on a log axis, beside.

here = ARG0[1:strlen(ARG0) - strlen('growth.gp')]
load here.'style.gp'

segments = 5
array segment_colour[segments] = [0x0072B2, 0x56B4E9, 0xE69F00, 0x009E73, 0x9FC9A0]
array segment_name[segments] = ['allocator: new block, copying, zeroing', 'allocator: old block given back', 'page faults of the table', 'rehash: the work of the table', 'rehash and faults, not told apart']
array rows[panel_records]
do for [p = 1:panel_records] {
    stats data index 3 using ($1 == p ? $2 : 0) nooutput name 'row'
    rows[p] = int(row_max)
}
stats data index 3 using 2 nooutput name 'row'
stats data index 3 using 5 nooutput name 'total'
array is_seen[segments]
key_rows = 0
do for [k = 1:segments] {
    stats data index 3 using (column(5 + k)) nooutput name 'part'
    is_seen[k] = part_max > 0
    key_rows = key_rows + is_seen[k]
}
low = 10**floor(min(log10(total_min) - 0.3, log10(total_max) - 1.2))

# A row is a name above a bar: names are long and panels narrow.
row_height = 36
pad_left = 14
pad_top = 34
share_width = 196
gap = 44
pad_bottom = 62
panel_height = pad_top + row_height * row_max + pad_bottom
total_width = panel_width - pad_left - pad_right - share_width - gap
# The longest leaves room for its text.
high = low * (total_max / low)**(total_width / (total_width - 74.0))
# As many decades as have room for their names.
decades = ceil(log10(total_max / low) * 34 / (total_width - 74.0))
edge(k) = sum [j = 1:k] column(5 + j)
share(k) = valid(5) ? 100 * edge(k) / $5 : NaN
bar_top = 0.02
bar_bottom = 0.38

key_width = 76 + 7.6 * 35
eval open_grid(key_rows)
set xtics out
set noytics
set border 1
do for [p = 1:panel_records] {
    panel_left = column_of(p) * panel_width + pad_left
    panel_top = head + row_of(p) * panel_height + pad_top
    if (is_apart) { height = pad_top + row_height * rows[p] + pad_bottom }
    eval open_panel(p)
    if (is_apart) { set multiplot }
    set yrange [rows[p] + 0.55:0.5]
    eval place_at(panel_left, panel_left + share_width, panel_top, panel_top + row_height * rows[p])
    unset logscale x
    set xrange [0:100]
    set xtics ('0' 0, '' 25, '50 %%' 50, '' 75, '100 %%' 100)
    set grid xtics
    set xlabel 'share of its time' noenhanced
    set label 1 panel_title(p) at screen (panel_left / real(width)), screen 1 - (panel_top - 18.0) / height left noenhanced font ',' . (term eq 'svg' ? 14 : 11)
    plot for [k = 1:segments] data index 3 using ($1 == p ? share(k) : NaN):2:(share(k - 1)):(share(k)):($2 + bar_top):($2 + bar_bottom) with boxxyerror linecolor rgb segment_colour[k] fillstyle solid 1 noborder, \
        data index 3 using ($1 == p ? 0 : NaN):($2 - 0.22):(name[int($3)].(strcol(12) eq 'OK' ? '' : ', then '.strcol(12))) with labels left noenhanced
    unset label 1
    unset label 1001
    unset label 1002
    eval place_at(panel_left + share_width + gap, panel_left + share_width + gap + total_width, panel_top, panel_top + row_height * rows[p])
    set logscale x
    set xrange [low:high]
    set xtics low, 10**decades, total_max
    set nomxtics
    set format x '%g'
    set xlabel 'its length: ms (log)' noenhanced
    plot data index 3 using ($1 == p && valid(5) ? low : NaN):($2 + 0.2):($5 - low):(0) with vectors nohead linecolor rgb '#b0b0b0' linewidth 1, \
        data index 3 using ($1 == p && valid(5) ? $5 : NaN):($2 + 0.2) with points pointtype 7 pointsize 0.9 * mark linecolor rgb '#404040', \
        data index 3 using ($1 == p ? (valid(5) ? $5 : low) : NaN):($2 + 0.2):11 with labels left offset 0.8 noenhanced
    if (is_apart) { unset multiplot }
}
eval open_key(key_rows)
plot for [k = 1:segments] NaN with boxes linecolor rgb segment_colour[k] fillstyle solid 1 noborder title (is_seen[k] ? segment_name[k] : '')
eval close_sheet
