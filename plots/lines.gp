# SPDX-License-Identifier: MIT
#
# Block 3 of memory, pauses and latency: which line is whose. The block of line i is first_line + i.

first_line = 3
stats data index 3 using 1 nooutput name 'line'
array line_panel[line_records]
array line_contender[line_records]
stats data index 3 using (line_panel[int($0) + 1] = int($1), line_contender[int($0) + 1] = int($2), $1) nooutput

# Lines of a panel are neighbours.
array first_of[panel_records]
array last_of[panel_records]
do for [p = 1:panel_records] { first_of[p] = 1; last_of[p] = 0 }
do for [i = line_records:1:-1] { first_of[line_panel[i]] = i }
do for [i = 1:line_records] { last_of[line_panel[i]] = i }

# Entries that come and go are no axis: then it is the workload's clock.
by_seconds = heading[3] eq 'seconds'

array has_line[contender_records]
do for [c = 1:contender_records] { has_line[c] = 0 }
do for [i = 1:line_records] { has_line[line_contender[i]] = 1 }

line_colour(i) = colour_of(hue[line_contender[i]])
line_shape(i) = shape_of(style[line_contender[i]], is_yardstick[line_contender[i]])
line_dash(i) = dash_of(line_contender[i])

# The key says whose lines there are; k counts the lines of text, key_lines for each contender.
contender_at(k) = k / key_lines + 1
is_first_line(k) = k % key_lines == 0
key_text(k) = has_line[contender_at(k)] ? line_of(name[contender_at(k)], k % key_lines + 1) : ''
key_colour(k) = is_first_line(k) ? colour_of(hue[contender_at(k)]) : 0xffffff
contender_rows = 0
do for [c = 1:contender_records] { contender_rows = contender_rows + (has_line[c] ? lines_of(name[c]) : 0) }
key_of_contenders = "for [k = 0:contender_records * key_lines - 1] NaN with linespoints linecolor rgb key_colour(k) dashtype dash_of(contender_at(k)) linewidth 1.8 pointtype shape_of(style[contender_at(k)], is_yardstick[contender_at(k)]) pointsize 0.8 * mark title key_text(k) noenhanced"
