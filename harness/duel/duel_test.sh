#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Integration tests of the duel, as TAP: harness/duel/duel_test.sh BUILD. Nothing is timed, and of what noise can change
# nothing is asked: exact metrics, ends of processes, exit codes and sentences.
set -u
build=$(realpath "$1")
growbench=$build/growbench lib=$build/lib
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/../tap.sh"
scripts=$(realpath "$(dirname "$0")/../../scripts")
cd "$scratch" || exit

mark=GROWBENCH_DUEL_TEST=$scratch # in the environment of whatever a duel starts
small=(--alloc=null --table=array --mode=throughput --entries=1000 --minutes=0.02)
id=fill/array/null/entries:1000/mode:throughput

duel() { # duel ARGUMENT...: leaves out, err and $code
    env "$mark" "${program:-$growbench}" duel --quiet "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

json() { # json FOLDER FILTER PATTERN
    [[ "$(jq -r "$2" "$scratch/$1/duel.json")" =~ $3 ]]
}

running() { # the processes of duels
    grep -lsz "^$mark\$" /proc/[0-9]*/environ | grep -oE '[0-9]+'
}

gone() { # all processes of duels end, in some seconds
    for ((i = 0; i < 200; i++)); do
        [ -n "$(running)" ] || return 0
        sleep 0.05
    done
    return 1
}

begin() { # begin FOLDER ARGUMENT...: a duel of minutes, in the background as $pid, that has begun to measure
    local out=$1
    shift
    env "$mark" "$growbench" duel --quiet --base=MALLOC_ARENA_MAX=1 --alloc=glibc --table=array --entries=2^20 \
        --minutes=5 --out="$out" "$@" >"$scratch/out" 2>"$scratch/err" &
    pid=$!
    for ((i = 0; i < 400; i++)); do
        [ "$(find "$out" -name record.json 2>/dev/null | wc -l)" -ge 3 ] && return
        sleep 0.05
    done
}

ends() { # the background duel does, by itself
    wait $pid 2>/dev/null
    code=$?
}

# ---- verdicts ----

duel --base=this --out=same
check "identical sides are UNCHANGED without a run" exits 0 'same program, library and settings .sha256 [0-9a-f]{12}\.\.\..: nothing was run'
check "and nothing is started" [ "$(ls same)" = duel.json ]
check "duel.json is whole" json same '[.schema, .verdict, .exit_code, (.cells | length), .looks, (.thresholds | length > 20),
    (.machine_fingerprint | length), .base.spec, .base.program_sha256 == .candidate.program_sha256] | tostring' \
    '^\[1,"UNCHANGED",0,0,0,true,16,"this",true\]$'
touch -d '2020-01-01' same/duel.json
duel --base=this --out=same
check "an earlier duel is not written over" exits 2 "'same' holds a duel already: choose another --out="
check "and stands" [ "$(date -r same/duel.json +%Y)" = 2020 ]

duel --base=none="$lib/planted_none.so" --candidate=more="$lib/planted_one_move.so" --alloc=mremap --mode=throughput \
    --entries=2^19+1 --minutes=1 --budget=1GiB --env=TZ=UTC --out=moved
check "one base move more is REGRESSED" exits 1 '^- REGRESSED'
check "and named" said 'base_moves: 9 in every candidate process, 8 in every base process'
check "and so it is in duel.json" json moved \
    '.verdict, .exit_code, (.cells[0] | .verdict, (.metrics[] | select(.name == "base_moves") | .class, .verdict, .ratio))' \
    $'^REGRESSED\n1\nREGRESSED\nexact\nREGRESSED\n1.125$'
# shellcheck disable=SC2016 # jq's own
check "values, a process each, are as many as pairs" json moved '.cells[0] | .pairs > 0 and
    (.pairs as $pairs | all(.metrics[]; (.base | length) == $pairs and (.candidate | length) == $pairs))' '^true$'
check "the cells have their ids" json moved '.cells[] | .id + " " + .candidate_id + " " + (.control | tostring)' \
    $'^fill/none/mremap/entries:524289/mode:throughput fill/more/mremap/entries:524289/mode:throughput false\nfill/none/[^ ]* fill/none/[^ ]* true$'
check "the libraries are named by what is in them" json moved '.base.library_sha256' \
    "^$(sha256sum "$lib/planted_none.so" | cut -d ' ' -f 1)\$"
again=$(jq -r '.cells[0].reproduce' moved/duel.json)
check "the command to do it again has limits and settings" said 'again: growbench duel .*--entries=524289 .*--env=TZ=UTC .*--budget=1073741824'
eval "program=$growbench; duel ${again#growbench duel} --minutes=1 --advisory --out=advised"
program=''
check "and it works; --advisory exits with 0 and says so" exits 0 'advisory: exit code 0 instead of 1'
check "in duel.json too" json advised '.verdict + (.exit_code | tostring)' '^REGRESSED0$'
check "each side has half the budget" \
    [ "$(jq -r .budget_bytes moved/*/cells/*/0/record.json | sort -u)" = 536870912 ]

duel --base=none="$lib/planted_region_none.so" --candidate=more="$lib/planted_region_one_mremap.so" \
    --table=linear_inplace --mode=throughput --entries=20001 --minutes=1 --json --out=called
check "one mremap call more is REGRESSED" [ $code = 1 ]
check "--json prints duel.json and nothing else" cmp -s out called/duel.json
check "and names it" json called '.cells[0].metrics[] | select(.name == "mremap_count") | .verdict' '^REGRESSED$'

duel --base=base="$lib/faulty.so" --candidate=candidate="$lib/faulty_crashes.so" --alloc=glibc --entries=400001 \
    --mode=throughput --minutes=0.03 --out=crashed
check "a candidate that crashes is REGRESSED" exits 1 'base OK, candidate CRASH: signal 11 .Segmentation fault. at [0-9]+ of 400001 entries'
check "at once" json crashed '.cells[0] | .pairs, .verdict' $'^0\nREGRESSED$'
check "what was not judged is null" json crashed '[.cells[0].metrics[] | .base_value, .ratio, .low] | unique | tostring' '^\[null\]$'
check "the base ran to its end all the same" \
    [ "$(jq -r '.status + (.counters.growth_count | tostring)' crashed/base/cells/*/*/record.json | sort -u | wc -l)" = 1 ]
duel --base=base="$lib/faulty_crashes.so" --candidate=candidate="$lib/faulty.so" --alloc=glibc --entries=400001 \
    --mode=throughput --minutes=0.03 --out=healed
check "a base that crashes is IMPROVED" json healed '.cells[0] | .verdict + " " + .why' '^IMPROVED base CRASH, candidate OK: signal 11'
check "but its control says nothing good" json healed '.cells[1].verdict' '^ERROR$'

duel --base=MALLOC_ARENA_MAX=1 --table=array --alloc=glibc --mode=throughput --entries=2^22 --budget=128MiB --minutes=0.1 --out=full
check "memory that runs out on both sides is UNCHANGED" exits 0 '^= UNCHANGED$'
check "and said" json full '.cells[].why' 'both sides: OOM: .*both sides: OOM: '
duel --base=mremap --candidate=copying --table=array --mode=throughput --entries=2^22+1 --budget=192MiB --minutes=0.05 --out=fuller
check "memory that runs out for the candidate is REGRESSED" exits 1 'base OK, candidate OOM: exceeded|base OK, candidate OOM: refused'
duel --base=MALLOC_ARENA_MAX=1 --table=array --alloc=glibc --mode=throughput --entries=2^30 --budget=128MiB --out=skipped
check "what cannot be run on either side is SKIPPED" exits 0 '^\. SKIPPED$'
check "and says why" json skipped '.cells[0].why' 'both sides: SKIP: 1073741824 entries x 16 B'

duel --base=MALLOC_ARENA_MAX=1 "${small[@]}" --alloc=glibc --out=environment
check "an environment stands against none" json environment '.base.spec, .candidate.spec, (.cells | length)' $'^MALLOC_ARENA_MAX=1\nthis\n2$'
check "and reaches the base's processes alone" \
    [ "$(for side in base control candidate; do jq -r '.allocator_settings | tostring' environment/$side/cells/*/0/record.json; done | grep -c MALLOC_ARENA_MAX=1)" = 2 ]

duel --base=MALLOC_ARENA_MAX=1 --table=array --alloc=glibc --mode=throughput --entries=2^20 --minutes=0.0001 --out=late
check "no time left is INCONCLUSIVE" exits 4 '^\? INCONCLUSIVE: .*the control'
check "where no pair was run it says so" said 'no pair of processes was run in the time'

one_cpu=$(taskset -cp $$ | grep -oE '[0-9]+' | tail -n 1)
code=$(taskset -c "$one_cpu" "$growbench" duel --quiet --base=this --even-identical "${small[@]}" --mode=both --out=one >out 2>err; echo $?)
check "one CPU is enough" [ "$code" = 0 -o "$code" = 4 ]
check "with a control of each mode" json one '[.cells[] | .control | tostring] | join(" ")' '^false false true true$'
"$growbench" compare one/base one/candidate >out 2>err
code=$?
check "base and candidate are runs: compare takes them" exits 0 '^2 cells: 2 UNCHANGED'
"$growbench" plot one/base --terminal >out 2>err
code=$?
check "and plot" exits 0 'fill of 1000 entries'
check "with derived files" whole one/candidate

# ---- requests ----

refuse() { # refuse SENTENCE ARGUMENT...
    local sentence=$1
    shift
    duel "$@"
    check "refused: $*" exits 2 "$sentence"
}

refuse 'a duel needs --base=SPEC'
refuse "'this' cannot stand against 'mremap': name an allocator, or a table, on both sides" --base=this --candidate=mremap
refuse "'array' cannot stand against 'mremap'" --base=array --candidate=mremap
refuse "'mremap' is an allocator: leave out --alloc" --base=mremap --candidate=glibc --alloc=null
refuse "'array' is a table: leave out --table" --base=array --candidate=linear_inplace --table=array
refuse '^growbench: --reps=3 does not apply to a duel' --base=this --reps=3
refuse 'do not apply to a duel' --base=this --rep=3
refuse 'do not apply to a duel' --base=this --find
refuse "minutes '0' is not a time: write 30 or 0.5" --base=this --minutes=0
refuse "minutes 'abc' is not a time" --base=this --minutes=abc
refuse "minutes 'nan' is not a time" --base=this --minutes=nan
refuse "'foo' is not an option" --base=this foo
refuse "unknown table 'none'" --base=A=1 --table=none --out=none
refuse 'budget .* is too small' --base=mremap --candidate=glibc --budget=1 --out=none
refuse "does not export growbench_allocator_v1, and preloaded it serves no malloc" --base=mine=/etc/passwd --candidate=glibc --out=none
check "and none of them leaves a folder" [ ! -e none ]

# ---- the end before the end ----

begin interrupted
check "a duel starts three sides" [ "$(pgrep -P $pid | wc -l)" = 3 ]
duel --base=MALLOC_ARENA_MAX=1 "${small[@]}" --alloc=glibc --out=interrupted
check "two duels into one folder: a sentence" exits 2 "another run is writing to 'interrupted/base': wait for it, or choose another --out"
sides=$(running | wc -l)
kill -INT $pid
ends
check "an interrupt ends it with 130" exits 130 "interrupted: no verdict; what was run is in 'interrupted'"
check "without a verdict" [ ! -e interrupted/duel.json ]
check "and without processes ($sides before)" gone
check "and what was run is whole" whole interrupted/base

begin killed
kill -KILL $pid
ends
check "killed, it leaves no process behind" gone

begin headless
kill -KILL "$(pgrep -P $pid -f headless/candidate)"
ends
check "a side that is killed: 5 and a sentence" exits 5 "the side of 'headless/candidate' ended by signal 9 .Killed."
check "and no process stays" gone

begin full_disk
rm -rf full_disk/candidate/cells
touch full_disk/candidate/cells
ends
check "results that cannot be kept: 5 and why" exits 5 "the side of 'full_disk/candidate' cannot go on: (Not a directory|No such file or directory)"

# ---- sides of other revisions ----

# A program beside a script that names what stands for a revision: a program that says something else.
checkout=$scratch/revisions/outer/checkout
revision=$checkout/build/revisions/0123456789abcdef0123
mkdir -p "$revision" "$checkout/scripts"
cp "$growbench" "$checkout/build/growbench"
cat >"$checkout/scripts/build-revision" <<END
#!/bin/bash
case \$1 in
mute) exit 3 ;;
empty) exit 0 ;;
esac
echo "$revision/\$1"
END
cat >fake <<END
#!/bin/bash
say() { printf "\$1" >&3; }
hear() {
    heard=\$(dd bs=4096 count=1 <&3 2>/dev/null)
    [ -n "\$heard" ]
}
answer() { # answer BEGIN TURN: a side of one cell
    say 'side 1 1'
    while hear; do
        case \$heard in
        cell*) say 'cell $id' ;;
        begin*) say "\$1" ;;
        turn*) [ -n "\$2" ] && say "\$2" || exit ;;
        *) exit ;;
        esac
    done
}
case \${0##*/} in
older) exit 2 ;;
version) say 'side 2 1' && hear ;;
nonsense) say 'hello' && hear ;;
stays) trap '' TERM; say 'hello'; sleep 1000 ;;
cells) say 'side 1 99999999999999999999999' && hear ;;
more) say 'side 1 2' && hear ;;
other) say 'side 1 1' && hear && say 'cell fill/array/null/entries:2000/mode:throughput' && hear ;;
nocell) say 'side 1 1' && hear && say 'cell soup' && hear ;;
fails) say 'failed the kettle is empty' && hear ;;
mutters) say 'failed ' && hear ;;
dies) say 'side 1 1' && hear && kill -SEGV \$\$ ;;
goes) answer ready ;;
turns) answer ready 'turned 1 2 3' ;;
huge) answer "ended OK \$(printf 'x%.0s' {1..3000})" ;;
nowhere) answer 'ended OK nowhere/0' ;;
short) answer 'ended' ;;
esac
END
chmod +x fake "$checkout/scripts/build-revision"
program=$checkout/build/growbench

fake() { # fake NAME CODE SENTENCE
    cp fake "$revision/$1"
    duel --base="git:$1" "${small[@]}" --out="fake-$1"
    check "a side that $1: $2 and a sentence" exits "$2" "$3"
}

fake older 2 "/older' knows no side: its revision is older than the duel"
fake version 2 "/version' speaks another version of the sides' protocol .2, not 1.: no duel between the two revisions"
fake nonsense 2 "answers 'hello', which is none of the protocol's words"
fake stays 2 "answers 'hello', which is none of the protocol's words"
fake cells 2 "answers 'side 1 9+', which is none"
fake more 3 'the base has 2 cells and the candidate 1'
fake other 3 "the sides do not run the same cells: 'fill/array/null/entries:2000/mode:throughput' stands against '$id'"
fake nocell 3 "'soup' or '$id' is no cell that this program knows"
fake fails 2 '^growbench: the kettle is empty'
fake mutters 2 'a side failed, and does not say why'
fake dies 5 "the side of 'fake-dies/base' ended by signal 11 .Segmentation fault."
fake goes 5 "the side of 'fake-goes/base' ended without a word"
fake turns 5 "answers 'turned 1 2 3', which is none of the protocol's words"
fake huge 5 "the side of 'fake-huge/base' sends 3009 bytes at once: more than any answer has"
fake nowhere 5 'fake-nowhere/base/cells/nowhere/0/record.json'
fake short 5 "answers 'ended', which is none of the protocol's words"
check "and no process stays" gone
duel --base=git:mute "${small[@]}" --out=mute
check "a build that fails without a word" exits 2 "scripts/build-revision' ended with 3 and names no program of 'mute'"
duel --base=git:empty "${small[@]}" --out=mute
check "or names nothing" exits 2 "ended with 0 and names no program of 'empty'"

# A real one: this program, but not the same file.
cp "$growbench" "$revision/real"
echo >>"$revision/real"
duel --base=git:real "${small[@]}" --out=real
check "another revision stands against this" [ "$code" = 0 -o "$code" = 4 ]
check "named by its commit, not by what lies around it" json real '.base.revision' '^0123456789ab$'
check "with its own program" json real '.base.program_sha256 != .candidate.program_sha256' '^true$'
program=''
"$growbench" side >out 2>err </dev/null
code=$?
check "a side without a duel" exits 2 "'side' is for 'growbench duel' to start"
cp "$growbench" "$scratch/growbench"
program=$scratch/growbench
duel --base=HEAD "${small[@]}" --out=lonely
check "a program without a checkout" exits 2 "'HEAD' is no allocator, table, library or VARIABLE=value; as a git revision it needs the checkout"
program=''

# ---- building revisions ----

repository=$scratch/repository
mkdir -p "$repository/scripts"
cp "$scripts/build-revision" "$repository/scripts/"
# shellcheck disable=SC2016 # make's own
printf 'all:\n\t@mkdir -p $(BUILD); cp program $(BUILD)/growbench\n' >"$repository/Makefile"
printf '#!/bin/sh\nexit 2\n' >"$repository/program"
chmod +x "$repository/program"
commit() { # commit MESSAGE
    git -C "$repository" add Makefile program scripts
    git -C "$repository" -c user.name=t -c user.email=t@t commit --quiet -m "$1"
}
build() { # build REVISION
    (cd / && "$repository/scripts/build-revision" "$1") >"$scratch/out" 2>"$scratch/err"
    code=$?
}
git -C "$repository" init --quiet
commit one
first=$(git -C "$repository" rev-parse HEAD)
rm "$repository/program"
git -C "$repository" add --all program
git -C "$repository" -c user.name=t -c user.email=t@t commit --quiet -m two

build HEAD~1
check "a revision is built, and its program named" exits 0 "^$repository/build/revisions/$first-[0-9a-f]{8}/build/growbench\$"
built=$(dirname "$(dirname "$(cat out)")")
check "in a worktree of its own" [ -x "$(cat out)" ] && check "that git knows" [ "$(git -C "$repository" worktree list | wc -l)" = 2 ]
build "$first"
check "once" [ "$code" = 0 -a ! -s err ]
CFLAGS=-O0 build "$first"
check "with other flags it is another build" [ "$code" = 0 -a -s err -a "$(dirname "$(dirname "$(cat out)")")" != "$built" ]
build HEAD
check "one that does not build: where the log is" exits 2 "'HEAD' .* does not build: see .*log"
build HEAD~7
check "one that is not there" exits 2 "'HEAD~7' is no allocator, table, library, VARIABLE=value or git revision"
build --help
check "nor is an option one" exits 2 "'--help' is no allocator"
rm "$built.whole" "$built/program" "$built/build/growbench"
build "$first"
check "half a worktree is made anew" exits 0 "growbench: building $first"
rm -r "${repository:?}/build/revisions/$first"
build "$first"
check "and so is one that was removed" [ "$code" = 0 -a -x "$(cat out)" ]
rm -rf "$repository/.git"
build HEAD
check "no repository" exits 2 "a revision needs a git checkout of growbench: '$repository' is none"

done_testing
