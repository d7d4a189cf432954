#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Feeds the readers of stored results with what libFuzzer makes of the seeds, as TAP:
# harness/testing/results_fuzz.sh BUILD
# FUZZ_SECONDS (60) is how long. What crashes, hangs or takes too much memory stays under BUILD/fuzz/, and so does what
# was found on the way: the next run goes on from there.
set -u
build=$1 seconds=${FUZZ_SECONDS:-60}
name="the readers of stored results, fuzzed for $seconds s"
program=$build/fuzz/results_fuzz
if [ ! -x "$program" ]; then
    echo "ok 1 # SKIP $name: this build has no libFuzzer (Debian: clang and libclang-rt-14-dev)"
    echo 1..1
    exit 0
fi
corpus=$build/fuzz/corpus
mkdir -p "$corpus"
# What it writes is also its log: a minute of fuzzing says some hundred lines. -timeout is for one input, in seconds,
# on a machine that does other work beside.
if "$program" -max_total_time="$seconds" -max_len=8192 -timeout=20 -rss_limit_mb=1024 -print_final_stats=1 \
    -artifact_prefix="$build/fuzz/" "$corpus" "$(dirname "$0")/seeds" >"$build/fuzz/log" 2>&1; then
    echo "ok 1 - $name: $(sed -n 's/^stat::number_of_executed_units: *//p' "$build/fuzz/log") inputs"
    echo 1..1
    exit 0
fi
echo "not ok 1 - $name"
sed -n '/ERROR\|runtime error\|SUMMARY\|Test unit written\|^    #[0-9] /p' "$build/fuzz/log" | head -n 40
echo "# again: $program $(sed -n 's/.*Test unit written to *//p' "$build/fuzz/log" | tail -n 1)"
echo 1..1
exit 1
