#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The whole pipeline with real children, in seconds, for every build (sanitized ones too), as TAP:
# harness/pipeline_test.sh BUILD
set -u
growbench=$(realpath "$1")/growbench
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/tap.sh"

run --alloc=null --table=null,array,linear_rebuild,linear_inplace --entries=20000 --workload=fill,find --reps=2 --quiet --out="$scratch/null"
check "the pipeline runs with the null allocator" exits 0 'results'
check "a record for every repetition of every mode" records null 32
check "benchmark.json is whole" whole null
check "quiet says nothing while it runs" [ ! -s "$scratch/err" ]
check "benchmark.json has one row a repetition" \
    [ "$(jq '.benchmarks | length' "$scratch/null/benchmark.json")" -eq 32 ]
check "a counter that a mode cannot measure is absent" \
    is null fill_array_null_entries:20000_mode:latency '.counters | has("items_per_second") or (has("insert_max_ns") | not)' false

# Every table on allocators of each kind, and every allocator under tables of each kind.
everything() { # everything NAME RECORDS OPTION...: all is OK, but what does not apply or is not here
    local name=$1 count=$2
    shift 2
    run --out="$scratch/$name" "$@"
    check "$name" exits 0 'results'
    check "$name: each is OK, but what does not apply or is not here" \
        [ "$(jq -r 'select(.status != "OK") | .message' "$scratch/$name"/cells/*/0/record.json |
            grep -cvE 'this build is sanitized|allocates by malloc itself|^built without |cannot be preloaded|erases nothing|cannot make room beforehand')" -eq 0 ]
    check "$name: none is absent" records "$name" "$count"
}
"$growbench" list --json >"$scratch/list"
rows() { # rows KIND PATTERN: how many names of the list match
    jq "[.$1[].name | select(. != \"null\" and test(\"$2\"))] | length" "$scratch/list"
}
everything tables $(($(rows tables '^[^:]*$') * 3 * 4)) --table=all --alloc=glibc,mremap,jemalloc --workload=fill,find --entries=50000
everything variants $(($(rows tables ':') + 0)) --table=all:all --alloc=mremap --entries=50000 --mode=throughput \
    --benchmark_filter=':[a-z].*entries'
everything allocators $(($(rows allocators '^[^:]*$') * 3 * 2)) --table=array,linear_inplace,uthash --alloc=all --entries=50000
everything keys $(($(rows tables '^[^:]*$') * 3)) --table=all --alloc=glibc --mode=throughput --keys=sequential,shared-high,shared-low --entries=30000
everything churn $(($(rows tables '^[^:]*$') * 1)) --table=all --alloc=glibc --mode=throughput --workload=churn --entries=30000
everything reserve $(($(rows tables '^[^:]*$') * 3)) --table=all --alloc=glibc --mode=throughput --reserve=half,exact,double --entries=30000
for heap in warm busy; do
    everything $heap $(($(rows allocators '^[^:]*$') * 2 * 2)) --table=array,linear_rebuild --alloc=all --heap=$heap --entries=50000
done
run --alloc=jemalloc:all --table=array --entries=20000 --mode=throughput --thp=system,always --out="$scratch/profiles"
check "a base and its variants" exits 0 'jemalloc:fast'
check "each in a folder of its own" records profiles 6
run --alloc=glibc,mremap,null --table=array,linear_rebuild,linear_inplace,floor --thp=always,never --entries=300000 --out="$scratch/thp"
check "both page policies" exits 0 'thp:never'

# Two ways of growing at four sizes: one table of results for all, and its answer; --resume knows the sizes.
run --alloc=mremap --table=array --growth=2,1.5 --entries=2^16..2^17/4 --quiet --out="$scratch/sweep"
check "a sweep" exits 0 'fill of 4 sizes from 77936 to 131072 entries'
check "it answers in a sentence" said 'array on mremap: (any factor|grow by (2|1.5)): [0-9.]+x of the payload at worst'
check "a record for each size, growth and mode" records sweep 16
run --resume --out="$scratch/sweep"
check "and it goes on with the same sizes" exits 0 'fill of 4 sizes from 77936 to 131072 entries'
check "and has nothing left to run" records sweep 16
# The scripts are found beside the program's folder, as build/ has them and build/sanitized-* has not.
if command -v gnuplot >"$scratch/null.txt" && [ -d "$(dirname "$growbench")/../plots" ]; then
    "$growbench" plot "$scratch/sweep" >"$scratch/out" 2>"$scratch/err"
    for figure in sweep_memory sweep_stalls decision; do
        check "its figure $figure is drawn" [ -s "$scratch/sweep/plots/$figure.svg" ]
    done
    check "and of the sizes only the largest has its own" \
        [ "$(find "$scratch/sweep/plots" -name 'memory-*.svg')" = "$scratch/sweep/plots/memory-fill-131072.svg" ]
else
    skip "no gnuplot, or no scripts beside this build"
fi
run --alloc=mremap --table=array --entries=2^17..2^16/4
check "a range that falls is refused" exits 2 "'2\^17..2\^16/4' does not rise"

"$growbench" list --json >"$scratch/out" 2>"$scratch/err"
check "list --json is the contract's" jq -e '.allocators[0].name and .tables[0].summary and (.workloads[0].available == true)' \
    "$scratch/out" >"$scratch/null.txt"
done_testing
