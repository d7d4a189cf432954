# SPDX-License-Identifier: MIT
#
# Blocks that moved so far, over entries or time. Who ended with how many is listed above the lines; lines that are the
# same stand beside each other.

here = ARG0[1:strlen(ARG0) - strlen('moves.gp')]
load here.'style.gp'
load here.'lines.gp'

array moves_most[panel_records]
array listed[panel_records]
stats data index 1 using (moves_most[int($1)] = $4, listed[int($1)] = int($5), $1) nooutput
ranks = first_line + line_records + 1
array rank[line_records]
array rank_of[line_records]
stats data index ranks using (rank[int($1)] = $2, rank_of[int($1)] = $3, $1) nooutput

stats data index first_line + 1:first_line + line_records using ($1 > 0 ? $1 : NaN) nooutput name 'x'
x_low = by_seconds ? 0 : min(x_min / 1.5, x_max / 2)
x_high = by_seconds ? x_max * 1.02 : x_max * 1.2
if (!by_seconds) { set logscale x; set format x '%.0s %c' }
set xrange [x_low:x_high]
set xlabel by_seconds ? "seconds of the workload's clock" : 'entries in the table (log)' noenhanced
set ylabel 'blocks moved so far' noenhanced
pad_right = 22
inner_height = panel_height - pad_top - pad_bottom
list_row = 17.0
x_text = by_seconds ? 0.03 * x_high : x_low * (x_high / x_low)**0.03
most(p) = max(moves_most[p], 1)
# Room for the list above, and for lines beside the one at 0 below.
high(p) = most(p) * inner_height / (inner_height - list_row * listed[p] - 34)
low(p) = -high(p) * 16 / (inner_height - 16)
pixel(p) = (high(p) - low(p)) / inner_height
# At most eight of them, and none beside the list.
decade(p) = 10**floor(log10(most(p) / 8))
step(p) = most(p) <= 8 ? 1 : most(p) <= 16 * decade(p) ? 2 * decade(p) : most(p) <= 40 * decade(p) ? 5 * decade(p) : 10 * decade(p)
aside(i) = ((rank_of[i] + 1) / 2 - rank[i]) * min(3.2, 26.0 / rank_of[i]) * pixel(line_panel[i])

stats data index 3 using (strcol(3) ne 'OK' ? 1 : 0) nooutput name 'died'
key_rows = contender_rows + 1
eval open_grid(key_rows)
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    set yrange [low(p):high(p)]
    set ytics 0, step(p), most(p)
    if (last_of[p] >= first_of[p]) {
        plot for [i = first_of[p]:last_of[p]] data index 3 every ::i - 1::i - 1 using (stringcolumn(3) ne 'OK' ? $4 : NaN):($5 + aside(i)) with points pointtype 2 pointsize 1.2 * mark linewidth 1.6 linecolor rgb line_colour(i), \
            for [i = first_of[p]:last_of[p]] data index first_line + i using (max($1, x_low)):($2 + aside(i)) with steps linecolor rgb line_colour(i) linewidth 1.8 dashtype line_dash(i), \
            for [i = first_of[p]:last_of[p]] data index first_line + i every 4::(line_contender[i] % 4) using (max($1, x_low)):($2 + aside(i)) with points linecolor rgb line_colour(i) pointtype line_shape(i) pointsize 0.6 * mark, \
            data index ranks + 1 using ($1 == p ? x_text : NaN):(high(p) - ($2 - 0.4) * list_row * pixel(p)):3 with labels left noenhanced
    } else {
        set label 1 'not known' at graph 0.5, 0.5 center
        plot 1 / 0
    }
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with points pointtype 2 pointsize 1.2 * mark linewidth 1.6 linecolor rgb '#404040' title (died_max > 0 ? 'it died here' : '')
eval close_sheet
