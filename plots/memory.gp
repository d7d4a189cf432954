# SPDX-License-Identifier: MIT
#
# Resident memory over entries: a line at what stays, a band up to the peak of each interval, a mark at growth.
# In characters: the peaks alone, a letter a contender.

here = ARG0[1:strlen(ARG0) - strlen('memory.gp')]
load here.'style.gp'
load here.'lines.gp'

stats data index first_line + 1:first_line + line_records using 3 nooutput name 'peak'
stats data index first_line + 1:first_line + line_records using 1 nooutput name 'entries'
gib = 2.0**30
mib = 2.0**20
unit = peak_max >= gib ? gib : mib
unit_name = unit == gib ? 'GiB' : 'MiB'
set xrange [0:entries_max > 0 ? entries_max * 1.02 : 1]
set yrange [0:peak_max / unit * 1.06]
if (!by_seconds) { set format x (entries_max < 1e7 ? '%.1s %c' : '%.0s %c') }
set xlabel by_seconds ? "seconds of the workload's clock" : 'entries in the table' noenhanced
set ylabel sprintf('resident memory (%s)', unit_name) noenhanced
# All grow at the same entries: without a step aside the last stalk drawn would hide the others.
aside(i) = (line_contender[i] - (contender_records + 1) / 2.0) / contender_records * 0.035 * entries_max
# Nor would lines on top of each other show: each is thinner than those below it.
line_width(i) = 3.6 - 2.4 * (line_contender[i] - 1) / max(contender_records - 1, 1)

# Who died says where: below its end and below what others say of theirs, on the side that has room.
array end_x[line_records]
array end_y[line_records]
array end_text[line_records]
array label_y[line_records]
array payload[panel_records]
array longest[panel_records]
row_bytes = peak_max * 1.06 * 15 / (panel_height - pad_top - pad_bottom)
where(status, x) = status.' at '.(by_seconds ? sprintf('%.3g s', x) : gprintf('%.2s %c', x))
stats data index 3 using (end_x[int($0) + 1] = $4, end_y[int($0) + 1] = $5, end_text[int($0) + 1] = (stringcolumn(3) eq 'OK' ? '' : where(stringcolumn(3), $4)), $1) nooutput
do for [p = 1:panel_records] {
    do for [i = first_of[p]:last_of[p]] {
        label_y[i] = end_y[i] - row_bytes
        do for [j = first_of[p]:last_of[p]] {
            do for [k = first_of[p]:i - 1] { if (strlen(end_text[i]) && strlen(end_text[k]) && abs(label_y[i] - label_y[k]) < row_bytes) { label_y[i] = label_y[k] - 1.05 * row_bytes } }
        }
    }
    longest[p] = first_of[p]
    do for [i = first_of[p]:last_of[p]] { if (end_x[i] > end_x[longest[p]]) { longest[p] = i } }
    payload[p] = 0
    if (last_of[p] >= first_of[p] && entries_max > 0) {
        stats data index first_line + first_of[p]:first_line + last_of[p] using ($1 / entries_max > 0.95 ? $5 / unit : 0) nooutput name 'held'
        payload[p] = held_max
    }
}
# Without peaks besides those of growths there is no band.
array has_band[line_records]
do for [i = 1:line_records] {
    stats data index first_line + i using ((valid(4) ? 0 : $3 - $2) / unit) nooutput name 'band'
    has_band[i] = band_max > 0.004 * peak_max / unit
}
is_at_left(i) = end_x[i] < 0.55 * entries_max

if (is_text) {
    eval canvas(columns, lines)
    set key outside right top
    unset grid
    do for [p = 1:panel_records] {
        if (last_of[p] >= first_of[p]) {
            set title heading[1]."\n".panel_name[p]." (peak of each interval)" noenhanced
            plot for [i = first_of[p]:last_of[p]] data index first_line + i using 1:($3 / unit) with points pointtype line_contender[i] title name[line_contender[i]] noenhanced, \
                for [i = first_of[p]:first_of[p]] data index first_line + i using 1:($5 / unit) with dots title 'payload' noenhanced
        }
    }
    exit
}

key_rows = contender_rows + 3
eval open_grid(key_rows)
do for [p = 1:panel_records] {
    eval open_panel(p)
    set title panel_title(p) noenhanced
    if (payload[p] > 0) {
        set label 1 'payload' at entries_max, payload[p] right offset 0, (payload[p] > 0.15 * peak_max / unit ? -1.7 : 0.7) textcolor rgb '#404040' front
    }
    plot for [i = first_of[p]:last_of[p]] data index first_line + i using (has_band[i] ? $1 : NaN):($2 / unit):((valid(4) ? $2 : $3) / unit) with filledcurves fillcolor rgb line_colour(i) fillstyle transparent solid 0.2 noborder, \
        for [i = (by_seconds ? first_of[p] : longest[p]):(by_seconds ? last_of[p] : longest[p])] data index first_line + i using 1:($5 / unit) with lines linecolor rgb '#404040' linewidth 1 dashtype (2, 4), \
        for [i = first_of[p]:last_of[p]] data index first_line + i using 1:($2 / unit) with lines linecolor rgb line_colour(i) linewidth line_width(i) dashtype line_dash(i), \
        for [i = first_of[p]:last_of[p]] data index first_line + i using ($1 + aside(i)):($2 / unit):(0):(($4 - $2) / unit) with vectors nohead linecolor rgb line_colour(i) linewidth 1.5 dashtype line_dash(i), \
        for [i = first_of[p]:last_of[p]] data index first_line + i using ($1 + aside(i)):($4 / unit) with points linecolor rgb line_colour(i) pointtype line_shape(i) pointsize 0.7 * mark, \
        for [i = first_of[p]:last_of[p]] data index 3 every ::i - 1::i - 1 using (strlen(end_text[i]) ? $4 : NaN):($5 / unit) with points pointtype 2 linewidth 1.5 linecolor rgb line_colour(i), \
        for [i = first_of[p]:last_of[p]] data index 3 every ::i - 1::i - 1 using (strlen(end_text[i]) && is_at_left(i) ? $4 : NaN):(label_y[i] / unit):(end_text[i]) with labels left offset 0.8 textcolor rgb line_colour(i) noenhanced, \
        for [i = first_of[p]:last_of[p]] data index 3 every ::i - 1::i - 1 using (strlen(end_text[i]) && !is_at_left(i) ? $4 : NaN):(label_y[i] / unit):(end_text[i]) with labels right offset -0.8 textcolor rgb line_colour(i) noenhanced
    unset label
}
eval open_key(key_rows)
plot @key_of_contenders, \
    NaN with lines linecolor rgb '#404040' dashtype (2, 4) title 'payload' noenhanced, \
    NaN with filledcurves fillcolor rgb '#808080' fillstyle transparent solid 0.3 noborder title 'band: up to the peak', \
    NaN with linespoints linecolor rgb '#404040' pointtype 7 pointsize 0.8 * mark title 'stalk: peak of a growth'
eval close_sheet
