#!/usr/bin/env bash
# Prints the table of docs/performance.md. Arguments go to the Go program: -n RUNS, -only REGEXP, -work DIR.
set -euo pipefail
cd "$(dirname "$0")/.."
tools/install.sh
exec go run ./bench "$@"
