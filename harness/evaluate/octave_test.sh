#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/octave: its arithmetic, and small runs with tables that are not the ones it is for, as TAP:
# harness/evaluate/octave_test.sh BUILD
set -u
growbench=$(realpath "$1")/growbench
here=$(realpath "$(dirname "$0")/../..")
# shellcheck source=harness/tap.sh
. "$here/harness/tap.sh"

"$here/scripts/octave" --self-test >"$scratch/out" 2>"$scratch/err"
code=$?
check "the arithmetic is right" exits 0 '^1\.\.'
check "each of its checks" [ "$(grep -c '^ok' "$scratch/out")" -gt 40 ]

octave() {
    GROWBENCH=$growbench "$here/scripts/octave" --out="$scratch/octave" --entries=2^17 --large=2^18 --reps=2 --thp=system \
        --alloc=glibc,mremap --peers=linear_rebuild,tsl_robin --linear-gradual=linear_inplace --paged=linear_rebuild \
        --dense=linear_inplace --budget=256MiB "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}
octave
check "a whole matrix" exits 0 'linear_gradual.* fill over .linear_rebuild. . 1\.5x . 3x . [0-9.]+x'
check "every process has its record" [ "$(find "$scratch/octave/cells" -name record.json | wc -l)" -ge 60 ]
check "and none of them failed" [ ! -s "$scratch/err" ]
check "hits at the large size are there" said 'hits over .linear_rebuild. . 1\.5x . 3x . [^|]*x[^|]* . [^|]*k?[^|]* . [0-9.]+x'
check "latencies are there" said 'utilisation.* . 0\.9 . 0\.98 . [01]'
if command -v gnuplot >"$scratch/null"; then
    check "its chart is drawn" [ -s "$scratch/octave/octave.svg" ]
else
    skip "no gnuplot"
fi
cp "$scratch/out" "$scratch/first"
touch "$scratch/before"
octave
check "the same command has nothing left to do" [ -z "$(find "$scratch/octave/cells" -newer "$scratch/before" -name record.json)" ]
check "and shows the same" [ "$(grep -c '^|' "$scratch/out")" -eq "$(grep -c '^|' "$scratch/first")" ]
gone=$(find "$scratch/octave/cells" -path '*mode:latency/1/record.json' | head -n 1)
rm "$gone"
octave --show
check "showing runs nothing" [ ! -e "$gone" ]
check "and says of how many repetitions" said '1 of 2 runs'
octave
check "what is missing is run" [ -e "$gone" ]
rm -r "$scratch/octave"
octave --dense=no_such
check "a table that is not there ends it" exits 2 'octave.log'
done_testing
