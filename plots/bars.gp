# SPDX-License-Identifier: MIT
#
# Three figures a contender, side by side: a row of panels a table, a column a figure, one scale a column.
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
figure(m) = valid(2 + 2 * m) ? max(low_of(m), min(column(2 + 2 * m), cut_of(m))) : low_of(m)
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

row_height = 19
name_width = max(90.0, 8.2 * longest_name) + 24
bar_width = 300
panel_height = row_height * row_max + 72
width = name_width + 3 * bar_width + 10
height = head + panel_records * panel_height + 8

eval open_sheet(width, height)
set noytics
set grid xtics
do for [p = 1:panel_records] {
    do for [m = 1:3] {
        set lmargin at screen (name_width + (m - 1) * bar_width) / width
        set rmargin at screen (name_width + m * bar_width - 36) / width
        set tmargin at screen 1 - (head + (p - 1) * panel_height + 22.0) / height
        set bmargin at screen 1 - (head + (p - 1) * panel_height + 22.0 + row_height * rows[p]) / height
        unset logscale
        set xtics autofreq
        if (is_log(m)) { set logscale x; set xtics least[m], most[m] / least[m] > 2e4 ? 100 : 10, most[m]; set nomxtics }
        set xrange [low_of(m):end_of(m)]
        set yrange [rows[p] + 0.5:0.5]
        set format x '%g'
        set xlabel metric[m] noenhanced offset 0, 0.5
        if (m == 1) { set label 1 panel_name[p] at screen 16.0 / width, screen 1 - (head + (p - 1) * panel_height + 10.0) / height left noenhanced font ',' . (term eq 'svg' ? 14 : 11) }
        plot data index 3 using ($1 == p && valid(2 + 2 * m) && !is_hollow(p, $3) && condition[int($3)] == 1 ? figure(m) : NaN):2:(low_of(m)):(figure(m)):($2 - 0.36):($2 + 0.36):(colour_of(hue[int($3)])) with boxxyerror linecolor rgb variable fillstyle solid 0.9, \
            data index 3 using ($1 == p && valid(2 + 2 * m) && !is_hollow(p, $3) && condition[int($3)] > 1 ? figure(m) : NaN):2:(low_of(m)):(figure(m)):($2 - 0.36):($2 + 0.36):(colour_of(hue[int($3)])) with boxxyerror linecolor rgb variable fillstyle solid 0.45, \
            data index 3 using ($1 == p && valid(2 + 2 * m) && is_hollow(p, $3) ? figure(m) : NaN):2:(low_of(m)):(figure(m)):($2 - 0.36):($2 + 0.36):(colour_of(hue[int($3)])) with boxxyerror linecolor rgb variable fillstyle empty, \
            data index 3 using ($1 == p ? figure(m) : NaN):2:(beside(m)) with labels left offset 0.5 noenhanced, \
            data index 3 using ($1 == p && m == 1 ? low_of(m) : NaN):2:(name[int($3)]) with labels right offset -0.8 noenhanced
        unset label 1
        unset label 1001
        unset label 1002
    }
}
eval close_sheet
