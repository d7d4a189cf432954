#!/bin/bash
# SPDX-License-Identifier: MIT
#
# scripts/nightly with real runs of a tiny matrix, as TAP: harness/history/nightly_test.sh BUILD
#
# Comparison and duel have tests of their own; here a program stands before growbench that only plays how they end:
# FAKE_COMPARE, FAKE_DUEL: "CODE VERDICT", with a third word WAIT: not before the file go-on is there. FAKE_REVISION
# is what it calls its revision.
# shellcheck disable=SC2034 # tap.sh reads $code
set -u
here=$(realpath "$(dirname "$0")/../..")
growbench=$(realpath "$1/growbench")
# shellcheck source=harness/tap.sh
. "$here/harness/tap.sh"

fake=$scratch/fake results=$scratch/results
export REAL=$growbench SCRATCH=$scratch FAKE_COMPARE='' FAKE_DUEL='' FAKE_REVISION=''
cat >"$fake" <<'END'
#!/bin/bash
plays() { # plays CODE VERDICT [WAIT]: writes FILE last
    local file=$1 cells='{"cells": [{"id": "fill/a", "verdict": $verdict}, {"id": "fill/b", "verdict": $verdict}]}'
    while [ "${4:-}" = WAIT ] && [ ! -e "$SCRATCH/go-on" ]; do sleep 0.05; done
    jq -n --arg verdict "$3" --argjson code "$2" "$cells + {verdict: \$verdict, exit_code: \$code, seconds: 7}" >"$file"
    exit "$2"
}
command=$1 out=
for argument in "$@"; do case $argument in --out=*) out=${argument#--out=} ;; esac; done
case $command in
    --version) echo "growbench 0 ($FAKE_REVISION)" ;;
    compare) echo "$*" >"$SCRATCH/compare-arguments"; plays "$out" $FAKE_COMPARE ;;
    duel)
        trap 'exit 130' TERM
        echo "$*" >"$SCRATCH/duel-arguments"
        mkdir "$out" || exit 5
        echo half >"$out/half"
        echo "$out" >"$SCRATCH/in-duel"
        plays "$out/duel.json" $FAKE_DUEL ;;
    *) exec "$REAL" "$@" ;;
esac
END
chmod +x "$fake"

# Two commits that are there; the working tree's own may be anything.
if ! newest=$(git -C "$here" rev-parse --short=12 HEAD 2>/dev/null) ||
    ! older=$(git -C "$here" rev-parse --short=12 HEAD~1 2>/dev/null); then
    skip "nightly: no two commits here"
    done_testing
    exit
fi

tiny=('--alloc=null,glibc' --table=array --entries=20000 --mode=throughput --reps=1 --quiet --no-plot)
many=("${tiny[@]}" --reps=15)

night() { # night REVISION OPTION...
    FAKE_REVISION=$1
    shift
    RESULTS=$results GROWBENCH=$fake "$here/scripts/nightly" "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

begin_night() { # begin_night OUTPUT REVISION OPTION...: in the background, a process group of its own: $group
    local output=$1
    FAKE_REVISION=$2
    shift 2
    rm -f "$scratch/in-duel"
    RESULTS=$results GROWBENCH=$fake setsid "$here/scripts/nightly" "$@" >"$output" 2>&1 &
    group=$!
}

wait_for() { # wait_for COMMAND...: until it succeeds, 10 s at most
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" && return
        sleep 0.05
    done
    echo "# waited in vain for: $*"
    return 1
}

kill_group() { # as a machine that loses power: everything at once
    kill -9 -- "-$group"
    wait "$group" 2>/dev/null
}

newest_night() { find "$results/nights" -mindepth 1 -maxdepth 1 -type d -not -name '.*' | sort | tail -n 1; }
night_count() { find "$results/nights" -mindepth 1 -maxdepth 1 -type d | wc -l; }
record_count() { find "$results/nights" -name record.json | wc -l; }
has_records() { [ "$(record_count)" -gt "$1" ]; }
in_duel() { [ -s "$scratch/in-duel" ]; }
told() { jq -er "$1" "$(newest_night)/night.json" >/dev/null; } # told FILTER: true of the newest night
whole_nights() { [ -z "$(find "$results" -name '*.partial' -o -name '.new-*')" ]; }

# ---- verdicts ----

night "$newest" "${tiny[@]}"
check "the first night: nothing to judge by" exits 0 'no baseline of this machine'
check "it says how a baseline is made" said "make baseline makes one in $results/baseline/[0-9a-f]{16};"
check "and that there is nothing to duel with" said 'no earlier good night'
check "night.json says what it was" told '.schema == 1 and .verdict == "SKIPPED" and .exit_code == 0 and
    (.steps | map(.name) == ["run"]) and (.machine_fingerprint | test("^[0-9a-f]{16}$")) and
    (.started | test("Z$")) and (.ended >= .started)'
check "its revision is the program's" told ".revision == \"$newest\""
check "how big the nights are is said" said 'nights so far: 1, with [0-9.]+[KMG]'
night "$newest" "${tiny[@]}"
check "the same revision again: no duel, and fine" exits 0 'same revision as the last good night'
check "UNCHANGED" told '.verdict == "UNCHANGED" and (.steps[1] == {name: "duel", exit_code: 0, seconds: 0})'
night "$older-dirty" "${tiny[@]}"
check "a tree with changes is dueled" exits 5 'duel ERROR'
FAKE_DUEL='1 REGRESSED' night "$older" "${tiny[@]}"
check "a lost duel is the night's code" exits 1 'duel REGRESSED fill/a and 1 more'
check "and its verdict" told '.verdict == "REGRESSED" and .exit_code == 1 and .steps[1].exit_code == 1'
check "the duel is with the last good revision, in the cells of the run" grep -qxE \
    "duel --base=git:$newest --candidate=this ${tiny[*]:0:4} --quiet --out=$results/nights/[^ /]*/duel" \
    "$scratch/duel-arguments"
FAKE_DUEL='0 IMPROVED' NIGHTLY_MINUTES=5 night "$older" "${tiny[@]}" --find-limit --benchmark_filter=array
check "what only a run can do is not asked of the duel" [ "$(grep -c 'find\|benchmark' "$scratch/duel-arguments")" = 0 ]
check "a regressed night is not the last good one" grep -q -- "--base=git:$newest .*--minutes=5 " "$scratch/duel-arguments"
check "a won duel" told '.verdict == "IMPROVED" and .exit_code == 0'
night "$older" "${tiny[@]}"
check "and is the last good one then" exits 0 'same revision'

machine=$(jq -r .machine_fingerprint "$(newest_night)/night.json")
mkdir -p "$results/baseline/$machine" && touch "$results/baseline/$machine/baseline.json"
while IFS='|' read -r compare duel expected verdict; do
    FAKE_COMPARE=$compare FAKE_DUEL=$duel night "$newest" "${tiny[@]}"
    check "compare $compare, duel $duel: exit $expected" [ "$code" -eq "$expected" ]
    check "and $verdict" told ".verdict == \"$verdict\" and (.steps | map(.name) == [\"run\", \"compare\", \"duel\"])"
done <<END
3 NOT COMPARABLE|4 INCONCLUSIVE|3|NOT COMPARABLE
4 INCONCLUSIVE|0 UNCHANGED|4|INCONCLUSIVE
3 X|1 REGRESSED|1|REGRESSED
1 REGRESSED|139 X|5|ERROR
END
FAKE_COMPARE='0 UNCHANGED' FAKE_DUEL='0 UNCHANGED' night "$newest" "${tiny[@]}"
check "what did not change names no cells" told '.what == "compare UNCHANGED; duel UNCHANGED"'
check "the baseline of this machine, and the night's run" grep -qxE \
    "compare $results/baseline/$machine $results/nights/([^ /]*)/run --out=$results/nights/[^ /]*/compare.json" \
    "$scratch/compare-arguments"
rm -r "$results/baseline"
nights=$(night_count)
night "$newest" --alloc=none-such
check "options that run does not take" exits 2 "unknown allocator 'none-such'"
check "leave no night behind" [ "$(night_count)" -eq "$nights" ]

# ---- killed, and gone on with ----

records=$(record_count)
begin_night "$scratch/killed" "$newest" "${many[@]}"
check "a night is killed while it measures" wait_for has_records $((records + 3))
kill_group
killed=$(newest_night)
check "it has no verdict" [ ! -e "$killed/night.json" ]
first=$(find "$killed" -name record.json -printf '%T@ %p\n' | sort | head -n 1)
night "$newest" "${many[@]}"
check "the next start goes on with it" exits 0 "goes on with $killed"
check "the same folder, whole now" [ "$(newest_night)" = "$killed" -a -s "$killed/night.json" ]
check "what was measured is kept" [ "$(stat -c '%.10Y %n' "${first#* }")" = "$first" ]
check "and every repetition is there" [ "$(find "$killed" -name record.json | wc -l)" -eq 30 ]

FAKE_DUEL='0 UNCHANGED WAIT' begin_night "$scratch/killed" "$older" "${tiny[@]}"
check "a night is killed in its duel" wait_for in_duel
killed=$(newest_night)
check "whose folder is begun" [ -e "$killed/duel/half" -a ! -e "$killed/duel/duel.json" ]
kill_group
FAKE_DUEL='0 UNCHANGED' night "$older" "${tiny[@]}"
check "the half duel is begun anew" exits 0 "goes on with $killed"
check "it is whole" [ -e "$killed/duel/duel.json" -a -e "$killed/night.json" ]
check "only one night more" [ "$(newest_night)" = "$killed" ]

FAKE_DUEL='0 UNCHANGED WAIT' begin_night "$scratch/killed" "$newest" "${tiny[@]}"
check "a night is interrupted in its duel" wait_for in_duel
kill -TERM "$group"
wait "$group"
check "and exits 130" [ $? -eq 130 ]
stopped=$(newest_night)
check "without a verdict" [ ! -e "$stopped/night.json" ]
FAKE_DUEL='0 UNCHANGED' night "$older-dirty" "${tiny[@]}"
check "another revision closes it" said "'$stopped' was not finished and is closed as ABANDONED: .* another program"
check "ABANDONED, and kept" [ "$(jq -r '.verdict + .revision' "$stopped/night.json")" = "ABANDONED$newest" -a -e "$stopped/run/run.json" ]
check "and begins its own" [ "$(newest_night)" != "$stopped" ]
mkdir "$results/nights/2000-01-01T000000Z" && echo '{' >"$results/nights/2000-01-01T000000Z/begun.json"
night "$older-dirty" "${tiny[@]}"
check "a damaged beginning is closed, too" [ "$(jq -r .verdict "$results/nights/2000-01-01T000000Z/night.json")" = ABANDONED ]

NIGHTLY_MINUTES=soon night "$older-dirty" "${tiny[@]}"
check "a time limit that is none is said before hours of measuring" exits 2 "minutes 'soon' is not a time"

# ---- two at once ----

FAKE_DUEL='0 UNCHANGED WAIT' begin_night "$scratch/one" "$newest" "${tiny[@]}"
first=$group
check "while a night runs" wait_for in_duel
NIGHTLY_WAIT=0 night "$newest" "${tiny[@]}"
check "another says so" exits 4 'another night runs since 20[0-9-]*T[0-9:]*Z: nothing done'
begin_night "$scratch/two" "$newest" "${tiny[@]}"
check "a third waits" wait_for grep -qs 'another night runs since .*, waiting' "$scratch/two"
nights=$(night_count)
kill "$group"
wait "$group"
check "and ends at once when it is asked to" [ $? -eq 130 -a "$(night_count)" -eq "$nights" ]
FAKE_DUEL='0 UNCHANGED' begin_night "$scratch/two" "$newest" "${tiny[@]}"
check "or waits" wait_for grep -qs 'another night runs since .*, waiting' "$scratch/two"
touch "$scratch/go-on"
wait "$first"
check "the first comes to its end" [ $? -eq 0 ]
wait "$group"
check "and then the second" grep -q 'same revision as the last good night' "$scratch/two"
rm "$scratch/go-on"
check "nothing is half-written" whole_nights

# ---- the history ----

"$growbench" history "$results" >"$scratch/grown" 2>&1
"$growbench" history "$results" --rebuild >"$scratch/rebuilt" 2>&1
check "the history has a line a night" [ "$(grep -c '^  20' "$scratch/grown")" -ge 15 ]
check "rebuilt it says the same" cmp "$scratch/grown" "$scratch/rebuilt"
rm "$results/history.sqlite"
"$growbench" history "$results" >"$scratch/rebuilt" 2>&1
check "and without its index" cmp "$scratch/grown" "$scratch/rebuilt"
while IFS='|' read -r name expected sentence arguments; do
    # shellcheck disable=SC2086 # the arguments are words
    "$growbench" history $arguments >"$scratch/out" 2>"$scratch/err"
    code=$?
    check "history, $name" exits "$expected" "$sentence"
done <<END
no folder|2|is no folder|$scratch/none
bad number|2|not '--nights=0'|$results --nights=0
unknown option|2|not '--rebiuld'|$results --rebiuld
unknown machine|2|no night of a machine '00'|$results --machine=00
no nights|0|no night yet|$here/scripts
END
rm -f "$here/scripts/history.sqlite" "$here/scripts/.history.lock"

# ---- what is shipped with it ----

check "without the library it is left out" [ -z "$(CXX=false "$here/scripts/table-libraries" header | grep SQLITE)" ]
check "make hands everything on" makes \
    "NIGHTLY_MINUTES='5' NIGHTLY_WAIT='0' scripts/nightly *--alloc='glibc' *--entries='9'" nightly ALLOC=glibc ENTRIES=9 MINUTES=5 WAIT=0
check "but a folder of its own" makes 'nightly takes no OUT' nightly OUT=x
check "make history" makes "growbench history --nights='9' --rebuild" history NIGHTS=9 REBUILD=1
if command -v systemd-analyze >/dev/null; then
    mkdir "$scratch/units"
    sed "s|^ExecStart=.*|ExecStart=/bin/true|; s|^ExecStartPre=.*||" "$here/scripts/systemd/growbench-nightly.service" \
        >"$scratch/units/growbench-nightly.service"
    cp "$here/scripts/systemd/growbench-nightly.timer" "$scratch/units"
    systemd-analyze verify "$scratch"/units/* >"$scratch/out" 2>"$scratch/err"
    code=$?
    check "systemd takes the units" [ "$code" -eq 0 -a -z "$(grep growbench "$scratch/err")" ]
else
    skip "systemd's units: no systemd-analyze"
fi
done_testing
