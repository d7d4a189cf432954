#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Reports of runs of every kind, also hostile ones, and a browser that looks at all of them, as TAP:
# harness/report/report_test.sh BUILD
set -u
here=$(realpath "$(dirname "$0")/../..")
build=$(realpath "$1")
growbench=$build/growbench lib=$build/lib
# shellcheck source=harness/tap.sh
. "$here/harness/tap.sh"

if ! command -v gnuplot >"$scratch/out"; then
    skip "reports: no gnuplot to draw their charts"
    done_testing
    exit
fi

"$here/scripts/check-report" --seconds=300 --self-test >"$scratch/self-test" 2>&1 & # meanwhile
self_test=$!
timeout=$(command -v timeout) # also where PATH leads nowhere
pages=$scratch/pages
mkdir "$pages"

makes_report() { # makes_report FOLDER...: leaves out, err and $code; a command that hangs is killed
    "$timeout" -s KILL 100 "$growbench" report "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

one_sentence() { # one_sentence CODES TEXT: exit code, and one line on standard error that says it
    [[ "$code" =~ ^($1)$ ]] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -qE -- "^growbench: .*$2" "$scratch/err"
}

complete() { # complete FOLDER: both forms from their beginning to their end, and nothing half-written
    head -c 15 "$1/report.html" | grep -qi '^<!doctype html>' && tail -n 1 "$1/report.html" | grep -q '</html>$' &&
        head -n 1 "$1/report.md" | grep -q '^# ' &&
        [ -z "$(find "$1" -name '*.partial' -o -name '*.new' -o -name '*.tmp' -o -name '.report*' -o -empty -type f ! -name stderr.txt)" ]
}

rows_fit() { # rows_fit FILE: in Markdown no text made a row longer or shorter than its table's heading
    awk '/^\|/ { line = $0; gsub(/\\\\|\\\|/, "", line); n = gsub(/\|/, "", line)
                 if (!bars) bars = n; if (n != bars) { print NR ": " $0; bad = 1 } next }
         { bars = 0 } END { exit bad }' "$1" >"$scratch/out"
}

no_control() { # no_control FILE...: nothing in them that a terminal or a browser would obey
    ! LC_ALL=C grep -aqP '[\x00-\x08\x0b-\x1f\x7f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xe2\x81[\xa6-\xa9]' "$@"
}

lacks() { # lacks FILE TEXT...
    local file=$1 text
    shift
    for text in "$@"; do
        ! grep -qF -- "$text" "$file" || return 1
    done
}

looked_at=()
report() { # report NAME FOLDER ARGUMENT...: makes the report that stands in FOLDER and checks all but what a browser sees
    local name=$1 folder=$2
    shift 2
    makes_report "${@:-$folder}"
    check "$name: a report" exits 0 'report\.html'
    check "$name: without a complaint" [ ! -s "$scratch/err" ]
    check "$name: it is short on the terminal" [ "$(wc -l <"$scratch/out")" -ge 3 -a "$(wc -l <"$scratch/out")" -le 60 ]
    check "$name: a terminal obeys nothing in it" no_control "$scratch/out"
    check "$name: HTML and Markdown, whole" complete "$folder"
    check "$name: the rows of its tables fit" rows_fit "$folder/report.md"
    # Where nothing lies beside it, it must look the same.
    [ "$name" = night-1 ] || # which `older` and `two` show
        { cp "$folder/report.html" "$pages/$name.html" && looked_at+=("$pages/$name.html"); }
}

# ---- runs ----

run --alloc=glibc,mremap --table="array,linear_inplace,glib,crashes=$lib/faulty_crashes.so,loses=$lib/faulty_loses_key.so" \
    --heap=cold,warm --entries=200000 --quiet --out="$scratch/mixed"
run --resume --alloc=glibc --table="hangs=$lib/faulty_hangs.so" --entries=200000 --mode=throughput --timeout=1 --quiet --out="$scratch/mixed"
run --resume --alloc=copying,mremap --table=array,linear_rebuild --heap=cold,warm --entries=2^20+1 --budget=64MiB --quiet --out="$scratch/mixed"
check "a run with cells that end in every way" \
    [ "$(cat "$scratch"/mixed/cells/*/0/record.json | jq -r .status | sort -u | tr '\n' ' ')" = 'CRASH OK OOM SKIP TIMEOUT WRONG ' ]
report mixed "$scratch/mixed"
for status in OOM SKIP CRASH WRONG TIMEOUT; do
    check "mixed: $status is said in words" [ "$(grep -c "$status" "$scratch/mixed/report.html")" -gt 0 -a "$(grep -c "$status" "$scratch/mixed/report.md")" -gt 0 ]
done
check "mixed: out of memory says where" grep -qE 'exceeded 64\.0 MiB|died at' "$scratch/mixed/report.html"

run --alloc=glibc --table=array --entries=100000 --mode=latency --quiet --out="$scratch/one"
report one "$scratch/one"
run --alloc=mremap --table=array --entries=2^36 --budget=1GiB --quiet --out="$scratch/nothing"
report nothing "$scratch/nothing"
run --alloc=all:all --table=all:all --entries=20000 --no-plot --quiet --out="$scratch/matrix"
report matrix "$scratch/matrix"
run --alloc=glibc,mremap --table=array --growth=2,1.5 --entries=2^16..2^17/4 --quiet --out="$scratch/octave"
report octave "$scratch/octave"
run --alloc=glibc,mremap,copying --table=array,linear_rebuild --entries=100000 --quiet --out="$scratch/night-1"
cp -r "$scratch/night-1" "$scratch/older"
run --alloc=glibc,mremap --table=array,linear_rebuild --entries=100000 --quiet --out="$scratch/night-2"
report night-1 "$scratch/night-1"
report two "$scratch/two" --out="$scratch/two" "$scratch/night-1" "$scratch/night-2"
check "two: what is chosen stands side by side" grep -q 'The choices side by side' "$scratch/two/report.html"
check "two: both are named" [ "$(grep -cF night-1 "$scratch/two/report.md")" -gt 0 -a "$(grep -cF night-2 "$scratch/two/report.md")" -gt 0 ]
check "two: the second folder has no report of its own" [ ! -e "$scratch/night-2/report.html" ]

mkdir "$scratch/here" "$scratch/there"
cp -r "$scratch/older" "$scratch/here/run"
cp -r "$scratch/older" "$scratch/there/run"
report namesakes "$scratch/namesakes" --out="$scratch/namesakes" "$scratch/here/run" "$scratch/there/run"
check "namesakes: told apart by their folders" grep -q '^### A, here/run: fill' "$scratch/namesakes/report.md"
check "namesakes: two sessions are called that" grep -q 'SEVERAL SESSIONS' "$scratch/namesakes/report.md"
check "namesakes: the command is the one that makes this report" \
    grep -qF "growbench report --out=$scratch/namesakes $scratch/here/run $scratch/there/run" "$scratch/namesakes/report.md"
makes_report --out="$scratch/namesakes" "$scratch/here/run" "$scratch/here/run"
check "a run beside itself has a letter" grep -q '^### B, here/run: fill' "$scratch/namesakes/report.md"

for rows in "$scratch"/older/cells/*/0/growth.tsv; do
    cut -f 1-7 "$rows" >"$rows.new" && mv "$rows.new" "$rows"
done
report older "$scratch/older"

# ---- texts that are made to do harm ----

# A name that is two folders, for a slash.
odd="$scratch/a \"><script>alert(1)<"
mkdir -p "$odd"
odd="$odd"$'/script> \'b\' $(touch x) `c` | [d](javascript:alert(1)) \\ %s & &lt; \e[31m\n\u202e\u200f <img src=x onerror=alert(1)> ]]> '$(printf 'w%.0s' {1..80})
cp -r "$scratch/older" "$odd"
rm -rf "$odd/plots" "$odd"/report.*
# shellcheck disable=SC2016 # variables of jq
harm='"<script>alert(1)</script>\"><img src=http://example.org/x.png onerror=\"a()\">]]> &lt; '"'"'\\ %s %n | [x](javascript:b()) `y` **z** \u001b[31m\n\t\u202e\u200f\u0085" as $harm | ("w" * 400) as $long |'
for record in "$odd"/cells/*/0/record.json; do
    jq "$harm"'(.allocator_library, .malloc_library, .table_library) |= (.path = "/" + $harm + $long | .version = ($harm | .[0:58])) |
        .table_version = "<b onclick=alert(1)>|`*\u202e" | .message = ($harm + $long | .[0:390]) |
        .allocator_settings = ["A=" + $harm] | .page_policy_by = [$harm] | .budget_enforced_by = ($harm | .[0:28]) |
        .context |= map_values(if type == "string" then . + ($harm | .[0:58]) else . end) |
        .context.machine_fingerprint |= .[0:16] | if .heap == "cold" and .mode == "latency" and .allocator == "copying" then .status = "CRASH" else . end' \
        "$record" >"$record.new" && mv "$record.new" "$record"
done
jq "$harm"'.context |= map_values(if type == "string" then . + $harm else . end) | .context.machine_fingerprint |= .[0:16]' \
    "$odd/run.json" >"$odd/run.json.new" && mv "$odd/run.json.new" "$odd/run.json"
report hostile "$odd"
check "hostile: no element and no attribute comes of it" lacks "$odd/report.html" '<script' '<img' '<b onclick' 'onerror="' 'onclick="' 'javascript:"'
check "hostile: it stands there as text" grep -qF '&lt;script&gt;alert(1)&lt;/script&gt;&quot;&gt;&lt;img src=http://example.org/x.png' "$odd/report.html"
check "hostile: what looks escaped is escaped" grep -qF '&amp;lt;' "$odd/report.html"
check "hostile: nothing of it is obeyed" no_control "$odd/report.html" "$odd/report.md"
grep -v '^    ' "$odd/report.md" >"$scratch/prose" # what is a command stands as it is
# shellcheck disable=SC2016 # Markdown
check "hostile: Markdown has no element of it" lacks "$scratch/prose" '<script' '<img' '<b onclick' '[x](' '`y`' '**z**' 'http://example'
check "hostile: a command for the shell begins after an empty line" \
    awk '/^    / && !after { exit 1 } { after = /^$/ || /^    / }' "$odd/report.md"
check "hostile: but the text" grep -qF '&lt;script&gt;alert(1)&lt;/script&gt;' "$odd/report.md"
check "hostile: no command was run" [ -z "$(find . "$scratch" -maxdepth 1 -name x)" ]

# ---- what goes wrong ----

"$growbench" report --help >"$scratch/out" 2>"$scratch/err"
code=$?
check "report --help" exits 0 '^Usage: growbench report'
while IFS='|' read -r name codes sentence folder; do
    makes_report "$folder"
    check "refused with a sentence: $name" one_sentence "$codes" "$sentence"
done <<END
an unknown folder|2|none|$scratch/none
a folder without a run|2|holds no run|$pages
END
for argument in --fast --out; do # as argp says it, with a line about --help
    makes_report $argument
    check "refused with a sentence: report $argument" exits 2 "^report: .*option|^growbench report: .*option"
done

copy() { # copy: a fresh copy with its report, as $scratch/run
    rm -rf "$scratch/run"
    cp -r "$scratch/night-1" "$scratch/run"
    before=$(cd "$scratch/run" && sha256sum report.html report.md)
}

stands() { # stands: the older report is what it was, and nothing half-made lies beside it
    [ "$(cd "$scratch/run" && sha256sum report.html report.md)" = "$before" ] && complete "$scratch/run"
}

damaged=cells/fill_array_glibc_entries:100000_mode:latency/0
while IFS='|' read -r name sentence command; do
    copy
    (cd "$scratch/run/$damaged" && eval "$command")
    makes_report "$scratch/run"
    check "$name" one_sentence '2|5' "$sentence"
    check "$name: the older report stands" stands
done <<'END'
a damaged record|record.json' is damaged|head -c 300 record.json >x; mv x record.json
a damaged table of numbers|growth.tsv' is damaged|echo many >>growth.tsv
END

copy
head -c 99 "$scratch/run/run.json" >"$scratch/run/claims.json"
cp "$scratch/run/claims.json" "$scratch/run/duel.json"
makes_report "$scratch/run"
check "a damaged duel and damaged claims beside a good run: a report" exits 0 'report\.html'
check "that says so in their place" [ "$(grep -cE '(duel|claims).json. is damaged' "$scratch/run/report.md")" -eq 2 ]

copy
PATH=$scratch makes_report "$scratch/run"
check "without gnuplot it says what to install" one_sentence '2|5' 'gnuplot-nox'
check "and the older report stands" stands

mkdir "$scratch/bin"
cat >"$scratch/bin/gnuplot" <<END
#!/bin/bash
echo >>"$scratch/calls"
[ "\$(wc -l <"$scratch/calls")" -lt 3 ] || exit 1
exec $(command -v gnuplot) "\$@"
END
chmod +x "$scratch/bin/gnuplot"
copy
PATH=$scratch/bin:$PATH makes_report "$scratch/run"
check "drawing that fails halfway is told" one_sentence '2|5' gnuplot
check "and the older report stands whole" stands
copy
flock "$scratch/run/plots" "$growbench" report "$scratch/run" >"$scratch/out" 2>"$scratch/err" # whose lock is flock's
code=$?
check "of two reports at once the second is refused" one_sentence '2|5' 'another report is being written'
check "and the older one stands" stands

copy
rm "$scratch/run/report.html" && mkdir "$scratch/run/report.html"
makes_report "$scratch/run"
check "a folder where the report is to be" one_sentence 5 'report.html'
touch "$scratch/file"
makes_report --out="$scratch/file/report" "$scratch/run"
check "what cannot be written is no wrong call" one_sentence 5 "cannot make the folder '.*file/report'"

# ---- as a reader sees them ----

sees() { # sees NAME: nothing is wrong with this page
    grep -F "$pages/$1.html: " "$scratch/seen" >"$scratch/out"
    [ "$looked" -le 1 ] && [ ! -s "$scratch/err" ] && [ ! -s "$scratch/out" ]
}

"$here/scripts/check-report" --seconds=300 ${PICTURES:+--screenshots="$PICTURES"} "${looked_at[@]}" >"$scratch/seen" 2>"$scratch/err"
looked=$?
if [ "$looked" -eq 77 ]; then
    skip "reports in a browser: no chromium"
else
    for page in "${looked_at[@]}"; do
        name=$(basename "$page" .html)
        check "$name: in a browser everything is there to be seen" sees "$name"
    done
    wait "$self_test"
    code=$?
    grep -v '^ok' "$scratch/self-test" >"$scratch/out"
    check "the browser sees every fault that it is to see" [ "$code" -eq 0 ]
fi
done_testing
