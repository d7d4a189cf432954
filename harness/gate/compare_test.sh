#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Integration tests of baselines and comparisons, as TAP: harness/gate/compare_test.sh BUILD
set -u
build=$(realpath "$1")
growbench=$build/growbench
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/../tap.sh"

results=$scratch/results
# shellcheck disable=SC2054 # a list of allocators
cells=(--alloc=null,glibc --table=array --entries=50000 --budget=1GiB)
exact=fill_array_null_entries:50000_mode:latency

compare() { # compare ARGUMENT...: leaves out, err and $code
    "$growbench" compare "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

baseline() { # baseline ARGUMENT...
    "$growbench" baseline --quiet "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

doctor() { # doctor FROM TO CELL FILTER: a copy of a run in which the records of a cell are changed
    cp -r "$results/$1" "$results/$2"
    local record
    # shellcheck disable=SC2231 # CELL may be a pattern
    for record in "$results/$2/cells/"$3/*/record.json; do
        jq "$4" "$record" >"$scratch/record" && cp "$scratch/record" "$record"
    done
}

verdict() { # verdict FILTER PATTERN: of what --json printed
    [[ "$(jq -r "$1" "$scratch/out")" =~ $2 ]]
}

# ---- without a baseline ----

run "${cells[@]}" --out="$results/old"
run "${cells[@]}" --out="$results/new"
compare "$results/old" "$results/new"
check "two runs of the same are UNCHANGED" exits 0 '^= UNCHANGED$'
check "and say how many cells" said '^4 cells: 4 UNCHANGED'
compare "$results/old" "$results/new" --all
check "--all lists what is unchanged" said '= UNCHANGED +growth_count'
compare "$results/old" "$results/new" --json
check "--json is whole JSON, and nothing else" verdict '[.schema, .kind, .verdict, .exit_code, (.cells | length)] | tostring' '^\[1,"compare","UNCHANGED",0,4\]$'
# shellcheck disable=SC2016
check "times are in it and do not decide" verdict '[.cells[].metrics[] | select(.class == "noisy") | .decides] | any | not' true

doctor old moved $exact '.counters.growth_count += 1'
compare "$results/old" "$results/moved"
check "one process that differs is INCONCLUSIVE without a baseline" exits 4 '^\? INCONCLUSIVE$'
check "and says how to have one" said 'make one with growbench baseline'
check "and the command that measures the cell alone" said 'again: growbench run --alloc=null --table=array --workload=fill --entries=50000 --mode=latency'

# ---- a baseline ----

fingerprint=$(jq -r .context.machine_fingerprint "$results/old/benchmark.json")
home=$results/baseline/$fingerprint
baseline "${cells[@]}" --reps=19 --out="$home"
check "fewer than 20 processes are refused" exits 2 'baseline of 19 processes a cell would not show what varies: at least --reps=20'
check "and nothing is left behind" [ ! -e "$home" ]
baseline --alloc=none --out="$home"
check "a bad option is refused as run does" exits 2 "unknown allocator 'none'|did you mean"

"$growbench" baseline --quiet --alloc=null --table=array --entries=2^20+1 --out="$scratch/killed" >"$scratch/out" 2>"$scratch/err" &
pid=$!
for ((i = 0; i < 400; i++)); do
    [ "$(find "$scratch/killed" -name record.json 2>/dev/null | wc -l)" -ge 5 ] && break
    sleep 0.05
done
kill -KILL $pid
wait $pid 2>/dev/null
before=$(find "$scratch/killed" -name record.json | wc -l)
check "one is killed in the middle ($before of 40 records)" [ $((before >= 5 && before < 40)) = 1 ]
check "and has no baseline yet" [ ! -e "$scratch/killed/baseline.json" ]
first=$(find "$scratch/killed" -name record.json -printf '%p %i %T@\n' | sort | head -n 1)
baseline --alloc=null --table=array --entries=2^20+1 --out="$scratch/killed"
check "the same command goes on with it" [ "$code$(find "$scratch/killed" -name record.json | wc -l)" = 040 ]
check "and measures nothing again" [ "$(find "$scratch/killed" -name record.json -printf '%p %i %T@\n' | grep -cF "$first")" = 1 ]
check "and nothing half-written stays" [ -z "$(find "$scratch/killed" -name '*.partial')" ]

baseline --alloc=null --table=array --entries=50000 --budget=1GiB --out="$home"
baseline --alloc=glibc --table=array --entries=50000 --budget=1GiB --out="$home"
check "a second one adds its cells" [ "$code$(jq '.cells | length' "$home/baseline.json")" = 04 ]
check "it says what it found" said '[0-9]+ exact, [0-9]+ tolerance, [0-9]+ distribution, [0-9]+ noisy, of 4 cells'
check "it holds every process" [ "$(jq '[.cells[].metrics[] | select(.name == "growth_count") | .values | length] | min' "$home/baseline.json")" = 20 ]
check "and the machine" [ "$(jq -r '.machine_fingerprint + (.identity | has("kernel") | tostring)' "$home/baseline.json")" = "${fingerprint}true" ]

compare "$results/old" "$results/moved"
check "with it beside, one process is enough for an exact metric" exits 1 '^- REGRESSED +fill/array/null/entries:50000/mode:latency'
check "and it is named" said "classes of $home/baseline.json"
compare "$home" "$results/moved"
check "a baseline can be OLD" exits 1 '^- REGRESSED$'
compare "$home/baseline.json" "$results/old"
check "and so can its file" exits 0 '^= UNCHANGED$'
compare "$results/moved" "$results/old"
check "less is IMPROVED" exits 0 '^\+ IMPROVED$'
compare "$home" "$results/moved" --out="$scratch/compare.json"
check "--out is written, beside what the terminal says" exits 1 '^- REGRESSED$'
check "and is the same JSON" [ "$(jq -r '.verdict + (.exit_code | tostring) + .old.kind' "$scratch/compare.json")" = REGRESSED1baseline ]
compare "$home" "$results/moved" --out="$scratch/none/compare.json"
check "an --out that cannot be written" exits 2 'cannot write .*No such file'

doctor old crashed $exact '.status = "CRASH" | .message = "signal 11"'
compare "$home" "$results/crashed"
check "a cell that crashes now is REGRESSED" exits 1 'OK then, CRASH now: signal 11'

# ---- what is not to be compared ----

doctor old elsewhere '*' '.context.kernel = "Linux 2.4" | .context.machine_fingerprint = "0123456789abcdef"'
compare "$results/old" "$results/elsewhere"
check "another kernel is not compared" exits 3 '^! NOT COMPARABLE: the runs differ in'
check "and named with both values" said 'kernel +OLD "Linux .*, NEW "Linux 2.4"$'
compare "$results/old" "$results/elsewhere" --json
check "in JSON too" verdict '.verdict + .differences[0].field + (.cells | length | tostring)' '^NOT COMPARABLEkernel0$'
compare "$results/old" "$results/elsewhere" --force
check "--force compares all the same, under a banner" exits 0 '^!!! FORCED'
doctor old upgraded 'fill_array_glibc*' '.allocator_library.version = "9.9"'
compare "$results/old" "$results/upgraded"
check "another library is not compared, cell by cell" exits 3 '^4 cells: 2 NOT COMPARABLE, 2 UNCHANGED'
run "${cells[@]}" --env=MALLOC_ARENA_MAX=1 --out="$results/set"
compare "$results/old" "$results/set"
check "nor are other settings" exits 3 'allocator_settings was none and is MALLOC_ARENA_MAX=1'
doctor old mixed $exact '.context.machine_fingerprint = "0123456789abcdef"'
compare "$results/old" "$results/mixed"
check "a run of two machines is not compared" exits 3 'do not name one machine'
run --alloc=null --table=array --entries=60000 --out="$results/other"
compare "$results/old" "$results/other"
check "no cell in common is nothing to compare" exits 3 'no cell in common: OLD has fill/array/glibc/entries:50000/mode:latency'
run --alloc=null --table=array --entries=50000,60000 --out="$results/more"
compare "$results/old" "$results/more"
check "cells in only one are listed" said '^only in NEW: 2 cells$'

# ---- bad input ----

compare "$results/old"
check "compare needs two" exits 2 'compare takes OLD and NEW'
compare "$results/old" "$results/new" --fast
check "and no other option" exits 2 "not '--fast'"
compare "$results/none" "$results/new"
check "a folder that is not there" exits 2 'holds no run'
compare "$scratch" "$results/new"
check "a folder that holds no run" exits 2 'holds no run'
cp -r "$results/old" "$results/damaged"
echo '{' >"$results/damaged/cells/$exact/0/record.json"
compare "$results/damaged" "$results/new"
check "a damaged record is named" exits 2 "record.json' is damaged"
head -c 1000 "$home/baseline.json" >"$scratch/baseline.json" && cp "$scratch/baseline.json" "$home/baseline.json"
compare "$home" "$results/new"
check "a baseline that is cut off" exits 2 'is no whole baseline'
compare "$results/old" "$results/new"
check "also where it only stands beside" exits 2 'is no whole baseline'
compare "$results/new/benchmark.json" "$results/new"
check "a foreign file" exits 2 'is no whole baseline .*kind baseline'

# ---- make ----

check "make compare" makes "growbench compare 'a' 'b' --force --all" compare OLD=a NEW=b FORCE=1 ARGS=--all
check "make baseline takes what bench takes" makes "growbench baseline --alloc='null' +--reps='30'" baseline ALLOC=null REPS=30

done_testing
