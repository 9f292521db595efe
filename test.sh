#!/usr/bin/env bash
# Runs the tests. See ./test.sh --help.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
. .ci/packages.sh

usage() {
  cat <<'END'
Usage: ./test.sh [long | bench [CASE]...]

Installs what the tests need (Debian 12, root or sudo; Python and npm packages
go into build/), and runs: every C test under ASan and UBSan, those of threads
under TSan, random conversations through the conversion for Bedrock, its fuzzers
for a minute, the promises about the code with clang-tidy, and the system tests
of the release build. "long" adds the system tests that take long; "bench" runs the
benchmarks beside nginx instead (docs/benchmarks.md).

The last lines are the test runners' own counts. Exit code 0: all passed.
END
}

VENV=build/venv
REQUIREMENTS=(tests/service/requirements.txt tests/cdk/requirements.txt)
SUMMARY=build/test-summary.txt
failed=0

# Whether the stamp was written when the inputs were as they are now.
is_current() {
  local stamp=$1
  shift
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$(cat "$@" | sha256sum)" ]
}

mark_current() {
  local stamp=$1
  shift
  cat "$@" | sha256sum >"$stamp"
}

install_python_packages() {
  is_current "$VENV/stamp" "${REQUIREMENTS[@]}" && return
  python3 -m venv "$VENV"
  "$VENV/bin/pip" install --quiet --disable-pip-version-check "${REQUIREMENTS[@]/#/-r}"
  mark_current "$VENV/stamp" "${REQUIREMENTS[@]}"
}

# npm_packages FOLDER TARGET: what FOLDER's lock file names, into build/.
install_npm_packages() {
  is_current "$2/stamp" "$1/package-lock.json" && return
  mkdir -p "$2"
  cp "$1/package.json" "$1/package-lock.json" "$2"
  npm ci --prefix "$2" --silent --no-audit --no-fund </dev/null
  mark_current "$2/stamp" "$1/package-lock.json"
}

install_all() {
  local packages=("${RUN_PACKAGES[@]}" "${DEMO_PACKAGES[@]}" "${TEST_PACKAGES[@]}")
  command -v npm >/dev/null || packages+=(nodejs npm)
  install_packages "${packages[@]}"
  install_python_packages
  install_npm_packages tests/service build/npm
  install_npm_packages cdk-spec build/cdk
}

# stage NAME COUNT COMMAND...: runs the command, shows it all, and keeps the last
# line that matches COUNT for the end.
stage() {
  local name=$1 count=$2 log code=0
  shift 2
  log=build/test-$name.log
  echo
  echo "== $name"
  "$@" </dev/null 2>&1 | tee "$log" || code=$?
  [ "$code" -eq 0 ] || failed=1
  printf '%-10s %s\n' "$name:" "$(grep -E "$count" "$log" | tail -n 1 || true)" >>"$SUMMARY"
  [ "$code" -eq 0 ] || echo "$name: FAILED" >>"$SUMMARY"
}

# Builds a preset; what the compiler says is shown only when it fails.
build() {
  local preset=$1 log=build/build-$1.log
  shift
  if ! { cmake --preset "$preset" && cmake --build --preset "$preset" "$@"; } >"$log" 2>&1; then
    grep -E -A8 'error|FAILED' "$log" | head -n 60 || tail -n 40 "$log"
    return 1
  fi
}

run_ctest() {
  local preset=$1
  shift
  build "$preset" && ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure "$@"
}

# The tests in which several threads meet.
THREADED=(
  contract_sqlite test_breaker test_budget test_cache test_clients test_engine test_identity
  test_outlet test_proxy test_recorder test_slots test_spool test_transfer
)

run_threaded() {
  local names
  names=$(IFS='|'; echo "${THREADED[*]}")
  build tsan --target "${THREADED[@]}" &&
    ctest --test-dir build/tsan -j "$(nproc)" --output-on-failure -R "^($names)\$"
}

run_tidy() {
  cmake --preset debug >build/build-debug.log && python3 tests/promises/check_tidy.py build/debug
}

run_property() {
  "$VENV/bin/python" -m pytest tests/property
}

# The parsers of what strangers send, each looked into for a minute, all at once.
FUZZED=(converse_request converse_stream eventstream)

run_fuzz() {
  build fuzz --target "${FUZZED[@]/#/fuzz_}" && tests/fuzz/run.sh build/fuzz 60 "${FUZZED[@]}"
}

run_service() {
  local marks=(-m "not long")
  [ "${1:-}" != long ] || marks=()
  ./run.sh --build && "$VENV/bin/python" -m pytest tests/service "${marks[@]}"
}

run_templates() {
  CCPROXY_CDK=build/cdk "$VENV/bin/python" -m pytest tests/cdk -p no:cacheprovider
}

bench() {
  install_packages "${RUN_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
  cmake --preset release -DCCP_BENCH=ON >build/build-bench.log
  cmake --build build --target ccproxy-server mock_upstream load >>build/build-bench.log
  python3 tests/bench/run.py "$@"
}

main() {
  case "${1:-}" in
    --help | -h) usage; return ;;
    bench) shift; bench "$@"; return ;;
    "" | long) ;;
    *) usage >&2; return 2 ;;
  esac
  export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_NOHASHDIR=1
  export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
  mkdir -p build
  install_all
  : >"$SUMMARY"
  stage asan 'tests passed' run_ctest asan
  stage tsan 'tests passed' run_threaded
  stage property ' in [0-9.]+s' run_property
  stage fuzz '^fuzz:' run_fuzz
  stage tidy '^clang-tidy:' run_tidy
  stage service ' in [0-9.]+s' run_service "${1:-}"
  stage templates ' in [0-9.]+s' run_templates
  echo
  cat "$SUMMARY"
  return "$failed"
}

main "$@"
