# SPDX-License-Identifier: MIT
#
# Three figures a contender, side by side: a row of panels a table, a column a figure, one scale a column. On a page of
# its own a panel is a table, with the figures below each other: that fits a phone.
# What has no bar says why. Yardsticks are hollow, conditions after the first paler.

here = ARG0[1:strlen(ARG0) - strlen('bars.gp')]
load here.'style.gp'

array metric[3]
metric[1] = 'worst memory over payload (x)'
is_find = strstrt(heading[1], ': find,') > 0
metric[2] = is_find ? '99 % of hits, one at a time (ms, log)' : 'longest insert (ms, log)'
is_fill = strstrt(heading[1], ': fill,') > 0
metric[3] = is_find ? 'hits a second (millions)' : is_fill ? 'inserts a second (millions)' : 'erases and inserts a second (millions)'
is_log(m) = m == 2

# Scales are made for what can be chosen; a yardstick far beyond is cut off, and says so.
array yardstick_panel[panel_records]
stats data index 1 using (yardstick_panel[int($1)] = int($3), $1) nooutput
is_hollow(p, c) = yardstick_panel[int(p)] || is_yardstick[int(c)]
stats data index 3 using (is_hollow($1, $3) ? 0 : 1) nooutput name 'chosen'
is_scaled(p, c) = chosen_max < 1 || !is_hollow(p, c)

array least[3]
array most[3]
array rows[panel_records]
do for [m = 1:3] {
    least[m] = 0
    most[m] = 1
    stats data index 3 using (valid(2 + 2 * m) && is_scaled($1, $3) ? 1 : 0) nooutput name 'valid'
    if (valid_max > 0) {
        stats data index 3 using (is_scaled($1, $3) && valid(2 + 2 * m) ? column(2 + 2 * m) : NaN) nooutput name 'value'
        least[m] = is_log(m) ? 10**floor(log10(value_min) - 0.3) : 0
        most[m] = value_max
    } else { if (is_log(m)) { least[m] = 0.1 } }
}
do for [p = 1:panel_records] {
    stats data index 3 using ($1 == p ? $2 : 0) nooutput name 'row'
    rows[p] = int(row_max)
}
stats data index 3 using 2 nooutput name 'row'

# Room for what stands at the end of the longest bar.
end_of(m) = is_log(m) ? most[m] * (most[m] / least[m])**0.55 : most[m] * 1.8
low_of(m) = is_log(m) ? least[m] : 0
cut_of(m) = is_log(m) ? most[m] * 3 : most[m] * 1.1
# What stands at the very edge of a logarithmic axis is left out.
edge_of(m) = low_of(m) * (1 + 1e-6)
figure(m) = valid(2 + 2 * m) ? max(edge_of(m), min(column(2 + 2 * m), cut_of(m))) : edge_of(m)
beside(m) = stringcolumn(3 + 2 * m).(valid(2 + 2 * m) && column(2 + 2 * m) > cut_of(m) ? ' (cut)' : '')

if (is_text) {
    unset grid
    unset border
    unset tics
    do for [m = 1:3] {
        unset logscale
        if (is_log(m)) { set logscale x }
        set xrange [low_of(m):end_of(m)]
        do for [p = 1:panel_records] {
            if (rows[p] > 0) {
                drawn = max(rows[p], 2)
                title_lines = p == 1 ? 3 : 2
                eval canvas(columns, drawn + title_lines)
                set tmargin title_lines
                set bmargin 0
                set lmargin longest_name + 3
                set yrange [drawn:1]
                set title (p == 1 ? heading[1]."\n" : '').panel_name[p].': '.metric[m] noenhanced
                plot data index 3 using ($1 == p ? low_of(m) : NaN):2:(figure(m) - low_of(m)):(0) with vectors nohead linetype 1, \
                    data index 3 using ($1 == p ? figure(m) : NaN):2:(beside(m)) with labels left offset 1 noenhanced, \
                    data index 3 using ($1 == p ? low_of(m) : NaN):2:(name[int($3)]) with labels right offset -2 noenhanced
            }
        }
    }
    exit
}

if (is_apart) {
    # Names that would leave the bars no room stand above them.
    panel_width = 380
    set tics scale 0
    is_above = 7.2 * longest_name > 150
    name_width = is_above ? 20 : 7.2 * longest_name + 20
    key_letters = 46
    name_lines = 1
    do for [c = 1:contender_records] { name_lines = max(name_lines, lines_of(name[c])) }
    row_height = is_above ? 16 + 20.0 * name_lines : 19
    block_height = 52
    bar_width = panel_width - name_width
    stats data index 3 using (max(max(strlen(stringcolumn(5)), strlen(stringcolumn(7))), strlen(stringcolumn(9)))) nooutput name 'text'
    share = 1 - min(0.75, (7.4 * text_max + 12) / (bar_width - 14))
    end_of(m) = is_log(m) ? least[m] * (most[m] / least[m])**(1 / share) : most[m] / share
} else {
    is_above = 0
    row_height = 19
    name_width = max(90.0, 8.2 * longest_name) + 24
    bar_width = 300
    panel_height = row_height * row_max + 72
}
bar_top = is_above ? 0.5 - 17 / row_height : -0.36
bar_bottom = is_above ? 0.5 - 4 / row_height : 0.36
# Of several lines gnuplot places the first.
name_at(text) = is_above ? bar_top - (20.0 * lines_of(text) - 10) / row_height : 0
folded(text) = !is_above ? text : line_of(text, 1).(lines_of(text) > 1 ? "\n".line_of(text, 2) : '').(lines_of(text) > 2 ? "\n".line_of(text, 3) : '').(lines_of(text) > 3 ? "\n".line_of(text, 4) : '')
# Edges of a figure in pixels of the sheet.
left_of(m) = name_width + (is_apart ? 0 : (m - 1) * bar_width)
top_of(p, m) = is_apart ? 46 + (m - 1) * (block_height + row_height * rows[int(p)]) : head + (p - 1) * panel_height + 22
name_side = is_above ? 'left' : 'right offset -0.8'
title_font = ',' . (term eq 'svg' ? 14 : 11)

eval open_sheet(name_width + 3 * bar_width + 10, head + panel_records * panel_height + 8)
set noytics
set grid xtics
do for [p = 1:panel_records] {
    if (is_apart) {
        height = top_of(p, 4) - 14
        eval open_file(p, width, height)
        set multiplot
    }
    do for [m = 1:3] {
        eval place_at(left_of(m), left_of(m) + bar_width - (is_apart ? 14 : 36), top_of(p, m), top_of(p, m) + row_height * rows[p])
        unset logscale
        set xtics autofreq
        if (is_log(m)) { set logscale x; set xtics least[m], most[m] / least[m] > 2e5 ? 1000 : most[m] / least[m] > 2e3 ? 100 : 10, most[m]; set nomxtics }
        set xrange [low_of(m):end_of(m)]
        set yrange [rows[p] + 0.5:0.5]
        set format x '%g'
        if (is_apart) {
            set label 2 metric[m] at screen 14.0 / width, screen 1 - (top_of(p, m) - 10.0) / height left noenhanced textcolor rgb '#404040'
        } else {
            set xlabel metric[m] noenhanced offset 0, 0.5
        }
        if (m == 1) { set label 1 panel_title(p) at screen (is_apart ? 14.0 : 16.0) / width, screen 1 - (is_apart ? 14.0 : top_of(p, m) - 12.0) / height left noenhanced font title_font }
        plot data index 3 using ($1 == p && valid(2 + 2 * m) && !is_hollow(p, $3) && condition[int($3)] == 1 ? figure(m) : NaN):2:(low_of(m)):(figure(m)):($2 + bar_top):($2 + bar_bottom):(colour_of(hue[int($3)])) with boxxyerror linecolor rgb variable fillstyle solid 0.9 noborder, \
            data index 3 using ($1 == p && valid(2 + 2 * m) && !is_hollow(p, $3) && condition[int($3)] > 1 ? figure(m) : NaN):2:(low_of(m)):(figure(m)):($2 + bar_top):($2 + bar_bottom):(colour_of(hue[int($3)])) with boxxyerror linecolor rgb variable fillstyle solid 0.45 noborder, \
            data index 3 using ($1 == p && valid(2 + 2 * m) && is_hollow(p, $3) ? figure(m) : NaN):2:(low_of(m)):(figure(m)):($2 + bar_top):($2 + bar_bottom):(colour_of(hue[int($3)])) with boxxyerror linecolor rgb variable fillstyle empty, \
            data index 3 using ($1 == p ? figure(m) : NaN):($2 + (bar_top + bar_bottom) / 2):(beside(m)) with labels left offset 0.5 noenhanced, \
            data index 3 using ($1 == p && (is_apart || m == 1) ? edge_of(m) : NaN):($2 + name_at(name[int($3)])):(folded(name[int($3)])) with labels @name_side noenhanced
        unset label
    }
    if (is_apart) { unset multiplot }
}
if (is_apart) {
    key_width = 350
    eval open_key(3)
    plot NaN with boxes linecolor rgb '#404040' fillstyle solid 0.9 title 'first heap and options', \
        NaN with boxes linecolor rgb '#404040' fillstyle solid 0.45 title 'pale: heaps and options after the first', \
        NaN with boxes linecolor rgb '#404040' fillstyle empty title 'hollow: yardstick, not to be chosen'
}
eval close_sheet
