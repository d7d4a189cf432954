#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Integration tests of `growbench claims`, as TAP: harness/claims/claims_test.sh BUILD
set -u
build=$(realpath "$1")
growbench=$build/growbench
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/../tap.sh"

claims() {
    "$growbench" claims "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

json() { # json FILTER: true for what the last run printed
    jq -e "$1" "$scratch/out" >/dev/null
}

while IFS='|' read -r name sentence option; do
    claims --out="$scratch/bad" "$option"
    check "refused with a sentence: $name" exits 2 "$sentence"
    check "and nothing is left behind: $name" [ ! -e "$scratch/bad" ]
done <<END
no size|budget 'many' is not a size: write for example|--budget=many
too small|budget '1M' is too small .* at least --budget=256MiB|--budget=1M
more than there is|budget '4096GiB' is more than the .* free here|--budget=4096GiB
unknown option|takes --json, --budget=SIZE and --out=DIR, not '--jsn'|--jsn
no option|not 'all'|all
END
claims --out=
check "an empty folder name" exits 2 "is not a folder's name"
touch "$scratch/file"
claims --out="$scratch/file/claims"
check "a folder that cannot be made" exits 2 'cannot make the output folder'

claims --budget=256MiB --json --out="$scratch/whole"
check "whatever the verdicts, the exit code is 0" [ "$code" -eq 0 ]
check "sixteen claims, each with its number" json '[.claims[].id] == [range(1; 17)]'
check "only the four verdicts" \
    json 'all(.claims[].verdict; . == "HOLDS" or . == "DOES_NOT_HOLD" or . == "DEPENDS" or . == "NOT_TESTABLE")'
check "every claim has a sentence, figures as evidence, and what it depends on" \
    json 'all(.claims[]; (.claim | length > 20) and (.evidence | test("[0-9]")) and (.depends_on | length > 5))'
check "the machine and the budget stand beside them" json '.context.machine_fingerprint and .budget_bytes == 268435456'
check "the counts are those of the verdicts" \
    json '([.claims[] | select(.verdict == "DEPENDS")] | length) == .summary.DEPENDS and ([.summary[]] | add) == 16'
check "the rehash peaks at three times its table" \
    json '.claims[3] | .verdict == "HOLDS" and (.evidence | test("linear_rebuild on glibc: 1 insert .*\\((2.9|3.0).x\\)"))'
check "under 2.5 times its table it dies, and the ones on mremap live" \
    json '.claims[3].evidence | test("2.50x the old block.*linear_rebuild on glibc: OOM: exceeded 160 MiB") and
          test("linear_inplace on mremap: OK") and test("array on mremap: OK")'
check "evidence that needs ptrace is there, or said to be missing" \
    json '.claims[0].evidence | test("[0-9] of [0-9]+ doublings|allocators? measured")'
check "progress goes to standard error" grep -q 'claim 4, 11, 12: linear_inplace on mremap' "$scratch/err"
check "what is printed is what is stored" cmp -s <(jq -S . "$scratch/out") <(jq -S . "$scratch/whole/claims.json")
check "claims.md has the table and how to repeat it" \
    [ "$(grep -cE '^\| [0-9]+ \| .* \| (HOLDS|DOES NOT HOLD|DEPENDS|NOT TESTABLE HERE) \|$' "$scratch/whole/claims.md")$(grep -c 'make claims BUDGET=268435456' "$scratch/whole/claims.md")" = 161 ]
check "nothing half-written stays" [ "$(find "$scratch/whole" -type f | sort | xargs -n 1 basename | xargs)" = "claims.json claims.md" ]

claims --budget=256MiB --out="$scratch/whole"
check "a folder that holds tested claims is refused" exits 2 'already holds tested claims'

"$growbench" claims --budget=256MiB --out="$scratch/interrupted" >"$scratch/out" 2>"$scratch/err" &
pid=$!
sleep 3
kill -INT $pid
wait $pid
code=$?
check "an interrupt exits 130" exits 130 'interrupted; nothing was written'
check "and leaves nothing behind" [ ! -e "$scratch/interrupted" ]
check "no child is left" [ -z "$(pgrep -P $pid)" ]

if mkdir "$scratch/small" && mount -t tmpfs -o size=8k none "$scratch/small" 2>/dev/null; then
    head -c 8k /dev/zero >"$scratch/small/fill" 2>/dev/null
    claims --budget=256MiB --out="$scratch/small"
    check "a full output folder is a failure of the harness" exits 5 'cannot write to the output folder'
    check "the verdicts are told all the same" said 'Of 16 claims'
    check "and nothing half-written stays in it" [ "$(ls "$scratch/small")" = fill ]
    umount "$scratch/small"
else
    skip "a full output folder: no right to mount one"
fi

done_testing
