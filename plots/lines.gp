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
