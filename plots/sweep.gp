# SPDX-License-Identifier: MIT
#
# What both figures of a sweep share: small panels over the final size. Where ways of growing are compared, one for each
# table with each allocator, with a line for each way; else one for each table, with a line for each allocator.

load here.'lines.gp'
pad_left = is_apart ? 78 : 70
pad_bottom = 52
panel_width = is_apart ? 370 : 300
panel_height = is_apart ? 260 : 230
stats data index first_line + 1:first_line + line_records using 1 nooutput name 'entries'
set logscale x 2
set xrange [entries_min / 1.01:entries_max * 1.01]
set xlabel 'final entries (log)' noenhanced
unit = entries_max >= 1e6 ? 1e6 : 1e3
unit_name = entries_max >= 1e6 ? ' M' : ' k'
# Four ticks, evenly on the logarithm.
set xtics ()
do for [i = 0:3] { at = entries_min * (entries_max / entries_min)**(i / 3.0); set xtics add (sprintf('%.3g%s', at / unit, unit_name) at) }
