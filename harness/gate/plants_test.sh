#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Each planted regression does what it says and changes nothing else that is counted, as TAP:
# harness/gate/plants_test.sh BUILD. Of times only what no noise of a machine can bring about or hide.
set -u
build=$(realpath "$1")
growbench=$build/growbench lib=$build/lib
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/../tap.sh"

entries=2097153
exact='growth_count base_moves base_moved_bytes mremap_count moves_per_entry'
memory='peak_rss_bytes worst_rss_ratio end_rss_bytes'

libraries() { # libraries PREFIX PLANT...
    local prefix=$1 list='' plant
    shift
    for plant in "$@"; do list+=${list:+,}$prefix$plant=$lib/$prefix$plant.so; done
    echo "$list"
}

of() { # of PLANT COUNTER: its figure in the tables' run
    field tables "fill_planted_$1_mremap_entries:${entries}_mode:throughput" ".counters.$2"
}

ratio_is() { # ratio_is PLANT COUNTER PERCENT: over that of `none`, within 0.2 % for what is counted in pages
    awk -v a="$(of "$1" "$2")" -v b="$(of none "$2")" -v percent="$3" \
        'BEGIN { off = (a / b - 1) * 100 - percent; exit !(a > 0 && b > 0 && off < 0.2 && off > -0.2) }'
}

differs_by() { # differs_by PLANT COUNTER DIFFERENCE
    [ "$(of "$1" "$2")" = "$(awk -v b="$(of none "$2")" -v more="$3" 'BEGIN { printf "%d", b + more }')" ]
}

same() { # same PLANT COUNTER...: as `none` has it
    local plant=$1 counter
    shift
    for counter in "$@"; do [ "$(of "$plant" "$counter")" = "$(of none "$counter")" ] || return 1; done
}

same_memory() { # same_memory PLANT
    local counter
    for counter in $memory; do ratio_is "$1" "$counter" 0 || return 1; done
}

identical_code() { # identical_code PLANT
    cmp -s <(objdump -d "$lib/planted_none.so" | tail -n +4) <(objdump -d "$lib/planted_$1.so" | tail -n +4)
}

# ---- tables, in batches ----

run --alloc=mremap --table="$(libraries planted_ none slower_insert slower_growth longer_step slow_inserts more_memory one_move)" \
    --entries=$entries --mode=throughput --out="$scratch/tables"
check "every plant runs" exits 0 planted_one_move

for plant in slower_insert slower_growth longer_step slow_inserts; do
    check "$plant runs the machine code of none" identical_code $plant
    # shellcheck disable=SC2086 # words
    check "and changes nothing that is counted" same $plant $exact minor_faults
    check "and no memory" same_memory $plant
done
# shellcheck disable=SC2086 # words
check "more_memory changes nothing that is counted" same more_memory $exact
for counter in $memory; do check "but $counter by 2 %" ratio_is more_memory "$counter" 2; done
check "one_move: one base move more" differs_by one_move base_moves 1
check "of 64 KiB" differs_by one_move base_moved_bytes 65536
check "and not one growth more, and no entry moves" same one_move growth_count mremap_count moves_per_entry
check "and no memory" same_memory one_move

# For the reader: one process a side, on whatever machine this is.
for plant in slower_insert slower_growth longer_step slow_inserts; do
    for counter in timed_ns growth_total_ns; do
        awk -v a="$(of $plant $counter)" -v b="$(of none $counter)" -v what="$plant: $counter" \
            'BEGIN { printf "# %-32s %.3f of none\n", what, a / b }'
    done
done

# ---- one at a time ----

run --alloc=mremap --table="$(libraries planted_ slow_inserts)" --entries=$entries --mode=latency --out="$scratch/single"
pauses=$scratch/single/cells/fill_planted_slow_inserts_mremap_entries:${entries}_mode:latency/0/pauses.tsv
slow=$(awk 'NR > 1 && $1 % 10000 == 0 && $3 >= 100000' "$pauses" | wc -l)
check "slow_inserts: every 10,000th takes 100 us and more" [ "$slow" -eq 209 ]

# ---- two modes ----

run --alloc=mremap --table="$(libraries planted_ two_modes)" --entries=$entries --mode=throughput --reps=16 --out="$scratch/modes"
peak=$(of none peak_rss_bytes)
modes=$(jq -r .counters.peak_rss_bytes "$scratch"/modes/cells/*/*/record.json |
    awk -v one="$peak" '{ print int(($1 / one - 1) * 100 + 100.5) - 100 }' | sort -n | uniq | xargs)
check "two_modes: peaks are those of none, or 14 % higher" [ "$modes" = '0 14' ]
check "with the same faults" \
    [ "$(jq -r .counters.minor_faults "$scratch"/modes/cells/*/*/record.json | sort -u | wc -l)" -eq 1 ]

# ---- the region ----

for table in linear_rebuild linear_inplace; do
    run --alloc="$(libraries planted_region_ none one_mremap)" --table=$table --entries=200000 --mode=throughput --out="$scratch/$table"
    for counter in growth_count base_moves mremap_count minor_faults; do
        for plant in none one_mremap; do
            field $table "fill_${table}_planted_region_${plant}_entries:200000_mode:throughput" ".counters.$counter"
        done | xargs echo "$counter"
    done >"$scratch/out"
    check "one_mremap: one call more with $table" grep -qx 'mremap_count 0 1' "$scratch/out"
    check "and nothing else" [ "$(awk '$2 != $3' "$scratch/out" | wc -l)" -eq 1 ]
done

done_testing
