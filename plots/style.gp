# SPDX-License-Identifier: MIT
#
# What all figures share; each loads it. By hand, in the folder plots/ of a run:
#   gnuplot -e "term='png'; data='data/memory.tsv'; file='memory.png'; columns=100; lines=30" .../plots/memory.gp
# term is svg, png or dumb. With panels='panels/memory' (term='svg') instead of file, each panel becomes a picture of
# its own, without title and key, panels/memory.1.svg and on, and the key panels/memory.0.svg: for a page, and phones.
# Text out of a run comes from the data file only, as values, never as commands.

set encoding utf8
set datafile separator tab
set datafile commentschars '#'
set datafile missing 'NaN'

# Okabe and Ito's colours (jfly.uni-koeln.de/color), yellow left out: it is too faint on white. Then four darker ones,
# for the few pictures with more than eight allocators.
array colour[12] = [0x000000, 0xE69F00, 0x56B4E9, 0x009E73, 0x0072B2, 0xD55E00, 0xCC79A7, 0x808080, 0x7B3F00, 0x6A3D9A, 0x808000, 0xB00020]
# Shapes tell apart in black and white; filled, and hollow for yardsticks.
array filled[6] = [7, 5, 9, 13, 11, 15]
array hollow[6] = [6, 4, 8, 12, 10, 14]
array dashes[4] = [1, 2, 3, 4]
colour_of(number) = colour[(number - 1) % |colour| + 1]
shape_of(number, is_hollow) = is_hollow ? hollow[(number - 1) % |hollow| + 1] : filled[(number - 1) % |filled| + 1]
# A variant has its base's colour and dashes of its own. What is behind a space is a condition: growth:1.5.
is_variant(text) = strstrt(text, ':') > 0 && (strstrt(text, ' ') == 0 || strstrt(text, ':') < strstrt(text, ' '))
dash_of(c) = dashes[(condition[c] - 1 + (is_variant(name[c]) ? 2 : 0)) % |dashes| + 1]

# Blocks 0 to 2 of every data file.
array heading[3]
heading[3] = 'entries'
stats data index 0 using (heading[int($0) + 1] = stringcolumn(1), $0) nooutput
stats data index 1 using 1 nooutput name 'panel'
array panel_name[panel_records]
stats data index 1 using (panel_name[int($1)] = stringcolumn(2), $1) nooutput
stats data index 2 using 1 nooutput name 'contender'
array style[contender_records]
array condition[contender_records]
array is_yardstick[contender_records]
array name[contender_records]
array hue[contender_records]
stats data index 2 using (style[int($1)] = int($2), condition[int($1)] = int($3), is_yardstick[int($1)] = int($4), name[int($1)] = stringcolumn(5), hue[int($1)] = int($6), $1) nooutput

longest_name = 0
do for [i = 1:contender_records] { if (strlen(name[i]) > longest_name) { longest_name = strlen(name[i]) } }

# A panel that stands alone is some 40 letters wide, in the widest of the fonts that a browser may take.
panel_title(p) = is_apart && strlen(panel_name[p]) > 38 ? panel_name[p][1:36].'...' : panel_name[p]

max(a, b) = a > b ? a : b
min(a, b) = a < b ? a : b

# Panels in a grid, the key in a strip of its own on the right; everything in pixels. A figure sets what differs and
# then says: eval open_grid(key_rows), for each panel eval open_panel(p), eval open_key(key_rows), eval close_sheet.
is_text = term eq 'dumb'
is_apart = exists('panels')
head = is_apart ? 0 : 62
key_width = 76 + 7.6 * max(longest_name, 25)
key_row_height = 23
grid_columns = is_apart ? 1 : panel_records == 4 ? 2 : min(panel_records, 3)
panel_width = is_apart ? 420 : 410
panel_height = is_apart ? 300 : 320
pad_left = is_apart ? 80 : 84
pad_right = is_apart ? 18 : 14
pad_top = 30
pad_bottom = is_apart ? 54 : 64
grid_rows = (panel_records + grid_columns - 1) / grid_columns
grid_height(rows) = head + max(grid_rows * panel_height, 60 + key_row_height * (rows + 1))

canvas(w, h) = is_text ? sprintf("set terminal dumb noenhanced mono size %d,%d", w, h) : \
    term eq 'svg' ? sprintf("set terminal svg noenhanced size %d,%d font 'sans-serif,13' background '#ffffff' ", w, h) : \
    sprintf("set terminal pngcairo noenhanced size %d,%d font 'sans-serif,10' background '#ffffff' ", w, h)

# Titles stand above the grid, at its left edge.
write_titles(w, h) = sprintf("set label 1001 heading[1] at screen %.5f, screen %.5f left noenhanced font ',%d'; set label 1002 heading[2] at screen %.5f, screen %.5f left noenhanced textcolor rgb '#505050'", 16.0 / w, 1 - 20.0 / h, term eq 'svg' ? 17 : 13, 16.0 / w, 1 - 42.0 / h)

# One sheet with all panels, or a file for each: those are opened by open_panel. Edges are pixels from the upper left.
size_sheet(w, h) = sprintf("width = %d; height = %d; ", w, h)
open_sheet(w, h) = is_apart ? size_sheet(panel_width, panel_height) : size_sheet(w, h).canvas(w, h).'; set output file; set multiplot; '.write_titles(w, h)
open_grid(rows) = open_sheet(max(640, grid_columns * panel_width + key_width), grid_height(rows))
close_sheet = is_apart ? 'unset output' : 'unset multiplot'
# A terminal is set while no file is open: it would end that file.
open_file(p, w, h) = 'unset output; '.canvas(w, h).sprintf("; set output panels.'.%d.svg'; ", p)
place_at(left, right, top, bottom) = sprintf("set lmargin at screen %.5f; set rmargin at screen %.5f; set tmargin at screen %.5f; set bmargin at screen %.5f;", \
    left / real(width), right / real(width), 1 - top / real(height), 1 - bottom / real(height))

# Panels count from 1, row by row.
column_of(p) = is_apart ? 0 : (p - 1) % grid_columns
row_of(p) = is_apart ? 0 : (p - 1) / grid_columns
open_panel(p) = (is_apart ? open_file(p, width, height) : '').place_at(column_of(p) * panel_width + pad_left, (column_of(p) + 1) * panel_width - pad_right, \
    head + row_of(p) * panel_height + pad_top, head + (row_of(p) + 1) * panel_height - pad_bottom)

# Apart the key is as narrow as a phone, so that long texts go on in up to four lines.
key_lines = 4
key_letters = is_apart ? 38 : 1000
space_before(text, n) = n < 12 ? key_letters : text[n:n] eq ' ' ? n : space_before(text, n - 1)
fold_at(text) = space_before(text, key_letters)
line_of(text, n) = strlen(text) <= key_letters ? (n == 1 ? text : '') : n == 1 ? text[1:fold_at(text)] : line_of('  '.text[fold_at(text) + 1:*], n - 1)
lines_of(text) = strlen(text) <= key_letters ? 1 : 1 + lines_of('  '.text[fold_at(text) + 1:*])

# The strip of the key: an empty plot with a key and nothing else.
apart_key_height(rows) = key_row_height * rows + 16
open_key(rows) = (is_apart ? size_sheet(min(key_width, 360), apart_key_height(rows)).open_file(0, min(key_width, 360), apart_key_height(rows)) : '') \
    .'unset label; unset arrow; unset object; unset border; unset tics; unset xlabel; unset ylabel; unset title; unset grid; unset logscale;' \
    .'set xrange [0:1]; set yrange [0:1]; set rmargin at screen 0.999; set bmargin at screen 0.01;' \
    .sprintf('set lmargin at screen %.5f; set tmargin at screen %.5f;', is_apart ? 0.001 : (grid_columns * panel_width + 8) / real(width), is_apart ? 0.999 : 1 - (head + 6) / real(height)) \
    .'set key inside left top Left reverse samplen 4 spacing 1.15 noenhanced'

set border 3 linecolor rgb '#404040'
set tics nomirror
if (is_apart) { unset mxtics; unset mytics }
set grid linecolor rgb '#d8d8d8' linewidth 0.5 linetype 1
set style fill solid
set style textbox opaque noborder fillcolor '#ffffff'
unset key
# The SVG terminal draws marks larger and sets axis titles further off.
mark = term eq 'svg' ? 0.65 : 1
small_font = term eq 'svg' ? 12 : 9
if (term eq 'svg') { set xlabel offset 0, 0.5; set title offset 0, is_apart ? -0.7 : -0.4; set ylabel offset 0.8, 0 }
