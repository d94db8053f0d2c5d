#!/usr/bin/env bash
# Runs every fuzz test of the repository for a while: tools/fuzz.sh [TIME], e.g. 60s. What is found stays in the
# package's testdata/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${1:-60s}
git grep -lE '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u | while read -r dir; do
  for test in $(grep -hoE '^func Fuzz\w+' "$dir"/*_test.go | cut -d' ' -f2 | sort); do
    echo "== $dir $test"
    go test "./$dir" -run '^$' -fuzz "^$test\$" -fuzztime "$time"
  done
done
