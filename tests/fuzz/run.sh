#!/usr/bin/env bash
# run.sh BUILD SECONDS PARSER...: lets the fuzzers of these parsers look for inputs
# that break them, all at once. What they find of interest is kept in
# BUILD/fuzz/found/PARSER for the next run; what breaks a parser in
# BUILD/fuzz/broken-PARSER-...
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
folder=$1/fuzz
seconds=$2
shift 2

declare -A running
for parser in "$@"; do
  mkdir -p "$folder/found/$parser"
  "$folder/fuzz_$parser" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="$folder/broken-$parser-" \
    "$folder/found/$parser" "$here/corpus/$parser" >"$folder/$parser.log" 2>&1 &
  running[$parser]=$!
done

broken=0
inputs=0
for parser in "$@"; do
  if ! wait "${running[$parser]}"; then
    broken=$((broken + 1))
    echo "$parser broke:"
    tail -n 40 "$folder/$parser.log"
  fi
  tried=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder/$parser.log")
  echo "$parser: ${tried:-0} inputs"
  inputs=$((inputs + ${tried:-0}))
done
echo "fuzz: $# parsers, $inputs inputs in $seconds s each, $broken broken"
[ "$broken" -eq 0 ]
