#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The whole pipeline with real children, in seconds, for every build (sanitized ones too), as TAP:
# harness/pipeline_test.sh BUILD
set -u
growbench=$(realpath "$1")/growbench
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/tap.sh"

run --alloc=null --table=null,array,linear_rebuild,linear_inplace --entries=20000 --workload=all --reps=2 --quiet --out="$scratch/null"
check "the pipeline runs with the null allocator" exits 0 'results'
check "a record for every repetition of every mode" records null 32
check "benchmark.json is whole" whole null
check "quiet says nothing while it runs" [ ! -s "$scratch/err" ]
check "benchmark.json has one row a repetition" \
    [ "$(jq '.benchmarks | length' "$scratch/null/benchmark.json")" -eq 32 ]
check "a counter that a mode cannot measure is absent" \
    is null fill_array_null_entries:20000_mode:latency '.counters | has("items_per_second") or (has("insert_max_ns") | not)' false

# Of all rows but variants, two workloads in two modes.
all=$("$growbench" list --json | jq '[.allocators, .tables | [.[].name | select(contains(":") or . == "null" | not)] | length] | .[0] * .[1] * 4')
for heap in cold warm busy; do
    run --alloc=all --table=all --workload=all --heap=$heap --entries=100000 --out="$scratch/$heap"
    check "every table on every allocator ($heap)" exits 0 'results'
    check "each is OK, but what does not apply or is not here ($heap)" \
        [ "$(jq -r 'select(.status != "OK") | .message' "$scratch/$heap"/cells/*/0/record.json |
            grep -cvE 'this build is sanitized|allocates by malloc itself|^built without |cannot be preloaded')" -eq 0 ]
    check "none is absent ($heap)" records $heap "$all"
done
run --alloc=jemalloc:all --table=array --entries=20000 --mode=throughput --thp=system,always --out="$scratch/variants"
check "a base and its variants" exits 0 'jemalloc:fast'
check "each in a folder of its own" records variants 6
run --alloc=glibc,mremap,null --table=all --thp=always,never --entries=300000 --out="$scratch/thp"
check "both page policies" exits 0 'huge pages never'

"$growbench" list --json >"$scratch/out" 2>"$scratch/err"
check "list --json is the contract's" jq -e '.allocators[0].name and .tables[0].summary and (.workloads[0].available == true)' \
    "$scratch/out" >"$scratch/null.txt"
done_testing
