#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The resampling study on made-up duels, as TAP.
#
#     harness/testing/gate_resample_test.sh [BUILD]
set -u
cd "$(dirname "$0")/../.." || exit
growbench=${1:-build}/growbench
resample=${1:-build}/gate-resample
# shellcheck source=harness/tap.sh
. harness/tap.sh

# make_duel NAME SEED RATIO SPREAD MODES: two cells and a control of 12 pairs; what makes a pair slow makes all its
# figures slow.
make_duel() {
    mkdir -p "$scratch/$1"
    jq -n --argjson seed "$2" --argjson ratio "$3" --argjson spread "$4" --argjson modes "$5" '
        def draw: (. * 16807) % 2147483647;
        [foreach range(200) as $i ($seed; draw; . / 2147483647)] as $u |
        def noise($i): 1 + ($u[$i] - 0.5) * $spread;
        def metric($name; base; candidate): {name: $name, step_entries: 0,
            base: [range(12) | base], candidate: [range(12) | candidate]};
        def cell($id; $control): {id: $id, control: $control, pairs: 12, metrics: [
            metric("operation_ns"; 100 * noise(.); 100 * $ratio * noise(. + 20)),
            metric("hit_ns"; null; null),
            metric("base_moves"; 12; 12),
            metric("peak_rss_bytes"; 58e6 + (if $u[. + 40] < $modes then 8e6 else 0 end);
                                     58e6 + (if $u[. + 60] < $modes then 8e6 else 0 end))]};
        {schema: 1, cells: [cell("fill/a"; false), cell("fill/b"; false), cell("fill/a"; true)]}' >"$scratch/$1/duel.json"
}

resample() {
    "$resample" "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

for i in 1 2 3; do make_duel "quiet$i" "$((i * 7919))" 1 0.01 0.5; done
resample --sessions=300 "$scratch"/quiet[123]
check "a quiet machine: no false alarms, nothing open" \
    exits 0 '^false alarms +0 of 300 \(0.00 %, upper 95 % bound 0.99 %\)'
check "controls are left out, pairs of one cell are put together" \
    said '300 of 2 cells, drawn from 72 process pairs in 3 files; 12\.[0-9] pairs a cell'
check "two modes are neither a false alarm nor unclear" said '^inconclusive +0 of 300'
cp "$scratch/out" "$scratch/first"
resample --sessions=300 "$scratch"/quiet[123]/duel.json
check "the same seed, the same sessions" cmp "$scratch/out" "$scratch/first"

# A lasting difference between the sides disappears when they are swapped at random, and leaves much spread.
make_duel unequal 5 1.2 0.001 0
resample --sessions=300 --seed=3 "$scratch/unequal"
check "swapped sides hide no difference: unclear, not a false alarm" exits 0 '^inconclusive +(29[0-9]|300) of 300'
check "and it says by which metric" said 'operation_ns +[0-9] false alarms, (29[0-9]|300) inconclusive'

# An exact figure that strays in one pair of 24: with the sides swapped it meets a base that does not.
jq '.cells[].metrics[] |= if .name == "base_moves" then .candidate[3] = 13 else . end' "$scratch/quiet1/duel.json" \
    >"$scratch/moved.json"
resample --sessions=100 "$scratch/moved.json" "$scratch/quiet2"
check "an exact figure that strays is no false alarm" exits 0 '^by exact metrics +0 of 100'
check "but takes more pairs to be clear" said '^sessions +100 of 2 cells, .* (1[3-9]|[2-9][0-9])\.[0-9] pairs a cell'
check "in the end it is" said '^inconclusive +0 of 100'

resample
check "no files" exits 2 'give the folders'
resample "$scratch/absent"
check "an absent file" exits 2 'absent'
echo '{"cells": 1}' >"$scratch/wrong.json"
resample "$scratch/wrong.json"
check "another file" exits 2 'not a duel.json'
jq '.cells[0].metrics[0].base |= .[:5]' "$scratch/quiet1/duel.json" >"$scratch/short.json"
resample "$scratch/short.json"
check "sides of different lengths" exits 2 'other than one value a pair'
jq '.cells[0].metrics[0].name = "luck"' "$scratch/quiet1/duel.json" >"$scratch/unknown.json"
resample "$scratch/unknown.json"
check "an unknown metric" exits 2 'does not know'
resample --sessions=0 "$scratch/quiet1"
check "no sessions" exits 2 'not a number above 0'
resample --luck "$scratch/quiet1"
check "an unknown option" exits 2 'there is --sessions=N'
done_testing
