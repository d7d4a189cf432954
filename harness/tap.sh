# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# What the integration tests share. To be sourced, with $growbench set; makes $scratch.
: "${growbench:?}"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
test_count=0

# check NAME CONDITION...: one TAP line for a command that must succeed.
check() {
    local name=$1
    shift
    test_count=$((test_count + 1))
    if "$@"; then
        echo "ok $test_count - $name"
    else
        echo "not ok $test_count - $name"
        echo "# failed: $*"
        sed 's/^/# out: /' "$scratch/out" | head -n 20
        sed 's/^/# err: /' "$scratch/err" | head -n 20
    fi
}

skip() {
    test_count=$((test_count + 1))
    echo "ok $test_count # SKIP $1"
}

done_testing() {
    echo "1..$test_count"
}

# run ARGUMENT...: growbench run with what every test wants; leaves out, err and $code.
run() {
    "$growbench" run --no-plot --reference=none "$@" >"$scratch/out" 2>"$scratch/err"
    code=$?
}

said() { # said TEXT: the sentence is there, in one line
    grep -qE -- "$1" "$scratch/err" "$scratch/out"
}

exits() { # exits CODE TEXT
    [ "$code" -eq "$1" ] && said "$2"
}

makes() { # makes TEXT ARGUMENT...: what make would run, alone
    local text=$1
    shift
    env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -C "$(dirname "${BASH_SOURCE[0]}")/.." --no-print-directory -n "$@" >"$scratch/out" 2>"$scratch/err"
    said "$text"
}

field() { # field FOLDER CELL FILTER: jq over the record of a cell's first repetition
    jq -r "$3" "$scratch/$1/cells/$2/0/record.json"
}

is() { # is FOLDER CELL FILTER PATTERN
    [[ "$(field "$1" "$2" "$3")" =~ $4 ]]
}

records() { # records FOLDER COUNT
    [ "$(find "$scratch/$1/cells" -name record.json | wc -l)" -eq "$2" ]
}

whole() { # whole FOLDER: derived files are there and valid, nothing half-written is
    jq -e '.context.machine_fingerprint and (.benchmarks | length > 0)' "$scratch/$1/benchmark.json" >/dev/null &&
        [ -z "$(find "$scratch/$1" -name '*.partial')" ]
}
