#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Run folders that are damaged or made to do harm, as commands meet them, as TAP: harness/results/hostile_test.sh BUILD
# One sentence, exit code 2 or 5, and nothing lost.
set -u
growbench=$(realpath "$1")/growbench
# shellcheck source=harness/tap.sh
. "$(dirname "$0")/../tap.sh"

cell=fill_array_null_entries:20000_mode:latency
run --alloc=null --table=array --entries=20000 --quiet --out="$scratch/whole"
check "a whole run" exits 0 'results'

copy() { # copy: a fresh copy of it, as $scratch/run
    rm -rf "$scratch/run"
    cp -r "$scratch/whole" "$scratch/run"
    repetition=$scratch/run/cells/$cell/0
}

one_sentence() { # one_sentence CODE TEXT: exit code, and one line on standard error that says it
    [ "$code" -eq "$1" ] && [ "$(wc -l <"$scratch/err")" -eq 1 ] && grep -qE -- "^growbench: .*$2" "$scratch/err"
}

draws() { # draws ARGUMENT...: a command that hangs is killed and exits 137
    timeout -s KILL 20 "$growbench" plot "$@" "$scratch/run" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

resumes() {
    timeout -s KILL 20 "$growbench" run --resume --quiet --no-plot --out="$scratch/run" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

set_value() { # set_value FILE FILTER: jq
    jq "$2" "$1" >"$1.new" && mv "$1.new" "$1"
}

same() { # same: the other records are what they were
    [ "$(cd "$scratch/whole" && sha256sum cells/*throughput/0/*)" = "$(cd "$scratch/run" && sha256sum cells/*throughput/0/*)" ]
}

# ---- records ----

while IFS='|' read -r name sentence command; do
    copy
    (cd "$repetition" && eval "$command")
    for terminal in '' --terminal; do
        draws $terminal
        check "plot $terminal: $name" one_sentence 2 "$cell/0/record.json' $sentence"
    done
    resumes
    check "resume measures it anew: $name" [ "$code$(jq -r .status "$repetition/record.json")" = 0OK ]
    check "and loses nothing: $name" same
done <<'EOF'
empty|is damaged \(it is empty\)|: >record.json
cut off|is damaged \(line 1: |cp record.json x; tr -d '\n' <x | head -c 600 >record.json; rm x
foreign|is damaged \(it has a NUL byte|cp /bin/true record.json
another JSON|is damaged \(its schema is missing\)|echo '{"benchmarks": []}' >record.json
a pipe|is damaged \(it is a pipe\)|rm record.json; mkfifo record.json
a device|is damaged \(it is a device\)|ln -sf /dev/zero record.json
a link to itself|cannot be read: Too many levels|rm record.json; ln -s record.json record.json
huge|is damaged \(it has 1099511627776 bytes|truncate -s 1T record.json
deep|is damaged \(line 1: maximum parsing depth|head -c 1000000 /dev/zero | tr '\0' '[' >record.json
NaN|is damaged \(line 2: invalid token near 'NaN'|printf '{"schema":\nNaN}' >record.json
a text for a number|is damaged \(its peak_rss_bytes is "many", not a number\)|sed -i 's/"peak_rss_bytes": [0-9]*/"peak_rss_bytes": "many"/' record.json
beyond all numbers|is damaged \(line [0-9]+: real number overflow|sed -i 's/"peak_rss_bytes": [0-9]*/"peak_rss_bytes": 1e999/' record.json
a count that is negative|is damaged \(its repetition is -1|sed -i 's/"repetition": 0/"repetition": -1/' record.json
EOF

copy
rm "$repetition/record.json" && mkdir "$repetition/record.json"
draws
check "plot: a folder for a record" one_sentence 2 'record.json. is damaged \(it is a folder\)'
resumes
check "resume cannot replace a folder, says so and loses nothing" exits 5 'stopped: Is a directory'
check "and keeps the other records" same

# ---- tables of numbers ----

while IFS='|' read -r name file sentence command; do
    copy
    (cd "$repetition" && eval "$command")
    draws
    check "plot: $name" one_sentence 2 "$cell/0/$file' is damaged \\($sentence"
done <<'EOF'
growth cut off|growth.tsv|it ends in the middle of a line|truncate -s -3 growth.tsv
a text in the series|series.tsv|line 2 has 'many' where|sed -i '2s/^[0-9]*/many/' series.tsv
a number too large|series.tsv|line 2 has '1e300' where|sed -i '2s/^[0-9]*/1e300/' series.tsv
a NUL byte in the pauses|pauses.tsv|it has a NUL byte|printf '\0\n' >>pauses.tsv
latency of something else|latency.hgrm|line 1 is not the heading|echo hello >latency.hgrm
a pipe for the series|series.tsv|it is a pipe|rm series.tsv; mkfifo series.tsv
EOF

copy
rm "$repetition"/*.tsv "$repetition"/*.hgrm
draws
check "without its tables a run is drawn as far as it goes" exits 0 'drawn into'

# ---- run.json ----

while IFS='|' read -r name code_expected sentence command; do
    copy
    (cd "$scratch/run" && eval "$command")
    before=$(cd "$scratch/run" && find . -name record.json -exec sha256sum {} + | sort)
    resumes
    check "resume: $name" one_sentence "$code_expected" "$sentence"
    check "and nothing is lost: $name" [ "$before" = "$(cd "$scratch/run" && find . -name record.json -exec sha256sum {} + | sort)" ]
done <<'EOF'
no run.json|2|holds no run to resume: it has no run.json|rm run.json
an empty one|2|its run.json is damaged \(it is empty\)|: >run.json
cut off|2|its run.json is damaged \(line [0-9]+: |head -c 100 run.json >x; mv x run.json
a pipe|2|its run.json is damaged \(it is a pipe\)|rm run.json; mkfifo run.json
another output folder|2|its argument 1 is "--out=/etc", which no run stores|set_value run.json '.arguments = ["--out=/etc"] + .arguments'
cut short, as options may be|2|its argument 1 is "--ou=/etc", which|set_value run.json '.arguments = ["--ou=/etc"] + .arguments'
a second resume|2|its argument 1 is "--resume", which|set_value run.json '.arguments = ["--resume"] + .arguments'
numbers for options|2|its argument 1 is 7, which|set_value run.json '.arguments = [7]'
a text for the list|2|its arguments is "--quiet", not a list|set_value run.json '.arguments = "--quiet"'
a thousand options|2|it has 1000 arguments, more than 500|set_value run.json '.arguments = [range(1000) | "--quiet"]'
an option's value|2|entries .-5. is not a positive number|set_value run.json '.arguments += ["--entries=-5"]'
no context|3|its machine_fingerprint is missing|set_value run.json 'del(.context)'
a context that is none|3|its machine_fingerprint is missing|set_value run.json '.context = "here"'
a fingerprint that is none|3|its machine_fingerprint is missing|set_value run.json '.context.machine_fingerprint = [7]'
a library, from another machine|3|its machine_fingerprint is elsewhere|set_value run.json '.context.machine_fingerprint = "elsewhere" | .arguments += ["--alloc=mine=/none.so"]'
EOF

# ---- the folder itself ----

copy
rm -r "$scratch/run/cells" && touch "$scratch/run/cells"
draws
check "plot: a file for the cells" one_sentence 2 "run/cells' cannot be read: Not a directory"
resumes
check "resume: a file for the cells" exits 5 'stopped: '

copy
mkdir "$scratch/run/cells/odd" "$scratch/run/cells/$cell/odd"
touch "$scratch/run/cells/file"
draws
check "what is not ours among the cells is passed over" exits 0 'drawn into'
done_testing
