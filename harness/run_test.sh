#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Integration tests with real children that go wrong, and with bad input, as TAP: harness/run_test.sh BUILD
set -u
build=$(realpath "$1")
growbench=$build/growbench lib=$build/lib
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/tap.sh"

# ---- one cell here ----

"$growbench" cell fill/linear_rebuild/jemalloc/entries:50000/mode:latency >"$scratch/out" 2>"$scratch/err"
check "cell prints its record and how to debug it" \
    [ "$(jq -r .status "$scratch/out")$(grep -cE '^gdb -ex|perf record' "$scratch/err")" = OK2 ]
check "cell runs with the library preloaded" \
    [ "$(jq -r '.allocator_library.path | contains("jemalloc")' "$scratch/out")" = true ]
"$growbench" cell fill/array/mremap/entries:1000/mode:latency --growth=1.5 >"$scratch/out" 2>"$scratch/err"
code=$?
check "cell takes no option that its id would have to say" exits 2 "not '--growth=1.5'.*/growth:1.5"
"$growbench" cell fill/array/mremap/entries:1000/mode:latency/growth:99 >"$scratch/out" 2>"$scratch/err"
code=$?
check "cell says what is wrong with an id" exits 2 "growth '99' is no factor"

# ---- make ----

check "make hands on several options" makes 'growbench run .* --seed=1 --aslr' bench ARGS='--seed=1 --aslr'
check "and values with a space or a quote" \
    makes "--keys='file:/a b/it'.''s'" bench KEYS="file:/a b/it's" GROWTH=1.5
check "0 is not given" makes "growbench run [^-]*--table='[^-]*--entries='[^-]*--growth='[^-]*$" sweep FIND_LIMIT=0 QUIET=0
check "a variable that is not known is refused" makes 'bench takes no GROTH' bench GROTH=2

# ---- bad input ----

run --alloc=null --table=null,array --entries=20000 --out="$scratch/null"
touch "$scratch/empty"
printf 'a\nb\na\nc' >"$scratch/three"

while IFS='|' read -r name sentence arguments; do
    # shellcheck disable=SC2086 # the arguments are words
    run --out="$scratch/bad" $arguments
    check "refused with a sentence: $name" exits 2 "$sentence"
    check "and nothing is left behind: $name" [ ! -e "$scratch/bad/cells" ]
done <<EOF
unknown allocator|did you mean 'jemalloc'|--alloc=jemaloc
unknown variant|did you mean 'jemalloc:lean'|--alloc=jemalloc:laen
unknown base|did you mean 'jemalloc:all'|--alloc=jemaloc:all
unknown table|did you mean 'linear_rebuild'|--table=linear_rebuilt
unknown workload|unknown workload 'fil': there is fill, find|--workload=fil
zero entries|entries '0' is not a positive number|--entries=0
negative entries|entries '-5' is not a positive number|--entries=-5
no number|entries 'many' is not a positive number|--entries=many
overflow|entries '2\^64' is too large|--entries=2^64
beyond the address space|beyond any address space|--entries=2^60
budget too small|at least 64MiB|--budget=1M
bad timeout|timeout 'soon' is not a time|--timeout=soon
missing library|cannot be opened: No such file|--alloc=mine=$scratch/none.so
no allocator|is no allocator that works: it does not export|--alloc=mine=$lib/not_a_table.so
no table|is no table: it must export|--table=mine=$lib/not_a_table.so
half a table|lacks erase, but says ERASES|--table=mine=$lib/faulty_half.so
a text as library|is no allocator that works|--alloc=mine=$0
library with a built-in name|'jemalloc' is a built-in allocator|--alloc=jemalloc=$lib/bump_malloc.so
the same twice|'glibc' is named twice|--alloc=glibc,glibc
empty item|has an empty item|--alloc=glibc,,mremap
unknown option|unrecognized option|--alocator=glibc
no option|is not an option|glibc
Google flag that cannot work|does not apply here|--benchmark_min_time=1
filter without a match|matches none of the cells|--benchmark_filter=nothing
bad filter|is no extended regular expression|--benchmark_filter=(
resume of nothing|holds no run to resume|--resume
unknown keys|unknown key stream 'odd': there is random, sequential|--keys=odd
keys without a path|unknown key stream 'file:'|--keys=file:
keys by fingerprint|says which keys, not where they are|--keys=file-0a1b2c3d
two key files|is a second key file beside|--keys=file:/a,file:/b
missing key file|/none' cannot be opened: No such file|--keys=file:$scratch/none
a folder of keys|is a folder, not a file with a line a key|--keys=file:$scratch
a device of keys|is a device, not a file with a line a key|--keys=file:/dev/zero
an empty key file|has no key: it is empty|--keys=file:$scratch/empty
fewer keys than entries|has 3 distinct keys, too few for 5 entries|--keys=file:$scratch/three --entries=5,6
EOF

run --alloc=null --table=null --entries=1000 --out="$scratch/null"
check "a folder that holds a run is refused" exits 2 'already holds a run'
check "and the run in it is untouched" records null 4
touch "$scratch/file"
run --alloc=null --table=null --entries=1000 --out="$scratch/file/run"
check "an output folder that cannot be made" exits 2 'cannot make the output folder'

if mkdir "$scratch/small" && mount -t tmpfs -o size=16k none "$scratch/small" 2>/dev/null; then
    head -c 16k /dev/zero >"$scratch/small/fill" 2>/dev/null
    run --alloc=null --table=null --entries=1000 --out="$scratch/small/run"
    check "a full output folder" exits 2 'No space left'
    umount "$scratch/small"
    mount -t tmpfs -o size=200k none "$scratch/small"
    run --alloc=null --table=array --entries=100000 --reps=20 --out="$scratch/small/run"
    check "a folder that becomes full: what is there is whole" exits 5 'stopped: .*is whole'
    check "and nothing half-written stays" [ -z "$(find "$scratch/small" -name '*.partial')" ]
    umount "$scratch/small"
else
    skip "a full output folder: no right to mount one"
fi

mkdir "$scratch/damaged" && cp -r "$scratch/null/." "$scratch/damaged"
victim=$scratch/damaged/cells/fill_array_null_entries:20000_mode:latency/0/record.json
head -c 300 "$victim" >"$victim.new" && mv "$victim.new" "$victim"
"$growbench" plot "$scratch/damaged" >"$scratch/out" 2>"$scratch/err"
code=$?
check "plot of a damaged run names the file" exits 2 'record.json. is damaged'
"$growbench" plot "$scratch" >"$scratch/out" 2>"$scratch/err"
code=$?
check "plot of a folder that is no run" exits 2 'holds no run'
run --resume --out="$scratch/damaged"
check "resume measures a damaged record anew" [ "$code$(jq -r .status "$victim")" = 0OK ]

# ---- children that go wrong: a row, and the others go on ----

faulty() { # faulty FAULT OPTION...: beside a healthy table
    local fault=$1
    shift
    rm -rf "${scratch:?}/$fault"
    run --alloc=glibc --table="bad=$lib/faulty_$fault.so,array" --entries=200000 --mode=throughput --out="$scratch/$fault" "$@"
}
bad=fill_bad_glibc_entries:200000_mode:throughput
good=fill_array_glibc_entries:200000_mode:throughput

faulty loses_key
check "a table that loses a key: the run exits 1" exits 1 'WRONG: found 31 of 32'
check "it is WRONG" is loses_key $bad .status '^WRONG$'
check "the others go on" is loses_key $good .status '^OK$'
faulty crashes
check "a crash is a row with its signal" is crashes $bad '.status + .message' '^CRASHsignal 11 .* at 100[0-9]* of 200000 entries|^CRASHsignal 11 .* at 99[0-9]* of 200000'
check "the run exits 1 and the others go on" [ "$code$(field crashes $good .status)" = 1OK ]
check "it keeps what was measured so far" is crashes $bad '.counters.interval_count > 10' true
faulty hangs --timeout=2 --reps=2
check "a hang ends as TIMEOUT, which is no failure" [ "$code$(field hangs $bad .status)" = 0TIMEOUT ]
check "its further repetitions are not run, and that is written down" \
    [ "$(jq -r .status "$scratch/hangs/cells/$bad/1/record.json")" = SKIP ]
check "the others go on, repetitions too" [ "$(jq -r .status "$scratch/hangs/cells/$good/1/record.json")" = OK ]
faulty floods
check "a flood of output stops at a limit, the cell is fine" is floods $bad .status '^OK$'
check "and says how much was dropped" grep -q 'bytes more were not kept' "$scratch/floods/cells/$bad/0/stderr.txt"

for fault in erases_nothing keeps_erased; do
    faulty $fault --workload=churn --entries=50000
    check "a table that erases wrongly ($fault) is WRONG in churn" \
        is $fault ${bad/fill_bad_glibc_entries:200000/churn_bad_glibc_entries:50000} .status '^WRONG$'
    check "and the run exits 1 ($fault)" exits 1 'WRONG: '
done

(ulimit -v 750000 && faulty aborts_on_null --entries=2^24 --timeout=60 && echo "$code" >"$scratch/code")
check "a table that aborts on NULL is OOM, not CRASH" is aborts_on_null fill_bad_glibc_entries:16777216_mode:throughput \
    '.status + .message' '^OOMrefused [0-9]+ bytes at [0-9]+ of 16777216 entries'
check "out of memory is no failure" [ "$(cat "$scratch/code")" = 0 ]

faulty refused_early
check "a crash long after a refusal is a CRASH, not OOM" is refused_early $bad '.status + .message' '^CRASHsignal 6 .* at (99[0-9]*|100[0-9]*) of 200000'
faulty closes --timeout=3
check "a child that closes its end is still held to its time limit" is closes $bad .status '^TIMEOUT$'
check "and the others go on" is closes $good .status '^OK$'
faulty scribbles
check "a table that overruns into the harness's record is a CRASH, and the parent lives" \
    is scribbles $bad '.status + .message' '^CRASHthe process wrote over'
check "and the others go on" is scribbles $good .status '^OK$'
faulty destroys
check "a crash in destroy is no OK" is destroys $bad '.status' '^CRASH$'
faulty forks
# shellcheck disable=SC2009 # pgrep cannot leave out zombies, which are nobody's any more
check "a table that forks leaves nobody behind" [ -z "$(ps -C faulty-orphan -o stat= | grep -v Z)" ]

LD_PRELOAD=libjemalloc.so.2 GLIBC_TUNABLES=glibc.malloc.mmap_max=0 run --alloc=glibc --table=array --entries=50000 --mode=throughput --out="$scratch/leak"
leak=fill_array_glibc_entries:50000_mode:throughput
check "the user's LD_PRELOAD and settings do not reach a measured process" \
    is leak $leak '.status + .malloc_library.path' '^OK.*libc\.so'

for limit in auto watchdog; do
    run --alloc=copying,mremap --table=array --entries=2^23+1 --mode=latency --budget=192MiB --limit-by=$limit --reps=2 --out="$scratch/oom-$limit"
    oom=fill_array_copying_entries:8388609_mode:latency
    check "beyond the budget ($limit): OOM, with where" is oom-$limit $oom '.status + .message' '^OOMexceeded 192 MiB at [0-9]+ of 8388609 entries'
    check "with everything measured so far ($limit)" is oom-$limit $oom '.counters | (.base_moves > 3 and .peak_rss_bytes > 100000000)' true
    check "the peak is marked as a lower bound ($limit)" is oom-$limit $oom '.lower_bounds[0]' peak_rss_bytes
    check "the row stands on standard output ($limit)" said 'copying.*OOM: exceeded'
    check "the run goes on and exits 0 ($limit)" [ "$code$(field oom-$limit fill_array_mremap_entries:8388609_mode:latency .status)" = 0OK ]
    check "its error row keeps the counters ($limit)" [ "$(jq '[.benchmarks[] | select(.error_occurred) | select(.error_message | startswith("OOM: ")) | .peak_rss_bytes] | length' "$scratch/oom-$limit/benchmark.json")" -eq 1 ]
done

run --alloc=mremap --table=array --entries=2^36 --budget=1GiB --out="$scratch/skip"
check "what cannot fit the budget is a SKIP with the arithmetic" exits 0 'SKIP: 68719476736 entries x 16 B = 1.00 TiB'

# ---- the smallest limit ----

limit=fill_array_copying_entries:4194305_mode:throughput
copied=(--alloc=copying --table=array --entries=2^22+1)
stamp() { # stamp FOLDER CELL: changes when its record is written again
    stat -c %Y%i "$scratch/$1/cells/$2/0/record.json"
}

run "${copied[@]}" --limit-by=watchdog --find-limit --mode=throughput --out="$scratch/estimate"
check "without a cgroup a limit is an estimate, and marked as one" \
    is estimate $limit '.limit_found_by + (.limit_trials | length | tostring) + (.counters | (.limit_needed_bytes == .limit_estimate_bytes) | tostring)' '^estimate0true$'
check "in the table too" said 'array .* ~13[0-9] MiB'
run "${copied[@]}" --mode=throughput --out="$scratch/later"
check "nobody seeks a limit unasked" is later $limit '[.limit_found_by, .counters.limit_needed_bytes] | tostring' '^\[null,null\]$'
if [ "$(field later $limit .budget_enforced_by)" != watchdog ]; then
    run "${copied[@]}" --find-limit --reps=2 --budget=1GiB --out="$scratch/limit"
    # shellcheck disable=SC2016 # a variable of jq
    check "a limit is found: the largest that failed and one 2 % above that completed twice" \
        is limit $limit '.counters.limit_needed_bytes as $needed | .limit_found_by, (.limit_trials | (map(select(.status == "OK" and .limit_bytes == $needed)) | length >= 2), (map(select(.status == "OOM") | .limit_bytes) | max | . < $needed and . * 1.02 + 4096 >= $needed))' \
        $'^bisection\ntrue\ntrue$'
    check "it is near the peak, and below the estimate" \
        is limit $limit '.counters | .limit_needed_bytes > .peak_rss_bytes and .limit_needed_bytes < .limit_estimate_bytes and (.limit_needed_ratio - .limit_needed_bytes / .payload_bytes | fabs < 1e-9)' true
    check "for the first repetition of one mode, and no process more is counted" \
        [ "$(jq -r '.limit_found_by // "not"' "$scratch"/limit/cells/*/[01]/record.json | sort | uniq -c | tr -d ' \n')$(grep -c '^\[4/4\]' "$scratch/err")" = 1bisection3not1 ]
    check "its trials are told" said '^limit [0-9.]+ MiB: OOM'
    check "the row of both modes shows it" said 'array .* [0-9.]+ MiB[ +]'
    check "benchmark.json says how it was found" \
        [ "$(jq '[.benchmarks[] | select(.limit_found_by == "bisection" and .limit_needed_bytes > 0)] | length' "$scratch/limit/benchmark.json")" = 1 ]
    needed=$(field limit $limit .counters.limit_needed_bytes)
    run "${copied[@]}" --mode=throughput --budget=$((needed * 103 / 100)) --out="$scratch/above"
    check "3 % above the limit it completes" is above $limit .status OK
    run "${copied[@]}" --mode=throughput --budget=$((needed * 96 / 100)) --find-limit --out="$scratch/below"
    check "4 % below it is OOM, and no limit is sought" is below $limit '.status + (.limit_found_by | tostring)' '^OOMnull$'
    run --find-limit --resume --out="$scratch/later"
    check "resume with --find-limit measures anew what lacks it" is later $limit .limit_found_by bisection
    before=$(stamp later $limit)
    run --find-limit --resume --out="$scratch/later"
    check "and only that" [ "$before" = "$(stamp later $limit)" ]
    run --resume --limit-by=auto --out="$scratch/estimate"
    check "and what was only an estimate" is estimate $limit .limit_found_by bisection

    run "${copied[@]}" --mode=latency --find-limit --workload=find --entries=2^20 --out="$scratch/latency"
    check "of one mode alone, in that mode" is latency find_array_copying_entries:1048576_mode:latency .limit_found_by bisection
    "$growbench" run --no-plot --reference=none "${copied[@]}" --table=linear_rebuild --entries=2^23 --mode=throughput --find-limit --out="$scratch/search" >"$scratch/out" 2>"$scratch/err" &
    pid=$!
    for _ in $(seq 100); do
        grep -q '^limit' "$scratch/err" && break
        sleep 0.05
    done
    kill -INT $pid
    wait $pid
    code=$?
    check "an interrupt in the search leaves no record" \
        [ "$code$(find "$scratch/search/cells" -name record.json 2>/dev/null | wc -l)$(pgrep -c -P $pid)" = 13000 ]
    run --resume --out="$scratch/search"
    check "and resume measures the cell anew" is search fill_linear_rebuild_copying_entries:8388608_mode:throughput .limit_found_by bisection
else
    skip "a limit that is found: no memory cgroup can be made"
fi

# ---- killed from outside, interrupted, resumed, two at once ----

"$growbench" run --no-plot --reference=none --alloc=glibc --table="bad=$lib/faulty_hangs.so,array" --entries=200000 \
    --mode=throughput --timeout=60 --out="$scratch/killed" >"$scratch/out" 2>"$scratch/err" &
pid=$!
for _ in $(seq 100); do
    child=$(pgrep -P $pid -f 'growbench child' | head -n 1)
    [ -n "$child" ] && [ "$(ps -o etimes= -p "$child" | tr -d ' ')" -ge 2 ] 2>/dev/null && break
    sleep 0.1
done
run --alloc=null --table=null --entries=1000 --out="$scratch/killed"
check "two runs at once on one output: the second is refused" exits 2 'another run is writing'
kill -KILL "$child"
wait $pid
check "a child killed from outside becomes a row" is killed $bad '.status + .message' '^CRASHsignal 9'
check "without a rate, for its inserts have no time" is killed $bad '.counters | .entries > 90000 and .items_per_second == null and .timed_ns == null' true
check "and the others go on" is killed $good .status '^OK$'

"$growbench" run --no-plot --reference=none --alloc=glibc,null --table="bad=$lib/faulty_hangs.so,array,linear_rebuild" --entries=200000 \
    --mode=throughput --timeout=8 --out="$scratch/interrupted" >"$scratch/out" 2>"$scratch/err" &
pid=$!
sleep 3
kill -INT $pid
wait $pid
code=$?
check "an interrupt exits 130 and says how to resume" exits 130 'run --resume --out='
check "the derived files are whole after it" [ -s "$scratch/interrupted/benchmark.json" ]
check "no child is left" [ -z "$(pgrep -P $pid)" ]
finished=$(find "$scratch/interrupted/cells" -name record.json | wc -l)
check "not everything was finished" [ "$finished" -lt 6 ]
newest=$(find "$scratch/interrupted/cells" -name record.json -newer "$scratch/interrupted/run.json" | head -n 1)
before=$(stat -c %Y%i "${newest:-/}")
run --resume --timeout=2 --out="$scratch/interrupted"
check "run.json tells what was asked for before" [ "$(jq '(.earlier | length) == 1 and (.arguments | index("--timeout=2")) != null and
    (.earlier[0] | index("--timeout=2")) == null' "$scratch/interrupted/run.json")" = true ]
check "resume runs what is missing" records interrupted 6
check "and only that" [ "$before" = "$(stat -c %Y%i "${newest:-/}")" ]

# ---- the user's own, references, settings ----

run --alloc="mine=$lib/bump_malloc.so" --table="probing=$lib/probing.so" --entries=50000 --workload=fill,find --out="$scratch/own"
own=find_probing_mine_entries:50000_mode:latency
check "a malloc and a table of one's own" exits 0 'probing'
check "the record proves which library served, with its hash" \
    [ "$(field own $own .allocator_library.path)$(field own $own .allocator_library.sha256)" = \
    "$lib/bump_malloc.so$(sha256sum "$lib/bump_malloc.so" | cut -d ' ' -f 1)" ]
for name in mimalloc jemalloc tcmalloc tbbmalloc; do
    run --alloc=$name --table=array --entries=50000 --mode=throughput --out="$scratch/$name"
    check "$name: served by its library, version as it says itself" \
        is $name fill_array_${name}_entries:50000_mode:throughput '.allocator_library | .path + " " + .version' "lib$name.* [0-9]+\.[0-9]+"
done
run --alloc=jemalloc:lean,jemalloc --table=array --entries=50000 --mode=throughput --thp=always --out="$scratch/variant"
lean=fill_array_jemalloc:lean_entries:50000_mode:throughput_thp:always
check "a variant runs with its settings and those for huge pages, joined" \
    is variant $lean '.status + .allocator_settings[0] + (.allocator_settings | length | tostring)' '^OKMALLOC_CONF=.*,thp:always1$'
check "its base without the variant's" \
    is variant ${lean/:lean/} '.status + (.allocator_settings | join(" "))' '^OKMALLOC_CONF=thp:always$'
"$growbench" run --no-plot --alloc=mremap --table=array --entries=50000 --out="$scratch/alone" >"$scratch/out" 2>"$scratch/err"
check "a single allocator gets glibc and copying beside it" [ "$(grep -cE '^ +(array +)?(glibc|copying|mremap) ' "$scratch/out")" -eq 3 ]
(cd "$scratch" && cp -r alone moved && sed -i 's/"machine_fingerprint": "[0-9a-f]*"/"machine_fingerprint": "0123456789abcdef"/' moved/run.json)
run --resume --out="$scratch/moved"
check "a run of another machine is not resumed" exits 3 'its machine_fingerprint is 0123456789abcdef'
run --alloc=null --table=null --entries=1000 --benchmark_format=json --benchmark_repetitions=2 --benchmark_filter=throughput --out="$scratch/gbench"
check "Google Benchmark's own reporter works" jq -e '.benchmarks | length > 1' "$scratch/out" >"$scratch/null.txt"

cp "$lib/probing.so" "$scratch/changing.so"
run --alloc=null --table=mine="$scratch/changing.so",null --entries=1000 --mode=throughput --out="$scratch/changing"
echo >>"$scratch/changing.so" # the loader does not mind
stale="$scratch/changing/cells/fill_null_null_entries:1000_mode:throughput/0/record.json"
sed -i 's/"table_version": ""/"table_version": "0.1"/' "$stale"
before=$(jq -r .table_version "$stale")
run --resume --out="$scratch/changing"
check "resume measures anew what another build of a table left, or another version of its library" \
    [ "$before $(jq -r .table_version "$stale") $(field changing fill_mine_null_entries:1000_mode:throughput .table_library.sha256)" = \
    "0.1  $(sha256sum "$scratch/changing.so" | cut -d ' ' -f 1)" ]

# ---- how a table grows ----

run --alloc=mremap --table=array,linear_rebuild,linear_inplace --entries=300000 --mode=throughput --growth=2,1.25,+1MiB --load=0.5 --entry-bytes=32 --out="$scratch/growth"
grown=mremap_entries:300000_mode:throughput
for table in array linear_rebuild linear_inplace; do
    check "$table: the payload has the entries' size" is growth fill_${table}_${grown}_load:0.5_entry-bytes:32 .counters.payload_bytes 9600000
    usual=$(field growth fill_${table}_${grown}_load:0.5_entry-bytes:32 .counters.growth_count)
    for growth in 1.25 +1048576; do
        check "$table: growth $growth comes more often" \
            [ "$(field growth "fill_${table}_${grown}_growth:${growth}_load:0.5_entry-bytes:32" .counters.growth_count)" -gt "$usual" ]
    done
done
run --alloc=mremap --table=array,linear_inplace,absl_flat,uthash --entries=300000 --mode=throughput --reserve=none,half,exact,double --out="$scratch/reserve"
run --resume --table=absl_flat --reserve=none --load=0.5 --out="$scratch/reserve"
check "a table with a load of its own only is a SKIP" is reserve fill_absl_flat_${grown}_load:0.5 .message 'absl_flat has a load of its own only'
for table in array linear_inplace; do
    check "$table: what is reserved exactly need not grow" is reserve fill_${table}_${grown}_reserve:exact .counters.growth_count 0
    check "$table: what is reserved by half need grow once" is reserve fill_${table}_${grown}_reserve:half .counters.growth_count 1
    check "$table: and it takes time" is reserve fill_${table}_${grown}_reserve:double '.counters | .create_ns > 0 and .create_ns < .timed_ns' true
done
check "a table that cannot is a SKIP" is reserve fill_uthash_${grown}_reserve:half .message 'uthash cannot make room beforehand'
run --alloc=glibc,mremap --table=array,linear_rebuild --entries=300000 --count=12,10000 --out="$scratch/count"
check "many tables: every cell is fine, with all entries" [ "$(find "$scratch/count/cells" -name record.json -exec jq -r '.status + (.counters.entries | tostring)' {} + | sort | uniq -c | tr -d ' \n')" = 16OK300000 ]
check "twelve tables have more growths than one" is count fill_array_mremap_entries:300000_mode:throughput_count:12 '.counters.growth_count >= 12' true

# ---- churn and drain ----

run --alloc=mremap --table=linear_inplace --workload=churn --snapshot=fork --rounds=2 --entries=2^18 --out="$scratch/churn"
churn=churn_linear_inplace_mremap_entries:262144_mode:latency_snapshot:fork
check "churn: resident memory does not drift where nothing grows" \
    is churn $churn '.counters | (.rss_drift_ratio > 0.97 and .rss_drift_ratio < 1.03 and .churn_growth_count == 0)' true
check "a snapshot's copies are the pages that were written to, here all" \
    is churn $churn '.counters | (.snapshot_copied_bytes >= 8388608 and .snapshot_copied_bytes < 9500000 and .fork_ns > 0)' true
check "and its inserts, erases and pauses are kept" \
    [ "$(cd "$scratch/churn/cells/$churn/0" && cat latency.hgrm erase.hgrm | grep -c 'Total count = 524288')" -eq 2 ]

seconds=$SECONDS
run --alloc=mremap --table=linear_inplace --workload=drain --entries=2^18 --mode=throughput --timeout=5 --out="$scratch/drain"
drain=drain_linear_inplace_mremap_entries:262144_mode:throughput
check "drain idles 10 s, which count against no time limit" [ "$code$((SECONDS - seconds >= 10))$(field drain $drain .status)" = 01OK ]
check "and not as time of the workload" is drain $drain '.counters | (.timed_ns < 2e9 and .erase_items_per_second > 1e5)' true
check "what is left is told thrice" \
    is drain $drain '.counters | [.drained_rss_bytes, .drained_1s_rss_bytes, .drained_10s_rss_bytes] | all(. > 7e6)' true

# ---- several threads ----

run --alloc=glibc,mremap --table=array,linear_inplace --entries=2^21+1 --threads=2,4 --out="$scratch/threads"
check "threads: every cell is fine" [ "$code$(find "$scratch/threads/cells" -name record.json -exec jq -r .status {} + | sort | uniq -c | tr -d ' \n')" = 016OK ]
for cell in fill_{array,linear_inplace}_{glibc,mremap}_entries:2097153_mode:throughput_threads:{2,4}; do
    check "threads: speed, memory and time in the kernel of all ($cell)" is threads "$cell" \
        '.counters | .entries == 2097153 and .items_per_second > 0 and .worst_rss_ratio >= 1 and .resize_total_ns > 0 and .blocked_ns >= 0 and .system_ns >= 0 and .growth_overlap_ratio == null' true
    check "threads: stalls and faults of all ($cell)" is threads "${cell/throughput/latency}" \
        '.counters | .insert_p50_ns > 0 and .stall_max_ns >= .insert_max_ns and .growth_max_ns <= .insert_max_ns and .fault_count > 0 and .fault_total_ns >= .fault_max_ns' true
done
check "threads: growths of all tables, in the order of time" \
    [ "$(cut -f 2 "$scratch/threads/cells/fill_array_mremap_entries:2097153_mode:latency_threads:4/0/growth.tsv" | tail -n +2 | tee "$scratch/starts" | wc -l)" -ge 32 ]
check "threads: and they are in order" sort -nc "$scratch/starts"
run --alloc=glibc --table="bad=$lib/faulty_loses_key.so,array" --entries=250000 --threads=2 --mode=throughput --out="$scratch/threads_wrong"
check "threads: a table that loses a key is WRONG" exits 1 'WRONG: thread [01]: found 31 of 32'
run --alloc=glibc --table=linear_rebuild --entries=4000000 --threads=2 --mode=throughput --budget=128MiB --out="$scratch/threads_oom"
check "threads: beyond the budget: OOM, with where and what was measured so far" \
    is threads_oom fill_linear_rebuild_glibc_entries:4000000_mode:throughput_threads:2 '.status + .message + (.counters.growth_count > 10 | tostring)' '^OOMexceeded 128 MiB at [1-9][0-9]* of 4000000 entriestrue'
run --alloc=null --table=array --entries=20000 --threads=2 --out="$scratch/threads_skip"
check "threads: an allocator for one thread is a SKIP" exits 0 'SKIP: null serves one thread at a time'
# ---- pages ----

for malloc in refusing aborting; do # jemalloc built for smaller pages than the system's
    run --alloc="mine=$lib/${malloc}_malloc.so,null" --table=null --entries=1000 --mode=throughput --out="$scratch/$malloc"
    check "a malloc that refuses to start is no failure ($malloc)" [ "$code" = 0 ]
    check "but a SKIP in its own words ($malloc)" \
        is $malloc fill_null_mine_entries:1000_mode:throughput '.status + .message' \
            "^SKIP.*${malloc}_malloc.so does not start here: it says '<jemalloc>: Unsupported system page size' .signal 6 .Aborted..$"
    check "and the others go on ($malloc)" is $malloc fill_null_null_entries:1000_mode:throughput .status '^OK$'
done
run --alloc=glibc,mremap,jemalloc --table=array --entries=2^20+1 --mode=throughput --thp=never,always --out="$scratch/pages"
pages=fill_array_mremap_entries:1048577_mode:throughput
for name in glibc mremap jemalloc; do
    check "never: nothing is huge ($name)" is pages "${pages/mremap/$name}_thp:never" \
        '"\(.counters.huge_page_bytes) \(.page_policy_by | join(";"))"' '^0 prctl PR_SET_THP_DISABLE before exec$'
done
check "never: the table of results says so" said 'in huge pages at the end: nothing, in any row .thp:never'
check "the record names the system's pages" is pages "${pages}_thp:never" \
    '.context | "\(.page_size_bytes) \(.huge_page_size_bytes)"' "^$(getconf PAGESIZE) $(cat /sys/kernel/mm/transparent_hugepage/hpage_pmd_size 2>/dev/null || echo 0)$"
if grep -qE '\[(always|madvise)\]' /sys/kernel/mm/transparent_hugepage/enabled 2>/dev/null; then
    check "always: it is counted what is" is pages "${pages}_thp:always" '.counters.huge_page_ratio > 0.5 and .counters.huge_page_ratio <= 1' true
    check "always: the record says how it was asked for" is pages "${pages/mremap/jemalloc}_thp:always" \
        '.page_policy_by | join(";")' '^madvise MADV_HUGEPAGE on blocks of a huge page and more;MALLOC_CONF=thp:always$'
    check "always: and the table of results who had how much" said '^    array: .*mremap [5-9][0-9] %|^    array: .*mremap 100 %'
else
    skip "thp:always: this system has no transparent huge pages"
fi

# ---- keys of a file ----

words=$scratch/words # repeated lines, both line ends, none at the end
seq -f 'word%.0f' 1 20000 |
    awk '{print; if (NR % 4 == 0) print "word1"; if (NR % 10 == 0) printf "only%d\r\n", NR} END {printf "last"}' >"$words"
run --alloc=glibc --table=linear_rebuild,std_unordered --workload=fill,find --keys=random,file:"$words" --mode=throughput --out="$scratch/keys"
hash=$(sha256sum "$words")
keyed=find_linear_rebuild_glibc_entries:22001_mode:throughput_keys:file-${hash:0:8}
check "a key file: as many entries as it has distinct lines" records keys 8
check "its keys are found, and absent ones are not" is keys "$keyed" .status '^OK$'
check "the record names the file" is keys "$keyed" '.keys_file | "\(.path) \(.sha256) \(.lines) \(.distinct)"' "^$words ${hash%% *} 27001 22001$"
check "a record of random keys names none" is keys find_linear_rebuild_glibc_entries:22001_mode:throughput .keys_file '^null$'
id=$(field keys "$keyed" .id)
"$growbench" cell "$id" --keys=file:"$words" >"$scratch/out" 2>"$scratch/err"
check "its cell runs here too" [ "$(jq -r .status "$scratch/out")" = OK ]
"$growbench" cell "$id" >"$scratch/out" 2>"$scratch/err"
code=$?
check "not without its file" exits 2 'say which by --keys=file:PATH'
"$growbench" cell "$id" --keys=file:"$scratch/three" >"$scratch/out" 2>"$scratch/err"
code=$?
check "nor with another" exits 2 'it is another file'
run --alloc=glibc --table=array --keys=random,file:"$scratch/three" --entries=2,4 --mode=throughput --out="$scratch/few"
hash=$(sha256sum "$scratch/three")
few=fill_array_glibc_entries:2_mode:throughput_keys:file-${hash:0:8}
check "more entries than keys: a SKIP that says how many there are" is few "${few/:2_/:4_}" '.status + .message' '^SKIP.* 3 distinct keys'
check "the others run" is few "$few" .status '^OK$'
(cd / && run --resume --out="$scratch/few" && echo "$code" >"$scratch/code")
check "resumed from another folder, with the same file" [ "$(cat "$scratch/code")" = 0 ]
echo d >>"$scratch/three"
run --resume --out="$scratch/few"
check "not resumed with another one in its place" exits 3 'cannot be resumed: its keys are those of'

# ---- losses ----

"$growbench" losses --alloc=glibc,copying,mremap,jemalloc --bytes=4MiB --reps=2 --threads=2 >"$scratch/out" 2>"$scratch/err"
check "losses: a figure for every row and allocator" [ "$(grep -cE '^  [a-z].*: .*([0-9.]+ \+-[0-9]+% *){4}$' "$scratch/out")" -eq 11 ]
"$growbench" losses --bytes=5MiB >"$scratch/out" 2>"$scratch/err"
code=$?
check "losses: a size that is no power of two is refused" exits 2 'power of two from 4MiB to 4GiB'
"$growbench" losses --alloc=nonesuch >"$scratch/out" 2>"$scratch/err"
code=$?
check "losses: an unknown allocator is refused" exits 2 "unknown allocator 'nonesuch'"
(ulimit -v 3000000 && exec "$growbench" losses --alloc=glibc,mremap --bytes=64MiB --reps=1 --threads=2) >"$scratch/out" 2>"$scratch/err"
code=$?
check "losses: an allocator that runs out of room for a case is OOM there, and the others go on" \
    exits 0 'small arrays: ns a growth +[0-9.]+ \+-0% +OOM'

if [ "$(id -u)" -eq 0 ] && mkdir -m 777 "$scratch/nobody" && chmod 755 "$scratch" &&
    setpriv --reuid=65534 --regid=65534 --clear-groups test -x "$growbench" 2>/dev/null; then
    setpriv --reuid=65534 --regid=65534 --clear-groups "$growbench" run --no-plot --reference=none --alloc=copying --table=array \
        --entries=2^23+1 --mode=throughput --budget=192MiB --out="$scratch/nobody/run" >"$scratch/out" 2>"$scratch/err"
    check "without root and cgroup rights the watchdog holds the budget" \
        [ "$(field nobody/run fill_array_copying_entries:8388609_mode:throughput '.budget_enforced_by + .status')" = watchdogOOM ]
else
    skip "without root: this user cannot become another"
fi

done_testing
