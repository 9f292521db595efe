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
under TSan, the promises about the code with clang-tidy, the fuzzers of what comes
from Bedrock for a minute, the system tests of the release build, the admin pages
in a browser, random conversations, and the templates of the deployment. "long"
adds the tests that take long, and looks deeper; "bench" runs the benchmarks
beside nginx instead (docs/benchmarks.md).

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

install_system_packages() {
  local packages=("${RUN_PACKAGES[@]}" "${DEMO_PACKAGES[@]}" "${TEST_PACKAGES[@]}")
  [ "$1" != long ] || packages+=("${LONG_PACKAGES[@]}")
  command -v npm >/dev/null || packages+=(nodejs npm)
  install_packages "${packages[@]}"
}

# A stage is a function run_NAME, and a line in run_all. COUNT is what the line
# looks like in which its runner says how many it ran: that line is shown at the end.

# stage NAME COUNT [ARGUMENT...]: runs it now.
stage() {
  local name=$1 count=$2 code=0
  shift 2
  echo
  echo "== $name"
  "run_$name" "$@" </dev/null 2>&1 | tee "build/test-$name.log" || code=$?
  conclude "$name" "$count" "$code"
}

# begin NAME [ARGUMENT...]: runs it beside the stages to come, with little of their
# processor time.
declare -A begun=()
begin() {
  local name=$1
  shift
  (
    renice -n 10 -p "$BASHPID" >/dev/null
    "run_$name" "$@"
  ) </dev/null >"build/test-$name.log" 2>&1 &
  begun[$name]=$!
}

# finish NAME COUNT: waits for what was begun, and shows it.
finish() {
  local name=$1 count=$2 code=0
  wait "${begun[$name]}" || code=$?
  echo
  echo "== $name"
  cat "build/test-$name.log"
  conclude "$name" "$count" "$code"
}

conclude() {
  local name=$1 count=$2 code=$3
  printf '%-10s %s\n' "$name:" \
    "$(grep -E "$count" "build/test-$name.log" | tail -n 1 || true)" >>"$SUMMARY"
  [ "$code" -eq 0 ] && return
  failed=1
  echo "$name: FAILED" >>"$SUMMARY"
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

# More at a time than there are processors: most tests wait now and then.
JOBS=$((2 * $(nproc)))

run_asan() {
  build asan && ctest --test-dir build/asan -j "$JOBS" --output-on-failure
}

# The tests in which several threads meet.
THREADED=(
  contract_sqlite test_breaker test_budget test_budget_leases test_cache test_clients test_crew test_engine
  test_engine_clients test_engine_deadlines test_identity test_outlet test_proxy test_proxy_modes test_recorder test_slots
  test_spool test_transfer test_transfer_answers test_metric_sink
)

run_tsan() {
  local names
  names=$(IFS='|'; echo "${THREADED[*]}")
  build tsan --target "${THREADED[@]}" ccproxy-server &&
    ctest --test-dir build/tsan -j "$JOBS" --output-on-failure -R "^($names)\$"
}

# In full depth the analysis takes eight times as long.
run_tidy() {
  local depth=(--shallow)
  [ "$1" != long ] || depth=()
  cmake --preset debug >build/build-debug.log &&
    python3 tests/promises/check_tidy.py "${depth[@]}" build/debug
}

run_clients() {
  install_python_packages
  install_npm_packages tests/service build/npm
  install_npm_packages tests/pages build/npm-pages
  install_npm_packages cdk-spec build/cdk
  echo "installed"
}

in_venv() {
  "$VENV/bin/python" -m pytest -q "$@"
}

# The parsers of what strangers send, each looked into for a minute, all at once.
FUZZED=(converse_request converse_stream eventstream native_request chunks)

run_fuzz() {
  build fuzz --target "${FUZZED[@]/#/fuzz_}" && tests/fuzz/run.sh build/fuzz 60 "${FUZZED[@]}"
}

# The load and the upstream of the benchmarks, which the soak needs too.
build_bench() {
  { cmake --preset release -DCCP_BENCH=ON && cmake --build build --target mock_upstream load record; } \
    >build/build-bench.log 2>&1
}

run_service() {
  local marks=(-m "not long")
  [ "$1" != long ] || marks=()
  # The shared library is what the example in Python loads.
  ./run.sh --build && build_bench &&
    cmake --build build --target ccproxy-shared >build/build-shared.log &&
    in_venv tests/service -n "$JOBS" "${marks[@]}"
}

# In a browser, on SQLite and on PostgreSQL; pictures go to build/screenshots.
run_pages() {
  [ "$1" != long ] || export CCPROXY_PAGES_LONG=1
  tests/contract/with_postgres.sh node --test --test-concurrency=2 tests/pages/*.test.mjs
}

# Random conversations, the same ones each time but in "long".
run_property() {
  [ "$1" != long ] || export CCPT_EXAMPLES=300
  in_venv tests/property -n "$(nproc)"
}

# What others install: the library, its parts, the man pages, the Debian packages.
run_packages() {
  python3 tests/parts/check_musl.py &&
    doxygen docs/Doxyfile &&
    cmake --preset package -DCCP_WERROR=ON >/dev/null && build package &&
    python3 tests/docs/man_pages.py build/package/ccproxy &&
    python3 tests/packages/check_install.py build/package &&
    python3 tests/packages/check_packages.py build/package "$1"
}

# The compilers from the oldest that must do to the newest that Debian offers.
compilers() {
  apt-cache search --names-only '^(clang|gcc)-[0-9]+$' |
    awk '{ split($1, name, "-"); if (name[2] >= (name[1] == "gcc" ? 12 : 14)) print $1 }' |
    sort --version-sort
}

# Other ways to build: without one of the databases, and with each compiler.
builds() {
  local compiler
  for compiler in "${BUILD_COMPILERS[@]}"; do
    echo "$compiler -DCMAKE_C_COMPILER=$compiler"
  done
  [ "$1" = long ] || return 0
  echo "no-sqlite -DCCP_SQLITE=OFF"
  echo "no-postgres -DCCP_POSTGRES=OFF"
}

# Long: all of them, with their tests. Else: the newest clang compiles the programs.
run_builds() {
  local words folder targets=()
  mapfile -t BUILD_COMPILERS < <(compilers)
  if [ "$1" != long ]; then
    mapfile -t BUILD_COMPILERS < <(compilers | grep clang | tail -n 1)
    targets=(--target ccproxy-server ccproxy-shared)
  fi
  install_packages "${BUILD_COMPILERS[@]}"
  while read -ra words; do
    folder=build/other/${words[0]}
    cmake --preset debug -B "$folder" "${words[@]:1}" >/dev/null &&
      cmake --build "$folder" "${targets[@]}" >"build/build-${words[0]}.log" 2>&1 || return 1
    [ "$1" != long ] ||
      ctest --test-dir "$folder" -j "$JOBS" --output-on-failure -LE promise </dev/null || return 1
    echo "builds: ${words[0]} passed"
  done < <(builds "$1")
}

run_templates() {
  CCPROXY_CDK=build/cdk in_venv tests/cdk -p no:cacheprovider
}

run_all() {
  local depth=$1
  begin clients
  begin tidy "$depth"
  stage asan 'tests passed'
  stage tsan 'tests passed'
  begin fuzz
  finish clients '^installed'
  stage service ' in [0-9.]+s' "$depth"
  stage pages '^# pass' "$depth"
  stage property ' in [0-9.]+s' "$depth"
  stage templates ' in [0-9.]+s'
  stage packages '^packages:' "$depth"
  stage builds '^builds:' "$depth"
  finish fuzz '^fuzz:'
  finish tidy '^clang-tidy:'
}

bench() {
  install_packages "${RUN_PACKAGES[@]}" "${BENCH_PACKAGES[@]}"
  ./run.sh --build
  build_bench
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
  install_system_packages "${1:-short}"
  : >"$SUMMARY"
  run_all "${1:-short}"
  echo
  cat "$SUMMARY"
  return "$failed"
}

main "$@"
